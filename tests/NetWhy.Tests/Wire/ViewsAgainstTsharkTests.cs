using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using NetWhy.Wire;
using NetWhy.Wire.Http;
using NetWhy.Wire.Link;
using NetWhy.Wire.Quic;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>Views of protocols read from public captures what tshark reads.</summary>
public sealed class ViewsAgainstTsharkTests
{
    private delegate string? Describe(ReadOnlySpan<byte> octets);

    [Fact]
    public void Lldp() => Compare("tcpdump/lldp_mudurl.pcap", "lldp", LayerKind.Lldp, ["lldp.tlv.type", "lldp.tlv.len", "lldp.time_to_live"], octets =>
    {
        List<int> types = [], lengths = [];
        ushort? seconds = null;
        foreach (LldpElement element in new LldpElements(octets))
        {
            types.Add(element.Type);
            lengths.Add(element.Length);
            seconds ??= element.Seconds;
        }

        return $"{Join(types)},0|{Join(lengths)},0|{seconds}"; // tshark lists the end, too
    });

    [Fact]
    public void SpanningTree() => Compare(
        "tcpdump/802.1w_rapid_STP.pcap", "stp", LayerKind.SpanningTree,
        ["stp.version", "stp.type", "stp.flags", "stp.root.hw", "stp.root.cost", "stp.bridge.hw", "stp.port", "stp.max_age", "stp.forward"], octets =>
        {
            SpanningTreeUnit.Read(octets, out SpanningTreeUnit unit);
            return $"{unit.Version}|0x{unit.Type:x2}|0x{unit.Flags:x2}|{Mac(unit.Root)}|{unit.RootPathCost}|{Mac(unit.Bridge)}|0x{unit.Port:x4}|{unit.MaximumAge / 256}|{unit.ForwardDelay / 256}";
        });

    [Theory]
    [InlineData("tcpdump/igmpv3-queries.pcap")]
    [InlineData("tcpdump/IGMP_V2.pcap")]
    public void Igmp(string capture) => Compare(capture, "igmp", LayerKind.Igmp, ["igmp.type", "igmp.maddr", "igmp.qrv", "igmp.qqic", "igmp.num_src", "igmp.num_grp_recs"], octets =>
    {
        GroupMembershipMessage.Read(octets, isV6: false, out GroupMembershipMessage message);
        List<string> groups = [];
        foreach (GroupRecord record in message.Records)
            groups.Add(new System.Net.IPAddress(record.Group).ToString());
        if (!message.HasRecords)
            groups.Add(new System.Net.IPAddress(message.Group).ToString());
        return $"0x{message.Type:x2}|{Join(groups)}|{(message.IsNewQuery ? $"{message.Robustness}|{message.QueryInterval}|{message.Sources.Length / 4}" : "||")}|{(message.HasRecords ? $"{groups.Count}" : "")}";
    });

    [Fact]
    public void Sctp() => Compare(
        "tcpdump/isup.pcap", "sctp", LayerKind.Sctp, ["sctp.srcport", "sctp.dstport", "sctp.verification_tag", "sctp.chunk_type", "sctp.chunk_length", "sctp.data_payload_proto_id"], octets =>
        {
            SctpPacket.Read(octets, out SctpPacket packet);
            List<int> types = [], lengths = [];
            List<uint> protocols = [];
            foreach (SctpChunk chunk in packet.Chunks)
            {
                types.Add((int)chunk.Type);
                lengths.Add(chunk.Length);
                if (chunk.PayloadProtocol is { } protocol)
                    protocols.Add(protocol);
            }

            return $"{packet.SourcePort}|{packet.DestinationPort}|0x{packet.VerificationTag:x8}|{Join(types)}|{Join(lengths)}|{Join(protocols)}";
        });

    [Theory]
    [InlineData("tcpdump/dhcp-rfc5859.pcap")]
    [InlineData("tcpdump/dhcp-mud.pcap")]
    [InlineData("chrissanders-packets/dhcp_inlease_renewal.pcapng")]
    public void Dhcp(string capture) => Compare(
        capture, "dhcp", LayerKind.Data, ["dhcp.type", "dhcp.id", "dhcp.option.dhcp", "dhcp.option.type", "dhcp.option.length", "dhcp.hw.mac_addr", "dhcp.ip.your"], octets =>
        {
            DhcpMessage.Read(octets, out DhcpMessage message);
            List<int> codes = [], lengths = [];
            foreach (TypeLengthValue option in message.Options)
            {
                if (option.Type is 61) // tshark lists the address in it once more
                    return null;
                codes.Add(option.Type);
                lengths.Add(option.Length);
            }

            ref readonly DhcpHeader header = ref message.Header;
            return $"{header.Operation}|0x{(uint)header.TransactionId:x8}|{(int)message.MessageType}|{Join(codes)},0|{Join(lengths)}|{header.ClientHardware}|{new System.Net.IPAddress(Swap(header.YourAddress))}";
        },
        least: 1);

