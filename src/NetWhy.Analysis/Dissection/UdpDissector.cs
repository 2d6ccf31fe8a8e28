using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>UDP, and what its ports say it carries. Source: RFC 768.</summary>
internal static class UdpDissector
{
    internal static readonly FieldGroup Group = new("udp", "User Datagram Protocol");
    private static readonly Field SourcePort = Group.Unsigned("srcport", "Source port", 16);
    private static readonly Field DestinationPort = Group.Unsigned("dstport", "Destination port", 16);
    private static readonly Field Port = Group.Unsigned("port", "Source or destination port", 16);
    private static readonly Field Length = Group.Unsigned("length", "Length with the header", 16);
    private static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    private static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Status of the checksum", 8);
    private static readonly Field Payload = Group.Octets("payload", "Data");

    private const int HeaderLength = 8;

    /// <summary>Reads a datagram.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const ulong Unverified = 2;
        const ulong NotPresent = 3;
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, HeaderLength));
        dissection.Number(SourcePort, offset, 2);
        dissection.Number(DestinationPort, offset + 2, 2);
        dissection.Number(Port, offset, 2);
        dissection.Number(Port, offset + 2, 2);
        dissection.Number(Length, offset + 4, 2);
        if (!dissection.Has(offset, HeaderLength))
            return;
        dissection.Number(Checksum, offset + 6, 2);
        dissection.Fields.Add(ChecksumStatus, dissection.U16(offset + 6) == 0 ? NotPresent : Unverified, offset + 6, 0);
        int announced = dissection.U16(offset + 4);
        if (announced >= HeaderLength && announced < length)
            length = announced;
        if (dissection.Summary is { } summary)
            IpSummary.WriteUdp(summary, dissection.U16(offset), dissection.U16(offset + 2), length - HeaderLength);
        int captured = dissection.Captured(offset + HeaderLength, length - HeaderLength);
        if (captured > 0)
            dissection.Part(Payload, offset + HeaderLength, captured);
        dissection.Source = dissection.Source with { Port = dissection.U16(offset) };
        dissection.Destination = dissection.Destination with { Port = dissection.U16(offset + 2) };
        if (length > HeaderLength)
            ReadPayload(ref dissection, dissection.U16(offset), dissection.U16(offset + 2), offset + HeaderLength, length - HeaderLength);
    }

    // The lower port first, as it is more likely the service's.
    private static void ReadPayload(ref Dissection dissection, ushort source, ushort destination, int offset, int length)
    {
        if (!dissection.Enter())
            return;
        if (!TryPort(ref dissection, Math.Min(source, destination), offset, length) && !TryPort(ref dissection, Math.Max(source, destination), offset, length)
            && !QuicDissector.TryRead(ref dissection, offset, length))
        {
            DataDissector.Read(ref dissection, offset, length);
        }

        dissection.Leave();
    }

    private static bool TryPort(ref Dissection dissection, ushort port, int offset, int length)
    {
        switch (port)
        {
            case 53:
                DnsDissector.Read(ref dissection, DnsDissector.Group.Protocol, offset, length);
                return true;
            case 5353:
                DnsDissector.Read(ref dissection, DnsDissector.Multicast.Protocol, offset, length);
                return true;
            case 5355:
                DnsDissector.Read(ref dissection, DnsDissector.LinkLocal.Protocol, offset, length);
                return true;
            case 4754:
                GreDissector.Read(ref dissection, offset, length);
                return true;
            case 4789:
                VxlanDissector.Read(ref dissection, offset, length);
                return true;
            case 6081:
                GeneveDissector.Read(ref dissection, offset, length);
                return true;
            default:
                return false;
        }
    }
}
