using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>nsswitch.conf keeps applications from asking DNS, which has the name.</summary>
public sealed class DnsNsswitch : IRule
{
    private const string Id = "dns-nsswitch";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "nsswitch.conf(5)", Id)
    {
        Explains = ["dns-name-not-found"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view is not { Configuration: { } configuration, Resolution: { Source: NameSource.None, Tried.Count: 0, Error: not null } resolution })
            yield break;

        bool asksDns = configuration.HostsOrder.Any(source => source.StartsWith("dns", StringComparison.Ordinal) || source.StartsWith("resolve", StringComparison.Ordinal));
        DnsExchange? answer = view.Servers.SelectMany(server => server.GoodAnswers)
            .FirstOrDefault(exchange => exchange.Addresses.Count > 0);
        if (answer is null && asksDns)
            yield break;

        string order = string.Join(' ', configuration.HostsOrder);
        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Local,
            $"Applications do not ask DNS for {resolution.Name}: nsswitch.conf says \"hosts: {order}\".",
            [
                configuration.Weigh(Weight.VeryStrong, $"hosts: {order}"),
                answer is null
                    ? resolution.Weigh(Weight.Hint, $"no source has {resolution.Name}")
                    : answer.Weigh(Weight.Strong, $"{answer.Server} knows it: {DnsView.Join(answer.Addresses)}"),
            ])
        {
            Remedies =
            [
                new Remedy("Let DNS be asked.", Fix.Edit("/etc/nsswitch.conf", "s/^hosts:.*/hosts: files dns/")),
            ],
        };
    }
}
