using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Tls;

/// <summary>
/// Finds out which versions, cipher suites, groups and signatures a server takes. It offers all, notes what the server
/// chooses, offers the rest, and so on until the server refuses: no key is made and no handshake finished.
/// </summary>
/// <remarks>Source: RFC 8446, sections 4.1.1 to 4.1.4 and 4.2.8; RFC 5246, section 7.4.1; RFC 8422, section 5.4; RFC 7507.</remarks>
internal sealed class TlsSurveyor
{
    private const ushort Ssl3 = 0x0300;
    private const ushort Tls12 = 0x0303;
    private const ushort Tls13 = 0x0304;
    private const ushort FallbackSignal = 0x5600;
    private const byte InappropriateFallback = 86;
    private const int ManyWays = 6; // searches beside each other for one version
    private const int LargeHello = 1900; // octets: more than one segment, as hellos with ML-KEM are
    private const int SmallSegment = 536;
    private const int Again = 8; // times that a hello is sent: of two servers that take turns by chance, both are met but once in 128 times

    private static readonly TimeSpan NearBy = TimeSpan.FromMilliseconds(10); // round trip
    private static readonly ushort[] Older = [Ssl3, 0x0301, 0x0302, Tls12];
    private static readonly ImmutableArray<ushort> Shares = [TlsGroup.X25519, TlsGroup.P256];

    private readonly TlsAsker _asker;
    private readonly TlsSurvey _empty;
    private readonly int _ways;
    private readonly long _begin = Stopwatch.GetTimestamp();

    private readonly TlsHandshake? _own;
    private readonly TlsSearch[] _older;
    private readonly TlsSearch _olderGroups;
    private readonly TlsSearch _signatures;
    private TlsSearch _newest;
    private TlsSearch _groups;
    private TlsServerFlight? _usual; // what the server chose for a client
    private int? _primeBits;
    private TlsAnswer? _features;
    private TlsAnswer? _fallback;
    private ImmutableArray<TlsHelloTrial> _trials = [];
    private ImmutableArray<TlsRepeatedHello> _repeats = [];
    private readonly List<TlsClientHello> _repeated = [];
    private bool _isSilentAlone; // now and then, also where nothing else was asked
    private bool _isOfSizes; // and of nothing else
    private TimeSpan? _elapsed; // null until it has ended by itself

    /// <summary>Makes a surveyor.</summary>
    /// <param name="asker">Asks the server.</param>
    /// <param name="address">Server's address.</param>
    /// <param name="port">Server's port.</param>
    /// <param name="serverName">SNI to send; null for none.</param>
    /// <param name="roundTrip">Round trip to it: far servers are asked in several ways at the same time.</param>
    /// <param name="own">A whole handshake with it: what that used is taken, whatever else is found; null for none.</param>
    internal TlsSurveyor(TlsAsker asker, IPAddress address, int port, string? serverName, TimeSpan roundTrip, TlsHandshake? own = null)
    {
        _asker = asker;
        _empty = new TlsSurvey(address, port, serverName, []);
        _ways = roundTrip > NearBy ? ManyWays : 1;
        _own = own is { Outcome: TlsOutcome.Completed } ? own : null;
        asker.Pace = _own?.TimeToAnswer ?? _own?.Elapsed;
        _newest = Newest([]);
        _groups = NewestGroups([]);
        _older =
        [
            .. Older.Select(version => new TlsSearch(
                asker, TlsCipherSuite.BeforeTls13, suites => Before(version, suites), flight => flight.Version == version ? flight.CipherSuite : null, SuiteName, false)),
        ];
        _olderGroups = new TlsSearch(
            asker,
            TlsGroup.All,
            wanted => Before(Tls12, WithCurve) with { Groups = wanted },
            flight => flight is { Version: Tls12, State: TlsFlightState.Hello } ? flight.Group : null,
            TlsGroup.Name,
            goesOn: true);
        _signatures = new TlsSearch(
            asker,
            TlsSignature.All,
            wanted => Before(Tls12, [.. WithCurve, .. WithPrime]) with { SignatureAlgorithms = wanted },
            flight => flight is { Version: Tls12, State: TlsFlightState.Hello } ? flight.Signature : null,
            TlsSignature.Name,
            goesOn: true);
    }

