using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using NetWhy.Certificates;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Tls;

/// <summary>
/// Fetches what certificates name: issuers that the server does not send, and what the issuers say of revocation. It tells the issuers
/// whom one looks at, so that nothing is fetched unless it is asked for.
/// </summary>
/// <remarks>Source: RFC 5280, sections 4.2.1.13 and 4.2.2.1; RFC 6960, appendix A.</remarks>
/// <param name="context">The investigation.</param>
/// <param name="fetcher">Fetches.</param>
/// <param name="address">Address of the server whose certificates are meant.</param>
/// <param name="port">Its port.</param>
/// <param name="trust">The roots.</param>
internal sealed class CertificateFetcher(ProbeContext context, HttpFetcher fetcher, IPAddress address, int port, TrustStore trust)
{
    private const int LargestCertificate = 64 * 1024;
    private const int LargestResponse = 64 * 1024;
    private const int LargestList = 8 * 1024 * 1024;
    private const int MostIssuers = 3; // that a server leaves out
    private const int MostDepth = 4; // leaf and intermediates that are asked about
    private const int MostUrls = 2; // of one kind in one certificate
    private const int LongestText = 400;

    private readonly List<Certificate> _known = [];
    private List<byte[]> _octets = [];

    /// <summary>Fetches, and reports what came.</summary>
    /// <param name="sent">What the server sent, leaf first.</param>
    /// <param name="host">Name or address that the leaf must be for.</param>
    /// <param name="securityLevel">Security level that keys and signatures must meet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why nobody was asked about the leaf, in words; null if somebody was, or it names nobody.</returns>
    internal async Task<string?> RunAsync(ImmutableArray<byte[]> sent, string host, int securityLevel, CancellationToken cancellationToken)
    {
        if (sent.IsEmpty || Certificate.Read(sent[0], out Certificate? leaf) is not OperationStatus.Done)
            return "no certificate came that can be read";
        _octets = [.. sent];
        _known.AddRange(Read(sent));
        await CompleteAsync(leaf!, host, securityLevel, cancellationToken);

        // Only the way to a root that is trusted here, and no farther: a copy of that root, signed by another, may be on that one's list
        // and concerns nobody. And who is not trusted does not decide whom we ask.
        TrustVerdict? verdict = trust.Verify([.. _octets], host, securityLevel);
        if (verdict is not { Code: 0 })
            return verdict is { Code: not (2 or 18 or 19 or 20 or 21) } ? $"its chain does not verify: {verdict.Text}" : "no way leads to a root that is trusted here";
        Certificate[] anchors = [.. Read(trust.RootsNamedIn([.. _octets]))];
        Certificate certificate = leaf!;
        for (int depth = 0; depth < MostDepth; depth++)
        {
            if (anchors.Any(anchor => anchor.Octets.Span.SequenceEqual(certificate.Octets.Span)))
                return depth > 0 ? null : "it is trusted here by itself";
            Certificate? anchor = RevocationProof.IssuerOf(certificate, anchors);
            int place = depth + 1 < verdict.Path.Length ? verdict.Path[depth + 1] : -1;
            if ((anchor ?? Read(place < 0 ? [] : [_octets[place]]).FirstOrDefault()) is not { } issuer)
                return depth > 0 ? null : "its issuer's certificate is not at hand";
            await AskAsync(certificate, issuer, depth, cancellationToken);
            if (anchor is not null)
                return null;
            certificate = issuer;
        }

        return null;
    }

    private static IEnumerable<Certificate> Read(IEnumerable<byte[]> certificates) => certificates
        .Select(octets => Certificate.Read(octets, out Certificate? certificate) is OperationStatus.Done ? certificate : null)
        .OfType<Certificate>();

    // From the leaf up to the first certificate whose issuer is missing, that issuer is fetched; and so on.
    private async Task CompleteAsync(Certificate leaf, string host, int securityLevel, CancellationToken cancellationToken)
    {
        for (int i = 0; i < MostIssuers && trust.Verify([.. _octets], host, securityLevel)?.Code is 2 or 20 or 21; i++)
        {
            Certificate top = leaf;
            for (int depth = 0; depth < MostDepth + MostIssuers && !top.IsSelfIssued && RevocationProof.IssuerOf(top, _known) is { } issuer; depth++)
                top = issuer;
            bool isFound = false;
            foreach (string url in top.IsSelfIssued ? [] : CertificateServices.Of(top).IssuerUrls.Take(MostUrls))
            {
                if (isFound = await FetchIssuerAsync(top, url, host, securityLevel, cancellationToken))
                    break;
            }

            if (!isFound)
                return;
        }
    }

