using System.Collections.Frozen;
using System.Net;
using NetWhy.Diagnose.Rules;
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
        if (finding.Reasons.Select(reason => reason.Observation).OfType<CertificateChain>().Any(chain => RepeatedCertificates.Tells(evidence, chain)))
            return true;
        if (!Causes.Contains(finding.Cause) || finding.Subject is not { } address || TimelineReading.Of(evidence) is not { } reading || !reading.Decides(address))
            return false;
        bool isOfOurMaking = reading.IsOfOurMaking(address); // then how many of them fared so is no second word
        Observation[] tries = [.. finding.Reasons.Select(reason => reason.Observation).Where(seen => IsTry(seen) && !(isOfOurMaking && seen is HttpRun))];
        return tries.Length > 0 && tries.All(seen => IsRepeated(reading.Timeline, seen)) && !(finding.Cause is "http-client-error" && IsRefusedMostly(reading, address));
    }

    /// <summary>Whether a try is the very one that is repeated: at the same port, and behind no redirect, unless its end is what is repeated.</summary>
    /// <param name="timeline">The repeated ones.</param>
    /// <param name="seen">The try.</param>
    internal static bool IsRepeated(RequestTimeline timeline, Observation seen) => seen switch
    {
        ConnectAttempt attempt => attempt.Port == timeline.Port,
        TlsHandshake handshake => handshake.Port == timeline.Port && RequestKinds.IsTls(timeline),
        HttpExchange http => http.Port == timeline.Port && timeline.IsHttp && (timeline.Symptom is null ? http.Url == timeline.Url : http.RedirectDepth == 0),
        _ => false,
    };

    // Trials with something changed, and other ports beside, are circumstances; and what is wrong with a body that came whole is not looked for in what is repeated.
    private static bool IsTry(Observation seen) => seen is ConnectAttempt { Purpose: "target" or "repeat" } or TlsHandshake { Purpose: "target" or "repeat" }
        or HttpExchange { Purpose: "target" or "repeat", CodingFault: null } and not HttpExchange { Outcome: HttpOutcome.Complete, Fault: not null } or ServiceGreeting or HttpRun or RequestTimeline;

    // Each is answered 4xx, single or repeated.
    private static bool IsRefusedMostly(TimelineReading reading, IPAddress address)
    {
        RequestKind[] here = [.. reading.AllAt(address).Select(one => one.Kind)];
        return here.Count(kind => kind is RequestKind.ClientError) * 2 > here.Length;
    }
}
