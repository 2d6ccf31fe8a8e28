using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>SYNs to the port vanish beyond this machine while the host is alive.</summary>
public sealed class PortFiltered : IRule
{
    private const string Id = "port-filtered";
    private const double MayBeLoss = 0.05; // chance that loss alone explains the silence
    private const double IsHardlyLoss = 0.005;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9293, section 3.10.7; RFC 2979", Id)
    {
        Explains = ["icmp-filtered"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence)
            .Where(view => view.Connected is null && view.Series is not { Connected: > 0 } && !view.IsLocal && view.Attempts.Any(TargetView.IsSilent))
            .Select(Judge)
            .OfType<Finding>()
            .Concat(TimelineReading.Of(evidence) is { } reading ? reading.Gone.Where(gone => gone.IsSilent).Select(gone => OfGone(reading, gone)) : []);

    // It answered SYNs, and then no more to the end. Whether the host is alive was not asked since.
    private static Finding OfGone(TimelineReading reading, Departure gone)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = TargetView.InWords(gone.Address, timeline.Port);
        return new Finding(
            Id,
            Severity.Critical,
            Where.Unknown,
            $"{server} leaves SYNs unanswered since {reading.Clock(gone.Last)} ({TimelineReading.After(gone.Last)}): a firewall drops them since, perhaps those of this client alone, or the host is away. {gone.Answered} of {gone.Before} before were answered, none of {gone.Since} since.",
            [
                .. HttpBackendPartlyFailing.ReasonsOfGone(reading, gone),
                timeline.Weigh(Weight.HintAgainst, "whether the host still answers otherwise was not asked: it may be away"),
            ])
        {
            Subject = gone.Address,
            ExplainedOnlyBy = ["link-flapping", "conntrack-full", "accept-queue-full"],
            Next =
            [
                $"Is the host alive now, and its port? netwhy {gone.Address} and netwhy {server}",
                "Does it take connections from another machine at the same time? Then something (a firewall, fail2ban) drops those of this one.",
            ],
        };
    }

