using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>What repeated requests show together: where, when and over which connections they fail. It says only what chance explains in less than one case of a hundred.</summary>
internal sealed class TimelineReading
{
    private const int FewRequests = 3;
    private const int MostRequests = 2000; // as many as one run makes; a file may hold more
    private const int MostMarks = 4; // versions at one address, those before and after a deploy of several backends
    private static readonly TimeSpan Nearby = TimeSpan.FromSeconds(30); // before and behind the run, of what a limit may count beside it
    private static readonly TimeSpan LateLookup = TimeSpan.FromSeconds(1); // resolv.conf(5), timeout: one second at least
    private const double FewSlow = 0.05; // of all: fewer are rare

    private readonly RequestKind[] _kinds;
    private readonly bool[] _isFailure;
    private readonly Dictionary<IPAddress, (bool IsOrdered, FailureWindows? Windows, Turn? Turn)> _order;

    private TimelineReading(RequestTimeline timeline, EvidenceSet evidence)
    {
        Timeline = timeline;
        Addresses = [.. timeline.Requests.Select(request => request.Address).Distinct()];
        WithoutRoute = [.. Addresses.Where(address => timeline.Requests.All(request => !request.Address.Equals(address) || request is { Stage: ExchangeStage.NotConnected, Errno: "ENETUNREACH" }))];
        _kinds = [.. timeline.Requests.Select(request => WithoutRoute.Contains(request.Address) ? RequestKind.Unsent : RequestKinds.Of(timeline, request))];
        (IEnumerable<CommonEnd> common, IEnumerable<IdleEnd> single) = CommonEnd.Of(timeline.IdleEnds);
        (CommonEnds, IdleTimeouts) = ([.. common], [.. single]);
        Gone = [.. Departure.Of(this)];
        Races = [.. Addresses.Where(address => !IsGone(address)).SelectMany(address => new[] { CountedAt(address) ?? RaceAt(address, isSilent: false), RaceAt(address, isSilent: true) }).OfType<IdleRace>()];
        _isFailure = [.. timeline.Requests.Select((request, i) => RequestKinds.IsOfPeer(_kinds[i]) && !Races.Any(race => race.Has(request)))];
        Failures = [.. timeline.Requests.Where((_, i) => _isFailure[i])];
        Dead = [.. Addresses.Where(address => At(address) is { Requests: >= FewRequests } all && all.Failed == all.Requests && AloneAt(address).Good == 0)];
        PlaceInConnection[] places = [.. Addresses.Except(Dead).Where(address => !IsGone(address)).Select(address => PlaceInConnection.Of(address, TriedAt(address), Addresses.Length)).OfType<PlaceInConnection>()];
        Places = [.. places.Where(place => place.Rival is null)];
        PlacesOrTurns = [.. places.Where(place => place.Rival is not null)];
        _order = Addresses.Except(Dead).ToDictionary(address => address, address => PlaceAt(address) is null ? OrderAt(address) : (false, null, null));
        AfterQuiet = [.. _order.Keys.Where(address => timeline.IsHttp && !IsGone(address) && PlaceAt(address) is null && AllAt(address).All(one => MayBeBehindProxy(one.Kind))).Select(address => Repeated.AfterQuiet.Of(address, [.. TriedAt(address), .. AskedAlone(address).Select(request => (request, RequestKinds.IsOfPeer(RequestKinds.Of(timeline, request))))], Addresses.Length)).OfType<AfterQuiet>()];
        Limits = _order.Keys.Where(address => !IsGone(address) && PlaceAt(address) is null).Select(address => (Address: address, Limit: LimitAt(address, evidence))).Where(one => one.Limit is not null).ToImmutableDictionary(one => one.Address, one => one.Limit!);
        Queues = _order.Keys.Where(address => !IsGone(address) && PlaceAt(address) is null && _order[address].Turn is null).Select(address => OwnQueue.Of(this, address)).OfType<OwnQueue>().ToImmutableDictionary(queue => queue.Address);
        Dictionary<IPAddress, (bool IsOrdered, FailureWindows? Windows, Turn? Turn)> late = _order.Keys.ToDictionary(address => address, address => OrderAt(address, i => _kinds[i] is RequestKind.Slow, areAnswers: true));
        Slow = [.. late.Select(one => Slowness.Of(this, one.Key, one.Value.Windows, one.Value.Turn)).OfType<Slowness>()];
        SlowBodies = [.. _order.Keys.Select(address => Slowness.Of(this, address, null, null, SlowPart.Body)).OfType<Slowness>()];
        SlowHandshakes = [.. _order.Keys.Select(address => Slowness.Of(this, address, null, null, SlowPart.Handshake)).OfType<Slowness>()];
        SlowTurns = late.Where(one => one.Value is { Turn: not null, Windows: null } && !Slow.Concat(SlowBodies).Any(slow => slow.Address.Equals(one.Key) && (slow.IsOfOurMaking || slow is not { Place: null, Pauses.IsEmpty: true })))
            .ToImmutableDictionary(one => one.Key, one => one.Value.Turn!);
        Redirections = _order.Keys.Select(address => (Address: address, OrderAt(address, i => IsRedirection(Timeline.Requests[i]), areAnswers: true).Turn)).Where(one => one.Turn is not null).ToImmutableDictionary(one => one.Address, one => one.Turn!);
        FullWays = [.. Addresses.Select(address => FullWay.Of(this, address, QuickestTo(evidence, address))).OfType<FullWay>()];
        Loads = _order.Keys.Where(address => !IsGone(address) && PlaceAt(address) is null && _order[address].Turn is null).Select(address => OwnLoad.Of(this, address, UsualAt(address, evidence))).OfType<OwnLoad>().Where(load => !(_order[load.Address].Windows is { } windows && windows.Wrong < load.Wrong)).ToImmutableDictionary(load => load.Address);
        Held = [.. _order.Keys.Select(address => HeldPlaces.Of(this, address)).OfType<HeldPlaces>()];
        Windows = [.. _order.Where(one => !IsOfOurMaking(one.Key) && !IsTold(one.Key) && !IsWayFull(one.Key)).Select(one => one.Value.Windows).OfType<FailureWindows>()];
    }

    private static bool IsRedirection(TriedRequest request) => request is { Outcome: HttpOutcome.Complete, Status: >= 301 and <= 308 and not 304 };

    // What a proxy's dead connection to its backend cannot do.
    private static bool MayBeBehindProxy(RequestKind kind) => kind is not (RequestKind.ConnectTimeout or RequestKind.Refused or RequestKind.Unreachable or RequestKind.HandshakeTimeout or RequestKind.TlsFailed);

