using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetWhy.Certificates;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.CertificatePaths;

/// <summary>Paths are found whatever order and company certificates come in, and no octets make the search throw or go on for ever.</summary>
public sealed class PathBuilderTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_expired_cross_signed_certificate_does_not_hide_the_good_way()
    {
        using var world = new Authorities();
        Certificate root = world.Root("new root"), old = world.Root("old root");
        Certificate cross = world.Issue("new root", by: "old root", isAuthority: true, until: Now.AddDays(-1));
        Certificate leaf = world.Issue("www.example.com", by: "new root");

        CertificatePath path = new PathBuilder([old, root], [cross], Policy).Build(leaf);

        Assert.True(path.IsAccepted, string.Join("; ", path.Problems));
        Assert.Equal([leaf, root], path.Certificates);
    }

    [Fact]
    public void Certificates_in_any_order_among_strangers_make_a_path()
    {
        using var world = new Authorities();
        Certificate root = world.Root("root"), stranger = world.Root("stranger");
        Certificate upper = world.Issue("upper", by: "root", isAuthority: true);
        Certificate lower = world.Issue("lower", by: "upper", isAuthority: true);
        Certificate leaf = world.Issue("www.example.com", by: "lower");

        CertificatePath path = new PathBuilder([root], [stranger, upper, leaf, lower], Policy).Build(leaf);

        Assert.True(path.IsAccepted, string.Join("; ", path.Problems));
        Assert.Equal([leaf, lower, upper, root], path.Certificates);
    }

    [Fact]
    public void What_is_missing_is_named_by_who_would_have_issued_it()
    {
        using var world = new Authorities();
        Certificate root = world.Root("root");
        _ = world.Issue("middle", by: "root", isAuthority: true);
        Certificate leaf = world.Issue("www.example.com", by: "middle");

        CertificatePath path = new PathBuilder([root], [], Policy).Build(leaf);

        CertificateProblem problem = Assert.Single(path.Problems, problem => problem.IsFatal);
        Assert.Equal(CertificateDefect.IssuerMissing, problem.Defect);
        Assert.Contains("middle", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, CertificateDefect.SelfSigned)]
    [InlineData(true, CertificateDefect.BadSignature)]
    public void A_certificate_of_the_name_of_a_root_is_signed_badly_only_if_not_by_its_own_key(bool isChanged, CertificateDefect defect)
    {
        using Authorities world = new(), elsewhere = new();
        Certificate root = world.Root("www.example.com"), leaf = elsewhere.Issue("www.example.com", by: "www.example.com");
        if (isChanged)
        {
            byte[] octets = leaf.Octets.ToArray();
            octets[^1] ^= 1; // the end of the signature
            Assert.Equal(OperationStatus.Done, Certificate.Read(octets, out Certificate? changed));
            leaf = changed!;
        }

        CertificatePath path = new PathBuilder([root], [leaf], Policy).Build(leaf);

        Assert.Equal([defect], path.Problems.Where(problem => problem.IsFatal).Select(problem => problem.Defect));
    }

    [Fact]
    public void Many_authorities_of_one_name_end_the_search()
    {
        using var world = new Authorities();
        Certificate root = world.Root("root");
        Certificate[] rings = [.. Enumerable.Range(0, 30).Select(_ => world.Issue("ring", by: "ring", isAuthority: true))];
        Certificate leaf = world.Issue("www.example.com", by: "ring");

        CertificatePath path = new PathBuilder([root], rings, Policy).Build(leaf);

        Assert.False(path.IsAccepted);
    }

    [Fact]
    public void No_octets_make_it_throw()
    {
        using var world = new Authorities();
        Certificate root = world.Root("root");
        Certificate middle = world.Issue("middle", by: "root", isAuthority: true);
        Certificate leaf = world.Issue("www.example.com", by: "middle");
        byte[][] seeds = [root.Octets.ToArray(), middle.Octets.ToArray(), leaf.Octets.ToArray()];
        var random = new Random(5280);
        for (int i = 0; i < 3_000; i++)
        {
            Certificate[] mutated = [.. seeds.Select(seed => Mutate(seed, random)).OfType<Certificate>()];
            if (mutated.Length == 0)
                continue;
            _ = new PathBuilder([mutated[0], root], mutated, Policy).Build(mutated[^1]);
        }
    }

    private static PathPolicy Policy => new() { Time = Now, HostName = "www.example.com" };

    private static Certificate? Mutate(byte[] seed, Random random)
    {
        byte[] octets = [.. seed];
        for (int i = random.Next(3); i >= 0; i--)
            octets[random.Next(octets.Length)] = (byte)random.Next(256);
        _ = Certificate.Read(octets.AsSpan(0, random.Next(10) == 0 ? random.Next(octets.Length) : octets.Length), out Certificate? certificate);
        return certificate;
    }

    /// <summary>Authorities with a key for each name.</summary>
    private sealed class Authorities : IDisposable
    {
        private readonly Dictionary<string, ECDsa> _keys = [];
        private byte _serial;

        public void Dispose()
        {
            foreach (ECDsa key in _keys.Values)
                key.Dispose();
        }

        internal Certificate Root(string name) => Issue(name, name, isAuthority: true);

        internal Certificate Issue(string name, string by, bool isAuthority = false, DateTimeOffset? until = null)
        {
            var request = new CertificateRequest($"CN={name}", KeyOf(name), HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(isAuthority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature, critical: true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
                new X509SubjectKeyIdentifierExtension(new PublicKey(KeyOf(by)), critical: false)));
            if (!isAuthority)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddDnsName(name);
                request.CertificateExtensions.Add(names.Build());
            }

            using X509Certificate2 certificate = request.Create(
                new X500DistinguishedName($"CN={by}"), X509SignatureGenerator.CreateForECDsa(KeyOf(by)), Now.AddYears(-1), until ?? Now.AddYears(1), [1, ++_serial]);
            Assert.Equal(OperationStatus.Done, Certificate.Read(certificate.RawData, out Certificate? read));
            return read!;
        }

        private ECDsa KeyOf(string name) => _keys.TryGetValue(name, out ECDsa? key) ? key : _keys[name] = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    }
}
