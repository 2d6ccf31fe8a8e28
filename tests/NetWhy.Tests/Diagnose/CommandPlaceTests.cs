using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>Commands of remedies act where they must: in the namespace that was looked at, or on the whole machine.</summary>
public sealed class CommandPlaceTests
{
    private static readonly InvestigationStarted Asked = new("0", "", TargetKind.HostState, null, null, null);

    private static readonly Signal Signal = new("x", Standing.Warning, "x", "1", "")
    {
        Remedies = [Remedy.Set("a", "net.ipv4.tcp_sack", "1"), new Remedy("b", "ss -tn | wc -l"), new Remedy("c", "ip link", "the router"), Remedy.Set("d", "net.ipv4.tcp_mem", "1 2 3")],
    };

    [Theory]
    [InlineData(null, "")]
    [InlineData("blue", "ip netns exec blue ")]
    [InlineData("a b;reboot", "ip netns exec 'a b;reboot' ")]
    [InlineData("/run/docker/netns/1", "nsenter --net=/run/docker/netns/1 ")]
    [InlineData("/proc/4711/ns/net", "nsenter -n -t 4711 ")]
    [InlineData("/proc/$(reboot)/ns/net", "nsenter --net='/proc/$(reboot)/ns/net' ")]
    public void A_command_reaches_the_namespace_that_was_looked_at(string? name, string way)
    {
        Signal placed = new CommandPlace(new EvidenceSet(Asked with { Namespace = name })).Of(Signal);

        Assert.Equal(
            [$"{way}sysctl -w net.ipv4.tcp_sack=1", name is null ? "ss -tn | wc -l" : $"{way}sh -c 'ss -tn | wc -l'", "ip link", "sysctl -w 'net.ipv4.tcp_mem=1 2 3'"],
            placed.Remedies.Select(remedy => remedy.Command));
        Assert.Equal([false, false, true, name is not null], placed.Remedies.Select(remedy => remedy.On is not null));
    }

    [Fact]
    public void What_holds_for_the_whole_machine_is_changed_there()
    {
        var here = new CommandPlace(new EvidenceSet(Asked, new NeighbourTable("ipv4", 0, 0, TimeSpan.Zero) { IsLimitSettable = true }));
        var inside = new CommandPlace(new EvidenceSet(Asked, new NeighbourTable("ipv4", 0, 0, TimeSpan.Zero) { IsLimitSettable = false }));

        Assert.Null(here.Of(Signal).Remedies[3].On);
        Remedy elsewhere = inside.Of(Signal).Remedies[3];
        Assert.Equal("On the host (first network namespace), for the whole machine: d", elsewhere.Sentence);
        Assert.Null(inside.Of(Signal).Remedies[0].On);
    }

    [Theory]
    [InlineData("kill -CONT 7", true)]
    [InlineData("cat /proc/7/status /proc/7/wchan", true)]
    [InlineData("cat /proc/7/net/tcp", false)]
    [InlineData("cat /proc/net/snmp", false)]
    [InlineData("killall x", false)]
    public void Processes_are_the_same_everywhere(string command, bool isTheSame)
    {
        Signal signal = Signal with { Remedies = [new Remedy("a", command)] };

        Assert.Equal(isTheSame, new CommandPlace(new EvidenceSet(Asked with { Namespace = "blue" })).Of(signal).Remedies.Single().Command == command);
    }

    // Which files a namespace lacks, or has to read only, is the kernel's to say (Linux 6.18).
    [Theory]
    [InlineData("net.core.somaxconn", false)]
    [InlineData("net.core.rmem_max", true)]
    [InlineData("net.core.netdev_max_backlog", true)]
    [InlineData("net.ipv4.tcp_rmem", false)]
    [InlineData("net.ipv4.udp_mem", true)]
    [InlineData("net.ipv4.tcp_max_orphans", true)]
    [InlineData("net.ipv4.tcp_max_tw_buckets", false)]
    [InlineData("net.ipv4.neigh.default.gc_thresh3", true)]
    [InlineData("net.ipv6.conf.eth0.100.accept_ra", false)]
    [InlineData("net.netfilter.nf_conntrack_max", true)]
    [InlineData("net.netfilter.nf_conntrack_tcp_timeout_established", false)]
    [InlineData("fs.file-max", true)]
    public void Settings_of_the_machine_are_told_from_those_of_a_namespace(string name, bool isOfMachine) =>
        Assert.Equal(isOfMachine, new SettingChange(name, "1").IsOfMachine);

    [Fact]
    public void Each_side_of_a_problem_has_its_own_place()
    {
        InvestigationStarted client = new("0", "10.0.0.1:80", TargetKind.HostPort, null, "10.0.0.1", 80) { Vantage = "a", Namespace = "blue" };
        ConnectAttempt refused = new(IPAddress.Parse("10.0.0.1"), 80, "target", ConnectOutcome.Failed, TimeSpan.FromMilliseconds(1)) { Errno = "ECONNREFUSED" };
        RouteLookup local = new(IPAddress.Parse("10.0.0.1"), "target", null) { RouteType = "local" };

        var diagnosis = Diagnosis.Join([new EvidenceSet(client, refused, local)], RuleCatalog.All);

        Assert.All(diagnosis.Causes.SelectMany(cause => cause.Finding.Remedies).Where(remedy => remedy is { Command: not null, On: null }), remedy =>
            Assert.StartsWith("ip netns exec blue ", remedy.Command, StringComparison.Ordinal));
    }
}
