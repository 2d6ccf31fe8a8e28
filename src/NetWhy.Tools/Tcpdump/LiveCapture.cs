using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Capture.Files;
using NetWhy.Capture.Live;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Takes packets from interfaces.</summary>
internal sealed class LiveCapture : IDisposable
{
    private const int LookForEnd = 100; // ms between two looks at whether the user wants to end

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly ImmutableArray<InterfaceListener> _listeners;
    private long _captured;
    private bool _isEnough; // so many as were asked for have come, or the sink has enough
    private long _last = long.MaxValue; // packets that come later are not wanted, in nanoseconds since 1970
    private long _toldAt = Stopwatch.GetTimestamp();
    private long _toldCount = -1; // in a line that has not been ended
    private volatile bool _wantsCounts;
    private volatile bool _wantsHandOn;

    private LiveCapture(TcpdumpOptions options, IToolHost host, ImmutableArray<InterfaceListener> listeners)
    {
        _options = options;
        _host = host;
        _listeners = listeners;
    }

    /// <summary>The interface of the packets; of all of them if there are several.</summary>
    internal CaptureInterface Interface => _listeners[0].Interface;

    /// <summary>Opens the interfaces that a command line names.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="host">What surrounds the tool.</param>
    /// <exception cref="ToolException">One of them cannot be listened on.</exception>
    internal static LiveCapture Open(TcpdumpOptions options, IToolHost host)
    {
        if (options.WantsMonitorMode)
            CheckMonitorMode(options.Interfaces);
        var listening = new ListenOptions(linkType => FilterText.Compile(options, linkType))
        {
            SnapLength = options.SnapLength,
            BufferSize = options.BufferSize ?? 64 << 20,
            BlockTimeout = TimeSpan.FromMilliseconds(options.IsImmediate ? 1 : options.Output is null || options.IsPacketBuffered ? 10 : 100),
            IsPromiscuous = !options.IsUnpromiscuous,
            AsksForVlans = options.Filter.Contains("vlan", StringComparison.Ordinal),
            Directions = options.Direction switch { "in" => PacketDirections.In, "out" => PacketDirections.Out, _ => PacketDirections.Both },
        };
        return new LiveCapture(options, host, InterfaceListener.Open(options.Interfaces, listening));
    }

