using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>A conversation of a capture, and what is around it.</summary>
/// <param name="Evidence">All that is known.</param>
/// <param name="Conversation">The conversation.</param>
internal sealed record CapturedScene(EvidenceSet Evidence, CapturedConversation Conversation)
{
    // What tcp.completeness counts. Source: Wireshark User's Guide, "TCP Analysis".
    private const int Opened = 1 | 2 | 4;

    /// <summary>The capture; null in a set made without one.</summary>
    internal CaptureRead? Capture => Evidence.First<CaptureRead>();

    /// <summary>What the client sent.</summary>
    internal CapturedDirection Client => Conversation.FromClient;

    /// <summary>What the server sent.</summary>
    internal CapturedDirection Server => Conversation.FromServer;

    /// <summary>Both directions.</summary>
    internal CapturedFlow[] Directions { get; } =
    [
        new CapturedFlow(Conversation.FromClient, Conversation.FromServer, Conversation.Client, Conversation.Server, IsFromClient: true),
        new CapturedFlow(Conversation.FromServer, Conversation.FromClient, Conversation.Server, Conversation.Client, IsFromClient: false),
    ];

    /// <summary>Whether the handshake was captured in full.</summary>
    internal bool IsOpened => (Conversation.Completeness & Opened) == Opened;

    /// <summary>Whether only one direction was captured: what did not come is not known then.</summary>
    internal bool IsOneSided => Client.Packets == 0 || Server.Packets == 0;

    /// <summary>Whether packets are missing from the capture that passed.</summary>
    internal bool HasGaps => Capture is { Dropped: > 0 } || Counted("ack_lost_segment") > 0;

    /// <summary>What is known of that.</summary>
    internal string GapText => Capture is { Dropped: > 0 } ? "the capture itself lost packets" : "packets that were acknowledged are not in the capture, which lost some or began later than they passed";

    /// <summary>Whether the file is not in the order of time: in it all seems overtaken, or sent again.</summary>
    internal bool IsDisordered => Capture is { } capture && capture.OutOfOrder * 100 > capture.Packets;

    /// <summary>From its first packet to the end of the capture.</summary>
    internal TimeSpan Watched => Conversation.Duration + Conversation.QuietAtEnd;

    /// <summary>From what the client sent first to its giving up, or to the end of the capture.</summary>
    internal TimeSpan AfterFirstData => Client.FirstDataAt is { } asked ? (Client.FinAt ?? (HasEnded ? Conversation.Duration : Watched)) - asked : TimeSpan.Zero;

    /// <summary>Whether it is seen to have ended.</summary>
    internal bool HasEnded => Client.FinPacket > 0 || Server.FinPacket > 0 || Conversation.Resets.Count > 0;

    /// <summary>Whether no router is between the two: all that both send has the TTL here that systems begin with.</summary>
    internal bool IsOneLink => IsUnrouted(Client) && IsUnrouted(Server) && !Client.HasOtherTimesToLive && !Server.HasOtherTimesToLive;

    /// <summary>Whether the capture was taken at the server, or on its link: what it sends passed no router before. On one link of both, time tells.</summary>
    internal bool IsAtServer => IsUnrouted(Server) && (!IsUnrouted(Client) || Conversation.ServerRoundTrip * 2 < Conversation.InitialRoundTrip);

    /// <summary>Whether the capture was taken at the client, or on its link.</summary>
    internal bool IsAtClient => IsUnrouted(Client) && (!IsUnrouted(Server) || Conversation.ServerRoundTrip * 2 >= Conversation.InitialRoundTrip);

    /// <summary>Whether the SYN was sent again only because the way is longer than the client's patience with it.</summary>
    internal bool IsMerelyFar => IsOpened && Client.Syns >= 2 && Server.Syns >= 1 && LaterTrip >= Client.SynSpan / (Client.Syns - 1) * 0.9;

    /// <summary>How long the handshake took, or would have; null where a SYN was lost, or it was not captured.</summary>
    internal TimeSpan? OpeningTime => IsMerelyFar ? LaterTrip
        : this is { Client.Syns: 1, Server.Syns: 1 } ? Conversation.InitialRoundTrip : null;

    /// <summary>The server, as a person writes it.</summary>
    internal string ServerName => Name(Conversation.Server);

