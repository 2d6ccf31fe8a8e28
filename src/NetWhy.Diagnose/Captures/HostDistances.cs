using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>What TTL the packets of a server have, by conversations in which it did not reset. How many servers are kept is bounded.</summary>
internal sealed class HostDistances
{
    private const int MostHosts = 4096;
    private const int Several = -1; // of one address, or a device that answers for it now and then

    private readonly Dictionary<IPAddress, int> _distances = [];

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        CapturedDirection server = conversation.FromServer;
        if (server.Packets == 0 || server.TimeToLive == 0 || server.HasOtherTimesToLive || conversation.Resets.Any(reset => !reset.IsFromClient) || server.CapturedTwice + conversation.FromClient.CapturedTwice > 0)
            return;
        if (_distances.TryGetValue(conversation.Server.Address, out int known))
            _distances[conversation.Server.Address] = known == server.TimeToLive ? known : Several;
        else if (_distances.Count < MostHosts)
            _distances.Add(conversation.Server.Address, server.TimeToLive);
    }

    /// <summary>What a refusal is, after all: a device that is nearer than the host may have sent it.</summary>
    /// <param name="finding">A finding.</param>
    /// <returns>The finding, or a better one.</returns>
    internal Finding Reconsider(Finding finding)
    {
        if (finding is not { Cause: "port-closed", Subject: { } address, Reasons: [{ Observation: CapturedConversation conversation }, ..] }
            || conversation.Resets.FirstOrDefault(reset => reset is { RefusesOpening: true, IsFromClient: false }) is not { } refusal
            || !_distances.TryGetValue(address, out int usual) || usual == Several || CapturedScene.HopsTo(refusal.TimeToLive) >= CapturedScene.HopsTo(usual) || !CapturedScene.IsFromElsewhere(refusal.TimeToLive, usual))
        {
            return finding;
        }

        return finding with
        {
            Cause = "port-rejected",
            Where = Where.Path,
            Summary = $"A device in front of {address} refuses connections to port {conversation.Server.Port} in its name.",
            Reasons = [conversation.Weigh(Weight.Decisive, $"the RST that answers the SYN{CapturedScene.Numbers(refusal.Packet)} has TTL {refusal.TimeToLive}, and packets of {address} on another port have {usual}: it comes from nearer")],
            Remedies = [new Remedy("Find the rule that rejects it.", "nft -a list ruleset", $"the firewall in front of {address}")],
            Next = [$"Whether something listens on port {conversation.Server.Port}, only {address} itself knows: ss -ltn there."],
        };
    }
}
