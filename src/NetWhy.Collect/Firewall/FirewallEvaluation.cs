using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Collect.Firewall;

/// <summary>Takes one packet through the rules of the hooks that it passes and notes every rule that can decide about it.</summary>
/// <remarks>
/// Source: nft(8) and iptables(8): chains of one hook run in order of priority; accepting ends one chain only, dropping
/// ends all; a packet that may have been dropped before is dropped for certain by the next rule that surely drops it.
/// </remarks>
internal sealed class FirewallEvaluation
{
    private const int DeepestJump = 16; // the kernel's own limit, NFT_JUMP_STACK_SIZE
    private const int MostSteps = 200_000; // bounds rule sets with many jumps to the same chains

    private readonly FirewallRuleset _ruleset;
    private readonly List<FirewallHit> _hits = [];
    private FirewallPacket _packet;
    private FirewallHook _hook;
    private int _steps;

    private FirewallEvaluation(FirewallRuleset ruleset, FirewallPacket packet)
    {
        _ruleset = ruleset;
        _packet = packet;
    }

    /// <summary>Evaluates.</summary>
    /// <param name="ruleset">The rules.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="hooks">The hooks that it passes, in order.</param>
    /// <returns>The rules and policies that decide or can decide, in order.</returns>
    internal static ImmutableArray<FirewallHit> Evaluate(
        FirewallRuleset ruleset, FirewallPacket packet, params ReadOnlySpan<FirewallHook> hooks) =>
        Evaluate(ruleset, packet, hooks, out _);

    /// <summary>Evaluates, and says how rules left the packet.</summary>
    /// <param name="ruleset">The rules.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="hooks">The hooks that it passes, in order.</param>
    /// <param name="left">The packet after them.</param>
    /// <returns>The rules and policies that decide or can decide, in order.</returns>
    internal static ImmutableArray<FirewallHit> Evaluate(
        FirewallRuleset ruleset, FirewallPacket packet, ReadOnlySpan<FirewallHook> hooks, out FirewallPacket left)
    {
        var evaluation = new FirewallEvaluation(ruleset, packet);
        foreach (FirewallHook hook in hooks)
        {
            if (!evaluation.PassHook(hook))
                break;
        }

        left = evaluation._packet;
        return [.. evaluation._hits];
    }

    private bool PassHook(FirewallHook hook)
    {
        _hook = hook;
        IEnumerable<FirewallChain> chains = _ruleset.Chains
            .Where(chain => chain.Hook == hook && Concerns(chain))
            .OrderBy(chain => chain.Priority);
        foreach (FirewallChain chain in chains)
        {
            if (chain.IsNat && _packet.State is not TrackedState.New)
                continue;
            (Outcome outcome, Truth reached) = Walk(chain, Truth.Certain, depth: 0);
            if (outcome is Outcome.Dropped)
                return false;
            if (outcome is Outcome.EndReached && chain.DropsByDefault)
            {
                Note(chain, rule: null, VerdictKind.Drop, reached);
                if (reached is Truth.Certain)
                    return false;
            }
        }

        return true;
    }

    private bool Concerns(FirewallChain chain) =>
        chain.Family switch
        {
            "ip" => !_packet.IsIPv6 && !_packet.IsArp,
            "ip6" => _packet.IsIPv6 && !_packet.IsArp,
            "inet" => !_packet.IsArp,
            "arp" => _packet.IsArp,
            "netdev" => chain.Devices.IsEmpty || (_packet.Interface is { } device && chain.Devices.Contains(device)),
            "bridge" => _packet.Interface is { } bridge && Directory.Exists($"/sys/class/net/{bridge}/bridge"),
            _ => false,
        };