    /// <summary>The requests.</summary>
    internal RequestTimeline Timeline { get; }

    /// <summary>The addresses asked.</summary>
    internal ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>Addresses to which this machine has no route: nothing was asked there.</summary>
    internal ImmutableArray<IPAddress> WithoutRoute { get; }

    /// <summary>Addresses at which every request failed, and every one that was made alone afterwards.</summary>
    internal ImmutableArray<IPAddress> Dead { get; }

    /// <summary>Addresses that answered until some moment, and then no more.</summary>
    internal ImmutableArray<Departure> Gone { get; }

    /// <summary>Addresses, of those that are not <see cref="Gone"/>, at which requests fail that come after a quiet time.</summary>
    internal ImmutableArray<AfterQuiet> AfterQuiet { get; }

    /// <summary>Addresses, of those that are not <see cref="Gone"/>, at which all but the first request of a connection fail, in another way than by <see cref="Races"/>.</summary>
    internal ImmutableArray<PlaceInConnection> Places { get; }

    /// <summary>Addresses at which it looks so, and where backends that take turns explain it about as well.</summary>
    internal ImmutableArray<PlaceInConnection> PlacesOrTurns { get; }

    /// <summary>What <see cref="Places"/> has of an address; null where it has none.</summary>
    /// <param name="address">The address.</param>
    internal PlaceInConnection? PlaceAt(IPAddress address) => Places.FirstOrDefault(one => one.Address.Equals(address));

    /// <summary>Moments at which kept connections ended together.</summary>
    internal ImmutableArray<CommonEnd> CommonEnds { get; }

    /// <summary>Kept connections that the server closed while they were idle, without those of <see cref="CommonEnds"/>.</summary>
    internal ImmutableArray<IdleEnd> IdleTimeouts { get; }

    /// <summary>Addresses at which requests over kept connections alone meet their end, or get no answer, or may.</summary>
    internal ImmutableArray<IdleRace> Races { get; }

    /// <summary>Requests that failed by the other side or the way there, without those of <see cref="Races"/>.</summary>
    internal ImmutableArray<TriedRequest> Failures { get; }

    /// <summary>Of addresses that are not <see cref="Dead"/>, and where failures are neither <see cref="IsOfOurMaking"/> nor <see cref="IsTold"/>: the windows of time in which failures lie, where they do and it is not chance.</summary>
    internal ImmutableArray<FailureWindows> Windows { get; }

    /// <summary>Of addresses that are not <see cref="Dead"/>: the limit for this client that their failures, or answers 429, follow from.</summary>
    internal ImmutableDictionary<IPAddress, ClientLimit> Limits { get; }

    /// <summary>Of those addresses, where errors come in no turn and in no windows that explain them better: our own requests beside which they come.</summary>
    internal ImmutableDictionary<IPAddress, OwnLoad> Loads { get; }

    /// <summary>Of those addresses, where failures come in no turn: our own requests wait there for each other, before workers who serve fewer than we asked for.</summary>
    internal ImmutableDictionary<IPAddress, OwnQueue> Queues { get; }

    /// <summary>Late answers of addresses that are not <see cref="Dead"/>.</summary>
    internal ImmutableArray<Slowness> Slow { get; }

    /// <summary>Of addresses that are not <see cref="Dead"/>: the turn in which answers are late there, where it is neither of our making nor told by their place in the connection.</summary>
    internal ImmutableDictionary<IPAddress, Turn> SlowTurns { get; }

    /// <summary>Whether answers of an address are late in turn, and nothing else tells why.</summary>
    /// <param name="address">The address.</param>
    internal bool IsSlowInTurn(IPAddress address) => SlowTurns.ContainsKey(address) && !IsOfOurMaking(address) && !IsWayFull(address)
        && At(address).Failed < FewRequests && !Slow.Any(slow => slow.IsOfRetries && slow.Address.Equals(address));

    /// <summary>Of those addresses: the turn in which answers redirect there and others do not.</summary>
    internal ImmutableDictionary<IPAddress, Turn> Redirections { get; }

    /// <summary>Answers of those addresses whose bodies stood still in the middle.</summary>
    internal ImmutableArray<Slowness> SlowBodies { get; }

    /// <summary>Requests there before which the TLS handshake was late.</summary>
    internal ImmutableArray<Slowness> SlowHandshakes { get; }

    /// <summary>Addresses where a kept connection of ours held the place that new ones wanted.</summary>
    internal ImmutableArray<HeldPlaces> Held { get; }

    /// <summary>Addresses to which a queue on the way was full, so that answers were late or did not come in time.</summary>
    internal ImmutableArray<FullWay> FullWays { get; }

    /// <summary>Whether what is late at an address, or not whole in time, may be the way's doing, since <see cref="FullWays"/> has it.</summary>
    /// <param name="address">The address.</param>
    internal bool IsWayFull(IPAddress address) => FullWays.Any(way => way.Address.Equals(address));

    /// <summary>Reads the evidence; null if no requests were repeated.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TimelineReading? Of(EvidenceSet evidence) => evidence.Derived(Read);

    private static TimelineReading? Read(EvidenceSet evidence) =>
        evidence.Last<RequestTimeline>() is { Requests.Count: > 0 } timeline
            ? new TimelineReading(timeline.Requests.Count <= MostRequests ? timeline : timeline with { Requests = [.. timeline.Requests.Take(MostRequests)] }, evidence)
            : null;

    private static TimeSpan? QuickestTo(EvidenceSet evidence, IPAddress address) => evidence.All<TcpInfoSample>()
        .Where(sample => sample.Address.Equals(address) && sample.MinRoundTrip > TimeSpan.Zero)
        .Select(sample => (TimeSpan?)sample.MinRoundTrip)
        .Concat(evidence.All<EchoSeries>().Where(echo => echo.Address.Equals(address)).Select(echo => echo.MinRoundTrip))
        .Min();

    /// <summary>What came of each, in the order of the requests.</summary>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> All => Timeline.Requests.Zip(_kinds);

    /// <summary>Those of <see cref="All"/> at an address.</summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> AllAt(IPAddress address) => All.Where(one => one.Request.Address.Equals(address));

    /// <summary>Those of <see cref="All"/> that there is a route for.</summary>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> Sent => All.Where(one => !WithoutRoute.Contains(one.Request.Address));

    /// <summary>How many requests were answered well.</summary>
    internal int Good => _kinds.Count(RequestKinds.IsAnswered);

    /// <summary>How many requests showed what was looked for; 0 where nothing was.</summary>
    internal int Seen => _kinds.Count(kind => RequestKinds.IsOf(Timeline.Symptom, kind));

