using System.Buffers.Binary;
using System.Globalization;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Tests.Fuzzing;

/// <summary>Makes hostile packets of real ones: it knows where lengths, counts and numbers of protocols lie.</summary>
/// <param name="random">Chance, of a known seed.</param>
internal sealed class PacketMutator(Random random)
{
    /// <summary>Length of the longest packet that is made, in octets.</summary>
    internal const int Longest = 1 << 13;

    private const int MostSeedsOfOne = 40;

    // Where in the header of a layer a number decides how far to read, or as what.
    private static readonly Dictionary<LayerKind, int[]> Decisive = new()
    {
        [LayerKind.Ethernet] = [12, 13],
        [LayerKind.Vlan] = [2, 3],
        [LayerKind.LinuxCooked] = [4, 5, 14, 15],
        [LayerKind.LinuxCooked2] = [0, 1, 11],
        [LayerKind.Llc] = [0, 1, 2, 3, 6, 7],
        [LayerKind.Pppoe] = [0, 1, 4, 5],
        [LayerKind.Ppp] = [0, 1, 2, 3],
        [LayerKind.Lldp] = [0, 1, 2, 9, 10],
        [LayerKind.Mpls] = [0, 2, 3],
        [LayerKind.Arp] = [2, 3, 4, 5, 6],
        [LayerKind.Ipv4] = [0, 2, 3, 6, 7, 9, 20, 21, 22, 23],
        [LayerKind.Ipv6] = [0, 4, 5, 6],
        [LayerKind.Ipv6Extension] = [0, 1, 2, 3],
        [LayerKind.Icmp] = [0, 1, 8, 10, 11],
        [LayerKind.IcmpV6] = [0, 5, 6, 7, 8, 9, 24, 25, 32, 33],
        [LayerKind.Igmp] = [0, 6, 7, 9, 10, 11],
        [LayerKind.Tcp] = [0, 1, 2, 3, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
        [LayerKind.Udp] = [0, 1, 2, 3, 4, 5],
        [LayerKind.Sctp] = [12, 13, 14, 15, 16],
        [LayerKind.Gre] = [0, 1, 2, 3, 4, 5],
        [LayerKind.Vxlan] = [0],
        [LayerKind.Geneve] = [0, 1, 2, 3, 11],
        [LayerKind.Data] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 43, 44, 46, 47, 236, 240, 241, 242],
    };

    private static readonly ushort[] EtherTypes = [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x8847, 0x8863, 0x8864, 0x88cc, 0x880b, 0x6558, 0x9100, 0, 38, 1500];

    private static readonly byte[] Protocols = [0, 1, 2, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 97, 132, 135, 137, 139, 140];

    private static readonly ushort[] Ports = [53, 67, 68, 80, 123, 443, 2152, 4754, 4789, 5353, 6081, 6635, 8472];

    private static readonly byte[] Edges = [0, 1, 2, 3, 4, 5, 7, 8, 9, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xf0, 0xfe, 0xff];

    private readonly List<(LinkType LinkType, byte[] Octets)> _seeds = [.. Seeds()];
    private readonly byte[] _buffer = new byte[Longest];

    /// <summary>How many packets it makes others of.</summary>
    internal int Seeded => _seeds.Count;

