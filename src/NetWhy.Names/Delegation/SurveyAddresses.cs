using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Finds the addresses of servers for a survey: of the authority for their names.</summary>
internal sealed class SurveyAddresses
{
    private const int MostAsked = 4; // servers of a zone that are asked for the addresses of one name

    private const int LongestLookup = 4; // in units of the patience for one answer

    private static readonly DnsRecordType[] Types = [DnsRecordType.A, DnsRecordType.AAAA]; // each name is asked for these, in this order

    private readonly SurveyQuestions _questions;
    private readonly DelegationSurveyOptions _options;
    private readonly IteratingSource _source;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Begins.</summary>
    /// <param name="network">What carries queries for names in other zones.</param>
    /// <param name="questions">What carries those for names in zones that are surveyed.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="start">Servers to begin at.</param>
    /// <param name="startZone">The zone that they serve.</param>
    /// <param name="cancellationToken">Ends all waits.</param>
    internal SurveyAddresses(
        IDnsNetwork network,
        SurveyQuestions questions,
        DelegationSurveyOptions options,
        IReadOnlyList<NamedServer> start,
        DomainName startZone,
        CancellationToken cancellationToken)
    {
        _questions = questions;
        _options = options;
        _cancellationToken = cancellationToken;
        _source = new IteratingSource(network, ServersOf(start), options.Patience) { Port = options.Port, UsesIPv6 = options.UsesIPv6 };
        if (!startZone.IsRoot)
            Know(startZone, start);
    }

    /// <summary>Tells which servers answer for a zone.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="servers">Those that do.</param>
    internal void Know(DomainName zone, IReadOnlyList<NamedServer> servers) => _source.Know(zone, ServersOf(servers));

    /// <summary>Finds the addresses of a server.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="zone">The zone whose server it is.</param>
    /// <param name="authoritative">Servers that answer for the zone.</param>
    /// <param name="turn">Which of them is asked first.</param>
    internal async Task<FoundAddresses> FindAsync(DomainName name, DomainName zone, IReadOnlyList<IPAddress> authoritative, int turn)
    {
        if (name.IsAtOrBelow(zone))
        {
            // Who else could tell would have to ask them.
            if (authoritative.Count == 0)
                return new FoundAddresses([]) { Failure = $"only the servers of {zone} could tell them" };
            if (await FindInZoneAsync(name, authoritative, turn) is { } found)
                return found;
        }

        FoundAddresses[] both = await Task.WhenAll(LookUpAsync(name, DnsRecordType.A), LookUpAsync(name, DnsRecordType.AAAA));
        return FoundAddresses.Join(both);
    }

    private async Task<FoundAddresses?> FindInZoneAsync(DomainName name, IReadOnlyList<IPAddress> authoritative, int turn)
    {
        IEnumerable<Task<SurveyReply[]>> asked = Enumerable.Range(0, Math.Min(MostAsked, authoritative.Count))
            .Select(i => authoritative[(turn + i) % authoritative.Count])
            .Select(address => Task.WhenAll(_questions.AskAsync(address, name, DnsRecordType.A), _questions.AskAsync(address, name, DnsRecordType.AAAA)));
        FoundAddresses[] found =
        [
            .. (await Task.WhenAll(asked)).SelectMany(pair => pair.Zip(Types)).Where(one => one.First.IsConclusive)
                .Select(one => Read(one.First.Sets!, name, one.Second)),
        ];
        return found.Length > 0 ? FoundAddresses.Join(found) : null;
    }

    private async Task<FoundAddresses> LookUpAsync(DomainName name, DnsRecordType type)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
        end.CancelAfter(LongestLookup * _options.Patience);
        FetchedMessage message = await _source.FetchAsync(name, type, end.Token);
        return message.Failure is not null && _cancellationToken.IsCancellationRequested ? new FoundAddresses([]) { Failure = DelegationFlaw.TimeOver }
            : message.Failure is { } failure ? new FoundAddresses([]) { Failure = failure }
            : ResponseSets.Read(message.Octets.Span) is not { } sets ? new FoundAddresses([]) { Failure = "the answer cannot be read" }
            : sets.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameNotFound ? Read(sets, name, type)
            : new FoundAddresses([]) { Failure = $"{message.Server} answers {sets.ResponseCode.Mnemonic}" };
    }

    private static FoundAddresses Read(ResponseSets sets, DomainName name, DnsRecordType type) => new(
        [.. ServerNames.AddressesOf(sets.Find(name, DnsRecordType.A)), .. ServerNames.AddressesOf(sets.Find(name, DnsRecordType.AAAA))])
    {
        IsAlias = sets.Find(name, DnsRecordType.CNAME) is not null,
        IsNoName = sets.ResponseCode is DnsResponseCode.NameNotFound,
        Answered = sets.ResponseCode is DnsResponseCode.NameNotFound ? FoundAddresses.Families
            : type is DnsRecordType.A ? [AddressFamily.InterNetwork]
            : [AddressFamily.InterNetworkV6],
    };

    private DnsServer[] ServersOf(IReadOnlyList<NamedServer> servers) => [.. servers.Select(server => new DnsServer(server.Address, _options.Port))];
}

/// <summary>Addresses that were found, or why there are none.</summary>
/// <param name="Addresses">The addresses, by their octets.</param>
internal sealed record FoundAddresses(IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>Both families of addresses.</summary>
    internal static IReadOnlyList<AddressFamily> Families { get; } = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>The families that an answer came for; of the others nothing is known.</summary>
    internal IReadOnlyList<AddressFamily> Answered { get; init; } = [];

    /// <summary>Whether the name is an alias.</summary>
    internal bool IsAlias { get; init; }

    /// <summary>Whether there is no such name.</summary>
    internal bool IsNoName { get; init; }

    /// <summary>Why they could not be found out; null if they could.</summary>
    internal string? Failure { get; init; }

    /// <summary>Why there are none, in words.</summary>
    internal string Reason => Failure ?? (IsNoName ? "the name does not exist (NXDOMAIN)"
        : IsAlias ? "the name is an alias (CNAME)"
        : "the name has neither A nor AAAA records");

    /// <summary>Puts answers together.</summary>
    /// <param name="found">The answers; at least one.</param>
    internal static FoundAddresses Join(IReadOnlyList<FoundAddresses> found)
    {
        AddressFamily[] answered = [.. found.SelectMany(one => one.Answered).Distinct()];
        IPAddress[] addresses =
        [
            .. found.SelectMany(one => one.Addresses).Distinct()
                .OrderBy(address => address.GetAddressBytes().Length).ThenBy(address => Convert.ToHexString(address.GetAddressBytes()), StringComparer.Ordinal),
        ];
        return new FoundAddresses(addresses)
        {
            IsAlias = found.Any(one => one.IsAlias),
            IsNoName = found.All(one => one.IsNoName),
            Answered = answered,
            Failure = addresses.Length > 0 || answered.Length == Families.Count ? null
                : found.Select(one => one.Failure).FirstOrDefault(failure => failure is not null)
                    ?? $"no answer came for its {(answered.Contains(AddressFamily.InterNetwork) ? "AAAA" : "A")} records",
        };
    }
}
