using System.Buffers;
using System.Collections.Concurrent;
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
    private const int Again = 8; // handshakes: of two servers that take turns by chance, both are met but once in 128 times
    private const int Turns = 3;
    private const int ManyWays = 4;
    private const int Patiently = 20; // times as long as the fastest handshake
    private const int RoundTrips = 3; // of a dialogue before TLS: greeting, introduction, wish

    // Kinds of keys, what the names of their signatures begin with, and those that a client may take of them. Source: RFC 8446, section 4.2.3.
    private static readonly (string Key, string Prefix, string Algorithms)[] Keys =
    [
        ("RSA", "rsa", "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512"),
        ("EC", "ecdsa", "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512"),
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(9); // all hellos together
    private static readonly TimeSpan ForHandshakes = TimeSpan.FromSeconds(7); // left of the budget
    private static readonly TimeSpan ForFetching = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(0.5); // with who answers within milliseconds, and now and then not
    private static readonly TimeSpan ForRepeating = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(0.1); // until TLS stands: too slow for one after the other
    private static readonly TimeSpan NearBy = TimeSpan.FromMilliseconds(10); // round trip
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

        // Of several servers behind the address, the first handshake may have met one that is not like the others.
        if (own is { Outcome: not TlsOutcome.Completed })
        {
            own = await context.Evidence.FirstAsync<TlsHandshake>(
                again => again is { Purpose: TlsHandshake.Again, Outcome: TlsOutcome.Completed } && again.Address.Equals(reached.Address), [TlsTrialsProbe.Id], cancellationToken) ?? own;
        }

        if (own is { Outcome: TlsOutcome.NotTls, Messages: [.., "> ClientHello"] })
        {
            context.ReportNotObserved(What, "the server answers a ClientHello with what is no TLS");
            return null;
        }

        TimeSpan left = context.Options.Limit - Stopwatch.GetElapsedTime(begin) - ForHandshakes - (context.Options.Fetches ? ForFetching : TimeSpan.Zero);
        ExchangeOptions target = ExchangeOptions.Of(context);
        using var asker = new TlsAsker(reached.Address, reached.Port, target.StartTls, target.WireHost, Patience, left < Limit ? left : Limit);
        var run = new Run(context, target, reached.Address, reached.Port, asker.Chains);
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

            if (TlsSession.Unavailable is not { } reason)
                return await run.ShakeHandsAsync(surveyor, reached.RoundTrip > NearBy || own?.Elapsed + (dialogue?.Elapsed ?? TimeSpan.Zero) > Slow ? ManyWays : 1, cancellationToken);
            context.ReportNotObserved("certificates, names and protocols of the server", reason);
            return reason;
        }
        finally
        {
            // What is known is told, also where the time was over before all was.
            run.ReportAlone();
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

    private sealed class Run(ProbeContext context, ExchangeOptions target, IPAddress address, int port, SentChains chains)
    {
        private readonly ServedChains _chains = new(context, target, address, port, chains);
        private readonly Lock _gate = new(); // handshakes are made beside each other
        private bool _isSteady = true; // whether equal handshakes come to the same
        private TimeSpan? _fastest;
        private TimeSpan? _fastestAnswer; // to a hello
        private AloneHandshakes? _alone;
        private Task _inTheClear = Task.CompletedTask; // others go on meanwhile

        /// <summary>Shortest time of a whole handshake; null if none was made.</summary>
        internal TimeSpan? Fastest
        {
            get
            {
                lock (_gate)
                    return _fastest;
            }
        }

        /// <summary>What it takes by ALPN; null if that was not asked.</summary>
        internal IReadOnlyList<string>? Protocols { get; private set; }

        /// <summary>Its HSTS; empty for none, null if that was not asked.</summary>
        internal string? StrictTransport { get; private set; }

        /// <returns>Why nothing was fetched that was to be; null if all was.</returns>
        internal async Task<string?> ShakeHandsAsync(TlsSurveyor surveyor, int ways, CancellationToken cancellationToken)
        {
            TlsSurvey survey = surveyor.Survey;
            _isSteady = survey.Unanswered == 0 && !survey.Repeats!.Any(repeat => repeat.Answers.Count > 1 || repeat.Unanswered > 0);
            _fastestAnswer = survey.FastestAnswer;
            var usual = new TlsOptions { ServerName = target.ServerName };
            TlsHandshake? first = await AskForPolicyAsync(usual, cancellationToken);
            if (target.StartTls is not "mysql") // each connection counts towards max_connect_errors
            {
                // What some hellos met is told by handshakes alone, and before the time is over.
                if (survey.Repeats!.Any(repeat => repeat is { Unanswered: > 0, Count: > 0 }))
                    await BeginAloneAsync(usual, cancellationToken);
                await RepeatAsync(usual with { Protocols = target.IsHttp ? ["http/1.1"] : [] }, first is { Outcome: TlsOutcome.Stalled } || _alone is not null ? TlsAsker.MostAtOnce : ways, cancellationToken);
            }

            Task otherKeys = target.StartTls is "mysql" ? Task.CompletedTask : AskForOtherKeysAsync(usual, surveyor, cancellationToken);
            if (_isSteady)
                await otherKeys; // else each may wait for a silent one
            if (first is { Outcome: TlsOutcome.Stalled })
                context.ReportNotObserved("protocols of the server, and certificates for other names", "its handshakes go silent");
            else
                await AskFurtherAsync(usual, cancellationToken);
            await otherKeys;
            if (_alone is not null)
                await _alone.SettleAsync(cancellationToken);
            await _inTheClear;
            if (!context.Options.Fetches)
                return null;
            if (_chains.Reviewed is not { } reviewed)
                return "no certificate came";
            var fetcher = new CertificateFetcher(context, new HttpFetcher(context, ForFetching, IPAddress.IsLoopback(address)), address, port, reviewed.Trust);
            return await fetcher.RunAsync(reviewed.Sent.Certificates, target.WireHost, reviewed.SecurityLevel, cancellationToken);
        }

        /// <summary>Reports what is known of handshakes alone.</summary>
        internal void ReportAlone() => _alone?.Report();

        private Task BeginAloneAsync(TlsOptions usual, CancellationToken cancellationToken)
        {
            _alone = new AloneHandshakes(context, target, address, port, usual);
            return _alone.BeginAsync(cancellationToken);
        }

        private async Task AskFurtherAsync(TlsOptions usual, CancellationToken cancellationToken)
        {
            Task<IReadOnlyList<string>?> protocols = FindProtocolsAsync(usual, cancellationToken);
            if (_isSteady)
                await protocols; // else each may wait for a silent one
            if (target is { StartTls: "mysql", ServerName: not null })
            {
                context.ReportNotObserved("certificates for other names", "each connection counts towards max_connect_errors of a MySQL server");
            }
            else
            {
                // Where servers take turns, some in a row meet each of them: else their difference would seem to be that of the names.
                int times = _isSteady ? 1 : Turns;
                foreach (string?[] names in target.ServerName is null ? [] : (string?[][])[[null, OtherName], [target.ServerName]])
                    await Task.WhenAll(names.SelectMany(name => Enumerable.Range(0, times).Select(_ => IdentifyAsync(usual with { ServerName = name }, cancellationToken))));
            }

            Protocols = await protocols;
        }

        private async Task<IReadOnlyList<string>?> FindProtocolsAsync(TlsOptions usual, CancellationToken cancellationToken)
        {
            if (!target.IsHttp)
                return null;
            string[] protocols = ["h2", "http/1.1"];
            TlsHandshake?[] handshakes = await Task.WhenAll(protocols.Select(
                protocol => ConnectSteadilyAsync(usual with { Protocols = [protocol] }, "alpn", (_, _) => Task.CompletedTask, cancellationToken)));
            bool isAnswered = handshakes.Any(handshake => handshake is { Outcome: TlsOutcome.Completed } or { Outcome: TlsOutcome.Alert, Alert: "no_application_protocol" });
            string[] taken = [.. protocols.Where((protocol, place) => handshakes[place]?.Alpn == protocol)];
            return isAnswered ? taken : null;
        }

        // Equal handshakes, one after the other: whether all come to the same, and show the same certificates.
        private async Task RepeatAsync(TlsOptions usual, int ways, CancellationToken cancellationToken)
        {
            List<TlsHandshake> made = [];
            ConcurrentQueue<TlsConnection> connections = []; // several are made beside each other
            long begin = Stopwatch.GetTimestamp();
            int left = _isSteady ? Again : Again * 2;
            while (left > 0)
            {
                if (Stopwatch.GetElapsedTime(begin) > ForRepeating)
                {
                    context.ReportNotObserved("whether all equal handshakes come to the same", $"after {made.Count} of them it took too long");
                    break;
                }

                if (made.Any(handshake => handshake.Outcome is TlsOutcome.Stalled))
                    ways = TlsAsker.MostAtOnce; // each that is silent costs its wait
                int now = Math.Min(left, ways);
                TlsHandshake?[] all = await Task.WhenAll(Enumerable.Range(0, now).Select(_ => ConnectAsync(usual, TlsHandshake.Again, Keep, cancellationToken)));
                made.AddRange(all.OfType<TlsHandshake>());
                foreach (TlsHandshake handshake in all.OfType<TlsHandshake>())
                    context.Report(handshake);
                while (connections.TryDequeue(out TlsConnection? connection))
                    await _chains.AddAsync(connection);
                left -= now;
            }

            bool isMixed = made.Any(handshake => handshake.Outcome is TlsOutcome.Completed) && made.Any(handshake => handshake.Outcome is not TlsOutcome.Completed);
            _isSteady &= made.All(handshake => handshake.Outcome == made[0].Outcome) && !_chains.Differ;
            if (isMixed && _alone is null)
                await BeginAloneAsync(usual, cancellationToken);
            bool mayBePlain = made.Any(handshake => handshake is { OctetsReceived: 0, Outcome: TlsOutcome.Stalled } or { Outcome: TlsOutcome.NotTls })
                && made.Any(handshake => handshake.Outcome is TlsOutcome.Completed);
            if (mayBePlain && target.StartTls is null)
                _inTheClear = Task.WhenAll(Enumerable.Range(0, Turns).Select(_ => TlsTrialsProbe.AskInTheClearAsync(context, address, port, target, cancellationToken)));

            Task Keep(ByteStream stream, TlsConnection connection)
            {
                connections.Enqueue(connection);
                return Task.CompletedTask;
            }
        }

        // Who takes no signatures but those of another kind of key may be shown another certificate.
        private async Task AskForOtherKeysAsync(TlsOptions usual, TlsSurveyor surveyor, CancellationToken cancellationToken)
        {
            TlsSurvey survey = surveyor.Survey;
            bool hasNewest = survey.Versions.Any(version => version is { Version: "TLSv1.3", IsTaken: true });
            foreach ((string key, string prefix, string algorithms) in Keys)
            {
                bool mayBeShown = hasNewest || survey.Signatures?.Names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)) is true;
                if (mayBeShown && _chains.HasSome && !_chains.HasKey(key))
                    await ConnectSteadilyAsync(usual with { Settings = [("sigalgs", algorithms)] }, ServedChains.OtherKey, async (_, connection) => await _chains.AddAsync(connection), cancellationToken);
            }

            await _chains.ReportAsync(surveyor.Shown);
        }

        // The handshake whose chain is reviewed, and the value of Strict-Transport-Security.
        private Task<TlsHandshake?> AskForPolicyAsync(TlsOptions usual, CancellationToken cancellationToken) =>
            ConnectSteadilyAsync(
                usual with { Protocols = target.IsHttp ? ["http/1.1"] : [] },
                "review",
                async (stream, connection) =>
                {
                    await _chains.AddAsync(connection);
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

        private async Task IdentifyAsync(TlsOptions options, CancellationToken cancellationToken) => await ConnectSteadilyAsync(
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
                    Alert = connection.Handshake is { AlertIsOurs: false, Alert: { } alert } ? alert : null,
                });
                return Task.CompletedTask;
            },
            cancellationToken);

        // Where some connections come to nothing whatever is asked, one that does is no answer.
        private async Task<TlsHandshake?> ConnectSteadilyAsync(
            TlsOptions options, string purpose, Func<ByteStream, TlsConnection, Task> use, CancellationToken cancellationToken)
        {
            TlsHandshake? handshake = await ConnectAsync(options, purpose, use, cancellationToken);
            for (int i = 1; i < Turns && !_isSteady && handshake is { Outcome: TlsOutcome.Reset or TlsOutcome.Closed or TlsOutcome.Stalled or TlsOutcome.NotTls }; i++)
                handshake = await ConnectAsync(options, purpose, use, cancellationToken, isLast: i == Turns - 1);
            return handshake;
        }

        // What answers within milliseconds, and now and then not, is known to be silent sooner; where no handshake was made yet, not for the last time.
        private TimeSpan PatienceOf(bool isLast) => !_isSteady && (isLast ? Fastest : Fastest ?? _fastestAnswer) is { } fastest && fastest * Patiently < ShortPatience ? ShortPatience : Patience;

        private async Task<TlsHandshake?> ConnectAsync(
            TlsOptions options, string purpose, Func<ByteStream, TlsConnection, Task> use, CancellationToken cancellationToken, bool isLast = false)
        {
            TimeSpan patience = PatienceOf(isLast);
            using TcpConnection connection = await TcpConnector.ConnectAsync(
                address, port, new ConnectOptions { Purpose = purpose, Patience = patience }, cancellationToken);
            if (connection.Socket is not { } socket)
                return null;
            var stream = new ByteStream(socket, address, port, onSilence: null);
            if (target.StartTls is { } protocol && !(await StartTls.AskAsync(stream, protocol, target.WireHost, Patience, cancellationToken)).IsAccepted)
                return null;
            TlsConnection made = await TlsConnector.ConnectAsync(stream, address, port, purpose, options, patience, cancellationToken);
            using TlsSession? session = made.Session;
            lock (_gate)
            {
                if (session is not null && !(_fastest <= made.Handshake.Elapsed))
                    _fastest = made.Handshake.Elapsed;
            }

            await use(stream, made);
            return made.Handshake;
        }
    }
}
