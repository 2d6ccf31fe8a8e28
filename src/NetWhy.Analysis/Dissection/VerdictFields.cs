using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>What netwhy itself says of TCP segments, beside Wireshark's flags.</summary>
internal static class VerdictFields
{
    internal static readonly FieldGroup Group = new("netwhy.tcp", "Verdict of netwhy on a TCP segment");
    internal static readonly Field Verdict = Group.Utf8("verdict", "Why it was sent again, or that it was overtaken or captured twice");
    internal static readonly Field LossSide = Group.Utf8("loss_side", "Side of the capture point where a segment was lost");

    /// <summary>Adds the verdict, where something is wrong.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where its segment begins.</param>
    /// <param name="analysis">What was found out.</param>
    internal static void Add(ref Dissection dissection, int offset, in TcpAnalysis analysis)
    {
        if (analysis.Verdict == TcpVerdict.None)
            return;
        dissection.Fields.Add(Group.Protocol, 0, offset, 0);
        dissection.Fields.AddMade(Verdict, NameOf(analysis.Verdict));
        if (analysis.LossSide != TcpLossSide.None)
            dissection.Fields.AddMade(LossSide, analysis.LossSide == TcpLossSide.Upstream ? "upstream"u8 : "downstream"u8);
    }

    private static ReadOnlySpan<byte> NameOf(TcpVerdict verdict) => verdict switch
    {
        TcpVerdict.RetransmissionTimeout => "retransmission.timeout"u8,
        TcpVerdict.RetransmissionFast => "retransmission.fast"u8,
        TcpVerdict.RetransmissionSack => "retransmission.sack"u8,
        TcpVerdict.TailLossProbe => "retransmission.tail-loss-probe"u8,
        TcpVerdict.RetransmissionSpurious => "retransmission.spurious"u8,
        TcpVerdict.Reordering => "reordering"u8,
        TcpVerdict.DuplicateCapture => "duplicate-capture"u8,
        _ => "retransmission.unknown"u8,
    };
}
