using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>A proxy and its backend in one capture: what the proxy waits for is the backend's time.</summary>
internal static class PassedOnAnswers
{
    private const double MostOfIt = 0.8;

    private static readonly TimeSpan RightAfter = TimeSpan.FromMilliseconds(100);
    private const int MostServers = 64;

    /// <summary>Has a slow backend explain the proxy that asks it for the same.</summary>
    /// <param name="all">What was found.</param>
    internal static CaptureFinding[] Join(CaptureFinding[] all)
    {
        List<CaptureFinding> slow = [.. all.Where(found => SlowestOf(found) is not null).Take(MostServers)];
        List<CaptureFinding> others = [.. all.Except(slow)];
        foreach (CaptureFinding outer in slow.ToArray())
        {
            // The innermost: a proxy may ask a proxy.
            CaptureFinding? inner = slow.Where(other => AskedFor(outer, other) is not null).MinBy(other => SlowestOf(other)!.ResponseTime);
            if (inner is null || !slow.Remove(outer))
                continue;
            slow[slow.IndexOf(inner)] = Joined(outer, AskedFor(outer, inner)!, inner);
        }

        return [.. slow, .. others];
    }

    private static CaptureFinding Joined(CaptureFinding outer, CapturedRequest asked, CaptureFinding inner)
    {
        CapturedConversation conversation = ConversationOf(outer)!;
        string proxy = CapturedScene.Name(conversation.Server);
        return inner with
        {
            Finding = inner.Finding with
            {
                Summary = $"{inner.Finding.Summary.TrimEnd('.')}; {proxy}, which passes that on, only waits for it.",
                Reasons = [.. inner.Finding.Reasons, conversation.Weigh(Weight.Strong, $"{proxy} is asked for the same before{CapturedScene.Numbers(asked.Packet)}, and answers right after it{CapturedScene.Numbers(asked.ResponsePacket)}: of its {Words.Of(asked.ResponseTime!.Value)} that one takes {Words.Of(SlowestOf(inner)!.ResponseTime!.Value)}")],
                Packets = [.. inner.Finding.Packets.Append(asked.Packet).Append(asked.ResponsePacket).Distinct().Order()],
            },
            Explained = [.. inner.Explained, outer.Finding, .. outer.Explained],
        };
    }

    // What a proxy was asked for while it asked another server for the same, and most of whose time that took.
    private static CapturedRequest? AskedFor(CaptureFinding outer, CaptureFinding inner)
    {
        if (SlowestOf(inner) is not { } passedOn || ConversationOf(outer) is not { Http: { } http } || SlowestOf(outer) is null || ConversationOf(outer)!.Server.Equals(ConversationOf(inner)!.Server) || ConversationOf(outer)!.Client.Address.Equals(ConversationOf(inner)!.Client.Address))
            return null;
        return http.Worst.FirstOrDefault(request => request.Method == passedOn.Method && request.Uri == passedOn.Uri && request.Packet > 0
            && request.Packet < passedOn.Packet && passedOn.ResponsePacket < request.ResponsePacket && passedOn.ResponseTime >= request.ResponseTime * MostOfIt && request.ResponseTime - passedOn.ResponseTime <= RightAfter);
    }

    private static CapturedConversation? ConversationOf(CaptureFinding found) => found.Finding.Reasons is [{ Observation: CapturedConversation conversation }, ..] ? conversation : null;

    private static CapturedRequest? SlowestOf(CaptureFinding found) => found.Finding.Cause == "http-slow-server" && ConversationOf(found)?.Http is { } http
        ? http.Worst.Where(request => request is { Packet: > 0, ResponsePacket: > 0, ResponseTime: not null }).MaxBy(request => request.ResponseTime) : null;
}
