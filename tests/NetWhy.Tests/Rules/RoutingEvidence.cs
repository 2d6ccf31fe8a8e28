using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Makes evidence about links, neighbours and routes by hand: a client on 10.0.1.0/24 behind 10.0.1.1.</summary>
internal static class RoutingEvidence
{
    internal const string Own = "10.0.1.2";
    internal const string Gateway = "10.0.1.1";
    internal const string Server = "10.0.2.10";
    internal const string Server6 = "2001:db8:2::10";
    internal const string RightHardware = "02:00:00:00:00:01";
    internal const string WrongHardware = "02:de:ad:00:00:01";

    internal static IPAddress Ip(string text) => IPAddress.Parse(text);

    internal static RouteLookup Lookup(
        string destination = Server,
        string? errno = null,
        string? gateway = Gateway,
        string device = "eth0",
        string source = Own,
        string purpose = "target",
        string type = "unicast",
        int table = 254,
        uint mark = 0) => errno is not null
        ? new(Ip(destination), purpose, errno) { Mark = mark }
        : new(Ip(destination), purpose, null)
        {
            RouteType = type,
            Interface = device,
            Gateway = gateway is null ? null : Ip(gateway),
            Source = Ip(source),
            Table = table,
            Mark = mark,
        };

    internal static LinkState Link(string name = "eth0", bool up = true, bool carrier = true, string? kind = null) =>
        new(name, up, carrier, 1500) { LinkKind = kind, IsLoopback = name == "lo" };

    internal static InterfaceAddress Address(string device, string address, int length) =>
        new(device, Ip(address), length);

    internal static InterfaceAddresses Addresses(params InterfaceAddress[] more) =>
        new([new("lo", Ip("127.0.0.1"), 8) { Scope = "host" }, new("eth0", Ip(Own), 24), .. more]);

    internal static RouteEntry Entry(
        string destination, string? gateway = null, string? device = "eth0", string type = "unicast", int table = 254, long metric = 0) =>
        new(destination, type, table) { Gateway = gateway is null ? null : Ip(gateway), Interface = device, Metric = metric };

    internal static RouteTable Table(params RouteEntry[] more) => new([Entry("10.0.1.0/24"), .. more]);

    internal static RouteTable UsualTable(params RouteEntry[] more) => Table([Entry("0.0.0.0/0", Gateway), .. more]);

    internal static NeighbourState Neighbour(
        string state, string? hardware = null, string address = Gateway, string device = "eth0", bool after = true) =>
        new(Ip(address), device, state, IsGateway: true) { HardwareAddress = hardware, IsAfterTraffic = after };

    internal static AddressResolution Asked(string address, params string[] owners) =>
        new(Ip(address), "eth0", owners, TimeSpan.FromSeconds(0.45)) { Requests = 3, IsOnPath = address == Gateway };

    internal static NextHopTrial Trial(
        string nextHop, bool answered, string hardware = RightHardware, string destination = Server, string source = Own) =>
        new(Ip(destination), Ip(nextHop), "eth0", hardware, Ip(source), answered, TimeSpan.FromSeconds(0.1));

    internal static ConnectAttempt TimedOut(string address = Server) =>
        new(Ip(address), 443, "target", ConnectOutcome.TimedOut, TimeSpan.FromSeconds(3.6)) { SynRetransmits = 3 };

    internal static ConnectAttempt Failed(string errno, double seconds = 0, IcmpError? icmp = null, string address = Server) =>
        new(Ip(address), 443, "target", ConnectOutcome.Failed, TimeSpan.FromSeconds(seconds)) { Errno = errno, Icmp = icmp };

    internal static ConnectAttempt Connected(string address = Server) =>
        new(Ip(address), 443, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1));

    internal static EchoSeries Echo(int received, params IcmpError[] errors) =>
        new(Ip(Server), "target", 28, Sent: 3, received) { Errors = errors };

    internal static PathTrace Trace(params string?[] nodes) => new(
        Ip(Server), "tcp", 443, [.. nodes.Select((node, i) => new Hop(i + 1, node is null ? null : Ip(node), null))], Reached: false);

    /// <summary>The finding of one rule about one cause; null if it makes none.</summary>
    internal static Finding? Judge<TRule>(params Observation[] observations)
        where TRule : IRule, new() =>
        new TRule().Evaluate(new EvidenceSet(observations)).SingleOrDefault();

    internal static Finding Likely<TRule>(params Observation[] observations)
        where TRule : IRule, new()
    {
        Finding? finding = Judge<TRule>(observations);
        Assert.NotNull(finding);
        Assert.True(finding.Confidence > 0.85, $"{finding.Summary} {finding.Confidence}");
        return finding;
    }

    internal static void Unlikely<TRule>(params Observation[] observations)
        where TRule : IRule, new()
    {
        if (Judge<TRule>(observations) is { } finding)
            Assert.True(finding.Confidence < Diagnosis.LeastConfidence, $"{finding.Summary} {finding.Confidence}");
    }
}
