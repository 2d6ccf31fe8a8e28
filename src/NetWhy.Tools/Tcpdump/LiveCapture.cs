using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Takes packets from interfaces.</summary>
internal sealed class LiveCapture : IDisposable
{
    private const int Ethernet = 1;
    private const int RawIp = 101;
    private const int Cooked = 276;
    private const byte Outgoing = 4;
    private const int RankOfAll = 2; // in the list of interfaces
    private const int LookForEnd = 100; // ms between two looks at whether the user wants to end

    private readonly TcpdumpOptions _options;
    private readonly IToolHost _host;
    private readonly List<Listener> _listeners = [];
    private readonly HashSet<int> _loopback = [];
    private long _captured;
    private bool _isEnough; // so many as were asked for have come, or the sink has enough
    private long _last = long.MaxValue; // packets that come later are not wanted, in nanoseconds since 1970
    private long _toldAt = Stopwatch.GetTimestamp();
    private long _toldCount = -1; // in a line that has not been ended
    private volatile bool _wantsCounts;
    private volatile bool _wantsHandOn;

    private LiveCapture(TcpdumpOptions options, IToolHost host)
    {
        _options = options;
        _host = host;
    }

    /// <summary>The interface of the packets; of all of them if there are several.</summary>
    internal CaptureInterface Interface => _listeners[0].Interface;

