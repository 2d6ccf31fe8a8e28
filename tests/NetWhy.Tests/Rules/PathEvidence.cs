using System.Net;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Makes evidence about ports and paths by hand, and judges it.</summary>
internal static class PathEvidence
{
    internal const int Port = 443;
    internal const int OurPort = 40000;

    internal static readonly IPAddress Server = IPAddress.Parse("10.10.2.2");
    internal static readonly IPAddress Router = IPAddress.Parse("10.10.1.1");
    internal static readonly IPAddress Second = IPAddress.Parse("10.10.5.1");

    internal static InvestigationStarted Started(int? port = Port) =>
        new("0", "10.10.2.2", port is null ? TargetKind.Host : TargetKind.HostPort, null, "10.10.2.2", port);

    internal static RouteLookup Route(IPAddress? gateway = null, bool isOnLink = false) => new(Server, "target", null)
    {
        RouteType = "unicast",
        Interface = "eth0",
        Gateway = isOnLink ? null : gateway ?? Router,
    };

    internal static LinkState Link(int mtu = 1500) => new("eth0", true, true, mtu);

    internal static ConnectAttempt Refused(IcmpError? icmp = null, string errno = "ECONNREFUSED", double seconds = 0.001) =>
        new(Server, Port, "target", ConnectOutcome.Failed, TimeSpan.FromSeconds(seconds))
        {
            Errno = errno,
            FailedCall = "connect",
            Icmp = icmp,
            SourcePort = OurPort,
        };

    internal static ConnectAttempt Silent(int port = Port, string purpose = "target") =>
        new(Server, port, purpose, ConnectOutcome.TimedOut, TimeSpan.FromSeconds(3.6)) { SourcePort = OurPort, SynRetransmits = 3 };

    internal static ConnectAttempt Connected(int port = Port, string purpose = "target", int repeats = 0) =>
        new(Server, port, purpose, ConnectOutcome.Connected, TimeSpan.FromMilliseconds(1))
        {
            SourcePort = purpose is "target" ? OurPort : OurPort + 1,
            SynRetransmits = repeats,
        };

    internal static FlowSighting Flow(int synsOut = 1, int synAcksIn = 0, int? synAckTtl = null, int? rstTtl = null) =>
        new(Server, Port, OurPort)
        {
            SynsOut = synsOut,
            SynAcksIn = synAcksIn,
            SynAckTtl = synAckTtl,
            RstsIn = rstTtl is null ? 0 : 1,
            RstTtl = rstTtl,
            InterfaceOut = "eth0",
        };

    internal static EchoSeries Echo(
        int received, int sent = 30, int? ttl = 63, double milliseconds = 0.5, IPAddress? address = null, params IcmpError[] errors) =>
        new(address ?? Server, address is null ? "target" : "gateway", 84, sent, received)
        {
            MinRoundTrip = received > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null,
            MedianRoundTrip = received > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null,
            MaxRoundTrip = received > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null,
            ReplyTtl = received > 0 ? ttl : null,
            Errors = errors,
            Waited = TimeSpan.FromSeconds(1),
        };

    internal static PathTrace Trace(string protocol, int port, bool isReached, params IPAddress?[] nodes) => new(
        Server,
        protocol,
        port,
        [
            .. nodes.Select((node, i) =>
                new Hop(i + 1, node, node is null ? null : TimeSpan.FromMilliseconds(0.2)) { Answered = node is null ? 0 : 1 }),
        ],
        isReached)
    {
        Purpose = port == Port || protocol is "icmp" ? "target" : "control",
    };

    internal static ConnectSeries Series(int retransmitted, int attempts = 20) =>
        new(Server, Port, attempts, attempts, retransmitted, Refused: 0);

    internal static SegmentSizeTrial Trial(int size, ExchangeStage stage) =>
        new(Server, Port, size, stage, TimeSpan.FromSeconds(2.2)) { AllAcknowledged = true };

    internal static SizedPacketSeries Sizes(IPAddress? gateway, params SizeTrial[] trials) =>
        new(gateway ?? Server, "icmp", trials) { Purpose = gateway is null ? "target" : "gateway" };

    internal static TcpInfoSample Account(long retransmits = 0, int receiveMss = 536, long received = 500) =>
        new(Server, Port, "end", TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1))
        {
            TotalRetransmits = retransmits,
            DataSegmentsOut = 10,
            SendMss = 1448,
            ReceiveMss = receiveMss,
            OctetsReceived = received,
        };

    /// <summary>The one finding of a rule; it must be likely.</summary>
    internal static Finding Likely<TRule>(params Observation[] seen)
        where TRule : IRule, new()
    {
        Finding finding = Assert.Single(Judge<TRule>(seen));
        Assert.True(finding.Confidence >= 0.8, $"{finding.Summary} {finding.Confidence}");
        return finding;
    }

    /// <summary>A rule must find nothing that would be reported.</summary>
    internal static void Nothing<TRule>(params Observation[] seen)
        where TRule : IRule, new() =>
        Assert.DoesNotContain(Judge<TRule>(seen), finding => finding.Confidence >= Diagnosis.LeastConfidence);

    internal static Finding[] Judge<TRule>(params Observation[] seen)
        where TRule : IRule, new()
    {
        Observation[] whole = seen.Any(observation => observation is InvestigationStarted) ? seen : [Started(), .. seen];
        return [.. new TRule().Evaluate(new EvidenceSet(whole))];
    }
}
