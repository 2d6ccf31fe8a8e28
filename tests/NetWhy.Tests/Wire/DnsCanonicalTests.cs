using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class DnsCanonicalTests
{
    // RFC 6605, section 6.1: a key, its delegation and a signature.
    private const string Signed = """
        example.net. 3600 DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==
        example.net. 3600 DS 55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17
        www.example.net. 3600 A 192.0.2.1
        www.example.net. 3600 RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==
        """;

    // RFC 4034, section 6.1.
    [Fact]
    public void Names_have_an_order()
    {
        string[] names =
            ["example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example", "\\001.z.example", "*.z.example", "\\200.z.example"];

        for (int i = 0; i < names.Length; i++)
        {
            for (int j = 0; j < names.Length; j++)
                Assert.Equal(Math.Sign(i - j), Math.Sign(Name(names[i]).CompareTo(Name(names[j]))));
        }
    }

    [Fact]
    public void A_signature_of_its_RFC_holds_over_the_canonical_form()
    {
        var reader = new ZoneFileReader(Encoding.ASCII.GetBytes(Signed));
        Assert.Equal(OperationStatus.Done, reader.Read(out DnsRecord keyRecord));
        Assert.Equal(OperationStatus.Done, DnsKey.Read(keyRecord.Data, out DnsKey key));
        Assert.Equal(55648, key.Tag);
        Assert.True(key.IsZoneKey && key.IsEntryPoint && !key.IsRevoked);
        byte[] point = key.PublicKey.ToArray();
        byte[] ownerAndKey = [.. "\aexample\u0003net\0"u8, .. keyRecord.Data];

        Assert.Equal(OperationStatus.Done, reader.Read(out DnsRecord signerRecord));
        Assert.Equal(OperationStatus.Done, DnsDelegationSigner.Read(signerRecord.Data, out DnsDelegationSigner signer));
        Assert.Equal((55648, DnsDigestType.Sha256), (signer.KeyTag, signer.DigestType));
        Assert.Equal(SHA256.HashData(ownerAndKey), signer.Digest.ToArray());

        var set = new DnsCanonicalSet();
        Assert.Equal(OperationStatus.Done, reader.Read(out DnsRecord address));
        Assert.Equal(OperationStatus.Done, set.Add(address));
        Assert.Equal(OperationStatus.Done, set.Add(address));
        Assert.Equal(1, set.Count);

        Assert.Equal(OperationStatus.Done, reader.Read(out DnsRecord signatureRecord));
        Assert.Equal(OperationStatus.InvalidData, set.Add(signatureRecord));
        Assert.Equal(OperationStatus.Done, DnsSignature.Read(signatureRecord.Data, out DnsSignature signature));
        Assert.Equal((DnsRecordType.A, DnsSecurityAlgorithm.EcdsaP256Sha256, 3), (signature.TypeCovered, signature.Algorithm, (int)signature.Labels));
        var signed = new ArrayBufferWriter<byte>();
        Assert.Equal(OperationStatus.Done, signature.CopySignedTo(signed.GetSpan(300), out int length));
        signed.Advance(length);
        set.WriteTo(signature.Labels, signature.OriginalTimeToLive, signed);

        using var ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[..32], Y = point[32..] } });
        Assert.True(ecdsa.VerifyData(signed.WrittenSpan, signature.Signature, HashAlgorithmName.SHA256));
    }

    [Theory]
    [InlineData("X MX 10 MAIL.Example.", "000A046D61696C076578616D706C6500")]
    [InlineData("X NSEC B.Example. A", "0142074578616D706C6500000140")]
    [InlineData("X NAPTR 1 2 \"U\" \"\" \"\" R.", "000100020155000001720" + "0")]
    [InlineData("X SVCB 1 T.", "000101" + "5400")]
    [InlineData("X HIP 2 01 AA== R.", "01020001010001" + "5200")]
    [InlineData("X IPSECKEY 1 3 2 G. AA==", "010302014700" + "00")]
    [InlineData("X A6 64 ::1 P.", "40" + "0000000000000001" + "017000")]
    [InlineData("X TXT \"ABC\"", "03414243")]
    public void Names_count_in_lower_case_where_their_RFC_says_so(string text, string expected)
    {
        var reader = new ZoneFileReader(Encoding.ASCII.GetBytes($"$TTL 1\n{text}\n"));
        byte[] data = new byte[512];

        Assert.True(reader.Read(out DnsRecord record) is OperationStatus.Done, reader.Error?.ToString());
        Assert.Equal(OperationStatus.Done, DnsCanonicalForm.CopyData(record, data, out int length));
        Assert.Equal(expected, Convert.ToHexString(data.AsSpan(0, length)));
    }

    [Fact]
    public void A_name_that_a_wildcard_made_is_signed_as_the_wildcard()
    {
        byte[] octets = new byte[64];
        var reader = new ZoneFileReader("A.b.Example. 60 A 192.0.2.1\n"u8.ToArray());
        Assert.Equal(OperationStatus.Done, reader.Read(out DnsRecord record));

        Assert.Equal(OperationStatus.Done, DnsCanonicalForm.CopyRecord(record, labels: 1, originalTimeToLive: 300, octets, out int length));

        Assert.Equal("012A076578616D706C6500" + "00010001" + "0000012C" + "0004C0000201", Convert.ToHexString(octets.AsSpan(0, length)));
    }

    // RFC 4034, section 5.4.
    [Fact]
    public void A_key_has_the_tag_of_its_RFC()
    {
        const string Key = "dskey.example.com. 86400 IN DNSKEY 256 3 5 ( AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/"
            + " 2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9Xzc nOf+EPbtG9DMBmADjFDc2w/rljwvFw== )\n";
        var reader = new ZoneFileReader(Encoding.ASCII.GetBytes(Key));

        Assert.Equal(OperationStatus.Done, reader.Read(out DnsRecord record));
        Assert.Equal(60485, DnsKeyTag.Of(record.Data));
    }

    // RFC 4034, section 4.3.
    [Fact]
    public void A_bitmap_is_walked_in_rising_order()
    {
        byte[] octets = Convert.FromHexString("0006400100000003041B000000000000000000000000000000000000000000000000000020");
        var types = new DnsTypeBitmap(octets);
        var found = new List<string>();
        while (types.Read() is OperationStatus.Done)
            found.Add(types.Current.Mnemonic);

        Assert.Equal(["A", "MX", "RRSIG", "NSEC", "TYPE1234"], found);
        Assert.True(types.IsComplete);
        Assert.True(DnsTypeBitmap.Contains(octets, DnsRecordType.MX));
        Assert.False(DnsTypeBitmap.Contains(octets, DnsRecordType.NS));
        Assert.True(DnsTypeBitmap.Contains(octets, (DnsRecordType)1234));
    }

    private static DnsName Name(string text)
    {
        byte[] octets = new byte[DnsName.MaxLength];
        int offset = 0;
        Assert.Equal(OperationStatus.Done, DnsName.Encode(text, octets, out _));
        Assert.Equal(OperationStatus.Done, DnsName.Read(octets, ref offset, out DnsName name));
        return name;
    }
}
