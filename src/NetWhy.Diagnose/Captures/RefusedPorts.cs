using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Ports that refuse some connections and take others: when they do which. How many servers are kept is bounded.</summary>
internal sealed class RefusedPorts
{
    private const int MostServers = 4096;
    private const int LeastTurns = 3; // from refusing to taking: a program that starts again makes one
    private const int MostOpenings = 4096; // of a port
    private const int MostClients = 256;
    private const int Many = 10; // refusals that no program makes by starting again
    private const int Unknown = 0, Several = -1; // of times to live

    private readonly Dictionary<CapturedEnd, Port> _ports = [];

    // When it was tried, and until when its server said something: all ports of a capture have them, few refuse.
    private readonly record struct Opening(long At, long Served)
    {
        internal const long Refused = -1;

        internal bool IsTaken => Served != Refused;
    }

    private sealed class Port
    {
        internal List<Opening> Openings { get; } = [];

        internal int Taken { get; set; }

        internal int Refused { get; set; }

        internal DateTimeOffset FirstRefused { get; set; } = DateTimeOffset.MaxValue;

        internal DateTimeOffset LastRefused { get; set; } = DateTimeOffset.MinValue;

        internal long? Other { get; set; } // the first packet of one that was taken

        internal HashSet<IPAddress> TakenClients { get; } = [];

        internal HashSet<IPAddress> RefusedClients { get; } = [];

        internal bool HasManyClients { get; set; } // more than are kept

        internal int TakenTimeToLive { get; set; } = Unknown;

        internal int RefusingTimeToLive { get; set; } = Unknown;
    }

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        if (!conversation.IsOpenerKnown)
            return;
        CapturedReset? refusal = conversation.Resets.FirstOrDefault(reset => reset is { RefusesOpening: true, IsFromClient: false });
        if (refusal is null && conversation.FromServer.Syns == 0)
            return;
        if (!_ports.TryGetValue(conversation.Server, out Port? port))
        {
            if (_ports.Count >= MostServers)
                return;
            _ports.Add(conversation.Server, port = new Port());
        }

        HashSet<IPAddress> clients = refusal is null ? port.TakenClients : port.RefusedClients;
        if (clients.Count < MostClients)
            clients.Add(conversation.Client.Address);
        else
            port.HasManyClients |= !clients.Contains(conversation.Client.Address);
        if (port.Openings.Count < MostOpenings)
            port.Openings.Add(new Opening(conversation.FirstAt.UtcTicks, refusal is null ? (conversation.FirstAt + (conversation.FromServer.LastAt ?? TimeSpan.Zero)).UtcTicks : Opening.Refused));
        if (refusal is null)
        {
            port.Taken++;
            port.Other ??= conversation.FirstPacket;
            port.TakenTimeToLive = Joined(port.TakenTimeToLive, conversation.FromServer.HasOtherTimesToLive ? Several : conversation.FromServer.TimeToLive);
            return;
        }

