using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Repeated;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The connection stands, the request is delivered, and the application says nothing.</summary>
public sealed class ServiceHung : IRule
{
    private const string Id = "service-hung";
    private const double Works = 0.05; // of the time on a processor: timers and housekeeping of a program that hangs take less

    /// <summary>A worker that comes free within this is slow, and not hung.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "tcp(7), TCP_INFO and SIOCOUTQ; RFC 9110", Id)
    {
        Explains = ["http-slow-server", "receive-window-full"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        ImmutableArray<MixedFailures> mixed = MixedFailures.Of(evidence);
        foreach (MixedFailures repeated in mixed.Where(one => one.IsSilence))
            yield return OfMost(repeated);
        foreach (HttpExchange silent in view.Exchanges
            .Where(http => http.Outcome is HttpOutcome.NoAnswer && !IsAnsweredLater(view, http) && !mixed.Any(one => one.Address.Equals(http.Address) && one.Port == http.Port))
            .DistinctBy(http => http.Address))
        {
            yield return Describe(evidence, view, silent);
        }

        if (OfWorker(evidence) is { } worker)
            yield return worker;
        else if (OfProcess(evidence) is { } process)
            yield return process;
        Listener[] waitedFor = [.. evidence.All<Listener>().Where(IsLeftWaiting).DistinctBy(listener => (listener.Port, listener.Address)).OrderByDescending(listener => listener.LongestWait)];
        if (waitedFor.Length > 0)
            yield return OfWaiting(waitedFor[0], waitedFor[1..]);
    }

    // What a single try met is chance then.
    private static Finding OfMost(MixedFailures repeated)
    {
        string server = ApplicationView.Endpoint(repeated.Address, repeated.Port);
        string within = repeated.Limit is { } limit ? $" within {ApplicationView.InWords(limit)}" : " in time";
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"The application at {server} accepts connections and says nothing to {repeated.Silent} of {repeated.All} requests{within}; {repeated.OthersInWords}, and none was answered.",
            [
                repeated.Seen.Weigh(Weight.VeryStrong, $"{repeated.Silent} of {repeated.All} requests over connections that stood got no octet{within}"),
                repeated.Seen.Weigh(Weight.Strong, "none was answered: it is not one of several backends"),
                repeated.Seen.Weigh(Weight.Context, $"{repeated.OthersInWords}: a second fault, or how whoever hangs gives some up"),
            ])
        {
            Subject = repeated.Address,
            Remedies =
            [
                new Remedy("Look at the program: deadlock, no free worker, out of descriptors, a backend that hangs; restart it if so.", $"ss -tnp 'sport = :{repeated.Port}'", Fix.Server(repeated.Address)),
            ],
            Next =
            [
                $"On the server: are requests unread (Recv-Q in ss -tnp 'sport = :{repeated.Port}'), and what does the process wait for (cat /proc/PID/stack)?",
                $"On {repeated.Address}: does the RST, or the end, of the others leave there, and what does the log say then (tcpdump -ni any 'port {repeated.Port} and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0')?",
            ],
        };
    }

    // Whoever waits longer gets an answer: it is slow, and does not hang.
    private static bool IsAnsweredLater(ApplicationView view, HttpExchange silent) =>
        view.Exchanges.Any(http => http.Url == silent.Url && http.Address.Equals(silent.Address) && http.Status is not null && http.TimeToFirstByte >= silent.Elapsed);

    /// <summary>Whether clients have waited long at a listener, whose queue is not full and whose process is not stopped, to be accepted.</summary>
    /// <param name="listener">The listener.</param>
    internal static bool IsLeftWaiting(Listener listener) =>
        listener is { Queue: > 0, QueueBefore: > 0, ProcessState: not ("T" or "t") }
        && listener.Queue <= listener.Limit
        && listener.LongestWait >= Patience;

