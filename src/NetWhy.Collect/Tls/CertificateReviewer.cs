using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using NetWhy.Certificates;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Tls;

/// <summary>Judges a server's certificates by netwhy's own path building, beside what libcrypto says.</summary>
internal static class CertificateReviewer
{
    private const int LongestText = 400;

    /// <summary>Judges them.</summary>
    /// <param name="sent">What the server sent, leaf first.</param>
    /// <param name="handshake">The handshake that showed them.</param>
    /// <param name="host">Name or address that the leaf must be for.</param>
    /// <param name="trust">The roots.</param>
    /// <param name="now">The time.</param>
    /// <returns>The observation; null if the leaf cannot be read.</returns>
    internal static CertificateReview? Review(
        ImmutableArray<byte[]> sent, TlsHandshake handshake, string host, TrustStore trust, DateTimeOffset now)
    {
        Certificate[] certificates = [.. Read(sent).Select(read => read.Certificate)];
        if (sent.IsEmpty || Certificate.Read(sent[0], out Certificate? leaf) is not OperationStatus.Done)
            return null;
        bool isAddress = IPAddress.TryParse(host, out IPAddress? address);
        var policy = new PathPolicy
        {
            Time = now,
            HostName = isAddress ? null : host,
            Address = address,
        };
        CertificatePath path = new PathBuilder(Read(trust.RootsNamedIn(sent)).Select(read => read.Certificate), certificates.Skip(1), policy).Build(leaf!);
        var services = CertificateServices.Of(leaf!);
        return new CertificateReview(
            handshake.Address,
            handshake.Port,
            host,
            [.. path.Certificates.Select(certificate => Text(certificate.Subject))],
            path.IsAnchored)
        {
            Flaws =
            [
                .. path.Problems.Select(problem => new CertificateFlaw(
                    problem.Defect.ToString(), Text(problem.Subject.Subject), Text(problem.Detail), problem.IsFatal)),
            ],
            IsAnchorPublic = path.IsAnchored ? TrustStore.IsOfDistribution(path.Certificates[^1].Octets.Span) : null,
            Fingerprints = [.. Read(sent).Select(read => TrustStore.Fingerprint(read.Octets))],
            Serial = leaf!.Serial,
            OcspUrls = [.. services.OcspUrls.Select(Text)],
            ListUrls = [.. services.ListUrls.Select(Text)],
            Logs = [.. services.Timestamps.Select(timestamp => timestamp.LogId)],
        };
    }

    private static IEnumerable<(Certificate Certificate, byte[] Octets)> Read(ImmutableArray<byte[]> certificates)
    {
        foreach (byte[] octets in certificates)
        {
            if (Certificate.Read(octets, out Certificate? certificate) is OperationStatus.Done)
                yield return (certificate!, octets);
        }
    }

    private static string Text(string text) => PrintableText.Of(text, LongestText);
}
