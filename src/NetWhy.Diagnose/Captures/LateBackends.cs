using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>A proxy and the connections that it opens, in one capture: where one of them opens late, the proxy's program only waits. How many are kept is bounded.</summary>
internal sealed class LateBackends
{
    private const int MostConversations = 1024;
    private const double MostOfIt = 0.8;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(900); // after which a SYN is sent again: 1 s (RFC 6298)

    private readonly List<CapturedConversation> _late = [];

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        if (conversation is { FromClient: { Syns: >= 2, Octets: > 0 }, Http: not null } && conversation.FromClient.SynSpan >= Patience && _late.Count < MostConversations)
            _late.Add(conversation);
    }

    /// <summary>Has a connection that opened late explain the answer that waited for it.</summary>
    /// <param name="all">What was found.</param>
    internal CaptureFinding[] Join(CaptureFinding[] all)
    {
        List<CaptureFinding> joined = [.. all];
        foreach (CaptureFinding outer in all)
        {
            if (outer.Finding.Reasons is not [{ Observation: CapturedConversation asked }, ..] || PassedOnAnswers.SlowestOf(outer) is not { } slowest
                || _late.Find(late => WaitsFor(asked, slowest, late)) is not { } inner
                || joined.FindIndex(found => IsAbout(found, inner)) is not (>= 0 and var place))
            {
                continue;
            }

            joined[place] = Joined(outer, asked, slowest, joined[place], inner);
            joined.Remove(outer);
        }

        return [.. joined];
    }

    // The same is asked for over it, between the question and the answer, and its opening takes most of that time.
    private static bool WaitsFor(CapturedConversation asked, CapturedRequest slowest, CapturedConversation late) =>
        late.FirstPacket > slowest.Packet && late.FirstPacket < slowest.ResponsePacket && !late.Server.Equals(asked.Server) && PassedOnAnswers.MayPassOn(asked, late) && late.FromClient.SynSpan >= slowest.ResponseTime * MostOfIt
        && late.Http!.Worst.Any(request => request.Method == slowest.Method && request.Packet < slowest.ResponsePacket && PassedOnAnswers.IsSame(request.Uri, slowest.Uri));

    private static bool IsAbout(CaptureFinding found, CapturedConversation late) =>
        found.Finding is { Cause: "packet-loss" or "connection-rate-limited" or "accept-queue-full", IsOfClient: null, Reasons: [{ Observation: CapturedConversation { FromClient.Syns: >= 2 } conversation }, ..] } && conversation.Server.Equals(late.Server);

    private static CaptureFinding Joined(CaptureFinding outer, CapturedConversation asked, CapturedRequest slowest, CaptureFinding inner, CapturedConversation late)
    {
        string proxy = CapturedScene.Name(asked.Server);
        return PassedOnAnswers.Explaining(
            inner, outer, $"{proxy}, which opens it to pass on what it is asked for, only waits for it",
            asked.Weigh(Weight.Strong, $"{proxy} is asked for {slowest.Method} {slowest.Uri}{CapturedScene.Numbers(slowest.Packet)}, opens the connection{CapturedScene.Numbers(late.FirstPacket)}, asks over it and answers{CapturedScene.Numbers(slowest.ResponsePacket)}: of its {Words.Of(slowest.ResponseTime!.Value)} the opening takes {Words.Of(late.FromClient.SynSpan)}"),
            slowest.Packet, late.FirstPacket, slowest.ResponsePacket);
    }
}
