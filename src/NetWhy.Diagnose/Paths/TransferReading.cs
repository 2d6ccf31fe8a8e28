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
/// Loss without a queue is lost at random, or dropped by what bounds the rate and hardly queues (a policer, a switch with little memory):
/// TCP then settles at the rate that so much loss allows in either case, and only a slower transfer tells one from the other.
/// Source: linux/tcp.h, tcpi_busy_time, tcpi_rwnd_limited and tcpi_sndbuf_limited.
/// </remarks>
public static class TransferReading
{
    private const double Most = 0.5; // of the time
    private const double Hardly = 0.15; // of the time: the one that waits so little is the one that is waited for
    private const double NearWindow = 0.7; // of window / round trip: windows are seldom filled to the last octet
    private const double LeastLoss = 0.0001; // below it other bounds are nearer on any path
    private const double Lossy = 0.01; // of the segments: what no healthy path loses where nothing waits
    private const double BbrLoss = 0.15; // BBR keeps its rate below it: Cardwell et al., 2016
    private const int LeastQueue = 5; // segments: less is what hosts send at once
    private static readonly TimeSpan LeastGrowth = TimeSpan.FromMilliseconds(1); // less is the scheduling of hosts
    private static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(30); // grade B and worse
    private static readonly TimeSpan Felt = TimeSpan.FromMilliseconds(60); // grade C and worse: talk and games suffer

    /// <summary>Reads a transfer.</summary>
    /// <param name="trial">The transfer.</param>
    public static ImmutableArray<PathConclusion> Of(TransferTrial trial) =>
        [.. new[] { Cut(trial), Standstill(trial), TimeOuts(trial), Bound(trial), Queue(trial) }.OfType<PathConclusion>()];

    private static PathConclusion? Cut(TransferTrial trial)
    {
        TimeSpan last = trial.Omitted + trial.Elapsed;
        TimeSpan end = trial.Pauses is [.., var pause] && pause.End > last ? pause.End : last;
        string figures = trial.Elapsed > TimeSpan.Zero
            ? $"the figures are of the {Words.Of(trial.Elapsed)} that were measured by then"
            : "measuring had not begun, so there are no figures";
        return trial.End switch
        {
            TransferEnd.Interrupted => new PathConclusion("interrupted", Severity.Info, $"The {trial.Direction} was interrupted {Words.Of(end)} after its first octet: {figures}."),
            TransferEnd.Closed => new PathConclusion("peer-closed", Severity.Warning, $"The other side ended the {trial.Direction} {Words.Of(end)} after its first octet: {figures}."),
            TransferEnd.Silent => new PathConclusion("fell-silent", Severity.Warning, $"The {trial.Direction} fell silent: nothing came through from {Words.Of(last)} after its first octet until {Words.Of(end)}, when it was given up{Meanwhile(trial)}; {figures}.")
            {
                Next = [$"Whether the way is broken, and where: netwhy mtr --report -c 10 {trial.Address}."],
            },
            TransferEnd.Broken => new PathConclusion("broken-here", Severity.Warning, $"This machine ended the {trial.Direction} {Words.Of(end)} after its first octet{(trial.Errno is { } errno ? $": {ErrnoWords.Of(errno)}" : "")}; {figures}.")
            {
                Next = ["Whether somebody ended it by hand (netwhy ss --kill), or what changed here: netwhy host."],
            },
            _ => null,
        };
    }

    // What connections that were begun meanwhile were told.
    private static string Meanwhile(TransferTrial trial) =>
        trial.Icmp is { IsOwnAddress: false } told ? $"; {told.Offender} answered meanwhile: {told.InWords()}"
        : trial.Icmp is { } own ? $"; this machine itself said meanwhile: {own.InWords()}"
        : trial.Errno is { } errno ? $"; this machine itself could not send meanwhile: {ErrnoWords.Of(errno)}"
        : "";

    // The last pause of a transfer that fell silent has no end.
    private static PathConclusion? Standstill(TransferTrial trial)
    {
        TransferPause[] pauses = [.. trial.End is TransferEnd.Silent ? trial.Standstills.SkipLast(1) : trial.Standstills];
        if (pauses.Length == 0)
            return null;
        return new PathConclusion("stood-still", Severity.Warning, $"The {trial.Direction} stood still {Times(pauses)}: nothing came through by any connection{(trial.End is TransferEnd.Silent ? "" : Meanwhile(trial))}{(trial.MovingRate > 0 ? $". The rest of the time it carried {Rate(trial.MovingRate)}" : "")}.")
        {
            Next = [$"Whether all of the way stands still then, and from where on: netwhy mtr --report -c 60 -i 0.5 {trial.Address}."],
        };
    }

