using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>More connections are begun at a service of this machine than are completed: its queue of half-open ones is full.</summary>
/// <remarks>
/// The queue holds as many as the accept queue. Beyond it the kernel answers with cookies, or drops where they are off. The
/// look-alikes: an accept queue that is full keeps connections half-open too; and answers that get lost on the way back show
/// few clients that all try again. Source: include/net/request_sock.h; ip-sysctl.rst, tcp_syncookies.
/// </remarks>
public sealed class SynFlood : IRule
{
    private const string Cause = "syn-flood";
    private const int Many = 64;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "ip-sysctl.rst, tcp_syncookies; RFC 4987", Cause)
    {
        Explains = ["port-filtered", "connection-rate-limited", "packet-loss", "http-backend-partly-failing"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => evidence.All<SocketGroup>()
        .Where(group => group is { State: "syn-received", LocalPort: not null, Backlog: not null } && !ReturnRouteMissing.IsOfFewClients(evidence, group))
        .OrderByDescending(group => group.Count)
        .Select((group, i) => Judge(evidence, group, isLargest: i == 0))
        .OfType<Finding>();

    // What a flood fills is the queue before: the accept queue overflows by clients that complete.
    private static bool IsFull(EvidenceSet evidence, Listener listener) => listener.Queue > listener.Limit
        || (listener.DropsGrowth > 0 && SocketWords.Growth(evidence, "TcpExt.ListenOverflows") > 0);

    private static Finding? Judge(EvidenceSet evidence, SocketGroup group, bool isLargest)
    {
        KernelCounters? counters = evidence.Last<KernelCounters>();
        bool alwaysCookies = Audit.SettingValue.Number(evidence, "net.ipv4.tcp_syncookies") is 2;
        long cookies = isLargest && !alwaysCookies ? SocketWords.Growth(evidence, "TcpExt.TCPReqQFullDoCookies") : 0;
        long dropped = isLargest ? SocketWords.Growth(evidence, "TcpExt.TCPReqQFullDrop") : 0;
        bool isOff = Audit.SettingValue.Number(evidence, "net.ipv4.tcp_syncookies") is 0;

        // Without cookies the last quarter of tcp_max_syn_backlog is kept for peers that proved to live, and what finds no
        // room is dropped under another counter. Source: tcp_conn_request in net/ipv4/tcp_input.c.
        long? most = isOff && Audit.SettingValue.Number(evidence, "net.ipv4.tcp_max_syn_backlog") is { } half ? half - (half / 4) : null;
        bool isReserved = most < group.Backlog && group.Count >= most;
        long room = isReserved ? most!.Value : group.Backlog ?? 0;
        if (isReserved && isLargest)
            dropped = Math.Max(dropped, SocketWords.Growth(evidence, "TcpExt.ListenDrops") - SocketWords.Growth(evidence, "TcpExt.ListenOverflows"));
        bool isFull = group.Count > group.Backlog || isReserved;
        if (cookies + dropped == 0 && !(isFull && group.Count >= Many))
            return null;

        string port = string.Create(CultureInfo.InvariantCulture, $"port {group.LocalPort}");
        string from = group.Peers is { } peers ? string.Create(CultureInfo.InvariantCulture, $" from {(peers >= 1000 ? "more than " : "")}{peers} address{(peers == 1 ? "" : "es")}") : "";
        List<Reason> reasons =
        [
            group.Weigh(
                isFull ? Weight.Strong : group.Count * 2L > group.Backlog ? Weight.Hint : Weight.Against,
                string.Create(CultureInfo.InvariantCulture, $"{Words.Count(group.Count, "half-open connection")} on {port}{from}; the queue holds {room}{(isReserved ? " (three quarters of tcp_max_syn_backlog)" : "")}")),
        ];
        if (cookies > 0)
            reasons.Add(counters!.Weigh(cookies >= Many ? Weight.VeryStrong : Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"{cookies} SYNs found the queue full and were answered with cookies in {Words.Of(counters!.Lasted)}")));
        if (dropped > 0)
            reasons.Add(counters!.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{dropped} SYNs found the queue full and were dropped in {Words.Of(counters!.Lasted)}: cookies are off")));
        if (group.Peers >= Many)
            reasons.Add(group.Weigh(Weight.Strong, "they come from many addresses at once"));
        if (evidence.First<Listener>(listener => listener.Port == group.LocalPort && IsFull(evidence, listener)) is { } overrun)
            reasons.Add(overrun.Weigh(group.Peers >= Many ? Weight.Against : Weight.RulesOut, "its accept queue is full: that keeps connections half-open too"));

        long? somaxconn = Audit.SettingValue.Number(evidence, "net.core.somaxconn");
        return new Finding(
            Cause,
            dropped > 0 ? Severity.Critical : Severity.Warning,
            Where.Remote,
            string.Create(CultureInfo.InvariantCulture, $"{Words.Count(group.Count, "connection")} to {port}{from} {(group.Count == 1 ? "is" : "are")} begun and not completed, and its queue of {room} is full: a flood of SYNs, {(dropped > 0 ? "which keeps clients out" : "which cookies keep at bay")}."),
            [.. reasons])
        {
            Measure = new Measure($"half-open connections of :{group.LocalPort}", string.Create(CultureInfo.InvariantCulture, $"{group.Count}, {cookies + dropped} more met a full queue"), string.Create(CultureInfo.InvariantCulture, $"{room}")),
            Remedies =
            [
                .. isOff ? [Remedy.Set("Answer with cookies when the queue is full, so that real clients still get in.", "net.ipv4.tcp_syncookies", "1")] : Array.Empty<Remedy>(),
                new Remedy("See who they come from; drop or limit the sources before they reach this machine.", string.Create(CultureInfo.InvariantCulture, $"ss -tn state syn-recv 'sport = :{group.LocalPort}'")),
                .. !isReserved && somaxconn > group.Backlog ? [new Remedy(string.Create(CultureInfo.InvariantCulture, $"Raise the backlog of the service: it asks for {group.Backlog}, net.core.somaxconn would allow {somaxconn}."))] : Array.Empty<Remedy>(),
            ],
            Next = ["From a client that is let in nowhere else: do its SYNs get an answer? If all clients of one network stay half-open, their way back is broken, and it is no flood."],
        };
    }
}
