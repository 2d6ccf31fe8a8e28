using System.Buffers;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Asks every server of one zone.</summary>
/// <param name="questions">What carries the questions.</param>
/// <param name="addresses">Finds addresses of servers.</param>
/// <param name="options">How to ask.</param>
/// <param name="name">The name that the survey walks to.</param>
/// <param name="type">The type that it asks for.</param>
internal sealed class ZoneWalk(
    SurveyQuestions questions, SurveyAddresses addresses, DelegationSurveyOptions options, DomainName name, DnsRecordType type)
{
    private const int MostServers = 64; // addresses of servers of one zone
    private const int MostForExtras = 16; // of zones with more, which are the root and registries, TCP and authority of glue are left out

    /// <summary>Surveys the zone.</summary>
    /// <param name="zone">The zone as it is delegated.</param>
    internal async Task<ZoneSurvey> SurveyAsync(Delegated zone)
    {
        // What the delegation knows, and addresses of servers elsewhere that it does not.
        List<NamedServer> servers = [.. zone.Known.Where(IsUsed)];
        Dictionary<DomainName, FoundAddresses> found = [];
        DomainName[] elsewhere = [.. zone.Names.Where(server => !server.IsAtOrBelow(zone.Zone) && !zone.Known.Any(known => known.Name.Equals(server)))];
        await FindAsync(elsewhere, zone.Zone, [], found, servers);
        Dictionary<NamedServer, ServerSurvey> surveys = [];
        await AskAsync(zone.Zone, servers, surveys);

        // What the zone knows: names of servers, and addresses.
        ServerSurvey[] authoritative = [.. surveys.Values.Where(server => server.State is ServerState.Authoritative)];
        DomainName[] childNames = [.. authoritative.SelectMany(server => server.NameServers ?? []).Distinct().Order()];
        if (authoritative.Length > 0)
            addresses.Know(zone.Zone, [.. authoritative.Select(server => new NamedServer(server.Name, server.Address))]);
        bool isLarge = servers.Count > MostForExtras;
        DomainName[] unknown = [.. zone.Names.Union(childNames).Where(server => !found.ContainsKey(server) && (!isLarge || !zone.Known.Any(known => known.Name.Equals(server))))];
        IPAddress[] authorities = [.. authoritative.Select(server => server.Address).Distinct()];
        await FindAsync(unknown, zone.Zone, authorities, found, servers);
        await AskAsync(zone.Zone, servers, surveys);
        childNames = [.. surveys.Values.Where(server => server.State is ServerState.Authoritative).SelectMany(server => server.NameServers ?? []).Distinct().Order()];

        return new ZoneSurvey(zone.Zone, [.. surveys.Values.Select(server => server with
        {
            IsInDelegation = zone.Parent is null || zone.Names.Contains(server.Name),
            IsInZone = childNames.Contains(server.Name),
        })])
        {
            Parent = zone.Parent,
            Views = zone.Views,
            ReferralLength = zone.Views.Count == 0 ? null : ReferralSize.Of(zone.Zone, zone.Names, zone.Known),
            ParentNames = zone.Names,
            ChildNames = childNames,
            Addresses = [.. found.Select(pair => new ServerAddresses(
                pair.Key, [.. zone.Known.Where(known => zone.Parent is not null && known.Name.Equals(pair.Key)).Select(known => known.Address)],
                pair.Value.Failure is null ? pair.Value.Addresses : null)
            {
                Answered = pair.Value.Answered,
                IsAlias = pair.Value.IsAlias,
                Reason = pair.Value.Addresses.Count == 0 ? pair.Value.Reason : "",
            }).OrderBy(server => server.Name)],
        };
    }

    private async Task FindAsync(
        DomainName[] names, DomainName zone, IPAddress[] authorities, Dictionary<DomainName, FoundAddresses> found, List<NamedServer> servers)
    {
        FoundAddresses[] all = await Task.WhenAll(names.Select((server, i) => addresses.FindAsync(server, zone, authorities, i)));
        for (int i = 0; i < names.Length; i++)
        {
            found[names[i]] = all[i];
            servers.AddRange(all[i].Addresses.Select(address => new NamedServer(names[i], address)).Where(server => IsUsed(server) && !servers.Contains(server)));
        }
    }

    private bool IsUsed(NamedServer server) => options.UsesIPv6 || server.Address.AddressFamily is AddressFamily.InterNetwork;

    private async Task AskAsync(DomainName zone, List<NamedServer> servers, Dictionary<NamedServer, ServerSurvey> surveys)
    {
        NamedServer[] unasked = [.. servers.Distinct().Take(MostServers).Where(server => !surveys.ContainsKey(server))];
        bool isLarge = servers.Count > MostForExtras;
        foreach (ServerSurvey survey in await Task.WhenAll(unasked.Select(server => AskAsync(zone, server, options.ChecksTcp && !isLarge))))
            surveys[new NamedServer(survey.Name, survey.Address)] = survey;
    }

    private async Task<ServerSurvey> AskAsync(DomainName zone, NamedServer server, bool checksTcp)
    {
        Task<SurveyReply>[] asked =
        [
            questions.AskAsync(server.Address, zone, DnsRecordType.SOA),
            questions.AskAsync(server.Address, zone, DnsRecordType.NS),
            questions.AskAsync(server.Address, name, type),
            .. checksTcp ? [questions.AskAsync(server.Address, zone, DnsRecordType.SOA, DnsTransport.Tcp)] : (ReadOnlySpan<Task<SurveyReply>>)[],
        ];
        SurveyReply[] replies = await Task.WhenAll(asked);
        SurveyReply start = replies[0], names = replies[1], answer = replies[2];
        // Either shows authority, where the other could not be asked.
        SurveyReply telling = start.IsUnsent ? names : start;
        (ServerState state, string detail) = Judge(zone, server.Address, start.IsUnsent ? DnsRecordType.NS : DnsRecordType.SOA, telling);
        ServerSurvey survey = new(server.Name, server.Address, state)
        {
            Detail = detail,
            ResponseTime = telling.Sets is null ? null : telling.Arrival.Elapsed,
            ResponseCode = telling.Sets?.ResponseCode,
            Edns = JudgeEdns([start, names, answer]),
            NameServers = names.IsAuthoritative && names.Sets!.Find(zone, DnsRecordType.NS) is { } set ? ServerNames.Of(set) : null,
            Answer = answer.Arrival.Outcome is DnsOutcome.Answered ? answer.Sets : null,
            IsAnswerCut = answer.Arrival is { WasTruncated: true, Outcome: not DnsOutcome.Answered },
            Referral = answer.Sets is { ResponseCode: DnsResponseCode.NoError } && !answer.Sets.Answer.Any(found => name.IsAtOrBelow(found.Owner))
                ? Referral.Read(answer.Arrival.Message.Span, zone, name)
                : null,
        };
        survey = survey with { AnswerState = survey.Referral is null ? JudgeAnswer(zone, server.Address, answer) : null };
        if (state is ServerState.Authoritative && start.Sets?.Find(zone, DnsRecordType.SOA) is { } soa)
            survey = WithStart(survey, soa);
        return replies.Length > 3 ? WithTcp(survey, replies[3]) : survey;
    }

    // Two packets lost on one question look like EDNS that is dropped: one answer that has it shows that it is not.
    private static EdnsSupport JudgeEdns(SurveyReply[] replies) =>
        replies.Any(reply => reply.Edns is EdnsSupport.Works) ? EdnsSupport.Works
        : replies.Any(reply => reply.Edns is EdnsSupport.Ignored) ? EdnsSupport.Ignored
        : replies.Where(reply => reply.Edns is not EdnsSupport.Unknown).GroupBy(reply => reply.Edns).FirstOrDefault(same => same.Count() > 1)?.Key
            ?? EdnsSupport.Unknown;

    private static ServerSurvey WithStart(ServerSurvey survey, RecordSet soa) =>
        soa.View(0).ReadStartOfAuthority(out DnsStartOfAuthority start) is OperationStatus.Done
            ? survey with { Serial = start.Serial, Primary = DomainName.From(start.Primary) }
            : survey;

    private static ServerSurvey WithTcp(ServerSurvey survey, SurveyReply reply) => JudgeArrival(survey.Address, reply)?.State is ServerState.NotAsked || survey.State is ServerState.NotAsked
        ? survey
        : survey with
        {
            HasTcp = reply.Arrival.Outcome is DnsOutcome.Answered,
            TcpDetail = reply.Arrival.Outcome is DnsOutcome.Answered ? "" : RecordQuery.Describe(reply.Arrival),
        };

    private static (ServerState State, string Detail) Judge(DomainName zone, IPAddress address, DnsRecordType type, SurveyReply reply)
    {
        if (JudgeArrival(address, reply) is { } failure)
            return failure;

        ResponseSets sets = reply.Sets!;
        string why = sets.ExtendedError is { } error ? $"{error.Mnemonic}{(sets.ExtendedErrorText.Length > 0 ? $", {Printable.Of(sets.ExtendedErrorText, isUtf8: true)}" : "")}" : "";
        return sets.ResponseCode switch
        {
            DnsResponseCode.Refused => (ServerState.Refused, why),
            DnsResponseCode.ServerFailure => (ServerState.ServerFailure, why),
            not DnsResponseCode.NoError => (ServerState.OtherError, why),
            _ when sets.Find(zone, type) is not null => (reply.IsAuthoritative ? ServerState.Authoritative : ServerState.NotAuthoritative, why),
            _ => (Refers(zone, reply) ?? ServerState.WithoutStart, why),
        };
    }

    private static ServerState JudgeAnswer(DomainName zone, IPAddress address, SurveyReply reply) =>
        JudgeArrival(address, reply) is { } failure ? failure.State
        : reply.IsConclusive ? ServerState.Authoritative
        : reply.Sets!.ResponseCode switch
        {
            DnsResponseCode.Refused => ServerState.Refused,
            DnsResponseCode.ServerFailure => ServerState.ServerFailure,
            not (DnsResponseCode.NoError or DnsResponseCode.NameNotFound) => ServerState.OtherError,
            _ => Refers(zone, reply) ?? ServerState.NotAuthoritative,
        };

    private static (ServerState State, string Detail)? JudgeArrival(IPAddress server, SurveyReply reply) => reply.Arrival switch
    {
        _ when reply.IsUnsent => (ServerState.NotAsked, RecordQuery.Describe(reply.Arrival)),
        { Outcome: DnsOutcome.TimedOut } => (ServerState.Silent, ""),
        { Outcome: DnsOutcome.Failed, Icmp: { } icmp } when IsNear(server, icmp) => (ServerState.NotAsked, $"{RecordQuery.Describe(reply.Arrival)}, says {icmp.Offender}"),
        { Outcome: DnsOutcome.Failed, Icmp: { } icmp } => (ServerState.Unreachable, $"{RecordQuery.Describe(reply.Arrival)}, says {icmp.Offender}"),
        { Outcome: DnsOutcome.Failed } => (ServerState.Unreachable, RecordQuery.Describe(reply.Arrival)),
        { Outcome: DnsOutcome.Malformed } => (ServerState.Malformed, ""),
        _ => null,
    };

    // An error of this machine, or of a router of its own site, says nothing of a server elsewhere.
    private static bool IsNear(IPAddress server, IcmpError icmp) => !icmp.Offender.Equals(server)
        && (icmp.IsOwnAddress || server.Scope is AddressScope.Global && icmp.Offender.Scope is not AddressScope.Global);

    private static ServerState? Refers(DomainName zone, SurveyReply reply) =>
        reply.IsAuthoritative || reply.Sets!.Answer.Count > 0 || reply.Sets.Authority.FirstOrDefault(set => set.Type is DnsRecordType.NS) is not { } names ? null
        : names.Owner.Equals(zone) ? ServerState.SelfReferral
        : ServerState.UpwardReferral;
}
