using System.Globalization;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A service of this machine does not accept connections fast enough: its queue is full and SYNs are dropped.</summary>
/// <remarks>
/// Full means that more wait than the limit says (sk_acceptq_is_full). A client elsewhere sees SYNs vanish, and that the host
/// resets what is no SYN: that a listener does, and a filter of SYNs alone lets it do. Looking at the server decides.
/// </remarks>
public sealed class AcceptQueueFull : IRule
{
    private const string Cause = "accept-queue-full";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "listen(2); include/net/sock.h, sk_acceptq_is_full", Cause)
    {
        Explains = ["port-filtered", "service-hung", "packet-loss", "connection-rate-limited", "high-latency", "host-unreachable", "tls-handshake-stall", "http-backend-partly-failing"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (IGrouping<(int Port, string Place), Listener> samples in evidence.All<Listener>()
            .Where(listener => listener.Protocol is "tcp")
            .GroupBy(listener => (listener.Port, ListeningSockets.Place(listener))))
        {
            // Of equally full ones the sample that knows of another before it tells more, and the one that drops most of all.
            Listener fullest = samples.OrderByDescending(listener => listener.Queue).ThenByDescending(listener => listener.DropsGrowth ?? -1).First();
            long dropped = samples.GroupBy(listener => listener.Inode).Select(Dropped).Max();
            if (fullest.Queue <= fullest.Limit && !IsOverflowing(evidence, fullest, dropped))
                continue;
            if (OfUnserved(evidence, samples, dropped) is { } unserved)
                yield return unserved;
            else if (Judge(evidence, fullest, dropped, isSeenTwice: samples.Any(listener => listener.QueueBefore is not null), HadRoomLater(samples, fullest)) is { } finding)
                yield return finding;
        }

        foreach (TargetView view in TargetView.All(evidence).Where(view => !view.IsLocal && view.Connected is null && view.Series is not { Connected: > 0 } && view.Attempts.Any(TargetView.IsSilent)))
        {
            if (view.ResetByHost is { IsHalfOpen: not true } reset)
                yield return OfHostElsewhere(view, reset);
        }
    }

    private static Finding OfHostElsewhere(TargetView view, StrayAcknowledgement reset)
    {
        ConnectAttempt silent = view.Attempts.First(TargetView.IsSilent);
        return new Finding(
            Cause,
            view.Severity,
            Where.Remote,
            $"{view.Endpoint} answers no SYN, and resets at once what is none: its service is too busy to take connections (accept queue full), as it seems, or a rule drops SYNs alone, or their answers on the way back.",
            [
                silent.Weigh(Weight.Hint, $"{Words.Count(silent.SynRetransmits + 1, "SYN")} to {view.Endpoint} got no answer in {Words.Of(silent.Elapsed)}"),
                reset.Weigh(Weight.VeryStrong, $"a segment that is no SYN got a reset from {view.Address} in {Words.Of(reset.Waited)}, as from a listener: no firewall keeps packets from the port"),
                reset.Weigh(Weight.Against, "a rule that drops SYNs alone (a limit of their rate, a filter without states), or SYN-ACKs on the way back, looks the same from here"),
            ])
        {
            Subject = view.Address,
            Remedies =
            [
                new Remedy("See the queue: it is full if Recv-Q is larger than Send-Q; then what the process does instead of accepting.", string.Create(CultureInfo.InvariantCulture, $"ss -ltnp 'sport = :{view.Port}'"), Fix.Server(view.Address)),
                new Remedy("If it is not full: see what drops SYNs.", "nft -a list ruleset | grep -E 'table|chain|policy|drop|limit'", Fix.Server(view.Address)),
            ],
            Next = [string.Create(CultureInfo.InvariantCulture, $"On {view.Address}: netwhy :{view.Port}")],
        };
    }

    // The queue stays full and the first in it stays the first: nobody is accepted, so a longer queue would only let more wait.
    private static Finding? OfUnserved(EvidenceSet evidence, IEnumerable<Listener> samples, long dropped)
    {
        if (samples.LastOrDefault(sample => sample is { FirstStayed: true, ProcessState: not ("T" or "t") } && sample.Queue > sample.Limit
            && sample.QueueBefore > sample.Limit && sample.LongestWait >= ServiceHung.Patience) is not { LongestWait: { } longest } listener)
        {
            return null;
        }

        string place = ListeningSockets.Place(listener);
        ConnectAttempt? slow = SlowAttempt(evidence, listener);
        return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"{ListeningSockets.Owner(listener, isStart: true)} does not accept: the queue of {place} is full ({listener.Queue} waiting, limit {listener.Limit}), the first has waited for {Words.Of(longest)}, and nobody was accepted meanwhile."),
            [
                listener.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{listener.Queue} connections wait to be accepted; the queue holds {listener.Limit}")),
                listener.Weigh(Weight.VeryStrong, $"the first in it has waited for {Words.Of(longest)}, and was the first in the sample before{(listener.Interval is { } interval ? $", {Words.Of(interval)} ago" : "")}: nobody was accepted in between"),
                .. dropped > 0 ? (Reason[])[listener.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"the listener dropped {dropped} packets meanwhile"))] : [],
                .. slow is not null ? (Reason[])[Weigh(slow)] : [],
            ])
        {
            Measure = new Measure($"accept queue of {place}", string.Create(CultureInfo.InvariantCulture, $"{listener.Queue} waiting, the first for {Words.Of(longest)}"), string.Create(CultureInfo.InvariantCulture, $"{listener.Limit}")),
            Subject = slow?.Address,
            Remedies =
            [
                new Remedy("See what the program does instead of accepting: no free worker, a lock, a backend that hangs, out of descriptors. A larger backlog would only hide it.", ServiceHung.SeeProcess(listener.Pid)),
                Watch(listener),
            ],
        };
    }

    // Several sockets may listen at one place (SO_REUSEPORT), and that one of them dropped more than another is no growth.
    private static long Dropped(IGrouping<long?, Listener> samples) => Math.Max(
        samples.Key is null ? 0 : (samples.Max(listener => listener.Drops) ?? 0) - (samples.Min(listener => listener.Drops) ?? 0),
        samples.Max(listener => listener.DropsGrowth) ?? 0);

    private static bool HadRoomLater(IEnumerable<Listener> samples, Listener fullest) =>
        samples.SkipWhile(sample => !ReferenceEquals(sample, fullest)).Any(sample => sample.Inode == fullest.Inode && sample.Queue <= sample.Limit);

    // A listener drops also what finds the queue of half-open connections full, and connections whose half-open state an
    // ICMP error ends, as after a scan with false sources: those are other faults, or none.
    private static bool IsOverflowing(EvidenceSet evidence, Listener listener, long dropped)
    {
        if (dropped == 0)
            return false;
        if (Math.Max(listener.Queue, listener.QueueBefore ?? 0) > listener.Limit)
            return true;
        return SocketWords.Growth(evidence, "TcpExt.TCPReqQFullDrop") < dropped
            && (evidence.Last<KernelCounters>() is not { } counters || SocketWords.Growth(evidence, "TcpExt.ListenOverflows") > 0 || IsLongerLook(listener, counters));
    }

    // Who is looked at longer than the counters shows drops that they do not; then what most drops of the machine were tells.
    private static bool IsLongerLook(Listener listener, KernelCounters counters) =>
        listener.DropsGrowth > 0
        && listener.Interval > counters.Lasted * 1.5
        && counters.Totals.GetValueOrDefault("TcpExt.ListenOverflows") * 2 > counters.Totals.GetValueOrDefault("TcpExt.ListenDrops");

    // The queue holds the backlog that the program asks for, at most net.core.somaxconn. Source: listen(2).
    private static Remedy LongerQueue(EvidenceSet evidence, Listener listener)
    {
        long? most = Audit.SettingValue.Number(evidence, "net.core.somaxconn");
        return most > listener.Limit
            ? new Remedy(string.Create(CultureInfo.InvariantCulture, $"Raise the backlog in the configuration of the service and start it again: it asks for {listener.Limit}, and net.core.somaxconn would allow {most}."))
            : Remedy.Set(
                "Allow a longer queue, raise the backlog of the service too, and start it again.",
                "net.core.somaxconn",
                Math.Max(4096, listener.Limit * 4L).ToString(CultureInfo.InvariantCulture));
    }

    private static Finding? Judge(EvidenceSet evidence, Listener listener, long dropped, bool isSeenTwice, bool hadRoomLater)
    {
        ConnectAttempt? slow = SlowAttempt(evidence, listener);
        bool isAskedByProcess = evidence.Investigation?.Pid is not null;
        bool stayedFull = !hadRoomLater && listener.QueueBefore > listener.Limit && listener.Queue > listener.Limit;
        if (slow is null && !isAskedByProcess && !stayedFull && dropped == 0)
            return null; // full for a moment, and nobody was kept out

        // What drops in bursts lets clients in late; what stays full lets nobody in.
        bool isInBursts = dropped > 0 && !stayedFull && slow is not { Outcome: ConnectOutcome.TimedOut } && (isSeenTwice || listener.Queue <= listener.Limit);

        List<Reason> reasons = [];
        if (listener.Queue > listener.Limit)
        {
            reasons.Add(listener.Weigh(Weight.VeryStrong, string.Create(
                CultureInfo.InvariantCulture, $"{listener.Queue} connections wait to be accepted; the queue holds {listener.Limit}")));
        }

        if (stayedFull)
            reasons.Add(listener.Weigh(Weight.Strong, "so it was in the sample before"));
        if (dropped > 0)
            reasons.Add(listener.Weigh(Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"the listener dropped {dropped} packets meanwhile")));
        if (slow is not null)
            reasons.Add(Weigh(slow));

        if (evidence.Last<KernelCounters>(counters => counters.Growth.GetValueOrDefault("TcpExt.ListenOverflows") > 0) is { } counters)
            reasons.Add(counters.Weigh(Weight.Hint, $"ListenOverflows grew by {counters.Growth["TcpExt.ListenOverflows"]}"));

        bool isStopped = listener.ProcessState is "T" or "t";
        string does = $"{ListeningSockets.Owner(listener)} {(isStopped ? "is stopped" : "does not accept connections fast enough")}";
        string place = ListeningSockets.Place(listener);
        return new Finding(
            Cause,
            isInBursts ? Severity.Warning : Severity.Critical,
            Where.Local,
            isInBursts
                ? string.Create(CultureInfo.InvariantCulture,
                    $"The accept queue of {place} overflows in bursts ({Words.Count(dropped, "packet")} dropped, limit {listener.Limit}): {does}.")
                : string.Create(CultureInfo.InvariantCulture,
                    $"The accept queue of {place} is full ({listener.Queue} waiting, limit {listener.Limit}): {does}."),
            [.. reasons])
        {
            Measure = new Measure($"accept queue of {place}", string.Create(CultureInfo.InvariantCulture, $"{listener.Queue} waiting, {dropped} dropped"), string.Create(CultureInfo.InvariantCulture, $"{listener.Limit}")),
            Subject = slow?.Address,
            Remedies = isStopped
                ? [ServiceHung.LetGoOn(listener), Watch(listener)]
                :
                [
                    new Remedy("See whether the process hangs, and where (wchan).", listener.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan") : null),
                    LongerQueue(evidence, listener),
                    Watch(listener),
                ],
        };
    }

    private static ConnectAttempt? SlowAttempt(EvidenceSet evidence, Listener listener) => evidence.First<ConnectAttempt>(attempt => attempt.Port == listener.Port
        && ListeningSockets.Covers(listener, attempt.Address)
        && (attempt.Outcome is ConnectOutcome.TimedOut || attempt.SynRetransmits > 0));

    private static Reason Weigh(ConnectAttempt slow) => slow.Weigh(Weight.Strong, slow.Outcome is ConnectOutcome.TimedOut
        ? "no answer to the SYNs of a connection from this machine itself"
        : $"{Words.Count(slow.SynRetransmits, "SYN")} had to be sent again");

    private static Remedy Watch(Listener listener) => new("Watch the queue (Recv-Q).", string.Create(CultureInfo.InvariantCulture, $"ss -ltnp 'sport = :{listener.Port}'"));
}
