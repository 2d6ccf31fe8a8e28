using System.Buffers.Binary;
using System.Diagnostics;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tests.Fuzzing;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire.Link;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary>Packets may be anything: no printer throws, reads outside the packet, or prints without end.</summary>
/// <remarks>
/// Environment variable NETWHY_FUZZ: how many packets, in place of a short run. Packets are changed where it hurts: types,
/// protocols and ports are set so that every printer gets what was never meant for it.
/// </remarks>
public sealed class PrinterFuzzTests
{
    private const int Short = 150_000;
    private const int LongestText = 4 << 20; // a packet of 64 KiB of options of one octet each, all of them printed

    private static readonly ushort[] EtherTypes =
    [
        0x0800, 0x86dd, 0x0806, 0x8035, 0x8100, 0x88a8, 0x8847, 0x8848, 0x8863, 0x8864, 0x880b, 0x8808, 0x8809, 0x88cc, 0x888e, 0x8899, 0x886f,
        0x894f, 0x9000, 0x00fe, 0x8902, 0x88ca, 0x8947, 0x04e0, 0x88a2, 0x88f7, 0x88e5, 0x809b, 0x80f3, 0x8137, 0x6003, 0x0026, 0x0100,
    ];

    private static readonly ushort[] Ports =
    [
        20, 21, 22, 23, 25, 43, 53, 67, 68, 69, 80, 88, 111, 123, 137, 138, 139, 161, 162, 179, 319, 320, 323, 427, 443, 445, 500, 512, 514, 520, 521, 525,
        546, 547, 554, 639, 646, 654, 698, 701, 1645, 1646, 1701, 1723, 1812, 1813, 1985, 2029, 2048, 2049, 2055, 2103, 2104, 3456, 3503, 3544, 3784,
        3785, 4342, 4500, 4784, 4789, 4790, 5060, 5353, 5355, 5678, 6081, 6343, 6379, 6633, 6653, 6696, 7000, 7001, 8080, 8231, 10288, 12222, 12223, 49152,
    ];

    private static readonly int[] LinkTypes = [0, 1, 6, 7, 8, 9, 10, 11, 12, 50, 51, 101, 104, 105, 107, 108, 113, 119, 123, 127, 135, 137, 163, 192, 195, 201, 220, 228, 229, 239, 242, 271, 276, 281, 282, 283, 284, 285];

