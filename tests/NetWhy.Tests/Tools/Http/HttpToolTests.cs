using System.Diagnostics;
using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>netwhy http as users run it.</summary>
public sealed class HttpToolTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public void Redirects_stand_in_rows_of_their_own_and_secrets_do_not_follow_to_another_port()
    {
        ScriptedServer? end = null;
        end = new ScriptedServer((_, _) => end!.Heads.Last().StartsWith("GET /end ", StringComparison.Ordinal) ? Good : "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n");
        using ScriptedServer ofEnd = end;
        using var first = new ScriptedServer((_, _) => $"HTTP/1.1 302 Found\r\nLocation: {end.Url}\r\nContent-Length: 0\r\n\r\n");

        ProgramResult result = NetWhyProgram.Run("http", first.Url, "-H", "Authorization: Basic c2VjcmV0", "-H", "Cookie: mine=1", "-H", "X-Mine: 1", "--json");

        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(
            [(302, false), (302, false), (200, false), (200, true)],
            json.RootElement.GetProperty("requests").EnumerateArray().Select(row => (row.GetProperty("status").GetInt32(), row.GetProperty("kept").GetBoolean())));
        Assert.Contains("Authorization", Assert.Single(first.Heads), StringComparison.Ordinal);
        Assert.All(end.Heads, head => Assert.DoesNotContain("Authorization", head, StringComparison.Ordinal));
        Assert.All(end.Heads, head => Assert.DoesNotContain("Cookie", head, StringComparison.Ordinal));
        Assert.All(end.Heads, head => Assert.Contains("X-Mine: 1", head, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(56)]
    [InlineData(60)]
    [InlineData(79)]
    [InlineData(120)]
    public void The_table_fits_the_terminal(int columns)
    {
        using var server = new ScriptedServer((_, _) => Good);

        string output = NetWhyProgram.Run(
            "script",
            ["-qec", $"stty rows 50 cols {columns}; '{NetWhyProgram.Path}' http '{server.Url}' -n 3", "/dev/null"],
            new() { ["TERM"] = "xterm", ["NO_COLOR"] = "1" }).Output;

        Assert.Contains("  p99 ", output, StringComparison.Ordinal);
        Assert.All(output.ReplaceLineEndings("\n").Split('\n'), line => Assert.True(line.Length <= columns, line));
    }

    [Fact]
    public void A_redirect_that_ends_once_its_cookie_is_there_is_no_loop()
    {
        ScriptedServer? server = null;
        server = new ScriptedServer((_, _) => server!.Heads.Last().Contains("Cookie: mine=2; seen=1", StringComparison.Ordinal)
            ? Good
            : "HTTP/1.1 302 Found\r\nSet-Cookie: seen=1\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        using (server)
        {
            ProgramResult result = NetWhyProgram.Run("http", server.Url, "-H", "Cookie: mine=2");

            Assert.Equal(0, result.ExitCode);
            Assert.Contains("200 OK", result.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_stream_of_events_that_flows_is_no_failure()
    {
        const string Event = "d\r\ndata: hello\n\n\r\n";
        string events = string.Concat(Enumerable.Repeat($"!pause!pause{Event}", 200)); // 40 ms or more apart
        using var server = new ScriptedServer((_, _) => $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{events}");

        ProgramResult once = NetWhyProgram.Run("http", server.Url, "-m", "1");
        ProgramResult run = NetWhyProgram.Run("http", server.Url, "-m", "1", "-n", "3", "--json");

        Assert.Equal(0, once.ExitCode);
        Assert.Matches(@"and\s+it\s+flows:\s+something\s+came\s+every\s+[\d.]+\s+ms\s+on\s+the\s+average", once.Output);
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        Assert.All(json.RootElement.GetProperty("statements").EnumerateArray(), statement => Assert.Equal("note", statement.GetProperty("severity").GetString()));
    }

    [Fact]
    public void Resets_over_kept_connections_get_their_cause()
    {
        using var server = new ScriptedServer((_, request) => request == 1 ? ScriptedServer.Reset : Good);

        ProgramResult result = NetWhyProgram.Run("http", server.Url, "-n", "24", "--json");

        Assert.Equal(1, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Contains("http-keepalive-race", json.RootElement.GetProperty("statements").EnumerateArray().Select(statement => statement.GetProperty("cause").GetString()));
    }

    [Theory]
    [InlineData("503 Service Unavailable", "http-unavailable")]
    [InlineData("502 Bad Gateway", "http-bad-gateway")]
    [InlineData("500 Oops", "http-server-error")]
    public void A_run_at_once_that_fails_wholly_behind_a_good_first_request_gets_a_verdict(string status, string cause)
    {
        using var server = new ScriptedServer((connection, _) => connection == 0 ? Good : $"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nno");

        ProgramResult result = NetWhyProgram.Run("http", server.Url, "-n", "6", "-c", "2", "--json");

        Assert.Equal(1, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        JsonElement verdict = json.RootElement.GetProperty("statements")[0];
        Assert.Equal(cause, verdict.GetProperty("cause").GetString());
        Assert.Contains(verdict.GetProperty("proof").EnumerateArray(), proof => proof.GetString()!.StartsWith("so fail all 6 requests of the run", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_no_cause_can_be_told_that_is_the_verdict()
    {
        const string Verdict = "No cause can be told from here: 1 of 1 requests failed (1 × no answer at 127.0.0.1); asked once more afterwards, nothing more is found.";
        using var server = new ScriptedServer((connection, _) => connection == 1 ? "" : Good);

        ProgramResult result = NetWhyProgram.Run("http", server.Url, "-n", "1", "--new", "-m", "0.2", "--json");

        Assert.Equal(1, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(("not-told", Verdict), (json.RootElement.GetProperty("statements")[0].GetProperty("kind").GetString(), json.RootElement.GetProperty("statements")[0].GetProperty("text").GetString()));
    }

    // Of 127.0.0.0/8 one address is not listened at.
    [Fact]
    public void An_address_that_takes_no_connection_beside_one_that_does_gets_its_cause()
    {
        using var server = new ScriptedServer((_, _) => Good);
        string hosts = Path.GetTempFileName();
        File.WriteAllText(hosts, "127.0.0.1 two.test\n127.0.0.2 two.test\n");
        try
        {
            ProgramResult result = NetWhyProgram.Run("unshare", ["-m", "sh", "-c", $"mount --bind {hosts} /etc/hosts && exec '{NetWhyProgram.Path}' http http://two.test:{server.Port}/ --json"], []);

            Assert.Equal(1, result.ExitCode);
            using var json = JsonDocument.Parse(result.Output);
            JsonElement verdict = json.RootElement.GetProperty("statements")[0];
            Assert.Equal("service-bound-elsewhere", verdict.GetProperty("cause").GetString());
            Assert.Contains("127.0.0.2", verdict.GetProperty("text").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(hosts);
        }
    }

    // The row of the kept connection takes a hundredth of the first one's time.
    [Fact]
    public void Each_phase_has_a_mark_beside_a_row_that_is_much_longer()
    {
        using var server = new ScriptedServer((_, request) => request == 0 ? Good.Replace("ok", "o" + string.Concat(Enumerable.Repeat("!pause", 20)) + "k", StringComparison.Ordinal) : Good);

        string[] lines = NetWhyProgram.Run("http", server.Url).Output.Split('\n');

        int kept = Array.FindIndex(lines, line => line.StartsWith("  kept connection", StringComparison.Ordinal));
        Assert.NotEqual("", lines[kept + 1].Trim());
        Assert.InRange(lines[kept + 1].Length, 24, 100);
    }

    // The program that stands before the application makes the 502 itself, for that resets every third connection.
    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public void A_page_of_a_real_proxy_is_told_from_that_of_the_application_behind_it(string program)
    {
        int count = 0;
        using var application = new ScriptedServer((_, _) => (Interlocked.Increment(ref count) % 3) switch
        {
            0 => "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\nok",
            1 => "HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n<html>500 it broke</html>..",
            _ => ScriptedServer.Reset,
        });
        using var proxy = new RealProxy(program, application.Port);

        ProgramResult result = NetWhyProgram.Run("http", proxy.Url, "--from-proxy", "--new", "-n", "9");

        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"502 made by\s+the first hop \(or the same software behind it\)", result.Output);
        Assert.Matches(@"500 made by\s+not told", result.Output);
    }

    // Nobody listens behind the second proxy, so that it makes the error; the first passes it on, nginx with its own Server.
    [Theory]
    [InlineData("nginx", "haproxy", @"503 made by\s+haproxy behind the first hop")]
    [InlineData("haproxy", "nginx", @"502 made by\s+nginx\S* behind the first hop")]
    public void A_page_of_another_proxy_behind_the_first_one_is_told_by_its_look(string front, string behind, string made)
    {
        const int NobodyListens = 9;
        using var maker = new RealProxy(behind, NobodyListens);
        using var first = new RealProxy(front, new Uri(maker.Url).Port);

        ProgramResult result = NetWhyProgram.Run("http", first.Url, "--from-proxy", "--new", "-n", "3");

        Assert.Matches(made, result.Output);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void An_error_with_another_Server_than_the_first_hop_is_not_its()
    {
        ScriptedServer? server = null;
        server = new ScriptedServer((_, _) => server!.Heads.Last().Contains("Content-Length: x", StringComparison.Ordinal)
            ? "HTTP/1.1 400 Bad\r\nServer: proxy\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage!close"
            : "HTTP/1.1 500 Oops\r\nServer: app\r\nContent-Length: 2\r\n\r\nno");
        using (server)
        {
            ProgramResult result = NetWhyProgram.Run("http", server.Url, "--from-proxy", "-n", "2", "-H", "X-Key: 1");

            Assert.Matches(@"500 made by\s+not the first hop", result.Output);
            Assert.All(server.Heads, head => Assert.Contains("X-Key: 1", head, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void An_error_with_the_Server_of_the_good_answers_is_a_backend_s_or_a_first_hop_s_that_names_itself()
    {
        ScriptedServer? server = null;
        server = new ScriptedServer((_, request) => server!.Heads.Last().Contains("Content-Length: x", StringComparison.Ordinal)
            ? "HTTP/1.1 400 Bad\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage!close"
            : $"HTTP/1.1 {(request % 2 == 0 ? "200 OK" : "502 Oops")}\r\nServer: app/1\r\nContent-Length: 2\r\n\r\nno");
        using (server)
            Assert.Matches(@"502 made by\s+not told: Server: app/1", NetWhyProgram.Run("http", server.Url, "--from-proxy", "--kept", "-n", "4").Output);
    }

    // Another version may be another first hop's: they take turns.
    [Fact]
    public void An_error_with_another_version_of_the_first_hop_is_not_told()
    {
        ScriptedServer? server = null;
        server = new ScriptedServer((_, _) => server!.Heads.Last().Contains("Content-Length: x", StringComparison.Ordinal)
            ? "HTTP/1.1 400 Bad\r\nServer: proxy/1.0\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage!close"
            : "HTTP/1.1 502 Oops\r\nServer: proxy/1.1\r\nContent-Length: 2\r\n\r\nno");
        using (server)
            Assert.Matches(@"502 made by\s+not told: the first hop's own pages say Server: proxy/1.0", NetWhyProgram.Run("http", server.Url, "--from-proxy", "-n", "2").Output);
    }

    // An even connection's request goes to a slow answer, an odd one's to a fast one; the proxy in front passes them as they come.
    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public void Requests_at_once_over_HTTP_2_are_as_many_as_the_server_allows_and_overtake_each_other(string program)
    {
        const int Allowed = 3;
        int count = 0;
        using var application = new ScriptedServer((_, _) => Interlocked.Increment(ref count) % 2 == 0 ? Good.Replace("ok", "o!pause!pausek", StringComparison.Ordinal) + "!close" : Good + "!close");
        using var proxy = new RealProxy(program, application.Port, Allowed);

        ProgramResult result = NetWhyProgram.Run("http", proxy.Url, "-k", "--kept", "-c", "8", "-n", "40", "--json");

        using var json = JsonDocument.Parse(result.Output);
        JsonElement run = json.RootElement.GetProperty("observations").EnumerateArray().Single(one => one.GetProperty("kind").GetString() is "http.run");
        JsonElement streams = run.GetProperty("streams");
        Assert.Equal((40, 1), (run.GetProperty("requests").GetInt32(), run.GetProperty("connections").GetInt32()));
        Assert.Equal((Allowed, Allowed), (streams.GetProperty("allowed").GetInt32(), streams.GetProperty("mostOpen").GetInt32()));
        Assert.True(streams.GetProperty("overtakes").GetInt32() + streams.GetProperty("interleaves").GetInt32() > 0, streams.ToString());
    }

    // nginx ends each connection behind five requests (GOAWAY), and does not look at those that come behind.
    [Fact]
    public void Connections_that_a_server_ends_in_order_cost_no_request()
    {
        using var application = new ScriptedServer((_, _) => Good + "!close");
        using var proxy = new RealProxy("nginx", application.Port, 8, keptRequests: 5);

        ProgramResult result = NetWhyProgram.Run("http", proxy.Url, "-k", "--kept", "-c", "8", "-n", "60", "--json");

        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        JsonElement run = json.RootElement.GetProperty("observations").EnumerateArray().Single(one => one.GetProperty("kind").GetString() is "http.run");
        JsonElement streams = run.GetProperty("streams");
        Assert.Equal((60, 0), (run.GetProperty("requests").GetInt32(), run.GetProperty("failures").GetArrayLength()));
        Assert.True(streams.GetProperty("goAways").GetProperty("NO_ERROR").GetInt32() >= 10, streams.ToString());
        Assert.True(streams.GetProperty("unserved").GetInt32() > 0, streams.ToString());
    }

    [Fact]
    public void A_body_that_is_cut_by_the_time_says_how_fast_it_came()
    {
        string slow = $"x{string.Concat(Enumerable.Repeat("!pause", 15))}x{string.Concat(Enumerable.Repeat("!pausex", 400))}"; // behind the longest rest, none is a stop
        using var server = new ScriptedServer((_, _) => $"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{slow}");

        ProgramResult result = NetWhyProgram.Run("http", server.Url, "-m", "2");

        Assert.Matches(@"the body is not whole in 2 s, \d+ B a second", result.Output.ReplaceLineEndings(" ").Replace("   ", " ", StringComparison.Ordinal));
    }

    [Fact]
    public void Host_without_a_value_is_left_out()
    {
        using var server = new ScriptedServer((_, _) => Good);

        Assert.Equal(0, NetWhyProgram.Run("http", server.Url, "-H", "Host:").ExitCode);
        Assert.All(server.Heads, head => Assert.DoesNotContain("Host", head, StringComparison.Ordinal));
    }

    [Fact]
    public void A_redirect_is_repeated_where_it_is_not_to_be_followed_and_said_where_it_cannot_be()
    {
        using var server = new ScriptedServer((_, _) => $"HTTP/1.1 301 Moved\r\nLocation: ftp://a.test/{new string('x', 5000)}\r\nContent-Length: 0\r\n\r\n");

        ProgramResult repeated = NetWhyProgram.Run("http", server.Url, "--no-redirects", "-n", "4");
        ProgramResult stopped = NetWhyProgram.Run("http", server.Url, "-n", "4");

        Assert.Equal(0, repeated.ExitCode);
        Assert.Contains("4 requests in", repeated.Output, StringComparison.Ordinal);
        Assert.Equal(1, stopped.ExitCode);
        Assert.Matches(@"redirect\s+not followed: ", stopped.Output);
        Assert.Matches(@"run\s+there is none", stopped.Output);
        Assert.True(stopped.Output.Length < 3000);
    }

    [Theory]
    [InlineData(0)] // a body that is not coded as its head says
    [InlineData(1)] // good at first, then errors only
    [InlineData(2)] // a body as long as announced, which ends in the middle of its coding
    public void What_is_broken_is_no_success(int what)
    {
        const string CutGzip = "\x1f\u008b\x08\0\0\0\0\0\0\x03\u00cb\u0048\u00cd"; // of "hello"
        int count = 0;
        using var server = new ScriptedServer((_, _) => what == 0
            ? "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\nthis is no gzip data"
            : what == 2 ? $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {CutGzip.Length}\r\n\r\n{CutGzip}"
            : Interlocked.Increment(ref count) == 1 ? Good : "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno");

        ProgramResult result = NetWhyProgram.Run("http", server.Url, "-n", "4");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(what != 1, result.Output.Contains("netwhy explain http-malformed-response", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_server_sends_does_not_reach_the_terminal_as_it_came()
    {
        using var server = new ScriptedServer((_, _) => "HTTP/1.1 200 \x1b[31mOK\r\nServer: a\x1b[2Jb\r\nCache-Control: \x07\r\nContent-Length: 0\r\n\r\n");

        ProgramResult result = NetWhyProgram.Run("http", server.Url);

        Assert.DoesNotContain('\x1b', result.Output);
        Assert.DoesNotContain('\x07', result.Output);
        Assert.Contains(@"a\x1b[2Jb", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_ends_the_run_and_shows_what_was_done()
    {
        using var come = new SemaphoreSlim(0);
        using var server = new ScriptedServer((_, _) =>
        {
            come.Release();
            return Good;
        });
        using Process process = NetWhyProgram.Start(NetWhyProgram.Path, ["http", server.Url, "-n", "100000", "-i", "20ms"], []);
        for (int i = 0; i < 4; i++)
            Assert.True(come.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            kill.WaitForExit();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Contains("(interrupted)", output, StringComparison.Ordinal);
        Assert.Contains("p99", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say what to ask for", "http")]
    [InlineData("only http and https", "http", "ftp://a/")]
    [InlineData("'0' is no number of requests from 1 to 200000", "http", "http://a/", "-n", "0")]
    [InlineData("'x' is no duration", "http", "http://a/", "--duration", "x")]
    [InlineData("exclude each other", "http", "http://a/", "--new", "--kept")]
    [InlineData("is no header", "http", "http://a/", "-H", "no colon")]
    public void A_command_line_without_sense_is_refused_in_one_line(string words, params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(words, Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }
}