    /// <summary>The symptom to look for: the one that was, else what these requests suffer from.</summary>
    internal string Symptom => Timeline.Symptom ?? (Count(RequestKind.ServerError) > 0 ? "5xx" : _kinds.Any(RequestKinds.IsOfPeer) || Count(RequestKind.Slow) == 0 ? "timeout" : "slow");

    /// <summary>The command that asks less often than these requests did; null if they were few enough.</summary>
    internal string? Slower => Less is not { } less ? null
        : Timeline.Symptom is { } symptom ? $"{ShellCommand.Of($"netwhy {Timeline.Url} --symptom {symptom}")} {less}"
        : $"{ShellCommand.Of($"netwhy http {Timeline.Url} -n 10 -i 3s")}";

    /// <summary>How many requests are made a second.</summary>
    internal double Rate => Timeline.Requests.Count / Math.Max(0.001, Timeline.Asked.TotalSeconds);

    /// <summary>The option that asks for much longer than these requests did; null where nothing does.</summary>
    internal string? Longer => Timeline.Asked.TotalSeconds switch { < 100 => "--duration 120", < 500 => "--duration 600", _ => null };

    /// <summary>The options that ask less often than these requests did; null where they were few enough.</summary>
    internal string? Less => Rate >= 1 ? "-n 10 --duration 30" : null;

    /// <summary>How the target is by these requests alone: healthy only where each was answered, alike and in time.</summary>
    internal Status Status
    {
        get
        {
            RequestKind[] kinds = [.. Sent.Select(one => one.Kind)];
            int slow = kinds.Count(kind => kind is RequestKind.Slow);
            int refused = Sent.Count(one => one.Request is { Outcome: HttpOutcome.Complete, Status: >= 400 and < 500 });
            if (Seen > 0 || kinds.Any(RequestKinds.IsOfPeer) || AreMany(slow, kinds.Length) || LateLookups.Length > 0)
                return Status.Degraded;
            return kinds.Length == 0 || !kinds.All(RequestKinds.IsAnswered) || (refused > 0 && refused < kinds.Length) || Timeline.WasInterrupted
                ? Status.Inconclusive
                : Status.Healthy;
        }
    }

    /// <summary>Lookups of the name that took as long as a resolver takes that must ask again, with an address in the end or without.</summary>
    internal ImmutableArray<TriedLookup> LateLookups => [.. Timeline.Lookups.Where(lookup => lookup.Elapsed >= LateLookup)];

    /// <summary>Whether so many requests were slow that they are neither chance nor rare.</summary>
    /// <param name="slow">How many were.</param>
    /// <param name="all">Of how many.</param>
    internal static bool AreMany(int slow, int all) => slow >= FewRequests && slow >= FewSlow * all;

    /// <summary>How many connections stood, or requests over them, at an address.</summary>
    /// <param name="address">The address.</param>
    internal int Connected(IPAddress address) => Timeline.Requests.Count(request => request.Address.Equals(address) && request.Stage is not ExchangeStage.NotConnected);

    /// <summary>Whether requests fail at an address since it limits this client, or bears few at once, so that they make each other fail.</summary>
    /// <param name="address">The address.</param>
    internal bool IsOfOurMaking(IPAddress address) => IsLimitSure(address) || IsLimitedAgain(address) || Held.Any(held => held.Address.Equals(address)) || IsFineAlone(address) || Loads.ContainsKey(address) || Queues.ContainsKey(address);

    /// <summary>Whether which ones are refused follows from a limit alone. Where nothing is said, as where something behind the server hangs, those asked afterwards must tell it too.</summary>
    /// <param name="address">The address.</param>
    internal bool IsLimitSure(IPAddress address) => Limits.GetValueOrDefault(address) is { IsSure: true } limit && (!limit.Way.IsSilent || IsRefusedAgain(address, limit.Way));

    /// <summary>Whether when requests fail at an address follows from its going away, or from quiet times, so that no other order is looked for.</summary>
    /// <param name="address">The address.</param>
    internal bool IsTold(IPAddress address) => IsGone(address) || AfterQuiet.Any(one => one.IsSure && one.Address.Equals(address));

    private bool IsGone(IPAddress address) => Gone.Any(gone => gone.Address.Equals(address));

    /// <summary>Whether requests <see cref="IsFineAfterwards"/>, and were refused now and again before, as limits refuse, with others let through between: an outage does not end so.</summary>
    /// <param name="address">The address.</param>
    internal bool IsFineAlone(IPAddress address)
    {
        bool[] here = [.. FailuresInOrder(address)];
        int stretches = here.Where((isFailure, i) => isFailure && (i == 0 || !here[i - 1])).Count();
        return stretches >= FewRequests && RefusalAt(address) is { IsUsual: true } && _order.GetValueOrDefault(address).Windows is null && PlaceAt(address) is null && IsFineAfterwards(address);
    }

    /// <summary>Whether so many requests were refused as a limit refuses them, to the last ones, that chance does not explain why those did well that were made one at a time afterwards.</summary>
    /// <param name="address">The address.</param>
    internal bool IsFineAfterwards(IPAddress address) => IsSparedAlone(address) && RefusalAt(address) is { } refusal && IsRefusedToEnd(address, refusal);

    /// <summary>Whether those that were made one at a time afterwards were answered in time, which chance does not explain where so many failed before.</summary>
    /// <param name="address">The address.</param>
    internal bool IsSparedAlone(IPAddress address)
    {
        (int good, int asked) = AloneAt(address);
        (int failed, int requests) = At(address);
        return asked > 0 && good == asked && Math.Pow(1 - (failed / (double)requests), asked) < LossComparison.Alpha;
    }

    private bool IsRefusedToEnd(IPAddress address, Refusal refusal) => AllAt(address).TakeLast(FewRequests).All(one => refusal.Is(one.Request, one.Kind));

    /// <summary>Whether those asked one at a time were answered, and those that were made in quick succession then were refused again, once some had been let through: an outage that ended does not come back so.</summary>
    /// <param name="address">The address.</param>
    internal bool IsLimitedAgain(IPAddress address)
    {
        if (RefusalAt(address) is not { } refusal || !IsRefusedAgain(address, refusal))
            return false;

        // What goes in and out does so whoever asks, and may be back just then: what broken backends do, too, must fit a limit as well.
        ClientLimit? limit = Limits.GetValueOrDefault(address);
        return limit is not null ? limit.IsSure || !refusal.IsSilent
            : refusal.IsUsual && _order.GetValueOrDefault(address).Windows is null or { Spans.Length: 1, IsToEnd: true };
    }

