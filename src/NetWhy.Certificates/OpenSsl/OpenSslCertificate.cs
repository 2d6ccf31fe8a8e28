using System.Buffers;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>A certificate as OpenSSL's verification sees it, with the trust settings that PEM of type TRUSTED CERTIFICATE brings.</summary>
/// <remarks>What its extensions say is read when it is first asked for: of many in a store, few are looked at.</remarks>
public sealed class OpenSslCertificate : IDisposable
{
    private readonly bool _hasTrust;
    private readonly byte[] _octets;
    private OpenSslExtensions? _extensions;
    private LibraryCertificate? _library;
    private bool _isLoaded;

    private OpenSslCertificate(byte[] octets, bool hasTrust, Certificate certificate)
    {
        _octets = octets;
        _hasTrust = hasTrust;
        Certificate = certificate;
        SubjectName = DistinguishedName.Read(certificate.SubjectOctets.Span);
        IssuerName = DistinguishedName.Read(certificate.IssuerOctets.Span);
        ReadTrust(octets.AsMemory(certificate.Octets.Length));
    }

    /// <summary>The certificate.</summary>
    public Certificate Certificate { get; }

    /// <summary>The certificate as libcrypto holds it; null if it does not take it.</summary>
    public LibraryCertificate? Library
    {
        get
        {
            if (!_isLoaded)
                (_isLoaded, _library) = (true, LibraryCertificate.Read(_octets, _hasTrust));
            return _library;
        }
    }

    /// <summary>Purposes that it is trusted for, by their numbers; null where nothing is set.</summary>
    public IReadOnlyList<string>? TrustedFor { get; private set; }

    /// <summary>Purposes that it is not trusted for; null where nothing is set.</summary>
    public IReadOnlyList<string>? RejectedFor { get; private set; }

    /// <summary>The subject's name in the form in which names are compared; null if it cannot be read.</summary>
    public string? SubjectKey => SubjectName?.Key;

    /// <summary>The issuer's name in the form in which names are compared; null if it cannot be read.</summary>
    public string? IssuerKey => IssuerName?.Key;

    internal DistinguishedName? SubjectName { get; }

    internal DistinguishedName? IssuerName { get; }

    internal OpenSslExtensions Extensions => _extensions ??= new OpenSslExtensions(this);

    internal bool IsSelfIssued => SubjectName is not null && SubjectName.Key == IssuerName?.Key;

    // Its issuer's name and identifiers are its own, and the algorithm fits the key: see EXFLAG_SS. Its signature is not looked at.
    internal bool IsSelfSigned => !Extensions.IsInvalid && IsSelfIssued && Extensions.FitsAuthority(this) && OpenSslAlgorithms.Fits(this, this) == 0;

    /// <summary>Reads a certificate.</summary>
    /// <param name="octets">Its DER encoding.</param>
    /// <param name="hasTrust">Whether trust settings may follow it.</param>
    /// <returns>Null if it is none.</returns>
    public static OpenSslCertificate? Read(ReadOnlyMemory<byte> octets, bool hasTrust)
    {
        if (Certificate.Read(octets.Span, allowsAnyTime: true, out Certificate? certificate) is not OperationStatus.Done)
            return null;
        var read = new OpenSslCertificate(hasTrust ? octets.ToArray() : certificate!.Octets.ToArray(), hasTrust, certificate!);
        return read;
    }

    /// <inheritdoc/>
    public void Dispose() => _library?.Dispose();

    internal bool IsSameAs(OpenSslCertificate other) => Certificate.Octets.Span.SequenceEqual(other.Certificate.Octets.Span);

    /// <summary>From and until when it is valid; null for a time that is not in the form that certificates must use.</summary>
    public (DateTimeOffset? NotBefore, DateTimeOffset? NotAfter) Times()
    {
        var reader = new DerReader(Certificate.ValidityOctets.Span);
        DateTimeOffset? first = Next(ref reader), second = Next(ref reader);
        return (first, second);

        static DateTimeOffset? Next(ref DerReader reader) =>
            reader.Read() is OperationStatus.Done && DerReader.TryReadTime(reader.Tag, reader.Value, out DateTimeOffset time) ? time : null;
    }

    // CertAux of OpenSSL: SEQUENCE { trust SEQUENCE OF OID OPTIONAL, reject [0] SEQUENCE OF OID OPTIONAL, … }.
    private void ReadTrust(ReadOnlyMemory<byte> behind)
    {
        const byte Rejected = 0xa0;
        var outer = new DerReader(behind.Span);
        if (!_hasTrust || !outer.Read(DerReader.Sequence))
            return;
        var parts = new DerReader(outer.Value);
        while (parts.Read() is OperationStatus.Done)
        {
            if (parts.Tag == DerReader.Sequence)
                TrustedFor = Identifiers(parts.Value);
            else if (parts.Tag == Rejected)
                RejectedFor = Identifiers(parts.Value);
        }
    }

    private static List<string> Identifiers(ReadOnlySpan<byte> octets)
    {
        List<string> identifiers = [];
        var reader = new DerReader(octets);
        while (reader.Read(DerReader.ObjectIdentifier))
            identifiers.Add(DerReader.Dotted(reader.Value));
        return identifiers;
    }
}
