namespace NetWhy.Tools.Calc;

/// <summary>The formulas of TCP. Units: seconds, octets, bits per second, shares from 0 to 1.</summary>
internal static class Formulas
{
    /// <summary>Constant of <see cref="Mathis"/> for loss at regular distances without delayed acknowledgements, √(3/2).</summary>
    public static readonly double MathisConstant = Math.Sqrt(1.5);

    /// <summary>Octets in flight that fill a path.</summary>
    public static double BandwidthDelay(double rate, double roundTrip) => rate * roundTrip / 8;

    /// <summary>Bits per second that a window allows.</summary>
    public static double WindowRate(double window, double roundTrip) => window * 8 / roundTrip;

    /// <summary>Bits per second of Reno under random loss.</summary>
    /// <remarks>Source: Mathis, Semke, Mahdavi, Ott, "The macroscopic behavior of the TCP congestion avoidance algorithm", 1997.</remarks>
    public static double Mathis(double segment, double roundTrip, double loss, double constant) =>
        segment * 8 * constant / (roundTrip * Math.Sqrt(loss));

    /// <summary>Bits per second of Reno under random loss, with timeouts.</summary>
    /// <remarks>Source: Padhye, Firoiu, Towsley, Kurose, "Modeling TCP throughput", 1998, the approximation; two segments an acknowledgement.</remarks>
    public static double Padhye(double segment, double roundTrip, double loss, double timeout)
    {
        const int SegmentsPerAcknowledgement = 2;
        double recovery = roundTrip * Math.Sqrt(2 * SegmentsPerAcknowledgement * loss / 3);
        double timeouts = timeout * Math.Min(1, 3 * Math.Sqrt(3 * SegmentsPerAcknowledgement * loss / 8)) * loss * (1 + (32 * loss * loss));
        return segment * 8 / (recovery + timeouts);
    }

    /// <summary>One step of the retransmission timeout.</summary>
    /// <remarks>Source: RFC 6298, section 2: α = 1/8, β = 1/4; the first sample sets both.</remarks>
    /// <param name="state">Smoothed round trip and its variation; null before the first sample.</param>
    /// <param name="sample">The sample.</param>
    public static (double Smoothed, double Variation) Smooth((double Smoothed, double Variation)? state, double sample) =>
        state is not var (smoothed, variation)
            ? (sample, sample / 2)
            : ((0.875 * smoothed) + (0.125 * sample), (0.75 * variation) + (0.25 * Math.Abs(smoothed - sample)));

    /// <summary>The retransmission timeout before its bounds.</summary>
    /// <param name="state">Smoothed round trip and its variation.</param>
    /// <param name="granularity">Granularity of the clock.</param>
    public static double Timeout((double Smoothed, double Variation) state, double granularity) =>
        state.Smoothed + Math.Max(granularity, 4 * state.Variation);

    /// <summary>The retransmission timeout of Linux, which bounds the variation and not the sum.</summary>
    /// <remarks>Source: tcp_set_rto() and tcp_rtt_estimator() in net/ipv4/tcp_input.c; TCP_RTO_MIN is 200 ms, TCP_RTO_MAX 120 s.</remarks>
    /// <param name="state">Smoothed round trip and its variation.</param>
    public static double LinuxTimeout((double Smoothed, double Variation) state) =>
        Math.Min(120, state.Smoothed + Math.Max(0.2, 4 * state.Variation));
}
