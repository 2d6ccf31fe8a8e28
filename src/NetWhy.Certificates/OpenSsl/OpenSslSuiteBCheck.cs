namespace NetWhy.Certificates;

/// <summary>Holds a path to the curves and digests of Suite B. Source: RFC 6460; X509_chain_check_suiteb of OpenSSL 3.0.</summary>
internal static class OpenSslSuiteBCheck
{
    private const int Version3 = 3;

    // 0 where it keeps to it, else the error and the depth that OpenSSL names.
    internal static (int Code, int Depth) Check(List<OpenSslCertificate> chain, OpenSslSuiteB allowed)
    {
        OpenSslSuiteB left = allowed;
        for (int depth = 0; depth <= chain.Count; depth++)
        {
            // The key that signs is that of the next certificate; behind the last one, that of its own.
            OpenSslCertificate holder = chain[Math.Min(depth, chain.Count - 1)];
            string? signature = depth == 0 ? null : SignatureAlgorithm.IdOf(chain[depth - 1].Certificate.SignedAlgorithm.Span);
            int code = depth < chain.Count && holder.Certificate.Version != Version3 ? OpenSslCode.SuiteBVersion : Check(holder, signature, ref left);
            if (code == 0)
                continue;
            bool isOfSigned = code is OpenSslCode.SuiteBSignature or OpenSslCode.SuiteBLevel && depth > 0;
            return (code is OpenSslCode.SuiteBLevel && left != allowed ? OpenSslCode.SuiteBSigner : code, isOfSigned ? depth - 1 : depth);
        }

        return (0, 0);
    }

    /// <summary>Looks at one key and what it signs.</summary>
    /// <param name="holder">Whose key.</param>
    /// <param name="signature">The algorithm that it signs with, dotted; null where it signs nothing.</param>
    /// <param name="left">What is allowed; below P-384 no P-256 may sign.</param>
    /// <returns>0, or an error.</returns>
    internal static int Check(OpenSslCertificate holder, string? signature, ref OpenSslSuiteB left)
    {
        const string P256 = "1.2.840.10045.3.1.7", P384 = "1.3.132.0.34", WithSha256 = "1.2.840.10045.4.3.2", WithSha384 = "1.2.840.10045.4.3.3";
        if (holder.Library?.HasUsableKey is not true || OpenSslAlgorithms.CurveOf(holder) is not { } curve)
            return OpenSslCode.SuiteBAlgorithm;
        if (curve is not (P256 or P384))
            return OpenSslCode.SuiteBCurve;
        if (signature is not null && signature != (curve is P384 ? WithSha384 : WithSha256))
            return OpenSslCode.SuiteBSignature;
        if (!left.HasFlag(curve is P384 ? OpenSslSuiteB.Level192 : OpenSslSuiteB.Level128))
            return OpenSslCode.SuiteBLevel;
        if (curve is P384)
            left &= ~OpenSslSuiteB.Level128;
        return 0;
    }
}
