using System.Net;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Tls;

/// <summary>How to get a new certificate: by certbot only where an authority gives them out by ACME.</summary>
internal static class Renewal
{
    // Organizations in the names of issuers. Source: the lists of certificate authorities of certbot, acme.sh and lego.
    private static readonly string[] ByAcme = ["Let's Encrypt", "ISRG", "ZeroSSL", "Buypass", "Google Trust Services", "SSL Corp", "Actalis"];

    // Names that no public authority issues for. Source: RFC 6761; RFC 6762, section 3; RFC 8375; RFC 9476; ICANN, .internal.
    private static readonly string[] NotPublic = ["local", "localhost", "internal", "lan", "home", "corp", "test", "example", "invalid", "alt", "arpa", "onion"];

    /// <summary>To have a certificate issued that clients trust: by certbot only for a name that public authorities issue for.</summary>
    /// <param name="chain">What the server sends.</param>
    /// <param name="sentence">What is wanted.</param>
    internal static Remedy New(CertificateChain chain, string sentence) => IsPublic(chain.ServerName)
        ? new Remedy(sentence, $"certbot certonly -d {chain.ServerName}", Fix.Server(chain.Address))
        : new Remedy(sentence, On: Fix.Server(chain.Address));

    private static bool IsPublic(string name)
    {
        string[] labels = name.TrimEnd('.').Split('.');
        return labels.Length > 1 && !IPAddress.TryParse(name, out _) && !NotPublic.Contains(labels[^1], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What to do.</summary>
    /// <param name="chain">What the server sends.</param>
    /// <param name="what">What is wanted, in a sentence without its end.</param>
    /// <param name="command">How certbot does it.</param>
    internal static Remedy Of(CertificateChain chain, string what, ShellCommand command)
    {
        string issuer = chain.Certificates[0].Issuer;
        return ByAcme.Any(name => issuer.Contains(name, StringComparison.OrdinalIgnoreCase))
            ? new Remedy($"{what}.", command, Fix.Server(chain.Address))
            : new Remedy($"{what}; its issuer is {issuer}.", On: Fix.Server(chain.Address));
    }
}
