using NetWhy.Tools;
using Xunit;

namespace NetWhy.Tests.Tools;

/// <summary>Text broken at blanks.</summary>
public sealed class WrappedTextTests
{
    [Fact]
    public void Lines_hang_under_the_first_and_no_word_is_broken() =>
        Assert.Equal(
            ["  sender  waited for TCP 30 % of", "          the time, buffer too", "          small 1.2 %"],
            WrappedText.Lines("  sender  ", "          ", "waited for TCP 30 % of the time, buffer too small 1.2 %", columns: 34));

    [Fact]
    public void Without_a_terminal_a_line_stays_one() =>
        Assert.Equal(["  a b c"], WrappedText.Lines("  ", "  ", "a b c", int.MaxValue));
}
