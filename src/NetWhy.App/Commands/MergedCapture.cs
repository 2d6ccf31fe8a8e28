using System.Globalization;
using NetWhy.Capture.Files;

namespace NetWhy.App.Commands;

/// <summary>Several captures as one, by the times of their packets. One that is broken ends there; the others go on.</summary>
internal sealed class MergedCapture : CaptureReader
{
    private readonly List<Source> _sources = [];
    private readonly List<string> _damages = [];
    private readonly PriorityQueue<Source, (long Time, int Number)> _next = new();
    private Source? _latest;

    /// <summary>Opens captures.</summary>
    /// <param name="inputs">The captures.</param>
    /// <exception cref="CommandException">One is no capture, or cannot be read.</exception>
    internal MergedCapture(IEnumerable<CaptureInput> inputs)
    {
        try
        {
            foreach (CaptureInput input in inputs)
            {
                var source = new Source(input.Path, input.Open(), _sources.Count);
                _sources.Add(source);
                Advance(source);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why not all of them could be read to their ends; null if they could.</summary>
    internal string? Damage => _damages.Count == 0 ? null : string.Join("; ", _damages);

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => [.. _sources.SelectMany(source => source.Reader.Interfaces)];

    /// <inheritdoc/>
    public override long Position => _sources.Sum(source => source.Reader.Position);

    /// <inheritdoc/>
    public override PacketRecord Current => _latest!.Reader.Current;

    /// <inheritdoc/>
    public override bool Read(out PacketRecord packet)
    {
        if (_latest is not null)
            Advance(_latest); // not before: then the packet is valid until now
        if (!_next.TryDequeue(out _latest, out _))
        {
            packet = default;
            return false;
        }

        packet = _latest.Reader.Current;
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        foreach (Source source in _sources)
            source.Reader.Dispose();
    }

    private void Advance(Source source)
    {
        try
        {
            if (source.Reader.Read(out PacketRecord packet))
            {
                source.Packets++;
                _next.Enqueue(source, (packet.Nanoseconds, source.Number));
            }
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException)
        {
            _damages.Add(string.Create(CultureInfo.InvariantCulture, $"{source.Path}, behind packet {source.Packets}: {FileRefusal.Reason(broken)}"));
        }
    }

    private sealed record Source(string Path, CaptureReader Reader, int Number)
    {
        internal long Packets { get; set; }
    }
}
