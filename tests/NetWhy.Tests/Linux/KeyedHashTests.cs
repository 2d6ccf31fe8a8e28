using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>Codes are those of the RFCs' examples.</summary>
public sealed class KeyedHashTests
{
    // Source: RFC 2202, section 2 and 3; RFC 4231, section 4.3.
    [Theory]
    [InlineData("MD5", "750c783e6ab0b503eaa86e310a5db738")]
    [InlineData("SHA1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")]
    [InlineData("SHA256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData("SHA384", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649")]
    public void Codes_are_those_of_the_examples(string digest, string code) =>
        Assert.Equal(code, Convert.ToHexStringLower(KeyedHash.Compute(digest, "Jefe"u8, "what do ya want for nothing?"u8) ?? []));

    [Fact]
    public void A_hash_that_nobody_knows_has_no_code() => Assert.Null(KeyedHash.Compute("SHA257", "Jefe"u8, ""u8));
}
