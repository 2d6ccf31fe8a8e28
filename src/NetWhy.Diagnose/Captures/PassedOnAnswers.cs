using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>A proxy and its backend in one capture: what the proxy waits for is the backend's time, and what it answers to a failure that failure.</summary>
internal static class PassedOnAnswers
{
    private const double MostOfIt = 0.8;

    private static readonly TimeSpan RightAfter = TimeSpan.FromMilliseconds(100);
    private const int MostServers = 64;
    private const int Telling = 4; // octets of a URI: many ask for /

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

        return JoinFailures([.. slow, .. others]);
    }

    // A proxy answers 502, 503 or 504 when what it asks fails: that is in the file, too.
    private static CaptureFinding[] JoinFailures(CaptureFinding[] all)
    {
        List<CaptureFinding> joined = [.. all];
        foreach (CaptureFinding outer in all.Where(found => found.Finding.Cause is "http-bad-gateway" or "http-unavailable" or "http-gateway-timeout").Take(MostServers))
        {
            CapturedRequest? failed = null;
            int place = joined.FindIndex(inner => (failed = FailedFor(outer, inner)) is not null);
            if (place < 0)
                continue;
            CaptureFinding cause = joined[place];
            CapturedConversation conversation = ConversationOf(outer)!;
            string proxy = CapturedScene.Name(conversation.Server);
            Severity severity = outer.Finding.Severity > cause.Finding.Severity ? outer.Finding.Severity : cause.Finding.Severity;
            joined[place] = Explaining(
                cause with { Finding = cause.Finding with { Severity = severity } }, outer, $"{proxy}, which passes that on, answers {failed!.Status}",
                conversation.Weigh(Weight.Hint, $"{proxy} is asked for {failed.Method} {failed.Uri} before{CapturedScene.Numbers(failed.Packet)}, and answers {failed.Status} behind it{CapturedScene.Numbers(failed.ResponsePacket)}"),
                failed.Packet, failed.ResponsePacket);
            joined.Remove(outer);
        }

        return [.. joined];
    }

    // The request whose failure another one explains: it lies between it and its answer, as often, and where it is a request, it is the same one.
    private static CapturedRequest? FailedFor(CaptureFinding outer, CaptureFinding inner)
    {
        if (inner.Finding.Severity is Severity.Info || inner.Count != outer.Count || inner.Finding.Cause.StartsWith("dns-", StringComparison.Ordinal) || ConversationOf(outer) is not { Http: { } http } asked || ConversationOf(inner) is not { } other
            || other.Server.Equals(asked.Server) || !MayPassOn(asked, other))
        {
            return null;
        }

        return http.Worst.FirstOrDefault(request => request is { Status: 502 or 503 or 504, Packet: > 0 } && inner.Finding.Packets.Any(packet => packet > request.Packet && packet < request.ResponsePacket)
            && (IsOfProxy(asked, other) || request.Uri.Length >= Telling)
            && (other.FromClient.Octets == 0 ? IsOfProxy(asked, other) : other.Http?.Worst.Any(passedOn => passedOn.Method == request.Method && IsSame(passedOn.Uri, request.Uri)) is true));
    }

    /// <summary>Whether two requests may be for the same, with and without what stands before the path.</summary>
    /// <param name="uri">The target of one.</param>
    /// <param name="other">That of the other.</param>
    internal static bool IsSame(string uri, string other)
    {
        return uri == other || (Math.Min(uri.Length, other.Length) >= Telling && (uri.EndsWith(other, StringComparison.Ordinal) || other.EndsWith(uri, StringComparison.Ordinal)));
    }

    /// <summary>Whether a connection may be one of the proxy that another one asks: where the capture tells what came into its machine, that has to open it.</summary>
    /// <param name="asked">The conversation with the proxy.</param>
    /// <param name="other">The other one.</param>
    internal static bool MayPassOn(CapturedConversation asked, CapturedConversation other) =>
        !other.Client.Address.Equals(asked.Client.Address) && (!asked.FromClient.ComesIn || !other.FromClient.ComesIn);

    // By its address, or because the machine of the capture is asked, and opens it.
    private static bool IsOfProxy(CapturedConversation asked, CapturedConversation other) =>
        other.Client.Address.Equals(asked.Server.Address) || (asked.FromClient.ComesIn && !asked.FromServer.ComesIn && !other.FromClient.ComesIn);

    private static CaptureFinding Joined(CaptureFinding outer, CapturedRequest asked, CaptureFinding inner)
    {
        CapturedConversation conversation = ConversationOf(outer)!;
        string proxy = CapturedScene.Name(conversation.Server);
        return Explaining(
            inner, outer, $"{proxy}, which passes that on, only waits for it",
            conversation.Weigh(Weight.Strong, $"{proxy} is asked for the same before{CapturedScene.Numbers(asked.Packet)}, and answers right after it{CapturedScene.Numbers(asked.ResponsePacket)}: of its {Words.Of(asked.ResponseTime!.Value)} that one takes {Words.Of(SlowestOf(inner)!.ResponseTime!.Value)}"),
            asked.Packet, asked.ResponsePacket);
    }

    /// <summary>What is found behind a proxy, and explains what is found before it.</summary>
    /// <param name="inner">What is found behind it.</param>
    /// <param name="outer">What is found before it.</param>
    /// <param name="says">What that means of the proxy.</param>
    /// <param name="reason">What tells so.</param>
    /// <param name="packets">Packets that prove it.</param>
    internal static CaptureFinding Explaining(CaptureFinding inner, CaptureFinding outer, string says, Reason reason, params long[] packets) => inner with
    {
        Finding = inner.Finding with
        {
            Summary = $"{inner.Finding.Summary.TrimEnd('.')}; {says}.",
            Reasons = [.. inner.Finding.Reasons, reason],
            Packets = [.. inner.Finding.Packets.Concat(packets).Distinct().Order()],
        },
        Explained = [.. inner.Explained, outer.Finding, .. outer.Explained],
    };

    // What a proxy was asked for while it asked another server for the same, and most of whose time that took.
    private static CapturedRequest? AskedFor(CaptureFinding outer, CaptureFinding inner)
    {
        if (SlowestOf(inner) is not { } passedOn || ConversationOf(outer) is not { Http: { } http } || SlowestOf(outer) is null || ConversationOf(outer)!.Server.Equals(ConversationOf(inner)!.Server) || ConversationOf(outer)!.Client.Address.Equals(ConversationOf(inner)!.Client.Address))
            return null;
        return http.Worst.FirstOrDefault(request => request.Method == passedOn.Method && request.Uri == passedOn.Uri && request.Packet > 0
            && request.Packet < passedOn.Packet && passedOn.ResponsePacket < request.ResponsePacket && passedOn.ResponseTime >= request.ResponseTime * MostOfIt && request.ResponseTime - passedOn.ResponseTime <= RightAfter);
    }

    private static CapturedConversation? ConversationOf(CaptureFinding found) => found.Finding.Reasons is [{ Observation: CapturedConversation conversation }, ..] ? conversation : null;

    /// <summary>The slowest request of a slow server; null if the finding is another one.</summary>
    /// <param name="found">The finding.</param>
    internal static CapturedRequest? SlowestOf(CaptureFinding found) => found.Finding.Cause == "http-slow-server" && ConversationOf(found)?.Http is { } http
        ? http.Worst.Where(request => request is { Packet: > 0, ResponsePacket: > 0, ResponseTime: not null }).MaxBy(request => request.ResponseTime) : null;
}
