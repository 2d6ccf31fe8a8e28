using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Collect.Firewall;

/// <summary>The chains of one kind of firewall.</summary>
/// <param name="Chains">The chains.</param>
internal sealed record FirewallRuleset(ImmutableArray<FirewallChain> Chains)
{
    /// <summary>Number of rules.</summary>
    internal int RuleCount => Chains.Sum(chain => chain.Rules.Count);

    /// <summary>Puts the chains of several rule sets together.</summary>
    /// <param name="others">The rule sets.</param>
    internal static FirewallRuleset Join(params IEnumerable<FirewallRuleset> others) =>
        new([.. others.SelectMany(set => set.Chains)]);

    /// <summary>Hooks from which packets come to a chain, by jumps too.</summary>
    /// <param name="chain">The chain.</param>
    internal ImmutableArray<FirewallHook> HooksOf(FirewallChain chain)
    {
        HashSet<FirewallHook> hooks = [];
        HashSet<FirewallChain> seen = [chain];
        Stack<FirewallChain> open = new([chain]);
        while (open.TryPop(out FirewallChain? next))
        {
            if (next.Hook is not FirewallHook.None)
                hooks.Add(next.Hook);
            foreach (FirewallChain caller in Chains.Where(other => other.Table == next.Table && other.Family == next.Family && other.Tool == next.Tool
                && other.Rules.Any(rule => rule.Verdicts.Any(verdict => verdict.Target == next.Name)) && seen.Add(other)))
            {
                open.Push(caller);
            }
        }

        return [.. hooks.Order()];
    }

    /// <summary>Rules that drop or refuse packets since they fit no connection: those of one they leave alone.</summary>
    internal IEnumerable<FirewallRule> AgainstInvalid()
    {
        var packet = new FirewallPacket(PacketKind.AnswerData, FirewallPacket.Tcp, Source: null, Destination: null);
        return Chains.SelectMany(chain => chain.Rules).Where(rule => rule.Steps.Any(IsByMap) || (rule.Verdicts.Any(IsEnd) && rule.Steps.OfType<FirewallStep.Condition>().Any(condition => IsOfInvalid(condition.Test))));

        bool IsByMap(FirewallStep step) => step is FirewallStep.DecideByMap map && map.Entries.Any(entry => IsEnd(entry.Verdict) && IsOfInvalid(entry.Test));

        bool IsOfInvalid(Func<FirewallPacket, Truth> test) =>
            test(packet with { State = TrackedState.Invalid }) is Truth.Certain
            && test(packet with { State = TrackedState.Established }) is Truth.No;

        static bool IsEnd(FirewallVerdict verdict) => verdict.Kind is VerdictKind.Drop or VerdictKind.Reject;
    }

    /// <summary>Finds a chain of the same table; null if there is none.</summary>
    /// <param name="from">A chain of the table.</param>
    /// <param name="name">Name of the chain wanted.</param>
    internal FirewallChain? Find(FirewallChain from, string name) =>
        Chains.FirstOrDefault(chain => chain.Name == name && chain.Table == from.Table
            && chain.Family == from.Family && chain.Tool == from.Tool);
}

/// <summary>One chain.</summary>
/// <param name="Tool">Tool that manages it.</param>
/// <param name="Family">Family as nftables names it: <c>ip</c>, <c>ip6</c>, <c>inet</c>, <c>bridge</c>, <c>arp</c>, <c>netdev</c>.</param>
/// <param name="Table">Table.</param>
/// <param name="Name">Name.</param>
/// <param name="Hook">Where it looks at packets.</param>
internal sealed record FirewallChain(FirewallTool Tool, string Family, string Table, string Name, FirewallHook Hook)
{
    /// <summary>Order among the chains of a hook: lower comes first.</summary>
    internal int Priority { get; init; }

    /// <summary>Whether it translates addresses: only the first packet of a flow passes through it.</summary>
    internal bool IsNat { get; init; }

    /// <summary>Whether packets that no rule decides are dropped.</summary>
    internal bool DropsByDefault { get; init; }

    /// <summary>Packets that its policy decided; null if not counted.</summary>
    internal long? PolicyPackets { get; init; }

    /// <summary>Interfaces that it looks at; empty for all.</summary>
    internal ImmutableArray<string> Devices { get; init; } = [];