    /// <summary>How many inputs a test shall try: environment variable NETWHY_FUZZ, or a short run.</summary>
    /// <param name="shortRun">The short run.</param>
    internal static long CountOf(long shortRun) =>
        long.TryParse(Environment.GetEnvironmentVariable("NETWHY_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out long asked) ? asked : shortRun;

    /// <summary>Where chance starts: environment variable NETWHY_FUZZ_SEED, so that parts of a long run differ.</summary>
    internal static int Seed => int.TryParse(Environment.GetEnvironmentVariable("NETWHY_FUZZ_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed) ? seed : 20_264;

    /// <summary>Makes a packet.</summary>
    /// <param name="linkType">What it begins with.</param>
    /// <returns>Its octets, until the next one is made.</returns>
    internal ReadOnlySpan<byte> Next(out LinkType linkType)
    {
        (linkType, byte[] seed) = _seeds[random.Next(_seeds.Count)];
        int length = Math.Min(seed.Length, Longest);
        seed.AsSpan(0, length).CopyTo(_buffer);
        for (int splices = random.Next(8) == 0 ? random.Next(1, 12) : 0; splices > 0; splices--)
            length = Splice(linkType, length);
        for (int changes = random.Next(5); changes > 0 && length > 0; changes--)
            Change(linkType, length);
        if (random.Next(3) == 0)
            length = random.Next(length + 1);
        return _buffer.AsSpan(0, length);
    }

    private void Change(LinkType linkType, int length)
    {
        if (random.Next(4) == 0 || !TryPick(linkType, length, out Layer layer))
        {
            Span<byte> somewhere = _buffer.AsSpan(random.Next(length), 1);
            somewhere[0] = random.Next(3) == 0 ? (byte)(somewhere[0] ^ (1 << random.Next(8))) : Value();
            return;
        }

        int[] places = Decisive.GetValueOrDefault(layer.Kind) ?? [0];
        int at = layer.Offset + places[random.Next(places.Length)];
        if (at >= length)
            return;
        if (random.Next(5) == 0 && at + 1 < length) // a length that is off by a little
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(at), (ushort)(length - at + random.Next(-9, 10)));
        else
            _buffer[at] = Value();
    }

    private byte Value() => random.Next(3) == 0 ? (byte)random.Next(256) : Edges[random.Next(Edges.Length)];

    // Puts layers of another packet behind the header of one, and says so in that header.
    private int Splice(LinkType linkType, int length)
    {
        if (length == 0 || !TryPick(linkType, length, out Layer layer))
            return length;
        (LinkType otherType, byte[] other) = _seeds[random.Next(_seeds.Count)];
        var layers = new List<Layer>();
        foreach (Layer found in new LayerWalk(otherType, other, other.Length))
            layers.Add(found);
        Layer graft = layers.Count == 0 ? default : layers[random.Next(layers.Count)];
        int at = layer.PayloadOffset;
        Say(layer, graft.Kind);
        int count = Math.Min(Math.Min(other.Length - graft.Offset, Longest - at), 1500);
        other.AsSpan(graft.Offset, count).CopyTo(_buffer.AsSpan(at));
        int end = Math.Max(at + count, random.Next(2) == 0 ? length : 0);
        if (layer.Offset + 6 > Longest)
            return end;
        if (layer.Kind is LayerKind.Ipv4 && random.Next(2) == 0)
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(layer.Offset + 2), (ushort)(end - layer.Offset));
        else if (layer.Kind is LayerKind.Ipv6 or LayerKind.Udp && random.Next(2) == 0)
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(layer.Offset + 4), (ushort)(end - at));
        return end;
    }

    private void Say(in Layer layer, LayerKind next)
    {
        Span<byte> header = _buffer.AsSpan(layer.Offset, Math.Min(layer.Captured, layer.HeaderLength));
        ushort type = next switch { LayerKind.Ipv4 => 0x0800, LayerKind.Ipv6 => 0x86dd, LayerKind.Vlan => 0x8100, LayerKind.Mpls => 0x8847, LayerKind.Ethernet => 0x6558, _ => EtherTypes[random.Next(EtherTypes.Length)] };
        byte protocol = next switch { LayerKind.Ipv4 => 4, LayerKind.Ipv6 => 41, LayerKind.Gre => 47, LayerKind.Ethernet => 97, LayerKind.Tcp => 6, LayerKind.Udp => 17, _ => Protocols[random.Next(Protocols.Length)] };
        (int at, int number, int size) = layer.Kind switch
        {
            LayerKind.Ethernet => (12, type, 2),
            LayerKind.Vlan or LayerKind.Gre or LayerKind.Geneve => (2, type, 2),
            LayerKind.LinuxCooked => (14, type, 2),
            LayerKind.LinuxCooked2 => (0, type, 2),
            LayerKind.Ipv4 => (9, protocol, 1),
            LayerKind.Ipv6 => (6, protocol, 1),
            LayerKind.Ipv6Extension => (0, protocol, 1),
            LayerKind.Udp => (2, next switch { LayerKind.Vxlan => 4789, LayerKind.Geneve => 6081, LayerKind.Mpls => 6635, LayerKind.Gre => 4754, _ => Ports[random.Next(Ports.Length)] }, 2),
            _ => (0, 0, 0),
        };
        if (size == 1 && header.Length > at)
            header[at] = (byte)number;
        else if (size == 2 && header.Length > at + 1)
            BinaryPrimitives.WriteUInt16BigEndian(header[at..], (ushort)number);
    }

    // Any layer that is found, each as likely.
    private bool TryPick(LinkType linkType, int length, out Layer picked)
    {
        picked = default;
        int count = 0;
        foreach (Layer layer in new LayerWalk(linkType, _buffer.AsSpan(0, length), length))
        {
            if (random.Next(++count) == 0)
                picked = layer;
        }

        return count > 0;
    }

    // Without the captures of public suites: packets of the kinds that matter, made here.
    private static IEnumerable<(LinkType LinkType, byte[] Octets)> Seeds()
    {
        foreach ((LinkType, string Octets) made in Made)
            yield return (made.Item1, Convert.FromHexString(made.Octets));
        foreach (string folder in CaptureLibrary.Folders("tcpdump", "chrissanders-packets", "wireshark/test/captures", "zeek/testing/btest/Traces"))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                foreach ((LinkType, byte[]) packet in Read(path))
                    yield return packet;
            }
        }
    }

    private static readonly (LinkType LinkType, string Octets)[] Made =
    [
        (LinkType.Ethernet, "001b213cac30001b213cab6408004500008edfad4000401132af1400000114000002314a17c1007a00000240655800000a00000080010000000cfe71d883724fb69ed2495148080045000054bda24000400141041e0000011e00000208002c5429520017f1a2ce540000000017780c0000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"),
        (LinkType.LinuxCooked, "000000010006323287aa04020000080045000040ad7f4000400676370a0001010a000201821a271481fbb5fd00000000b002ffff17340000020405b40402080a1baf9ea100000000010303081e040101"),
        (LinkType.Ethernet, "0800209f6b7200000000000008004500005003bc0000802f20ad0a01010b0a01010a3001880b0030000000000000ff03c0210100002c0506021952cf070208020d03061104064e13170129f76a9077f1472c835247f271d656070000000c"),
        (LinkType.Ethernet, "0180c2000000001ef705a8928100e008002642420300000302380000001f27b47d8000030d408000001646b58c8080120100140002000f00"),
        (LinkType.RawIP, "6003398c0014064000000000000000000000000000000001000000000000000000000000000000010009c410000000000fc91cd750140000001c0000"),
        (LinkType.RawIP, "60000000002c00ff" + "fe800000000000000000000000000001" + "ff020000000000000000000000000001" + "3a00050200000100" + "8600f0a740400708000000000000000001010023450189ab05010000000005c8" + "00000000"),
        (LinkType.RawIP, "45c00039f0cd000040018b347f0000017f0000010303e9f3000000004500001d6ede40004011cdef7f0000017f0000019cd900090009fe1c78"),
    ];

    private static List<(LinkType LinkType, byte[] Octets)> Read(string path)
    {
        var packets = new List<(LinkType, byte[])>();
        try
        {
            using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
            while (packets.Count < MostSeedsOfOne && reader.Read(out PacketRecord packet))
            {
                if (packet.Octets.Length <= 2048)
                    packets.Add(((LinkType)packet.Interface.LinkType, packet.Octets.ToArray()));
            }
        }
        catch (CaptureFormatException)
        {
            // Broken captures are in the suites on purpose: what stands before is a seed, too.
        }

        return packets;
    }
}
