using System.Buffers;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class OcspResponseTests
{
    private const string Serial = "359ee0defe8388452747fba9e14e4635888c3cb5";

    // openssl ocsp -index … -resp_no_certs, of a certificate revoked on 2026-11-24 at 04:28:18.
    private static readonly byte[] Revoked = Convert.FromBase64String(
        "MIIBSQoBAKCCAUIwggE+BgkrBgEFBQcwAQEEggEvMIIBKzCB06EPMA0xCzAJBgNVBAMMAkNBGA8yMDI2MTEyNDA0MzgxMFowgYkwgYYwTTAJBgUr"
        + "DgMCGgUABBRxHTl2ccn6zyJCCVkll5oGmORrEQQUKUF8tsIkfw0Lr90gAWYQ3Cw+jcACFDWe4N7+g4hFJ0f7qeFORjWIjDy1oREYDzIwMjYxMTI0"
        + "MDQyODE4WhgPMjAyNjExMjQwNDM4MTBaoBEYDzIwMjYxMjAxMDQzODEwWqEjMCEwHwYJKwYBBQUHMAECBBIEEAEG8ay9KX8yoYHDZImGgm0wCgYI"
        + "KoZIzj0EAwIDRwAwRAIgIGijIy63VNJzhVKPVBkc8AklS8zo6tfcZ8+i2xO4g90CIC9jlQo345ICXFVExKm3UyEcDuRK2YN7iguuuR6Lako8");

    [Fact]
    public void Says_what_the_issuer_says()
    {
        Assert.Equal(OperationStatus.Done, OcspResponse.Read(Revoked, Serial, out OcspResponse? response));

        Assert.Equal("revoked", response!.Status);
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 4, 28, 18, TimeSpan.Zero), response.RevokedAt);
        Assert.Equal(new DateTimeOffset(2026, 12, 1, 4, 38, 10, TimeSpan.Zero), response.NextUpdate);
    }

    [Fact]
    public void Says_nothing_of_another_certificate()
    {
        Assert.Equal(OperationStatus.InvalidData, OcspResponse.Read(Revoked, "00", out OcspResponse? response));
        Assert.Null(response);
        Assert.Equal(OperationStatus.Done, OcspResponse.Read(Revoked, serial: null, out _)); // it is about another one
    }

    [Theory]
    [InlineData(3, "tryLater")]
    [InlineData(6, "unauthorized")]
    [InlineData(99, "status 99")]
    public void Says_why_the_responder_does_not_say(byte code, string status)
    {
        Assert.Equal(OperationStatus.Done, OcspResponse.Read([0x30, 3, 0x0a, 1, code], Serial, out OcspResponse? response));
        Assert.Equal(status, response!.Status);
    }

    [Fact]
    public void Takes_any_octets()
    {
        for (int length = 0; length < Revoked.Length; length++)
            Assert.Equal(OperationStatus.InvalidData, OcspResponse.Read(Revoked.AsSpan(0, length), Serial, out _));
        for (int i = 0; i < Revoked.Length; i++)
        {
            byte[] damaged = [.. Revoked];
            damaged[i] ^= 0xff;
            _ = OcspResponse.Read(damaged, Serial, out _);
        }
    }

    [Fact]
    public void A_staple_is_one_only_if_it_says_that_it_is_OCSP()
    {
        Assert.Equal([1, 2], CertificateMessage.ReadStaple([1, 0, 0, 2, 1, 2]));
        Assert.Null(CertificateMessage.ReadStaple([2, 0, 0, 2, 1, 2]));
        Assert.Null(CertificateMessage.ReadStaple([1, 0, 0, 3, 1, 2]));
        Assert.Null(CertificateMessage.ReadStaple([]));
    }
}
