using NetWhy.Certificates;
using NetWhy.Tests.Tools.Dig;
using NetWhy.Tools;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Tools.OpenSsl;

/// <summary>Certificates may be anything: damaged ones are refused or judged, and nothing throws, loops or grows without bound.</summary>
public sealed class OpenSslFuzzTests(CertificateFiles files) : IClassFixture<CertificateFiles>, IDisposable
{
    private const int Damaged = 1000;

    private readonly string _scratch = Path.GetTempFileName();

    public void Dispose() => File.Delete(_scratch);

    [Fact]
    public void Damaged_certificates_are_judged_or_refused()
    {
        int read = 0;
        foreach (byte[] octets in Mutation.Of(OctetsOf("every.pem"), Damaged).Concat(Mutation.Of(OctetsOf("leaf.pem"), Damaged)))
        {
            using OpenSslCertificate? certificate = OpenSslCertificate.Read(octets, hasTrust: true);
            if (certificate?.Library is null)
                continue;
            read++;
            var store = new Everybody(certificate);
            OpenSslSettings settings = new()
            {
                Time = DateTimeOffset.UnixEpoch.AddYears(57),
                Purpose = OpenSslPurpose.SslServer,
                IsStrict = true,
                ChecksRootSignature = true,
                ChecksPolicies = true,
                ChecksRevocation = true,
                HostName = "a.test",
                AuthLevel = 1,
            };
            OpenSslVerdict verdict = new OpenSslVerifier(store, [certificate], [], settings).Verify(certificate);
            foreach (OpenSslError error in verdict.Errors)
                Assert.NotEmpty(OpenSslAdvice.Of(error, verdict, settings, [certificate]).Text);
        }

        Assert.True(read > 150, $"only {read} were read: the mutations prove little");
    }

    [Fact]
    public void Damaged_lists_are_used_or_refused()
    {
        using OpenSslCertificate issuer = OpenSslCertificate.Read(OctetsOf("intermediate.pem"), hasTrust: false)!;
        using OpenSslCertificate leaf = OpenSslCertificate.Read(OctetsOf("revoked.pem"), hasTrust: false)!;
        OpenSslSettings settings = new() { Time = TimeProvider.System.GetUtcNow(), AllowsPartialChain = true, ChecksRevocation = true };
        int read = 0;
        foreach (byte[] octets in Mutation.Of(OctetsOf("intermediate.crl"), Damaged))
        {
            if (RevocationList.Read(octets, out RevocationList? list) is not System.Buffers.OperationStatus.Done)
                continue;
            read++;
            Assert.False(new OpenSslVerifier(new Everybody(issuer), [], [list!], settings).Verify(leaf).IsAccepted); // without a list, or revoked by it
        }

        Assert.True(read > 80, $"only {read} were read: the mutations prove little");
    }

    [Fact]
    public void Damaged_files_are_shown_or_refused_in_one_line()
    {
        foreach (byte[] octets in Mutation.Of(File.ReadAllBytes(Path.Combine(files.Place, "mixed.pem")), 200))
        {
            File.WriteAllBytes(_scratch, octets);
            using var host = new CollectingHost();
            int exitCode = ToolCatalog.Find("openssl")!.Run(["x509", "-in", _scratch, "-noout", "-text", "-subject", "-purpose", "-email", "-ext", "subjectAltName"], host);
            Assert.True(exitCode == 0 ? host.Octets.Length > 0 : host.Notes.StartsWith("Could not read certificate from ", StringComparison.Ordinal), host.Notes);
        }
    }

    [Fact]
    public void A_crowd_of_equal_issuers_is_gone_through_once()
    {
        using OpenSslCertificate root = OpenSslCertificate.Read(OctetsOf("root.pem"), hasTrust: false)!;
        List<OpenSslCertificate> crowd = [.. Enumerable.Range(0, 20_000).Select(_ => OpenSslCertificate.Read(OctetsOf("intermediate.pem"), hasTrust: false)!)];
        using OpenSslCertificate leaf = OpenSslCertificate.Read(OctetsOf("leaf.pem"), hasTrust: false)!;

        OpenSslVerdict verdict = new OpenSslVerifier(new Everybody(root), crowd, [], new OpenSslSettings { Time = TimeProvider.System.GetUtcNow() }).Verify(leaf);

        Assert.True(verdict.IsAccepted);
        Assert.Equal(3, verdict.Chain.Length);
    }

    private byte[] OctetsOf(string file)
    {
        var reader = new PemReader(File.ReadAllBytes(Path.Combine(files.Place, file)));
        Assert.Equal(System.Buffers.OperationStatus.Done, reader.Read());
        return reader.Octets;
    }

    // Trusts one certificate, whatever it is called.
    private sealed class Everybody(OpenSslCertificate trusted) : IOpenSslStore
    {
        public IReadOnlyList<OpenSslCertificate> Find(OpenSslCertificate child, bool isIssuer) => [trusted];

        public IReadOnlyList<RevocationList> FindLists(OpenSslCertificate child) => [];
    }
}
