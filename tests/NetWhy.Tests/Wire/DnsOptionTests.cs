using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class DnsOptionTests
{
    // What dig 9.18 sent for: dig -y hmac-sha256:Key.Example:c2VjcmV0c2VjcmV0c2VjcmV0 www.example A
    private const string SignedByDig =
        "f7ff0120000100000000000203777777076578616d706c65000001000100002904d000000000000c000a0008693708fa010181cc"
        + "036b6579076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b09b030012c00202e42a186a8ffcbdd"
        + "075c43579b325ffb10bf87d095d8aed37f777b16c0db8c4bf7ff00000000";

    [Theory]
    [InlineData("192.0.2.129", 24, "0008" + "0007" + "00011800C00002")]
    [InlineData("192.0.2.255", 25, "0008" + "0008" + "00011900C0000280")]
    [InlineData("2001:db8:ffff::", 33, "0008" + "0009" + "0002210020010DB880")]
    [InlineData("0.0.0.0", 0, "0008" + "0004" + "00010000")]
    public void A_client_subnet_has_only_the_bits_of_its_prefix(string address, int prefix, string expected)
    {
        var options = new DnsOptionWriter(new byte[64]);

        Assert.Equal(OperationStatus.Done, options.WriteClientSubnet(IPAddress.Parse(address), prefix));
        Assert.Equal(expected, Convert.ToHexString(options.Written));
        Assert.Equal(OperationStatus.Done, DnsClientSubnet.Read(options.Written[4..], out DnsClientSubnet subnet));
        Assert.Equal(prefix, subnet.Prefix);
        Assert.Equal(OperationStatus.InvalidData, DnsClientSubnet.Read([.. options.Written[4..], 0], out _));
    }

    [Fact]
    public void Options_go_through_a_message()
    {
        byte[] buffer = new byte[256];
        var options = new DnsOptionWriter(new byte[128]);
        Assert.Equal(OperationStatus.Done, options.Write(DnsOptionCode.NameServerId, []));
        Assert.Equal(OperationStatus.Done, options.WriteCookie("12345678"u8, "abcdefgh"u8));
        Assert.Equal(OperationStatus.Done, options.WriteExtendedError(DnsExtendedErrorCode.Bogus, "why"));
        Assert.Equal(OperationStatus.Done, options.WriteKeepalive(300));
        Assert.Equal(OperationStatus.Done, options.WriteTags(DnsOptionCode.KeyTag, [20326, 38696]));
        Assert.Equal(OperationStatus.Done, options.WritePadding(3));
        Assert.Equal(OperationStatus.DestinationTooSmall, options.WritePadding(128));

        ushort bits = DnsHeader.PackBits(DnsFlags.RecursionDesired | DnsFlags.Reserved, DnsResponseCode.NoError, DnsOpcode.Notify);
        Assert.Equal(OperationStatus.Done, DnsMessageWriter.Create(buffer, 7, bits, out DnsMessageWriter writer));
        Assert.Equal(OperationStatus.Done, writer.WriteQuestion("example.com", DnsRecordType.SOA));
        Assert.Equal(OperationStatus.Done, writer.WriteQuestion("\u0001a\0"u8, DnsRecordType.ANY, DnsClass.Chaos));
        Assert.Equal(OperationStatus.InvalidData, writer.WriteQuestion("\u0005a\0"u8, DnsRecordType.ANY));
        Assert.Equal(OperationStatus.Done, writer.WriteEdns(1232, 0x0100_8001, options.Written));

        Assert.Equal(OperationStatus.Done, DnsMessage.Read(writer.Written, out DnsMessage message));
        Assert.Equal((int)DnsOpcode.Notify, message.Header.Opcode);
        Assert.True(message.Header.IsReservedBitSet);
        Assert.Equal(2, (int)message.Header.Questions);
        DnsRecordReader records = message.ReadRecords();
        Assert.Equal(OperationStatus.Done, records.Read());
        Assert.Equal(OperationStatus.Done, records.Current.ReadEdns(out DnsEdns edns));
        Assert.True(edns.DnssecOk);
        Assert.Equal(0x8001, edns.Flags);
        Assert.Equal(DnsResponseCode.BadVersion, edns.Extend(message.Header.ResponseCode));
        var found = new List<string>();
        int offset = 0;
        while (edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value) is OperationStatus.Done)
            found.Add($"{code.Mnemonic} {Convert.ToHexString(value)}");
        Assert.Equal(["NSID ", "COOKIE 31323334353637386162636465666768", "EDE 0006776879", "KEEPALIVE 012C", "KEY-TAG 4F669728", "PAD 000000"], found);
    }

    [Fact]
    public void The_code_of_dig_holds_over_what_is_signed()
    {
        byte[] message = Convert.FromHexString(SignedByDig);
        byte[] unsigned = new byte[message.Length];
        Assert.Equal(OperationStatus.Done, DnsTransactionSignature.CopyUnsigned(message, unsigned, out int length, out DnsRecord record));
        Assert.Equal(OperationStatus.Done, DnsTransactionSignature.Read(record.Data, out DnsTransactionSignature signature));
        Assert.Equal("hmac-sha256.", signature.Algorithm.ToString());
        Assert.Equal(300, signature.Fudge);
        Assert.Equal(0xf7ff, signature.OriginalId);

        var signed = new ArrayBufferWriter<byte>();
        signed.Write(unsigned.AsSpan(0, length));
        DnsTransactionSignature.WriteVariables(record.Owner, signature, signed);

        byte[] code = HMACSHA256.HashData(Encoding.ASCII.GetBytes("secretsecretsecret"), signed.WrittenSpan);
        Assert.Equal(code, signature.Code.ToArray());
        Assert.Equal(OperationStatus.InvalidData, DnsTransactionSignature.CopyUnsigned(unsigned.AsSpan(0, length), message, out _, out _));
    }
}
