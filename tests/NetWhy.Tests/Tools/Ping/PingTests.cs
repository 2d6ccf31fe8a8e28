using System.Diagnostics;
using System.Text.Json;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using NetWhy.Tests.Tools.Mtr;
using Xunit;

namespace NetWhy.Tests.Tools.Ping;

/// <summary>What <c>netwhy ping</c> notices, on ways that lose, double, reorder and damage packets.</summary>
public sealed class PingTests(PathNamespaces way) : IClassFixture<PathNamespaces>
{
    [Fact]
    public void An_object_tells_replies_percentiles_and_how_sure_the_loss_is()
    {
        JsonElement ping = Json("-c", "4", "-i", "0.01", "10.91.2.2");
        Assert.Equal("netwhy.ping/1", ping.GetProperty("schema").GetString());
        Assert.Equal((4, 4), (ping.GetProperty("sent").GetInt32(), ping.GetProperty("received").GetInt32()));
        Assert.Equal([1, 2, 3, 4], ping.GetProperty("replies").EnumerateArray().Select(reply => reply.GetProperty("seq").GetInt32()));
        // Wilson's interval of 0 of 4: its upper end is z² / (n + z²) with z = 1.96.
        Assert.Equal(1.96 * 1.96 / (4 + 1.96 * 1.96) * 100, ping.GetProperty("lossInterval95").GetProperty("mostPercent").GetDouble(), 0.001);
        JsonElement rtt = ping.GetProperty("rtt");
        Assert.True(rtt.GetProperty("p50Ms").GetDouble() <= rtt.GetProperty("p99Ms").GetDouble());
        Assert.Equal(rtt.GetProperty("maxMs").GetDouble(), rtt.GetProperty("p99Ms").GetDouble());
    }

