using System.Buffers.Binary;
using System.Diagnostics;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Fuzzing;

/// <summary>Capture files may be anything: each is read or refused, in bounded time and memory.</summary>
public sealed class CaptureFuzzTests
{
    private const long Short = 7_000;
    private const int Longest = 4096;
    private const byte Gzip = 0x1f, Zstandard = 0x28; // the first octet of each
    private const long MostMemory = 64 << 20; // for a file of four KiB
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    [Fact]
    public void Pcap_and_pcapng()
    {
        var random = new Random(PacketMutator.Seed + 4);
        List<byte[]> seeds = [.. Seeds()];
        long inputs = PacketMutator.CountOf(Short);
        byte[] buffer = new byte[Longest];
        for (long i = 0; i < inputs; i++)
        {
            byte[] seed = seeds[random.Next(seeds.Count)];
            seed.CopyTo(buffer, 0);
            int length = Mutate(random, buffer, seed.Length);
            long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
            string? wrong = Read(buffer, length);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (wrong is not null || allocated > MostMemory || Stopwatch.GetElapsedTime(start) > MostTime)
                Assert.Fail($"{wrong}, {allocated} octets of memory: {Convert.ToHexString(buffer.AsSpan(0, length))}");
        }
    }

    private static string? Read(byte[] buffer, int length)
    {
        var again = new MemoryStream();
        int packets = 0, most = buffer[0] is Gzip or Zstandard ? int.MaxValue : length; // a compressed file holds more than its length
        try
        {
            using CaptureReader reader = CaptureReader.Open(new MemoryStream(buffer, 0, length));
            using var writer = new PcapngWriter(again, "") { IsOfOneCapture = length % 2 == 0 };
            while (reader.Read(out PacketRecord packet))
            {
                if (packet.Octets.Length > most || ++packets > most)
                    return $"packet {packets} of {packet.Octets.Length} octets";
                writer.Add(packet);
            }
        }
        catch (CaptureFormatException)
        {
            // That is how they are refused.
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }

        return ReadAgain(again, packets);
    }

    // What was written of a broken capture is whole.
    private static string? ReadAgain(MemoryStream written, int packets)
    {
        if (packets == 0)
            return null;
        try
        {
            using CaptureReader reader = CaptureReader.Open(new MemoryStream(written.ToArray()));
            while (reader.Read(out _))
                packets--;
            return packets == 0 ? null : $"{packets} packets were not written";
        }
        catch (CaptureFormatException broken)
        {
            return $"written again, it is broken: {broken.Message}";
        }
    }

    // Lengths and counts of both formats are numbers of 32 or 16 bits at multiples of four, in either order.
    private static int Mutate(Random random, byte[] buffer, int length)
    {
        for (int changes = random.Next(1, 6); changes > 0; changes--)
        {
            int at = random.Next(length) & ~3;
            uint value = random.Next(6) switch { 0 => 0, 1 => uint.MaxValue, 2 => (uint)random.Next(64), 3 => (uint)(length - at + random.Next(-16, 17)), 4 => 0x8000_0000u >> random.Next(32), _ => (uint)random.Next() };
            switch (random.Next(5))
            {
                case 0 when at + 4 <= length:
                    BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), value);
                    break;
                case 1 when at + 4 <= length:
                    BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(at), value);
                    break;
                case 2 when at + 2 <= length:
                    BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(at), (ushort)value);
                    break;
                case 3 when length >= 64: // a block or record twice
                    int from = random.Next(length - 32) & ~3, count = Math.Min(32 + (random.Next(64) & ~3), Math.Min(length - from, Longest - from));
                    int to = random.Next(length) & ~3;
                    buffer.AsSpan(from, Math.Min(count, Longest - to)).CopyTo(buffer.AsSpan(to));
                    length = Math.Max(length, to + Math.Min(count, Longest - to));
                    break;
                default:
                    buffer[random.Next(length)] = (byte)random.Next(256);
                    break;
            }
        }

        return random.Next(4) == 0 ? random.Next(length + 1) : length;
    }

    private static IEnumerable<byte[]> Seeds()
    {
        // A capture of either format with one packet; with the captures of public suites, the beginnings of theirs.
        yield return Convert.FromHexString("d4c3b2a1020004000000000000000000ffff000001000000" + "0100000002000000040000000400000001020304");
        yield return Convert.FromHexString("a1b23c4d000200040000000000000000000400000000006500000001000000020000000400000009deadbeef");
        yield return Convert.FromHexString(
            "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000" + "01000000200000000100000000000400090001000900000000000000" + "20000000"
            + "060000002400000000000000000000000100000004000000040000000102030424000000" + "050000001800000000000000000000000000000018000000");
        // Names, secrets and a comment.
        yield return Convert.FromHexString(
            "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000" + "0100000014000000010000000000000014000000" + "040000001c0000000100060001020304610000000000000" + "01c000000"
            + "0a00000018000000" + "4b534c54030000006b65790018000000" + "060000003000000000000000000000000100000004000000040000000102030401000100610000000000000030000000");
        yield return Convert.FromHexString(
            "0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c" + "00000001000000140001000000000000" + "00000014" + "000000040000001c0001000601020304610000000000000" + "00000001c"
            + "0000000a00000018" + "544c534b000000036b65790000000018" + "000000060000003000000000000000000000000100000004000000040102030400010001610000000000000000000030");
        foreach (string folder in CaptureLibrary.Folders("tcpdump", "wireshark/test/captures", "chrissanders-packets"))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                byte[] start = new byte[Longest - 512];
                using FileStream file = File.OpenRead(path);
                int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
                if (length >= 24)
                    yield return start[..length];
            }
        }
    }
}
