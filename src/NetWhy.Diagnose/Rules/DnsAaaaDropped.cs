using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of the two questions that every lookup asks, one is never answered, and the application waits for it.</summary>
public sealed class DnsAaaaDropped : IRule
{
    private const string Id = "dns-aaaa-dropped";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 4074, section 4.1; resolv.conf(5), \"single-request\"", Id)
    {
        Explains = ["dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (ServerView server in view.Servers)
        {
            DnsExchange? lost = server.Lookups.FirstOrDefault(exchange =>
                exchange is { Outcome: DnsOutcome.TimedOut, Sends: > 1 } && exchange.Elapsed >= ServerView.LeastWait);
            DnsExchange? other = server.GoodAnswers.FirstOrDefault(
                exchange => lost is not null && exchange.Name == lost.Name && exchange.Type != lost.Type);
            if (lost is null && DescribePair(view, server) is { } pair)
            {
                yield return pair;
                yield break;
            }

            if (lost is null || other is null || view.Resolution is not { } resolution)
                continue;

            yield return new Finding(
                Id,
                view.ProxyResolves ? Severity.Info : Severity.Warning,
                Where.Resolver,
                $"{server.Address} answers {other.Type} of {DnsView.Bare(lost.Name)} and is silent about {lost.Type}: "
                + $"an application waits {DnsView.InWords(resolution.ApplicationTime)}.",
                [
                    lost.Weigh(Weight.VeryStrong, $"{server.Address} is silent about {lost.Type} for {DnsView.InWords(lost.Elapsed)} to {lost.Sends} queries"),
                    other.Weigh(Weight.Strong, $"it answers {other.Type} in {DnsView.InWords(other.ResponseTime ?? other.Elapsed)}"),
                    .. server.OddSilence,
                ])
            {
                Remedies =
                [
                    new Remedy($"Let {lost.Type} queries through, or answer them.", On: $"{server.Address} or the firewall before it"),
                    new Remedy("Do not ask for AAAA (glibc 2.36 and later).", "echo 'options no-aaaa' >> /etc/resolv.conf"),
                ],
                Next = [$"From another host: dig @{server.Address} {ShellCommand.Word(DnsView.Bare(lost.Name))} {lost.Type} +tries=1"],
            };
            yield break;
        }
    }

    // A device that forgets one of two packets of the same socket, such as connection tracking in a race.
    private static Finding? DescribePair(DnsView view, ServerView server)
    {
        DnsExchange[] pairs = [.. server.Trials("pair")];
        DnsExchange[] lost = [.. pairs.Where(exchange => exchange.Outcome is DnsOutcome.TimedOut)];
        DnsExchange[] answered = [.. pairs.Where(exchange => exchange.Outcome is DnsOutcome.Answered)];
        bool isOneEveryTime = lost.Length > 1 && lost.Length == answered.Length && lost.All(exchange => exchange.Type == lost[0].Type)
            && server.Lookups.Any(exchange => exchange.Type == lost[0].Type && exchange.Sends > 1);
        if (!isOneEveryTime || server.Trial("alone") is not { Outcome: DnsOutcome.Answered } alone)
            return null;

        string name = DnsView.Bare(lost[0].Name);
        string price = view.Configuration is { Timeout: var timeout } ? $" An application waits {DnsView.InWords(timeout)} before it asks again." : "";
        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : Severity.Warning,
            Where.Path,
            $"Of two queries from one socket only one gets through to {server.Address}: {lost[0].Type} of {name} is lost every time beside "
            + $"{answered[0].Type}, and answered when it is asked alone.{price}",
            [
                .. lost.Select(exchange => exchange.Weigh(Weight.Strong, $"sent together from a new socket, {answered[0].Type} is answered and {exchange.Type} is not")),
                alone.Weigh(Weight.Strong, $"alone, {alone.Type} is answered in {DnsView.InWords(alone.ResponseTime ?? alone.Elapsed)}"),
                .. server.OddSilence,
            ])
        {
            Remedies =
            [
                new Remedy("Ask each from a socket of its own.", $"echo 'options single-request-reopen' >> {view.SettingsPath}"),
                new Remedy("Find the device that drops the second: connection tracking in a race counts it (insert_failed).", "conntrack -S | grep -v insert_failed=0", "the routers and nodes on the way"),
            ],
            Next = [$"On the way: is \"insert_failed\" or a rule's counter growing while netwhy dns {ShellCommand.Word(name)} runs?"],
        };
    }
}
