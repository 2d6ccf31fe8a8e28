using NetWhy.Analysis.Flows;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>HTTP inside TLS whose secrets are known: curl asked <c>openssl s_server</c> for two files, once with each cipher suite.</summary>
public sealed class TlsOpeningTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    public static TheoryData<string> Names => ["tls12-aes128gcm", "tls12-chacha20", "tls12-aes256cbc-sha384", "tls12-aes128cbc-sha", "tls13-chacha20", "tls13-aes256gcm"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Requests_are_followed_with_a_key_log_and_not_without(string name)
    {
        string path = Path.Combine(Folder, name + ".pcap");
        byte[] keys = File.ReadAllBytes(Path.Combine(Folder, name + ".keys"));

        Assert.Equal(["GET /index.txt 200", "GET /big.txt 200"], Requests(path, keys));
        Assert.Empty(Requests(path, []));
    }

    [Fact]
    public void Secrets_of_a_capture_are_used()
    {
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-secrets-{Environment.ProcessId}.pcapng");
        FieldTable.SkipWithoutTshark(); // editcap comes with it
        try
        {
            NetWhyProgram.Run("editcap", ["--inject-secrets", $"tls,{Path.Combine(Folder, "tls13-chacha20.keys")}", Path.Combine(Folder, "tls13-chacha20.pcap"), path], []);

            Assert.Equal(["GET /index.txt 200", "GET /big.txt 200"], Requests(path, []));
            string[] fields = ["tshark", "-n", "-r", path, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri"];
            Assert.Equal("/index.txt\n/big.txt\n", NetWhyProgram.Run(fields).Output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // A record that is not whole cannot be decrypted, nor can what follows it.
    [Theory]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(1000)]
    public void Where_packets_are_cut_nothing_is_made_up(int length)
    {
        string path = Path.Combine(Path.GetTempPath(), $"netwhy-cut-{length}-{Environment.ProcessId}.pcap");
        FieldTable.SkipWithoutTshark();
        try
        {
            NetWhyProgram.Run("editcap", ["-s", $"{length}", Path.Combine(Folder, "tls13-chacha20.pcap"), path], []);

            Assert.DoesNotContain(Requests(path, File.ReadAllBytes(Path.Combine(Folder, "tls13-chacha20.keys"))), request => request is not ("GET /index.txt 200" or "GET /big.txt 200" or "GET /index.txt " or "GET /big.txt "));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string[] Requests(string path, byte[] keys) =>
    [
        .. CaptureAnalyzer.OfFile(path, new CaptureAnalyzerOptions { KeyLog = keys }, TestContext.Current.CancellationToken).Conversations
            .SelectMany(conversation => conversation.Http?.Worst ?? []).OrderBy(request => request.Packet).Select(request => $"{request.Method} {request.Uri} {request.Status}"),
    ];
}
