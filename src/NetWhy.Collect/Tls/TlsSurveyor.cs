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
    private const int ShortOffer = 24; // suites that any server can bear in one hello
    private const int LargeHello = 1900; // octets: more than one segment, as hellos with ML-KEM are
    private const int SmallSegment = 536;
    private const int MostChoices = 200;

    private static readonly TimeSpan NearBy = TimeSpan.FromMilliseconds(10); // round trip
    private static readonly ushort[] Older = [Ssl3, 0x0301, 0x0302, Tls12];

    private readonly TlsAsker _asker;
    private readonly TlsSurvey _empty;
    private readonly int _ways;

    /// <summary>Makes a surveyor.</summary>
    /// <param name="asker">Asks the server.</param>
    /// <param name="address">Server's address.</param>
    /// <param name="port">Server's port.</param>
    /// <param name="serverName">SNI to send; null for none.</param>
    /// <param name="roundTrip">Round trip to it: far servers are asked in several ways at the same time.</param>
    internal TlsSurveyor(TlsAsker asker, IPAddress address, int port, string? serverName, TimeSpan roundTrip)
    {
        _asker = asker;
        _empty = new TlsSurvey(address, port, serverName, []);
        _ways = roundTrip > NearBy ? ManyWays : 1;
    }

    /// <summary>Asks for everything.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<TlsSurvey> RunAsync(CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Task<TlsChoices> newest = ChoicesAsync(TlsCipherSuite.OfTls13, OfTls13, flight => flight.Version == Tls13 ? flight.CipherSuite : null, SuiteName, false, cancellationToken);
        Task<TlsChoices> groups = ChoicesAsync(
            TlsGroup.All, wanted => OfTls13(TlsCipherSuite.OfTls13) with { Groups = wanted }, flight => flight.Version == Tls13 ? flight.Group : null, TlsGroup.Name, false, cancellationToken);
        Task<TlsChoices>[] older =
        [
            .. Older.Select(version => ChoicesAsync(
                TlsCipherSuite.BeforeTls13, suites => Before(version, suites), flight => flight.Version == version ? flight.CipherSuite : null, SuiteName, false, cancellationToken)),
        ];
        Task<TlsChoices> olderGroups = ChoicesAsync(
            TlsGroup.All,
            wanted => Before(Tls12, WithCurve) with { Groups = wanted },
            flight => flight is { Version: Tls12, State: TlsFlightState.Hello } ? flight.Group : null,
            TlsGroup.Name,
            true,
            cancellationToken);
        Task<TlsChoices> signatures = ChoicesAsync(
            TlsSignature.All,
            wanted => Before(Tls12, [.. WithCurve, .. WithPrime]) with { SignatureAlgorithms = wanted },
            flight => flight is { Version: Tls12, State: TlsFlightState.Hello } ? flight.Signature : null,
            TlsSignature.Name,
            true,
            cancellationToken);
        Task<int?> prime = PrimeAsync(cancellationToken);

        await Task.WhenAll([newest, groups, .. older, olderGroups, signatures, prime]);
        TlsVersionOffer[] versions = [.. Older.Zip(older, (version, found) => new TlsVersionOffer(Name(version), found.Result)), new TlsVersionOffer(Name(Tls13), await newest)];
        TlsSurvey survey = _empty with
        {
            Versions = versions,
            Groups = await groups,
            OlderGroups = await olderGroups,
            Signatures = await signatures,
            PrimeBits = await prime,
        };
        ushort[] taken = [.. Older.Append(Tls13).Where((_, place) => versions[place].IsTaken)];
        Task<TlsSurvey> features = FeaturesAsync(survey, taken, cancellationToken);
        Task<ImmutableArray<TlsHelloTrial>> sizes = SizesAsync(taken, cancellationToken);
        return (await features) with
        {
            HelloTrials = await sizes,
            Connections = _asker.Connections,
            AtOnce = TlsAsker.MostAtOnce,
            FastestAnswer = _asker.Fastest,
            Elapsed = Stopwatch.GetElapsedTime(begin),
        };
    }

    private static ImmutableArray<ushort> WithCurve { get; } = [.. TlsCipherSuite.BeforeTls13.Where(TlsCipherSuite.HasCurve)];

    private static ImmutableArray<ushort> WithPrime { get; } = [.. TlsCipherSuite.BeforeTls13.Where(TlsCipherSuite.HasPrime)];

    private static string Name(ushort version) => version switch
    {
        Ssl3 => "SSLv3",
        0x0301 => "TLSv1.0",
        0x0302 => "TLSv1.1",
        Tls12 => "TLSv1.2",
        _ => "TLSv1.3",
    };

    private static string SuiteName(ushort suite) => TlsCipherSuite.Name(suite) ?? string.Create(CultureInfo.InvariantCulture, $"0x{suite:x4}");

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

    /// <summary>Offers things again and again, each time without what the server chose before.</summary>
    private async Task<TlsChoices> ChoicesAsync(
        ImmutableArray<ushort> offered,
        Func<ImmutableArray<ushort>, TlsClientHello> hello,
        Func<TlsServerFlight, ushort?> chosen,
        Func<ushort, string> name,
        bool goesOn,
        CancellationToken cancellationToken)
    {
        var search = new Search(_asker, hello, chosen, goesOn);
        await search.RunAsync(offered, _ways, cancellationToken);
        if (search.Found.Count == 0 && offered.Length > ShortOffer && search.Ending is { IsRefusal: false, Words: not "no TLS" })
            await search.RunAsync(offered, (offered.Length + ShortOffer - 1) / ShortOffer, cancellationToken); // was the hello too long for it?
        string? order = null;
        if (search.Found.Count > 1)
        {
            ImmutableArray<ushort> reversed = [.. search.Found.AsEnumerable().Reverse()];
            TlsAnswer answer = await _asker.AskAsync(hello(reversed), goesOn, null, cancellationToken);
            ushort? first = answer.IsHello ? chosen(answer.Flight) : null;
            order = _ways > 1 ? await OrderAsync(search, first, hello, chosen, goesOn, cancellationToken)
                : first == search.Found[0] ? "server" : first == reversed[0] ? "client" : "unclear";
        }

        return new TlsChoices([.. search.Found.Select(name)]) { Order = order, Ending = search.Ending.Words, IsWhole = search.IsWhole };
    }

    // What was found in several ways has no order yet.
    private async Task<string> OrderAsync(
        Search search, ushort? lastWay, Func<ImmutableArray<ushort>, TlsClientHello> hello, Func<TlsServerFlight, ushort?> chosen, bool goesOn, CancellationToken cancellationToken)
    {
        ImmutableArray<ushort> found = [.. search.Found];
        TlsAnswer answer = await _asker.AskAsync(hello(found), goesOn, null, cancellationToken);
        ushort? firstWay = answer.IsHello ? chosen(answer.Flight) : null;
        if (firstWay != lastWay || firstWay is null)
            return firstWay == found[0] && lastWay == found[^1] ? "client" : "unclear";
        var again = new Search(_asker, hello, chosen, goesOn);
        await again.RunAsync(found, 1, cancellationToken);
        search.Found.Clear();
        search.Found.AddRange([.. again.Found, .. found.Except(again.Found)]);
        return "server";
    }

    private async Task<int?> PrimeAsync(CancellationToken cancellationToken)
    {
        TlsAnswer answer = await _asker.AskAsync(Before(Tls12, WithPrime), goesOn: true, null, cancellationToken);
        return answer.IsHello ? answer.Flight.PrimeBits : null;
    }

    private async Task<TlsSurvey> FeaturesAsync(TlsSurvey survey, ushort[] taken, CancellationToken cancellationToken)
    {
        ushort[] older = [.. taken.Where(version => version is not (Tls13 or Ssl3))];
        if (older.Length == 0)
            return survey;
        TlsClientHello plain = Before(older[^1], TlsCipherSuite.BeforeTls13);
        Task<TlsAnswer> asking = _asker.AskAsync(plain with { CompressionMethods = [1, 0] }, false, null, cancellationToken);
        int below = taken.Length - 2; // one below the best is what a client falls back to
        TlsAnswer? fallback = below >= 0 && taken[below] != Ssl3
            ? await _asker.AskAsync(Before(taken[below], [.. TlsCipherSuite.BeforeTls13, FallbackSignal]), false, null, cancellationToken)
            : null;
        TlsAnswer answer = await asking;
        survey = survey with
        {
            RefusesFallback = fallback switch
            {
                { IsRefusal: true, Flight.Alert: InappropriateFallback } => true,
                { IsHello: true } => false,
                _ => null,
            },
        };
        return !answer.IsHello ? survey : survey with
        {
            SecureRenegotiation = answer.Flight.HasSecureRenegotiation,
            ExtendedMasterSecret = answer.Flight.HasExtendedMasterSecret,
            SessionTickets = answer.Flight.HasTickets,
            Compression = answer.Flight.Compression != 0,
        };
    }

    // A hello of more than one segment, and where it gets no answer, what of it is to blame.
    private async Task<ImmutableArray<TlsHelloTrial>> SizesAsync(ushort[] taken, CancellationToken cancellationToken)
    {
        if (taken.Length == 0)
            return [];
        TlsClientHello small = taken[^1] is Tls13
            ? OfTls13(TlsCipherSuite.OfTls13) with { Groups = [TlsGroup.X25519, TlsGroup.P256], SignatureAlgorithms = TlsSignature.All }
            : Before(taken[^1], [.. TlsCipherSuite.BeforeTls13.Take(ShortOffer)]);
        if (!small.HasExtensions)
            return [];
        TlsClientHello large = small with { PaddedLength = LargeHello };
        TlsHelloTrial first = await TryAsync(large, null);
        return first.IsAnswered
            ? [first]
            : [first, .. await Task.WhenAll(TryAsync(small, null), TryAsync(large, null), TryAsync(large, SmallSegment), TryAsync(small, SmallSegment))];

        async Task<TlsHelloTrial> TryAsync(TlsClientHello hello, int? segmentSize)
        {
            TlsAnswer answer = await _asker.AskAsync(hello, false, segmentSize, cancellationToken);
            return new TlsHelloTrial(hello.ToRecord(new byte[TlsClientHello.ChanceSize]).Length, segmentSize, answer.Words, answer.Elapsed);
        }
    }

    private sealed class Search(TlsAsker asker, Func<ImmutableArray<ushort>, TlsClientHello> hello, Func<TlsServerFlight, ushort?> chosen, bool goesOn)
    {
        /// <summary>What was taken, in the order in which it was.</summary>
        internal List<ushort> Found { get; } = [];

        /// <summary>The answer that ended it, the least telling of all ways.</summary>
        internal TlsAnswer Ending { get; private set; } = new("not asked", new TlsServerFlight(false), TimeSpan.Zero);

        /// <summary>Whether the ending means that there is no more.</summary>
        internal bool IsWhole { get; private set; }

        internal async Task RunAsync(ImmutableArray<ushort> offered, int ways, CancellationToken cancellationToken)
        {
            Way[] done = await Task.WhenAll(Enumerable.Range(0, ways)
                .Select(way => OneWayAsync([.. offered.Where((_, place) => place % ways == way)], cancellationToken)));
            Found.AddRange(done.SelectMany(way => way.Found));
            Way last = done.OrderBy(way => way.HasNoMore).ThenBy(way => way.Ending.IsEnding).First();
            Ending = last.Ending;
            IsWhole = last.HasNoMore && (!done.Any(way => way.Ending.IsEnding) || await IsStillTakenAsync(cancellationToken));
        }

        private async Task<Way> OneWayAsync(ImmutableArray<ushort> offered, CancellationToken cancellationToken)
        {
            List<ushort> found = [];
            while (true)
            {
                TlsAnswer answer = await asker.AskAsync(hello(offered), goesOn, null, cancellationToken);
                if (!answer.IsHello)
                    return new Way(found, answer, answer.IsRefusal || answer.IsEnding);
                if (chosen(answer.Flight) is not { } choice)
                    return new Way(found, answer with { Words = "something else is chosen" }, HasNoMore: true); // a lower version, say
                if (!offered.Contains(choice) || found.Count >= MostChoices)
                    return new Way(found, answer with { Words = "what is chosen was not offered" }, HasNoMore: false);
                found.Add(choice);
                offered = offered.Remove(choice);
                if (offered.IsEmpty)
                    return new Way(found, answer with { Words = "all are taken" }, HasNoMore: true);
            }
        }

        // A server that ends the connection may have had enough of us: what it took before it must still take.
        private async Task<bool> IsStillTakenAsync(CancellationToken cancellationToken) =>
            Found.Count == 0 || (await asker.AskAsync(hello([Found[0]]), goesOn, null, cancellationToken)).IsHello;

        private sealed record Way(List<ushort> Found, TlsAnswer Ending, bool HasNoMore);
    }
}
