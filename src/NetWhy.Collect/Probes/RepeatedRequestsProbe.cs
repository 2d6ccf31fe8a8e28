using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Exchanges.Requests;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Probes;

/// <summary>Where a symptom comes and goes (<c>--symptom</c>): makes requests over time, at each address, and looks meanwhile at what this machine counts.</summary>
/// <remarks>
/// New connections come in a steady rhythm. Kept ones rest for a ladder of times between two requests, since what goes wrong with idle
/// connections depends on how long they were idle. Source: the guide's scenarios 1 to 3; RFC 9112, section 9.3.
/// </remarks>
public sealed class RepeatedRequestsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "requests.repeated";

    private const int FewFailures = 2; // of which nothing can be told
    private const int NewLanes = 8; // for each address: as many may hang at once
    private const int MostFields = 64;
    private const int CountShare = 20; // a count of ports that takes long is made again only after so many times as long
    private const int MostIdleEnds = 200;
    private const int MostLooks = 600;
    private const int MostChains = 64; // that differ
    private const string TimeWait = "TimeWait"; // sockets in that state, of the network namespace
    private const double MostRate = 25; // requests a second, to all addresses together

    private static readonly TimeSpan NewRest = TimeSpan.FromSeconds(2); // of one lane: 4 new connections a second to each address
    private static readonly TimeSpan LeastToLeaveAlone = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TimeToHold = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan[] QuietRests = [.. ((double[])[2, 5, 10, 20, 45, 75]).Select(TimeSpan.FromSeconds)];
    private static readonly TimeSpan LookUpRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountRest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan[] Rests = [.. ((double[])[0.25, 0.5, 1, 1.5, 2.2, 3.2, 4.6, 7, 10, 15, 22, 32, 47, 70]).Select(TimeSpan.FromSeconds)];

    private static readonly string[] Counters =
    [
        "TcpExt.ListenOverflows", "TcpExt.TCPSynRetrans", "TcpExt.TCPTimeWaitOverflow",
        "Tcp.AttemptFails", "Tcp.EstabResets", "Tcp.OutRsts", "Tcp.RetransSegs", "Softnet.dropped", TimeWait,
    ];

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "How do requests fare that are repeated over time?",
        Source: "RFC 9110, section 15.6; RFC 9112, section 9.3",
        Question.Application)
    {
        SendsPackets = true,
        Budget = SymptomOptions.Longest + TimeSpan.FromMinutes(3),
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Port is not null && target.IsTcp && target.Kind is TargetKind.HostPort or TargetKind.Service or TargetKind.LocalPort;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (context.Options.Symptom is not { } symptom)
            return;
        IReadOnlyList<IPAddress> addresses = [.. (await ExchangeProbe.FindAddressesAsync(context, cancellationToken)).Take(ExchangeProbe.MostAddresses)];
        if (addresses.Count == 0)
            return;
        if (context.Target.IsHttp && ProxySettings.Of(context.Target, context.Options.Environment) is { Variable: { } variable, ExemptedBy: null })
        {
            context.ReportNotObserved("repeated requests", $"{variable} names a proxy, and requests through one are not repeated: unset it to ask the target itself, or ask the proxy");
            return;
        }

        Uri url = UrlOf(context.Target, addresses[0]);
        RequestPlan plan = (context.Target.IsHttp ? RequestPlan.Of(url, "GET", []) : RequestPlan.OfConnection(url)) with { Timeout = symptom.Patience };
        if (plan.IsTls && TlsSession.Unavailable is { } reason)
        {
            context.ReportNotObserved("repeated requests", reason);
            return;
        }

        var run = new Session(context, plan, symptom, addresses, Stopwatch.GetTimestamp());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task lookups = context.Target.HasHostName && context.Options.Resolved.Count == 0 ? run.LookUpAsync(context.Target.Host!, end.Token) : Task.CompletedTask;
        Task counts = Task.Run(() => run.CountPortsAsync(end.Token), CancellationToken.None);
        await Task.Factory.StartNew(() => run.Go(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (run.HasTimeToHold)
            await HoldAsync(context, addresses, cancellationToken);
        await end.CancelAsync();
        await Task.WhenAll(lookups, counts);
        run.Report();
    }

    // Connections that are closed at once see nothing of a balancer that looks for its dead backend for some seconds and closes then. One
    // is left alone, when no other of ours stands, which it may keep from being served; that it stood tells no more than the usual try does.
    private static async Task HoldAsync(ProbeContext context, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        ExchangeOptions options = ExchangeOptions.Of(context) with
        {
            GreetingPatience = TimeToHold,
            SessionPatience = TimeToHold,
            Report = observation =>
            {
                if (observation is ServiceGreeting { Ended: not null })
                    context.Report(observation);
            },
        };
        try
        {
            await Task.WhenAll(addresses.Select(address => Exchange.RunAsync(address, context.Target.Port!.Value, options, cancellationToken)));
        }
        catch (OperationCanceledException)
        {
            return; // what was seen by then is told
        }
    }

    private static Uri UrlOf(Target target, IPAddress first)
    {
        string scheme = target.Scheme is "http" or "https" or "tls" ? target.Scheme : "tcp";
        string host = target.Host ?? first.ToString();
        string bracketed = host.Contains(':', StringComparison.Ordinal) ? $"[{host.Replace("%", "%25", StringComparison.Ordinal)}]" : host;
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{bracketed}:{target.Port}{(target.IsHttp ? target.Path : "/")}"));
    }

    /// <summary>The rhythm for some addresses, no faster than a bounded rate, and so that no more requests are made than the evidence keeps.</summary>
    /// <param name="symptom">How many in what time.</param>
    /// <param name="addresses">How many addresses.</param>
    /// <param name="isHttp">Whether connections may be kept.</param>
    internal static List<RequestRhythm> LanesFor(SymptomOptions symptom, int addresses, bool isHttp)
    {
        int fresh = isHttp ? NewLanes : 2 * NewLanes;
        (TimeSpan[] rests, double slower) = LadderFor(symptom, addresses, fresh, isHttp ? Rests : []);
        List<RequestRhythm> lanes = [];
        for (int place = 0; place < addresses; place++)
        {
            TimeSpan apart = NewRest * slower / fresh;
            TimeSpan first = apart * place / addresses;
            for (int i = 0; i < fresh; i++)
                lanes.Add(new RequestRhythm(place, MayKeep: false, NewRest * slower, first + (apart * i), apart / 2));
            for (int i = 0; i < rests.Length; i++)
            {
                TimeSpan rest = rests[i] * slower;
                double before = Math.Floor(rest / apart * (place + 1) / (addresses + 1)) + ((i + 1.0) / (rests.Length + 1) / addresses); // between two new ones, and no two at once
                lanes.Add(new RequestRhythm(place, MayKeep: true, rest, first + (apart * before)));
            }
        }

        return lanes;
    }

    // As many rests as can each happen twice at the rate that is left, those of longer ones first: what is more is made slower.
    private static (TimeSpan[] Rests, double Slower) LadderFor(SymptomOptions symptom, int addresses, int fresh, TimeSpan[] ladder)
    {
        double duration = symptom.Duration.TotalSeconds;
        double most = Math.Min(MostRate, Math.Min(symptom.Count ?? int.MaxValue, SymptomOptions.MostRequests) / duration);
        for (int length = ladder.Length; length > 0; length--)
        {
            for (int begin = ladder.Length - length; begin >= 0; begin--)
            {
                TimeSpan[] rests = ladder[begin..(begin + length)];
                double slower = Slower(rests);
                if (rests[^1].TotalSeconds * slower * 2 < duration)
                    return (rests, slower);
            }
        }

        return ([], Slower([]));

        double Slower(TimeSpan[] rests) => Math.Max(1, addresses * ((fresh / NewRest.TotalSeconds) + rests.Sum(rest => 1 / rest.TotalSeconds)) / most);
    }

    // Source: proc(5), /proc/net/sockstat: "TCP: inuse N orphan N tw N alloc N mem N".
    private static long SocketsInTimeWait()
    {
        string[] words = (KernelFiles.Text("/proc/thread-self/net/sockstat") ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        int place = Array.IndexOf(words, "tw");
        return place >= 0 && place + 1 < words.Length && long.TryParse(words[place + 1], NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : 0;
    }

    // What a server showed in so many handshakes with an address.
    private sealed record ShownChain(int Place, CertificateMessage Sent, string Version, int SecurityLevel, int Shown);

    private sealed class Session(ProbeContext context, RequestPlan plan, SymptomOptions symptom, IReadOnlyList<IPAddress> addresses, long begin)
    {
        private readonly RequestHistory _history = new(plan, addresses, begin);
        private readonly RequestSummary _summary = new(plan, addresses, RequestSummary.ClockAt(context.Clock.GetUtcNow()));
        private readonly List<HostLook> _looks = [];
        private readonly List<TriedLookup> _lookups = [];
        private readonly List<IdleEnd> _idleEnds = [];
        private readonly List<ShownChain> _chains = [];
        private readonly HashSet<int> _withoutPort = [];
        private readonly List<RequestSample> _alone = [];
        private readonly List<RequestSample> _again = [];
        private readonly bool _isHere = addresses.Any(OwnAddresses.Contains);
        private readonly DateTimeOffset _start = context.Clock.GetUtcNow();
        private Dictionary<string, long>? _before;
        private readonly ListenerWatch _listeners = new(addresses, plan.Url.Port);
        private readonly long? _mostTracked = KernelFiles.Number(ConntrackProbe.Most);
        private readonly string[] _others = [.. ProbeCatalog.All.Where(probe => probe.Info is { SendsPackets: true, Id: not Id }).Select(probe => probe.Info.Id)];
        private PortRange? _ports;
        private int _portsInUse = -1; // not known
        private TimeSpan _elapsed;
        private int _connections;
        private int _closedWhileIdle;
        private bool _wasInterrupted;
        private HttpRunAnswer? _refusal;

        private IReadOnlyList<RequestSample> Samples => _history.Samples;

        // Until it is ended; one that does not come back is left alone.
        internal async Task LookUpAsync(string name, CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                TimeSpan at = Stopwatch.GetElapsedTime(begin);
                Task<ResolvedName> asking = Task.Run(() => SystemNames.Resolve(name, family: 0), CancellationToken.None);
                try
                {
                    ResolvedName found = await asking.WaitAsync(end);
                    string? failure = found.Addresses.Count == 0 ? found.Failure ?? SystemNames.NotKnown : null;
                    _lookups.Add(new TriedLookup(at, Stopwatch.GetElapsedTime(begin) - at, failure));
                    await Task.Delay(LookUpRest, context.Clock, end);
                }
                catch (OperationCanceledException)
                {
                    TimeSpan waited = Stopwatch.GetElapsedTime(begin) - at;
                    if (!asking.IsCompleted && waited >= LookUpRest)
                        _lookups.Add(new TriedLookup(at, waited, "no answer by then"));
                    return; // the requests are over
                }
            }
        }

        // Beside the requests, since many sockets take their time.
        internal async Task CountPortsAsync(CancellationToken end)
        {
            if (PortRange.Read() is not { } range)
                return;
            var ports = new PortsTowards(addresses, plan.Url.Port, range);
            _ports = range;
            while (!end.IsCancellationRequested)
            {
                long counting = Stopwatch.GetTimestamp();
                try
                {
                    Volatile.Write(ref _portsInUse, ports.Count());
                    TimeSpan rest = CountShare * Stopwatch.GetElapsedTime(counting);
                    await Task.Delay(rest > CountRest ? rest : CountRest, context.Clock, end);
                }
                catch (OperationCanceledException)
                {
                    return; // the requests are over
                }
                catch (LinuxException refusal)
                {
                    context.ReportNotObserved("local ports in use while requests are repeated", refusal.Message);
                    return;
                }
            }
        }

        internal void Go(CancellationToken cancellationToken)
        {
            RequestWarmUp.Run(plan);
            long started = Stopwatch.GetTimestamp();
            List<RequestRhythm> lanes = LanesFor(symptom, addresses.Count, context.Target.IsHttp);
            TimeSpan step = TimeSpan.FromSeconds(Math.Max(0.5, symptom.Duration.TotalSeconds / MostLooks));
            using (var run = new RhythmRun(plan, addresses, lanes, _ => null)
            {
                OnEnd = Take,
                OnIdleEnd = (place, idle) =>
                {
                    if (_idleEnds.Count < MostIdleEnds)
                        _idleEnds.Add(new IdleEnd(addresses[place], idle) { At = Stopwatch.GetElapsedTime(begin) });
                },
                OnHandshake = Note,
                OnStep = Look,
                Step = step,
                Early = LeavesAlone ? (symptom.Duration / 2, IsWorthLeavingAlone)
                    : !context.Target.IsHttp && symptom.Duration >= 2 * TimeToHold ? (symptom.Duration - TimeToHold, NothingFailed)
                    : null,
            })
            {
                run.Go(symptom.Duration, Most, cancellationToken);
                (_connections, _closedWhileIdle, _wasInterrupted) = (run.Connections, run.ClosedWhileIdle, cancellationToken.IsCancellationRequested);
            }

            if (LeavesAlone && !_wasInterrupted)
                LeaveAlone(step, cancellationToken);
            _wasInterrupted = cancellationToken.IsCancellationRequested;
            _elapsed = Stopwatch.GetElapsedTime(started);
            if (PlaceOfTrouble() is { } troubled && !_wasInterrupted)
            {
                AskAlone(troubled, cancellationToken);
                if (MayBeLimited(troubled))
                    AskAgain(troubled, cancellationToken);
            }

            _wasInterrupted = cancellationToken.IsCancellationRequested;
            if (Samples.FirstOrDefault(sample => sample.Status is >= 500 and < 600) is { Status: not 0 } bad && !_wasInterrupted)
                AskFirstHop(bad.Address, cancellationToken);
        }

        // Whether the run ended early, since nothing failed, so that connections can be left alone in the rest of its time.
        internal bool HasTimeToHold { get; private set; }

        private bool NothingFailed()
        {
            HasTimeToHold = !Samples.Any(sample => sample.HasFailed);
            return HasTimeToHold;
        }

        private bool LeavesAlone => symptom.Symptom is "5xx" && symptom.Duration >= LeastToLeaveAlone;

        // What fails more than once or twice needs no quiet to show. Of few requests each comes after one.
        private bool IsWorthLeavingAlone() =>
            Samples.Any(sample => !sample.HasFailed) && (Samples.Count(sample => sample.HasFailed) <= FewFailures || Samples.Count < symptom.Duration.TotalSeconds / 2);

        // Our own requests keep the connections of a proxy to its backend in use: single ones, after rests that grow, find those dead. Behind
        // a failure a few at once have the proxy make new ones, two and one by turns, so that no turn of a balancer fails alike.
        private void LeaveAlone(TimeSpan step, CancellationToken cancellationToken)
        {
            int rest = 0, failures = 0;
            while (rest < QuietRests.Length && Left() >= QuietRests[rest] && !cancellationToken.IsCancellationRequested)
            {
                if (!AskAfter(QuietRests[rest]))
                {
                    // Where it fails there, time is left to see it again.
                    if (++rest < QuietRests.Length && Left() < QuietRests[rest] * 2)
                        break;
                    continue;
                }

                failures++;
                for (int i = 0; i < 1 + (failures % 2) && Left() >= SymptomOptions.RestAlone; i++)
                    AskAfter(SymptomOptions.RestAlone);
            }

            TimeSpan Left() => Samples.Count >= Most ? TimeSpan.Zero : symptom.Duration - Stopwatch.GetElapsedTime(begin);

            // Whether one failed.
            bool AskAfter(TimeSpan quiet)
            {
                int before = Samples.Count;
                using var run = new RhythmRun(plan, addresses, [.. addresses.Select((_, place) => new RequestRhythm(place, MayKeep: false, symptom.Duration, quiet))], _ => null)
                {
                    OnEnd = Take,
                    OnStep = Look,
                    Step = step,
                };
                run.Go(symptom.Duration, Math.Min(addresses.Count, Most - before), cancellationToken);
                _connections += run.Connections;
                return Samples.Skip(before).Any(sample => sample.HasFailed);
            }
        }

        private int Most => Math.Min(symptom.Count ?? int.MaxValue, SymptomOptions.MostRequests);

        // The address at which most failed, were refused or were late, where some did and others did not.
        private int? PlaceOfTrouble()
        {
            const int Few = 3;
            TimeSpan late = symptom.SlowAfter ?? TimeSpan.FromSeconds(0.5);
            (int Place, int Troubled)[] places =
            [
                .. Samples.GroupBy(sample => sample.Address)
                    .Select(here => (here.Key, here.Count(sample => IsRefused(sample) || sample.Total >= late), All: here.Count()))
                    .Where(here => here.Item2 >= Few && (here.Item2 < here.All || here.All == Samples.Count))
                    .Select(here => (here.Key, here.Item2)),
            ];
            return places.Length == 0 ? null : places.MaxBy(one => one.Troubled).Place;
        }

        // Whether it is of our own making: what requests meet that wait for no other of ours, when none of our connections stands.
        private void AskAlone(int place, CancellationToken cancellationToken)
        {
            Ask(SymptomOptions.Alone, SymptomOptions.RestAlone);
            while (!cancellationToken.IsCancellationRequested && RefusedRequests.MayBeSpared(_alone, Samples, place, SymptomOptions.MostAlone))
                Ask(1, SymptomOptions.RestAlone / 2);

            void Ask(int count, TimeSpan rest)
            {
                using var run = new RhythmRun(plan with { Timeout = PatienceAlone }, [addresses[place]], [new RequestRhythm(0, MayKeep: false, rest, rest)], _ => null)
                {
                    OnEnd = channel => _alone.Add(channel.Sample with { Address = place }),
                };
                run.Go(count * SymptomOptions.PatienceAlone, count, cancellationToken);
            }
        }

        private TimeSpan PatienceAlone => symptom.Patience < SymptomOptions.PatienceAlone ? symptom.Patience : SymptomOptions.PatienceAlone;

        private bool MayBeLimited(int place) => RefusedRequests.AreOver(_alone, Samples) && RefusedRequests.AreMany(Samples, place);

        private bool IsRefused(RequestSample sample) => RefusedRequests.Has(sample, Samples);

        // As fast as before, over new connections: a limit lets some through and refuses the others again.
        private void AskAgain(int place, CancellationToken cancellationToken)
        {
            RequestRhythm[] lanes = [.. LanesFor(symptom, 1, isHttp: false).Select(lane => lane with { Rest = lane.Rest / 2, First = lane.First / 2 })];
            using var run = new RhythmRun(plan with { Timeout = PatienceAlone }, [addresses[place]], lanes, _ => null)
            {
                OnEnd = channel => _again.Add(channel.Sample with { Address = place }),
            };
            run.Go(SymptomOptions.TimeAgain, Most, cancellationToken);
        }

        private void AskFirstHop(int place, CancellationToken cancellationToken)
        {
            TimeSpan patience = symptom.Patience < SymptomOptions.ForFirstHop ? symptom.Patience : SymptomOptions.ForFirstHop;
            RequestPlan bad = plan.ToBeRefused() with { Timeout = patience };
            var summary = new RequestSummary(bad, [addresses[place]], context.Clock.GetUtcNow());
            using var run = new RhythmRun(bad, [addresses[place]], [new RequestRhythm(0, MayKeep: false, TimeSpan.Zero, TimeSpan.Zero)], _ => null)
            {
                OnEnd = channel =>
                {
                    if (channel.Sample.Status != 0)
                        _refusal = FirstHop.Of(summary.Of(channel, "control"), [.. channel.Head.Fields.Take(MostFields).Select(field => PrintableText.Of(field.Name, 60))]);
                },
            };
            run.Go(patience, 1, cancellationToken);
        }

        internal void Report()
        {
            foreach (Listener listener in _listeners.Told())
                context.Report(listener);
            if (Samples.Count == 0)
            {
                context.ReportNotObserved("repeated requests", NotObserved.EndedFirst);
                return;
            }

            ReportChains();
            foreach (int place in Enumerable.Range(0, addresses.Count))
            {
                if (ConnectsOf(place) is { } series)
                    context.Report(series);
            }

            context.Report(_summary.Of(Samples, _elapsed, 1) with
            {
                Connections = _connections,
                ClosedWhileIdle = _closedWhileIdle,
                WasInterrupted = _wasInterrupted,
                Concurrency = LanesFor(symptom, addresses.Count, context.Target.IsHttp).Count,
            });
            string[] moved = [.. _looks.SelectMany(look => look.Growth).Where(counter => counter.Value != 0).Select(counter => counter.Key).Distinct()];
            context.Report(_history.Of(symptom.Symptom, _start, _elapsed) with
            {
                Asked = symptom.Duration < _elapsed ? symptom.Duration : _elapsed,
                SlowAfter = symptom.SlowAfter,
                Alone = _alone.Count == 0 ? null : [.. _alone.Select(_history.Tried)],
                Again = _again.Count == 0 ? null : [.. _again.Select(_history.Tried).OrderBy(request => request.At)],
                Looks = [.. _looks.Select(look => look with { Growth = look.Growth.Where(counter => moved.Contains(counter.Key)).ToDictionary() })],
                Lookups = [.. _lookups],
                IdleEnds = _idleEnds,
                Refusal = _refusal,
                UsablePorts = _ports is { } range ? range.Last - range.First + 1 - range.Reserved : null,
                MostTracked = _mostTracked,
                WasInterrupted = _wasInterrupted,
            });
        }

        // Connections that were made over the time, where some did not come about at the first SYN: what tells loss from chance.
        // What an ICMP error or this machine ended tells nothing of it.
        private ConnectSeries? ConnectsOf(int place)
        {
            RequestSample[] stood = [.. Samples.Where(sample => sample.Address == place && !sample.IsKept && sample.Connect is not null)];
            RequestSample[] others = [.. Samples.Where(sample => sample.Address == place && sample.Stage is ExchangeStage.NotConnected)];
            int silent = others.Count(sample => sample.Errno is Errno.ETIMEDOUT);
            int refused = others.Count(sample => sample.Errno is Errno.ECONNREFUSED);
            int repeated = silent + stood.Count(IsRepeated);
            return repeated == 0 || _isHere ? null : new ConnectSeries(addresses[place], plan.Url.Port, stood.Length + silent + refused, stood.Length, repeated, refused)
            {
                Over = _elapsed,
                MedianTime = stood.Length == 0 ? null : stood.Select(sample => sample.Connect).Order().ElementAt(stood.Length / 2),
            };
        }

        // A SYN is sent again after a second. Source: RFC 6298, section 2.
        private static bool IsRepeated(RequestSample sample) => sample is { Retransmits: > 0, Connect.TotalSeconds: >= 0.95 };

        private void Take(RequestChannel channel)
        {
            RequestSample sample = channel.Sample;
            _summary.Take(channel);
            _history.Take(channel);
            if (sample.Stage is ExchangeStage.NotConnected && sample.Errno is Errno.EADDRNOTAVAIL && _withoutPort.Add(channel.Place))
            {
                context.Report(new ConnectAttempt(channel.Address, plan.Url.Port, "repeat", ConnectOutcome.Failed, sample.Total)
                {
                    Errno = sample.Errno.ToString(),
                    FailedCall = "connect",
                });
                EphemeralPortsProbe.Look(context, channel.Address, plan.Url.Port); // at this moment, who holds them
            }
        }

        // The requests are made whatever it is; each other chain is judged in the end.
        private void Note(int place, TlsSession session)
        {
            if (session.Certificates is not { Certificates.IsEmpty: false } sent)
                return;
            int known = _chains.FindIndex(chain => chain.Place == place && chain.Sent.Certificates.SequenceEqual(sent.Certificates, static (one, other) => one.AsSpan().SequenceEqual(other)));
            if (known >= 0)
                _chains[known] = _chains[known] with { Shown = _chains[known].Shown + 1 };
            else if (_chains.Count < MostChains)
                _chains.Add(new ShownChain(place, sent, session.Version, session.SecurityLevel, 1));
        }

        // Where all are shown the same, the usual try tells of it.
        private void ReportChains()
        {
            TrustStore? trust = null;
            foreach (ShownChain[] here in _chains.GroupBy(chain => chain.Place).Select(group => group.ToArray()).Where(group => group.Length > 1))
            {
                trust ??= TrustStore.Load(context.Options.Environment, context.Options.CertificateAuthorityFile);
                foreach (ShownChain chain in here)
                {
                    var handshake = new TlsHandshake(addresses[chain.Place], plan.Url.Port, "repeat", plan.Literal is null ? plan.Host : null, TlsOutcome.Completed, TimeSpan.Zero) { Version = chain.Version };
                    if (TlsConnector.Judge(chain.Sent, handshake, plan.Host, trust, chain.SecurityLevel, context.Clock.GetUtcNow()) is { } judged)
                        context.Report(judged with { Shown = chain.Shown, Handshakes = here.Sum(one => one.Shown) });
                }
            }
        }

        private void Look()
        {
            if (_looks.Count > MostLooks)
                return;
            Dictionary<string, long> now = KernelCounterReading.Take();
            now[TimeWait] = SocketsInTimeWait();
            Dictionary<string, long> before = _before ??= now;
            TimeSpan at = Stopwatch.GetElapsedTime(begin);
            if (_isHere)
                _listeners.Look(at);
            _looks.Add(new HostLook(at, Counters.ToDictionary(name => name, name => now.GetValueOrDefault(name) - before.GetValueOrDefault(name)))
            {
                ListenerDrops = _listeners.Drops,
                PortsInUse = Volatile.Read(ref _portsInUse) is >= 0 and var ports ? ports : null,
                Tracked = _mostTracked is null ? null : KernelFiles.Number(ConntrackProbe.Count),
                OthersAsk = context.Evidence.IsAnyRunning(_others),
            });
        }
    }
}