    // What fails by chance, as one bad backend of several does, must be excluded: of all orders, few have so many that are let through
    // first. And what goes in and out: it lets long stretches through later, too.
    private bool IsRefusedAgain(IPAddress address, Refusal refusal)
    {
        const int FewAlone = 2;
        const double MostSlow = 0.1;
        const int Fourth = 4;
        (bool IsRefused, RequestKind Kind)[] again = [.. AgainAt(address).Select(one => (refusal.Is(one.Request, one.Kind), one.Kind))];
        (bool IsRefused, RequestKind Kind)[] alone = [.. AloneOf(address).Select(one => (refusal.Is(one.Request, one.Kind), one.Kind)).SkipWhile(one => one.Item1)]; // a limit may remember the run
        int refused = again.Count(one => one.IsRefused), first = again.TakeWhile(one => !one.IsRefused).Count();
        bool isSoAlone = alone.Length >= FewAlone && alone.All(one => !one.IsRefused && RequestKinds.IsInTime(one.Kind));
        bool isSoAgain = refused >= FewRequests && first > 0 && RequestKinds.IsInTime(again[0].Kind) && again.All(one => one.IsRefused || RequestKinds.IsAnswered(one.Kind));
        if (!isSoAlone || !isSoAgain)
            return false;
        if (LongAnswered(again.Skip(first).Select(one => !one.IsRefused)) * Fourth > again.Length - first)
            return false;
        double chance = LossComparison.LogChoose(again.Length - first, refused) - LossComparison.LogChoose(again.Length, refused);

        // What is overrun, and not limited, becomes slow before it is silent.
        RequestKind[] answered = [.. AllAt(address).Select(one => one.Kind).Concat(again.Select(one => one.Kind)).Where(RequestKinds.IsAnswered)];
        return chance < Math.Log(LossComparison.Alpha) && (!refusal.IsSilent || answered.Count(kind => kind is RequestKind.Slow) <= MostSlow * answered.Length);
    }

    private FailureWindows? WindowsOf(IPAddress address, Refusal refusal) => refusal.Kind is RequestKind.ClientError
        ? OrderAt(address, i => refusal.Is(Timeline.Requests[i], _kinds[i])).Windows
        : _order.GetValueOrDefault(address).Windows;

    // How many of those let through are in stretches.
    private static int LongAnswered(IEnumerable<bool> areLetThrough)
    {
        int all = 0, stretch = 0;
        foreach (bool isLetThrough in areLetThrough.Append(false))
        {
            if (isLetThrough)
            {
                stretch++;
                continue;
            }

            all += stretch >= FewRequests ? stretch : 0;
            stretch = 0;
        }

        return all;
    }

    /// <summary>Whether enough were made in quick succession then, and all were answered.</summary>
    /// <param name="address">The address.</param>
    internal bool IsFineAgain(IPAddress address) => KindsAgain(address).ToArray() is { Length: >= FewRequests } again && again.All(RequestKinds.IsAnswered);

    /// <summary>What came of the requests made in quick succession at an address, once those asked one at a time had been answered.</summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<RequestKind> KindsAgain(IPAddress address) => AgainAt(address).Select(one => one.Kind);

    /// <summary>Those requests, and what came of each.</summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> AgainAt(IPAddress address) =>
        (Timeline.Again ?? []).Where(request => request.Address.Equals(address)).Select(request => (request, RequestKinds.Of(Timeline, request)));

    /// <summary>Those of <see cref="KindsAlone"/>, and what came of each.</summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<(TriedRequest Request, RequestKind Kind)> AloneOf(IPAddress address) => AskedAlone(address).Select(request => (request, RequestKinds.Of(Timeline, request)));

    private IEnumerable<(TriedRequest Request, bool IsFailed)> TriedAt(IPAddress address) => Timeline.Requests.Zip(_isFailure).Where(one => one.First.Address.Equals(address));

    private IEnumerable<bool> FailuresInOrder(IPAddress address) => TriedAt(address).Select(one => one.IsFailed);

    /// <summary>The turn in which failures at an address come; null if they come in none.</summary>
    /// <param name="address">The address.</param>
    internal Turn? TurnAt(IPAddress address) => _order.GetValueOrDefault(address).Turn;

    /// <summary>The windows of time, and the turn, in which some answers of an address come; null where they come in none.</summary>
    /// <param name="address">The address.</param>
    /// <param name="which">Which answers.</param>
    internal (FailureWindows? Windows, Turn? Turn) OrderOfAnswers(IPAddress address, Func<TriedRequest, bool> which) =>
        OrderAt(address, i => RequestKinds.IsAnswered(_kinds[i]) && which(Timeline.Requests[i]), areAnswers: true) is var (_, windows, turn) ? (windows, turn) : default;

    /// <summary>Whether requests to an address were repeated and some were answered, so that they say more of it than a single try.</summary>
    /// <param name="address">The address.</param>
    internal bool Decides(IPAddress address) => At(address).Requests >= FewRequests && HasAnswered(address);

    /// <summary>Whether an address answered one of the requests well, or limited it.</summary>
    /// <param name="address">The address.</param>
    internal bool HasAnswered(IPAddress address) =>
        AloneAt(address).Good > 0 || AllAt(address).Any(one => RequestKinds.IsAnswered(one.Kind) || one.Kind is RequestKind.Limited);

    /// <summary>What came of the requests made one at a time at an address, once all others were over.</summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<RequestKind> KindsAlone(IPAddress address) => AloneOf(address).Select(one => one.Kind);

    private IEnumerable<TriedRequest> AskedAlone(IPAddress address) => (Timeline.Alone ?? []).Where(request => request.Address.Equals(address));

    /// <summary>How many of <see cref="KindsAlone"/> were answered well and in time, and how many there are.</summary>
    /// <param name="address">The address.</param>
    internal (int Good, int Asked) AloneAt(IPAddress address)
    {
        RequestKind[] alone = [.. KindsAlone(address)];
        return (alone.Count(RequestKinds.IsInTime), alone.Length);
    }

    /// <summary>Whether requests fail at an address, made one at a time, behind one that was answered so, or to the last: no load of ours makes those, as a limit does not that has forgotten it.</summary>
    /// <param name="address">The address.</param>
    internal bool FailsAlone(IPAddress address)
    {
        bool[] failed = [.. KindsAlone(address).Select(RequestKinds.IsOfPeer).SkipWhile(isFailed => isFailed)];
        return failed.Contains(true);
    }

