using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;
using Xunit;
using static NetWhy.Tests.Rules.PathEvidence;

namespace NetWhy.Tests.Rules;

/// <summary>Segments that are held too small, and fragments that vanish.</summary>
public sealed class SizeRulesTests
{
    private static readonly SizedPacketSeries Wide = Sizes(null, new SizeTrial(576, 1, 1), new SizeTrial(1500, 1, 1));

    [Fact]
    public void Segments_of_less_than_half_of_what_passes_are_told()
    {
        Finding finding = Likely<MssClampedTooSmall>(Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = 300 }, Wide);

        Assert.Equal((Severity.Warning, Where.Unknown), (finding.Severity, finding.Where));
        Assert.Contains("segments of 300 octets, where 1460 would fit", finding.Summary, StringComparison.Ordinal);
        Likely<MssClampedTooSmall>(Route(), Connected() with { SendMss = 288 }, Wide);
    }

    [Fact]
    public void What_a_tunnel_leaves_and_a_narrow_path_are_no_clamp()
    {
        Nothing<MssClampedTooSmall>(Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = 1220 }, Wide);
        Nothing<MssClampedTooSmall>(Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = 536 }, Sizes(null, new SizeTrial(576, 5, 5), new SizeTrial(1500, 5, 0)));
        Nothing<MssClampedTooSmall>(Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = 300 });
        Nothing<MssClampedTooSmall>(Route(), Connected() with { SendMss = 288 }, Flow(synAcksIn: 1) with { SynAckMss = 1460 }, Wide); // the peer's window is small
    }

    [Fact]
    public void A_jumbo_link_does_not_make_ethernets_segments_small()
    {
        SizedPacketSeries jumbo = Sizes(null, new SizeTrial(576, 1, 1), new SizeTrial(9000, 1, 1));

        Nothing<MssClampedTooSmall>(Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = 1460 }, jumbo);
        Nothing<MssClampedTooSmall>(Route() with { Mtu = 1500 }, Connected(), jumbo);
        Assert.Contains("1460 would fit", Likely<MssClampedTooSmall>(Route(), Connected(), Flow(synAcksIn: 1) with { SynAckMss = 300 }, jumbo).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_size_that_nobody_names_is_no_clamp()
    {
        Finding finding = Likely<MssClampedTooSmall>(Route(), Connected() with { SendMss = 524 }, Flow(synAcksIn: 1), Wide);

        Assert.Contains("names no segment size, which means 536", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(finding.Remedies, remedy => remedy.Command?.Contains("maxseg", StringComparison.Ordinal) is true);
        Assert.Equal(["http-slow-transfer"], new MssClampedTooSmall().Info.Explains);
    }

    [Fact]
    public void What_the_kernel_remembers_is_told_apart_from_what_a_route_says()
    {
        Finding learned = Likely<MssClampedTooSmall>(Route() with { Mtu = 552, Expires = TimeSpan.FromSeconds(500) }, Connected(), Wide);
        Finding configured = Likely<MssClampedTooSmall>(Route() with { Mtu = 600 }, Connected(), Wide);

        Assert.Contains("as an ICMP message told it", learned.Summary, StringComparison.Ordinal);
        Assert.Contains(learned.Remedies, remedy => remedy.Command is "ip route flush cache");
        Assert.Contains("A route of this machine", configured.Summary, StringComparison.Ordinal);
        Nothing<MssClampedTooSmall>(Route() with { Mtu = 1300 }, Connected(), Wide);
    }

    [Fact]
    public void Fragments_that_vanish_where_whole_packets_pass_are_told_with_the_direction()
    {
        Assert.Contains("on the way there or back", Likely<FragmentsDropped>(Route(), Connected(), Wide, Cut("icmp", 5)).Summary, StringComparison.Ordinal);
        Assert.Contains("on the way there to", Likely<FragmentsDropped>(Route(), Connected(), Wide, Cut("icmp", 5), Cut("udp", 5)).Summary, StringComparison.Ordinal);
        // One small datagram answered, as a limit of ICMP leaves it, and no large one: of the datagrams that is chance.
        var few = new SizedPacketSeries(Server, "udp", [new SizeTrial(1500, 5, 1), new SizeTrial(1700, 5, 0)]) { Purpose = "fragments" };
        Assert.Contains("on the way there or back", Likely<FragmentsDropped>(Route(), Connected(), Wide, Cut("icmp", 5), few).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Fragments_that_get_there_leave_open_whether_large_icmp_alone_is_not_answered()
    {
        Finding finding = Assert.Single(Judge<FragmentsDropped>(Route(), Connected(), Wide, Cut("icmp", 5), Cut("udp", 5, answered: 3)));

        Assert.Equal((Severity.Info, Where.Unknown), (finding.Severity, finding.Where));
        Assert.InRange(finding.Confidence, 0.3, 0.6);
        Assert.Contains("large ICMP is filtered or not answered there, or fragments vanish on the way back", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Fragments_that_pass_or_that_chance_may_have_lost_are_not()
    {
        Nothing<FragmentsDropped>(Route(), Connected(), Wide, Cut("icmp", 5, answered: 1));
        Nothing<FragmentsDropped>(Route(), Connected(), Wide, new SizedPacketSeries(Server, "icmp", [new SizeTrial(1500, 5, 1), new SizeTrial(1700, 5, 0)]) { Purpose = "fragments" });
        Nothing<FragmentsDropped>(Route(), Connected(), Sizes(null, new SizeTrial(576, 5, 5), new SizeTrial(1500, 5, 0)));
        Nothing<PathMtuBlackHole>(Route(), Connected(), Wide, Cut("icmp", 5), Cut("udp", 5));
        Nothing<MtuMismatch>(Route(), Link(), Connected(), Wide, Cut("icmp", 5), Cut("udp", 5));
    }

    private static SizedPacketSeries Cut(string protocol, int sent, int answered = 0) =>
        new(Server, protocol, [new SizeTrial(1500, sent, sent), new SizeTrial(1700, sent, answered)]) { Purpose = "fragments" };
}
