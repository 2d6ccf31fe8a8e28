using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>An interface loses or spoils frames while it is watched.</summary>
/// <remarks>
/// Frames that it drops for want of a protocol that wants them (rx_dropped) are no errors: every link of a switch has
/// some. Source: Documentation/networking/statistics.rst.
/// </remarks>
public sealed class LinkErrors : IRule
{
    private const string Cause = "link-errors";
    private const double MuchLoss = 0.001; // of frames; TCP over a fast link suffers from a tenth of it already

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "Documentation/networking/statistics.rst; linux/if_link.h, struct rtnl_link_stats64", Cause)
    {
        Explains = ["packet-loss", "packet-corruption", "http-slow-transfer", "http-stalled-body", "high-latency"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        bool isAsked = WholeHost.IsAsked(evidence);
        LinkChange[] bad =
        [
            .. LinkChange.All(evidence)
                .Where(link => IsLoss(link) && WholeHost.Concerns(evidence, link.Name))
                .OrderByDescending(Share).ThenByDescending(Lost),
        ];
        if (bad is not [var worst, ..])
            yield break;

        long lost = Lost(worst);
        double share = Share(worst);
        Observation? loss = isAsked ? null : SignOfLoss(evidence);
        if (!isAsked && loss is null && share < 0.01)
            yield break; // other traffic of the interface suffers, not that to the target

        List<Reason> reasons =
        [
            worst.After.Weigh(
                lost >= 10 ? Weight.Decisive : lost >= 3 ? Weight.VeryStrong : Weight.Strong,
                $"{Describe(worst)} {worst.Period}, {Words.Percent(lost, worst.Received + worst.Sent)} of its frames"),
        ];
        if (loss is not null)
            reasons.Add(loss.Weigh(Weight.Hint, "packets to or from the target were lost"));
        foreach (LinkChange other in bad.Skip(1).Take(8))
            reasons.Add(other.After.Weigh(Weight.Context, $"{other.Name}: {Describe(other)}"));

        string others = bad.Length == 1 ? "" : $" So do {string.Join(", ", bad.Skip(1).Take(4).Select(link => link.Name))}{(bad.Length > 5 ? " and others" : "")}.";
        yield return new Finding(
            Cause,
            share >= MuchLoss && lost >= 10 ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"The interface {worst.Name} loses frames: {Describe(worst)} {worst.Period}.{others}",
            [.. reasons])
        {
            Measure = new Measure($"errors of {worst.Name}", string.Create(CultureInfo.InvariantCulture, $"{lost} {worst.Period} ({Words.Percent(lost, worst.Received + worst.Sent)})"), ""),
            Remedies = Remedies(evidence, worst),
            Next = [$"At the other end of {worst.Name}: do its error counters grow, too?"],
        };
    }

    // Virtual interfaces count as errors what they are not meant to send, too: only much of it is trouble.
    private static bool IsLoss(LinkChange link) => IsHardware(link) ? Lost(link) > 0 : Lost(link) >= 10 && Share(link) >= MuchLoss;

    private static bool IsHardware(LinkChange link) => link.After.LinkKind is null;

    // WireGuard counts each packet to an address that is no peer's, such as every multicast. Source: drivers/net/wireguard/device.c, wg_xmit.
    private static long NotSent(LinkChange link) => link.After.LinkKind is "wireguard" ? 0 : link.TransmitErrors;

    // A device that refuses what it shall send, while it is on, loses it; what is dropped on reception may be meant so.
    private static long Lost(LinkChange link) =>
        link.ReceiveErrors + NotSent(link) + (link.After is { IsUp: true, HasCarrier: true } ? link.Grown("tx_dropped") : 0);

    private static double Share(LinkChange link) => (double)Lost(link) / Math.Max(link.Received + link.Sent, 1);

    private static string Describe(LinkChange link)
    {
        List<string> parts = [.. link.Kinds.Select(kind => $"{kind.Count} {InWords(kind.Name)} ({kind.Name})")];
        if (link.Grown("tx_dropped") is > 0 and var dropped)
            parts.Add(link.RefusedThere > 0 ? $"{dropped} refused by the other end of the pair (tx_dropped)" : $"{dropped} refused to send (tx_dropped)");
        if (link.Kinds.Count == 0 && link.ReceiveErrors + NotSent(link) is > 0 and var unnamed)
            parts.Add(Words.Count(unnamed, "error"));
        return string.Join(", ", parts);
    }

    private static string InWords(string name) => name switch
    {
        "rx_missed_errors" => "lost for want of room in the receive ring",
        "rx_fifo_errors" or "rx_over_errors" => "lost as the card's memory was full",
        "rx_crc_errors" => "received damaged",
        "rx_frame_errors" => "received malformed",
        "rx_length_errors" => "received with a wrong length",
        "tx_carrier_errors" => "not sent as the carrier went",
        "tx_window_errors" => "not sent as the other side spoke too late: a duplex mismatch",
        "tx_aborted_errors" => "not sent after collisions",
        _ => "not sent",
    };

    private static Observation? SignOfLoss(EvidenceSet evidence) =>
        evidence.First<TcpInfoSample>(sample => sample.TotalRetransmits > 0)
        ?? (Observation?)evidence.First<ConnectAttempt>(attempt => attempt.Purpose is "target" && (attempt.SynRetransmits > 0 || attempt.Outcome is ConnectOutcome.TimedOut))
        ?? evidence.First<EchoSeries>(echo => echo.Purpose is "target" && echo.Received < echo.Sent);

    private static ImmutableArray<Remedy> Remedies(EvidenceSet evidence, LinkChange link)
    {
        string name = link.Name;
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        if (IsHardware(link) && link.Overruns > 0)
        {
            LinkHardware? hardware = evidence.Last<LinkHardware>(card => card.Interface == name);
            remedies.Add(hardware is { ReceiveRing: { } ring, ReceiveRingMost: { } most } && most > ring
                ? new Remedy($"Make the receive ring larger: it has {ring} of {most} places.", ShellCommand.Of($"ethtool -G {name} rx {WholeHost.Plain(most)}"))
                : new Remedy("See how large the receive ring is, and may be.", ShellCommand.Of($"ethtool -g {name}")));
        }

        if (IsHardware(link) && link.Damaged > 0)
            remedies.Add(new Remedy("Change the cable or the transceiver, then the port; make speed and duplex automatic on both ends.", ShellCommand.Of($"ethtool {name}")));
        if (IsHardware(link) && link.Grown("tx_window_errors") + link.Grown("tx_aborted_errors") + link.Grown("tx_carrier_errors") > 0)
            remedies.Add(new Remedy("Set both ends to negotiate speed and duplex.", ShellCommand.Of($"ethtool -s {name} autoneg on")));
        if (link.Grown("tx_dropped") > 0 && (IsHardware(link) || link.After.LinkKind is "tun"))
        {
            remedies.Add(link.After.LinkKind is "tun"
                ? new Remedy($"The program at the other end of {name} (a virtual machine or a VPN) does not read fast enough, or hangs: see which it is.", ShellCommand.Of($"ip -d link show dev {name}; ss -p | grep -i tun; grep -l {"iff:\t" + name} /proc/[0-9]*/fdinfo/* 2>/dev/null"))
                : new Remedy("See what the driver says about frames that it did not take.", ShellCommand.Of($"ip -s -s link show dev {name}")));
        }

        if (link.RefusedThere > 0)
            remedies.Add(new Remedy(string.Create(CultureInfo.InvariantCulture, $"Compare the MTU of both ends: this one has {link.After.Mtu}, and a virtual pair refuses what is larger than the other's."), ShellCommand.Of($"ip -d link show dev {name}")));
        remedies.Add(IsHardware(link)
            ? new Remedy("See the counters of the card itself.", ShellCommand.Of($"ethtool -S {name}"))
            : new Remedy("See which of its counters grow.", ShellCommand.Of($"ip -s -s link show dev {name}")));
        return remedies.ToImmutable();
    }
}
