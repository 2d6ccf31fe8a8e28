using FsCheck;
using FsCheck.Fluent;
using NetWhy.Collect;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Collect;

public sealed class TargetParserTests
{
    [Theory]
    [InlineData("example.com", TargetKind.Host, null, "example.com", null, "/")]
    [InlineData("Example.COM.", TargetKind.Host, null, "example.com.", null, "/")]
    [InlineData("example.com:8080", TargetKind.HostPort, null, "example.com", 8080, "/")]
    [InlineData("example.com:443", TargetKind.HostPort, "https", "example.com", 443, "/")]
    [InlineData("example.com:80", TargetKind.HostPort, "http", "example.com", 80, "/")]
    [InlineData("example.com:53", TargetKind.HostPort, "dns", "example.com", 53, "/")]
    [InlineData("example.com:993", TargetKind.HostPort, "tls", "example.com", 993, "/")]
    [InlineData("http://example.com", TargetKind.Service, "http", "example.com", 80, "/")]
    [InlineData("HTTPS://example.com/a/b?c=d#e", TargetKind.Service, "https", "example.com", 443, "/a/b?c=d")]
    [InlineData("http://example.com:8080?q", TargetKind.Service, "http", "example.com", 8080, "/?q")]
    [InlineData("http://example.com#top", TargetKind.Service, "http", "example.com", 80, "/")]
    [InlineData("http://example.com/ä", TargetKind.Service, "http", "example.com", 80, "/%C3%A4")]
    [InlineData("tcp://db:5432", TargetKind.Service, "tcp", "db", 5432, "/")]
    [InlineData("udp://ntp:123/", TargetKind.Service, "udp", "ntp", 123, "/")]
    [InlineData("tls://mail:993", TargetKind.Service, "tls", "mail", 993, "/")]
    [InlineData("tls://mail", TargetKind.Service, "tls", "mail", 443, "/")]
    [InlineData("dns://ns1", TargetKind.Service, "dns", "ns1", 53, "/")]
    [InlineData("my_host", TargetKind.Host, null, "my_host", null, "/")]
    [InlineData("bücher.example", TargetKind.Host, null, "xn--bcher-kva.example", null, "/")]
    [InlineData("10.0.0.1", TargetKind.Host, null, "10.0.0.1", null, "/")]
    [InlineData("10.0.0.1:22", TargetKind.HostPort, null, "10.0.0.1", 22, "/")]
    [InlineData("2001:db8::1", TargetKind.Host, null, "2001:db8::1", null, "/")]
    [InlineData("[2001:db8::1]", TargetKind.Host, null, "2001:db8::1", null, "/")]
    [InlineData("[2001:DB8::1]:443", TargetKind.HostPort, "https", "2001:db8::1", 443, "/")]
    [InlineData("http://[::1]:8080/x", TargetKind.Service, "http", "::1", 8080, "/x")]
    [InlineData("fe80::1%lo", TargetKind.Host, null, "fe80::1%lo", null, "/")]
    [InlineData("http://[fe80::1%25lo]/", TargetKind.Service, "http", "fe80::1%lo", 80, "/")]
    public void Reads_every_form(string input, TargetKind kind, string? scheme, string host, int? port, string path)
    {
        Assert.True(TargetParser.TryParse(input, out Target? target, out string? error), error);
        Assert.Equal((kind, scheme, host, port, path), (target.Kind, target.Scheme, target.Host, target.Port, target.Path));
        Assert.Equal(input, target.Input);
    }

