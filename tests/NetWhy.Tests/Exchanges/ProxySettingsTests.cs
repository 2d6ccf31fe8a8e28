using NetWhy.Collect.Exchanges;
using NetWhy.Exchanges;
using Xunit;

namespace NetWhy.Tests.Exchanges;

public sealed class ProxySettingsTests
{
    [Theory]
    [InlineData("https", "https_proxy=http://p:8080;HTTPS_PROXY=http://q:1", "https_proxy", "p", 8080)]
    [InlineData("https", "HTTPS_PROXY=http://q:3128", "HTTPS_PROXY", "q", 3128)]
    [InlineData("https", "http_proxy=http://q:3128", null, null, 0)]
    [InlineData("http", "HTTP_PROXY=q:3128", "HTTP_PROXY", "q", 3128)]
    [InlineData("http", "ALL_PROXY=http://[2001:db8::1]:8", "ALL_PROXY", "2001:db8::1", 8)]
    [InlineData("http", "http_proxy=http://proxy.test", "http_proxy", "proxy.test", 1080)]
    [InlineData("http", "http_proxy=https://proxy.test/", "http_proxy", "proxy.test", 443)]
    [InlineData("http", "http_proxy=  ", null, null, 0)]
    public void Chooses_the_variable_as_clients_do(string scheme, string variables, string? variable, string? host, int port)
    {
        ProxySettings settings = ProxySettings.Read(Environment(variables), scheme, "www.example.test", 443);

        Assert.Equal((variable, host, port), (settings.Variable, settings.Host, settings.Port));
        Assert.Null(settings.Fault);
        Assert.Equal(variable is not null, settings.Applies);
    }

    [Theory]
    [InlineData("ftp://p:1", "scheme")]
    [InlineData("socks5://p:1", "SOCKS")]
    [InlineData("http://:8080", "no host")]
    [InlineData("http://p:99999", "port")]
    [InlineData("http://p:80a", "port")]
    [InlineData("http://a b:80", "white space")]
    public void Says_what_is_wrong_with_a_value(string value, string word)
    {
        ProxySettings settings = ProxySettings.Read(Environment($"https_proxy={value}"), "https", "h", 443);

        Assert.Contains(word, settings.Fault, StringComparison.Ordinal);
        Assert.False(settings.Applies);
        Assert.Null(settings.Route);
    }

    [Fact]
    public void Sends_the_credentials_and_hides_the_password()
    {
        ProxySettings settings = ProxySettings.Read(
            Environment("https_proxy=http://us%40er:secret@p:8080"), "https", "h", 443);

        Assert.Equal("http://us%40er:***@p:8080", settings.Value);
        Assert.Equal("Basic dXNAZXI6c2VjcmV0", settings.Route!.Authorization);
    }

    [Theory]
    [InlineData("*", "a.test", "*")]
    [InlineData("a.test", "a.test", "a.test")]
    [InlineData("a.test", "www.A.test", "a.test")]
    [InlineData(".a.test", "a.test", ".a.test")]
    [InlineData("b.test, a.test", "x.a.test.", "a.test")]
    [InlineData("a.test:8080", "a.test", null)]
    [InlineData("a.test:443", "a.test", "a.test:443")]
    [InlineData("test.a", "a.test", null)]
    [InlineData("a.test", "ba.test", null)]
    [InlineData("10.0.0.0/8", "10.1.2.3", "10.0.0.0/8")]
    [InlineData("10.1.2.3", "10.1.2.3", "10.1.2.3")]
    [InlineData("10.1.2", "10.1.2.3", null)]
    [InlineData("2001:db8::/32", "2001:db8::5", "2001:db8::/32")]
    [InlineData("[2001:db8::5]", "2001:db8::5", "[2001:db8::5]")]
    [InlineData("10.0.0.0/99", "10.1.2.3", null)]
    [InlineData("", "a.test", null)]
    public void Exempts_what_NO_PROXY_names(string list, string host, string? entry) =>
        Assert.Equal(entry, NoProxyList.Find(list, host, 443));

    private static Func<string, string?> Environment(string variables)
    {
        Dictionary<string, string> values = variables.Split(';')
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return values.GetValueOrDefault;
    }
}
