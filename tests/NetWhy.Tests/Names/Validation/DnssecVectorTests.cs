using System.Buffers;
using System.Text;
using System.Text.Json;
using NetWhy.Names;
using NetWhy.Tests.Wire;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>Signatures, digests and hashes that others made come out as they say.</summary>
public sealed class DnssecVectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Signatures_are_judged_as_the_vectors_say()
    {
        using JsonDocument vectors = Open();
        int count = 0;
        foreach (JsonElement vector in vectors.RootElement.GetProperty("signatures").EnumerateArray())
        {
            JsonElement signed = vector.GetProperty("rrset");
            var set = new RecordSet(Name(signed), Type(signed));
            foreach (byte[] data in Wires(signed))
                set.Add(data, signed.GetProperty("ttl").GetUInt32());
            foreach (byte[] data in Wires(vector.GetProperty("rrsig")))
                set.AddSignature(data);

            JsonElement keys = vector.GetProperty("keys")[0];
            Assert.True(DnsSignature.Read(set.Signatures[0].Span, out DnsSignature signature) is OperationStatus.Done);
            string got = "unsupported";
            if (SignatureAlgorithms.Default.IsSupported(signature.Algorithm))
            {
                var verifier = new SignatureVerifier(SignatureAlgorithms.Default, vector.GetProperty("now").GetInt64(), mostChecks: 8);
                SetVerdict verdict = verifier.Verify(set, Name(keys), [.. Wires(keys).Select(data => (ReadOnlyMemory<byte>)data)], "");
                got = verdict.Problem is null ? "secure" : "bogus";
            }

            Assert.Equal((vector.GetProperty("id").GetString(), vector.GetProperty("expect").GetString()), (vector.GetProperty("id").GetString(), got));
            count++;
        }

        output.WriteLine($"{count} signatures");
        Assert.True(count >= 21);
    }

    [Fact]
    public void Hashes_of_names_are_those_of_the_vectors()
    {
        using JsonDocument vectors = Open();
        foreach (JsonElement vector in vectors.RootElement.GetProperty("nsec3_hash").EnumerateArray())
        {
            byte[] expected = new byte[DenialHash.Length];
            Assert.True(Base32Hex.TryRead(Encoding.ASCII.GetBytes(vector.GetProperty("hash").GetString()!), expected, out _));
            string salt = vector.GetProperty("salt").GetString() ?? "";
            using DenialHash? hash = DenialHash.Create(Convert.FromHexString(salt), vector.GetProperty("iterations").GetInt32());

            Assert.Equal(expected, hash!.Of(Name(vector)).ToArray());
        }
    }

    [Fact]
    public void Digests_of_keys_are_those_of_the_vectors()
    {
        using JsonDocument vectors = Open();
        foreach (JsonElement vector in vectors.RootElement.GetProperty("ds").EnumerateArray())
        {
            ReplayRecord key = ReplayRecord.Read($"{vector.GetProperty("owner").GetString()} IN DNSKEY {vector.GetProperty("dnskey").GetString()}").Single();
            ReplayRecord expected = ReplayRecord.Read($"{vector.GetProperty("owner").GetString()} IN DS {vector.GetProperty("ds").GetString()}").Single();
            Assert.True(DnsDelegationSigner.Read(expected.Data, out DnsDelegationSigner signer) is OperationStatus.Done);

            Assert.Equal(signer.Digest.ToArray(), DelegationDigest.Of(signer.DigestType, key.Owner, key.Data));
            Assert.Equal(signer.KeyTag, DnsKeyTag.Of(key.Data));
        }
    }

    private static JsonDocument Open() => JsonDocument.Parse(File.ReadAllBytes(DnsSharedData.At("dnssec-vectors/vectors.json")));

    private static DomainName Name(JsonElement element)
    {
        Assert.True(DomainName.TryParse(element.GetProperty("name").GetString(), out DomainName name));
        return name;
    }

    private static DnsRecordType Type(JsonElement element)
    {
        Assert.True(DnsMnemonics.TryParseType(element.GetProperty("type").GetString(), out DnsRecordType type));
        return type;
    }

    private static IEnumerable<byte[]> Wires(JsonElement element) =>
        element.GetProperty("wire").EnumerateArray().Select(wire => Convert.FromHexString(wire.GetString()!));
}
