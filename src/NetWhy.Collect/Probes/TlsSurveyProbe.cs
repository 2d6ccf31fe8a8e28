using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Tls;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Http;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Probes;

/// <summary>Finds out what a TLS server takes, who it says it is under other names, and whether its certificate is believed.</summary>
public sealed class TlsSurveyProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "tls.survey";

    private const string OtherName = "netwhy-control.invalid"; // RFC 2606: nobody's
    private const int LargestPage = 4096; // of an error: enough to say what it is about
    private const int RoundTrips = 3; // of a dialogue before TLS: greeting, introduction, wish

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(9); // all hellos together
    private static readonly TimeSpan ForHandshakes = TimeSpan.FromSeconds(3); // left of the budget
    private static readonly TimeSpan ForFetching = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan SlowGreeting = TimeSpan.FromSeconds(1); // with many connections, longer than our time

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which versions, cipher suites and groups does the server take, and who does it say it is?",
        Source: "RFC 8446, section 4.1; RFC 5246, section 7.4.1; RFC 6066, section 3; RFC 7301; RFC 6797",
        Question.Application)
    {
        IsOfTls = true,
        SendsPackets = true,
        Budget = TimeSpan.FromSeconds(20), // with what is fetched
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Kind is TargetKind.Tls;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        string? unfetched = "the time was over before";
        try
        {
            unfetched = await SurveyAsync(context, cancellationToken);
        }
        finally
        {
            if (context.Options.Fetches && unfetched is not null)
                context.ReportNotObserved(RevocationAnswer.Question, unfetched);
        }
    }

    /// <returns>Why nothing was fetched that was to be; null if all was, or there is nothing to fetch for.</returns>
    private static async Task<string?> SurveyAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        const string What = "versions, cipher suites and groups";
        long begin = Stopwatch.GetTimestamp();
        if (await FindServerAsync(context, cancellationToken) is not ({ } reached, var own))
            return null; // why, the attempts themselves say
        StartTlsDialogue? dialogue = context.Evidence.All<StartTlsDialogue>().FirstOrDefault(dialogue => dialogue.Address.Equals(reached.Address));
        if (dialogue?.Elapsed - RoundTrips * (reached.RoundTrip ?? TimeSpan.Zero) > SlowGreeting)
        {
            context.ReportNotObserved(What, $"the service lets each connection wait for {Invariant(dialogue!.Elapsed)} before TLS begins, and this needs many");
            return "the service lets each connection wait";
        }

        if (own is { Outcome: TlsOutcome.NotTls, Messages: [.., "> ClientHello"] })
        {
            context.ReportNotObserved(What, "the server answers a ClientHello with what is no TLS");
            return null;
        }

        TimeSpan left = context.Options.Limit - Stopwatch.GetElapsedTime(begin) - ForHandshakes - (context.Options.Fetches ? ForFetching : TimeSpan.Zero);
        ExchangeOptions target = ExchangeOptions.Of(context);
        var run = new Run(context, target, reached.Address, reached.Port);
        using var asker = new TlsAsker(reached.Address, reached.Port, target.StartTls, target.WireHost, Patience, left < Limit ? left : Limit);
        var surveyor = new TlsSurveyor(asker, reached.Address, reached.Port, target.ServerName, reached.RoundTrip ?? TimeSpan.Zero, own);
        try
        {
            if (own is { Outcome: TlsOutcome.Stalled, OctetsReceived: 0 })
            {
                context.ReportNotObserved(What, "the server answers a ClientHello with nothing");
                await surveyor.RunSizesAsync(cancellationToken);
                return null;
            }

            if (left > TimeSpan.Zero)
                await surveyor.RunAsync(cancellationToken);
            else
                context.ReportNotObserved(What, "the time was over before");

            // One after the other: a server that serves one connection at a time must not be held up by ours.
            if (TlsSession.Unavailable is not { } reason)
                return await run.ShakeHandsAsync(cancellationToken);
            context.ReportNotObserved("certificates, names and protocols of the server", reason);
            return reason;
        }
        finally
        {
            // What is known is told, also where the time was over before all was.
            if (asker.Connections > 0)
                context.Report(surveyor.Survey with { FastestHandshake = run.Fastest, Protocols = run.Protocols, StrictTransport = run.StrictTransport });
        }
    }

    // The first address that accepts, and where that lets TLS not begin, one that does; with the handshake of the target,
    // which has the server for itself, so that its times are its own.
    private static async Task<(ConnectAttempt? Reached, TlsHandshake? Own)> FindServerAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        ConnectAttempt? reached = await context.Evidence.FirstAsync<ConnectAttempt>(
            attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected }, [ExchangeProbe.Id], cancellationToken);
        if (reached is null)
            return (null, null);
        TlsHandshake? own = await context.Evidence.FirstAsync<TlsHandshake>(
            handshake => handshake.Purpose is "target" && handshake.Address.Equals(reached.Address), [ExchangeProbe.Id], cancellationToken);
        if (own is not null || !context.Evidence.All<StartTlsDialogue>().Any(dialogue => dialogue.Refusal is not null && dialogue.Address.Equals(reached.Address)))
            return (reached, own);
        own = context.Evidence.All<TlsHandshake>().FirstOrDefault(handshake => handshake.Purpose is "target");
        reached = context.Evidence.All<ConnectAttempt>()
            .FirstOrDefault(attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected } && attempt.Address.Equals(own?.Address));
        return (reached, own);
    }

    private static string Invariant(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");

    private sealed class Run(ProbeContext context, ExchangeOptions target, IPAddress address, int port)
    {
        private TrustStore? _trust;
        private TlsConnection? _reviewed;

        /// <summary>Shortest time of a whole handshake; null if none was made.</summary>
        internal TimeSpan? Fastest { get; private set; }

        /// <summary>What it takes by ALPN; null if that was not asked.</summary>
        internal IReadOnlyList<string>? Protocols { get; private set; }

        /// <summary>Its HSTS; empty for none, null if that was not asked.</summary>
        internal string? StrictTransport { get; private set; }

        /// <returns>Why nothing was fetched that was to be; null if all was.</returns>
        internal async Task<string?> ShakeHandsAsync(CancellationToken cancellationToken)
        {
            var usual = new TlsOptions { ServerName = target.ServerName };
            TlsHandshake? first = await AskForPolicyAsync(usual, cancellationToken);
            if (first is { Outcome: TlsOutcome.Stalled })
                context.ReportNotObserved("protocols of the server, and certificates for other names", "its handshakes go silent");
            else
                await AskFurtherAsync(usual, cancellationToken);
            if (!context.Options.Fetches)
                return null;
            if (_trust is not { } trust || _reviewed is not { Certificates.Certificates: var sent, SecurityLevel: var level })
                return "no certificate came";
            var fetcher = new CertificateFetcher(context, new HttpFetcher(context, ForFetching, IPAddress.IsLoopback(address)), address, port, trust);
            return await fetcher.RunAsync(sent, target.WireHost, level, cancellationToken);
        }

        private async Task AskFurtherAsync(TlsOptions usual, CancellationToken cancellationToken)
        {
            Protocols = await FindProtocolsAsync(usual, cancellationToken);
            if (target is { StartTls: "mysql", ServerName: not null })
            {
                context.ReportNotObserved("certificates for other names", "each connection counts towards max_connect_errors of a MySQL server");
                return;
            }

            foreach (string? name in target.ServerName is null ? [] : (string?[])[null, OtherName, target.ServerName])
                await IdentifyAsync(usual with { ServerName = name }, cancellationToken);
        }

        private async Task<IReadOnlyList<string>?> FindProtocolsAsync(TlsOptions usual, CancellationToken cancellationToken)
        {
            if (!target.IsHttp)
                return null;
            List<string> taken = [];
            bool isAnswered = false;
            foreach (string protocol in (string[])["h2", "http/1.1"])
            {
                TlsHandshake? handshake = await ConnectAsync(usual with { Protocols = [protocol] }, "alpn", (_, _) => Task.CompletedTask, cancellationToken);
                isAnswered |= handshake is { Outcome: TlsOutcome.Completed } or { Outcome: TlsOutcome.Alert, Alert: "no_application_protocol" };
                if (handshake?.Alpn == protocol)
                    taken.Add(protocol);
            }

            return isAnswered ? taken : null;
        }

        // The handshake whose chain is reviewed, and the value of Strict-Transport-Security.
        private Task<TlsHandshake?> AskForPolicyAsync(TlsOptions usual, CancellationToken cancellationToken) =>
            ConnectAsync(
                usual with { Protocols = target.IsHttp ? ["http/1.1"] : [] },
                "review",
                async (stream, connection) =>
                {
                    await ReviewAsync(connection);
                    if (!target.IsHttp || connection.Session is null)
                        return;
                    // Whether it lives without a certificate of the client, its page says: HEAD has none.
                    bool wantsPage = connection.Handshake.ClientCertificateRequested;
                    (HttpExchange exchange, HttpResponseHead? head) = await Http1Client.ExchangeAsync(
                        stream,
                        address,
                        port,
                        new HttpRequest(wantsPage ? "GET" : "HEAD", target.Path, Http1Client.HostField(target.Scheme, target.WireHost, target.Port), target.Url),
                        "policy",
                        new HttpPatience { FirstOctet = Patience, Stall = Patience, WantsBody = () => wantsPage, BodyLength = LargestPage },
                        cancellationToken);
                    if (wantsPage)
                        context.Report(exchange);
                    StrictTransport = exchange.Status is null ? null : PrintableText.Of(head?["strict-transport-security"] ?? "", 200);
                },
                cancellationToken);

        private async Task ReviewAsync(TlsConnection connection)
        {
            if (connection.Certificates is not { Certificates: { IsEmpty: false } sent })
                return;
            TrustStore trust = await Task.Run(() => TrustStore.Load(context.Options.Environment, context.Options.CertificateAuthorityFile), CancellationToken.None);
            (_trust, _reviewed) = (trust, connection);
            if (CertificateReviewer.Review(sent, connection.Handshake, target.WireHost, trust, context.Clock.GetUtcNow()) is { } review)
                context.Report(review);
        }

        private async Task IdentifyAsync(TlsOptions options, CancellationToken cancellationToken) => await ConnectAsync(
            options,
            "identity",
            (_, connection) =>
            {
                byte[]? leaf = connection.Certificates?.Certificates is [var first, ..] ? first : null;
                bool isRead = Certificate.Read(leaf, out Certificate? certificate) is OperationStatus.Done;
                context.Report(new TlsIdentity(address, port, options.ServerName, connection.Handshake.Outcome)
                {
                    Fingerprint = leaf is null ? null : TrustStore.Fingerprint(leaf),
                    Subject = isRead ? PrintableText.Of(certificate!.Subject, 400) : null,
                    Alert = connection.Handshake.Alert,
                });
                return Task.CompletedTask;
            },
            cancellationToken);

        private async Task<TlsHandshake?> ConnectAsync(
            TlsOptions options, string purpose, Func<ByteStream, TlsConnection, Task> use, CancellationToken cancellationToken)
        {
            using TcpConnection connection = await TcpConnector.ConnectAsync(
                address, port, new ConnectOptions { Purpose = purpose, Patience = Patience }, cancellationToken);
            if (connection.Socket is not { } socket)
                return null;
            var stream = new ByteStream(socket, address, port, onSilence: null);
            if (target.StartTls is { } protocol && !(await StartTls.AskAsync(stream, protocol, target.WireHost, Patience, cancellationToken)).IsAccepted)
                return null;
            TlsConnection made = await TlsConnector.ConnectAsync(stream, address, port, purpose, options, Patience, cancellationToken);
            using TlsSession? session = made.Session;
            if (session is not null && !(Fastest <= made.Handshake.Elapsed))
                Fastest = made.Handshake.Elapsed;
            await use(stream, made);
            return made.Handshake;
        }
    }
}
