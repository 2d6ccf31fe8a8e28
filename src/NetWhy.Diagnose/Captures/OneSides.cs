using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Conversations of which only one side was captured, and what that side alone proves. How many ends are kept is bounded.</summary>
internal sealed class OneSides
{
    private const int MostEnds = 64;
    private const int LeastRepeats = 4; // in a row: for as long as a path may need to change

    private readonly HashSet<IPAddress> _speakers = [];
    private readonly HashSet<IPAddress> _silent = [];
    private long _all; // packets of TCP
    private long _packets;
    private long _alive;
    private CapturedConversation? _stuck;
    private int _repeats;

    /// <summary>How many there are.</summary>
    internal long Count { get; private set; }

    /// <summary>Whether most packets of TCP are theirs.</summary>
    internal bool Prevail => Count > 0 && _packets * 2 > _all;

    /// <summary>Whether that is most of a capture.</summary>
    /// <param name="capture">The capture.</param>
    internal bool AreMostOf(CaptureRead capture) => Prevail && _all * 2 > capture.Packets;

    /// <summary>Learns of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        CapturedDirection client = conversation.FromClient, server = conversation.FromServer;
        _all += client.Packets + server.Packets;
        if (client.Packets > 0 == server.Packets > 0)
            return;
        CapturedDirection sent = client.Packets > 0 ? client : server, unseen = client.Packets > 0 ? server : client;
        // Where answers would have been captured, a SYN without one is a whole conversation.
        if (CapturedScene.HasOnlySyns(sent) && (conversation.IsSilentSideSeen || conversation.IsSpeakerReached))
            return;
        Count++;
        _packets += sent.Packets;
        _alive += unseen.AcknowledgedUnseen > 0 ? 1 : 0;
        Keep(_speakers, (client.Packets > 0 ? conversation.Client : conversation.Server).Address);
        Keep(_silent, (client.Packets > 0 ? conversation.Server : conversation.Client).Address);
        if (sent.RepeatsAtEnd < LeastRepeats || sent.RepeatsAtEnd <= _repeats)
            return;
        _repeats = sent.RepeatsAtEnd;
        _stuck = conversation;
    }

    /// <summary>Which packets these are, in words.</summary>
    internal string Which => (_speakers.Count, _silent.Count) switch
    {
        (1, 1) => $"only packets from {_speakers.First()} to {_silent.First()} were captured",
        (1, _) => $"only packets from {_speakers.First()} were captured",
        (_, 1) => $"only packets to {_silent.First()} were captured",
        _ => "only packets of one side were captured",
    };

    /// <summary>What they do not show, and what they do.</summary>
    /// <param name="capture">The capture.</param>
    internal NotObserved Gap(CaptureRead capture) => new(
        "the other direction",
        $"{(Prevail ? $"{Which} of {Words.Count(Count, "conversation")}" : $"of {Words.Count(Count, "conversation")} {Which}")} of {capture.TcpConversations} (a filter, a mirror of one direction, or another way back): what was answered, when, and what was lost of that is not judged{Stuck("; ")}{(_alive > 0 ? $"; in {_alive} what is acknowledged goes on, so that the other side lives, and what it sends arrives" : "")}");

    /// <summary>Why nothing more can be said.</summary>
    internal string Doubt => $"{Which}: whether nobody answered, or answers were only not captured, they do not show.{Stuck(" ")}";

    // Why it hears none, only the other direction tells: the peer is gone, all is lost on one way or the other, or all that is large.
    private string Stuck(string before)
    {
        if (_stuck is not { } conversation)
            return "";
        bool isClient = conversation.FromClient.Packets > 0;
        CapturedDirection sent = isClient ? conversation.FromClient : conversation.FromServer;
        CapturedEnd sender = isClient ? conversation.Client : conversation.Server, receiver = isClient ? conversation.Server : conversation.Client;
        return $"{before}{CapturedScene.Name(sender)} sends {sent.RepeatedLength} octets to {CapturedScene.Name(receiver)} again {_repeats} times in a row, to the end{CapturedScene.Numbers(sent.TroublePackets)}: it hears no acknowledgment, and why, these packets do not show{(before.StartsWith(' ') ? "." : "")}";
    }

    private static void Keep(HashSet<IPAddress> ends, IPAddress end)
    {
        if (ends.Count < MostEnds)
            ends.Add(end);
    }
}
