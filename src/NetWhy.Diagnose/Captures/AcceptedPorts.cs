using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Which ports took a connection of a client, and until when their hosts lived. How many are kept is bounded.</summary>
internal sealed class AcceptedPorts
{
    private const int MostPorts = 4096;
    private const int Many = 10;

    private readonly Dictionary<(IPAddress Client, CapturedEnd Server), Accepted> _accepted = [];
    private readonly Dictionary<IPAddress, DateTimeOffset> _lives = []; // when a host is known to have said something, the latest

    private sealed class Accepted(long firstPacket)
    {
        private const int MostKept = 4096;

        private readonly List<DateTimeOffset> _begins = [];

        internal long FirstPacket { get; } = firstPacket;

        internal int Count { get; private set; }

        /// <summary>How many were taken at a later SYN only.</summary>
        internal int Retried { get; private set; }

        internal void Add(CapturedConversation conversation)
        {
            Count++;
            Retried += conversation.FromClient.Syns > 1 ? 1 : 0;
            if (_begins.Count < MostKept)
                _begins.Add(conversation.FirstAt);
        }

        /// <summary>Whether many began between two moments.</summary>
        internal bool AreManyBetween(DateTimeOffset moment, DateTimeOffset end) => _begins.Count(begin => begin > moment && begin < end) >= Many;
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
            _accepted.Add(key, accepted = new Accepted(conversation.FirstPacket));
        }

        accepted.Add(conversation);
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

        // A queue, a limit and chance take one that asks again as soon as a new one.
        const int FewTries = 4;
        if (accepted.Retried == 0 && count > 1 && conversation.FromClient.Syns >= FewTries && accepted.AreManyBetween(conversation.FirstAt, conversation.FirstAt + conversation.FromClient.SynSpan))
        {
            return finding with
            {
                Cause = "ecmp-path-broken",
                Where = Where.Path,
                Summary = $"Some connections of {conversation.Client.Address} to {server} ({count}) get no answer at any try, and all others ({accepted.Count}) one at the first: which, goes by their ports, as where one of several equal paths is dead.",
                Reasons =
                [
                    conversation.Weigh(Weight.Strong, $"{conversation.FromClient.Syns} SYNs in {Words.Of(conversation.FromClient.SynSpan)}, and no answer passed here{CapturedScene.Numbers(conversation.FirstPacket)}"),
                    conversation.Weigh(Weight.Strong, $"{accepted.Count} others of this client were taken, none at a second SYN, and {Many} or more of them while these were tried again{CapturedScene.Numbers(accepted.FirstPacket)}: no full queue, no limit, and no loss by chance spares those"),
                    conversation.Weigh(Weight.HintAgainst, "a balancer that gives connections to a dead backend by their ports looks alike"),
                ],
                Remedies = [new Remedy("On the routers on the way: find the link or next hop that is dead, and take it out (bonding, ECMP); on a balancer: the backend.", "ip route show; ip -d link show type bond")],
                Next = [$"Does it fail again from the same port, and not from another? {ShellCommand.Of($"curl -v --connect-timeout 3 --local-port {conversation.Client.Port} telnet://{server}")}"],
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
                conversation.Weigh(Weight.Strong, $"the same port took {(accepted.Count == 1 ? "another connection" : $"{accepted.Count} others")} of this client{CapturedScene.Numbers(accepted.FirstPacket)}: no rule for the port or the address drops all"),
                conversation.Weigh(Weight.HintAgainst, "a limit of new connections, or loss of SYNs, looks alike: only the server's counters tell"),
            ],
            Remedies = [new Remedy("See whether its queue is full (Recv-Q above Send-Q) and what the program that should accept waits for.", ShellCommand.Of($"netwhy ss -ltn 'sport = :{conversation.Server.Port}'; nstat -az TcpExtListenDrops TcpExtListenOverflows"), CapturedScene.Machine(conversation.Server.Address))],
            Next = ["If these counters stand still: is there a rule that limits new connections (nft list ruleset, a load balancer), or are packets lost on the way?"],
        };
    }
}
