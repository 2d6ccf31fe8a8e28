using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>netwhy http with -n names the causes that netwhy URL names, with how often.</summary>
public sealed class HttpVerdictTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public void A_certificate_that_has_expired_is_the_cause_of_all_and_none_where_certificates_count_for_nothing()
    {
        using var application = new ScriptedServer((_, _) => Good);
        using var proxy = new RealProxy("nginx", application.Port, streams: 8, until: DateTimeOffset.UnixEpoch.AddYears(40));

        JsonElement[] told = Ask(1, proxy.Url, "-n", "6", "--cacert", proxy.Authority);

        Assert.Equal("tls-certificate-expired", told[0].GetProperty("cause").GetString());
        Assert.Contains(told[0].GetProperty("proof").EnumerateArray(), proof => proof.GetString()!.StartsWith("6 of 6 requests failed (6 × ", StringComparison.Ordinal));
        Assert.Empty(Ask(0, proxy.Url, "-n", "6", "-k"));
    }

    [Fact]
    public void A_certificate_that_is_asked_of_the_client_is_the_cause()
    {
        using var application = new ScriptedServer((_, _) => Good);
        using var proxy = new RealProxy("nginx", application.Port, streams: 8, directives: "ssl_verify_client on; ssl_client_certificate pem;");

        Assert.Equal("tls-client-certificate-required", Ask(1, proxy.Url, "-n", "6", "--cacert", proxy.Authority)[0].GetProperty("cause").GetString());
    }

    [Fact]
    public void A_server_that_says_nothing_gets_its_cause_with_how_often_it_was_asked()
    {
        using var server = new ScriptedServer((_, _) => "");

        JsonElement verdict = Ask(1, server.Url, "-n", "3", "--new", "-m", "0.2", "-I", "-H", "X-Mine: 1")[0];

        Assert.Equal("service-hung", verdict.GetProperty("cause").GetString());
        Assert.Contains(verdict.GetProperty("proof").EnumerateArray(), proof => proof.GetString() == "3 of 3 requests failed (3 × no answer at 127.0.0.1)");
        Assert.All(server.Heads, head => Assert.Matches("(?s)^HEAD / .*X-Mine: 1\r\n", head)); // what netwhy asks besides is asked alike
        Assert.True(server.Heads.Count > 4);
    }

    // It answers after more than a second, and those who ask wait for a fifth of one.
    [Fact]
    public void A_server_that_answers_later_than_the_user_waits_is_slow_and_does_not_hang()
    {
        string slow = string.Concat(Enumerable.Repeat("!pause", 60)) + Good;
        using var server = new ScriptedServer((_, _) => slow);

        JsonElement verdict = Ask(1, server.Url, "-n", "4", "--new", "-m", "0.2")[0];

        Assert.Equal("http-slow-server", verdict.GetProperty("cause").GetString());
        Assert.Contains(verdict.GetProperty("proof").EnumerateArray(), proof => proof.GetString() == "4 of 4 requests failed (4 × no answer at 127.0.0.1)");
    }

    [Fact]
    public void What_identifies_the_user_goes_to_nobody_whose_certificate_is_not_trusted_in_any_try()
    {
        using var application = new ScriptedServer((_, _) => Good);
        using var proxy = new RealProxy("nginx", application.Port, streams: 8);

        JsonElement[] told = Ask(1, proxy.Url, "-n", "3", "-H", "Authorization: Basic c2VjcmV0");

        Assert.StartsWith("tls-", told[0].GetProperty("cause").GetString(), StringComparison.Ordinal);
        Assert.All(application.Heads, head => Assert.DoesNotContain("Authorization", head, StringComparison.Ordinal));
    }

    [Fact]
    public void Resets_of_three_kept_connections_beside_three_good_new_ones_blame_no_backend()
    {
        using var server = new ScriptedServer((_, request) => request == 0 ? Good : ScriptedServer.Reset);

        JsonElement[] told = Ask(1, server.Url, "--kept", "-n", "6", "-i", "50ms");

        Assert.Equal("http-keepalive-race", told[0].GetProperty("cause").GetString());
        Assert.DoesNotContain(told, statement => statement.GetProperty("cause").GetString() is "http-backend-partly-failing");
    }

    // The real thing: nginx lets the first four through and one a minute behind them.
    [Fact]
    public void A_limit_that_nginx_sets_is_told()
    {
        using var application = new ScriptedServer((_, _) => Good);
        using var proxy = new RealProxy("nginx", application.Port, directives: "limit_req zone=z burst=3 nodelay; limit_req_status 429;", ofHttp: "limit_req_zone $server_port zone=z:1m rate=1r/m;");

        JsonElement[] told = Ask(1, proxy.Url, "-n", "16");

        Assert.Equal("http-client-error", told[0].GetProperty("cause").GetString());
        Assert.Contains("with 429", told[0].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_all_is_well_nothing_is_asked_besides()
    {
        using var server = new ScriptedServer((_, _) => Good);

        Assert.Empty(Ask(0, server.Url, "-n", "6"));
        Assert.Equal(7, server.Heads.Count);
    }

    [Fact]
    public async Task Plain_HTTP_to_a_port_of_TLS_is_the_cause()
    {
        await using var server = new SilentTlsServer(SslApplicationProtocol.Http11);

        Assert.Equal("http-on-tls-port", Ask(1, $"http://127.0.0.1:{server.Port}/", "-n", "4")[0].GetProperty("cause").GetString());
    }

    // The run speaks HTTP/2, what netwhy asks besides HTTP/1.1.
    [Fact]
    public async Task A_server_that_speaks_HTTP_2_alone_is_not_told_to_mismatch()
    {
        await using var server = new SilentTlsServer(SslApplicationProtocol.Http2);

        JsonElement[] told = Ask(1, $"https://127.0.0.1:{server.Port}/", "-n", "3", "--new", "-m", "1", "-k"); // a first handshake takes its time

        Assert.Equal("service-hung", Assert.Single(told).GetProperty("cause").GetString());
    }

    private static JsonElement[] Ask(int exitCode, params string[] arguments)
    {
        ProgramResult result = NetWhyProgram.Run(["http", .. arguments, "--json"]);

        Assert.True(exitCode == result.ExitCode, result.Output + result.Error);
        using var json = JsonDocument.Parse(result.Output);
        return [.. json.RootElement.Clone().GetProperty("statements").EnumerateArray()];
    }

    // It shakes hands, for one protocol alone, and says nothing.
    private sealed class SilentTlsServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly X509Certificate2 _certificate = RealProxy.Certificate(DateTimeOffset.UtcNow.AddYears(1));
        private readonly SslApplicationProtocol _protocol;
        private readonly Task _serving;

        internal SilentTlsServer(SslApplicationProtocol protocol)
        {
            _protocol = protocol;
            _listener.Start();
            _serving = ServeAsync();
        }

        internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _serving;
            _listener.Dispose();
            _certificate.Dispose();
            _end.Dispose();
        }

        private async Task ServeAsync()
        {
            List<Task> clients = [];
            try
            {
                while (true)
                    clients.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(clients); // the test is over
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await using var session = new SslStream(client.GetStream());
                    await session.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [_protocol] }, _end.Token);
                    byte[] buffer = new byte[1024];
                    while (await session.ReadAsync(buffer, _end.Token) > 0)
                    {
                        // it is not answered
                    }
                }
                catch (Exception refusal) when (refusal is AuthenticationException or IOException or OperationCanceledException)
                {
                    // it is no ClientHello, or the client has gone, or the test is over
                }
            }
        }
    }
}
