using System.Collections.Immutable;
using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>An established connection is reset: by the peer, or by a device on the way in its name.</summary>
public sealed class ConnectionReset : IRule
{
    private const string Id = "connection-reset";

    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(0.06); // of whoever looks for another service first

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9293, section 3.5.2", Id)
    {
        Explains = ["http-truncated-body", "http-malformed-response", "http-backend-partly-failing", "service-hung"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        ImmutableArray<MixedFailures> mixed = MixedFailures.Of(evidence);
        foreach (TargetView view in TargetView.All(evidence))
        {
            MixedFailures? repeated = mixed.FirstOrDefault(one => one.Address.Equals(view.Address) && one.Port == view.Port);
            if ((repeated is null ? Judge(evidence, view) : repeated.IsReset ? OfMost(view, repeated) : null) is { } finding)
                yield return finding;
        }
    }

    // What a single try met is chance then.
    private static Finding OfMost(TargetView view, MixedFailures repeated)
    {
        (bool? isPeer, _, Reason? sign) = Sender(view);
        return new Finding(
            Id,
            Severity.Critical,
            isPeer switch { true => Where.Remote, false => Where.Path, null => Where.Unknown },
            $"{(isPeer is true ? $"{view.Address} itself" : $"{view.Address}, or a device in its name,")} resets or ends {repeated.Reset} of {repeated.All} connections to port {view.Port} before an answer; {repeated.OthersInWords}, and none was answered.",
            [
                repeated.Seen.Weigh(Weight.VeryStrong, $"{repeated.Reset} of {repeated.All} requests met a reset or the end of their connection before an answer, and none was answered"),
                .. sign is null ? Array.Empty<Reason>() : [sign],
                repeated.Seen.Weigh(Weight.Context, repeated.OthersInWords),
            ])
        {
            Subject = view.Address,
            Remedies = [new Remedy("Read the service's log at the moment of a reset: a crash, a limit, an access rule, a closed socket with unread data.", "journalctl --since -10min", Fix.Server(view.Address))],
            Next = [$"On {view.Address}: tcpdump -ni any 'port {view.Port} and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0' - does it leave there?"],
        };
    }

    private static Finding? Judge(EvidenceSet evidence, TargetView view)
    {
        HttpExchange[] exchanges = [.. evidence.All<HttpExchange>()
            .Where(http => http.Purpose is "target" or "repeat" && http.Address.Equals(view.Address) && http.Port == view.Port)];
        HttpExchange[] resets = [.. exchanges.Where(http => IsReset(http) || IsResetUnread(view, http))];
        ServiceGreeting? greeting = evidence.First<ServiceGreeting>(greeting =>
            greeting.Trial is null && IsHere(greeting)
            && greeting is { Ended: "ECONNRESET" or "EPIPE" } or { Ended: "closed", Text: null } or { Ended: not null, Text: null, IsInTls: true });
        ServiceGreeting? again = greeting is { IsInTls: true } ? evidence.First<ServiceGreeting>(again => again.Trial is "repeat" && IsHere(again)) : null;
        // A connection that stands and ends before we look: the RST to a SYN is ECONNREFUSED, never this.
        ConnectAttempt? atOnce = view.Attempts.FirstOrDefault(attempt => attempt is { Errno: "ECONNRESET", FailedCall: "connect", Icmp: null });
        if (resets.Length == 0 && greeting is null && atOnce is null)
            return null;

        List<Reason> reasons = [];
        string moment;
        bool isClosed = greeting is { Ended: not ("ECONNRESET" or "EPIPE") };
        bool mayBeIdleness = greeting is not null && MayBeIdleness(greeting);
        if (greeting is not null)
        {
            string how = !isClosed ? "reset" : greeting.Ended is "closed" ? "closed" : $"ended by {greeting.Ended}";
            string since = greeting.IsInTls ? "the TLS handshake" : "it stood";
            reasons.Add(greeting.Weigh(Weight.VeryStrong, $"the connection is {how} {TargetView.InWords(greeting.Waited)} after {since}, {(greeting.Text is null ? "before a word" : "after a greeting")}"));
            moment = greeting is { IsInTls: true, Text: null } ? $"{(greeting.Waited > AtOnce ? TargetView.InWords(greeting.Waited) : "right")} after the TLS handshake, before a word"
                : greeting.Text is null ? "before the service says a word" : "after the greeting";
            if (greeting.Text is null && MayBeTries(greeting))
                reasons.Add(greeting.Weigh(Weight.Hint, "so long, in whole seconds, a proxy tries a backend again that is dead (haproxy: three more times, a second apart)"));
            if (mayBeIdleness)
                reasons.Add(greeting.Weigh(Weight.Against, "netwhy asked for nothing meanwhile: a service that gives up whatever is idle for so long, and answers who asks at once, does so too"));
            if (again is { Ended: not null, Text: null })
                reasons.Add(again.Weigh(Weight.Hint, "a second session ends as early"));
            if (again is { Ended: not null } && evidence.First<ServiceGreeting>(named => named is { Trial: "alpn", Ended: null } && IsHere(named)) is { } named)
                reasons.Add(named.Weigh(Weight.RulesOut, "where the client names h2 and http/1.1 (ALPN) the session stays: the server wants its protocol named"));
        }
        else if (resets is [] && atOnce is { } sudden)
        {
            reasons.Add(sudden.Weigh(Weight.VeryStrong, $"the connection is reset as soon as it stands (after {TargetView.InWords(sudden.Elapsed)})"));
            moment = "as soon as it stands";
        }
        else
        {
            HttpExchange first = resets[0];
            moment = first switch
            {
                { TimeToFirstByte: null } => "after the request, before an answer",
                { ExpectedLength: { } length } => $"after {first.BodyLength} of {length} octets of the answer",
                _ => $"after {first.BodyLength} octets of the answer",
            };
            reasons.Add(first.Weigh(Weight.VeryStrong, $"the connection is reset {moment} (after {TargetView.InWords(first.Elapsed)})"));
            foreach (HttpExchange repeated in resets.Skip(1).Take(2))
                reasons.Add(repeated.Weigh(Weight.Hint, "asked again, the connection is reset again"));
        }

        // A repeat that we end after the head proves nothing where the body is what is cut.
        bool isInBody = resets.Any(http => http.TimeToFirstByte is not null);
        HttpExchange? works = exchanges.FirstOrDefault(http =>
            http.Outcome is HttpOutcome.Complete && !(isInBody && http.StoppedByUs));
        if (works is not null)
            reasons.Add(works.Weigh(Weight.Context, "another try of the same request was answered: it is not always so"));
        ServiceGreeting? stays = again is { Ended: null } ? again
            : greeting is { IsInTls: true } ? evidence.First<ServiceGreeting>(other => other is { Trial: null, IsInTls: true, Ended: null } && other.Waited > greeting.Waited) : null;
        if (stays is not null)
            reasons.Add(stays.Weigh(Weight.Context, ReferenceEquals(stays, again) ? "a second session stays: it is not always so" : $"a session with {stays.Address} stays"));

        (bool? isPeer, int hops, Reason? sign) = Sender(view);
        if (sign is not null)
            reasons.Add(sign);
        if (greeting is { IsEndSaid: true, Ended: "closed" })
            reasons.Add(greeting.Weigh(Weight.Hint, "it says so inside TLS (close_notify), which nobody on the way can"));
        IPAddress? device = isPeer is false ? view.NodeAt(hops + 1) : null;
        isPeer ??= view.IsLocal || greeting is { IsEndSaid: true } ? true : null; // nothing is in between, or could say it
        string does = isClosed ? "closes" : "resets";
        string who = isPeer switch
        {
            true => $"{view.Address} itself {does}",
            false => $"A device on the way ({device?.ToString() ?? $"{Words.Count(hops + 1, "hop")} away"}) {does}, in the name of {view.Address},",
            null => $"{view.Address}, or a device in its name, {does}",
        };
        return new Finding(
            Id,
            works is not null || stays is not null || mayBeIdleness ? Severity.Warning : view.SeverityOfExchange,
            isPeer switch { true => Where.Remote, false => Where.Path, null => Where.Unknown },
            $"{who} the established connection to port {view.Port} {moment}.",
            [.. reasons])
        {
            Subject = view.Address,
            Remedies = isPeer is false
                ? [new Remedy($"See which inspection or policy on {device?.ToString() ?? "the device"} rejects the exchange.", null)]
                : greeting is { IsInTls: true }
                ? [
                    new Remedy("If it ends TLS for another service (stunnel: connect; haproxy: server; nginx: proxy_pass), see there whether that one runs and accepts.", "netwhy BACKEND:PORT", Fix.Server(view.Address)),
                    new Remedy($"Read its log at the moment of the {(isClosed ? "close" : "reset")}: a backend that refuses, an access rule, a limit.", "journalctl --since -10min", Fix.Server(view.Address)),
                ]
                : [new Remedy($"Read the service's log at the moment of the {(isClosed ? "close" : "reset")}: a crash, a limit, an access rule, {(isClosed ? "another protocol expected" : "a closed socket with unread data")}.", "journalctl --since -10min", Fix.Server(view.Address)), .. resets is [{ TimeToFirstByte: null } unanswered, ..] && works is null && unanswered.Url.StartsWith("http:", StringComparison.OrdinalIgnoreCase) ? [Fix.SendProxyHeader(unanswered.Url)] : Array.Empty<Remedy>()],
            Next = isClosed
                ? [$"On {view.Address}: tcpdump -ni any 'port {view.Port} and tcp[tcpflags] & (tcp-fin|tcp-rst) != 0' - which side ends the connection first?"]
                : [$"On {view.Address}: tcpdump -ni any 'port {view.Port} and tcp[tcpflags] & tcp-rst != 0' - does the RST leave there?"],
        };

        bool IsHere(ServiceGreeting greeting) => greeting.Address.Equals(view.Address) && greeting.Port == view.Port;
    }

    /// <summary>Whether a service may have closed because nobody asked it anything, rather than because it cannot serve.</summary>
    /// <param name="greeting">What it did.</param>
    internal static bool MayBeIdleness(ServiceGreeting greeting) =>
        greeting is { Ended: not (null or "ECONNRESET" or "EPIPE"), Text: null } && greeting.Waited > AtOnce;

    private static bool MayBeTries(ServiceGreeting greeting) =>
        greeting.Waited.TotalSeconds is >= 0.95 and < 5 and var waited && Math.Abs(waited - Math.Round(waited)) <= 0.05;

    private static bool IsReset(HttpExchange http) =>
        http.Outcome is HttpOutcome.Reset || (http.Outcome is HttpOutcome.Truncated or HttpOutcome.Failed && http.Errno is "ECONNRESET" or "EPIPE");

    // A RST that comes while the connection is made is told once, to whoever asks the socket first; after that the
    // connection only seems closed. The interface saw what it was.
    private static bool IsResetUnread(TargetView view, HttpExchange http) =>
        http is { Outcome: HttpOutcome.ClosedEarly, BodyLength: 0 }
        && view.Attempts.Any(attempt => attempt.Outcome is ConnectOutcome.Connected
            && view.Flow(attempt) is { RstsIn: > 0, FinsIn: 0, DataIn: 0 });

    private static (bool? IsPeer, int Hops, Reason? Sign) Sender(TargetView view)
    {
        foreach (ConnectAttempt attempt in view.Attempts.Where(attempt => attempt.Outcome is ConnectOutcome.Connected || attempt.Errno is "ECONNRESET"))
        {
            if (view.Flow(attempt) is not { RstTtl: { } rst } flow || (flow.SynAckTtl ?? flow.DataTtl) is not { } own)
                continue;
            int hops = TargetView.Distance(rst);
            return rst == own
                ? (true, hops, flow.Weigh(Weight.Strong, $"the RST has the TTL {rst} of the peer's other packets"))
                : (false, hops, flow.Weigh(Weight.Strong, $"the RST has TTL {rst}, the peer's other packets of the connection have {own}: it is not the peer's"));
        }

        return (null, 0, null);
    }
}
