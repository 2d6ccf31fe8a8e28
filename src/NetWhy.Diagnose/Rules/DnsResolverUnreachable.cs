using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>No configured name server answers: down, filtered, or out of reach.</summary>
public sealed class DnsResolverUnreachable : IRule
{
    private const string Id = "dns-resolver-unreachable";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1035, section 4.2.1; RFC 1122, section 3.2.2.1", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (!view.AllAreDead || view.IsResolved)
            yield break;

        List<Reason> reasons = [];
        foreach (ServerView server in view.Servers)
            reasons.AddRange(Weigh(server));
        if (view.Configuration is { Ignored: [var ignored, ..] } configuration)
        {
            reasons.Add(configuration.Weigh(
                Weight.Context, $"{configuration.Path} also lists {ignored}, but the resolver asks only the first three"));
        }

        // What cannot even be sent has its cause in the routes or rules of this machine; they are judged elsewhere.
        bool isLocal = view.Servers.All(server => server.CannotBeSentTo);
        string servers = string.Join("; ", view.Servers.Select(server => server.Failure));
        yield return new Finding(
            Id,
            view.FailureSeverity,
            WhereIs(view, isLocal),
            view.Servers.Length == 1
                ? $"The only configured name server does not answer: {servers}."
                : $"None of the {view.Servers.Length} configured name servers answers: {servers}.",
            [.. reasons])
        {
            Subject = null, // whatever cuts this machine off from its resolvers explains it
            Remedies = Remedies(view),
            Next = Next(view),
        };
    }

    private static IEnumerable<Reason> Weigh(ServerView server)
    {
        if (server.CannotBeSentTo)
        {
            yield return server.Refusal!.Weigh(Weight.Strong, server.Failure);
        }
        else if (server.Refusal is { } refusal)
        {
            yield return refusal.Weigh(Weight.VeryStrong, server.Failure);
        }
        else if (server.LongestSilence is { } silence)
        {
            yield return silence.Weigh(Weight.VeryStrong, server.Failure);
            if (silence.StraySources is [var stray, ..])
                yield return silence.Weigh(Weight.Context, $"an answer came from {stray} instead of {server.Address}, which no resolver accepts");
        }

        if (server.Greeting is { Outcome: DnsOutcome.TimedOut } greeting)
            yield return greeting.Weigh(Weight.Hint, $"{server.Address} does not answer a question about itself either");
        if (server.Echo is { Received: > 0 } echo)
            yield return echo.Weigh(Weight.Context, $"{server.Address} answers echo in {DnsView.InWords(echo.MinRoundTrip ?? TimeSpan.Zero)}: the host is there");
        else if (server.Echo is { Sent: > 0 } silentEcho)
            yield return silentEcho.Weigh(Weight.Hint, $"{server.Address} does not answer echo either");

        if (server.Trial("greeting-tcp") is { Outcome: DnsOutcome.Answered } answer)
            yield return answer.Weigh(Weight.Hint, $"over TCP {server.Address} answers: only UDP is lost");
        else if (server.Trial("greeting-tcp") is { Outcome: DnsOutcome.TimedOut } hanging)
            yield return hanging.Weigh(Weight.Hint, $"TCP port 53 of {server.Address} accepts, and a question stays unanswered there too: its process hangs");
        else if (server.Connect is { Outcome: ConnectOutcome.Connected } connected)
            yield return connected.Weigh(Weight.Context, $"TCP port 53 of {server.Address} accepts");
        else if (server.Connect is { Errno: "ECONNREFUSED" } refused)
            yield return refused.Weigh(Weight.Context, $"TCP port 53 of {server.Address} is closed, UDP port 53 is silent");
    }

    private static Where WhereIs(DnsView view, bool isLocal)
    {
        if (isLocal)
            return Where.Local;
        if (view.Servers.All(server => server.Refusal?.Icmp is { Code: 3 } icmp && icmp.Offender.Equals(server.Address)))
            return Where.Resolver;
        if (view.Servers.All(server => server.Refusal?.Icmp is { IsOwnAddress: false } icmp && !icmp.Offender.Equals(server.Address)))
            return Where.Path;

        return view.Servers.All(server => server.HostIsAlive) ? Where.Resolver : Where.Unknown;
    }

    private static System.Collections.Immutable.ImmutableArray<Remedy> Remedies(DnsView view)
    {
        ServerView first = view.Servers[0];
        List<Remedy> remedies = [];
        bool isHanging = first.Trial("greeting-tcp") is { Outcome: DnsOutcome.TimedOut };
        if (isHanging)
            remedies.Add(new Remedy("Find what its process waits for, and start it anew.", "systemctl status unbound named dnsmasq; systemctl restart unbound || systemctl restart named", $"the host {first.Address}"));
        else if (first.Refusal?.Icmp is { Code: 3 })
            remedies.Add(new Remedy("Start the name server.", "systemctl restart unbound || systemctl restart named", $"the host {first.Address}"));
        else if (first.HostIsAlive)
            remedies.Add(Fix.FindRule($"{first.Address}, and on the firewalls of the way", "UDP or TCP port 53", "udp dport 53"));

        remedies.Add(new Remedy(
            "Until then, ask another resolver.",
            $"echo 'nameserver OTHER-RESOLVER' > {view.SettingsPath}"));
        return [.. remedies];
    }

    private static System.Collections.Immutable.ImmutableArray<string> Next(DnsView view)
    {
        ServerView first = view.Servers[0];
        string check = $"On {first.Address}: does the name server run and listen (ss -lunp 'sport = :53'), and does a firewall there drop UDP port 53?";
        return first.HostIsAlive || first.Refusal is not null
            ? [check]
            : [check, $"From another host of this network: dig @{first.Address} {ShellCommand.Word(view.Host ?? ".")} +tries=1"];
    }
}
