using NetWhy.App;
using Xunit;

namespace NetWhy.Tests.App;

public sealed class TerminalTests
{
    [Theory]
    [InlineData("", "xterm", true)]
    [InlineData("1", "xterm", false)]
    [InlineData("0", "xterm", false)] // any value refuses, says no-color.org
    [InlineData("", "dumb", false)]
    [InlineData("", "", false)]
    public void Colour_is_the_users_choice(string noColour, string term, bool expected) =>
        Assert.Equal(expected, Terminal.AllowsColour(name => name switch { "NO_COLOR" => noColour, "TERM" => term, _ => null }));

    [Theory]
    [InlineData("en_US.UTF-8", null, null, true)]
    [InlineData(null, null, "de_DE.utf8", true)]
    [InlineData("C", "en_US.UTF-8", "en_US.UTF-8", false)]
    [InlineData("", "C.UTF-8", "C", true)]
    [InlineData(null, null, null, false)]
    public void The_first_variable_that_is_set_names_the_locale(string? all, string? type, string? lang, bool expected) =>
        Assert.Equal(expected, Terminal.IsUtf8(name => name switch { "LC_ALL" => all, "LC_CTYPE" => type, "LANG" => lang, _ => null }));

    [Theory]
    [InlineData("1234 (net why) (x)) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 5000 1 1", "50.25 1.0", 250)]
    [InlineData("1234 (x) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 6000 1 1", "50.25 1.0", 0)] // a clock of another time namespace
    [InlineData("", "", 0)]
    [InlineData("1 (x) S", "nonsense", 0)]
    public void The_age_of_the_process_counts_from_its_start(string stat, string uptime, double milliseconds) =>
        Assert.Equal(milliseconds, ProcessAge.Of(stat, uptime).TotalMilliseconds, 3);
}