    private async Task<bool> FetchIssuerAsync(Certificate child, string url, string host, int securityLevel, CancellationToken cancellationToken)
    {
        Fetched fetched = await fetcher.FetchAsync(url, default, null, LargestCertificate, cancellationToken);
        ImmutableArray<byte[]> came = fetched.Problem is null ? CertificateFile.Read(fetched.Octets.Span) : [];
        Certificate? issuer = RevocationProof.IssuerOf(child, Read(came));
        if (issuer is not null)
        {
            _octets.Add(issuer.Octets.ToArray());
            _known.Add(issuer);
        }

        context.Report(new FetchedIssuer(address, port, Text(child.Subject), Text(url))
        {
            Subject = issuer is null ? null : Text(issuer.Subject),
            Problem = fetched.Problem ?? (issuer is not null ? null : came.IsEmpty ? "what came is no certificate" : "what came is not its issuer"),
            Repairs = issuer is not null && trust.Verify([.. _octets], host, securityLevel)?.Code is 0,
            Elapsed = fetched.Elapsed,
        });
        return issuer is not null;
    }

    // The list only where no responder gives a proof.
    private async Task AskAsync(Certificate certificate, Certificate issuer, int depth, CancellationToken cancellationToken)
    {
        var services = CertificateServices.Of(certificate);
        foreach (string url in services.OcspUrls.Take(MostUrls))
        {
            RevocationAnswer answer = await AskResponderAsync(certificate, issuer, url, cancellationToken);
            context.Report(answer with { Depth = depth });
            if (answer is { Problem: null, Status: "good" or "revoked" })
                return;
        }

        foreach (string url in services.ListUrls.Take(MostUrls))
        {
            RevocationAnswer answer = await AskListAsync(certificate, issuer, url, cancellationToken);
            context.Report(answer with { Depth = depth });
            if (answer.Problem is null)
                return;
        }
    }

    private async Task<RevocationAnswer> AskResponderAsync(Certificate certificate, Certificate issuer, string url, CancellationToken cancellationToken)
    {
        var answer = new RevocationAnswer(address, port, Text(certificate.Subject), "ocsp", Text(url));
        if (RevocationProof.RequestFor(certificate, issuer) is not { } request)
            return answer with { Problem = "no request can be made" };
        Fetched fetched = await fetcher.FetchAsync(url, request, "application/ocsp-request", LargestResponse, cancellationToken);
        if (fetched.Status is 400 or 404 or 405 or 501) // some take a GET only: RFC 5019, section 5
            fetched = await fetcher.FetchAsync($"{url.TrimEnd('/')}/{Uri.EscapeDataString(Convert.ToBase64String(request))}", default, null, LargestResponse, cancellationToken);
        answer = answer with { Octets = fetched.Octets.Length, Elapsed = fetched.Elapsed, Problem = fetched.Problem };
        if (fetched.Problem is not null)
            return answer;
        if (OcspResponse.Read(fetched.Octets.Span, certificate.Serial, out OcspResponse? response) is not OperationStatus.Done)
            return answer with { Problem = "what came is no OCSP response about this certificate" };
        bool isSigned = response!.SignedOctets.Length > 0; // a responder that does not say signs nothing
        return answer with
        {
            Status = response.Status,
            Problem = isSigned ? RevocationProof.WrongWith(response, certificate, issuer, context.Clock.GetUtcNow()) : null,
            RevokedAt = response.RevokedAt,
            Reason = RevocationProof.ReasonName(response.Reason),
            ThisUpdate = response.ThisUpdate,
            NextUpdate = response.NextUpdate,
        };
    }

    private async Task<RevocationAnswer> AskListAsync(Certificate certificate, Certificate issuer, string url, CancellationToken cancellationToken)
    {
        var answer = new RevocationAnswer(address, port, Text(certificate.Subject), "crl", Text(url));
        Fetched fetched = await fetcher.FetchAsync(url, default, null, LargestList, cancellationToken);
        answer = answer with { Octets = fetched.Octets.Length, Elapsed = fetched.Elapsed, Problem = fetched.Problem };
        if (fetched.Problem is not null)
            return answer;
        if (RevocationList.Read(CertificateFile.ReadList(fetched.Octets), out RevocationList? list) is not OperationStatus.Done)
            return answer with { Problem = "what came is no revocation list" };
        bool isRevoked = list!.Contains(certificate.SerialOctets.Span, out DateTimeOffset time, out int? reason);
        return answer with
        {
            Status = isRevoked ? "revoked" : "good",
            Problem = RevocationProof.WrongWith(list, certificate, issuer, context.Clock.GetUtcNow()),
            RevokedAt = isRevoked ? time : null,
            Reason = isRevoked ? RevocationProof.ReasonName(reason) : null,
            ThisUpdate = list.ThisUpdate,
            NextUpdate = list.NextUpdate,
        };
    }

    private static string Text(string text) => PrintableText.Of(text, LongestText);
}
