using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class CertificateTests
{
    private static readonly byte[] Sample = Make();

    [Fact]
    public void Reads_what_another_implementation_wrote()
    {
        Assert.Equal(OperationStatus.Done, Certificate.Read(Sample, out Certificate? certificate));

        Assert.Equal("C=CH, O=Example, CN=www.example.test", certificate!.Subject);
        Assert.Equal(certificate.Subject, certificate.Issuer);
        Assert.Equal("Example", certificate.SubjectOrganization);
        Assert.True(certificate.IsSelfIssued);
        Assert.True(certificate.IsAuthority);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), certificate.NotBefore);
        Assert.Equal(new DateTimeOffset(2056, 1, 2, 3, 4, 5, TimeSpan.Zero), certificate.NotAfter);
        Assert.Equal(["www.example.test", "*.example.test", "192.0.2.1", "2001:db8::1"], certificate.Names);
        Assert.Equal("EC P-256", certificate.Key);
        Assert.Equal("ecdsa-with-SHA256", certificate.SignatureAlgorithm);
        Assert.NotNull(certificate.SubjectKeyId);
    }

    [Fact]
    public void Finds_the_subject_without_reading_the_rest()
    {
        Assert.Equal(OperationStatus.Done, Certificate.ReadSubject(Sample, out Range subject));
        Assert.Equal(OperationStatus.Done, Certificate.Read(Sample, out Certificate? certificate));
        Assert.True(Sample.AsSpan(subject).SequenceEqual(certificate!.SubjectOctets.Span));
    }

    [Fact]
    public void Every_cut_of_a_certificate_is_refused()
    {
        for (int length = 0; length < Sample.Length; length++)
            Assert.NotEqual(OperationStatus.Done, Certificate.Read(Sample.AsSpan(0, length), out _));
    }

    [Fact]
    public void Never_throws_on_damaged_octets() => Check.QuickThrowOnFailure(
        Prop.ForAll<int, byte>((position, value) =>
        {
            byte[] damaged = [.. Sample];
            damaged[Math.Abs(position % damaged.Length)] = value;
            _ = Certificate.Read(damaged, out Certificate? certificate);
            _ = Certificate.ReadSubject(damaged, out _);
            return certificate is null || certificate.Subject.Length <= 1000;
        }));

    [Fact]
    public void Never_throws_whatever_comes() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(octets =>
    {
        _ = Certificate.Read(octets, out _);
        _ = CertificateMessage.Read(octets, isTls13: true, out _);
        _ = CertificateMessage.Read(octets, isTls13: false, out CertificateMessage message);
        return message.Certificates.Sum(certificate => certificate.Length) <= octets.Length;
    }));

    [Fact]
    public void Reads_the_chain_in_the_order_sent_in_both_forms()
    {
        byte[] old = [11, 0, 0, 11, 0, 0, 8, 0, 0, 2, 1, 2, 0, 0, 0];
        byte[] modern = [11, 0, 0, 0, 0, 0, 0, 16, 0, 0, 2, 1, 2, 0, 10, 0, 5, 0, 6, 1, 0, 0, 2, 8, 9, 0, 0, 1, 3, 0, 0];
        modern[7] = (byte)(modern.Length - 8);

        Assert.Equal(OperationStatus.Done, CertificateMessage.Read(old, isTls13: false, out CertificateMessage first));
        Assert.Equal(OperationStatus.Done, CertificateMessage.Read(modern, isTls13: true, out CertificateMessage second));
        Assert.Equal([[1, 2], []], first.Certificates);
        Assert.Equal([[1, 2], [3]], second.Certificates);
        Assert.Null(first.OcspStaple);
        Assert.Equal([8, 9], second.OcspStaple!);
    }

    private static byte[] Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=www.example.test, O=Example, C=CH", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("www.example.test");
        names.AddDnsName("*.example.test");
        names.AddIpAddress(IPAddress.Parse("192.0.2.1"));
        names.AddIpAddress(IPAddress.Parse("2001:db8::1"));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 certificate = request.CreateSelfSigned(
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new DateTimeOffset(2056, 1, 2, 3, 4, 5, TimeSpan.Zero));
        return certificate.RawData;
    }
}