    /// <summary>Counts a flag of Wireshark in both directions.</summary>
    /// <param name="flag">Its last part.</param>
    internal long Counted(string flag) => Client.Flags.GetValueOrDefault(flag) + Server.Flags.GetValueOrDefault(flag);

    // What common systems begin with: Linux and macOS, Windows, network devices.
    private static bool IsUnrouted(CapturedDirection direction) => direction.TimeToLive is 64 or 128 or 255;

    // Of the two ways from here, the longer one.
    private TimeSpan LaterTrip => TimeSpan.FromTicks(Math.Max(Client.RoundTrips?.Least.Ticks ?? 0, Server.RoundTrips?.Least.Ticks ?? 0));

    /// <summary>What tells of data that came after a silence when it had been sent; null if nothing does.</summary>
    /// <param name="direction">What its sender sent.</param>
    /// <param name="packet">The packet that ended the silence.</param>
    internal static CapturedWait? WaitBefore(CapturedDirection direction, long packet) => direction.Waits.FirstOrDefault(wait => wait.Packet == packet);

    /// <summary>Whether the server is known to have sent something as late as it came: here it leaves the server, or its marks tell.</summary>
    /// <param name="packet">The packet.</param>
    internal bool WasSentLate(long packet) => IsAtServer || WaitBefore(Server, packet) is { WasSentLate: true };

    /// <summary>What tells whether the server sent something as late as it came.</summary>
    /// <param name="packet">The packet.</param>
    internal Reason SendingTime(long packet) =>
        IsAtServer ? Weigh(Weight.Hint, "it was captured at the server: nothing of it was on its way before")
        : WaitBefore(Server, packet) is { WasSentLate: true } ? Weigh(Weight.Hint, $"its timestamp is as late, and its sender's count of packets (IP identification) goes on by one: it was sent when it came, and not before{Numbers(packet)}")
        : Weigh(Weight.HintAgainst, $"whether it had been sent sooner, and was lost or held on the way here, these packets do not show{Numbers(packet)}");

    /// <summary>Where to look for what <see cref="SendingTime"/> leaves open.</summary>
    /// <param name="packet">The packet.</param>
    internal string[] WhereToSee(long packet) => WasSentLate(packet) ? [] : [$"Capture at {Conversation.Server.Address} too: is it sent only then, or sent again?"];

    /// <summary>Counts this conversation.</summary>
    /// <param name="weight">How much it counts.</param>
    /// <param name="reading">What it means here.</param>
    internal Reason Weigh(Weight weight, string reading) => new(Conversation, weight, reading);

    /// <summary>An end, as a person writes it.</summary>
    /// <param name="end">The end.</param>
    internal static string Name(CapturedEnd end) => string.Create(
        CultureInfo.InvariantCulture, $"{(end.Address.AddressFamily is AddressFamily.InterNetworkV6 ? $"[{end.Address}]" : end.Address.ToString())}:{end.Port}");

    /// <summary>Whether a side sent nothing but SYNs, copies of them left out.</summary>
    /// <param name="direction">What it sent.</param>
    internal static bool HasOnlySyns(CapturedDirection direction) => direction.Syns > 0 && direction.Octets == 0 && direction.Packets <= direction.Syns + direction.CapturedTwice;

    /// <summary>Whether a server resets what it had answered by a SYN-ACK, and no program of it does: that would acknowledge what came.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="reset">A reset of it.</param>
    internal static bool IsOfNoProgram(CapturedConversation conversation, CapturedReset reset) =>
        reset is { IsFromClient: false, KnowsNothing: true, IsOfOneThatEnds: false } && conversation is { FromServer: { Syns: > 0, Octets: 0 }, FromClient: { Syns: > 0, LargestWindow: > 0 } };

    /// <summary>Over how many routers a packet came at least, by what systems begin with: 64, 128 or 255.</summary>
    /// <param name="timeToLive">Its TTL.</param>
    internal static int HopsTo(int timeToLive) => (timeToLive <= 64 ? 64 : timeToLive <= 128 ? 128 : 255) - timeToLive;

