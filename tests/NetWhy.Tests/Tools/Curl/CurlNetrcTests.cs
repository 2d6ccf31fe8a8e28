using NetWhy.Tools.Curl;
using Xunit;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>Who a netrc file says that we are. Source: what curl 7.88 sends, with one difference: a password is for the login beside it.</summary>
public sealed class CurlNetrcTests
{
    private const string Hosts = "machine h login n password p\nmachine h login c password pc\ndefault login dd password dp\n";

    [Theory]
    [InlineData(Hosts, "h", null, "n:p")]
    [InlineData(Hosts, "H", "c", "c:pc")]
    [InlineData(Hosts, "other", null, "dd:dp")]
    [InlineData(Hosts, "h", "x", null)]
    [InlineData("machine h password pp login ll", "h", null, "ll:pp")]
    [InlineData("machine h password pp", "h", null, ":pp")]
    [InlineData("machine h login ll", "h", null, "ll:")]
    [InlineData("# machine h login no password no\nmachine h\n login \"a b\" password \"c\\\"d\" # x", "h", null, "a b:c\"d")]
    [InlineData("macdef x\nmachine h login no password no\n\nmachine h login yes password y", "h", null, "yes:y")]
    [InlineData("machine other login machine password h\nmachine h login l password p", "h", null, "l:p")]
    [InlineData("machine", "h", null, null)]
    [InlineData("machine h login", "h", null, null)]
    [InlineData("machine h login \"unclosed", "h", null, "unclosed:")]
    [InlineData("", "h", null, null)]
    [InlineData("MACHINE h Login l PASSWORD MACHINE", "h", null, "l:MACHINE")]
    [InlineData("Default login l password p\nMacDef x\nmachine h login no", "h", null, "l:p")]
    public void The_file_is_read_as_curl_reads_it(string text, string host, string? user, string? expected) =>
        Assert.Equal(expected, CurlNetrc.Find(text, host, user) is var (name, password) ? $"{name}:{password}" : null);
}
