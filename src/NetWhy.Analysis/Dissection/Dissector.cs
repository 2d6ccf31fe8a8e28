using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Capture.Files;

namespace NetWhy.Analysis.Dissection;

/// <summary>Reads the fields of packets, one packet after the other as they passed.</summary>
public sealed class Dissector
{
    private readonly PacketFields _fields;
    private readonly CaptureMemory _memory;
    private long _first;
    private long _previous;
    private long _before; // the one before that
    private bool _hasFirst;
    private long? _displayed;
    private uint _number;
    private CaptureSection? _section;
    private CaptureSection? _numbered; // the section that packets are read from
    private int _sections; // so far
    private int _secrets; // of the section, which are known already
    private int _protocols; // where their names stand
    private readonly bool _wantsAnnotations;

    /// <summary>Makes a dissector.</summary>
    /// <param name="fields">Where values go; it says which ones are wanted.</param>
    /// <param name="observer">Who sees each TCP segment besides; null for nobody.</param>
    /// <param name="summary">What is to say of each packet what it is about; null if nobody asks.</param>
    /// <param name="preferences">How packets are analysed; null as usual.</param>
    /// <param name="carried">Who sees what applications say; null for nobody.</param>
    /// <param name="hindsight">What a first pass over the capture learns, or learned; null if there is one pass only.</param>
    public Dissector(PacketFields fields, ITcpObserver? observer = null, PacketSummary? summary = null, DissectionPreferences? preferences = null, ICarriedObserver? carried = null, Hindsight? hindsight = null)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _fields = fields;
        _wantsAnnotations = Array.Exists(FrameFields.OfAnnotations, fields.IsWanted);
        bool readsAll = summary is not null || hindsight is not null || carried is not null || fields.IsWanted(FrameFields.Protocols) || fields.IsWantedAnyOf(ExpertFields.Group.Protocol) // experts remark on all of them
            || Array.Exists(FaultFields.All, group => fields.IsWantedAnyOf(group.Protocol)); // and each of them may want more
        _memory = new CaptureMemory
        {
            Analyzer = observer is not null || readsAll || Array.Exists(Protocols.OverTcp, group => fields.IsWantedAnyOf(group.Protocol)) ? new TcpAnalyzer() : null,
            Preferences = preferences ?? new DissectionPreferences(),
            ReadsQuic = readsAll || Array.Exists(Protocols.OfQuic, group => fields.IsWantedAnyOf(group.Protocol)),
            Observer = observer,
            Carried = carried,
            Hindsight = hindsight,
            Summary = summary,
            ReadsStreams = readsAll || StreamDissector.WantsPieces(fields) || fields.IsWanted(TcpFields.PduSize) || Array.Exists(Protocols.OfStreams, group => fields.IsWantedAnyOf(group.Protocol)),
        };
        _memory.KeyLog.Add(_memory.Preferences.KeyLog.Span);
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
                _memory.KeyLog.Add(section.Secrets[_secrets].Data.Span);
        }
    }

    /// <summary>How many TCP conversations were forgotten to bound memory.</summary>
    public long EvictedConversations => _memory.Analyzer?.Evicted ?? 0;

    /// <summary>How many packets had more values than are kept: they were judged by a part of them.</summary>
    public long CutPackets { get; private set; }

    /// <summary>Whether packets of the type of link that the one read last was captured on are read here: of others, only the frame is.</summary>
    public bool ReadsLink { get; private set; } = true;

    /// <summary>Whether a tunnel was opened so far that Wireshark does not open: streams are numbered otherwise then.</summary>
    public bool HasOpenedTunnel => _memory.HasOpenedTunnel;

    /// <summary>Nanoseconds from the first packet to the one that was read last.</summary>
    public long SinceFirst { get; private set; }

    /// <summary>Nanoseconds from the packet before to the one that was read last.</summary>
    public long SincePrevious { get; private set; }

    /// <summary>Nanoseconds from the packet that was let through before to the one that was read last.</summary>
    public long SinceDisplayed { get; private set; }

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>It, with its fields: valid until the next one is read.</returns>
    public DissectedPacket Read(in PacketRecord packet)
    {
        _fields.Clear();
        _memory.Summary?.Clear();
        _memory.Fault.Clear();
        _number++;
        if (packet.Interface.Section is { Secrets.Count: > 0 } section)
            LearnSecrets(section);
        if (packet.Interface.Section is { } own && own != _numbered)
        {
            _numbered = own;
            _sections++;
        }

        int length = (int)Math.Min(packet.OriginalLength, int.MaxValue);
        var dissection = new Dissection(packet.Octets, length, _fields, _memory) { FrameNumber = _number, Nanoseconds = packet.Nanoseconds };
        AddFrame(packet);
        ReadsLink = LinkDissector.Read(ref dissection, packet.Interface.LinkType, length);
        if (!ReadsLink && _memory.Summary is { } summary)
        {
            summary.Begin("UNKNOWN"u8);
            summary.Append($"Link type {packet.Interface.LinkType} is not read here");
        }

        dissection.TakeNote();
        _fields.Fill(_protocols, _fields.Layers);
        _before = _previous;
        _previous = packet.Nanoseconds;
        if (_fields.IsCut)
            CutPackets++;
        return new DissectedPacket(packet.Octets, _fields);
    }

    /// <summary>Says that the packet read last is held back from all that follows: packets are numbered, and <c>frame.time_delta</c> is counted, as if it had not been captured.</summary>
    public void HoldBack()
    {
        _number--;
        _previous = _before;
    }

    /// <summary>Says that the packet read last was let through: <c>frame.time_delta_displayed</c> is counted from there.</summary>
    public void Displayed() => _displayed = _previous;

    private void AddFrame(in PacketRecord packet)
    {
        if (!_hasFirst)
            _first = packet.Nanoseconds;
        _hasFirst = true;
        if (_number == 1)
            _previous = packet.Nanoseconds;

        if (packet.Comments.Count > 0)
            AddComments(packet.Comments);
        _fields.Add(FrameFields.Group.Protocol, 0, 0, packet.Octets.Length);
        int head = _fields.IsWanted(FrameFields.Group.Protocol) ? _fields.Last : -1;
        bool isNamed = packet.Interface.Section is not null || packet.Interface.Name is not null; // in a file of the first kind it is not
        bool isNameWanted = _fields.AreTextsWanted || _fields.IsWanted(FrameFields.InterfaceName);
        string interfaceName = isNameWanted ? UpToZero(packet.Interface.Name ?? packet.Interface.Description ?? "unknown") : "";
        ReadOnlySpan<byte> shownName = _fields.AreTextsWanted ? System.Text.Encoding.UTF8.GetBytes(interfaceName) : default; // whoever wrote the capture chose it
        uint length = packet.OriginalLength;
        int captured = packet.Octets.Length;
        _fields.Say($"Frame {_number}: {length} {BytesOf(length)} on wire ({length * 8L} bits), {captured} {BytesOf(captured)} captured ({captured * 8L} bits)");
        // Most packets have none, and few ask.
        PacketAnnotations? annotations = packet.Options.IsEmpty || !_wantsAnnotations ? null : PacketAnnotations.Read(packet);
        if (isNamed)
        {
            _fields.SayMore($" on interface {shownName}, id {packet.Interface.Number}");
            if (annotations?.Flags is { } marks && (marks & 3) is 1 or 2)
                _fields.SayMore($" ({((marks & 3) == 1 ? "inbound" : "outbound")})");
            _fields.Add(FrameFields.SectionNumber, (ulong)Math.Max(1, _sections), 0, 0);
            _fields.Add(FrameFields.InterfaceId, (ulong)packet.Interface.Number, 0, 0);
            _fields.SayMore($" ({shownName})");
            _fields.AddText(FrameFields.InterfaceName, $"{interfaceName}");
            if (packet.Interface.Description is { } description && packet.Interface.Name is not null)
                _fields.AddText(FrameFields.InterfaceDescription, $"{description}");
        }

        if (annotations is not null)
            AddAnnotations(annotations, packet.Comments.Count);
        if (_fields.IsWanted(FrameFields.EncapsulationType) && Encapsulation.Find(packet.Interface.LinkType) is { } encapsulation)
            _fields.Add(FrameFields.EncapsulationType, (ulong)encapsulation, 0, 0);

        _fields.Add(FrameFields.Time, (ulong)packet.Nanoseconds, 0, 0);
        long fraction = packet.Nanoseconds - (packet.Seconds * 1_000_000_000);
        if (fraction is < 0 or >= 1_000_000_000)
            _fields.RemarkOf(head, FrameFields.TimeInvalid, 0, $"Arrival Time: Fractional second {unchecked((int)fraction)} is invalid, the valid range is 0-1000000000");
        _fields.Add(FrameFields.TimeShift, 0, 0, 0);
        _fields.Add(FrameFields.TimeEpoch, (ulong)packet.Nanoseconds, 0, 0);
        SinceFirst = packet.Nanoseconds - _first;
        SincePrevious = packet.Nanoseconds - _previous;
        SinceDisplayed = packet.Nanoseconds - (_displayed ?? packet.Nanoseconds);
        _fields.Add(FrameFields.TimeDelta, (ulong)SincePrevious, 0, 0);
        _fields.Add(FrameFields.TimeDeltaDisplayed, (ulong)SinceDisplayed, 0, 0);
        _fields.Add(FrameFields.TimeRelative, (ulong)SinceFirst, 0, 0);
        _fields.Add(FrameFields.Number, _number, 0, 0);
        _fields.Add(FrameFields.Length, length, 0, 0);
        _fields.SayMore($" {BytesOf(length)} ({length * 8L} bits)");
        if (length < captured)
            _fields.Remark(FrameFields.LengthTooShort, 0, $"{FrameFields.LengthTooShort.Label}");
        _fields.Add(FrameFields.CapturedLength, (ulong)captured, 0, 0);
        _fields.SayMore($" {BytesOf(captured)} ({captured * 8L} bits)");
        if (annotations?.Dropped is { } dropped)
            _fields.Add(FrameFields.DropCount, dropped, 0, 0);
        _fields.Add(FrameFields.IsMarked, 0, 0, 0);
        _fields.Add(FrameFields.IsIgnored, 0, 0, 0);
        if (annotations?.Flags is { } flags && (flags & 3) is 1 or 2)
            _fields.Add(FrameFields.Direction, (flags & 3) == 1 ? 1UL : 0, 0, 0);

        _protocols = _fields.Reserve(FrameFields.Protocols);
    }

    private void AddAnnotations(PacketAnnotations annotations, int comments)
    {
        if (annotations.Queue is { } queue)
            _fields.Add(FrameFields.InterfaceQueue, queue, 0, 0);
        if (annotations.Flags is { } flags)
        {
            _fields.Add(FrameFields.PacketFlags, flags, 0, 0);
            foreach (Field part in FrameFields.PacketFlagParts)
                _fields.Add(part, (flags & part.Mask) >> System.Numerics.BitOperations.TrailingZeroCount(part.Mask), 0, 0);
        }

        if (annotations.Id is { } id)
            _fields.Add(FrameFields.PacketId, id, 0, 0);
        if (annotations.Verdicts.Count == 0)
            return;
        _fields.AddMade(FrameFields.Verdict, default);
        int before = comments; // Wireshark counts comments too
        foreach (PacketVerdict verdict in annotations.Verdicts)
            _fields.SayMore($"{(before++ > 0 ? ", " : "")}{FrameFields.NameOfVerdict(verdict.Kind)} ({verdict.Kind})");
        foreach (PacketVerdict verdict in annotations.Verdicts)
            AddVerdict(verdict);
    }

    private void AddVerdict(PacketVerdict verdict)
    {
        if (verdict.Kind == 0)
        {
            _fields.AddMade(FrameFields.VerdictOfHardware, verdict.Value.Span);
            return;
        }

        Field field = verdict.Kind == 1 ? FrameFields.VerdictOfTrafficControl : FrameFields.VerdictOfDriver;
        _fields.Add(field, System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(verdict.Value.Span), 0, 0);
    }

    private void AddComments(IReadOnlyList<string> comments)
    {
        _fields.Add(FrameFields.Comments.Protocol, 0, 0, 0);
        foreach (string comment in comments)
        {
            byte[] text = System.Text.Encoding.UTF8.GetBytes(comment);
            _fields.AddMade(FrameFields.Comment, text);
            _fields.Say($"{(ReadOnlySpan<byte>)text}");
            _fields.Remark(FrameFields.CommentRemark, 0, $"{(ReadOnlySpan<byte>)text}");
        }
    }

    // A name ends as one of C does.
    private static string UpToZero(string name) => name.IndexOf('\0', StringComparison.Ordinal) is >= 0 and int end ? name[..end] : name;

    private static string BytesOf(long count) => count == 1 ? "byte" : "bytes";
}
