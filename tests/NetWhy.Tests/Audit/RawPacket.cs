using System.Buffers.Binary;
using System.Net;

namespace NetWhy.Tests.Audit;

/// <summary>Packets as no socket makes them.</summary>
internal static class RawPacket
{
    /// <summary>A TCP segment with its checksum.</summary>
    /// <param name="from">Its source.</param>
    /// <param name="to">Its destination.</param>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="flags">Its flags: 2 is SYN, 16 is ACK.</param>
    /// <param name="options">Its options, a multiple of 4 octets.</param>
    /// <param name="data">Its data.</param>
    internal static byte[] Tcp(IPEndPoint from, IPEndPoint to, uint sequence, byte flags, byte[]? options = null, byte[]? data = null)
    {
        byte[] segment = [.. new byte[20], .. options ?? [], .. data ?? []];
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), sequence);
        segment[11] = (byte)(flags & 16); // acknowledges something
        (segment[12], segment[13], segment[14]) = ((byte)((5 + (options?.Length ?? 0) / 4) << 4), flags, 0x20);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), Checksum(segment, Pseudo(from.Address, to.Address, 6, segment.Length)));
        return segment;
    }

    /// <summary>An IPv4 packet with its checksum.</summary>
    internal static byte[] IPv4(IPAddress source, IPAddress destination, byte protocol, ReadOnlySpan<byte> payload)
    {
        byte[] packet = [.. new byte[20], .. payload];
        (packet[0], packet[8], packet[9]) = (0x45, 64, protocol);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        source.GetAddressBytes().CopyTo(packet, 12);
        destination.GetAddressBytes().CopyTo(packet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20), 0));
        return packet;
    }

    /// <summary>An IPv6 packet.</summary>
    internal static byte[] IPv6(IPAddress source, IPAddress destination, byte next, byte hopLimit, ReadOnlySpan<byte> payload, byte trafficClass = 0)
    {
        byte[] packet = [.. new byte[40], .. payload];
        (packet[0], packet[1], packet[6], packet[7]) = ((byte)(0x60 | trafficClass >> 4), (byte)(trafficClass << 4), next, hopLimit);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)payload.Length);
        source.GetAddressBytes().CopyTo(packet, 8);
        destination.GetAddressBytes().CopyTo(packet, 24);
        return packet;
    }

    /// <summary>An Ethernet frame to everybody.</summary>
    /// <param name="kind">What it carries: 0x0800 is IPv4.</param>
    /// <param name="payload">That.</param>
    internal static byte[] Frame(ushort kind, ReadOnlySpan<byte> payload) =>
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, (byte)(kind >> 8), (byte)kind, .. payload];

    /// <summary>An ICMPv6 message with its checksum.</summary>
    internal static byte[] Icmp6(IPAddress source, IPAddress destination, byte type, byte code, ReadOnlySpan<byte> body)
    {
        byte[] message = [type, code, 0, 0, .. body];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(message, Pseudo(source, destination, 58, message.Length)));
        return message;
    }

    /// <summary>The checksum of the Internet.</summary>
    /// <param name="octets">What it is of.</param>
    /// <param name="sum">What is summed already.</param>
    /// <remarks>Source: RFC 1071.</remarks>
    internal static ushort Checksum(ReadOnlySpan<byte> octets, uint sum)
    {
        for (int i = 0; i < octets.Length; i++)
            sum += (uint)(i % 2 == 0 ? octets[i] << 8 : octets[i]);
        while (sum >> 16 != 0)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    private static uint Pseudo(IPAddress source, IPAddress destination, uint protocol, int length) =>
        (uint)(ushort)~Checksum([.. source.GetAddressBytes(), .. destination.GetAddressBytes()], 0) + protocol + (uint)length;
}
