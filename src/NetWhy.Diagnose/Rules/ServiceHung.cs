using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The connection stands, the request is delivered, and the application says nothing.</summary>
public sealed class ServiceHung : IRule
{
    private const string Id = "service-hung";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "tcp(7), TCP_INFO and SIOCOUTQ; RFC 9110", Id)
    {
        Explains = ["http-slow-server"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (HttpExchange silent in view.Exchanges
            .Where(http => http.Outcome is HttpOutcome.NoAnswer)
            .DistinctBy(http => http.Address))
        {
            yield return Describe(view, silent);
        }
    }

    private static Finding Describe(ApplicationView view, HttpExchange silent)
    {
        ExchangeStage stage = silent.TlsTime is null ? ExchangeStage.Connected : ExchangeStage.HandshakeDone;
        string server = ApplicationView.Endpoint(silent.Address, silent.Port);
        List<Reason> reasons =
        [
            silent.Weigh(Weight.VeryStrong, $"no octet came in {ApplicationView.InWords(silent.Elapsed)} after the request"),
            silent.AllAcknowledged
                ? silent.Weigh(Weight.Strong, "the peer's TCP acknowledged the request: it lies there unread or unanswered")
                : silent.Weigh(Weight.Against, "the request is not acknowledged: it or the acknowledgement is lost on the way"),
        ];
        if (view.SizeCure(silent.Address, stage) is { } cured)
            reasons.Add(cured.Weigh(Weight.RulesOut, $"with segments of {cured.SegmentSize} octets an answer comes: size is what is wrong"));
        else if (view.VainSizeTrial(silent.Address, stage) is { } vain)
            reasons.Add(vain.Weigh(Weight.Hint, $"smaller segments ({vain.SegmentSize} octets) change nothing"));
        if (view.Exchanges.FirstOrDefault(http => http.Status is not null && !http.Address.Equals(silent.Address)) is { } other)
            reasons.Add(other.Weigh(Weight.Context, $"{other.Address} answers"));
        string who = silent.ViaProxy is null ? "The application at" : "The proxy or what is behind it at";
        return new Finding(
            Id,
            Severity.Critical,
            Where.Remote,
            $"{who} {server} accepts connections and acknowledges the request, and says nothing for {ApplicationView.InWords(silent.Elapsed)}.",
            [.. reasons])
        {
            Subject = silent.Address,
            Remedies =
            [
                new Remedy("Look at the program: deadlock, no free worker, out of descriptors, a backend that hangs; restart it if so.", $"ss -tnp 'sport = :{silent.Port}'", Fix.Server(silent.Address)),
            ],
            Next =
            [
                $"On the server: is the request unread (Recv-Q in ss -tnp 'sport = :{silent.Port}'), and what does the process wait for (cat /proc/PID/stack)?",
            ],
        };
    }
}
