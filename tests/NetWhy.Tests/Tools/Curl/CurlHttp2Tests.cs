using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>What <c>netwhy curl</c> says by HTTP/2, seen from the other end. Source: RFC 9113; RFC 7541.</summary>
public sealed class CurlHttp2Tests : IDisposable
{
    private const byte Headers = 1, GoAway = 7;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public CurlHttp2Tests() => _listener.Start();

    private string Here => _listener.LocalEndpoint.ToString()!;

    [Fact]
    public async Task Headers_and_cookies_go_out_as_the_octets_that_they_are()
    {
        using Process curl = Start("-H", "X: é€", $"http://{Here}/", $"http://{Here}/");
        using TcpClient peer = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using NetworkStream stream = peer.GetStream();

        string first = await RequestAsync(stream);
        await stream.WriteAsync(Answer(1, "a=\xc3\xa9; path=/", "b=\xe9; path=/"), TestContext.Current.CancellationToken);
        string second = await RequestAsync(stream);
        await stream.WriteAsync(Answer(3), TestContext.Current.CancellationToken);
        await curl.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("\u0001x\u0005\xc3\xa9\xe2\x82\xac", first, StringComparison.Ordinal);
        Assert.Contains("a=\xc3\xa9", second, StringComparison.Ordinal);
        Assert.Contains("b=\xe9", second, StringComparison.Ordinal);
        Assert.Equal(0, curl.ExitCode);
    }

    [Fact]
    public async Task A_goodbye_behind_the_answer_has_nothing_asked_again()
    {
        using Process curl = Start($"http://{Here}/", $"http://{Here}/");
        using TcpClient peer = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using NetworkStream stream = peer.GetStream();

        await RequestAsync(stream);
        await stream.WriteAsync(Answer(1), TestContext.Current.CancellationToken);
        await RequestAsync(stream);
        byte[] whole = Answer(3);
        byte[] head = whole[..^(9 + 5)], body = whole[^(9 + 5)..];
        await stream.WriteAsync((byte[])[.. head, .. Frame(GoAway, 0, 0, new byte[8]), .. body], TestContext.Current.CancellationToken);
        await curl.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("hellohello", await curl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, curl.ExitCode);
        Assert.False(_listener.Pending());
    }

    public void Dispose() => _listener.Dispose();

    private static Process Start(params string[] words) =>
        NetWhyProgram.Start(NetWhyProgram.Path, ["curl", "-sS", "-m", "20", "-c", "/dev/null", "--http2-prior-knowledge", .. words], []);

    // The octets up to the end of the next request's headers, a letter for each.
    private static async Task<string> RequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        while (true)
        {
            byte[] head = new byte[9];
            await stream.ReadExactlyAsync(head, TestContext.Current.CancellationToken);
            if (head is [(byte)'P', (byte)'R', ..])
            {
                await stream.ReadExactlyAsync(new byte[24 - 9], TestContext.Current.CancellationToken);
                continue;
            }

            byte[] payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, TestContext.Current.CancellationToken);
            text.Append(Encoding.Latin1.GetString(payload));
            if (head[3] == Headers)
                return text.ToString();
        }
    }

    // The server's settings, an answer with cookies, and five octets.
    private static byte[] Answer(byte stream, params string[] cookies)
    {
        byte[] fields = [0x88, .. cookies.SelectMany(cookie => (byte[])[0x0f, 0x28, (byte)cookie.Length, .. Encoding.Latin1.GetBytes(cookie)])]; // :status 200; set-cookie is 55 of the table
        return [.. Frame(4, 0, 0, []), .. Frame(Headers, 0x4, stream, fields), .. Frame(0, 0x1, stream, "hello"u8)];
    }

    private static byte[] Frame(byte type, byte flags, byte stream, ReadOnlySpan<byte> payload) =>
        [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];
}
