using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A route that refuses: blackhole, unreachable or prohibit here, or a router that says it has no way.</summary>
public sealed class RouteProhibited : IRule
{
    // A router that first asks for a neighbour takes three seconds to give up, and less if it was asking already; one
    // whose routes refuse answers each packet within a round trip. SYNs leave on whole seconds (tcp_syn_linear_timeouts).
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(60); // of which a busy machine takes the most

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "route-prohibited", Source: "ip-route(8), route types; RFC 1812, section 5.2.7.1", "route-prohibited")
    {
        Explains = [.. Symptoms.OfNoWay, "no-route", "local-firewall-drop"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Select(reach => Here(evidence, reach) ?? Remote(evidence, reach))
            .OfType<(string, Finding)>()
            .ByResource();

    private static (string, Finding)? Here(EvidenceSet evidence, Reach reach)
    {
        string? type = reach.Lookup switch
        {
            { RouteType: "blackhole" or "unreachable" or "prohibit" } lookup => lookup.RouteType,
            { Errno: "EINVAL" } => "blackhole",
            { Errno: "EHOSTUNREACH" } => "unreachable",
            { Errno: "EACCES" } => "prohibit",
            _ => null,
        };
        if (type is null)
            return null;

        List<Reason> reasons =
        [
            reach.Lookup.Weigh(Weight.VeryStrong, $"the kernel answers the route lookup with \"{ErrnoWords.Of(reach.Lookup.Errno, type)}\", as a {type} route does"),
        ];
        if (reach.FailedAttempt is { Errno: not null, Icmp: null } attempt)
            reasons.Add(attempt.Weigh(Weight.Hint, $"connecting fails in {Words.Of(attempt.Elapsed)}, and no packet left: {ErrnoWords.Of(attempt.Errno)}"));

        RouteEntry? entry = null;
        if (evidence.First<RouteTable>() is { } table)
        {
            entry = table.Routes
                .Where(route => route.RouteType == type && RouteTableReading.Contains(route.Destination, reach.Address))
                .MaxBy(route => RouteTableReading.PrefixLength(route.Destination));
            reasons.Add(entry is not null
                ? table.Weigh(Weight.Strong, $"the route is: {entry.ToText()}")
                : table.Weigh(Weight.HintAgainst, $"no {type} route for it is in the tables"));
        }

        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        string name = entry?.ToText() ?? $"{type} route";
        string which = entry is null ? $"{(type is "unreachable" ? "an" : "a")} {name}" : $"the route \"{name}\"";
        return (name, new Finding(
            "route-prohibited",
            reach.Severity,
            Where.Local,
            $"This machine refuses to send to {reach.Name}: {which} forbids it.",
            [.. reasons])
        {
            Subject = reach.Address,
            AlsoExplains = ["ipv6-broken"],
            Remedies = [entry is null
                ? new Remedy("Find the route, and delete it.", $"ip {flag}route show table all type {type}")
                : new Remedy("Delete the route.", $"ip {flag}route del {ShellCommand.Words(name)}")],
            Next = ["Who set the route? Intrusion prevention, a VPN's kill switch and routing daemons set such routes on purpose."],
        });
    }

    private static (string, Finding)? Remote(EvidenceSet evidence, Reach reach)
    {
        if (reach.LongSilence is not null)
            return null; // an error after a silence is the last router's, which waited for the neighbour

        foreach ((Observation seen, IcmpError error, TimeSpan within) in reach.PathErrors)
        {
            if (error.Offender.Equals(reach.Address) || within > AtMost || Read(error) is not var (said, weight))
                continue;
            if (error.Meaning is IcmpMeaning.HostUnreachable && DelayOf(evidence, seen, within) > AtOnce + reach.RoundTripTo(error.Offender))
                continue; // it may have been looking for the neighbour

            List<Reason> reasons = [seen.Weigh(weight, $"{error.Offender} answers that {said}, within {Words.Of(within)}")];
            switch (reach.Echo)
            {
                case { Received: > 0 } echo:
                    reasons.Add(echo.Weigh(Weight.Against, "echo passes: a route would refuse it as well"));
                    break;
                case { } echo when echo.Errors.Any(other => IsSame(other, error)):
                    reasons.Add(echo.Weigh(Weight.Strong, "echo is answered with that error: it is about the address, not the port"));
                    break;
            }

            if (reach.PathErrors.FirstOrDefault(again => again.Observation is DnsExchange && !ReferenceEquals(again.Observation, seen) && IsSame(again.Error, error)) is { Observation: { } repeated })
                reasons.Add(repeated.Weigh(Weight.Strong, "another question is answered with that error too"));

            if (reach.Success is ConnectAttempt other)
                reasons.Add(other.Weigh(Weight.RulesOut, $"port {other.Port} of the same address answers"));
            else if (reach.Success is ConnectSeries later)
                reasons.Add(later.Weigh(Weight.RulesOut, $"other connections to {later.Address} stand: the way comes and goes"));
            return (error.Offender.ToString(), Refused(reach, error, said, reasons));
        }

        return null;
    }

    // A busy machine lets this program wait; the kernel's clock, where packets were watched, does not depend on it.
    private static TimeSpan DelayOf(EvidenceSet evidence, Observation seen, TimeSpan within) =>
        seen is EchoSeries { ErrorDelay: { } delayOfEcho } ? delayOfEcho
        : seen is ConnectAttempt attempt && evidence.Last<FlowSighting>(flow =>
            flow.Address.Equals(attempt.Address) && flow.Port == attempt.Port && flow.SourcePort == attempt.SourcePort) is { ErrorDelay: { } delay }
            ? delay
            : TimeSpan.FromSeconds(within.TotalSeconds % 1);

    private static bool IsSame(IcmpError one, IcmpError other) =>
        one.Offender.Equals(other.Offender) && (one.Type, one.Code) == (other.Type, other.Code);

    // What is prohibited is a packet filter's word as a rule: see PortRejected.
    private static (string Said, Weight Weight)? Read(IcmpError error) => error.Meaning switch
    {
        IcmpMeaning.NoRoute => ("it has no route there (network unreachable)", Weight.VeryStrong),
        IcmpMeaning.HostUnreachable => ("the host is unreachable, and says so at once", Weight.Strong),
        IcmpMeaning.RouteRejected => ("its route rejects", Weight.VeryStrong),
        _ => null,
    };

    private static Finding Refused(Reach reach, IcmpError error, string said, List<Reason> reasons)
    {
        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        return new Finding(
            "route-prohibited",
            reach.Severity,
            Where.Path,
            $"The router {error.Offender} does not forward to {reach.Name}: {said}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = [new Remedy("Correct the route.", $"ip {flag}route get {reach.Address}", $"the router {error.Offender}")],
            Next =
            [
                $"On {error.Offender}: ip {flag}route get {reach.Address}; and if that is right, its firewall's reject rules.",
                .. error.Meaning is IcmpMeaning.HostUnreachable
                    ? (string[])[$"A BSD router (pfSense, OPNsense) that has just asked for {reach.Address} in vain says so at once too: is the host on? On {error.Offender}: arp -an"]
                    : [],
            ],
        };
    }
}
