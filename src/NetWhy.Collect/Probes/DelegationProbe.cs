using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Follows the delegations to a name and asks every server of every zone on the way.</summary>
/// <remarks>
/// It begins at the root whose servers the resolver names, so that a network with a root of its own is followed too. Where the
/// root does not answer, as behind a firewall, it begins at the zone that the resolver names, and the way there is not seen.
/// Where the target is not a name alone, it is done only after a failure of the name server.
/// </remarks>
public sealed class DelegationProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.delegations";

    private const int MostStarts = 6; // of the 26 addresses of the root's servers
    private const int MostRecords = 16; // of one answer, as text

    private static readonly TimeSpan RootPatience = TimeSpan.FromSeconds(0.7); // then the zone is asked too
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(7); // silence ends it sooner: this is for zones with many servers, and busy machines
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What do the servers of each zone on the way to the name say?",
        Source: "RFC 1034, section 4.2; RFC 1912, section 2.8",
        Question.Dns)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await NameTrial.NameAsync(context, cancellationToken) is not { } name)
            return;
        bool isName = context.Target.Kind is TargetKind.Name;
        if (!isName)
        {
            if (await NameTrial.ResolutionAsync(context, cancellationToken) is not { Error: not null } resolution
                || context.Evidence.All<DnsExchange>().FirstOrDefault(exchange => IsFailure(exchange) && resolution.Tried.Contains(exchange.Name)) is not { } failure)
            {
                return;
            }

            name = failure.Name;
        }

        IReadOnlyList<IPAddress> resolvers = await NameTrial.ServersAsync(context, cancellationToken);
        if (!DomainName.TryParse(name, out DomainName parsed) || resolvers.Count == 0)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(isName ? Limit : ShortLimit);
        DnsRecordType type = isName ? await NameTrial.TypeAsync(context, limit.Token) : context.Options.RecordType ?? DnsRecordType.A;
        var walk = new Walk(context, resolvers, name, parsed, type, limit.Token);
        DelegationSurvey? survey = await walk.RunAsync();
        if (survey is null || !IsHeard(survey))
        {
            bool isUnasked = survey is { Zones: [.., { Servers.Count: > 0 } last] } && last.Servers.All(server => server.State is ServerState.NotAsked);
            context.ReportNotObserved("the servers of the zone", isUnasked
                ? $"the servers could not be asked from here ({survey!.Zones[^1].Servers[0].Detail})"
                : "no server of the root or of the zone answered here");
            return;
        }

        Report(context, survey);
    }

    // A walk that ends where it began, as nobody answers there, says nothing of the zone.
    private static bool IsHeard(DelegationSurvey survey) => survey.Zones.Any(zone => zone.Servers.Any(server => server.ResponseTime is not null));

    private static bool IsFailure(DnsExchange exchange) => exchange is { Purpose: "lookup", ResponseCode: "SERVFAIL" };

    private static void Report(ProbeContext context, DelegationSurvey survey)
    {
        string name = survey.Name.ToString();
        context.Report(new DelegationWalk(name, [.. survey.Zones.Select(zone => zone.Zone.ToString())], survey.IsComplete, survey.Queries)
        {
            EndReason = survey.EndReason,
            Type = survey.Type.Mnemonic,
        });
        if (!survey.IsComplete)
            context.ReportNotObserved($"the servers of the zone of {name}", survey.EndReason ?? "the walk ended before");
        else if (survey.Zones[0].Zone is { IsRoot: false } start)
            context.ReportNotObserved($"how {start} is delegated", "the root's servers do not answer here, or could not be asked");

        foreach (ZoneSurvey zone in survey.Zones)
        {
            bool isOfName = survey.IsComplete && zone == survey.Last;
            foreach (ServerSurvey server in zone.Servers)
            {
                context.Report(new ZoneServer(zone.Zone.ToString(), server.Name.ToString(), server.Address, NameTrial.KebabCase(server.State.ToString()), server.Describe())
                {
                    IsOfName = isOfName,
                    ResponseTime = server.ResponseTime,
                    Serial = server.Serial,
                    HasTcp = server.HasTcp,
                    AnswerState = server.AnswerState is { } state ? NameTrial.KebabCase(state.ToString()) : null,
                    IsAnswerCut = server.IsAnswerCut,
                    Answer = server is { Answer: { } answer, Referral: null } ? AnswerOf(answer) : [],
                    TimeToLive = server.Answer is { Answer.Count: > 0 } records ? records.Answer.Min(set => (long)set.TimeToLive) : null,
                });
            }
        }

        foreach (DelegationFinding finding in survey.Findings)
        {
            context.Report(new DelegationFlaw(NameTrial.KebabCase(finding.Fault.ToString()), finding.Zone.ToString(), finding.ToString())
            {
                IsOfName = survey.IsComplete && finding.Zone.Equals(survey.Last!.Zone),
                Server = finding.Server?.ToString(),
                Address = finding.Address,
                Detail = finding.Detail,
            });
        }
    }

    private static List<string> AnswerOf(ResponseSets sets)
    {
        List<string> texts = [];
        foreach (RecordSet set in sets.Answer.Where(set => set.Type is not DnsRecordType.RRSIG))
        {
            for (int i = 0; i < set.Data.Count && texts.Count < MostRecords; i++)
                texts.Add(DnsAnswer.TextOf(set.View(i)));
        }

        if (texts.Count == 0)
            return [sets.ResponseCode is DnsResponseCode.NoError ? "no such record" : sets.ResponseCode.Mnemonic];
        texts.Sort(StringComparer.Ordinal);
        return texts;
    }

    /// <summary>One walk: from the root, and where that is silent from the zone too.</summary>
    private sealed class Walk(ProbeContext context, IReadOnlyList<IPAddress> resolvers, string name, DomainName parsed, DnsRecordType type, CancellationToken enough)
    {
        private readonly DelegationSurveyor _surveyor = new(DnsNetwork.Instance, new DelegationSurveyOptions { Patience = TimeSpan.FromSeconds(0.8) });

        /// <summary>Walks.</summary>
        /// <returns>The better of the two; null if there was no server to ask.</returns>
        public async Task<DelegationSurvey?> RunAsync()
        {
            Task<DelegationSurvey?> fromRoot = FromRootAsync();
            await Task.WhenAny(fromRoot, Task.Delay(RootPatience, context.Clock, CancellationToken.None));
            if (fromRoot is { IsCompletedSuccessfully: true, Result.IsComplete: true })
                return fromRoot.Result;
            DelegationSurvey? fromZone = await FromZoneAsync();
            DelegationSurvey? best = await fromRoot;
            return best is { IsComplete: true } ? best : fromZone is { IsComplete: true } ? fromZone : best is not null && IsHeard(best) ? best
                : fromZone ?? best;
        }

        private async Task<DelegationSurvey?> FromRootAsync()
        {
            foreach (IPAddress resolver in resolvers)
            {
                IReadOnlyList<(string Name, IPAddress Address)> servers = await ZoneSearch.FindServersAsync(context, resolver, ".", enough);
                if (servers.Count > 0)
                    return await SurveyAsync(servers.Select(server => (server.Name, server.Address)), DomainName.Root);
                if (enough.IsCancellationRequested)
                    return null;
            }

            return await SurveyAsync(RootServers.All.Select(server => (server.Name.ToString(), server.Address)), DomainName.Root);
        }

        private async Task<DelegationSurvey?> FromZoneAsync()
        {
            foreach (IPAddress resolver in resolvers)
            {
                if (await ZoneSearch.FindZoneAsync(context, resolver, name, enough) is { } zone && DomainName.TryParse(zone, out DomainName start)
                    && await ZoneSearch.FindServersAsync(context, resolver, zone, enough) is { Count: > 0 } servers)
                {
                    return await SurveyAsync(servers, start);
                }
            }

            return null;
        }

        private async Task<DelegationSurvey?> SurveyAsync(IEnumerable<(string Name, IPAddress Address)> servers, DomainName zone)
        {
            NamedServer[] start =
            [
                .. Mixed(servers).Take(MostStarts).Select(server => new NamedServer(DomainName.TryParse(server.Name, out DomainName known) ? known : DomainName.Root, server.Address)),
            ];
            return await _surveyor.SurveyAsync(parsed, type, start, zone, enough);
        }

        // Both families in turn: this host may have only one of them.
        private static IEnumerable<(string Name, IPAddress Address)> Mixed(IEnumerable<(string Name, IPAddress Address)> servers) =>
            servers.GroupBy(server => server.Address.AddressFamily)
                .SelectMany(family => family.Select((server, place) => (server, place)))
                .OrderBy(one => one.place)
                .Select(one => one.server);
    }
}
