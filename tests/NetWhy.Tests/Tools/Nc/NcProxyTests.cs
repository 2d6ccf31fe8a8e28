using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Nc;

/// <summary>What <c>netwhy nc</c> says to proxies and TELNET servers, and of them, is what nc of OpenBSD does.</summary>
public sealed class NcProxyTests(PathNamespaces way) : IClassFixture<PathNamespaces>
{
    private const string Socks5Granted = "0500 05000001 0a5b0202 0050";
    private const string Socks4Granted = "005a000000000000";

    [Theory]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", Socks5Granted)]
    [InlineData("-vz -x PROXY 192.0.2.1 80", "3 13", Socks5Granted)]
    [InlineData("-v -x PROXY fd00::1 443", "3 25", "0500 05000004 fd000000000000000000000000000001 01bb")]
    [InlineData("-v -x PROXY name.example 80", "3 22", Socks5Granted)]
    [InlineData("-nv -X 5 -x PROXY name.example 80", "3 22", Socks5Granted)]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3", "05ff")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3", "05")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", "0500 05010001")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", "0500 05040001")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", "0500 05080001")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", "0500 05630001")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", "0500 05000003")]
    [InlineData("-v -x PROXY 192.0.2.1 80", "3 13", "0500 0500000100")]
    [InlineData("-v -X 4 -x PROXY 192.0.2.1 80", "9", Socks4Granted)]
    [InlineData("-v -X 4 -x PROXY server.test 80", "9", Socks4Granted)]
    [InlineData("-v -X 4 -x PROXY 192.0.2.1 80", "9", "005b000000000000")]
    [InlineData("-v -X 4 -x PROXY 192.0.2.1 80", "9", "005c000000000000")]
    [InlineData("-v -X 4 -x PROXY 192.0.2.1 80", "9", "0001000000000000")]
    [InlineData("-v -X 4 -x PROXY 192.0.2.1 80", "9", "005a")]
    [InlineData("-v -X connect -x PROXY 192.0.2.1 80", "33", "HTTP/1.0 200 fine\r\nA: b\r\n\r\n")]
    [InlineData("-v -X CONNECT -x PROXY fd00::1 80", "33", "HTTP/1.1 200 fine\r\n\r\n")]
    [InlineData("-v -X connect -x PROXY 192.0.2.1 80", "33", "HTTP/1.1 403 no, thanks\r\n\r\n")]
    [InlineData("-v -X connect -x PROXY 192.0.2.1 80", "33", "HTTP/1.1 407 who?\r\n\r\n")]
    [InlineData("-v -X connect -x PROXY 192.0.2.1 80", "33", "HTTP/1.1 200 fine\r\nA: b\r\n")]
    [InlineData("-t 10.91.2.2 PORT", "0", "fffd18 61 fffe01 fffb03 fffc05 fff1 62")]
    [InlineData("10.91.2.2 PORT", "0", "fffd18 61")]
    [InlineData("-t 10.91.2.2 PORT", "0", "61 fffd")]
    public async Task Proxies_and_telnet_hear_the_same(string line, string lengths, string replies)
    {
        Assert.SkipUnless(File.Exists("/bin/nc.openbsd"), "netcat-openbsd is not installed");
        var original = await RunAsync(["nc"], line, lengths, replies);
        var ours = await RunAsync([NetWhyProgram.Path, "nc"], line, lengths, replies);
        Assert.Equal(original, ours);
    }

    [Theory]
    [InlineData("-x 10.91.2.2:1 10.91.2.2 80")]
    [InlineData("-v -x server.test:1 10.91.2.2 80")]
    [InlineData("-X 6 -x 10.91.2.2 10.91.2.2 80")]
    [InlineData("-x 10.91.2.2 -l 80")]
    [InlineData("-x 10.91.2.2 -u 10.91.2.2 80")]
    [InlineData("-x 10.91.2.2 -U /nosuch")]
    [InlineData("-x 10.91.2.2 -s 10.91.1.2 10.91.2.2 80")]
    [InlineData("-x 10.91.2.2:nosuch 10.91.2.2 80")]
    [InlineData("-x [10.91.2.2 10.91.2.2 80")]
    [InlineData("-x [10.91.2.2]1 10.91.2.2 80")]
    [InlineData("-x [10.91.2.2]:1 10.91.2.2 80")]
    [InlineData("-x :1080 10.91.2.2 80")]
    [InlineData("-zU /nosuch")]
    public void Command_lines_with_proxies_are_read_as_by_nc(string line)
    {
        Assert.SkipUnless(File.Exists("/bin/nc.openbsd"), "netcat-openbsd is not installed");
        string[] words = line.Split(' ');
        Assert.Equal(PathNamespaces.Run(way.Client, ["nc", .. words]), PathNamespaces.Run(way.Client, [NetWhyProgram.Path, "nc", .. words]));
    }

    [Fact]
    public async Task A_silent_proxy_ends_with_the_timeout_and_its_words_reach_no_terminal_raw()
    {
        (ProgramResult silent, _) = await RunAsync([NetWhyProgram.Path, "nc"], "-w 1 -x PROXY 192.0.2.1 80", "3 1000", "0500 00");
        Assert.Equal((1, "nc: the proxy does not answer in the time of -w\n"), (silent.ExitCode, silent.Error));

        (ProgramResult hostile, _) = await RunAsync([NetWhyProgram.Path, "nc"], "-X connect -x PROXY 192.0.2.1 80", "33", "HTTP/1.1 500 \u001b[2J\r\n\r\n");
        Assert.Equal(1, hostile.ExitCode);
        Assert.StartsWith("nc: Proxy error: \"HTTP/1.1 500 ", hostile.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', hostile.Error);
    }

    // The server waits for as many octets, then answers with the next piece of its replies: hexadecimal, or text.
    private async Task<(ProgramResult Result, string Heard)> RunAsync(string[] program, string line, string lengths, string replies)
    {
        using Socket listener = NetworkNamespace.Run(way.Server, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse("10.91.2.2"), 0));
            socket.Listen(1);
            return socket;
        });
        string port = ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        int[] steps = [.. lengths.Split(' ').Select(length => int.Parse(length, CultureInfo.InvariantCulture))];
        Task<string> heard = ServeAsync(listener, steps, Pieces(replies, steps.Length));
        string[] words = line.Replace("PROXY", $"10.91.2.2:{port}", StringComparison.Ordinal).Replace("PORT", port, StringComparison.Ordinal).Split(' ');
        ProgramResult result = await Task.Run(
            () => PathNamespaces.Run(way.Client, ["sh", "-c", "sleep 1 | \"$@\"", "sh", .. program, .. words]), TestContext.Current.CancellationToken);
        return (result with { Error = result.Error.Replace(port, "PORT", StringComparison.Ordinal) }, await heard);
    }

    private static byte[][] Pieces(string replies, int count)
    {
        if (replies.StartsWith("HTTP", StringComparison.Ordinal))
            return [Encoding.ASCII.GetBytes(replies + (replies.EndsWith("\r\n\r\n", StringComparison.Ordinal) ? "hello\n" : ""))];
        string[] words = replies.Split(' ', count);
        return [.. words.Select(word => Convert.FromHexString(word.Replace(" ", "", StringComparison.Ordinal)))];
    }

    private static async Task<string> ServeAsync(Socket listener, int[] lengths, byte[][] replies)
    {
        using Socket socket = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        var heard = new List<byte>();
        byte[] buffer = new byte[4096];
        for (int i = 0; i < lengths.Length; i++)
        {
            while (heard.Count < lengths[i] && await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var count)
                heard.AddRange(buffer.AsSpan(0, count));
            if (heard.Count < lengths[i])
                break;
            await socket.SendAsync(replies[i], TestContext.Current.CancellationToken);
        }

        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        try
        {
            while (await socket.ReceiveAsync(buffer, end.Token) is > 0 and var count)
                heard.AddRange(buffer.AsSpan(0, count));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException)
        {
            // It has said all that it wants to.
        }

        return Convert.ToHexString([.. heard]);
    }
}
