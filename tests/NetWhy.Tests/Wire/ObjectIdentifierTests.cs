using System.Formats.Asn1;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>Object identifiers of any length, beside System.Formats.Asn1, which encodes them.</summary>
public sealed class ObjectIdentifierTests
{
    private const string LongArc = "123456789012345678901234567890123456789012345678901234567890";

    [Theory]
    [InlineData("2.5.29.32.0")]
    [InlineData("0.9.2342.19200300.100.1.1")]
    [InlineData("1.39.127.128.16383.16384")]
    [InlineData("2.999.3")]
    [InlineData("2.9223372036854775807.9223372036854775808.18446744073709551615.18446744073709551616")]
    [InlineData("2." + LongArc)]
    [InlineData("1.2." + LongArc + ".0." + LongArc)]
    [InlineData("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26.27.28.29.30.31.32.33.34.35.36.37.38.39.40.41.42.43.44.45.46")]
    public void They_are_written_whole(string dotted)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(dotted);
        var reader = new DerReader(writer.Encode());

        Assert.True(reader.Read(DerReader.ObjectIdentifier));
        Assert.Equal(dotted, DerReader.Dotted(reader.Value));
    }
}
