using System.Net;
using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

public sealed class StoppingRuleTests
{
    // Veitch et al. (2009) print 6, 11, 16 for 5 %; the others were computed apart from this code.
    [Theory]
    [InlineData(0.05, new[] { 6, 11, 16, 21, 27, 33, 38, 44, 51, 57, 63, 70, 76, 83, 90, 96 })]
    [InlineData(0.01, new[] { 8, 15, 21, 28, 36, 43, 51, 58, 66, 74, 82, 90, 98, 106, 115, 123 })]
    public void Asks_for_the_published_number_of_probes(double alpha, int[] probes) =>
        Assert.Equal(probes, Enumerable.Range(1, probes.Length).Select(known => StoppingRule.Probes(known, alpha)));

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