    [Fact]
    public void Replies_that_come_twice_and_requests_that_get_lost_are_counted_once_and_not()
    {
        // The server drops each third request, and doubles each other reply to the client.
        AuditedNamespace.Shell(way.Server, """
            nft -f - <<'END'
            table ip way {
              chain in { type filter hook input priority 0; icmp type echo-request numgen inc mod 3 == 2 drop; }
            }
            table netdev way {
              chain out { type filter hook egress device "eth0" priority 0; icmp type echo-reply dup to "eth0"; }
            }
            END
            """);
        try
        {
            ProgramResult result = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "ping", "-c", "6", "-i", "0.05", "-W", "0.3", "10.91.2.2");
            Assert.Contains(" (DUP!)\n", result.Output, StringComparison.Ordinal);
            Assert.Contains("6 packets transmitted, 4 received, +", result.Output, StringComparison.Ordinal);
            Assert.Contains(" duplicates, 33.3333% packet loss, ", result.Output, StringComparison.Ordinal);
            Assert.Equal(0, result.ExitCode);
        }
        finally
        {
            AuditedNamespace.Shell(way.Server, "nft delete table ip way; nft delete table netdev way");
        }
    }

    [Fact]
    public void An_interface_that_goes_down_is_said_and_the_summary_still_comes()
    {
        AuditedNamespace.Shell(way.Server, """
            sent() { cat /sys/class/net/lo/statistics/tx_packets; }
            begin=$(sent)
            (until [ $(sent) -ge $((begin + 2)) ]; do sleep 0.01; done; ip link set lo down; sleep 1; ip link set lo up) >/dev/null 2>&1 &
            """);
        ProgramResult result = PathNamespaces.Run(way.Server, NetWhyProgram.Path, "ping", "-c", "10", "-i", "0.2", "-W", "0.3", "-I", "lo", "127.0.0.1");
        Assert.Contains("10 packets transmitted, ", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Without_any_privilege_one_line_says_what_would_help()
    {
        AuditedNamespace.Shell(way.Client, "sysctl -qw net.ipv4.ping_group_range='1 0'");
        ProgramResult refused = PathNamespaces.Run(way.Client, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", NetWhyProgram.Path, "ping", "-c1", "10.91.2.2");
        Assert.Equal((2, "", 1), (refused.ExitCode, refused.Output, refused.Error.Count(letter => letter == '\n')));
        Assert.Contains("ping_group_range='0 2147483647'", refused.Error, StringComparison.Ordinal);

        AuditedNamespace.Shell(way.Client, "sysctl -qw net.ipv4.ping_group_range='0 2147483647'");
        try
        {
            foreach (string target in new[] { "10.91.2.2", "fd91:2::2" })
            {
                ProgramResult allowed = PathNamespaces.Run(way.Client, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", NetWhyProgram.Path, "ping", "-c1", target);
                Assert.Equal((0, ""), (allowed.ExitCode, allowed.Error));
                Assert.Contains("1 packets transmitted, 1 received", allowed.Output, StringComparison.Ordinal);
            }

            ProgramResult route = PathNamespaces.Run(way.Client, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", NetWhyProgram.Path, "ping", "-R", "-c1", "10.91.2.2");
            Assert.Contains("RR: \t10.91.1.2\n\t10.91.2.1\n\t10.91.2.2\n", route.Output, StringComparison.Ordinal);
        }
        finally
        {
            AuditedNamespace.Shell(way.Client, "sysctl -qw net.ipv4.ping_group_range='1 0'");
        }
    }

    [Fact]
    public void Whoever_may_not_ask_for_echo_finds_the_host_by_what_is_allowed()
    {
        AuditedNamespace.Shell(way.Client, "sysctl -qw net.ipv4.ping_group_range='1 0'");

        ProgramResult found = PathNamespaces.Run(way.Client, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", NetWhyProgram.Path, "10.91.2.2");

        Assert.Equal(0, found.ExitCode);
        Assert.Contains("✓ host         10.91.2.2 answers", found.Output, StringComparison.Ordinal);
        Assert.Contains("whether 10.91.2.2 answers echo: needs CAP_NET_RAW", found.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quit_shows_the_counts_so_far_and_interrupt_the_summary()
    {
        // Not from a shell, which has both signals ignored for what it starts in the background.
        using Process process = NetWhyProgram.Start("ip", ["netns", "exec", way.Client, NetWhyProgram.Path, "ping", "-i", "0.1", "127.0.0.1"], []);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("icmp_seq=2", StringComparison.Ordinal))
        {
            // Until it is known to be in the middle of its work.
        }

        AuditedNamespace.Shell(null, $"kill -QUIT {process.Id}; sleep 0.5; kill -INT {process.Id}");
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Matches(@"^\r\d+/\d+ packets, 0% loss, min/avg/ewma/max = [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms\n$", await error);
        Assert.Matches(@"\d packets transmitted, \d+ received, 0% packet loss, time \d+ms\nrtt min/avg/max/mdev = [\d./]+ ms.*\n$", output);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Octets_that_change_on_the_way_are_shown()
    {
        // Octet 20 of the data: behind 20 octets of IP and 8 of ICMP; the checksum is wrong then, which a raw socket sees.
        AuditedNamespace.Shell(way.Server, "nft -f - <<'END'\ntable ip way {\n chain out { type filter hook output priority 0; icmp type echo-reply @th,224,8 set 0x55; }\n}\nEND\n");
        try
        {
            ProgramResult result = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "ping", "-c", "1", "-W", "0.3", "10.91.2.2");
            Assert.True(
                result.Output.Contains("wrong data byte #20 should be 0x14 but was 0x55", StringComparison.Ordinal)
                || result.Output.Contains("(BAD CHECKSUM!)", StringComparison.Ordinal),
                result.Output);
        }
        finally
        {
            AuditedNamespace.Shell(way.Server, "nft delete table ip way");
        }
    }

    [Fact]
    public void Packets_bear_the_flow_label_that_is_asked_for()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tcpdump"), "tcpdump is not installed");
        ProgramResult result = PathNamespaces.Run(way.Client, "sh", "-c", $"""
            said=$(mktemp)
            timeout 30 tcpdump -lni eth0 -c1 -v 'icmp6 and ip6[40] == 128' 2>$said &
            while kill -0 $! && ! grep -q 'listening on' $said; do sleep 0.05; done
            {NetWhyProgram.Path} ping -q -c1 -F 0x12345 fd91:2::2 >/dev/null
            wait
            rm $said
            """);
        Assert.Contains("flowlabel 0x12345", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_information_queries_are_refused_in_one_line()
    {
        ProgramResult result = PathNamespaces.Run(way.Client, NetWhyProgram.Path, "ping", "-N", "name", "::1");
        Assert.Equal((2, "", "ping: -N is not supported: hosts do not answer node information queries (RFC 4620), Linux among them\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void Replies_that_were_overtaken_and_copies_are_counted_as_they_came()
    {
        // Each third frame does not wait for 30 ms as the others do; each comes back twice.
        using var chain = new ImpairedChain(there: "delay=30ms,reorder=1,gap=3", back: "duplicate=1");
        ProgramResult result = chain.Run(NetWhyProgram.Path, "ping", "--json", "-c", "40", "-i", "0.005", ImpairedChain.Target);
        using var document = JsonDocument.Parse(result.Output);
        JsonElement ping = document.RootElement;

        int[] order = [.. ping.GetProperty("replies").EnumerateArray().Select(reply => reply.GetProperty("seq").GetInt32())];
        int[] first = [.. order.Distinct()];
        int overtaken = first.Where((number, i) => first.Take(i).Any(before => before > number)).Count();
        Assert.InRange(overtaken, 10, 39);
        Assert.Equal((40, overtaken, order.Length - 40), (ping.GetProperty("received").GetInt32(), ping.GetProperty("reordered").GetInt32(), ping.GetProperty("duplicates").GetInt32()));
        Assert.True(order.Length > 60);
    }

    private JsonElement Json(params string[] arguments)
    {
        ProgramResult result = PathNamespaces.Run(way.Client, [NetWhyProgram.Path, "ping", .. arguments, "--json"]);
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }
}
