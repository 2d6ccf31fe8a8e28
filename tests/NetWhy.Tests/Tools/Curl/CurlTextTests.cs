using System.Text;
using NetWhy.Tools.Curl;
using Xunit;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>Octets that were read come out again as they were. Source: PEP 383.</summary>
public sealed class CurlTextTests
{
    [Theory]
    [InlineData("61", "0061")]
    [InlineData("C3A9E282AC", "00E920AC")]
    [InlineData("F09F8CB1", "D83CDF31")]
    [InlineData("E9", "DCE9")]
    [InlineData("C3", "DCC3")]
    [InlineData("E282", "DCE2DC82")]
    [InlineData("EDB2A9", "DCEDDCB2DCA9")] // half a pair is no UTF-8
    [InlineData("C3A980F09F8CB1FF", "00E9DC80D83CDF31DCFF")]
    public void What_is_no_text_is_kept(string octets, string units)
    {
        string text = string.Concat(units.Chunk(4).Select(unit => (char)Convert.ToInt32(new string(unit), 16)));
        byte[] given = Convert.FromHexString(octets);

        Assert.Equal(text, CurlText.Typed(given));
        Assert.Equal(text, CurlText.Typed(Encoding.Latin1.GetString(given)));
        Assert.Equal(given, CurlText.Octets(text));
        Assert.Equal(Encoding.Latin1.GetString(given), CurlText.Letters(text));
    }

    [Fact]
    public void Half_a_pair_that_stands_for_no_octet_is_replaced() =>
        Assert.Equal("EFBFBDEFBFBD80EFBFBD", Convert.ToHexString(CurlText.Octets("\udfff\udc7f\udc80\ud800")));
}
