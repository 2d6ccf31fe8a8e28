using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Destinations to which only smaller packets pass, as path MTU discovery learned, and the limit of IPv6 routes.</summary>
public sealed class LearnedPaths : IHostCheck
{
    private const int Small = 576; // octets: what every path takes (RFC 1122, section 3.3.3), and what attackers pretend

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("route.cache", Source: "rtnetlink(7), RTM_GETROUTE; RFC 1191; ip-sysctl.rst, route/max_size");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<RouteCacheState>() is not { } cache)
            yield break;
        bool isTiny = cache.Smaller.Any(path => path.Mtu < Small);
        yield return new Signal(
            Info.Id,
            isTiny ? Standing.Warning : Standing.Fine,
            "paths of smaller MTU",
            cache.Smaller.Count == 0
                ? "none known"
                : $"{string.Join(", ", cache.Smaller.Take(3).Select(path => $"{path.Destination} takes {path.Mtu} of {path.LinkMtu}"))}{(cache.Smaller.Count > 3 ? $", and {Words.Count(cache.Smaller.Count - 3, "other")}" : "")}",
            "")
        {
            Meaning = isTiny ? $"A router, or somebody who pretends to be one, said that {cache.Smaller[0].Destination} takes no more than {cache.Smaller[0].Mtu} octets: each segment carries little." : "",
            Remedies = isTiny ? [new Remedy("Forget what was learned, and see whether it comes back.", "ip route flush cache; ip -6 route flush cache")] : [],
            Evidence = [cache],
        };

        if (cache is not { IPv6Entries: { } entries, IPv6Most: > 0 and { } most })
            yield break;
        bool isFull = entries >= 0.8 * most;
        yield return new Signal(Info.Id, isFull ? Standing.Warning : Standing.Fine, "IPv6 routes in the cache", $"{entries} entries", WholeHost.Plain(most))
        {
            Meaning = isFull ? "At the limit new destinations fail with \"network is unreachable\"." : "",
            Remedies = isFull ? [Remedy.Set("Allow as many as newer kernels do.", "net.ipv6.route.max_size", "2147483647")] : [],
            Evidence = [cache],
        };
    }
}
