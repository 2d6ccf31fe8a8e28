using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>What a capture tells. Conversations are made when they are asked for, from what was counted.</summary>
public sealed class CaptureAnalysis
{
    private readonly TcpFlows[] _groups;
    private readonly StreamOrder _order;
    private readonly long _end;

    /// <summary>Takes what was counted.</summary>
    /// <param name="capture">The whole.</param>
    /// <param name="groups">Conversations.</param>
    /// <param name="order">Their numbers.</param>
    /// <param name="others">All else.</param>
    /// <param name="end">When the last packet passed, in nanoseconds since 1970.</param>
    internal CaptureAnalysis(CaptureRead capture, TcpFlows[] groups, StreamOrder order, OtherPackets others, long end)
    {
        _groups = groups;
        _order = order;
        _end = end;
        long oneSided = 0;
        foreach (TcpFlows flows in groups)
        {
            for (int index = 0; index < flows.Count; index++)
                oneSided += (flows[index].First.Packets == 0) != (flows[index].Second.Packets == 0) ? 1 : 0;
        }

        Capture = capture with { OneSidedConversations = oneSided };
        NameServers = others.NameServers.All(end);
        Refusals = others.Refusals.All;
        Neighbours = others.Neighbours.All;
    }

    /// <summary>The capture as a whole.</summary>
    public CaptureRead Capture { get; }

    /// <summary>How many TCP conversations are remembered.</summary>
    public int Count => _groups.Sum(flows => flows.Count);

    /// <summary>TCP conversations by their streams.</summary>
    public IEnumerable<CapturedConversation> Conversations
    {
        get
        {
            // Each group has its own in order.
            var next = new PriorityQueue<(TcpFlows Flows, int[] Places, int Index), uint>();
            foreach (TcpFlows flows in _groups.Where(flows => flows.Count > 0))
            {
                int[] places = flows.Places();
                next.Enqueue((flows, places, 0), flows[places[0]].BeginsAt);
            }

            while (next.TryDequeue(out (TcpFlows Flows, int[] Places, int Index) first, out uint frame))
            {
                yield return ConversationView.Of(first.Flows, first.Places[first.Index], _order.NumberOf(frame), _end);
                int following = first.Index + 1;
                if (following < first.Places.Length)
                    next.Enqueue((first.Flows, first.Places, following), first.Flows[first.Places[following]].BeginsAt);
            }
        }
    }

    /// <summary>Name servers that were asked.</summary>
    public IReadOnlyList<CapturedNameServer> NameServers { get; }

    /// <summary>ICMP errors about what is not TCP.</summary>
    public IReadOnlyList<CapturedRefusal> Refusals { get; }

    /// <summary>Who was asked for by ARP.</summary>
    public IReadOnlyList<CapturedNeighbour> Neighbours { get; }
}
