using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace NetWhy.Tests.App;

/// <summary><c>netwhy dns</c> and <c>netwhy dns bench</c>, in a namespace with a server at 127.0.0.1 and none at 127.0.0.2.</summary>
public sealed class DnsCommandTests(DnsCommandTests.Servers servers) : IClassFixture<DnsCommandTests.Servers>
{
    [Theory]
    [InlineData("https://www.example.com/", "netwhy https://www.example.com/")]
    [InlineData("www.example.com:443", "netwhy www.example.com:443")]
    [InlineData("a..example", "no name that DNS can hold")]
    [InlineData("www.example.com --type WHAT", "--type: 'WHAT'")]
    [InlineData("www.example.com --type AXFR", "netwhy dig NAME AXFR")]
    [InlineData("www.example.com --server resolver", "--server")]
    [InlineData("www.example.com --type MX --expect 192.0.2.1", "--expect")]
    [InlineData("bench -n 0", "-n: '0'")]
    [InlineData("bench --names /dev/null", "/dev/null")]
    [InlineData("bench --names /nonexistent/names", "/nonexistent/names", 3)]
    public void What_makes_no_sense_is_refused_in_one_line(string arguments, string says, int exitCode = 2)
    {
        ProgramResult result = NetWhyProgram.Run(["dns", .. arguments.Split(' ')]);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(says, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void The_answer_is_that_of_the_server_and_the_queries_are_listed()
    {
        ProgramResult result = servers.Run("dns", "web.test", "--server", "127.0.0.1", "--json");

        using var json = JsonDocument.Parse(result.Output);
        JsonElement name = json.RootElement.GetProperty("name");
        Assert.Equal((0, "healthy"), (result.ExitCode, json.RootElement.GetProperty("status").GetString()));
        Assert.Equal("192.0.2.1, 2001:db8::1", name.GetProperty("result").GetString());
        Assert.Equal(["A 192.0.2.1", "AAAA 2001:db8::1"], name.GetProperty("queries").EnumerateArray().Select(query => query.GetProperty("said").GetString()));
        JsonElement resolver = name.GetProperty("statements")[0];
        Assert.Equal(("resolver", "127.0.0.1", 60), (resolver.GetProperty("role").GetString(), resolver.GetProperty("server").GetString(), resolver.GetProperty("timeToLive").GetInt32()));
    }

    [Fact]
    public void An_address_that_was_not_expected_is_wrong()
    {
        ProgramResult result = servers.Run("dns", "web.test", "--server", "127.0.0.1", "--expect", "192.0.2.7", "--json");

        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal((1, "dns-wrong-address"), (result.ExitCode, json.RootElement.GetProperty("findings")[0].GetProperty("cause").GetString()));
    }

    [Fact]
    public void A_bench_counts_each_query_of_each_server()
    {
        ProgramResult result = servers.Run("dns", "bench", "--server", "127.0.0.1", "--server", "127.0.0.2", "--names", servers.Names, "-n", "2", "--json");

        using var json = JsonDocument.Parse(result.Output);
        JsonElement[] measured = [.. json.RootElement.GetProperty("servers").EnumerateArray()];
        Assert.Equal((1, "netwhy.dns-bench/1"), (result.ExitCode, json.RootElement.GetProperty("schema").GetString()));
        foreach (string kind in (string[])["cached", "uncached"])
        {
            JsonElement good = measured[0].GetProperty(kind);
            JsonElement absent = measured[1].GetProperty(kind);
            Assert.Equal((4, 4), (good.GetProperty("queries").GetInt32(), good.GetProperty("answered").GetInt32()));
            Assert.True(good.GetProperty("p50Seconds").GetDouble() <= good.GetProperty("maxSeconds").GetDouble());
            Assert.Equal((4, 0), (absent.GetProperty("queries").GetInt32(), absent.GetProperty("answered").GetInt32()));
            Assert.Equal(4, absent.GetProperty("failures").GetProperty("ECONNREFUSED").GetInt32());
            Assert.Equal(JsonValueKind.Null, absent.GetProperty("p99Seconds").ValueKind);
        }
    }

    /// <summary>The namespace and its server.</summary>
    public sealed class Servers : IDisposable
    {
        private readonly string _namespace = string.Create(CultureInfo.InvariantCulture, $"netwhy-dns-{Environment.ProcessId}");
        private readonly Process? _server;

        /// <summary>Starts the server.</summary>
        public Servers()
        {
            Names = Path.GetTempFileName();
            File.WriteAllText(Names, "web.test # a comment\n\nother.test.\n");
            if (Environment.UserName != "root")
                return;
            NetWhyProgram.Run("ip", ["netns", "add", _namespace], []);
            NetWhyProgram.Run("ip", ["-n", _namespace, "link", "set", "lo", "up"], []);
            _server = NetWhyProgram.Start(
                "ip",
                ["netns", "exec", _namespace, NetWhyProgram.Path, "lab", "serve", "dns", "--listen", "127.0.0.1:53", "--record", "web.test=192.0.2.1,2001:db8::1", "--record", "other.test=192.0.2.2"],
                []);
            Assert.Equal("ready", _server.StandardOutput.ReadLine());
        }

        /// <summary>A file with two names.</summary>
        internal string Names { get; }

        /// <summary>Runs the program in the namespace.</summary>
        /// <param name="arguments">Its arguments.</param>
        internal ProgramResult Run(params string[] arguments)
        {
            Assert.SkipWhen(_server is null, "network namespaces need root");
            return NetWhyProgram.Run("ip", ["netns", "exec", _namespace, NetWhyProgram.Path, .. arguments], []);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            File.Delete(Names);
            if (_server is null)
                return;
            _server.Kill(entireProcessTree: true);
            _server.WaitForExit();
            _server.Dispose();
            NetWhyProgram.Run("ip", ["netns", "delete", _namespace], []);
        }
    }
}
