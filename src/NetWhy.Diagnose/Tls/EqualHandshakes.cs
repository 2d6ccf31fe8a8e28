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
    /// <summary>Those of <see cref="Single"/> that failed, and not for what was lost on the way.</summary>
    internal IEnumerable<TlsHandshake> Failed => Single.Where(HandshakesAlone.HasFailed);

    /// <summary>Of them those that were made alone, each with the whole patience of the usual try: it first, then those made for this when all others were over.</summary>
    internal ImmutableArray<TlsHandshake> Single => [.. All.Where(handshake => handshake.Purpose is not TlsHandshake.Again)];

    /// <summary>Whether those fail again and again, and of all two were made: no load of ours, no single moment, and no limit that was reached at last.</summary>
    internal bool IsProven => All.Count(handshake => handshake.Outcome is TlsOutcome.Completed) > 1 && HandshakesAlone.FailAgain(Single);

    /// <summary>Whether the usual try failed, most others were made, and none shows that it comes again: it may have been a single moment.</summary>
    internal bool MayBeMoment => !IsProven && All[0] is { Purpose: "target" } first && HandshakesAlone.HasFailed(first) && All.Count(handshake => handshake.Outcome is TlsOutcome.Completed) * 2 > All.Length;

    /// <summary>Those of each address at which some were made and some failed.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static IEnumerable<EqualHandshakes> Of(EvidenceSet evidence)
    {
        foreach (IGrouping<(IPAddress Address, int Port), TlsHandshake> here in evidence.All<TlsHandshake>()
            .Where(handshake => handshake.Purpose is TlsHandshake.Again or TlsHandshake.Alone).GroupBy(handshake => (handshake.Address, handshake.Port)))
        {
            var equal = new EqualHandshakes(here.Key.Address, here.Key.Port, [.. HandshakesAlone.UsualTry(evidence.All<TlsHandshake>(), here.Key.Address, here.Key.Port), .. here]);
            if (equal.All.Any(HandshakesAlone.HasFailed) && equal.All.Any(handshake => handshake.Outcome is TlsOutcome.Completed))
                yield return equal;
        }
    }

    /// <summary>Whether a finding rests on a handshake that failed where an equal one was made, so that what differed between it and another kind is no cause.</summary>
    /// <param name="evidence">The evidence that it is of.</param>
    /// <param name="finding">The finding.</param>
    internal static bool Overrule(EvidenceSet evidence, Finding finding) => Of(evidence).Any(equal => finding.Reasons.Any(reason => reason.Observation switch
    {
        TlsHandshake { Purpose: "target" } handshake => HandshakesAlone.HasFailed(handshake) && equal.IsHere(handshake.Address, handshake.Port),
        Silence { Stage: ExchangeStage.Connected or ExchangeStage.HandshakeBegun } silence => equal.IsHere(silence.Address, silence.Port),
        SegmentSizeTrial trial => equal.IsHere(trial.Address, trial.Port),
        _ => false,
    }));

    private bool IsHere(IPAddress address, int port) => Address.Equals(address) && Port == port;
}