    /// <summary>Its rules, in order.</summary>
    internal List<FirewallRule> Rules { get; } = [];
}

/// <summary>Tools that manage rules.</summary>
internal enum FirewallTool
{
    /// <summary>nft(8)</summary>
    Nft,

    /// <summary>iptables(8) over nftables.</summary>
    Iptables,

    /// <summary>ip6tables(8) over nftables.</summary>
    Ip6tables,

    /// <summary>iptables-legacy(8)</summary>
    IptablesLegacy,

    /// <summary>ip6tables-legacy(8)</summary>
    Ip6tablesLegacy,
}

/// <summary>One rule.</summary>
/// <param name="Chain">Its chain.</param>
/// <param name="Number">Its place in the chain, from 1.</param>
/// <param name="Steps">What it does, in order.</param>
internal sealed record FirewallRule(FirewallChain Chain, int Number, ImmutableArray<FirewallStep> Steps)
{
    /// <summary>nftables handle; null for iptables.</summary>
    internal long? Handle { get; init; }

    /// <summary>The rule as its tool writes it; null if the tool has not been asked yet.</summary>
    internal string? Text { get; init; }

    /// <summary>Packets counted; null without a counter.</summary>
    internal long? Packets { get; init; }

    /// <summary>Whether its counter counts before a further condition of the rule, and so more than the rule decides.</summary>
    internal bool CountsTooMuch { get; init; }

    /// <summary>What it may decide.</summary>
    internal IEnumerable<FirewallVerdict> Verdicts => Steps.SelectMany(IEnumerable<FirewallVerdict> (step) => step switch
    {
        FirewallStep.Decide decide => [decide.Verdict],
        FirewallStep.DecideByMap map => map.Entries.Select(entry => entry.Verdict),
        _ => [],
    });
}

/// <summary>One part of a rule.</summary>
internal abstract record FirewallStep
{
    /// <summary>The packet must meet it, or the rule ends.</summary>
    /// <param name="Test">Whether it does.</param>
    internal sealed record Condition(Func<FirewallPacket, Truth> Test) : FirewallStep;

    /// <summary>Changes the packet.</summary>
    /// <param name="Apply">The packet as it goes on.</param>
    internal sealed record Change(Func<FirewallPacket, FirewallPacket> Apply) : FirewallStep
    {
        /// <summary>Whether it sets the firewall mark, which can choose another route.</summary>
        internal bool SetsMark { get; init; }
    }

    /// <summary>Decides.</summary>
    /// <param name="Verdict">How.</param>
    internal sealed record Decide(FirewallVerdict Verdict) : FirewallStep;

    /// <summary>Decides by a map from a field of the packet.</summary>
    /// <param name="Entries">The entries: whether the packet has that value, and what then.</param>
    internal sealed record DecideByMap(ImmutableArray<(Func<FirewallPacket, Truth> Test, FirewallVerdict Verdict)> Entries)
        : FirewallStep;
}

/// <summary>What a rule decides.</summary>
/// <param name="Kind">What it does.</param>
internal sealed record FirewallVerdict(VerdictKind Kind)
{
    /// <summary>Chain to go to; null if none.</summary>
    internal string? Target { get; init; }

    /// <summary>New destination address of a translation; null if it stays.</summary>
    internal IPAddress? Address { get; init; }

    /// <summary>New destination port of a translation; 0 if it stays.</summary>
    internal int Port { get; init; }
}

/// <summary>Kinds of verdict.</summary>
internal enum VerdictKind
{
    /// <summary>Lets it pass this chain's hook.</summary>
    Accept,

    /// <summary>Drops it.</summary>
    Drop,

    /// <summary>Refuses it with a RST or an ICMP error.</summary>
    Reject,

    /// <summary>Hands it to a program, which may drop it.</summary>
    Queue,

    /// <summary>Goes on in another chain and comes back.</summary>
    Jump,

    /// <summary>Goes on in another chain.</summary>
    Goto,

    /// <summary>Goes back.</summary>
    Return,

    /// <summary>Goes on with the next rule.</summary>
    Continue,

    /// <summary>Sends it to another destination.</summary>
    Translate,

    /// <summary>Sends it to this machine.</summary>
    Redirect,
}
