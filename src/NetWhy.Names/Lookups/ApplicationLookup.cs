using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Names;

/// <summary>Replays what glibc's resolver does with the answers that were measured, without asking again.</summary>
/// <remarks>
/// Source: glibc, resolv/res_query.c (search list), resolv/res_send.c (servers, timeouts, the pair of A and AAAA).
/// </remarks>
/// <param name="settings">resolv.conf.</param>
/// <param name="types">The types that are asked for, as a rule <see cref="AddressTypes"/>.</param>
/// <param name="find">What is known of a server's answer about a name and a type.</param>
public sealed class ApplicationLookup(
    ResolverSettings settings, ImmutableArray<string> types, Func<NameServer, string, string, KnownExchange> find)
{
    private const int PatienceRounds = 3; // a half answered pair: once as a pair, once in turn, once on a new socket

    private static readonly TimeSpan MinWindow = TimeSpan.FromSeconds(1);

    /// <summary>The types that an application asks for which wants addresses.</summary>
    /// <param name="settings">resolv.conf.</param>
    public static ImmutableArray<string> AddressTypes(ResolverSettings settings) =>
        settings.Options.NoAaaa ? ["A"] : ["A", "AAAA"];

    /// <summary>The absolute names that are tried, in order, each with its final dot.</summary>
    /// <param name="name">The name as the application has it.</param>
    /// <param name="settings">resolv.conf.</param>
    public static ImmutableArray<string> Candidates(string name, ResolverSettings settings)
    {
        if (name.EndsWith('.'))
            return [name];

        string asIs = name + ".";
        int dots = name.Count(character => character == '.');
        IEnumerable<string> lengthened =
            settings.Search.Select(domain => domain is "." ? asIs : $"{name}.{domain}.");
        if (dots >= settings.Options.DotsForAbsolute)
            return [.. lengthened.Prepend(asIs).Distinct(StringComparer.OrdinalIgnoreCase)];

        bool mayAskAsIs = dots > 0 || settings.Search.IsEmpty || !settings.Options.NoTopLevelQuery;
        return mayAskAsIs
            ? [.. lengthened.Append(asIs).Distinct(StringComparer.OrdinalIgnoreCase)]
            : [.. lengthened];
    }

    /// <summary>Replays the lookup.</summary>
    /// <param name="candidates">The names to try, in order.</param>
    /// <returns>The outcome; null if it hangs on an exchange that is not known yet.</returns>
    public LookupOutcome? Replay(ImmutableArray<string> candidates)
    {
        var total = new LookupOutcome { Error = "EAI_NONAME" };
        bool hasNoData = false;
        bool hasFailed = false;
        foreach (string candidate in candidates)
        {
            LookupOutcome? outcome = ReplayName(candidate);
            if (outcome is null)
                return null;

            total = outcome with
            {
                Elapsed = total.Elapsed + outcome.Elapsed,
                Queries = total.Queries + outcome.Queries,
                Tried = total.Tried.Add(candidate),
            };
            if (total.Error is null || total.IsFinal)
                return total;

            hasNoData |= total.Error is "EAI_NODATA";
            hasFailed |= total.Error is "EAI_AGAIN";
        }

        return total with { Error = hasFailed ? "EAI_AGAIN" : hasNoData ? "EAI_NODATA" : total.Error };
    }

    // One name: every server in turn, as many rounds as there are attempts.
    private LookupOutcome? ReplayName(string name)
    {
        TimeSpan now = TimeSpan.Zero;
        int queries = 0;
        bool sawFailure = false; // SERVFAIL or REFUSED
        Dictionary<NameServer, TimeSpan> asked = [];
        for (int round = 0; round < Math.Max(1, settings.Options.Attempts); round++)
        {
            for (int i = 0; i < settings.Servers.Length; i++)
            {
                NameServer server = settings.Servers[i];
                KnownExchange[] exchanges = [.. types.Select(type => find(server, name, type))];
                queries += types.Length;
                TimeSpan window = WindowOf(i);
                TimeSpan first = asked.TryGetValue(server, out TimeSpan earlier) ? earlier : asked[server] = now;
                if (Array.Exists(exchanges, known => known.Done is null && known.Waited < now + window - first))
                    return null;

                if (Array.Find(exchanges, known => known.Done is { Outcome: DnsOutcome.Failed }) is { } refused)
                {
                    now += refused.Waited < window ? refused.Waited : window;
                    continue;
                }

                DnsExchange[] inTime =
                [
                    .. exchanges.Select(known => known.Done).OfType<DnsExchange>()
                        .Where(exchange => TimeOf(exchange) is { } time && first + time <= now + window),
                ];
                if (inTime.Length == 0)
                {
                    now += window;
                    continue;
                }

                DnsExchange[] good = [.. inTime.Where(exchange => !IsServerFailure(exchange))];
                if (inTime.Length < exchanges.Length)
                {
                    // Half the pair came: glibc asks again in turn, then from a new socket, before it is content.
                    now += window * PatienceRounds;
                    queries += (PatienceRounds - 1) * types.Length;
                }
                else
                {
                    TimeSpan last = first + inTime.Max(exchange => TimeOf(exchange)!.Value);
                    now = last > now ? last : now;
                }

                if (good.Length > 0)
                    return Conclude(server, name, good, now, queries);

                sawFailure = true;
                asked.Remove(server); // its answer is used up: the next round asks anew
            }
        }

        return new LookupOutcome
        {
            Error = "EAI_AGAIN",
            Elapsed = now,
            Queries = queries,
            IsFinal = !sawFailure, // after a timeout the search ends; after SERVFAIL the next name is tried
        };
    }

    private static LookupOutcome Conclude(
        NameServer server, string name, DnsExchange[] good, TimeSpan elapsed, int queries)
    {
        // What stands beside another code than NOERROR is not taken: glibc, resolv/res_query.c, __res_context_query.
        DnsExchange[] taken = [.. good.Where(exchange => exchange.ResponseCode is "NOERROR")];
        IPAddress[] addresses = [.. taken.SelectMany(exchange => exchange.Addresses)];
        string[] records = [.. taken.SelectMany(exchange => exchange.Records ?? [])];
        string? error = addresses.Length + records.Length > 0 ? null
            : taken.Length > 0 ? "EAI_NODATA"
            : good.All(exchange => exchange.ResponseCode is "NXDOMAIN") ? "EAI_NONAME"
            : "EAI_FAIL";
        return new LookupOutcome
        {
            Addresses = addresses,
            Records = records,
            CanonicalName = error is null
                ? taken.SelectMany(exchange => exchange.Aliases.TakeLast(1)).FirstOrDefault(name)
                : null,
            FoundName = error is null ? name : null,
            AnsweredBy = ServerAddress.Of(server),
            Error = error,
            Elapsed = elapsed,
            Queries = queries,
            IsFinal = error is "EAI_FAIL",
        };
    }

    // retrans << ns, shared among the servers from the second on, at least a second: res_send.c, send_dg.
    private TimeSpan WindowOf(int server)
    {
        TimeSpan window = settings.Options.Timeout * (1 << server);
        if (server > 0)
            window = TimeSpan.FromSeconds(Math.Floor(window.TotalSeconds / settings.Servers.Length));
        return window < MinWindow ? MinWindow : window;
    }

    private static bool IsServerFailure(DnsExchange exchange) =>
        exchange.ResponseCode is "SERVFAIL" or "NOTIMP" or "REFUSED" || exchange.IsPassedOver;

    // Chance took a packet that was sent again: the rule is what the answered packet took. What cannot be read ends the wait too.
    private static TimeSpan? TimeOf(DnsExchange exchange) =>
        exchange.Outcome is DnsOutcome.Answered or DnsOutcome.Malformed ? exchange.ResponseTime ?? exchange.Elapsed : null;
}

/// <summary>What is known of an exchange.</summary>
/// <param name="Done">The exchange if it is over; null while an answer may still come.</param>
/// <param name="Waited">How long the answer has been waited for.</param>
public sealed record KnownExchange(DnsExchange? Done, TimeSpan Waited);

/// <summary>What a lookup comes to.</summary>
public sealed record LookupOutcome
{
    /// <summary>The addresses, as answered.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The records found where addresses were not asked for.</summary>
    public IReadOnlyList<string> Records { get; init; } = [];

    /// <summary>End of the alias chain; null on failure.</summary>
    public string? CanonicalName { get; init; }

    /// <summary>The candidate that was found; null on failure.</summary>
    public string? FoundName { get; init; }

    /// <summary>Server whose answer was used; null if none.</summary>
    public IPAddress? AnsweredBy { get; init; }

    /// <summary>getaddrinfo's error; null on success.</summary>
    public string? Error { get; init; }

    /// <summary>How long the application waits.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Queries sent.</summary>
    public int Queries { get; init; }

    /// <summary>Names tried.</summary>
    public ImmutableArray<string> Tried { get; init; } = [];

    /// <summary>Whether no further name is tried after this failure.</summary>
    public bool IsFinal { get; init; }
}
