using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Answers arrive by another interface than the route leaves by, and this machine's strict filter drops them.</summary>
public sealed class ReversePathFilter : IRule
{
    private const string Counter = "TcpExt.IPReversePathFilter";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "reverse-path-filter", Source: "RFC 3704, section 2.2; ip-sysctl.rst, rp_filter", "reverse-path-filter")
    {
        Explains = [.. Symptoms.OfNoWay, "local-firewall-drop", "source-address-wrong", "gateway-wrong"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => !reach.IsIPv6 && reach.Lookup.Interface is not null) // IPv6 has the filter only as a firewall rule
            .Select(reach => Judge(evidence, reach))
            .OfType<(string, Finding)>()
            .ByResource();

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        KernelCounters? counters = evidence.Last<KernelCounters>(reading => reading.Growth.GetValueOrDefault(Counter) > 0);
        FlowSighting? flow = evidence.First<FlowSighting>(sighting =>
            sighting.Address.Equals(reach.Address)
            && sighting is { InterfaceIn: not null, SynAcksIn: > 0 }
            && sighting.InterfaceIn != reach.Lookup.Interface);
        NextHopTrial? trial = reach.Trials.FirstOrDefault(trial =>
            trial is { IsKernelsChoice: true, Answered: true, AnsweredBy: not null } && trial.AnsweredBy != reach.Lookup.Interface);
        if ((flow?.InterfaceIn ?? trial?.AnsweredBy) is not { } device)
            return null; // the counter counts all traffic: alone it convicts nobody

        List<Reason> reasons = [];
        if (flow is not null)
            reasons.Add(flow.Weigh(Weight.Strong, $"{flow.SynAcksIn} SYN-ACKs arrive by {device}, and the route leaves by {reach.Lookup.Interface}"));
        if (trial is not null)
            reasons.Add(trial.Weigh(flow is null ? Weight.Strong : Weight.Hint, $"the answer to a packet of our own by {reach.Lookup.Interface} arrives by {trial.AnsweredBy}"));
        if (counters is not null)
            reasons.Add(counters.Weigh(Weight.VeryStrong, $"the filter dropped {counters.Growth[Counter]} packets meanwhile ({Counter})"));

        KernelSettings? settings = evidence.First<KernelSettings>();
        (string Name, int Value)? strictest = settings?.Values
            .Where(value => value.Key.EndsWith(".rp_filter", StringComparison.Ordinal)
                && (value.Key == $"net.ipv4.conf.{device}.rp_filter" || value.Key == "net.ipv4.conf.all.rp_filter"))
            .Select(value => (value.Key, int.TryParse(value.Value, out int number) ? number : 0))
            .MaxBy(value => value.Item2);
        if (settings is not null && strictest is var (name, value))
        {
            reasons.Add(value switch
            {
                1 => settings.Weigh(Weight.Strong, $"{name} is 1: strict"),
                2 => settings.Weigh(Weight.HintAgainst, $"{name} is 2: only sources without any route are dropped"),
                _ => settings.Weigh(Weight.RulesOut, "the filter is off"),
            });
        }

        reasons.Add(reach.Failure!.Weigh(Weight.Hint, "the connection never stands"));

        return (device, new Finding(
            "reverse-path-filter",
            reach.Severity,
            Where.Local,
            $"The reverse path filter of {device} drops the answers of {reach.Name}: the route to it leaves by {reach.Lookup.Interface}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies =
            [
                new Remedy("Make the filter loose.", $"sysctl -w net.ipv4.conf.{device}.rp_filter=2"),
                new Remedy("Or make the way there the way back.", $"ip route replace {reach.Address} via GATEWAY dev {device}"),
            ],
            Next = [$"Why does the other side answer by {device}? Compare its route to this machine with ours."],
        });
    }
}
