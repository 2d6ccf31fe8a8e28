using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Prints what two ends said by UDP. Source: tshark(1), -z follow.</summary>
/// <param name="form">How: <c>ascii</c>, <c>hex</c>, <c>raw</c> or <c>yaml</c>.</param>
/// <param name="stream">The stream.</param>
internal sealed class DatagramText(string form, FollowedStream stream) : IShownSink
{
    private static readonly EndKind Ends = EndKind.Find("udp")!;
    private static readonly Field Stream = FieldCatalog.Default["udp.stream"], Payload = FieldCatalog.Default["udp.payload"];

    private readonly FollowedText _text = new("udp", form, stream.FilterOf("udp"), stream);
    private readonly List<(ConversationEnd Source, ConversationEnd Destination)> _pairs = []; // of the packet that is looked at
    private (ConversationEnd Source, ConversationEnd Destination)? _first;

    /// <inheritdoc/>
    public bool SeesAll => true;

    /// <inheritdoc/>
    public bool Follows => true;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        Ends.Want(fields);
        fields.Want(Stream);
        fields.Want(Payload);
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        Ends.Find(packet.Fields, _pairs);
        int pair = -1; // of the datagram that is looked at: there are several in a tunnel
        bool isAsked = false;
        foreach (ref readonly FieldValue value in packet.Fields.Values)
        {
            if (value.FieldIndex == Stream.Index)
            {
                if (++pair >= _pairs.Count)
                    return; // what an error of ICMP quotes
                isAsked = stream.Is((long)value.Number, EndOf(_pairs[pair].Source), EndOf(_pairs[pair].Destination));
                if (isAsked)
                    _first ??= _pairs[pair];
            }
            else if (value.FieldIndex == Payload.Index && isAsked)
            {
                _text.Add(packet.Fields.OctetsOf(value), isForth: _pairs[pair].Source == _first!.Value.Source, (uint)packet.Number, packet.Record.Nanoseconds);
            }
        }
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output) =>
        _text.Write(output, _first is { } known ? EndOf(known.Source) : null, _first is { } pair ? EndOf(pair.Destination) : null);

    private static TcpEndpoint EndOf(ConversationEnd end) => new(end.Address, end.Port, IsIpv6: end.Octets == AddressNumber.Size);
}
