using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>What a capture tells. Conversations are made when they are asked for, from what was counted.</summary>
public sealed class CaptureAnalysis
{
    private readonly TcpFlows[] _groups;
    private readonly StreamOrder _order;
    private readonly long _end;
    private readonly TrafficPairs _pairs;

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
        _pairs = others.Pairs;
        if (oneSided > 0 || others.NameServers.HasSilent)
            NotePairs(others.Neighbours);
        NameServers = others.NameServers.All(end, _pairs);
        Refusals = others.Refusals.All;
        Neighbours = others.Neighbours.All;
    }

    /// <summary>The capture as a whole.</summary>
    public CaptureRead Capture { get; private set; }

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
                yield return ConversationView.Of(first.Flows, first.Places[first.Index], _order.NumberOf(frame), _end, _pairs);
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

    /// <summary>The same, where packets were put into the order of time before.</summary>
    /// <param name="sorted">How many stood behind later ones.</param>
    internal CaptureAnalysis After(long sorted)
    {
        Capture = Capture with { Sorted = sorted };
        return this;
    }

    /// <summary>The same, where packets stand behind later ones and stay there.</summary>
    /// <param name="late">How many, those that are not TCP among them.</param>
    internal CaptureAnalysis Disordered(long late)
    {
        Capture = Capture with { OutOfOrder = Math.Max(Capture.OutOfOrder, late) };
        return this;
    }

    // Where nothing of a side is in a conversation, it matters whether the capture would have it.
    private void NotePairs(NeighbourTable neighbours)
    {
        foreach (uint asker in neighbours.Answered)
            _pairs.Reach(asker);
        foreach (TcpFlows flows in _groups)
        {
            for (int index = 0; index < flows.Count; index++)
            {
                ref Conversation conversation = ref flows.ConversationAt(index);
                if (flows[index].First.Packets > 0)
                    _pairs.Add(conversation.FirstEnd.Address, conversation.SecondEnd.Address);
                if (flows[index].Second.Packets > 0)
                    _pairs.Add(conversation.SecondEnd.Address, conversation.FirstEnd.Address);
            }
        }
    }
}
