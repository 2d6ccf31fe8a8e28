using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using NetWhy.Collect.Firewall;
using Xunit;

namespace NetWhy.Tests.Firewall;

public sealed class FirewallEvaluationTests
{
    /// <summary>Rules of every-expression.nft.json by handle, and what a SYN from 10.0.0.1 to 10.0.0.9:443 by eth0 is to each.</summary>
    public static TheoryData<long, string> Conditions => new()
    {
        { 12, "No" }, // ct state established,related
        { 16, "Certain" }, // ip daddr @ban
        { 17, "No" }, // ip daddr . tcp dport @svc
        { 20, "No" }, // oifname "lo"
        { 21, "No" }, // oif "lo"
        { 23, "Certain" }, // oifname { "eth0", "wg*" }
        { 24, "No" }, // oifname "wg*"
        { 26, "No" }, // meta l4proto { tcp, udp } th dport 53
        { 27, "Certain" }, // tcp flags syn / syn,ack
        { 29, "Certain" }, // tcp flags syn
        { 30, "Possible" }, // numgen random mod 100 < 10
        { 31, "Possible" }, // limit rate over 1/second
        { 33, "No" }, // meta mark 0x1
        { 34, "No" }, // ip6 daddr fd00::/8
        { 35, "No" }, // icmp type echo-request
        { 36, "No" }, // meta skuid 1000
        { 37, "No" }, // fib daddr type local
        { 38, "Certain" }, // tcp dport != 22
        { 39, "No" }, // th dport 80
        { 40, "Possible" }, // ip frag-off & 8191 != 0
        { 41, "Possible" }, // ct mark 0x1
        { 42, "Certain" }, // ip protocol tcp
        { 43, "Certain" }, // log prefix "x"
        { 44, "No" }, // ip saddr != 10.0.0.1 tcp dport >= 1024
        { 45, "No" }, // udp dport 443
        { 47, "Possible" }, // ct count over 10
        { 49, "No" }, // ip saddr . tcp dport { 10.0.0.1 . 80, 10.0.0.2 . 443 }
        { 51, "Certain" }, // ct direction original
        { 52, "Certain" }, // meta nfproto ipv4
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Judges_each_condition_by_the_packet_alone(long handle, string expected)
    {
        FirewallRule rule = Read("every-expression").Chains.SelectMany(chain => chain.Rules).Single(rule => rule.Handle == handle);
        FirewallPacket syn = Syn("10.0.0.9", 443);

        Truth truth = rule.Steps.OfType<FirewallStep.Condition>().Aggregate(Truth.Certain, (all, step) => all.And(step.Test(syn)));

        Assert.Equal(expected, truth.ToString());
    }

    [Fact]
    public void Finds_the_rules_against_packets_that_fit_no_connection()
    {
        // As nft 1.0.6 prints: ct state invalid drop; ct state { invalid, new } accept; ct state vmap { established : accept, invalid : drop };
        // tcp dport 80 ct state invalid,untracked reject; tcp dport 80 drop; ct state new tcp dport 22 drop.
        const string Printed = """
            {"nftables": [{"table": {"family": "inet", "name": "t", "handle": 1}},
            {"chain": {"family": "inet", "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}},
            {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 2, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "invalid"}}, {"counter": {"packets": 0, "bytes": 0}}, {"drop": null}]}},
            {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 4, "expr": [{"match": {"op": "==", "left": {"ct": {"key": "state"}}, "right": {"set": ["invalid", "new"]}}}, {"accept": null}]}},
            {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 6, "expr": [{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["invalid", {"drop": null}], ["established", {"accept": null}]]}}}]}},
            {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 7, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 80}}, {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["invalid", "untracked"]}}, {"reject": {"type": "icmpx", "expr": "port-unreachable"}}]}},
            {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 8, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 80}}, {"drop": null}]}},
            {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 10, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 22}}, {"drop": null}]}}]}
            """;
        const string Saved = "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -m conntrack --ctstate INVALID -j DROP\n[0:0] -A INPUT -m conntrack --ctstate NEW -j DROP\n[0:0] -A INPUT -m conntrack --ctstate INVALID -j ACCEPT\nCOMMIT\n";

        Assert.Equal([2L, 6, 7], NftablesReader.Read(JsonDocument.Parse(Printed))!.AgainstInvalid().Select(rule => rule.Handle));
        Assert.Equal([1], IptablesReader.Read(Saved, FirewallTool.Iptables).AgainstInvalid().Select(rule => rule.Number));
    }

    [Fact]
    public void Names_the_rule_that_drops_the_port_and_no_other()
    {
        FirewallRuleset rules = Read("output-drop");

        FirewallHit hit = Assert.Single(Out(rules, Syn("10.10.2.2", 80)));

        Assert.Equal((VerdictKind.Drop, Truth.Certain), (hit.Verdict, hit.Match));
        Assert.Equal(2, hit.Rule!.Number);
        Assert.Equal(0, hit.Rule.Packets);
        Assert.Empty(Out(rules, Syn("10.10.2.2", 443)));
    }

    [Fact]
    public void Follows_sets_jumps_and_states_to_the_policy()
    {
        FirewallRuleset rules = Read("default-deny");

        Assert.Empty(Out(rules, Syn("10.10.2.2", 443)));
        FirewallHit denied = Assert.Single(Out(rules, Syn("10.10.2.3", 443)));
        Assert.Null(denied.Rule);
        Assert.Equal(("output", Truth.Certain), (denied.Chain.Name, denied.Match));

        Assert.Empty(Out(rules, Datagram("10.10.3.53", 53)));
        Assert.Equal(Truth.Certain, Assert.Single(Out(rules, Datagram("10.10.3.54", 53))).Match);

        // The answer to a connection of ours belongs to an established flow.
        var answer = new FirewallPacket(PacketKind.Answer, FirewallPacket.Tcp, IPAddress.Parse("10.10.2.2"), IPAddress.Parse("10.10.1.2"))
        {
            State = TrackedState.Established,
            Interface = "eth0",
            Flags = FirewallPacket.Syn | FirewallPacket.Ack,
            SourcePort = 443,
        };
        Assert.Empty(FirewallEvaluation.Evaluate(rules, answer, FirewallHook.Prerouting, FirewallHook.Input));
    }

    [Fact]
    public void Sees_that_a_rule_for_one_interface_leaves_loopback_out()
    {
        FirewallRuleset rules = Read("loopback-filtered");
        FirewallPacket syn = Syn("127.0.0.1", 8080) with { Interface = "lo", IsLoopback = true, Source = IPAddress.Loopback };

        FirewallHit hit = Assert.Single(FirewallEvaluation.Evaluate(
            rules, syn, FirewallHook.Output, FirewallHook.Postrouting, FirewallHook.Prerouting, FirewallHook.Input));

        Assert.Equal((FirewallHook.Input, Truth.Certain, 2), (hit.Hook, hit.Match, hit.Rule!.Number));
    }

    [Fact]
    public void Calls_rates_and_chance_possible_and_what_follows_them_too()
    {
        FirewallRuleset rules = Read("maybe");

        FirewallHit limited = Assert.Single(Out(rules, Syn("10.10.2.2", 443)));
        Assert.Equal((VerdictKind.Drop, Truth.Possible), (limited.Verdict, limited.Match));

        ImmutableArray<FirewallHit> chance = Out(rules, Syn("10.10.2.2", 80));
        Assert.Equal([VerdictKind.Drop, VerdictKind.Reject], chance.Select(hit => hit.Verdict));
        Assert.All(chance, hit => Assert.Equal(Truth.Possible, hit.Match));
    }

    [Fact]
    public void Goes_on_with_the_translated_destination()
    {
        FirewallRuleset rules = Read("translated");

        ImmutableArray<FirewallHit> hits = Out(rules, Syn("10.10.2.2", 443));
        Assert.Equal([VerdictKind.Translate, VerdictKind.Reject], hits.Select(hit => hit.Verdict));
        Assert.All(hits, hit => Assert.Equal(Truth.Certain, hit.Match));

        Assert.Equal(VerdictKind.Redirect, Assert.Single(Out(rules, Syn("10.10.2.2", 80))).Verdict);
    }

    [Fact]
    public void Carries_a_mark_to_the_rule_that_asks_for_it()
    {
        ImmutableArray<FirewallHit> hits = Out(Read("marked"), Syn("10.10.2.2", 443));

        Assert.True(hits[0].SetsMark);
        Assert.Equal((VerdictKind.Drop, Truth.Certain), (hits[1].Verdict, hits[1].Match));
    }

    [Fact]
    public void Finds_nothing_in_rules_that_only_accept_and_count()
    {
        FirewallRuleset rules = Read("permissive");

        Assert.Empty(Out(rules, Syn("10.10.2.2", 443)));
        Assert.Empty(Out(rules, Syn("10.10.2.2", 81)));
    }

    [Fact]
    public void Applies_arp_rules_to_neighbours_only()
    {
        FirewallRuleset rules = Read("arp-drop");
        var flow = new FirewallFlow("target", FirewallPacket.Icmp, IPAddress.Parse("10.10.2.2"), 0) { Interface = "eth0" };

        PacketKind[] stopped = [.. flow.Packets()
            .Where(pair => FirewallEvaluation.Evaluate(rules, pair.Packet, pair.Hooks.AsSpan()).Any(hit => hit.Match is Truth.Certain))
            .Select(pair => pair.Packet.Kind)];

        Assert.Equal([PacketKind.NeighbourAnswer], stopped);
    }

    [Fact]
    public void A_flow_whose_first_packet_is_kept_from_tracking_has_no_state_later()
    {
        FirewallRuleset rules = IptablesReader.Read(
            "*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp --dport 443 -j CT --notrack\nCOMMIT\n", FirewallTool.Iptables);

        Out(rules, Syn("10.10.2.2", 443), out FirewallPacket untracked);
        Out(rules, Syn("10.10.2.2", 80), out FirewallPacket tracked);

        Assert.Equal((TrackedState.Untracked, TrackedState.New), (untracked.State, tracked.State));
        FirewallPacket answer = Syn("10.10.2.2", 443) with { Kind = PacketKind.Answer, State = TrackedState.Established };
        Assert.Equal(TrackedState.Invalid, answer.OfUntracked().State);
        Assert.Equal(TrackedState.New, (answer with { Protocol = FirewallPacket.Udp }).OfUntracked().State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"nftables": 3}""")]
    [InlineData("""{"nftables": [1, {"rule": 4}, {"rule": {"expr": [{"match": {"left": {}, "right": [], "op": 3}}, {"vmap": {"key": 1, "data": "@x"}}, 7]}}]}""")]
    [InlineData("""{"nftables": [{"chain": {"family": "ip", "table": "t", "name": "c", "hook": "output", "prio": "x"}}, {"rule": {"family": "ip", "table": "t", "chain": "c", "handle": "h", "expr": [{"match": {"op": "==", "left": {"payload": 5}, "right": {"set": 4}}}, {"jump": {"target": "c"}}]}}]}""")]
    public void Takes_what_is_no_rule_set_without_complaint(string text)
    {
        FirewallRuleset? rules = text.Length == 0 ? null : NftablesReader.Read(JsonDocument.Parse(text));

        Assert.True(rules is null || Out(rules, Syn("10.10.2.2", 80)).Length >= 0);
    }

    [Fact]
    public void Takes_a_rule_that_jumps_to_its_own_chain()
    {
        FirewallRuleset rules = IptablesReader.Read("*filter\n:OUTPUT ACCEPT [0:0]\n:a - [0:0]\n-A OUTPUT -j a\n-A a -j a\n-A a -j a\n-A a -j a\n", FirewallTool.Iptables);

        Assert.Empty(Out(rules, Syn("10.10.2.2", 80)));
    }

    internal static FirewallRuleset Read(string name) =>
        NftablesReader.Read(JsonDocument.Parse(File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "Cases", "firewall", name + ".nft.json"))))!;

    internal static FirewallPacket Syn(string address, int port) =>
        new(PacketKind.Opening, FirewallPacket.Tcp, IPAddress.Parse("10.0.0.1"), IPAddress.Parse(address))
        {
            DestinationPort = port,
            Flags = FirewallPacket.Syn,
            Interface = "eth0",
            User = 0,
            IsSourceLocal = true,
        };

    internal static ImmutableArray<FirewallHit> Out(FirewallRuleset rules, FirewallPacket packet) =>
        FirewallEvaluation.Evaluate(rules, packet, FirewallHook.Output, FirewallHook.Postrouting, FirewallHook.Egress);

    private static void Out(FirewallRuleset rules, FirewallPacket packet, out FirewallPacket left) =>
        FirewallEvaluation.Evaluate(rules, packet, [FirewallHook.Output, FirewallHook.Postrouting, FirewallHook.Egress], out left);

    private static FirewallPacket Datagram(string address, int port) =>
        Syn(address, port) with { Protocol = FirewallPacket.Udp, Flags = 0 };
}
