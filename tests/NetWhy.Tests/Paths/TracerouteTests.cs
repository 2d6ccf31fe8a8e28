using System.Text.Json;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>netwhy traceroute beside the traceroute of Debian, on the same paths.</summary>
public sealed partial class TracerouteTests
{
    private const int Hops = 12;
    private const int Tries = 4;

    private const string Silence = """
        nft add table inet quiet
        nft 'add chain inet quiet output { type filter hook output priority 0; }'
        nft add rule inet quiet output icmp type time-exceeded drop
        nft add rule inet quiet output icmpv6 type time-exceeded drop
        """;

    [Fact]
    public void Prints_what_traceroute_prints()
    {
        using var chain = new RouterChain(Hops);
        foreach (int silent in (int[])[4, 8])
            chain.Shell(silent, Silence);

        foreach (string options in (string[])
        [
            "-n", "-n -I", "-n -T", "-n -U", "-n -q 1", "-n -q 5 -m 14", "-n -f 3 -m 5", "-n -m 3", "-n -F 1500", "-n -T -p 443",
            "-n -I -m 6 100", "-n -w 1", "-n -N 4", "-n -t 16", "-n --back -m 2",
            "-n -UL", "-n -P 47", "-n -P gre -m 3", "-n -M raw -O protocol=89", "-n -M udp", "-n -I -O raw", "-n -z 0.1 -q 2 -m 3",
            "-n --sport=40000 -m 3", "-n --fwmark=7", "-n -e -m 3",
        ])
        {
            string[] words = options.Split(' ');
            string[] command = words[^1] is "1500" or "100" // the length stands behind the host
                ? [.. words[..^1], chain.Target.ToString(), words[^1]]
                : [.. words, chain.Target.ToString()];
            Same(chain, options, command);
        }

        foreach (string size in (string[])["2000", "5000", "65000"]) // in fragments
        {
            Same(chain, size, ["-n", chain.Target.ToString(), size]);
            Same(chain, "-6 " + size, ["-n", "-6", RouterChain.Address(Hops, isV6: true).ToString(), size]);
        }

        Same(chain, "-6", ["-n", "-6", RouterChain.Address(Hops, isV6: true).ToString()]);
        Same(chain, "-6 -I", ["-n", "-6", "-I", RouterChain.Address(Hops, isV6: true).ToString()]);
        Same(chain, "-6 -T", ["-n", "-6", "-T", RouterChain.Address(Hops, isV6: true).ToString()]);
    }

    [Fact]
    public void Finds_the_path_MTU_as_traceroute_does()
    {
        using var chain = new RouterChain(6);
        foreach ((int router, int mtu) in (ReadOnlySpan<(int, int)>)[(2, 1400), (4, 1280)])
        {
            chain.Shell(router, $"ip link set east mtu {mtu}");
            chain.Shell(router + 1, $"ip link set west mtu {mtu}");
        }

        string target = chain.Target.ToString(), target6 = RouterChain.Address(6, isV6: true).ToString();
        foreach (string options in (string[])["-n --mtu", "-n --mtu -I", "-n --mtu -U -q 1", "-n --mtu -T", "-n --mtu -f 4"])
        {
            Same(chain, options, [.. options.Split(' '), target]);
            Same(chain, "-6 " + options, [.. options.Split(' '), target6]);
        }

        Same(chain, "less than the interface takes", ["-n", "--mtu", target, "1450"]);
        Assert.Contains(" 3  10.77.3.2  N ms F=1400  N ms  N ms\n", Masked(chain.NetWhy("traceroute", "-n", "--mtu", target).Output), StringComparison.Ordinal);
        Same(chain, "IPv6 in fragments as small as the path takes", ["-n", target6, "1500"]);
    }

