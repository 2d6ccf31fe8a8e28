using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Http;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Exchanges;

/// <summary>
/// Does with one address what an application does (connect, TLS, request) on one socket, and reports each step as it
/// is taken. Probes repeat it with other segment sizes to see what that changes.
/// </summary>
public static class Exchange
{
    /// <summary>Makes the exchange.</summary>
    /// <param name="address">Address to connect to: the target's, or the proxy's.</param>
    /// <param name="port">Port to connect to.</param>
    /// <param name="options">What to do there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ExchangeResult> RunAsync(
        IPAddress address, int port, ExchangeOptions options, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address,
            port,
            new ConnectOptions
            {
                Purpose = options.Proxy is null || options.Purpose is ExchangeOptions.Exempted ? options.Purpose : "proxy",
                Patience = options.ConnectPatience,
                SegmentSize = options.SegmentSize,
                OnSilence = options.Report,
            },
            cancellationToken);
        options.Report?.Invoke(connection.Attempt);
        if (connection.Socket is not { } socket)
        {
            return new ExchangeResult(
                ExchangeStage.NotConnected, connection.Attempt, Stopwatch.GetElapsedTime(begin));
        }

        using var run = new Run(socket, connection.Attempt, address, port, options);
        run.Sample("connected");
        await run.SpeakAsync(cancellationToken);
        return run.Result with { Elapsed = Stopwatch.GetElapsedTime(begin) };
    }

    private sealed class Run : IDisposable
    {
        // A proxy answers when its own connection to the target stands or fails: longer than a SYN sent three times.
        private static readonly TimeSpan TunnelPatience = TimeSpan.FromSeconds(6);

        // The Date field alone is wanted, and only to tell whose clock is wrong.
        private static readonly TimeSpan ClockPatience = TimeSpan.FromSeconds(2.5);

        private static readonly TimeSpan TrustPatience = TimeSpan.FromSeconds(3); // milliseconds, unless a file system hangs

        private readonly LinuxSocket _socket;
        private readonly IPAddress _address;
        private readonly int _port;
        private readonly ExchangeOptions _options;
        private readonly ByteStream _stream;
        private bool _hasStalled;
        private bool _withholdsFields;
        private Task<ServiceGreeting>? _heard; // after a handshake, while the certificate is judged

        internal Run(
            LinuxSocket socket, ConnectAttempt attempt, IPAddress address, int port, ExchangeOptions options)
        {
            (_socket, _address, _port, _options) = (socket, address, port, options);
            _stream = new ByteStream(socket, address, port, OnSilence);
            Result = new ExchangeResult(ExchangeStage.Connected, attempt, TimeSpan.Zero);
        }

        internal ExchangeResult Result { get; private set; }

        private Action<Observation>? Report => _options.Report;

        // What a proxy is asked for.
        private string Authority => string.Create(
            CultureInfo.InvariantCulture,
            $"{(_options.WireHost.Contains(':', StringComparison.Ordinal) ? $"[{_options.WireHost}]" : _options.WireHost)}:{_options.Port}");

        public void Dispose() => _stream.Tls?.Dispose();

        internal void Sample(string moment)
        {
            if (Report is not null && TcpInfoSamples.Take(_socket, _address, _port, moment) is { } sample)
                Report(sample);
        }

        internal async Task SpeakAsync(CancellationToken cancellationToken)
        {
            try
            {
                await UseAsync(cancellationToken);
            }
            finally
            {
                if (_heard is Task reading)
                    await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it reads in the session, which ends now
            }

            Sample("end");
            TcpInfo? info = _socket.GetTcpInfo();
            Result = Result with
            {
                OctetsReceived = (long)Math.Min(info?.OctetsReceived ?? 0, long.MaxValue),
                AllAcknowledged = _socket.UnacknowledgedOctets == 0,
            };
        }

        private async Task UseAsync(CancellationToken cancellationToken)
        {
            if (await OpenTunnelAsync(cancellationToken))
            {
                if (!_options.IsTls || await ShakeHandsAsync(_options.Purpose, _options.WireHost, cancellationToken))
                {
                    bool listens = _heard is not null || (!_options.IsTls && !_options.IsHttp && !_options.OnlyConnects);
                    if (listens)
                        Take(await (_heard ?? ListenAsync(_options.GreetingPatience, cancellationToken)));
                    if (_options.IsHttp && (_options.OnlyConnects ? NeedsServerClock(Result.Chain) : !listens))
                        await AskAsync(cancellationToken);
                }
            }
        }

        private void OnSilence(Silence silence)
        {
            if (!_hasStalled)
                Sample("stalled");
            _hasStalled = true;
            Report?.Invoke(silence);
        }

        /// <returns>Whether the way to the target is open.</returns>
        private async Task<bool> OpenTunnelAsync(CancellationToken cancellationToken)
        {
            if (_options.Proxy is not { } proxy)
                return true;
            if (proxy.IsTls && !await ShakeHandsAsync("proxy", proxy.Host, cancellationToken))
                return false;
            if (!_options.IsTls)
                return true; // the proxy is asked for the whole URL

            string authority = Authority;
            (HttpExchange answer, HttpResponseHead? head) = await Http1Client.ExchangeAsync(
                _stream,
                _address,
                _port,
                new HttpRequest("CONNECT", authority, authority, authority) { Fields = Authorization(proxy) },
                "proxy",
                new HttpPatience { FirstOctet = TunnelPatience < _options.ResponsePatience ? TunnelPatience : _options.ResponsePatience },
                cancellationToken);
            var tunnel = new ProxyTunnel(_address, _port, authority, answer.Outcome, answer.Elapsed)
            {
                Status = answer.Status,
                Reason = answer.Reason,
                Headers = answer.Headers,
                Fault = answer.Fault ?? (head is null ? answer.Excerpt : null),
            };
            if (_options.Purpose is not ExchangeOptions.Exempted)
                Report?.Invoke(tunnel); // what is said through it tells as much
            Result = Result with { Tunnel = tunnel };
            _stream.Stage = ExchangeStage.Connected;
            return tunnel is { Outcome: HttpOutcome.Complete, Status: >= 200 and < 300 };
        }

        /// <returns>Whether the handshake was completed.</returns>
        private async Task<bool> ShakeHandsAsync(
            string purpose, string host, CancellationToken cancellationToken)
        {
            if (TlsSession.Unavailable is { } reason)
            {
                Report?.Invoke(new NotObserved("the TLS handshake", reason));
                return false;
            }

            if (_options.StartTls is { } protocol && !await BeginTlsAsync(protocol, host, cancellationToken))
                return false;
            TlsConnection connection = await TlsConnector.ConnectAsync(
                _stream,
                _address,
                _port,
                purpose,
                new TlsOptions
                {
                    ServerName = IPAddress.TryParse(host, out _) ? null : host,
                    Protocols = purpose is "proxy" ? [] : _options.Protocols ?? (_options.Scheme is "https" ? ["http/1.1"] : []),
                    TakesLateRequests = purpose is not "proxy" && _options.IsHttp, // as curl does: some places of a site alone want a certificate
                },
                _options.HandshakePatience,
                cancellationToken);
            TlsHandshake handshake = connection.Handshake with
            {
                Authority = _options.Proxy is null || purpose is "proxy" ? null : Authority,
            };
            Report?.Invoke(handshake);
            bool isDone = connection.Session is not null;
            Result = Result with
            {
                Handshake = handshake,
                Stage = isDone ? ExchangeStage.HandshakeDone
                    : handshake.OctetsReceived > 0 ? ExchangeStage.HandshakeBegun
                    : ExchangeStage.Connected,
            };
            bool asks = _options.IsHttp && !_options.OnlyConnects && _options.Asks?.Invoke(handshake) is not false;
            if (isDone && purpose is not "proxy" && !asks && Report is not null)
                _heard = ListenAsync(_options.SessionPatience + (2 * (Result.Attempt.RoundTrip ?? TimeSpan.Zero)), cancellationToken);
            if (connection.Certificates is { Certificates.IsEmpty: false } sent
                && await TrustAsync(cancellationToken) is { } trust)
            {
                Result = Result with
                {
                    Chain = TlsConnector.Judge(
                        sent, handshake, host, trust, connection.SecurityLevel, TimeProvider.System.GetUtcNow()),
                };
                if (!isDone || !_options.IsHttp || !NeedsServerClock(Result.Chain))
                    ReportChain(serverClockOffset: null);
            }

            if (isDone && purpose is not "proxy" && _options.Fields.Count > 0 && !_options.GivesFieldsToAnyone)
                _withholdsFields = !await IsTrustedAsync(connection, handshake, host, cancellationToken);
            return isDone;
        }

        // What identifies the user goes to nobody whose certificate is not trusted.
        private async Task<bool> IsTrustedAsync(TlsConnection connection, TlsHandshake handshake, string host, CancellationToken cancellationToken)
        {
            if (Result.Chain is { } judged)
                return judged is { VerifyCode: 0, NameMatches: true };
            if (_options.FieldTrust is not { } loading || connection.Certificates is not { Certificates.IsEmpty: false } sent)
                return false;
            try
            {
                return TlsConnector.Judge(sent, handshake, host, await loading.WaitAsync(TrustPatience, cancellationToken), connection.SecurityLevel, TimeProvider.System.GetUtcNow()) is { VerifyCode: 0, NameMatches: true };
            }
            catch (TimeoutException)
            {
                return false; // the roots could not be read in time, which the usual try says
            }
        }

        /// <returns>Whether the service lets TLS begin.</returns>
        private async Task<bool> BeginTlsAsync(string protocol, string host, CancellationToken cancellationToken)
        {
            StartTlsAnswer answer = await StartTls.AskPatientlyAsync(_stream, protocol, host, _options.HandshakePatience, cancellationToken);
            Report?.Invoke(new StartTlsDialogue(_address, _port, protocol, answer.Refusal, answer.Elapsed)
            {
                Step = answer.Step.ToString().ToLowerInvariant(),
                Said = PrintableText.Of(answer.Said.Span, 200),
            });
            return answer.IsAccepted;
        }

        /// <returns>The roots; null if nobody wants them, or they cannot be read in time.</returns>
        private async Task<TrustStore?> TrustAsync(CancellationToken cancellationToken)
        {
            if (_options.Trust is not { } loading)
                return null;
            try
            {
                return await loading.WaitAsync(TrustPatience, cancellationToken);
            }
            catch (TimeoutException)
            {
                Report?.Invoke(new NotObserved(
                    "whether the certificate is trusted",
                    string.Create(CultureInfo.InvariantCulture, $"the roots of this machine could not be read in {TrustPatience.TotalSeconds:0} s")));
                return null;
            }
        }

        // 9 and 10: X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED. Whose clock is wrong the Date field tells.
        private static bool NeedsServerClock(CertificateChain? chain) => chain?.VerifyCode is 9 or 10;

        private void ReportChain(TimeSpan? serverClockOffset)
        {
            if (Result.Chain is not { } chain)
                return;
            Result = Result with { Chain = chain with { ServerClockOffset = serverClockOffset } };
            Report?.Invoke(Result.Chain);
        }

        private async Task AskAsync(CancellationToken cancellationToken)
        {
            bool isForwarded = _options is { Proxy: not null, IsTls: false };
            string fields = Cookie.FieldOf(_options.Cookies, _options.IsTls) is { } cookie ? $"Cookie: {cookie}\r\n" : "";
            (HttpExchange exchange, HttpResponseHead? head) = await Http1Client.ExchangeAsync(
                _stream,
                _address,
                _port,
                new HttpRequest(
                    _options.OnlyConnects ? "HEAD" : _options.Method,
                    isForwarded ? _options.Url : _options.Path,
                    Http1Client.HostField(_options.Scheme, _options.WireHost, _options.Port),
                    _options.Url)
                {
                    Fields = isForwarded ? fields + Authorization(_options.Proxy!) : fields,
                    Given = _withholdsFields ? [] : _options.Fields,
                },
                _options.Purpose,
                new HttpPatience
                {
                    FirstOctet = _options.OnlyConnects ? ClockPatience : _options.ResponsePatience,
                    Stall = _options.OnlyConnects ? ClockPatience : _options.StallPatience,
                    Body = _options.BodyTime,
                    WantsBody = _options.OnlyConnects ? () => false : _options.WantsBody,
                },
                cancellationToken);
            exchange = exchange with
            {
                ClientCertificateRequested = _stream.Tls is { ClientCertificateRequested: true } && Result.Handshake is { ClientCertificateRequested: false },
                LookupTime = _options.LookupTime,
                ConnectTime = Result.Attempt.Elapsed,
                TlsTime = Result.Handshake?.Elapsed,
                ViaProxy = _options.Proxy is null ? null : _address,
                RedirectDepth = _options.RedirectDepth,
            };
            if (NeedsServerClock(Result.Chain))
                ReportChain(ClockOffset(head, exchange));
            if (_options.OnlyConnects)
                return; // only the clock was wanted
            Report?.Invoke(exchange);
            Result = Result with
            {
                Http = exchange,
                Cookies = Cookie.Of(head, _options.Cookies),
                Location = head?["location"],
                Stage = exchange switch
                {
                    { Outcome: HttpOutcome.Complete } => ExchangeStage.Complete,
                    { Status: not null } => ExchangeStage.BodyBegun,
                    { TimeToFirstByte: not null } => ExchangeStage.FirstByte,
                    _ => Result.Stage,
                },
            };
        }

        // What the service does by itself.
        private async Task<ServiceGreeting> ListenAsync(TimeSpan patience, CancellationToken cancellationToken)
        {
            const int LongestGreeting = 200;
            byte[] buffer = new byte[1024];
            long begin = Stopwatch.GetTimestamp();
            StreamResult result = await _stream.ReadAsync(buffer, patience, cancellationToken);
            TlsSession? session = _stream.Tls;
            string? alert = session is { Alert: { } code, AlertIsOurs: false } ? $"TLS alert {TlsAlert.Name(code)}" : null;
            if (result.Outcome is StreamOutcome.Refused && alert is null) // nobody ended it
                Report?.Invoke(new NotObserved(NotObserved.AfterHandshake, $"what it sends after the handshake is refused by the TLS library here ({session?.Reason ?? "it does not say why"})"));
            return new ServiceGreeting(
                _address,
                _port,
                result.Outcome is StreamOutcome.Moved
                    ? PrintableText.Of(buffer.AsSpan(0, result.Count), LongestGreeting)
                    : null,
                Stopwatch.GetElapsedTime(begin))
            {
                Ended = result.Outcome switch
                {
                    StreamOutcome.Closed => alert ?? "closed",
                    StreamOutcome.Failed => alert ?? TcpConnector.Name(result.Errno),
                    StreamOutcome.Refused => alert,
                    _ => null,
                },
                IsInTls = session is not null,
                IsEndSaid = session is not null && (session.HasHeardEnd || alert is not null),
                Trial = _options.Purpose is "target" ? null : _options.Purpose,
            };
        }

        private void Take(ServiceGreeting greeting)
        {
            Report?.Invoke(greeting);
            Result = Result with
            {
                Greeting = greeting,
                Stage = greeting.Text is null ? Result.Stage : ExchangeStage.Complete,
            };
        }

        private static string Authorization(ProxyRoute proxy) =>
            proxy.Authorization is { } value ? $"Proxy-Authorization: {value}\r\n" : "";

        private static TimeSpan? ClockOffset(HttpResponseHead? head, HttpExchange exchange) =>
            head?["date"] is { } text
            && DateTimeOffset.TryParseExact(
                text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset theirs)
                ? theirs - (TimeProvider.System.GetUtcNow() - (exchange.TransferTime ?? TimeSpan.Zero))
                : null;
    }
}
