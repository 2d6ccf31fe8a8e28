using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using NetWhy.Collect;
using NetWhy.Collect.Probes;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;
using NetWhy.Tests.App;
using NetWhy.Tests.Tools.Curl;
using Xunit;

namespace NetWhy.Tests.Exchanges;

/// <summary>What servers do by themselves once the TLS handshake is done: who ends the session at once cannot serve, and who waits, greets or asks for more is not accused of it.</summary>
public sealed class TlsEndTests(TlsTests.LabCertificates certificates) : IClassFixture<TlsTests.LabCertificates>, IDisposable
{
    private const string Ends = "connection-reset", Demands = "tls-client-certificate-required";

    private readonly List<Process> _programs = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Process program in _programs)
        {
            program.Kill();
            program.Dispose();
        }
    }

    [Theory]
    [InlineData("reset", Ends, Severity.Critical, "itself resets the established connection to port # right after the TLS handshake, before a word.")]
    [InlineData("says it", Ends, Severity.Critical, "itself closes the established connection to port # right after the TLS handshake, before a word.")]
    [InlineData("closes", Ends, Severity.Critical, "itself closes the established connection to port # right after the TLS handshake, before a word.")]
    [InlineData("closes, then stays", Ends, Severity.Warning, "itself closes the established connection to port # right after the TLS handshake, before a word.")]
    [InlineData("stays")]
    [InlineData("closes when it has rested")]
    [InlineData("greets and closes")]
    [InlineData("closes where no protocol is named")]
    [InlineData("closes where h2 is not named", null, default(Severity), null, "https")]
    [InlineData("sends no TLS", null, default(Severity), "what it sends after the handshake is refused by the TLS library here (")]
    public async Task A_session_that_ends_at_once_is_told_from_one_that_does_not(string manner, string? cause = null, Severity severity = default, string? says = null, string scheme = "tls")
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(
            X509Certificate2.CreateFromPemFile($"{certificates.Folder}/good.crt", $"{certificates.Folder}/good.key").Export(X509ContentType.Pkcs12), null);
        var context = SslStreamCertificateContext.Create(certificate, new X509Certificate2Collection(X509CertificateLoader.LoadCertificateFromFile($"{certificates.Folder}/intermediate.crt")), offline: true);
        int sessions = 0;
        using var server = new AcceptingServer(peer => ServeAsync(peer, context, manner, Interlocked.Increment(ref sessions) == 1));

        Diagnosis diagnosis = await AskAsync(server.Port, scheme);

        Assert.Equal(cause, diagnosis.Causes.FirstOrDefault()?.Finding.Cause);
        Assert.Equal(cause is null ? Status.Healthy : severity is Severity.Warning ? Status.Degraded : Status.Broken, diagnosis.Status);
        if (cause is null)
        {
            Assert.StartsWith(says ?? "none", TlsOverview.DoubtOf(diagnosis.Evidence) ?? "none", StringComparison.Ordinal);
            return;
        }

        Finding finding = diagnosis.Causes[0].Finding;
        Assert.Equal((severity, Where.Remote), (finding.Severity, finding.Where));
        Assert.EndsWith(says!.Replace("#", $"{server.Port}", StringComparison.Ordinal), finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stunnel", Ends)]
    [InlineData("haproxy", Ends)]
    [InlineData("openssl s_server -www")]
    [InlineData("openssl s_server -www -Verify 1 -verify_return_error -tls1_3", Demands)]
    [InlineData("openssl s_server -www -Verify 1 -verify_return_error -tls1_2", Demands)]
    [InlineData("openssl s_server -verify 1", null, "it asked for a client certificate, and what the service does without one was not seen")]
    [InlineData("nginx off")]
    [InlineData("nginx optional")]
    [InlineData("nginx on", Demands)]
    public async Task A_real_server_is_judged_by_what_it_does(string program, string? cause = null, string? doubt = null)
    {
        int port = LoopbackServer.FreePort();
        Start(program, port);

        Diagnosis diagnosis = await AskAsync(port);

        Assert.Equal(cause, diagnosis.Causes.FirstOrDefault()?.Finding.Cause);
        Assert.Equal(cause is null ? Status.Healthy : Status.Broken, diagnosis.Status);
        if (cause is null)
            Assert.Equal(doubt, TlsOverview.DoubtOf(diagnosis.Evidence));
        Assert.Equal(doubt is not null, diagnosis.NotObserved.Any(gap => gap.What == NotObserved.WithoutClientCertificate));
    }

    private static async Task ServeAsync(TcpClient peer, SslStreamCertificateContext certificate, string manner, bool isFirst)
    {
        try
        {
            using var tls = new SslStream(peer.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate,
                ApplicationProtocols = manner switch
                {
                    "closes where no protocol is named" => [SslApplicationProtocol.Http2],
                    "closes where h2 is not named" => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                    _ => null,
                },
            });
            bool isNamed = tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
            switch (manner)
            {
                case "reset":
                    peer.Client.LingerState = new LingerOption(enable: true, 0);
                    peer.Client.Dispose(); // the stream's end would come before the reset
                    return;
                case "says it":
                    await tls.ShutdownAsync();
                    return;
                case "closes, then stays" when isFirst:
                case "closes where no protocol is named" or "closes where h2 is not named" when !isNamed:
                case "closes":
                    peer.Client.Shutdown(SocketShutdown.Send);
                    break;
                case "greets and closes":
                    await tls.WriteAsync("* OK ready\r\n"u8.ToArray());
                    await tls.ShutdownAsync();
                    return;
                case "sends no TLS":
                    await peer.GetStream().WriteAsync("no record of TLS\r\n"u8.ToArray());
                    break;
                case "closes when it has rested":
                    await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
                    return;
            }

            while (await tls.ReadAsync(new byte[100]) > 0)
            {
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // the client has gone
        }
    }

    // As netwhy tls://… does, or netwhy tls https://…, without what lies below.
    private async Task<Diagnosis> AskAsync(int port, string scheme = "tls")
    {
        var target = new Target($"{scheme}://127.0.0.1:{port}", scheme is "tls" ? TargetKind.Service : TargetKind.Tls) { Scheme = scheme, Host = "127.0.0.1", Literal = IPAddress.Loopback, Port = port, ServerName = "www.lab.test" };
        var started = new InvestigationStarted("0.1.0", target.Input, target.Kind, target.Scheme, target.Host, target.Port) { Literal = target.Literal };
        EvidenceSet evidence = await new Investigation(target, new InvestigationOptions { CertificateAuthorityFile = $"{certificates.Folder}/ca.pem" }, TimeProvider.System, "here")
            .RunAsync(started, [new NameResolutionProbe(), new ExchangeProbe()], TimeSpan.Zero, Cancellation);
        return Diagnosis.Of(evidence, RuleCatalog.All);
    }

    private void Start(string program, int port)
    {
        int dead = LoopbackServer.FreePort();
        string folder = certificates.Folder, chain = $"{folder}/good.pem", key = $"{folder}/good.key", file = $"{folder}/{port}.conf";
        string[] words = program.Split(' ');
        string path = words[0] switch { "nginx" or "haproxy" => $"/usr/sbin/{words[0]}", _ => $"/usr/bin/{words[0]}" };
        Assert.SkipUnless(File.Exists(path), $"{words[0]} is not installed");
        string[] arguments;
        switch (words[0])
        {
            case "stunnel":
                File.WriteAllText(file, $"foreground = yes\npid =\nsyslog = no\n[tls]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{dead}\ncert = {chain}\nkey = {key}\n");
                arguments = [file];
                break;
            case "haproxy":
                File.WriteAllText($"{folder}/{port}.pem", File.ReadAllText(chain) + File.ReadAllText(key));
                File.WriteAllText(file, $"defaults\n mode tcp\n retries 0\n timeout connect 2s\n timeout client 2s\n timeout server 2s\nlisten tls\n bind 127.0.0.1:{port} ssl crt {folder}/{port}.pem\n server dead 127.0.0.1:{dead}\n");
                arguments = ["-q", "-db", "-f", file];
                break;
            case "nginx":
                File.WriteAllText(file, $$"""
                    daemon off; master_process off; pid {{file}}.pid; events { worker_connections 64; }
                    http {
                        access_log off; client_body_temp_path {{file}}.t; proxy_temp_path {{file}}.t; fastcgi_temp_path {{file}}.t; uwsgi_temp_path {{file}}.t; scgi_temp_path {{file}}.t;
                        server {
                            listen 127.0.0.1:{{port}} ssl; ssl_certificate {{chain}}; ssl_certificate_key {{key}};
                            ssl_client_certificate {{folder}}/ca.pem; ssl_verify_client {{words[1]}}; return 200 "ok";
                        }
                    }
                    """);
                arguments = ["-c", file, "-e", "/dev/null"];
                break;
            default:
                arguments = [.. words[1..], "-accept", $"127.0.0.1:{port}", "-quiet", "-cert", $"{folder}/good.crt", "-cert_chain", chain, "-key", key, "-CAfile", $"{folder}/ca.pem"];
                break;
        }

        _programs.Add(NetWhyProgram.Start(path, arguments, []));
        for (int i = 0; i < 500 && !_programs[^1].HasExited; i++)
        {
            if (File.ReadAllText("/proc/net/tcp").Contains($"0100007F:{port:X4} 00000000:0000 0A", StringComparison.Ordinal))
                return;
            Thread.Sleep(10);
        }

        throw new TimeoutException($"{program} does not listen");
    }
}
