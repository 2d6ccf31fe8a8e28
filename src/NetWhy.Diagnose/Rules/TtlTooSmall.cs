using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets leave with so small a hop limit that it runs out before the target.</summary>
public sealed class TtlTooSmall : IRule
{
    private const string Id = "ttl-too-small";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 791, section 3.2, Time to Live; RFC 1122, section 3.2.1.7", Id)
    {
        Explains = [.. Symptoms.OfNoWay, "route-prohibited", "gateway-wrong"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.JudgeUnreached(evidence, reach => Judge(evidence, reach));

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        if (DepartureTtl.Of(evidence, reach) is not (var ttl, { } source, var isSetting) || ttl >= DepartureTtl.SmallestUsual)
            return null;
        PathTrace[] traces = [.. evidence.All<PathTrace>().Where(trace => trace.Destination.Equals(reach.Address))];
        if (traces.Any(trace => HopCircle.Of(trace).Length > 0))
            return null; // no hop limit is enough
        List<Reason> reasons = [source.Weigh(Weight.Strong, $"packets to it leave with a hop limit of only {ttl}")];

        // Traces set hop limits of their own: they get to where it runs out, and beyond.
        int? distance = null;
        foreach (PathTrace trace in traces.Where(trace => trace.Reached))
        {
            distance = trace.Hops.Where(hop => reach.Address.Equals(hop.Node)).Select(hop => (int?)hop.Ttl).Min();
            if (distance > ttl)
            {
                reasons.Add(trace.Weigh(Weight.VeryStrong, $"a trace, which sets hop limits of its own, reaches it at hop {distance}"));
                break;
            }
        }

        if (distance <= ttl)
            return null;
        (Observation Seen, IcmpError Error)? exceeded = Exceeded(reach);
        if (exceeded is var (seen, error))
        {
            // Who is met elsewhere, or nowhere, may as well be where packets go round. The gateway is hop 1, also where it is slow to answer.
            bool isThere = (ttl == 1 && error.Offender.Equals(reach.NextHop)) || traces.SelectMany(trace => trace.Hops).Any(hop => hop.Ttl == ttl && error.Offender.Equals(hop.Node));
            if (!isThere && distance is null)
                return null;
            reasons.Add(seen.Weigh(
                isThere ? Weight.VeryStrong : Weight.Strong,
                isThere ? $"{error.Offender}, hop {ttl}, says that it has run out" : $"{error.Offender} says that it has run out"));
        }
        else if (distance is null)
        {
            return null; // that nothing answers has other reasons
        }

        string summary = distance is { } hops
            ? $"Packets to {reach.Name} leave with a hop limit of {ttl}, and it is {hops} hops away."
            : $"Packets to {reach.Name} leave with a hop limit of {ttl}, which runs out at {exceeded!.Value.Error.Offender}.";
        return (isSetting ? "setting" : reach.Address.ToString(), new Finding(Id, reach.Severity, Where.Local, summary, [.. reasons])
        {
            Subject = reach.Address,
            Remedies = [Remedy(reach, isSetting)],
            Next = isSetting ? [] : [$"Who sets it? ip {ShellCommand.FamilyFlag(reach.IsIPv6)}route get {reach.Address} (hoplimit), the firewall (TTL, hl), or the service manager's sysctl settings."],
        });
    }

    private static Remedy Remedy(Reach reach, bool isSetting) => isSetting
        ? new Remedy("Set the default again, also where it is set at boot (/etc/sysctl.d).", "sysctl -w net.ipv4.ip_default_ttl=64")
        : new Remedy("See what sets it: a route's hoplimit, a firewall rule, or the setting of IPv6.", reach.IsIPv6
            ? "ip -6 route show | grep hoplimit; nft list ruleset | grep hoplimit; sysctl -a 2>/dev/null | grep hop_limit"
            : "ip route show | grep hoplimit; nft list ruleset | grep -w ttl; iptables -t mangle -S | grep TTL; sysctl net.ipv4.ip_default_ttl");

    private static (Observation Seen, IcmpError Error)? Exceeded(Reach reach)
    {
        foreach ((Observation seen, IcmpError error, _) in reach.PathErrors)
        {
            if (error.Meaning is IcmpMeaning.HopLimitExceeded)
                return (seen, error);
        }

        return null;
    }
}
