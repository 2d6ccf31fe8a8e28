using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>Keys and signatures that collide do not make the validator work without end (KeyTrap, CVE-2023-50387).</summary>
public sealed class WorkLimitTests
{
    private const long Now = 1_700_000_000;

    [Fact]
    public void Colliding_keys_and_signatures_are_given_up_early()
    {
        var counting = new CountingAlgorithms();
        (RecordSet set, DomainName zone, List<ReadOnlyMemory<byte>> keys) = Collide(keyCount: 100, signatureCount: 100);

        SetVerdict verdict = new SignatureVerifier(counting, Now, mostChecks: 256).Verify(set, zone, keys, "");

        Assert.Equal(ValidationReason.TooMuchWork, verdict.Problem!.Reason);
        Assert.Equal(16, counting.Checks);
    }

    [Fact]
    public void All_sets_together_have_a_limit_too()
    {
        var counting = new CountingAlgorithms();
        var verifier = new SignatureVerifier(counting, Now, mostChecks: 40);
        (RecordSet set, DomainName zone, List<ReadOnlyMemory<byte>> keys) = Collide(keyCount: 10, signatureCount: 1);
        for (int i = 0; i < 10; i++)
            verifier.Verify(set, zone, keys, "");

        Assert.Equal(40, counting.Checks);
    }

    // Keys whose octets are swapped by pairs have the same tag: it is a sum of pairs (RFC 4034, appendix B).
    private static (RecordSet Set, DomainName Zone, List<ReadOnlyMemory<byte>> Keys) Collide(int keyCount, int signatureCount)
    {
        Assert.True(DomainName.TryParse("example.", out DomainName zone));
        var set = new RecordSet(zone, DnsRecordType.A);
        set.Add(new byte[] { 192, 0, 2, 1 }, 60);
        List<ReadOnlyMemory<byte>> keys = [];
        for (int i = 0; i < keyCount; i++)
        {
            byte[] key = new byte[4 + 64];
            (key[0], key[2], key[3]) = (1, 3, (byte)DnsSecurityAlgorithm.EcdsaP256Sha256);
            (key[5], key[7]) = ((byte)i, (byte)(200 - i));
            keys.Add(key);
        }

        ushort tag = DnsKeyTag.Of(keys[0].Span);
        Assert.All(keys, key => Assert.Equal(tag, DnsKeyTag.Of(key.Span)));
        for (int i = 0; i < signatureCount; i++)
        {
            set.AddSignature(ReplayRecord.Read($"example. 60 IN RRSIG A 13 1 60 20300101000000 20200101000000 {tag} example. {Convert.ToBase64String([.. new byte[63], (byte)i])}").Single().Data);
        }

        return (set, zone, keys);
    }

    private sealed class CountingAlgorithms : SignatureAlgorithms
    {
        public int Checks { get; private set; }

        public override SignatureCheck Check(DnsSecurityAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
        {
            Checks++;
            return base.Check(algorithm, key, signed, signature);
        }
    }
}
