using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Connections whose first SYN had no answer and a later one had, and what else was lost on the way to their servers. How many servers are kept is bounded.</summary>
internal sealed class LateOpenings
{
    private const int MostServers = 4096;
    private const int LeastLate = 3;
    private const double LeastShare = 0.2; // of the connections
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(900); // after which a SYN is sent again: 1 s (RFC 6298)

    private readonly Dictionary<CapturedEnd, Sum> _sums = [];

    private sealed class Sum
    {
        internal int Opened { get; set; }

        internal int Late { get; set; }

        internal TimeSpan Longest { get; set; }

        internal long Packets { get; set; } // behind the handshakes

        internal int Repeats { get; set; }
    }

    /// <summary>Counts a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        CapturedDirection client = conversation.FromClient, server = conversation.FromServer;
        if (client.Syns == 0 || server.Syns == 0 || client.LargestWindow == 0)
            return;
        if (!_sums.TryGetValue(conversation.Server, out Sum? sum))
        {
            if (_sums.Count >= MostServers)
                return;
            _sums.Add(conversation.Server, sum = new Sum());
        }

        sum.Opened++;
        bool isLate = client.Syns >= 2 && server.Syns == 1 && client.SynSpan >= Patience;
        sum.Late += isLate ? 1 : 0;
        sum.Longest = isLate && client.SynSpan > sum.Longest ? client.SynSpan : sum.Longest;
        sum.Packets += client.Packets - client.Syns + server.Packets - server.Syns;
        sum.Repeats += client.Repeats.Total + server.Repeats.Total + client.Skips.Count + server.Skips.Count;
    }

    /// <summary>What SYNs without an answer are, after all: loss does not choose them.</summary>
    /// <param name="finding">A finding.</param>
    /// <returns>The finding, or a better one.</returns>
    internal Finding Reconsider(Finding finding)
    {
        if (finding is not { Cause: "packet-loss", Reasons: [{ Observation: CapturedConversation { FromClient.Syns: >= 2, FromServer.Syns: 1 } conversation }, ..] }
            || conversation.FromClient.SynSpan < Patience || !_sums.TryGetValue(conversation.Server, out Sum? sum)
            || sum.Late < LeastLate || sum.Late < sum.Opened * LeastShare || sum.Repeats > 0 || sum.Packets < 10L * sum.Late)
        {
            return finding;
        }

        string server = CapturedScene.Name(conversation.Server);
        return finding with
        {
            Cause = "connection-rate-limited",
            Where = Where.Unknown,
            Summary = $"{sum.Late} of {sum.Opened} connections to {server} open up to {Words.Of(sum.Longest)} late, since their first SYNs have no answer, and nothing else is lost: new connections are held back, not packets.",
            Reasons =
            [
                conversation.Weigh(Weight.Strong, $"{sum.Late} of {sum.Opened} connections had to send their SYN again, as this one{CapturedScene.Numbers(conversation.FirstPacket)}"),
                conversation.Weigh(Weight.Strong, $"none of {sum.Packets} other packets with this port was sent again: what loses {sum.Late} of so many SYNs would lose some of these"),
                conversation.Weigh(Weight.HintAgainst, "an accept queue that is full drops SYNs in the same way: only the server's counters tell"),
            ],
            Remedies =
            [
                new Remedy("Find the limit of new connections: a rule (nft: limit, ct count; iptables: hashlimit, connlimit), or one of a load balancer.", "nft list ruleset | grep -E 'limit rate|ct count'", CapturedScene.Machine(conversation.Server.Address)),
                new Remedy("See whether its accept queue overflows.", ShellCommand.Of($"netwhy ss -ltn 'sport = :{conversation.Server.Port}'; nstat -az TcpExtListenDrops TcpExtListenOverflows"), CapturedScene.Machine(conversation.Server.Address)),
            ],
            Next = [$"Capture at {conversation.Server.Address}: SYNs that come there and have no answer are dropped by it; others are dropped on the way."],
        };
    }
}
