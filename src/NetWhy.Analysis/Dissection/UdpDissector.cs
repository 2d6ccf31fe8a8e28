using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>UDP and UDP-Lite, and what their ports say they carry. Sources: RFC 768, RFC 3828.</summary>
internal static class UdpDissector
{
    internal static readonly FieldGroup Group = new("udp", "User Datagram Protocol");
    private static readonly Field SourcePort = Group.Unsigned("srcport", "Source Port", 16);
    private static readonly Field DestinationPort = Group.Unsigned("dstport", "Destination Port", 16);
    private static readonly Field Port = Group.Unsigned("port", "Source or Destination Port", 16).Hidden();
    private static readonly Field Length = Group.Unsigned("length", "Length", 16);
    private static readonly Field Checksum = Group.Hexadecimal("checksum", "Checksum", 16);
    private static readonly Field ChecksumStatus = Group.Unsigned("checksum.status", "Checksum Status", 8, IpNames.Checksum).NameAlone().Generated();
    private static readonly Field ChecksumCalculated = Group.Hexadecimal("checksum_calculated", "Calculated Checksum", 16).At(2).Generated();
    private static readonly Field ChecksumBad = Group.Finding("checksum.bad", "Bad checksum", Severity.Error, ExpertGroup.Checksum);
    private static readonly Field Stream = Group.Unsigned("stream", "Stream index", 32).Generated();
    private static readonly Field TimeRelative = Group.Duration("time_relative", "Time since first frame").At(2).Generated();
    private static readonly Field TimeDelta = Group.Duration("time_delta", "Time since previous frame").At(2).Generated();
    private static readonly Field Payload = Group.Octets("payload", "UDP payload");

    private static readonly Field Coverage = Group.Unsigned("checksum_coverage", "Checksum coverage", 16);
    private static readonly Field Traceroute = Group.Finding("possible_traceroute", "Possible traceroute", Severity.Chat);
    private static readonly Field LengthWrong = Group.Finding("length.bad", "Bad length value", Severity.Error, ExpertGroup.Malformed);
    private static readonly Field LengthZero = Group.Finding("length.bad_zero", "Length is zero but payload < 65536", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field ChecksumZero = Group.Finding("checksum.zero", "Illegal checksum value (0)", Severity.Error, ExpertGroup.Checksum);
    internal static readonly FieldGroup Lite = new("udplite", "Lightweight User Datagram Protocol");
    private static readonly Field CoverageWrong = Lite.Finding("checksum_coverage.bad", "Bad checksum coverage length value", Severity.Error, ExpertGroup.Malformed);

    private const int HeaderLength = 8;
    private const int LeastJumbo = 65_536; // RFC 2675

    /// <summary>Reads a datagram.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        ReadPorts(ref dissection, Group.Protocol, offset, length);
        dissection.Number(Length, offset + 4, 2);
        if (!dissection.Need(offset + 4, 2))
            return;
        int announced = dissection.U16(offset + 4);
        if (announced == 0 && dissection.Source.IsIpv6)
        {
            if (length < LeastJumbo)
                dissection.Remark(LengthZero, offset + 4);
        }
        else if (announced < HeaderLength)
        {
            dissection.Summary?.Append($" [BAD UDP LENGTH {announced} < {HeaderLength}]");
            dissection.Fields.SayMore($" (bogus, must be >= {HeaderLength})");
            dissection.Fields.Remark(LengthWrong, offset + 4, $"Bad length value {announced} < {HeaderLength}");
            return;
        }
        else if (announced > length && !dissection.IsQuoted && !dissection.IsFragment)
        {
            dissection.Summary?.Append($" [BAD UDP LENGTH {announced} > IP PAYLOAD LENGTH]");
            dissection.Fields.SayMore($" (bogus, payload length {length})");
            dissection.Fields.Remark(LengthWrong, offset + 4, $"Bad length value {announced} > IP payload length");
        }

        if (dissection.Summary is { } summary)
            IpSummary.WriteUdpLength(summary, (announced >= HeaderLength ? announced : length) - HeaderLength);
        if (!ReadChecksum(ref dissection, offset, announced >= HeaderLength ? announced : length, mustHave: dissection.Source.IsIpv6 && !dissection.IsQuoted))
            return;
        if (announced >= HeaderLength && announced < length)
            length = announced;
        ReadBehind(ref dissection, offset, length);
    }