    /// <summary>Whether a packet that comes in the name of a host was sent by another one, by its TTL: equal ways differ by one or two hops.</summary>
    /// <param name="timeToLive">Its TTL.</param>
    /// <param name="usual">The TTL of packets of that host.</param>
    internal static bool IsFromElsewhere(int timeToLive, int usual)
    {
        const int Several = 3; // hops
        int hops = HopsTo(timeToLive), others = HopsTo(usual);
        // What passed no router comes from this link, and what the host sends does not.
        return (hops == 0 && others > 0) || Math.Abs(hops - others) >= Several;
    }

    /// <summary>Numbers of packets, a few of them, in order.</summary>
    /// <param name="packets">The numbers; 0 is none.</param>
    internal static string Numbers(params IEnumerable<long> packets)
    {
        const int Most = 4;
        List<long> known = [.. packets];
        known.Sort();
        var text = new StringBuilder();
        int count = 0;
        long before = 0;
        foreach (long packet in known)
        {
            if (packet <= before)
                continue;
            before = packet;
            if (count++ < Most)
                text.Append(count == 1 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{packet}");
        }

        return count switch
        {
            0 => "",
            1 => $" (packet {text})",
            _ => $" (packets {text}{(count > Most ? ", …" : "")})",
        };
    }

    /// <summary>A machine to run something on.</summary>
    /// <param name="address">Its address.</param>
    internal static string Machine(IPAddress address) => $"the machine {address}";
}

/// <summary>One direction of a conversation and who is at its ends.</summary>
/// <param name="Sent">What the sender sent.</param>
/// <param name="Answered">What the receiver sent.</param>
/// <param name="Sender">The sender.</param>
/// <param name="Receiver">The receiver.</param>
/// <param name="IsFromClient">Whether the client is the sender.</param>
internal sealed record CapturedFlow(CapturedDirection Sent, CapturedDirection Answered, CapturedEnd Sender, CapturedEnd Receiver, bool IsFromClient)
{
    /// <summary>Packets that were sent, copies left out.</summary>
    internal long Packets => Sent.Packets - Sent.CapturedTwice;

    /// <summary>Packets that were sent on the way, about: what a card put together, or is yet to cut, counts as those that it is made of.</summary>
    internal long PacketsOnWay => Sent.LargestSegment > SegmentSize ? Math.Max(Packets, (Sent.UniqueOctets / SegmentSize) + RealRepeats) : Packets;

    /// <summary>Segments that had to be sent again, those that had arrived left out.</summary>
    internal int RealRepeats => Math.Max(0, Sent.Repeats.Total - Math.Max(Sent.Repeats.Spurious + Sent.AcknowledgedTooSoon + Sent.ResentAlong, Sent.ReportedTwice));

    /// <summary>Of them, those that were lost before they came here.</summary>
    internal int LostUpstream => Math.Min(Sent.LostUpstream, RealRepeats);

    /// <summary>Of them, those that had passed here: what its receiver says that it got twice was not lost.</summary>
    internal int LostDownstream => Math.Clamp(Sent.LostDownstream, 0, RealRepeats - LostUpstream);

    /// <summary>The segment size that was agreed on, in octets, as far as the handshake tells.</summary>
    internal int SegmentSize => Math.Min(Sent.Offer?.SegmentSize ?? UsualSegment, Answered.Offer?.SegmentSize ?? UsualSegment);

    /// <summary>The size of a ping (its <c>-s</c>) whose packet is as large as a segment.</summary>
    /// <param name="payload">Its payload, in octets; more than one segment takes is that of a card that cuts it.</param>
    internal int PingSize(int payload)
    {
        const int TcpHeader = 20, IcmpHeader = 8, Timestamps = 12;
        bool hasTimestamps = Sent.Offer is { HasTimestamps: true } && Answered.Offer is { HasTimestamps: true };
        return Math.Min(payload + (hasTimestamps ? Timestamps : 0), SegmentSize) + TcpHeader - IcmpHeader;
    }

    // Of Ethernet.
    private int UsualSegment => Sender.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 1440 : 1460;

    /// <summary>How fast payload went, in octets per second; null if it cannot be told.</summary>
    internal double? Rate => Sent.SendingTime > TimeSpan.Zero ? Sent.UniqueOctets / Sent.SendingTime.TotalSeconds : null;

    /// <summary>Which share of the sending time something took, 0 to 1.</summary>
    /// <param name="time">How long it took.</param>
    internal double Share(TimeSpan time) => Sent.SendingTime > TimeSpan.Zero ? Math.Min(1, time / Sent.SendingTime) : 0;
}
