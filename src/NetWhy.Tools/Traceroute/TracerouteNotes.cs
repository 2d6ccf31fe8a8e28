using NetWhy.Evidence;

namespace NetWhy.Tools.Traceroute;

/// <summary>What a table of hops does not show, in words.</summary>
internal static class TracerouteNotes
{
    /// <summary>The notes, a line each.</summary>
    /// <param name="trace">The trace.</param>
    internal static IEnumerable<string> Of(PathTrace trace)
    {
        if (trace.Hops.FirstOrDefault(hop => hop.Answers?.Any(answer => answer.IsTranslated) is true) is { } first)
        {
            // Who answers under that address and lets nothing pass is the destination itself.
            bool goesOn = !trace.Reached || trace.Hops.Any(hop => hop.Ttl > first.Ttl && hop.Node is not null);
            yield return goesOn && first.Answers!.Any(answer => answer is { IsTranslated: true, Error: null } && answer.Node.Equals(trace.Destination))
                ? $"at hop {first.Ttl} a router answers under the destination's address: from there on, addresses are translated (NAT or a load balancer)"
                : $"at hop {first.Ttl} probes have another address, port or checksum than they left with: addresses are translated there or before it (NAT)";
        }

        if (trace.Hops is [.., { IsByFartherProbe: true } last])
            yield return $"probably {last.Ttl} hops: the destination limits its answers, and answered only a probe with a larger hop limit, which arrived with more left than it needed";
        if (trace.Limits is { } limits)
            yield return limits;
    }
}
