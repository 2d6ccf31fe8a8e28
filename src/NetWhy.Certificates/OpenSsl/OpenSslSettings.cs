using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Certificates;

/// <summary>How OpenSSL is to verify. Source: openssl-verification-options(1), X509_VERIFY_PARAM_set_flags(3ssl).</summary>
public sealed record OpenSslSettings
{
    /// <summary>Most certificates between leaf and anchor.</summary>
    public const int UsualDepth = 100;

    /// <summary>The time at which it must be valid; null where times do not count.</summary>
    public required DateTimeOffset? Time { get; init; }

    /// <summary>What for.</summary>
    public OpenSslPurpose Purpose { get; init; }

    /// <summary>Most certificates between leaf and anchor.</summary>
    public int Depth { get; init; } = UsualDepth;

    /// <summary>What keys and signatures must be worth, 0 to 5; below 1 nothing.</summary>
    public int AuthLevel { get; init; } = -1;

    /// <summary>The host that the leaf must be for; null if none.</summary>
    public string? HostName { get; init; }

    /// <summary>The mail address that the leaf must be for; null if none.</summary>
    public string? MailAddress { get; init; }

    /// <summary>The address that the leaf must be for; null if none.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Whether a trusted certificate ends the path that is no root.</summary>
    public bool AllowsPartialChain { get; init; }

    /// <summary>Whether what RFC 5280 asks of form is asked too.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Whether unknown critical extensions are let pass.</summary>
    public bool IgnoresCritical { get; init; }

    /// <summary>Whether proxy certificates are let pass. Source: RFC 3820.</summary>
    public bool AllowsProxies { get; init; }

    /// <summary>Whether the signature of a root is checked too.</summary>
    public bool ChecksRootSignature { get; init; }

    /// <summary>Whether the leaf must not be on a revocation list.</summary>
    public bool ChecksRevocation { get; init; }

    /// <summary>Whether all must not.</summary>
    public bool ChecksRevocationOfAll { get; init; }

    /// <summary>Which keys of Suite B there may be; none where it does not count.</summary>
    public OpenSslSuiteB SuiteB { get; init; }

    /// <summary>Whether delta lists say more than the list that they are for.</summary>
    public bool UsesDeltas { get; init; }

    /// <summary>Whether policies are checked.</summary>
    public bool ChecksPolicies { get; init; }

    /// <summary>Whether a policy must be left.</summary>
    public bool RequiresExplicitPolicy { get; init; }

    /// <summary>Whether anyPolicy stands for none.</summary>
    public bool InhibitsAnyPolicy { get; init; }

    /// <summary>Whether policies may not be mapped.</summary>
    public bool InhibitsPolicyMapping { get; init; }

    /// <summary>Policies of which one must be left; empty for any.</summary>
    public ImmutableArray<string> Policies { get; init; } = [];
}

/// <summary>Levels of security of Suite B. Source: RFC 6460.</summary>
[Flags]
public enum OpenSslSuiteB
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>128 bits: P-256 with SHA-256.</summary>
    Level128 = 1,

    /// <summary>192 bits: P-384 with SHA-384.</summary>
    Level192 = 2,
}

/// <summary>What a certificate is used for. Source: X509_check_purpose(3ssl).</summary>
public enum OpenSslPurpose
{
    /// <summary>Nobody asked.</summary>
    Unset,

    /// <summary>A TLS client.</summary>
    SslClient,

    /// <summary>A TLS server.</summary>
    SslServer,

    /// <summary>A TLS server that takes keys enciphered.</summary>
    NetscapeServer,

    /// <summary>Signing mail.</summary>
    MailSigning,

    /// <summary>Receiving enciphered mail.</summary>
    MailEncryption,

    /// <summary>Signing revocation lists.</summary>
    CrlSigning,

    /// <summary>Anything.</summary>
    Any,

    /// <summary>Signing OCSP responses.</summary>
    OcspHelper,

    /// <summary>Signing the time.</summary>
    TimeStamping,
}

/// <summary>One thing that verification found.</summary>
/// <param name="Code">Its number, see <see cref="OpenSslCode"/>.</param>
/// <param name="Depth">Which certificate of the path has it; 0 is the leaf.</param>
/// <param name="Subject">The certificate; null where it is about the path as a whole.</param>
public sealed record OpenSslError(int Code, int Depth, OpenSslCertificate? Subject)
{
    /// <summary>Whether openssl verify goes on to look for more behind an error: what is found then is said too, but nothing is accepted.</summary>
    public bool LetsGoOn => Code is OpenSslCode.NoExplicitPolicy or OpenSslCode.HasExpired or OpenSslCode.SelfSignedLeaf or OpenSslCode.InvalidCa
        or OpenSslCode.InvalidNonCa or OpenSslCode.PathLengthExceeded or OpenSslCode.CrlHasExpired or OpenSslCode.CrlNotYetValid
        or OpenSslCode.UnhandledCriticalExtension or OpenSslCode.InvalidPurpose or OpenSslCode.PathLengthOfNonCa
        or (>= OpenSslCode.PathLengthWithoutSigning and <= OpenSslCode.ExtensionsNeedVersion3);
}

/// <summary>What came of verification.</summary>
/// <param name="Errors">What was found, in order; empty if it is accepted.</param>
/// <param name="Chain">The path, leaf first, as far as it was found.</param>
/// <param name="Untrusted">How many of them, from the leaf on, are not trusted themselves.</param>
/// <param name="Policies">What the path says of policies; null where they were not checked.</param>
public sealed record OpenSslVerdict(
    ImmutableArray<OpenSslError> Errors, ImmutableArray<OpenSslCertificate> Chain, int Untrusted, OpenSslPolicyTree? Policies)
{
    /// <summary>Whether it is accepted.</summary>
    public bool IsAccepted => Errors.IsEmpty;
}

/// <summary>Certificates that are trusted.</summary>
public interface IOpenSslStore
{
    /// <summary>Those of a name.</summary>
    /// <param name="child">A certificate whose issuer is looked for, or which is looked for itself.</param>
    /// <param name="isIssuer">Whether its issuer is meant.</param>
    IReadOnlyList<OpenSslCertificate> Find(OpenSslCertificate child, bool isIssuer);

    /// <summary>Revocation lists by the issuer of a certificate.</summary>
    /// <param name="child">The certificate.</param>
    IReadOnlyList<RevocationList> FindLists(OpenSslCertificate child);
}
