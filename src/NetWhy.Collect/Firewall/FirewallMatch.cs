using System.Collections.Immutable;
using NetWhy.Collect.Probes;
using NetWhy.Evidence;

namespace NetWhy.Collect.Firewall;

/// <summary>A rule or policy that decides, or can decide, about a packet of a flow.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Hit">What decides.</param>
internal sealed record FirewallMatch(FirewallFlow Flow, PacketKind Packet, FirewallHit Hit)
{
    private const int MostMatches = 64;

    private static readonly TimeSpan TextsPatience = TimeSpan.FromSeconds(3); // for the chains of all matches together

    /// <summary>Flows that programs of this machine have begun and that get no answer.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<IEnumerable<FirewallFlow>> PendingAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        PendingConnections? pending = await context.Evidence.FirstAsync<PendingConnections>(_ => true, [SocketGroupsProbe.Id], cancellationToken);
        return (pending?.Top ?? []).Select(to => FirewallFlow.To("pending", FirewallPacket.Tcp, to.Address, to.Port) with { User = null }); // its program's user is not asked for
    }

    /// <summary>What of a rule set decides about flows.</summary>
    /// <param name="ruleset">The rules.</param>
    /// <param name="flows">The flows.</param>
    internal static IEnumerable<FirewallMatch> Of(FirewallRuleset ruleset, IEnumerable<FirewallFlow> flows)
    {
        foreach (FirewallFlow flow in flows)
        {
            HashSet<(FirewallChain, FirewallRule?)> seen = [];
            bool isUntracked = false;
            foreach ((FirewallPacket expected, ImmutableArray<FirewallHook> hooks) in flow.Packets())
            {
                FirewallPacket packet = isUntracked ? expected.OfUntracked() : expected;
                ImmutableArray<FirewallHit> hits = FirewallEvaluation.Evaluate(ruleset, packet, hooks.AsSpan(), out FirewallPacket left);
                isUntracked |= packet.Kind is PacketKind.Opening or PacketKind.Echo && left.State is TrackedState.Untracked;
                foreach (FirewallHit hit in hits.Where(hit => seen.Add((hit.Chain, hit.Rule))))
                    yield return new FirewallMatch(flow, packet.Kind, hit);
                if (packet.Kind is PacketKind.Opening && hits.Any(IsEnd))
                    break; // nothing comes after a first packet that does not leave
            }
        }

        static bool IsEnd(FirewallHit hit) =>
            hit is { Match: Truth.Certain, Verdict: VerdictKind.Drop or VerdictKind.Reject };
    }

    /// <summary>Reports what was found.</summary>
    /// <param name="context">Where to report.</param>
    /// <param name="matches">What was found.</param>
    /// <param name="after">A later reading of the rules, for their counters; null if there was none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static void Report(
        ProbeContext context, IEnumerable<FirewallMatch> matches, FirewallIndex? after, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TextsPatience);
        Dictionary<FirewallChain, Dictionary<long, string>> texts = [];
        foreach (FirewallMatch match in matches.Take(MostMatches))
        {
            (FirewallFlow flow, PacketKind packet, FirewallHit hit) = match;
            FirewallChain chain = hit.Rule?.Chain ?? hit.Chain;
            string? text = hit.Rule?.Text;
            if (hit.Rule?.Handle is { } handle)
            {
                if (!texts.TryGetValue(chain, out Dictionary<long, string>? ofChain))
                    texts[chain] = ofChain = FirewallReading.TextsWithin(chain, limit.Token);
                text = ofChain.GetValueOrDefault(handle);
            }

            context.Report(new FirewallRuleMatch(
                $"{chain.Family} {chain.Table}",
                chain.Name,
                hit.Hook.ToString().ToLowerInvariant(),
                hit.Rule is null ? "policy drop" : text ?? FirewallReading.Unprintable,
                VerdictName(hit),
                hit.Match is Truth.Certain ? RuleMatch.Certain : RuleMatch.Possible)
            {
                Handle = hit.Rule?.Handle,
                Number = hit.Rule is { Handle: null } ? hit.Rule.Number : null,
                Tool = FirewallUndo.ToolName(chain.Tool),
                PacketsBefore = hit.Rule is null ? chain.PolicyPackets : hit.Rule.Packets,
                PacketsAfter = hit.Rule is null ? after?.FindAgain(chain)?.PolicyPackets : after?.FindAgain(hit.Rule)?.Packets,
                Flow = flow.Name,
                Packet = PacketName(packet),
                Address = flow.Address,
                Port = flow.Port,
                Purpose = flow.Purpose,
                Undo = FirewallUndo.Command(flow, packet, hit),
            });
        }
    }

    private static string VerdictName(FirewallHit hit) => hit.SetsMark ? "mark" : hit.Verdict switch
    {
        VerdictKind.Drop => "drop",
        VerdictKind.Reject => "reject",
        VerdictKind.Queue => "queue",
        VerdictKind.Redirect => "redirect",
        _ => "dnat",
    };

    private static string PacketName(PacketKind packet) => packet switch
    {
        PacketKind.Opening => "opening",
        PacketKind.Answer => "answer",
        PacketKind.Data => "data",
        PacketKind.AnswerData => "answer-data",
        PacketKind.Echo => "echo",
        PacketKind.EchoReply => "echo-reply",
        PacketKind.PacketTooBig => "packet-too-big",
        PacketKind.NeighbourRequest => "neighbour-request",
        PacketKind.NeighbourAnswer => "neighbour-answer",
        _ => "client-opening",
    };
}