        port.Refused++;
        port.FirstRefused = conversation.FirstAt < port.FirstRefused ? conversation.FirstAt : port.FirstRefused;
        port.LastRefused = conversation.FirstAt > port.LastRefused ? conversation.FirstAt : port.LastRefused;
        port.RefusingTimeToLive = Joined(port.RefusingTimeToLive, refusal.TimeToLive);
    }

    /// <summary>What a refusal is, after all: a port that takes other connections has somebody who listens, at other times or elsewhere.</summary>
    /// <param name="finding">A finding.</param>
    /// <returns>The finding, or a better one.</returns>
    internal Finding Reconsider(Finding finding)
    {
        if (finding is not { Cause: "port-closed", Reasons: [{ Observation: CapturedConversation conversation }, ..] }
            || !_ports.TryGetValue(conversation.Server, out Port? port) || port is { Taken: 0 } or { Refused: 0 } or { Other: null })
        {
            return finding;
        }

        if (conversation.Resets.Any(reset => reset is { RefusesOpening: true, LeftHere: true }))
            return finding; // this machine made it
        port.Openings.Sort((one, other) => one.At.CompareTo(other.At));
        int turns = port.Openings.Zip(port.Openings.Skip(1), (one, next) => !one.IsTaken && next.IsTaken).Count(isTurn => isTurn);
        // So many turns have those that are chosen at random, or each n-th; a program that ends and starts again has few.
        double expected = (double)port.Taken * port.Refused / (port.Taken + port.Refused);
        return turns >= LeastTurns && turns * 2 >= expected ? Mixed(finding, conversation, port) : InTurn(finding, conversation, port, turns);
    }

    // Refused and taken in turns: it listens, and what refuses is another one.
    private static Finding Mixed(Finding finding, CapturedConversation conversation, Port port)
    {
        string server = CapturedScene.Name(conversation.Server);
        bool isByClient = !port.HasManyClients && !port.RefusedClients.Overlaps(port.TakenClients);
        bool isOther = port is { TakenTimeToLive: > 0, RefusingTimeToLive: > 0 } && port.TakenTimeToLive != port.RefusingTimeToLive;
        return finding with
        {
            Cause = isOther || isByClient ? "port-rejected" : "port-closed",
            Where = isOther ? Where.Unknown : Where.Remote,
            Summary = isByClient
                ? $"{server} refuses all {Words.Count(port.Refused, "connection")} of {OneOf(port.RefusedClients)} and takes {port.Taken} of {OneOf(port.TakenClients)} in between: it listens, and a rule for addresses rejects, in its name."
                : isOther
                ? $"{server} takes {port.Taken} connections, and {port.Refused} others are refused in its name, in between, by another machine: a device on the way, or one of several behind the address."
                : $"{server} refuses {port.Refused} of {port.Refused + port.Taken} connections and takes the others in between: {(port.Refused < Many ? "its program ends and starts again now and then, or of several behind it one does not listen" : "of several programs or machines behind it, one does not listen")}.",
            Reasons =
            [
                conversation.Weigh(port.Refused < Many && !isOther && !isByClient ? Weight.Strong : Weight.VeryStrong, $"a RST answers the SYN of {Words.Count(port.Refused, "connection")}, as of this one{CapturedScene.Numbers(finding.Packets)}, and a SYN-ACK that of {Words.Count(port.Taken, "other")}, before, between and after{CapturedScene.Numbers(port.Other!.Value)}"),
                .. isOther ? (Reason[])[conversation.Weigh(Weight.Strong, $"the TTL of the refusals is {port.RefusingTimeToLive}, that of the others {port.TakenTimeToLive}: they are not of the same machine")] : [],
                .. isByClient ? (Reason[])[conversation.Weigh(Weight.Hint, "no client has both")] : [],
                conversation.Weigh(Weight.Context, isByClient ? "where clients are sent to machines of their own behind the address, one that does not listen looks alike" : isOther ? "a rule that rejects with RST comes from its own distance, and so does one machine of several that a balancer has" : "a rule of that machine that rejects some by RST looks alike, or a program that ends and starts again and again"),
            ],
            Remedies =
            [
                isOther || isByClient
                    ? new Remedy("Find who rejects: a rule of a firewall on the way (a limit of connections), or the machine of a balancer that does not listen.", "nft -a list ruleset | grep reject", isOther ? $"what is in front of {conversation.Server.Address}" : CapturedScene.Machine(conversation.Server.Address))
                    : new Remedy("See which of the machines or programs behind the address does not listen, and take it out or start it.", ShellCommand.Of($"ss -ltnp 'sport = :{conversation.Server.Port}'"), $"each machine behind {conversation.Server.Address}"),
            ],
            Next = ["Compare what the refused ones have in common: the source port, the client, the time, each n-th."],
        };
    }

    private static Finding InTurn(Finding finding, CapturedConversation conversation, Port port, int turns)
    {
        bool isBefore = port.Openings[0].IsTaken, isAfter = port.Openings[^1].IsTaken;
        CapturedEnd server = conversation.Server;
        TimeSpan closed = port.LastRefused - port.FirstRefused;
        string others = Words.Count(port.Taken, "other connection");
        // Who still serves others has not gone: it has no room, or is about to go.
        bool servesMeanwhile = AreServedMeanwhile(port);
        string why = servesMeanwhile ? "it serves others meanwhile: a limit of how many at once that rejects by RST, or a program that ends and finishes what it has" : "nothing listens there meanwhile, as where a program ends and starts again";
        string when = turns > 1 || (turns == 1 && !isAfter) ? $"refuses {port.Refused} of {port.Refused + port.Taken} connections to port {server.Port}, in phases between which it takes them: {why}"
            : isBefore && isAfter ? $"refused connections to port {server.Port} for {(port.Refused == 1 ? "a moment" : Words.Of(closed))} and takes them before and after: {(servesMeanwhile ? "it served others meanwhile: a limit of how many at once that rejects by RST, or a program that ends and finishes what it has" : "nothing listened there meanwhile, as while a program starts again")}"
            : isBefore ? $"no longer takes connections to port {server.Port}: it took {others} before, and nothing listens there since"
            : $"refused connections to port {server.Port} at first, and takes them since: its program had not started yet";
        return finding with
        {
            Severity = isAfter ? Severity.Warning : finding.Severity,
            Summary = $"{server.Address} {when}.",
            Reasons =
            [
                .. finding.Reasons,
                conversation.Weigh(Weight.Context, $"the same port took {others}{CapturedScene.Numbers(port.Other!.Value)}{(port.RefusedClients.Overlaps(port.TakenClients) ? "" : ", all of other clients: a rule for addresses that rejects by RST looks alike")}"),
            ],
            Remedies = [new Remedy(servesMeanwhile ? "See whether a rule limits connections (nft, connlimit), and when the program ended and started." : "See when and why the program ended and started.", ShellCommand.Of($"journalctl --since -1h; ss -ltnp 'sport = :{server.Port}'"), CapturedScene.Machine(server.Address))],
            Next = isAfter ? [] : finding.Next,
        };
    }

    // Whether most are refused while one that was taken before is still served.
    private static bool AreServedMeanwhile(Port port)
    {
        (int served, long latest) = (0, 0);
        foreach (Opening opening in port.Openings)
        {
            if (opening.IsTaken)
                latest = Math.Max(latest, opening.Served);
            else
                served += latest > opening.At ? 1 : 0;
        }

        return served * 2 > port.Refused;
    }

    private static string OneOf(HashSet<IPAddress> clients) => clients.Count == 1 ? clients.Single().ToString() : $"{clients.Count} clients";

    private static int Joined(int known, int other) => known == Unknown || known == other ? other : Several;
}
