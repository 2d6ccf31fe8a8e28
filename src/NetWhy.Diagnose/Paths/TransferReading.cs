using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>Says of a transfer what bounded it, and what it did to the answer times of others.</summary>
/// <remarks>Source: linux/tcp.h, tcpi_busy_time, tcpi_rwnd_limited and tcpi_sndbuf_limited; Mathis et al., 1997.</remarks>
public static class TransferReading
{
    private const double Most = 0.5; // of the busy time
    private const double LeastLoss = 0.0001; // below it other bounds are nearer on any path
    private static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(30); // grade B and worse
    private static readonly TimeSpan Felt = TimeSpan.FromMilliseconds(60); // grade C and worse: talk and games suffer

    /// <summary>Reads a transfer.</summary>
    /// <param name="trial">The transfer.</param>
    public static ImmutableArray<PathConclusion> Of(TransferTrial trial) => [Bound(trial), .. Queue(trial) is { } queue ? (PathConclusion[])[queue] : []];

    // Bits a second that regular loss allows Reno with as many connections; null without loss.
    private static double? LossCeiling(TransferTrial trial) =>
        trial is { Segments: > 0, Retransmits: > 0, SendMss: > 0 } && trial.FlowRoundTrip > TimeSpan.Zero
            ? trial.Streams * trial.SendMss * 8 * Math.Sqrt(1.5) / (trial.FlowRoundTrip.TotalSeconds * Math.Sqrt((double)trial.Retransmits / trial.Segments))
            : null;

    // Bits a second that the receiver's window allows; null if it is not known.
    private static double? WindowCeiling(TransferTrial trial) =>
        trial.SendWindow > 0 && trial.FlowRoundTrip > TimeSpan.Zero ? trial.Streams * trial.SendWindow * 8 / trial.FlowRoundTrip.TotalSeconds : null;

    private static PathConclusion Bound(TransferTrial trial)
    {
        string rate = Rate(trial.Rate);
        if (!trial.HasAccount || trial.Sending <= TimeSpan.Zero)
            return new PathConclusion("bound-unknown", Severity.Warning, $"The {trial.Direction} of {rate} did not end as it should: what bounded it is not known.");
        double busy = trial.Busy / trial.Sending;
        double window = Share(trial.ReceiveWindowLimited, trial.Busy);
        double buffer = Share(trial.SendBufferLimited, trial.Busy);
        double loss = trial.Segments > 0 ? (double)trial.Retransmits / trial.Segments : 0;
        ImmutableArray<string> proof =
        [
            $"the sender had data to send {Words.Percent(Math.Min(1, busy))} of the time; of that, the receiver's window was full {Words.Percent(window)}, its own buffer {Words.Percent(buffer)}",
            string.Create(CultureInfo.InvariantCulture, $"{trial.Retransmits} of {trial.Segments} segments were sent again ({Words.Percent(loss)})"),
        ];
        if (trial.RateWanted is { } wanted && trial.Rate >= 0.8 * 8 * wanted)
        {
            return new PathConclusion("application-limited", Severity.Info, $"The application bounds the {trial.Direction} at {rate}: the sender was told to send {Rate(8.0 * wanted)}.")
            {
                Cause = "sender-application-limited",
                Proof = proof,
            };
        }

        if (busy < Most)
        {
            return new PathConclusion("machine-limited", Severity.Info, $"The machines bound the {trial.Direction} at {rate}, and not the path: TCP was done with all it was given {Words.Percent(1 - busy)} of the time, before the sender came round to give it more.")
            {
                Proof = proof,
            };
        }

        if (window >= Most)
        {
            return new PathConclusion("window-limited", Severity.Warning, $"The receiver's window bounds the {trial.Direction} at {rate}: {Words.Octets(trial.SendWindow)} in flight fill a round trip of {Words.Of(trial.FlowRoundTrip)}{(WindowCeiling(trial) is { } ceiling ? $", which makes at most {Rate(ceiling)}" : "")}.")
            {
                Cause = "receive-window-limited",
                Proof = proof,
                Next = ["On the receiver: sysctl net.ipv4.tcp_rmem, and whether the application sets SO_RCVBUF."],
            };
        }

        if (buffer >= Most)
        {
            return new PathConclusion("send-buffer-limited", Severity.Warning, $"The sender's buffer bounds the {trial.Direction} at {rate}.")
            {
                Cause = "send-buffer-limited",
                Proof = proof,
                Next = ["On the sender: sysctl net.ipv4.tcp_wmem, and whether the application sets SO_SNDBUF."],
            };
        }

        bool isQueued = Grown(trial) is { } grown && grown >= Noticed && trial.FlowRoundTrip >= 2 * trial.MinRoundTrip;
        if (loss >= LeastLoss && !isQueued && LossCeiling(trial) is { } most && most < 4 * trial.Rate)
        {
            return new PathConclusion("loss-limited", Severity.Warning, $"Loss bounds the {trial.Direction} at {rate}: {Words.Percent(loss)} of the segments are lost, without a queue on the way, and at {Words.Of(trial.FlowRoundTrip)} that leaves about {Rate(most)} (Mathis).")
            {
                Cause = "packet-loss",
                Proof = proof,
                Next = [$"Where they are lost: netwhy mtr --report -c 100 {trial.Address}."],
            };
        }

        return new PathConclusion("path-limited", Severity.Info, isQueued
            ? $"The path bounds the {trial.Direction} at {rate}: what it cannot carry waits in a queue."
            : $"The path, or one of the machines, bounds the {trial.Direction} at {rate}: no window, no buffer and no loss keeps it below.")
        {
            Proof = proof,
        };
    }

