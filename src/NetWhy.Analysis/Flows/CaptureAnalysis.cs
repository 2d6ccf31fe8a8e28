using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>What a capture tells. Conversations are made when they are asked for, from what was counted.</summary>
public sealed class CaptureAnalysis
{
    private readonly TcpFlows _flows;
    private readonly long _end;

    /// <summary>Takes what was counted.</summary>
    /// <param name="capture">The whole.</param>
    /// <param name="flows">Conversations.</param>
    /// <param name="others">All else.</param>
    /// <param name="end">When the last packet passed, in nanoseconds since 1970.</param>
    internal CaptureAnalysis(CaptureRead capture, TcpFlows flows, OtherPackets others, long end)
    {
        _flows = flows;
        _end = end;
        long oneSided = 0;
        for (int index = 0; index < flows.Count; index++)
            oneSided += (flows[index].First.Packets == 0) != (flows[index].Second.Packets == 0) ? 1 : 0;

        Capture = capture with { OneSidedConversations = oneSided };
        NameServers = others.NameServers.All(end);
        Refusals = others.Refusals.All;
        Neighbours = others.Neighbours.All;
    }

    /// <summary>The capture as a whole.</summary>
    public CaptureRead Capture { get; }

    /// <summary>How many TCP conversations are remembered.</summary>
    public int Count => _flows.Count;

    /// <summary>TCP conversations by their streams.</summary>
    public IEnumerable<CapturedConversation> Conversations
    {
        get
        {
            for (int index = 0; index < _flows.Count; index++)
                yield return ConversationView.Of(_flows, index, _end);
        }
    }

    /// <summary>Name servers that were asked.</summary>
    public IReadOnlyList<CapturedNameServer> NameServers { get; }

    /// <summary>ICMP errors about what is not TCP.</summary>
    public IReadOnlyList<CapturedRefusal> Refusals { get; }

    /// <summary>Who was asked for by ARP.</summary>
    public IReadOnlyList<CapturedNeighbour> Neighbours { get; }
}
