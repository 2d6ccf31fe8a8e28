using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Diagnose;
using NetWhy.Wire;

namespace NetWhy.App.Render;

/// <summary>What is remarkable about a TCP segment, in words.</summary>
internal static class SegmentWords
{
    // In the order, and with the names, that Wireshark shows them.
    private static readonly (TcpAnalysisFlags Flag, string Name)[] Names =
    [
        (TcpAnalysisFlags.FastRetransmission, "fast retransmission"), (TcpAnalysisFlags.SpuriousRetransmission, "spurious retransmission"),
        (TcpAnalysisFlags.OutOfOrder, "out-of-order"), (TcpAnalysisFlags.ReusedPorts, "port numbers reused"),
        (TcpAnalysisFlags.LostSegment, "previous segment not captured"), (TcpAnalysisFlags.AckLostSegment, "ACKed unseen segment"),
        (TcpAnalysisFlags.WindowUpdate, "window update"), (TcpAnalysisFlags.WindowFull, "window full"),
        (TcpAnalysisFlags.KeepAlive, "keep-alive"), (TcpAnalysisFlags.KeepAliveAck, "keep-alive ACK"),
        (TcpAnalysisFlags.ZeroWindowProbe, "zero window probe"), (TcpAnalysisFlags.ZeroWindow, "zero window"),
        (TcpAnalysisFlags.ZeroWindowProbeAck, "zero window probe ACK"),
    ];

    /// <summary>What Wireshark says of it; empty if nothing.</summary>
    /// <param name="analysis">What the analysis says.</param>
    public static IReadOnlyList<string> OfWireshark(in TcpAnalysis analysis)
    {
        TcpAnalysisFlags flags = analysis.Flags;
        List<string> words = [.. Names.Where(one => flags.HasFlag(one.Flag)).Select(one => one.Name)];
        if (flags.HasFlag(TcpAnalysisFlags.Retransmission) && (flags & (TcpAnalysisFlags.FastRetransmission | TcpAnalysisFlags.SpuriousRetransmission)) == 0)
            words.Insert(0, "retransmission");
        if (analysis.DuplicateAckNumber > 0)
            words.Add($"duplicate ACK {analysis.DuplicateAckFrame}#{analysis.DuplicateAckNumber}");
        return words;
    }

    /// <summary>Our own verdict; null if nothing is wrong.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="receiver">Whom it was sent to.</param>
    public static string? OfVerdict(in StreamSegment segment, string receiver)
    {
        TcpAnalysis analysis = segment.Analysis;
        string? what = analysis.Verdict switch
        {
            TcpVerdict.None => null,
            TcpVerdict.RetransmissionTimeout => "sent again after a timeout",
            TcpVerdict.RetransmissionFast => "sent again after duplicate ACKs",
            TcpVerdict.RetransmissionSack => "sent again, because SACK told that it is missing",
            TcpVerdict.TailLossProbe => "the last segment sent again, to draw an ACK",
            TcpVerdict.RetransmissionSpurious => "sent again although it had arrived",
            TcpVerdict.Reordering => "overtaken on its way: not lost, not sent again",
            TcpVerdict.DuplicateCapture => "captured twice, not sent twice",
            _ => "sent again",
        };
        if (what is null)
            return null;
        string time = analysis.Rto > 0 ? $" ({Words.Of(TimeSpan.FromTicks(analysis.Rto / 100))} after packet {analysis.RtoFrame})" : "";
        return what + time + analysis.LossSide switch
        {
            TcpLossSide.Upstream => "; lost before it came here",
            TcpLossSide.Downstream => $"; lost between here and {receiver}",
            _ => "",
        };
    }

    /// <summary>The name of a verdict, as <c>netwhy.tcp.verdict</c> has it.</summary>
    /// <param name="verdict">The verdict; none has no name.</param>
    public static string? NameOf(TcpVerdict verdict) => verdict switch
    {
        TcpVerdict.None => null,
        TcpVerdict.RetransmissionTimeout => "retransmission.timeout",
        TcpVerdict.RetransmissionFast => "retransmission.fast",
        TcpVerdict.RetransmissionSack => "retransmission.sack",
        TcpVerdict.TailLossProbe => "retransmission.tail-loss-probe",
        TcpVerdict.RetransmissionSpurious => "retransmission.spurious",
        TcpVerdict.Reordering => "reordering",
        TcpVerdict.DuplicateCapture => "duplicate-capture",
        _ => "retransmission.unknown",
    };

    /// <summary>The name of a side, as <c>netwhy.tcp.loss_side</c> has it.</summary>
    /// <param name="side">The side; none has no name.</param>
    public static string? NameOf(TcpLossSide side) => side switch
    {
        TcpLossSide.Upstream => "upstream",
        TcpLossSide.Downstream => "downstream",
        _ => null,
    };

    /// <summary>An end with its port.</summary>
    /// <param name="end">The end.</param>
    public static string Of(TcpEndpoint end) =>
        string.Create(CultureInfo.InvariantCulture, $"{(end.IsIpv6 ? $"[{end.AddressText}]" : end.AddressText)}:{end.Port}");

    /// <summary>The control bits, but for ACK beside others that say more.</summary>
    /// <param name="flags">The bits.</param>
    public static string Of(TcpFlags flags)
    {
        ReadOnlySpan<(TcpFlags Flag, string Name)> names =
        [
            (TcpFlags.Syn, "SYN"), (TcpFlags.Fin, "FIN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG"), (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR"),
        ];
        var words = new List<string>(4);
        foreach ((TcpFlags flag, string name) in names)
        {
            if (flags.HasFlag(flag))
                words.Add(name);
        }

        return words.Count == 0 ? "no flags" : string.Join(' ', words);
    }
}
