using System.Collections.Frozen;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>What one try alone showed is not told of an address at which others were repeated: one of many is chance, and those say how often.</summary>
internal static class SingleTries
{
    private static readonly FrozenSet<string> Causes = FrozenSet.Create(
        StringComparer.Ordinal,
        "port-closed",
        "port-filtered",
        "port-rejected",
        "service-hung",
        "connection-reset",
        "connection-reset-by-middlebox",
        "tls-handshake-stall",
        "tls-handshake-reset",
        "http-server-error",
        "http-bad-gateway",
        "http-unavailable",
        "http-gateway-timeout",
        "http-client-error",
        "http-stalled-body",
        "http-truncated-body",
        "http-malformed-response");

    /// <summary>Whether a finding rests on single tries, and repeated ones that were answered otherwise decide.</summary>
    /// <param name="evidence">The evidence that it is of.</param>
    /// <param name="finding">The finding.</param>
    internal static bool Overrule(EvidenceSet evidence, Finding finding)
    {
        if (!Causes.Contains(finding.Cause) || TimelineReading.Of(evidence) is not { } reading)
            return false;
        return finding.Subject is { } address && reading.Decides(address) && !(finding.Cause is "http-client-error" && IsRefusedMostly(reading, address))
            && !finding.Reasons.Any(reason => reason.Observation is RequestTimeline or HttpRun);
    }

    // Each is answered 4xx, single or repeated.
    private static bool IsRefusedMostly(TimelineReading reading, IPAddress address)
    {
        RequestKind[] here = [.. reading.All.Where(one => one.Request.Address.Equals(address)).Select(one => one.Kind)];
        return here.Count(kind => kind is RequestKind.ClientError) * 2 > here.Length;
    }
}
