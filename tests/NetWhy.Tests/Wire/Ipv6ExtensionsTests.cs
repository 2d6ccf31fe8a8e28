using System.Buffers;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class Ipv6ExtensionsTests
{
    private static readonly byte[] Header = Convert.FromHexString("600000000018003f20010db8000000000000000000000001" + "20010db8000000000000000000000002");

    [Fact]
    public void Lists_them_with_options_and_fragment()
    {
        byte[] hopByHop = Convert.FromHexString("2c00" + "05020000" + "0100"); // router alert (RFC 2711), padding of two
        byte[] fragment = Convert.FromHexString("1100" + "0579" + "deadbeef"); // offset 175 times eight, more follow
        Ipv6Packet.Read([.. Header, .. hopByHop, .. fragment, .. new byte[8]], out Ipv6Packet packet);

        Ipv6Extensions extensions = packet.Extensions;
        Assert.True(extensions.MoveNext());
        var options = new List<(int, int)>();
        foreach (TypeLengthValue option in extensions.Current.Options)
            options.Add((option.Type, option.Length));
        Assert.Equal([(5, 2), (1, 0)], options);
        Assert.True(extensions.MoveNext());
        Assert.Equal((IPProtocol.Fragment, true, 1400, true, 0xdeadbeefu), (extensions.Current.Kind, extensions.Current.IsFragment, extensions.Current.FragmentOffset, extensions.Current.HasMoreFragments, extensions.Current.FragmentIdentification));
        Assert.False(extensions.MoveNext());

        Assert.Equal((IPProtocol.Udp, true, 1400, 8), (packet.Protocol, packet.IsFragment, packet.FragmentOffset, packet.PayloadLength));
    }

    [Fact]
    public void Names_the_header_that_the_capture_cut()
    {
        byte[] cut = [.. Header, .. Convert.FromHexString("2c01050200")];
        Ipv6Packet.Read(cut, out Ipv6Packet packet);
        Assert.Equal((OperationStatus.NeedMoreData, 0), (packet.ExtensionsStatus, packet.Payload.Length));

        Ipv6Packet.Read(Header, out packet);
        Assert.Equal((OperationStatus.NeedMoreData, IPProtocol.HopByHopOptions), (packet.ExtensionsStatus, packet.Protocol));
    }

    [Fact]
    public void Reads_a_router_advertisement()
    {
        // Written by hand after RFC 4861, section 4.2: hop limit 64, lifetime 1800 s, prefix 2001:db8:1::/64 for 86400 and 14400 s, MTU 1480.
        byte[] octets = Convert.FromHexString(
            "8600f0a740400708000000000000000001010023450189ab05010000000005c8" + "030440c00001518000003840000000002001" + "0db8000100000000000000000000");
        Assert.Equal(OperationStatus.Done, NeighbourDiscoveryMessage.Read(octets, out NeighbourDiscoveryMessage message));
        Assert.Equal((134, 64, 1800, false, true), (message.Type, message.CurrentHopLimit, message.RouterLifetime, message.IsManaged, message.HasOtherConfiguration));

        NeighbourOptions options = message.Options;
        Assert.True(options.MoveNext());
        Assert.Equal("0023450189AB", Convert.ToHexString(options.Current.Value));
        Assert.True(options.MoveNext());
        Assert.Equal(1480u, options.Current.Mtu);
        Assert.True(options.MoveNext());
        Assert.Equal((64, true, true, 86400u, 14400u), (options.Current.PrefixLength!.Value, options.Current.IsOnLink, options.Current.IsAutonomous, options.Current.ValidLifetime, options.Current.PreferredLifetime));
        Assert.False(options.MoveNext());
        Assert.Equal(OperationStatus.Done, options.Status);
    }

    [Fact]
    public void Reads_the_options_of_ipv4()
    {
        byte[] packet = Convert.FromHexString("4700001c00000000400100000a0000010a000002" + "94040000" + "01070300" + "00000000");
        Assert.Equal(OperationStatus.Done, Ipv4Packet.Read(packet, out Ipv4Packet read));
        Ipv4Options options = read.Options;
        Assert.True(options.MoveNext());
        Assert.Equal((Ipv4Option.RouterAlert, true, (ushort?)0), (options.Current.Kind, options.Current.IsCopied, options.Current.Alert));
        Assert.True(options.MoveNext());
        Assert.Equal((Ipv4Option.RecordRoute, (byte?)0), (options.Current.Kind, options.Current.Pointer));
        Assert.False(options.MoveNext());
        Assert.Equal((OperationStatus.Done, false), (options.Status, read.IsChecksumRight));
    }
}