    /// <summary>What is known so far: whole once <see cref="RunAsync"/> has ended by itself.</summary>
    internal TlsSurvey Survey => _empty with
    {
        Versions = _isOfSizes ? [] : [.. Older.Append(Tls13).Zip(_older.Append(_newest), (version, search) => new TlsVersionOffer(Name(version), Doubted(Honest(version, search.Choices))))],
        Groups = Doubted(WithOwnGroup(_groups.Choices)),
        OlderGroups = Doubted(_olderGroups.Choices),
        Signatures = Doubted(_signatures.Choices),
        PrimeBits = _primeBits,
        RefusesFallback = _fallback switch
        {
            { IsRefusal: true, Flight.Alert: InappropriateFallback } => true,
            { IsHello: true } => false,
            _ => null,
        },
        SecureRenegotiation = _features?.Flight.HasSecureRenegotiation,
        ExtendedMasterSecret = _features?.Flight.HasExtendedMasterSecret,
        SessionTickets = _features?.Flight.HasTickets,
        Compression = _features is null ? null : _features.Flight.Compression != 0,
        HelloTrials = _trials,
        Repeats = _repeats,
        Unanswered = _asker.Unanswered,
        Connections = _asker.Connections,
        AtOnce = TlsAsker.MostAtOnce,
        FastestAnswer = _asker.Fastest,
        Stopped = _asker.Stopped ?? (_elapsed is null ? "it took too long" : null),
        Elapsed = _elapsed ?? Stopwatch.GetElapsedTime(_begin),
    };

    /// <summary>The certificates that hellos of TLS 1.2 were answered with: those of clients as usual, then those of others, which offer less.</summary>
    internal (IEnumerable<ImmutableArray<byte[]>> Usual, IEnumerable<ImmutableArray<byte[]>> Others) Shown =>
        (_asker.Shown.Where(shown => IsRepeated(shown.Hello)).Select(shown => shown.Chain), _asker.Shown.Where(shown => !IsRepeated(shown.Hello)).Select(shown => shown.Chain));

    private bool IsRepeated(TlsClientHello hello) => _repeated.Exists(one => ReferenceEquals(one, hello));

    /// <summary>Asks for everything.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        TlsSearch[] searches = [_newest, _groups, .. _older, _olderGroups, _signatures];

        // The usual hello has the first place: what it is answered with shows later whether the server still takes what it took.
        await Task.WhenAll([AskAsUsualAsync(cancellationToken), .. searches.Select(search => search.RunAsync(_ways, cancellationToken)), AskForPrimeAsync(cancellationToken)]);
        await Task.WhenAll(searches.Where(search => search.MayBeTooLong).Select(search => search.RunShortAsync(cancellationToken)));
        if (!_newest.HasFound && (_usual is { Version: Tls13 } || _own?.Version is "TLSv1.3"))
            await AskWithSharesAsync(cancellationToken);

        searches = [_newest, _groups, .. _older, _olderGroups, _signatures];
        bool isWell = searches.Any(search => search.IsOpen) && await TlsSearch.IsWellAsync(_asker, cancellationToken);
        foreach (TlsSearch search in searches.Where(search => search.IsOpen))
            isWell = isWell && await search.SettleAsync(cancellationToken);