    [Fact]
    public void Sends_segments_as_they_are_asked_for()
    {
        using var chain = new RouterChain(3);
        using System.Diagnostics.Process server = NetWhyProgram.Start("ip", ["netns", "exec", chain[3], NetWhyProgram.Path, "nc", "-l", "-k", "8080"], []);
        foreach (string options in (string[])
        [
            "info", "ack,info", "fin,info", "flags=0,info", "flags=0x12,info", "ecn,info", "syn,mss=500,info", "mss=500,info", "syn,sack,info",
            "sack,timestamps,info", "timestamps,window_scaling,info", "window_scaling", "sysctl,info", "syn,ece,cwr,info", "rst",
        ])
        {
            foreach (string port in (string[])["8080", "80"])
                Same(chain, $"{options} {port}", ["-n", "-w", "1", "-m", "4", "-T", "-p", port, "-O", options, chain.Target.ToString()]);
        }

        chain.Shell(2, "nft 'add table ip t; add chain ip t f { type filter hook forward priority 0; }; add rule ip t f tcp flags & (syn|ack) == syn|ack drop'");
        Same(chain, "no SYN-ACK comes back", ["-n", "-w", "0.3", "-m", "8", "-T", "-p", "8080", chain.Target.ToString()]);

        server.Kill();
        server.WaitForExit();
    }

    [Fact]
    public void Sees_the_hops_that_mtr_and_traceroute_see()
    {
        using var chain = new RouterChain(Hops);
        chain.Shell(4, Silence);
        chain.Shell(7, """
            nft add table ip slow
            nft 'add chain ip slow output { type filter hook output priority 0; }'
            nft add rule ip slow output icmp type time-exceeded limit rate over 20/second burst 2 packets drop
            """);
        string target = chain.Target.ToString();

        using var report = JsonDocument.Parse(chain.Run("mtr", "-n", "--report", "--json", "-c", "3", "-i", "0.3", target).Output);
        string[] theirs = [.. report.RootElement.GetProperty("report").GetProperty("hubs").EnumerateArray().Select(hub => hub.GetProperty("host").GetString()!)];
        string[] ours = [.. Json(chain, "-n", "-I", target).GetProperty("hops").EnumerateArray().Select(Node)];
        string[] lines = chain.Run("traceroute", "-n", "-I", "-z", "0.1", "-q", "1", "-w", "1", target).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];

