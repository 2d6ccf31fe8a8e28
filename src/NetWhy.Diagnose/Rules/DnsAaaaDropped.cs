using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of the two questions that every lookup asks, one is never answered, and the application waits for it.</summary>
public sealed class DnsAaaaDropped : IRule
{
    private const string Id = "dns-aaaa-dropped";

    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(0.9);

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
                exchange is { Outcome: DnsOutcome.TimedOut, Sends: > 1 } && exchange.Elapsed >= LeastWait);
            DnsExchange? other = server.GoodAnswers.FirstOrDefault(
                exchange => lost is not null && exchange.Name == lost.Name && exchange.Type != lost.Type);
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
}
