using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The resolver answers rightly, but late.</summary>
public sealed class DnsSlow : IRule
{
    private const string Id = "dns-slow";

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(0.35);
    private static readonly TimeSpan VerySlow = TimeSpan.FromSeconds(1.5); // too slow even for a name that is not cached

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "measured: a cached answer takes one round trip, a recursion some", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (ServerView lossy in view.Servers)
        {
            if (OfLoss(view, lossy) is { } finding)
                yield return finding;
        }

        if (OfExchange(view, evidence) is { } waited)
            yield return waited;
        if (TimelineReading.Of(evidence) is { } reading && OfRepeats(view, reading, evidence.Investigation?.Host) is { } late)
            yield return late;
        if (view.AnsweringServer is not { } server || view.Resolution is not { Tried: [.., var name] } resolution)
            yield break;

        DnsExchange? slowest = server.Answers.Where(exchange => exchange.Name == name)
            .MaxBy(exchange => exchange.ResponseTime ?? TimeSpan.Zero);
        if (slowest?.ResponseTime is not { } time || time < Slow)
            yield break;

        // What the path takes is distance, which no server helps.
        TimeSpan? network = server.Echo?.MinRoundTrip ?? server.Connect switch
        {
            { Outcome: ConnectOutcome.Connected } connected => connected.RoundTrip ?? connected.Elapsed,
            _ => null,
        };
        TimeSpan path = network ?? TimeSpan.Zero;
        if (time - path < Slow)
            yield break;

        List<Reason> reasons =
        [
            slowest.Weigh(
                time - path >= VerySlow ? Weight.VeryStrong : Weight.Strong,
                $"{server.Address} takes {DnsView.InWords(time)} to answer {slowest.Type} of {DnsView.Bare(name)}"),
        ];
        reasons.Add(resolution.Weigh(
            Weight.Hint, $"an application waits {DnsView.InWords(resolution.ApplicationTime)} for the name"));
        if (server.Repeat is { } repeat)
        {
            TimeSpan again = repeat.ResponseTime ?? repeat.Elapsed;
            reasons.Add(again - path >= Slow
                ? repeat.Weigh(Weight.Strong, $"asked again, it takes {DnsView.InWords(again)}: it is always slow")
                : repeat.Weigh(
                    time - path >= VerySlow ? Weight.HintAgainst : Weight.Against,
                    $"asked again, it takes {DnsView.InWords(again)}: only what is not cached is slow"));
        }

        if (network is { } roundTrip)
        {
            Observation seen = (Observation?)server.Echo ?? server.Connect!;
            reasons.Add(roundTrip > time / 2
                ? seen.Weigh(Weight.Against, $"the path to it takes {DnsView.InWords(roundTrip)}: it is far, not slow")
                : seen.Weigh(Weight.Hint, $"the path to it takes only {DnsView.InWords(roundTrip)}"));
        }

