using System.Buffers;

namespace NetWhy.Wire.Link;

/// <summary>A frame of PPP viewed where it lies: the protocol, then the packet.</summary>
/// <remarks>
/// Address and control (ff 03) and the upper octet of the protocol may be left out. Source: RFC 1661, section 2; RFC 1662,
/// section 3.1.
/// </remarks>
public readonly ref struct PppFrame
{
    private PppFrame(ushort protocol, int headerLength, ReadOnlySpan<byte> payload)
    {
        Protocol = protocol;
        HeaderLength = headerLength;
        Payload = payload;
    }

    /// <summary>Number of the protocol. Source: IANA, "PPP DLL Protocol Numbers".</summary>
    public ushort Protocol { get; }

    /// <summary>What the payload is, as a type of Ethernet; <see cref="EtherType.None"/> for PPP's own protocols.</summary>
    public EtherType Type => Protocol switch
    {
        0x0021 => EtherType.Ipv4,
        0x0057 => EtherType.Ipv6,
        0x0281 => EtherType.Mpls,
        0x0283 => EtherType.MplsMulticast,
        _ => EtherType.None,
    };

    /// <summary>Length of what stands before the payload, in octets: 1 to 4.</summary>
    public int HeaderLength { get; }

    /// <summary>The octets behind the protocol that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views the frame.</summary>
    /// <param name="octets">What was captured, without flag and escapes.</param>
    /// <param name="frame">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out PppFrame frame)
    {
        frame = default;
        int at = octets is [0xff, 0x03, ..] ? 2 : 0;
        if (octets.Length <= at)
            return OperationStatus.NeedMoreData;

        // The last octet of a protocol is odd, the one before it even.
        bool isShort = (octets[at] & 1) != 0;
        if (!isShort && octets.Length < at + 2)
            return OperationStatus.NeedMoreData;
        ushort protocol = isShort ? octets[at] : (ushort)(octets[at] << 8 | octets[at + 1]);
        at += isShort ? 1 : 2;
        frame = new PppFrame(protocol, at, octets[at..]);
        return OperationStatus.Done;
    }
}