    [Theory]
    [InlineData("0.0.0.0", ":PORT")]
    [InlineData("http://[::]/", ":PORT")]
    [InlineData("255.255.255.255", "one host")]
    [InlineData("224.0.0.1:80", "multicast")]
    [InlineData("udp://[ff02::1]:53", "multicast")]
    [InlineData("::1:80", "[::1]:80")]
    public void Refuses_what_no_host_can_be_and_says_why(string input, string hint)
    {
        Assert.False(TargetParser.TryParse(input, out _, out string? error));
        Assert.Contains(hint, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_a_port_of_this_machine_a_process_and_nothing()
    {
        Assert.True(TargetParser.TryParse(":8080", out Target? port, out _));
        Assert.Equal((TargetKind.LocalPort, 8080, null), (port.Kind, port.Port, port.Host));
        Assert.True(TargetParser.TryParse("pid:42", out Target? process, out _));
        Assert.Equal((TargetKind.Process, 42), (process.Kind, process.Pid));
        Assert.True(TargetParser.TryParse(null, out Target? machine, out _));
        Assert.Equal((TargetKind.ThisMachine, ""), (machine.Kind, machine.Input));
    }

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("http://[::1]/", true)]
    [InlineData("fe80::1%1", true)]
    [InlineData("10.0.0.1.example", false)]
    [InlineData("localhost", false)]
    public void Knows_an_address_when_it_sees_one(string input, bool isAddress)
    {
        Assert.True(TargetParser.TryParse(input, out Target? target, out string? error), error);
        Assert.Equal(isAddress, target.Literal is not null);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("ftp://host", "unknown scheme 'ftp': a target begins with http://, https://, tcp://, udp://, tls://, dns://")]
    [InlineData("://host", "unknown scheme ''")]
    [InlineData("host:70000", "ports go from 1 to 65535")]
    [InlineData("host:0", "ports go from 1 to 65535")]
    [InlineData("host:99999999999999999999", "ports go from 1 to 65535")]
    [InlineData("host:", "port is missing")]
    [InlineData("host:http", "no port")]
    [InlineData("host:-1", "no port")]
    [InlineData("host:٣", "no port")]
    [InlineData(":", "port is missing")]
    [InlineData("http://", "host is empty")]
    [InlineData("https://:443/", "host is empty")]
    [InlineData("http:///path", "host is empty")]
    [InlineData(".", "is empty")]
    [InlineData("a..b", "empty label")]
    [InlineData(".a", "empty label")]
    [InlineData("a b", "space")]
    [InlineData("a\u001b[31mb", "control character")]
    [InlineData("a\u0000b", "control character")]
    [InlineData("a!b", "'!'")]
    [InlineData("*.example.com", "'*'")]
    [InlineData("host/path", "http://")]
    [InlineData("http://host/a b", "percent-encode")]
    [InlineData("tcp://host", "needs a port")]
    [InlineData("udp://host", "needs a port")]
    [InlineData("tcp://host:1/path", "takes no path")]
    [InlineData("10.0.0.256", "no IPv4 address")]
    [InlineData("10.0.1", "no IPv4 address")]
    [InlineData("010.0.0.1", "no IPv4 address")]
    [InlineData("0x7f000001", "no IPv4 address")]
    [InlineData("1:2:3", "neither")]
    [InlineData("[::1", "closing ]")]
    [InlineData("[::1]x", "where only :PORT may")]
    [InlineData("[host]:80", "no IPv6 address")]
    [InlineData("fe80::1", "name the interface")]
    [InlineData("fe80::1%nosuchif", "no interface 'nosuchif'")]
    [InlineData("pid:", "names no process")]
    [InlineData("pid:0", "names no process")]
    [InlineData("pid:-5", "names no process")]
    [InlineData("pid:x", "names no process")]
    public void Says_what_is_wrong(string input, string expected)
    {
        Assert.False(TargetParser.TryParse(input, out _, out string? error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Knows_how_long_names_may_be()
    {
        Assert.Contains("300 characters", Error(new string('a', 300)), StringComparison.Ordinal);
        Assert.Contains("64 characters", Error(new string('a', 64) + ".example"), StringComparison.Ordinal);
        Assert.Contains("254 characters", Error(Name(254)), StringComparison.Ordinal);
        Assert.Contains("at most", Error(new string('a', 100_000)), StringComparison.Ordinal);
        Assert.True(TargetParser.TryParse(Name(253), out _, out _));
        Assert.True(TargetParser.TryParse(Name(253) + ".", out _, out _));
        Assert.NotEmpty(Error(new string('ä', 300)));

        static string Name(int length) => string.Concat(Enumerable.Repeat("abcdefg.", 40))[..(length - 1)] + "x";
    }

    [Theory]
    [InlineData("http://user:secret@host/x", "http://host/x")]
    [InlineData("https://secret@host", "https://host")]
    [InlineData("http://a@b:secret@host:80/?q=x@y", "http://host:80/?q=x@y")]
    public void Keeps_passwords_out(string input, string shown)
    {
        Assert.True(TargetParser.TryParse(input, out Target? target, out string? error), error);
        Assert.Equal(shown, target.Input);
        Assert.DoesNotContain("secret", target.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://user:secret/word@host/")]
    [InlineData("user:secret@host")]
    [InlineData("http://user:secret@:80/")]
    [InlineData("http://user:secret@ho st/")]
    public void Keeps_passwords_out_of_errors(string input) =>
        Assert.DoesNotContain("secret", Error(input), StringComparison.Ordinal);

    [Fact]
    public void Survives_any_text() => Check.QuickThrowOnFailure(Prop.ForAll<string>(Survives));

    [Fact]
    public void Survives_texts_that_look_like_targets() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Elements("http://", "tcp:", "//", "[", "]", ":", "::", "1", "65536", "%", "%25", "lo", ".", "a", "@", "/", "?", "#", "é", "\ud800", "pid:", "10.0.0.1", "-", " ")
            .ArrayOf().Select(string.Concat).ToArbitrary(),
        Survives));

    private static bool Survives(string? text) =>
        TargetParser.TryParse(text, out Target? target, out string? error)
            ? error is null && (target.Host is not "") && target.Path[0] == '/' && target.Port is null or (> 0 and < 65536)
            : error.Length > 0;

    private static string Error(string input)
    {
        Assert.False(TargetParser.TryParse(input, out _, out string? error));
        return error;
    }
}
