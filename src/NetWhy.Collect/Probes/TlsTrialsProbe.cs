using System.Collections.Immutable;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Tls;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Where a handshake fails, tries it again with one thing changed at a time: what cures it is what was wrong.</summary>
public sealed class TlsTrialsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "tls.trials";

    private const int Tls10 = 0x301;
    private const int Tls11 = 0x302;
    private const int Tls12 = 0x303;
    private const int Tls13 = 0x304;
    private const int Turns = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What change makes the TLS handshake work?",
        Source: "RFC 8446, section 9.3; RFC 6066; RFC 7301",
        Question.Application)
    {
        IsOfTls = true,
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Port is not null && (target.IsTls || target.IsHttp);

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (context.Target.IsTls)
            await TryVariantsAsync(context, cancellationToken);
        else
            await TryTlsAsync(context, cancellationToken);
    }

    private static async Task TryVariantsAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        Observation? trouble = await context.Evidence.FirstAsync<Observation>(
            observation => observation is TlsHandshake { Purpose: "target", Outcome: not TlsOutcome.Completed }
                or Silence { Stage: ExchangeStage.Connected or ExchangeStage.HandshakeBegun },
            [ExchangeProbe.Id],
            cancellationToken);
        (IPAddress Address, int Port)? place = trouble switch
        {
            TlsHandshake handshake => (handshake.Address, handshake.Port),
            Silence silence => (silence.Address, silence.Port),
            _ => null,
        };
        bool isThroughProxy = context.Evidence.All<ConnectAttempt>().Any(attempt => attempt.Purpose is "proxy");
        if (place is not { } peer || isThroughProxy)
            return;

        ExchangeOptions target = ExchangeOptions.Of(context);
        ImmutableArray<string> protocols = target.Scheme is "https" ? ["http/1.1"] : [];
        var usual = new TlsOptions { ServerName = target.ServerName, Protocols = protocols };
        List<(string Purpose, TlsOptions Options)> variants =
        [
            ("any-version", usual with { MinVersion = Tls10, MaxVersion = Tls13, AllowWeak = true }),
            ("old-versions", usual with { MinVersion = Tls10, MaxVersion = Tls11, AllowWeak = true }),
            ("any-cipher", usual with { MinVersion = Tls12, MaxVersion = Tls13, AllowWeak = true }),
        ];
        if (usual.ServerName is not null)
        {
            variants.Add(("no-sni", usual with { ServerName = null }));
            variants.Add(("other-sni", usual with { ServerName = "netwhy-control.invalid" }));
        }

        if (!protocols.IsEmpty)
        {
            variants.Add(("no-alpn", usual with { Protocols = [] }));
            variants.Add(("h2-alpn", usual with { Protocols = ["h2", "http/1.1"] }));
        }

        // The same again, too, before those that are changed: behind one address may be several servers, of which one fails whatever is
        // offered. Where they take turns, some in a row meet each of them.
        bool isPlaintext = trouble is TlsHandshake { Outcome: TlsOutcome.NotTls };
        Task[] beside =
        [
            .. Again(TlsHandshake.Again, usual),
            .. target.StartTls is null ? [AskInTheClearAsync(context, peer.Address, peer.Port, target, cancellationToken)] : Array.Empty<Task>(),
        ];
        (string Purpose, TlsOptions Options)[] cures =
        [
            .. (await Task.WhenAll(isPlaintext ? [] : variants.Select(async variant => (variant, Handshake: await TryAsync(
                context, target, peer.Address, peer.Port, variant.Purpose, variant.Options, Patience, cancellationToken)))))
                .Where(tried => tried.Handshake is { Outcome: TlsOutcome.Completed }).Select(tried => tried.variant),
        ];
        await Task.WhenAll([.. beside, .. cures.SelectMany(cure => Again(cure.Purpose, cure.Options))]);
        bool isMadeAgain = context.Evidence.All<TlsHandshake>().Any(again => again is { Purpose: TlsHandshake.Again, Outcome: TlsOutcome.Completed } && again.Address.Equals(peer.Address) && again.Port == peer.Port);
        if (isMadeAgain && context.Target.Kind is not TargetKind.Tls) // of which a survey makes others meanwhile, and these later
            await new AloneHandshakes(context, target, peer.Address, peer.Port, usual).SettleAsync(cancellationToken);

        IEnumerable<Task> Again(string purpose, TlsOptions options) => target.StartTls is "mysql" ? [] : Enumerable.Range(0, Turns)
            .Select(_ => TryAsync(context, target, peer.Address, peer.Port, purpose, options, Patience, cancellationToken));
    }

    private static async Task TryTlsAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        // Some TLS servers hang up on a request in the clear, some say so, and some wait for the rest of the record.
        Observation? trouble = await context.Evidence.FirstAsync<Observation>(
            observation => (observation is HttpExchange { Purpose: "target", ViaProxy: null } http
                    && (http.Status is 400 || http.Outcome is HttpOutcome.Malformed or HttpOutcome.ClosedEarly or HttpOutcome.Reset))
                || observation is Silence { Stage: ExchangeStage.Connected },
            [ExchangeProbe.Id],
            cancellationToken);
        (IPAddress Address, int Port)? place = trouble switch
        {
            HttpExchange http => (http.Address, http.Port),
            Silence silence => (silence.Address, silence.Port),
            _ => null,
        };
        bool isThroughProxy = context.Evidence.All<ConnectAttempt>().Any(attempt => attempt.Purpose is "proxy");
        if (place is not { } peer || isThroughProxy)
            return;
        ExchangeOptions target = ExchangeOptions.Of(context);
        await TryAsync(
            context,
            target,
            peer.Address,
            peer.Port,
            "tls-on-plain-port",
            new TlsOptions { ServerName = target.ServerName },
            Patience,
            cancellationToken);
    }

    private static async Task<TlsHandshake?> TryAsync(
        ProbeContext context,
        ExchangeOptions target,
        IPAddress address,
        int port,
        string purpose,
        TlsOptions options,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        TlsHandshake? handshake = await ConnectAsync(context, target, address, port, purpose, options, patience, cancellationToken);
        return handshake is null ? null : context.Report(handshake);
    }

    /// <summary>Makes a handshake, and nothing more.</summary>
    /// <param name="context">Where to report what could not be tried.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="address">Server's address.</param>
    /// <param name="port">Server's port.</param>
    /// <param name="purpose">What for.</param>
    /// <param name="options">What is offered.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What came of it, not reported yet; null if it did not begin.</returns>
    internal static async Task<TlsHandshake?> ConnectAsync(
        ProbeContext context,
        ExchangeOptions target,
        IPAddress address,
        int port,
        string purpose,
        TlsOptions options,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        if (TlsSession.Unavailable is { } reason)
        {
            context.ReportNotObserved("TLS handshakes", reason);
            return null;
        }

        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address, port, new ConnectOptions { Purpose = "trial", Patience = patience }, cancellationToken);
        if (connection.Socket is not { } socket)
            return null;
        var stream = new ByteStream(socket, address, port, onSilence: null);
        if (target.StartTls is { } protocol && !(await StartTls.AskAsync(stream, protocol, target.WireHost, patience, cancellationToken)).IsAccepted)
            return null;
        TlsConnection made = await TlsConnector.ConnectAsync(stream, address, port, purpose, options, patience, cancellationToken);
        using (made.Session)
            return made.Handshake;
    }

    /// <summary>Asks whether a service speaks HTTP in the clear where TLS was expected.</summary>
    /// <param name="context">Where to report.</param>
    /// <param name="address">Its address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="target">What is asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task AskInTheClearAsync(
        ProbeContext context, IPAddress address, int port, ExchangeOptions target, CancellationToken cancellationToken)
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address, port, new ConnectOptions { Purpose = "trial", Patience = Patience }, cancellationToken);
        if (connection.Socket is not { } socket)
            return;
        (HttpExchange exchange, _) = await Http1Client.ExchangeAsync(
            new ByteStream(socket, address, port, onSilence: null),
            address,
            port,
            new HttpRequest(
                "GET",
                "/",
                Http1Client.HostField("http", target.WireHost, port),
                (target with { Scheme = "http", Path = "/" }).Url),
            "plaintext",
            new HttpPatience { FirstOctet = Patience, Stall = Patience, WantsBody = () => false },
            cancellationToken);
        context.Report(exchange);
    }
}
