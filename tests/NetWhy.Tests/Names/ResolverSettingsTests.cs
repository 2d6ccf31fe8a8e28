using System.Net;
using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names;

public sealed class ResolverSettingsTests
{
    [Fact]
    public void Reads_a_usual_file()
    {
        var configuration = ResolverSettings.Parse(
            """
            # written by hand
            ; so is this
            nameserver 10.0.3.53
            nameserver 2001:db8::53 # the other one
            search lab.test. corp.test
            options ndots:2 timeout:1 attempts:3 rotate
            options edns0 trust-ad single-request-reopen use-vc no-aaaa
            """);

        Assert.Equal(["10.0.3.53", "2001:db8::53"], configuration.Servers.Select(server => server.ToString()));
        Assert.Equal(["lab.test", "corp.test"], configuration.Search);
        Assert.False(configuration.IsDefaultServer);
        Assert.Equal(
            new ResolverOptions(2, TimeSpan.FromSeconds(1), 3)
            {
                Rotate = true,
                Edns = true,
                TrustAuthenticData = true,
                SingleRequestReopen = true,
                UseTcp = true,
                NoAaaa = true,
            },
            configuration.Options);
    }

    // As glibc does: getent then asks 127.0.0.1.
    [Fact]
    public void A_carriage_return_is_a_part_of_the_address()
    {
        var configuration = ResolverSettings.Parse("nameserver 10.0.0.1\r\n");

        Assert.True(configuration.IsDefaultServer);
        Assert.Equal(["10.0.0.1\r"], configuration.UnreadableServers);
    }

    [Fact]
    public void Asks_only_the_first_three_servers()
    {
        var configuration = ResolverSettings.Parse(
            "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n");

        Assert.Equal(3, configuration.Servers.Length);
        Assert.Equal("10.0.0.4", Assert.Single(configuration.IgnoredServers).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("search lab.test\n")]
    [InlineData(" nameserver 10.0.0.1\n")]
    [InlineData("nameserver\n")]
    [InlineData("nameservers 10.0.0.1\n")]
    public void Falls_back_to_this_machine_without_a_server(string text)
    {
        var configuration = ResolverSettings.Parse(text);

        Assert.True(configuration.IsDefaultServer);
        Assert.Equal(IPAddress.Loopback, Assert.Single(configuration.Servers).Address);
    }

    [Fact]
    public void Keeps_what_is_no_address_as_evidence()
    {
        var configuration = ResolverSettings.Parse("nameserver dns.lab.test\nnameserver 10.0.0.1.1\nnameserver [::1]:53\n");

        Assert.Equal(["dns.lab.test", "10.0.0.1.1", "[::1]:53"], configuration.UnreadableServers);
        Assert.True(configuration.IsDefaultServer);
    }

    [Fact]
    public void Keeps_the_interface_of_a_link_local_server()
    {
        NameServer server = Assert.Single(ResolverSettings.Parse("nameserver fe80::1%eth0\n").Servers);

        Assert.Equal(IPAddress.Parse("fe80::1"), server.Address);
        Assert.Equal("eth0", server.Scope);
    }

    [Fact]
    public void The_last_of_search_and_domain_holds()
    {
        Assert.Equal(["b.test"], ResolverSettings.Parse("search a.test c.test\ndomain b.test d.test\n").Search);
        Assert.Equal(["a.test", "c.test"], ResolverSettings.Parse("domain b.test\nsearch a.test\tc.test\n").Search);
        Assert.Equal(["."], ResolverSettings.Parse("search .\n").Search);
    }

    [Fact]
    public void The_domain_of_the_host_is_searched_if_nothing_else_is_said()
    {
        Assert.Equal(["lab.test"], ResolverSettings.Parse("", hostName: "web.lab.test").Search);
        Assert.Empty(ResolverSettings.Parse("", hostName: "web").Search);
        Assert.Equal(["a.test"], ResolverSettings.Parse("search a.test\n", hostName: "web.lab.test").Search);
    }

    [Fact]
    public void The_environment_has_the_last_word()
    {
        var configuration = ResolverSettings.Parse(
            "search a.test\noptions ndots:5\n", localDomain: "b.test c.test", resolverOptions: "ndots:0 attempts:1");

        Assert.Equal(["b.test", "c.test"], configuration.Search);
        Assert.Equal((0, 1), (configuration.Options.DotsForAbsolute, configuration.Options.Attempts));
    }

    [Theory]
    [InlineData("ndots:99 timeout:600 attempts:77", 15, 30, 5)]
    [InlineData("ndots:99999999999999999999", 15, 5, 2)]
    [InlineData("ndots: timeout:x", 0, 0, 2)]
    [InlineData("ndots:-1", 0, 5, 2)]
    [InlineData("ndots:3x", 3, 5, 2)]
    [InlineData("ndots", 1, 5, 2)]
    public void Numbers_are_read_as_the_C_library_reads_them(string options, int dots, int timeout, int attempts) =>
        Assert.Equal(
            new ResolverOptions(dots, TimeSpan.FromSeconds(timeout), attempts),
            ResolverSettings.Parse($"options {options}\n").Options);
}
