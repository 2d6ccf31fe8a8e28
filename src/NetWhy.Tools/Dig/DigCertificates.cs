using System.Collections.Immutable;
using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>Judges the certificates of servers as <c>+tls-ca</c> wants it.</summary>
internal static class DigCertificates
{
    /// <summary>Why a server's certificates are refused, in OpenSSL's words; null if they are not.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The name that the certificate must be for.</param>
    /// <param name="authorities">A file of trusted certificates; null for those of the machine.</param>
    internal static string? ProblemOf(TlsSession session, string name, string? authorities)
    {
        // A file takes the place of the machine's own.
        TrustStore store = TrustStore.Load(
            variable => authorities is null ? Environment.GetEnvironmentVariable(variable) : variable switch
            {
                "SSL_CERT_FILE" => authorities,
                "SSL_CERT_DIR" => "/nonexistent",
                _ => null,
            },
            extraFile: null);
        ImmutableArray<byte[]> chain = session.Certificates is { } message ? [.. message.Certificates] : [];
        if (chain.IsEmpty || store.Verify(chain, name, session.SecurityLevel) is not { } verdict)
            return "unspecified certificate verification error";
        if (verdict.Code != 0)
            return verdict.Text;
        return verdict.NameMatches ? null : IPAddress.TryParse(name, out _) ? "IP address mismatch" : "hostname mismatch";
    }
}
