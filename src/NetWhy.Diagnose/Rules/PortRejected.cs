using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A packet filter rejects the port: with an ICMP error, or with a RST that is not the host's own.</summary>
public sealed class PortRejected : IRule
{
    private const string Id = "port-rejected";

    // A router that first asks for a neighbour takes three seconds to give up; a filter answers at once.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1812, section 5.2.7.1; RFC 4443, section 3.1; RFC 9293, section 3.5.2", Id)
    {
        Explains = ["port-closed", "packet-loss"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (TargetView view in TargetView.All(evidence).Where(view => view.Connected is null && view.Series is not { Connected: > 0 } && !view.IsLocal))
        {
            if (view.Attempts.FirstOrDefault(attempt => attempt.Icmp is { IsOwnAddress: false }) is { } attempt)
            {
                if (ByIcmp(view, attempt, attempt.Icmp!, attempt.Elapsed, "TCP") is { } finding)
                    yield return finding;
            }
            else if (view.Attempts.FirstOrDefault(attempt => attempt is { Errno: "ECONNREFUSED" }) is { } refused)
            {
                if (ByReset(view, refused) is { } finding)
                    yield return finding;
            }
            else if (evidence.First<DatagramExchange>(datagram => datagram.Address.Equals(view.Address)
                && datagram is { Answered: false, Icmp.IsOwnAddress: false }) is { } datagram
                && !(datagram.Icmp!.Meaning is IcmpMeaning.PortUnreachable && datagram.Icmp!.Offender.Equals(view.Address)))
            {
                if (ByIcmp(view, datagram, datagram.Icmp!, datagram.Elapsed, "UDP") is { } finding)
                    yield return finding;
            }
            else if (view.Port is null && ByEcho(view) is { } all)
            {
                yield return all;
            }
        }
    }

    private static Finding? ByIcmp(TargetView view, Observation seen, IcmpError error, TimeSpan elapsed, string protocol)
    {
        if (error.IsTimeExceeded || error.IsTooBig)
            return null;
        bool isProhibition = IcmpCause.Of(error) is Id;
        bool isHost = error.Offender.Equals(view.Address);
        if ((!isProhibition && elapsed > AtOnce) || (!isProhibition && view.SignOfLife is null && !isHost))
            return null; // no way to the host: another rule's matter

        List<Reason> reasons =
        [
            seen.Weigh(Weight.VeryStrong, $"{error.Offender} answers the {(protocol is "TCP" ? "SYN" : "datagram")} with \"{error.InWords()}\" after {TargetView.InWords(elapsed)}"),
        ];
        if (view.Controls.FirstOrDefault(TargetView.AnsweredByHost) is { } other)
            reasons.Add(other.Weigh(Weight.Strong, $"port {other.Port} of the host answers: the refusal is for this port"));
        else if (view.Echoes.FirstOrDefault(echo => echo.Received > 0) is { } echo)
            reasons.Add(echo.Weigh(Weight.Strong, "the host answers echo: the refusal is for this port"));
        else if (view.Echoes.FirstOrDefault(echo => echo.Errors.Any(same => same.Type == error.Type && same.Code == error.Code)) is { } refusedEcho)
            reasons.Add(refusedEcho.Weigh(Weight.Context, "echo is refused in the same way: it is for the whole host"));

        return Describe(view, error, reasons, protocol, $"with \"{error.InWords()}\"");
    }

    // Where only the host is asked about and nothing of it answers, echo is what is rejected.
    private static Finding? ByEcho(TargetView view)
    {
        if (view.SignOfLife is not null)
            return null; // echo alone is rejected, which harms nothing
        if (view.Echoes.FirstOrDefault(echo => echo.Received == 0 && echo.Errors.Any(IsRejection)) is not { } echo)
            return null;
        IcmpError error = echo.Errors.First(IsRejection);
        List<Reason> reasons =
        [
            echo.Weigh(Weight.VeryStrong, $"{error.Offender} answers echo requests with \"{error.InWords()}\""),
            echo.Weigh(Weight.Strong, $"none of {echo.Sent} is answered by {view.Address}"),
        ];
        return Describe(view, error, reasons, "echo requests", $"with \"{error.InWords()}\"");
    }

    private static bool IsRejection(IcmpError error) => !error.IsOwnAddress && IcmpCause.Of(error) is Id;

    private static Finding? ByReset(TargetView view, ConnectAttempt refused)
    {
        List<Reason> reasons = [];
        int? offenderHop = null;
        if (view.Flow(refused) is { RstTtl: { } ttl } flow && view.DistanceOfHost is { } host
            && TargetView.Distance(ttl) is var hops && hops != host.Hops)
        {
            offenderHop = hops + 1;
            reasons.Add(flow.Weigh(Weight.VeryStrong, $"the RST has come {Words.Count(hops, "hop")} (TTL {ttl}), other packets of the host have come {host.Hops}: it is not the host's"));
            reasons.Add(host.Source.Weigh(Weight.Hint, $"packets that are the host's own have come {Words.Count(host.Hops, "hop")}"));
        }

        PathTrace? toPort = view.Traces.FirstOrDefault(trace => trace is { Protocol: "tcp", Reached: true } && trace.Port == view.Port);
        PathTrace? toHost = view.Traces.FirstOrDefault(trace => trace.Reached && (trace.Protocol is "icmp" || trace.Port != view.Port));
        if (toPort is not null && toHost is not null && TargetView.LastAnswer(toPort) < TargetView.LastAnswer(toHost))
        {
            offenderHop ??= TargetView.LastAnswer(toPort) - 1;
            reasons.Add(toPort.Weigh(Weight.VeryStrong, $"a SYN that may take {Words.Count(TargetView.LastAnswer(toPort), "hop")} is refused, and the host is {Words.Count(TargetView.LastAnswer(toHost), "hop")} away"));
        }

        if (reasons.Count == 0)
            return null;
        reasons.Add(refused.Weigh(Weight.Strong, $"the connection is refused after {TargetView.InWords(refused.Elapsed)}"));
        if (view.Echoes.FirstOrDefault(echo => echo.MinRoundTrip is not null) is { } echo
            && refused.Elapsed < 0.6 * echo.MinRoundTrip!.Value)
        {
            reasons.Add(refused.Weigh(Weight.Hint, "the refusal comes sooner than the host can answer"));
        }

        return Describe(view, offenderHop is { } hop ? view.NodeAt(hop) : null, isHost: false, reasons, "TCP", "with a forged RST", offenderHop);
    }

    private static Finding Describe(TargetView view, IcmpError error, List<Reason> reasons, string protocol, string how)
    {
        bool isHost = error.Offender.Equals(view.Address);
        Finding finding = Describe(view, error.Offender, isHost, reasons, protocol, how);
        // Where nothing of the host passes, a rule for the port is the wrong thing to look for.
        if (!isHost && view.SignOfLife is null && view.Echoes.Any(echo => echo.Errors.Any(same => same.Type == error.Type && same.Code == error.Code)))
        {
            string who = error.Meaning is IcmpMeaning.Prohibited ? "A packet filter, or a route of type prohibit, on" : "A packet filter on";
            finding = finding with
            {
                Summary = $"{who} {error.Offender} rejects all that goes to {view.Address}, {how}.",
                Remedies = [new Remedy("Look up the route, and the rules that reject.", $"ip route get {view.Address}; nft list ruleset; iptables -vnL", error.Offender.ToString())],
            };
        }

        // Linux says the same where a route prohibits: ip-route(8).
        return error.Meaning is IcmpMeaning.Prohibited
            ? finding with { Next = [.. finding.Next, $"No such rule on {error.Offender}? A route of type prohibit says the same: ip route get {view.Address}."] }
            : finding;
    }

    private static Finding Describe(
        TargetView view, IPAddress? offender, bool isHost, List<Reason> reasons, string protocol, string how, int? hop = null)
    {
        string what = view.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{protocol} port {port} of {view.Address}") : $"{protocol} to {view.Address}";
        string who = isHost ? $"A packet filter on {view.Address} itself"
            : offender is not null ? $"A packet filter on {offender}"
            : hop is { } distance ? $"A packet filter {Words.Count(distance, "hop")} away"
            : "A packet filter on the way";
        string where = isHost ? view.Address.ToString() : offender?.ToString() ?? "the packet filter";
        return new Finding(
            Id,
            view.Severity,
            isHost ? Where.Remote : Where.Path,
            $"{who} rejects {what} {how}.",
            [.. reasons])
        {
            Subject = view.Address,
            Remedies =
            [
                Fix.FindRule(
                    where,
                    what,
                    $"ip{(view.Address.AddressFamily is AddressFamily.InterNetworkV6 ? "6" : "")} daddr {view.Address}{(view.Port is { } one ? string.Create(CultureInfo.InvariantCulture, $" {(protocol is "TCP" ? "tcp" : "udp")} dport {one}") : "")}"),
            ],
            Next = [$"On {where}: nft list ruleset; iptables -vnL - which rule counts while netwhy runs?"],
        };
    }
}
