using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Firewall;

/// <summary>The firewall of this machine as read at one moment.</summary>
/// <param name="Ruleset">All rules.</param>
/// <param name="Sources">Rule sets read, as <see cref="FirewallSurvey.Sources"/> names them.</param>
/// <param name="Failures">What could not be read, and why.</param>
internal sealed record FirewallReading(
    FirewallRuleset Ruleset, ImmutableArray<string> Sources, ImmutableArray<(string What, string Reason)> Failures)
{
    /// <summary>What stands for the text of a rule that nft does not print.</summary>
    internal const string Unprintable = "a rule that nft cannot print";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // Tables of these names in the ip and ip6 families are those of iptables-nft.
    private static readonly string[] IptablesTables = ["filter", "nat", "mangle", "raw", "security"];

    /// <summary>Reads every rule set that the kernel says is there: none costs nothing, each other one a subprocess.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal static FirewallReading Read(CancellationToken cancellationToken)
    {
        List<FirewallRuleset> rulesets = [];
        List<string> sources = [];
        List<(string What, string Reason)> failures = [];
        ReadNftables(rulesets, sources, failures, cancellationToken);
        ReadLegacy(FirewallTool.IptablesLegacy, "iptables-legacy", rulesets, sources, failures, cancellationToken);
        ReadLegacy(FirewallTool.Ip6tablesLegacy, "ip6tables-legacy", rulesets, sources, failures, cancellationToken);
        return new FirewallReading(FirewallRuleset.Join(rulesets), [.. sources], [.. failures]);
    }

    /// <summary>Asks nft for the text of a chain's rules; empty if it cannot say.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static Dictionary<long, string> ReadTexts(FirewallChain chain, CancellationToken cancellationToken) =>
        Tool.Find("nft") is { } nft
        && Tool.Run(nft, Patience, cancellationToken, "-a", "list", "chain", chain.Family, chain.Table, chain.Name) is { Failure: null } output
            ? NftablesText.Read(output.Text)
            : [];

    /// <summary>Asks nft for the text of a chain's rules; empty if it takes too long: a rule is told without its text rather than not at all.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="limit">Ends the patience.</param>
    internal static Dictionary<long, string> TextsWithin(FirewallChain chain, CancellationToken limit)
    {
        try
        {
            return ReadTexts(chain, limit);
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>Rules that drop or refuse packets since they fit no connection (INVALID), as their tool writes them; one that nft does not print is left out.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal string[] AgainstInvalid(int most, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        List<string> rules = [];
        foreach (IGrouping<FirewallChain, FirewallRule> chain in Ruleset.AgainstInvalid().Take(most).GroupBy(rule => rule.Chain))
        {
            Dictionary<long, string> texts = chain.Any(rule => rule.Handle is not null) ? TextsWithin(chain.Key, limit.Token) : [];
            rules.AddRange(chain.Select(rule => rule.Handle is { } handle ? texts.GetValueOrDefault(handle) : rule.Text).OfType<string>());
        }

        return [.. rules.Distinct()];
    }

    private static void ReadNftables(
        List<FirewallRuleset> rulesets,
        List<string> sources,
        List<(string What, string Reason)> failures,
        CancellationToken cancellationToken)
    {
        const string What = "the nftables rules of this machine";
        try
        {
            if (FirewallTables.CountNftables() == 0)
            {
                sources.Add("nft");
                return;
            }
        }
        catch (LinuxException refusal)
        {
            // A kernel without nftables refuses the whole netlink family or the message type.
            if ((Errno)refusal.Errno is Errno.EPROTONOSUPPORT or Errno.EINVAL or Errno.EOPNOTSUPP)
                sources.Add("nft");
            else
                failures.Add((What, refusal.Message));
            return;
        }

        if (Tool.Find("nft") is not { } nft)
        {
            failures.Add((What, "needs the nft command of the package nftables"));
            return;
        }

        ToolOutput output = Tool.Run(nft, Patience, cancellationToken, "-j", "list", "ruleset");
        if (output.Failure is not null)
        {
            failures.Add((What, output.Failure));
            return;
        }

        FirewallRuleset? ruleset;
        try
        {
            ruleset = NftablesReader.Read(JsonDocument.Parse(output.Text));
        }
        catch (JsonException)
        {
            ruleset = null;
        }

        if (ruleset is null)
        {
            failures.Add((What, "nft prints what is no rule set"));
            return;
        }

        sources.Add("nft");
        rulesets.Add(WithIptables(ruleset, sources, cancellationToken));
    }

    /// <summary>
    /// Replaces tables that iptables-nft manages by what iptables itself says of them: nft cannot show its extensions.
    /// </summary>
    private static FirewallRuleset WithIptables(
        FirewallRuleset ruleset, List<string> sources, CancellationToken cancellationToken)
    {
        foreach ((string family, FirewallTool tool, string command, string name) in new[]
        {
            ("ip", FirewallTool.Iptables, "iptables-nft-save", "iptables"),
            ("ip6", FirewallTool.Ip6tables, "ip6tables-nft-save", "ip6tables"),
        })
        {
            bool IsOwn(FirewallChain chain) => chain.Family == family && IptablesTables.Contains(chain.Table)
                && ruleset.Chains.Any(other => other.Family == family && other.Table == chain.Table
                    && other.Hook is not FirewallHook.None && !other.Name.Any(char.IsLower));
            if (!ruleset.Chains.Any(IsOwn)
                || Tool.Find(command) is not { } path
                || Tool.Run(path, Patience, cancellationToken, "-c") is not { Failure: null } output)
            {
                continue;
            }

            FirewallRuleset theirs = IptablesReader.Read(output.Text, tool);
            if (theirs.RuleCount < ruleset.Chains.Where(IsOwn).Sum(chain => chain.Rules.Count))
                continue; // nft rules among them, which iptables cannot show: nft's own reading says more

            sources.Add(name);
            ruleset = FirewallRuleset.Join(
                new FirewallRuleset([.. ruleset.Chains.Where(chain => !IsOwn(chain))]), theirs);
        }

        return ruleset;
    }

    private static void ReadLegacy(
        FirewallTool tool,
        string name,
        List<FirewallRuleset> rulesets,
        List<string> sources,
        List<(string What, string Reason)> failures,
        CancellationToken cancellationToken)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"the {name} rules of this machine");
        try
        {
            if (FirewallTables.ReadLegacy(tool is FirewallTool.Ip6tablesLegacy).Length == 0)
            {
                sources.Add(name);
                return;
            }
        }
        catch (LinuxException refusal)
        {
            failures.Add((what, refusal.Message));
            return;
        }

        if (Tool.Find(name + "-save") is not { } path)
        {
            failures.Add((what, $"needs the {name}-save command of the package iptables"));
            return;
        }

        ToolOutput output = Tool.Run(path, Patience, cancellationToken, "-c");
        if (output.Failure is not null)
        {
            failures.Add((what, output.Failure));
            return;
        }

        sources.Add(name);
        rulesets.Add(IptablesReader.Read(output.Text, tool));
    }
}