    private static PathConclusion? TimeOuts(TransferTrial trial) => trial.TimeOuts is { Count: > 0 } pauses
        ? new PathConclusion("time-outs", Severity.Warning, $"TCP waited for its retransmission time-out {Times(pauses)}: nothing of the {trial.Direction} came through then, while other connections were answered. That is loss, of what was sent again or of the last that was sent, and not an outage.")
        {
            Cause = "packet-loss",
        }
        : null;

    private static string Times(IReadOnlyList<TransferPause> pauses)
    {
        const int Shown = 4;
        string times = string.Join(", ", pauses.Take(Shown).Select(pause => $"from {Words.Of(pause.Begin)} to {Words.Of(pause.End)}"));
        return $"{times} after its first octet{(pauses.Count > Shown ? $", and {pauses.Count - Shown} times more" : "")}";
    }

    private static PathConclusion? Bound(TransferTrial trial)
    {
        if (trial.Elapsed <= TimeSpan.Zero)
            return null;
        PathConclusion bound = !trial.HasAccount || trial.Sending <= TimeSpan.Zero ? Unknown(trial)
            : OfApplication(trial) ?? OfWindow(trial) ?? OfBuffer(trial) ?? OfStandstill(trial) ?? OfLoss(trial) ?? OfPath(trial);
        return !trial.HasAccount ? bound : bound with
        {
            Proof =
            [
                $"the sender waited for TCP {Words.Percent(Share(trial.SenderWaiting, trial.Sending))} of the time{(trial.Receiving > TimeSpan.Zero ? $", the receiver for octets {Words.Percent(Share(trial.ReceiverWaiting, trial.Receiving))}" : "")}",
                $"of the time with data to send, the receiver's window was full {Words.Percent(Share(trial.ReceiveWindowLimited, trial.Busy))}, the sender's buffer too small {Words.Percent(Share(trial.SendBufferLimited, trial.Busy))}",
                $"the round trip in the flow was {Words.Of(trial.FlowRoundTrip)}, at least {Words.Of(trial.MinRoundTrip)}{(trial.RoundTripAtLoss > TimeSpan.Zero && trial.Retransmits > 0 ? $", and {Words.Of(trial.RoundTripAtLoss)} when segments were lost" : "")}",
                string.Create(CultureInfo.InvariantCulture, $"{trial.Retransmits} of {trial.Segments} segments were sent again ({Words.Percent(trial.Loss)})"),
            ],
        };
    }

    private static PathConclusion Unknown(TransferTrial trial) => new(
        "bound-unknown",
        trial.End is TransferEnd.Interrupted ? Severity.Info : Severity.Warning,
        $"What bounded the {trial.Direction} at {Rate(trial.MovingRate)} is not known: the sender's account of its TCP did not come.");

    // What was sent again after a standstill is no sign of the loss between standstills.
    private static PathConclusion? OfStandstill(TransferTrial trial) => trial.Standstills.Count > 0 && trial.End is not TransferEnd.Silent && !IsFull(trial) && trial.Loss >= LeastLoss
        ? new PathConclusion("bound-unknown", Severity.Info, $"What bounded the {trial.Direction} at {Rate(trial.MovingRate)} while it moved is not known: no window and no buffer did, and what is lost at random cannot be told from what the standstill took.")
        {
            Next = ["Measure again when it does not stand still."],
        }
        : null;

    private static PathConclusion? OfApplication(TransferTrial trial)
    {
        if (trial.RateWanted is { } wanted && trial.Rate >= 0.95 * 8 * wanted) // also after a standstill that was made up for
        {
            return new PathConclusion("application-limited", Severity.Info, $"The application bounds the {trial.Direction} at {Rate(trial.Rate)}: the sender was told to send {Rate(8.0 * wanted)}.")
            {
                Cause = "sender-application-limited",
            };
        }

        string rate = Rate(trial.MovingRate);
        double receiver = Share(trial.ReceiverWaiting, trial.Receiving);
        double sender = Share(trial.SenderWaiting, trial.Sending);
        if (trial.Receiving > TimeSpan.Zero && receiver < Hardly && receiver <= sender)
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
        if (trial.WindowCeiling is not { } ceiling)
            return null;
        bool isHeldBack = Share(trial.ReceiveWindowLimited, trial.Busy) >= Most && trial.MovingRate >= Most * ceiling;
        if (IsFull(trial) || (trial.MovingRate < NearWindow * ceiling && !isHeldBack))
            return null;
        return new PathConclusion("window-limited", Severity.Warning, $"The receiver's window bounds the {trial.Direction} at {Rate(trial.MovingRate)}: {Words.Octets(trial.SendWindow)}{Each(trial)} in flight and a round trip of {Words.Of(trial.MinRoundTrip)} make at most {Rate(ceiling)}, and the path is not full.")
        {
            Cause = "receive-window-limited",
            Next = ["On the receiver: sysctl net.ipv4.tcp_rmem, and whether the application sets SO_RCVBUF."],
        };
    }

