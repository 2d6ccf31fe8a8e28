using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Writes probes in which everything that a router may choose a path by stays the same.</summary>
/// <remarks>
/// Routers hash addresses, ports and often the first four octets behind the IP header, of ICMP thus the checksum. So the number of
/// a probe goes where they do not look, and two octets of the payload keep the checksum as it is. Source: B. Augustin et al.,
/// "Avoiding traceroute anomalies with Paris traceroute" (2006).
/// </remarks>
internal static class ProbePacket
{
    /// <summary>Octets of payload that a probe must have: mark, number, and what keeps the checksum.</summary>
    internal const int PayloadSize = 6;

    /// <summary>Smallest probe of a protocol that has no form here.</summary>
    internal const int OtherSize = 4 + PayloadSize;

    private const ushort Mark = 0x6e77; // "nw"

    /// <summary>Writes the payload of a probe, except what keeps the checksum.</summary>
    /// <param name="payload">Where to; <see cref="PayloadSize"/> octets at least.</param>
    /// <param name="sequence">Number of the probe.</param>
    /// <param name="fill">What fills it.</param>
    internal static void WritePayload(Span<byte> payload, ushort sequence, byte fill)
    {
        payload.Fill(fill);
        BinaryPrimitives.WriteUInt16BigEndian(payload, Mark);
        BinaryPrimitives.WriteUInt16BigEndian(payload[2..], sequence);
        payload.Slice(4, 2).Clear();
    }

