using System.Buffers;
using System.Text;
using NetWhy.Analysis.Fields;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Text from packets as it is printed: what tshark 4.0.17 printed for the same octets in a request and in its summary.</summary>
public sealed class FieldTextTests
{
    [Theory]
    [InlineData("61c3a97f", false, "a\uFFFD\uFFFD\\177")]
    [InlineData("61c3a97f", true, "aé\\177")]
    [InlineData("1b5b33316dff", true, "\\033[31m\uFFFD")]
    [InlineData("80e280ae", true, "\uFFFD\\u202E")]
    [InlineData("6109620701", false, "a\\tb\\a\\001")]
    [InlineData("0d0a", false, "\\r\\n")]
    [InlineData("5c2227", false, "\\\"'")]
    [InlineData("c285", true, "\\u0085")]
    [InlineData("", true, "")]
    public void What_is_no_letter_is_escaped(string octets, bool isUtf8, string wanted)
    {
        var output = new ArrayBufferWriter<byte>();

        FieldText.WriteText(output, Convert.FromHexString(octets), isUtf8);

        Assert.Equal(wanted, Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