    private static PathConclusion? OfBuffer(TransferTrial trial)
    {
        bool isDrained = trial.FullSamples > 0 && trial.DrainedSamples >= Most * trial.FullSamples;
        return !IsFull(trial) && (isDrained || Share(trial.SendBufferLimited, trial.Busy) >= Most)
            ? new PathConclusion("send-buffer-limited", Severity.Warning, $"The sender's buffer bounds the {trial.Direction} at {Rate(trial.MovingRate)}: at a round trip of {Words.Of(trial.MinRoundTrip)} TCP had sent all that it holds, the path is not full, and the window has room.")
            {
                Cause = "send-buffer-limited",
                Next = ["On the sender: sysctl net.ipv4.tcp_wmem, and whether the application sets SO_SNDBUF."],
            }
            : null;
    }

    private static PathConclusion? OfLoss(TransferTrial trial)
    {
        bool isBbr = trial.CongestionControl is "bbr";
        if (trial.Loss < (isBbr ? BbrLoss : LeastLoss) || Overflowed(trial) || trial.LossCeiling is not { } ceiling)
            return null;
        if (!isBbr && (ceiling > 4 * trial.MovingRate || trial.MovingRate > 4 * ceiling))
            return null; // the loss allows another rate: it is not what bounds this one
        return new PathConclusion("loss-limited", Severity.Warning, isBbr
            ? $"Loss bounds the {trial.Direction} at {Rate(trial.MovingRate)}: {Words.Percent(trial.Loss)} of the segments are lost, more than BBR makes up for: at random, or by a policer at that rate."
            : $"Loss bounds the {trial.Direction} at {Rate(trial.MovingRate)}: {Words.Percent(trial.Loss)} of the segments are lost, without a queue on the way. They are lost at random, which at {Words.Of(trial.FlowRoundTrip)} leaves {trial.CongestionControl ?? "TCP"} about {Rate(ceiling)}, or dropped by a policer or a short queue at that rate.")
        {
            Cause = "packet-loss",
            Next =
            [
                string.Create(CultureInfo.InvariantCulture, $"Below the rate: {Slower(trial)}. Loss that is gone then came of the rate (a policer, a short queue); loss that stays is at random."),
                $"Where loss at random is: netwhy mtr --report -c 100 {trial.Address}.",
            ],
        };
    }

    private static PathConclusion OfPath(TransferTrial trial)
    {
        string rate = Rate(trial.MovingRate);
        bool isLossy = trial.Loss >= LeastLoss;
        if (Overflowed(trial))
        {
            return new PathConclusion("path-limited", Severity.Info, $"The path bounds the {trial.Direction} at {rate}: what it cannot carry waits in a queue{(isLossy ? $", or is dropped where that is full ({Words.Percent(trial.Loss)} of the segments)" : "")}.")
            {
                Next = [$"At which hop it waits: netwhy mtr {trial.Address}, while {Again(trial)} -t 30 runs."],
            };
        }

        string wait = IsFull(trial) ? $"what it cannot carry waits there {Words.Of(trial.FlowRoundTrip - trial.MinRoundTrip)}, which is too short to tell a queue from a busy machine" : "";
        string allowed = trial is { CongestionControl: not "bbr", LossCeiling: { } ceiling } ? $" (at random, so many would leave {trial.CongestionControl ?? "TCP"} about {Rate(ceiling)})" : "";
        if (trial.Loss < Lossy)
        {
            string lost = isLossy ? $"; {Words.Percent(trial.Loss)} of the segments were lost{allowed}" : "";
            return new PathConclusion("path-limited", Severity.Info, $"The path, or one of the machines, bounds the {trial.Direction} at {rate}: {(wait.Length > 0 ? wait : isLossy ? "no window and no buffer keeps it below" : "no window, no buffer and no loss keeps it below")}{lost}.");
        }

        return new PathConclusion("path-limited", Severity.Warning, $"{Words.Percent(trial.Loss)} of the segments of the {trial.Direction} were lost and sent again, and no queue that overflows was seen{allowed}. It carried {rate}.")
        {
            Cause = "packet-loss",
            Next =
            [
                $"Where it is lost: netwhy mtr --report -c 100 {trial.Address}, also while {Again(trial)} -t 30 runs.",
                $"Whether it is lost at lower rates too: {Slower(trial)}.",
            ],
        };
    }

