using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>TLS that is decrypted with a key log: curl asked <c>openssl s_server</c> for two files, once with each cipher suite.</summary>
public sealed class TlsDecryptionTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    [Theory]
    [InlineData("tls12-aes128gcm")]
    [InlineData("tls12-chacha20")]
    [InlineData("tls12-aes256cbc-sha384")]
    [InlineData("tls12-aes128cbc-sha")]
    [InlineData("tls13-chacha20")]
    [InlineData("tls13-aes256gcm")]
    public void Requests_are_read(string name)
    {
        string[] words = ["tshark", "-n", "-r", Path.Combine(Folder, name + ".pcap"), "-Y", "http", "-T", "fields", "-e", "http.request.uri", "-e", "http.response.code"];

        // The responses end with the connection, and are shown there neither here nor by tshark.
        Assert.Equal("/index.txt\t\n/big.txt\t\n", NetWhyProgram.Run([.. words, "-o", $"tls.keylog_file:{Path.Combine(Folder, name + ".keys")}"]).Output);
        Assert.Empty(NetWhyProgram.Run(words).Output);
    }

    [Theory]
    [InlineData("tls12-aes128gcm")]
    [InlineData("tls12-chacha20")]
    [InlineData("tls12-aes256cbc-sha384")]
    [InlineData("tls12-aes128cbc-sha")]
    [InlineData("tls13-chacha20")]
    [InlineData("tls13-aes256gcm")]
    public void Lists_are_those_of_tshark(string name)
    {
        Compare(Path.Combine(Folder, name + ".pcap"), "-o", $"tls.keylog_file:{Path.Combine(Folder, name + ".keys")}");
        Compare(Path.Combine(Folder, name + ".pcap"));
    }

    [Fact]
    public void Early_data_and_resumed_sessions_are_read()
    {
        string keys = CaptureLibrary.At("wireshark/test/keys/tls13-rfc8446.keys");
        Compare(CaptureLibrary.At("wireshark/test/captures/tls13-rfc8446.pcap"), "-o", $"tls.keylog_file:{keys}");
    }

    [Theory]
    [InlineData("tls-fragmented-handshakes.pcap.gz")]
    [InlineData("retrans-tls.pcap")]
    public void Handshakes_over_records_and_segments_are_put_together(string name) =>
        Compare(CaptureLibrary.At($"wireshark/test/captures/{name}"), "-T", "fields", "-e", "tls.record.length", "-e", "tls.handshake.type", "-e", "tls.handshake.length", "-e", "tls.handshake.ciphersuite");

    [Theory]
    [InlineData("tls_verylong_certificate.pcap")]
    [InlineData("tls_2_reasms.pcapng")]
    [InlineData("tls_alert.pcap")]
    [InlineData("ssl-cert-name-mismatch.pcap")]
    public void Handshakes_have_the_fields_of_tshark(string name)
    {
        string path = CaptureLibrary.At($"nDPI/tests/cfgs/default/pcap/{name}");
        Compare(path,
        [
            "-T", "fields",
            .. ((string[])[
                "tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.extensions_server_name_len", "tls.handshake.random_time",
                "tls.handshake.comp_method", "tls.handshake.extensions_key_share_key_exchange", "tls.handshake.certificate_length", "tls.handshake.certificate",
                "tls.handshake.extensions.supported_versions_len", "tls.handshake.extensions_ec_point_format", "tls.handshake.extension.type", "tls.handshake.ciphersuite",
                "tls.handshake.server_named_curve", "tls.handshake.sig_len", "tls.alert_message.desc",
            ]).SelectMany(field => new[] { "-e", field }),
        ]);
    }

    private static void Compare(string path, params string[] arguments)
    {
        FieldTable.SkipWithoutTshark();
        string[] wanted = NetWhyProgram.Run("tshark", ["-n", "-r", path, .. arguments], []).Output.Split('\n');
        string[] got = NetWhyProgram.Run(["tshark", "-n", "-r", path, .. arguments]).Output.Split('\n');
        Assert.Equal(wanted.Length, got.Length);
        for (int line = 0; line < wanted.Length; line++)
            Assert.True(wanted[line] == got[line], $"{string.Join(' ', arguments)}\n  tshark: {wanted[line]}\n  netwhy: {got[line]}");
    }
}
