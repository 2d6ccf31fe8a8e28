using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>How a survey asks.</summary>
public sealed record DelegationSurveyOptions
{
    /// <summary>How long to wait for each answer, of three attempts at most of which two are made at once.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long all of it may take: a hostile zone has as many silent servers as its owner likes.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The port of all servers.</summary>
    public int Port { get; init; } = DnsServer.DefaultPort;

    /// <summary>How many queries are under way at most.</summary>
    public int MostAtOnce { get; init; } = 64;

    /// <summary>How many queries are sent at most.</summary>
    public int MostQueries { get; init; } = 2000;

    /// <summary>Whether servers by IPv6 are asked too.</summary>
    public bool UsesIPv6 { get; init; } = true;

    /// <summary>Whether each server is asked by TCP too.</summary>
    public bool ChecksTcp { get; init; } = true;
}

/// <summary>Walks the delegations that lead to a name, and asks every server of every zone on the way.</summary>
/// <remarks>
/// Each address of each server is asked for SOA and NS of its zone and for the name, all at the same time; then, for what the names
/// of the servers lack. Names of servers in other zones are looked up from where the walk began. Source: RFC 1034, section 4.2;
/// the requirements of delegations are those of RFC 1912, section 2.8, RFC 2182, RFC 9471.
/// </remarks>
/// <param name="network">What carries queries.</param>
/// <param name="options">How to ask; null for the usual.</param>
public sealed class DelegationSurveyor(IDnsNetwork network, DelegationSurveyOptions? options = null)
{
    private const int MostZones = 32; // on the way to a name

    private readonly DelegationSurveyOptions _options = options ?? new();

    /// <summary>Surveys.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type whose answers are compared.</param>
    /// <param name="start">The servers to begin at; <see cref="RootServers.All"/> for those of the root.</param>
    /// <param name="startZone">The zone that they serve.</param>
    /// <param name="cancellationToken">Ends the wait: what is known by then is told.</param>
    public async Task<DelegationSurvey> SurveyAsync(
        DomainName name, DnsRecordType type, IReadOnlyList<NamedServer> start, DomainName startZone, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(_options.Limit);
        using var questions = new SurveyQuestions(network, _options, end.Token);
        var addresses = new SurveyAddresses(network, questions, _options, start, startZone, end.Token);
        List<ZoneSurvey> zones = [];
        string? reason = null;
        var next = new Delegated(startZone, null, [], [], [.. start]);
        while (true)
        {
            ZoneSurvey zone = await new ZoneWalk(questions, addresses, _options, name, type).SurveyAsync(next);
            zones.Add(zone);
            (Delegated? below, reason) = await FindNextAsync(zone, name, type, questions);
            if (below is null)
                break;
            if (zones.Count == MostZones)
            {
                reason = $"there are more than {MostZones} zones on the way";
                break;
            }

            next = below;
        }

        if (end.IsCancellationRequested)
            reason = DelegationFlaw.TimeOver;
        return new DelegationSurvey(name, type, zones, DelegationFindings.Of(zones))
        {
            IsComplete = reason is null,
            EndReason = reason,
            Queries = questions.Sent,
        };
    }

    // Where the walk goes from a zone: null if it ends there, with the reason if that is too early.
    private static async Task<(Delegated? Next, string? Reason)> FindNextAsync(ZoneSurvey zone, DomainName name, DnsRecordType type, SurveyQuestions questions)
    {
        // Where nobody has authority, one of the others may still know the way.
        ServerSurvey[] heard = [.. zone.Authoritative];
        if (heard.Length == 0)
            heard = [.. zone.Servers.Where(server => server.Referral is not null)];
        if (heard.Length == 0)
        {
            return (null, zone.Servers.Count == 0 ? $"no server of {zone.Zone} has an address"
                : zone.Servers.All(server => server.State is ServerState.NotAsked) ? $"no server of {zone.Zone} could be asked from here"
                : $"no server of {zone.Zone} answers for it");
        }

        DelegationView[] views = [.. heard.Where(server => server.Referral is not null).Select(server => new DelegationView(new NamedServer(server.Name, server.Address), server.Referral!))];
        if (views.Length > 0)
        {
            DomainName below = views.GroupBy(view => view.Referral.Zone).MaxBy(group => group.Count())!.Key;
            views = [.. views.Where(view => view.Referral.Zone.Equals(below))];
            return (Delegated.From(zone.Zone, views), null);
        }

        return Array.Find(heard, server => server.AnswerState is ServerState.Authoritative) is { } answering
            ? (await FindHiddenAsync(zone, answering, name, type, questions), null)
            : (null, $"no server of {zone.Zone} answers for {name} {type.Mnemonic}");
    }

