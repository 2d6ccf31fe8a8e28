using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>
/// The four octets that TCP, UDP, SCTP and DCCP all start with. The declaration is the wire layout.
/// </summary>
/// <remarks>
/// For what is cut short behind them: an ICMP error need not quote more than eight octets (RFC 792). Source: RFC 9293, RFC
/// 768, RFC 9260, RFC 4340.
/// </remarks>
/// <param name="Source">Port of the sender.</param>
/// <param name="Destination">Port of the receiver.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct TransportPorts(UInt16BigEndian Source, UInt16BigEndian Destination)
{
    /// <summary>Their length, in octets.</summary>
    public const int Size = 4;

    /// <summary>Whether a protocol starts with ports.</summary>
    /// <param name="protocol">The protocol.</param>
    public static bool Has(IPProtocol protocol) =>
        protocol is IPProtocol.Tcp or IPProtocol.Udp or IPProtocol.Sctp or IPProtocol.Dccp or IPProtocol.UdpLite;

    /// <summary>Reads the ports.</summary>
    /// <param name="octets">The payload of an IP packet.</param>
    /// <param name="ports">They.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if they are cut short.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out TransportPorts ports) =>
        MemoryMarshal.TryRead(octets, out ports) ? OperationStatus.Done : OperationStatus.NeedMoreData;
}
