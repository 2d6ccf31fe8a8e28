using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>UDP, and what its ports say it carries. Source: RFC 768.</summary>
internal static class UdpDissector
{
    internal static readonly FieldGroup Group = new("udp", "User Datagram Protocol");
    private static readonly Field SourcePort = Group.Unsigned("srcport", "Source Port", 16);
    private static readonly Field DestinationPort = Group.Unsigned("dstport", "Destination Port", 16);
    private static readonly Field Port = Group.Unsigned("port", "Source or Destination Port", 16).Hidden();
    private static readonly Field Length = Group.Unsigned("length", "Length", 16);
    private static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    private static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Checksum Status", 8, IpNames.Checksum).NameAlone().Generated();
    private static readonly Field Stream = Group.Unsigned("stream", "Stream index", 32).Generated();
    private static readonly Field TimeRelative = Group.Duration("time_relative", "Time since first frame").At(2).Generated();
    private static readonly Field TimeDelta = Group.Duration("time_delta", "Time since previous frame").At(2).Generated();
    private static readonly Field Payload = Group.Octets("payload", "UDP payload");

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
        if (dissection.Has(offset, 4))
            dissection.Fields.SayMore($", Src Port: {dissection.U16(offset)}, Dst Port: {dissection.U16(offset + 2)}");
        dissection.Number(SourcePort, offset, 2);
        dissection.Number(DestinationPort, offset + 2, 2);
        dissection.Number(Port, offset, 2);
        dissection.Number(Port, offset + 2, 2);
        dissection.Number(Length, offset + 4, 2);
        if (!dissection.Has(offset, HeaderLength))
            return;
        dissection.Number(Checksum, offset + 6, 2);
        bool hasChecksum = dissection.U16(offset + 6) != 0;
        if (hasChecksum)
        {
            dissection.Fields.SayMore($" [unverified]");
            dissection.Fields.Add(ChecksumStatus, Unverified, offset + 6, 0);
        }
        else
        {
            dissection.Fields.SayMore($" [zero-value ignored]");
            dissection.Fields.AddAt(2, ChecksumStatus, NotPresent, offset + 6);
        }

        int announced = dissection.U16(offset + 4);
        if (announced >= HeaderLength && announced < length)
            length = announced;
        if (dissection.Summary is { } summary)
            IpSummary.WriteUdp(summary, dissection.U16(offset), dissection.U16(offset + 2), length - HeaderLength);
        int captured = dissection.Captured(offset + HeaderLength, length - HeaderLength);
        dissection.Source = dissection.Source with { Port = dissection.U16(offset) };
        dissection.Destination = dissection.Destination with { Port = dissection.U16(offset + 2) };
        AddStream(ref dissection, offset);
        if (captured > 0)
        {
            dissection.Part(Payload, offset + HeaderLength, captured);
            dissection.Fields.Say($"{Payload.Label} ({length - HeaderLength} {(length - HeaderLength == 1 ? "byte" : "bytes")})");
        }

        if (length > HeaderLength)
            ReadPayload(ref dissection, dissection.U16(offset), dissection.U16(offset + 2), offset + HeaderLength, length - HeaderLength);
    }

    private static void AddStream(ref Dissection dissection, int offset)
    {
        if (!(dissection.Fields.IsWanted(Stream) || dissection.Fields.IsWanted(TimeRelative) || dissection.Fields.IsWanted(TimeDelta)))
            return;
        (int number, long first, long previous) = dissection.Memory.Datagrams.Add(dissection.Source, dissection.Destination, dissection.Nanoseconds);
        dissection.Fields.Add(Stream, (ulong)number, offset, 0);
        if (dissection.IsQuoted)
            return;
        dissection.Label("Timestamps");
        dissection.Fields.Say($"[Timestamps]");
        dissection.Fields.Add(TimeRelative, (ulong)(dissection.Nanoseconds - first), offset, 0);
        dissection.Fields.Add(TimeDelta, (ulong)(dissection.Nanoseconds - previous), offset, 0);
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
