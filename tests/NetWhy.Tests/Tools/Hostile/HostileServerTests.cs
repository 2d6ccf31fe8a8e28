using System.Globalization;
using System.Text;
using Xunit;

namespace NetWhy.Tests.Tools.Hostile;

/// <summary>
/// How clients leave a server that wants to keep them, fill their memory or speak to their terminal: soon, with the reason, and with
/// nothing of it on the screen.
/// </summary>
public sealed class HostileServerTests(HostileRuns runs) : IClassFixture<HostileRuns>
{
    private const int MostMemory = 300; // MiB

    /// <summary>The server, what is run at it, how it exits, and what it says.</summary>
    public static TheoryData<string, string, int, string> Rows => new()
    {
        { "fields", "http http://HERE/", 1, "the head is longer than 300 KiB" },
        { "interims", "http http://HERE/", 1, "interim answers (1xx) come without end" },
        { "interims", "http://HERE/", 1, "interim answers (1xx) come without end" },
        { "trailers", "http http://HERE/", 1, "the fields behind the body come without end" },
        { "chunk-size-drip", "http -m 3 http://HERE/", 1, "the body is not whole in 3 s" },
        { "head-drip", "http -m 3 http://HERE/", 1, "the head is not whole in 3 s" },
        { "body-drip", "http -m 3 http://HERE/", 1, "the body is not whole in 3 s" },
        { "body-drip", "http://HERE/", 1, "http-slow-transfer" },
        { "length-huge", "http http://HERE/", 1, "Content-Length is no number" },
        { "length-huge", "curl -sS -m 2 http://HERE/", 28, "timed out" },
        { "chunk-huge", "http http://HERE/", 1, "the chunks of the body are malformed" },
        { "chunk-huge", "curl -sS http://HERE/", 56, "Illegal or missing hexadecimal sequence" },
        { "br-bomb", "curl -sS --compressed -m 1 -o /dev/null http://HERE/", 28, "timed out" },
        { "gzip-bomb", "curl -sS --compressed -m 1 -o /dev/null http://HERE/", 28, "timed out" },
        { "codings", "curl -sS --compressed http://HERE/", 61, "more than 5 content encodings" },
        { "redirects", "http http://HERE/", 1, "redirect not followed" },
        { "steering-error", "http http://HERE/", 1, "http-bad-gateway" },
        { "steering-error", "TERMINAL curl -sSv -o /dev/null http://HERE/", 0, "> Accept: */* > < HTTP/1.1 502 \\x1b[2J\\x1b]0;t\\x07" },
        { "steering-redirect", "http --json http://HERE/", 1, "redirect_not_followed" },

        { "hello-drip", "https://HERE/", 1, "tls-handshake-stall" },
        { "hello-requests", "tls HERE", 1, "handshake messages without end" },
        { "hello-requests", "https://HERE/", 1, "handshake messages without end" },
        { "hello-requests", "http https://HERE/", 1, "handshake messages without end" },
        { "record-huge", "tls HERE", 1, "packet length too long" },
        { "record-huge", "openssl s_client -connect HERE", 1, "packet length too long" },
        { "cipher-changes", "curl -sS https://HERE/", 35, "unexpected message" },
        { "hello-requests", "openssl s_client -connect HERE", 1, "handshake messages without end" },
        { "small-records", "curl -sS https://HERE/", 35, "handshake messages without end" },
        { "certificate-drip", "openssl s_client -connect HERE --give-up-after 1", 1, "given up as --give-up-after says" },
        { "certificates", "openssl s_client -connect HERE", 1, "excessive message size" },
        { "retries", "openssl s_client -connect HERE", 1, "unexpected message" },
        { "warnings", "curl -sS https://HERE/", 35, "too many warn alerts" },
        { "tickets", "http -k https://HERE/", 1, "handshake messages without end" },
        { "key-updates", "curl -sSk https://HERE/", 56, "handshake messages without end" },
        { "staple-garbage", "openssl s_client -connect HERE -status", 1, "response parse error" },
        { "steering-names", "tls HERE", 1, "tls-self-signed" },
        { "steering-tls", "curl -sSv https://HERE/", 35, "bad extension" },
        { "steering-greeting", "tls HERE --starttls smtp", 1, "tls-starttls-refused" },
        { "h2-pings", "http -k https://HERE/", 1, "frames come without end" },
        { "h2-settings", "curl -sSk https://HERE/", 16, "frames come without end" },
        { "h2-resets", "http -k https://HERE/", 1, "frames come without end" },
        { "h2-length", "http -k https://HERE/", 1, "a frame of type 4 has 5 octets" },
        { "h2-continuations", "http -k https://HERE/", 1, "the headers are too large" },
        { "h2-table", "http -k https://HERE/", 1, "the headers are too large" },
        { "h2-table", "curl -sSk https://HERE/", 16, "the headers are too large" },
        { "h2-window", "curl -sSk -m 2 -d aaaa https://HERE/", 28, "timed out" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task It_is_left_with_the_reason_and_unharmed(string server, string line, int exitCode, string why)
    {
        Assert.SkipUnless(!line.StartsWith(HostileRuns.OnTerminal, StringComparison.Ordinal) || File.Exists(HostileRuns.Terminal), "script is not installed");

        HostileResult result = await runs.OfAsync(server, line);

        string all = result.Output + result.Error;
        string said = string.Join(' ', all.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); // lines are wrapped
        Assert.True(said.Contains(why, StringComparison.Ordinal), said);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(Steering(all));
        Assert.DoesNotContain("   at ", all, StringComparison.Ordinal);
        Assert.DoesNotContain("a defect in netwhy", all, StringComparison.Ordinal);
        Assert.InRange(result.PeakMemory, 0, MostMemory);
    }

    // Line ends are ours, or those of HTTP; a terminal puts one more in front.
    private static string[] Steering(string text) =>
    [
        .. text.Replace("\r\r\n", "\n", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes()
            .Where(rune => rune.Value != '\n' && Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            .Select(rune => $"U+{rune.Value:X4}").Distinct(),
    ];
}