    /// <summary>Walks one chain.</summary>
    /// <returns>How it ended, and how sure it is that the packet came to that end.</returns>
    private (Outcome Outcome, Truth Reached) Walk(FirewallChain chain, Truth reached, int depth)
    {
        foreach (FirewallRule rule in chain.Rules)
        {
            if (++_steps > MostSteps)
                return (Outcome.EndReached, Truth.Possible);

            (Truth match, FirewallVerdict? verdict) = Match(rule);
            if (match is Truth.No || verdict is null)
                continue;

            Truth sure = match.And(reached);
            switch (verdict.Kind)
            {
                case VerdictKind.Accept:
                    if (match is Truth.Certain)
                        return (Outcome.Accepted, reached);
                    reached = Truth.Possible;
                    break;
                case VerdictKind.Drop or VerdictKind.Reject:
                    Note(chain, rule, verdict.Kind, sure);
                    if (match is Truth.Certain)
                        return (sure is Truth.Certain ? Outcome.Dropped : Outcome.Accepted, reached);
                    break; // dropped here or later: what comes later is as sure as before
                case VerdictKind.Queue:
                    Note(chain, rule, verdict.Kind, Truth.Possible);
                    reached = Truth.Possible;
                    break;
                case VerdictKind.Translate or VerdictKind.Redirect:
                    Note(chain, rule, verdict.Kind, sure);
                    if (match is Truth.Certain)
                    {
                        Translate(verdict);
                        return (Outcome.Accepted, reached);
                    }

                    reached = Truth.Possible;
                    break;
                case VerdictKind.Return:
                    if (match is Truth.Certain)
                        return (Outcome.EndReached, reached);
                    reached = Truth.Possible;
                    break;
                case VerdictKind.Jump or VerdictKind.Goto when depth < DeepestJump:
                    if (_ruleset.Find(chain, verdict.Target ?? "") is not { } target)
                    {
                        reached = Truth.Possible; // an extension that we do not know
                        break;
                    }

                    (Outcome outcome, Truth after) = Walk(target, sure, depth + 1);
                    if (match is Truth.Certain)
                    {
                        if (outcome is not Outcome.EndReached || verdict.Kind is VerdictKind.Goto)
                            return (outcome, after);
                        reached = after;
                    }
                    else if (outcome is Outcome.Accepted || verdict.Kind is VerdictKind.Goto)
                    {
                        reached = Truth.Possible;
                    }
                    else if (outcome is Outcome.EndReached && after is Truth.Possible && sure is Truth.Certain)
                    {
                        reached = Truth.Possible;
                    }

                    break;
            }
        }

        return (Outcome.EndReached, reached);
    }

    private (Truth Match, FirewallVerdict? Verdict) Match(FirewallRule rule)
    {
        Truth match = Truth.Certain;
        FirewallPacket changed = _packet;
        foreach (FirewallStep step in rule.Steps)
        {
            switch (step)
            {
                case FirewallStep.Condition condition:
                    match = match.And(condition.Test(changed));
                    if (match is Truth.No)
                        return (Truth.No, null);
                    break;
                case FirewallStep.Change change:
                    changed = change.Apply(changed);
                    if (match is not Truth.Certain)
                        changed = changed with { State = _packet.State };
                    if (match is Truth.Possible && changed.Mark != _packet.Mark)
                        changed = changed with { Mark = null };
                    if (change.SetsMark && changed.Mark != _packet.Mark)
                        _hits.Add(new FirewallHit(rule.Chain, rule, _hook, VerdictKind.Continue, match) { SetsMark = true });
                    _packet = changed;
                    break;
                case FirewallStep.Decide decide:
                    return (match, decide.Verdict);
                case FirewallStep.DecideByMap map:
                    foreach ((Func<FirewallPacket, Truth> test, FirewallVerdict verdict) in map.Entries)
                    {
                        // The keys of a map exclude each other: the first that can match is followed.
                        Truth entry = test(changed).And(match);
                        if (entry is not Truth.No)
                            return (entry, verdict);
                    }

                    break; // no entry: the rule goes on, nft(8)
            }
        }

        return (match, null);
    }

    private void Translate(FirewallVerdict verdict)
    {
        IPAddress? address = verdict.Kind is VerdictKind.Redirect && _hook is FirewallHook.Output
            ? _packet.IsIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback
            : verdict.Address ?? _packet.Destination;
        _packet = _packet with
        {
            Destination = address,
            DestinationPort = verdict.Port != 0 ? verdict.Port : _packet.DestinationPort,
            // The route is looked up again after an output translation: the interface is not known any more.
            Interface = _hook is FirewallHook.Output && !Equals(address, _packet.Destination) ? null : _packet.Interface,
            IsDestinationLocal = verdict.Kind is VerdictKind.Redirect || (_packet.IsDestinationLocal && Equals(address, _packet.Destination)),
        };
    }

    private void Note(FirewallChain chain, FirewallRule? rule, VerdictKind verdict, Truth match) =>
        _hits.Add(new FirewallHit(chain, rule, _hook, verdict, match));

    private enum Outcome
    {
        EndReached,
        Accepted,
        Dropped,
    }
}

/// <summary>A rule or policy that decides or can decide about a packet.</summary>
/// <param name="Chain">The chain that decides.</param>
/// <param name="Rule">The rule; null for the chain's policy.</param>
/// <param name="Hook">Hook at which it did.</param>
/// <param name="Verdict">What it does.</param>
/// <param name="Match">How sure it is.</param>
internal sealed record FirewallHit(
    FirewallChain Chain, FirewallRule? Rule, FirewallHook Hook, VerdictKind Verdict, Truth Match)
{
    /// <summary>Whether it sets the firewall mark.</summary>
    internal bool SetsMark { get; init; }
}
