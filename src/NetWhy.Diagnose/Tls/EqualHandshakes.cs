using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Tls;

/// <summary>Handshakes with one address that offered the same, of which some were made and some failed: not each connection leads to the same server.</summary>
/// <param name="Address">Server's address.</param>
/// <param name="Port">Server's port.</param>
/// <param name="All">All of them in their order, the first one as an application makes it.</param>
internal sealed record EqualHandshakes(IPAddress Address, int Port, ImmutableArray<TlsHandshake> All)
{
    /// <summary>Purpose of those that were made for this.</summary>
    internal const string Again = "again";

    /// <summary>Those that failed, and not for what was lost on the way.</summary>
    internal IEnumerable<TlsHandshake> Failed => All.Where(HasFailed);

    /// <summary>Whether one was made after one had failed: so it was not that from some moment on none was let through.</summary>
    internal bool Alternate => All.SkipWhile(handshake => !HasFailed(handshake)).Any(handshake => handshake.Outcome is TlsOutcome.Completed);

    /// <summary>Those of each address at which some were made and some failed.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static IEnumerable<EqualHandshakes> Of(EvidenceSet evidence)
    {
        foreach (IGrouping<(IPAddress Address, int Port), TlsHandshake> here in evidence.All<TlsHandshake>()
            .Where(handshake => handshake.Purpose is Again).GroupBy(handshake => (handshake.Address, handshake.Port)))
        {
            TlsHandshake[] first = [.. evidence.All<TlsHandshake>().Where(one => one.Purpose is "target" && one.Address.Equals(here.Key.Address) && one.Port == here.Key.Port).Take(1)];
            var equal = new EqualHandshakes(here.Key.Address, here.Key.Port, [.. first, .. here]);
            if (equal.Failed.Any() && equal.All.Any(handshake => handshake.Outcome is TlsOutcome.Completed))
                yield return equal;
        }
    }

    /// <summary>Whether a finding rests on a handshake that failed where an equal one was made, so that what differed between it and another kind is no cause.</summary>
    /// <param name="evidence">The evidence that it is of.</param>
    /// <param name="finding">The finding.</param>
    internal static bool Overrule(EvidenceSet evidence, Finding finding) => Of(evidence).Any(equal => finding.Reasons.Any(reason => reason.Observation switch
    {
        TlsHandshake { Purpose: "target" } handshake => HasFailed(handshake) && equal.IsHere(handshake.Address, handshake.Port),
        Silence { Stage: ExchangeStage.Connected or ExchangeStage.HandshakeBegun } silence => equal.IsHere(silence.Address, silence.Port),
        SegmentSizeTrial trial => equal.IsHere(trial.Address, trial.Port),
        _ => false,
    }));

    private bool IsHere(IPAddress address, int port) => Address.Equals(address) && Port == port;

    private static bool HasFailed(TlsHandshake handshake) =>
        handshake.Outcome is not TlsOutcome.Completed && !(handshake is { Outcome: TlsOutcome.Stalled, AllAcknowledged: false });
}
