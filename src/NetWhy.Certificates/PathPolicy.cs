using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Certificates;

/// <summary>Which rules certificates are held to.</summary>
public enum CertificateProfile
{
    /// <summary>RFC 5280 alone: private authorities.</summary>
    Rfc5280,

    /// <summary>RFC 5280 and the Baseline Requirements of the CA/Browser Forum, section 7.1: what public servers must have.</summary>
    BaselineRequirements,
}

/// <summary>What the certificate is to be used for (extended key usage). Source: RFC 5280, section 4.2.1.12.</summary>
public enum CertificatePurpose
{
    /// <summary>Any.</summary>
    Any,

    /// <summary>A TLS server.</summary>
    Server,

    /// <summary>A TLS client.</summary>
    Client,
}

/// <summary>What a path must meet.</summary>
public sealed record PathPolicy
{
    /// <summary>The time at which it must be valid; fractions of a second are ignored.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The rules.</summary>
    public CertificateProfile Profile { get; init; }

    /// <summary>What for.</summary>
    public CertificatePurpose Purpose { get; init; } = CertificatePurpose.Server;

    /// <summary>DNS name that the leaf must be for; null if none.</summary>
    public string? HostName { get; init; }

    /// <summary>Address that the leaf must be for; null if none.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Bits of key usage that the leaf must have, by RFC 5280's numbers: 0 is digitalSignature.</summary>
    public ImmutableArray<int> KeyUsages { get; init; } = [];

    /// <summary>How many CA certificates may stand between leaf and anchor, self-issued ones not counted; null for the builder's own limit.</summary>
    public int? MostIntermediates { get; init; }

    /// <summary>Revocation lists at hand, in DER. Only lists of a certificate's own issuer are looked at.</summary>
    public ImmutableArray<RevocationList> RevocationLists { get; init; } = [];
}
