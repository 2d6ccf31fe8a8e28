using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

public sealed class NameServiceSwitchTests
{
    [Fact]
    public void Reads_sources_and_actions()
    {
        var order = NameServiceSwitch.Parse(
            """
            passwd: files systemd
            # hosts: nothing
            hosts:  mymachines mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return SUCCESS=continue]files dns # end
            """);

        Assert.False(order.IsDefault);
        Assert.Equal(
            ["mymachines", "mdns4_minimal [NOTFOUND=return]", "resolve [!UNAVAIL=return SUCCESS=continue]", "files", "dns"],
            order.Sources.Select(source => source.ToString()));
    }

    [Theory]
    [InlineData("hosts: files", "files")]
    [InlineData("hosts: dns", "dns")]
    [InlineData("hosts:", "")]
    [InlineData("passwd: systemd", "files dns")]
    [InlineData("", "files dns")]
    public void Knows_whom_it_asks(string text, string asked) =>
        Assert.Equal(asked, string.Join(' ', NameServiceSwitch.Parse(text).Sources.Select(source => source.Name)));

    [Theory]
    [InlineData("x", "SUCCESS", true)]
    [InlineData("x", "NOTFOUND", false)]
    [InlineData("x [NOTFOUND=return]", "NOTFOUND", true)]
    [InlineData("x [NOTFOUND=return]", "UNAVAIL", false)]
    [InlineData("x [!UNAVAIL=return]", "TRYAGAIN", true)]
    [InlineData("x [!UNAVAIL=return]", "UNAVAIL", false)]
    [InlineData("x [success=continue]", "SUCCESS", false)]
    [InlineData("x [NOTFOUND=return", "NOTFOUND", true)]
    public void Knows_where_the_search_ends(string line, string status, bool expected) =>
        Assert.Equal(expected, NameServiceSwitch.Parse($"hosts: {line}").Sources[0].EndsOn(status));

    [Theory]
    [InlineData("hosts: [NOTFOUND=return] files")]
    [InlineData("hosts: [[[")]
    [InlineData("hosts: ] [=] [=return] [!]")]
    public void Survives_nonsense(string text) => Assert.NotNull(NameServiceSwitch.Parse(text));
}
