using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets go round between routers until their hop limit runs out.</summary>
public sealed class RoutingLoop : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "routing-loop", Source: "RFC 792, Time Exceeded; RFC 1812, section 5.3.1", "routing-loop")
    {
        Explains = [.. Symptoms.OfNoWay, "route-prohibited", "gateway-wrong"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.JudgeUnreached(evidence, reach => Judge(evidence, reach));

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        List<Reason> reasons = [];
        IcmpError? exceeded = null;
        if (reach.FailedAttempt is { Icmp: { Meaning: IcmpMeaning.HopLimitExceeded } error } attempt)
        {
            exceeded = error;
            reasons.Add(attempt.Weigh(Weight.VeryStrong, $"{error.Offender} says that the hop limit of the SYN ran out"));
        }

        if (reach.Echo is { } echo && echo.Errors.FirstOrDefault(one => one.Meaning is IcmpMeaning.HopLimitExceeded) is { } echoError)
        {
            exceeded ??= echoError;
            reasons.Add(echo.Weigh(Weight.Strong, $"{echoError.Offender} says the same of an echo request"));
        }

        // A watch of the wire proves nothing here: it also sees the errors that our own traces provoke.
        ImmutableArray<IPAddress> circle = [];
        foreach (PathTrace trace in evidence.All<PathTrace>().Where(trace => trace.Destination.Equals(reach.Address) && !trace.Reached))
        {
            circle = HopCircle.Of(trace);
            if (circle.Length > 0)
            {
                reasons.Add(trace.Weigh(Weight.VeryStrong, $"the trace comes by {HopCircle.InWords(circle)} again and again"));
                break;
            }
        }

        if (exceeded is null && circle.Length == 0)
            return null;
        if (DepartureTtl.Of(evidence, reach) is ( < DepartureTtl.SmallestUsual and var ttl, { } source, _))
            reasons.Add(source.Weigh(circle.Length > 0 ? Weight.Against : Weight.RulesOut, $"packets leave with a TTL of only {ttl}"));

        string between = circle.Length > 0
            ? HopCircle.InWords(circle)
            : $"a circle that {exceeded!.Offender} is in";
        string routers = circle.Length > 0 ? between : exceeded!.Offender.ToString();
        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        return (routers, new Finding(
            "routing-loop",
            reach.Severity,
            Where.Path,
            circle.Length > 0
                ? $"Packets to {reach.Name} go round between {between}."
                : $"Packets to {reach.Name} go round in {between}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = [new Remedy("Correct the route of the one that sends the packets back.", $"ip {flag}route get {reach.Address}", $"the routers {routers}")],
            Next = [$"On each of {routers}: ip {flag}route get {reach.Address}"],
        });
    }
}
