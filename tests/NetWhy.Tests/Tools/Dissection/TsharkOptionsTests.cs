using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Command lines that make no sense to <c>netwhy tshark</c>: one line that says what to do, and nothing on standard output.</summary>
public sealed class TsharkOptionsTests
{
    [Theory]
    [InlineData("did you mean ip.src", "-T", "fields", "-e", "ip.scr")]
    [InlineData("no fields were specified", "-T", "fields")]
    [InlineData("invalid -z argument \"nonsense\"", "-q", "-z", "nonsense")]
    [InlineData("no interval in seconds", "-q", "-z", "io,stat,x")]
    [InlineData("is no number", "-q", "-z", "io,stat,1,SUM(http.host)http.host")]
    [InlineData("-T takes text, fields, json or ek", "-T", "pdml")]
    [InlineData("header=y|n", "-T", "fields", "-e", "ip.src", "-E", "header=maybe")]
    [InlineData("Invalid time stamp type", "-t", "zz")]
    [InlineData("Some fields aren't valid: no.field", "-T", "fields", "-e", "no.field")]
    [InlineData("-R without -2 is deprecated", "-R", "tcp")]
    [InlineData("a capture isn't being done", "-a", "duration:1")]
    [InlineData("it takes NAME:VALUE", "-o", "tcp.check_checksum")]
    [InlineData("can only be used with \"-T json\"", "--no-duplicate-keys")]
    [InlineData("invalid -z argument", "-q", "-z", "follow,tcp,ascii,0,3-2")]
    [InlineData("invalid -z argument", "-q", "-z", "follow,tcp,ascii,192.0.2.1:80")]
    public void Nonsense_is_refused_in_one_line(string words, params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(["tshark", "-r", CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), .. arguments]);

        Assert.Equal(1, result.ExitCode); // as tshark has it
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void A_filter_that_means_nothing_is_shown_with_the_place()
    {
        ProgramResult result = NetWhyProgram.Run(["tshark", "-r", CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), "-Y", "ip.src == 1.2.3.4 and tcp.prot == 80"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("\n                      ^", "\n" + result.Error, StringComparison.Ordinal);
        Assert.Contains("tcp.port", result.Error, StringComparison.Ordinal);
    }

    // The record's data lies behind the end that UDP announces, and octets follow there: RFC 768.
    [Fact]
    public void A_record_that_ends_behind_its_message_is_none_of_it()
    {
        byte[] packet = Convert.FromHexString(
            "020000000002" + "020000000001" + "0800"
            + "4500003700000000" + "40110000" + "0a000001" + "0a000002"
            + "00350fa0001f0000" + "000781800000000100000000" + "00000100010000000a0004" + "01020304");
        string path = Path.GetTempFileName();
        try
        {
            byte[] header = Convert.FromHexString("d4c3b2a1020004000000000000000000ffff000001000000" + "0000000000000000");
            File.WriteAllBytes(path, [.. header, (byte)packet.Length, 0, 0, 0, (byte)packet.Length, 0, 0, 0, .. packet]);

            ProgramResult result = NetWhyProgram.Run(["tshark", "-r", path]);

            Assert.Equal(0, result.ExitCode);
            Assert.Contains("Standard query response 0x0007", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("1.2.3.4", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        ProgramResult result = NetWhyProgram.Run(["tshark", "-r", "/nonexistent.pcap"]);

        Assert.Equal(2, result.ExitCode); // as tshark has it
        Assert.Contains("/nonexistent.pcap", result.Error, StringComparison.Ordinal);
    }
}