    // Who waits in the queue is connected, as far as the client can tell. All services are told at once: two findings of one cause,
    // neither of them about an address, would be taken for the same.
    private static Finding OfWaiting(Listener listener, Listener[] others)
    {
        string same = others.Length == 0 ? "" : $" The same holds for {string.Join(", ", others.Select(InWords))}.";
        TimeSpan longest = listener.LongestWait ?? TimeSpan.Zero;
        string waiting = Words.Count(listener.Queue, "connection");
        return new Finding(
            Id,
            Severity.Warning,
            Where.Local,
            $"{ListeningSockets.Owner(listener, isStart: true)} does not accept: {waiting} to {ListeningSockets.Place(listener)} {(listener.Queue == 1 ? "waits" : "wait")} for it, the first for {Words.Of(longest)}; the clients think that they are served.{same}",
            [
                listener.Weigh(Weight.VeryStrong, $"the first of {waiting} in the queue has waited for {Words.Of(longest)}"),
                listener.Weigh(Weight.Hint, $"{listener.QueueBefore} waited in the sample before"),
                .. others.Select(other => other.Weigh(Weight.Context, $"and so it is with {InWords(other)}")),
            ])
        {
            Measure = new Measure($"accept queue of {ListeningSockets.Place(listener)}", $"{listener.Queue} waiting, the first for {Words.Of(longest)}", string.Create(CultureInfo.InvariantCulture, $"{listener.Limit}")),
            Remedies =
            [
                new Remedy("See what the program does instead of accepting: no free worker, a lock, a backend that hangs, out of descriptors.", SeeProcess(listener.Pid)),
                new Remedy("Watch the queue (Recv-Q).", $"ss -ltnp '{string.Join(" or ", others.Prepend(listener).Select(waitedFor => string.Create(CultureInfo.InvariantCulture, $"sport = :{waitedFor.Port}")).Distinct())}'"),
            ],
        };
    }

    /// <summary>A command that shows what a process does; null if the process is not known.</summary>
    /// <param name="pid">The process.</param>
    internal static string? SeeProcess(int? pid) =>
        pid is { } known ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{known}/status /proc/{known}/wchan /proc/{known}/stack") : null;

    /// <summary>How to let the stopped process of a listener go on.</summary>
    /// <param name="stopped">The listener.</param>
    internal static Remedy LetGoOn(Listener stopped) => stopped is { ProcessState: "T", Pid: { } pid }
        ? new Remedy("Let it go on.", ShellCommand.Of($"kill -CONT {pid}"))
        : new Remedy("Let the debugger go on.");

