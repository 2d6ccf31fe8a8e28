using System.Net;
using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

/// <summary>Questions to Team Cymru's names, and their answers as its documentation has them.</summary>
public sealed class AutonomousSystemsTests
{
    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.origin.asn.cymru.com.")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.origin6.asn.cymru.com.")]
    public void Asks_for_the_system_of_an_address(string address, string name) =>
        Assert.Equal(name, AutonomousSystems.QuestionFor(IPAddress.Parse(address)));

    [Theory]
    [InlineData("23028 | 216.90.108.0/24 | US | arin | 1998-09-25", "AS23028")]
    [InlineData("64496 64497 | 192.0.2.0/24 | XX | none | 2000-01-01", "AS64496/AS64497")]
    [InlineData("", null)]
    [InlineData("\u001b[31mred | x", null)]
    public void Reads_the_numbers_out_of_an_answer(string text, string? numbers) =>
        Assert.Equal(numbers, AutonomousSystems.NumbersIn(text));
}
