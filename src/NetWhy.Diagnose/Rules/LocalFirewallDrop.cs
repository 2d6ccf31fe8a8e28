using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Routing;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A rule of this machine drops the target's packets, on the way out or on the way in.</summary>
/// <remarks>
/// A rule alone convicts nobody: the flow that it matches must have failed as a drop makes it fail. Packets are seen
/// after the OUTPUT hook and before the INPUT hook (packet(7)), which tells drops here from drops elsewhere.
/// </remarks>
public sealed class LocalFirewallDrop : IRule
{
    private const string Cause = "local-firewall-drop";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        Cause,
        Source: "nft(8), iptables(8); linux/snmp.h, LINUX_MIB_TCPRETRANSFAIL",
        Cause)
    {
        Explains = [.. LocalFirewall.Symptoms],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        (FirewallRuleMatch Match, Finding Finding)[] found =
        [
            .. LocalFirewall.ByRule(evidence, "drop", "queue")
                .Select(rule => (rule.First(), rule.First().Purpose switch
                {
                    "resolver" => OfResolver(evidence, [.. rule]),
                    "service" => OfService(evidence, [.. rule]),
                    "pending" => OfPending(evidence, [.. rule]),
                    _ => OfTarget(evidence, [.. rule]),
                }))
                .Where(pair => pair.Item2 is not null)!,
        ];
        foreach ((FirewallRuleMatch match, Finding finding) in found)
        {
            // What stops this machine's own packets to a service of its own stops those of clients too: that is one fault.
            Finding? told = match.Purpose is "service" ? found.FirstOrDefault(other => IsOfSameRule(other.Match, match) && IsSure(other.Finding)).Finding : null;
            Finding? clients = match.Purpose is "target" && IsSure(finding) ? found.FirstOrDefault(other => other.Match.Purpose is "service" && IsOfSameRule(other.Match, match)).Finding : null;
            if (told is null)
                yield return clients is null ? finding : WithClients(finding, clients);
        }

        if (!found.Any(pair => IsSure(pair.Finding)) && Unseen(evidence) is { } unseen)
            yield return unseen;
    }

    private static bool IsSure(Finding finding) => finding.Severity is not Severity.Info && finding.Confidence >= 0.5;

    private static bool IsOfSameRule(FirewallRuleMatch one, FirewallRuleMatch other) =>
        one.Purpose != other.Purpose && LocalFirewall.RuleOf(one) == LocalFirewall.RuleOf(other);

    private static Finding WithClients(Finding finding, Finding clients) => finding with
    {
        Summary = $"{finding.Summary} {(clients.Severity is Severity.Info ? "Some clients" : "Clients")} elsewhere meet it too.",
        Reasons = [.. finding.Reasons, .. clients.Reasons.Where(reason => finding.Reasons.All(known => known.Observation != reason.Observation)).Select(reason => reason with { Weight = Weight.Context })],
    };

    private static Finding? OfTarget(EvidenceSet evidence, FirewallRuleMatch[] matches)
    {
        List<(Severity Severity, Reason[] Reasons, FirewallRuleMatch Match)> cases = [];
        foreach (FirewallRuleMatch match in matches)
        {
            (Severity Severity, Reason[] Reasons)? found = match.Packet switch
            {
                // A rule that can match the handshake is told by it, and can match what comes after it just as well.
                "opening" or "answer" => OfHandshake(evidence, match)
                    ?? (match.Match is RuleMatch.Possible ? OfData(evidence, match) : null),
                "data" or "answer-data" => OfData(evidence, match),
                "echo" or "echo-reply" => OfEcho(evidence, match),
                "neighbour-request" or "neighbour-answer" => OfNeighbour(evidence, match),
                _ => null,
            };
            if (found is { } one)
                cases.Add((one.Severity, one.Reasons, match));
        }

        if (cases.Count == 0)
            return null;

        // One rule can stop several addresses: the surest case speaks for it, the others are told with it.
        (Severity severity, Reason[] reasons, FirewallRuleMatch first) =
            cases.MaxBy(one => (one.Severity, one.Reasons.Sum(reason => (int)reason.Weight)));
        return Make(severity, first, [.. cases.Select(one => one.Match)],
            [.. reasons, .. cases.Where(one => one.Match != first).Select(one => one.Match.Weigh(Weight.Context, $"so is {one.Match.Flow}"))]);
    }

    private static (Severity, Reason[])? OfHandshake(EvidenceSet evidence, FirewallRuleMatch match)
    {
        ConnectAttempt[] attempts = LocalFirewall.Attempts(evidence, match);
        ConnectAttempt[] failed = [.. attempts.Where(IsDropped)];
        DatagramExchange? lost = evidence.First<DatagramExchange>(exchange => !exchange.Answered
            && exchange.Address.Equals(match.Address) && exchange.Port == match.Port
            && (exchange.Errno is null or "EPERM"));
        if (failed.Length == 0 && lost is null)
            return OfSomePackets(match, attempts);

        List<Reason> reasons = [LocalFirewall.MatchReason(match)];
        if (LocalFirewall.CounterReason(match) is { } counter)
            reasons.Add(counter);
        if (lost is not null)
        {
            reasons.Add(lost.Errno is "EPERM"
                ? lost.Weigh(Weight.Strong, "sending was not permitted, as where a local rule drops a datagram")
                : lost.Weigh(Weight.Hint, $"no answer in {Seconds(lost.Elapsed)}"));
        }

        if (failed.Length > 0)
        {
            ConnectAttempt attempt = failed[0];
            reasons.Add(attempt.Weigh(Weight.Hint, $"nothing came back in {Seconds(attempt.Elapsed)}, no ICMP error either"));
            reasons.AddRange(OnTheWire(evidence, match, failed));
            if (RetransmitFailures(evidence, attempt) is { } failures && match.Packet is "opening")
                reasons.Add(failures);
            reasons.AddRange(attempts.Where(other => other.Outcome is ConnectOutcome.Connected)
                .Take(1).Select(other => other.Weigh(Weight.Against, "another attempt on the same way connected")));
        }

        return (WorksElsewhere(evidence, match) ? Severity.Warning : Severity.Critical, [.. reasons]);
    }

    /// <summary>A rule that drops some packets: the attempt came through, but late.</summary>
    private static (Severity, Reason[])? OfSomePackets(FirewallRuleMatch match, ConnectAttempt[] attempts)
    {
        if (match.Match is RuleMatch.Certain || LocalFirewall.CounterReason(match) is not { Weight: Weight.Strong } counter)
            return null;
        return attempts.FirstOrDefault(attempt => attempt.SynRetransmits > 0) is { } late
            ? (Severity.Warning, [LocalFirewall.MatchReason(match), counter, late.Weigh(Weight.Hint, $"{Words.Count(late.SynRetransmits, "SYN")} had to be sent again")])
            : null;
    }

    private static (Severity, Reason[])? OfData(EvidenceSet evidence, FirewallRuleMatch match)
    {
        Silence? silence = evidence.First<Silence>(silence =>
            silence.Address.Equals(match.Address) && silence.Port == match.Port && silence.Stage is not ExchangeStage.NotConnected);
        if (silence is null)
            return null;

        List<Reason> reasons = [LocalFirewall.MatchReason(match), silence.Weigh(Weight.Hint, $"nothing came for {Seconds(silence.Lasted)} on an established connection")];
        if (LocalFirewall.CounterReason(match) is { } counter)
            reasons.Add(counter);
        if (match.Packet is "answer" or "answer-data"
            && evidence.First<FlowSighting>(flow => flow.Address.Equals(match.Address) && flow.Port == match.Port && flow.DataIn > 0) is { } arrived
            && evidence.Any<TcpInfoSample>(sample => sample is { Moment: "stalled", DataSegmentsIn: 0 } && sample.Address.Equals(match.Address) && sample.Port == match.Port))
        {
            reasons.Add(arrived.Weigh(Weight.VeryStrong, $"{Words.Count(arrived.DataIn, "segment")} of the answer arrived at the interface, and none reached the socket"));
        }

        return (Severity.Critical, [.. reasons]);
    }

    private static (Severity, Reason[])? OfEcho(EvidenceSet evidence, FirewallRuleMatch match)
    {
        // Echo is what is asked only where no port is: a service that works does not need it.
        EchoSeries? series = evidence.Investigation?.Port is not null ? null
            : evidence.First<EchoSeries>(series => series.Address.Equals(match.Address) && series.Received == 0 && (series.Sent > 0 || series.Errno is "EPERM"));
        if (series is null)
            return null;

        List<Reason> reasons = [LocalFirewall.MatchReason(match)];
        reasons.Add(series.Errno is "EPERM"
            ? series.Weigh(Weight.Strong, "sending was not permitted, as where a local rule drops a packet")
            : series.Weigh(Weight.Hint, $"{series.Sent} echo requests were not answered"));
        if (LocalFirewall.CounterReason(match) is { } counter)
            reasons.Add(counter);
        return (Severity.Critical, [.. reasons]);
    }

    private static (Severity, Reason[])? OfNeighbour(EvidenceSet evidence, FirewallRuleMatch match)
    {
        NeighbourState? neighbour = match.Address is null ? null : NextHop.StatesOf(evidence, match.Address)
            .LastOrDefault(state => state.IsAfterTraffic && state.State is "failed" or "incomplete");
        AddressResolution? answered = evidence.First<AddressResolution>(resolution =>
            resolution.HardwareAddresses.Count > 0 && resolution.Address.Equals(neighbour?.Address));
        if (neighbour is null)
            return null;

        List<Reason> reasons =
        [
            LocalFirewall.MatchReason(match),
            neighbour.Weigh(Weight.Hint, $"{neighbour.Address} on {neighbour.Interface} is {neighbour.State}"),
        ];
        if (answered is not null)
            reasons.Add(answered.Weigh(Weight.Strong, $"{answered.HardwareAddresses[0]} does answer for it on the wire"));
        if (LocalFirewall.CounterReason(match) is { } counter)
            reasons.Add(counter);
        return (Severity.Critical, [.. reasons]);
    }

    private static Finding? OfResolver(EvidenceSet evidence, FirewallRuleMatch[] matches)
    {
        (FirewallRuleMatch? match, DnsExchange? lost) = matches
            .Select(match => (Match: match, Lost: evidence.First<DnsExchange>(exchange => IsOf(match, exchange)
                && exchange.Outcome is DnsOutcome.TimedOut or DnsOutcome.Failed && exchange.Errno is null or "EPERM")))
            .FirstOrDefault(pair => pair.Lost is not null);
        if (match is null || lost is null)
            return null;

        bool answers = evidence.Any<DnsExchange>(exchange => exchange.Outcome is DnsOutcome.Answered && IsOf(match, exchange));
        List<Reason> reasons = [LocalFirewall.MatchReason(match)];
        reasons.Add(lost.Errno is "EPERM"
            ? lost.Weigh(Weight.Strong, $"a query to {lost.Server} was not permitted, as where a local rule drops it")
            : lost.Weigh(Weight.Hint, $"{lost.Server} did not answer in {Seconds(lost.Elapsed)}"));
        if (LocalFirewall.CounterReason(match) is { } counter)
            reasons.Add(counter);
        if (answers && match.Match is RuleMatch.Certain)
            reasons.Add(lost.Weigh(Weight.Against, $"other queries to {lost.Server} were answered"));
        Severity severity = evidence.Any<NameResolution>(resolution => resolution.Addresses.Count > 0) ? Severity.Warning : Severity.Critical;
        return Make(severity, match, matches, [.. reasons]) with
        {
            Summary = $"This machine's firewall drops queries to the resolver {match.Address}: {LocalFirewall.Name(match)}.",
        };
    }

    // By TCP the name is asked only where UDP does not do; other queries by TCP are trials of ours.
    private static bool IsOf(FirewallRuleMatch match, DnsExchange exchange) => exchange.Server.Equals(match.Address)
        && (match.Flow.StartsWith("udp", StringComparison.Ordinal)
            ? exchange.Transport is DnsTransport.Udp
            : exchange is { Transport: DnsTransport.Tcp, Purpose: "lookup" });

    // What clients elsewhere meet cannot be tried from here, but a rule that every one of them meets can be read.
    private static Finding? OfService(EvidenceSet evidence, FirewallRuleMatch[] matches)
    {
        FirewallRuleMatch[] certain = [.. matches.Where(match => match.Match is RuleMatch.Certain)];
        Listener? listener = evidence.First<Listener>(listener => listener.Port == matches[0].Port && !IPAddress.IsLoopback(listener.Address));
        if (certain is not [{ } match, ..] || listener is null)
            return null;

        string[] ways =
        [
            .. evidence.First<InterfaceAddresses>()?.Addresses
                .Where(address => address.Scope is "global" && !IPAddress.IsLoopback(address.Address)
                    && (ListeningSockets.Covers(listener, address.Address)))
                .Select(address => address.Interface).Distinct() ?? [],
        ];
        bool isEveryWay = ways.Length > 0 && ways.All(name => certain.Any(one => one.Flow.Contains($" by {name} ", StringComparison.Ordinal)));
        return Make(
            isEveryWay ? Severity.Warning : Severity.Info,
            match,
            certain,
            [LocalFirewall.MatchReason(match), listener.Weigh(Weight.Hint, $"{ListeningSockets.Owner(listener)} listens on {ListeningSockets.Place(listener)} for clients elsewhere")]) with
        {
            Summary = $"Clients elsewhere cannot reach port {match.Port}{(isEveryWay ? "" : " by every interface")}: {LocalFirewall.Name(match)} drops them.",
        };
    }

    // Connections of programs here that get no answer, and a rule here that stops what opens them, or the answer to it.
    private static Finding? OfPending(EvidenceSet evidence, FirewallRuleMatch[] matches)
    {
        FirewallRuleMatch[] fitting = [.. matches.Where(match => match.Packet is "opening" or "answer").DistinctBy(match => (match.Address, match.Port))];
        if (fitting.Length == 0 || UnansweredConnects.PendingOf(evidence) is not { } pending)
            return null;
        PendingDestination[] eaten = [.. pending.Top.Where(to => fitting.Any(match => match.Port == to.Port && to.Address.Equals(match.Address)))];
        FirewallRuleMatch first = fitting[0];
        if (eaten.Length == 0)
            return null;

        // All that are told are its: so are, as far as is known, those that are not told.
        int count = eaten.Length == pending.Top.Count ? pending.Unanswered : eaten.Sum(to => to.Unanswered);
        int places = eaten.Length == pending.Top.Count ? pending.Destinations : eaten.Length;
        string to = Paths.TargetView.InWords(eaten[0].Address, eaten[0].Port) + (places > 1 ? string.Create(CultureInfo.InvariantCulture, $" and {Words.Count(places - 1, "other")}") : "");
        string owner = SocketWords.Owners(pending.Holders, pending.Processes);
        string waiting = string.Create(CultureInfo.InvariantCulture, $"{Words.Count(count, "connection")} of {owner} to {to}");
        List<Reason> reasons =
        [
            LocalFirewall.MatchReason(first),
            pending.Weigh(Weight.Strong, $"{waiting} {(count == 1 ? "gets" : "get")} no answer{(pending.Longest is { } longest ? $", the first for {Words.Of(longest)}" : "")}"),
        ];
        if (first is { PacketsBefore: { } before, PacketsAfter: { } after } && after > before)
            reasons.Add(first.Weigh(Weight.Strong, string.Create(CultureInfo.InvariantCulture, $"its counter grew by {after - before} meanwhile")));
        else if (first is { PacketsBefore: { }, PacketsAfter: { } } && SocketWords.Growth(evidence, "TcpExt.TCPSynRetrans") > 0)
            reasons.Add(first.Weigh(Weight.Against, "its counter did not move while SYNs were sent again"));
        string what = first.Packet is "answer" ? "the answers to" : "the SYNs of";
        return Make(Severity.Warning, first, fitting, [.. reasons]) with
        {
            Summary = $"This machine's firewall drops {what} {waiting}: {LocalFirewall.Name(first)}.",
            Measure = new Measure("rule of the firewall here", string.Create(CultureInfo.InvariantCulture, $"{what} {Words.Count(count, "connection")} dropped"), ""),
        };
    }

    /// <summary>Something on this machine drops, and no rule that could be read does: cgroup or socket eBPF, an LSM, a rule set that we may not see.</summary>
    private static Finding? Unseen(EvidenceSet evidence)
    {
        foreach (ConnectAttempt attempt in evidence.All<ConnectAttempt>().Where(attempt => attempt.Outcome is not ConnectOutcome.Connected))
        {
            List<Reason> reasons = [];
            FlowSighting? sighting = LocalFirewall.Sighting(evidence, attempt);
            if (attempt.Errno is "EPERM")
            {
                reasons.Add(attempt.Weigh(Weight.VeryStrong, "connecting was not permitted before anything was sent"));
            }
            else if (attempt.Outcome is ConnectOutcome.TimedOut && sighting is { SynsOut: 0 } && RetransmitFailures(evidence, attempt) is { } failures)
            {
                reasons.Add(failures);
                reasons.Add(sighting.Weigh(Weight.VeryStrong, "no SYN left the interface"));
                if (NextHop.StatesOf(evidence, attempt.Address).LastOrDefault(state => state.State is "failed" or "incomplete") is { } neighbour)
                    reasons.Add(neighbour.Weigh(Weight.RulesOut, $"the SYNs wait for {neighbour.Address}, which does not answer on the link"));
            }

            if (reasons.Count == 0 || sighting is { SynsOut: > 0 })
                continue;

            // A full neighbour table and a frame above the link's MTU fail in the same way, and so does a full conntrack table.
            reasons.AddRange(evidence.All<ConntrackState>().Where(state => state.Max > 0 && state.Count >= state.Max * 0.95).TakeLast(1)
                .Select(state => state.Weigh(Weight.Against, "the connection tracking table is full, which drops in the same way")));
            FirewallSurvey? survey = evidence.First<FirewallSurvey>();
            if (survey is not null)
                reasons.Add(survey.Weigh(Weight.HintAgainst, $"none of the {survey.Rules} rules that were read matches"));
            return new Finding(
                Cause,
                Severity.Critical,
                Where.Local,
                survey is null
                    ? $"This machine itself drops what goes to {attempt.Address} port {attempt.Port}; its firewall rules could not be read."
                    : $"This machine itself refuses to send to {attempt.Address} port {attempt.Port}, and no firewall rule says so: a cgroup or socket eBPF program or a security module.",
                [.. reasons])
            {
                Subject = attempt.Address,
                Remedies = survey is null
                    ? [new Remedy("Run again as root, to read the rules.", "sudo netwhy")]
                    : [new Remedy("List the eBPF programs attached to cgroups.", "bpftool cgroup tree"), new Remedy("List denials of security modules.", "ausearch -m avc -ts recent")],
            };
        }

        return null;
    }

    private static IEnumerable<Reason> OnTheWire(EvidenceSet evidence, FirewallRuleMatch match, ConnectAttempt[] failed)
    {
        FlowSighting[] sightings = [.. failed.Select(attempt => LocalFirewall.Sighting(evidence, attempt)).OfType<FlowSighting>()];
        if (sightings.Length == 0)
            yield break;

        bool isOnWayOut = match.Hook is "output" or "postrouting" or "egress";
        FlowSighting? left = sightings.FirstOrDefault(sighting => sighting.SynsOut > 0);
        FlowSighting? answered = sightings.FirstOrDefault(sighting => sighting.SynAcksIn > 0);
        if (isOnWayOut && match.Packet is "opening")
        {
            yield return left is null
                ? sightings[0].Weigh(Weight.VeryStrong, "no SYN left the interface")
                : left.Weigh(Weight.RulesOut, $"{Words.Count(left.SynsOut, "SYN")} left the interface");
        }
        else if (match.Packet is "answer")
        {
            yield return answered is not null
                ? answered.Weigh(Weight.VeryStrong, "the SYN-ACK arrived at the interface and did not reach the socket")
                : sightings[0].Weigh(Weight.Against, "no SYN-ACK arrived: something else is in the way before this rule");
        }
    }

    private static Reason? RetransmitFailures(EvidenceSet evidence, ConnectAttempt attempt) =>
        evidence.Last<KernelCounters>(_ => true) is { } counters
        && counters.Growth.GetValueOrDefault("TcpExt.TCPRetransFail") is > 0 and var failures
        && attempt.SynRetransmits > 0
            ? counters.Weigh(
                Weight.Hint, // it counts every connection of the machine
                string.Create(CultureInfo.InvariantCulture, $"TCPRetransFail grew by {failures}: the kernel could not send {attempt.SynRetransmits} retransmissions"))
            : null;

    private static bool IsDropped(ConnectAttempt attempt) =>
        attempt.Outcome is ConnectOutcome.TimedOut || attempt.Errno is "ETIMEDOUT" or "EPERM";

    /// <summary>Whether the target answers on another of its addresses.</summary>
    private static bool WorksElsewhere(EvidenceSet evidence, FirewallRuleMatch match) =>
        evidence.Any<ConnectAttempt>(attempt => attempt.Purpose is "target" && attempt.Outcome is ConnectOutcome.Connected
            && !attempt.Address.Equals(match.Address));

    private static Finding Make(
        Severity severity, FirewallRuleMatch match, IEnumerable<FirewallRuleMatch> matches, ImmutableArray<Reason> reasons)
    {
        string what = match.Packet switch
        {
            "answer" or "answer-data" or "echo-reply" => $"the answers of {match.Address}",
            "neighbour-request" or "neighbour-answer" => "address resolution (ARP, ND)",
            _ => match.Flow,
        };
        string does = match.Verdict is "queue" ? "hands to a program that does not let it pass" : "drops";
        return new Finding(
            Cause,
            severity,
            Where.Local,
            $"This machine's firewall {does} {what}: {LocalFirewall.Name(match)}.",
            reasons)
        {
            Subject = LocalFirewall.Subject(matches),
            Remedies = [.. LocalFirewall.Remedies(match)],
        };
    }

    private static string Seconds(TimeSpan time) => Words.Of(time);
}
