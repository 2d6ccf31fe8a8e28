using System.Buffers;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Prints what applications said to each other, decrypted and unpacked. Source: tshark(1), -z follow.</summary>
/// <remarks>The first end is the one that speaks first; of TLS tshark does not name the other one.</remarks>
/// <param name="carrier">What carried it.</param>
/// <param name="form">How: <c>ascii</c>, <c>hex</c>, <c>raw</c> or <c>yaml</c>.</param>
/// <param name="stream">The stream.</param>
/// <param name="inner">Number of the stream in it; 0 where there are none.</param>
internal sealed class CarriedText(Carrier carrier, string form, FollowedStream stream, long inner) : IShownSink, ICarriedObserver
{
    private readonly FollowedText _text = new(NameOf(carrier), form, FilterOf(carrier, stream, inner), stream);
    private TcpEndpoint? _first;
    private TcpEndpoint? _second;

    /// <inheritdoc/>
    public bool SeesAll => true;

    /// <inheritdoc/>
    public bool Follows => true;

    /// <summary>What is asked for by a name; null if it is none.</summary>
    /// <param name="name">The name.</param>
    internal static Carrier? Find(string name) => name switch
    {
        "tls" or "ssl" => Carrier.Tls,
        "http" => Carrier.Http,
        "http2" => Carrier.Http2,
        "quic" => Carrier.Quic,
        _ => null,
    };

    /// <summary>Whether several streams lie in one.</summary>
    /// <param name="carrier">What carries it.</param>
    internal static bool HasInner(Carrier carrier) => carrier is Carrier.Http2 or Carrier.Quic;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        // It sees what is carried itself.
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        // It sees what is carried itself.
    }

    /// <inheritdoc/>
    public void Carried(in CarriedPart part)
    {
        if (part.Carrier != carrier || !stream.Is(part.Stream, part.Source, part.Destination) || part.Inner != inner)
            return;
        if (_first is null)
        {
            _first = part.Source;
            _second = carrier == Carrier.Tls ? null : part.Destination;
        }

        if (!part.IsSign)
            _text.Add(part.Data, isForth: part.Source == _first, part.Frame, part.Nanoseconds);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output) => _text.Write(output, _first, _second);

    private static string NameOf(Carrier carrier) => carrier switch
    {
        Carrier.Tls => "tls",
        Carrier.Http => "http",
        Carrier.Http2 => "http2",
        _ => "quic",
    };

    private static string FilterOf(Carrier carrier, FollowedStream stream, long inner) => carrier switch
    {
        Carrier.Http2 => FormattableString.Invariant($"{stream.FilterOf("tcp")} and http2.streamid eq {inner}"),
        Carrier.Quic => FormattableString.Invariant($"quic.connection.number eq {stream.Number} and quic.stream.stream_id eq {inner}"),
        _ => stream.FilterOf("tcp"),
    };
}
