using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What comes back is no HTTP response, or nothing before the peer closes; or it is another version of HTTP.</summary>
public sealed class HttpMalformedResponse : IRule
{
    private const string Malformed = "http-malformed-response";
    private const string OtherProtocol = "http-protocol-mismatch";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "http-malformed-response", Source: "RFC 9112, section 4; RFC 9113, section 3.4", Malformed, OtherProtocol);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        foreach (HttpExchange http in view.Exchanges.DistinctBy(http => http.Address))
        {
            switch (http)
            {
                case { Outcome: HttpOutcome.Malformed, Fault: { } fault } when fault.Contains("HTTP/2 SETTINGS frame instead of", StringComparison.Ordinal):
                    yield return SpeaksHttp2(http);
                    break;
                case { CodingFault: { } fault }:
                    yield return Miscoded(http, fault);
                    break;
                case { Outcome: HttpOutcome.Complete, Fault: { } excess }:
                    yield return Excessive(http, excess);
                    break;
                case { Outcome: HttpOutcome.Malformed }:
                case { Outcome: HttpOutcome.Truncated, Status: null }:
                    yield return Garbage(http);
                    break;
                case { Outcome: HttpOutcome.ClosedEarly }:
                    yield return Empty(view, http);
                    break;
            }
        }
    }

    private static Finding SpeaksHttp2(HttpExchange http) => new(
        OtherProtocol,
        Severity.Critical,
        Where.Remote,
        $"{Server(http)} speaks HTTP/2 without negotiation (prior knowledge) and was asked in HTTP/1.1.",
        [http.Weigh(Weight.Decisive, "its first octets are an HTTP/2 SETTINGS frame")])
    {
        Subject = http.Address,
        AlsoExplains = [Malformed],
        Remedies =
        [
            new Remedy("Use HTTP/2 from the start with this port.", $"curl --http2-prior-knowledge {http.Url}"),
            new Remedy("Or let the server speak HTTP/1.1 there too."),
        ],
    };

    private static Finding Garbage(HttpExchange http) => new(
        Malformed,
        Severity.Critical,
        Where.Remote,
        $"What {Server(http)} sends back is no valid HTTP response: {http.Fault ?? "it ends inside the header"}.",
        [
            http.Weigh(Weight.Decisive, http.Fault ?? "the connection ends inside the header"),
            .. http.Excerpt is { } text ? [http.Weigh(Weight.Context, $"it begins: {text}")] : Array.Empty<Reason>(),
        ])
    {
        Subject = http.Address,
        Remedies =
        [
            new Remedy("Check that it is an HTTP service that listens on this port, and what stands before it.", $"ss -ltnp 'sport = :{http.Port}'", Fix.Server(http.Address)),
            new Remedy("See its octets.", $"curl -sv --http0.9 {http.Url} | head -c 200 | xxd"),
        ],
        Next = ["On the server: which program writes the response, and does a proxy in between change it?"],
    };

    // Source: RFC 9112, section 6.3: such octets are no part of the answer, and a client that keeps the connection may take them for the next one.
    private static Finding Excessive(HttpExchange http, string excess) => new(
        Malformed,
        Severity.Warning, // this answer is whole
        Where.Remote,
        $"{Server(http)} sends more than its answer: {excess}. It has a wrong length, or a body where none may be.",
        [
            http.Weigh(Weight.Decisive, $"{excess} ({http.Status}{(http.ExpectedLength is { } length ? $", Content-Length {length}" : "")})"),
        ])
    {
        Subject = http.Address,
        Remedies =
        [
            new Remedy("Correct who writes the answer: a length that was counted in characters, or before the body was changed; a body with HEAD, 204 or 304.", On: Fix.Server(http.Address)),
            new Remedy("See it: curl says \"excess found\".", $"curl -sv -o /dev/null {http.Url}"),
        ],
        Next = ["Who keeps the connection takes what is too much for the next answer: does a proxy before the server log broken answers?"],
    };

    private static Finding Miscoded(HttpExchange http, string fault) => new(
        Malformed,
        Severity.Critical,
        Where.Remote,
        $"{Server(http)} answers {http.Status} with a broken body: {fault}.",
        [
            http.Weigh(Weight.Decisive, fault),
            http.Weigh(Weight.Context, $"content-encoding: {http.Headers.GetValueOrDefault("content-encoding")}"),
        ])
    {
        Subject = http.Address,
        Remedies =
        [
            new Remedy("See whether it is whole without the coding.", $"curl -sv -H 'Accept-Encoding: identity' -o /dev/null {http.Url}"),
            new Remedy("Find who codes it: the application, a proxy that compresses, or a cache that kept a broken copy (empty it).", On: Fix.Server(http.Address)),
        ],
        Next = ["On each hop: does it set Content-Encoding, and does it code the body or pass it on?"],
    };

    private static Finding Empty(ApplicationView view, HttpExchange http)
    {
        return new Finding(
            Malformed,
            Severity.Critical,
            Where.Remote,
            $"{Server(http)} accepts the connection and closes it without an answer (empty reply).",
            [
                http.Weigh(Weight.VeryStrong, $"the peer closed {ApplicationView.InWords(http.Elapsed)} after the request, without one octet"),
                .. view.Again(repeat => repeat.Outcome is HttpOutcome.ClosedEarly, run => run.Failures.Where(failure => failure.Outcome is HttpOutcome.ClosedEarly).Sum(failure => failure.Count)) is { } again ? [again] : Array.Empty<Reason>(),
            ])
        {
            Subject = http.Address,
            Remedies =
            [
                new Remedy(http.Version is "HTTP/2" ? "Look at the service: it speaks HTTP/2, and ends the connection at this request: a crash, an access list, a limit, or a request that it does not take." // what other protocol could be missing
                    : "Look at the service: a load balancer without a backend, a crash, an access list, or one that expects another protocol (PROXY protocol, TLS).", "journalctl --since -10min -p warning", Fix.Server(http.Address)),
                new Remedy("See it again.", $"curl -v {http.Url}"),
            ],
            Next = ["On the server: does its log show the request, or why the connection was closed?"],
        };
    }

    private static string Server(HttpExchange http) => ApplicationView.Server(http);
}
