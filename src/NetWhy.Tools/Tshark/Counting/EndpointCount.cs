using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts packets and octets of each end. Source: tshark(1), -z endpoints.</summary>
/// <param name="ends">What ends are told apart by.</param>
/// <param name="filterText">The filter of what it sees, as given.</param>
internal sealed class EndpointCount(EndKind ends, string filterText) : IShownSink
{
    private const int MostEnds = 1 << 20;

    private readonly Dictionary<ConversationEnd, Endpoint> _byEnd = [];
    private readonly List<Endpoint> _all = [];
    private readonly List<(ConversationEnd Source, ConversationEnd Destination)> _pairs = []; // of the packet that is looked at
    private long _left;

    /// <inheritdoc/>
    public void Want(PacketFields fields) => ends.Want(fields);

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        uint length = packet.Record.OriginalLength;
        ends.Find(packet.Fields, _pairs);
        foreach ((ConversationEnd source, ConversationEnd destination) in _pairs)
        {
            if (Of(source) is { } sender)
                sender.Sent = sender.Sent.Plus(length);
            if (Of(destination) is { } receiver)
                receiver.Received = receiver.Received.Plus(length);
        }
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        output.WriteText($"{new string('=', 80)}\n{ends.Title} Endpoints\nFilter:{(filterText.Length == 0 ? "<No Filter>" : filterText)}\n");
        output.WriteText($"{new string(' ', 23)}|{(ends.HasPorts ? "  Port  ||" : "")}  Packets  | |  Bytes  | | Tx Packets | | Tx Bytes | | Rx Packets | | Rx Bytes |\n");
        foreach (Endpoint one in _all.OrderByDescending(one => one.Sent.Packets + one.Received.Packets))
        {
            Volume all = one.Sent.Plus(one.Received);
            output.WriteText(string.Create(CultureInfo.InvariantCulture,
                $"{one.End.AddressText,-20}      {(ends.HasPorts ? $"{one.End.Port,5}     " : "")}{all.Packets,6}     {all.Octets,9}     {one.Sent.Packets,6}       {one.Sent.Octets,9}      {one.Received.Packets,6}       {one.Received.Octets,9}   \n"));
        }

        if (_left > 0)
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $"{_left} times an end beyond the first {MostEnds} was seen: those are not told apart\n"));
        output.WriteText($"{new string('=', 80)}\n");
    }

    private Endpoint? Of(ConversationEnd end)
    {
        if (_byEnd.TryGetValue(end, out Endpoint? known))
            return known;
        if (_all.Count == MostEnds)
        {
            _left++;
            return null;
        }

        var endpoint = new Endpoint { End = end };
        _byEnd[end] = endpoint;
        _all.Add(endpoint);
        return endpoint;
    }

    private sealed class Endpoint
    {
        internal ConversationEnd End { get; init; }

        internal Volume Sent { get; set; }

        internal Volume Received { get; set; }
    }
}
