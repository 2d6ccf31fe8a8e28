using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>How <c>netwhy curl</c> leaves a server that wants to keep it, or to fool it: as curl 7.88 does.</summary>
public sealed partial class CurlHostileServerTests : IDisposable
{
    private const string Original = "/usr/bin/curl";

    private static readonly Dictionary<string, string> Answers = new()
    {
        ["/loop"] = "HTTP/1.1 302 x\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
        ["/negative"] = "HTTP/1.1 200 x\r\nContent-Length: -5\r\n\r\nhello",
        ["/huge"] = "HTTP/1.1 200 x\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        ["/two"] = "HTTP/1.1 200 x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
        ["/list"] = "HTTP/1.1 200 x\r\nContent-Length: 3, 5\r\n\r\nhello",
        ["/chunk"] = "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello",
        ["/bare"] = "HTTP/1.1 200 x\r\nA: b\rSet-Cookie: c=d\r\n\r\nhello",
        ["/nul"] = "HTTP/1.1 200 x\r\nA: b\0c\r\n\r\nhello",
        ["/control"] = "HTTP/1.1 200 x\r\nA: \e]0;title\a\e[2J\r\nContent-Length: 0\r\n\r\n",
    };

    private readonly AcceptingServer _server = new(AnswerAsync);

    public CurlHostileServerTests() => Assert.SkipUnless(File.Exists(Original), "curl is not installed");

    private string Here => _server.Here;

    [Theory]
    [InlineData("-sS http://HERE/head", 56)]
    [InlineData("-sS -m 1 -o /dev/null --compressed http://HERE/bomb", 28)]
    [InlineData("-sS -m 1 -o /dev/null http://HERE/drip", 28)]
    [InlineData("-sSL --max-redirs 5 http://HERE/loop", 47)]
    [InlineData("-sS http://HERE/negative", 8)]
    [InlineData("-sS http://HERE/huge", 0)]
    [InlineData("-sS http://HERE/two", 0)]
    [InlineData("-sS http://HERE/list", 0)]
    [InlineData("-sS http://HERE/chunk", 56)]
    [InlineData("-sSi http://HERE/bare", 0)]
    [InlineData("-sS http://HERE/nul", 8)]
    public async Task It_is_left_as_curl_leaves_it(string line, int exitCode)
    {
        string[] words = line.Replace("HERE", Here, StringComparison.Ordinal).Split(' ');

        var original = Task.Run(() => NetWhyProgram.Run(Original, words, []));
        ProgramResult ours = NetWhyProgram.Run(["curl", .. words]);

        Assert.Equal(Masked(await original), Masked(ours));
        Assert.Equal(exitCode, ours.ExitCode);
    }

    [Fact]
    public void A_header_sends_no_command_to_the_terminal()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script is not installed");

        ProgramResult result = NetWhyProgram.Run("script", ["-qec", $"{NetWhyProgram.Path} curl -sSv -o /dev/null http://{Here}/control", "/dev/null"], new() { ["TERM"] = "xterm" });

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\\x1b]0;title\\x07\\x1b[2J", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e]0;", result.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _server.Dispose();

    private static ProgramResult Masked(ProgramResult result) => result with { Error = Masks().Replace(result.Error, "#") };

    [GeneratedRegex(@"\w+ timed out after .*|headers: \d+")]
    private static partial Regex Masks();

    private static async Task AnswerAsync(TcpClient peer)
    {
        try
        {
            using NetworkStream stream = peer.GetStream();
            byte[] buffer = new byte[65_536];
            while (true)
            {
                int read = await stream.ReadAsync(buffer);
                if (read == 0)
                    return;
                string path = Encoding.Latin1.GetString(buffer, 0, read).Split(' ')[1];
                if (Answers.TryGetValue(path, out string? answer))
                {
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
                    if (path is not "/loop")
                        return;
                    continue;
                }

                await TortureAsync(stream, path);
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    // Ends when the client goes.
    private static async Task TortureAsync(NetworkStream stream, string path)
    {
        string start = path switch { "/bomb" => "HTTP/1.1 200 x\r\nContent-Encoding: gzip\r\n\r\n", "/drip" => "HTTP/1.1 200 x\r\n\r\n", _ => "HTTP/1.1 200 x\r\nX: " };
        await stream.WriteAsync(Encoding.Latin1.GetBytes(start));
        byte[] piece = path switch
        {
            "/bomb" => new byte[1 << 20],
            "/drip" => [(byte)'x'],
            _ => Encoding.Latin1.GetBytes(new string('x', 1000) + "\r\nX: "),
        };
        await using Stream output = path is "/bomb" ? new GZipStream(stream, CompressionLevel.Fastest) : stream;
        while (true)
        {
            await output.WriteAsync(piece);
            if (path is "/drip")
                await Task.Delay(20);
        }
    }
}
