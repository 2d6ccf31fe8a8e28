using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The certificate was made by a device or program that opens TLS on the way.</summary>
/// <remarks>
/// Known by the name that such products give their authority. A root that only this machine trusts is no proof: it may be
/// that of the company whose server it is. Nor is a product's name on the product's own page: what is made on the way bears the name
/// that was asked for, and is not signed by itself.
/// </remarks>
public sealed class TlsIntercepted : IRule
{
    private const string Id = "tls-intercepted";

    // Authorities that products make for themselves, as their manuals and the study of Durumeric and others (NDSS 2017) name them.
    private static readonly string[] Products =
    [
        "FortiGate", "Fortinet", "Zscaler", "Blue Coat", "ProxySG", "Palo Alto Networks", "Netskope", "Forcepoint", "Websense", "Sophos SSL CA",
        "Check Point", "Kaspersky", "Avast Web/Mail Shield", "AVG Web/Mail Shield", "ESET SSL Filter", "Bitdefender Personal CA", "mitmproxy",
        "Charles Proxy", "DO_NOT_TRUST", "PortSwigger", "Untangle", "Barracuda", "SonicWall", "WatchGuard", "McAfee Web Gateway", "Skyhigh",
        "Menlo Security", "iboss", "Securly", "Smoothwall", "Cato Networks", "Cloudflare Managed", "Cisco Umbrella", "Squid",
    ];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 5280, section 6; Durumeric et al., The Security Impact of HTTPS Interception, NDSS 2017", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CertificateChain chain in ApplicationView.Of(evidence).Chains.DistinctBy(chain => chain.Address))
        {
            CertificateReview? review = evidence.Last<CertificateReview>(review => review.IsOf(chain));
            if (!chain.NameMatches || chain.Certificates[0].IsSelfSigned || IPAddress.TryParse(chain.ServerName, out _))
                continue;
            string[] issuers = [.. CertificatePath.Of(chain).Select(facts => facts.Issuer)];
            if (review?.IsAnchorPublic is not true && issuers.FirstOrDefault(issuer => ProductOf(issuer) is not null) is { } issuer)
                yield return Describe(chain, review, issuer, ProductOf(issuer)!);
        }
    }

    private static string? ProductOf(string issuer) => Products.FirstOrDefault(product => HasWords(issuer, product));

    // Whether the words stand there as words: a Squid is no part of Squidward.
    private static bool HasWords(string text, string words)
    {
        for (int at = 0; (at = text.IndexOf(words, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            int end = at + words.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
                return true;
        }

        return false;
    }

    private static Finding Describe(CertificateChain chain, CertificateReview? review, string issuer, string product)
    {
        bool isTrusted = chain.VerifyCode == 0;
        List<Reason> reasons = [chain.Weigh(Weight.VeryStrong, $"the issuer is {issuer}: {product} makes such certificates on the way")];
        if (review?.IsAnchorPublic is false)
            reasons.Add(review.Weigh(Weight.Strong, "the root is trusted on this machine, and is none of those that came with the system"));
        if (!isTrusted)
            reasons.Add(chain.Weigh(Weight.Strong, $"no root here vouches for it: verification says {chain.VerifyCode} ({chain.VerifyText})"));
        return new Finding(
            Id,
            isTrusted ? Severity.Info : Severity.Critical,
            Where.Path,
            $"TLS with {ApplicationView.Server(chain)} is opened on the way: the certificate is made by {issuer}, not by an authority of {chain.ServerName}.",
            [.. reasons])
        {
            Subject = chain.Address,
            AlsoExplains = ["tls-untrusted-root", "tls-missing-intermediate", "tls-self-signed"],
            Remedies =
            [
                new Remedy("If that device is your own, trust its root here, and in every program with roots of its own (Java, Python, Node, containers).", "cp DEVICE-CA.pem /usr/local/share/ca-certificates/device.crt && update-ca-certificates"),
                new Remedy("Or have the device leave this name alone."),
            ],
            Next = ["If nobody here runs such a device, do not send passwords over this connection; compare the certificate from another network."],
        };
    }
}
