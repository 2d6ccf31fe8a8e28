using NetWhy.Exchanges;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>Which cookies a jar takes, and whom it gives them to. Source: RFC 6265bis, section 5.7; what curl 7.88 does.</summary>
public sealed class CookieJarTests
{
    private const long Now = 1_700_000_000;

    private static readonly PublicSuffixes Suffixes = PublicSuffixes.Read(["// a comment", "com", "uk", "co.uk", "*.ck", "!www.ck", "s3.example.net", "公司.cn"]);

    [Theory]
    [InlineData("a.example.com", "example.com", true)]
    [InlineData("a.example.com", "com", false)]
    [InlineData("a.example.com.", ".", false)]
    [InlineData("a.example.com.", "", true)] // no domain at all
    [InlineData("a.example.co.uk", "co.uk", false)]
    [InlineData("a.example.co.uk", ".example.co.uk", true)]
    [InlineData("co.uk", "co.uk", true)] // the host itself
    [InlineData("a.b.ck", "b.ck", false)]
    [InlineData("a.b.ck", "ck", false)]
    [InlineData("a.www.ck", "www.ck", true)]
    [InlineData("a.s3.example.net", "example.net", false)] // would cover s3.example.net
    [InlineData("x.xn--55qx5d.cn", "xn--55qx5d.cn", false)]
    [InlineData("127.0.0.1", "0.0.1", false)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("intranet", "other", false)]
    [InlineData("localhost", "localhost", true)]
    public void A_domain_is_taken_where_the_host_may_speak_for_it(string host, string domain, bool isTaken)
    {
        var jar = new CookieJar { Suffixes = Suffixes };

        Assert.Equal(isTaken, jar.Set($"a=b; domain={domain}", host, "/", isSecure: true, Now) is not null);
        Assert.Empty(jar.For("elsewhere.invalid", "/", isSecure: true, Now));
    }

    [Theory]
    [InlineData("a=x; path=/login", false)]
    [InlineData("a=x; path=/login/en", false)]
    [InlineData("a=x; path=/other", true)]
    [InlineData("b=x; path=/login", true)]
    public void What_came_in_the_clear_takes_no_place_of_a_secure_cookie(string field, bool isTaken)
    {
        var jar = new CookieJar { Suffixes = Suffixes };
        Assert.NotNull(jar.Set("a=secret; secure; path=/login", "h.example.com", "/", isSecure: true, Now));

        Assert.Equal(isTaken, jar.Set(field, "h.example.com", "/", isSecure: false, Now) is not null);
        Assert.Equal("secret", jar.For("h.example.com", "/login", isSecure: true, Now).First(one => one.Name is "a").Value);
    }

    [Fact]
    public void A_secure_cookie_whose_time_is_over_keeps_no_place()
    {
        var jar = new CookieJar { Suffixes = Suffixes };
        Assert.NotNull(jar.Set("a=secret; secure; max-age=10", "h.example.com", "/", isSecure: true, Now));

        Assert.Null(jar.Set("a=x", "h.example.com", "/", isSecure: false, Now + 5));
        Assert.NotNull(jar.Set("a=x", "h.example.com", "/", isSecure: false, Now + 20));
    }

    [Theory]
    [InlineData("__Secure-a=b", false)]
    [InlineData("__SECURE-a=b", false)]
    [InlineData("__Secure-a=b; secure", true)]
    [InlineData("__Host-a=b; secure; path=/", true)]
    [InlineData("__host-a=b; secure; path=/x", false)]
    [InlineData("__Host-a=b; secure; path=/; domain=h.example.com", false)]
    public void A_prefix_holds_what_it_promises(string field, bool isTaken) =>
        Assert.Equal(isTaken, new CookieJar { Suffixes = Suffixes }.Set(field, "h.example.com", "/", isSecure: true, Now) is not null);

    [Fact]
    public void A_prefix_counts_in_a_file_too_and_the_order_is_that_of_creation()
    {
        var jar = new CookieJar { Suffixes = Suffixes };
        jar.Load("h.example.com\tFALSE\t/long\tFALSE\t0\tfirst\tv\nh.example.com\tFALSE\t/\tFALSE\t0\t__Host-x\tv\n\tTRUE\t/\tFALSE\t0\teverywhere\tv\nh.example.com\tFALSE\t/\tFALSE\t0\tsecond\tv\n", Now, dropsSessions: false);

        string[] names = [.. jar.Save(Now).Split('\n').Where(line => line.Contains('\t', StringComparison.Ordinal)).Select(line => line.Split('\t')[5])];

        Assert.Equal(["second", "first"], names);
    }
}
