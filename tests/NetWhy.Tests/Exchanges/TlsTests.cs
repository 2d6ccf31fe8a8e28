using System.Diagnostics;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Lab;
using NetWhy.Linux;
using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>TLS with the server of the openssl command, and verification of what it sends.</summary>
public sealed class TlsTests(TlsTests.LabCertificates certificates) : IClassFixture<TlsTests.LabCertificates>
{
    [Theory]
    [InlineData("good", "-tls1_3", 0)]
    [InlineData("good", "-tls1_2", 0)]
    [InlineData("expired", "", 10)]
    [InlineData("not-yet-valid", "", 9)]
    [InlineData("self-signed", "", 18)]
    [InlineData("missing-intermediate", "", 20)]
    [InlineData("wrong-purpose", "", 26)]
    [InlineData("weak-key", "-cipher ALL:@SECLEVEL=0", 66)]
    public async Task Judges_what_the_server_sends(string leaf, string words, int code)
    {
        ExchangeResult result = await AskAsync(leaf, words);

        Assert.Equal(TlsOutcome.Completed, result.Handshake!.Outcome);
        Assert.Equal(code, result.Chain!.VerifyCode);
        Assert.True(result.Chain.NameMatches);
        Assert.Null(result.Chain.TrustStoreProblem);
    }

    [Fact]
    public async Task Tells_which_certificates_lead_to_trust()
    {
        CertificateChain good = (await AskAsync("good", "")).Chain!;
        CertificateChain broken = (await AskAsync("missing-intermediate", "")).Chain!;

        Assert.Equal([0, 1], good.Certificates.Select(certificate => certificate.PathDepth).OfType<int>()); // the leaf is sent twice
        Assert.Equal((2, true), (good.OwnAnchor!.PathDepth, good.OwnAnchor.IsSelfSigned));
        Assert.Equal(0, broken.Certificates[0].PathDepth);
        Assert.Null(broken.OwnAnchor);
    }

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task Reads_a_stapled_revocation(string version)
    {
        ExchangeResult result = await AskAsync("revoked", $"{version} -status_file {certificates.Folder}/revoked.ocsp");

        Assert.True(result.Handshake!.HasOcspStaple);
        Assert.Equal("revoked", result.Chain!.Staple!.Status);
        Assert.NotNull(result.Chain.Staple.RevokedAt);
        Assert.False(result.Chain.Certificates[0].RequiresStaple);
    }

    [Fact]
    public async Task Reads_that_a_certificate_must_have_a_staple_and_that_it_is_good()
    {
        ExchangeResult good = await AskAsync("must-staple", $"-status_file {certificates.Folder}/must-staple.ocsp");
        ExchangeResult bare = await AskAsync("must-staple", "");
        ExchangeResult others = await AskAsync("must-staple", $"-status_file {certificates.Folder}/revoked.ocsp");

        Assert.Equal((true, "good"), (good.Chain!.Certificates[0].RequiresStaple, good.Chain.Staple?.Status));
        Assert.True(good.Chain.Staple!.NextUpdate > DateTimeOffset.UnixEpoch);
        Assert.Null(bare.Chain!.Staple);
        Assert.False(bare.Handshake!.HasOcspStaple);
        Assert.Equal(OcspStaple.Unrelated, others.Chain!.Staple!.Status);
    }

    [Fact]
    public async Task A_refusal_after_the_handshake_is_told_as_such()
    {
        ExchangeResult result = await AskAsync("good", "-tls1_3 -Verify 1");

        Assert.True(result.Handshake!.ClientCertificateRequested);
        Assert.Equal((TlsOutcome.Alert, "certificate_required"), (result.Handshake.Outcome, result.Handshake.Alert));
    }

    [Theory]
    [InlineData("", TlsOutcome.LocalFailure)] // the server takes TLS 1.1, and we do not
    [InlineData("any", TlsOutcome.Completed)]
    public async Task Old_versions_are_spoken_only_when_asked_for(string offer, TlsOutcome outcome)
    {
        int port = LoopbackServer.FreePort();
        using Process server = await ServeAsync("good", "-tls1_1 -cipher ALL:@SECLEVEL=0", port);
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            IPAddress.Loopback, port, new ConnectOptions(), TestContext.Current.CancellationToken);
        var stream = new ByteStream(connection.Socket!, IPAddress.Loopback, port, onSilence: null);

