using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Naming;

/// <summary>What an application gets for a name, what that costs, and who says what about it.</summary>
/// <param name="Name">The name as it was asked about.</param>
/// <param name="Types">The record types, such as <c>A, AAAA</c>.</param>
/// <param name="Result">What the application gets, in one line.</param>
/// <param name="Steps">Its queries in their order, each with its cost.</param>
/// <param name="Statements">What each resolver and each server of the zone says.</param>
/// <param name="Remarks">What else is worth knowing: where the answer came from, how long it is kept, signatures, who asks whom.</param>
public sealed record NameOverview(
    string Name,
    string Types,
    string Result,
    ImmutableArray<NameStep> Steps,
    ImmutableArray<NameStatement> Statements,
    ImmutableArray<string> Remarks)
{
    private const int MostValues = 4; // of one answer in a line
    private const long LongTime = 7 * 86_400; // seconds; changes then take a week

    /// <summary>Puts it together.</summary>
    /// <param name="evidence">All observations from one vantage, of a <see cref="TargetKind.Name"/>.</param>
    /// <param name="findings">What is told of them beside this, as causes and notes.</param>
    public static NameOverview Of(EvidenceSet evidence, IEnumerable<Finding> findings)
    {
        var view = DnsView.Of(evidence);
        string types = evidence.Investigation?.RecordType
            ?? (view.Configuration?.Options.Contains("no-aaaa") is true ? "A" : "A, AAAA");
        return new NameOverview(
            view.Host ?? "", types, ResultOf(view), [.. StepsOf(view)], [.. StatementsOf(view)], [.. RemarksOf(view), .. FlawRemarks(view, findings)]);
    }

    private static string ResultOf(DnsView view) => view.Resolution switch
    {
        null => "not known: the lookup did not end in time",
        { Addresses.Count: > 0 } resolution => Shortened([.. resolution.Addresses.Select(address => address.ToString())], 8),
        { Records.Count: > 0 } resolution => Shortened(resolution.Records, MostValues),
        { Error: "EAI_NONAME", Tried.Count: 0 } => "nothing: nsswitch.conf asks nobody who knows it",
        { Error: "EAI_NONAME" } => "an error: the name does not exist (EAI_NONAME)",
        { Error: "EAI_NODATA" } => "an error: the name exists without such a record (EAI_NODATA)",
        { Error: "EAI_AGAIN" } => "an error: temporary failure in name resolution (EAI_AGAIN)",
        { Error: var error } => $"an error: {error}",
    };

    // The servers in their order until one settles the name, for each name that was tried.
    private static IEnumerable<NameStep> StepsOf(DnsView view)
    {
        if (view.Resolution is not { } resolution)
            yield break;
        if (resolution.Source is NameSource.HostsFile)
        {
            HostsFileEntry? entry = view.Evidence.First<HostsFileEntry>();
            yield return new NameStep(resolution.Name, entry is null ? "this machine" : $"{entry.Path} line {entry.Line}", ResultOf(view), TimeSpan.Zero, false);
            yield break;
        }

        foreach (string name in resolution.Tried)
        {
            foreach (ServerView server in view.Servers)
            {
                DnsExchange[] asked = [.. server.Lookups.Where(exchange => exchange.Name == name).OrderBy(exchange => exchange.Type, StringComparer.Ordinal)];
                foreach (DnsExchange exchange in asked)
                {
                    yield return new NameStep(
                        name, $"{server.Address}", $"{exchange.Type} {Said(exchange)}", CostOf(view, exchange), exchange.Outcome is not DnsOutcome.Answered);
                }

                if (asked.Any(exchange => exchange.ResponseCode is "NOERROR" or "NXDOMAIN"))
                    break;
            }
        }
    }

    // A server that does not answer costs what resolv.conf waits for it, not what was waited here.
    private static TimeSpan CostOf(DnsView view, DnsExchange exchange) => exchange.Outcome switch
    {
        DnsOutcome.TimedOut => view.Configuration?.Timeout ?? exchange.Elapsed,
        DnsOutcome.Answered => exchange.ResponseTime ?? exchange.Elapsed,
        _ => exchange.Elapsed,
    };

    private static IEnumerable<NameStatement> StatementsOf(DnsView view)
    {
        string? asked = view.Resolution is { Tried: [.., var last] } ? last : null;
        foreach (ServerView server in view.Servers)
        {
            DnsExchange[] lookups = [.. server.Lookups.Where(exchange => exchange.Name == asked)];
            if (lookups.Length == 0)
                lookups = [.. server.Trials("plain")];
            if (lookups.Length == 0)
                continue;
            DnsExchange slowest = lookups.MaxBy(exchange => exchange.ResponseTime ?? exchange.Elapsed)!;
            bool isHeard = lookups.Any(exchange => exchange.Outcome is DnsOutcome.Answered);
            yield return new NameStatement(
                "resolver",
                $"{server.Address}",
                Merged(lookups),
                isHeard ? slowest.ResponseTime ?? slowest.Elapsed : null,
                lookups.Min(exchange => exchange.TimeToLive) ?? lookups.Min(exchange => exchange.NegativeTimeToLive), // of what is given, where both are
                null,
                RemarksOf(lookups, server));
        }

        foreach (ZoneServer server in view.Evidence.All<ZoneServer>().Where(server => server.IsOfName))
        {
            string name = server.Name is "." ? "" : $" {DnsView.Bare(server.Name)}";
            string[] remarks = server.HasTcp is false ? ["no TCP"] : [];
            yield return new NameStatement(
                "authority",
                $"{server.Address}{name}",
                server.State is "authoritative" ? Shortened(server.Answer, MostValues) : server.Description,
                server.ResponseTime,
                server.TimeToLive,
                server.Serial,
                string.Join(", ", remarks));
        }

        bool isSurveyed = view.Evidence.Any<ZoneServer>(server => server.IsOfName);
        foreach (AuthorityAnswer authority in isSurveyed ? [] : view.Evidence.All<AuthorityAnswer>())
        {
            DnsExchange? exchange = view.Evidence.First<DnsExchange>(exchange =>
                exchange is { Purpose: "authority", IsConfigured: false } && exchange.Server.Equals(authority.Server));
            yield return new NameStatement(
                "authority",
                $"{authority.Server}",
                authority.Addresses.Count > 0 ? Shortened([.. authority.Addresses.Select(address => address.ToString())], MostValues) : authority.ResponseCode,
                exchange?.ResponseTime,
                exchange?.TimeToLive ?? exchange?.NegativeTimeToLive,
                exchange?.Serial,
                "");
        }
    }

    private static string Merged(DnsExchange[] lookups)
    {
        DnsExchange[] taken = [.. lookups.Where(exchange => exchange.ResponseCode is "NOERROR")];
        string[] values = [.. taken.SelectMany(exchange => exchange.Addresses).Select(address => address.ToString()), .. taken.SelectMany(exchange => exchange.Records ?? [])];
        return values.Length > 0 ? Shortened(values, MostValues) : string.Join("; ", lookups.Select(Said).Distinct());
    }

    private static string RemarksOf(DnsExchange[] lookups, ServerView server)
    {
        List<string> remarks = [];
        if (lookups.Any(exchange => exchange.WasTruncated))
            remarks.Add("by TCP, the answer is long");
        if (lookups.Any(exchange => exchange.IsAuthenticData is true) || server.Trial("edns") is { IsAuthenticData: true })
            remarks.Add("validated (AD)");
        if (lookups.Any(exchange => exchange.IsAuthoritative))
            remarks.Add("from a zone of its own (AA)");
        if (lookups.Any(exchange => exchange is { Outcome: DnsOutcome.Answered, RecursionAvailable: false }))
            remarks.Add("no recursion");
        if (lookups.Any(exchange => exchange.UnansweredSends > 0))
            remarks.Add("a query was lost");
        return string.Join(", ", remarks);
    }

    private static string Said(DnsExchange exchange) => exchange switch
    {
        { Outcome: DnsOutcome.TimedOut, WasTruncated: true } => "is cut, and TCP is silent",
        { Outcome: DnsOutcome.TimedOut } => "silent",
        { Outcome: DnsOutcome.Failed, WasTruncated: true } => $"is cut, and TCP fails: {ErrnoWords.Of(exchange.Errno!)}",
        { Outcome: DnsOutcome.Failed } => $"failed: {ErrnoWords.Of(exchange.Errno!)}",
        { Outcome: DnsOutcome.Malformed } => "no DNS message",
        { Addresses.Count: > 0, ResponseCode: not "NOERROR" } => $"{exchange.ResponseCode}, and yet addresses, which the C library does not take",
        { Addresses.Count: > 0 } => Shortened([.. exchange.Addresses.Select(address => address.ToString())], MostValues),
        { Records.Count: > 0 } => Shortened(exchange.Records, MostValues),
        { IsReferral: true } => "a referral, no answer",
        { ResponseCode: "NOERROR" } => "no such record",
        { ExtendedErrors: [var reason, ..] } => $"{exchange.ResponseCode} ({reason})",
        _ => exchange.ResponseCode ?? "no code",
    };

    private static IEnumerable<string> RemarksOf(DnsView view)
    {
        if (view.Resolution is { Source: NameSource.HostsFile })
            yield return $"The hosts file decides, before DNS (nsswitch.conf: {string.Join(' ', view.Configuration?.HostsOrder ?? [])}).";
        if (view.Configuration is { HasGivenServers: true })
            yield return "The servers are those of --server, in place of the ones of resolv.conf.";
        if (view.Configuration is { Upstreams: [_, ..] upstreams })
            yield return $"Behind the stub resolver here: it asks {string.Join(", ", upstreams)} in turn.";
        if (view.Servers.SelectMany(server => server.Lookups).FirstOrDefault(exchange => exchange.Aliases.Count > 0) is { } alias)
            yield return $"Aliases: {string.Join(" → ", DnsCnameBroken.OneRound([alias.Name, .. alias.Aliases]).Select(DnsView.Bare))}.";
        foreach (string remark in TimeRemarks(view))
            yield return remark;
        if (view.Evidence.Last<NameValidation>() is { } validation)
            yield return SignaturesInWords(validation);
    }

    private static IEnumerable<string> TimeRemarks(DnsView view)
    {
        DnsExchange[] answers = [.. view.Servers.SelectMany(server => server.GoodAnswers)];
        if (answers.FirstOrDefault(exchange => exchange is { Addresses.Count: 0, Records: null or { Count: 0 }, NegativeTimeToLive: not null, ResponseCode: "NXDOMAIN" }
            || (exchange is { Addresses.Count: 0, Records: null or { Count: 0 }, NegativeTimeToLive: not null } && !view.IsResolved && view.Resolution is not { Records.Count: > 0 })) is { } denial
            && view.Resolution?.Error is not null)
        {
            yield return $"\"No\" is kept for {Kept(denial.NegativeTimeToLive!.Value)} (SOA of {DnsView.Bare(denial.NegativeZone ?? ".")}, serial {denial.Serial}).";
        }

        if (answers.FirstOrDefault(exchange => exchange.TimeToLive is 0) is { } uncached)
            yield return $"The TTL is 0: nothing keeps the answer, and each lookup asks anew ({DnsView.Bare(uncached.Name)}).";
        ZoneServer? authority = view.Evidence.First<ZoneServer>(server => server is { IsOfName: true, TimeToLive: not null });
        if (authority is { TimeToLive: > LongTime })
            yield return $"The TTL is {Kept(authority.TimeToLive.Value)}: a change takes as long to be seen everywhere.";
        if (authority is { TimeToLive: { } whole } && answers.FirstOrDefault(exchange => IsSameAnswer(view, exchange) && exchange.TimeToLive > whole) is { } longer)
            yield return $"{longer.Server} keeps the answer for {Kept(longer.TimeToLive!.Value)}, longer than the zone allows ({Kept(whole)}).";
    }

    // What was seen of the name's zone, and no finding rests on: it may be of this end, or a fault that does nobody harm yet.
    private static IEnumerable<string> FlawRemarks(DnsView view, IEnumerable<Finding> findings)
    {
        if (view.Evidence.Last<DelegationWalk>() is not { Zones: [.., var zone] })
            yield break;
        HashSet<string> told = [.. findings.SelectMany(finding => finding.Reasons).Select(reason => reason.Observation).OfType<DelegationFlaw>().Select(flaw => flaw.Fault)];
        foreach (IGrouping<string, DelegationFlaw> same in view.Evidence.All<DelegationFlaw>().Where(flaw => flaw.Zone == zone && !told.Contains(flaw.Fault)).GroupBy(flaw => flaw.Fault))
        {
            int more = same.Count() - 1;
            yield return $"Seen, and no fault by itself: {same.First().Summary}{(more > 0 ? $", and {more} more like that" : "")}.";
        }
    }

    // The servers of the zone were asked for one name and one type.
    private static bool IsSameAnswer(DnsView view, DnsExchange exchange) =>
        view.Evidence.Last<DelegationWalk>() is { } walk
        && exchange.Type == (walk.Type ?? view.Evidence.Investigation?.RecordType ?? "A")
        && string.Equals(exchange.Name, walk.Name, StringComparison.OrdinalIgnoreCase);

    private static string SignaturesInWords(NameValidation validation) => validation.Status switch
    {
        "secure" => "DNSSEC: secure; signatures prove the answer, from the root's anchor down.",
        "insecure" => $"DNSSEC: not signed ({validation.Problem}).",
        _ when validation.IsClockInDoubt => $"DNSSEC: not checked, as by the clock of this machine {validation.Problem}: is the clock right?",
        "bogus" when validation.IsAnchorAssumed => $"DNSSEC: bogus; {validation.Problem}.",
        "bogus" => $"DNSSEC: bogus, from the root's anchor down; {validation.Problem}.",
        _ when validation.IsAnchorAssumed => $"DNSSEC: signed by keys of {validation.Anchor}, which no anchor here leads to.",
        _ when validation.Owner is "." => "DNSSEC: not checked, as the root asked here is not the Internet's, or does not answer.",
        _ => $"DNSSEC: could not be checked ({validation.Problem}).",
    };

    private static string Kept(long seconds) => seconds switch
    {
        >= 2 * 86_400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400.0:0.#} days"),
        >= 2 * 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600.0:0.#} hours"),
        _ => $"{seconds} s",
    };

    private static string Shortened(IReadOnlyList<string> values, int most)
    {
        string[] distinct = [.. values.Distinct()];
        return string.Join(", ", distinct.Take(most)) + (distinct.Length > most ? $" and {distinct.Length - most} more" : "");
    }
}

/// <summary>One query that the application's resolver sends, or a file that it reads.</summary>
/// <param name="Name">The name that it asks for.</param>
/// <param name="Source">Whom it asks.</param>
/// <param name="Said">What comes: the type and the answer.</param>
/// <param name="Cost">How long the application waits for it.</param>
/// <param name="IsLost">Whether nothing of use came.</param>
public sealed record NameStep(string Name, string Source, string Said, TimeSpan Cost, bool IsLost);

/// <summary>What one server says of the name.</summary>
/// <param name="Role"><c>resolver</c> or <c>authority</c>.</param>
/// <param name="Server">Its address, and its name if it has one.</param>
/// <param name="Answer">What it says.</param>
/// <param name="Time">How long it took; null if it said nothing.</param>
/// <param name="TimeToLive">How long that may be kept, in seconds; null if it does not say.</param>
/// <param name="Serial">Serial number of the zone; null if not known.</param>
/// <param name="Remarks">What else is remarkable; empty if nothing.</param>
public sealed record NameStatement(
    string Role, string Server, string Answer, TimeSpan? Time, long? TimeToLive, uint? Serial, string Remarks);
