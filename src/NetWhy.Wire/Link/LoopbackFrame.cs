using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Link;

/// <summary>A packet of a loopback interface of a BSD: four octets with the family, then the packet.</summary>
/// <remarks>
/// LINKTYPE_NULL has the family in the order of the machine that captured, LINKTYPE_LOOP in that of the network: families
/// are small, so the order is the one in which the number is. Source: pcap-linktype(7).
/// </remarks>
public readonly ref struct LoopbackFrame
{
    /// <summary>Length of the header, in octets.</summary>
    public const int HeaderLength = 4;

    private LoopbackFrame(uint family, ReadOnlySpan<byte> payload)
    {
        Family = family;
        Payload = payload;
    }

    /// <summary>Address family, in the numbers of the system that captured.</summary>
    public uint Family { get; }

    /// <summary>What the payload is: IPv6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS, 10 on Linux, 23 on Windows.</summary>
    public EtherType Type => Family switch
    {
        2 => EtherType.Ipv4,
        10 or 23 or 24 or 28 or 30 => EtherType.Ipv6,
        _ => EtherType.None,
    };

    /// <summary>The octets behind the header that were captured.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Views the packet.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="frame">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the header is cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out LoopbackFrame frame)
    {
        frame = default;
        if (octets.Length < HeaderLength)
            return OperationStatus.NeedMoreData;

        uint family = BinaryPrimitives.ReadUInt32BigEndian(octets);
        frame = new LoopbackFrame(
            family > ushort.MaxValue ? BinaryPrimitives.ReverseEndianness(family) : family, octets[HeaderLength..]);
        return OperationStatus.Done;
    }
}
