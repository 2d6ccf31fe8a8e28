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
    [InlineData("-t takes", "-t", "zz")]
    public void Nonsense_is_refused_in_one_line(string words, params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(["tshark", "-r", CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), .. arguments]);

        Assert.Equal(2, result.ExitCode);
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

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        ProgramResult result = NetWhyProgram.Run(["tshark", "-r", "/nonexistent.pcap"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("/nonexistent.pcap", result.Error, StringComparison.Ordinal);
    }
}
