using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A response begins well and does not end: it stops, or the connection ends before it.</summary>
public sealed class HttpBody : IRule
{
    private const string Stalled = "http-stalled-body";
    private const string Truncated = "http-truncated-body";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new("http-body", Source: "RFC 9112, sections 6.3 and 8", Stalled, Truncated)
    {
        Explains = ["http-slow-transfer"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (HttpExchange http in view.Exchanges.Where(http => http.Outcome is HttpOutcome.Stalled or HttpOutcome.Truncated or HttpOutcome.Reset || IsGoingOn(http)).DistinctBy(http => http.Address))
        {
            if (IsGoingOn(http))
                yield return GoingOn(http);
            else if (http is { Outcome: HttpOutcome.Stalled, StoppedByUs: false })
                yield return Stop(view, http);
            else if (http is { Status: not null, Outcome: HttpOutcome.Truncated or HttpOutcome.Reset })
                yield return Cut(view, http);
        }
    }

    private static Finding Stop(ApplicationView view, HttpExchange http)
    {
        TimeSpan silent = http.Elapsed - (http.TimeToFirstByte ?? TimeSpan.Zero) - (http.TransferTime ?? TimeSpan.Zero);
        List<Reason> reasons =
        [
            http.Weigh(Weight.VeryStrong, $"{Share(http)} came, then nothing for {ApplicationView.InWords(silent)} while the connection stood"),
        ];
        if (view.SizeCure(http.Address, ExchangeStage.BodyBegun) is { } cured)
            reasons.Add(cured.Weigh(Weight.RulesOut, $"with segments of {cured.SegmentSize} octets the whole response comes: size is what is wrong"));
        else if (view.VainSizeTrial(http.Address, ExchangeStage.BodyBegun) is { } vain)
            reasons.Add(vain.Weigh(Weight.Strong, $"smaller segments ({vain.SegmentSize} octets) change nothing"));
        if (view.Sample(http.Address, http.Port) is { OutOfOrderIn: > 0 } sample)
            reasons.Add(sample.Weigh(Weight.Against, $"{sample.OutOfOrderIn} segments came out of order: some are lost on the way"));
        return new Finding(
            Stalled,
            Severity.Critical,
            Where.Remote,
            $"The response from {ApplicationView.Server(http)} stops after {Share(http)}, and the connection stays open.",
            [.. reasons])
        {
            Subject = http.Address,
            Remedies =
            [
                new Remedy("Find what the application waits for in the middle of its answer: a backend's stream, a lock, a full buffer."),
                new Remedy("Watch it stop.", $"curl -v -o /dev/null {http.Url}"),
            ],
            Next = ["On the server: is there unsent data on the connection (Send-Q in ss -tn)? If so the way back drops it; if not the application is silent."],
        };
    }

    private static bool IsGoingOn(HttpExchange http) =>
        http is { Status: >= 200 and < 300, Outcome: HttpOutcome.Stalled } or { Status: >= 200 and < 300, Outcome: HttpOutcome.Complete, StoppedByUs: true }
        && ApplicationView.IsEndless(http);

    // A stream of events says something when something happens.
    private static Finding GoingOn(HttpExchange http)
    {
        TimeSpan transfer = http.TransferTime ?? TimeSpan.Zero;
        TimeSpan silent = http.Elapsed - (http.TimeToFirstByte ?? TimeSpan.Zero) - transfer;
        string stream = $"{ApplicationView.Server(http)} sends a stream without an end ({http.Headers["content-type"]})";
        string reading = $"{Share(http)} came, and the connection stays open";
        string words;
        if (http.BodyLength == 0)
        {
            words = $"{stream}, and in {ApplicationView.InWords(silent)} nothing came of it: either nothing happened, or a proxy on the way keeps it back until there is more (nginx: proxy_buffering off).";
        }
        else
        {
            int waits = (http.Arrivals ?? 1) - 1;
            TimeSpan interval = waits > 0 ? transfer / waits : HttpExchange.OneArrival;
            bool flows = silent <= http.LongestGap || silent <= 2 * interval;
            words = !flows ? $"{stream}, and nothing came for {ApplicationView.InWords(silent)}: that is its nature."
                : $"{stream}, and it flows: something came {(waits > 0 ? $"every {ApplicationView.InWords(interval)} on the average" : "all the time")}. It is healthy so far, and we ended it.";
            if (flows && waits > 0)
                reading = string.Create(CultureInfo.InvariantCulture, $"{Share(http)} came at {waits + 1} times in {ApplicationView.InWords(transfer)}; the longest wait was {ApplicationView.InWords(http.LongestGap)}");
        }

        return new Finding(Stalled, Severity.Info, Where.Remote, words, [http.Weigh(Weight.VeryStrong, reading)]) { Subject = http.Address };
    }

    private static Finding Cut(ApplicationView view, HttpExchange http)
    {
        bool isReset = http.Outcome is HttpOutcome.Reset;
        List<Reason> reasons =
        [
            http.Weigh(
                isReset ? Weight.Strong : Weight.Decisive,
                isReset ? $"the connection was reset after {Share(http)}" : $"the peer closed the connection after {Share(http)}"),
        ];
        if (view.Again(repeat => repeat.Outcome == http.Outcome, run => run.Failures.Where(failure => failure.Outcome == http.Outcome && failure.Stage is ExchangeStage.BodyBegun).Sum(failure => failure.Count)) is { } again)
            reasons.Add(again);
        return new Finding(
            Truncated,
            Severity.Critical,
            Where.Remote,
            $"The response from {ApplicationView.Server(http)} is cut off after {Share(http)}.",
            [.. reasons])
        {
            Subject = http.Address,
            Remedies =
            [
                new Remedy("Look for a crash or a timeout of the application in the middle of its answer, or a wrong Content-Length."),
                new Remedy("See it again.", $"curl -v -o /dev/null {http.Url}"),
            ],
            Next = ["On the server or its proxy: what does the error log say (upstream prematurely closed connection)?"],
        };
    }

    private static string Share(HttpExchange http) => http switch
    {
        { ExpectedLength: { } expected } => $"{http.BodyLength} of {expected} octets of the body",
        { Status: null } => "a part of the header",
        _ => $"{http.BodyLength} octets of the body",
    };
}
