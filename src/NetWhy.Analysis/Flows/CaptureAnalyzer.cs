using NetWhy.Analysis.Dissection;
using NetWhy.Capture.Files;
using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>Analyses a capture: what each conversation in it tells, as evidence.</summary>
/// <remarks>Packets are counted and followed as they come; nothing is kept of them.</remarks>
public sealed class CaptureAnalyzer
{
    private readonly SegmentBatch _batch = new(groups: 1);
    private readonly OtherPackets _others = new();
    private readonly ProtocolCounts _counts = new();
    private readonly StreamOrder _order;
    private readonly TlsKeyLog _keyLog = new();
    private readonly TcpFlows[] _groups;
    private readonly List<CaptureInterface> _interfaces = [];
    private CaptureInterface? _interface;
    private CaptureSection? _section;
    private int _secrets; // of the section, which are known already
    private uint _frame;
    private long _octets;
    private long _cut;
    private long _late; // packets behind later ones
    private long _first = long.MaxValue;
    private long _last = long.MinValue;

    /// <summary>Begins with nothing.</summary>
    /// <param name="options">Bounds.</param>
    public CaptureAnalyzer(CaptureAnalyzerOptions options)
        : this(options, groups: 1, new StreamOrder())
    {
    }

    private CaptureAnalyzer(CaptureAnalyzerOptions options, int groups, StreamOrder order)
    {
        ArgumentNullException.ThrowIfNull(options);
        _order = order;
        _keyLog.Add(options.KeyLog.Span);
        _groups = new TcpFlows[groups];
        for (int group = 0; group < groups; group++)
            _groups[group] = new TcpFlows(options.MostConversations / groups, new StreamBudget(StreamBudget.Usual / groups), _order, _others.NameServers, _keyLog);
    }

    /// <summary>Analyses a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What it tells; also if it is broken from somewhere on: then <see cref="CaptureRead.Damage"/> says so.</returns>
    /// <exception cref="CaptureFormatException">It is no capture.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="OperationCanceledException">It was to end.</exception>
    public static CaptureAnalysis OfFile(string path, CaptureAnalyzerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (PlainFile.Open(path) is { } plain)
        {
            const int GroupsOfThread = 2; // so that none waits for long until a group is free
            using (plain)
            {
                var analyzer = new CaptureAnalyzer(options, options.Threads == 1 ? 1 : options.Threads * GroupsOfThread, new StreamOrder());
                return analyzer.Sort(() => CaptureReader.Open(Open(path)), options, analyzer.Finish(path, analyzer.ReadAll(plain, options.Threads, cancellationToken)), cancellationToken);
            }
        }

        return Of(path, () => CaptureReader.Open(Open(path)), () => null, options, cancellationToken);
    }

    /// <summary>Analyses a capture that can be read again, if need be.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="open">Opens it at its beginning; null if it cannot be opened again.</param>
    /// <param name="damage">Why it could not be read to the end, where its reader itself keeps that.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What it tells; also if it is broken from somewhere on: then <see cref="CaptureRead.Damage"/> says so.</returns>
    /// <exception cref="OperationCanceledException">It was to end.</exception>
    public static CaptureAnalysis Of(string name, Func<CaptureReader?> open, Func<string?> damage, CaptureAnalyzerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(damage);
        var inOrder = new CaptureAnalyzer(options);
        CaptureAnalysis analysis;
        using (CaptureReader reader = open() ?? throw new ArgumentException("it cannot be opened", nameof(open)))
            analysis = inOrder.Finish(name, inOrder.ReadAll(reader, cancellationToken) ?? damage());
        return inOrder.Sort(open, options, analysis, cancellationToken);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);

    // A capture that is not in the order of time is read once more in that order. Where a clock was set back in between, more
    // seems wrong then than before, and the capture is right.
    private CaptureAnalysis Sort(Func<CaptureReader?> open, CaptureAnalyzerOptions options, CaptureAnalysis asItIs, CancellationToken cancellationToken)
    {
        bool areNamesLate = _late > 0 && asItIs.NameServers.Count > 0;
        if (asItIs.Capture.OutOfOrder == 0 && !areNamesLate)
            return asItIs;
        using CaptureReader? reader = open();
        if (reader is not null)
        {
            _order.IsKnown = true;
            var sorting = new CaptureAnalyzer(options, groups: 1, _order);
            foreach (WaitingPacket packet in new TimeOrder(reader).Packets(cancellationToken))
                sorting.Take(new PacketRecord(packet.Nanoseconds, packet.Interface, packet.Octets, packet.OriginalLength), packet.Number);
            CaptureAnalysis sorted = sorting.Finish(asItIs.Capture.Name, asItIs.Capture.Damage);
            bool isInOrder = sorted.Capture.OutOfOrder == 0 || sorted.Capture.OutOfOrder < asItIs.Capture.OutOfOrder;
            if (isInOrder && sorting.Troubles <= Troubles)
                return sorted.After(_late - sorting._late);
        }

        return areNamesLate ? asItIs.Disordered(_late) : asItIs;
    }

    private long Troubles => _groups.Sum(flows => flows.Troubles);

    private string? ReadAll(CaptureReader reader, CancellationToken cancellationToken)
    {
        try
        {
            while (reader.Read(out PacketRecord packet))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Read(packet);
            }
        }
        catch (CaptureFormatException broken)
        {
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at octet {reader.Position}, behind packet {_frame}: {broken.Message}");
        }