    /// <summary>How many requests were refused in a way, and how many there are.</summary>
    /// <param name="address">The address.</param>
    /// <param name="refusal">The way.</param>
    internal (int Refused, int Asked) RefusedAt(IPAddress address, Refusal refusal)
    {
        (TriedRequest Request, RequestKind Kind)[] here = [.. AllAt(address)];
        return (here.Count(one => refusal.Is(one.Request, one.Kind)), here.Length);
    }

    /// <summary>How many of those made one at a time afterwards were answered in time and not refused in a way, and how many there are.</summary>
    /// <param name="address">The address.</param>
    /// <param name="refusal">The way.</param>
    internal (int Good, int Asked) AloneAt(IPAddress address, Refusal refusal)
    {
        (TriedRequest Request, RequestKind Kind)[] alone = [.. AloneOf(address)];
        return (alone.Count(one => RequestKinds.IsInTime(one.Kind) && !refusal.Is(one.Request, one.Kind)), alone.Length);
    }

    /// <summary>How many are of a kind.</summary>
    /// <param name="kind">The kind.</param>
    internal int Count(RequestKind kind) => _kinds.Count(one => one == kind);

    /// <summary>Failures and requests at an address.</summary>
    /// <param name="address">The address.</param>
    internal (int Failed, int Requests) At(IPAddress address) =>
        (Failures.Count(request => request.Address.Equals(address)), Timeline.Requests.Count(request => request.Address.Equals(address)));

    /// <summary>
    /// Requests over new connections at an address, in their order, and whether each failed. A kept connection may be bound to one
    /// backend: what comes over it is no independent trial.
    /// </summary>
    /// <param name="address">The address.</param>
    internal IEnumerable<(TriedRequest Request, bool IsFailed)> NewAt(IPAddress address) => Timeline.Requests
        .Select((request, i) => (Request: request, IsFailed: _isFailure[i], Kind: _kinds[i]))
        .Where(one => one.Request.Idle is null && one.Request.Address.Equals(address) && (one.IsFailed || RequestKinds.IsAnswered(one.Kind)))
        .Select(one => (one.Request, one.IsFailed));

    /// <summary>Failures and requests over new connections at some addresses.</summary>
    /// <param name="addresses">The addresses.</param>
    internal (int Failed, int Requests) CountNew(params IEnumerable<IPAddress> addresses)
    {
        (TriedRequest, bool IsFailed)[] tried = [.. addresses.SelectMany(NewAt)];
        return (tried.Count(one => one.IsFailed), tried.Length);
    }

    /// <summary>The one address at which new connections fail more than at the others together; null if there is none, or if it may be chance.</summary>
    internal IPAddress? Worst
    {
        get
        {
            if (Addresses.Length < 2)
                return null;
            IPAddress worst = Addresses.MaxBy(address => CountNew(address) is var (failed, requests) ? failed / (double)Math.Max(1, requests) : 0)!;
            return LossComparison.IsMore(CountNew(Addresses.Remove(worst)), CountNew(worst), Addresses.Length) ? worst : null;
        }
    }

    /// <summary>Whether failures over new connections at an address come all the time, and in no windows.</summary>
    /// <param name="address">The address, which is none of <see cref="Dead"/>.</param>
    internal bool IsScattered(IPAddress address)
    {
        const int Enough = 5, Parts = 3;
        (TriedRequest Request, bool IsFailed)[] tried = [.. NewAt(address)];
        TriedRequest[] failed = [.. tried.Where(one => one.IsFailed).Select(one => one.Request)];
        double part = Math.Max(0.001, Timeline.Asked.TotalSeconds) / Parts;
        return failed.Length >= Enough
            && failed.Select(request => Math.Min(Parts - 1, (int)(request.At.TotalSeconds / part))).Distinct().Count() == Parts
            && !_order[address].IsOrdered;
    }

    /// <summary>How many failures were followed at their address by a request over a new connection, and how many of those were answered well; not of addresses that are <see cref="Dead"/>, where a client tries another one.</summary>
    internal (int Failures, int Followed, int Answered) Retries
    {
        get
        {
            int failures = 0, followed = 0, answered = 0;
            (TriedRequest Request, RequestKind Kind)[] fresh = [.. All.Where(one => one.Request.Idle is null)];
            foreach (TriedRequest failure in Failures.Where(failure => !Dead.Contains(failure.Address)))
            {
                failures++;
                TimeSpan end = failure.At + failure.Total;
                int next = Array.FindIndex(fresh, one => one.Request.At >= end && one.Request.Address.Equals(failure.Address));
                if (next < 0)
                    continue;
                followed++;
                answered += RequestKinds.IsAnswered(fresh[next].Kind) ? 1 : 0;
            }

            return (failures, followed, answered);
        }
    }

    /// <summary>
    /// When answers of an address became others: something that they said is said no more, and something is said that was not said before,
    /// both not by chance. Over new connections, and of answers with the status that most have.
    /// </summary>
    internal IEnumerable<AnswerChange> Changes
    {
        get
        {
            foreach (IPAddress address in Addresses)
            {
                TriedRequest[] marked =
                [
                    .. Timeline.Requests
                        .Where((request, i) => request is { Idle: null, Mark: not null } && request.Address.Equals(address) && RequestKinds.IsAnswered(_kinds[i]))
                        .GroupBy(request => request.Status).OrderByDescending(group => group.Count()).FirstOrDefault() ?? Enumerable.Empty<TriedRequest>(),
                ];
                if (ChangeIn(address, marked) is { } change)
                    yield return change;
            }
        }
    }

    /// <summary>How many requests failed there about when answers became others.</summary>
    /// <param name="change">The change.</param>
    internal int FailuresBeside(AnswerChange change) =>
        Failures.Count(failure => failure.Address.Equals(change.Address) && (failure.At - change.At).Duration() <= TimeSpan.FromSeconds(3));

    private AnswerChange? ChangeIn(IPAddress address, TriedRequest[] marked)
    {
        int[] marks = [.. marked.Select(request => request.Mark!.Value).Distinct()];
        if (marks.Length is < 2 or > MostMarks)
            return null; // pages that are made anew for each request say something else each time
        double most = LossComparison.Alpha / (marked.Length * marks.Length);
        foreach (int after in marks)
        {
            int first = Array.FindIndex(marked, request => request.Mark == after);
            int rest = marked.Length - first;
            if (first < FewRequests || LossComparison.Fisher(0, first, marked.Count(request => request.Mark == after), rest) >= most)
                continue;
            foreach (int before in marks)
            {
                int last = Array.FindLastIndex(marked, request => request.Mark == before);
                if (last >= first || LossComparison.Fisher(0, marked.Length - last - 1, marked.Count(request => request.Mark == before), last + 1) >= most)
                    continue;
                bool isAll = !marked[..first].Select(request => request.Mark).Intersect(marked[first..].Select(request => request.Mark)).Any();
                return new AnswerChange(address, marked[first].At, Mark(before), Mark(after), isAll);
            }
        }

        return null;

        string Mark(int place) => place < Timeline.Marks.Count ? Timeline.Marks[place] : "";
    }

