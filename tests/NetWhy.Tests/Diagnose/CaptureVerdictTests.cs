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
    [InlineData("latency3.pcapng", "sender-application-limited")]
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
    [InlineData("activeosfingerprinting.pcapng")]
    public void A_capture_without_a_fault_has_no_finding(string name) => Assert.Empty(Judge(name).Findings.Select(found => found.Finding.Cause));

    // Made by Captures/make, whose README says of each what was done.
    [Theory]
    [InlineData("answers_lost.r", "return-route-missing")]
    [InlineData("black_hole.c", "path-mtu-black-hole")]
    [InlineData("black_hole_tls.c", "path-mtu-black-hole")]
    [InlineData("mtu_mismatch.s", "mtu-mismatch")]
    [InlineData("reset_by_box.c", "connection-reset-by-middlebox")]
    [InlineData("reset_by_server_later.r", "connection-reset")]
    [InlineData("rejected_by_reset.c", "port-rejected")]
    [InlineData("flood_of_few.c", "syn-flood")]
    [InlineData("idle_then_reset.c", "idle-connection-dropped")]
    [InlineData("idle_often_then_gone.c", "half-open-connection")]
    [InlineData("tls_early.c", "tls-certificate-not-yet-valid")]
    [InlineData("tls_plain.c", "tls-plaintext-service")]
    [InlineData("tls_stall.c", "tls-handshake-stall")]
    [InlineData("http_slow_network.c", "high-latency")]
    [InlineData("http_slow_both.r", "http-slow-server")]
    [InlineData("http_slow_client.c", "sender-application-limited")]
    [InlineData("http_truncated.c", "http-truncated-body")]
    [InlineData("http_stalled.s", "http-stalled-body")]
    [InlineData("scale_stripped.c", "tcp-option-stripped")]
    [InlineData("timeouts.s", "packet-loss")]
    [InlineData("names_truncated.c", "dns-truncated-no-tcp")]
    public void A_fault_that_was_made_is_the_verdict(string name, string cause)
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made(name));

        Assert.Contains(cause, diagnosis.Findings.Select(found => found.Finding.Cause));
        Assert.True(diagnosis.Findings[0].Finding.Cause == cause || diagnosis.Findings[0].Finding.Cause == "high-latency", diagnosis.Findings[0].Finding.Summary);
    }

    [Theory]
    [InlineData("ok_long_poll.c")]
    [InlineData("ok_events.c")]
    [InlineData("ok_scan_small.c")]
    [InlineData("ok_captured_twice.r")]
    [InlineData("ok_shell.c")]
    [InlineData("ok_names.c")]
    public void What_only_looks_like_a_fault_is_none(string name) => Assert.Empty(JudgeFile(Made(name)).Findings.Select(found => found.Finding.Cause));

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

    private static string Made(string name) => Path.Combine(AppContext.BaseDirectory, "Diagnose", "Captures", name + ".pcap");

    private static CaptureDiagnosis Judge(string name) => JudgeFile(CaptureLibrary.At(Path.Combine("chrissanders-packets", name)));

    private static CaptureDiagnosis JudgeFile(string path)
    {
        CaptureAnalysis analysis = CaptureAnalyzer.OfFile(path, new CaptureAnalyzerOptions(), TestContext.Current.CancellationToken);
        return CaptureDiagnosis.Of(analysis.Capture, analysis.Conversations, [.. analysis.NameServers, .. analysis.Refusals, .. analysis.Neighbours], RuleCatalog.All);
    }
}
