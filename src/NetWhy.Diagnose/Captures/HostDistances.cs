using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>What TTL the packets of a server have, by conversations in which it did not reset. How many servers are kept is bounded.</summary>
internal sealed class HostDistances
{
    private const int MostHosts = 4096;
    private const int Several = -1; // of one address, or a device that answers for it now and then

    private readonly Dictionary<IPAddress, int> _distances = [];
    private readonly Dictionary<IPAddress, int> _clients = []; // of those that said something
    private readonly HashSet<IPAddress> _comers = []; // whose packets come into the machine that captured

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        const int Enough = 3; // packets
        CapturedDirection server = conversation.FromServer, client = conversation.FromClient;
        if (client is { Octets: > 0, TimeToLive: > 0, HasOtherTimesToLive: false, CapturedTwice: 0 })
            Learn(_clients, conversation.Client.Address, client.TimeToLive);
        if (server.ComesIn && _comers.Count < MostHosts)
            _comers.Add(conversation.Server.Address);
        bool mayBeForged = conversation.Resets.Any(reset => !reset.IsFromClient) && (server.Packets < Enough || server.Syns == 0); // the reset may be all that there is
        if (server.Packets == 0 || server.TimeToLive == 0 || server.HasOtherTimesToLive || mayBeForged || server.CapturedTwice + conversation.FromClient.CapturedTwice > 0)
            return;
        Learn(_distances, conversation.Server.Address, server.TimeToLive);
    }

    private static void Learn(Dictionary<IPAddress, int> distances, IPAddress address, int timeToLive)
    {
        if (distances.TryGetValue(address, out int known))
            distances[address] = known == timeToLive ? known : Several;
        else if (distances.Count < MostHosts)
            distances.Add(address, timeToLive);
    }

    /// <summary>What a refusal is, after all: a device that is nearer than the host may have sent it.</summary>
    /// <param name="finding">A finding.</param>
    /// <returns>The finding, or a better one.</returns>
    internal Finding Reconsider(Finding finding)
    {
        // Where addresses are translated, what a host sends comes in as another conversation.
        if (finding is { Cause: "connection-reset-by-middlebox" or "connection-reset", Where: not Where.Local, Reasons: [{ Observation: CapturedConversation reset }, ..] }
            && reset.Resets.Any(one => one is { LeftHere: true, IsFromClient: false } && finding.Packets.Contains(one.Packet)) && _comers.Contains(reset.Server.Address))
        {
            return finding with
            {
                Cause = "connection-reset-by-middlebox",
                Where = Where.Local,
                Summary = $"The machine of this capture resets the connection to {CapturedScene.Name(reset.Server)} in the name of {reset.Server.Address}: a rule of its firewall does, or a proxy on it.",
                Reasons = [.. finding.Reasons, reset.Weigh(Weight.Strong, $"the RST left this machine without having come in, and other packets of {reset.Server.Address} come in: it is another machine")],
                Remedies = [FindRule("the machine of this capture")],
                Next = [],
            };
        }

        // A SYN that is like all else of its client, and a RST that is not.
        if (finding is { Cause: "connection-reset", Severity: Severity.Info, Reasons: [{ Observation: CapturedConversation { FromServer.Octets: 0, FromClient.Octets: 0 } half }, ..] }
            && half.Resets.FirstOrDefault(one => one is { IsFromClient: true, StandsOut: true }) is { } forged && _clients.GetValueOrDefault(half.Client.Address) == half.FromClient.TimeToLive && CapturedScene.IsFromElsewhere(forged.TimeToLive, half.FromClient.TimeToLive))
        {
            return finding with
            {
                Cause = "connection-reset-by-middlebox",
                Severity = Severity.Critical,
                Where = Where.Path,
                Summary = $"A device on the way resets the connection to {CapturedScene.Name(half.Server)} in the name of {half.Client.Address}, before it is open.",
                Reasons = [half.Weigh(Weight.VeryStrong, $"the TTL of the RST{CapturedScene.Numbers(forged.Packet)} is {forged.TimeToLive}; that of the SYN, and of all other connections of {half.Client.Address}, is {half.FromClient.TimeToLive}: another machine sent it")],
                Remedies = [FindRule("the devices on the way")],
            };
        }

        if (finding is not { Cause: "port-closed", Subject: { } address, Reasons: [{ Observation: CapturedConversation conversation }, ..] }
            || conversation.Resets.FirstOrDefault(reset => reset is { RefusesOpening: true, IsFromClient: false }) is not { } refusal)
        {
            return finding;
        }

        if (refusal.LeftHere && _comers.Contains(address))
        {
            return finding with
            {
                Cause = "port-rejected",
                Where = Where.Local,
                Summary = $"The machine of this capture refuses connections to port {conversation.Server.Port} in the name of {address}, and does not pass them on.",
                Reasons =
                [
                    conversation.Weigh(Weight.VeryStrong, $"the SYN came in{CapturedScene.Numbers(conversation.FirstPacket)} and was not passed on, and the RST that answers it{CapturedScene.Numbers(refusal.Packet)} left this machine without having come in"),
                    conversation.Weigh(Weight.Strong, $"other packets of {address} come in: it is another machine"),
                ],
                Remedies = [FindRule("the machine of this capture")],
                Next = [$"Whether something listens on port {conversation.Server.Port}, only {address} itself knows: ss -ltn there."],
            };
        }

        if (!_distances.TryGetValue(address, out int usual) || usual == Several || CapturedScene.HopsTo(refusal.TimeToLive) >= CapturedScene.HopsTo(usual) || !CapturedScene.IsFromElsewhere(refusal.TimeToLive, usual))
        {
            return finding;
        }

        return finding with
        {
            Cause = "port-rejected",
            Where = Where.Path,
            Summary = $"A device in front of {address} refuses connections to port {conversation.Server.Port} in its name.",
            Reasons = [conversation.Weigh(Weight.Decisive, $"the RST that answers the SYN{CapturedScene.Numbers(refusal.Packet)} has TTL {refusal.TimeToLive}, and packets of {address} on another port have {usual}: it comes from nearer")],
            Remedies = [FindRule($"the firewall in front of {address}")],
            Next = [$"Whether something listens on port {conversation.Server.Port}, only {address} itself knows: ss -ltn there."],
        };
    }

    private static Remedy FindRule(string where) => new("Find the rule that rejects it.", "nft -a list ruleset", where);
}
