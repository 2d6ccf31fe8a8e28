using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Http;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class HttpResponseHeadTests
{
    [Fact]
    public void Reads_status_line_and_fields()
    {
        OperationStatus status = Read(
            "HTTP/1.1 503 Service Unavailable\r\nServer: nginx\r\nContent-Length: 12\r\nX-Empty:\r\n\r\nbody", out HttpResponseHead? head, out int consumed);

        Assert.Equal(OperationStatus.Done, status);
        Assert.Equal(("HTTP/1.1", 503, "Service Unavailable"), (head!.Version, head.Status, head.Reason));
        Assert.Equal("nginx", head["server"]);
        Assert.Equal(12, head.ContentLength);
        Assert.Equal("", head["x-empty"]);
        Assert.Null(head["absent"]);
        Assert.Equal(81, consumed);
    }

    [Theory]
    [InlineData("HTTP/1.1 200\r\n\r\n", "")]
    [InlineData("HTTP/1.0 200 \n\n", "")]
    [InlineData("HTTP/1.1 200 a b\r\nA: 1\r\n folded\r\n\r\n", "a b")]
    public void Takes_what_the_RFC_lets_pass(string text, string reason)
    {
        Assert.Equal(OperationStatus.Done, Read(text, out HttpResponseHead? head, out _));
        Assert.Equal(200, head!.Status);
        Assert.Equal(reason, head.Reason);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "begin")]
    [InlineData("HTTP/2 200 OK\r\n\r\n", "begin")]
    [InlineData("HTTP/1.1 20x OK\r\n\r\n", "status line")]
    [InlineData("HTTP/1.1 099 No\r\n\r\n", "status line")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "colon")]
    [InlineData("HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n", "name")]
    [InlineData("HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "no name")]
    [InlineData("HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n", "white space")]
    [InlineData("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", "NUL")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no number")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "two different")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", "two different")]
    public void Says_what_is_malformed(string text, string word)
    {
        OperationStatus status = HttpResponseHead.Read(Encoding.Latin1.GetBytes(text), out HttpResponseHead? head, out _, out string? fault);

        Assert.Equal(OperationStatus.InvalidData, status);
        Assert.Null(head);
        Assert.Contains(word, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Knows_an_HTTP2_settings_frame()
    {
        _ = HttpResponseHead.Read([0, 0, 18, 4, 0, 0, 0, 0, 0, 1], out _, out _, out string? fault);

        Assert.Contains("HTTP/2", fault, StringComparison.Ordinal);
    }

    // curl takes heads of up to 300 KiB.
    [Fact]
    public void Takes_as_long_a_head_as_curl()
    {
        string fields = string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: {new string('v', 900)}\r\n"));

        Assert.Equal(OperationStatus.Done, Read($"HTTP/1.1 200 OK\r\n{fields}\r\n", out _, out int consumed));
        Assert.InRange(consumed, 90_000, 92_000);
    }

    [Fact]
    public void Waits_for_the_rest_of_a_head_and_not_for_ever()
    {
        Assert.Equal(OperationStatus.NeedMoreData, Read("HTTP/1.1 200 OK\r\nA: 1\r\n", out _, out _));
        Assert.Equal(OperationStatus.NeedMoreData, Read("", out _, out _));
        Assert.Equal(
            OperationStatus.InvalidData,
            Read("HTTP/1.1 200 OK\r\nA: " + new string('a', HttpResponseHead.LongestHead), out _, out _));
        Assert.Equal(
            OperationStatus.InvalidData, // each line makes the field longer: their number is what costs
            Read("HTTP/1.1 200 OK\r\nA: 1\r\n" + string.Concat(Enumerable.Repeat(" b\n", 300)) + "\r\n", out _, out _));
    }

    [Fact]
    public void Never_throws_whatever_comes() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(octets =>
    {
        byte[] withStart = [.. "HTTP/1.1 200 OK\r\n"u8, .. octets, .. "\r\n\r\n"u8];
        _ = HttpResponseHead.Read(octets, out _, out _, out _);
        OperationStatus status = HttpResponseHead.Read(withStart, out HttpResponseHead? head, out int consumed, out string? fault);
        return (status is OperationStatus.Done) == (head is not null)
            && (status is OperationStatus.InvalidData) == (fault is not null)
            && consumed <= withStart.Length;
    }));

    private static OperationStatus Read(string text, out HttpResponseHead? head, out int consumed) =>
        HttpResponseHead.Read(Encoding.Latin1.GetBytes(text), out head, out consumed, out _);
}
