using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>Says of a transfer what bounded it, and what it did to the answer times of others.</summary>
/// <remarks>
/// With as much in flight as a window allows, a path that is not full carries window / round trip, at its smallest round trip; a
/// path that is full carries its own rate, and the round trip grows. So what tells a window from the path is the rate that was
/// measured and the round trip, and not only how long TCP says that the window held it back: a sender that paces itself to
/// the rate of the window (BBR) is never held back by it.
/// Source: linux/tcp.h, tcpi_busy_time, tcpi_rwnd_limited and tcpi_sndbuf_limited; Mathis et al., 1997; RFC 9438, section 5.
/// </remarks>
public static class TransferReading
{
    private const double Most = 0.5; // of the time
    private const double Hardly = 0.15; // of the time: the one that waits so little is the one that is waited for
    private const double NearWindow = 0.7; // of window / round trip: windows are seldom filled to the last octet
    private const double LeastLoss = 0.0001; // below it other bounds are nearer on any path
    private const double BbrLoss = 0.15; // BBR keeps its rate below it: Cardwell et al., 2016
    private const int LeastQueue = 5; // segments: less is what hosts send at once
    private static readonly TimeSpan LeastGrowth = TimeSpan.FromMilliseconds(1); // less is the scheduling of hosts
    private static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(30); // grade B and worse
    private static readonly TimeSpan Felt = TimeSpan.FromMilliseconds(60); // grade C and worse: talk and games suffer

    /// <summary>Reads a transfer.</summary>
    /// <param name="trial">The transfer.</param>
    public static ImmutableArray<PathConclusion> Of(TransferTrial trial) => [Bound(trial), .. Queue(trial) is { } queue ? (PathConclusion[])[queue] : []];

    private static PathConclusion Bound(TransferTrial trial)
    {
        PathConclusion bound = !trial.HasAccount || trial.Sending <= TimeSpan.Zero ? Unknown(trial)
            : OfApplication(trial) ?? OfWindow(trial) ?? OfBuffer(trial) ?? OfLoss(trial) ?? OfPath(trial);
        return bound with
        {
            Proof =
            [
                $"the sender waited for TCP {Words.Percent(Share(trial.SenderWaiting, trial.Sending))} of the time, the receiver for octets {Words.Percent(Share(trial.ReceiverWaiting, trial.Receiving))}",
                $"of the time with data to send, the receiver's window was full {Words.Percent(Share(trial.ReceiveWindowLimited, trial.Busy))}, the sender's buffer too small {Words.Percent(Share(trial.SendBufferLimited, trial.Busy))}",
                $"the round trip in the flow was {Words.Of(trial.FlowRoundTrip)}, at least {Words.Of(trial.MinRoundTrip)}{(trial.RoundTripAtLoss > TimeSpan.Zero ? $", and {Words.Of(trial.RoundTripAtLoss)} when segments were lost" : "")}",
                string.Create(CultureInfo.InvariantCulture, $"{trial.Retransmits} of {trial.Segments} segments were sent again ({Words.Percent(Loss(trial))})"),
            ],
        };
    }

    private static PathConclusion Unknown(TransferTrial trial) => new(
        "bound-unknown", Severity.Warning, $"The {trial.Direction} of {Rate(trial.Rate)} did not end as it should: what bounded it is not known.");

    private static PathConclusion? OfApplication(TransferTrial trial)
    {
        string rate = Rate(trial.Rate);
        if (trial.RateWanted is { } wanted && trial.Rate >= 0.95 * 8 * wanted)
        {
            return new PathConclusion("application-limited", Severity.Info, $"The application bounds the {trial.Direction} at {rate}: the sender was told to send {Rate(8.0 * wanted)}.")
            {
                Cause = "sender-application-limited",
            };
        }

        double receiver = Share(trial.ReceiverWaiting, trial.Receiving);
        double sender = Share(trial.SenderWaiting, trial.Sending);
        if (receiver < Hardly && receiver <= sender)
        {
            return new PathConclusion("receiver-limited", Severity.Warning, $"The receiving application, or its machine, bounds the {trial.Direction} at {rate}, and not the path: octets lay there and were not taken {Words.Percent(1 - receiver)} of the time.")
            {
                Next = ["On the receiver: netwhy ss -tmi, where Recv-Q stays high, and the load of its processors."],
            };
        }

        return sender < Hardly
            ? new PathConclusion("sender-limited", Severity.Info, $"The sending application, or its machine, bounds the {trial.Direction} at {rate}, and not the path: TCP would have taken more {Words.Percent(1 - sender)} of the time.")
            {
                Cause = "sender-application-limited",
            }
            : null;
    }

