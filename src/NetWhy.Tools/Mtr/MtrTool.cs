using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary><c>netwhy mtr</c>: the way to a host, tried again and again, and what it means.</summary>
internal sealed class MtrTool : ITool
{
    private const int UsualCycles = 10;
    private const int FlowsOfLive = 8; // so many equal ways are looked for on the screen
    private const int FlowsOfLiveEvery = 5; // rounds: the other ways must not use up what routers may answer

    // A router asks three times, a second apart, for a neighbour that does not answer, and says then that it is unreachable.
    private static readonly TimeSpan OfNeighbour = TimeSpan.FromSeconds(3.3);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public string Name => "mtr";

    /// <inheritdoc/>
    public string Summary => "Try the way to a host again and again, as mtr does, and say what loss and delay mean.";

    /// <inheritdoc/>
    public bool EndsByInterrupt => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("HOST…", "where to"),
        ("-r, -w", "a report at the end; one whose names are not cut. On a terminal, or with --explain,\nconclusions stand below it after an empty line"),
        ("-c N, -i SECONDS", "rounds (10 in reports), and from one to the next (1)"),
        ("-j, -C, -x", "the report as JSON (with conclusions in statements), as CSV, as XML"),
        ("-l, -p", "a line for each probe and answer; for each hop whose figures change"),
        ("-t, --displaymode N", "the live view; what it shows first: 0 a table, 1 with bars, 2 with a chart"),
        ("-n, -b", "numbers instead of names; both"),
        ("-o FIELDS", "columns: L loss, D dropped, R received, S sent, N newest, B best, A average, W worst,\nV deviation, G geometric mean, J jitter, M mean and X worst jitter, I jitter of arrivals"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-u, -T, -P PORT", "UDP, or SYNs, instead of echo requests; the port there"),
        ("-f N, -m N, -U N", "first and largest hop limit (30), silent hops before it ends (5)"),
        ("-s SIZE, -B N, -Q N", "size of the packets (64; below 0, random up to it), what fills them, type of service"),
        ("-a ADDRESS, -I NAME", "source address, interface"),
        ("-L PORT, -M MARK", "source port, mark for firewall and routing rules"),
        ("-G SECONDS", "longest wait for answers after the last round (5)"),
        ("-e, -z, -y N", "show MPLS labels; autonomous systems, by DNS; or of the origin 0 the system, 1 the prefix,\n2 the country, 3 the registry, 4 the date"),
        ("-F FILE", "hosts, a line each; - for standard input"),
        ("--until-change", "wait until the way or the level of the delay changes, and show both"),
        ("--log FILE", "add each such change to a file, a line of JSON each, until interrupted"),
        ("--flows N", "try N flows: equal ways that routers spread load over"),
        ("--explain", "conclusions with proof and fixes, also where no terminal is"),
        ("--mtr-compat-jint", "Jint as mtr shows it: sixteen times the jitter of RFC 3550"),
        ("--net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
        ("--unprivileged", "do without raw sockets, as a user without CAP_NET_RAW must"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy mtr -n -r -c 60 example.com", "a report of a minute, and what it means"),
        ("netwhy mtr -rwb -c 100 --explain example.com", "to send to somebody, with proof"),
        ("netwhy mtr -T -P 443 -r example.com", "the way that connections to port 443 take"),
        ("netwhy mtr -j -c 30 192.0.2.1", "for a program"),
        ("netwhy mtr -n --log changes.jsonl example.com", "keep every change of the way or its delay"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        ReceiveStamps.Prepare();
        bool wantsJson = arguments.TakeWhile(word => word is not "--").Any(word => word is "-j" or "--json");
        return OriginalRefusal.Guard(Name, host, wantsJson, () => Run(MtrOptions.Parse(arguments), host));
    }

    private static int Run(MtrOptions options, IToolHost host)
    {
        if (options.ShowsHelp)
        {
            host.ShowHelp(new MtrTool());
            return 0;
        }

        if (options.ShowsVersion)
        {
            host.Output.Write("mtr 0.95, netwhy\n"u8);
            return 0;
        }

        if (options.Namespace is { } @namespace)
            ToolNamespace.Enter(@namespace);
        int exitCode = 0;
        foreach (string target in options.Hosts)
        {
            if (options.Hosts.Count == 1)
                return RunOne(target, options, host);
            exitCode = Math.Max(exitCode, OriginalRefusal.Guard("mtr", host, wantsJson: false, () => RunOne(target, options, host))); // one host that fails does not end the others
        }

        return exitCode;
    }

    private static int RunOne(string target, MtrOptions options, IToolHost host)
    {
        IPAddress address = Resolve(target, options.Family);
        using ProbeChannel channel = Open(target, address, options);
        var names = new HostNames();
        var origins = new MtrOrigins(new AutonomousSystems());
        var report = new MtrReport(options, target, names, origins);
        MtrOutput output = options.Output is MtrOutput.Live && host.Columns is null ? MtrOutput.Report : options.Output;
        WarmUp(options, host.Cancellation);
        ReceiveStamps.Await();
        bool isLive = output is MtrOutput.Live && !options.Watches;
        bool isOwn = OwnAddresses.Contains(address);
        var run = new RoundsRun(channel, isLive
            ? options.Rounds with { Flows = options.Flows ?? FlowsOfLive, FlowsEvery = FlowsOfLiveEvery }
            : options.Rounds with { Flows = options.Flows ?? 1 });
        if (options.Watches)
        {
            new MtrWatch(target, options, run, host, isOwn).Run();
            Refuse(run, target, host);
            return 0;
        }

        string start = MtrReport.Start(TimeProvider.System.GetLocalNow());
        if (isLive)
        {
            using var live = new MtrLive(target, options, run, names, origins, host, () => host.Judge([run.Observed(isOwn)]));
            live.Run();
        }

        if (output is MtrOutput.Report or MtrOutput.Live)
            Write(host, start);
        if (output is MtrOutput.Raw)
            MtrRaw.Attach(run, options, names, host);
        if (output is MtrOutput.Split)
            Split(run, options, names, host);
        else if (!isLive)
            Collect(run, options, names, options.Origin is null ? null : origins, options.Cycles ?? UsualCycles, host.Cancellation);
        Refuse(run, target, host);
        switch (output)
        {
            case MtrOutput.Csv:
                Write(host, report.Csv(run.Hops, TimeProvider.System.GetUtcNow()));
                break;
            case MtrOutput.Xml:
                Write(host, MtrXml.Document(run.Hops, options, target, report));
                break;
            case MtrOutput.Json:
                host.Output.Write(report.Json(run.Hops, host.Judge([run.Observed(isOwn)])).Span);
                break;
            case MtrOutput.Report or MtrOutput.Live:
                Write(host, report.Table(run.Hops));
                if (options.Explains || host.Columns is not null)
                    Explain(host.Judge([run.Observed(isOwn)]), options, host);
                break;
        }

        return 0;
    }

    private static void Collect(RoundsRun run, MtrOptions options, HostNames names, MtrOrigins? origins, int cycles, CancellationToken cancellation)
    {
        try
        {
            while (run.Rounds < cycles || (cycles > 0 && !run.IsRoundSent))
                Step(mayBegin: run.Rounds < cycles);
            long end = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(end) is var waited && waited < options.Grace && (run.HasOutstanding || (run.Hops is [] or [.., { Received: 0 }] && waited < OfNeighbour)))
                Step(mayBegin: false);
            if (!options.IsNumeric)
                names.Settle(cancellation);
            origins?.Settle(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What was seen by now is reported; mtr itself would print nothing.
        }

        void Step(bool mayBegin)
        {
            run.Step(TimeSpan.FromTicks(Math.Min(Tick.Ticks, options.Rounds.Interval.Ticks)), mayBegin, cancellation);
            foreach (RowNode node in run.Hops.SelectMany(hop => hop.Nodes))
            {
                origins?.Want(node.Address);
                if (!options.IsNumeric)
                    names.Of(node.Address);
            }
        }
    }

    private static void Split(RoundsRun run, MtrOptions options, HostNames names, IToolHost host)
    {
        var split = new MtrSplit(options, names);
        using TerminalKeys? keys = TerminalKeys.Open();
        long cycles = options.Cycles ?? long.MaxValue;
        try
        {
            while (run.Rounds < cycles || (cycles > 0 && !run.IsRoundSent) || run.HasOutstanding)
            {
                run.Step(TimeSpan.FromTicks(Math.Min(Tick.Ticks, options.Rounds.Interval.Ticks)), run.Rounds < cycles, host.Cancellation);
                Write(host, split.Changes(run.Hops));
                char? key = keys?.Read();
                if (key is 'q' or 'Q')
                    return;
                if (key is 'r' or 'R')
                    run.Restart();
            }
        }
        catch (OperationCanceledException) when (host.Cancellation.IsCancellationRequested)
        {
            // What was seen by now is printed already.
        }
    }

    // What could not be sent was not lost: that is said, and where nothing was sent there is no report.
    private static void Refuse(RoundsRun run, string target, IToolHost host)
    {
        if (run.Unsent == 0)
            return;
        string why = LinuxException.Describe(run.UnsentFor);
        if (run.Hops.Count == 0)
            throw new OriginalRefusal(MtrOptions.Failure, $"probes to {target} cannot be sent: {why}");
        host.Warn(string.Create(CultureInfo.InvariantCulture, $"{run.Unsent} probes could not be sent ({why}): they count neither as sent nor as lost"));
    }

    private static void Explain(IReadOnlyList<Statement> statements, MtrOptions options, IToolHost host)
    {
        var text = new StringBuilder("\n");
        foreach (StatementLine line in StatementOutput.Lines(statements, host.Columns ?? 80, host.HasUtf8, options.Explains))
            text.Append(line.Text).Append('\n');
        Write(host, text.ToString());
    }

    private static ProbeChannel Open(string target, IPAddress address, MtrOptions options)
    {
        var probe = new ProbeOptions(options.Protocol, address)
        {
            SourcePort = options.LocalPort,
            Source = options.Source is { } source ? Resolve(source, address.AddressFamily is AddressFamily.InterNetworkV6 ? 10 : 2) : null,
            Interface = options.Interface,
            Tos = options.Tos,
            FirewallMark = (int?)options.Mark,
            Fill = (byte)(options.Fill < 0 ? Random.Shared.Next(byte.MaxValue + 1) : options.Fill),
            IsUnprivileged = options.IsUnprivileged,
        };
        if (options.Port is { } port)
            probe = probe with { Port = port };
        Errno errno = ProbeChannel.Open(probe, out ProbeChannel? channel);
        return channel ?? throw new OriginalRefusal(MtrOptions.Failure, ProbeRefusal.InWords(errno, ZonedAddress.Named(target, address), probe, "-u and -T"));
    }

    // Code that runs for the first time takes long, and would count as the round trip of the first hop.
    private static void WarmUp(MtrOptions options, CancellationToken cancellation)
    {
        if (ProbeChannel.Open(new ProbeOptions(options.Protocol, IPAddress.Loopback) { IsUnprivileged = options.IsUnprivileged }, out ProbeChannel? channel) is not Errno.OK)
            return;
        using (channel)
        {
            var run = new RoundsRun(channel!, new RoundsOptions { MaxTtl = 1, Interval = Tick });
            run.Step(Tick / 20, mayBegin: true, cancellation);
        }
    }

    private static IPAddress Resolve(string name, int family)
    {
        ResolvedName resolved = SystemNames.Resolve(name, family, (int)SocketType.Dgram);
        return resolved.Addresses is [var first, ..]
            ? first
            : throw new OriginalRefusal(MtrOptions.Failure, $"Failed to resolve host: {name}: {resolved.Failure ?? SystemNames.NotKnown}");
    }

    private static void Write(IToolHost host, string text) => host.Output.Write(Encoding.UTF8.GetBytes(text));
}