    private static Finding? Judge(TargetView view)
    {
        ConnectAttempt silent = view.Attempts.First(TargetView.IsSilent);
        PathTrace? toPort = view.Traces.FirstOrDefault(trace => trace is { Protocol: "tcp", Reached: false } && trace.Port == view.Port);
        PathTrace? further = toPort is null ? null : view.Traces
            .Where(trace => trace.Protocol is not "tcp" || trace.Port != view.Port)
            .MaxBy(TargetView.LastAnswer);
        bool othersGetFurther = further is not null && TargetView.LastAnswer(further) > TargetView.LastAnswer(toPort!);
        IReadOnlyList<string> strangers = view.Watch?.StrangeAnswers ?? [];
        if (view.SignOfLife is null && !othersGetFurther && strangers.Count == 0)
            return null;

        if (view.ResetByHost is { IsHalfOpen: true } halfOpen)
            return OfWayBack(view, silent, halfOpen);
        int last = toPort is null ? 0 : TargetView.LastAnswer(toPort);
        (Where where, string place) = Narrow(view, toPort, last);
        double chance = ChanceOfSilence(view, silent);
        List<Reason> reasons =
        [
            silent.Weigh(chance > MayBeLoss ? Weight.Hint : Weight.Strong, $"{Words.Count(silent.SynRetransmits + 1, "SYN")} to {view.Endpoint} got no answer in {TargetView.InWords(silent.Elapsed)}"),
        ];
        switch (view.SignOfLife)
        {
            case EchoSeries echo:
                reasons.Add(echo.Weigh(chance > MayBeLoss ? Weight.Context : chance > IsHardlyLoss ? Weight.Hint : Weight.Strong, $"the host answers {echo.Received} of {echo.Sent} echo requests"));
                break;
            case ConnectAttempt other:
                reasons.Add(other.Weigh(Weight.Strong, $"port {other.Port} of the host answers"));
                break;
            case AddressResolution onLink:
                reasons.Add(onLink.Weigh(Weight.Hint, $"the host is on the link: {onLink.HardwareAddresses[0]} answers for it"));
                break;
            case { } life:
                reasons.Add(life.Weigh(Weight.Strong, "the host answers otherwise"));
                break;
        }

        if (view.SignOfLife is EchoSeries && view.Controls.FirstOrDefault(TargetView.AnsweredByHost) is { } control)
            reasons.Add(control.Weigh(Weight.Hint, $"port {control.Port} of the host answers"));
        if (chance > IsHardlyLoss && view.Controls.FirstOrDefault(TargetView.IsSilent) is { } alike && !view.Controls.Any(TargetView.AnsweredByHost))
            reasons.Add(alike.Weigh(Weight.Against, $"port {alike.Port} is silent too, and so are many echo requests: the loss is not the port's"));
        AddFlow(view, silent, reasons);
        if (strangers.Count > 0)
            reasons.Add(view.Watch!.Weigh(Weight.Strong, $"SYN-ACKs came from {string.Join(", ", strangers)} instead, which was never asked"));

        if (toPort is not null)
        {
            reasons.Add(othersGetFurther
                ? toPort.Weigh(Weight.Hint, $"SYNs to the port are last heard of {Place(view, last)}; other packets to the host get further")
                : toPort.Weigh(Weight.Context, $"SYNs to the port are last heard of {Place(view, last)}"));
        }

        bool mayBeQueue = strangers.Count == 0 && AddQueue(view, silent, where, reasons);
        string summary = strangers.Count > 0
            ? $"Answers for TCP port {view.Port} of {view.Address} come from {string.Join(", ", strangers)} and are thrown away: address translation on the way is one-sided."
            : $"TCP port {view.Port} of {view.Address} is filtered: SYNs vanish {place}, while the host is alive{(mayBeQueue ? "; or its service is too busy to take them (accept queue full)" : "")}.";
        return new Finding(Id, view.Severity, strangers.Count > 0 ? Where.Path : where, summary, [.. reasons])
        {
            Subject = view.Address,
            AlsoExplains = view.Echoes.All(echo => echo.Received == echo.Sent) ? ["packet-loss"] : [],
            Remedies = strangers.Count > 0
                ?
                [
                    new Remedy(
                        "Translate the source too.",
                        $"nft 'add table ip both; add chain ip both postrouting {{ type nat hook postrouting priority 110; }}; add rule ip both postrouting ip daddr {strangers[0].Split(':')[0]} masquerade'",
                        "the device that translates the destination"),
                ]
                :
                [
                    .. MayBeHere(view, last)
                        ? [new Remedy("Let netwhy read this machine's own firewall too: run it again as root.")]
                        : Array.Empty<Remedy>(),
                    Fix.FindRule(
                        where is Where.Path ? $"the firewall {place}" : $"{view.Address}, and on the firewall before it",
                        $"TCP port {view.Port}",
                        $"tcp dport {view.Port}"),
                ],
            Next =
            [
                $"Do SYNs arrive at {view.Address}? If so, its firewall, its accept queue (ss -ltn) or its way back is at fault; if not, the path is. There: tcpdump -ni any 'tcp dst port {view.Port}'",
            ],
        };
    }

    private static Finding OfWayBack(TargetView view, ConnectAttempt silent, StrayAcknowledgement halfOpen) => new(
        Id,
        view.Severity,
        Where.Path,
        $"{view.Endpoint} takes SYNs, and its answers to them (SYN-ACKs) are lost on the way back, or as they leave {view.Address}, as by a packet filter.",
        [
            silent.Weigh(Weight.Strong, $"{Words.Count(silent.SynRetransmits + 1, "SYN")} to {view.Endpoint} got no answer in {TargetView.InWords(silent.Elapsed)}"),
            halfOpen.Weigh(Weight.VeryStrong, $"{view.Address} acknowledges a second SYN that lies left of the window of the first: it has the connection of the first half open"),
        ])
    {
        Subject = view.Address,
        Remedies = [Fix.FindRule($"{view.Address}, and on the firewalls of the way back", $"SYN-ACKs of TCP port {view.Port}", $"tcp sport {view.Port}")],
        Next = [$"Do SYN-ACKs leave {view.Address}? If so, the way back drops them; if not, its own firewall. There: tcpdump -ni any 'tcp src port {view.Port}'"],
    };