        ushort[] taken = [.. Older.Append(Tls13).Where((_, place) => place < Older.Length ? _older[place].HasFound : _newest.HasFound)];
        await Task.WhenAll(AskForFeaturesAsync(taken, cancellationToken), AskForSizesAsync(taken, cancellationToken));
        // Of servers that take turns, each search may have met the one that refuses what it asks for, and the usual hello be taken all the same.
        if ((taken.Length > 0 || _usual is not null) && _asker.Stopped is null)
            await AskAgainAsync(cancellationToken);
        await _asker.SettleAsync();
        _elapsed = Stopwatch.GetElapsedTime(_begin);
    }

    /// <summary>Asks only whether the length of a hello matters, as is to be asked of a server that answered none.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task RunSizesAsync(CancellationToken cancellationToken)
    {
        _isOfSizes = true;
        await AskForSizesAsync([Tls12, Tls13], cancellationToken);
        _elapsed = Stopwatch.GetElapsedTime(_begin);
    }

    private static ImmutableArray<ushort> WithCurve { get; } = [.. TlsCipherSuite.BeforeTls13.Where(TlsCipherSuite.HasCurve)];

    private static ImmutableArray<ushort> WithPrime { get; } = [.. TlsCipherSuite.BeforeTls13.Where(TlsCipherSuite.HasPrime)];

    // What any client offers: a server that refuses it refuses nearly everybody.
    private TlsClientHello Usual => new(Tls12, [.. TlsCipherSuite.OfTls13, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035])
    {
        ServerName = _empty.ServerName,
        SupportedVersions = [Tls13, Tls12],
        Groups = TlsGroup.All,
        KeyShares = Shares,
        SignatureAlgorithms = TlsSignature.All,
    };

    private static string Name(ushort version) => version switch
    {
        Ssl3 => "SSLv3",
        0x0301 => "TLSv1.0",
        0x0302 => "TLSv1.1",
        Tls12 => "TLSv1.2",
        _ => "TLSv1.3",
    };

    private static string SuiteName(ushort suite) => TlsCipherSuite.Name(suite) ?? string.Create(CultureInfo.InvariantCulture, $"0x{suite:x4}");

    private TlsClientHello UsualOf12 => Before(Tls12, [.. Usual.CipherSuites.Except(TlsCipherSuite.OfTls13)]);

    private TlsSearch Newest(ImmutableArray<ushort> shares) => new(
        _asker, TlsCipherSuite.OfTls13, suites => OfTls13(suites) with { KeyShares = shares }, flight => flight.Version == Tls13 ? flight.CipherSuite : null, SuiteName, false);

    private TlsSearch NewestGroups(ImmutableArray<ushort> shares) => new(
        _asker,
        TlsGroup.All,
        wanted => OfTls13(TlsCipherSuite.OfTls13) with { Groups = wanted, KeyShares = [.. shares.Intersect(wanted)] },
        flight => flight.Version == Tls13 ? flight.Group : null,
        TlsGroup.Name,
        goesOn: false,
        coversAll: shares.IsEmpty);

    private TlsClientHello OfTls13(ImmutableArray<ushort> suites) => new(Tls12, suites)
    {
        ServerName = _empty.ServerName,
        SupportedVersions = [Tls13],
        Groups = TlsGroup.All,
        SignatureAlgorithms = TlsSignature.All,
    };

    private TlsClientHello Before(ushort version, ImmutableArray<ushort> suites) => new(version, suites)
    {
        ServerName = _empty.ServerName,
        HasExtensions = version != Ssl3,
        Groups = TlsGroup.All,
        SignatureAlgorithms = version == Tls12 ? TlsSignature.All : [],
    };

    // What a handshake used is taken, even if the search did not find it.
    private TlsChoices Honest(ushort version, TlsChoices choices)
    {
        string[] again = [.. _repeats.SelectMany(repeat => repeat.Answers).Where(answer => answer.Version == Name(version)).Select(answer => answer.CipherSuite!).Distinct()];
        if (again.Length > 0 && (choices.Names.Count == 0 || _repeats.Any(repeat => repeat.Answers.Count > 1)))
            return choices with { Names = [.. choices.Names, .. again.Except(choices.Names)], IsWhole = false, Ending = "its answers differ" };
        if (choices.Names.Count > 0)
            return choices;
        if (_usual is { } flight && flight.Version == version)
            return choices with { Names = [SuiteName(flight.CipherSuite)], IsWhole = false };
        return _own?.Version is { } used && used.Replace("TLSv1", "TLSv1.0", StringComparison.Ordinal) is var old && (used == Name(version) || old == Name(version))
            ? choices with { Ending = "a handshake used it, and this question got no choice", IsWhole = false }
            : choices;
    }

    // Of a server behind the address that answers nothing, what it would take is not known.
    private TlsChoices Doubted(TlsChoices choices) => choices.IsWhole && _repeats.Any(repeat => repeat is { Unanswered: > 0, Count: > 0 })
        ? choices with { IsWhole = false, Ending = "some connections come to nothing, whatever they offer" }
        : choices;

    private TlsChoices WithOwnGroup(TlsChoices choices) =>
        _own is { Version: "TLSv1.3", Group: { Length: > 0 } used } && !choices.Names.Contains(used, StringComparer.OrdinalIgnoreCase)
            ? choices with { IsWhole = false }
            : choices;

    // Some stacks know no HelloRetryRequest: they take what comes with a share of the key, and nothing else.
    private async Task AskWithSharesAsync(CancellationToken cancellationToken)
    {
        (_newest, _groups) = (Newest(Shares), NewestGroups(Shares));
        await Task.WhenAll(_newest.RunAsync(1, cancellationToken), _groups.RunAsync(1, cancellationToken));
    }

    private async Task AskAsUsualAsync(CancellationToken cancellationToken)
    {
        TlsAnswer answer = await _asker.AskAsync(Usual, false, cancellationToken);
        _usual = answer.IsHello ? answer.Flight : null;
    }

    private async Task AskForPrimeAsync(CancellationToken cancellationToken)
    {
        TlsAnswer answer = await _asker.AskAsync(Before(Tls12, WithPrime), goesOn: true, cancellationToken);
        _primeBits = answer.IsHello ? answer.Flight.PrimeBits : null;
    }

    private async Task AskForFeaturesAsync(ushort[] taken, CancellationToken cancellationToken)
    {
        ushort[] older = [.. taken.Where(version => version is not (Tls13 or Ssl3))];
        if (older.Length == 0)
            return;
        int below = taken.Length - 2; // one below the best is what a client falls back to
        Task<TlsAnswer>[] asking =
        [
            _asker.AskAsync(Before(older[^1], TlsCipherSuite.BeforeTls13) with { CompressionMethods = [1, 0] }, false, cancellationToken),
            .. below >= 0 && taken[below] != Ssl3
                ? [_asker.AskAsync(Before(taken[below], [.. TlsCipherSuite.BeforeTls13, FallbackSignal]), false, cancellationToken)]
                : Array.Empty<Task<TlsAnswer>>(),
        ];
        TlsAnswer[] answers = await Task.WhenAll(asking);
        _features = answers[0].IsHello ? answers[0] : null;
        _fallback = answers.Length > 1 ? answers[1] : null;
    }

    // What is behind one address may be several servers that are set up in different ways: a balancer of connections tells nobody.
    private async Task AskAgainAsync(CancellationToken cancellationToken)
    {
        // One kind after the other: servers that take turns would each meet one kind alone.
        TlsRepeatedHello[] first = [await RepeatAsync("TLSv1.2-TLSv1.3", Usual), await RepeatAsync("TLSv1.2", UsualOf12)];
        bool isNewestDoubtful = first[0].Answers.Any(answer => answer.Version is "TLSv1.3") && first[0].Answers.Count > 1;
        _repeats = isNewestDoubtful ? [.. first, await RepeatAsync("TLSv1.3", OfTls13(TlsCipherSuite.OfTls13) with { KeyShares = Shares })] : [.. first];

        async Task<TlsRepeatedHello> RepeatAsync(string offered, TlsClientHello hello)
        {
            TlsAnswer[] answers = await SendAsync(hello, cancellationToken);
            _repeated.Add(hello);
            return new TlsRepeatedHello(
                offered,
                [
                    .. answers.Where(answer => answer.HasChosen || answer.IsTurningAway)
                        .GroupBy(answer => answer.HasChosen ? (Name(answer.Flight.Version), SuiteName(answer.Flight.CipherSuite)) : (answer.Words, (string?)null))
                        .OrderByDescending(group => group.Count())
                        .Select(group => group.Key is (var version, { } suite)
                            ? new TlsRepeatedAnswer($"{version}, {suite}", version, suite, group.Count())
                            : new TlsRepeatedAnswer(group.Key.Item1, null, null, group.Count())),
                ])
            {
                Unanswered = answers.Count(answer => answer.IsNone && !answer.IsTurningAway),
            };
        }
    }

    // At once, unless some come to nothing: then whether they do so one after the other, too, or it was too many at a time.
    private async Task<TlsAnswer[]> SendAsync(TlsClientHello hello, CancellationToken cancellationToken)
    {
        if (_asker.Unanswered == 0)
        {
            TlsAnswer[] all = await SendAsync(Again);
            if (!all.Any(answer => answer.IsNone) || all.All(answer => answer.IsNone))
                return all;
        }

        List<TlsAnswer> answers = [];
        while (answers.Count < Again && !_isSilentAlone)
        {
            answers.Add(await _asker.AskOnceAsync(hello, goesOn: true, cancellationToken));
            _isSilentAlone = answers[^1].IsSilence;
        }

        return [.. answers, .. await SendAsync(Again - answers.Count)]; // each that is silent costs its wait

        Task<TlsAnswer[]> SendAsync(int times) => Task.WhenAll(Enumerable.Range(0, times).Select(_ => _asker.AskOnceAsync(hello, goesOn: true, cancellationToken)));
    }

    // A hello of more than one segment, and where it gets no answer, what of it is to blame. The large one goes first
    // each time: one that is lost because no more connections are taken then takes the small one with it.
    private async Task AskForSizesAsync(ushort[] taken, CancellationToken cancellationToken)
    {
        TlsClientHello? small = taken is [.., var best]
            ? best >= Tls12 ? Usual : best == Ssl3 ? null : Before(best, Usual.CipherSuites)
            : null;
        if (small is null)
            return;
        TlsClientHello large = small with { PaddedLength = LargeHello };
        TlsHelloTrial first = await TryAsync(large, null);
        _trials = [first];
        if (first.IsAnswered || first.Answer is TlsAnswer.NotAsked)
            return;
        _trials = [first, .. await Task.WhenAll(TryAsync(large, null), TryAsync(small, null), TryAsync(large, SmallSegment))];
        if (!first.IsLost || !_trials[1].IsLost || !_trials[2].IsAnswered)
            return;
        // Of servers that take turns, three in a row meet each of two or three.
        TlsHelloTrial[] again = await Task.WhenAll(Enumerable.Range(0, 6).Select(place => TryAsync(place < 3 ? large : small, null)));
        _trials = [.. _trials, .. again];

        async Task<TlsHelloTrial> TryAsync(TlsClientHello hello, int? segmentSize)
        {
            TlsAnswer answer = await _asker.AskInSegmentsAsync(hello, segmentSize, cancellationToken);

            return new TlsHelloTrial(hello.ToRecord(new byte[TlsClientHello.ChanceSize]).Length, segmentSize, answer.Words, answer.Elapsed);
        }
    }
}