    /// <summary>How much a counter grew, and in how many of the steps in which it did requests failed or were waiting to fail.</summary>
    /// <param name="of">The counter's growth since the beginning.</param>
    /// <param name="failures">The failures that are meant.</param>
    internal (long Growth, int Steps, int WithFailure) Growth(Func<HostLook, long> of, IReadOnlyCollection<TriedRequest> failures)
    {
        int steps = 0, with = 0;
        for (int i = 1; i < Timeline.Looks.Count; i++)
        {
            HostLook from = Timeline.Looks[i - 1], to = Timeline.Looks[i];
            if (of(to) <= of(from))
                continue;
            steps++;
            with += failures.Any(request => request.At < to.At && request.At + request.Total > from.At) ? 1 : 0;
        }

        return (Timeline.Looks.Count > 0 ? of(Timeline.Looks[^1]) : 0, steps, with);
    }

    /// <summary>Times since the beginning in words.</summary>
    /// <param name="time">The time.</param>
    internal static string After(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"+{time.TotalSeconds:0.0} s");

    /// <summary>The time of day of a moment, in UTC.</summary>
    /// <param name="time">The moment, from the beginning.</param>
    internal string Clock(TimeSpan time) => new DateTime(Math.Clamp(Timeline.Begin.UtcTicks + time.Ticks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc).ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    // A connection that rested for long meets its end, one that did not, or is new, does not. Few of them may be chance, also where
    // nothing else fails.
    private IdleRace? RaceAt(IPAddress address, bool isSilent)
    {
        Func<TriedRequest, bool> isMet = isSilent ? IsUnheard : IsWithoutAnswer;
        TriedRequest[] here = [.. Timeline.Requests.Where(request => request.Address.Equals(address))];
        TriedRequest[] met = [.. here.Where(request => request.Idle is not null && isMet(request))];
        if (met.Length == 0)
            return null;
        TimeSpan least = met.Min(request => request.Idle!.Value);
        TriedRequest[] rested = [.. here.Where(request => request.Idle >= least)];
        if (IsOneMoment(met) && !IsOneMoment(rested))
            return null; // something ended then
        TriedRequest[] others = [.. here.Where(request => !(request.Idle >= least))];
        (int, int) first = (others.Count(isMet), others.Length);
        bool isSure = LossComparison.IsMore(first, (met.Length, rested.Length), Addresses.Length * met.Length);
        bool isAll = met.Length >= FewRequests && met.Length * 2 > rested.Length && others.Length >= FewRequests
            && here.All(request => RequestKinds.IsAnswered(RequestKinds.Of(Timeline, request)) || (request.Idle >= least && isMet(request)));
        return isSure || isAll ? new IdleRace(address, least, (met.Length, rested.Length), first) { IsSure = isSure, IsSilent = isSilent, IsEvery = here.All(request => request.Idle is null || isMet(request)) } : null;
    }

    // All connections that carry so many requests meet their end at the next one, and none carries more, however long it rested or stood.
    private IdleRace? CountedAt(IPAddress address)
    {
        const double Unlike = 1.5; // times the shortest age
        TriedRequest[][] connections =
        [
            .. Timeline.Requests.Where(request => request.Address.Equals(address) && request.Connection is not null)
                .GroupBy(request => request.Connection!.Value).Select(group => group.OrderBy(request => request.At).ToArray()),
        ];
        (TriedRequest Request, int Before, TimeSpan Age)[] met =
        [
            .. connections.SelectMany(requests => requests.Select((request, place) => (Request: request, Before: place, request.At - requests[0].At)))
                .Where(one => one.Before > 0 && IsWithoutAnswer(one.Request)),
        ];
        if (met.Length < FewRequests || met[0].Before is not (> 1 and var served) || met.Any(one => one.Before != served) || connections.Any(requests => requests.Length > served + 1 || (requests.Length > served && !IsWithoutAnswer(requests[served]))))
            return null; // the one behind the first may as well come after too long a rest
        TimeSpan shortest = met.Min(one => one.Age);
        bool isOfAge = met.Max(one => one.Age) < shortest * Unlike; // with one rest, so many requests are so much time
        int others = Timeline.Requests.Count(request => request.Address.Equals(address)) - met.Length;
        return LossComparison.IsMore((Timeline.Requests.Count(request => request.Address.Equals(address) && request.Idle is null && IsWithoutAnswer(request)), others), (met.Length, met.Length))
            ? new IdleRace(address, met.Min(one => one.Request.Idle ?? TimeSpan.Zero), (met.Length, met.Length), (0, others)) { IsSure = true, Served = served, Age = isOfAge ? shortest : null }
            : null;
    }

    private static bool IsOneMoment(TriedRequest[] requests) => requests.Max(request => request.At) - requests.Min(request => request.At) <= TimeSpan.FromSeconds(1);

    /// <summary>Whether the connection ended before the first octet of an answer.</summary>
    /// <param name="request">The request.</param>
    internal static bool IsWithoutAnswer(TriedRequest request) =>
        request is { Outcome: HttpOutcome.Reset or HttpOutcome.ClosedEarly, Stage: ExchangeStage.Connected or ExchangeStage.HandshakeDone };

    /// <summary>Whether the peer's TCP did not even acknowledge it, though it was sent again: nobody at the other end of this connection hears it.</summary>
    /// <param name="request">The request.</param>
    internal static bool IsUnheard(TriedRequest request) =>
        request is { Outcome: HttpOutcome.NoAnswer, Stage: ExchangeStage.Connected or ExchangeStage.HandshakeDone, IsUnacknowledged: true, Retransmits: > 0 };

    // Whether they come in an order that chance does not make, and the windows where nearly all lie beside others. What came over a kept
    // connection counts where it is known which one: it may be bound to one backend. Who gives an answer, good or late, is chosen when the
    // request comes, however late that is.
    private (bool IsOrdered, FailureWindows? Windows, Turn? Turn) OrderAt(IPAddress address, Func<int, bool> which, bool areAnswers = false)
    {
        const double Nearly = 0.8, Shortest = 0.8, ShortestOfMany = 0.4; // the latter in seconds: little that flaps or restarts does so faster, bad backends beside each other in a turn do
        const int Many = 5; // more than stand beside each other in a turn
        int[] places = [.. Enumerable.Range(0, _kinds.Length).Where(i => Timeline.Requests[i] is var request && request.Address.Equals(address)
            && (request.Idle is null || request.Connection is not null) && (which(i) || RequestKinds.IsAnswered(_kinds[i])))];
        bool[] happens = [.. places.Select(which)];
        int all = happens.Count(one => one);
        if (all < FewRequests)
            return (false, null, null);
        int[] bonds = [.. places.Select(i => Timeline.Requests[i].Idle is null ? -1 : Timeline.Requests[i].Connection!.Value)];
        int[] arrivals = [.. Enumerable.Range(0, places.Length).OrderBy(i => areAnswers ? SentAt(Timeline.Requests[places[i]]) : Decided(Timeline.Requests[places[i]]))];
        Turn? turn = Turn.Of([.. arrivals.Select(i => happens[i])], [.. arrivals.Select(i => bonds[i])], areAnswers ? Turn.MostWrongOfAnswers : Turn.MostWrong);
        if (WindowScan.Of(happens, bonds, LossComparison.Alpha / Addresses.Length) is not { } found)
            return (false, null, turn);
        (int First, int Last)[] windows = [.. found.Where(window => window.Last > window.First)];
        (int Failed, int Requests) inside = (windows.Sum(window => happens[window.First..(window.Last + 1)].Count(one => one)), windows.Sum(window => window.Last - window.First + 1));
        if (windows.Length == 0 || inside.Failed < Nearly * all)
            return (true, null, turn);
        ImmutableArray<(TimeSpan From, TimeSpan To)> spans = [.. windows.Select(window => (Timeline.Requests[places[window.First]].At, Timeline.Requests[places[window.Last]].At))];
        (int Failed, double Seconds)[] stretches = [.. windows.Zip(spans, (window, span) => (happens[window.First..(window.Last + 1)].Count(isSo => isSo), (span.To - span.From).TotalSeconds))];
        int inLong = stretches.Where(one => one.Seconds >= (one.Failed >= Many ? ShortestOfMany : Shortest)).Sum(one => one.Failed);
        if (spans.Length > 1 && inLong * 2 < inside.Failed)
            return (false, null, turn);
        return (true, new FailureWindows(
            address,
            spans,
            inside,
            (all - inside.Failed, places.Length - inside.Requests))
        {
            IsFromBeginning = windows[0].First < FewRequests,
            IsToEnd = windows[^1].Last >= places.Length - FewRequests,
        }, turn);
    }

    // Where requests fail in several ways, one of them may lie in windows, and the others make more windows of it, or hide them.
    private (bool IsOrdered, FailureWindows? Windows, Turn? Turn) OrderAt(IPAddress address)
    {
        const int Enough = 5;
        (bool IsOrdered, FailureWindows? Windows, Turn? Turn) all = OrderAt(address, i => _isFailure[i]);
        RequestKind[] kinds = [.. Enumerable.Range(0, _kinds.Length).Where(i => _isFailure[i] && Timeline.Requests[i].Address.Equals(address)).GroupBy(i => _kinds[i]).Where(group => group.Count() >= Enough).Select(group => group.Key)];
        if (kinds.Length < 2)
            return all;
        foreach (RequestKind kind in kinds)
        {
            (_, FailureWindows? windows, _) = OrderAt(address, i => _isFailure[i] && _kinds[i] == kind);
            if (windows is { IsPartial: false } && (all.Windows is null or { IsPartial: true } || windows.Spans.Length < all.Windows.Spans.Length))
                return (true, windows with { Kind = kind }, null);
        }

        return all;
    }

    // An answer is asked for over every connection, a connection is refused as a new one. Those made afterwards tell it together with the
    // run, since they come when its own rhythm, and that of its time-outs, does not have them come; and a limit counts the usual tries, too.
    // Where none came fast afterwards, few would fill a long time, and what happened once in the run would be such a time's.
    private ClientLimit? LimitAt(IPAddress address, EvidenceSet evidence)
    {
        if (RefusalAt(address) is not { } refusal)
            return null;
        (TriedRequest Request, RequestKind Kind)[] here = [.. AllAt(address)];
        IEnumerable<(TriedRequest Request, RequestKind Kind)> besides = AgainAt(address).Any() ? [.. AloneOf(address), .. AgainAt(address), .. UsualAt(address, evidence)] : [];
        bool isOfAll = refusal.IsAnswer || (refusal.IsSilent && here.Any(one => one.Request.Idle is not null && refusal.Is(one.Request, one.Kind)));
        (double At, bool IsRefused, bool IsCounted)[] tried =
        [
            .. here.Concat(besides)
                .Select(one => (one.Request, one.Kind, IsRefused: refusal.Is(one.Request, one.Kind)))
                .Where(one => (isOfAll || one.Request.Idle is null) && (one.IsRefused || RequestKinds.IsAnswered(one.Kind)))
                .Select(one => (Decided(one.Request), one.IsRefused, refusal.IsAnswer || one.Request.Idle is null))
                .OrderBy(one => one.Item1),
        ];
        double[] waits = [.. here.Select(one => Half(one.Request)).Order()];
        return ClientLimit.Of(
            address, [.. tried.Select(one => (one.At, one.IsRefused))], [.. tried.Select(one => one.IsCounted)], waits[waits.Length * 3 / 4], refusal,
            IsRefusedAgain(address, refusal) ? null : WindowsOf(address, refusal));
    }

    // The usual tries of what is repeated, beside the run, as if they were of it; netwhy http's repeats are of it.
    private IEnumerable<(TriedRequest Request, RequestKind Kind)> UsualAt(IPAddress address, EvidenceSet evidence) => evidence.All<HttpExchange>()
        .Where(http => (http.Purpose is "target" || (http.Purpose is "repeat" && Timeline.Symptom is not null)) && http.Address.Equals(address) && SingleTries.IsRepeated(Timeline, http))
        .Select(http => new TriedRequest(http.At - Timeline.Begin - http.Elapsed, address, http.Outcome, ExchangeStage.HandshakeDone, http.Elapsed) { Status = http.Status, Wait = http.TimeToFirstByte })
        .Where(request => request.At.Duration() <= Timeline.Elapsed + Nearby)
        .Select(request => (request, RequestKinds.Of(Timeline, request)));

    // When the server decided, as near as can be told: between the request and the answer, and at once where that comes late.
    private static double Decided(TriedRequest request) => SentAt(request) + Half(request);

    /// <summary>When a request came to the server, in seconds from the beginning of all: half a round trip behind its sending.</summary>
    /// <param name="request">The request.</param>
    internal static double CameAt(TriedRequest request) => SentAt(request) + HalfWay(request);

    /// <summary>When its answer left the server.</summary>
    /// <param name="request">The request, which was answered.</param>
    internal static double LeftAt(TriedRequest request) => SentAt(request) + Math.Max((request.Wait ?? TimeSpan.Zero).TotalSeconds - HalfWay(request), HalfWay(request));

    private static double HalfWay(TriedRequest request) => Math.Min((request.RoundTrip ?? TimeSpan.Zero).TotalSeconds, (request.Wait ?? TimeSpan.Zero).TotalSeconds) / 2;

    private static double SentAt(TriedRequest request) =>
        (request.At + (request.Stage is ExchangeStage.NotConnected ? TimeSpan.Zero : (request.Connect ?? TimeSpan.Zero) + (request.Tls ?? TimeSpan.Zero))).TotalSeconds;

    private static double Half(TriedRequest request)
    {
        const double Quick = 0.1; // seconds
        return Math.Min(Quick, (request.Wait ?? TimeSpan.Zero).TotalSeconds) / 2;
    }

    /// <summary>The one way in which requests fail at an address, or are answered 429, or are forbidden where others are not, and in which a limit may refuse them; null else.</summary>
    /// <param name="address">The address.</param>
    internal Refusal? RefusalAt(IPAddress address)
    {
        int[] here = [.. Enumerable.Range(0, _kinds.Length).Where(i => Timeline.Requests[i].Address.Equals(address))];
        int[] refused = [.. here.Where(i => _isFailure[i] || _kinds[i] is RequestKind.Limited)];
        if (refused.Length == 0 && here.Any(i => Timeline.Requests[i].Status < 400))
            refused = [.. here.Where(i => _kinds[i] is RequestKind.ClientError)];
        return refused.Select(i => Refusal.Of(Timeline.Requests[i], _kinds[i])).Distinct().ToArray() is [{ } only] ? only : null;
    }
}

/// <summary>Windows of time in which nearly all failures, or slow answers, of an address lie.</summary>
/// <param name="Address">The address.</param>
/// <param name="Spans">The windows, from the beginning of the first such request to that of the last one.</param>
/// <param name="Inside">Such requests, and all, in them.</param>
/// <param name="Outside">Such requests, and all, besides.</param>
internal sealed record FailureWindows(
    IPAddress Address, ImmutableArray<(TimeSpan From, TimeSpan To)> Spans, (int Failed, int Requests) Inside, (int Failed, int Requests) Outside)
{
    /// <summary>Whether many in them are none, as where one of several backends is away.</summary>
    internal bool IsPartial => Inside.Failed < 0.8 * Inside.Requests;

    /// <summary>Requests that did well in them, or failed besides.</summary>
    internal int Wrong => Inside.Requests - Inside.Failed + Outside.Failed;

    /// <summary>Of failures of several kinds, the one of which alone it is so; null if all are meant.</summary>
    internal RequestKind? Kind { get; init; }

    /// <summary>Whether the first one began before something good was seen often enough.</summary>
    internal bool IsFromBeginning { get; init; }

    /// <summary>Whether the last one was not seen to end.</summary>
    internal bool IsToEnd { get; init; }
}

/// <summary>Answers of an address became others.</summary>
/// <param name="Address">The address.</param>
/// <param name="At">When, from the beginning of all.</param>
/// <param name="Before">What is said no more.</param>
/// <param name="After">What was not said before.</param>
/// <param name="IsAll">Whether no answer before is like one behind; else some are, as of another backend.</param>
internal sealed record AnswerChange(IPAddress Address, TimeSpan At, string Before, string After, bool IsAll)
{
    /// <summary>Whether more differs than ETag and Last-Modified, which a page that is made anew changes as well.</summary>
    internal bool IsOfSoftware => Fields(Before).Except(Fields(After)).Concat(Fields(After).Except(Fields(Before)))
        .Any(said => !said.StartsWith("etag:", StringComparison.Ordinal) && !said.StartsWith("last-modified:", StringComparison.Ordinal));