    [Fact]
    public void Ntp() => Compare(
        "tcpdump/ntp.pcap", "ntp", LayerKind.Data, ["ntp.flags.li", "ntp.flags.vn", "ntp.flags.mode", "ntp.stratum", "ntp.ppoll", "ntp.xmt"], octets =>
        {
            if (NtpPacket.Read(octets, out NtpPacket packet) is not OperationStatus.Done)
                return null;
            ref readonly NtpHeader header = ref packet.Header;
            long time = header.Transmit.UnixNanoseconds;
            string text = DateTime.UnixEpoch.AddSeconds(Math.DivRem(time, 1_000_000_000, out long fraction)).ToString("MMM d, yyyy HH:mm:ss", CultureInfo.InvariantCulture);
            if (text.IndexOf(' ') is var at && text[at + 2] == ',')
                text = text.Insert(at, " ");
            return $"{header.Leap}|{header.Version}|{header.Mode}|{header.Stratum}|{header.Poll}|{text}.{Math.Abs(fraction):d9} UTC";
        });

    [Theory]
    [InlineData("zeek/testing/btest/Traces/tls/tls13_wolfssl.pcap")]
    [InlineData("zeek/testing/btest/Traces/tls/tls13_psk_succesfull.pcap")]
    [InlineData("zeek/testing/btest/Traces/tls/tls13-ech.pcap")]
    [InlineData("zeek/testing/btest/Traces/tls/chrome-1250-tls-x25519-kyber.pcap")]
    public void TlsHellos(string capture) => Compare(
        capture, "tls.handshake.type in {1,2} && !tcp.analysis.flags", LayerKind.Data,
        [
            "tls.handshake.version", "tls.handshake.extensions_server_name", "tls.handshake.ciphersuite", "tls.handshake.extensions_alpn_str", "tls.handshake.extensions.supported_version",
            "tls.handshake.extensions_supported_group", "tls.handshake.extensions_key_share_group", "tls.handshake.extension.type",
        ],
        octets =>
        {
            foreach (TlsHandshakeMessage handshake in new TlsHandshakeMessages(TlsRecord.Read(octets, out TlsRecord record) is OperationStatus.Done ? record.Fragment : default))
            {
                if (TlsHello.Read(handshake, out TlsHello hello) is not OperationStatus.Done)
                    continue;
                List<string> protocols = [], groups = [], extensions = [];
                foreach (TypeLengthValue protocol in hello.ApplicationProtocols)
                    protocols.Add(Encoding.ASCII.GetString(protocol.Value));
                foreach (TypeLengthValue share in hello.KeyShares)
                    groups.Add($"{share.Type}");
                foreach (TypeLengthValue extension in hello.Extensions)
                    extensions.Add($"{extension.Type}");
                return $"0x{hello.LegacyVersion:x4}|{Encoding.ASCII.GetString(hello.ServerName)}|{Hex(hello.CipherSuites)}|{Join(protocols)}|{Hex(hello.SupportedVersions)}|{Hex(hello.SupportedGroups)}|{Join(groups)}|{Join(extensions)}";
            }

            return null;
        });

    [Theory]
    [InlineData("dhe.pcap")]
    [InlineData("ecdsa-cert.pcap")]
    [InlineData("tls1_1.pcap")]
    [InlineData("certificate-with-sct.pcap")]
    public void TlsCertificateLists(string capture) => Compare(
        $"zeek/testing/btest/Traces/tls/{capture}", "tls.handshake.type == 11", LayerKind.Data, ["tls.handshake.certificate_length"], octets =>
        {
            foreach (TlsRecord record in new TlsRecords(octets))
            {
                foreach (TlsHandshakeMessage message in new TlsHandshakeMessages(record.ContentType is TlsContentType.Handshake ? record.Fragment : default))
                {
                    if (message.Type is not HandshakeType.Certificate || message.IsTruncated)
                        continue;
                    List<int> lengths = [];
                    var certificates = new TlsCertificates(message.Body, isTls13: false);
                    while (certificates.MoveNext())
                        lengths.Add(certificates.CurrentLength);
                    Assert.Equal(OperationStatus.Done, certificates.Status);
                    return Join(lengths);
                }
            }

            return null;
        },
        least: 0);

    [Fact]
    public void TlsAlerts() => Compare(
        "zeek/testing/btest/Traces/tls/tls-1.2-handshake-failure.pcap", "tls.alert_message", LayerKind.Data, ["tls.alert_message.level", "tls.alert_message.desc"], octets =>
            TlsRecord.Read(octets, out TlsRecord record) is OperationStatus.Done && TlsAlertMessage.Read(record, out TlsAlertMessage alert) is OperationStatus.Done
                ? $"{alert.Level}|{alert.Description}"
                : null,
        least: 1);