    /// <summary>Makes the checksum of a message what is wanted, by the two octets of its payload that are for it.</summary>
    /// <param name="message">The message, checksum and those octets zero.</param>
    /// <param name="field">Where the checksum goes.</param>
    /// <param name="payload">Where the payload begins, an even number.</param>
    /// <param name="wanted">The checksum.</param>
    /// <param name="pseudo">Sum of the pseudo-header.</param>
    internal static void Balance(Span<byte> message, int field, int payload, ushort wanted, uint pseudo)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message[field..], wanted);
        BinaryPrimitives.WriteUInt16BigEndian(message[(payload + 4)..], InternetChecksum.Of(message, pseudo));
    }

    /// <summary>Reads the number out of a payload that came back.</summary>
    /// <param name="payload">The payload, as far as it was quoted.</param>
    /// <param name="sequence">The number.</param>
    internal static bool TryReadPayload(ReadOnlySpan<byte> payload, out ushort sequence)
    {
        sequence = payload.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) : default;
        return payload.Length >= 4 && BinaryPrimitives.ReadUInt16BigEndian(payload) == Mark;
    }

    /// <summary>Writes an echo request with a given checksum.</summary>
    /// <param name="message">Where to; what is behind the payload's first octets is filled.</param>
    /// <param name="isV6">Whether it is ICMPv6.</param>
    /// <param name="identifier">Its identifier.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="checksum">The checksum wanted.</param>
    /// <param name="pseudo">Sum of the pseudo-header, of ICMPv6.</param>
    /// <param name="fill">What fills it.</param>
    internal static void WriteEcho(Span<byte> message, bool isV6, ushort identifier, ushort sequence, ushort checksum, uint pseudo, byte fill)
    {
        WritePayload(message[IcmpHeader.Size..], sequence, fill);
        message[..IcmpHeader.Size].Clear();
        message[0] = isV6 ? IcmpMessage.EchoRequestV6 : IcmpMessage.EchoRequest;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], sequence);
        Balance(message, 2, IcmpHeader.Size, checksum, pseudo);
    }

    /// <summary>Writes a UDP datagram with a given checksum.</summary>
    /// <param name="datagram">Where to; all of it is filled.</param>
    /// <param name="source">Source port.</param>
    /// <param name="port">Destination port.</param>
    /// <param name="sequence">Number of the probe.</param>
    /// <param name="checksum">The checksum wanted, not 0.</param>
    /// <param name="pseudo">Sum of the pseudo-header.</param>
    /// <param name="fill">What fills it.</param>
    internal static void WriteDatagram(Span<byte> datagram, ushort source, ushort port, ushort sequence, ushort checksum, uint pseudo, byte fill)
    {
        WritePayload(datagram[UdpHeader.Size..], sequence, fill);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, source);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        Balance(datagram, 6, UdpHeader.Size, checksum, pseudo);
    }

    /// <summary>Writes a datagram of UDP-Lite whose checksum covers its header only.</summary>
    /// <param name="datagram">Where to; all of it is filled.</param>
    /// <param name="source">Source port.</param>
    /// <param name="port">Destination port.</param>
    /// <param name="sequence">Number of the probe.</param>
    /// <param name="pseudo">Sum of the pseudo-header.</param>
    /// <param name="fill">What fills it.</param>
    internal static void WriteLiteDatagram(Span<byte> datagram, ushort source, ushort port, ushort sequence, uint pseudo, byte fill)
    {
        WritePayload(datagram[UdpHeader.Size..], sequence, fill);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, source);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], UdpHeader.Size);
        datagram.Slice(6, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], InternetChecksum.Of(datagram[..UdpHeader.Size], pseudo));
    }

    /// <summary>Writes a probe of a protocol that has no form here.</summary>
    /// <param name="message">Where to; all of it is filled.</param>
    /// <param name="flow">Number of the flow, where other protocols have ports.</param>
    /// <param name="sequence">Number of the probe.</param>
    /// <param name="fill">What fills it.</param>
    internal static void WriteOther(Span<byte> message, ushort flow, ushort sequence, byte fill)
    {
        message[..4].Fill(fill);
        BinaryPrimitives.WriteUInt16BigEndian(message, flow);
        WritePayload(message[4..], sequence, fill);
    }

    /// <summary>Writes the header of an IP packet.</summary>
    /// <param name="header">Where to; 20 or 40 octets.</param>
    /// <param name="options">Where to, and how.</param>
    /// <param name="source">From whom.</param>
    /// <param name="protocol">What follows.</param>
    /// <param name="ttl">Hop limit.</param>
    /// <param name="identification">Identification of IPv4.</param>
    /// <param name="length">Length of what follows, in octets.</param>
    internal static void WriteHeader(Span<byte> header, ProbeOptions options, IPAddress source, IPProtocol protocol, int ttl, ushort identification, int length)
    {
        header.Clear();
        if (options.Target.AddressFamily is AddressFamily.InterNetworkV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header, 6u << 28 | (uint)(options.Tos & 0xff) << 20 | (uint)options.FlowLabel & 0xfffff);
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)length);
            (header[6], header[7]) = ((byte)protocol, (byte)ttl);
            _ = source.TryWriteBytes(header[8..], out _);
            _ = options.Target.TryWriteBytes(header[24..], out _);
            return;
        }

        (header[0], header[1]) = (4 << 4 | Ipv4Header.Size / 4, (byte)options.Tos);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(Ipv4Header.Size + length));
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], identification);
        header[6] = (byte)(options.DontFragment ? 0x40 : 0);
        (header[8], header[9]) = ((byte)ttl, (byte)protocol);
        _ = source.TryWriteBytes(header[12..], out _);
        _ = options.Target.TryWriteBytes(header[16..], out _);
    }

    /// <summary>Sum of the pseudo-header that checksums of UDP, TCP and ICMPv6 include. Source: RFC 768; RFC 8200, section 8.1.</summary>
    /// <param name="source">From whom.</param>
    /// <param name="target">To whom.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="length">Length of header and payload, in octets.</param>
    internal static uint PseudoHeader(IPAddress source, IPAddress target, IPProtocol protocol, int length)
    {
        Span<byte> addresses = stackalloc byte[32];
        _ = source.TryWriteBytes(addresses, out int size);
        _ = target.TryWriteBytes(addresses[size..], out _);
        return InternetChecksum.Sum(addresses[..(2 * size)]) + (uint)protocol + (uint)length;
    }
}
