using System.Collections.Concurrent;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Traceroute;

/// <summary><c>netwhy traceroute</c>: the routers on the way to a host.</summary>
internal sealed class TracerouteTool : ITool
{
    private const int CouldNotSend = 1; // as traceroute exits

    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(2); // between targets: no queue holds all first windows

    /// <inheritdoc/>
    public string Name => "traceroute";

    /// <inheritdoc/>
    public string Summary => "Show the routers on the way to a host, all hops probed at once.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("HOST [LENGTH]", "where to, and the size of the probes with their headers"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-I, -T, -U", "echo requests, SYNs (port 80), UDP (port 53); else UDP to port 33434"),
        ("-p PORT, --sport PORT", "destination port, source port"),
        ("-n", "numbers instead of names"),
        ("-q N, -f N, -m N", "probes for each hop (3), first hop (1), last hop (30)"),
        ("-N N, -z TIME", "probes under way at once (128); time between probes, above 10 in milliseconds"),
        ("-w MAX[,HERE,NEAR]", "longest wait for an answer (5 s), and how many round trips of\nthe same hop (3) or of a later one (4), 50 ms at least"),
        ("-s ADDRESS, -i NAME", "source address, interface"),
        ("-t TOS, -l LABEL", "type of service, flow label of IPv6"),
        ("-F, --fwmark N", "don't fragment; mark for firewall and routing rules"),
        ("-e", "show ICMP extensions: MPLS labels, interfaces"),
        ("-A", "show autonomous systems, asked of origin.asn.cymru.com through the resolver"),
        ("--multipath, --dublin", "find all paths that routers balance load over, and draw them"),
        ("--back", "show the length of the way back where it seems another"),
        ("--targets FILE", "trace to the hosts in a file as well, a line each, all at once; - for standard input"),
        ("--json", "as JSON, an object a line for each host"),
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

        var names = new HopNames(options.IsNumeric);
        AutonomousSystems? systems = options.HasSystems ? new AutonomousSystems() : null;
        if (options.IsMultipath)
            return options.Targets.Max(target => TraceAllPaths(target, options, names, host));
        return options.Targets is [var target] ? TraceOne(target, options, names, systems, host) : TraceMany(options, names, systems, host);
    }

    private static int TraceOne(string target, TracerouteOptions options, HopNames names, AutonomousSystems? systems, IToolHost host)
    {
        using ProbeChannel channel = Open(target, options);
        var text = new TracerouteText(options, names, systems);
        if (!options.IsJson)
            Write(host, text.Header(target, channel.Options.Target, Size(channel, options)));
        using var hops = new BlockingCollection<Hop>();
        var tracer = new PathTracer(channel, options.Trace);
        Task<PathTrace> run = Task.Run(() => TraceAsync(tracer, hops, names, systems, host.Cancellation));
        foreach (Hop hop in hops.GetConsumingEnumerable(host.Cancellation))
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
        using ProbeChannel channel = Open(target, options);
        PathFan fan = new MultipathTracer(channel, options.Trace).RunAsync(host.Cancellation).GetAwaiter().GetResult();
        foreach (FlowHop hop in fan.Flows.SelectMany(flow => flow.Hops))
        {
            if (hop.Node is { } node)
                names.Want(node);
        }

        if (options.IsJson)
            TracerouteJson.Write(target, fan, names, host.Output);
        else
            Write(host, new TracerouteText(options, names, systems: null).Header(target, channel.Options.Target, Size(channel, options)) + new MultipathText(fan, names).Draw());
        if (channel.Options.Protocol is ProbeProtocol.Tcp && !channel.IsRaw)
            host.Warn("without CAP_NET_RAW each SYN is a flow of its own: paths may be mixed");
        return fan.Errno is { } errno ? Refused(target, errno, host) : 0;
    }

    private static int End(PathTrace trace, string target, IToolHost host)
    {
        return trace.Errno is { } errno ? Refused(target, errno, host) : 0;
    }

    private static int Refused(string target, string errno, IToolHost host)
    {
        host.Warn($"probes to {target} cannot be sent: {InWords(Enum.Parse<Errno>(errno))}");
        return CouldNotSend;
    }

    private static async Task<PathTrace> TraceAsync(PathTracer tracer, BlockingCollection<Hop> hops, HopNames names, AutonomousSystems? systems, CancellationToken cancellation)
    {
        try
        {
            return await tracer.RunAsync(
                hop =>
                {
                    foreach (HopAnswer answer in hop.Answers ?? [])
                    {
                        names.Want(answer.Node);
                        systems?.Want(answer.Node);
                    }

                    hops.Add(hop);
                },
                cancellation);
        }
        finally
        {
            hops.CompleteAdding();
        }
    }

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
            using ProbeChannel channel = Open(target, options);
            PathTrace trace = await new PathTracer(channel, options.Trace).RunAsync(tell: null, cancellation);
            return (trace, Size(channel, options), null);
        }
        catch (ToolException refusal)
        {
            return (null, 0, refusal);
        }
    }

    private static int Size(ProbeChannel channel, TracerouteOptions options)
    {
        int usual = channel.Options.Target.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? 80 : 60;
        return Math.Max(channel.SmallestSize, options.Trace.PacketSize > 0 ? options.Trace.PacketSize : usual);
    }

    private static ProbeChannel Open(string target, TracerouteOptions options)
    {
        IPAddress address = Resolve(target, options.Family);
        var probe = new ProbeOptions(options.Protocol, address)
        {
            SourcePort = options.SourcePort,
            Interface = options.Interface,
            Source = options.Source is { } source ? Resolve(source, address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? 10 : 2) : null,
            Tos = options.Tos,
            FlowLabel = options.FlowLabel,
            FirewallMark = options.Mark,
            DontFragment = options.DontFragment,
            IsUnprivileged = options.IsUnprivileged,
        };
        if (options.Port is { } port)
            probe = probe with { Port = port };
        Errno errno = ProbeChannel.Open(probe, out ProbeChannel? channel);
        if (channel is not null)
            return channel;
        throw new ToolException(CouldNotSend, errno switch
        {
            Errno.ENODEV => $"there is no interface '{options.Interface}'",
            Errno.EADDRNOTAVAIL => $"{options.Source} is no address of this machine",
            Errno.ENETUNREACH => $"there is no route to {target} ({address})",
            Errno.EPERM when options.Mark is not null => "only root may set a mark (CAP_NET_ADMIN)",
            Errno.EADDRINUSE => $"source port {options.SourcePort} is in use",
            Errno.EACCES or Errno.EPERM when options.Protocol is ProbeProtocol.Icmp =>
                "echo requests need CAP_NET_RAW here, or a group within net.ipv4.ping_group_range; -U and -T need neither",
            _ => $"{target} ({address}) cannot be probed: {InWords(errno)}",
        });
    }

    private static IPAddress Resolve(string name, int family)
    {
        bool isLiteral = IPAddress.TryParse(name, out IPAddress? literal);
        bool isOfFamily = family == 0 || literal?.AddressFamily == (family == 10 ? System.Net.Sockets.AddressFamily.InterNetworkV6 : System.Net.Sockets.AddressFamily.InterNetwork);
        if (isLiteral && isOfFamily)
            return literal!;
        if (!isLiteral && SystemNames.AddressesOf(name, family) is [var first, ..])
            return first;
        string shown = Printable.Of(name, isUtf8: false), kind = family switch { 2 => "IPv4 ", 10 => "IPv6 ", _ => "" };
        throw new ToolException(ToolException.WrongUsage, isLiteral ? $"{shown} is no {kind}address" : $"{shown} has no {kind}address, or the resolver does not answer");
    }

    private static string InWords(Errno errno) => $"{Marshal.GetPInvokeErrorMessage((int)errno)} ({errno})";

    private static void Write(IToolHost host, string text) => host.Output.Write(Encoding.UTF8.GetBytes(text));
}
