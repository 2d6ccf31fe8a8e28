using System.Net;
using NetWhy.Evidence;
using NetWhy.Tools.Traceroute;
using Xunit;

namespace NetWhy.Tests.Tools.Traceroute;

/// <summary>What is said below a table of hops.</summary>
public sealed class TracerouteNotesTests
{
    private static readonly IPAddress Router = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Target = IPAddress.Parse("192.0.2.9");

    [Fact]
    public void The_destination_itself_is_no_router_under_its_address()
    {
        string note = Assert.Single(TracerouteNotes.Of(Trace(isReached: true, (Router, false), (Target, true))));

        Assert.Equal("at hop 2 probes have another address, port or checksum than they left with: addresses are translated there or before it (NAT)", note);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_passes_probes_on_is(bool isReached)
    {
        string note = Assert.Single(TracerouteNotes.Of(Trace(isReached, (Router, false), (Target, true), (isReached ? Target : null, isReached))));

        Assert.StartsWith("at hop 2 a router answers under the destination's address", note, StringComparison.Ordinal);
    }

    private static PathTrace Trace(bool isReached, params (IPAddress? Node, bool IsTranslated)[] hops) => new(
        Target, "udp", 33434, [.. hops.Select((hop, i) => new Hop(i + 1, hop.Node, null) { Answers = hop.Node is { } node ? [new HopAnswer(0, node, TimeSpan.Zero) { IsTranslated = hop.IsTranslated }] : [] })], isReached);
}
