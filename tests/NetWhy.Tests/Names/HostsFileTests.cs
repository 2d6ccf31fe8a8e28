using System.Net;
using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

public sealed class HostsFileTests
{
    private static readonly HostsFile Hosts = HostsFile.Parse(
        """
        127.0.0.1 localhost
        # 10.0.0.1 api.lab.test
        10.0.9.9	api.lab.test API # pinned
        ::1 localhost ip6-localhost
        nonsense api.lab.test
        10.0.0.7
        2001:db8::9 api.lab.test
        """);

    [Fact]
    public void Finds_every_line_of_a_name_regardless_of_case()
    {
        Assert.Equal([3, 7], Hosts.Find("Api.Lab.Test").Select(entry => entry.Line));
        Assert.Equal(
            [IPAddress.Parse("10.0.9.9"), IPAddress.Parse("2001:db8::9")],
            Hosts.Find("api.lab.test").Select(entry => entry.Address));
        Assert.Equal([3], Hosts.Find("api").Select(entry => entry.Line));
    }

    [Fact]
    public void A_final_dot_makes_another_name() => Assert.Empty(Hosts.Find("api.lab.test."));

    [Fact]
    public void Passes_over_lines_that_make_no_sense() => Assert.Equal(4, Hosts.Entries.Length);
}
