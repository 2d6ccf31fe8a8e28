using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>
/// Losses in a machine that captured on all its interfaces and translates addresses: what comes in as one conversation leaves as another
/// one, where it seems lost before. How many conversations are kept is bounded.
/// </summary>
internal sealed class TranslatedLosses
{
    private const int MostConversations = 4096;
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(10);

    private readonly List<Leg> _entering = []; // of which something is lost behind where it comes in
    private readonly List<Leg> _leaving = [];
    private Dictionary<(long Stream, bool IsFromClient), (Leg Entering, Leg Leaving)>? _pairs; // by either of both

    private sealed record Leg(CapturedConversation Conversation, CapturedFlow Flow);

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        if (conversation.FromClient.ComesIn == conversation.FromServer.ComesIn)
            return; // no cooked header tells, or all of it comes in under its own addresses
        Add(conversation, new CapturedFlow(conversation.FromClient, conversation.FromServer, conversation.Client, conversation.Server, IsFromClient: true));
        Add(conversation, new CapturedFlow(conversation.FromServer, conversation.FromClient, conversation.Server, conversation.Client, IsFromClient: false));
    }

    private void Add(CapturedConversation conversation, CapturedFlow flow)
    {
        List<Leg> legs = flow.Sent.ComesIn ? _entering : _leaving;
        bool isMeant = !flow.Sent.ComesIn || (flow.Sent.LostDownstream > 0 && flow.Sent.LostDownstream >= 4 * flow.Sent.LostUpstream);
        if (isMeant && legs.Count < MostConversations)
            legs.Add(new Leg(conversation, flow));
    }

    /// <summary>Where a loss is, after all: what came in under other addresses, and does not leave under these, is lost in this machine.</summary>
    /// <param name="finding">A finding.</param>
    /// <returns>The finding, or a better one.</returns>
    internal Finding Reconsider(Finding finding)
    {
        if (finding is not { Cause: "packet-loss", Where: Where.Path, IsOfClient: { } isOfClient, Reasons: [{ Observation: CapturedConversation conversation }, ..] }
            || !(_pairs ??= Pair()).TryGetValue((conversation.Stream, isOfClient), out (Leg Entering, Leg Leaving) pair)
            || pair.Leaving.Flow.Sent.LostDownstream * 4 > pair.Entering.Flow.Sent.LostDownstream)
        {
            return finding;
        }

        (Leg entering, Leg leaving) = pair;
        CapturedFlow flow = entering.Conversation == conversation ? entering.Flow : leaving.Flow;
        return finding with
        {
            Where = Where.Local,
            Summary = $"Packets from {CapturedScene.Name(flow.Sender)} to {CapturedScene.Name(flow.Receiver)} are lost in the machine of this capture, which translates their addresses: they come in and do not leave it.",
            Reasons =
            [
                .. finding.Reasons.Where(reason => reason.Weight >= Weight.Strong),
                entering.Conversation.Weigh(Weight.VeryStrong, $"stream {entering.Conversation.Stream} and stream {leaving.Conversation.Stream} are one before and behind the translation (begun at once, {Words.Octets(entering.Flow.Sent.UniqueOctets)} and {Words.Octets(leaving.Flow.Sent.UniqueOctets)}): {Words.Count(entering.Flow.Sent.LostDownstream, "segment")} of the first came in again, and {(leaving.Flow.Sent.LostDownstream == 0 ? "none" : $"{leaving.Flow.Sent.LostDownstream}")} of the second left twice"),
            ],
            Remedies = [CapturedLoss.LookForDropsHere],
            Next = [],
        };
    }

    private Dictionary<(long Stream, bool IsFromClient), (Leg Entering, Leg Leaving)> Pair()
    {
        Dictionary<(long Stream, bool IsFromClient), (Leg Entering, Leg Leaving)> pairs = [];
        Leg[] leaving = [.. _leaving.OrderBy(leg => leg.Conversation.FirstAt)];
        DateTimeOffset[] begins = [.. leaving.Select(leg => leg.Conversation.FirstAt)];
        foreach (Leg entering in _entering)
        {
            if (LeavingOf(entering, leaving, begins) is not { } other)
                continue;
            pairs.TryAdd((entering.Conversation.Stream, entering.Flow.IsFromClient), (entering, other));
            pairs.TryAdd((other.Conversation.Stream, entering.Flow.IsFromClient), (entering, other));
        }

        return pairs;
    }

    // The one that it is behind the translation; null where several may be.
    private static Leg? LeavingOf(Leg entering, Leg[] leaving, DateTimeOffset[] begins)
    {
        int from = Array.BinarySearch(begins, entering.Conversation.FirstAt - AtOnce);
        List<Leg> alike = [];
        for (int index = from < 0 ? ~from : FirstOf(begins, from); index < leaving.Length && begins[index] <= entering.Conversation.FirstAt + AtOnce; index++)
        {
            if (AreOne(entering, leaving[index]))
                alike.Add(leaving[index]);
        }

        List<Leg> kept = alike.Count < 2 ? alike : [.. alike.Where(leg => leg.Conversation.Client.Port == entering.Conversation.Client.Port && leg.Conversation.Server.Port == entering.Conversation.Server.Port)];
        return kept is [var one] ? one : null;
    }

    private static int FirstOf(DateTimeOffset[] begins, int index)
    {
        while (index > 0 && begins[index - 1] == begins[index])
            index--;
        return index;
    }

    // One end is the same, and what was said is, but for what was on its way when the capture ended.
    private static bool AreOne(Leg one, Leg other) =>
        one.Flow.IsFromClient == other.Flow.IsFromClient && AreAlike(one.Flow.Sent, other.Flow.Sent) && AreAlike(one.Flow.Answered, other.Flow.Answered)
        && (one.Conversation.Server.Equals(other.Conversation.Server) || one.Conversation.Client.Equals(other.Conversation.Client))
        && (one.Conversation.FirstAt - other.Conversation.FirstAt).Duration() <= AtOnce;

    private static bool AreAlike(CapturedDirection one, CapturedDirection other) => Math.Abs(one.UniqueOctets - other.UniqueOctets) <= Math.Max(one.MostInFlight, other.MostInFlight);
}
