using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>What a capture tells. Conversations are made when they are asked for, from what was counted.</summary>
public sealed class CaptureAnalysis
{
    private readonly IReadOnlyList<TcpFlows> _shards;
    private readonly long _end;

    /// <summary>Takes what was counted.</summary>
    /// <param name="capture">The whole.</param>
    /// <param name="shards">Conversations.</param>
    /// <param name="others">All else.</param>
    /// <param name="end">When the last packet passed, in nanoseconds since 1970.</param>
    internal CaptureAnalysis(CaptureRead capture, IReadOnlyList<TcpFlows> shards, OtherPackets others, long end)
    {
        _shards = shards;
        _end = end;
        long oneSided = 0;
        foreach (TcpFlows shard in shards)
        {
            for (int index = 0; index < shard.Count; index++)
                oneSided += (shard[index].First.Packets == 0) != (shard[index].Second.Packets == 0) ? 1 : 0;
        }

        Capture = capture with { OneSidedConversations = oneSided };
        NameServers = others.NameServers.All(end);
        Refusals = others.Refusals.All;
        Neighbours = others.Neighbours.All;
    }

    /// <summary>The capture as a whole.</summary>
    public CaptureRead Capture { get; }

    /// <summary>How many TCP conversations are remembered.</summary>
    public int Count => _shards.Sum(shard => shard.Count);

    /// <summary>TCP conversations by their streams.</summary>
    public IEnumerable<CapturedConversation> Conversations
    {
        get
        {
            TcpFlows shard = _shards[0];
            for (int index = 0; index < shard.Count; index++)
                yield return ConversationView.Of(shard, index, _end);
        }
    }

    /// <summary>Name servers that were asked.</summary>
    public IReadOnlyList<CapturedNameServer> NameServers { get; }

    /// <summary>ICMP errors about what is not TCP.</summary>
    public IReadOnlyList<CapturedRefusal> Refusals { get; }

    /// <summary>Who was asked for by ARP.</summary>
    public IReadOnlyList<CapturedNeighbour> Neighbours { get; }
}
