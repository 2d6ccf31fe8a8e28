using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A ClientHello of more than one segment gets no answer, and a short one does.</summary>
/// <remarks>One loss may be chance: a second one must confirm it. Some devices and servers read the first segment only. Whether the size of packets is to blame, smaller segments tell.</remarks>
public sealed class TlsClientHelloLost : IRule
{
    private const string Id = "tls-client-hello-lost";
    private const string LargePackets = "path-mtu-black-hole";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 8446, section 4.1.2; draft-ietf-tls-ecdhe-mlkem, section 4; RFC 9293, section 3.1; RFC 2923", Id, LargePackets)
    {
        Explains = ["tls-handshake-stall", "tls-handshake-reset", "tls-handshake-failed"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (TlsSurvey survey in evidence.All<TlsSurvey>())
        {
            TlsHelloTrial[] whole = [.. survey.HelloTrials.Where(trial => trial.SegmentSize is null)];
            TlsHelloTrial[] large = [.. whole.Where(trial => trial.Octets == whole.Max(other => other.Octets))];
            TlsHelloTrial[] lost = [.. large.Where(trial => trial.IsLost)];
            TlsHelloTrial? small = whole.FirstOrDefault(trial => trial.IsAnswered && trial.Octets < large[0].Octets);
            bool isRefused = large.Any(trial => trial.IsAnswered || trial.Answer.StartsWith("alert", StringComparison.Ordinal));
            if (lost.Length > 1 && !isRefused && small is not null)
                yield return Describe(survey, lost, small);
        }
    }

    private static Finding Describe(TlsSurvey survey, TlsHelloTrial[] large, TlsHelloTrial small)
    {
        string server = ApplicationView.Endpoint(survey.Address, survey.Port);
        List<Reason> reasons =
        [
            survey.Weigh(Weight.VeryStrong, $"a ClientHello of {large[0].Octets} octets gets no answer ({string.Join(", ", large.Select(trial => trial.Answer))})"),
            survey.Weigh(Weight.Strong, $"beside them, one of {small.Octets} octets is answered in {ApplicationView.InWords(small.Elapsed)}"),
        ];
        TlsHelloTrial? pieces = survey.HelloTrials.FirstOrDefault(trial => trial.SegmentSize is not null && trial.Octets == large[0].Octets);
        if (pieces is { IsAnswered: true })
            return DescribeLargePackets(survey, server, [.. reasons, survey.Weigh(Weight.VeryStrong, $"in segments of {pieces.SegmentSize} octets the large one is answered, too: large packets are lost, whatever is in them")]);
        if (pieces is { IsLost: true })
            reasons.Add(survey.Weigh(Weight.Strong, $"in segments of {pieces.SegmentSize} octets it is not answered either: it is not the size of packets"));
        return new Finding(
            Id,
            Severity.Warning, // older clients work
            Where.Unknown,
            $"{server} does not answer a ClientHello of {large[0].Octets} octets, as browsers send it with ML-KEM, while one of {small.Octets} octets works.",
            [.. reasons])
        {
            Subject = survey.Address,
            Remedies =
            [
                new Remedy("Bring the load balancer, firewall or TLS library before the service up to date: it must read a ClientHello from several segments."),
                new Remedy("Until then, leave ML-KEM out on the client (OpenSSL 3.5 and later).", $"openssl s_client -connect {server} -groups X25519:P-256 </dev/null"),
            ],
            Next = [$"Where does it end? tcpdump -ni any 'port {survey.Port}' on the server: do both segments of the ClientHello arrive?"],
        };
    }

    private static Finding DescribeLargePackets(TlsSurvey survey, string server, Reason[] reasons) => new(
        LargePackets,
        Severity.Warning, // what is small works
        Where.Path,
        $"Large packets from here to {server} vanish: what fits into small segments is answered, the same in full ones is not.",
        [.. reasons])
    {
        Subject = survey.Address,
        Remedies =
        [
            new Remedy("Let ICMP \"fragmentation needed\" and ICMPv6 \"packet too big\" through, on every firewall of the way."),
            Fix.ClampSegments,
        ],
        Next = [$"Which size still passes, and where does it end? netwhy mtu {survey.Address}"],
    };
}
