using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump;
using NetWhy.Tools.Tcpdump.Printing.Link;
using Xunit;

namespace NetWhy.Tests.Capture;

/// <summary>Filters against libpcap's own tests: which packets pass, and what programs look like.</summary>
public sealed class FilterProgramTests
{
    private static readonly FilterInstruction Accept = new(0x06, 0, 0, 1);

    // The expected results of the suite are of libpcap's newest code generator; what runs here is the installed one's, and its
    // own interpreter is the judge.
    [Fact]
    public void The_same_packets_pass_as_with_libpcap()
    {
        string folder = CaptureLibrary.At("libpcap");
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonElement test in Tests(folder, "apply_blocks"))
        {
            string expression = test.GetProperty("expr").GetString()!;
            string capture = test.GetProperty("savefile").GetString()!;
            using CaptureReader reader = CaptureReader.Open(File.OpenRead(Path.Combine(folder, capture)));
            while (reader.Read(out PacketRecord packet))
            {
                if (FilterCompiler.Compile(expression, packet.Interface.LinkType, 262_144, isOptimized: true, out FilterInstruction[] program) is not null)
                    break; // newer than this machine's libpcap
                count++;
                uint expected = RunByLibpcap(program, packet.Octets.ToArray(), packet.OriginalLength);
                if (FilterProgram.Check(program) is not { } filter)
                    wrong.Add($"{capture}: {expression}: refused");
                else if (filter.Run(packet.Octets, packet.OriginalLength) != expected)
                    wrong.Add($"{capture}: {expression}: {packet.Nanoseconds}, expected {expected}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(count > 500, $"only {count} packets were tried");
    }

    [Fact]
    public void Programs_are_printed_as_libpcap_prints_them()
    {
        string folder = CaptureLibrary.At("libpcap");
        int count = 0;
        foreach (JsonElement test in Tests(folder, "accept_blocks"))
        {
            if (LinkTypeNames.Find(test.GetProperty("DLT").GetString()!) is not { } linkType)
                continue;
            foreach (JsonElement alias in test.GetProperty("aliases").EnumerateArray())
            {
                foreach (bool isOptimized in (bool[])[true, false])
                {
                    if (FilterCompiler.Compile(alias.GetString()!, linkType, 262_144, isOptimized, out FilterInstruction[] program) is not null)
                        continue; // newer than this machine's libpcap
                    count++;
                    string[] expected = [.. program.Select((one, i) => Marshal.PtrToStringUTF8(Image(MemoryMarshal.AsBytes([one]).ToArray(), i))!)];
                    Assert.Equal(expected.Select(line => line.TrimEnd()), FilterText.Print(program, 1).TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()));
                }
            }
        }

        Assert.True(count > 500, $"only {count} programs were compared");
    }

    [Theory]
    [InlineData(0x05, 0, 0, 5u)] // a jump behind the end
    [InlineData(0x15, 9, 0, 0u)] // a branch behind the end
    [InlineData(0x60, 0, 0, 16u)] // a register that there is not
    [InlineData(0x02, 0, 0, 99u)]
    [InlineData(0x34, 0, 0, 0u)] // a division by zero
    [InlineData(0x94, 0, 0, 0u)]
    [InlineData(0x59, 0, 0, 0u)] // no instruction
    [InlineData(0xff, 0, 0, 0u)]
    public void A_program_that_could_run_astray_is_refused(int code, int ifTrue, int ifFalse, uint value) =>
        Assert.Null(FilterProgram.Check([new((ushort)code, (byte)ifTrue, (byte)ifFalse, value), Accept]));

    [Fact]
    public void A_program_without_an_end_is_refused()
    {
        Assert.Null(FilterProgram.Check([]));
        Assert.Null(FilterProgram.Check([new(0x00, 0, 0, 1)]));
    }

    [Fact]
    public void Any_program_that_is_let_through_ends_and_reads_nothing_outside()
    {
        var random = new Random(7);
        byte[] packet = new byte[64];
        int accepted = 0;
        for (int i = 0; i < 200_000; i++)
        {
            var program = new FilterInstruction[random.Next(1, 12)];
            for (int k = 0; k < program.Length; k++)
                program[k] = new FilterInstruction((ushort)random.Next(256), (byte)random.Next(6), (byte)random.Next(6), random.Next(3) == 0 ? (uint)random.NextInt64(uint.MaxValue) : (uint)random.Next(80));
            program[^1] = Accept;
            if (FilterProgram.Check(program) is not { } filter)
                continue;
            accepted++;
            random.NextBytes(packet);
            filter.Run(packet.AsSpan(0, random.Next(packet.Length)), (uint)random.Next());
        }

        Assert.True(accepted > 1000, $"only {accepted} were let through");
    }

    [Theory]
    [InlineData("tcp port 443", true)]
    [InlineData("udp and not host 10.0.0.1", true)]
    [InlineData("ifindex 1", true)]
    [InlineData("link[0] = 8", false)] // an octet of the header that the kernel does not keep by itself
    public void A_cooked_filter_is_rewritten_for_the_kernel_where_it_can_be(string text, bool isPossible)
    {
        Assert.Null(FilterCompiler.Compile(text, linkType: 276, 262_144, isOptimized: true, out FilterInstruction[] program));

        Assert.Equal(isPossible, CookedFilter.Rewrite(program) is not null);
    }

    [DllImport("libpcap.so.0.8", EntryPoint = "pcap_offline_filter")]
    private static extern uint OfflineFilter(nint program, byte[] header, byte[] octets);

    // Source: pcap_offline_filter(3); struct bpf_program, struct pcap_pkthdr.
    private static uint RunByLibpcap(FilterInstruction[] program, byte[] octets, uint length)
    {
        byte[] header = new byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), octets.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), length);
        byte[] instructions = MemoryMarshal.AsBytes(program.AsSpan()).ToArray();
        var pinned = GCHandle.Alloc(instructions, GCHandleType.Pinned);
        byte[] pair = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(pair, program.Length);
        BinaryPrimitives.WriteInt64LittleEndian(pair.AsSpan(8), pinned.AddrOfPinnedObject());
        var pinnedPair = GCHandle.Alloc(pair, GCHandleType.Pinned);
        try
        {
            return OfflineFilter(pinnedPair.AddrOfPinnedObject(), header, octets.Length == 0 ? [0] : octets);
        }
        finally
        {
            pinnedPair.Free();
            pinned.Free();
        }
    }

    [DllImport("libpcap.so.0.8", EntryPoint = "bpf_image")]
    private static extern nint Image(byte[] instruction, int number);

    private static JsonElement.ArrayEnumerator Tests(string folder, string kind) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "filter_tests.json"))).RootElement.GetProperty(kind).EnumerateArray();
}