        TlsConnection tls = await TlsConnector.ConnectAsync(
            stream,
            IPAddress.Loopback,
            port,
            "target",
            offer.Length > 0 ? new TlsOptions { MinVersion = 0x0301, AllowWeak = true } : new TlsOptions(),
            TimeSpan.FromSeconds(5),
            TestContext.Current.CancellationToken);

        using TlsSession? session = tls.Session;
        server.Kill();
        Assert.Equal(outcome, tls.Handshake.Outcome);
    }

    [Fact]
    public async Task Roots_that_cannot_be_read_in_time_do_not_hold_up_the_exchange()
    {
        int port = LoopbackServer.FreePort();
        using Process server = await ServeAsync("good", "-www", port);
        List<Observation> seen = [];
        var never = new TaskCompletionSource<TrustStore>();

        ExchangeResult result = await Exchange.RunAsync(
            IPAddress.Loopback,
            port,
            new ExchangeOptions("https", "www.lab.test") { Port = port, Trust = never.Task, Report = seen.Add },
            TestContext.Current.CancellationToken);

        server.Kill();
        Assert.Equal(200, result.Http?.Status);
        Assert.Null(result.Chain);
        Assert.Contains(seen, observation => observation is NotObserved { Reason: "the roots of this machine could not be read in 3 s" });
    }

    [Fact]
    public async Task A_certificate_outside_its_dates_is_reported_where_no_request_is_wanted_too()
    {
        int port = LoopbackServer.FreePort();
        using Process server = await ServeAsync("expired", "-rev", port); // it answers, and not in HTTP
        List<Observation> seen = [];
        var trust = TrustStore.Load(name => name is "SSL_CERT_FILE" ? $"{certificates.Folder}/ca.pem" : null, extraFile: null);

        await Exchange.RunAsync(
            IPAddress.Loopback,
            port,
            new ExchangeOptions("https", "www.lab.test") { Port = port, Trust = Task.FromResult(trust), OnlyConnects = true, Report = seen.Add },
            TestContext.Current.CancellationToken);

        server.Kill();
        Assert.Equal(10, Assert.Single(seen.OfType<CertificateChain>()).VerifyCode);
        Assert.Empty(seen.OfType<HttpExchange>());
    }

    private async Task<ExchangeResult> AskAsync(string leaf, string words)
    {
        int port = LoopbackServer.FreePort();
        using Process server = await ServeAsync(leaf, words, port);
        var trust = TrustStore.Load(name => name is "SSL_CERT_FILE" ? $"{certificates.Folder}/ca.pem" : null, extraFile: null);
        ExchangeResult result = await Exchange.RunAsync(
            IPAddress.Loopback,
            port,
            new ExchangeOptions("tls", "www.lab.test") { Port = port, Trust = Task.FromResult(trust) },
            TestContext.Current.CancellationToken);
        server.Kill();
        return result;
    }

    private async Task<Process> ServeAsync(string leaf, string words, int port)
    {
        Process server = App.NetWhyProgram.Start(
            "openssl",
            [
                "s_server", "-accept", $"127.0.0.1:{port}", "-quiet", "-naccept", "3",
                "-cert", $"{certificates.Folder}/{leaf}.crt", "-cert_chain", $"{certificates.Folder}/{leaf}.pem",
                "-key", $"{certificates.Folder}/{leaf}.key", .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ],
            []);
        string path = "/proc/net/tcp";
        string mark = $"0100007F:{port:X4} 00000000:0000 0A"; // listening
        for (int i = 0; i < 500 && !server.HasExited; i++)
        {
            if ((await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Contains(mark, StringComparison.Ordinal))
                return server;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"openssl s_server does not listen: {(server.HasExited ? await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken) : "")}");
    }

    /// <summary>The certificates of the lab.</summary>
    public sealed class LabCertificates : IAsyncLifetime
    {
        /// <summary>Where they are.</summary>
        public string Folder { get; } = Directory.CreateTempSubdirectory("netwhy-test-").FullName;

        public async ValueTask InitializeAsync() =>
            await CertificateMaker.MakeAsync(Folder, TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);

        public ValueTask DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
