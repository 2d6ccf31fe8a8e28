using System.Globalization;
using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Mtu;

/// <summary><c>netwhy mtu</c> on paths whose truth was configured.</summary>
public sealed class MtuTests
{
    private const string NoWord = "icmp type destination-unreachable drop\nicmpv6 type packet-too-big drop";

    [Fact]
    public void A_path_that_takes_what_the_interface_sends_has_its_mtu_and_nothing_to_say()
    {
        using var chain = new RouterChain(1500, 1500, 1500);

        (JsonElement found, int exitCode) = Run(chain, chain.Target);

        Assert.Equal(0, exitCode);
        Assert.Equal((1500, "echo"), (found.GetProperty("mtu").GetInt32(), found.GetProperty("by").GetString()));
        Assert.Empty(found.GetProperty("statements").EnumerateArray());
        Assert.Equal(1, Trial(found, "forward", 1500).GetProperty("answered").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_step_is_named_with_its_router_and_hop(bool isIPv6)
    {
        using var chain = new RouterChain(1500, 1500, 1400, 1300, 1500);

        (JsonElement found, int exitCode) = Run(chain, isIPv6 ? chain.Target6 : chain.Target);

        Assert.Equal(0, exitCode);
        Assert.Equal(1300, found.GetProperty("mtu").GetInt32());
        Assert.Equal(
            isIPv6 ? ["fd99:2::2 2 1400", "fd99:3::2 3 1300"] : ["10.99.2.2 2 1400", "10.99.3.2 3 1300"],
            found.GetProperty("told").EnumerateArray().Select(told => string.Create(
                CultureInfo.InvariantCulture, $"{told.GetProperty("node").GetString()} {told.GetProperty("hop").GetInt32()} {told.GetProperty("mtu").GetInt32()}")));
        Assert.Equal("pmtu-discovery-works", Assert.Single(Causes(found)));
    }

    [Theory]
    [InlineData(false, 2, 1400)]
    [InlineData(true, 2, 1400)]
    [InlineData(false, 1, 1372)]
    [InlineData(false, 3, 1454)]
    public void A_black_hole_is_named_with_the_hop_and_the_exact_size(bool isIPv6, int hop, int mtu)
    {
        int[] mtus = [1500, 1500, 1500, 1500, 1500];
        mtus[hop] = mtu;
        using var chain = new RouterChain(mtus);
        chain.Filter(hop, "output", NoWord);

        (JsonElement found, int exitCode) = Run(chain, isIPv6 ? chain.Target6 : chain.Target);

        Assert.Equal(1, exitCode);
        Assert.Equal(mtu, found.GetProperty("mtu").GetInt32());
        JsonElement statement = Assert.Single(found.GetProperty("statements").EnumerateArray());
        Assert.Equal("path-mtu-black-hole", statement.GetProperty("cause").GetString());
        string node = isIPv6 ? $"fd99:{hop}::2" : $"10.99.{hop}.2";
        Assert.Contains($"Echo packets over {mtu} octets vanish behind hop {hop} ({node}), on the way to", statement.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains(statement.GetProperty("fixes").EnumerateArray(), fix =>
            fix.TryGetProperty("command", out JsonElement command) && command.GetString()!.Contains($"mtu lock {mtu}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_black_hole_behind_a_step_that_is_told_is_found_all_the_same()
    {
        using var chain = new RouterChain(1500, 1450, 1500, 1380, 1500);
        chain.Filter(3, "output", NoWord);

        (JsonElement found, _) = Run(chain, chain.Target);

        Assert.Equal(1380, found.GetProperty("mtu").GetInt32());
        Assert.Contains("path-mtu-black-hole", Causes(found));
        Assert.Contains("vanish behind hop 3 (10.99.3.2)", Text(found, "path-mtu-black-hole"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_black_hole_before_a_step_that_is_told_is_not_taken_for_discovery_that_works(bool isIPv6)
    {
        using var chain = new RouterChain(1500, 1500, 1400, 1300, 1500);
        chain.Filter(2, "output", NoWord);

        (JsonElement found, int exitCode) = Run(chain, isIPv6 ? chain.Target6 : chain.Target);

        Assert.Equal((1, 1300), (exitCode, found.GetProperty("mtu").GetInt32()));
        Assert.Equal("path-mtu-black-hole", Assert.Single(Causes(found)));
        Assert.Contains($"vanish behind hop 2 ({(isIPv6 ? "fd99:2::2" : "10.99.2.2")})", Text(found, "path-mtu-black-hole"), StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_show_the_hole_on_the_way_there()
    {
        using var chain = new RouterChain(1500, 1500, 1400, 1500);
        chain.Filter(2, "output", NoWord);
        using var server = new AnsweringServer(chain.At(4));

        (JsonElement found, int exitCode) = Run(chain, chain.Target, server.Port);

        Assert.Equal(1, exitCode);
        Assert.Contains("vanish behind hop 2 (10.99.2.2)", Text(found, "path-mtu-black-hole"), StringComparison.Ordinal);
        int[] acknowledged = [.. Observations(found, "path.upload-trial").Where(trial => trial.GetProperty("isAcknowledged").GetBoolean()).Select(trial => trial.GetProperty("sendMss").GetInt32())];
        Assert.Equal(1348, acknowledged.Max());
    }

    [Theory]
    [InlineData(1400)]
    [InlineData(1283)]
    [InlineData(701)]
    public void A_hole_on_the_way_back_is_seen_by_segments_alone_with_its_exact_size(int mtu)
    {
        using var chain = new RouterChain(1500, 1500, 1500, 1500);
        chain.Shell(3, $"ip route replace 10.99.1.0/24 via 10.99.3.1 mtu lock {mtu}");
        chain.Filter(3, "output", NoWord);
        using var server = new AnsweringServer(chain.At(4));

        (JsonElement found, int exitCode) = Run(chain, chain.Target, server.Port);

        Assert.Equal(1, exitCode);
        Assert.Contains($"Packets over {mtu} octets vanish from 10.99.4.2 to here", Text(found, "path-mtu-black-hole"), StringComparison.Ordinal);
        JsonElement back = found.GetProperty("back");
        Assert.Equal((mtu, mtu + 1), (back.GetProperty("passed").GetInt32(), back.GetProperty("lost").GetInt32()));
    }

    [Theory]
    [InlineData(2, "prerouting", "ip saddr 10.99.1.1", "Fragments vanish on the way there to", 1)]
    [InlineData(2, "prerouting", "ip daddr 10.99.1.1", "large ICMP is filtered or not answered there, or fragments vanish on the way back", 0)]
    public void Fragments_that_vanish_are_told_with_the_direction(int router, string hook, string which, string said, int code)
    {
        using var chain = new RouterChain(1500, 1500, 1500);
        chain.Shell(router, $"nft 'table ip f {{ chain x {{ type filter hook {hook} priority -450; {which} ip frag-off & 0x3fff != 0 drop; }}; }}'");

        (JsonElement found, int exitCode) = Run(chain, chain.Target);

        Assert.Equal((code, 1500), (exitCode, found.GetProperty("mtu").GetInt32()));
        Assert.Equal("fragments-dropped", Assert.Single(Causes(found)));
        Assert.Contains(said, Text(found, "fragments-dropped"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fragments_pass_where_routers_tell_their_mtu(bool isIPv6)
    {
        using var chain = new RouterChain(1500, 1400, 1500);

        (JsonElement found, int exitCode) = Run(chain, isIPv6 ? chain.Target6 : chain.Target);

        Assert.Equal(0, exitCode);
        Assert.Contains(Observations(found, "path.sized-packets"), series =>
            series.GetProperty("purpose").GetString() == "fragments" && series.GetProperty("trials").EnumerateArray().All(trial => trial.GetProperty("answered").GetInt32() > 0));
    }

    [Fact]
    public void Segments_that_a_router_clamps_far_too_small_are_a_finding()
    {
        using var chain = new RouterChain(1500, 1500, 1500);
        chain.Filter(1, "forward", "tcp flags syn tcp option maxseg size set 300");
        using var server = new AnsweringServer(chain.At(3));

        (JsonElement found, int exitCode) = Run(chain, chain.Target, server.Port);

        Assert.Equal(1, exitCode);
        Assert.Equal("mss-clamped-too-small", Assert.Single(Causes(found)));
    }

    [Fact]
    public void A_target_that_gives_few_answers_loses_no_size_by_it()
    {
        using var chain = new RouterChain(1500, 1500);
        chain.Shell(2, "sysctl -qw net.ipv4.icmp_ratelimit=0");
        chain.Filter(2, "output", "icmp type destination-unreachable limit rate over 1/minute burst 1 packets drop");

        (JsonElement one, _) = Run(chain, chain.Target);

        Assert.Equal(1, Trial(one, "forward", 1500).GetProperty("answered").GetInt32());

        // Now large ones do get lost, and one answer is no proof of it.
        chain.Shell(2, "nft flush ruleset");
        chain.Filter(2, "output", "icmp type destination-unreachable limit rate over 1/minute burst 1 packets drop");
        chain.Filter(1, "forward", "udp length > 1000 drop");
        ProgramResult none = NetWhyProgram.Run("mtu", "-N", chain.Client, chain.Target);

        Assert.Contains("576 passes; of 1500, answers come too seldom to tell (1 of ", none.Output, StringComparison.Ordinal);
        Assert.Equal(0, none.ExitCode);
    }

    [Fact]
    public void A_large_answer_is_found_for_the_way_back()
    {
        using var chain = new RouterChain(1500, 1500, 1500);
        using var server = new AnsweringServer(chain.At(3), path => path == "/app/big.js" ? new string('y', 20_000) : path == "/app/" ? "<script src=\"big.js\">" : "no");
        ProgramResult Asked(string path) => NetWhyProgram.Run("mtu", "-N", chain.Client, string.Create(CultureInfo.InvariantCulture, $"http://{chain.Target}:{server.Port}{path}"));

        ProgramResult small = Asked("/other/"), linked = Asked("/app/"), named = Asked("/app/big.js");

        Assert.Contains("not tried: the largest answer had ", small.Output, StringComparison.Ordinal);
        Assert.Contains($"http://{chain.Target}:{server.Port}/FILE", small.Output, StringComparison.Ordinal);
        Assert.Contains("segments of 1448 arrived, in packets of 1500 (/app/big.js)\n", linked.Output, StringComparison.Ordinal);
        Assert.Contains("segments of 1448 arrived, in packets of 1500\n", named.Output, StringComparison.Ordinal);
        Assert.StartsWith("Path MTU to 10.99.3.2: 1500 octets, shown by echo, UDP there and TCP both ways\n", named.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_is_named_with_its_routers()
    {
        using var chain = new RouterChain(1500, 1500, 1500, 1500);
        chain.Shell(2, "ip route replace 10.99.4.0/24 via 10.99.2.1");

        (JsonElement found, int exitCode) = Run(chain, chain.Target);

        Assert.Equal(1, exitCode);
        Assert.Equal("Packets to 10.99.4.2 go round between 10.99.1.2 and 10.99.2.2.", Text(found, "routing-loop"));
    }

    [Fact]
    public void A_path_that_answers_nothing_gets_no_verdict()
    {
        using var chain = new RouterChain(1500, 1500);
        chain.Filter(2, "input", "meta l4proto { icmp, ipv6-icmp, udp } drop");

        ProgramResult result = NetWhyProgram.Run("mtu", "-N", chain.Client, chain.Target);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("not known; not even packets of 576 octets are answered", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("explain", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_tell_where_echo_is_filtered()
    {
        using var chain = new RouterChain(1500, 1500);
        chain.Filter(2, "input", "meta l4proto { icmp, ipv6-icmp, udp } drop");
        using var server = new AnsweringServer(chain.At(2));

        (JsonElement found, int exitCode) = Run(chain, chain.Target, server.Port);

        Assert.Equal(0, exitCode);
        Assert.Equal((1500, "tcp"), (found.GetProperty("mtu").GetInt32(), found.GetProperty("by").GetString()));
    }

    [Fact]
    public void An_interface_that_allows_more_than_its_link_is_told()
    {
        using var chain = new RouterChain(9000, 1500, 1500);
        chain.Shell(1, "ip link set l1 mtu 1500");

        (JsonElement found, int exitCode) = Run(chain, chain.Target);

        Assert.Equal(1, exitCode);
        Assert.Equal(1500, found.GetProperty("mtu").GetInt32());
        Assert.Contains("mtu-mismatch", Causes(found));
    }

    [Fact]
    public void A_tunnel_takes_its_own()
    {
        using var chain = new RouterChain(1500);
        const string Make = "ip link add vx0 type vxlan id 7 dstport 4789 ";
        chain.Shell(0, $"{Make} dev r1 local 10.99.1.1 remote 10.99.1.2; ip addr add 10.98.0.1/24 dev vx0; ip link set vx0 up");
        chain.Shell(1, $"{Make} dev l1 local 10.99.1.2 remote 10.99.1.1; ip addr add 10.98.0.2/24 dev vx0; ip link set vx0 up");

        (JsonElement found, _) = Run(chain, "10.98.0.2");

        Assert.Equal((1450, 1450), (found.GetProperty("mtu").GetInt32(), found.GetProperty("interface_mtu").GetInt32()));
    }

    [Fact]
    public void What_the_kernel_remembers_is_shown_with_its_end()
    {
        using var chain = new RouterChain(1500, 1400);
        _ = Run(chain, chain.Target);

        ProgramResult again = NetWhyProgram.Run("mtu", "-N", chain.Client, chain.Target);

        Assert.Matches("kernel remembers  1400, for [0-9]+ s more", again.Output);
    }

    [Fact]
    public void Segments_that_a_router_clamps_are_told()
    {
        using var chain = new RouterChain(1500, 1500, 1500);
        chain.Filter(1, "forward", "tcp flags syn tcp option maxseg size set 1260");
        using var server = new AnsweringServer(chain.At(3));

        ProgramResult result = NetWhyProgram.Run("mtu", "-N", chain.Client, chain.Target, "-p", server.Port.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("asks for segments of 1248 octets, in packets of 1300, where 1500 pass", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "mtu")]
    [InlineData(2, "mtu", "192.0.2.1", "192.0.2.2")]
    [InlineData(2, "mtu", "192.0.2.1:99999")]
    [InlineData(2, "mtu", "-6", "192.0.2.1")]
    [InlineData(2, "mtu", "--nonsense", "192.0.2.1")]
    [InlineData(3, "mtu", "does-not-exist.invalid")]
    [InlineData(0, "mtu", "127.0.0.1")]
    public void Bad_targets_end_with_one_line(int exitCode, params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Single((exitCode == 0 ? result.Output : result.Error).TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("ip link set r1 down", "there is no route any more; it was by r1")]
    [InlineData("ip link set r1 down; sleep 0.1; ip link set r1 up; ip route add 10.99.2.0/24 via 10.99.1.2", "r1 went down and came back")]
    public void A_way_that_goes_away_meanwhile_gets_no_verdict(string fault, string said)
    {
        using var chain = new RouterChain(1500, 1500);
        chain.Filter(1, "forward", "meta length 1000-2000 drop"); // the search takes a while

        // As soon as a large packet has left, which is when the search has begun.
        const string Sent = "$(cat /sys/class/net/r1/statistics/tx_bytes)";
        string script = $"begin={Sent}; (until [ {Sent} -ge $((begin + 1000)) ]; do sleep 0.01; done; {fault}) & exec {NetWhyProgram.Path} mtu {chain.Target}";
        ProgramResult result = NetWhyProgram.Run("ip", ["netns", "exec", chain.Client, "sh", "-c", script], []);

        Assert.Equal((3, $"netwhy mtu: the way to {chain.Target} changed meanwhile, so that sizes say nothing: {said}\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public void Without_privilege_it_works_by_ping_sockets_and_else_says_what_would_help()
    {
        using var chain = new RouterChain(1500, 1400, 1500);
        ProgramResult Unprivileged() => NetWhyProgram.Run(
            "ip", ["netns", "exec", chain.Client, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", NetWhyProgram.Path, "mtu", chain.Target], []);
        chain.Shell(0, "sysctl -qw net.ipv4.ping_group_range='0 2147483647'");
        ProgramResult allowed = Unprivileged();
        chain.Shell(0, "sysctl -qw net.ipv4.ping_group_range='1 0'");
        ProgramResult refused = Unprivileged();

        Assert.Equal((0, ""), (allowed.ExitCode, allowed.Error));
        Assert.StartsWith("Path MTU to 10.99.3.2: 1400 octets, shown by echo and UDP there\n", allowed.Output, StringComparison.Ordinal);
        Assert.Contains("echo  not allowed", System.Text.RegularExpressions.Regex.Replace(refused.Output, " {2,}", "  "), StringComparison.Ordinal);
        Assert.Contains("net.ipv4.ping_group_range", refused.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_way_it_says_so()
    {
        using var chain = new RouterChain(1500);

        ProgramResult result = NetWhyProgram.Run("mtu", "-N", chain.Client, "192.0.2.1");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal("netwhy mtu: there is no route to 192.0.2.1: see ip route get 192.0.2.1\n", result.Error);
    }

    private static (JsonElement Found, int ExitCode) Run(RouterChain chain, string target, int? port = null)
    {
        string[] arguments = ["mtu", "--json", "-N", chain.Client, target, .. port is { } number ? (string[])["-p", number.ToString(CultureInfo.InvariantCulture)] : []];
        ProgramResult result = NetWhyProgram.Run(arguments);
        Assert.True(result.ExitCode is 0 or 1, result.Error);
        using var document = JsonDocument.Parse(result.Output);
        return (document.RootElement.Clone(), result.ExitCode);
    }

    private static IEnumerable<JsonElement> Observations(JsonElement found, string kind) =>
        found.GetProperty("observations").EnumerateArray().Where(observation => observation.GetProperty("kind").GetString() == kind);

    private static JsonElement Trial(JsonElement found, string purpose, int size) => Observations(found, "path.sized-packets")
        .Single(series => series.GetProperty("purpose").GetString() == purpose)
        .GetProperty("trials").EnumerateArray().Single(trial => trial.GetProperty("size").GetInt32() == size);

    private static string[] Causes(JsonElement found) =>
        [.. found.GetProperty("statements").EnumerateArray().Select(statement => statement.GetProperty("cause").GetString()!)];

    private static string Text(JsonElement found, string cause) => found.GetProperty("statements").EnumerateArray()
        .First(statement => statement.GetProperty("cause").GetString() == cause).GetProperty("text").GetString()!;
}