    /// <summary>Opens the interfaces that a command line names.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="host">What surrounds the tool.</param>
    /// <exception cref="ToolException">One of them cannot be listened on.</exception>
    internal static LiveCapture Open(TcpdumpOptions options, IToolHost host)
    {
        var capture = new LiveCapture(options, host);
        try
        {
            ImmutableArray<LinkMessage> links = Links();
            capture._loopback.UnionWith(links.Where(link => link.Header.Flags.HasFlag(LinkFlags.Loopback)).Select(link => link.Header.Index));
            List<string> names = options.Interfaces.Count > 0 ? options.Interfaces : [FirstOf(links)];
            // Packets of several interfaces fit into one capture only with the header that names theirs.
            foreach (string name in names)
                capture.Add(name, links, isCooked: names.Count > 1);
            return capture;
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    /// <summary>Lists the interfaces, in the order in which one is chosen.</summary>
    /// <param name="host">Where.</param>
    internal static void List(IToolHost host)
    {
        var text = new System.Text.StringBuilder();
        int number = 0;
        foreach (LinkMessage? listed in InOrder(Links()))
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
        foreach (Listener listener in _listeners)
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
            foreach (Listener listener in _listeners)
            {
                while (!isDone && listener.Ring.HasBlock && !_host.Cancellation.IsCancellationRequested)
                {
                    isIdle = false;
                    isDone = !Take(listener, sink);
                    sink.Keep();
                    listener.Ring.Release();
                    HearUser(sink);
                }
            }

            if (isDone || !isIdle)
                continue;
            sink.Flush();
            isDone = sink.IsDone;
            HearUser(sink);
            // One after the other is enough: each wait is short, and packets wait in the rings meanwhile.
            int wait = Math.Max(1, LookForEnd / _listeners.Count);
            foreach (Listener listener in _listeners)
            {
                if (listener.Ring.Wait(wait) is not Errno.OK and var problem)
                {
                    Drain(sink);
                    sink.End();
                    throw new ToolException(ToolException.CouldNotWork, $"{listener.Interface.Name}: {problem switch { Errno.ENETDOWN => "the interface went down", _ => LinuxException.Describe(problem) }}");
                }
            }
        }

        if (!isDone && _options is { Output: not null, PrintsToo: false })
            Drain(sink);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        foreach (Listener listener in _listeners)
            listener.Interface.Count(now, listener.Ring.Statistics.Received, listener.Ring.Statistics.Dropped);
    }

    // Packets that came before the user ended are in blocks still, the last ones in one that the kernel closes when its time is over.
    private void Drain(IPacketSink sink)
    {
        const int Patience = 250; // ms: the longest time of a block, and then some
        long start = Stopwatch.GetTimestamp();
        _last = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        foreach (Listener listener in _listeners)
        {
            bool isDone = false;
            while (!isDone && !_isEnough && (listener.Ring.HasBlock || Stopwatch.GetElapsedTime(start).TotalMilliseconds < Patience))
            {
                if (!listener.Ring.HasBlock)
                {
                    _ = listener.Ring.Wait(LookForEnd); // the block is closed also when its interface is down
                    continue;
                }

                isDone = !Take(listener, sink);
                sink.Keep();
                listener.Ring.Release();
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
        foreach (Listener listener in _listeners)
        {
            PacketRingStatistics statistics = listener.Ring.Statistics;
            received += statistics.Received;
            dropped += statistics.Dropped;
        }

        return [Counted((ulong)_captured, "captured"), Counted(received, "received by filter"), Counted(dropped, "dropped by kernel")];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Listener listener in _listeners)
            listener.Ring.Dispose();
    }

    private static string Counted(ulong count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} packet{(count == 1 ? "" : "s")} {what}");

    private bool Take(Listener listener, IPacketSink sink)
    {
        PacketRing.PacketBlock block = listener.Ring.Packets;
        while (block.Read(out RingPacket packet))
        {
            // What this machine sends itself passes twice: out and, a moment later, in.
            if (packet.Type == Outgoing && _loopback.Contains(packet.InterfaceIndex))
                continue;
            if (packet.Nanoseconds > _last)
                return false;
            if (_options.Direction is not "inout" && (packet.Type == Outgoing) != (_options.Direction is "out"))
                continue;
            if (listener.Filter is { } filter && filter.Run(packet.Octets, packet.Length) == 0)
                continue;
            if (!sink.Take(++_captured, new PacketRecord(packet.Nanoseconds, listener.Interface, packet.Octets, packet.Length)) || _captured >= (_options.CaptureCount ?? long.MaxValue))
            {
                _isEnough = true;
                return false;
            }
        }

        return true;
    }

    private void Add(string name, ImmutableArray<LinkMessage> links, bool isCooked)
    {
        LinkMessage? link = Find(name, links);
        if (link is not null)
        {
            if (_options.WantsMonitorMode && link.Header.HardwareType is not (801 or 802 or 803)) // ARPHRD_IEEE80211 and its kin
                throw new ToolException(ToolException.CouldNotWork, Directory.Exists($"/sys/class/net/{link.Name}/phy80211") ? $"{link.Name}: netwhy does not change its mode: iw dev {link.Name} set type monitor" : $"{link.Name}: That device doesn't support monitor mode");
            if (!link.Header.Flags.HasFlag(LinkFlags.Up))
                throw new ToolException(ToolException.CouldNotWork, $"{link.Name}: that interface is not up: ip link set dev {link.Name} up");
        }

        int linkType = isCooked || link is null ? Cooked : LinkTypeOf(link.Header.HardwareType);
        var @interface = new CaptureInterface(linkType, (uint)_options.SnapLength) { Name = link?.Name ?? "any", Number = _listeners.Count, IsNanosecond = true };
        FilterInstruction[] program = FilterText.Compile(_options, linkType);
        // Tags of VLANs lie beside the packet while the kernel filters: a filter that asks for them runs here, where they are back.
        FilterProgram checkedProgram = FilterText.Check(program);
        FilterInstruction[]? kernelProgram = checkedProgram.JumpsBack || _options.Filter.Contains("vlan", StringComparison.Ordinal) ? null
            : linkType == Cooked ? CookedFilter.Rewrite(program)
            : program;
        FilterProgram? ownFilter = kernelProgram is null ? checkedProgram : null;
        kernelProgram ??= [new FilterInstruction(0x06, 0, 0, (uint)_options.SnapLength)];
        var ringOptions = new PacketRingOptions(link?.Header.Index ?? 0, linkType == Cooked)
        {
            BufferSize = _options.BufferSize ?? 64 << 20,
            BlockTimeout = TimeSpan.FromMilliseconds(_options.IsImmediate ? 1 : _options.Output is null || _options.IsPacketBuffered ? 10 : 100),
            Filter = kernelProgram,
            IsPromiscuous = !_options.IsUnpromiscuous,
        };
        Errno errno = PacketRing.Open(ringOptions, out PacketRing? ring);
        if (ring is null)
        {
            throw new ToolException(ToolException.CouldNotWork, errno is Errno.EPERM or Errno.EACCES
                ? $"{@interface.Name}: you don't have permission to capture on that device: run it as root, or give the program CAP_NET_RAW"
                : $"{@interface.Name}: {LinuxException.Describe(errno)}");
        }

        _listeners.Add(new Listener(ring, @interface, ownFilter));
    }

    /// <summary>The type of link of an interface.</summary>
    /// <param name="name">Its name.</param>
    internal static int LinkTypeOf(string name) =>
        Find(name, Links()) is { } link ? LinkTypeOf(link.Header.HardwareType) : Cooked;

    // The interface of a name, or of a number of the list that -D prints; null for all of them.
    private static LinkMessage? Find(string name, ImmutableArray<LinkMessage> links)
    {
        if (name is "any")
            return null;
        if (links.FirstOrDefault(one => one.Name == name) is { } named)
            return named;
        List<LinkMessage?> order = InOrder(links);
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number <= order.Count)
            return order[number - 1];
        throw new ToolException(ToolException.CouldNotWork, $"{name}: there is no such interface here: {string.Join(", ", links.Select(one => one.Name))} and any are");
    }

    // Source: linux/if_arp.h; what is neither Ethernet nor bare IP comes with the cooked header.
    private static int LinkTypeOf(ushort hardware) => hardware switch
    {
        1 or 772 => Ethernet,
        519 or 768 or 769 or 776 or 778 or 65534 => RawIp,
        _ => Cooked,
    };

    private static ImmutableArray<LinkMessage> Links()
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        return netlink.Links();
    }

    // As they are listed and numbered; null stands for all of them.
    private static List<LinkMessage?> InOrder(ImmutableArray<LinkMessage> links)
    {
        List<LinkMessage?> order = [.. links.OrderBy(Rank)];
        order.Insert(links.Count(link => Rank(link) < RankOfAll), null);
        return order;
    }

    // Connected interfaces first, those without a cable behind the pseudo-interface, loopback before them.
    private static int Rank(LinkMessage link)
    {
        if (link.Header.Flags.HasFlag(LinkFlags.Loopback))
            return RankOfAll;
        return link.Header.Flags.HasFlag(LinkFlags.Up) && link.Header.Flags.HasFlag(LinkFlags.LowerUp) ? 0 : 3;
    }

    private static string FirstOf(ImmutableArray<LinkMessage> links) =>
        links.Where(link => Rank(link) == 0).Select(link => link.Name).FirstOrDefault() ?? "any";

    private sealed record Listener(PacketRing Ring, CaptureInterface Interface, FilterProgram? Filter);
}
