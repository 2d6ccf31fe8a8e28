using System.IO.Compression;
using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Writes packets to a file, or to one file after the other.</summary>
/// <remarks>Source: tcpdump(1), -w, -C, -G, -W, -z; what that leaves open is said where it is decided.</remarks>
internal sealed class FileSink : IPacketSink
{
    private const long PerSecond = 1_000_000_000;

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly FileNames _names;
    private readonly FileCommands? _commands;
    private PcapWriter? _writer;
    private int _linkType;
    private string _path = "";
    private long _end = long.MaxValue; // when the next file begins, in nanoseconds since 1970
    private int _number; // of files of one time
    private int _files; // begun so far

    /// <summary>Makes a sink.</summary>
    /// <param name="options">What is written, and where.</param>
    /// <param name="host">Whom files are reported to.</param>
    internal FileSink(TcpdumpOptions options, IToolHost host)
    {
        _options = options;
        _host = host;
        _names = new FileNames(options);
        _commands = options.FileCommand is { } command ? new FileCommands(command, host) : null;
    }

    private bool IsRotating => _options.FileSize is not null || _options.FileSeconds is not null;

    /// <summary>Begins the first file, so that it is there before any packet is.</summary>
    /// <param name="interface">The interface of the packets.</param>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970.</param>
    internal void Begin(CaptureInterface @interface, long nanoseconds)
    {
        _linkType = @interface.LinkType;
        Open(nanoseconds);
    }

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        if (_writer is null)
            Begin(packet.Interface, packet.Nanoseconds);
        if (packet.Interface.LinkType != _linkType)
            throw new ToolException(ToolException.CouldNotWork, $"a pcap file holds packets of one type of link, and these have {_linkType} and {packet.Interface.LinkType}: filter one of them out");

        bool isTimeOver = packet.Nanoseconds >= _end;
        // As tcpdump does, a file is full when it is larger than it may be: the packet that makes it so is in it.
        bool isFull = _options.FileSize is { } most && _writer!.Length > most;
        if ((isTimeOver || isFull) && !Next(packet.Nanoseconds, isTimeOver))
            return false;
        try
        {
            _writer!.Add(packet.Nanoseconds, packet.Octets, packet.OriginalLength);
            if (_options.IsPacketBuffered)
                _writer.Flush();
        }
        catch (IOException refusal)
        {
            throw CannotWrite(refusal);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // A file is written in large pieces; what is gathered is written when the file ends, or by -U.
    }

    /// <inheritdoc/>
    public void End()
    {
        Close();
        _commands?.Wait();
    }

    /// <summary>Closes a file that <see cref="End"/> did not close: what stands in it stays.</summary>
    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (IOException)
        {
            // It is being given up because it cannot be written, and that was said.
        }
    }

    private bool Next(long nanoseconds, bool isTimeOver)
    {
        Close();
        _number = isTimeOver ? 0 : _number + 1;
        // With times, the count is of files, and the end; with sizes alone, of names that are used again and again.
        if (_options.FileSeconds is not null && _options.FileCount is { } most && _files >= most)
        {
            _host.Note($"Maximum file limit reached: {most}");
            return false;
        }

        if (_options.FileSeconds is null && _options.FileCount is { } names && _number >= names)
            _number = 0;
        Open(nanoseconds);
        return true;
    }

    private void Open(long nanoseconds)
    {
        long seconds = nanoseconds / PerSecond;
        if (_options.FileSeconds is { } period && nanoseconds >= _end | _end == long.MaxValue)
        {
            // The time of a file counts from its first packet, or by the clock: then files of all machines fit together.
            long start = _options.IsAligned ? seconds - (seconds % period) : seconds;
            _end = (start + period) * PerSecond;
        }

        _path = _names.Of(seconds, _number);
        _files++;
        try
        {
            Stream stream = _path is "-" ? _host.Output : new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            if (_options.Compression is not null)
                stream = new GZipStream(stream, CompressionLevel.Fastest);
            _writer = new PcapWriter(stream, _linkType, _options.SnapLength, _options.Print.IsNanosecond);
            _writer.Flush();
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(refusal);
        }
    }

    private void Close()
    {
        PcapWriter? writer = _writer;
        _writer = null;
        if (writer is null)
            return;
        try
        {
            writer.Dispose();
        }
        catch (IOException refusal)
        {
            throw CannotWrite(refusal);
        }

        if (IsRotating && _path is not "-")
            _host.Note($"finished {_path} ({writer.Length} bytes)");
        _commands?.Run(_path);
    }

    private ToolException CannotWrite(Exception refusal) =>
        new(ToolException.CouldNotWork, $"{_path}: {refusal.Message}; packets up to here are in it");
}