/// <summary>Reads what <c>nft -a list chain</c> prints: the text of each rule by its handle.</summary>
internal static partial class NftablesText
{
    /// <summary>Reads the rules of a chain.</summary>
    /// <param name="text">The output.</param>
    internal static Dictionary<long, string> Read(string text)
    {
        const string Mark = " # handle ";
        Dictionary<long, string> rules = [];
        string pending = "";
        foreach (string line in text.Split('\n').Select(line => line.Trim()))
        {
            // A long set is wrapped: its rule goes on until the braces are closed.
            string whole = pending.Length == 0 ? line : pending + " " + line;
            int at = whole.LastIndexOf(Mark, StringComparison.Ordinal);
            if (at >= 0 && long.TryParse(whole.AsSpan(at + Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long handle))
            {
                if (!whole[..at].EndsWith('{')) // the handle of the chain itself
                    rules[handle] = CounterValues().Replace(whole[..at], "counter"); // told by itself, and it moves
                pending = "";
            }
            else
            {
                bool isOpen = whole.Count(letter => letter == '{') > whole.Count(letter => letter == '}');
                pending = isOpen && !whole.StartsWith("table ", StringComparison.Ordinal) ? whole : "";
            }
        }

        return rules;
    }

    [GeneratedRegex("counter packets [0-9]+ bytes [0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex CounterValues();
}
