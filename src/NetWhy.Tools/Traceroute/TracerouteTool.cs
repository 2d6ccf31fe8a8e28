using System.Collections.Concurrent;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Paths;

namespace NetWhy.Tools.Traceroute;

/// <summary><c>netwhy traceroute</c>: the routers on the way to a host.</summary>
internal sealed class TracerouteTool : ITool
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(2); // between targets: no queue holds all first windows

    /// <inheritdoc/>
    public string Name => "traceroute";

    /// <inheritdoc/>
    public string Summary => "Show the routers on the way to a host, all hops probed at once.";

    /// <inheritdoc/>
    public bool ReportsWhenInterrupted => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("HOST [LENGTH]", "where to, and the size of the probes with their headers"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-I, -T, -U", "echo requests, SYNs (port 80), UDP (port 53); else UDP to port 33434"),
        ("-UL, -P PROTOCOL", "UDP-Lite (port 53); packets of another protocol, by number or name"),
        ("-M NAME, -O OPTION,…", "one of these by name (icmp, tcp, udp, udplite, raw); its options, help lists them"),
        ("-p PORT, --sport PORT", "destination port, source port"),
        ("-n", "numbers instead of names"),
        ("-q N, -f N, -m N", "probes for each hop (3), first hop (1), last hop (30)"),
        ("-N N, -z TIME", "probes under way at once (128); time between probes, above 10 in milliseconds"),
        ("-w MAX[,HERE,NEAR]", "longest wait for an answer (5 s), and how many round trips of\nthe same hop (3) or of a later one (4), 50 ms at least"),
        ("-s ADDRESS, -i NAME", "source address, interface"),
        ("-t TOS, -l LABEL", "type of service, flow label of IPv6"),
        ("-F, --mtu", "don't fragment; hop after hop with packets as large as the path takes (F=SIZE)"),
        ("-r, --fwmark N", "without routers, to neighbours only; mark for firewall and routing rules"),
        ("-e", "show ICMP extensions: MPLS labels, interfaces"),
        ("-A", "show autonomous systems, asked of origin.asn.cymru.com through the resolver"),
        ("--multipath, --dublin", "find all paths that routers balance load over, and draw them"),
        ("--back", "show the length of the way back where it seems another"),
        ("--targets FILE", "trace to the hosts in a file as well, a line each, all at once; - for standard input"),
        ("--json", "as JSON, an object a line for each host"),
        ("--net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
        ("--unprivileged", "do without raw sockets, as a user without CAP_NET_RAW must"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy traceroute -n example.com", "the way to a host"),
        ("netwhy traceroute -T -p 443 example.com", "the way that connections to port 443 take"),
        ("netwhy traceroute -n --multipath example.com", "all paths, where load is balanced"),
        ("netwhy traceroute -n -I -e 192.0.2.1", "by echo requests, with MPLS labels"),
        ("netwhy traceroute -n --json --targets hosts.txt", "to many hosts at once, for a program"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        ReceiveStamps.Prepare(); // whatever namespace it is to look from: stamping is the whole kernel's
        var options = TracerouteOptions.Parse(arguments);
        if (options.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (options.ShowsVersion)
        {
            host.Output.Write("traceroute, netwhy\n"u8);
            return 0;
        }

        if (options.ModuleHelp is { } help)
        {
            Write(host, help);
            return 0;
        }

        if (options.Namespace is { } name)
            ToolNamespace.Enter(name);
        ReceiveStamps.Await();
        var names = new HopNames(options.IsNumeric);
        AutonomousSystems? systems = options.HasSystems ? new AutonomousSystems() : null;
        if (options.IsMultipath)
            return options.Targets.Max(target => TraceAllPaths(target, options, names, host));
        return options.Targets is [var target] ? TraceOne(target, options, names, systems, host) : TraceMany(options, names, systems, host);
    }

    private static int TraceOne(string target, TracerouteOptions options, HopNames names, AutonomousSystems? systems, IToolHost host)
    {
        using ProbeChannel channel = TracerouteChannel.Open(target, options);
        var text = new TracerouteText(options, names, systems);
        if (!options.IsJson)
            Write(host, text.Header(target, channel.Options.Target, channel.SizeOf(options.Trace.PacketSize)));
        using var hops = new BlockingCollection<Hop?>(); // null is the end: completing it would throw inside, which takes as long as a few hops
        Task<PathTrace> run = Task.Run(() => TraceAsync(channel, options, hops, names, systems, host.Cancellation));
        while (hops.Take(host.Cancellation) is { } hop)
        {
            if (!options.IsJson)
                Write(host, text.Line(hop));
        }

        PathTrace trace = run.GetAwaiter().GetResult();
        if (options.IsJson)
            TracerouteJson.Write(target, trace, names, systems, host.Output);
        return End(trace, target, host);
    }

    private static int TraceAllPaths(string target, TracerouteOptions options, HopNames names, IToolHost host)
    {
        using ProbeChannel channel = TracerouteChannel.Open(target, options);
        var progress = new FanProgressLine(host, options.IsJson);
        PathFan fan = new MultipathTracer(channel, options.Trace).RunAsync(progress.Show, host.Cancellation).GetAwaiter().GetResult();
        progress.Clear();
        foreach (FlowHop hop in fan.Flows.SelectMany(flow => flow.Hops))
        {
            if (hop.Node is { } node)
                names.Want(node);
        }

        if (options.IsJson)
            TracerouteJson.Write(target, fan, names, host.Output);
        else
            Write(host, new TracerouteText(options, names, systems: null).Header(target, channel.Options.Target, channel.SizeOf(options.Trace.PacketSize)) + new MultipathText(fan, names).Draw());
        if (channel.Options.Protocol is ProbeProtocol.Tcp && !channel.IsRaw)
            host.Warn("without CAP_NET_RAW each SYN is a flow of its own: paths may be mixed");
        return fan.Errno is { } errno ? Refused(target, errno, host) : 0;
    }

    private static int End(PathTrace trace, string target, IToolHost host)
    {
        foreach (string note in TracerouteNotes.Of(trace))
            host.Warn($"{target}: {note}");
        return trace.Errno is { } errno ? Refused(target, errno, host) : 0;
    }

    private static int Refused(string target, string errno, IToolHost host)
    {
        host.Warn($"probes to {target} cannot be sent: {ErrnoWords.Of(errno)}{(errno is nameof(Errno.EMSGSIZE) ? "; --mtu finds the size that passes" : "")}");
        return TracerouteChannel.CouldNotSend;
    }

    private static async Task<PathTrace> TraceAsync(
        ProbeChannel channel, TracerouteOptions options, BlockingCollection<Hop?> hops, HopNames names, AutonomousSystems? systems, CancellationToken cancellation)
    {
        try
        {
            return await RunAsync(channel, options, Tell, cancellation);
        }
        finally
        {
            hops.Add(null, CancellationToken.None);
        }

        void Tell(Hop hop)
        {
            foreach (HopAnswer answer in hop.Answers ?? [])
            {
                names.Want(answer.Node);
                systems?.Want(answer.Node);
            }

            hops.Add(hop, CancellationToken.None); // a hop that was seen is shown, also when the rest is given up
        }
    }

    private static Task<PathTrace> RunAsync(ProbeChannel channel, TracerouteOptions options, Action<Hop>? tell, CancellationToken cancellation) => options.FindsMtu
        ? new MtuTracer(channel, options.Trace).RunAsync(tell, cancellation)
        : new PathTracer(channel, options.Trace).RunAsync(tell, cancellation);

    private static int TraceMany(TracerouteOptions options, HopNames names, AutonomousSystems? systems, IToolHost host)
    {
        Task<(PathTrace? Trace, int Size, ToolException? Refusal)>[] runs = [.. options.Targets.Select((target, i) => Task.Run(() => TraceLaterAsync(target, i, options, host.Cancellation)))];
        var text = new TracerouteText(options, names, systems);
        int exitCode = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            string target = options.Targets[i];
            runs[i].Wait(host.Cancellation);
            (PathTrace? trace, int size, ToolException? refusal) = runs[i].Result;
            if (trace is null)
            {
                exitCode = Math.Max(exitCode, refusal!.ExitCode);
                host.Warn(refusal.Message);
                if (options.IsJson)
                    TracerouteJson.WriteFailure(target, refusal.Message, host.Output);
                continue;
            }

            foreach (HopAnswer answer in trace.Hops.SelectMany(hop => hop.Answers ?? []))
            {
                names.Want(answer.Node);
                systems?.Want(answer.Node);
            }

            if (options.IsJson)
                TracerouteJson.Write(target, trace, names, systems, host.Output);
            else
                Write(host, (i > 0 ? "\n" : "") + text.Header(target, trace.Destination, size) + string.Concat(trace.Hops.Select(text.Line)));
            exitCode = Math.Max(exitCode, End(trace, target, host));
        }

        return exitCode;
    }

    private static async Task<(PathTrace? Trace, int Size, ToolException? Refusal)> TraceLaterAsync(
        string target, int number, TracerouteOptions options, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(number * Stagger, cancellation);
            using ProbeChannel channel = TracerouteChannel.Open(target, options);
            PathTrace trace = await RunAsync(channel, options, tell: null, cancellation);
            return (trace, channel.SizeOf(options.Trace.PacketSize), null);
        }
        catch (ToolException refusal)
        {
            return (null, 0, refusal);
        }
    }

    private static void Write(IToolHost host, string text) => host.Output.Write(Encoding.UTF8.GetBytes(text));
}
