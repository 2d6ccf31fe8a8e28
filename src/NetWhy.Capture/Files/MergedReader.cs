namespace NetWhy.Capture.Files;

/// <summary>Reads several captures as one, by the times of their packets; of equal times those of the capture that was added first. One that is broken ends there; the others go on.</summary>
/// <param name="report">Is told of one that cannot be read to its end: its name, how many packets were read of it, and why not more.</param>
public sealed class MergedReader(Action<string, long, Exception> report) : CaptureReader
{
    private readonly List<Source> _sources = [];
    private readonly PriorityQueue<Source, (long Time, int Number)> _next = new();
    private Source? _latest; // whose packet is being looked at: it is read on only when the next one is wanted

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => _sources is [var only] ? only.Reader.Interfaces : [.. _sources.SelectMany(source => source.Reader.Interfaces)];

    /// <inheritdoc/>
    public override long Position => _sources.Sum(source => source.Reader.Position);

    /// <inheritdoc/>
    public override PacketRecord Current => _latest!.Reader.Current;

    /// <summary>Adds a capture, and reads its first packet, which tells of its interfaces.</summary>
    /// <param name="name">What it is called when it is reported.</param>
    /// <param name="reader">The capture; it is closed together with the others.</param>
    public void Add(string name, CaptureReader reader)
    {
        var source = new Source(name, reader, _sources.Count);
        _sources.Add(source);
        if (TryRead(source, out PacketRecord packet))
            _next.Enqueue(source, (packet.Nanoseconds, source.Number));
    }

    /// <inheritdoc/>
    public override bool Read(out PacketRecord packet)
    {
        if (_latest is { } latest && TryRead(latest, out packet))
        {
            if (_sources.Count == 1)
                return true; // one capture needs no queue
            _next.Enqueue(latest, (packet.Nanoseconds, latest.Number));
        }

        bool isThere = _next.TryDequeue(out _latest, out _);
        packet = isThere ? _latest!.Reader.Current : default;
        return isThere;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        foreach (Source source in _sources)
            source.Reader.Dispose();
    }

    private bool TryRead(Source source, out PacketRecord packet)
    {
        try
        {
            bool isThere = source.Reader.Read(out packet);
            source.Packets += isThere ? 1 : 0;
            return isThere;
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException)
        {
            report(source.Name, source.Packets, broken);
            packet = default;
            return false;
        }
    }

    private sealed record Source(string Name, CaptureReader Reader, int Number)
    {
        internal long Packets { get; set; } // read so far
    }
}
