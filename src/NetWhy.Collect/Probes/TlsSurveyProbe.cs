using System.Buffers;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Tls;
using NetWhy.Evidence;
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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(9); // all hellos together

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which versions, cipher suites and groups does the server take, and who does it say it is?",
        Source: "RFC 8446, section 4.1; RFC 5246, section 7.4.1; RFC 6066, section 3; RFC 7301; RFC 6797",
        Question.Application)
    {
        IsOfTls = true,
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Kind is TargetKind.Tls;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        ConnectAttempt? reached = await context.Evidence.FirstAsync<ConnectAttempt>(
            attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected }, [ExchangeProbe.Id], cancellationToken);
        if (reached is null)
            return; // why, the attempt itself says

        // The handshake of the target has the server for itself, so that its times are its own.
        TlsHandshake? own = await context.Evidence.FirstAsync<TlsHandshake>(
            handshake => handshake.Purpose is "target" && handshake.Address.Equals(reached.Address), [ExchangeProbe.Id], cancellationToken);
        if (context.Evidence.All<StartTlsDialogue>().Any(dialogue => dialogue.Refusal is not null))
            return;
        if (own is { Outcome: TlsOutcome.Stalled or TlsOutcome.NotTls, Messages: [.., "> ClientHello"] })
        {
            context.ReportNotObserved("versions, cipher suites and groups", "the server answers a ClientHello with nothing, or with what is no TLS");
            return;
        }

        ExchangeOptions target = ExchangeOptions.Of(context.Target);
        var run = new Run(context, target, reached.Address, reached.Port);
        using var asker = new TlsAsker(reached.Address, reached.Port, target.StartTls, target.WireHost, Patience, Limit);
        var surveyor = new TlsSurveyor(asker, reached.Address, reached.Port, target.ServerName, reached.RoundTrip ?? TimeSpan.Zero);
        TlsSurvey survey = await surveyor.RunAsync(cancellationToken);

        // One after the other: a server that serves one connection at a time must not be held up by ours.
        if (TlsSession.Unavailable is { } reason)
            context.ReportNotObserved("certificates, names and protocols of the server", reason);
        else
            survey = await run.ShakeHandsAsync(survey, cancellationToken);
        context.Report(survey with { FastestHandshake = run.Fastest });
    }

    private sealed class Run(ProbeContext context, ExchangeOptions target, IPAddress address, int port)
    {
        /// <summary>Shortest time of a whole handshake; null if none was made.</summary>
        internal TimeSpan? Fastest { get; private set; }

        internal async Task<TlsSurvey> ShakeHandsAsync(TlsSurvey survey, CancellationToken cancellationToken)
        {
            var usual = new TlsOptions { ServerName = target.ServerName };
            foreach (string? name in target.ServerName is null ? [] : (string?[])[null, OtherName, target.ServerName])
                await IdentifyAsync(usual with { ServerName = name }, cancellationToken);
            return survey with
            {
                Protocols = await FindProtocolsAsync(usual, cancellationToken),
                StrictTransport = await AskForPolicyAsync(usual, cancellationToken),
            };
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

        // The value of Strict-Transport-Security; empty if the response has none, null without a response.
        private async Task<string?> AskForPolicyAsync(TlsOptions usual, CancellationToken cancellationToken)
        {
            string? policy = null;
            await ConnectAsync(
                usual with { Protocols = target.IsHttp ? ["http/1.1"] : [] },
                "review",
                async (stream, connection) =>
                {
                    await ReviewAsync(connection);
                    if (!target.IsHttp || connection.Session is null)
                        return;
                    (HttpExchange exchange, HttpResponseHead? head) = await Http1Client.ExchangeAsync(
                        stream,
                        address,
                        port,
                        new HttpRequest("HEAD", target.Path, Http1Client.HostField(target.Scheme, target.WireHost, target.Port), target.Url),
                        "policy",
                        new HttpPatience { FirstOctet = Patience, Stall = Patience, WantsBody = () => false },
                        cancellationToken);
                    policy = exchange.Status is null ? null : PrintableText.Of(head?["strict-transport-security"] ?? "", 200);
                },
                cancellationToken);
            return policy;
        }

        private async Task ReviewAsync(TlsConnection connection)
        {
            if (connection.Certificates is not { Certificates: { IsEmpty: false } sent })
                return;
            TrustStore trust = await Task.Run(() => TrustStore.Load(context.Options.Environment, context.Options.CertificateAuthorityFile), CancellationToken.None);
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
