using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Tls;

/// <summary>Something that a server takes and should not.</summary>
/// <param name="What">What, in words.</param>
/// <param name="IsBroken">Whether it protects nothing any more; else it is only out of date.</param>
internal sealed record TlsWeakness(string What, bool IsBroken)
{
    /// <summary>Bits that a prime must have. Source: RFC 9325, section 4.4.</summary>
    internal const int ShortPrime = 2048;

    private const int BreakablePrime = 1024; // RFC 7919, introduction: within reach of states, and 768 of others

    /// <summary>All that a server takes.</summary>
    /// <param name="survey">What it takes.</param>
    /// <param name="evidence">Where it stands among what else was seen.</param>
    /// <remarks>
    /// Mail servers talk to each other in the clear where nothing better is to be had, and verify nobody: there a suite without
    /// authentication is no weakness, and Postfix takes such ones by default. A server that does not know secure renegotiation may
    /// know none at all; clients with TLS 1.3 never come to it, others of today refuse such servers. Source: RFC 9325, sections
    /// 3.1, 3.2, 3.5 and 4.1; RFC 7568; RFC 8996; RFC 7465; RFC 5746; RFC 7435, section 3; RFC 7672, section 8.2; TLS_README of Postfix.
    /// </remarks>
    internal static ImmutableArray<TlsWeakness> Of(TlsSurvey survey, EvidenceSet evidence)
    {
        bool isOpportunistic = evidence.Any<StartTlsDialogue>(dialogue =>
            dialogue.Protocol is "smtp" or "lmtp" && dialogue.Address.Equals(survey.Address) && dialogue.Port == survey.Port);
        string[] suites = [.. survey.Versions.SelectMany(version => version.CipherSuites.Names).Distinct()];
        TlsWeakness?[] all =
        [
            Taken(survey, "SSLv3") ? new("SSL 3.0 (POODLE)", true) : null,
            Taken(survey, "TLSv1.0") || Taken(survey, "TLSv1.1")
                ? new(string.Join(" and ", survey.Versions.Where(version => version is { IsTaken: true, Version: "TLSv1.0" or "TLSv1.1" }).Select(version => version.Version.Replace("TLSv", "TLS ", StringComparison.Ordinal))), false)
                : null,
            Suites(suites, "without encryption", true, suite => suite.Contains("_NULL", StringComparison.Ordinal)),
            isOpportunistic ? null : Suites(suites, "without authentication", true, suite => suite.Contains("_anon_", StringComparison.Ordinal)),
            Suites(suites, "of export strength", true, suite => suite.Contains("EXPORT", StringComparison.Ordinal)),
            Suites(suites, "with RC4", true, suite => suite.Contains("RC4_128", StringComparison.Ordinal)),
            Suites(suites, "with DES", true, suite => suite.Contains("WITH_DES_", StringComparison.Ordinal)),
            Suites(suites, "with 3DES", false, suite => suite.Contains("3DES", StringComparison.Ordinal)),
            Suites(suites, "without forward secrecy", false, suite => suite.StartsWith("TLS_RSA_WITH_", StringComparison.Ordinal) && !suite.Contains("_NULL", StringComparison.Ordinal)),
            survey.PrimeBits is < ShortPrime and var bits ? new($"a DHE prime of {bits} bits", bits < BreakablePrime) : null,
            survey.Compression is true ? new("compression (CRIME)", true) : null,
            survey.SecureRenegotiation is false && !Taken(survey, "TLSv1.3") ? new("no sign of secure renegotiation", false) : null,
        ];
        return [.. all.OfType<TlsWeakness>()];
    }

    /// <summary>Whether a group holds against quantum computers, as far as is known.</summary>
    /// <param name="group">Its name.</param>
    internal static bool IsPostQuantum(string group) =>
        group.Contains("MLKEM", StringComparison.Ordinal) || group.Contains("Kyber", StringComparison.Ordinal);

    private static bool Taken(TlsSurvey survey, string version) => survey.Versions.Any(offer => offer.IsTaken && offer.Version == version);

    private static TlsWeakness? Suites(string[] suites, string what, bool isBroken, Func<string, bool> condition) =>
        suites.Count(condition) is > 0 and var count ? new TlsWeakness($"{Words.Count(count, "suite")} {what}", isBroken) : null;
}
