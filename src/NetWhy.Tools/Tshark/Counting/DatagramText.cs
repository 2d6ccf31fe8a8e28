using System.Buffers;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Prints what two ends said by UDP. Source: tshark(1), -z follow.</summary>
/// <param name="form">How: <c>ascii</c>, <c>hex</c> or <c>raw</c>.</param>
/// <param name="stream">Number of the stream.</param>
internal sealed class DatagramText(string form, int stream) : IShownSink
{
    private static readonly EndKind Ends = EndKind.Find("udp")!;
    private static readonly Field Stream = FieldCatalog.Default["udp.stream"], Payload = FieldCatalog.Default["udp.payload"];

    private readonly FollowedText _text = new("udp", form, $"udp.stream eq {stream}");
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
                isAsked = value.Number == (ulong)stream;
                if (isAsked)
                    _first ??= _pairs[pair];
            }
            else if (value.FieldIndex == Payload.Index && isAsked)
            {
                _text.Add(packet.Fields.OctetsOf(value), isForth: _pairs[pair].Source == _first!.Value.Source);
            }
        }
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output) => _text.Write(output, EndText(_first?.Source), EndText(_first?.Destination));

    private static string EndText(ConversationEnd? end) => end is { } known ? known.BracketedText : ":0";
}
