using System.Globalization;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>The analysis of TCP says of the packets of all public captures what tshark 4.0 says. They are joined into one capture, which tshark reads in a minute.</summary>
public sealed class TcpAgreementTests
{
    private const long LargestCapture = 4 << 20; // octets
    private const uint DamagedLength = 1 << 18;

    private static readonly string[] Fields =
    [
        .. TcpAnalysisTests.Fields, "tcp.options.sack_le", "tcp.options.sack_re", "tcp.options.sack.count", "tcp.options.sack.dsack", "tcp.options.timestamp.tsval",
    ];

    // Captures that disagree, and why. By packet where only some of it does.
    private static readonly Dictionary<string, string> Explained = new()
    {
        ["AH-IPcomp-IPv4.pcap"] = "TCP lies in IPComp, which is not read",
        ["AH-IPcomp-IPv6.pcap"] = "TCP lies in IPComp, which is not read",
        ["arcnet-rfc1051-arp-icmp-http.pcap"] = "its link layer is not read: ARCnet",
        ["arcnet-rfc1201-arp-icmp-http.pcap"] = "its link layer is not read: ARCnet",
        ["ayiya3.pcap"] = "TCP lies in AYIYA, which is not read",
        ["bgp-aigp.pcap"] = "its link layer is not read: Juniper",
        ["capwap_data.pcapng"] = "TCP lies in CAPWAP, which is not read",
        ["cisco-fabric-path.pcap"] = "its link layer is not read: FabricPath",
        ["dns-inverse-query.pcap"] = "its link layer is not read: FDDI",
        ["ftp.pcap"] = "38 ff.: tshark makes the conversation of data when PORT announces it, and misses its SYN; a fault of 4.0",
        ["gre-aruba-amsdu.pcap"] = "TCP lies in frames of a wireless network, which are not read",
        ["gtp1_gn_normal_incl_fragmentation.pcap"] = "TCP lies in GTP, which is not read",
        ["gtp2_different_udp_port.pcap"] = "TCP lies in GTP, which is not read",
        ["gtp6_gtp_0x32.pcap"] = "TCP lies in GTP, which is not read",
        ["gtp_ext_header.pcap"] = "TCP lies in GTP, which is not read",
        ["http_PPI.pcap"] = "its link layer is not read: PPI",
        ["ipoib.pcap"] = "its link layer is not read: InfiniBand",
        ["nflog-http.pcap"] = "its link layer is not read: NFLOG",
        ["pbb.pcap"] = "its link layer is not read: provider backbone bridges",
        ["tls_heur__shadowsocks-tcp.pcapng"] = "tshark counts streams that SOCKS announces",
        ["tls_heur__trojan-tcp-tls.pcapng"] = "38 ff.: tshark counts streams that SOCKS announces",
        ["tls_heur__vmess-tcp-tls.pcapng"] = "tshark counts streams that SOCKS announces",
        ["tls_heur__vmess-tcp.pcapng"] = "tshark counts streams that SOCKS announces",
        ["tls_invalid_reads.pcap"] = "10 ff.: TCP lies in GTP, which is not read",
        ["vntag_vlan_sandwich_clean.pcap"] = "its link layer is not read: VN-Tag",
        ["wireguard-ping-tcp-dsb.pcapng"] = "TCP lies in WireGuard, which is not decrypted",
    };

    [Fact]
    public void Every_packet_of_every_capture_is_judged_as_tshark_judges_it()
    {
        FieldTable.SkipWithoutTshark();
        string root = CaptureLibrary.At("");
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-all-{Environment.ProcessId}.pcapng");
        try
        {
            List<(string Name, int First)> places = Join(root, path);
            string[] theirs = FieldTable.OfTshark(path, Fields);
            string[] ours = FieldTable.OfNetwhy(path, Fields);

            Assert.Equal(theirs.Length, ours.Length);
            (int Both, int Theirs, int Ours)[] table = new (int, int, int)[Fields.Length];
            List<string> differences = Count(theirs, ours, places, table);
            for (int column = 0; column < Fields.Length; column++)
                TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Fields[column],-40} both {table[column].Both,7}  only tshark {table[column].Theirs,5}  only netwhy {table[column].Ours,5}"));
            Assert.True(table[0].Both > 30_000, $"only {table[0].Both} segments were compared");
            Assert.True(differences.Count == 0, string.Join('\n', differences.Take(40)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<string> Count(string[] theirs, string[] ours, List<(string Name, int First)> places, (int Both, int Theirs, int Ours)[] table)
    {
        var differences = new List<string>();
        Dictionary<string, int> theirStreams = [], ourStreams = [];
        int place = 0;
        for (int row = 0; row < theirs.Length; row++)
        {
            for (; place + 1 < places.Count && places[place + 1].First <= row; place++)
            {
                theirStreams.Clear();
                ourStreams.Clear();
            }

            string[] their = theirs[row].Split('\t');
            string[] our = ours[row].Split('\t');
            their[0] = Renumber(their[0], theirStreams);
            our[0] = Renumber(our[0], ourStreams);
            for (int column = 0; column < Fields.Length; column++)
            {
                if (their[column] == our[column])
                {
                    table[column].Both += their[column].Length > 0 ? 1 : 0;
                    continue;
                }

                table[column].Theirs += their[column].Length > 0 ? 1 : 0;
                table[column].Ours += our[column].Length > 0 ? 1 : 0;
                differences.Add($"{places[place].Name}, packet {row - places[place].First + 1}: {Fields[column]} is {their[column]}, not {our[column]}");
            }
        }

        return differences;
    }

    // Numbers of streams are counted within a capture: tshark makes some that only the text of FTP or SOCKS announces.
    private static string Renumber(string streams, Dictionary<string, int> known)
    {
        if (streams.Length > 0)
            known.TryAdd(streams, known.Count);
        return streams.Length > 0 ? known[streams].ToString(CultureInfo.InvariantCulture) : "";
    }

    // Each capture begins at a number of its own; those that cannot be compared are left out.
    private static List<(string Name, int First)> Join(string root, string path)
    {
        var places = new List<(string, int)>();
        int count = 0;
        using var writer = new PcapngWriter(File.Create(path), "netwhy tests");
        foreach (string file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Explained.ContainsKey(Path.GetFileName(file)) || new FileInfo(file).Length is 0 or > LargestCapture || Read(file) is not { Count: > 0 } packets)
                continue;
            places.Add((Path.GetRelativePath(root, file), count));
            count += packets.Count;
            packets.ForEach(packet => writer.Add(new PacketRecord(packet.Nanoseconds, packet.Interface, packet.Octets, packet.Length)));
        }

        return places;
    }

    private static List<(CaptureInterface Interface, long Nanoseconds, byte[] Octets, uint Length)> Read(string file)
    {
        var packets = new List<(CaptureInterface, long, byte[], uint)>();
        var interfaces = new Dictionary<int, CaptureInterface>();
        try
        {
            using var reader = CaptureReader.Open(File.OpenRead(file));
            while (reader.Read(out PacketRecord packet))
            {
                if (packet.OriginalLength > DamagedLength)
                    return [];
                interfaces.TryAdd(packet.Interface.LinkType, new CaptureInterface(packet.Interface.LinkType, 0));
                packets.Add((interfaces[packet.Interface.LinkType], packet.Nanoseconds, packet.Octets.ToArray(), packet.OriginalLength));
            }
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException or InvalidDataException)
        {
            // No capture, or a damaged one: what came before the damage is good.
        }

        return packets;
    }
}
