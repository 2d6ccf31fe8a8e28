using System.Text;
using NetWhy.Wire.Http;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>The code of strings in HPACK. The examples are those of RFC 7541, appendices C.4 and C.6.</summary>
public sealed class HpackHuffmanTests
{
    [Theory]
    [InlineData("www.example.com", "f1e3c2e5f23a6ba0ab90f4ff")]
    [InlineData("no-cache", "a8eb10649cbf")]
    [InlineData("custom-key", "25a849e95ba97d7f")]
    [InlineData("custom-value", "25a849e95bb8e8b4bf")]
    [InlineData("302", "6402")]
    [InlineData("private", "aec3771a4b")]
    [InlineData("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff")]
    [InlineData("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    [InlineData("", "")]
    public void A_string_is_written_in_its_code(string text, string code)
    {
        byte[] octets = Encoding.ASCII.GetBytes(text);
        byte[] written = new byte[HpackHuffman.EncodedLength(octets)];
        HpackHuffman.Encode(octets, written);

        Assert.Equal(code, Convert.ToHexStringLower(written));
    }

    [Fact]
    public void All_octets_come_back()
    {
        byte[] octets = [.. Enumerable.Range(0, 256).Select(octet => (byte)octet)];
        byte[] code = new byte[HpackHuffman.EncodedLength(octets)];
        HpackHuffman.Encode(octets, code);
        byte[] back = new byte[HpackHuffman.MostDecoded(code.Length)];

        Assert.Equal(octets.Length, HpackHuffman.Decode(code, back));
        Assert.Equal(octets, back[..octets.Length]);
    }
}
