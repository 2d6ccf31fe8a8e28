using NetWhy.Diagnose;
using NetWhy.Lab;
using Xunit;

namespace NetWhy.Tests.Lab;

public sealed class ScenarioReaderTests
{
    private const string Base = """
        hosts:
          c:
            addresses: {eth0: [10.10.1.2/24]}
            routes: [default via 10.10.1.1]
            files: {hosts: "127.0.0.1 localhost\n"}
          s:
            services: [nginx]
        links:
          - c:eth0 s:eth0
        """;

    private static readonly ScenarioReader Reader = new(name => name == "standard" ? Base : null);

    [Fact]
    public void Adds_a_scenario_to_the_base()
    {
        Scenario scenario = Reader.Read("dir/some-fault.yaml", """
            title: A sentence
            target: [https://www.lab.test/, --expect, 10.10.2.2]
            hosts:
              c:
                files: {resolv.conf: ""}
              s:
                services:
                  - serve: dns --listen 10.10.3.53:53
            impair:
              c:eth0: {delay: 75ms, loss: 10%}
            fault:
              - c: ip link set eth0 down
              - machine: echo 1 >/proc/sys/x
                undo: echo 0 >/proc/sys/x
            env: {https_proxy: "http://10.10.1.1:3128"}
            expect: {cause: [link-down, no-route], where: local, allow: packet-loss}
            """);

        Assert.Equal("some-fault", scenario.Name);
        Assert.Equal("c", scenario.Client);
        Assert.Equal(["https://www.lab.test/", "--expect", "10.10.2.2"], scenario.Arguments);
        Assert.Equal(["default via 10.10.1.1"], scenario.Hosts["c"].Routes);
        Assert.Equal(["hosts", "resolv.conf"], scenario.Hosts["c"].Files.Keys);
        Assert.Equal("dns --listen 10.10.3.53:53", Assert.IsType<FaultyService>(Assert.Single(scenario.Hosts["s"].Services)).Arguments);
        Link link = Assert.Single(scenario.Links);
        Assert.Equal(TimeSpan.FromMilliseconds(75), link.LeftToRight!.Delay);
        Assert.Equal(0.1, link.RightToLeft!.Loss);
        Assert.NotEqual(link.LeftToRight.Seed, link.RightToLeft.Seed);
        Assert.Equal("ip link set eth0 down", scenario.Faults[0].Script);
        Assert.True(scenario.IsExclusive);
        Assert.Equal(["link-down", "no-route"], scenario.Expect.Causes);
        Assert.Equal(["packet-loss"], scenario.Expect.Allowed);
        Assert.False(scenario.Expect.IsHealthy);
    }

    [Theory]
    [InlineData("title: x\nexpect: healthy\ncolour: red", "3: unknown key 'colour'")]
    [InlineData("expect: healthy", "1: 'title' is missing")]
    [InlineData("title: x", "1: say what the verdict must be")]
    [InlineData("title: x\nexpect: healthy\nbase: huge", "3: there is no base 'huge'")]
    [InlineData("title: x\nexpect: healthy\nclient: z", "3: there is no host 'z'")]
    [InlineData("title: x\nexpect: healthy\nfault:\n  - z: true", "4: a fault is 'HOST: command'; there is no host 'z'")]
    [InlineData("title: x\nexpect: healthy\nfault:\n  - machine: true", "4: what is done to the machine outlives")]
    [InlineData("title: x\nexpect: healthy\nfault: true", "3: 'fault' must be a list")]
    [InlineData("title: x\nexpect: healthy\nlinks: [c:eth0]", "3: 'c:eth0' is no link")]
    [InlineData("title: x\nexpect: healthy\nimpair: {c:eth0: {delay: soon}}", "3: 'delay: soon' is no impairment")]
    [InlineData("title: x\nexpect: healthy\nimpair: {z:eth0: {delay: 1ms}}", "3: no link ends at 'z:eth0'")]
    [InlineData("title: x\nexpect: healthy\nhosts: {s: {services: [apache]}}", "3: 'apache' is no service")]
    [InlineData("title: x\nexpect: healthy\nhosts: {s: {services: [{run: x, port: many}]}}", "3: 'port' must be a whole number")]
    [InlineData("title: x\nexpect: healthy\nhosts: {s: {services: [{nsd: {address: x}}]}}", "address is no IP address")]
    [InlineData("title: [x]\nexpect: healthy", "1: 'title' must be a single text")]
    [InlineData("- a list", "1: a scenario is one YAML mapping")]
    [InlineData("", "1: a scenario is one YAML mapping")]
    [InlineData("title: {", "no YAML")]
    public void Says_where_and_what_is_wrong(string text, string message)
    {
        LabException exception = Assert.Throws<LabException>(() => Reader.Read("bad.yaml", text));

        Assert.StartsWith("bad.yaml:", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.True(exception.IsUsage);
    }

    [Fact]
    public void Every_scenario_of_the_program_makes_sense()
    {
        Assert.NotEmpty(ScenarioCatalog.Names);
        foreach (string name in ScenarioCatalog.Names)
        {
            Scenario scenario = ScenarioCatalog.Find(name);
            Assert.Equal(name, scenario.Name);
            Assert.True(scenario.Hosts.ContainsKey("c"), name);
            foreach (string cause in scenario.Expect.Causes.Concat(scenario.Expect.Allowed).Concat(scenario.Expect.Explains))
                Assert.True(Causes.Find(cause) is not null, $"{name}: '{cause}' is no cause");
        }
    }

    [Fact]
    public void Says_that_a_scenario_is_unknown()
    {
        LabException exception = Assert.Throws<LabException>(() => ScenarioCatalog.Find("no-such-scenario"));

        Assert.Contains("netwhy lab list", exception.Message, StringComparison.Ordinal);
    }
}
