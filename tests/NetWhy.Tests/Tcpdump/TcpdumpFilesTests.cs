using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using NetWhy.Capture.Files;
using NetWhy.Tests.App;
using NetWhy.Tests.Audit;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary>Files that <c>netwhy tcpdump</c> writes: their names, when one ends, and what becomes of broken ones.</summary>
public sealed class TcpdumpFilesTests : IDisposable
{
    private const long Start = 1_700_000_000; // 2023-11-14 22:13:20 UTC

    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-files").FullName;

    // Source: tcpdump(1): -C counts in millions of octets, numbers follow the name, the first file has none.
    [Fact]
    public void A_file_that_is_full_is_followed_by_a_numbered_one()
    {
        string capture = Capture(count: 3000, size: 1000, secondsApart: 0);

        Run("-r", capture, "-w", At("out"), "-C", "1");

        Assert.Equal(["out", "out1", "out2", "out3"], Written("out"));
        Assert.Equal(3000, Written("out").Sum(name => Packets(At(name)).Count));
        Assert.InRange(new FileInfo(At("out")).Length, 1_000_001, 1_002_100); // the packet that makes it too large is in it
    }

    [Fact]
    public void Numbered_names_are_used_again_and_sort()
    {
        string capture = Capture(count: 12_000, size: 1000, secondsApart: 0);

        Run("-r", capture, "-w", At("out"), "-C", "1", "-W", "10");

        Assert.Equal(Enumerable.Range(0, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $"out{i}")), Written("out"));
    }

    [Fact]
    public void Files_of_a_time_have_names_of_that_time_and_an_end()
    {
        string capture = Capture(count: 100, size: 10, secondsApart: 1);

        ProgramResult result = Run("-r", capture, "-w", At("t_%H%M%S"), "-G", "20", "--aligned", "-W", "3");

        Assert.Equal(["t_221320", "t_221340", "t_221400"], Written("t_"));
        Assert.All(Written("t_"), name => Assert.Equal(20, Packets(At(name)).Count));
        Assert.Contains("Maximum file limit reached: 3", result.Error, StringComparison.Ordinal);
        Assert.Contains($"finished {At("t_221320")}", result.Error, StringComparison.Ordinal);
    }

    // As tcpdump 4.99.3 does: its files are those of the time when a capture is read, not when its packets passed.
    [Fact]
    public void Times_of_files_are_those_of_the_clock_while_a_capture_is_read()
    {
        string capture = Capture(count: 100, size: 10, secondsApart: 1);

        Run("-r", capture, "-w", At("c_%Y"), "-G", "3000");

        Assert.DoesNotContain("c_2023", Written("c_"));
        Assert.Equal(100, Packets(At(Assert.Single(Written("c_")))).Count);
    }

    [Fact]
    public void Aligned_files_begin_when_the_clock_says_so()
    {
        string capture = Capture(count: 100, size: 10, secondsApart: 1);

        Run("-r", capture, "-w", At("a_%s"), "-G", "60", "--aligned");

        // 22:13:20, then whole minutes.
        Assert.Equal([Packets(At("a_1700000000")).Count, Packets(At("a_1700000040")).Count], [40, 60]);
    }

    [Fact]
    public void A_command_is_run_for_each_file_that_is_finished_and_files_are_compressed()
    {
        string capture = Capture(count: 3000, size: 1000, secondsApart: 0);
        string script = At("done.sh");
        File.WriteAllText(script, "#!/bin/sh\nmv \"$1\" \"$1.done\"\n");
        NetWhyProgram.Run("chmod", ["+x", script], []);

        ProgramResult result = Run("-r", capture, "-w", At("z"), "-C", "1", "-z", script, "--compress", "gzip");

        Assert.Equal(["z.gz.done", "z1.gz.done", "z2.gz.done", "z3.gz.done"], Written("z"));
        Assert.Equal(0x1f, File.ReadAllBytes(At("z.gz.done"))[0]);
        Assert.Contains($"finished {At("z1.gz")} ({new FileInfo(At("z1.gz.done")).Length} bytes)", result.Error, StringComparison.Ordinal);
        Assert.Equal(3000, Written("z").Sum(name => Packets(At(name)).Count));
    }

    [Fact]
    public void Files_are_read_by_time_as_one()
    {
        string first = Capture(count: 5, size: 10, secondsApart: 2), second = Capture(count: 5, size: 10, secondsApart: 3);

        ProgramResult result = Run("-tt", "-n", "-r", first, "-r", second);

        string[] times = [.. result.Output.Split('\n').Where(line => line.StartsWith("17000", StringComparison.Ordinal)).Select(line => line[..10])];
        Assert.Equal(10, times.Length);
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public void Of_a_capture_that_is_cut_short_what_was_good_is_printed_and_the_rest_said()
    {
        string capture = Capture(count: 3, size: 100, secondsApart: 0);
        byte[] octets = File.ReadAllBytes(capture);
        File.WriteAllBytes(capture, octets[..^10]);

        ProgramResult result = Run("-n", "-r", capture);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(2, result.Output.Split('\n').Count(line => line.StartsWith("22:13", StringComparison.Ordinal)));
        Assert.Contains($"{capture}: truncated dump file; tried to read 100 captured bytes, only got 90 (behind packet 2)", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_said_with_the_file()
    {
        string capture = Capture(count: 3000, size: 1000, secondsApart: 0);

        ProgramResult result = Run("-r", capture, "-w", "/dev/full");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("/dev/full: ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out", 24, 16)] // octets of the file's header, and of a packet's
    [InlineData("out.pcapng", 52, 32)] // the section's with its application, 28 + 24, comes before the interface's
    public void On_a_disk_that_gets_full_the_file_ends_with_a_whole_packet_and_says_how_many(string name, int header, int around)
    {
        if (Environment.UserName != "root")
            Assert.Skip("mounting needs root");
        string capture = Capture(count: 3000, size: 5000, secondsApart: 0), disk = At("disk");
        Directory.CreateDirectory(disk);
        Assert.Equal(0, NetWhyProgram.Run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], []).ExitCode);
        try
        {
            ProgramResult result = Run("-r", capture, "-w", Path.Combine(disk, name));

            int kept = Packets(Path.Combine(disk, name)).Count; // reading fails on a packet that is cut short
            Assert.Equal(3, result.ExitCode);
            Assert.Equal(((1 << 20) - header) / (5000 + around), kept);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"/{name}: No space left on device: it holds {kept} packets, all whole; those after them are lost"), result.Error, StringComparison.Ordinal);
        }
        finally
        {
            NetWhyProgram.Run("umount", [disk], []);
        }
    }

    // Expected: what tcpdump 4.99.3 made of the same options, on packets of 1,000 octets.
    [Theory]
    [InlineData("1", new[] { "n" })]
    [InlineData("2", new[] { "n0", "n1" })]
    [InlineData("11", new[] { "n00", "n01", "n02", "n03" })]
    public void Numbers_have_the_digits_of_the_highest(string count, string[] names)
    {
        string capture = Capture(count: 3000, size: 1000, secondsApart: 0);

        Run("-r", capture, "-w", At("n"), "-C", "1", "-W", count);

        Assert.Equal(names, Written("n"));
    }

    [Theory]
    [InlineData("z.gz", "gzip")]
    [InlineData("z.zst", "zstd")]
    public void A_name_says_how_it_is_compressed(string name, string tool)
    {
        string capture = Capture(count: 3000, size: 1000, secondsApart: 0);

        Run("-r", capture, "-w", At(name));

        Assert.Equal(0, NetWhyProgram.Run(tool, ["-t", At(name)], []).ExitCode);
        Assert.Equal(3000, Packets(At(name)).Count);
        Assert.InRange(new FileInfo(At(name)).Length, 1, 1_000_000);
    }

    [Fact]
    public void A_name_does_not_compress_where_that_is_refused()
    {
        string capture = Capture(count: 3, size: 100, secondsApart: 0);

        Run("-r", capture, "-w", At("plain.gz"), "--compress", "none");

        Assert.Equal(File.ReadAllBytes(capture), File.ReadAllBytes(At("plain.gz")));
    }

    [Theory]
    [InlineData("-r", "/nowhere/x.pcap", 3)]
    [InlineData("-j", "sundial", 2)]
    [InlineData("--time-stamp-precision", "pico", 2)]
    [InlineData("-r", "/etc/passwd", 3)]
    [InlineData("-Q", "sideways", 2)]
    [InlineData("-c", "0", 2)]
    [InlineData("-T", "nothing", 2)]
    public void What_makes_no_sense_is_refused_in_one_line(string option, string value, int exitCode)
    {
        ProgramResult result = Run(option, value);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("-r", "/nowhere/x.pcap", "/nowhere/x.pcap: No such file or directory")]
    [InlineData("-r", "/", "/: Is a directory")]
    [InlineData("-F", "/", "/: Is a directory")]
    [InlineData("-V", "/nowhere/x", "/nowhere/x: No such file or directory")]
    public void Files_are_refused_in_the_words_of_the_system(string option, string path, string expected) =>
        Assert.Equal($"netwhy tcpdump: {expected}", Run(option, path).Error.TrimEnd('\n'));

    [Fact]
    public void A_file_that_cannot_be_made_is_refused_in_the_words_of_the_system() =>
        Assert.Contains($"{_folder}: Is a directory", Run("-r", Capture(count: 1, size: 60, secondsApart: 0), "-w", _folder).Error, StringComparison.Ordinal);

    [Fact]
    public void A_stream_that_is_not_there_is_said() =>
        Assert.Contains("--stream 7: there is no such TCP stream, nor any other", Run("-r", Capture(count: 1, size: 60, secondsApart: 0), "--stream", "7").Error, StringComparison.Ordinal);

    // Expected: what tcpdump 4.99.3 prints of the same packets: at the end of a line or of the packet, a carriage return is gone.
    [Theory]
    [InlineData("ab\r\ncd\r\n", "ab\ncd\n\n")]
    [InlineData("ab\r", "ab\n")]
    [InlineData("ab\rcd", "ab.cd\n")]
    [InlineData("ab\n\r", "ab\n\n")]
    public void Carriage_returns_end_no_line_of_their_own(string payload, string expected)
    {
        string path = At("cr.pcap");
        byte[] packet = RawPacket.Frame(0x9000, System.Text.Encoding.ASCII.GetBytes(payload));
        using (var writer = new PcapWriter(File.Create(path), linkType: 1, 262_144, isNanosecond: false))
            writer.Add(Start * 1_000_000_000, packet, (uint)packet.Length);

        Assert.EndsWith(expected, Run("-t", "-A", "-r", path).Output, StringComparison.Ordinal);
    }

    // What the capture tells beside its packets: a name, a key log, a comment.
    [Fact]
    public void Pcapng_is_written_where_the_name_or_the_format_says_so_and_keeps_what_pcap_has_no_place_for()
    {
        File.WriteAllBytes(At("in.pcapng"), Pcapng());

        ProgramResult kept = Run("-r", At("in.pcapng"), "-w", At("kept.pcapng"));
        Run("-r", At("in.pcapng"), "-w", At("asked"), "--format", "pcapng");
        ProgramResult lost = Run("-r", At("in.pcapng"), "-w", At("lost.pcap"));

        Assert.Equal(File.ReadAllBytes(At("in.pcapng")), File.ReadAllBytes(At("kept.pcapng")));
        Assert.Equal(File.ReadAllBytes(At("in.pcapng")), File.ReadAllBytes(At("asked")));
        Assert.DoesNotContain("no place", kept.Error, StringComparison.Ordinal);
        Assert.Contains("pcap has no place for comments on 1 packet and names or secrets of the capture: a name that ends in .pcapng", lost.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Packets_of_several_types_of_link_find_room_in_pcapng()
    {
        string ethernet = Capture(count: 1, size: 60, secondsApart: 0), raw = At("raw.pcap");
        using (var writer = new PcapWriter(File.Create(raw), linkType: 101, 262_144, isNanosecond: false))
            writer.Add(Start * 1_000_000_000, [1, 2, 3], 3);

        ProgramResult result = Run("-r", ethernet, "-r", raw, "-w", At("both.pcapng"));

        Assert.Equal(0, result.ExitCode);
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(At("both.pcapng")));
        Assert.True(reader.Read(out PacketRecord first));
        Assert.Equal(1, first.Interface.LinkType);
        Assert.True(reader.Read(out PacketRecord second));
        Assert.Equal(101, second.Interface.LinkType);
    }

    [Theory]
    [InlineData("web.example > peer")]
    [InlineData("web > peer", "-N")]
    [InlineData("192.0.2.1 > 198.51.100.1", "-n")]
    public void Addresses_have_the_names_that_the_capture_gives_them(string expected, params string[] arguments)
    {
        File.WriteAllBytes(At("in.pcapng"), Pcapng());

        Assert.Contains(expected, Run(["-r", At("in.pcapng"), .. arguments]).Output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void A_file_is_made_although_the_display_filter_lets_nothing_through()
    {
        string capture = Capture(count: 3, size: 60, secondsApart: 0);

        Run("-r", capture, "-w", At("none"), "--display", "tcp");

        Assert.Equal(PcapWriter.FileHeaderSize, new FileInfo(At("none")).Length);
    }

    [Theory]
    [InlineData("--follow goes", "--follow", "--json")]
    [InlineData("--follow goes", "--follow", "-w", "x")]
    [InlineData("--follow goes", "--stream", "0", "--count")]
    [InlineData("--process asks", "--process")]
    [InlineData("--compress goes with -w", "--compress", "gzip")]
    [InlineData("--format goes with -w", "--format", "pcapng")]
    [InlineData("--aligned goes with -G", "--aligned", "-w", "x")]
    [InlineData("--before goes with --on", "--before", "3")]
    [InlineData("give one of them", "--net", "one", "--pid", "1")]
    public void What_does_not_go_together_or_has_no_effect_is_refused(string expected, params string[] arguments)
    {
        ProgramResult result = Run(["-r", Capture(count: 1, size: 60, secondsApart: 0), .. arguments]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    private IEnumerable<string> Written(string prefix) => Directory.EnumerateFiles(_folder, prefix + "*").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static ProgramResult Run(params string[] arguments) => NetWhyProgram.Run(NetWhyProgram.Path, ["tcpdump", .. arguments], new Dictionary<string, string?> { ["TZ"] = "UTC" });

    private static byte[] Pcapng()
    {
        var form = new PcapngOctets();
        byte[] packet = RawPacket.Frame(0x0800, RawPacket.IPv4(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("198.51.100.1"), 1, [8, 0, 0, 0, 0, 0, 0, 0]));
        return
        [
            .. form.Section(),
            .. form.Block(1, [.. form.Halves(1, 0), .. form.Numbers(0)]),
            .. form.Block(4, [.. form.Option(1, [192, 0, 2, 1, .. "web.example\0"u8]), .. form.Option(1, [198, 51, 100, 1, .. "peer\0"u8]), 0, 0, 0, 0]),
            .. form.Block(10, [.. form.Numbers(DecryptionSecrets.TlsKeyLog, 4), .. "# k\n"u8]),
            .. form.Block(6, [.. form.Numbers(0, 1, 5, (uint)packet.Length, (uint)packet.Length), .. packet, .. new byte[-packet.Length & 3], .. PcapngOctets.Join(form.Option(1, [.. "look here"u8]))]),
        ];
    }

    private static List<long> Packets(string path)
    {
        var times = new List<long>();
        using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
        while (reader.Read(out PacketRecord packet))
            times.Add(packet.Nanoseconds);
        return times;
    }

    private string Capture(int count, int size, int secondsApart)
    {
        string path = At(string.Create(CultureInfo.InvariantCulture, $"in-{Guid.NewGuid():N}.pcap"));
        using var writer = new PcapWriter(File.Create(path), linkType: 1, 262_144, isNanosecond: false);
        byte[] packet = new byte[size];
        if (size >= 14)
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x9000);
        for (int i = 0; i < count; i++)
            writer.Add((Start + ((long)i * secondsApart)) * 1_000_000_000, packet, (uint)size);
        return path;
    }
}