    // Servers that serve a zone and one below it answer for the lower one, and never refer to it.
    private static async Task<Delegated?> FindHiddenAsync(ZoneSurvey zone, ServerSurvey server, DomainName name, DnsRecordType type, SurveyQuestions questions)
    {
        if (name.Equals(zone.Zone))
            return null;

        DomainName? apex = StartOf(server.Answer);
        apex ??= type is DnsRecordType.SOA ? null : StartOf((await questions.AskAsync(server.Address, name, DnsRecordType.SOA)).Sets);
        if (apex is not { } lowest || !lowest.IsBelow(zone.Zone) || !name.IsAtOrBelow(lowest))
            return null;

        for (int labels = zone.Zone.Labels + 1; labels <= lowest.Labels; labels++)
        {
            DomainName cut = name.Last(labels);
            SurveyReply reply = await questions.AskAsync(server.Address, cut, DnsRecordType.SOA);
            if (!reply.IsAuthoritative || reply.Sets!.Find(cut, DnsRecordType.SOA) is null)
                continue;

            SurveyReply names = await questions.AskAsync(server.Address, cut, DnsRecordType.NS);
            if (names.Sets?.Find(cut, DnsRecordType.NS) is not { } set)
                return null;
            IReadOnlyList<DomainName> servers = ServerNames.Of(set);
            IEnumerable<NamedServer>[] known = await Task.WhenAll(servers.Where(one => one.IsAtOrBelow(cut)).Select(one => AskAddressesAsync(server.Address, one, questions)));
            return new Delegated(cut, zone.Zone, [], servers, [.. known.SelectMany(one => one)]);
        }

        return null;
    }

    private static async Task<IEnumerable<NamedServer>> AskAddressesAsync(IPAddress address, DomainName name, SurveyQuestions questions)
    {
        SurveyReply[] replies = await Task.WhenAll(questions.AskAsync(address, name, DnsRecordType.A), questions.AskAsync(address, name, DnsRecordType.AAAA));
        return replies.Where(reply => reply.IsConclusive)
            .SelectMany(reply => ServerNames.AddressesOf(reply.Sets!.Find(name, DnsRecordType.A)).Concat(ServerNames.AddressesOf(reply.Sets.Find(name, DnsRecordType.AAAA))))
            .Select(found => new NamedServer(name, found));
    }

    private static DomainName? StartOf(ResponseSets? sets) =>
        sets?.Answer.Concat(sets.Authority).FirstOrDefault(set => set.Type is DnsRecordType.SOA)?.Owner;
}

/// <summary>A zone that is to be surveyed.</summary>
/// <param name="Zone">The zone.</param>
/// <param name="Parent">The zone above; null where the walk begins.</param>
/// <param name="Views">What its servers say.</param>
/// <param name="Names">The names of the servers.</param>
/// <param name="Known">Those of their addresses that are known.</param>
internal sealed record Delegated(
    DomainName Zone, DomainName? Parent, IReadOnlyList<DelegationView> Views, IReadOnlyList<DomainName> Names, IReadOnlyList<NamedServer> Known)
{
    /// <summary>Puts together what the servers of the zone above say.</summary>
    /// <param name="parent">The zone above.</param>
    /// <param name="views">What each of them says of the same zone.</param>
    internal static Delegated From(DomainName parent, IReadOnlyList<DelegationView> views) => new(
        views[0].Referral.Zone,
        parent,
        views,
        [.. views.SelectMany(view => view.Referral.Servers).Distinct().Order()],
        [.. views.SelectMany(view => view.Referral.Glue).Select(glue => new NamedServer(glue.Name, glue.Address)).Distinct()]);
}

/// <summary>Names of servers in NS records.</summary>
internal static class ServerNames
{
    private const int Most = 32; // the root has 13; a hostile zone has thousands

    /// <summary>Reads them, in canonical order.</summary>
    /// <param name="set">The NS records.</param>
    internal static IReadOnlyList<DomainName> Of(RecordSet set)
    {
        SortedSet<DomainName> names = [];
        for (int i = 0; i < set.Data.Count && names.Count < Most; i++)
        {
            if (DomainName.TryRead(set.Data[i].Span, out DomainName name))
                names.Add(name);
        }

        return [.. names];
    }

    /// <summary>Addresses in A or AAAA records.</summary>
    /// <param name="set">The records; null for none.</param>
    internal static IEnumerable<IPAddress> AddressesOf(RecordSet? set) => set is null
        ? []
        : set.Data.Where(data => data.Length == (set.Type is DnsRecordType.A ? 4 : 16)).Take(Most).Select(data => new IPAddress(data.Span));
}
