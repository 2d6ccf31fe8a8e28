using System.Net;
using NetWhy.Collect.Paths;
using NetWhy.Evidence;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Paths;

public sealed class FlowWatchTests
{
    private const int OurPort = 40000;

    private static readonly IPAddress Own = IPAddress.Parse("10.10.1.2");
    private static readonly IPAddress Server = IPAddress.Parse("10.10.2.2");
    private static readonly IPAddress Router = IPAddress.Parse("10.10.1.1");

    private readonly FlowWatch _watch = new(index => $"eth{index}", address => address.Equals(Own));
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Counts_each_kind_of_packet_of_a_connection()
    {
        See(true, Segment(Own, Server, OurPort, 443, 0x02));
        See(false, Segment(Server, Own, 443, OurPort, 0x12, ttl: 63));
        See(true, Segment(Own, Server, OurPort, 443, 0x10));
        See(false, Segment(Server, Own, 443, OurPort, 0x18, ttl: 63, data: 100));
        _now += TimeSpan.FromMilliseconds(5);
        See(false, Segment(Server, Own, 443, OurPort, 0x14, ttl: 64));

        FlowSighting flow = Flow()!;
        Assert.Equal((1, 1, (int?)63, 1, 100), (flow.SynsOut, flow.SynAcksIn, flow.SynAckTtl, flow.DataIn, flow.LargestDataIn));
        Assert.Equal((1, (int?)64, (TimeSpan?)TimeSpan.FromMilliseconds(5)), (flow.RstsIn, flow.RstTtl, flow.RstDelay));
        Assert.Equal(("eth1", "eth1"), (flow.InterfaceIn, flow.InterfaceOut));
    }

    [Fact]
    public void Counts_a_packet_once_that_passes_a_port_and_its_bridge()
    {
        byte[] syn = Segment(Own, Server, OurPort, 443, 0x02);
        See(true, syn, interfaceIndex: 1);
        See(true, syn, interfaceIndex: 2);

        Assert.Equal(1, Flow()!.SynsOut);
    }

    [Fact]
    public void Does_not_start_in_the_middle_of_a_connection()
    {
        See(false, Segment(Server, Own, 443, OurPort, 0x18, data: 10));

        Assert.Null(Flow());
    }

    [Fact]
    public void Notes_answers_from_an_endpoint_that_was_not_asked()
    {
        See(true, Segment(Own, Server, OurPort, 443, 0x02));
        See(false, Segment(Router, Own, 80, OurPort, 0x12));

        Assert.Equal(["10.10.1.1:80"], _watch.StrangeAnswersTo([Attempt]));
    }

    [Fact]
    public void Leaves_answers_to_other_programs_alone()
    {
        See(true, Segment(Own, Server, OurPort, 443, 0x02));
        See(true, Segment(Own, Server, OurPort + 1, 443, 0x02));
        See(false, Segment(Router, Own, 80, OurPort + 1, 0x12));

        Assert.Empty(_watch.StrangeAnswersTo([Attempt]));
        Assert.Empty(_watch.StrangeAnswersTo([Attempt with { SourcePort = OurPort + 1, Source = Router }]));
    }

    [Fact]
    public void Forgets_the_oldest_flow_of_a_busy_machine_and_says_so()
    {
        byte[] other = Segment(Own, Router, 1, 80, 0x02);
        for (int port = 1; port <= 4096; port++)
        {
            (other[20], other[21]) = ((byte)(port >> 8), (byte)port);
            See(true, other);
        }

        Assert.False(_watch.HasForgotten);
        See(true, Segment(Own, Server, OurPort, 443, 0x02));

        Assert.True(_watch.HasForgotten);
        Assert.Equal(1, Flow()!.SynsOut);
    }

    [Fact]
    public void Keeps_errors_about_other_connections_apart()
    {
        byte[] syn = Segment(Own, Server, OurPort, 443, 0x02);
        byte[] traced = Segment(Own, Server, OurPort + 1, 443, 0x02);
        See(true, syn);
        See(true, traced);
        See(false, Error(Router, 11, 0, traced));
        Assert.Empty(_watch.ErrorsAbout([Attempt]));

        See(false, Error(Router, 3, 4, syn, mtu: 1400));
        See(false, Error(Router, 3, 4, syn, mtu: 1400));
        IcmpError error = Assert.Single(_watch.ErrorsAbout([Attempt]));
        Assert.Equal((3, 4, Router, (int?)1400, false), (error.Type, error.Code, error.Offender, error.Mtu, error.IsOwnAddress));
    }

    [Fact]
    public void Tells_how_soon_an_error_came_after_the_packet_before_it_and_the_hop_limit_that_left()
    {
        byte[] syn = Segment(Own, Server, OurPort, 443, 0x02, ttl: 7);
        See(true, syn);
        _now += TimeSpan.FromSeconds(1);
        See(true, syn);
        _now += TimeSpan.FromMilliseconds(3);
        See(false, Error(Router, 3, 1, syn));
        _now += TimeSpan.FromMilliseconds(9);
        See(false, Error(Router, 3, 1, syn));

        Assert.Equal((TimeSpan.FromMilliseconds(3), 7), (Flow()!.ErrorDelay, Flow()!.SynTtl));
    }

    private static ConnectAttempt Attempt =>
        new(Server, 443, "target", ConnectOutcome.TimedOut, TimeSpan.FromSeconds(1)) { SourcePort = OurPort };

    private FlowSighting? Flow() => _watch.Of(Attempt);

    private void See(bool isOutgoing, byte[] packet, int interfaceIndex = 1) =>
        _watch.Count(new CapturedPacket(packet.Length, interfaceIndex, isOutgoing, _now), packet);

    private static byte[] Segment(
        IPAddress source, IPAddress destination, int sourcePort, int port, byte flags, byte ttl = 64, int data = 0) => Packet(
            source,
            destination,
            6,
            ttl,
            [
                (byte)(sourcePort >> 8), (byte)sourcePort, (byte)(port >> 8), (byte)port, 0, 0, 0, 1, 0, 0, 0, 2,
                0x50, flags, 0xff, 0xff, 0, 0, 0, 0, .. new byte[data],
            ]);

    private static byte[] Error(IPAddress offender, byte type, byte code, byte[] about, int mtu = 0) =>
        Packet(offender, Own, 1, 64, [type, code, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. about[..28]]);

    private static byte[] Packet(IPAddress source, IPAddress destination, byte protocol, byte ttl, byte[] payload)
    {
        int length = 20 + payload.Length;
        return
        [
            0x45, 0, (byte)(length >> 8), (byte)length, 0, 0, 0x40, 0, ttl, protocol, 0, 0,
            .. source.GetAddressBytes(), .. destination.GetAddressBytes(), .. payload,
        ];
    }
}