    [Theory]
    [InlineData("zeek/testing/btest/Traces/ppp/quic-interop-retry.pcap")]
    [InlineData("zeek/testing/btest/Traces/quic/quicv2-http3-443.pcap")]
    public void QuicLongHeaders(string capture) => Compare(
        capture, "quic.header_form == 1 && !(quic.header_form == 0)", LayerKind.Data, ["quic.version", "quic.dcid", "quic.scid", "quic.long.packet_type", "quic.long.packet_type_v2", "quic.token_length", "quic.length"], octets =>
        {
            List<string> versions = [], destinations = [], sources = [], first = [], second = [], tokens = [], lengths = [];
            while (QuicPacket.Read(octets, isKnown: false, out QuicPacket packet) is OperationStatus.Done && packet.IsLong)
            {
                versions.Add($"0x{packet.Version:x8}");
                if (packet.DestinationId.Length > 0)
                    destinations.Add(Convert.ToHexStringLower(packet.DestinationId));
                if (packet.SourceId.Length > 0)
                    sources.Add(Convert.ToHexStringLower(packet.SourceId));
                int type = (int)packet.Type - (int)QuicPacketType.Initial;
                if (packet.Version == QuicPacket.Version2)
                    second.Add($"{(type + 1) & 3}");
                else
                    first.Add($"{type}");
                if (packet.Type is QuicPacketType.Initial)
                    tokens.Add($"{packet.Token.Length}");
                if (packet.Length is { } length)
                    lengths.Add($"{length}");
                octets = packet.Rest;
            }

            return string.Join('|', Join(versions), Join(destinations), Join(sources), Join(first), Join(second), Join(tokens), Join(lengths));
        });

    [Theory]
    [InlineData("chrissanders-packets/http_ip4and6.pcapng")]
    [InlineData("chrissanders-packets/http_dvwa_sqlinjection.pcapng")]
    public void Http1(string capture) => Compare(
        capture, "http.request || http.response", LayerKind.Data, ["http.request.method", "http.request.uri", "http.response.code", "http.host"], octets =>
        {
            if (HttpHead.Read(octets, out HttpHead head) is not OperationStatus.Done)
                return null;
            string host = "";
            foreach (HttpField field in head.Fields)
            {
                if (field.Is("host"u8))
                    host = Encoding.ASCII.GetString(field.Value);
            }

            return $"{Encoding.ASCII.GetString(head.Method)}|{Encoding.ASCII.GetString(head.Target)}|{(head.IsResponse ? head.Status : "")}|{host}";
        });

    [Theory]
    [InlineData("zeek/testing/btest/Traces/icmp/icmp6-nd-options.pcap")]
    [InlineData("zeek/testing/btest/Traces/icmp/icmp6-router-solicit.pcap")]
    public void NeighbourDiscovery(string capture) => Compare(
        capture, "icmpv6.type >= 133 && icmpv6.type <= 137", LayerKind.IcmpV6, ["icmpv6.type", "icmpv6.opt.type", "icmpv6.opt.length"], octets =>
        {
            NeighbourDiscoveryMessage.Read(octets, out NeighbourDiscoveryMessage message);
            List<int> kinds = [], lengths = [];
            foreach (NeighbourOption option in message.Options)
            {
                kinds.Add(option.Kind);
                lengths.Add(option.Length / 8);
            }

            return $"{message.Type}|{Join(kinds)}|{Join(lengths)}";
        },
        least: 1);

    private static void Compare(string capture, string filter, LayerKind kind, string[] fields, Describe describe, int least = 2)
    {
        string path = CaptureLibrary.At(capture);
        Dictionary<int, string> expected = Tshark.Read(path, filter, fields).ToDictionary(packet => packet.Number, packet => packet.Fields);
        int compared = 0;
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        for (int number = 1; reader.Read(out PacketRecord packet); number++)
        {
            if (!expected.TryGetValue(number, out string? theirs))
                continue;
            foreach (Layer layer in new LayerWalk((LinkType)packet.Interface.LinkType, packet.Octets, packet.OriginalLength))
            {
                if (layer.Kind != kind || describe(packet.Octets.Slice(layer.Offset, layer.Captured)) is not { } ours)
                    continue;
                Assert.Equal($"{number}: {theirs}", $"{number}: {ours}");
                compared++;
            }
        }

        Assert.True(compared >= least, $"only {compared} packets were compared");
    }

    private static string Join<T>(IEnumerable<T> values) => string.Join(',', values);

    private static string Hex(ReadOnlySpan<UInt16BigEndian> values) => Join(values.ToArray().Select(value => $"0x{(ushort)value:x4}"));

    private static string Mac(ulong bridge) => new MacAddress((ushort)(bridge >> 32), (uint)bridge).ToString();

    private static uint Swap(uint address) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(address);
}
