namespace NetWhy.Collect.Firewall;

/// <summary>Finds the chains and rules of one reading of a firewall in a later one.</summary>
/// <remarks>There are firewalls of 100,000 rules: each is looked at once, and not once for every other.</remarks>
/// <param name="later">The later reading.</param>
internal sealed class FirewallIndex(FirewallRuleset later)
{
    private readonly ILookup<(FirewallTool Tool, string Family, string Table, string Name), FirewallChain> _chains = later.Chains.ToLookup(Key);
    private readonly Dictionary<FirewallChain, ILookup<long, FirewallRule>> _rules = [];

    /// <summary>Finds a chain; null if it is gone.</summary>
    /// <param name="chain">The chain.</param>
    internal FirewallChain? FindAgain(FirewallChain chain) => _chains[Key(chain)].FirstOrDefault();

    /// <summary>Finds a rule; null if it is gone.</summary>
    /// <param name="rule">The rule.</param>
    internal FirewallRule? FindAgain(FirewallRule rule)
    {
        if (FindAgain(rule.Chain) is not { } chain)
            return null;
        if (!_rules.TryGetValue(chain, out ILookup<long, FirewallRule>? rules))
            _rules[chain] = rules = chain.Rules.ToLookup(Key);
        return rules[Key(rule)].FirstOrDefault(other => other.Handle == rule.Handle && (rule.Handle is not null || other.Text == rule.Text));
    }

    private static (FirewallTool, string, string, string) Key(FirewallChain chain) => (chain.Tool, chain.Family, chain.Table, chain.Name);

    private static long Key(FirewallRule rule) => rule.Handle ?? rule.Number;
}