    // Whether the path, or a machine, carries all it can: half of a round trip, or more, is a wait there. On a fast path a queue of
    // many segments is a short wait.
    private static bool IsFull(TransferTrial trial) =>
        HasGrown(trial) && (Growth(trial) >= LeastGrowth || IsQueue(trial, Growth(trial)));

    // Whether a queue had grown when segments were lost: then it overflowed. Loss at random comes at any round trip.
    private static bool Overflowed(TransferTrial trial)
    {
        TimeSpan growth = trial.RoundTripAtLoss - trial.FlowRoundTrip;
        return (HasGrown(trial) && Growth(trial) >= LeastQueueing(trial)) || (growth >= LeastQueueing(trial) && IsQueue(trial, growth));
    }

    // BBR sends what its rate gives in 1 ms at once: so long the last of it waits for the rest, without a queue. Source: net/ipv4/tcp_output.c,
    // tcp_tso_autosize and sk_pacing_shift.
    private static TimeSpan LeastQueueing(TransferTrial trial) => trial.CongestionControl is "bbr" ? 2 * LeastGrowth : LeastGrowth;

    private static TimeSpan Growth(TransferTrial trial) => trial.FlowRoundTrip - trial.MinRoundTrip;

    private static bool HasGrown(TransferTrial trial) => trial.FlowRoundTrip >= 1.5 * trial.MinRoundTrip;

    private static bool IsQueue(TransferTrial trial, TimeSpan wait) => wait.TotalSeconds * trial.MovingRate / 8 >= LeastQueue * trial.SendMss;

    // The same transfer a fifth slower.
    private static string Slower(TransferTrial trial) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Again(trial)} -b {Math.Max(1, Math.Round(0.8 * trial.MovingRate / trial.Streams / 1000))}kbps");

    private static string Again(TransferTrial trial) => string.Create(
        CultureInfo.InvariantCulture,
        $"netwhy bw {trial.Address} -p {trial.Port} {(trial.Direction is "upload" ? "-U" : "-R")}{(trial.Streams > 1 ? $" -P {trial.Streams}" : "")}");

    private static string Each(TransferTrial trial) => trial.Streams > 1 ? " of each connection" : "";

    private static PathConclusion? Queue(TransferTrial trial)
    {
        if (Grown(trial) is not { } grown || grown < Noticed)
            return null;
        bool isOthers = trial.LoadedRoundTrip - trial.IdleRoundTrip >= Noticed;
        if (isOthers && Doubt(trial) is { } doubt)
            return new PathConclusion("answers-unknown", Severity.Info, $"Answers take {Words.Of(trial.LoadedRoundTrip!.Value)} instead of {Words.Of(trial.IdleRoundTrip!.Value)} during the {trial.Direction}, but {doubt}: whether they wait on the way is not known.");
        double queue = trial.MovingRate * grown.TotalSeconds / 8;
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

    // Why answers may have waited for a machine: programs give them, while the kernel acknowledges what is in the flow. A queue on the way
    // holds up both.
    private static string? Doubt(TransferTrial trial)
    {
        TimeSpan? others = trial.LoadedRoundTrip - trial.IdleRoundTrip;
        return others < 2 * trial.Lateness ? $"this machine was itself up to {Words.Of(trial.Lateness!.Value)} late"
            : OwnGrowth(trial) is { } own && own < others / 2 ? $"acknowledgements in the flow {Words.Of(trial.FlowRoundTrip)} instead of {Words.Of(trial.MinRoundTrip)}"
            : null;
    }

    // By how much answers grow under load: those of others or, where flows are kept apart, of the flow itself.
    private static TimeSpan? Grown(TransferTrial trial)
    {
        TimeSpan? others = trial.LoadedRoundTrip - trial.IdleRoundTrip;
        TimeSpan? own = OwnGrowth(trial);
        return others > own || own is null ? others : own;
    }

    private static TimeSpan? OwnGrowth(TransferTrial trial) => trial.HasAccount && trial.MinRoundTrip > TimeSpan.Zero ? Growth(trial) : null;

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
