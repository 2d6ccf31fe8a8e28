namespace NetWhy.Exchanges.Requests;

/// <summary>Which requests of many may have met a limit, so that more are worth asking: nothing is concluded from it.</summary>
public static class RefusedRequests
{
    private const int Last = 16, Enough = 3; // of these so many: what lets some of each few seconds through does so to the end

    /// <summary>Whether a request failed, or was answered 4xx beside others that were not: what refuses a client that asks too fast may forbid it. Source: haproxy, http-request deny; RFC 6585, section 4.</summary>
    /// <param name="sample">The request.</param>
    /// <param name="all">All of them.</param>
    public static bool Has(RequestSample sample, IEnumerable<RequestSample> all)
    {
        return sample.HasFailed || sample.Status is 429
            || (sample.Status is >= 400 and < 500 && all.Any(other => other.Address == sample.Address && other.Status is > 0 and < 400));
    }

    /// <summary>Whether requests were refused towards the end, as by a limit, or by an outage that ended just then.</summary>
    /// <param name="all">All of them.</param>
    /// <param name="place">Place of the address that is meant.</param>
    public static bool AreMany(IReadOnlyCollection<RequestSample> all, int place)
    {
        RequestSample[] last = [.. all.Where(sample => sample.Address == place).OrderBy(sample => sample.Began).TakeLast(Last)];
        return last.Count(sample => Has(sample, all)) >= Enough;
    }

    /// <summary>Whether errors of the server went on to the end, no request made one at a time afterwards met one, and chance may have spared these, but not so many: more of them tell a bad backend from what our own load makes.</summary>
    /// <param name="alone">Those requests.</param>
    /// <param name="all">The others.</param>
    /// <param name="place">Place of the address that is meant.</param>
    /// <param name="most">How many may be made.</param>
    public static bool MayBeSpared(IReadOnlyCollection<RequestSample> alone, IReadOnlyCollection<RequestSample> all, int place, int most)
    {
        const double Chance = 0.01, Worth = 0.2;
        RequestSample[] here = [.. all.Where(sample => sample.Address == place)];
        double good = here.Count(sample => sample.Status is not (>= 500 and < 600)) / (double)Math.Max(1, here.Length);
        return alone.Count < most && AreMany(all, place) && !alone.Any(sample => Has(sample, all)) && Math.Pow(good, most) < Worth && Math.Pow(good, alone.Count) >= Chance;
    }

    /// <summary>Whether requests made one at a time afterwards were answered in the end: those before, at which a limit may still remember the others, may have been refused.</summary>
    /// <param name="alone">Those requests, in their order.</param>
    /// <param name="all">The others.</param>
    public static bool AreOver(IReadOnlyCollection<RequestSample> alone, IReadOnlyCollection<RequestSample> all)
    {
        const int Enough = 2;
        bool[] refused = [.. alone.Select(sample => Has(sample, all))];
        return refused.SkipWhile(isRefused => isRefused).ToArray() is { Length: >= Enough } rest && !rest.Contains(true);
    }
}
