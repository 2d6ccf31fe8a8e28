using NetWhy.Collect.Firewall;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Reads twice what the rules of this machine's firewall have dropped or refused.</summary>
/// <remarks>No counter of the kernel tells it: where rules do not count, nobody knows.</remarks>
public sealed class FirewallCountersProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "firewall.counters";

    private const int MostRules = 16;

    private static readonly TimeSpan TextsPatience = TimeSpan.FromSeconds(2); // for the chains of all rules together

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the firewall of this machine drop packets now?",
        Source: "nft(8), libnftables-json(5), iptables-save(8)",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Kind is TargetKind.HostState;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (!Privileges.HasNetAdmin)
        {
            context.ReportNotObserved("what the firewall of this machine drops", "needs CAP_NET_ADMIN (run as root)");
            return;
        }

        long begin = context.Clock.GetTimestamp();
        FirewallReading before = context.Firewall.First(cancellationToken);
        foreach ((string what, string reason) in before.Failures)
            context.ReportNotObserved(what, reason);
        if (!Decisions(before.Ruleset).Any())
        {
            if (before.Failures.IsEmpty)
                context.Report(new FirewallDrops(0, 0, TimeSpan.Zero));
            return;
        }

        await Traffic.WhenOverAsync(context, cancellationToken);
        var after = FirewallReading.Read(cancellationToken);
        Report(context, before.Ruleset, after, context.Clock.GetElapsedTime(begin), cancellationToken);
        IEnumerable<FirewallFlow> pending = await FirewallMatch.PendingAsync(context, cancellationToken);
        FirewallMatch.Report(context, FirewallMatch.Of(before.Ruleset, pending), new FirewallIndex(after.Ruleset), cancellationToken);
    }

    /// <summary>Reports what the rules of one reading counted until another; what the other could not read did not stand still.</summary>
    /// <param name="context">Where to report.</param>
    /// <param name="before">The rules of the first reading.</param>
    /// <param name="after">The second reading.</param>
    /// <param name="lasted">Time between the two.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static void Report(ProbeContext context, FirewallRuleset before, FirewallReading after, TimeSpan lasted, CancellationToken cancellationToken)
    {
        foreach ((string what, string reason) in after.Failures)
            context.ReportNotObserved(what, reason);
        if (!after.Failures.IsEmpty)
            return;

        Decision[] decisions = [.. Decisions(before)];
        var index = new FirewallIndex(after.Ruleset);
        (Decision Decision, long Growth)[] growing =
        [
            .. decisions.Where(decision => decision.Packets is not null)
                .Select(decision => (decision, Growth: GrowthIn(decision)))
                .Where(pair => pair.Growth > 0)
                .OrderByDescending(pair => pair.Growth),
        ];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TextsPatience);
        Dictionary<FirewallChain, Dictionary<long, string>> texts = [];
        context.Report(new FirewallDrops(decisions.Length, decisions.Count(decision => decision.Packets is not null), lasted)
        {
            Dropping =
            [
                .. growing.Take(MostRules).Select(pair => new FirewallDrop(
                    $"{pair.Decision.Chain.Family} {pair.Decision.Chain.Table}", pair.Decision.Chain.Name, Text(pair.Decision, texts, limit.Token), pair.Growth)
                {
                    Hooks = [.. before.HooksOf(pair.Decision.Chain).Select(hook => hook.ToString().ToLowerInvariant())],
                    Tool = FirewallUndo.ToolName(pair.Decision.Chain.Tool),
                }),
            ],
            Growth = growing.Sum(pair => pair.Growth),
            Total = decisions.Sum(decision => decision.Packets ?? 0) + growing.Sum(pair => pair.Growth),
        });

        long GrowthIn(Decision decision)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return decision.PacketsIn(index) - decision.Packets ?? 0;
        }
    }

    private static IEnumerable<Decision> Decisions(FirewallRuleset ruleset)
    {
        foreach (FirewallChain chain in ruleset.Chains)
        {
            foreach (FirewallRule rule in chain.Rules.Where(rule => rule.Verdicts.Any(verdict => verdict.Kind is VerdictKind.Drop or VerdictKind.Reject)))
                yield return new Decision(chain, rule);
            if (chain.DropsByDefault && chain.Hook is not FirewallHook.None)
                yield return new Decision(chain, null);
        }
    }

    private static string Text(Decision decision, Dictionary<FirewallChain, Dictionary<long, string>> texts, CancellationToken limit)
    {
        if (decision.Rule is not { } rule)
            return "policy drop";
        if (rule.Handle is not { } handle)
            return rule.Text ?? FirewallReading.Unprintable;
        if (!texts.TryGetValue(decision.Chain, out Dictionary<long, string>? ofChain))
            texts[decision.Chain] = ofChain = FirewallReading.TextsWithin(decision.Chain, limit);
        return ofChain.GetValueOrDefault(handle, FirewallReading.Unprintable);
    }

    // A rule that drops or refuses, or the policy of a chain. A counter that is shared by other verdicts tells nothing.
    private sealed record Decision(FirewallChain Chain, FirewallRule? Rule)
    {
        public long? Packets => Rule is null ? Chain.PolicyPackets
            : Rule.CountsTooMuch || Rule.Steps.Any(step => step is FirewallStep.DecideByMap) ? null
            : Rule.Packets;

        public long? PacketsIn(FirewallIndex other) => Rule is null ? other.FindAgain(Chain)?.PolicyPackets : other.FindAgain(Rule)?.Packets;
    }
}