    [Fact]
    public void Printers()
    {
        long count = PacketMutator.CountOf(Short);
        List<(int LinkType, byte[] Octets)> seeds = [.. Seeds()];
        var random = new Random(PacketMutator.Seed);
        var mutator = new PacketMutator(new Random(PacketMutator.Seed + 5));
        PrintOptions[] styles =
        [
            new() { IsNumeric = true },
            new() { IsNumeric = true, Verbosity = 1, ShowsLink = true },
            new() { IsNumeric = true, Verbosity = 3, Dump = DumpStyle.HexadecimalAndAscii },
            new() { IsNumeric = true, Quietness = 1, ShowsLink = true, Dump = DumpStyle.Ascii, DumpsLink = true },
        ];
        PacketPrinter[] printers = [.. styles.Select(style => new PacketPrinter(style, new NameResolver(style), new LocalClock(isUtc: true)))];
        byte[] buffer = new byte[1 << 16];
        for (long i = 0; i < count; i++)
        {
            int length = Make(random, seeds, mutator, buffer, out int linkType);
            if (random.Next(8) == 0)
                linkType = LinkTypes[random.Next(LinkTypes.Length)];
            PacketPrinter printer = printers[random.Next(printers.Length)];
            printer.Text.Clear();
            long start = Stopwatch.GetTimestamp();
            try
            {
                // The packet lies at the end of its memory: who reads on, throws.
                printer.Print(i, 1, 0, linkType, buffer.AsSpan(0, length), length + (random.Next(4) == 0 ? random.Next(2000) : 0));
            }
            catch (Exception exception)
            {
                Assert.Fail($"link type {linkType}, {Convert.ToHexString(buffer.AsSpan(0, length))}: {exception}");
            }

            if (printer.Text.Length > LongestText)
                Assert.Fail($"link type {linkType}, {printer.Text.Length} octets of text: {Convert.ToHexString(buffer.AsSpan(0, length))}");
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(20))
                Assert.Fail($"link type {linkType} takes long: {Convert.ToHexString(buffer.AsSpan(0, length))}");
        }
    }

    // Every other packet is made by who knows where its layers lie.
    private static int Make(Random random, List<(int LinkType, byte[] Octets)> seeds, PacketMutator mutator, byte[] buffer, out int linkType)
    {
        if (random.Next(2) == 0)
        {
            ReadOnlySpan<byte> made = mutator.Next(out LinkType type);
            linkType = (int)type;
            made.CopyTo(buffer);
            return made.Length;
        }

        (linkType, byte[] seed) = seeds[random.Next(seeds.Count)];
        return Mutate(random, seed, seeds[random.Next(seeds.Count)].Octets, buffer, linkType);
    }

    private static int Mutate(Random random, byte[] seed, byte[] other, byte[] buffer, int linkType)
    {
        int length = Math.Min(seed.Length, buffer.Length - 512);
        seed.AsSpan(0, length).CopyTo(buffer);
        if (random.Next(6) == 0 && other.Length > 0)
        {
            int at = random.Next(length + 1), from = random.Next(other.Length), count = Math.Min(Math.Min(other.Length - from, 200), buffer.Length - at);
            other.AsSpan(from, count).CopyTo(buffer.AsSpan(at));
            length = Math.Max(length, at + count);
        }

        Span<byte> octets = buffer.AsSpan(0, length);
        if (linkType == 1 && length > 60)
            Redirect(random, octets);
        for (int change = random.Next(6); change > 0 && length > 0; change--)
        {
            int at = random.Next(length);
            switch (random.Next(5))
            {
                case 0:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    octets[at] = random.Next(4) switch { 0 => 0, 1 => 0xff, 2 => 0x80, _ => 1 };
                    break;
                case 2:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 3 when length - at > 2:
                    BinaryPrimitives.WriteUInt16BigEndian(octets[at..], (ushort)(random.Next(3) switch { 0 => random.Next(16), 1 => 0xffff - random.Next(16), _ => length - at + random.Next(-4, 5) }));
                    break;
                default:
                    octets.Slice(at, Math.Min(length - at, random.Next(1, 9))).Fill((byte)random.Next(256));
                    break;
            }
        }

        return random.Next(3) == 0 ? random.Next(length + 1) : length;
    }

    private static void Redirect(Random random, Span<byte> octets)
    {
        switch (random.Next(6))
        {
            case 0:
                BinaryPrimitives.WriteUInt16BigEndian(octets[12..], EtherTypes[random.Next(EtherTypes.Length)]);
                break;
            case 1 when octets[12] == 0x08 && octets[13] == 0:
                octets[23] = (byte)random.Next(256);
                break;
            case 1 when octets[12] == 0x86:
                octets[20] = (byte)random.Next(256);
                break;
            case 2 or 3 when octets[12] == 0x08 && octets[13] == 0 && octets[23] is 6 or 17:
                BinaryPrimitives.WriteUInt16BigEndian(octets[(34 + (random.Next(2) * 2))..], Ports[random.Next(Ports.Length)]);
                break;
        }
    }

    // Without the captures of public suites: one packet of each kind that matters, made here.
    private static IEnumerable<(int LinkType, byte[] Octets)> Seeds()
    {
        byte[] udp = new byte[300], tcp = new byte[300], ipv6 = new byte[300];
        foreach (byte[] packet in new[] { udp, tcp })
        {
            packet[12] = 8;
            packet[14] = 0x45;
            packet[16] = 1;
            packet[17] = 0x1e;
            packet[22] = 64;
            packet[23] = packet == udp ? (byte)17 : (byte)6;
            packet[38] = 1;
            packet[46] = 0x80;
        }

        ipv6[12] = 0x86;
        ipv6[13] = 0xdd;
        ipv6[14] = 0x60;
        ipv6[18] = 0;
        ipv6[19] = 246;
        ipv6[20] = 58;
        yield return (1, udp);
        yield return (1, tcp);
        yield return (1, ipv6);
        string? folder = Library();
        if (folder is null)
            yield break;
        foreach (string path in Directory.EnumerateFiles(folder, "*.pcap*").Order())
        {
            foreach ((int LinkType, byte[] Octets) packet in Read(path))
                yield return packet;
        }
    }

    private static List<(int LinkType, byte[] Octets)> Read(string path)
    {
        const int MostOfOne = 40;
        var packets = new List<(int, byte[])>();
        try
        {
            using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
            while (packets.Count < MostOfOne && reader.Read(out PacketRecord packet))
                packets.Add((packet.Interface.LinkType, packet.Octets.ToArray()));
        }
        catch (CaptureFormatException)
        {
            // Broken captures are in the suite on purpose: what stands before is a seed, too.
        }

        return packets;
    }

    private static string? Library()
    {
        try
        {
            return Capture.CaptureLibrary.At("tcpdump");
        }
        catch (Exception absent) when (absent is not OutOfMemoryException)
        {
            return null; // the packets made here must do
        }
    }
}