    private static PathConclusion? OfWindow(TransferTrial trial)
    {
        if (trial.SendWindow <= 0 || trial.MinRoundTrip <= TimeSpan.Zero)
            return null;
        double ceiling = trial.Streams * trial.SendWindow * 8 / trial.MinRoundTrip.TotalSeconds;
        bool isHeldBack = Share(trial.ReceiveWindowLimited, trial.Busy) >= Most && trial.Rate >= Most * ceiling;
        if (IsFull(trial) || (trial.Rate < NearWindow * ceiling && !isHeldBack))
            return null;
        return new PathConclusion("window-limited", Severity.Warning, $"The receiver's window bounds the {trial.Direction} at {Rate(trial.Rate)}: {Words.Octets(trial.SendWindow)}{Each(trial)} in flight and a round trip of {Words.Of(trial.MinRoundTrip)} make at most {Rate(ceiling)}, and the path is not full.")
        {
            Cause = "receive-window-limited",
            Next = ["On the receiver: sysctl net.ipv4.tcp_rmem, and whether the application sets SO_RCVBUF."],
        };
    }

    private static PathConclusion? OfBuffer(TransferTrial trial)
    {
        bool isDrained = trial.FullSamples > 0 && trial.DrainedSamples >= Most * trial.FullSamples;
        return !IsFull(trial) && (isDrained || Share(trial.SendBufferLimited, trial.Busy) >= Most)
            ? new PathConclusion("send-buffer-limited", Severity.Warning, $"The sender's buffer bounds the {trial.Direction} at {Rate(trial.Rate)}: at a round trip of {Words.Of(trial.MinRoundTrip)} TCP had sent all that it holds, the path is not full, and the window has room.")
            {
                Cause = "send-buffer-limited",
                Next = ["On the sender: sysctl net.ipv4.tcp_wmem, and whether the application sets SO_SNDBUF."],
            }
            : null;
    }

    private static PathConclusion? OfLoss(TransferTrial trial)
    {
        double loss = Loss(trial);
        bool isBbr = trial.CongestionControl is "bbr";
        if (loss < (isBbr ? BbrLoss : LeastLoss) || Overflowed(trial))
            return null;
        double ceiling = LossCeiling(trial, loss);
        if (!isBbr && (ceiling > 4 * trial.Rate || trial.Rate > 4 * ceiling))
            return null; // the loss allows another rate: it is not what bounds this one
        return new PathConclusion("loss-limited", Severity.Warning, isBbr
            ? $"Loss bounds the {trial.Direction} at {Rate(trial.Rate)}: {Words.Percent(loss)} of the segments are lost, more than BBR makes up for."
            : $"Loss bounds the {trial.Direction} at {Rate(trial.Rate)}: {Words.Percent(loss)} of the segments are lost, without a queue on the way, and at {Words.Of(trial.FlowRoundTrip)} that leaves {trial.CongestionControl ?? "TCP"} about {Rate(ceiling)} (Mathis).")
        {
            Cause = "packet-loss",
            Next = [$"Where they are lost: netwhy mtr --report -c 100 {trial.Address}."],
        };
    }

    private static PathConclusion OfPath(TransferTrial trial) => new("path-limited", Severity.Info, Overflowed(trial)
        ? $"The path bounds the {trial.Direction} at {Rate(trial.Rate)}: what it cannot carry waits in a queue."
        : $"The path, or one of the machines, bounds the {trial.Direction} at {Rate(trial.Rate)}: no window, no buffer and no loss keeps it below.");

    // Whether the path carries all it can: half of a round trip, or more, is a wait in its queue.
    private static bool IsFull(TransferTrial trial) =>
        trial.FlowRoundTrip >= 1.5 * trial.MinRoundTrip && trial.FlowRoundTrip - trial.MinRoundTrip >= LeastGrowth;

    // Whether a queue had grown when segments were lost: then it overflowed. Loss at random comes at any round trip.
    private static bool Overflowed(TransferTrial trial)
    {
        TimeSpan growth = trial.RoundTripAtLoss - trial.FlowRoundTrip;
        return IsFull(trial) || (growth >= LeastGrowth && growth.TotalSeconds * trial.Rate / 8 >= LeastQueue * trial.SendMss);
    }

    private static double Loss(TransferTrial trial) => trial.Segments > 0 ? Math.Min(1, (double)trial.Retransmits / trial.Segments) : 0;

    // Bits a second that loss at random allows as many connections.
    private static double LossCeiling(TransferTrial trial, double loss)
    {
        double roundTrip = Math.Max(trial.FlowRoundTrip.TotalSeconds, 1e-6);
        double reno = Math.Sqrt(1.5 / loss);
        double cubic = trial.CongestionControl is "cubic" ? 1.054 * Math.Pow(roundTrip / loss, 0.75) : 0;
        return trial.Streams * trial.SendMss * 8 * Math.Max(reno, cubic) / roundTrip;
    }

    private static string Each(TransferTrial trial) => trial.Streams > 1 ? " of each connection" : "";

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
            Proof = [$"median round trip in the flow {Words.Of(trial.FlowRoundTrip)}, smallest {Words.Of(trial.MinRoundTrip)}"],
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
