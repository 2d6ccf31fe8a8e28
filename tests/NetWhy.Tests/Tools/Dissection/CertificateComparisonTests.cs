using NetWhy.Analysis.Fields;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Certificates have the fields that tshark 4.0 finds.</summary>
public sealed class CertificateComparisonTests
{
    private static readonly string[] Protocols = ["x509af", "x509if", "x509sat", "x509ce", "pkcs-1", "pkix1implicit", "pkix1explicit"];

    private static readonly string[] Fields =
    [
        "frame.protocols", "tls.handshake.certificates_length", "tls.handshake.certificate_length", "tls.handshake.certificate", "tls.handshake.sig_hash_alg", "tls.sct.sct_timestamp", "tls.sct.sct_logid",
        .. FieldCatalog.Default.All.Where(field => Protocols.Contains(field.Protocol.Name) && field.Protocol != field).Select(field => field.Name),
    ];

    [Theory]
    [InlineData("tls12-aes128gcm.pcap")]
    [InlineData("tls13-chacha20.pcap")] // of which nothing can be read without its secrets
    [InlineData("http2-in-tls.pcapng")]
    public void Fields_of_own_captures_are_the_same(string name) => Compare(Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures", name), "tls12-aes128gcm.pcap" == name);

    [Theory]
    [InlineData("zeek/testing/btest/Traces/tls/certificate-with-sct.pcap")]
    [InlineData("zeek/testing/btest/Traces/tls/google-cert-repeat.pcap")] // elliptic curves
    [InlineData("zeek/testing/btest/Traces/tls/ecdsa-cert.pcap")]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_verylong_certificate.pcap")]
    [InlineData("nDPI/tests/cfgs/default/pcap/tls_torrent.pcapng")]
    [InlineData("nDPI/tests/cfgs/default/pcap/ssl-cert-name-mismatch.pcap")]
    [InlineData("nDPI/tests/cfgs/default/pcap/443-curl.pcap")]
    public void Fields_of_public_captures_are_the_same(string path) => Compare(CaptureLibrary.At(path), hasCertificates: true);

    private static void Compare(string path, bool hasCertificates)
    {
        FieldTable.SkipWithoutTshark();
        string[] theirs = FieldTable.OfTshark(path, Fields);
        string[] ours = FieldTable.OfNetwhy(path, Fields);

        Assert.Equal(theirs.Length, ours.Length);
        Assert.True(!hasCertificates || ours.Any(row => row.Contains("2.5.4.3", StringComparison.Ordinal)), "no certificate was found");
        for (int row = 0; row < theirs.Length; row++)
        {
            foreach ((string field, (string their, string our)) in Fields.Zip(theirs[row].Split('\t').Zip(ours[row].Split('\t'))))
                Assert.True(their == our, $"{Path.GetFileName(path)}, packet {row + 1}: {field}\n  tshark: {their}\n  netwhy: {our}");
        }
    }
}