    /// <summary>Reads a datagram of UDP-Lite: of it, the checksum covers a part.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void ReadLite(ref Dissection dissection, int offset, int length)
    {
        ReadPorts(ref dissection, Lite.Protocol, offset, length);
        dissection.Number(Coverage, offset + 4, 2);
        if (!dissection.Need(offset + 4, 2))
            return;
        int covered = dissection.U16(offset + 4);
        if (covered != 0 && (covered < HeaderLength || covered > length))
        {
            dissection.Fields.SayMore($" (bogus, must be >= {HeaderLength} and <= {length})");
            dissection.Fields.Remark(CoverageWrong, offset + 4, $"Bad checksum coverage length value {covered} < {HeaderLength} or > {length}");
        }

        dissection.Fields.Add(Length, (ulong)length, offset + 4, 0);
        dissection.Fields.Say($"[{Length.Label}: {length}]");
        if (dissection.Summary is { } summary)
            IpSummary.WriteUdpLength(summary, length - HeaderLength);
        if (ReadChecksum(ref dissection, offset, length: -1, mustHave: true))
            ReadBehind(ref dissection, offset, length);
    }

    private static void ReadPorts(ref Dissection dissection, Field protocol, int offset, int length)
    {
        const int FirstProbe = 33_435; // of traceroute: three for each hop, up to the tenth
        const int LastProbe = 33_464;
        dissection.Begin(protocol);
        dissection.Summary?.Restart();
        if (!dissection.Need(offset, 4))
            return;
        dissection.Fields.Add(protocol, 0, offset, dissection.Captured(offset, Math.Min(length, HeaderLength)));
        if (dissection.Summary is { } summary)
            IpSummary.WriteUdp(summary, dissection.U16(offset), dissection.U16(offset + 2));
        if (dissection.Has(offset, 4))
            dissection.Fields.SayMore($", Src Port: {dissection.U16(offset)}, Dst Port: {dissection.U16(offset + 2)}");
        dissection.Number(SourcePort, offset, 2);
        int destination = (int)dissection.Number(DestinationPort, offset + 2, 2);
        if (destination is >= FirstProbe and <= LastProbe)
            dissection.Fields.Remark(Traceroute, offset + 2, $"Possible traceroute: hop #{((destination - FirstProbe) / 3) + 1}, attempt #{((destination - FirstProbe) % 3) + 1}");
        dissection.Number(Port, offset, 2);
        dissection.Number(Port, offset + 2, 2);
    }

    // It is computed only where somebody asks, and the length of what it covers is known: offloading makes it wrong where a sender is captured.
    private static bool ReadChecksum(ref Dissection dissection, int offset, int length, bool mustHave)
    {
        if (!dissection.Need(offset, HeaderLength))
            return false;
        ushort sent = (ushort)dissection.Number(Checksum, offset + 6, 2);
        if (sent != 0)
        {
            if (dissection.Memory.Preferences.ChecksUdp && length >= 0 && dissection.Has(offset, length) && !dissection.IsFragment && !dissection.IsEndUnknown)
            {
                Verify(ref dissection, offset, length, sent);
                return true;
            }

            dissection.Fields.SayMore($" [unverified]");
            dissection.Fields.Add(ChecksumStatus, PacketChecksum.Unverified, offset + 6, 0);
        }
        else if (mustHave)
        {
            dissection.Fields.SayMore($" [zero-value illegal]");
            dissection.Remark(ChecksumZero, offset + 6);
            dissection.Fields.AddAt(2, ChecksumStatus, PacketChecksum.Illegal, offset + 6);
        }
        else
        {
            dissection.Fields.SayMore($" [zero-value ignored]");
            dissection.Fields.AddAt(2, ChecksumStatus, PacketChecksum.NotPresent, offset + 6);
        }

        return true;
    }

