using NetWhy.Analysis.Flows;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>Captures of others whose trouble is known, and such as have none.</summary>
/// <remarks>What is wrong in them their names and descriptions tell (Chris Sanders, "Practical Packet Analysis"); healthy ones are kept from false alarms.</remarks>
public sealed class CaptureVerdictTests
{
    [Theory]
    [InlineData("nowebaccess1.pcapng", "dns-resolver-unreachable")]
    [InlineData("nowebaccess2.pcapng", "port-closed")]
    [InlineData("nowebaccess3.pcapng", "port-filtered")]
    [InlineData("tcp_refuseconnection.pcapng", "port-closed")]
    [InlineData("tcp_retransmissions.pcapng", "half-open-connection")]
    [InlineData("tcp_zerowindowdead.pcapng", "receive-window-full")]
    [InlineData("stranded_clientside.pcapng", "dns-server-failure")]
    [InlineData("dns_query_nonexistent.pcapng", "dns-name-not-found")]
    public void A_capture_with_a_known_fault_has_its_cause_as_the_verdict(string name, string cause)
    {
        CaptureDiagnosis diagnosis = Judge(name);

        Assert.NotEmpty(diagnosis.Findings);
        Assert.Equal(cause, diagnosis.Findings[0].Finding.Cause);
        Assert.NotEmpty(diagnosis.Findings[0].Finding.Packets);
    }

    [Theory]
    [InlineData("arp_resolution.pcapng")]
    [InlineData("dns_query_response.pcapng")]
    [InlineData("dns_axfr.pcapng")]
    [InlineData("http_ip4and6.pcapng")]
    [InlineData("icmp_traceroute.pcapng")]
    [InlineData("latency1.pcapng")]
    [InlineData("mail_sender_client_1.pcapng")]
    [InlineData("tcp_ports.pcapng")]
    [InlineData("tcp_teardown.pcapng")]
    [InlineData("synscan.pcapng")]
    public void A_capture_without_a_fault_has_no_finding(string name) => Assert.Empty(Judge(name).Findings.Select(found => found.Finding.Cause));

    // A flood of SYNs of few hosts looks like this, and so does a capture of one direction.
    [Theory]
    [InlineData(30_000, 30_000, Status.Inconclusive)]
    [InlineData(30_000, 29_999, Status.Healthy)]
    [InlineData(0, 0, Status.Healthy)]
    public void Conversations_of_one_side_alone_are_not_called_healthy(long conversations, long oneSided, Status expected)
    {
        var capture = new CaptureRead("made.pcap", 30_000, 30_000 * 40) { TcpConversations = conversations, OneSidedConversations = oneSided, Protocols = [new CapturedProtocol("tcp", 30_000, 30_000 * 40)] };

        Assert.Equal(expected, CaptureDiagnosis.Of(capture, [], [], RuleCatalog.All).Status);
    }

    private static CaptureDiagnosis Judge(string name)
    {
        string path = CaptureLibrary.At(Path.Combine("chrissanders-packets", name));
        CaptureAnalysis analysis = CaptureAnalyzer.OfFile(path, new CaptureAnalyzerOptions(), TestContext.Current.CancellationToken);
        return CaptureDiagnosis.Of(analysis.Capture, analysis.Conversations, [.. analysis.NameServers, .. analysis.Refusals, .. analysis.Neighbours], RuleCatalog.All);
    }
}