        Assert.Equal(theirs, ours.Select(node => node == "*" ? "???" : node));
        Assert.Equal(lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]), ours);
    }

    [Fact]
    public void Without_routers_only_neighbours_are_reached()
    {
        using var chain = new RouterChain(2);
        Same(chain, "-r", ["-n", "-r", RouterChain.Address(1).ToString()]);

        ProgramResult result = chain.NetWhy("traceroute", "-n", "-r", chain.Target.ToString());

        Assert.Equal((1, "netwhy traceroute: 10.77.2.2 is no neighbour\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public void A_destination_that_is_translated_is_told_from_one_that_is_not()
    {
        using var chain = new RouterChain(5);
        chain.Shell(2, """
            nft add table ip nat
            nft 'add chain ip nat pre { type nat hook prerouting priority -100; }'
            nft add rule ip nat pre ip daddr 192.0.2.9 dnat to 10.77.5.2
            """);
        foreach (string option in (string[])["-U", "-I", "-T"])
        {
            Same(chain, option, ["-n", option, "192.0.2.9"]);
            ProgramResult ours = chain.NetWhy("traceroute", "-n", option, "192.0.2.9");
            Assert.Equal("netwhy traceroute: 192.0.2.9: at hop 2 a router answers under the destination's address: from there on, addresses are translated (NAT or a load balancer)\n", ours.Error);
            Assert.Empty(chain.NetWhy("traceroute", "-n", option, chain.Target.ToString()).Error);
        }

        Assert.Contains("At hop 2 a router answers under the destination's address", Mtr("192.0.2.9"), StringComparison.Ordinal);
        Assert.DoesNotContain("translated", Mtr(chain.Target.ToString()), StringComparison.Ordinal);

        string Mtr(string target) => chain.NetWhy("mtr", "-n", "-j", "-c", "1", target).Output.Replace("\\u0027", "'", StringComparison.Ordinal);
    }

    // Linux puts back into the quotes what its own NAT rewrote, addresses and checksums: only the two zeros of the checksum tell.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_source_that_is_masqueraded_is_told(bool isV6)
    {
        using var chain = new RouterChain(4);
        string target = RouterChain.Address(4, isV6).ToString();
        Assert.Empty(chain.NetWhy("traceroute", "-n", "-I", target).Error);
        Assert.DoesNotContain("translated", chain.NetWhy("mtr", "-n", "-j", "-c", "1", target).Output, StringComparison.Ordinal);
        chain.Shell(2, "nft 'add table inet nat; add chain inet nat post { type nat hook postrouting priority 100; }; add rule inet nat post oif east masquerade'");

        ProgramResult result = chain.NetWhy("traceroute", "-n", "-I", target);

        // Router 2 forgets what it rewrote only when it quotes a probe of a connection that is already known.
        Assert.Matches(@": at hop [23] probes have another address, port or checksum than they left with: addresses are translated there or before it \(NAT\)\n$", result.Error);
        Assert.Matches(@"\n 4  [0-9a-f.:]+ {2}[0-9.]+ ms", result.Output);
        Assert.Contains("translated there or before it", chain.NetWhy("mtr", "-n", "-j", "-c", "1", target).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_destination_that_answers_few_probes_is_where_its_quotes_say()
    {
        using var chain = new RouterChain(4);
        chain.Shell(4, "nft 'add table ip t; add chain ip t i { type filter hook input priority 0; }; add rule ip t i udp dport 33434 ip ttl < 3 drop'");

        ProgramResult result = chain.NetWhy("traceroute", "-n", chain.Target.ToString());

        Assert.Matches(@"\n 4  10\.77\.4\.2  [0-9.]+ ms \* \*\n$", result.Output);
        Assert.Contains("probably 4 hops", result.Error, StringComparison.Ordinal);
    }

    // Linux's limit, but faster: a token each 50 ms in place of 1 s, and six at once.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    public void Silence_is_no_path_and_no_branch_is_missed_where_routers_limit_their_answers(int branches, int paths)
    {
        using var chain = new RouterChain(5);
        if (branches > 0)
            chain.Diamond(2, branches);
        for (int i = 1; i <= 5; i++)
            chain.Shell(i, "sysctl -qw net.ipv4.icmp_ratelimit=50");

        string[] lines = chain.NetWhy("traceroute", "-n", "--multipath", chain.Target.ToString()).Output.Split('\n');

        Assert.StartsWith($"{paths} {(paths == 1 ? "path" : "paths")} seen with ", Assert.Single(lines, line => line.Contains(" seen with ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.All(Enumerable.Range(1, branches), i => Assert.Contains(lines, line => line.Contains(RouterChain.Branch(2, i).ToString(), StringComparison.Ordinal)));
        Assert.StartsWith(" 4  ", lines[3 + Math.Max(1, branches)], StringComparison.Ordinal); // the branches meet there
    }

    [Fact]
    public void Narrow_links_branches_and_loops_show_the_hops_that_mtr_and_traceroute_show()
    {
        using var chain = new RouterChain(4);
        chain.Shell(2, "ip link set east mtu 1300");
        chain.Shell(3, "ip link set west mtu 1300");
        Same(Hubs("mtr"), Hubs(NetWhyProgram.Path, "mtr"), Lines("traceroute"), Lines(NetWhyProgram.Path, "traceroute"));
        chain.Diamond(1, 2);
        Same(Hubs("mtr"), Hubs(NetWhyProgram.Path, "mtr"), Lines("traceroute"), Lines(NetWhyProgram.Path, "traceroute"));
        chain.Shell(3, "ip route add 10.77.4.2/32 via 10.77.3.1");
        Same(Hubs("mtr"), Hubs(NetWhyProgram.Path, "mtr"), Lines("traceroute"), Lines(NetWhyProgram.Path, "traceroute"));

        void Same(params Task<string[]>[] tables)
        {
            string[][] hops = [.. tables.Select(table => table.GetAwaiter().GetResult())];
            Assert.All(hops, one => Assert.Equal(hops[0], one));
        }

        Task<string[]> Hubs(params string[] tool) => Task.Run(() =>
        {
            using var report = JsonDocument.Parse(chain.Run([.. tool, "-n", "-r", "-j", "-m", "8", "-c", "2", "-i", "0.2", "-G", "1", "-s", "1400", chain.Target.ToString()]).Output);
            return report.RootElement.GetProperty("report").GetProperty("hubs").EnumerateArray().Select(hub => hub.GetProperty("host").GetString()!).ToArray();
        });

        Task<string[]> Lines(params string[] tool) => Task.Run(() => chain.Run([.. tool, "-n", "-I", "-m", "8", "-q", "1", "-w", "1", chain.Target.ToString(), "1400"]).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).ToArray());
    }

    [Fact]
    public async Task An_outage_that_mtr_saw_has_its_times()
    {
        using var chain = new RouterChain(2);
        Task<ProgramResult> mtr = Task.Run(() => chain.NetWhy("mtr", "-n", "-j", "-c", "35", "-i", "0.1", chain.Target.ToString()), TestContext.Current.CancellationToken);
        chain.Shell(1, """
            seen() { cat /sys/class/net/west/statistics/rx_packets; }
            until [ $(($(seen) - 10)) -gt 0 ]; do sleep 0.02; done
            begin=$(seen)
            until [ $(($(seen) - begin)) -gt 10 ]; do sleep 0.02; done
            nft 'add table ip t; add chain ip t f { type filter hook forward priority 0; policy drop; }'
            sleep 0.8
            nft delete table ip t
            """);
        DateTimeOffset over = DateTimeOffset.Now;

        using var report = JsonDocument.Parse((await mtr).Output);
        JsonElement outage = Assert.Single(report.RootElement.GetProperty("statements").EnumerateArray(), one => one.GetProperty("kind").GetString() is "outage");
        Assert.InRange(outage.GetProperty("begin").GetDateTimeOffset(), over.AddSeconds(-3), over);
        Assert.InRange(outage.GetProperty("end").GetDateTimeOffset(), over.AddSeconds(-0.5), over.AddSeconds(1));
    }

    [Theory]
    [InlineData("ip saddr 10.77.1.1 ip daddr 10.77.5.2 ip saddr set 10.77.1.77", "-U", "-I", "-T")]
    [InlineData("ip saddr 10.77.1.1 udp dport 33434 udp dport set 33499", "-p33434")]
    public void A_source_that_is_translated_without_the_quotes_is_seen(string rule, params string[] options)
    {
        using var chain = new RouterChain(5);
        chain.Shell(0, "ip addr add 10.77.1.77/24 dev east");
        chain.Shell(2, $$"""
            nft add table ip raw
            nft 'add chain ip raw pre { type filter hook prerouting priority -300; }'
            nft add rule ip raw pre {{rule}}
            """);
        foreach (string option in options)
        {
            ProgramResult ours = chain.NetWhy("traceroute", "-n", "-m", "4", option, chain.Target.ToString());

            Assert.Equal($"{option} netwhy traceroute: 10.77.5.2: at hop 2 probes have another address, port or checksum than they left with: addresses are translated there or before it (NAT)\n", $"{option} {ours.Error}");
        }
    }

    [Fact]
    public void A_namespace_is_named_before_the_tool_or_behind_it()
    {
        using var chain = new RouterChain(1);
        string target = chain.Target.ToString();

        foreach (string[] words in (string[][])[["--net", chain[0], "traceroute", "-n", target], ["traceroute", "--net", chain[0], "-n", target], ["--net", chain[0], "ping", "-c", "1", target]])
        {
            ProgramResult result = NetWhyProgram.Run(words);
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.Contains(target, result.Output, StringComparison.Ordinal);
        }

        Assert.Equal((3, "netwhy ping: there is no network namespace 'nowhere': ip netns lists those with a name\n"), NetWhyProgram.Run("--net", "nowhere", "ping", target) is var refused ? (refused.ExitCode, refused.Error) : default);
    }

    [Fact]
    public void No_translation_is_seen_where_there_is_none()
    {
        using var chain = new RouterChain(5);
        chain.Diamond(2, 4);
        chain.Shell(3, "ip route replace 10.77.1.0/24 via 10.79.2.9"); // by one branch back, whichever was taken there
        string target = chain.Target.ToString(), target6 = RouterChain.Address(5, isV6: true).ToString();
        foreach (string protocol in (string[])["-U", "-I", "-T", "-UL", "-p33434"])
        {
            foreach (string[] variant in (string[][])[[target], [target, "1500"], [target, "3000"], ["-t", "184", target], ["-s", "10.77.1.1", target], [target6], [target6, "1400"]])
            {
                ProgramResult ours = chain.NetWhy(["traceroute", "-n", protocol, .. variant]);
                Assert.Equal((0, $"{protocol} {string.Join(' ', variant)}"), (ours.ExitCode, $"{protocol} {string.Join(' ', variant)}{ours.Error}"));
                Assert.Contains(" 5  ", ours.Output, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("reject with icmp type host-unreachable")]
    [InlineData("reject with icmp type net-unreachable")]
    [InlineData("reject with icmp type prot-unreachable")]
    [InlineData("reject with icmp type admin-prohibited")]
    [InlineData("reject with icmp type host-prohibited")]
    [InlineData("reject with icmp type net-prohibited")]
    [InlineData("reject with icmp type port-unreachable")]
    public void Marks_a_refusal_as_traceroute_does(string verdict)
    {
        using var chain = new RouterChain(4);
        chain.Shell(2, $$"""
            nft add table ip wall
            nft 'add chain ip wall forward { type filter hook forward priority 0; }'
            nft add rule ip wall forward ip saddr 10.77.1.1 {{verdict}}
            """);

        Same(chain, verdict, ["-n", "-I", chain.Target.ToString()]);
        Same(chain, verdict, ["-n", chain.Target.ToString()]);
    }

    [Fact]
    public void Marks_a_path_that_is_too_narrow()
    {
        using var chain = new RouterChain(4);
        chain.Shell(1, "ip link set east mtu 1400");

        ProgramResult ours = chain.NetWhy("traceroute", "-n", "-F", chain.Target.ToString(), "1500");

        Assert.Equal( // a router looks at the TTL first
            """
            traceroute to 10.77.4.2 (10.77.4.2), 30 hops max, 1500 byte packets
             1  10.77.1.2  N ms  N ms  N ms
             2  10.77.1.2  N ms !F-1400  N ms !F-1400  N ms !F-1400

            """,
            Masked(ours.Output));
    }

    [Fact]
    public void A_loop_ends_at_the_last_hop()
    {
        using var chain = new RouterChain(4);
        chain.Shell(3, "ip route replace default via 10.77.3.1");

        Same(chain, "loop", ["-n", "-I", "-m", "9", "192.0.2.1"]);
    }

    [Fact]
    public void A_destination_that_drops_everything_is_not_reached()
    {
        using var chain = new RouterChain(3);
        chain.Shell(3, "nft add table ip hole; nft 'add chain ip hole input { type filter hook input priority 0; policy drop; }'");

        Same(chain, "hole", ["-n", "-w", "1", "-m", "6", chain.Target.ToString()]);
        Assert.False(Json(chain, "-n", "-m", "6", chain.Target.ToString()).GetProperty("reached").GetBoolean());
    }

    [Fact]
    public void A_router_that_answers_some_probes_only_is_asked_again()
    {
        using var chain = new RouterChain(4);
        chain.Shell(2, """
            nft add table ip slow
            nft 'add chain ip slow output { type filter hook output priority 0; }'
            nft 'add rule ip slow output icmp type time-exceeded numgen inc mod 4 < 3 drop'
            """);

        JsonElement hop = Json(chain, "-n", chain.Target.ToString()).GetProperty("hops")[1];

        Assert.Equal("10.77.2.2", hop.GetProperty("answers")[0].GetProperty("address").GetString());
        Assert.True(hop.GetProperty("sent").GetInt32() > 3);
    }

    [Fact]
    public void Hundreds_of_targets_at_once_lose_nothing()
    {
        using var chain = new RouterChain(6);
        for (int i = 0; i < 250; i++)
            chain.Shell(6, $"ip addr add 10.78.0.{i + 1}/32 dev lo");
        string file = Path.GetTempFileName();
        File.WriteAllLines(file, Enumerable.Range(1, 250).Select(i => $"10.78.0.{i}"));

        ProgramResult result = chain.NetWhy("traceroute", "-n", "-q", "1", "--json", "--targets", file);
        File.Delete(file);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(250, lines.Length);
        Assert.All(lines, line =>
        {
            using var trace = JsonDocument.Parse(line);
            JsonElement hops = trace.RootElement.GetProperty("hops");
            Assert.Equal(6, hops.GetArrayLength());
            Assert.All(hops.EnumerateArray().SkipLast(1), hop => Assert.Equal(
                $"10.77.{hop.GetProperty("ttl").GetInt32()}.2", hop.GetProperty("answers")[0].GetProperty("address").GetString()));
            Assert.Equal(trace.RootElement.GetProperty("address").GetString(), hops[5].GetProperty("answers")[0].GetProperty("address").GetString());
        });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    public void All_branches_of_a_diamond_are_found(int branches)
    {
        using var chain = new RouterChain(5);
        chain.Diamond(2, branches);

        foreach (string option in (string[])["-U", "-T", "--unprivileged"])
        {
            JsonElement trace = Json(chain, "-n", "--multipath", option, chain.Target.ToString());
            string[][] nodes = [.. trace.GetProperty("hops").EnumerateArray().Select(hop =>
                hop.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("address").GetString()!).Order().ToArray())];

            Assert.True(trace.GetProperty("complete").GetBoolean());
            Assert.Equal(5, nodes.Length);
            Assert.Equal(Enumerable.Range(1, branches).Select(i => RouterChain.Branch(2, i).ToString()).Order(), nodes[2]);
            Assert.Equal(["10.77.4.2"], nodes[3]);
        }
    }

    [Fact]
    public void One_flow_sees_one_branch_only()
    {
        using var chain = new RouterChain(5);
        chain.Diamond(2, 4);

        JsonElement hop = Json(chain, "-n", "-q", "10", chain.Target.ToString()).GetProperty("hops")[2];

        Assert.Single(hop.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("address").GetString()).Distinct());
    }

    [Fact]
    public void Paths_that_part_are_drawn_until_they_meet()
    {
        using var chain = new RouterChain(4);
        chain.Diamond(2, 2);

        string[] lines = Masked(chain.NetWhy("traceroute", "-n", "--multipath", chain.Target.ToString()).Output).Split('\n');

        Assert.Equal([" 1  10.77.1.2  N ms", " 2  10.77.2.2  N ms"], lines[1..3]);
        Assert.Matches(@"^ 3  \|-10\.79\.2\.(6|10)  N ms  \(\d+ of \d+ flows\)$", lines[3]);
        Assert.Matches(@"^ 3  `-10\.79\.2\.(6|10)  N ms  \(\d+ of \d+ flows\)$", lines[4]);
        Assert.Equal(" 4  10.77.4.2  N ms", lines[5]);
        Assert.StartsWith("2 paths seen with ", lines[6], StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_goes_down_meanwhile_is_said_in_one_line()
    {
        using var chain = new RouterChain(3);
        using System.Diagnostics.Process process = NetWhyProgram.Start("ip", ["netns", "exec", chain[0], NetWhyProgram.Path, "traceroute", "-n", "-z", "50", "-q", "10", chain.Target.ToString()], []);
        string header = process.StandardOutput.ReadLine()!;
        chain.Shell(0, "ip link set east down");
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.StartsWith("traceroute to 10.77.3.2", header, StringComparison.Ordinal);
        Assert.Equal((1, "netwhy traceroute: probes to 10.77.3.2 cannot be sent: network unreachable\n"), (process.ExitCode, error));
    }

    [Fact]
    public void A_user_without_privilege_sees_the_same_path()
    {
        using var chain = new RouterChain(5);
        foreach (string option in (string[])["-I", "-T", "-U"])
        {
            ProgramResult ours = chain.Run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", NetWhyProgram.Path, "traceroute", "-n", option, chain.Target.ToString());
            ProgramResult theirs = chain.Run("traceroute", "-n", option, chain.Target.ToString());
            for (int i = 1; i < Tries && Masked(theirs.Output) != Masked(ours.Output); i++)
                theirs = chain.Run("traceroute", "-n", option, chain.Target.ToString());

            Assert.Equal((0, Masked(theirs.Output)), (ours.ExitCode, Masked(ours.Output)));
            Assert.Contains("without CAP_NET_RAW, ", ours.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(2, "-q 11 127.0.0.1", "no more than 10 probes per hop")]
    [InlineData(2, "-m 256 127.0.0.1", "max hops cannot be more than 255")]
    [InlineData(2, "-f 0 127.0.0.1", "first hop out of range")]
    [InlineData(2, "-w x 127.0.0.1", "cannot handle '-w' option with arg 'x'")]
    [InlineData(2, "127.0.0.1 70000", "too big packetlen 70000 specified")]
    [InlineData(2, "", "specify a host")]
    [InlineData(2, "-6 127.0.0.1", "127.0.0.1 is no IPv6 address")]
    [InlineData(2, "-M xyz 127.0.0.1", "unknown traceroute module xyz")]
    [InlineData(2, "-g 127.0.0.1 127.0.0.1", "source routing (-g) is not there")]
    [InlineData(2, "-D 127.0.0.1", "DCCP (-D) is not there")]
    [InlineData(2, "-P 6 127.0.0.1", "use -T for TCP")]
    [InlineData(2, "-P nosuch 127.0.0.1", "nosuch is no protocol of IP")]
    [InlineData(2, "-T -O mss=x 127.0.0.1", "cannot handle '-O mss=x'")]
    [InlineData(2, "-O foo 127.0.0.1", "cannot handle '-O foo'")]
    [InlineData(1, "--unprivileged -UL 127.0.0.1", "probes of this kind need CAP_NET_RAW")]
    [InlineData(1, "fe80::1", "fe80::1 is link-local")]
    [InlineData(1, "255.255.255.255", "it is a broadcast address")]
    [InlineData(2, "nosuchhost.invalid", "nosuchhost.invalid cannot be resolved to an address")]
    [InlineData(2, "--targets /nonexistent", "/nonexistent: No such file or directory")]
    [InlineData(1, "-i nosuch 127.0.0.1", "there is no interface 'nosuch'")]
    [InlineData(1, "-s 192.0.2.1 127.0.0.1", "192.0.2.1 is no address of this machine")]
    public void What_makes_no_sense_is_said_in_one_line(int exitCode, string arguments, string message)
    {
        ProgramResult result = NetWhyProgram.Run(["traceroute", "-n", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    private static void Same(RouterChain chain, string what, string[] arguments)
    {
        ProgramResult ours = chain.NetWhy(["traceroute", .. arguments]);
        ProgramResult theirs = chain.Run(["traceroute", .. arguments]);
        for (int i = 1; i < Tries && Masked(theirs.Output) != Masked(ours.Output); i++)
            theirs = chain.Run(["traceroute", .. arguments]); // it waits ten round trips only, which a busy machine exceeds

        Assert.Equal($"{what}\n{Masked(theirs.Output)}", $"{what}\n{Masked(ours.Output)}");
        Assert.Equal(theirs.ExitCode, ours.ExitCode);
    }

    private static JsonElement Json(RouterChain chain, params string[] arguments)
    {
        using var document = JsonDocument.Parse(chain.NetWhy(["traceroute", "--json", .. arguments]).Output);
        return document.RootElement.Clone();
    }

    private static string Node(JsonElement hop) =>
        hop.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("address").GetString()!).FirstOrDefault("*");

    private static string Masked(string output) => Times().Replace(output, "N ms");

    [GeneratedRegex(@"\d+\.\d{3} ms")]
    private static partial Regex Times();
}
