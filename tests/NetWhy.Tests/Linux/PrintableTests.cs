using FsCheck;
using FsCheck.Fluent;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Linux;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain text [red]", "plain text [red]", "plain text [red]")]
    [InlineData("\e[31m", @"\x1b[31m", @"\x1b[31m")]
    [InlineData("a\r\nb\tc", @"a\x0d\x0ab\x09c", @"a\x0d\x0ab\x09c")]
    [InlineData("\u009b31m", @"\x9b31m", @"\x9b31m")]
    [InlineData("bücher – 5 µs…", "bücher – 5 µs…", @"b\xfccher - 5 us...")]
    [InlineData("\u202eevil\u2069", @"\u202eevil\u2069", @"\u202eevil\u2069")]
    [InlineData("\u2028", @"\u2028", @"\u2028")]
    [InlineData("日本", "日本", @"\u65e5\u672c")]
    public void Makes_text_harmless(string text, string shown, string shownInAscii)
    {
        Assert.Equal(shown, Printable.Of(text, isUtf8: true));
        Assert.Equal(shownInAscii, Printable.Of(text, isUtf8: false));
    }

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("a\ufffdb", Printable.Of("a\ud800b", isUtf8: true));

    [Fact]
    public void Nothing_gets_through() => Check.QuickThrowOnFailure(Prop.ForAll<string>(text =>
        !Printable.Of(text ?? "", isUtf8: true).Any(char.IsControl)
        && Printable.Of(text ?? "", isUtf8: false).All(letter => letter is >= ' ' and <= '~')));
}
