using System.Globalization;
using System.IO.Compression;
using NetWhy.Capture.Files;
using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Writes packets to a file, or to one file after the other.</summary>
/// <remarks>Source: tcpdump(1), -w, -C, -G, -W, -z; what that leaves open is said where it is decided.</remarks>
internal sealed class FileSink : IPacketSink
{
    private const long PerSecond = 1_000_000_000;

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly FileNames _names;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly FileCommands? _commands;
    private CaptureWriter? _writer;
    private OutputFile? _file; // what that writes to, compressed or not; null for standard output
    private long _unkept; // packets whose comments have no place in the file
    private bool _losesNames; // or secrets
    private CaptureInterface _interface = new(0, 0);
    private string _path = "";
    private string _name = ""; // of the last event's file, without number
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

    private bool IsRotating => _options.FileSize is not null || _options.FileSeconds is not null || _options.Events.Count > 0;

    /// <inheritdoc/>
    public void Begin(CaptureInterface @interface, long nanoseconds)
    {
        _interface = @interface;
        Open(nanoseconds);
    }

    /// <summary>Begins the file of an event.</summary>
    /// <param name="interface">The interface of the packets.</param>
    /// <param name="nanoseconds">When it happened, in nanoseconds since 1970.</param>
    /// <returns>The path of the file.</returns>
    internal string BeginNext(CaptureInterface @interface, long nanoseconds)
    {
        _interface = @interface;
        // Of events in one second, or with a name without time, numbers tell files apart.
        string name = _names.Of(nanoseconds / PerSecond, 0);
        _number = name == _name ? _number + 1 : 0;
        _name = name;
        Open(nanoseconds);
        return _path;
    }

    /// <summary>Ends the file of an event.</summary>
    internal void Finish() => Close();

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        if (_files == 0)
            Begin(packet.Interface, TimeOf(packet));
        if (!_options.WritesPcapng)
            CheckFits(packet);

        long time = TimeOf(packet);
        bool isTimeOver = time >= _end;
        // As tcpdump does, a file is full when it is larger than it may be: the packet that makes it so is in it.
        bool isFull = _options.FileSize is { } most && _writer?.Length > most;
        if ((isTimeOver || isFull || _writer is null) && !Next(time, isTimeOver))
            return false;
        try
        {
            _writer!.Add(packet);
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
    public void Keep()
    {
        try
        {
            _writer?.Keep();
        }
        catch (IOException refusal)
        {
            throw CannotWrite(refusal);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // A file is written in large pieces; but one whose time is over ends although no packet comes that would begin the next.
        const long Late = PerSecond; // packets of its time may still be in the ring
        if (_end != long.MaxValue && !_options.ReadsFiles && Now >= _end + Late)
            Close();
    }

    /// <inheritdoc/>
    public void HandOn()
    {
        try
        {
            _writer?.Flush();
        }
        catch (IOException refusal)
        {
            throw CannotWrite(refusal);
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        Close();
        SayUnkept();
        _commands?.Wait();
    }

    /// <summary>Closes a file that <see cref="End"/> did not close: what stands in it stays.</summary>
    public void Dispose()
    {
        CaptureWriter? writer = _writer;
        _writer = null;
        try
        {
            writer?.Dispose();
        }
        catch (Exception refusal) when (refusal is IOException or ToolException)
        {
            // It is being given up because it cannot be written, and that was said.
        }
    }

    // What is read passed long ago: as tcpdump does, its files are those of the time when it is read, unless they are to be
    // aligned, which a clock that runs while a file is read cannot mean.
    private bool IsTimeOfReading => _options is { ReadsFiles: true, FileSeconds: not null, IsAligned: false };

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    private long TimeOf(in PacketRecord packet) => IsTimeOfReading ? Now : packet.Nanoseconds;

    private bool Next(long nanoseconds, bool isTimeOver)
    {
        Close();
        _number = isTimeOver ? 0 : _number + 1;
        // With times alone, the count is of files, and the end; with sizes, of names that are used again and again.
        if (_options is { FileSeconds: not null, FileSize: null, FileCount: { } most } && _files >= most)
        {
            _host.Note($"Maximum file limit reached: {most}");
            return false;
        }

        if (_options.FileCount is { } names && _number >= names)
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
            _writer = WriterTo(OpenStream());
            _writer.Flush();
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{_path}: {FileProblem.Of(_path, refusal)}");
        }
    }

    private CaptureWriter WriterTo(Stream stream)
    {
        bool packetsStay = !_options.ReadsFiles;
        if (!_options.WritesPcapng)
            return new PcapWriter(stream, _interface.LinkType, _options.SnapLength, _options.Print.IsNanosecond) { PacketsStay = packetsStay };
        var writer = new PcapngWriter(stream, "netwhy tcpdump") { PacketsStay = packetsStay, IsOfOneCapture = _options.Files.Count == 1 && _options.ListFile is null };
        writer.Begin(_interface);
        return writer;
    }

    private void CheckFits(in PacketRecord packet)
    {
        if (packet.Interface.LinkType != _interface.LinkType)
            throw new ToolException(ToolException.CouldNotWork, $"a pcap file holds packets of one type of link, and these have {_interface.LinkType} and {packet.Interface.LinkType}: filter one of them out, or write pcapng (--format pcapng)");
        _unkept += packet.Comments.Count > 0 ? 1 : 0;
        if (packet.Interface.Section is { } section && !_losesNames)
            _losesNames = section.Names.Count > 0 || section.Secrets.Count > 0;
    }

    // What a reader of the file would miss, and not know of.
    private void SayUnkept()
    {
        List<string> what = [];
        if (_unkept > 0)
            what.Add(string.Create(CultureInfo.InvariantCulture, $"comments on {_unkept} packet{(_unkept == 1 ? "" : "s")}"));
        if (_losesNames)
            what.Add("names or secrets of the capture");
        if (what.Count > 0)
            _host.Warn($"pcap has no place for {string.Join(" and ", what)}: a name that ends in .pcapng, or --format pcapng, keeps them");
    }

    private Stream OpenStream()
    {
        _file = _path is "-" ? null : OutputFile.Create(_path);
        Stream stream = _file ?? _host.Output;
        if (_options.Compression is not { } compression)
            return stream;
        try
        {
            stream = compression is "zstd" ? new ZstandardWriteStream(stream) : new GZipStream(stream, CompressionLevel.Fastest);
        }
        catch (IOException)
        {
            stream.Dispose();
            throw;
        }

        // Who wants to see each packet at once waits for it.
        return _options.IsPacketBuffered ? stream : new WriteBehindStream(stream);
    }

    private void Close()
    {
        CaptureWriter? writer = _writer;
        _writer = null;
        if (writer is null)
            return;
        try
        {
            writer.Dispose();
        }
        catch (IOException refusal)
        {
            throw CannotWrite(refusal, writer);
        }

        if (IsRotating && _file is not null)
            _host.Note($"finished {_path} ({_file.Taken} bytes)");
        _commands?.Run(_path);
    }

    private ToolException CannotWrite(IOException refusal, CaptureWriter? closed = null)
    {
        long kept = (closed ?? _writer)?.Packets ?? 0;
        string rest = _options.Compression is not null
            ? "what had been compressed before is in it"
            : string.Create(CultureInfo.InvariantCulture, $"it holds {kept} packet{(kept == 1 ? "" : "s")}, all whole; those after {(kept == 1 ? "it" : "them")} are lost");
        return new ToolException(ToolException.CouldNotWork, $"{_path}: {refusal.Message}: {rest}");
    }
}