    private static string[] Fields(string mark) => mark.Split("; ");
}

/// <summary>At an address, requests over connections that rested for some time, or that had carried so many, meet a reset or the end, or are not heard, and others do not.</summary>
/// <param name="Address">The address.</param>
/// <param name="Least">The shortest rest of those that did.</param>
/// <param name="Rested">Failures and requests over connections that had rested for so long.</param>
/// <param name="Others">Failures and requests over new connections, and over such that had rested less.</param>
internal sealed record IdleRace(IPAddress Address, TimeSpan Least, (int Failed, int Requests) Rested, (int Failed, int Requests) Others)
{
    /// <summary>Whether chance does not explain it; else nothing but that fails at the address, and it is too few.</summary>
    internal bool IsSure { get; init; }

    /// <summary>Whether a request is one of those.</summary>
    /// <param name="request">The request.</param>
    internal bool Has(TriedRequest request) =>
        request.Address.Equals(Address) && request.Idle >= Least && (IsSilent ? TimelineReading.IsUnheard(request) : TimelineReading.IsWithoutAnswer(request));

    /// <summary>Whether the request is not even acknowledged, rather than met by an end.</summary>
    internal bool IsSilent { get; init; }

    /// <summary>Whether no connection carried a second request at all.</summary>
    internal bool IsEvery { get; init; }