    // Of several workers with a socket each (SO_REUSEPORT) one is stopped: the kernel goes on to give it its share of the clients.
    private static Finding? OfWorker(EvidenceSet evidence)
    {
        Listener[] workers =
        [
            .. evidence.All<Listener>()
                .Where(listener => listener is { Protocol: "tcp", ProcessState: not null, Pid: not null, QueueBefore: not null })
                .GroupBy(ListeningSockets.Place)
                .FirstOrDefault(place => place.Any(IsStopped) && !place.All(IsStopped)) ?? Enumerable.Empty<Listener>(),
        ];
        if (evidence.Investigation?.TargetKind is not TargetKind.LocalPort || workers.FirstOrDefault(IsStopped) is not { } stopped)
            return null;

        Listener[] others = [.. workers.Where(worker => !IsStopped(worker))];
        int silent = workers.Length - others.Length;
        TcpFlow[] unread = [.. evidence.All<TcpFlow>().Where(flow => flow.Pid == stopped.Pid && flow is { ReceiveQueue: > 0, ReceiveQueueBefore: > 0 })];
        string waiting = stopped.Queue == 0 && unread.Length == 0 ? "clients that it gets will wait"
            : stopped.Queue == 0 ? $"what {Words.Count(unread.Length, "connection")} brought lies there unread"
            : $"{Words.Count(stopped.Queue, "connection")} {(stopped.Queue == 1 ? "waits" : "wait")} for it";
        string rest = $"at the {(others.Length == 1 ? "other" : $"{others.Length} others")} {(others.Sum(other => other.Queue) is > 0 and var queued ? $"{queued} wait" : "nobody waits")}";
        string too = silent == 1 ? "" : $" {silent - 1} more of them {(silent == 2 ? "is" : "are")} stopped too.";
        return new Finding(
            Id,
            Severity.Warning,
            Where.Local,
            $"{ListeningSockets.Owner(stopped, isStart: true)}, one of {workers.Length} workers at {ListeningSockets.Place(stopped)}, is stopped: {waiting}, {rest}.{too}",
            [
                stopped.Weigh(Weight.Decisive, $"the state of {stopped.Process} (pid {stopped.Pid}) is {stopped.ProcessState}: a signal or a debugger has stopped it"),
                stopped.Weigh(Weight.Strong, $"{Words.Count(stopped.Queue, "connection")} in its accept queue, {stopped.QueueBefore} in the sample before{(stopped.LongestWait is { } wait ? $"; the first has waited for {Words.Of(wait)}" : "")}"),
                .. unread.Take(1).Select(flow => flow.Weigh(Weight.Strong, $"{Words.Count(unread.Length, "connection")} of it hold what it has not read, as {SocketWords.Peer(flow)} ({Words.Octets(flow.ReceiveQueue)})")),
                .. others.Take(4).Select(other => other.Weigh(Weight.Context, $"{other.Queue} in the queue of {other.Process} (pid {other.Pid}), which runs")),
            ])
        {
            Measure = new Measure($"accept queue of {ListeningSockets.Place(stopped)}", $"{stopped.Queue} waiting for pid {stopped.Pid}", $"{stopped.Limit}"),
            Remedies =
            [
                LetGoOn(stopped),
                new Remedy("See each worker's queue (Recv-Q).", ShellCommand.Of($"ss -ltnp 'sport = :{stopped.Port}'")),
            ],
        };
    }

    private static bool IsStopped(Listener listener) => listener.ProcessState is "T" or "t";

