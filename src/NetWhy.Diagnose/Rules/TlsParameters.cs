using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Client and server have no version, no cipher suite or no application protocol in common.</summary>
public sealed class TlsParameters : IRule
{
    private const string Version = "tls-version-mismatch";
    private const string Cipher = "tls-cipher-mismatch";
    private const string Alpn = "tls-alpn-mismatch";
    private const int HandshakeFailure = 40;
    private const int ProtocolVersion = 70;
    private const int InsufficientSecurity = 71;
    private const int NoApplicationProtocol = 120;

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "tls-parameters",
        Source: "RFC 8446, sections 4.1.3 and 6.2; RFC 7301, section 3.2",
        Version,
        Cipher,
        Alpn)
    {
        Explains = ["tls-handshake-*"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = ApplicationView.Of(evidence);
        if (view.Failed(failed => failed.Outcome is not (TlsOutcome.NotTls or TlsOutcome.Stalled)) is not { } failed)
            yield break;
        if (failed.ClientCertificateRequested)
            yield break; // parameters were agreed on before
        if (VersionFinding(view, failed) is { } version)
            yield return version;
        if (CipherFinding(view, failed) is { } cipher)
            yield return cipher;
        if (AlpnFinding(view, failed) is { } alpn)
            yield return alpn;
    }

    private static bool IsOld(TlsHandshake handshake) => handshake.Version is "TLSv1" or "TLSv1.0" or "TLSv1.1" or "SSLv3";

    // What is offered, such as TLSv1.2-TLSv1.3; the names sort as the versions do.
    private static bool IsOffered(TlsHandshake failed, TlsHandshake made) =>
        made.Version is not { } version
        || failed.Offered.Split('-') is not [var least, var most]
        || (string.CompareOrdinal(version, least) >= 0 && string.CompareOrdinal(version, most) <= 0);

    private static bool IsTheirs(TlsHandshake handshake, params ReadOnlySpan<int> codes) =>
        !handshake.AlertIsOurs && handshake.AlertCode is { } code && codes.Contains(code);

    private static Finding? VersionFinding(ApplicationView view, TlsHandshake failed)
    {
        TlsHandshake? cure = view.Cure("old-versions", "any-version");
        List<Reason> reasons = [];
        bool isHere = cure is not null && !IsOld(cure) && !IsOffered(failed, cure);
        if (isHere)
            reasons.Add(cure!.Weigh(Weight.Decisive, $"with every version allowed the handshake is made, in {cure!.Version}"));
        else if (cure is not null && IsOld(cure))
            reasons.Add(cure.Weigh(Weight.Decisive, $"with old versions allowed the handshake is made, in {cure.Version}"));
        else if (cure is not null)
            return null; // the same versions, weaker suites: not the version
        if (IsTheirs(failed, ProtocolVersion))
            reasons.Add(failed.Weigh(Weight.VeryStrong, $"the server answers {failed.Offered} with the alert protocol_version"));
        else if (failed is { AlertIsOurs: true, AlertCode: ProtocolVersion, LibraryReason: not TlsHandshakeFailed.NoRecord } || failed.LibraryReason is "unsupported protocol" or "wrong ssl version")
            reasons.Add(failed.Weigh(Weight.VeryStrong, $"the server chose a version outside {failed.Offered}, which this machine's TLS library refuses"));
        if (reasons.Count == 0)
            return null;

        string theirs = cure?.Version is { } version ? $"speaks {version}" : "speaks none of them";
        return new Finding(
            Version,
            Severity.Critical,
            isHere ? Where.Local : Where.Remote,
            $"No common TLS version: clients here offer {failed.Offered}, {Server(failed)} {theirs}.",
            [.. reasons])
        {
            Subject = failed.Address,
            Remedies =
            [
                .. isHere
                    ? [new Remedy("The settings of this machine's TLS library hold it back: correct MinProtocol and MaxProtocol.", "openssl version -d; grep -n Protocol \"${OPENSSL_CONF:-/etc/ssl/openssl.cnf}\"")]
                    : Array.Empty<Remedy>(),
                new Remedy("Switch on TLS 1.2 and 1.3 (nginx: ssl_protocols TLSv1.2 TLSv1.3;).", On: Fix.Server(failed.Address)),
                new Remedy("See what the server speaks.", $"openssl s_client {ApplicationView.ConnectOptions(failed)} -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null"),
            ],
            Next = ["On the server: which versions does its configuration or its TLS library allow?"],
        };
    }

    private static Finding? CipherFinding(ApplicationView view, TlsHandshake failed)
    {
        TlsHandshake? cure = view.Cure("any-cipher");
        if (cure is not null && !IsOffered(failed, cure))
            return null; // it was the version that was let go
        TlsSurvey? survey = view.Evidence.First<TlsSurvey>(survey => survey.Address.Equals(failed.Address) && survey.Port == failed.Port && Taken(survey, failed) is not null);
        if (cure is null && survey is null && failed.AlertCode is HandshakeFailure && view.Trial("any-cipher") is not null)
            return null; // the alert has other reasons too, and no suite of ours changes it
        List<Reason> reasons = [];
        if (cure is not null)
            reasons.Add(cure.Weigh(Weight.Decisive, $"with every cipher suite offered the handshake is made, with {cure.CipherSuite}"));
        if (IsTheirs(failed, HandshakeFailure, InsufficientSecurity))
        {
            reasons.Add(failed.Weigh(
                Weight.Strong, $"the server answers the ClientHello with the alert {failed.Alert}: it finds nothing in common"));
        }
        else if (cure is null && !(failed.LibraryReason?.Contains("cipher", StringComparison.Ordinal) ?? false))
        {
            return null;
        }

        if (cure is null && survey is not null)
            reasons.Add(survey.Weigh(Weight.VeryStrong, $"asked for each suite alone, it takes {Taken(survey, failed)}"));
        if (failed.LibraryReason is { } refusal && failed.Outcome is TlsOutcome.LocalFailure)
            reasons.Add(failed.Weigh(Weight.Strong, $"this machine's TLS library refuses: {refusal}"));
        if (cure is null && view.Cure("old-versions", "any-version", "no-alpn", "h2-alpn", "no-sni", "other-sni") is { } other)
            reasons.Add(other.Weigh(Weight.RulesOut, $"the handshake is made with {InWords(other.Purpose)} instead"));
        else if (cure is null && view.Trial("any-cipher") is { } vain)
            reasons.Add(vain.Weigh(Weight.Hint, "no other offer of ours is accepted either"));
        return new Finding(
            Cipher,
            Severity.Critical,
            Where.Remote,
            cure is null
                ? $"No common cipher suite: {Server(failed)} accepts nothing that clients here offer."
                : $"No common cipher suite: {Server(failed)} wants {cure.CipherSuite}, which clients here do not offer.",
            [.. reasons])
        {
            Subject = failed.Address,
            Remedies =
            [
                new Remedy("Allow suites with forward secrecy and AEAD (nginx: ssl_ciphers HIGH:!aNULL:!MD5;).", On: Fix.Server(failed.Address)),
                new Remedy("See what the server accepts.", $"nmap --script ssl-enum-ciphers -p {failed.Port} {failed.Address}"),
            ],
            Next = ["On the server: which suites does its configuration allow, and of which kind is its key (RSA or ECDSA)?"],
        };
    }

    // A suite that the server takes in a version that was offered; null if none is known.
    private static string? Taken(TlsSurvey survey, TlsHandshake failed) => survey.Versions
        .Where(version => string.CompareOrdinal(version.Version, failed.Offered.Split('-')[0]) >= 0)
        .SelectMany(version => version.CipherSuites.Names)
        .FirstOrDefault();

    private static Finding? AlpnFinding(ApplicationView view, TlsHandshake failed)
    {
        bool saysSo = IsTheirs(failed, NoApplicationProtocol);
        TlsHandshake? cure = view.Cure("no-alpn", "h2-alpn");
        bool isOnlyCure = cure is not null && view.Cure("any-version", "any-cipher", "no-sni", "other-sni") is null;
        if (!saysSo && !isOnlyCure)
            return null;

        List<Reason> reasons = [];
        if (saysSo)
            reasons.Add(failed.Weigh(Weight.Decisive, "the server answers the ClientHello with the alert no_application_protocol"));
        if (cure is not null)
        {
            reasons.Add(cure.Weigh(
                isOnlyCure ? Weight.VeryStrong : Weight.Strong, $"the handshake is made with {InWords(cure.Purpose)}"));
        }

        string wants = view.Cure("h2-alpn") is { Alpn: "h2" } ? "only HTTP/2 (h2)" : "another application protocol";
        return new Finding(
            Alpn,
            Severity.Critical,
            Where.Remote,
            $"No common application protocol: clients that offer http/1.1 by ALPN are refused by {Server(failed)}, which speaks {wants}.",
            [.. reasons])
        {
            Subject = failed.Address,
            Remedies =
            [
                new Remedy("Let the server accept http/1.1 too, or use a client that speaks what it offers."),
                new Remedy("See what the server chooses.", $"openssl s_client {ApplicationView.ConnectOptions(failed)} -alpn h2,http/1.1 </dev/null"),
            ],
            Next = ["On the server: which protocols does its ALPN list name?"],
        };
    }

    private static string InWords(string purpose) => purpose switch
    {
        "no-alpn" => "no ALPN",
        "h2-alpn" => "h2 offered by ALPN",
        "no-sni" => "no server name",
        "other-sni" => "another server name",
        "any-cipher" => "every cipher suite",
        _ => "other versions",
    };

    private static string Server(TlsHandshake handshake) => ApplicationView.Server(handshake);
}
