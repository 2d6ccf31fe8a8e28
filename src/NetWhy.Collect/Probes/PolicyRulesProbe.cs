using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Lists the policy routing rules that an administrator or a program added.</summary>
public sealed class PolicyRulesProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "route.rules";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which rules choose the routing table?",
        Source: "ip-rule(8); rtnetlink, RTM_GETRULE",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        context.Report(new PolicyRules(
        [
            .. netlink.Rules().Where(rule => !IsBuiltIn(rule)).OrderBy(rule => rule.Priority).Select(rule =>
                new PolicyRule(rule.Priority, rule.ToText(), rule.Header.Action == 1 ? rule.Table : 0)
                {
                    Action = rule.ActionName,
                    From = rule.Source is null ? null : $"{rule.Source}/{rule.Header.SourceLength}",
                    To = rule.Destination is null ? null : $"{rule.Destination}/{rule.Header.DestinationLength}",
                    Mark = rule.Mark,
                    IsIPv6 = rule.Header.Family != 2,
                }),
        ]));
        return Task.CompletedTask;
    }

    private static bool IsBuiltIn(RuleMessage rule) =>
        rule is { Source: null, Destination: null, Mark: null, InputInterface: null, OutputInterface: null, Header.Action: 1 }
            and ({ Priority: 0, Table: 255 } or { Priority: 32766, Table: 254 } or { Priority: 32767, Table: 253 });
}