    // A listener without room drops SYNs, and answers all else (RFC 9293, section 3.10.7.2). From here only that tells them apart.
    private static bool AddQueue(TargetView view, ConnectAttempt silent, Where where, List<Reason> reasons)
    {
        const int Sure = 16; // decibans: one in forty is wrong
        if (where is Where.Path || view.Flow(silent) is { SynAcksIn: > 0 } or { SynsOut: 0 })
            return false;
        if (view.ResetByHost is { } reset)
        {
            reasons.Add(reset.Weigh(Weight.RulesOut, "the host resets a segment to the port that is no SYN: what drops the SYNs lets that through"));
            return true;
        }

        if (view.Stray is { IsReset: false } stray)
        {
            reasons.Add(stray.Weigh(Weight.Context, $"{Words.Count(stray.Sent, "segment")} to the port that are no SYNs get no answer either; a service with a full accept queue would reset them"));
            return false;
        }

        reasons.Add(silent.Weigh(
            reasons.Sum(reason => (int)reason.Weight) - 10 >= Sure ? Weight.Against : Weight.HintAgainst,
            "a service whose accept queue is full drops SYNs just so: only the server can tell"));
        return true;
    }

    /// <summary>How likely loss alone swallows that many SYNs: a SYN and its answer go the way of an echo request and its reply.</summary>
    private static double ChanceOfSilence(TargetView view, ConnectAttempt silent)
    {
        EchoSeries[] echoes = [.. view.Echoes.Where(echo => echo is { Purpose: "target", Received: > 0 })];
        long sent = echoes.Sum(echo => (long)echo.Sent);
        return sent == 0 ? 0 : Math.Pow(1 - (double)echoes.Sum(echo => (long)echo.Received) / sent, silent.SynRetransmits + 1);
    }

    private static void AddFlow(TargetView view, ConnectAttempt silent, List<Reason> reasons)
    {
        if (view.Flow(silent) is not { } flow)
            return;
        if (flow.SynAcksIn > 0)
            reasons.Add(flow.Weigh(Weight.RulesOut, "SYN-ACKs do arrive at the interface: what drops them is on this machine"));
        else if (flow.SynsOut == 0)
            reasons.Add(flow.Weigh(Weight.RulesOut, "no SYN left by an interface: what drops them is on this machine"));
        else
            reasons.Add(flow.Weigh(Weight.Hint, $"{Words.Count(flow.SynsOut, "SYN")} left by {flow.InterfaceOut} and nothing came back"));
    }

    /// <summary>Says where SYNs vanish as narrowly as the traces allow.</summary>
    private static (Where Where, string Place) Narrow(TargetView view, PathTrace? toPort, int last)
    {
        if (MayBeHere(view, last))
        {
            return (Where.Unknown, toPort is not null && view.NodeAt(1) is { } first && !first.Equals(view.Address)
                ? $"on the way to {first}, or in this machine's own firewall, which could not be read"
                : $"at {view.Address}, on the way to it, or in this machine's own firewall, which could not be read");
        }

        if (toPort is null)
            return (Where.Unknown, $"at {view.Address} or on the way to it");
        string from = last == 0 ? "this machine" : view.NodeAt(last)?.ToString() ?? "this machine";
        int host = view.Traces.Where(trace => trace.Reached).Select(TargetView.LastAnswer).DefaultIfEmpty(0).Max();
        if (host == 0 && view.DistanceOfHost is { } distance)
            host = distance.Hops + 1;
        if (host > last + 1)
        {
            string to = view.NodeAt(last + 1) is { } next && !next.Equals(view.Address) ? next.ToString() : $"hop {last + 1}";
            return (Where.Path, $"between {from} and {to}, {Words.Count(host - last - 1, "hop")} before the host");
        }

        return (Where.Unknown, $"at {view.Address} or between {from} and it");
    }

    // No SYN was seen to leave, and nobody could read the rules that may keep it.
    private static bool MayBeHere(TargetView view, int last) =>
        last == 0
        && view.Evidence.First<FirewallSurvey>() is null
        && view.Evidence.Investigation is { HasNetAdmin: false }
        && !view.Evidence.Any<FlowSighting>(flow => flow.Address.Equals(view.Address) && flow.Port == view.Port && flow.SynsOut > 0);

    private static string Place(TargetView view, int last) =>
        last == 0 ? "on this machine" : $"at hop {last} ({view.NodeAt(last)})";
}