        return null;
    }

    private string? ReadAll(PlainFile file, int threads, CancellationToken cancellationToken)
    {
        Meet(file.Interface);
        string? damage = null;
        new PieceWorkers(ReadNext, _groups).Run(threads);
        return damage ?? (file.IsCut ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it ends in the middle of a packet, behind packet {_frame}") : null);

        bool ReadNext(Piece piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (damage is not null || !file.Fill(piece))
                return false;
            damage = ReadPiece(file, piece);
            return true;
        }
    }

    private string? ReadPiece(PlainFile file, Piece piece)
    {
        ReadOnlySpan<byte> octets = piece.Octets.AsSpan(0, piece.End);
        while (file.Next(octets, ref piece.At, out PlainRecord record))
        {
            if (record.IsAbsurd)
            {
                return string.Create(
                    System.Globalization.CultureInfo.InvariantCulture, $"at octet {file.Position - piece.End + piece.At}, behind packet {_frame}: a packet that says that {record.Captured} octets of it were captured");
            }

            Count(record.Nanoseconds, record.Captured, record.Length);
            var walk = new PacketWalk(octets[..(record.At + record.Captured)], piece.Batch, _others) { Frame = _frame, Nanoseconds = record.Nanoseconds, WireLength = record.Length };
            walk.Read(file.Interface.LinkType, record.At, (int)Math.Min(record.Length, int.MaxValue));
            _counts.Add(walk.Kind, record.Length);
        }

        return null;
    }

    /// <summary>Takes the next packet.</summary>
    /// <param name="packet">The packet.</param>
    public void Read(in PacketRecord packet) => Take(packet, _frame + 1);

    private void Take(in PacketRecord packet, uint number)
    {
        Count(packet.Nanoseconds, packet.Octets.Length, packet.OriginalLength);
        if (_interface != packet.Interface)
            Meet(packet.Interface);
        if (packet.Interface.Section is { } section)
            LearnSecrets(section);
        _batch.Clear();
        var walk = new PacketWalk(packet.Octets, _batch, _others) { Frame = number, Nanoseconds = packet.Nanoseconds, WireLength = packet.OriginalLength };
        walk.Read(packet.Interface.LinkType, 0, (int)Math.Min(packet.OriginalLength, int.MaxValue));
        _counts.Add(walk.Kind, packet.OriginalLength);
        _groups[0].Take(packet.Octets, _batch, 0);
    }

    /// <summary>What was found out. The analyzer must not be used while the answer is read.</summary>
    /// <param name="name">The capture's name.</param>
    /// <param name="damage">Why it could not be read to the end; null if it could.</param>
    /// <param name="now">Until when it was listened, in nanoseconds since 1970; null if that is when the last packet passed.</param>
    public CaptureAnalysis Finish(string name, string? damage, long? now = null)
    {
        var counts = new ProtocolCounts();
        counts.Add(_counts);
        foreach (TcpFlows flows in _groups)
            counts.Add(flows.Counts);
        bool isEmpty = _frame == 0;
        long end = Math.Max(_last, now ?? _last);
        ulong? dropped = _interfaces.Aggregate((ulong?)null, (sum, next) => next.Dropped is { } count ? (sum ?? 0) + count : sum);
        var capture = new CaptureRead(name, _frame, _octets)
        {
            FirstAt = isEmpty ? null : CaptureTime.Moment(_first),
            Duration = isEmpty ? TimeSpan.Zero : CaptureTime.Span(end - _first),
            CutPackets = _cut,
            OutOfOrder = _groups.Sum(flows => flows.Disordered),
            CutHeaders = _groups.Sum(flows => flows.CutHeaders),
            Dropped = (long?)dropped,
            Damage = damage,
            TcpConversations = _groups.Sum(flows => flows.Streams),
            UdpConversations = _others.UdpConversations.Count,
            EvictedConversations = _groups.Sum(flows => flows.Evicted),
            OwnStreamsFrom = _others.FirstTunnelled == uint.MaxValue ? null : _order.NumberOf(_others.FirstTunnelled),
            Protocols = counts.ToProtocols(),
        };
        return new CaptureAnalysis(capture, _groups, _order, _others, end);
    }

    private void Count(long nanoseconds, int captured, uint length)
    {
        _frame++;
        _octets += length;
        if (captured < length)
            _cut++;
        if (nanoseconds + TcpFlows.OutOfOrder < _last)
            _late++;
        _first = Math.Min(_first, nanoseconds);
        _last = Math.Max(_last, nanoseconds);
    }

    // A capture tells them before the packets that they are for.
    private void LearnSecrets(CaptureSection section)
    {
        if (_section != section)
            _secrets = 0;
        _section = section;
        for (; _secrets < section.Secrets.Count; _secrets++)
        {
            if (section.Secrets[_secrets].Type == DecryptionSecrets.TlsKeyLog)
                _keyLog.Add(section.Secrets[_secrets].Data.Span);
        }
    }

    private void Meet(CaptureInterface met)
    {
        const int Most = 4096;
        _interface = met;
        if (_interfaces.Count < Most && !_interfaces.Exists(known => ReferenceEquals(known, met)))
            _interfaces.Add(met);
    }
}
