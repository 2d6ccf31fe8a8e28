using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths.Transfer;

namespace NetWhy.Tools.Bw;

/// <summary><c>netwhy bw</c>: throughput between two netwhy, what bounds it, and what it does to answer times.</summary>
internal sealed class BwTool : ITool
{
    /// <inheritdoc/>
    public string Name => "bw";

    /// <inheritdoc/>
    public string Summary => "Measure throughput between two netwhy, what bounds it, and who waits for it.";

    /// <inheritdoc/>
    public bool ReportsWhenInterrupted => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("HOST[:PORT]", "measure to and from netwhy bw --serve there; an address of IPv6 with a port as [ADDRESS]:PORT"),
        ("-s, --serve", "serve, at most 64 connections of 60 s each"),
        ("-1, --once", "with --serve: end after the first client"),
        ("-w SIZE, --window SIZE", "receive buffer of this side (SO_RCVBUF), as 64KiB"),
        ("-p PORT, --port PORT", Text($"the port; {BwOptions.DefaultPort} if left out")),
        ("-t TIME, --time TIME", "how long to measure in each direction, as 10s; 5 s if left out"),
        ("-O TIME, --omit TIME", "send so long before measuring begins, while TCP looks for the rate; 1 s if left out"),
        ("-n SIZE, --bytes SIZE", "how much at most, of each connection, as 100MB"),
        ("-P N, --streams N", Text($"connections at once, at most {BwOptions.MostStreams}; 1 if left out")),
        ("-R, --reverse", "only from there to here"),
        ("-U, --upload", "only from here to there"),
        ("-b RATE, --rate RATE", "send no more than this by each connection, in bits a second, as 10M or 10Mbps;\nwith --serve: take no more"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-N NAME, --net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
        ("--json", "as JSON"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy bw --serve", "on one side"),
        ("netwhy bw 192.0.2.7", "on the other: both directions, 5 s each"),
        ("netwhy bw 192.0.2.7 -R -P 4 -t 10", "download only, by 4 connections, for 10 s"),
        ("netwhy bw 192.0.2.7 --json", "for a program"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        var options = BwOptions.Parse(arguments);
        return options.Serves ? Serve(options, host) : Measure(options, host);
    }

    private static int Serve(BwOptions options, IToolHost host)
    {
        Errno errno = TransferServer.Open(new TransferServerOptions(options.Port) { Window = options.Window, Rate = options.Rate, IsOnce = options.IsOnce }, out TransferServer? server);
        if (server is null)
        {
            throw new ToolException(ToolException.CouldNotWork, errno is Errno.EADDRINUSE
                ? Text($"port {options.Port} is in use: netwhy ss -ltnp says by whom; -p takes another")
                : Text($"port {options.Port} cannot be listened on: {LinuxException.Describe(errno)}"));
        }

        using (server)
        {
            host.Note(Text($"listening on port {server.Port}"));
            server.RunAsync(host.Cancellation).GetAwaiter().GetResult();
        }

        return 0;
    }

    private static int Measure(BwOptions options, IToolHost host)
    {
        const int Problem = 1;
        string name = options.Operands[0];
        (IReadOnlyList<TransferTrial> trials, ToolException? refusal) = MeasureAsync(Addresses(name, options.Family), options, host).GetAwaiter().GetResult();
        IReadOnlyList<Statement> statements = trials.Count > 0 ? host.Judge(trials) : throw refusal!;
        if (options.IsJson)
            BwOutput.WriteJson(name, trials, statements, host.Output);
        else
            BwOutput.WriteText(name, trials, statements, host);
        if (refusal is not null)
            throw refusal;
        return statements.Any(statement => statement.Severity > StatementSeverity.Note) ? Problem : 0;
    }

    private static IReadOnlyList<IPAddress> Addresses(string name, int family)
    {
        if (!SystemNames.TryParse(name, out IPAddress? literal))
        {
            ResolvedName resolved = SystemNames.Resolve(name, family);
            return resolved.Addresses.Count > 0
                ? [.. resolved.Addresses.OrderBy(address => address.AddressFamily)]
                : throw new ToolException(ToolException.CouldNotWork, $"{name} cannot be resolved ({resolved.Failure ?? SystemNames.NotKnown}): netwhy {name} tells why");
        }

        int own = literal.AddressFamily is AddressFamily.InterNetworkV6 ? 10 : 2; // AF_INET6, AF_INET
        return family == 0 || family == own
            ? [literal]
            : throw new ToolException(ToolException.WrongUsage, $"{name} is no address of IPv{(family == 2 ? 4 : 6)}");
    }

    private static TransferQuestion Question(IPAddress address, BwOptions options) => new(address, options.Port)
    {
        Time = options.Time,
        Omitted = options.Omitted,
        Window = options.Window,
        Octets = options.Octets,
        Streams = options.Streams,
        Rate = options.Rate,
    };

    // What was measured, and why no more was. The first address that accepts is the one.
    private static async Task<(IReadOnlyList<TransferTrial> Trials, ToolException? Refusal)> MeasureAsync(
        IReadOnlyList<IPAddress> addresses, BwOptions options, IToolHost host)
    {
        TransferClient? client = null;
        TransferFailure failure = TransferFailure.NotConnected;
        ConnectAttempt? attempt = null;
        for (int i = 0; i < addresses.Count && failure is TransferFailure.NotConnected; i++)
            (client, failure, attempt) = await TransferClient.OpenAsync(Question(addresses[i], options), host.Cancellation);
        if (client is null)
            return ([], Refusal(failure, attempt!, options.Operands[0], host));
        using (client)
        {
            List<TransferTrial> trials = [];
            foreach (bool isUpload in (bool[])[false, true])
            {
                if (isUpload ? options.IsReverse : options.IsUpload)
                    continue;
                try
                {
                    (TransferTrial? trial, failure) = await client.RunAsync(isUpload, host.Cancellation);
                    if (trial is null)
                        return (trials, Refusal(failure, attempt!, options.Operands[0], host));
                    trials.Add(trial);
                    if (trial.End is not TransferEnd.Whole)
                        return (trials, trial.End is TransferEnd.Closed ? Refusal(TransferFailure.Vanished, attempt!, options.Operands[0], host) : null);
                }
                catch (OperationCanceledException) when (host.Cancellation.IsCancellationRequested && trials.Count > 0)
                {
                    return (trials, null); // what was measured by then
                }
            }

            return (trials, null);
        }
    }

    private static ToolException Refusal(TransferFailure failure, ConnectAttempt attempt, string name, IToolHost host)
    {
        string where = attempt.Address.AddressFamily is AddressFamily.InterNetworkV6
            ? Text($"[{ZonedAddress.Text(attempt.Address)}]:{attempt.Port}")
            : Text($"{attempt.Address}:{attempt.Port}");
        return new ToolException(ToolException.CouldNotWork, failure switch
        {
            TransferFailure.OtherService => $"{where} is no netwhy bw of this version: something else listens there",
            TransferFailure.Silent => $"{where} accepts and says nothing: another service, or a netwhy bw that has too many clients",
            TransferFailure.Busy => $"{where} serves as many clients as it may: try later",
            TransferFailure.Vanished => $"{where} went away in the middle: netwhy {where} tells why",
            _ when attempt is { Errno: "ECONNREFUSED", Icmp: null } => $"{where} refuses: start netwhy bw --serve there",
            _ => host.Investigate(attempt.Address, attempt.Port, isDatagram: false) is { } why
                ? $"{where} cannot be reached. {why.Text} netwhy {where} tells more"
                : $"{where} cannot be reached{(attempt.Errno is { } errno ? $": {ErrnoWords.Of(errno)}" : "")}",
        });
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
