using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Which ports took a connection of a client, and until when their hosts lived. How many are kept is bounded.</summary>
internal sealed class AcceptedPorts
{
    private const int MostPorts = 4096;

    private readonly Dictionary<(IPAddress Client, CapturedEnd Server), Accepted> _accepted = [];
    private readonly Dictionary<IPAddress, DateTimeOffset> _lives = []; // when a host is known to have said something, the latest

    private sealed class Accepted(CapturedConversation first)
    {
        internal CapturedConversation First { get; } = first;

        internal int Count { get; set; }
    }

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        Live(conversation);
        if (conversation.FromServer.Syns == 0 || !conversation.IsOpenerKnown)
            return;
        var key = (conversation.Client.Address, conversation.Server);
        if (!_accepted.TryGetValue(key, out Accepted? accepted))
        {
            if (_accepted.Count >= MostPorts)
                return;
            _accepted.Add(key, accepted = new Accepted(conversation));
        }

        accepted.Count++;
    }

    private void Live(CapturedConversation conversation)
    {
        if (conversation.FromServer.LastAt is not { } last)
            return;
        IPAddress address = conversation.Server.Address;
        DateTimeOffset moment = conversation.FirstAt + last;
        if (_lives.TryGetValue(address, out DateTimeOffset known) ? moment > known : _lives.Count < MostPorts)
            _lives[address] = moment;
    }

    /// <summary>What silence is, after all: a port that takes other connections of the same client is not filtered.</summary>
    /// <param name="finding">A finding.</param>
    /// <param name="count">How many conversations have it.</param>
    /// <returns>The finding, or a better one.</returns>
    internal Finding Reconsider(Finding finding, int count)
    {
        if (finding is not { Cause: "port-filtered", Reasons: [{ Observation: CapturedConversation conversation }, ..] }
            || !_accepted.TryGetValue((conversation.Client.Address, conversation.Server), out Accepted? accepted))
        {
            return finding;
        }

        string server = CapturedScene.Name(conversation.Server);
        // What took connections before and says nothing since may be gone.
        if (_lives.GetValueOrDefault(conversation.Server.Address) <= conversation.FirstAt)
        {
            return finding with
            {
                Summary = $"{server} does not answer SYNs any more, and nobody says why: it took {Words.Count(accepted.Count, "connection")} of {conversation.Client.Address} before, and nothing of it comes since.",
                Next = [$"Does {conversation.Server.Address} still live, and is its accept queue full (netwhy ss -ltn there)? A rule that came meanwhile looks alike."],
            };
        }

        return finding with
        {
            Cause = "accept-queue-full",
            Where = Where.Remote,
            Summary = $"{server} takes some connections of {conversation.Client.Address} ({accepted.Count}) and leaves the SYNs of others ({count}) without an answer: as one whose accept queue is full.",
            Reasons =
            [
                conversation.Weigh(Weight.Strong, $"{conversation.FromClient.Syns} SYNs in {Words.Of(conversation.FromClient.SynSpan)}, and no answer passed here{CapturedScene.Numbers(conversation.FirstPacket)}"),
                accepted.First.Weigh(Weight.Strong, $"the same port took {(accepted.Count == 1 ? "another connection" : $"{accepted.Count} others")} of this client{CapturedScene.Numbers(accepted.First.FirstPacket)}: no rule for the port or the address drops all"),
                conversation.Weigh(Weight.HintAgainst, "a limit of new connections, or loss of SYNs, looks alike: only the server's counters tell"),
            ],
            Remedies = [new Remedy("See whether its queue is full (Recv-Q above Send-Q) and what the program that should accept waits for.", ShellCommand.Of($"netwhy ss -ltn 'sport = :{conversation.Server.Port}'; nstat -az TcpExtListenDrops TcpExtListenOverflows"), CapturedScene.Machine(conversation.Server.Address))],
            Next = ["If these counters stand still: is there a rule that limits new connections (nft list ruleset, a load balancer), or are packets lost on the way?"],
        };
    }
}
