using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>One thing that is wrong on the way from a certificate to a trust anchor.</summary>
/// <param name="Defect">What it is.</param>
/// <param name="Depth">Which certificate of the path has it; 0 is the leaf.</param>
/// <param name="Subject">The certificate itself.</param>
/// <param name="Detail">The comparison that failed, in words; contains text from the certificate, unescaped.</param>
/// <param name="IsFatal">
/// Whether clients reject the path for it. Otherwise it breaks the profile that was asked for, and clients that are strict reject it.
/// </param>
public sealed record CertificateProblem(CertificateDefect Defect, int Depth, Certificate Subject, string Detail, bool IsFatal);
