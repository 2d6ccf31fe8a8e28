using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using NetWhy.Wire;
using NetWhy.Wire.Tunnels;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class IcmpExtensionsTests
{
    private const int Quote = 128;

    // RFC 4950, section 7: label 16001, class 3, bottom, TTL 1.
    private static readonly byte[] Labels = [0x00, 0x08, 1, 1, 0x03, 0xe8, 0x17, 0x01];

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // old routers tell no length
    public void Finds_labels_behind_the_quote(bool tellsLength)
    {
        byte[] message = Error(false, 11, tellsLength, Extensions(Labels));

        Assert.Equal(OperationStatus.Done, IcmpMessage.Read(message, isV6: false, out IcmpMessage error));
        Assert.Equal(OperationStatus.Done, IcmpExtensions.Find(error, out IcmpExtensions extensions));
        Assert.True(extensions.MoveNext());
        MplsLabel label = Assert.Single(extensions.Current.Labels.ToArray());
        Assert.Equal((16001, 3, true, 1), (label.Label, label.TrafficClass, label.IsBottom, label.TimeToLive));
        Assert.False(extensions.MoveNext());
    }

    [Fact]
    public void Finds_them_behind_a_quote_of_icmpv6_too()
    {
        byte[] message = Error(true, 3, true, Extensions(Labels));

        _ = IcmpMessage.Read(message, isV6: true, out IcmpMessage error);
        Assert.Equal(OperationStatus.Done, IcmpExtensions.Find(error, out IcmpExtensions extensions));
        Assert.True(extensions.MoveNext());
        Assert.Equal(1, extensions.Current.Labels.Length);
    }

    [Fact]
    public void Believes_nothing_that_has_a_wrong_checksum_or_no_place()
    {
        byte[] extensions = Extensions(Labels);
        extensions[^1] ^= 1;
        Assert.Equal(OperationStatus.InvalidData, Find(Error(false, 11, true, extensions)));
        Assert.Equal(OperationStatus.NeedMoreData, Find(Error(false, 11, true, [])));
        Assert.Equal(OperationStatus.InvalidData, Find(Error(false, 11, false, [0x20, 0, 0, 0, 0, 4, 9, 9]))); // the quote itself may look so
        Assert.Equal(OperationStatus.NeedMoreData, Find(Error(false, 5, true, Extensions(Labels)))); // redirects have none
    }

    // RFC 5837, section 4: incoming interface with index, address, name and MTU.
    [Fact]
    public void Reads_an_interface()
    {
        byte[] name = [8, .. Encoding.UTF8.GetBytes("eth12"), 0, 0];
        byte[] value = [0, 0, 0, 7, 0, 1, 0, 0, 192, 0, 2, 1, .. name, 0, 0, 0x05, 0xdc];

        Assert.Equal(OperationStatus.Done, IcmpInterface.Read(value, 0x0f, out IcmpInterface information));
        Assert.Equal((IcmpInterfaceRole.Incoming, (uint?)7, (uint?)1500), (information.Role, information.Index, information.Mtu));
        Assert.Equal("eth12", Encoding.UTF8.GetString(information.NameOctets));
        Assert.Equal([192, 0, 2, 1], information.AddressOctets.ToArray());
        for (int length = 0; length < value.Length; length++)
            Assert.NotEqual(OperationStatus.Done, IcmpInterface.Read(value.AsSpan(0, length), 0x0f, out _));
    }

    private static OperationStatus Find(byte[] message)
    {
        _ = IcmpMessage.Read(message, isV6: false, out IcmpMessage error);
        return IcmpExtensions.Find(error, out _);
    }

    private static byte[] Extensions(byte[] objects)
    {
        byte[] octets = [0x20, 0, 0, 0, .. objects];
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), InternetChecksum.Of(octets));
        return octets;
    }

    private static byte[] Error(bool isV6, byte type, bool tellsLength, byte[] extensions)
    {
        byte length = (byte)(tellsLength ? Quote / (isV6 ? 8 : 4) : 0);
        return [type, 0, 0, 0, isV6 ? length : (byte)0, isV6 ? (byte)0 : length, 0, 0, .. new byte[Quote], .. extensions];
    }
}
