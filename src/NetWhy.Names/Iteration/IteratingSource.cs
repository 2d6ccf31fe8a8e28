using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Fetches from the authorities themselves, from the root's servers down along the referrals.</summary>
/// <remarks>
/// DS is asked of the servers of the zone above. What is learnt of zones and servers is kept as long as the source. The number of
/// queries is bounded, also where referrals lead in circles or servers have no addresses. Source: RFC 1034, section 5.3.3; RFC 4035, section 3.1.4.1.
/// </remarks>
/// <param name="network">What carries the queries.</param>
/// <param name="roots">Servers of the root, or of another zone if told.</param>
/// <param name="patience">How long to wait for each answer.</param>
public sealed class IteratingSource(IDnsNetwork network, IReadOnlyList<DnsServer> roots, TimeSpan patience) : IRecordSource
{
    private const int MostReferrals = 32; // on the way to one name
    private const int MostDepth = 6; // names of servers that are needed for names of servers …
    private const int MostQueries = 1024;
    private const int MostWorth = 4;

    private readonly ConcurrentDictionary<DomainName, ZoneServers> _zones = new() { [DomainName.Root] = new ZoneServers(roots, [], false) };
    private readonly ConcurrentDictionary<DomainName, FetchedMessage> _delegations = new(); // referrals with DS, or the proof that there is none
    private readonly ConcurrentDictionary<DomainName, IPAddress[]> _glue = new(); // of servers, for where their own zone does not tell
    private int _queries;

    /// <summary>The port of servers that referrals name.</summary>
    public int Port { get; init; } = DnsServer.DefaultPort;

    /// <summary>Whether addresses of IPv6 are used too.</summary>
    public bool UsesIPv6 { get; init; } = true;

    /// <summary>Tells the servers of a zone, which then are asked instead of those that referrals name.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="servers">Its servers.</param>
    public void Know(DomainName zone, IReadOnlyList<DnsServer> servers) => _zones[zone] = new ZoneServers(servers, [], false);

