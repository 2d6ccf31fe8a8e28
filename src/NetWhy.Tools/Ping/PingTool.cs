using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire;

namespace NetWhy.Tools.Ping;

/// <summary><c>netwhy ping</c>: is a host there, how far away, and what gets lost on the way?</summary>
internal sealed class PingTool : ITool
{
    private const int SmallSize = 56; // octets of data: what ping sends if not told otherwise

    private static readonly TimeSpan LeastUserInterval = TimeSpan.FromMilliseconds(2); // as iputils allows without root

    /// <inheritdoc/>
    public string Name => "ping";

    /// <inheritdoc/>
    public string Summary => "Send echo requests to a host, as ping does.";

    /// <inheritdoc/>
    public bool EndsByInterrupt => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("HOST", "a name or an address; fe80::1%eth0 names the zone"),
        ("-c COUNT  -w SECONDS  -W SECONDS", "end after so many replies; after that time; wait that long for the last (10; of an answering host two round trips)"),
        ("-i SECONDS  -f  -A  -l COUNT", "one request each 1 s, 0.002 and more without root; as fast as replies come; as the round trip allows; so many at once first"),
        ("-s OCTETS  -p HEX  -M do|dont|want|probe", "data of a request: 56; what it repeats; never cut on the way: a path MTU that an error tells is said at the end; probe: whatever is known of the path"),
        ("-4  -6  -I NAME|ADDRESS  -B  -r", "only IPv4, IPv6; by that interface, from that address; keep the source; past the routes"),
        ("-t TTL  -Q TOS  -m MARK  -F LABEL  -b  -L", "TTL; type of service; mark (root); flow label of IPv6; broadcast too; multicast does not come back"),
        ("-R  -T tsonly|tsandaddr|tsprespec", "record the route; time stamps of routers"),
        ("-n  -q  -D  -O  -a  -U", "no names; only the summary; the time before each line; say what has no answer yet; ring; until it is read"),
        ("-e NUMBER  -S OCTETS  -C  -d", "identifier; send buffer; connect; SO_DEBUG"),
        ("-v", "identifiers, and at the end: within what the loss lies, what was reordered, percentiles"),
        ("--json", "one object at the end: counts, loss with its 95 % interval, percentiles, and each reply and error"),
        ("--net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
        ("", "Ctrl-\\ shows the counts so far. Without root a ping socket is used (net.ipv4.ping_group_range); root's raw socket also sees redirects and wrong checksums"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy ping -c 3 192.0.2.1", "is it there?"),
        ("netwhy ping -M do -s 1472 192.0.2.1", "do packets of 1500 octets get there whole?"),
        ("netwhy ping -c 1000 -i 0.002 -q -v 192.0.2.1", "how much is lost, and how sure is that?"),
        ("netwhy ping -c 20 --json 192.0.2.1", "for a program"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        ReceiveStamps.Prepare();
        bool wantsJson = arguments.TakeWhile(word => word is not "--").Contains("--json");
        return OriginalRefusal.Guard(Name, host, wantsJson, () => Run(PingOptions.Parse(arguments), host));
    }

    /// <summary>The data of each request.</summary>
    /// <param name="options">How.</param>
    internal static byte[] DataOf(PingOptions options)
    {
        byte[] data = new byte[options.Size];
        for (int i = 0; i < data.Length; i++)
            data[i] = options.Pattern is { Length: > 0 } pattern ? pattern[i % pattern.Length] : options.Pattern is null ? (byte)i : (byte)0;
        return data;
    }

    private int Run(PingOptions options, IToolHost host)
    {
        if (options.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (options.ShowsVersion)
        {
            host.Output.Write("netwhy ping, whose command lines and output are those of iputils 20221126\n"u8);
            return 0;
        }

        if (options.Namespace is { } name)
            ToolNamespace.Enter(name);
        RefuseSize(options);
        using PingSession session = PingSession.Open(options, host);
        ReceiveStamps.Await();
        return options.IsJson ? RunJson(options, session, host) : RunText(options, session, host);
    }

    // The kernel would refuse each request, one after the other.
    private static void RefuseSize(PingOptions options)
    {
        const int LargestPacket = 65535;
        if (options.Size > LargestPacket)
            throw new OriginalRefusal(2, string.Create(CultureInfo.InvariantCulture, $"packet size {options.Size} is too large. Maximum is {LargestPacket - Ipv4Header.Size - IcmpHeader.Size}"));
    }

    private static int RunText(PingOptions options, PingSession session, IToolHost host)
    {
        var text = new PingText(options, session, host, TimeProvider.System);
        text.WriteBegin();
        RefuseFlood(options);
        (EchoSender sender, MtuWatch watch) = Run(options, session, text, host, (tally, wait) =>
        {
            text.Tally = tally;
            return PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context =>
            {
                context.Cancel = true;
                text.WantStatus();
                wait.Wake();
            });
        });
        text.WriteEnd(sender);
        if (watch.Mtu is { } mtu && options.MtuDiscovery is MtuDiscovery.Do or MtuDiscovery.Probe && mtu - session.Socket.HeaderSize - session.OptionSize is >= 0 and var fits)
        {
            host.Warn(watch.IsToldByRouter
                ? string.Create(CultureInfo.InvariantCulture, $"the path MTU to {session.Name} is {mtu}: -s {fits} is the most that passes whole, as far as routers told")
                : string.Create(CultureInfo.InvariantCulture, $"this machine sends no more than {mtu} octets whole to {session.Name} (the MTU of its interface or route, or what a router told before): -s {fits} is the most; whether the path takes that, netwhy mtu {session.Name} finds"));
        }
        else if (options.MtuDiscovery is MtuDiscovery.Do && watch is { Mtu: null, HasFailed: false } && sender.Tally is { Sent: > 0, Received: 0 } && options.Size > SmallSize && IsAnswered(session, host))
        {
            host.Warn(string.Create(CultureInfo.InvariantCulture, $"no reply to {options.Size} octets of data, and one to {SmallSize}: larger packets are lost on the way, it seems, and nobody says so; netwhy mtu {session.Name} finds where"));
        }

        return ExitCode(options, sender.Tally);
    }

    private static int RunJson(PingOptions options, PingSession session, IToolHost host)
    {
        RefuseFlood(options);
        var json = new PingJson(options, session);
        (EchoSender sender, MtuWatch watch) = Run(options, session, json, host, (_, _) => null);
        int exitCode = ExitCode(options, sender.Tally);
        json.Write(sender, watch.Mtu, exitCode, host.Output);
        return exitCode;
    }

    private static (EchoSender Sender, MtuWatch Watch) Run(
        PingOptions options, PingSession session, IEchoWatcher watcher, IToolHost host, Func<EchoTally, DescriptorWait, IDisposable?> begin)
    {
        var settings = new EchoSeriesSettings
        {
            Destination = session.Destination,
            Count = options.Count,
            Interval = options.Interval,
            Deadline = options.Deadline,
            Linger = options.Linger,
            Preload = options.Preload,
            IsAdaptive = options.IsAdaptive,
            LeastInterval = Privileges.User == 0 ? TimeSpan.Zero : LeastUserInterval,
            Data = DataOf(options),
            EndsWhenRead = options.EndsWhenRead,
        };
        var watch = new MtuWatch(watcher, session.IsV6);
        var sender = new EchoSender(session.Socket, settings, watch, TimeProvider.System);
        using var wait = new DescriptorWait();
        using CancellationTokenRegistration wake = host.Cancellation.Register(wait.Wake);
        using IDisposable? more = begin(sender.Tally, wait);
        sender.Run(wait, host.Cancellation);
        return (sender, watch);
    }

    // One small request more.
    private static bool IsAnswered(PingSession session, IToolHost host)
    {
        if (host.Cancellation.IsCancellationRequested)
            return false;
        var settings = new EchoSeriesSettings
        {
            Destination = session.Destination,
            Count = 1,
            Deadline = TimeSpan.FromSeconds(1),
            Data = new byte[SmallSize],
        };
        var watch = new SmallReply();
        var sender = new EchoSender(session.Socket, settings, watch, TimeProvider.System);
        using var wait = new DescriptorWait();
        using CancellationTokenRegistration wake = host.Cancellation.Register(wait.Wake);
        sender.Run(wait, host.Cancellation);
        return watch.HasCome;
    }

    private static void RefuseFlood(PingOptions options)
    {
        if (Privileges.User != 0 && options.Interval < LeastUserInterval)
            throw new OriginalRefusal(2, "cannot flood; minimal interval allowed for user is 2ms");
    }

    private static int ExitCode(PingOptions options, EchoTally tally) =>
        tally.Received == 0 || (options.Deadline is not null && tally.Received < (options.Count ?? 0)) ? 1 : 0;

    /// <summary>Waits for the reply to the small request: one to those before has more data.</summary>
    private sealed class SmallReply : IEchoWatcher
    {
        internal bool HasCome { get; private set; }

        public void Sent()
        {
        }

        public void Unanswered(ushort sequence)
        {
        }

        public void Replied(EchoMessage message, long? roundTrip, EchoStanding standing, int? altered) => HasCome |= message.Data.Length <= SmallSize;

        public void Redirected(EchoMessage message)
        {
        }

        public void Failed(QueuedError error, ushort? sequence)
        {
        }

        public void Refused(ushort sequence, Errno refusal)
        {
        }

        public void Idle()
        {
        }
    }

    /// <summary>Notes the smallest MTU that errors tell, and hands everything on.</summary>
    private sealed class MtuWatch(IEchoWatcher next, bool isV6) : IEchoWatcher
    {
        internal long? Mtu { get; private set; }

        /// <summary>Whether an ICMP error told it, and not only this kernel.</summary>
        internal bool IsToldByRouter { get; private set; }

        /// <summary>Whether any error came.</summary>
        internal bool HasFailed { get; private set; }

        public void Sent() => next.Sent();

        public void Unanswered(ushort sequence) => next.Unanswered(sequence);

        public void Replied(EchoMessage message, long? roundTrip, EchoStanding standing, int? altered) =>
            next.Replied(message, roundTrip, standing, altered);

        public void Redirected(EchoMessage message) => next.Redirected(message);

        public void Refused(ushort sequence, Errno refusal) => next.Refused(sequence, refusal);

        public void Idle() => next.Idle();

        public void Failed(QueuedError error, ushort? sequence)
        {
            bool isTooBig = error.IsIcmp
                ? isV6 ? error.Type == 2 : error is { Type: 3, Code: 4 }
                : error.Errno is Errno.EMSGSIZE;
            if (isTooBig && error.Information > 0)
            {
                Mtu = Math.Min(Mtu ?? long.MaxValue, error.Information);
                IsToldByRouter |= error.IsIcmp;
            }

            HasFailed = true;
            next.Failed(error, sequence);
        }
    }
}