    /// <summary>Lists the interfaces, in the order in which one is chosen.</summary>
    /// <param name="host">Where.</param>
    internal static void List(IToolHost host)
    {
        var text = new System.Text.StringBuilder();
        int number = 0;
        foreach (LinkMessage? listed in NetworkInterfaces.Read().InOrder)
        {
            if (listed is not { } link)
            {
                text.Append(CultureInfo.InvariantCulture, $"{++number}.any (Pseudo-device that captures on all interfaces) [Up, Running]\n");
                continue;
            }

            List<string> states = [];
            if (link.Header.Flags.HasFlag(LinkFlags.Up))
                states.Add("Up");
            if (link.Header.Flags.HasFlag(LinkFlags.LowerUp) || ((uint)link.Header.Flags & 0x40) != 0)
                states.Add("Running");
            bool isLoopback = link.Header.Flags.HasFlag(LinkFlags.Loopback);
            if (isLoopback)
                states.Add("Loopback");
            else
                states.Add(link.Header.Flags.HasFlag(LinkFlags.LowerUp) ? "Connected" : "Disconnected");
            text.Append(CultureInfo.InvariantCulture, $"{++number}.{link.Name} [{string.Join(", ", states)}]\n");
        }

        host.Output.Write(System.Text.Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Says on standard error what is listened on.</summary>
    internal void Announce()
    {
        foreach (InterfaceListener listener in _listeners)
        {
            int linkType = listener.Interface.LinkType;
            _host.Warn(string.Create(CultureInfo.InvariantCulture, $"listening on {listener.Interface.Name}, link-type {LinkTypeNames.Of(linkType)} ({LinkTypeNames.Describe(linkType)}), snapshot length {_options.SnapLength} bytes"));
        }
    }

    /// <summary>Takes packets until the user ends, enough have come, or the sink has enough.</summary>
    /// <param name="sink">Where they go.</param>
    internal void Run(IPacketSink sink)
    {
        const int UserSignal1 = 10, UserSignal2 = 12; // signal(7)
        using var counts = PosixSignalRegistration.Create((PosixSignal)UserSignal1, context => context.Cancel = _wantsCounts = true);
        using var handOn = PosixSignalRegistration.Create((PosixSignal)UserSignal2, context => context.Cancel = _wantsHandOn = true);
        bool isDone = false;
        while (!isDone && !_host.Cancellation.IsCancellationRequested)
        {
            bool isIdle = true;
            foreach (InterfaceListener listener in _listeners)
            {
                while (!isDone && listener.HasBlock && !_host.Cancellation.IsCancellationRequested)
                {
                    isIdle = false;
                    isDone = !Take(listener, sink);
                    sink.Keep();
                    listener.Release();
                    HearUser(sink);
                }
            }

            if (isDone || !isIdle)
                continue;
            sink.Flush();
            isDone = sink.IsDone;
            HearUser(sink);
            // One after the other is enough: each wait is short, and packets wait in the rings meanwhile.
            int wait = Math.Max(1, LookForEnd / _listeners.Length);
            foreach (InterfaceListener listener in _listeners)
            {
                Wait(listener, wait, sink);
            }
        }

        if (!isDone && _options is { Output: not null, PrintsToo: false })
            Drain(sink);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        foreach (InterfaceListener listener in _listeners)
            listener.Interface.Count(now, listener.Statistics.Received, listener.Statistics.Dropped);
    }

    // Packets that came before the user ended are in blocks still, the last ones in one that the kernel closes when its time is over.
    private void Drain(IPacketSink sink)
    {
        const int Patience = 250; // ms: the longest time of a block, and then some
        long start = Stopwatch.GetTimestamp();
        _last = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        foreach (InterfaceListener listener in _listeners)
        {
            bool isDone = false;
            while (!isDone && !_isEnough && (listener.HasBlock || Stopwatch.GetElapsedTime(start).TotalMilliseconds < Patience))
            {
                if (!listener.HasBlock)
                {
                    listener.WaitForLast(LookForEnd); // the block is closed also when its interface is down
                    continue;
                }

                isDone = !Take(listener, sink);
                sink.Keep();
                listener.Release();
            }
        }
    }

    private void HearUser(IPacketSink sink)
    {
        if (_wantsCounts)
        {
            _wantsCounts = false;
            EndProgress();
            _host.Warn(string.Join(", ", Counts()));
        }

        if (_wantsHandOn)
        {
            _wantsHandOn = false;
            sink.HandOn();
        }

        if (_options is { Output: not null and not "-", PrintsToo: false, Print.Verbosity: > 0 } && Stopwatch.GetElapsedTime(_toldAt).TotalSeconds >= 1)
        {
            _toldAt = Stopwatch.GetTimestamp();
            if (_captured != _toldCount)
                _host.Progress(string.Create(CultureInfo.InvariantCulture, $"Got {_captured}"));
            _toldCount = _captured;
        }
    }

    /// <summary>Says on standard error how many packets came, and how many were lost.</summary>
    internal void Conclude()
    {
        EndProgress();
        foreach (string count in Counts())
            _host.Note(count);
    }

    private void EndProgress()
    {
        if (_toldCount >= 0)
            _host.Note("");
        _toldCount = -1;
    }

    private IEnumerable<string> Counts()
    {
        ulong received = 0, dropped = 0;
        foreach (InterfaceListener listener in _listeners)
        {
            PacketRingStatistics statistics = listener.Statistics;
            received += statistics.Received;
            dropped += statistics.Dropped;
        }

        return [Counted((ulong)_captured, "captured"), Counted(received, "received by filter"), Counted(dropped, "dropped by kernel")];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (InterfaceListener listener in _listeners)
            listener.Dispose();
    }

    private static string Counted(ulong count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} packet{(count == 1 ? "" : "s")} {what}");

    private void Wait(InterfaceListener listener, int milliseconds, IPacketSink sink)
    {
        try
        {
            listener.Wait(milliseconds);
        }
        catch (InterfaceException)
        {
            Drain(sink);
            sink.End();
            throw;
        }
    }

    private bool Take(InterfaceListener listener, IPacketSink sink) => listener.Take((in packet) =>
    {
        if (packet.Nanoseconds > _last)
            return false;
        _isEnough = !sink.Take(++_captured, packet) || _captured >= (_options.CaptureCount ?? long.MaxValue);
        return !_isEnough;
    });

    private static void CheckMonitorMode(List<string> names)
    {
        var interfaces = NetworkInterfaces.Read();
        foreach (LinkMessage link in names.DefaultIfEmpty(interfaces.First).Select(interfaces.Find).OfType<LinkMessage>())
        {
            if (link.Header.HardwareType is not (801 or 802 or 803)) // ARPHRD_IEEE80211 and its kin
                throw new ToolException(ToolException.CouldNotWork, Directory.Exists($"/sys/class/net/{link.Name}/phy80211") ? $"{link.Name}: netwhy does not change its mode: iw dev {link.Name} set type monitor" : $"{link.Name}: That device doesn't support monitor mode");
        }
    }
}
