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
}
