using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace NetWhy.Wire;

/// <summary>Whole IP packets that netwhy sends past the routing of this machine, and the answers to them.</summary>
/// <remarks>Source: RFC 791, RFC 8200, RFC 792, RFC 4443, RFC 9293.</remarks>
public static class CraftedPacket
{
    /// <summary>Octets that every packet written here fits into.</summary>
    public const int MaxSize = Ipv6HeaderSize + 24;

    private const int Ipv4HeaderSize = 20;
    private const int Ipv6HeaderSize = 40;
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte IcmpV6 = 58;
    private const byte HopLimit = 64;

    /// <summary>Writes an echo request.</summary>
    /// <param name="destination">Where to write it; <see cref="MaxSize"/> octets.</param>
    /// <param name="source">Source address.</param>
    /// <param name="target">Destination address, of the same family.</param>
    /// <param name="identifier">Identifier that the reply repeats.</param>
    /// <param name="hopLimit">How many routers may forward it, plus one.</param>
    /// <returns>Size of the packet, in octets.</returns>
    public static int WriteEchoRequest(
        Span<byte> destination, IPAddress source, IPAddress target, ushort identifier, byte hopLimit = HopLimit)
    {
        const int Size = 16; // header and eight octets of data
        Span<byte> icmp = stackalloc byte[Size];
        icmp.Clear();
        bool isV6 = IsV6(target);
        icmp[0] = (byte)(isV6 ? 128 : 8);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[6..], 1); // sequence number
        uint pseudo = isV6 ? PseudoHeader(source, target, IcmpV6, Size) : 0;
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Of(icmp, pseudo));
        return Write(destination, source, target, isV6 ? IcmpV6 : Icmp, icmp, hopLimit);
    }

    /// <summary>Writes a TCP segment that asks for a connection.</summary>
    /// <param name="destination">Where to write it; <see cref="MaxSize"/> octets.</param>
    /// <param name="source">Source address.</param>
    /// <param name="target">Destination address, of the same family.</param>
    /// <param name="sourcePort">Source port.</param>
    /// <param name="port">Destination port.</param>
    /// <param name="sequence">Sequence number; any if left out.</param>
    /// <returns>Size of the packet, in octets.</returns>
    public static int WriteSyn(
        Span<byte> destination, IPAddress source, IPAddress target, ushort sourcePort, ushort port, uint? sequence = null)
    {
        Span<byte> tcp = stackalloc byte[24]; // header and the MSS option
        tcp.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence ?? (uint)(sourcePort << 16 | port));
        tcp[13] = 0x02; // SYN
        (tcp[20], tcp[21]) = (2, 4); // MSS option
        BinaryPrimitives.WriteUInt16BigEndian(tcp[22..], 1220); // fits every path
        return WriteSegment(destination, source, target, sourcePort, port, tcp);
    }

    /// <summary>Writes a TCP segment that acknowledges something, as if there were a connection.</summary>
    /// <param name="destination">Where to write it; <see cref="MaxSize"/> octets.</param>
    /// <param name="source">Source address.</param>
    /// <param name="target">Destination address, of the same family.</param>
    /// <param name="sourcePort">Source port.</param>
    /// <param name="port">Destination port.</param>
    /// <returns>Size of the packet, in octets.</returns>
    public static int WriteAcknowledgement(
        Span<byte> destination, IPAddress source, IPAddress target, ushort sourcePort, ushort port)
    {
        Span<byte> tcp = stackalloc byte[20];
        tcp.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], (uint)(sourcePort << 16 | port)); // any numbers will do
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], (uint)(port << 16 | sourcePort));
        tcp[13] = 0x10; // ACK
        return WriteSegment(destination, source, target, sourcePort, port, tcp);
    }

    /// <summary>Writes a TCP segment that ends a connection which a SYN half opened.</summary>
    /// <param name="destination">Where to write it; <see cref="MaxSize"/> octets.</param>
    /// <param name="source">Source address.</param>
    /// <param name="target">Destination address, of the same family.</param>
    /// <param name="sourcePort">Source port.</param>
    /// <param name="port">Destination port.</param>
    /// <param name="sequence">Sequence number: that of the SYN, and one.</param>
    /// <returns>Size of the packet, in octets.</returns>
    public static int WriteReset(
        Span<byte> destination, IPAddress source, IPAddress target, ushort sourcePort, ushort port, uint sequence)
    {
        Span<byte> tcp = stackalloc byte[20];
        tcp.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        tcp[13] = 0x04; // RST
        return WriteSegment(destination, source, target, sourcePort, port, tcp);
    }

    /// <summary>Tells whether a packet is a reset of the target, in answer to a segment of ours.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="target">Address that the segment went to.</param>
    /// <param name="sourcePort">Its source port.</param>
    /// <param name="port">Its destination port.</param>
    /// <param name="hopLimit">What is left of the packet's hop limit; 0 if it is none.</param>
    public static bool IsReset(ReadOnlySpan<byte> packet, IPAddress target, ushort sourcePort, ushort port, out byte hopLimit)
    {
        hopLimit = 0;
        if (!TryReadAnswer(packet, target, sourcePort, port, out TcpSegment segment) || !segment.Flags.HasFlag(TcpFlags.Rst))
            return false;
        hopLimit = packet[IsV6(target) ? 7 : 8];
        return true;
    }

    /// <summary>Tells whether a packet is a bare acknowledgement of the target, of a SYN of ours: it has the connection half open.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="target">Address that the SYN went to.</param>
    /// <param name="sourcePort">Its source port.</param>
    /// <param name="port">Its destination port.</param>
    /// <param name="sequence">Its sequence number.</param>
    public static bool IsBareAcknowledgement(ReadOnlySpan<byte> packet, IPAddress target, ushort sourcePort, ushort port, uint sequence) =>
        TryReadAnswer(packet, target, sourcePort, port, out TcpSegment segment)
        && (segment.Flags & (TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Fin | TcpFlags.Ack)) == TcpFlags.Ack
        && segment.AcknowledgmentNumber == unchecked(sequence + 1);

    /// <summary>Tells whether a packet is the target's own answer to one of the above.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="target">Address that the question went to.</param>
    /// <param name="identifier">Identifier of the echo request and source port of the SYN.</param>
    /// <returns>True for an echo reply, a SYN-ACK or a RST of the target.</returns>
    public static bool IsAnswer(ReadOnlySpan<byte> packet, IPAddress target, ushort identifier)
    {
        if (!TryRead(packet, IsV6(target), out ReadOnlySpan<byte> sender, out IPProtocol protocol, out ReadOnlySpan<byte> payload))
            return false;
        Span<byte> address = stackalloc byte[16];
        if (!target.TryWriteBytes(address, out int length) || !sender.SequenceEqual(address[..length]))
            return false;
        if (protocol is IPProtocol.Tcp)
            return TransportPorts.Read(payload, out TransportPorts ports) is OperationStatus.Done && ports.Destination == identifier;
        return protocol is IPProtocol.Icmp or IPProtocol.IcmpV6
            && IcmpMessage.Read(payload, protocol is IPProtocol.IcmpV6, out IcmpMessage message) is OperationStatus.Done
            && message.Type == (message.IsV6 ? IcmpMessage.EchoReplyV6 : IcmpMessage.EchoReply)
            && message.Identifier == identifier;
    }

    /// <summary>Tells whether a packet says that the hop limit of one of ours ran out, or that a router has no way for it.</summary>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="isV6">Whether it is IPv6.</param>
    /// <param name="identifier">Identifier of the echo request that it must quote.</param>
    public static bool IsRoutersError(ReadOnlySpan<byte> packet, bool isV6, ushort identifier)
    {
        return TryRead(packet, isV6, out _, out IPProtocol protocol, out ReadOnlySpan<byte> payload)
            && protocol is IPProtocol.Icmp or IPProtocol.IcmpV6
            && IcmpMessage.Read(payload, protocol is IPProtocol.IcmpV6, out IcmpMessage error) is OperationStatus.Done
            && (error.IsV6, error.Type, error.Code) is (false, 11, 0) or (false, 3, 0) or (true, 3, 0) or (true, 1, 0)
            && TryRead(error.Body, isV6, out _, out IPProtocol quoted, out ReadOnlySpan<byte> request)
            && quoted == protocol
            && IcmpMessage.Read(request, isV6, out IcmpMessage echo) is OperationStatus.Done
            && echo.Identifier == identifier;
    }

    private static bool TryReadAnswer(ReadOnlySpan<byte> packet, IPAddress target, ushort sourcePort, ushort port, out TcpSegment segment)
    {
        segment = default;
        return IsAnswer(packet, target, sourcePort)
            && TryRead(packet, IsV6(target), out _, out IPProtocol protocol, out ReadOnlySpan<byte> payload)
            && protocol is IPProtocol.Tcp
            && TcpSegment.Read(payload, out segment) is OperationStatus.Done
            && segment.SourcePort == port;
    }

    private static int WriteSegment(Span<byte> destination, IPAddress source, IPAddress target, ushort sourcePort, ushort port, Span<byte> tcp)
    {
        BinaryPrimitives.WriteUInt16BigEndian(tcp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], port);
        tcp[12] = (byte)((tcp.Length / 4) << 4);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], ushort.MaxValue); // window
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], InternetChecksum.Of(tcp, PseudoHeader(source, target, Tcp, tcp.Length)));
        return Write(destination, source, target, Tcp, tcp);
    }

    private static bool TryRead(ReadOnlySpan<byte> packet, bool isV6, out ReadOnlySpan<byte> sender, out IPProtocol protocol, out ReadOnlySpan<byte> payload)
    {
        sender = payload = default;
        protocol = default;
        if (isV6 && Ipv6Packet.Read(packet, out Ipv6Packet v6) is OperationStatus.Done)
        {
            sender = v6.SourceOctets;
            protocol = v6.Protocol;
            payload = v6.Payload;
            return v6.FragmentOffset == 0;
        }

        if (isV6 || Ipv4Packet.Read(packet, out Ipv4Packet v4) is not OperationStatus.Done)
            return false;
        sender = v4.SourceOctets;
        protocol = v4.Protocol;
        payload = v4.Payload;
        return v4.FragmentOffset == 0;
    }

    private static bool IsV6(IPAddress address) => address.AddressFamily is AddressFamily.InterNetworkV6;

    private static int Write(
        Span<byte> destination,
        IPAddress source,
        IPAddress target,
        byte protocol,
        ReadOnlySpan<byte> payload,
        byte hopLimit = HopLimit)
    {
        bool isV6 = IsV6(target);
        int headerSize = isV6 ? Ipv6HeaderSize : Ipv4HeaderSize;
        Span<byte> header = destination[..headerSize];
        header.Clear();
        if (isV6)
        {
            header[0] = 6 << 4;
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)payload.Length);
            (header[6], header[7]) = (protocol, hopLimit);
            _ = source.TryWriteBytes(header[8..], out _);
            _ = target.TryWriteBytes(header[24..], out _);
        }
        else
        {
            header[0] = 4 << 4 | Ipv4HeaderSize / 4;
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(Ipv4HeaderSize + payload.Length));
            header[6] = 0x40; // don't fragment
            (header[8], header[9]) = (hopLimit, protocol);
            _ = source.TryWriteBytes(header[12..], out _);
            _ = target.TryWriteBytes(header[16..], out _);
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Of(header));
        }

        payload.CopyTo(destination[headerSize..]);
        return headerSize + payload.Length;
    }

    private static uint PseudoHeader(IPAddress source, IPAddress target, byte protocol, int length)
    {
        Span<byte> addresses = stackalloc byte[32];
        _ = source.TryWriteBytes(addresses, out int size);
        _ = target.TryWriteBytes(addresses[size..], out _);
        return InternetChecksum.Sum(addresses[..(2 * size)]) + protocol + (uint)length;
    }
}