        yield return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : Severity.Warning,
            Where.Resolver,
            $"The name server {server.Address} takes {DnsView.InWords(time)} to answer {DnsView.Bare(name)}.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy("Find what it waits for: its forwarders, load, lost packets (unbound; named: rndc status).", "unbound-control stats_noreset | grep recursion.time; unbound-control dump_requestlist", $"the name server {server.Address}"),
                new Remedy(
                    $"Cache its answers with a forwarder, which knows the same zones; when it answers, name 127.0.0.1 in {view.SettingsPath}.",
                    $"apt install dnsmasq && printf 'no-resolv\\nserver={server.Address}\\nlisten-address=127.0.0.1\\nbind-interfaces\\n' > /etc/dnsmasq.d/cache.conf && systemctl restart dnsmasq && dig @127.0.0.1 {DnsView.Bare(name)}"),
            ],
            Next = [$"On {server.Address}: is it as slow when asked from there (dig @127.0.0.1 {ShellCommand.Word(DnsView.Bare(name))})?"],
        };
    }

    // A host of a chain of redirects, or the one that a tool asks, was looked up by this machine's resolver, and took longer than a
    // name that is not cached does. Who was late is not known: a server, or one that was asked first in vain.
    private static Finding? OfExchange(DnsView view, EvidenceSet evidence)
    {
        bool isTold = view.Resolution is not null || evidence.Any<RequestTimeline>(_ => true); // of the target's own name, by what asked its servers, or asked again and again
        HttpExchange? slowest = ApplicationView.Of(evidence).Exchanges.Where(http => http.LookupTime is not null && !(isTold && http.RedirectDepth == 0)).MaxBy(http => http.LookupTime);
        if (slowest is not { LookupTime: { } time, LookupError: null } || time < VerySlow || !Uri.TryCreate(slowest.Url, UriKind.Absolute, out Uri? url))
            return null;
        TimeSpan timeout = view.Configuration?.Timeout ?? TimeSpan.FromSeconds(5);
        string host = slowest.RedirectDepth > 0 ? $"{url.Host}, where a redirect leads," : url.Host;
        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : Severity.Warning,
            Where.Unknown,
            $"The lookup of {host} took {DnsView.InWords(time)}: {(time >= timeout ? "a name server is silent, or a query or its answer was lost" : "a name server answers late")}.",
            [
                slowest.Weigh(Weight.VeryStrong, $"{url.Host} was looked up for {DnsView.InWords(time)} before it was asked; the request itself took {DnsView.InWords(slowest.Elapsed)}"),
                slowest.Weigh(Weight.Context, "asked once: whether it is always so late is not known"),
            ])
        {
            Remedies = [new Remedy("Find the name server that is late, and what it waits for.", ShellCommand.Of($"netwhy dns {url.Host}"))],
            Next = [$"Is it as late again, when it is cached? {ShellCommand.Of($"dig {url.Host}")}"],
        };
    }

    // The resolver of this machine was asked again and again: where it waited for seconds, queries or their answers were lost, or came too late.
    private static Finding? OfRepeats(DnsView view, TimelineReading reading, string? host)
    {
        const int Few = 3;
        RequestTimeline timeline = reading.Timeline;
        TriedLookup[] late = [.. reading.LateLookups];
        TimeSpan timeout = view.Configuration?.Timeout ?? TimeSpan.FromSeconds(5);
        TriedLookup[] lost = [.. late.Where(lookup => lookup.Elapsed >= timeout)];
        if (lost.Length == 0 && late.Length < Few)
            return null;
        TriedLookup[] told = lost.Length > 0 ? lost : late;
        string name = host ?? timeline.Url;
        (string least, string most) = (DnsView.InWords(told.Min(lookup => lookup.Elapsed)), DnsView.InWords(told.Max(lookup => lookup.Elapsed)));
        string took = least == most ? most : $"{least} to {most}";
        string often = $"{told.Length} of {Words.Count(timeline.Lookups.Count, "lookup")} of {name}";
        int without = told.Count(lookup => lookup.Failure is not null);
        string server = view.Servers.Length == 1 ? $"the name server {view.Servers[0].Address}" : "a name server";
        List<Reason> reasons = [timeline.Weigh(lost.Length > 0 ? Weight.VeryStrong : Weight.Strong, $"{often} by this machine's resolver took {took}{(without > 0 ? $", {without} of them without an address by then" : "")}")];
        if (lost.Length > 0)
            reasons.Add(timeline.Weigh(Weight.Hint, $"it asks again after {DnsView.InWords(timeout)}: a query or its answer was lost, or not answered"));
        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : Severity.Warning,
            Where.Unknown,
            lost.Length > 0
                ? $"{often} took {took}: queries stay unanswered at times, by {server} or by the way to it, and who asks for the name waits so long before it connects."
                : $"{often} took {took}: {server} answers late at times, or this machine does not get to run.",
            [.. reasons])
        {
            Remedies =
            [
                new Remedy("Look at whether the name server is overloaded, its socket's queue overflows, or it limits how often it answers (unbound: ip-ratelimit; named: rate-limit).", "nstat -az UdpRcvbufErrors; unbound-control stats_noreset | grep -E 'exceeded|ratelimit'; rndc status", "the name server"),
                new Remedy("Have lost queries asked again soon.", $"echo 'options timeout:1 attempts:3' >> {view.SettingsPath}"),
            ],
            Next = [$"How many queries are lost? {ShellCommand.Of($"netwhy dns {name}")}; for i in $(seq 20); do dig +tries=1 +timeout=1 +short {ShellCommand.Word(name)}; done"],
        };
    }

    // Each lost query costs the whole timeout, whatever the others cost.
    private static Finding? OfLoss(DnsView view, ServerView server)
    {
        if (server.Lost is not [var first, ..] lost)
            return null;

        int asked = server.Trials("loss").Count();
        string name = DnsView.Bare(first.Name);
        TimeSpan timeout = view.Configuration?.Timeout ?? TimeSpan.FromSeconds(5);
        bool isAsked = view.Configuration?.Rotate is true || view.AnsweringServer == server || view.Servers[0] == server;
        string what = server.EndsItsAnswers || lost.Length == asked
            ? $"The name server {server.Address} answers the first queries, and none of {lost.Length} after them: it limits how often it answers one client, has just gone away, or queries are lost for some time"
            : $"{lost.Length} of {asked} queries to the name server {server.Address} stay unanswered, by it or by the way to it";
        return new Finding(
            Id,
            view.ProxyResolves || !isAsked || server.EndsItsAnswers ? Severity.Info : Severity.Warning,
            Where.Unknown,
            server.EndsItsAnswers ? $"{what}." : isAsked ? $"{what}; an application waits {DnsView.InWords(timeout)} for each that is lost." : $"{what}; applications ask it only when the servers before it fail.",
            [
                first.Weigh(Weight.VeryStrong, $"{server.Address} was asked {asked} times for {name}, and is silent to {lost.Length}"),
                server.Answers.Concat(server.Trials("loss")).First(exchange => exchange.Outcome is DnsOutcome.Answered)
                    .Weigh(Weight.Hint, $"it answers others in {DnsView.InWords(server.SlowestAnswer!.Value)} at most"),
            ])
        {
            Remedies =
            [
                new Remedy("Look at whether it is overloaded, its socket's queue overflows, or it limits how often it answers (unbound: ip-ratelimit; named: rate-limit).", "nstat -az UdpRcvbufErrors; unbound-control stats_noreset | grep -E 'exceeded|ratelimit'; rndc status", $"the name server {server.Address}"),
                new Remedy("Have lost queries asked again soon.", $"echo 'options timeout:1 attempts:3' >> {view.SettingsPath}"),
            ],
            Next = [$"Is it the way? mtr -u -P 53 --report {server.Address}; on {server.Address}: tcpdump -ni any udp port 53"],
        };
    }
}
