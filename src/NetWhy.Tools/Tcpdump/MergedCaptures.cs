using System.Globalization;
using NetWhy.Capture.Files;
using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Reads captures as one, by the times of their packets.</summary>
internal sealed class MergedCaptures : IDisposable
{
    private const int MostFiles = 4096;

    private readonly List<Source> _sources = [];
    private readonly PriorityQueue<Source, (long Time, int Number)> _next = new();
    private readonly IToolHost _host;
    private Source? _shown; // whose packet is being looked at: it is read on only when the next one is wanted

    private MergedCaptures(IToolHost host) => _host = host;

    /// <summary>Whether one of them could not be read to its end; it was said which.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>The first interface that one of them told of; null if none did.</summary>
    internal CaptureInterface? FirstInterface => _sources.SelectMany(source => source.Reader.Interfaces).FirstOrDefault();

    /// <summary>Opens captures.</summary>
    /// <param name="paths">Their paths; <c>-</c> for standard input.</param>
    /// <param name="host">Whom broken ones are reported to.</param>
    /// <exception cref="ToolException">One is no capture, or cannot be read.</exception>
    internal static MergedCaptures Open(IReadOnlyList<string> paths, IToolHost host)
    {
        if (paths.Count > MostFiles)
            throw new ToolException(ToolException.WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{paths.Count} files are too many at once: {MostFiles} at most"));
        var merged = new MergedCaptures(host);
        try
        {
            foreach (string path in paths)
            {
                var source = new Source(path, OpenOne(path), merged._sources.Count);
                merged._sources.Add(source);
                merged.Advance(source);
                if (source.Reader.Interfaces is [var first, ..])
                    host.Note(string.Create(CultureInfo.InvariantCulture, $"reading from file {path}, link-type {LinkTypeNames.Of(first.LinkType)} ({LinkTypeNames.Describe(first.LinkType)}), snapshot length {(first.SnapLength == 0 ? CaptureReader.LongestPacket : first.SnapLength)}"));
            }

            return merged;
        }
        catch
        {
            merged.Dispose();
            throw;
        }
    }

    /// <summary>The type of link of a capture.</summary>
    /// <param name="path">Its path.</param>
    internal static int LinkTypeOf(string path)
    {
        using CaptureReader reader = OpenOne(path);
        try
        {
            return reader.Interfaces.Count > 0 || reader.Read(out _) ? reader.Interfaces[0].LinkType : 1;
        }
        catch (CaptureFormatException broken)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {broken.Message}");
        }
    }

    /// <summary>Reads the next packet of all of them.</summary>
    /// <param name="packet">The packet: valid until the next one is read.</param>
    /// <returns>Whether there was one.</returns>
    internal bool Read(out PacketRecord packet)
    {
        packet = default;
        if (_sources.Count == 1)
            return ReadOnly(_sources[0], out packet);
        if (_shown is { } shown)
        {
            _shown = null;
            Advance(shown);
        }

        if (!_next.TryDequeue(out Source? source, out _))
            return false;
        _shown = source;
        packet = source.Reader.Current;
        return true;
    }

    // One capture needs no queue. Its first packet has been read already, to see its interfaces.
    private bool ReadOnly(Source source, out PacketRecord packet)
    {
        packet = default;
        if (_next.TryDequeue(out _, out _))
        {
            packet = source.Reader.Current;
            return true;
        }

        if (IsBroken)
            return false;
        try
        {
            bool isThere = source.Reader.Read(out packet);
            source.Packets += isThere ? 1 : 0;
            return isThere;
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException)
        {
            Report(source, broken);
            return false;
        }
    }

    private void Report(Source source, Exception broken)
    {
        IsBroken = true;
        _host.Warn(string.Create(CultureInfo.InvariantCulture, $"{source.Path}: {FileProblem.Of(source.Path, broken)} (behind packet {source.Packets})"));
    }

    /// <inheritdoc/>
    public void Dispose()
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
            Report(source, broken);
        }
    }

    /// <summary>Opens a capture.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input.</param>
    /// <exception cref="ToolException">It is none, or cannot be read.</exception>
    internal static CaptureReader OpenOne(string path)
    {
        try
        {
            return CaptureReader.Open(path is "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
        }
        catch (Exception refusal) when (refusal is CaptureFormatException or IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {FileProblem.Of(path, refusal)}");
        }
    }

    private sealed record Source(string Path, CaptureReader Reader, int Number)
    {
        internal long Packets { get; set; } // read so far
    }
}