    private static void Verify(ref Dissection dissection, int offset, int length, ushort sent)
    {
        ushort right = PacketChecksum.RightOf(dissection.Octets.Slice(offset, length), sent, PacketChecksum.PseudoHeader(dissection, IPProtocol.Udp, length));
        if (right == sent)
        {
            dissection.Fields.SayMore($" [correct]");
        }
        else
        {
            dissection.Summary?.Append(" [UDP CHECKSUM INCORRECT]"u8);
            dissection.Fields.SayMore($" incorrect, should be 0x{right:x4} (maybe caused by \"UDP checksum offload\"?)");
            dissection.Fields.Remark(ChecksumBad, offset + 6, $"{ChecksumBad.Label} [should be 0x{right:x4}]");
        }

        dissection.Fields.Add(ChecksumCalculated, right, offset + 6, 0);
        dissection.Fields.Add(ChecksumStatus, right == sent ? PacketChecksum.Good : PacketChecksum.Bad, offset + 6, 0);
    }

    private static void ReadBehind(ref Dissection dissection, int offset, int length)
    {
        int captured = dissection.Captured(offset + HeaderLength, length - HeaderLength);
        dissection.Source = dissection.Source with { Port = dissection.U16(offset) };
        dissection.Destination = dissection.Destination with { Port = dissection.U16(offset + 2) };
        AddStream(ref dissection, offset);
        if (captured > 0)
        {
            dissection.Part(Payload, offset + HeaderLength, captured);
            dissection.Fields.Say($"{Payload.Label} ({captured} {(captured == 1 ? "byte" : "bytes")})");
        }

        if (length <= HeaderLength || (captured == 0 && dissection.IsQuoted) || !dissection.Need(offset + HeaderLength, 1))
            return;
        byte before = dissection.Fields.Base;
        dissection.Fields.Base = 0; // what a quoted datagram carries does not lie in what quotes it
        ReadPayload(ref dissection, dissection.U16(offset), dissection.U16(offset + 2), offset + HeaderLength, length - HeaderLength);
        dissection.Fields.Base = before;
    }

    private static void AddStream(ref Dissection dissection, int offset)
    {
        if (!(dissection.Fields.IsWanted(Stream) || dissection.Fields.IsWanted(TimeRelative) || dissection.Fields.IsWanted(TimeDelta)))
            return;
        (int number, long first, long previous) = dissection.Memory.Datagrams.Add(dissection.Source, dissection.Destination, dissection.Nanoseconds, dissection.IsQuoted);
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
        int bound = dissection.Confine(offset + length);
        if (!TryPort(ref dissection, Math.Min(source, destination), offset, length) && !TryPort(ref dissection, Math.Max(source, destination), offset, length)
            && !QuicDissector.TryRead(ref dissection, offset, length))
        {
            DataDissector.Read(ref dissection, offset, length);
        }

        dissection.Release(bound);
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
            case 4790:
                VxlanDissector.ReadWithProtocol(ref dissection, offset, length);
                return true;
            case 6081:
                GeneveDissector.Read(ref dissection, offset, length);
                return true;
            default:
                return dissection.Memory.Preferences.LooksIntoTunnels && TryTunnel(ref dissection, port, offset, length);
        }
    }

    private static bool TryTunnel(ref Dissection dissection, ushort port, int offset, int length)
    {
        TunnelContent content = Tunnels.InDatagram(port, dissection.Rest(offset, length), length, out int behind);
        dissection.Memory.HasOpenedTunnel |= content is TunnelContent.Frame or TunnelContent.Packet;
        if (content == TunnelContent.Frame)
            LinkDissector.ReadEthernet(ref dissection, offset + behind, length - behind);
        else if (content == TunnelContent.Packet)
            LinkDissector.ReadRaw(ref dissection, offset + behind, length - behind);
        return content is TunnelContent.Frame or TunnelContent.Packet;
    }
}
