using System.Net;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Types and codes of ICMP errors mean what the RFCs say, in both families.</summary>
public sealed class IcmpMeaningTests
{
    [Theory]
    [InlineData("192.0.2.1", 3, 0, IcmpMeaning.NoRoute)] // RFC 792
    [InlineData("192.0.2.1", 3, 1, IcmpMeaning.HostUnreachable)]
    [InlineData("192.0.2.1", 3, 2, IcmpMeaning.ProtocolUnreachable)]
    [InlineData("192.0.2.1", 3, 3, IcmpMeaning.PortUnreachable)]
    [InlineData("192.0.2.1", 3, 4, IcmpMeaning.TooBig)]
    [InlineData("192.0.2.1", 3, 9, IcmpMeaning.Prohibited)] // RFC 1122, section 3.2.2.1
    [InlineData("192.0.2.1", 3, 10, IcmpMeaning.Prohibited)]
    [InlineData("192.0.2.1", 3, 13, IcmpMeaning.Prohibited)] // RFC 1812, section 5.2.7.1
    [InlineData("192.0.2.1", 11, 0, IcmpMeaning.HopLimitExceeded)]
    [InlineData("192.0.2.1", 11, 1, IcmpMeaning.ReassemblyTimeExceeded)]
    [InlineData("192.0.2.1", 12, 0, IcmpMeaning.Other)]
    [InlineData("2001:db8::1", 1, 0, IcmpMeaning.NoRoute)] // RFC 4443, section 3
    [InlineData("2001:db8::1", 1, 1, IcmpMeaning.Prohibited)]
    [InlineData("2001:db8::1", 1, 3, IcmpMeaning.HostUnreachable)]
    [InlineData("2001:db8::1", 1, 4, IcmpMeaning.PortUnreachable)]
    [InlineData("2001:db8::1", 1, 5, IcmpMeaning.SourceRefused)]
    [InlineData("2001:db8::1", 1, 6, IcmpMeaning.RouteRejected)]
    [InlineData("2001:db8::1", 2, 0, IcmpMeaning.TooBig)]
    [InlineData("2001:db8::1", 3, 0, IcmpMeaning.HopLimitExceeded)]
    [InlineData("2001:db8::1", 3, 3, IcmpMeaning.Other)]
    public void Each_has_its_meaning(string offender, int type, int code, IcmpMeaning meaning) =>
        Assert.Equal(meaning, new IcmpError(type, code, IPAddress.Parse(offender), IsOwnAddress: false).Meaning);
}
