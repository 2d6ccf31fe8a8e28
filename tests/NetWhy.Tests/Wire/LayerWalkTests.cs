using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using NetWhy.Wire;
using NetWhy.Wire.Link;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class LayerWalkTests
{
    // Ethernet, IPv4, UDP, Geneve, Ethernet, IPv4, ICMP: the first packet of tcpdump's geneve.pcap.
    private const string Geneve =
        "001b213cac30001b213cab6408004500008edfad4000401132af1400000114000002314a17c1007a00000240655800000a00000080010000000cfe71d883724fb69ed2495148080045000054bda24000400141041e0000011e00000208002c5429520017f1a2ce540000000017780c0000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637";

    // What tshark calls the layers that both know.
    private static readonly Dictionary<string, LayerKind> Kinds = new()
    {
        ["eth"] = LayerKind.Ethernet,
        ["sll"] = LayerKind.LinuxCooked,
        ["null"] = LayerKind.Loopback,
        ["vlan"] = LayerKind.Vlan,
        ["ieee8021ad"] = LayerKind.Vlan,
        ["llc"] = LayerKind.Llc,
        ["pppoed"] = LayerKind.Pppoe,
        ["pppoes"] = LayerKind.Pppoe,
        ["ppp"] = LayerKind.Ppp,
        ["stp"] = LayerKind.SpanningTree,
        ["lldp"] = LayerKind.Lldp,
        ["mpls"] = LayerKind.Mpls,
        ["arp"] = LayerKind.Arp,
        ["ip"] = LayerKind.Ipv4,
        ["ipv6"] = LayerKind.Ipv6,
        ["icmp"] = LayerKind.Icmp,
        ["icmpv6"] = LayerKind.IcmpV6,
        ["tcp"] = LayerKind.Tcp,
        ["udp"] = LayerKind.Udp,
        ["sctp"] = LayerKind.Sctp,
        ["gre"] = LayerKind.Gre,
        ["vxlan"] = LayerKind.Vxlan,
        ["geneve"] = LayerKind.Geneve,
    };

    [Theory]
    [InlineData("802.1w_rapid_STP")]
    [InlineData("QinQpacket")]
    [InlineData("dcb_ets")]
    [InlineData("dns-badcookie")]
    [InlineData("geneve")]
    [InlineData("icmpv6-RFC2894-RR")]
    [InlineData("isis_cap_tlv")]
    [InlineData("isup")]
    [InlineData("mptcp-v1")]
    [InlineData("pppoe")]
    [InlineData("pptp")]
    [InlineData("tok2str-oobr-2")]
    [InlineData("vxlan")]
    public void Finds_the_layers_that_tshark_finds(string name)
    {
        string path = CaptureLibrary.At($"tcpdump/{name}.pcap");
        string[] expected = Tshark(path);
        Assert.NotEmpty(expected);
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        foreach (string protocols in expected)
        {
            Assert.True(reader.Read(out PacketRecord packet));
            Assert.Equal(
                protocols.Split(':').Where(Kinds.ContainsKey).Select(protocol => Kinds[protocol]),
                Walk((LinkType)packet.Interface.LinkType, packet.Octets, packet.OriginalLength).Select(layer => layer.Kind).Where(Kinds.ContainsValue));
        }
    }

    [Fact]
    public void Says_where_each_layer_lies_and_how_long_it_is()
    {
        byte[] packet = Convert.FromHexString(Geneve);

        Assert.Equal(
            [
                new Layer(LayerKind.Ethernet, OperationStatus.Done, 0, 0, 14, 156, 156, 0, false),
                new Layer(LayerKind.Ipv4, OperationStatus.Done, 0x800, 14, 20, 142, 142, 0, false),
                new Layer(LayerKind.Udp, OperationStatus.Done, 17, 34, 8, 122, 122, 0, false),
                new Layer(LayerKind.Geneve, OperationStatus.Done, 6081, 42, 16, 114, 114, 0, false),
                new Layer(LayerKind.Ethernet, OperationStatus.Done, 0x6558, 58, 14, 98, 98, 1, false),
                new Layer(LayerKind.Ipv4, OperationStatus.Done, 0x800, 72, 20, 84, 84, 1, false),
                new Layer(LayerKind.Icmp, OperationStatus.Done, 1, 92, 8, 64, 64, 1, false),
            ],
            Walk(LinkType.Ethernet, packet, packet.Length));
    }

    [Fact]
    public void Keeps_what_was_sent_and_what_was_captured_apart()
    {
        byte[] packet = Convert.FromHexString(Geneve)[..96];
        List<Layer> layers = Walk(LinkType.Ethernet, packet, 156);

        Assert.Equal((84, 24, true), (layers[5].Length, layers[5].Captured, layers[5].IsTruncated));
        Assert.Equal((OperationStatus.NeedMoreData, 64, 4), (layers[6].Status, layers[6].Length, layers[6].Captured));
        // With nothing cut away, the same octets deny themselves.
        Assert.Equal(OperationStatus.InvalidData, Walk(LinkType.RawIP, [0x45, 0, 0], 3)[0].Status);
    }

    [Fact]
    public void Leaves_the_padding_of_the_link_out()
    {
        byte[] packet = [.. new byte[12], 8, 0, 0x45, 0, 0, 24, 0, 0, 0, 0, 64, 200, 0, 0, .. new byte[8], 1, 2, 3, 4, .. new byte[22]];
        List<Layer> layers = Walk(LinkType.Ethernet, packet, packet.Length);

        Assert.Equal((LayerKind.Data, 200, 34, 4, 4), (layers[2].Kind, layers[2].Number, layers[2].Offset, layers[2].Length, layers[2].Captured));
    }

    [Theory]
    [InlineData(0x2000, LayerKind.Udp)] // the first of several
    [InlineData(0x2001, LayerKind.FragmentData)]
    [InlineData(0x0001, LayerKind.FragmentData)]
    public void Marks_fragments(int fragment, LayerKind kind)
    {
        byte[] packet = [0x45, 0, 0, 36, 0, 1, (byte)(fragment >> 8), (byte)fragment, 64, 17, 0, 0, .. new byte[8], 0, 1, 0, 2, 0, 99, 0, 0, .. new byte[8]];
        List<Layer> layers = Walk(LinkType.RawIP, packet, packet.Length);

        Assert.Equal((kind, true, true), (layers[1].Kind, layers[1].IsFragment, layers[0].IsFragment));
    }

    [Fact]
    public void Ends_however_deep_the_tunnels_are()
    {
        byte[] packet = [.. Enumerable.Repeat<byte[]>([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 4, 0, 0, .. new byte[8]], 1000).SelectMany(one => one)];

        Assert.Equal(LayerWalk.MostLayers, Walk(LinkType.RawIP, packet, packet.Length).Count);
    }

    [Fact]
    public void Allocates_nothing()
    {
        byte[] packet = Convert.FromHexString(Geneve);
        long total = 0;
        for (int i = 0; i < 2; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (Layer layer in new LayerWalk(LinkType.Ethernet, packet, packet.Length))
                total += layer.Captured;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(i == 0 || allocated == 0, $"{allocated} octets");
        }

        Assert.NotEqual(0, total);
    }

    private static List<Layer> Walk(LinkType linkType, ReadOnlySpan<byte> octets, long length)
    {
        var layers = new List<Layer>();
        foreach (Layer layer in new LayerWalk(linkType, octets, length))
            layers.Add(layer);
        return layers;
    }

    private static string[] Tshark(string path)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("tshark", ["-n", "-r", path, "-T", "fields", "-e", "frame.protocols"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true, // a warning, where root runs it
            })!;
            return process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Win32Exception)
        {
            Assert.Skip("tshark is not installed");
            throw;
        }
    }
}
