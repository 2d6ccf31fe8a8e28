using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Nothing answers for the address: not the host, not the port, and no hint of a filter.</summary>
public sealed class HostUnreachable : IRule
{
    private const string Id = "host-unreachable";

    // A router asks three times for a neighbour, a second apart, before it says that there is none.
    private static readonly TimeSpan NeighbourWait = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1122, section 3.2.2.1; RFC 1812, section 5.2.7.1", Id)
    {
        Explains = ["port-filtered", "packet-loss", "icmp-filtered"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence)
            .Where(view => view.Connected is null && view.Series is not { Connected: > 0 } && !view.IsLocal
                && (view.SignOfLife is null
                    || (view.Port is null && view.SignOfLife is AddressResolution)
                    || view.Attempts.Any(attempt => IsForwarded(view, attempt)))
                && !view.Attempts.Any(TargetView.AnsweredByHost)
                && !view.Attempts.Any(attempt => attempt.FailedCall is "socket" or "bind")
                && !evidence.Any<DatagramExchange>(datagram => datagram.Address.Equals(view.Address) && datagram.Answered))
            .Select(Judge)
            .OfType<Finding>();

    private static Finding? Judge(TargetView view)
    {
        List<Reason> reasons = [];
        IcmpError? report = null;
        NeighbourState? unresolved = view.IsOnLink
            ? view.Evidence.Last<NeighbourState>(state => !state.IsGateway && state.Address.Equals(view.Address)) is { State: "failed" or "incomplete", IsAfterTraffic: true } state ? state : null
            : null;
        if (unresolved is not null)
            reasons.Add(unresolved.Weigh(Weight.VeryStrong, $"the neighbour entry of {view.Address} on {unresolved.Interface} is {unresolved.State.ToUpperInvariant()}: address resolution was not answered"));
        foreach (ConnectAttempt attempt in view.Attempts)
        {
            if (attempt.Icmp is { } error)
            {
                if (error.Meaning is IcmpMeaning.HostUnreachable && !error.IsOwnAddress)
                {
                    report ??= error;
                    reasons.Add(attempt.Weigh(
                        attempt.Elapsed >= NeighbourWait || error.Offender.Equals(view.Address) ? Weight.VeryStrong : Weight.Strong,
                        $"{error.Offender} says \"{error.InWords()}\" after {TargetView.InWords(attempt.Elapsed)}"));
                }
                else if (error.Meaning is IcmpMeaning.HostUnreachable)
                {
                    reasons.Add(unresolved is not null
                        ? attempt.Weigh(Weight.Hint, $"this machine itself gives up after {TargetView.InWords(attempt.Elapsed)}")
                        : attempt.Weigh(Weight.HintAgainst, "it is this machine itself that gives up: its next hop is the matter"));
                }
                else
                {
                    return null; // a filter, a route or a loop, which says so
                }
            }
            else if (TargetView.IsSilent(attempt))
            {
                reasons.Add(attempt.Weigh(Weight.Strong, $"{Words.Count(attempt.SynRetransmits + 1, "SYN")} to {view.Endpoint} got no answer in {TargetView.InWords(attempt.Elapsed)}"));
                if (view.Flow(attempt) is { } flow)
                {
                    if (flow.SynAcksIn > 0 || flow.SynsOut == 0)
                        reasons.Add(flow.Weigh(Weight.RulesOut, flow.SynsOut == 0 ? "no SYN left by an interface" : "SYN-ACKs do arrive at the interface"));
                    else
                        reasons.Add(flow.Weigh(Weight.Hint, $"{Words.Count(flow.SynsOut, "SYN")} left by {flow.InterfaceOut} and nothing came back"));
                }
            }
            else if (attempt.Outcome is ConnectOutcome.Failed)
            {
                return null; // this machine refused: no packet left
            }
        }

        foreach (EchoSeries echo in view.Echoes.Where(echo => echo is { Sent: > 0, Received: 0 }))
        {
            if (echo.Errno is not null)
                continue;
            if (echo.Errors.FirstOrDefault(one => one.Meaning is IcmpMeaning.HostUnreachable) is { IsOwnAddress: false } error)
            {
                report ??= error;
                reasons.Add(echo.Weigh(Weight.Strong, $"{error.Offender} answers echo requests with \"{error.InWords()}\""));
            }
            else if (echo.Errors.Count == 0)
            {
                reasons.Add(echo.Weigh(Weight.Strong, $"none of {echo.Sent} echo requests is answered"));
            }
        }

        if (view.Attempts.FirstOrDefault(attempt => IsForwarded(view, attempt)) is not null && view.SignOfLife is { } life)
            reasons.Add(life.Weigh(Weight.Strong, $"{view.Address} itself is alive, so what is not there stands behind it"));

        if (reasons.Count == 0)
            return null;

        // One port that is silent is a filter's work as likely as a dead host's: it takes a second kind of silence.
        bool isPortAlone = report is null && unresolved is null && view.Port is not null
            && !view.Controls.Any(TargetView.IsSilent)
            && !view.Echoes.Any(echo => echo is { Sent: > 0, Received: 0, Errno: null });
        if (isPortAlone)
        {
            reasons.Add(view.Evidence.First<NotObserved>(gap => gap.What == $"whether {view.Address} answers echo") is { } gap
                ? gap.Weigh(Weight.HintAgainst, $"nobody could see {gap.What} ({gap.Reason})")
                : view.Attempts[0].Weigh(Weight.HintAgainst, "nothing else of the host was tried"));
        }

        foreach (ConnectAttempt control in view.Controls.Where(TargetView.IsSilent).Take(3))
            reasons.Add(control.Weigh(Weight.Hint, $"port {control.Port} is silent too"));
        (int Ttl, PathTrace Trace)? last = LastSignOfLife(view);
        if (last is { } sign)
            reasons.Add(sign.Trace.Weigh(Weight.Context, $"the last that answers on the way is hop {sign.Ttl}, {view.NodeAt(sign.Ttl)}"));

        if (view.OnLinkAnswer is { } onLink)
            reasons.Add(onLink.Weigh(Weight.HintAgainst, $"{onLink.HardwareAddresses[0]} answers for the address on {onLink.Interface}: somebody is there"));

        string from = last is { } known ? $"{view.NodeAt(known.Ttl)} (hop {known.Ttl})" : "this machine's own gateway or link";
        string tried = Tried(view);
        string summary = report switch
        {
            null when unresolved is not null && view.OnLinkAnswer is null =>
                $"Nobody answers for {view.Address} on the link {unresolved.Interface}, not even address resolution: it is off, moved, or on another link.",
            null when view.OnLinkAnswer is { } there =>
                $"{view.Address} is on the link ({there.HardwareAddresses[0]} answers for it) and silent otherwise: {tried}.",
            null when isPortAlone =>
                $"{view.Endpoint} does not answer, and nothing else of the host was seen: it is away, the way to it is broken, or a filter drops the port.",
            null => $"Nothing answers for {view.Address}: {tried}; the last sign of life on the way is {from}.",
            { } error when error.Offender.Equals(view.Address) =>
                $"{view.Address} forwards to a host that is not there: it says \"host unreachable\" of itself.",
            { } error => $"{view.Address} is not reached: {error.Offender} asks in vain for the next one on its link, which is {view.Address} itself or a router before it.",
        };
        string here = view.Lookup?.Source?.ToString() ?? "ADDRESS-OF-THIS-MACHINE";
        return new Finding(Id, view.Severity, report is null ? (unresolved is null ? Where.Unknown : Where.Remote) : report.Offender.Equals(view.Address) ? Where.Remote : Where.Path, summary, [.. reasons])
        {
            Subject = view.Address,
            Remedies =
            [
                .. report is { } refusing && !refusing.Offender.Equals(view.Address)
                    ? [new Remedy($"See who is next towards {view.Address} there, and whether it answers address resolution: FAILED means that it is off, moved, or on another link.", $"ip route get {view.Address}; ip neigh", refusing.Offender.ToString())]
                    : Array.Empty<Remedy>(),
                new Remedy("See that it runs, has that address and a link, and that its firewall or a missing route back does not swallow everything.", "ip addr; ip route; nft list ruleset", $"the console of {view.Address}"),
                .. view.IsOnLink
                    ? [new Remedy("See whether it answers address resolution; FAILED means that it is off, moved, or on another link.", $"ip neigh show {view.Address}")]
                    : Array.Empty<Remedy>(),
            ],
            Next = report is { } said
                ? [$"On {said.Offender}: ip route get {view.Address}, then ip neigh - FAILED means that who is next is off, moved, or on another link."]
                : [$"On {view.Address}, if it is up: tcpdump -ni any host {here} - do packets arrive, and is there a route back (ip route get {here})?"],
        };
    }

    // Which ports were tried is part of what "nothing answers" means.
    private static string Tried(TargetView view)
    {
        int[] ports = [.. view.Attempts.Concat(view.Controls).Select(attempt => attempt.Port).Distinct().Order()];
        string none = ports switch
        {
            [] => "",
            [var only] => $"not TCP port {only}",
            _ => $"none of the TCP ports tried ({string.Join(", ", ports)})",
        };
        bool echo = view.Echoes.Any(echo => echo is { Sent: > 0, Errno: null });
        return (none.Length > 0, echo) switch
        {
            (true, true) => $"{none}, no echo",
            (true, false) => none,
            _ => "no echo",
        };
    }

    private static (int Ttl, PathTrace Trace)? LastSignOfLife(TargetView view)
    {
        PathTrace? best = view.Traces.MaxBy(TargetView.LastAnswer);
        return best is not null && TargetView.LastAnswer(best) is var ttl and > 0 ? (ttl, best) : null;
    }

    // A router translates the address back in the error too: "host unreachable" then seems to come from the address
    // itself, and late, as the router waits for a neighbour. A packet filter's would come at once.
    private static bool IsForwarded(TargetView view, ConnectAttempt attempt) =>
        attempt is { Icmp: { IsOwnAddress: false } error }
        && error.Meaning is IcmpMeaning.HostUnreachable
        && error.Offender.Equals(view.Address)
        && attempt.Elapsed >= NeighbourWait;
}
