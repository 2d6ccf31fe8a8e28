using System.Net.Sockets;
using System.Text;
using NetWhy.Tests.App;
using NetWhy.Tests.Tools.Curl;
using Xunit;

namespace NetWhy.Tests.Tools;

/// <summary>How clients leave a server that sends faster than is read, and never comes to an end: soon, and with the reason.</summary>
public sealed class HostileServerTests : IDisposable
{
    private readonly AcceptingServer _messages = new(peer => FloodAsync(peer, [.. ServerHello(), .. HelloRequests()], HelloRequests()));
    private readonly AcceptingServer _interims = new(peer => FloodAsync(peer, [], Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)))));

    [Theory]
    [InlineData("curl -sS https://HERE/", 35, "handshake messages without end")]
    [InlineData("http https://HERE/", 1, "handshake messages without end")]
    [InlineData("https://HERE/", 1, "handshake messages without end")]
    [InlineData("tls HERE", 1, "handshake messages without end")]
    [InlineData("openssl s_client -connect HERE", 1, "handshake messages without end")]
    public void A_handshake_without_end_is_left(string line, int exitCode, string why) => Check(_messages, line, exitCode, why);

    [Theory]
    [InlineData("http http://HERE/", 1, "interim answers (1xx) come without end")]
    [InlineData("http://HERE/", 1, "interim answers (1xx) come without end")]
    public void Interim_answers_without_end_are_left(string line, int exitCode, string why) => Check(_interims, line, exitCode, why);

    public void Dispose()
    {
        _messages.Dispose();
        _interims.Dispose();
    }

    private static void Check(AcceptingServer server, string line, int exitCode, string why)
    {
        ProgramResult result = NetWhyProgram.Run(line.Replace("HERE", server.Here, StringComparison.Ordinal).Split(' '));

        string said = string.Join(' ', (result.Output + result.Error).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); // lines are wrapped
        Assert.Contains(why, said, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
    }

    private static async Task FloodAsync(TcpClient peer, byte[] first, byte[] again)
    {
        try
        {
            using NetworkStream stream = peer.GetStream();
            await stream.ReadExactlyAsync(new byte[1]);
            await stream.WriteAsync(first);
            while (true)
                await stream.WriteAsync(again);
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    // TLS 1.2 with ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, and secure renegotiation. Source: RFC 5246, section 7.4.1.3.
    private static byte[] ServerHello()
    {
        byte[] body = [3, 3, .. new byte[32], 0, 0xc0, 0x2b, 0, 0, 5, 0xff, 1, 0, 1, 0];
        return [22, 3, 3, 0, (byte)(body.Length + 4), 2, 0, 0, (byte)body.Length, .. body];
    }

    // As many as a record holds; clients ignore them during a handshake. Source: RFC 5246, section 7.4.1.1.
    private static byte[] HelloRequests() => [22, 3, 3, 0x3e, 0x80, .. new byte[16_000]];
}
