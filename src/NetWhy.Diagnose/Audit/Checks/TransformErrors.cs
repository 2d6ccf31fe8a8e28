using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that IPsec could not take in or send.</summary>
public sealed class TransformErrors() : CounterCheck(
    "ipsec.errors",
    "Documentation/networking/xfrm/xfrm_proc.rst",
    "IPsec packets dropped",
    "XfrmInError",
    "XfrmInBufferError",
    "XfrmInHdrError",
    "XfrmInNoStates",
    "XfrmInStateProtoError",
    "XfrmInStateModeError",
    "XfrmInStateSeqError",
    "XfrmInStateExpired",
    "XfrmInStateMismatch",
    "XfrmInStateInvalid",
    "XfrmInTmplMismatch",
    "XfrmInNoPols",
    "XfrmInPolBlock",
    "XfrmInPolError",
    "XfrmOutError",
    "XfrmOutBundleGenError",
    "XfrmOutBundleCheckError",
    "XfrmOutNoStates",
    "XfrmOutStateProtoError",
    "XfrmOutStateModeError",
    "XfrmOutStateSeqError",
    "XfrmOutStateExpired",
    "XfrmOutPolBlock",
    "XfrmOutPolDead",
    "XfrmOutPolError",
    "XfrmFwdHdrError",
    "XfrmOutStateInvalid",
    "XfrmAcquireError")
{
    /// <inheritdoc/>
    protected override bool IsOptional => true;

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        string worst = Names.MaxBy(name => counters.Grown(name))!;
        return fine with
        {
            Standing = counters.IsMuch(counters.Grown(Names), 1) ? Standing.Warning : Standing.Advice,
            Meaning = $"{worst} grew by {counters.Grown(worst)}: {InWords(worst)}.",
            Remedies = [new Remedy("See the associations and their counters, then the policies.", "ip -s xfrm state; ip xfrm policy; grep -v ' 0$' /proc/net/xfrm_stat")],
        };
    }

    private static string InWords(string name) => name switch
    {
        "XfrmInNoStates" => "packets come for an association that this machine does not have; the other end has an old one, or came first",
        "XfrmInStateSeqError" => "packets come out of the replay window: reordered on the way, or repeated",
        "XfrmInStateExpired" or "XfrmOutStateExpired" => "an association is past its lifetime and was not renewed",
        "XfrmInTmplMismatch" or "XfrmInStateMismatch" => "packets come in another way than the policy wants",
        "XfrmInNoPols" => "packets come in for which there is no policy",
        "XfrmInPolBlock" or "XfrmOutPolBlock" => "a policy says block",
        "XfrmOutNoStates" or "XfrmAcquireError" => "a policy wants an association, and none could be made: the key exchange does not work",
        "XfrmInStateProtoError" or "XfrmInError" => "decryption or authentication fails: the keys differ, or packets are damaged",
        _ => "see xfrm_proc.rst",
    };
}
