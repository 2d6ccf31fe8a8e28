using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Beside the answer came others that somebody else made: with a wrong id, question or sender, or a second one that differs.</summary>
public sealed class DnsSpoofedAnswer : IRule
{
    private const string Id = "dns-spoofed-answer";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 5452, section 4 and 9.1", Id)
    {
        Explains = ["dns-wrong-address", "dns-answers-differ"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        DnsExchange[] exchanges = [.. evidence.All<DnsExchange>().Where(exchange => exchange.Outcome is DnsOutcome.Answered)];
        if (exchanges.FirstOrDefault(exchange => exchange.Contradictions is [_, ..]) is { } doubled)
        {
            yield return DescribeInjection(view, doubled);
            yield break;
        }

        DnsExchange[] forged =
        [
            .. exchanges.Where(exchange => exchange.StrayAnswers > 0 && exchange.StrayFaults is { } faults && faults.Any(fault => fault is not "no-response")),
        ];
        if (forged.Length == 0)
            yield break;

        DnsExchange first = forged[0];
        int strays = forged.Sum(exchange => exchange.StrayAnswers);
        string faults = string.Join(", ", forged.SelectMany(exchange => exchange.StrayFaults!).Distinct().Select(InWords));
        string sources = first.StraySources.Count > 0 ? $" from {DnsView.Join(first.StraySources)}" : "";
        yield return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : Severity.Warning,
            Where.Path,
            $"Somebody tries to forge answers of {first.Server} about {DnsView.Bare(first.Name)}: {Words.Count(strays, "answer")} with {faults}{sources} "
            + "came beside the right one, and were not used.",
            [
                first.Weigh(Weight.VeryStrong, $"{Words.Count(first.StrayAnswers, "answer")} to {first.Type} of {DnsView.Bare(first.Name)} had {string.Join(", ", first.StrayFaults!.Select(InWords))}{sources}"),
                .. forged.Skip(1).Take(2).Select(exchange => exchange.Weigh(Weight.Hint, $"so had {exchange.StrayAnswers} to {exchange.Type} of {DnsView.Bare(exchange.Name)}")),
            ])
        {
            Remedies =
            [
                new Remedy("Find who sends them: the link-layer address tells the machine if it is on this network.", $"tcpdump -eni any 'src port 53'"),
                new Remedy("Ask by TLS, or have the zone's signatures validated: forged answers then fail.", $"netwhy dig +tls @{first.Server} {DnsView.Bare(first.Name)}"),
            ],
            Next = [$"Is {first.Server} reached through a NAT or balancer that changes addresses or ids?"],
        };
    }

    private static Finding DescribeInjection(DnsView view, DnsExchange doubled)
    {
        string first = doubled.Addresses.Count > 0 ? DnsView.Join(doubled.Addresses) : doubled.ResponseCode ?? "nothing";
        string second = string.Join(", ", doubled.Contradictions!);
        return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : view.TargetIsOut ? Severity.Critical : Severity.Warning,
            Where.Path,
            $"One query to {doubled.Server} about {DnsView.Bare(doubled.Name)} was answered twice, and not the same: first {first}, then {second}. "
            + "Somebody on the way forges answers, and applications take the first.",
            [doubled.Weigh(Weight.Decisive, $"{first} came after {DnsView.InWords(doubled.ResponseTime ?? doubled.Elapsed)}, then {second}, both with the right id")])
        {
            Remedies =
            [
                new Remedy("Ask by TLS, which nobody on the way can answer.", $"netwhy dig +tls @{doubled.Server} {DnsView.Bare(doubled.Name)}"),
                new Remedy("Find who sends the first: its TTL differs from that of the server's packets.", "tcpdump -envi any 'src port 53'"),
            ],
            Next = [$"Does a server that is none answer too (netwhy dig @192.0.2.53 {ShellCommand.Word(DnsView.Bare(doubled.Name))})? Then the forger answers for everybody."],
        };
    }

    private static string InWords(string fault) => fault switch
    {
        "wrong-id" => "a wrong id",
        "wrong-question" => "another question",
        "wrong-source" => "another sender",
        _ => "no answer in it",
    };
}
