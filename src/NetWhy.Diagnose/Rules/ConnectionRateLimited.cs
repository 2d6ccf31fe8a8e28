using System.Globalization;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>New connections need several SYNs, although neither echo nor established connections lose anything.</summary>
/// <remarks>
/// Loss hits every packet alike. What hits the first packets of connections only is a limit on new connections, or a
/// listener's queue that is full most of the time; from here they look the same.
/// </remarks>
public sealed class ConnectionRateLimited : IRule
{
    private const string Id = "connection-rate-limited";
    private const int EnoughEchoes = 20;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "nft(8), limit; iptables-extensions(8), hashlimit", Id)
    {
        Explains = ["high-latency", "http-backend-partly-failing"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence).Where(view => !view.IsLocal).Select(view => Judge(evidence, view)).OfType<Finding>();

    private static Finding? Judge(EvidenceSet evidence, TargetView view)
    {
        ConnectSeries? series = evidence.Last<ConnectSeries>(series => series.Address.Equals(view.Address) && series.Port == view.Port);
        ConnectAttempt? late = view.Attempts.FirstOrDefault(attempt => attempt.SynRetransmits > 0 && attempt.Outcome is ConnectOutcome.Connected);
        if (series is not { Connected: > 0, Retransmitted: >= 2 })
            return null;

        // Those that were made over a time tell it together with requests over connections that stood: they lost less.
        var repeats = RepeatedConnects.Of(evidence, view.Address, series);
        bool isOfRun = repeats is { HitsSynsAlone: true, LosesWhole: false, Late: >= 2 };
        if (!isOfRun && (late is null || series.Retransmitted <= 0.4 * series.Attempts || repeats is { LosesWhole: true }))
            return null;

        EchoSeries[] echoes = [.. view.Echoes.Where(echo => echo.Purpose is "target")];
        int sent = echoes.Sum(echo => echo.Sent);
        int lost = sent - echoes.Sum(echo => echo.Received);
        TcpInfoSample? repeated = evidence.First<TcpInfoSample>(sample => sample.Address.Equals(view.Address)
            && sample.TotalRetransmits > (late?.SynRetransmits ?? 0) + sample.DuplicateSacks);
        if ((sent < EnoughEchoes && !isOfRun) || lost > 0 || repeated is not null)
            return null;

        return new Finding(
            Id,
            Severity.Warning,
            Where.Unknown,
            string.Create(CultureInfo.InvariantCulture, $"New connections to {TargetView.InWords(view.Address, series.Port)} are held up: {series.Retransmitted} of {series.Attempts} needed a second SYN, and {(isOfRun && repeats!.Kept > 0 ? $"segments were sent again in {repeats!.KeptRepeated} of {repeats.Kept} requests over connections that stood" : "nothing else is lost")}. A firewall limits their rate or number, or the listener's queue is full."),
            [
                series.Weigh(Weight.VeryStrong, $"{series.Retransmitted} of {series.Attempts} connections needed a second SYN"),
                .. late is not null ? (Reason[])[late.Weigh(Weight.Hint, $"the first one stood after {TargetView.InWords(late.Elapsed)}")] : [],
                .. sent > 0 ? (Reason[])[echoes[^1].Weigh(Weight.Hint, $"none of {sent} echo requests is lost")] : [],
                .. isOfRun && repeats!.Kept > 0 ? (Reason[])[repeats.Timeline.Weigh(repeats.IsKeptSpared ? Weight.Strong : Weight.Context, $"segments were sent again in {repeats.KeptRepeated} of {repeats.Kept} requests over connections that stood{(repeats.IsKeptSpared ? ": by chance they would be in more" : "")}")] : [],
            ])
        {
            Subject = view.Address,
            Remedies =
            [
                new Remedy("Look for a limit on new connections and raise it.", "nft list ruleset | grep -E 'limit rate|ct count|meter'; iptables-save | grep -E 'limit'"),
                new Remedy("See whether the listener's queue overflows.", "nstat -az TcpExtListenOverflows TcpExtListenDrops", Fix.Server(view.Address)),
                new Remedy("Open fewer connections: keep them and use them again."),
            ],
            Next = ["Does the share of late connections fall when fewer are opened a second? Then it is a limit on their rate."],
        };
    }
}