    private static PathConclusion? Queue(TransferTrial trial)
    {
        if (Grown(trial) is not { } grown || grown < Noticed)
            return null;
        bool isOthers = trial.LoadedRoundTrip - trial.IdleRoundTrip >= Noticed;
        double queue = trial.Rate * grown.TotalSeconds / 8;
        return new PathConclusion(
            isOthers ? "bufferbloat" : "queue-of-flow",
            isOthers && grown >= Felt ? Severity.Warning : Severity.Info,
            isOthers
                ? $"The {trial.Direction} makes others wait: answers take {Words.Of(trial.LoadedRoundTrip!.Value)} instead of {Words.Of(trial.IdleRoundTrip!.Value)}, behind a queue of about {Words.Octets(queue)}."
                : $"The {trial.Direction} waits in a queue of its own ({Words.Of(trial.FlowRoundTrip)} in the flow), and others do not: the bottleneck keeps flows apart.")
        {
            Cause = isOthers ? "bufferbloat" : null,
            Proof = [$"{(trial.Direction is "upload" ? "median" : "last")} round trip in the flow {Words.Of(trial.FlowRoundTrip)}, smallest {Words.Of(trial.MinRoundTrip)}"],
            Next = isOthers ? ["On the bottleneck, as a rule the access router: fq_codel or cake, or a rate a little below that of its link."] : [],
        };
    }

    // By how much answers grow under load: those of others or, where flows are kept apart, of the flow itself.
    private static TimeSpan? Grown(TransferTrial trial)
    {
        TimeSpan? others = trial.LoadedRoundTrip - trial.IdleRoundTrip;
        TimeSpan? own = trial.HasAccount && trial.MinRoundTrip > TimeSpan.Zero ? trial.FlowRoundTrip - trial.MinRoundTrip : null;
        return others > own || own is null ? others : own;
    }

    private static double Share(TimeSpan part, TimeSpan whole) => whole > TimeSpan.Zero ? Math.Min(1, part / whole) : 0;

    private static string Rate(double bits)
    {
        string[] units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
        int unit = 0;
        for (; bits >= 1000 && unit < units.Length - 1; unit++)
            bits /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{bits.ToString(bits < 10 ? "0.##" : bits < 100 ? "0.#" : "0", CultureInfo.InvariantCulture)} {units[unit]}");
    }
}
