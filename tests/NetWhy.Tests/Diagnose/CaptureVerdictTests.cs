using System.Net;
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
    [InlineData("small_send_buffer.s", "send-buffer-limited")]
    [InlineData("lost_in_router.r", "packet-loss")]
    [InlineData("names_truncated.c", "dns-truncated-no-tcp")]
    [InlineData("loss_both_ways.w", "packet-loss")]
    [InlineData("reset_from_far.w", "connection-reset-by-middlebox")]
    [InlineData("peer_gone_large.w", "half-open-connection")]
    [InlineData("large_vanish.w", "path-mtu-black-hole")]
    [InlineData("repaired.w", "packet-loss")]
    [InlineData("repaired_one_side.w", "packet-loss")]
    [InlineData("idle_in_all.w", "half-open-connection")]
    [InlineData("reset_alone.w", "connection-reset")]
    [InlineData("dead_host.w", "port-filtered")]
    [InlineData("answer_late.w", "packet-loss")]
    [InlineData("two_answer.w", "duplicate-address")]
    [InlineData("slow_among_missing.w", "http-slow-server")]
    [InlineData("datagrams_refused.w", "port-closed")]
    [InlineData("large_vanish_two_places.w", "path-mtu-black-hole")]
    [InlineData("nothing_large.w", "path-mtu-black-hole")]
    [InlineData("answer_lost.w", "packet-loss")]
    [InlineData("request_lost.w", "packet-loss")]
    [InlineData("outage.w", "packet-loss")]
    [InlineData("queue_full.w", "accept-queue-full")]
    [InlineData("queue_full_ended.w", "accept-queue-full")]
    [InlineData("probed.w", "path-mtu-black-hole")]
    [InlineData("probed_after_outage.w", "packet-loss")]
    [InlineData("damaged_not_again.w", "packet-loss")]
    [InlineData("status_cut_reset.w", "connection-reset")]
    [InlineData("damaged.w", "packet-corruption")]
    [InlineData("damaged_by_card.w", "packet-loss")]
    [InlineData("status_cut.w", "http-unavailable")]
    [InlineData("taken_before.w", "port-filtered")]
    [InlineData("queue_before.w", "bufferbloat")]
    [InlineData("expects.w", "sender-application-limited")]
    [InlineData("expects_continued.w", "sender-application-limited")]
    [InlineData("names_halved.w", "dns-aaaa-dropped")]
    [InlineData("greets_late.w", "sender-application-limited")]
    [InlineData("answers_late.w", "sender-application-limited")]
    [InlineData("never_answered.w", "service-hung")]
    [InlineData("one_way_syns.w", "port-filtered")]
    [InlineData("unheard_syns.w", "port-filtered")]
    [InlineData("one_way_error.w", "host-unreachable")]
    [InlineData("one_way_failure.w", "http-bad-gateway")]
    [InlineData("reset_from_gateway.w", "port-rejected")]
    [InlineData("tls_slow.c", "sender-application-limited")]
    [InlineData("small_window.c", "receive-window-limited")]
    [InlineData("names_silent.w", "dns-resolver-unreachable")]
    [InlineData("tunnel_vxlan_linux.w", "packet-loss")]
    [InlineData("tunnel_vxlan_extended.w", "packet-loss")]
    [InlineData("tunnel_geneve.w", "packet-loss")]
    [InlineData("tunnel_gtp.w", "packet-loss")]
    [InlineData("tunnel_mpls_datagram.w", "packet-loss")]
    [InlineData("tunnel_pseudowire.w", "packet-loss")]
    [InlineData("tunnel_erspan.w", "packet-loss")]
    [InlineData("tunnel_erspan_timed.w", "packet-loss")]
    [InlineData("tunnel_gre.w", "packet-loss")]
    [InlineData("tunnel_fragmented.w", "packet-loss")]
    [InlineData("names_asked_anew.c", "dns-resolver-unreachable")]
    [InlineData("names_dropped_doubled.c", "dns-resolver-unreachable")]
    [InlineData("names_half_lost.c", "dns-slow")]
    [InlineData("names_outage.w", "dns-slow")]
    [InlineData("names_lost.w", "dns-slow")]
    [InlineData("names_slow_at_end.w", "dns-slow")]
    [InlineData("names_retried_at_end.w", "dns-resolver-unreachable")]
    [InlineData("forgotten.c", "connection-reset")]
    [InlineData("upload_reset.w", "connection-reset")]
    [InlineData("reset_overtakes.w", "connection-reset")]
    [InlineData("reset_by_other_server.w", "connection-reset")]
    [InlineData("reset_after_repeat.w", "connection-reset")]
    [InlineData("own_address_closed.s", "port-closed")]
    [InlineData("own_address_reset.s", "connection-reset")]
    [InlineData("lost_behind_without_opening.w", "packet-loss")]
    [InlineData("overtaken_late.s", "packet-reordering")]
    [InlineData("reset_by_box_far.c", "connection-reset-by-middlebox")]
    [InlineData("reset_by_box_near.c", "connection-reset-by-middlebox")]
    [InlineData("reset_by_box_at_once.c", "connection-reset-by-middlebox")]
    [InlineData("reset_by_box_of_client.s", "connection-reset-by-middlebox")]
    [InlineData("reset_by_box_doubled.c", "connection-reset-by-middlebox")]
    [InlineData("http_closed.c", "http-malformed-response")]
    [InlineData("http_on_tls.c", "http-on-tls-port")]
    [InlineData("http_on_tls_closed.c", "http-on-tls-port")]
    [InlineData("http_stalled_early.c", "http-stalled-body")]
    [InlineData("http_stalled_and_came.c", "sender-application-limited")]
    [InlineData("http_redirected.c", "http-redirect-loop")]
    [InlineData("tls_wants_certificate.c", "tls-client-certificate-required")]
    [InlineData("queue_slow_link.c", "bufferbloat")]
    [InlineData("reads_slowly.c", "receive-window-full")]
    [InlineData("mtu_mismatch_doubled.c", "mtu-mismatch")]
    [InlineData("plain_refused.w", "http-on-tls-port")]
    [InlineData("idle_end_crosses.w", "http-keepalive-race")]
    [InlineData("redirected_cookie.w", "http-redirect-loop")]
    [InlineData("window_opens.w", "receive-window-limited")]
    [InlineData("receiver_resets.w", "connection-reset")]
    [InlineData("answer_lost_end.c", "packet-loss")]
    [InlineData("answer_lost_kept.c", "packet-loss")]
    [InlineData("answer_lost_tls.c", "packet-loss")]
    [InlineData("answer_lost_database.c", "packet-loss")]
    [InlineData("continue_lost.c", "packet-loss")]
    [InlineData("answer_held.c", "high-latency")]
    [InlineData("answer_held.s", "high-latency")]
    [InlineData("request_held.c", "high-latency")]
    [InlineData("request_held.s", "high-latency")]
    [InlineData("stands_still.c", "high-latency")]
    [InlineData("stands_still.s", "high-latency")]
    [InlineData("greeting_lost.c", "sender-application-limited")]
    [InlineData("greets_late.s", "sender-application-limited")]
    [InlineData("window_update_lost.c", "receive-window-full")]
    [InlineData("request_unfinished.c", "http-client-error")]
    [InlineData("outage_behind.c", "packet-loss")]
    [InlineData("sent_along.w", "packet-loss")]
    [InlineData("reads_slowly_near.c", "receive-window-full")]
    [InlineData("small_window_near.c", "receive-window-limited")]
    [InlineData("http_slow.c", "http-slow-server")]
    [InlineData("server_asleep.w", "http-slow-server")]
    [InlineData("syn_acks_wrong.c", "connection-reset")]
    [InlineData("syn_acks_rejected.c", "local-firewall-reject")]
    [InlineData("syn_acks_dropped.c", "return-route-missing")]
    [InlineData("names_first_dead.c", "dns-first-resolver-dead")]
    [InlineData("names_format_error.c", "dns-edns-broken")]
    [InlineData("names_answered_twice.c", "dns-spoofed-answer")]
    [InlineData("names_aaaa_dropped.c", "dns-aaaa-dropped")]
    [InlineData("names_cut_off.c", "dns-malformed-answer")]
    [InlineData("names_tcp_refused.c", "dns-truncated-no-tcp")]
    [InlineData("keep_alives_unheard.c", "half-open-connection")]
    [InlineData("tls12_wants_certificate.c", "tls-client-certificate-required")]
    [InlineData("tls_hello_lost.c", "tls-client-hello-lost")]
    [InlineData("tls_hello_half.s", "tls-client-hello-lost")]
    [InlineData("idle_end_crossed.s", "http-keepalive-race")]
    [InlineData("chunks_broken.c", "http-malformed-response")]
    [InlineData("request_half.c", "sender-application-limited")]
    [InlineData("unavailable_partly.c", "http-unavailable")]
    [InlineData("proxy_waits.any", "http-slow-server")]
    [InlineData("openings_late.c", "connection-rate-limited")]
    [InlineData("window_unscaled.s", "receive-window-limited")]
    [InlineData("black_hole_v6.s", "mtu-mismatch")]
    [InlineData("lost_sack_cut.c", "packet-loss")]
    [InlineData("end_lost.s", "packet-loss")]
    [InlineData("reset_at_client_only.s", "connection-reset")]
    [InlineData("port_dead.c", "ecmp-path-broken")]
    [InlineData("port_limited_meanwhile.w", "accept-queue-full")]
    [InlineData("reset_both_ends.w", "connection-reset-by-middlebox")]
    [InlineData("late_beside_slow.w", "http-slow-server")]
    [InlineData("first_lost_by_chance.w", "packet-loss")]
    [InlineData("gateway_beside_closed.w", "http-gateway-timeout")]
    [InlineData("head_cut.w", "http-malformed-response")]
    [InlineData("names_in_pieces.c", "fragments-dropped")]
    [InlineData("request_given_up.c", "service-hung")]
    [InlineData("kept_here.any", "half-open-connection")]
    [InlineData("lost_in_translation.w", "packet-loss")]
    [InlineData("lost_behind_translation.w", "packet-loss")]
    [InlineData("queue_overflows.s", "accept-queue-full")]
    [InlineData("queue_overflows_reset.s", "accept-queue-full")]
    [InlineData("used_after_end.c", "http-keepalive-race")]
    [InlineData("turned_away.c", "connection-reset")]
    [InlineData("starts_again.c", "port-closed")]
    [InlineData("refused_on_way.c", "port-rejected")]
    [InlineData("refused_one_of.c", "port-closed")]
    [InlineData("syn_ack_lost_before.c", "packet-loss")]
    [InlineData("first_late_failed.w", "http-server-error")]
    [InlineData("reset_before_open.w", "connection-reset-by-middlebox")]
    [InlineData("proxy_opens_late.any", "packet-loss")]
    public void A_fault_that_was_made_is_the_verdict(string name, string cause)
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made(name));

        Assert.Contains(cause, diagnosis.Findings.Select(found => found.Finding.Cause));
        Assert.True(diagnosis.Findings[0].Finding.Cause == cause || diagnosis.Findings[0].Finding.Cause == "high-latency", diagnosis.Findings[0].Finding.Summary);
    }

    [Theory]
    [InlineData("ok_long_poll.c")]
    [InlineData("ok_late_originals.c")]
    [InlineData("ok_request_reset.w")]
    [InlineData("ok_tunnel_joined.any")]
    [InlineData("ok_stream_untyped.c")]
    [InlineData("ok_status_cut.w")]
    [InlineData("ok_status_cut_lost.w")]
    [InlineData("ok_status_cut_together.w")]
    [InlineData("ok_status_cut_interim.w")]
    [InlineData("ok_status_cut_poll.w")]
    [InlineData("ok_events.c")]
    [InlineData("ok_scan_small.c")]
    [InlineData("ok_captured_twice.r")]
    [InlineData("ok_cut_by_router.r")]
    [InlineData("ok_forwarded_together.w")]
    [InlineData("ok_shell.c")]
    [InlineData("ok_names.c")]
    [InlineData("ok_equal_paths.w")]
    [InlineData("ok_hello_late.w")]
    [InlineData("ok_soft_error.w")]
    [InlineData("ok_no_scale.w")]
    [InlineData("ok_put_together.w")]
    [InlineData("ok_options_cut.w")]
    [InlineData("ok_names_asked_by_two.w")]
    [InlineData("ok_reset_after_close.w")]
    [InlineData("ok_ports_again.w")]
    [InlineData("ok_ended_by_reset.c")]
    [InlineData("ok_routed_doubled.s")]
    [InlineData("ok_closed_between.w")]
    [InlineData("ok_bad_request.w")]
    [InlineData("ok_stopped.w")]
    [InlineData("ok_redirected_again.w")]
    [InlineData("ok_refusal_forwarded.w")]
    [InlineData("ok_refusal_among.w")]
    [InlineData("ok_field_refused.w")]
    [InlineData("ok_redirected_hosts.w")]
    [InlineData("ok_redirected_minutely.w")]
    [InlineData("ok_acknowledged_late.w")]
    [InlineData("overtaken_cut.c")]
    [InlineData("ok_capture_lost.w")]
    [InlineData("ok_websocket.w")]
    [InlineData("ok_failover.w")]
    [InlineData("ok_names_in_cases.w")]
    [InlineData("ok_names_one_lost.w")]
    [InlineData("ok_names_broken.w")]
    [InlineData("ok_doubled.w")]
    [InlineData("ok_overtaken.w")]
    [InlineData("overtaken_far.w")]
    [InlineData("ok_counts_more.w")]
    [InlineData("ok_arrives_late.w")]
    [InlineData("ok_news.w")]
    [InlineData("ok_disordered.w")]
    [InlineData("ok_clocks_apart.w")]
    [InlineData("ok_tunnel_port.w")]
    [InlineData("ok_tls_long_poll.c")]
    [InlineData("ok_tls_pings.c")]
    [InlineData("ok_long_poll_cut.c")]
    [InlineData("ok_names_shuffled.c")]
    [InlineData("ok_windows_unknown.s")]
    [InlineData("ok_request_missing.w")]
    [InlineData("ok_mtu_heeded.s")]
    [InlineData("ok_half_opened.c")]
    [InlineData("ok_closed_early.c")]
    [InlineData("ok_closed_early.s")]
    [InlineData("used_after_end_database.c")]
    [InlineData("all_wait.c")]
    [InlineData("ok_first_late.w")]
    [InlineData("ok_end_overtakes.s")]
    public void What_only_looks_like_a_fault_is_none(string name) => Assert.Empty(JudgeFile(Made(name)).Findings.Select(found => found.Finding.Cause));

    // What is not in the capture is not known: that it did not happen is no answer to that.
    [Theory]
    [InlineData("one_side_opened.w")]
    [InlineData("syns_alone.w")]
    [InlineData("names_asked.w")]
    [InlineData("names_answers.w")]
    [InlineData("one_way_names.w")]
    [InlineData("one_way_vanish.w")]
    [InlineData("one_way_overtaken.w")]
    [InlineData("calls_unanswered.c")]
    [InlineData("headers_cut.w")]
    [InlineData("tunnel_cut.w")]
    [InlineData("tunnel_sealed.w")]
    [InlineData("clock_back.w")]
    [InlineData("neighbour_asked_for.c")]
    public void What_a_capture_does_not_show_is_not_told(string name)
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made(name));

        Assert.Empty(diagnosis.Findings.Select(found => found.Finding.Cause));
        Assert.Equal(Status.Inconclusive, diagnosis.Status);
        Assert.NotNull(diagnosis.Doubt);
    }

    // What the time was lost with is told as one thing, not also as something else.
    [Theory]
    [InlineData("answer_lost.w")]
    [InlineData("request_lost.w")]
    [InlineData("outage.w")]
    [InlineData("queue_full.w")]
    [InlineData("answer_lost_end.c")]
    [InlineData("answer_lost_kept.c")]
    [InlineData("answer_lost_tls.c")]
    [InlineData("answer_lost_database.c")]
    [InlineData("continue_lost.c")]
    [InlineData("answer_held.c")]
    [InlineData("answer_held.s")]
    [InlineData("request_held.c")]
    [InlineData("request_held.s")]
    [InlineData("stands_still.c")]
    [InlineData("stands_still.s")]
    [InlineData("window_update_lost.c")]
    [InlineData("outage_behind.c")]
    public void A_loss_is_not_also_a_program_that_is_slow_or_a_port_that_is_filtered(string name)
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made(name));

        Assert.Single(diagnosis.Findings);
        Assert.Empty(diagnosis.Notes);
    }

    // The timestamp of the answer and its sender's count tell that it was sent as late as it came (http_slow.c); a capture at the
    // server shows it; of a greeting, the first of its packets that is counted, nothing tells whether it had been lost before.
    [Theory]
    [InlineData("http_slow.c", true)]
    [InlineData("greets_late.s", true)]
    [InlineData("greeting_lost.c", false)]
    [InlineData("greets_late.w", false)]
    [InlineData("slow_among_missing.w", false)]
    [InlineData("server_asleep.w", false)]
    public void The_network_is_cleared_only_where_it_shows_when_the_answer_was_sent(string name, bool isCleared)
    {
        Finding found = JudgeFile(Made(name)).Findings[0].Finding;

        Assert.Equal(isCleared, found.Summary.Contains("the network is not what is slow", StringComparison.Ordinal));
        Assert.Equal(!isCleared, found.Next.Any(next => next.Contains("Capture at", StringComparison.Ordinal)));
    }

    // Packet 16 has sequence number 756 where 605 is missing, which comes as packet 17, 1.641 s later; the client's request was sent
    // again after 227 ms, which is not the time that its program took.
    [Fact]
    public void What_a_later_packet_tells_of_is_known_to_have_been_sent()
    {
        CapturedConversation flow = JudgeFile(Made("answer_lost_kept.c")).Flows.Single();
        CapturedWait wait = Assert.Single(flow.FromServer.Waits);
        CapturedRequest request = flow.Http!.Worst.Single(one => one.ResponsePacket == 17);

        Assert.Equal((17, 16), (wait.Packet, wait.AnnouncedBy));
        Assert.Equal(1641, wait.SentBefore!.Value.TotalMilliseconds, 1.0);
        Assert.Equal(TimeSpan.Zero, request.RequestTime);
        Assert.InRange(request.ResponseTime!.Value - request.NetworkTime!.Value, TimeSpan.Zero, TimeSpan.FromMilliseconds(5));
    }

    // Timestamps of 1 ms: the answer's is one later than that of the packet 2.001 s before it.
    [Theory]
    [InlineData("answer_held.c", false, 6, 2000)]
    [InlineData("request_held.s", true, 4, 2002)]
    [InlineData("stands_still.c", false, 368, 701)]
    public void How_long_the_way_held_a_packet_its_timestamp_tells(string name, bool isFromClient, long packet, double milliseconds)
    {
        CapturedConversation flow = JudgeFile(Made(name)).Flows.Single();
        CapturedWait wait = (isFromClient ? flow.FromClient : flow.FromServer).Waits.Single(one => one.HeldFor > TimeSpan.FromMilliseconds(100));

        Assert.Equal(milliseconds, wait.HeldFor!.Value.TotalMilliseconds, 3.0);
        Assert.Equal(packet, wait.Packet);
    }

    // The acknowledgment echoes the timestamp of the first of five copies of the request.
    [Fact]
    public void What_was_sent_again_while_the_way_stood_still_was_not_lost()
    {
        CapturedDirection sent = JudgeFile(Made("request_held.c")).Flows.Single().FromClient;

        Assert.Equal((4, 4, 0), (sent.Repeats.Total, sent.AcknowledgedTooSoon, sent.LostDownstream));
        Assert.Equal(TimeSpan.Zero, sent.LossLimited);
        Assert.Equal(4, sent.Stalls!.Repeats);
    }

    // In each of five rounds two segments are lost, and a third one is sent again behind the second.
    [Fact]
    public void What_is_sent_again_along_with_a_lost_segment_is_not_counted_as_lost()
    {
        CapturedDirection sent = JudgeFile(Made("sent_along.w")).Flows.Single().FromServer;

        Assert.Equal((15, 10, 5), (sent.Repeats.Total, sent.LostDownstream, sent.ResentAlong));
    }

    // Identifications go on from d638 to d655 in it, and 24 segments are missing behind it.
    [Fact]
    public void A_silence_in_which_as_many_packets_were_sent_as_are_missing_is_an_outage()
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made("outage_behind.c"));
        CapturedSkip skip = Assert.Single(diagnosis.Flows.Single().FromServer.Skips);

        Assert.Equal(28, skip.Count);
        Assert.Contains("for 3.54 s nothing came through", diagnosis.Findings.Single().Finding.Summary, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.Zero, diagnosis.Flows.Single().FromServer.ApplicationWaits);
    }

    [Fact]
    public void Windows_whose_scale_is_not_known_are_told_of() =>
        Assert.Contains(JudgeFile(Made("ok_windows_unknown.s")).NotObserved, gap => gap.What == "the size of windows");

    [Theory]
    [InlineData("expects.w", Where.Unknown)]
    [InlineData("expects_continued.w", Where.Remote)]
    public void Who_holds_a_body_back_that_may_not_come_yet_is_told(string name, Where where)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Equal(where, found.Where);
        Assert.Contains("Expect: 100-continue", found.Summary, StringComparison.Ordinal);
    }

    // A resolver takes a new port and a new id for each try; a mirror port shows each try twice.
    [Theory]
    [InlineData("names_asked_anew.c", "asked for 7 times", 1)]
    [InlineData("names_dropped_doubled.c", "asked for 2 times", 1)]
    public void Tries_are_counted_whatever_port_they_come_from_and_copies_are_not(string name, string times, int packets)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Contains(times, found.Summary, StringComparison.Ordinal);
        Assert.Equal(packets, found.Packets.Length);
    }

    // Of six names three are never answered: their queries are packets 1, 4 and 7.
    [Fact]
    public void Queries_without_an_answer_are_the_proof_where_others_are_answered()
    {
        Finding found = JudgeFile(Made("names_half_lost.c")).Findings.Single().Finding;

        Assert.Contains("50 %", found.Summary, StringComparison.Ordinal);
        Assert.Equal([1, 4, 7], found.Packets);
    }

    // A program that asks each second, or goes on asking for minutes, does not wait for a late answer: each answer tells which try it is for.
    [Theory]
    [InlineData("names_lost.w", "leaves 25 %", "10 of 40 queries had no answer")]
    [InlineData("names_outage.w", "leaves 36 %", "12 of 33 queries had no answer")]
    public void What_is_asked_again_and_again_is_not_one_query_that_is_answered_late(string name, string summary, string reason)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Contains(summary, found.Summary, StringComparison.Ordinal);
        Assert.Contains(found.Reasons, one => one.Reading.Contains(reason, StringComparison.Ordinal));
    }

    // The answer to a later try tells by its time which of both it was.
    [Theory]
    [InlineData("names_try_lost.w", "only when it was asked again, after 5.01 s: the first query or its answer was lost, or the server gave it up")]
    [InlineData("names_late.w", "answers late: up to 5.4 s")]
    public void A_lost_try_is_told_from_a_late_answer(string name, string says)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Equal("dns-slow", found.Cause);
        Assert.Contains(says, found.Summary, StringComparison.Ordinal);
    }

    // What the capture's end leaves open is a guess: an answer may take five seconds.
    [Theory]
    [InlineData("names_slow_at_end.w", "had not answered 9.7 % of the queries when the capture ended")]
    [InlineData("names_half_lost.c", "had not answered 50 % of the queries when the capture ended")]
    [InlineData("names_retried_at_end.w", "has not answered yet")]
    public void Queries_just_before_the_end_are_not_surely_unanswered(string name, string says)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Contains(says, found.Summary, StringComparison.Ordinal);
        Assert.InRange(found.Confidence, 0.3, 0.5);
        Assert.Equal(Severity.Warning, found.Severity);
    }

    // The server's connection was destroyed (ss -K), which its client learns when it asks again.
    [Fact]
    public void A_server_that_has_forgotten_the_connection_is_told_from_one_that_ends_it()
    {
        Finding found = JudgeFile(Made("forgotten.c")).Findings.Single().Finding;

        Assert.Contains("does not know the connection any more", found.Summary, StringComparison.Ordinal);
        Assert.Equal([15], found.Packets);
    }

    // iperf3's server closes what it has not read when the time is over.
    [Fact]
    public void A_transfer_that_its_receiver_ends_is_noted() =>
        Assert.Contains(JudgeFile(Made("ok_ended_by_reset.c")).Notes, note => note.Finding.Cause == "connection-reset");

    // Their IP identifications tell that 14 came late; nothing was dropped. The sender repeated 13 in vain.
    [Fact]
    public void What_comes_later_than_a_round_trip_is_not_lost_where_its_sender_counts()
    {
        Finding found = JudgeFile(Made("overtaken_late.s")).Findings.Single().Finding;

        Assert.StartsWith("14 segments", found.Reasons[0].Reading, StringComparison.Ordinal);
        Assert.StartsWith("13 segments", found.Reasons[1].Reading, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reset_by_box_far.c", 5, "10.77.0.2")]
    [InlineData("reset_by_box_at_once.c", 5, "10.77.0.2")]
    [InlineData("reset_by_box_of_client.s", 3, "10.77.0.1")]
    public void The_forged_reset_is_the_proof_and_not_the_one_that_answers_what_came_after(string name, long packet, string claimed)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Equal([packet], found.Packets);
        Assert.Contains($"in the name of {claimed}", found.Summary, StringComparison.Ordinal);
    }

    // nginx says it; openssl s_server only closes, so that the port is all that tells.
    [Fact]
    public void That_a_server_wants_TLS_is_surer_where_it_says_so()
    {
        Finding said = JudgeFile(Made("http_on_tls.c")).Findings.Single().Finding, inferred = JudgeFile(Made("http_on_tls_closed.c")).Findings.Single().Finding;

        Assert.Contains("The plain HTTP request was sent to HTTPS port", said.Reasons[0].Reading, StringComparison.Ordinal);
        Assert.True(inferred.Confidence < said.Confidence, inferred.Summary);
    }

    // Elsewhere than on port 443 it may be a proxy's backend that says it; a cookie that is not given back is the client's doing.
    [Theory]
    [InlineData("plain_refused.w", "http_on_tls.c")]
    [InlineData("redirected_cookie.w", "http_redirected.c")]
    public void What_may_be_somebody_elses_doing_is_less_sure(string name, string surer) =>
        Assert.True(JudgeFile(Made(name)).Findings.Single().Finding.Confidence < JudgeFile(Made(surer)).Findings.Single().Finding.Confidence);

    // Of 110 lines 20 are not acknowledged: 20 * 1013 octets.
    [Fact]
    public void Who_resets_what_it_receives_before_it_has_all_is_no_mere_note()
    {
        Finding found = JudgeFile(Made("receiver_resets.w")).Findings.Single().Finding;

        Assert.Equal(Severity.Warning, found.Severity);
        Assert.Contains("19.8 KiB are not acknowledged", found.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_that_only_opens_does_not_shrink()
    {
        Finding found = JudgeFile(Made("window_opens.w")).Findings.Single().Finding;

        Assert.Contains("from 64 KiB to 512 KiB", found.Summary, StringComparison.Ordinal);
    }

    // It read 3000 octets at a time, 300,000 in a second.
    [Fact]
    public void A_program_that_reads_slowly_is_not_told_as_a_window_that_is_too_small()
    {
        Finding found = JudgeFile(Made("reads_slowly.c")).Findings.Single().Finding;

        Assert.Contains("does not read fast enough", found.Summary, StringComparison.Ordinal);
        Assert.NotEmpty(found.Packets);
    }

    // Taken with -i any on the router whose own rules reject: REJECT with a RST on ports 8888 and, for a path, 80; with ICMP on 8889.
    [Fact]
    public void What_the_machine_of_the_capture_rejects_is_its_own_doing()
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made("rejected_here.r"));

        Assert.DoesNotContain(diagnosis.Findings, found => found.Finding.Cause == "port-closed");
        Assert.Contains(diagnosis.Findings, found => found.Finding is { Cause: "port-rejected", Where: Where.Local });
        Assert.Contains(diagnosis.Findings, found => found.Finding is { Cause: "connection-reset-by-middlebox", Where: Where.Local });
    }

    // In each of two turns 120 of 240 segments come behind the other 120.
    [Fact]
    public void However_many_are_overtaken_none_of_them_is_lost()
    {
        CaptureFinding note = JudgeFile(Made("overtaken_far.w")).Notes.Single();

        Assert.Equal("packet-reordering", note.Finding.Cause);
        Assert.Contains("240 segments", note.Finding.Reasons[0].Reading, StringComparison.Ordinal);
    }

    // 60,237 octets, of which 1460 at most were agreed on for a segment: 41 segments, and 9 that were sent again.
    [Fact]
    public void The_share_of_loss_is_one_of_packets_on_the_way() =>
        Assert.Contains("18 % sent again", JudgeFile(Made("lost_in_router.r")).Findings.Single().Finding.Summary, StringComparison.Ordinal);

    // The router's own rules drop what came in; behind the translation the third one loses packets elsewhere.
    [Theory]
    [InlineData("lost_in_router.r", Where.Local)]
    [InlineData("lost_in_translation.w", Where.Local)]
    [InlineData("lost_behind_translation.w", Where.Path)]
    [InlineData("kept_here.any", Where.Local)]
    public void What_comes_into_the_machine_of_the_capture_and_does_not_leave_it_is_lost_there(string name, Where where)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Equal(where, found.Where);
        Assert.Equal(where == Where.Local, found.Remedies.All(remedy => remedy.On == "the machine of this capture"));
    }

    // The queue takes four; the program serves one in 24 ms.
    [Theory]
    [InlineData("queue_overflows.s", Severity.Warning)]
    [InlineData("queue_overflows_reset.s", Severity.Critical)]
    public void What_a_full_queue_drops_is_not_called_loss_or_a_reset(string name, Severity severity)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Equal(severity, found.Severity);
        Assert.Equal(severity == Severity.Critical, found.Summary.Contains("It resets", StringComparison.Ordinal));
        Assert.InRange(found.Confidence, 0.7, 0.91);
    }

    // Loss does not choose: here ends are sent again, too.
    [Fact]
    public void Where_more_is_sent_again_than_what_comes_first_no_queue_is_full()
    {
        var capture = new CaptureRead("made.pcap", 1000, 100_000) { TcpConversations = 60 };
        CapturedDirection client = new() { Packets = 5, Octets = 100, UniqueOctets = 50, Syns = 1, FinPacket = 9, LargestWindow = 1000, RepeatedFirst = 1, Repeats = new CapturedRepeats(Timeout: 1), LostDownstream = 1, SendingTime = TimeSpan.FromSeconds(1) };
        CapturedDirection server = new() { Packets = 5, Octets = 100, UniqueOctets = 100, Syns = 1, FinPacket = 8 };
        IEnumerable<CapturedConversation> Made(int ends) => Enumerable.Range(0, 60).Select(number => new CapturedConversation(number, Client with { Port = 10000 + number }, new CapturedEnd(IPAddress.Parse("10.0.9.9"), 9999))
        {
            IsOpenerKnown = true,
            FromClient = number < 12 ? client : client with { RepeatedFirst = 0, Repeats = new CapturedRepeats(), FinRepeats = number < 12 + ends ? 1 : 0 },
            FromServer = server,
        });

        Assert.Equal("accept-queue-full", CaptureDiagnosis.Of(capture, Made(0), [], RuleCatalog.All).Findings.Single().Finding.Cause);
        Assert.Equal("packet-loss", CaptureDiagnosis.Of(capture, Made(5), [], RuleCatalog.All).Findings.Single().Finding.Cause);
    }

    // T: taken, R: refused; a letter a second. In the last one they are of two clients.
    [Theory]
    [InlineData("TTTTTRRRRRTTTTTRRRRRTTTTT", "port-closed", Severity.Warning, "in phases between which it takes them")]
    [InlineData("TTTTTRRRRR", "port-closed", Severity.Critical, "no longer takes connections to port 80: it took 5 other connections before")]
    [InlineData("RRRTT", "port-closed", Severity.Warning, "at first, and takes them since")]
    [InlineData("TRTTRTTTRTTRT", "port-closed", Severity.Critical, "refuses 4 of 13 connections and takes the others in between")]
    [InlineData("RRRRR", "port-closed", Severity.Critical, "nothing listens there")]
    [InlineData("trtrtrtrt", "port-rejected", Severity.Critical, "refuses all 4 connections of 10.0.0.2 and takes 5 of 10.0.0.1 in between")]
    public void When_a_port_refuses_and_when_it_does_not_tells_why(string openings, string cause, Severity severity, string says)
    {
        var server = new CapturedEnd(IPAddress.Parse("10.0.9.9"), 80);
        IEnumerable<CapturedConversation> all = openings.Select((letter, number) => new CapturedConversation(number, letter == 'r' ? new CapturedEnd(IPAddress.Parse("10.0.0.2"), 40000 + number) : Client with { Port = 40000 + number }, server)
        {
            IsOpenerKnown = true,
            FirstAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
            FirstPacket = number + 1,
            FromClient = new CapturedDirection { Packets = 3, Syns = 1, Octets = letter is 'R' or 'r' ? 0 : 9, UniqueOctets = letter is 'R' or 'r' ? 0 : 9, TimeToLive = 64, LargestWindow = 1000 },
            FromServer = letter is 'R' or 'r' ? new CapturedDirection { Packets = 1, TimeToLive = 60 } : new CapturedDirection { Packets = 3, Syns = 1, Octets = 9, UniqueOctets = 9, TimeToLive = 60 },
            Resets = letter is 'R' or 'r' ? [new CapturedReset(number + 1, IsFromClient: false, 60, TimeSpan.Zero) { RefusesOpening = true }] : [],
        });

        Finding found = CaptureDiagnosis.Of(new CaptureRead("made.pcap", 100, 10_000) { TcpConversations = openings.Length }, all, [], RuleCatalog.All).Findings.Single().Finding;

        Assert.Equal((cause, severity), (found.Cause, found.Severity));
        Assert.Contains(says, found.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("starts_again.c", "for 424 ms and takes them before and after")]
    [InlineData("refused_on_way.c", "takes 9 connections, and 4 others are refused in its name")]
    [InlineData("refused_one_of.c", "refuses 4 of 16 connections")]
    [InlineData("turned_away.c", "after 22 octets, before it has served anything")]
    [InlineData("syn_ack_lost_before.c", "the first SYN-ACK was lost, or held back, before it came here")]
    [InlineData("used_after_end.c", "asks for GET /2 over it 1.95 s later")]
    [InlineData("proxy_opens_late.any", "10.77.0.254:80, which opens it to pass on what it is asked for, only waits for it")]
    public void What_the_rest_of_the_capture_tells_of_a_failure_is_said(string name, string says)
    {
        Finding found = JudgeFile(Made(name)).Findings.Single().Finding;

        Assert.Contains(says, found.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing listens there.", found.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("used_after_end_database.c", "connection-reset")]
    [InlineData("all_wait.c", "sender-application-limited")]
    [InlineData("ok_half_opened.c", "connection-reset")]
    public void What_may_be_meant_is_noted(string name, string cause) => Assert.Contains(JudgeFile(Made(name)).Notes, note => note.Finding.Cause == cause);

    [Fact]
    public void A_file_that_is_not_in_the_order_of_time_is_judged_in_that_order()
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made("ok_disordered.w"));

        Assert.Equal(Status.Healthy, diagnosis.Status);
        Assert.Equal(0, diagnosis.Capture.OutOfOrder);
        Assert.Contains(diagnosis.NotObserved, gap => gap.What == "the order of the file" && gap.Reason.StartsWith("20 packets of 83", StringComparison.Ordinal));
        Assert.Empty(diagnosis.Notes);
    }

    // A clock was set back by a second in the middle of it: the file is in order, and its times are not.
    [Fact]
    public void A_file_whose_clock_was_set_back_is_judged_as_it_is()
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made("clock_back.w"));

        Assert.Equal(0, diagnosis.Capture.Sorted);
        Assert.Contains(diagnosis.NotObserved, gap => gap.What == "the order of packets");
        Assert.Empty(diagnosis.Notes);
    }

    // Nothing that goes to the client is in the first one: that it hears no answer is sure, why is not.
    [Fact]
    public void A_port_is_filtered_for_sure_only_where_an_answer_would_have_been_captured()
    {
        Assert.True(JudgeFile(Made("one_way_syns.w")).Findings.Single().Finding.Confidence <= 0.5);
        Assert.True(JudgeFile(Made("unheard_syns.w")).Findings.Single().Finding.Confidence >= 0.9);
    }

    [Fact]
    public void What_one_direction_proves_is_said()
    {
        CaptureDiagnosis diagnosis = JudgeFile(Made("one_way_vanish.w"));

        Assert.StartsWith("only packets from 10.0.9.9 to 10.0.0.1 were captured", diagnosis.Doubt, StringComparison.Ordinal);
        Assert.Contains("10.0.9.9:80 sends 1448 octets to 10.0.0.1:40000 again 6 times in a row, to the end", diagnosis.Doubt, StringComparison.Ordinal);
    }

    // A file of which the first segment and five repeats of it are all there is.
    [Fact]
    public void That_a_sender_hears_no_acknowledgment_in_one_direction_does_not_tell_why()
    {
        CaptureDiagnosis diagnosis = Judge("tcp_retransmissions.pcapng");

        Assert.Equal(Status.Inconclusive, diagnosis.Status);
        Assert.Contains("again 5 times in a row, to the end", diagnosis.Doubt, StringComparison.Ordinal);
    }

    // All in segments of a size: what is silent may also be gone.
    [Fact]
    public void Where_no_small_segment_shows_the_difference_the_verdict_is_less_sure()
    {
        Finding sure = JudgeFile(Made("large_vanish.w")).Findings[0].Finding, unsure = JudgeFile(Made("nothing_large.w")).Findings[0].Finding;

        Assert.True(unsure.Confidence < sure.Confidence && unsure.Confidence < 0.8, unsure.Summary);
    }

    [Theory]
    [InlineData("esp", Status.Inconclusive, true)]
    [InlineData("udp", Status.Inconclusive, true)]
    [InlineData("arp", Status.Inconclusive, false)]
    public void What_is_not_read_is_not_called_healthy(string protocol, Status expected, bool isSaid)
    {
        var capture = new CaptureRead("made.pcap", 100, 4000) { Protocols = [new CapturedProtocol(protocol, 100, 4000)] };

        CaptureDiagnosis diagnosis = CaptureDiagnosis.Of(capture, [], [], RuleCatalog.All);

        Assert.Equal(expected, diagnosis.Status);
        Assert.Equal(isSaid, diagnosis.NotObserved.Any(gap => gap.What == "100 packets"));
    }

    // Ten segments of 500 octets.
    [Fact]
    public void What_was_acknowledged_and_not_captured_is_told()
    {
        NotObserved gap = Assert.Single(JudgeFile(Made("ok_capture_lost.w")).NotObserved);

        Assert.Equal("4.88 KiB of data", gap.What);
        Assert.StartsWith("1 conversation", gap.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_lacks_in_a_capture_of_all_that_passed() =>
        Assert.DoesNotContain(JudgeFile(Made("lost_in_router.r")).NotObserved, gap => gap.What.EndsWith("of data", StringComparison.Ordinal));

    // Of 60 segments of the client 3 were sent again, of 60 of the server 20.
    [Fact]
    public void Each_direction_has_its_own_loss_and_the_worse_one_is_first()
    {
        Finding[] found = [.. JudgeFile(Made("loss_both_ways.w")).Findings.Select(one => one.Finding)];

        Assert.Equal(["packet-loss", "packet-loss"], found.Select(finding => finding.Cause));
        Assert.Equal([false, true], found.Select(finding => finding.IsOfClient!.Value));
        Assert.Contains("20 segments", found[0].Reasons[0].Reading, StringComparison.Ordinal);
        Assert.Contains("3 segments", found[1].Reasons[0].Reading, StringComparison.Ordinal);
    }

    // The router dropped four large segments of 21,648 octets, which are sent again as nine. 22 packets of the server came in.
    [Fact]
    public void What_a_router_gives_on_is_neither_sent_again_nor_counted_twice()
    {
        Finding found = JudgeFile(Made("lost_in_router.r")).Findings.Single().Finding;

        Assert.Contains("9 segments of 22 packets", found.Reasons[0].Reading, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_packet_that_a_router_gives_on_later_is_a_copy()
    {
        CaptureFinding note = JudgeFile(Made("ok_forwarded_together.w")).Notes.Single(one => one.Finding.Cause == "duplicate-packets");

        Assert.StartsWith("113 packets", note.Finding.Summary, StringComparison.Ordinal);
    }

    // Three packets are of the handshake, two of each turn, three of the third turn; in the fifth the second one comes late.
    [Fact]
    public void What_was_overtaken_is_proved_by_a_packet_that_came_late()
    {
        CaptureFinding note = JudgeFile(Made("ok_overtaken.w")).Notes.Single(one => one.Finding.Cause == "packet-reordering");

        Assert.Equal([14], note.Finding.Packets);
    }

    [Fact]
    public void What_was_forgotten_is_not_called_healthy()
    {
        CaptureDiagnosis diagnosis = CaptureDiagnosis.Of(new CaptureRead("made.pcap", 100, 4000) { TcpConversations = 10, EvictedConversations = 3 }, [], [], RuleCatalog.All);

        Assert.Equal(Status.Inconclusive, diagnosis.Status);
        Assert.StartsWith("3 of 10 conversations", diagnosis.Doubt, StringComparison.Ordinal);
        Assert.Contains("not judged", diagnosis.NotObserved.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_is_found_behind_many_conversations_with_lesser_trouble()
    {
        const int Many = 5000;
        var capture = new CaptureRead("made.pcap", Many * 20, Many * 2000) { TcpConversations = Many + 1 };
        CapturedDirection lossy = new() { Packets = 10, Octets = 1000, UniqueOctets = 900, Repeats = new CapturedRepeats(Timeout: 3), LongestRepair = TimeSpan.FromSeconds(1), SendingTime = TimeSpan.FromSeconds(4) };
        CapturedDirection plain = new() { Packets = 10, Octets = 1000, UniqueOctets = 1000 };
        IEnumerable<CapturedConversation> all = Enumerable.Range(0, Many).Select(number => new CapturedConversation(number, Client, new CapturedEnd(new IPAddress([10, 20, (byte)(number / 250), (byte)(number % 250)]), 9999)) { FromClient = lossy, FromServer = plain })
            .Append(new CapturedConversation(Many, Client, new CapturedEnd(IPAddress.Parse("10.99.0.1"), 80))
            {
                FromClient = plain,
                FromServer = plain,
                Http = new CapturedHttp(1, 1) { Worst = [new CapturedRequest(7, "GET", "/a") { Status = 500, ResponsePacket = 8, ResponseTime = TimeSpan.FromMilliseconds(9) }] },
            });

        CaptureDiagnosis diagnosis = CaptureDiagnosis.Of(capture, all, [], RuleCatalog.All);

        Assert.Equal("http-server-error", diagnosis.Findings[0].Finding.Cause);
        Assert.Contains(diagnosis.NotObserved, gap => gap.What.EndsWith("findings", StringComparison.Ordinal));
    }

    // 269 that lose nothing much are not told as 269 that lose as much as one does.
    [Fact]
    public void Only_conversations_that_have_a_fault_are_counted_under_it()
    {
        CapturedDirection bad = new() { Packets = 30, Octets = 3000, UniqueOctets = 2500, Repeats = new CapturedRepeats(Timeout: 5), SendingTime = TimeSpan.FromSeconds(1) };
        CapturedDirection good = new() { Packets = 3000, Octets = 300_000, UniqueOctets = 299_000, Repeats = new CapturedRepeats(Timeout: 1), SendingTime = TimeSpan.FromSeconds(1) };
        CapturedDirection answers = new() { Packets = 30, Octets = 3000, UniqueOctets = 3000 };
        IEnumerable<CapturedConversation> all = Enumerable.Range(0, 300).Select(number => new CapturedConversation(number, Client, new CapturedEnd(IPAddress.Parse("10.0.9.9"), 9999)) { FromClient = number is 0 or 200 ? bad : good, FromServer = answers });

        CaptureFinding found = CaptureDiagnosis.Of(new CaptureRead("made.pcap", 900_000, 900_000_000) { TcpConversations = 300 }, all, [], RuleCatalog.All).Findings.Single();

        Assert.Equal(2, found.Count);
        Assert.Equal([0, 200], found.Streams);
    }

    [Theory]
    [InlineData(5000, 3, 0, "")]
    [InlineData(1000, 0, 143, "dns-slow")]
    [InlineData(1000, 0, 30, "")]
    [InlineData(100, 20, 0, "dns-server-failure")]
    public void A_name_server_is_judged_by_the_share_of_answers_that_fail_or_are_late(long answers, long failed, long slow, string cause)
    {
        var server = new CapturedNameServer(new CapturedEnd(IPAddress.Parse("10.0.0.53"), 53), answers, answers)
        {
            Slow = slow,
            ByCode = new Dictionary<string, long> { ["NOERROR"] = answers - failed, ["SERVFAIL"] = failed },
            ResponseTimes = new CapturedTimes(answers, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)),
        };

        IEnumerable<string> causes = CaptureDiagnosis.Of(new CaptureRead("made.pcap", answers * 2, answers * 200), [], [server], RuleCatalog.All).Findings.Select(found => found.Finding.Cause);

        Assert.Equal(cause, string.Join(", ", causes));
    }

    // A flood of SYNs of few hosts looks like this, and so does a capture of one direction.
    [Theory]
    [InlineData(30_000, 30_000, Status.Inconclusive)]
    [InlineData(30_000, 29_999, Status.Inconclusive)]
    [InlineData(30_000, 1_000, Status.Healthy)]
    [InlineData(0, 0, Status.Inconclusive)]
    public void Conversations_of_one_side_alone_are_not_called_healthy(int conversations, int oneSided, Status expected)
    {
        var capture = new CaptureRead("made.pcap", 30_000, 30_000 * 40) { TcpConversations = conversations, OneSidedConversations = oneSided, Protocols = [new CapturedProtocol("tcp", 30_000, 30_000 * 40)] };
        var opening = new CapturedConversation(0, Client, Client with { Port = 80 }) { FromClient = new CapturedDirection { Packets = 3, Syns = 1 } };

        var whole = new CapturedConversation(1, Client, Client with { Port = 443 }) { FromClient = new CapturedDirection { Packets = 5, Syns = 1, Octets = 9, UniqueOctets = 9 }, FromServer = new CapturedDirection { Packets = 5, Syns = 1, Octets = 9, UniqueOctets = 9 } };

        Assert.Equal(expected, CaptureDiagnosis.Of(capture, [.. Enumerable.Repeat(opening, oneSided), .. Enumerable.Repeat(whole, conversations - oneSided)], [], RuleCatalog.All).Status);
    }

    // What is seen is told, and not more than that.
    [Theory]
    [InlineData("syn_acks_wrong.c", "never opened: its SYN-ACKs acknowledge what 10.77.0.1 has not sent")]
    [InlineData("syn_acks_dropped.c", "pass here, and 10.77.0.1 takes no notice of them")]
    [InlineData("names_first_dead.c", "waits 1.06 s before 10.77.0.3 is asked, which does")]
    [InlineData("tls12_wants_certificate.c", "it had asked for a certificate of the client, which says that it has none")]
    [InlineData("tls_hello_lost.c", "A TLS ClientHello of 1914 octets does not reach 10.77.0.2:443 in full: its first 1448 octets are acknowledged")]
    [InlineData("tls_hello_half.s", "only the first 1448 of 1914 octets come here")]
    [InlineData("keep_alives_unheard.c", "4 keep-alives of 10.77.0.1 in a row had no answer, and it gave the connection up")]
    [InlineData("request_half.c", "for 2 s it has been sending its request POST /u to 10.77.0.2:80, whose end the capture does not have")]
    [InlineData("unavailable_partly.c", "6 of 24 requests of a connection")]
    [InlineData("proxy_waits.any", "127.0.0.1:8999 takes 1.5 s")]
    [InlineData("proxy_fails.any", "10.78.0.2:8080 resets the connection instead of answering the HTTP request; 10.77.0.254:80, which passes that on, answers 502")]
    [InlineData("proxy_waits.any", "10.77.0.2:80, which passes that on, only waits for it")]
    [InlineData("openings_late.c", "8 of 12 connections")]
    public void The_summary_says_what_was_done(string name, string says) =>
        Assert.Contains(says, JudgeFile(Made(name)).Findings.Single().Finding.Summary, StringComparison.Ordinal);

    // Its answers to A come, those to AAAA never; of two EDNS tries and a plain one only the latter has an answer.
    [Theory]
    [InlineData("names_aaaa_dropped.c", "dig @10.77.0.2 h0.lab.test. AAAA +tries=1")]
    [InlineData("window_unscaled.s", "sysctl -w net.ipv4.tcp_window_scaling=1")]
    [InlineData("black_hole_v6.s", "ip link show; ping -M do -s 1452 -c 3 fd77::1")]
    public void What_is_to_be_done_can_work(string name, string command) =>
        Assert.Equal(command, JudgeFile(Made(name)).Findings.Single().Finding.Remedies[0].Command);

    [Fact]
    public void What_fails_beside_a_proxy_does_not_explain_its_answer() =>
        Assert.Equal(["http-server-error", "http-unavailable"], JudgeFile(Made("gateway_beside_failure.w")).Findings.Select(found => found.Finding.Cause).Order());

    [Fact]
    public void Packets_that_prove_it_are_told_in_order() =>
        Assert.Contains("(packets 13, 21, 29, 37, …)", JudgeFile(Made("unavailable_partly.c")).Findings.Single().Finding.Reasons[0].Reading, StringComparison.Ordinal);

    [Fact]
    public void A_port_that_refuses_is_not_one_that_is_silent() =>
        Assert.Contains(JudgeFile(Made("names_tcp_refused.c")).Findings.Single().Finding.Reasons, reason => reason.Reading == "TCP to port 53 is refused by a RST (packets 3, 4)");

    // The sender's kernel counted so: TcpExtTCPFastRetrans and TcpExtTCPTimeouts.
    [Theory]
    [InlineData("told_at_once.s", "77 at once, told by acknowledgments")]
    [InlineData("timeout_undone.s", "5 at once, told by acknowledgments, 2 after a timeout")]
    public void What_no_timer_sent_is_not_called_so(string name, string says) =>
        Assert.EndsWith(says, JudgeFile(Made(name)).Findings.Single().Finding.Reasons[0].Reading, StringComparison.Ordinal);

    // Without SACK nobody knows what was asked for and what a timer sent.
    [Fact]
    public void What_was_cut_off_is_not_told_apart() =>
        Assert.EndsWith("at once or after a timeout, which the capture does not show", JudgeFile(Made("lost_sack_cut.c")).Findings.Single().Finding.Reasons[0].Reading, StringComparison.Ordinal);

    // A router said so, and the sender sent smaller segments.
    // In TLS 1.3 what the server says then is encrypted: one that does not insist, and closes, looks alike.
    [Fact]
    public void A_client_without_the_certificate_that_it_was_asked_for_is_noted() =>
        Assert.Contains(JudgeFile(Made("tls13_wants_certificate.c")).Notes, note => note.Finding.Cause == "tls-client-certificate-required");

    [Fact]
    public void A_smaller_path_that_is_heeded_is_a_note() =>
        Assert.Contains(JudgeFile(Made("ok_mtu_heeded.s")).Notes, note => note.Finding.Cause == "pmtu-discovery-works");

    private static readonly CapturedEnd Client = new(IPAddress.Parse("10.0.0.1"), 40000);

    private static string Made(string name) => Path.Combine(AppContext.BaseDirectory, "Diagnose", "Captures", name + ".pcap");

    private static CaptureDiagnosis Judge(string name) => JudgeFile(CaptureLibrary.At(Path.Combine("chrissanders-packets", name)));

    private static CaptureDiagnosis JudgeFile(string path)
    {
        CaptureAnalysis analysis = CaptureAnalyzer.OfFile(path, new CaptureAnalyzerOptions(), TestContext.Current.CancellationToken);
        return CaptureDiagnosis.Of(analysis.Capture, analysis.Conversations, [.. analysis.NameServers, .. analysis.Refusals, .. analysis.Neighbours], RuleCatalog.All);
    }
}
