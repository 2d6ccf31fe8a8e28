using NetWhy.Exchanges.Requests;

namespace NetWhy.Collect;

/// <summary>A symptom that is looked for by repeated requests (<c>--symptom</c>), and how many are made.</summary>
/// <param name="Symptom"><c>timeout</c>, <c>5xx</c> or <c>slow</c>.</param>
public sealed record SymptomOptions(string Symptom)
{
    /// <summary>Requests of one run, at most: each is kept in the evidence.</summary>
    public const int MostRequests = RequestHistory.MostRequests;

    /// <summary>Longest run.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Time that the first hop gets to answer what it must refuse, once a server error came.</summary>
    public static readonly TimeSpan ForFirstHop = TimeSpan.FromSeconds(2);

    /// <summary>How many requests are made one at a time, once all others are over, where some failed or were late.</summary>
    public const int Alone = 3;

    /// <summary>How many of them at most, where errors of the server may have spared those by chance: then they come twice as fast.</summary>
    public const int MostAlone = 12;

    /// <summary>Time from the start of one of those to that of the next, at least.</summary>
    public static readonly TimeSpan RestAlone = TimeSpan.FromSeconds(1);

    /// <summary>Time that each of those may take.</summary>
    public static readonly TimeSpan PatienceAlone = TimeSpan.FromSeconds(2);

    /// <summary>How long requests are made in quick succession once more, where the last ones were refused and those made one at a time were not.</summary>
    public static readonly TimeSpan TimeAgain = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan ToRoundOff = TimeSpan.FromSeconds(3); // beside the requests: the name, and what is asked once they are over

    /// <summary>Time that one request may take where slowness is the complaint.</summary>
    public static readonly TimeSpan PatienceWithSlowness = TimeSpan.FromSeconds(10);

    /// <summary>The symptoms.</summary>
    public static IReadOnlyList<string> All { get; } = ["timeout", "5xx", "slow"];

    /// <summary>How many requests at most; null for as many as the time takes.</summary>
    public int? Count { get; init; }

    /// <summary>After how long no further request is begun.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that one request may take, the connection included.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From when on an answer is late; null for what is usual with the symptom.</summary>
    public TimeSpan? SlowAfter { get; init; }

    /// <summary>Time that all of it may take: the requests, the last of which may hang, and what comes before and after.</summary>
    public TimeSpan Needed => Duration + Patience + ForFirstHop + (Alone * PatienceAlone) + ((MostAlone - Alone) * RestAlone / 2) + TimeAgain + PatienceAlone + ToRoundOff;

    /// <summary>Why nothing can be repeated at a target, in words; null if it can.</summary>
    /// <param name="target">The target.</param>
    public string? Refusal(Target target)
    {
        string who = target.Input.Length == 0 ? "this machine as a whole" : $"'{target.Input}'";
        return target switch
        {
            { Port: null } => $"{who} names no port to repeat requests at: give a URL or HOST:PORT",
            { IsTcp: false } or { Scheme: "dns" } => $"'{target.Input}' is not asked by TCP alone, and only requests of HTTP and TCP connections are repeated; netwhy dns bench repeats lookups",
            { IsHttp: false } when Symptom is "5xx" => $"5xx is an answer of HTTP, and '{target.Input}' is not said to speak it: give http://… or https://…",
            _ => null,
        };
    }
}