    /// <inheritdoc/>
    public Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken) =>
        FetchAsync(name, type, depth: 0, cancellationToken);

    private async Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, int depth, CancellationToken cancellationToken)
    {
        if (type is DnsRecordType.DS && _delegations.TryGetValue(name, out FetchedMessage? delegation))
            return delegation;

        DomainName lowest = type is DnsRecordType.DS && !name.IsRoot ? name.Parent : name;
        DomainName zone = ClosestKnown(lowest);
        for (int i = 0; i < MostReferrals; i++)
        {
            (FetchedMessage message, Referral? referral) = await AskZoneAsync(zone, name, type, lowest, depth, cancellationToken);
            if (referral is null)
                return message;

            _zones.TryAdd(referral.Zone, ServersOf(referral, message));
            zone = referral.Zone;
        }

        return new FetchedMessage(default, "") { Failure = $"more than {MostReferrals} referrals" };
    }

    private ZoneServers ServersOf(Referral referral, FetchedMessage message)
    {
        (DomainName Name, IPAddress Address)[] used = [.. referral.Glue.Where(glue => IsUsed(glue.Address))];
        foreach (IGrouping<DomainName, IPAddress> server in used.GroupBy(glue => glue.Name, glue => glue.Address))
            _glue.TryAdd(server.Key, [.. server]);
        return new ZoneServers(
            [.. used.Select(glue => new DnsServer(glue.Address, Port))],
            [.. referral.Servers.Where(server => !used.Any(glue => glue.Name.Equals(server)))],
            ResponseSets.Read(message.Octets.Span)!.Find(referral.Zone, DnsRecordType.DS) is not null);
    }

    // The first answer of the zone's servers that leaves no doubt, or the best of those that do: without authority, or without signatures where there should be some.
    private async Task<(FetchedMessage Message, Referral? Referral)> AskZoneAsync(
        DomainName zone, DomainName name, DnsRecordType type, DomainName lowest, int depth, CancellationToken cancellationToken)
    {
        FetchedMessage? last = null, best = null;
        int bestWorth = 0;
        ZoneServers servers = _zones[zone];
        for (int i = 0, unknown = 0; ; i++)
        {
            while (i >= servers.Known.Count && unknown < servers.Unknown.Count && depth < MostDepth)
                await LearnAsync(servers, servers.Unknown[unknown++], depth, cancellationToken);
            if (i >= servers.Known.Count)
                break;
            if (Interlocked.Increment(ref _queries) > MostQueries)
                return (new FetchedMessage(default, "") { Failure = $"more than {MostQueries} queries were needed" }, null);

            FetchedMessage message = await RecordQuery.FetchSecureAsync(
                network, servers.Known[i], name, type, DnsFlags.CheckingDisabled, patience, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
                return (message, null);
            if (message.Failure is not null || ResponseSets.Read(message.Octets.Span) is not { } sets)
            {
                last ??= message;
                continue;
            }

            bool isAnswer = IsAnswer(sets, name);
            if (!isAnswer && Referral.Read(message.Octets.Span, zone, lowest) is { } referral)
            {
                if (sets.Authority.Any(set => set.Type is DnsRecordType.DS or DnsRecordType.NSEC or DnsRecordType.NSEC3))
                    _delegations.TryAdd(referral.Zone, message);
                return (message, referral);
            }

            if (!isAnswer && !IsDenial(sets))
            {
                // An error may be more than a server's own. Whoever is lame tells nothing.
                last = sets.ResponseCode is DnsResponseCode.NoError
                    ? new FetchedMessage(default, message.Server) { Failure = $"no server of {zone} answers for it" }
                    : message;
                continue;
            }

            int worth = Worth(sets, isAnswer, servers.IsSigned);
            if (worth == MostWorth)
                return (message, null);
            if (worth > bestWorth)
                (best, bestWorth) = (message, worth);
        }

        return (best ?? last ?? new FetchedMessage(default, "") { Failure = $"no server of {zone} has an address" }, null);
    }

    // A server that knows nothing of signatures may have neighbours that do; and one that is no authority, neighbours that are.
    private static int Worth(ResponseSets sets, bool isAnswer, bool isSigned)
    {
        bool hasAuthority = (sets.Flags & DnsFlags.AuthoritativeAnswer) != 0 && (isAnswer || sets.Authority.Any(set => set.Type is DnsRecordType.SOA));
        return 1 + (!isSigned || HasSignatures(sets) ? 2 : 0) + (hasAuthority ? 1 : 0);
    }

    private async Task LearnAsync(ZoneServers servers, DomainName server, int depth, CancellationToken cancellationToken)
    {
        bool isFound = false;
        DnsRecordType[] types = UsesIPv6 ? [DnsRecordType.A, DnsRecordType.AAAA] : [DnsRecordType.A];
        foreach (DnsRecordType type in types)
        {
            FetchedMessage message = await FetchAsync(server, type, depth + 1, cancellationToken);
            if (message.Failure is null && ResponseSets.Read(message.Octets.Span)?.Find(server, type) is { } addresses)
            {
                servers.Learn(ServerNames.AddressesOf(addresses), Port);
                isFound = true;
            }
        }

        if (!isFound && _glue.TryGetValue(server, out IPAddress[]? glue))
            servers.Learn(glue, Port);
    }

    private bool IsUsed(IPAddress address) => UsesIPv6 || address.AddressFamily is AddressFamily.InterNetwork;

    private DomainName ClosestKnown(DomainName name)
    {
        DomainName zone = name;
        while (!_zones.ContainsKey(zone))
            zone = zone.Parent;
        return zone;
    }

    private static bool IsAnswer(ResponseSets sets, DomainName name) =>
        sets.ResponseCode is DnsResponseCode.NameNotFound or DnsResponseCode.NameExists
        || (sets.ResponseCode is DnsResponseCode.NoError && sets.Answer.Any(set => name.IsAtOrBelow(set.Owner)));

    private static bool HasSignatures(ResponseSets sets) => sets.Answer.Concat(sets.Authority).Any(set => set.Signatures.Count > 0);

    private static bool IsDenial(ResponseSets sets) => sets.ResponseCode is DnsResponseCode.NoError
        && ((sets.Flags & DnsFlags.AuthoritativeAnswer) != 0
            || sets.Authority.Any(set => set.Type is DnsRecordType.SOA or DnsRecordType.NSEC or DnsRecordType.NSEC3 or DnsRecordType.DS));
}
