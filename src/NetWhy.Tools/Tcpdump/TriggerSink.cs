using System.Diagnostics;
using System.Globalization;
using NetWhy.Capture.Files;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Keeps packets in memory until an event happens, and then writes those before it and those after it to a file.</summary>
internal sealed class TriggerSink : IPacketSink
{
    private const long PerSecond = 1_000_000_000;
    private const long PollPause = PerSecond / 10;
    private const long Late = PerSecond / 4; // packets wait in the ring for so long, and then some
    private const long Latest = PerSecond * 10; // what waits longer has the time of a clock that was set back

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly FileSink _files;
    private readonly PacketMemory _memory;
    private readonly List<Trigger> _triggers = [];
    private readonly TroubleWatch _watch = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private CaptureInterface? _interface;
    private long _polledAt; // by Clock
    private long? _until; // when the file being written ends, in nanoseconds since 1970
    private long _endsBy; // when it ends, by Clock, although nobody sends
    private bool _isOver; // that was so before the ring was last found empty
    private readonly HashSet<Trigger> _told = []; // those that something happened to since the file was begun
    private string _path = ""; // of the file being written
    private int _written;

    /// <summary>Makes a sink.</summary>
    /// <param name="options">Which events, and how much before and after them.</param>
    /// <param name="host">Whom events are reported to.</param>
    /// <param name="files">Where packets go; closed with this sink.</param>
    /// <exception cref="ToolException">There is no such event.</exception>
    internal TriggerSink(TcpdumpOptions options, IToolHost host, FileSink files)
    {
        (_options, _host, _files) = (options, host, files);
        _memory = new PacketMemory(options.MemorySize, options.SecondsBefore * PerSecond);
        foreach (string text in options.Events)
            _triggers.Add(Trigger.Parse(text, options, host));
        if (options.ReadsFiles && _triggers.Any(trigger => !trigger.IsSeenInFiles))
            throw new ToolException(ToolException.WrongUsage, "a log, a probe or a signal cannot be waited for in a file that is read");
    }

    /// <inheritdoc/>
    public bool IsDone => _until is null && _written >= _options.Times;

    /// <inheritdoc/>
    public void Begin(CaptureInterface @interface, long nanoseconds)
    {
        _interface = @interface;
        foreach (Trigger trigger in _triggers)
            trigger.Prepare(@interface.LinkType);
    }

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        if (_interface is null)
            Begin(packet.Interface, packet.Nanoseconds);
        long clock = Clock(packet.Nanoseconds);
        if (packet.Nanoseconds > _until || clock > _endsBy + Latest)
            Finish();
        _memory.Add(packet);
        if (_until is not null)
            _files.Take(number, packet);
        Trouble trouble = _watch.Of(packet, out PacketEnds ends, out TcpFlags flags);
        foreach (Trigger trigger in _triggers)
        {
            if (trigger.Look(packet, trouble, ends, flags) is { } reason)
                Fire(trigger, reason, packet.Nanoseconds);
        }

        if (clock - _polledAt >= PollPause)
            Poll(packet.Nanoseconds);
        return !IsDone;
    }

    /// <inheritdoc/>
    public void Keep() => _files.Keep();

    /// <inheritdoc/>
    public void Flush()
    {
        if (_options.ReadsFiles)
            return;
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        // What passed before the end may still lie in the ring: once more it must be empty.
        if (_isOver)
            Finish();
        _isOver = Clock(now) > _endsBy;
        Poll(now);
    }

    /// <inheritdoc/>
    public void HandOn()
    {
        foreach (Trigger trigger in _triggers)
            trigger.Signal();
        _files.HandOn();
    }

    /// <inheritdoc/>
    public void End()
    {
        Finish();
        _files.End();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Trigger trigger in _triggers)
            trigger.Dispose();
        _files.Dispose();
    }

    private void Poll(long nanoseconds)
    {
        _polledAt = Clock(nanoseconds);
        foreach (Trigger trigger in _triggers)
        {
            if (trigger.Poll(nanoseconds) is { } reason)
                Fire(trigger, reason, nanoseconds);
        }
    }

    private void Fire(Trigger trigger, string reason, long nanoseconds)
    {
        if (_interface is null || IsDone)
            return;
        // While the packets of one event are written, another one needs no file; but it is told, and has its time after it. The
        // same one is not told again: of a storm of resets, no line would be left of the screen, and the file would never end.
        if (!_told.Add(trigger))
            return;
        if (_until is not null)
        {
            _host.Warn($"{reason}; {_path} gets that, too");
            WriteUntil(nanoseconds);
            return;
        }

        long from = nanoseconds - (_options.SecondsBefore * PerSecond);
        _memory.ForgetBefore(from);
        _path = _files.BeginNext(_interface, nanoseconds);
        string room = _memory.ShortOfRoom > from ? "; there was no room for older ones, --memory gives more" : "";
        _host.Warn(string.Create(CultureInfo.InvariantCulture, $"{reason}; {_path} gets {_memory.Count} packet{(_memory.Count == 1 ? "" : "s")} up to it, and those of the next {_options.SecondsAfter} s{room}"));
        _memory.CopyTo(_files);
        WriteUntil(nanoseconds);
        _written++;
    }

    private void WriteUntil(long nanoseconds)
    {
        _until = nanoseconds + (_options.SecondsAfter * PerSecond);
        _endsBy = Clock(nanoseconds) + (_options.SecondsAfter * PerSecond) + Late;
        _isOver = false;
    }

    // Nanoseconds of the clock that nobody sets; of a file, the time of its packets.
    private long Clock(long nanoseconds)
    {
        const int PerTick = 100;
        return _options.ReadsFiles ? nanoseconds : Stopwatch.GetElapsedTime(0).Ticks * PerTick;
    }

    private void Finish()
    {
        if (_until is null)
            return;
        _until = null;
        _told.Clear();
        _files.Finish();
    }
}