    /// <summary>How many requests each connection carried before, where that tells it and no rest does; null where the rest does.</summary>
    internal int? Served { get; init; }

    /// <summary>How long those connections had stood, where that was about alike, so that it may be their age; null else.</summary>
    internal TimeSpan? Age { get; init; }

    /// <summary>In words.</summary>
    internal string InWords => Served is { } served
        ? $"{Rested.Failed} of {Words.Count(Rested.Requests, "connection")} that had carried {served} requests met a reset or the end at the next one, none carried more, and none of {Others.Requests} other requests met one{(Age is { } age ? $"; they were then {ApplicationView.InWords(age)} old or more, all about alike" : ", however long it had rested or stood")}"
        : IsSilent
        ? $"{Rested.Failed} of {Rested.Requests} requests over connections that had been idle for {ApplicationView.InWords(Least)} or more were sent again and again and not acknowledged, and {Others.Failed} of {Others.Requests} over new ones and such that had been idle for less{(IsSure ? "" : "; too few to exclude chance")}"
        : $"{Rested.Failed} of {Rested.Requests} requests over connections that had been idle for {ApplicationView.InWords(Least)} or more met a reset or the end, and {Others.Failed} of {Others.Requests} over new ones and such that had been idle for less{(IsSure ? "" : "; too few to exclude chance")}";
}
