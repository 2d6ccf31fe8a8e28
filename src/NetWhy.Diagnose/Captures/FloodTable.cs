using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>SYNs to a server that nobody goes on with. How many servers are kept is bounded.</summary>
internal sealed class FloodTable
{
    private const int MostServers = 4096;
    private const int MostSources = 1000;
    private const int LeastConnections = 200;
    private const int LeastAnswered = 100; // whoever means it acknowledges, or asks again within a second
    private const int LeastSources = 50;
    private const double LeastRate = 50; // SYNs a second: somebody who tries a dead server again and again is slower
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500); // after which a SYN is sent again

    private readonly Dictionary<CapturedEnd, Flood> _floods = [];
    private bool _seesMore; // than SYNs and their answers: that nobody goes on is then no question of what was captured

    private sealed class Flood(CapturedConversation first)
    {
        internal long FirstPacket { get; } = first.FirstPacket;

        internal DateTimeOffset FirstAt { get; set; } = first.FirstAt;

        internal DateTimeOffset LastAt { get; set; } = first.FirstAt;

        internal int Count { get; set; }

        internal int Answered { get; set; }

        internal HashSet<IPAddress> Sources { get; } = [];

        internal double Rate => Count / Math.Max(1, (LastAt - FirstAt).TotalSeconds);

        internal bool IsOne => Answered >= LeastAnswered || (Count >= LeastConnections && (Sources.Count >= LeastSources || Rate >= LeastRate));
    }

    /// <summary>Counts a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        _seesMore |= conversation.FromServer.Syns > 1 || (conversation.Resets.Count == 0 && conversation.FromClient.Packets > 0 && !CapturedScene.HasOnlySyns(conversation.FromClient));
        if (conversation is not { FromClient: { Syns: 1, Packets: 1 }, FromServer.Octets: 0 } || conversation.Resets.Count > 0)
            return;
        if (!_floods.TryGetValue(conversation.Server, out Flood? flood))
        {
            if (_floods.Count >= MostServers)
                return;
            _floods.Add(conversation.Server, flood = new Flood(conversation));
        }

        flood.Count++;
        flood.FirstAt = conversation.FirstAt < flood.FirstAt ? conversation.FirstAt : flood.FirstAt;
        flood.LastAt = conversation.FirstAt > flood.LastAt ? conversation.FirstAt : flood.LastAt;
        if (conversation.FromServer.Syns > 0 && conversation.Duration + conversation.QuietAtEnd >= Patience)
            flood.Answered++;
        if (flood.Sources.Count < MostSources)
            flood.Sources.Add(conversation.Client.Address);
    }

    /// <summary>The floods, with the ports that they are sent to.</summary>
    /// <param name="capture">The capture.</param>
    internal IEnumerable<(int Port, Finding Finding)> Judge(CaptureRead capture) =>
        _floods.Where(pair => pair.Value.IsOne).Select(pair => (pair.Key.Port, _seesMore ? Found(capture, pair.Key, pair.Value) : Unsure(capture, pair.Key, pair.Value)));

    private static Finding Unsure(CaptureRead capture, CapturedEnd server, Flood flood) => Found(capture, server, flood) with
    {
        Severity = Severity.Info,
        Summary = $"{flood.Count} SYNs to {CapturedScene.Name(server)} with nothing that follows them: a flood, or a capture of SYNs alone.",
    };

    private static Finding Found(CaptureRead capture, CapturedEnd server, Flood flood)
    {
        string sources = flood.Sources.Count >= MostSources ? $"{MostSources} addresses or more" : Words.Count(flood.Sources.Count, "address").Replace("addresss", "addresses", StringComparison.Ordinal);
        string answers = flood.Answered > 0 ? $"; {flood.Answered} of them were answered, and nobody acknowledged that" : "; none was answered";
        return new Finding(
            "syn-flood", Severity.Critical, Where.Remote, $"A flood of SYNs to {CapturedScene.Name(server)}: {flood.Count} connections that nobody goes on with.",
            [capture.Weigh(Weight.VeryStrong, $"{flood.Count} SYNs from {sources}, {flood.Rate:0} a second, none followed by an ACK or sent again (from packet {flood.FirstPacket}){answers}")])
        {
            Subject = server.Address,
            Packets = [flood.FirstPacket],
            Remedies = [Remedy.Set("Answer with cookies when the queue is full.", "net.ipv4.tcp_syncookies", "1", CapturedScene.Machine(server.Address))],
        };
    }
}