    private static string InWords(Listener listener) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ListeningSockets.Owner(listener)} at {ListeningSockets.Place(listener)} ({listener.Queue} waiting, the first for {Words.Of(listener.LongestWait ?? TimeSpan.Zero)})");

    /// <summary>A process or port of this machine that was asked about: clients' data lies there unread, or it is stopped.</summary>
    private static Finding? OfProcess(EvidenceSet evidence)
    {
        if (evidence.Investigation is not { } asked || (asked.Pid is null && asked.TargetKind is not TargetKind.LocalPort))
            return null;

        SocketCensus? unread = evidence.Last<SocketCensus>(census => census.StillUnread > 0);
        ProcessDescriptors? process = evidence.First<ProcessDescriptors>(process => process.Role is "target" or "listener");
        // A socket may be shared: then it is served as long as one of its processes runs.
        bool isServed = evidence.Any<Listener>(listener => listener.ProcessState is not (null or "T" or "t"));
        ProcessDescriptors? stopped = process is { State: "T" or "t" } && !(isServed && process.Role is "listener") ? process : null;
        if ((unread is null && stopped is null) || evidence.Any<HttpExchange>(http => http.Outcome is HttpOutcome.Complete or HttpOutcome.NoAnswer))
            return null; // it answers, or its silence is told already

        string who = process is null ? "The process" : string.Create(CultureInfo.InvariantCulture, $"{process.Name} (pid {process.Pid})");
        List<Reason> reasons = [];
        if (unread is not null)
        {
            reasons.Add(unread.Weigh(Weight.VeryStrong, string.Create(
                CultureInfo.InvariantCulture,
                $"{Words.Count(unread.StillUnread, "connection")} with up to {unread.MostUnread} octets received, and none of them read in {ApplicationView.InWords(unread.After ?? TimeSpan.Zero)}")));
        }

        // What uses the processor works; that data lies there is a queue of work, as with a client that asks ahead.
        if (unread is { ProcessorTime: { } used, After: { } after } && used >= after * Works)
            reasons.Add(unread.Weigh(Weight.RulesOut, $"but it runs: it used {Words.Of(used)} of processor time meanwhile"));
        if (stopped is not null)
            reasons.Add(stopped.Weigh(Weight.Decisive, $"its state is {stopped.State}: a signal or a debugger has stopped it"));
        return new Finding(
            Id,
            stopped is null ? Severity.Warning : Severity.Critical,
            Where.Local,
            stopped is null ? $"{who} accepts connections and does not read what its clients sent." : $"{who} is stopped: it neither accepts nor reads.",
            [.. reasons])
        {
            Remedies = stopped is null
                ? [new Remedy("Look at the program: deadlock, no free worker, a backend that hangs; restart it if so.", SeeProcess(process?.Pid))]
                : [new Remedy("Let it go on.", string.Create(CultureInfo.InvariantCulture, $"kill -CONT {stopped.Pid}"))],
        };
    }

    private static Finding Describe(EvidenceSet evidence, ApplicationView view, HttpExchange silent)
    {
        Listener? here = silent.ViaProxy is not null ? null : evidence.First<Listener>(listener =>
            listener.Protocol is "tcp" && listener.Port == silent.Port && ListeningSockets.Covers(listener, silent.Address));
        ProcessDescriptors? stopped = here is null ? null
            : evidence.First<ProcessDescriptors>(process => process.Pid == here.Pid && process.State is "T" or "t");
        ExchangeStage stage = silent.TlsTime is null ? ExchangeStage.Connected : ExchangeStage.HandshakeDone;
        string server = ApplicationView.Endpoint(silent.Address, silent.Port);
        List<Reason> reasons =
        [
            silent.Weigh(Weight.VeryStrong, $"no octet came in {ApplicationView.InWords(silent.Elapsed)} after the request"),
            silent.AllAcknowledged
                ? silent.Weigh(Weight.Strong, "the peer's TCP acknowledged the request: it lies there unread or unanswered")
                : silent.Weigh(Weight.Against, "the request is not acknowledged: it or the acknowledgement is lost on the way"),
        ];
        if (view.SizeCure(silent.Address, stage) is { } cured)
            reasons.Add(cured.Weigh(Weight.RulesOut, $"with segments of {cured.SegmentSize} octets an answer comes: size is what is wrong"));
        else if (view.VainSizeTrial(silent.Address, stage) is { } vain)
            reasons.Add(vain.Weigh(Weight.Hint, $"smaller segments ({vain.SegmentSize} octets) change nothing"));
        if (view.Exchanges.FirstOrDefault(http => http.Status is not null && !http.Address.Equals(silent.Address)) is { } other)
            reasons.Add(other.Weigh(Weight.Context, $"{other.Address} answers"));
        if (stopped is not null)
            reasons.Add(stopped.Weigh(Weight.Strong, $"the state of {stopped.Name} (pid {stopped.Pid}) is {stopped.State}: a signal or a debugger has stopped it"));
        string who = here is not null ? $"{ListeningSockets.Owner(here, isStart: true)} at"
            : silent.ViaProxy is null ? "The application at" : "The proxy or what is behind it at";
        return new Finding(
            Id,
            Severity.Critical,
            here is null ? Where.Remote : Where.Local,
            $"{who} {server} accepts connections and {(silent.AllAcknowledged ? "acknowledges the request, and says nothing" : "neither acknowledges the request nor says anything")} for {ApplicationView.InWords(silent.Elapsed)}.",
            [.. reasons])
        {
            Subject = silent.Address,
            Remedies =
            [
                .. stopped is null ? (Remedy[])[] : [new Remedy("Let it go on.", string.Create(CultureInfo.InvariantCulture, $"kill -CONT {stopped.Pid}"))],
                new Remedy("Look at the program: deadlock, no free worker, out of descriptors, a backend that hangs; restart it if so.", $"ss -tnp 'sport = :{silent.Port}'", here is null ? Fix.Server(silent.Address) : null),
            ],
            Next =
            [
                $"On the server: is the request unread (Recv-Q in ss -tnp 'sport = :{silent.Port}'), and what does the process wait for (cat /proc/PID/stack)?",
            ],
        };
    }
}
