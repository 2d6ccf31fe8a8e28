using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Answers that are larger than a packet are sent in fragments, and those do not arrive.</summary>
public sealed class DnsLargeAnswerLost : IRule
{
    private const string Id = "dns-large-answer-lost";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 9715; RFC 8900, section 3.2", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        foreach (ServerView server in view.Servers)
        {
            // With EDNS and little room the answer comes, and by TCP it is seen how long it is.
            // An answer that fits into little room is not large, and silence of TCP is another fault.
            if (server.Trial("large") is not { Outcome: DnsOutcome.TimedOut, WasTruncated: false, PayloadSize: { } room } large
                || server.Trial("edns") is not { Outcome: DnsOutcome.Answered, WasTruncated: true, PayloadSize: { } small } edns
                || large.Elapsed < ServerView.LeastWait)
            {
                continue;
            }

            bool isLong = edns.Size > small;
            string answer = isLong ? $"the answer has {edns.Size} octets, as TCP shows" : "it is cut, so that TCP must be used";
            yield return new Finding(
                Id,
                view.ProxyResolves ? Severity.Info : Severity.Warning,
                Where.Path,
                $"Large answers of {server.Address} do not arrive over UDP: asked with room for {room} octets, it is silent for "
                + $"{DnsView.InWords(large.Elapsed)}; with room for {small}, {answer}.",
                [
                    large.Weigh(isLong || large.Sends > 1 ? Weight.VeryStrong : Weight.Strong, $"with room for {room} octets, nothing comes to {large.Sends} queries in {DnsView.InWords(large.Elapsed)}"),
                    edns.Weigh(isLong ? Weight.Strong : Weight.Context, $"with room for {small} octets, {answer}"),
                    .. server.OddSilence,
                ])
            {
                Remedies =
                [
                    new Remedy(
                        "Send no answer that needs fragments: longer ones then come by TCP (unbound: max-udp-size; named: max-udp-size 1232).",
                        "unbound-control set_option max-udp-size: 1232",
                        $"the name server {server.Address}"),
                    Fix.FindRule($"the firewalls on the way to {server.Address}", "fragments", "ip frag-off & 0x3fff != 0"),
                ],
                Next = [$"Compare: dig @{server.Address} {ShellCommand.Word(DnsView.Bare(large.Name))} {large.Type} +dnssec +bufsize=4096 +ignore; the same with +bufsize=1232"],
            };
            yield break;
        }
    }
}
