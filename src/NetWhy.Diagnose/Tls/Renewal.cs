using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Tls;

/// <summary>How to get a new certificate: by certbot only where its issuer gives them out by ACME.</summary>
internal static class Renewal
{
    // Organizations in the names of issuers. Source: the lists of certificate authorities of certbot, acme.sh and lego.
    private static readonly string[] ByAcme = ["Let's Encrypt", "ISRG", "ZeroSSL", "Buypass", "Google Trust Services", "SSL Corp", "Actalis"];

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
