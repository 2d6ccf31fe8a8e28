using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Exchanges.Requests;
using NetWhy.Linux;

namespace NetWhy.Tools.Http;

/// <summary><c>netwhy http</c>: where the time of a request goes, and how requests fare when they are repeated.</summary>
internal sealed class HttpTool : ITool
{
    private const int MostRedirects = 10;
    private const int MostAddresses = 8;

    /// <inheritdoc/>
    public string Name => "http";

    /// <inheritdoc/>
    public string Summary => "Show where the time of HTTP requests goes, once or repeated, and who makes their errors.";

    /// <inheritdoc/>
    public bool ReportsWhenInterrupted => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("URL", "http or https; each address is asked, over a new connection and over the kept one"),
        ("-n N, --count N", "N requests, over new and kept connections, mixed: percentiles of each phase"),
        ("--duration TIME", "requests for so long, as 30s"),
        ("-c N, --concurrency N", Text($"so many at once, at most {RequestRunOptions.MostAtOnce}; 1 if left out")),
        ("-i TIME, --interval TIME", "from the start of one request to that of the next; as fast as answers come if left out"),
        ("--new  --kept", "only new connections; only kept ones"),
        ("--from-proxy", "which hop makes the errors, and how backends take turns; 30 requests if -n is left out"),
        ("-H 'NAME: VALUE', --header", "a header, as often as needed"),
        ("-I, --head", "ask for the head only"),
        ("--http1.1", "do not offer HTTP/2"),
        ("--window SIZE", "in HTTP/2 a body may run so far ahead of what we take; 16 MiB if left out"),
        ("-m TIME, --max-time TIME", "for each request, the connection included; 10 s if left out"),
        ("-k, --insecure  --cacert FILE", "take any certificate; trust those in a file as well"),
        ("--no-redirects", "ask the URL itself, also where it leads elsewhere"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-N NAME, --net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
        ("--json", "as JSON"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy http https://example.com/", "the waterfall, and what the headers tell"),
        ("netwhy http https://example.com/ -n 100", "percentiles of each phase"),
        ("netwhy http http://shop.example/ --from-proxy", "who makes the 502: the proxy or a backend?"),
        ("netwhy http http://10.0.0.7:8080/ --kept -n 20 -i 5s", "does the server close connections that rest?"),
        ("netwhy http http://10.0.0.7:8080/ --kept -c 8 -n 10000", "how many a second?"),
        ("netwhy http https://example.com/ --kept -c 8 -n 100", "does HTTP/2 serve 8 at once over one connection?"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        using var session = new Session(HttpOptions.Parse(arguments), host);
        return session.Run();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // One run of the tool.
    private sealed class Session(HttpOptions options, IToolHost host) : IDisposable
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private readonly DescriptorWait _wait = new();
        private readonly CookieJar _cookies = new();
        private readonly List<HttpRow> _rows = [];
        private readonly DateTimeOffset _clock = RequestSummary.ClockAt(TimeProvider.System.GetUtcNow());
        private TrustStore? _trust;
        private (string Host, ImmutableArray<byte[]> Chain, string? Fault)? _judged;
        private bool _hasDistrusted;

        public void Dispose() => _wait.Dispose();

        internal int Run()
        {
            const int Problem = 1;
            using CancellationTokenRegistration wake = host.Cancellation.Register(_wait.Wake);
            RequestPlan plan = options.Plan;
            if (plan.IsTls && TlsSession.Unavailable is { } reason)
                throw new ToolException(ToolException.CouldNotWork, reason);
            if (plan.IsTls && !options.IsInsecure)
                _trust = TrustStore.Load(Environment.GetEnvironmentVariable, options.AuthorityFile);
            RequestWarmUp.Run(plan);
            if (plan.Literal is null)
                _ = Find("127.0.0.1"); // what no resolver is asked for; the first lookup of a program is slower than the resolver
            (RequestPlan final, IReadOnlyList<IPAddress> addresses, string? stop, bool isUnresolved) = Follow(plan);
            HttpRow last = _rows[^1];
            HttpRun? run = null;
            RequestTimeline? timeline = null;
            IReadOnlyList<HttpExchange> failures = [];
            bool canRepeat = !host.Cancellation.IsCancellationRequested && (!last.IsRedirect || !options.FollowsRedirects);
            ProxyTrial? trial = null;
            if (options.IsRun && canRepeat)
            {
                if (options.IsFromProxy && !options.IsJson && last.Sample.Outcome is HttpOutcome.NoAnswer)
                    host.Warn(Text($"no answer came in {options.Timeout.TotalSeconds:0.###} s; others are waited for as long, Ctrl-C ends them"));
                if (options.IsFromProxy)
                    trial = AskProxy(final, last.Address);
                (run, timeline, failures) = Repeat(final, addresses);
            }

            List<Observation> observations = [.. _rows.Select(row => row.Exchange), .. failures];
            if (run is not null)
                observations.Add(run);
            if (timeline is not null)
                observations.Add(trial is { Exchange.Status: not null } ? timeline with { Refusal = FirstHop.Of(trial.Exchange, trial.FieldNames) } : timeline);
            if (trial is not null)
                observations.Add(trial.Exchange);
            for (int i = 0; i < observations.Count; i++)
                observations[i] = observations[i] with { Id = Text($"o{i + 1}"), Probe = "http" };
            List<Statement> statements = [.. host.Judge(observations)];
            bool isInvestigated = false;
            if (!host.Cancellation.IsCancellationRequested && (isUnresolved || IsOpen(run, statements)))
            {
                if (!options.IsJson)
                    host.Warn("looking for the cause as netwhy does with the URL alone, which takes some seconds");
                if (host.Investigate(InquiryOf(isUnresolved ? plan : final, addresses, run), observations) is { } found)
                    (statements, isInvestigated) = ([.. found], true);
            }

            if (isInvestigated && !statements.Any(IsCause) && Unreached(run) is { } unreached && host.Investigate(unreached, final.Url.Port, isDatagram: false) is { } why)
                statements.Insert(0, why);
            bool isBad = stop is not null || _rows.Any(IsBad) || (run is not null && IsBadRun(run));
            if (isBad && !statements.Any(IsCause))
                statements.Insert(0, Untold(run, stop, isInvestigated, IsBad));
            var report = new HttpReport(options, _rows, run, trial, statements, observations)
            {
                Stop = stop,
                WhyNoRun = !options.IsRun || run is not null ? null : host.Cancellation.IsCancellationRequested ? "there is none: it was interrupted before" : "there is none: the redirect is not followed",
            };
            if (options.IsJson)
                report.WriteJson(host.Output);
            else
                report.WriteText(host);
            return isBad || statements.Any(IsCause) ? Problem : 0;
        }

        private bool IsAnswered(Uri url) => _rows.Any(row => row.Url == url && row.Sample.Status != 0);

        private bool IsBad(HttpRow row) =>
            (row.Sample.HasFailed && !(IsAnswered(row.Url) && IsWithoutWay(row.Sample.Stage, row.Sample.Errno.ToString())))
            || row is { CodingFault: not null, DecodedLength: not null }; // decoding began; a coding that is unknown here may be right

        // An address that takes no connection at all, beside others that do; null if there is none, or this host has no way to it.
        private IPAddress? Unreached(HttpRun? run)
        {
            if (run is null)
                return _rows.FirstOrDefault(row => row.Url == _rows[^1].Url && row.Sample.Stage is ExchangeStage.NotConnected && IsBad(row))?.Address;
            return run.Groups.GroupBy(group => group.Address).FirstOrDefault(groups => IsMute(run, groups) && !run.Failures.Any(failure => failure.Address.Equals(groups.Key) && failure.Stage is not ExchangeStage.NotConnected))?.Key;
        }

        // No whole answer of an address, and that is no fault of this host's alone.
        private static bool IsMute(HttpRun run, IGrouping<IPAddress, HttpRunGroup> groups) => !groups.Any(Works)
            && !(run.Groups.Any(Works) && run.Failures.Where(failure => failure.Address.Equals(groups.Key)).All(failure => IsWithoutWay(failure.Stage, failure.Errno)));

        private static bool IsCause(Statement statement) => statement.Severity > StatementSeverity.Note;

        // Whether the cause lies below HTTP or beside it, where the requests themselves show too little: an address gives no whole answer
        // at all, or some requests got none and nothing serious is known of them, or something failed and nothing is known; or what the
        // page minds is a certificate that TLS asked for, or that it was asked in the clear, which a server behind a proxy may mind.
        private bool IsOpen(HttpRun? run, IReadOnlyList<Statement> statements)
        {
            if (statements.Any(statement => statement.Cause is "http-on-tls-port"))
                return true;
            HttpRow[] last = [.. _rows.Where(row => row.Url == _rows[^1].Url && IsBad(row) && row.Sample.HasFailed)];
            if (run is null || !IsBadRun(run))
                return _rows[^1].IsOfCertificate || last.Any(row => !row.Sample.IsAnswered && run is null) || (last.Length > 0 && !statements.Any(IsCause));
            return run.Groups.GroupBy(group => group.Address).Any(groups => IsMute(run, groups))
                || (run.Groups.Any(group => group.Failed > 0) && !statements.Any(statement => statement.Severity is StatementSeverity.Critical) && !IsFineAlone(run))
                || !statements.Any(IsCause);
        }

        // What works one at a time needs no cause below HTTP.
        private static bool IsFineAlone(HttpRun run) => run.Alone is { } alone && alone.Good == alone.Asked;

        // As it was asked. What identifies the user goes to nobody whose certificate is not trusted.
        private UrlInquiry InquiryOf(RequestPlan plan, IReadOnlyList<IPAddress> addresses, HttpRun? run) => new(plan.Url)
        {
            Method = plan.Method,
            Fields = !plan.IsTls || options.IsInsecure || (_judged is not null && !_hasDistrusted) ? plan.Given : [],
            Addresses = options.Family == 0 ? [] : addresses,
            AuthorityFile = options.AuthorityFile,
            IsInsecure = options.IsInsecure,
            FollowsRedirects = options.FollowsRedirects,
            SpeaksHttp2 = run?.Streams is not null || _rows.Any(row => row.Url == plan.Url && row.Tls is { Protocol: "h2" }),
            Share = run is not null && IsBadRun(run) ? FailedShare(run) : null,
        };

        private static string FailedShare(HttpRun run) =>
            Text($"{run.Groups.Sum(group => group.Failed + group.ServerErrors):#,0} of {run.Requests:#,0} requests failed ({HttpReport.Failures(run)})");

        // Something failed, and no rule names a cause.
        private Statement Untold(HttpRun? run, string? stop, bool isInvestigated, Predicate<HttpRow> isBad)
        {
            const string NotTold = "No cause can be told from here";
            HttpRow[] bad = [.. _rows.Where(row => isBad(row))];
            string what = run is not null && IsBadRun(run)
                ? FailedShare(run)
                : bad is [] ? $"the redirect is not followed: {stop}"
                : Text($"{bad.Length:#,0} of {_rows.Count:#,0} requests failed ({string.Join("; ", bad.Take(4).Select(row => row.CodingFault is { } fault && !row.Sample.HasFailed ? fault : $"{ZonedAddress.Text(row.Address)}: {HttpReport.Outcome(row)}"))})");
            bool isOfServer = run?.Groups.Any(group => group.ServerErrors > 0) ?? bad.Any(row => row.Sample.Status >= 500);
            return new Statement("not-told", StatementSeverity.Warning, $"{NotTold}: {what}{(isInvestigated ? "; asked once more afterwards, nothing more is found" : "")}.")
            {
                Next = bad is [] && run is null ? [] : [$"netwhy '{options.Url.AbsoluteUri.Replace("'", "%27", StringComparison.Ordinal)}' --symptom {(isOfServer ? "5xx" : "timeout")} - over time: what fails together, and when?"],
            };
        }

        private static bool Works(HttpRunGroup group) => group.Failed < group.Requests;

        private static bool IsBadRun(HttpRun run)
        {
            return run.Groups.Any(group => group.ServerErrors > 0)
                || run.Failures.Any(failure => !IsWithoutWay(failure.Stage, failure.Errno)
                    || !run.Groups.Any(Works)
                    || run.Groups.Any(group => group.Address.Equals(failure.Address) && Works(group)));
        }

        // This host has no way to an address: where another one of the same name is answered, no fault of the server's.
        private static bool IsWithoutWay(ExchangeStage stage, string? errno) =>
            stage is ExchangeStage.NotConnected && errno is (nameof(Errno.ENETUNREACH) or nameof(Errno.EADDRNOTAVAIL));

        // The chain of redirects to its end, and there each address over a new connection and the kept one. Where the last redirect is
        // not followed against the user's wish, Stop says why; IsUnresolved is for one whose host has no address, which an investigation judges.
        private (RequestPlan Plan, IReadOnlyList<IPAddress> Addresses, string? Stop, bool IsUnresolved) Follow(RequestPlan first)
        {
            RequestPlan plan = first;
            for (int depth = 0; ; depth++)
            {
                (IReadOnlyList<IPAddress> addresses, TimeSpan? time, string? fault) = LookUp(plan);
                if (fault is not null && depth > 0)
                    return (plan, addresses, fault, true);
                if (fault is not null)
                    throw new ToolException(ToolException.CouldNotWork, fault);
                for (int i = 0; i < addresses.Count; i++)
                {
                    bool isFirst = i == 0;
                    using var channel = new RequestChannel(plan, i, addresses[i], _buffer, session => Trust(plan, session));
                    if (Ask(plan, channel, mayKeep: false, isFirst ? time : null, depth) is not { } row)
                        return _rows.Count > 0 ? (plan, addresses, null, false) : throw new OperationCanceledException(host.Cancellation);
                    _rows.Add(row);
                    if (row.IsRedirect && options.FollowsRedirects)
                        break;
                    if (!options.IsRun && row.Sample.IsAnswered && !row.IsEndless && Ask(plan, channel, mayKeep: true, null, depth) is { } kept)
                        _rows.Add(kept);
                    if (host.Cancellation.IsCancellationRequested)
                        return (plan, addresses, null, false);
                    if (options.IsRun && row.Sample.Stage is not ExchangeStage.NotConnected)
                        break;
                }

                if (!_rows[^1].IsRedirect || !options.FollowsRedirects)
                    return (plan, addresses, null, false);
                if (depth == MostRedirects)
                    return (plan, addresses, Text($"{MostRedirects} were followed before it"), false);
                if (Next(plan, _rows[^1]) is not { } next)
                    return (plan, addresses, "its Location is none that is asked here: http or https, without a user or password", false);
                bool isCircle = _rows.SkipLast(1).Any(row => row.Url == next.Url && row.Sample.Status == _rows[^1].Sample.Status && row.IsRedirect) && _rows.Count(row => row.Url == next.Url) > 1;
                if (isCircle)
                    return (plan, addresses, "it leads back to what was asked twice before", false);
                plan = next;
            }
        }

        // Source: RFC 9110, section 15.4. What identifies the user goes to no other host than the one that the user named.
        private RequestPlan? Next(RequestPlan plan, HttpRow row)
        {
            if (!Uri.TryCreate(plan.Url, row.Field("location"), out Uri? url) || !RequestPlan.TryReadUrl(url.AbsoluteUri, out url, out _))
                return null;
            long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            foreach ((string name, string value) in row.Fields)
            {
                if (name is "set-cookie")
                    _ = _cookies.Set(value, plan.Host, plan.Url.AbsolutePath, plan.IsTls, now);
            }

            bool isSame = RequestPlan.HostOf(url) == RequestPlan.HostOf(options.Url) && url.Port == options.Url.Port && url.Scheme == options.Url.Scheme;
            (string Name, string Value)[] fields = [.. options.Plan.Given.Where(field =>
                isSame || field.Name.ToLowerInvariant() is not ("authorization" or "cookie" or "host"))];
            IReadOnlyList<StoredCookie> cookies = _cookies.For(RequestPlan.HostOf(url)!, url.AbsolutePath, url.Scheme == Uri.UriSchemeHttps, now);
            if (cookies.Count > 0)
            {
                IEnumerable<string> all = [.. fields.Where(IsCookie).Select(field => field.Value), .. cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")];
                fields = [.. fields.Where(field => !IsCookie(field)), ("Cookie", string.Join("; ", all))];
            }

            return plan.To(url, fields);

            static bool IsCookie((string Name, string Value) field) => field.Name.Equals("cookie", StringComparison.OrdinalIgnoreCase);
        }

        // Null if the user ended it before its end.
        private HttpRow? Ask(RequestPlan plan, RequestChannel channel, bool mayKeep, TimeSpan? time, int depth)
        {
            using var decoding = new Decoding(channel);
            channel.Body = decoding.Take;
            do
                AskOnce(channel, mayKeep, time);
            while (channel.IsUnserved && !host.Cancellation.IsCancellationRequested);
            channel.Body = null;
            if (channel.IsBusy)
                return null;
            decoding.End();
            var summary = new RequestSummary(plan, [channel.Address], _clock);
            string purpose = depth > 0 ? "redirect" : "target";
            HttpExchange exchange = summary.Of(channel, purpose) with { RedirectDepth = depth };
            if (decoding.IsFalse)
                exchange = exchange with { CodingFault = decoding.Fault };
            return new HttpRow(plan.Url, channel.Address, channel.Sample, exchange)
            {
                Tls = channel.Tls,
                AsksForCertificate = channel.AsksForCertificate || channel.AsksLateForCertificate,
                Streams = channel.Streams,
                Fields = channel.Sample.Status == 0 ? [] : [.. channel.Head.Fields],
                DecodedLength = decoding.Length,
                CodingFault = decoding.Fault,
            };
        }

        private void AskOnce(RequestChannel channel, bool mayKeep, TimeSpan? time)
        {
            channel.Begin(mayKeep, time);
            WaitedDescriptor[] descriptors = new WaitedDescriptor[1];
            while (channel.IsBusy && !host.Cancellation.IsCancellationRequested)
            {
                descriptors[0] = channel.Wanted;
                TimeSpan rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), channel.Deadline);
                _wait.Wait(descriptors, rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
                if (Stopwatch.GetTimestamp() >= channel.Deadline)
                    channel.Expire();
                else if (descriptors[0].Ready is not PollEvents.None)
                    channel.Go();
            }
        }

        private (HttpRun Run, RequestTimeline? Timeline, IReadOnlyList<HttpExchange> Failures) Repeat(RequestPlan plan, IReadOnlyList<IPAddress> addresses)
        {
            const int MostFailures = 16; // kept as they were, beside what is counted
            List<HttpExchange> failures = [];
            HashSet<(int, HttpOutcome)> known = [];
            var summary = new RequestSummary(plan, addresses, _clock);
            const int Alone = 5; // the first makes the connection
            RequestRunOptions wanted = options.Run;
            if (wanted is { Concurrency: > 1, Use: ConnectionUse.Kept } && plan.IsTls && plan.Protocols.Contains("h2") && _rows[^1].Tls is null or { Protocol: "h2" })
            {
                bool isSecond = _rows[^1].Tls is { Protocol: "h2" }; // else the connections of the run tell
                bool hasRoom = wanted.Count >= (2 * wanted.Concurrency) + (Alone * addresses.Count);
                wanted = wanted with { Multiplexes = true, Alone = isSecond && hasRoom ? Alone * addresses.Count : 0 };
            }

            if (_rows[^1].Sample.Stage is ExchangeStage.NotConnected && host.ErrorColumns is not null && !options.IsJson)
                host.Progress("the first request got no connection; the others are made nevertheless, Ctrl-C ends them");
            RequestHistory? history = wanted.Concurrency == 1 ? new RequestHistory(plan, addresses, Stopwatch.GetTimestamp()) : null; // others overlap, and are too many
            DateTimeOffset began = TimeProvider.System.GetUtcNow();
            long done = 0, failed = 0;
            RequestRun? running = null;
            running = new RequestRun(plan, addresses, wanted, session => Trust(plan, session))
            {
                LookUp = wanted.Concurrency > 1 || plan.Literal is not null ? null : () =>
                {
                    (_, TimeSpan time, string? fault) = Find(plan.Host);
                    return (time, fault);
                },
                OnEnd = channel =>
                {
                    done++;
                    bool isNew = summary.Take(channel);
                    if (done <= RequestHistory.MostRequests)
                        history?.Take(channel);
                    if (!channel.Sample.HasFailed)
                        return;
                    failed++;
                    bool isNewFailure = channel.Sample.Status == 0 && known.Add((channel.Place, channel.Sample.Outcome));
                    if ((isNew || isNewFailure) && failures.Count < MostFailures)
                        failures.Add(summary.Of(channel, "repeat"));
                },
                OnProgress = host.ErrorColumns is null || options.IsJson ? null : () => host.Progress(Text($"{done:#,0} requests, {failed:#,0} failed")),
            };
            HttpRun run;
            using (running)
            {
                TimeSpan elapsed = running.Go(host.Cancellation);
                if (host.ErrorColumns is not null && !options.IsJson)
                    host.Progress("");
                run = summary.Of(running.Samples, elapsed, wanted.Concurrency) with
                {
                    At = TimeProvider.System.GetUtcNow(),
                    Connections = running.Connections,
                    ClosedWhileIdle = running.ClosedWhileIdle,
                    Streams = RequestSummary.StreamsOf(running.Samples, running.Streams, wanted.Alone),
                    HasGivenUp = running.HasGivenUp,
                    WasSilent = running.IsSilent,
                    WasInterrupted = host.Cancellation.IsCancellationRequested,
                };
            }

            if (wanted.Concurrency > 1 && !run.WasInterrupted)
                run = run with { Alone = AskAlone(plan, addresses, running.Samples) };
            if (history is not { Samples.Count: > 0 } || done > RequestHistory.MostRequests)
                return (run, null, failures);
            RequestTimeline timeline = history.Of(symptom: null, began, run.Elapsed) with { WasInterrupted = run.WasInterrupted };
            return (run, run.WasInterrupted ? timeline : AskLess(plan, addresses, wanted, history, timeline), failures);
        }

        // Where requests one behind the other were refused, a limit may have refused them: it answers who asks now and then, and refuses
        // again who asks as fast as before.
        private RequestTimeline AskLess(RequestPlan plan, IReadOnlyList<IPAddress> addresses, RequestRunOptions wanted, RequestHistory history, RequestTimeline timeline)
        {
            const int Few = 3, Alone = 4, MostAgain = 64, AgainEachSecond = 16;
            TimeSpan rest = TimeSpan.FromSeconds(2), patience = TimeSpan.FromSeconds(2), again = TimeSpan.FromSeconds(4), held = TimeSpan.FromSeconds(0.25);
            IReadOnlyList<RequestSample> samples = history.Samples;
            RequestSample[] refused = [.. samples.Where(sample => RefusedRequests.Has(sample, samples))];
            if (wanted.Interval >= rest / 2 || refused.Length < Few || samples.All(sample => sample.HasFailed))
                return timeline;
            int place = refused.GroupBy(sample => sample.Address).MaxBy(group => group.Count())!.Key;
            if (!RefusedRequests.AreMany(samples, place))
                return timeline;
            if (host.ErrorColumns is not null && !options.IsJson)
                host.Progress(Text($"{refused.Length} of {samples.Count} were refused: {Alone} more, {rest.TotalSeconds:0} s apart, tell whether it is how fast they came"));
            RequestPlan patient = plan with { Timeout = plan.Timeout < patience ? plan.Timeout : patience };
            List<RequestSample> alone = [];
            using (var asking = new RhythmRun(patient, [addresses[place]], [new RequestRhythm(0, MayKeep: false, rest, rest)], session => Trust(plan, session)) { OnEnd = channel => alone.Add(channel.Sample with { Address = place }) })
                asking.Go(Alone * rest * 2, Alone, host.Cancellation);
            timeline = timeline with { Alone = [.. alone.Select(history.Tried)] };
            if (!RefusedRequests.AreOver(alone, samples) || host.Cancellation.IsCancellationRequested)
                return timeline;
            List<RequestSample> fast = [];
            if (refused.Select(sample => sample.Total).Order().ElementAt(refused.Length / 2) >= held)
            {
                // One behind the other they would hold each other up, and come no faster than such a limit lets.
                RequestRhythm[] lanes = [.. Enumerable.Range(0, AgainEachSecond).Select(i => new RequestRhythm(0, MayKeep: false, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(i / (double)AgainEachSecond)))];
                using var run = new RhythmRun(patient, [addresses[place]], lanes, session => Trust(plan, session)) { OnEnd = channel => fast.Add(channel.Sample) };
                run.Go(again, MostAgain, host.Cancellation);
            }
            else
            {
                using var run = new RequestRun(patient, [addresses[place]], wanted with { Count = Math.Min(wanted.Count, MostAgain), Duration = again }, session => Trust(plan, session));
                run.Go(host.Cancellation);
                fast.AddRange(run.Samples);
            }

            return timeline with { Again = [.. fast.Select(sample => history.Tried(sample with { Address = place })).OrderBy(request => request.At)] };
        }

        // Several at once may make each other fail: whether they do tell those that are made one at a time, once all connections are closed.
        private HttpRunAlone? AskAlone(RequestPlan plan, IReadOnlyList<IPAddress> addresses, IReadOnlyList<RequestSample> samples)
        {
            const int Asked = 5;
            static bool IsRefused(RequestSample sample) => sample.HasFailed || sample.Status is 429;
            if (!samples.Any(IsRefused) || samples.All(IsRefused))
                return null;
            IPAddress worst = addresses[samples.Where(IsRefused).GroupBy(sample => sample.Address).MaxBy(group => group.Count())!.Key];
            using var alone = new RequestRun(plan, [worst], new RequestRunOptions { Count = Asked, Use = ConnectionUse.New, Interval = TimeSpan.FromSeconds(0.5) }, session => Trust(plan, session));
            alone.Go(host.Cancellation);
            return alone.Samples.Count < Asked ? null : new HttpRunAlone(worst, Asked, alone.Samples.Count(sample => !IsRefused(sample)));
        }

        // What the first hop says itself. Null if the user ended it.
        private ProxyTrial? AskProxy(RequestPlan plan, IPAddress address)
        {
            RequestPlan bad = plan.ToBeRefused();
            using var channel = new RequestChannel(bad, 0, address, _buffer, session => Trust(plan, session));
            return Ask(bad, channel, mayKeep: false, null, depth: 0) is { } row
                ? new ProxyTrial(row.Exchange with { Purpose = "control" }, [.. row.Fields.Select(field => PrintableText.Of(field.Name, 60)).Take(64)])
                : null;
        }

        private (IReadOnlyList<IPAddress> Addresses, TimeSpan? Time, string? Fault) LookUp(RequestPlan plan)
        {
            if (plan.Literal is { } literal)
                return ([literal], null, null);
            (IReadOnlyList<IPAddress> addresses, TimeSpan time, string? fault) = Find(plan.Host);
            host.Cancellation.ThrowIfCancellationRequested();
            return (addresses, time, fault is null ? null : $"{fault}: netwhy dns {plan.Host} tells why");
        }

        private (IReadOnlyList<IPAddress> Addresses, TimeSpan Time, string? Fault) Find(string name)
        {
            long begin = Stopwatch.GetTimestamp();
            Task<ResolvedName> task = Task.Run(() => SystemNames.Resolve(name, options.Family));
            _ = task.ContinueWith(_ => _wait.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            while (!task.IsCompleted && !host.Cancellation.IsCancellationRequested && Stopwatch.GetElapsedTime(begin) < options.Timeout)
                _wait.Wait([], options.Timeout - Stopwatch.GetElapsedTime(begin));
            TimeSpan time = Stopwatch.GetElapsedTime(begin);
            string? failure = !task.IsCompleted ? "no answer in time" : task.Result.Addresses.Count == 0 ? task.Result.Failure ?? SystemNames.NotKnown : null;
            return failure is null
                ? ([.. task.Result.Addresses.Distinct().Take(MostAddresses)], time, null)
                : ([], time, $"{name} cannot be resolved ({failure})");
        }

        private string? Trust(RequestPlan plan, TlsSession session)
        {
            string name = plan.Host;
            if (options.IsInsecure)
                return null;
            ImmutableArray<byte[]> chain = session.Certificates?.Certificates ?? [];
            if (chain.IsEmpty)
                return "the server showed no certificate";
            if (_judged is { } judged && judged.Host == name && judged.Chain.SequenceEqual(chain, IsSame))
                return judged.Fault;
            _trust ??= TrustStore.Load(Environment.GetEnvironmentVariable, options.AuthorityFile);
            string? fault = _trust.Verify(chain, name, session.SecurityLevel) switch
            {
                null => "the certificate cannot be read",
                { Code: not 0 } verdict => $"the certificate is not trusted: {verdict.Text}",
                { NameMatches: false } => $"the certificate is not for {name}",
                _ => null,
            };
            fault = fault is null ? null : $"{fault}; netwhy tls {plan.Url.Authority} tells why, -k goes on nevertheless";
            _hasDistrusted |= fault is not null;
            _judged = (name, chain, fault);
            return fault;
        }

        private static bool IsSame(byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other);
    }

    // Counts what a coded body unfolds to. Source: RFC 9110, section 8.4.
    private sealed class Decoding(RequestChannel channel) : IDisposable
    {
        private const int LongestCoding = 60; // characters that are shown

        private const long Most = 256 << 20; // octets; more is a bomb, or nothing that is decoded here

        private ContentDecoder? _decoder;
        private bool _isBegun;

        internal long? Length { get; private set; }

        internal string? Fault { get; private set; }

        /// <summary>Whether what came is not what the head says, rather than too much or unknown here.</summary>
        internal bool IsFalse { get; private set; }

        public void Dispose() => _decoder?.Dispose();

        /// <summary>The answer is over.</summary>
        internal void End()
        {
            if (_decoder is null || Fault is not null || channel.Sample.HasFailed || _decoder.IsWhole())
                return;
            (IsFalse, Fault) = (true, ContentDecoder.EndsWithin(Coding!));
        }

        internal void Take(ReadOnlySpan<byte> octets)
        {
            if (!_isBegun)
            {
                _isBegun = true;
                string? coding = Coding;
                _decoder = coding is null or "identity" ? null : ContentDecoder.Create(coding);
                if (coding is not (null or "identity") && _decoder is null)
                    Fault = $"the coding {PrintableText.Of(coding, LongestCoding)} is not known here";
            }

            if (_decoder is null || Fault is not null)
                return;
            Length ??= 0;
            try
            {
                _decoder.Decode(octets, Count);
            }
            catch (Exception refusal) when (refusal is InvalidDataException or IOException)
            {
                Fault = refusal is BombException ? refusal.Message : ContentDecoder.IsOther(refusal);
                IsFalse = refusal is InvalidDataException;
            }
        }

        private string? Coding => channel.Head["content-encoding"]?.Trim().ToLowerInvariant();

        private void Count(ReadOnlySpan<byte> octets)
        {
            Length += octets.Length;
            if (Length > Most)
                throw new BombException(string.Create(CultureInfo.InvariantCulture, $"the body unfolds to more than {Most >> 20} MiB: decoding ended there"));
        }

        private sealed class BombException(string message) : IOException(message);
    }
}

/// <summary>What the first hop answers by itself.</summary>
/// <param name="Exchange">Its answer to a request that it must refuse.</param>
/// <param name="FieldNames">Names of its fields in their order, in lower case.</param>
internal sealed record ProxyTrial(HttpExchange Exchange, IReadOnlyList<string> FieldNames);
