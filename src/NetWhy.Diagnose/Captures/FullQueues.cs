using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>
/// Servers that answer SYNs and leave the first data behind the handshake without an acknowledgment, and nothing else: Linux drops
/// what ends a handshake while the accept queue is full. How many servers are kept is bounded.
/// </summary>
internal sealed class FullQueues
{
    private const int MostServers = 4096;
    private const int LeastRepeats = 8;
    private const int LeastConversations = 3; // that have some
    private const int Few = 10; // one in so many
    private const int Expected = 5; // of the others, if all were lost as often
    private const int LargeSegment = 1000; // octets; many of these at once, as browsers send, may overflow a queue on the way, and nothing else does
    private const int MostPackets = 8;

    private readonly Dictionary<CapturedEnd, Sum> _sums = [];

    private sealed class Sum
    {
        internal int Opened { get; set; }

        internal int Late { get; set; }

        internal int Large { get; set; } // of these, with large segments

        internal int First { get; set; } // segments, sent again, of which nothing had been acknowledged

        internal int Others { get; set; } // that were sent again

        internal int Chances { get; set; } // for others, the same way: ends

        internal TimeSpan Longest { get; set; }

        internal List<long> Proofs { get; } = [];
    }

    /// <summary>Counts a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        CapturedDirection client = conversation.FromClient, server = conversation.FromServer;
        // What is never acknowledged, or only in pieces, vanishes for another reason.
        if (client.Syns == 0 || server.Syns == 0 || client.Octets == 0 || client.UnacknowledgedOctets > 0 || client.PieceLength > 0)
            return;
        if (!_sums.TryGetValue(conversation.Server, out Sum? sum))
        {
            if (_sums.Count >= MostServers)
                return;
            _sums.Add(conversation.Server, sum = new Sum());
        }

        var asked = new CapturedFlow(client, server, conversation.Client, conversation.Server, IsFromClient: true);
        var answered = new CapturedFlow(server, client, conversation.Server, conversation.Client, IsFromClient: false);
        int first = Math.Min(client.RepeatedFirst, asked.RealRepeats);
        sum.Opened++;
        sum.First += first;
        sum.Others += asked.RealRepeats - first + answered.RealRepeats + client.FinRepeats + server.FinRepeats;
        sum.Chances += client.FinPacket > 0 ? 1 : 0;
        if (first == 0)
            return;
        sum.Late++;
        sum.Large += client.LargestSegment >= LargeSegment ? 1 : 0;
        sum.Longest = client.LongestRepair > sum.Longest ? client.LongestRepair : sum.Longest;
        if (sum.Proofs.Count < MostPackets)
            sum.Proofs.AddRange(client.TroublePackets.Take(1));
    }

    /// <summary>The servers whose queue seems full, and what tells so.</summary>
    /// <param name="capture">The capture.</param>
    internal IEnumerable<(CapturedEnd Server, Finding Finding)> Judge(CaptureRead capture) => _sums
        .Where(pair => pair.Value is var sum && sum.First >= LeastRepeats && sum.Late >= LeastConversations && sum.Others * Few <= sum.First && (long)sum.Chances * sum.First >= (long)Expected * sum.Opened && sum.Large * 2 < sum.Late)
        .Select(pair => (pair.Key, Found(capture, pair.Key, pair.Value)));

    /// <summary>Whether a finding is one of what such a server does: it drops what comes first, or a SYN, or resets what it has no room for.</summary>
    /// <param name="finding">The finding.</param>
    internal static bool Explains(Finding finding) => finding switch
    {
        { Cause: "packet-loss", IsOfClient: not false } => true,
        { Cause: "connection-reset", Reasons: [{ Observation: CapturedConversation conversation }, ..] } => conversation.Resets.Any(reset => CapturedScene.IsOfNoProgram(conversation, reset)),
        _ => false,
    };

    /// <summary>What such a server does to those that it has no room for, too.</summary>
    /// <param name="finding">That its queue seems full.</param>
    /// <param name="resets">Connections that it resets.</param>
    internal static Finding WithResets(Finding finding, CaptureFinding[] resets)
    {
        if (resets.Length == 0)
            return finding;
        string count = Words.Count(resets.Sum(found => found.Count), "other connection");
        return finding with
        {
            Severity = Severity.Critical,
            Summary = $"{finding.Summary} It resets {count}.",
            Reasons = [.. finding.Reasons, new Reason(resets[0].Finding.Reasons[0].Observation, Weight.Hint, $"it resets {count} right behind the handshake, by RSTs that acknowledge nothing{CapturedScene.Numbers(resets.SelectMany(found => found.Finding.Packets))}: no program had them (net.ipv4.tcp_abort_on_overflow=1 does that)")],
            Packets = [.. finding.Packets.Concat(resets.SelectMany(found => found.Finding.Packets)).Distinct().Order()],
        };
    }

    private static Finding Found(CaptureRead capture, CapturedEnd server, Sum sum)
    {
        string name = CapturedScene.Name(server);
        return new Finding(
            "accept-queue-full", Severity.Warning, Where.Remote,
            $"{name} leaves what comes right behind the handshake without an acknowledgment: {sum.Late} of {sum.Opened} connections had to send it again, up to {Words.Of(sum.Longest)} later, and nothing else had to be. So does a server whose accept queue is full.",
            [
                capture.Weigh(Weight.Strong, $"{sum.First} of {sum.First + sum.Others} segments that were sent again are the first of their connections, whose SYN had been answered{CapturedScene.Numbers(sum.Proofs)}: with its queue full, Linux drops the end of the handshake and what comes with it"),
                capture.Weigh(Weight.Strong, $"what goes the same way later does not share that: of {Words.Count(sum.Chances, "end")} (FIN) of the client {(sum.Others == 0 ? "none" : $"no more than {sum.Others}")} had to be sent again"),
                capture.Weigh(Weight.HintAgainst, "a device on the way that drops the first data of connections, or a queue that overflows when many ask at once, looks alike: the server's counters tell"),
            ])
        {
            Subject = server.Address,
            Packets = [.. sum.Proofs.Order()],
            Remedies = [new Remedy("See whether its queue overflows, and what the program that should accept waits for; a longer queue helps against bursts.", ShellCommand.Of($"nstat -az TcpExtListenOverflows TcpExtListenDrops; netwhy ss -ltn 'sport = :{server.Port}'"), CapturedScene.Machine(server.Address))],
            Next = [$"If these counters stand still, capture at {server.Address}: does what is sent first come there, without being acknowledged?"],
        };
    }
}
