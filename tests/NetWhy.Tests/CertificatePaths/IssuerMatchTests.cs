using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetWhy.Certificates;
using NetWhy.Tests.App;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.CertificatePaths;

/// <summary>Identifiers of an issuer's certificate differ where <c>openssl verify</c> takes that one for another's.</summary>
public sealed class IssuerMatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-test-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    [InlineData("own", null)]
    [InlineData("none", null)]
    [InlineData("key", "authorityKeyIdentifier 0102030405060708, and subjectKeyIdentifier ")]
    [InlineData("serial", "authorityKeyIdentifier with the serial number 07, and 05 there")]
    [InlineData("issuer", "authorityKeyIdentifier with another issuer of that certificate than CN=Authority, ")]
    public void They_differ_where_openssl_says_so(string identifier, string? difference)
    {
        using X509Certificate2 issuer = Issuer();
        using X509Certificate2 leaf = Leaf(issuer, identifier);
        (string root, string file) = (Save("root.pem", issuer), Save("leaf.pem", leaf));

        IssuerMatch match = IssuerMatch.Of(Read(leaf), Read(issuer))!;

        Assert.True(match.HasSigned);
        Assert.StartsWith(difference ?? "", match.Difference ?? "", StringComparison.Ordinal);
        Assert.Equal(difference is null, match.Difference is null);
        ProgramResult original = NetWhyProgram.Run("openssl", ["verify", "-no-CApath", "-no-CAstore", "-CAfile", root, file], []);
        Assert.Equal(match.Difference is null ? 0 : 2, original.ExitCode);
        string why = string.Join(' ', NetWhyProgram.Run(["openssl", "verify", "--why", "-no-CApath", "-no-CAstore", "-CAfile", root, file]).Error.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(difference is not null, why.Contains("names another certificate of it by its identifier", StringComparison.Ordinal));
        Assert.DoesNotContain("is not the one that issued", why, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_has_not_signed_and_another_name_is_no_match()
    {
        using X509Certificate2 issuer = Issuer();
        using X509Certificate2 leaf = Leaf(issuer, "none");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 namesake = new CertificateRequest("CN=Authority", other, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(9));

        Assert.False(IssuerMatch.Of(Read(leaf), Read(namesake))!.HasSigned);
        Assert.Null(IssuerMatch.Of(Read(leaf), Read(leaf)));
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, true)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment, false)]
    [InlineData(X509KeyUsageFlags.DecipherOnly, false)]
    [InlineData(null, null)]
    public void Whether_a_key_may_sign_is_read(X509KeyUsageFlags? flags, bool? maySign)
    {
        var request = new CertificateRequest("CN=Authority", _key, HashAlgorithmName.SHA256);
        if (flags is { } usage)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(9));

        Assert.Equal(maySign, Read(certificate).MaySign);
    }

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static Certificate Read(X509Certificate2 certificate)
    {
        Assert.Equal(OperationStatus.Done, Certificate.Read(certificate.RawData, out Certificate? read));
        return read!;
    }

    private string Save(string name, X509Certificate2 certificate)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    private X509Certificate2 Issuer()
    {
        var request = new CertificateRequest("CN=Authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.Create(new X500DistinguishedName("CN=Authority"), X509SignatureGenerator.CreateForECDsa(_key), Now.AddDays(-1), Now.AddDays(9), [5]);
    }

    private X509Certificate2 Leaf(X509Certificate2 issuer, string identifier)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Leaf", key, HashAlgorithmName.SHA256);
        X509Extension? named = identifier switch
        {
            "own" => X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: true),
            "key" => X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3, 4, 5, 6, 7, 8]),
            "serial" => X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(new X500DistinguishedName("CN=Authority"), [7]),
            "issuer" => X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(new X500DistinguishedName("CN=Other"), [5]),
            _ => null,
        };
        if (named is not null)
            request.CertificateExtensions.Add(named);
        return request.Create(new X500DistinguishedName("CN=Authority"), X509SignatureGenerator.CreateForECDsa(_key), Now.AddDays(-1), Now.AddDays(9), [6]);
    }
}
