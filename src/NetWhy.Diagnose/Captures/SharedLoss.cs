using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Loss that no single conversation shows: many short ones to one server, of which some have to send a segment again.</summary>
internal sealed class SharedLoss
{
    private const int MostServers = 4096;
    private const int LeastRepeats = 5;
    private const int LeastConversations = 3; // that have some
    private const double LeastShare = 0.005; // of the packets; short conversations feel each loss, but few of them do
    private const int MostPackets = 8;

    private readonly Dictionary<CapturedEnd, Sum> _sums = [];

    private sealed class Sum
    {
        internal long Packets { get; set; }

        internal int Repeats { get; set; }

        internal int Upstream { get; set; }

        internal int Downstream { get; set; }

        internal int Conversations { get; set; }

        internal int Lossy { get; set; }

        internal TimeSpan Longest { get; set; }

        internal List<long> Proofs { get; } = [];
    }

    /// <summary>Counts a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        if (conversation.FromClient.Packets == 0 || conversation.FromServer.Packets == 0)
            return;
        if (!_sums.TryGetValue(conversation.Server, out Sum? sum))
        {
            if (_sums.Count >= MostServers)
                return;
            _sums.Add(conversation.Server, sum = new Sum());
        }

        int before = sum.Repeats;
        Add(sum, new CapturedFlow(conversation.FromClient, conversation.FromServer, conversation.Client, conversation.Server, IsFromClient: true));
        Add(sum, new CapturedFlow(conversation.FromServer, conversation.FromClient, conversation.Server, conversation.Client, IsFromClient: false));
        sum.Conversations++;
        sum.Lossy += sum.Repeats > before ? 1 : 0;
    }

    /// <summary>The losses, with their servers, and how many conversations have some.</summary>
    /// <param name="capture">The capture.</param>
    internal IEnumerable<(CapturedEnd Server, Finding Finding, int Lossy)> Judge(CaptureRead capture) => _sums
        .Where(pair => pair.Value.Repeats >= LeastRepeats && pair.Value.Lossy >= LeastConversations && pair.Value.Repeats >= pair.Value.Packets * LeastShare)
        .Select(pair => (pair.Key, Found(capture, pair.Key, pair.Value), pair.Value.Lossy));

    private static void Add(Sum sum, CapturedFlow flow)
    {
        CapturedDirection sent = flow.Sent;
        sum.Packets += flow.Packets;
        // One that repeats to the end is a question of a peer that is gone; a closed window is no loss.
        if (flow.RealRepeats == 0 || sent.MostRepeatsInRow >= 4 || flow.Answered.WindowClosures > 0 || sent.UnacknowledgedOctets > 0)
            return;
        sum.Repeats += flow.RealRepeats;
        sum.Upstream += flow.LostUpstream;
        sum.Downstream += flow.LostDownstream;
        sum.Longest = sent.LongestRepair > sum.Longest ? sent.LongestRepair : sum.Longest;
        if (sum.Proofs.Count < MostPackets)
            sum.Proofs.AddRange(sent.TroublePackets.Take(MostPackets - sum.Proofs.Count));
    }

    private static Finding Found(CaptureRead capture, CapturedEnd server, Sum sum) => new(
        "packet-loss", Severity.Warning, Where.Path,
        $"Now and then a packet of connections with {CapturedScene.Name(server)} is lost: {sum.Lossy} of {sum.Conversations} connections had to send some again, {Words.Percent(sum.Repeats, sum.Packets)} of the packets.",
        [
            capture.Weigh(Weight.VeryStrong, $"{sum.Repeats} of {sum.Packets} packets were sent again{CapturedScene.Numbers(sum.Proofs)}, the longest repair took {Words.Of(sum.Longest)}"),
            capture.Weigh(Weight.Hint, $"{sum.Downstream} of them had passed here and were lost behind, {sum.Upstream} never came here"),
        ])
    {
        Subject = server.Address,
        Packets = [.. sum.Proofs],
        Remedies = [new Remedy("Look for drops and errors on the interfaces of the way.", "ip -s -s link; nstat -az TcpRetransSegs", CapturedScene.Machine(server.Address))],
        Next = ["Capture at both ends at the same time to see where they are lost."],
    };
}
