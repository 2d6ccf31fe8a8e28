using System.Buffers;
using System.Text;
using NetWhy.Wire.Http;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>Header blocks of HTTP/2. The examples are those of RFC 7541, appendix C.</summary>
public sealed class HpackDecoderTests
{
    [Theory]
    [InlineData("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "Kept 0 custom-key: custom-header", 55)] // C.2.1
    [InlineData("040c2f73616d706c652f70617468", "NotKept 4 :path: /sample/path", 0)] // C.2.2
    [InlineData("100870617373776f726406736563726574", "NeverKept 0 password: secret", 0)] // C.2.3
    [InlineData("82", "Indexed 2 :method: GET", 0)] // C.2.4
    public void A_field_is_read(string block, string field, int size)
    {
        var decoder = new HpackDecoder();

        Assert.Equal([field], Read(decoder, block));
        Assert.Equal(size, decoder.Size);
    }

    // C.4
    [Fact]
    public void Requests_in_the_code_of_Huffman_are_read()
    {
        var decoder = new HpackDecoder();

        Assert.Equal(["Indexed 2 :method: GET", "Indexed 6 :scheme: http", "Indexed 4 :path: /", "Kept 1 :authority: www.example.com"], Read(decoder, "828684418cf1e3c2e5f23a6ba0ab90f4ff"));
        Assert.Equal(["Indexed 2 :method: GET", "Indexed 6 :scheme: http", "Indexed 4 :path: /", "Indexed 62 :authority: www.example.com", "Kept 24 cache-control: no-cache"], Read(decoder, "828684be5886a8eb10649cbf"));
        Assert.Equal(["Indexed 2 :method: GET", "Indexed 7 :scheme: https", "Indexed 5 :path: /index.html", "Indexed 63 :authority: www.example.com", "Kept 0 custom-key: custom-value"], Read(decoder, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"));
        Assert.Equal(164, decoder.Size);
    }

    // C.6: with a table of 256 octets
    [Fact]
    public void What_does_not_fit_into_the_table_leaves_it()
    {
        var decoder = new HpackDecoder();
        decoder.Limit(256);

        Assert.Equal(
            ["Kept 8 :status: 302", "Kept 24 cache-control: private", "Kept 33 date: Mon, 21 Oct 2013 20:13:21 GMT", "Kept 46 location: https://www.example.com"],
            Read(decoder, "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"));
        Assert.Equal(222, decoder.Size);
        Assert.Equal(
            ["Kept 8 :status: 307", "Indexed 65 cache-control: private", "Indexed 64 date: Mon, 21 Oct 2013 20:13:21 GMT", "Indexed 63 location: https://www.example.com"],
            Read(decoder, "4883640effc1c0bf"));
        Assert.Equal(
            [
                "Indexed 8 :status: 200", "Indexed 65 cache-control: private", "Kept 33 date: Mon, 21 Oct 2013 20:13:22 GMT", "Indexed 64 location: https://www.example.com",
                "Kept 26 content-encoding: gzip", "Kept 55 set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            ],
            Read(decoder, "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"));
        Assert.Equal(215, decoder.Size);
    }

    [Theory]
    [InlineData("80")] // no field has the index 0
    [InlineData("be")] // the table is empty
    [InlineData("3fe21f")] // larger than allowed by one
    [InlineData("ffffffffffffff7f")] // no end of a number
    [InlineData("0001618118")] // padding of a code that is not ones
    [InlineData("0084ffffffff00")] // the code of the end
    public void What_makes_no_sense_is_the_end_of_understanding(string block)
    {
        var decoder = new HpackDecoder();

        Assert.Equal(OperationStatus.InvalidData, ReadAll(decoder, Convert.FromHexString(block), []));
        Assert.True(decoder.IsBroken);
        Assert.Equal(OperationStatus.InvalidData, decoder.Read([0x82], out _, out _));
    }

    [Fact]
    public void Any_octets_are_read_without_an_exception_and_with_bounded_memory()
    {
        var random = new Random(7541);
        byte[] block = new byte[4096];
        for (int round = 0; round < 3000; round++)
        {
            var decoder = new HpackDecoder();
            decoder.Limit((uint)random.Next());
            random.NextBytes(block);
            for (int at = 0; at < block.Length; at += random.Next(1, 9))
                block[at] = (byte)(random.Next(3) switch { 0 => 0x40, 1 => 0x00, _ => 0x80 | random.Next(80) });
            _ = ReadAll(decoder, block, []);

            Assert.InRange(decoder.Size, 0, 1 << 16);
        }
    }

    private static List<string> Read(HpackDecoder decoder, string block)
    {
        var fields = new List<string>();
        Assert.Equal(OperationStatus.Done, ReadAll(decoder, Convert.FromHexString(block), fields));
        return fields;
    }

    private static OperationStatus ReadAll(HpackDecoder decoder, byte[] block, List<string> fields)
    {
        for (int at = 0; at < block.Length;)
        {
            OperationStatus status = decoder.Read(block.AsSpan(at), out int consumed, out HpackField field);
            if (status is not OperationStatus.Done)
                return status;
            at += consumed;
            fields.Add($"{field.Representation} {field.Index} {Encoding.ASCII.GetString(field.Name.Span)}: {Encoding.ASCII.GetString(field.Value.Span)}");
        }

        return OperationStatus.Done;
    }
}
