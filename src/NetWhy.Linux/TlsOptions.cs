using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Linux;

/// <summary>What a TLS client offers.</summary>
public sealed record TlsOptions
{
    /// <summary>Name for the server name indication; null for none. An address is never sent (RFC 6066, section 3).</summary>
    public string? ServerName { get; init; }

    /// <summary>Protocols for ALPN; empty for none.</summary>
    public ImmutableArray<string> Protocols { get; init; } = [];

    /// <summary>Protocols for NPN, which went before ALPN; empty for none.</summary>
    public ImmutableArray<string> NextProtocols { get; init; } = [];

    /// <summary>Numbers of extensions that are sent empty, up to TLS 1.2; see <see cref="TlsSession.MayBeSent"/>.</summary>
    public ImmutableArray<int> EmptyExtensions { get; init; } = [];

    /// <summary>Lowest version offered, such as 0x0301; null for the library's.</summary>
    public int? MinVersion { get; init; }

    /// <summary>Highest version offered; null for the library's.</summary>
    public int? MaxVersion { get; init; }

    /// <summary>A file with our own certificate and, but in DER, those that lead to its root; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The form of <see cref="CertificateFile"/>.</summary>
    public TlsFileForm CertificateForm { get; init; }

    /// <summary>Whether of <see cref="CertificateFile"/> all certificates are sent, not only the first.</summary>
    public bool SendsWholeFile { get; init; } = true;

    /// <summary>A file with certificates to send behind our own, in PEM; null for none.</summary>
    public string? ChainFile { get; init; }

    /// <summary>A file with the key of our own certificate; null for none, or where <see cref="CertificateFile"/> is an archive that has it.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The form of <see cref="KeyFile"/>, which is no archive.</summary>
    public TlsFileForm KeyForm { get; init; }

    /// <summary>What opens <see cref="KeyFile"/>, or the archive; null for nothing, and an encrypted key is then refused.</summary>
    public string? Passphrase { get; init; }

    /// <summary>Offer everything that the library has, however weak, and accept weak keys (security level 0).</summary>
    public bool AllowWeak { get; init; }

    /// <summary>Whether the state of the certificate is asked for (OCSP staple).</summary>
    public bool AsksForStaple { get; init; } = true;

    /// <summary>
    /// Settings by their names on OpenSSL's command lines, without the dash: <c>cipher</c>, <c>ciphersuites</c>, <c>groups</c>,
    /// <c>sigalgs</c>, <c>no_ticket</c> …; null as value where a setting has none. Source: SSL_CONF_cmd(3ssl).
    /// </summary>
    public ImmutableArray<(string Name, string? Value)> Settings { get; init; } = [];

    /// <summary>Whom the library trusts when it verifies the server's certificates; null if it is not to verify them.</summary>
    public TlsTrust? Trust { get; init; }

    /// <summary>Whether an end without close_notify is taken for one with it. Source: SSL_OP_IGNORE_UNEXPECTED_EOF of SSL_CTX_set_options(3ssl).</summary>
    public bool IgnoresUnexpectedEnd { get; init; }

    /// <summary>Whether the server may ask for a certificate after the handshake. Source: SSL_set_post_handshake_auth(3ssl).</summary>
    public bool TakesLateRequests { get; init; }

    /// <summary>Whether the hello says that a higher version was tried before. Source: RFC 7507.</summary>
    public bool IsFallback { get; init; }

    /// <summary>The longest record that the server is asked to send: 512, 1024, 2048 or 4096 octets; null for any. Source: RFC 6066, section 4.</summary>
    public int? MaxFragmentLength { get; init; }

    /// <summary>The longest record that is sent, 512 to 16384 octets; null for the library's limit.</summary>
    public int? MaxSendFragment { get; init; }

    /// <summary>A session to go on with; null for a new one. It stays the caller's.</summary>
    public SavedTlsSession? Session { get; init; }

    /// <summary>Who hears what happens meanwhile; null for nobody.</summary>
    public TlsObserver? Observer { get; init; }
}

/// <summary>How libssl verifies the certificates of a server, in the handshake.</summary>
/// <remarks>Source: SSL_set_verify(3ssl), X509_VERIFY_PARAM_set_flags(3ssl).</remarks>
public sealed record TlsTrust
{
    /// <summary>A file of trusted certificates and revocation lists, in PEM; null for the one that OpenSSL usually takes.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>A directory of trusted certificates by the hashes of their names; null for those that OpenSSL usually takes.</summary>
    public string? AuthorityDirectory { get; init; }

    /// <summary>A file of revocation lists, in PEM or one in DER; null for none.</summary>
    public string? RevocationFile { get; init; }

    /// <summary>Whether the usual file is taken where no other is named.</summary>
    public bool HasUsualFile { get; init; } = true;

    /// <summary>Whether the usual directories are taken where no other is named.</summary>
    public bool HasUsualDirectories { get; init; } = true;

    /// <summary>Whether the handshake ends where verification fails; if not, <see cref="TlsSession.VerifyResult"/> tells.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>The name that the certificate must be for; null for any.</summary>
    public string? HostName { get; init; }

    /// <summary>The mail address that the certificate must be for; null for any.</summary>
    public string? MailAddress { get; init; }

    /// <summary>The address that the certificate must be for; null for any.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Flags of verification (X509_V_FLAG_…).</summary>
    public uint Flags { get; init; }

    /// <summary>Whether the flags count also where our own chain is built and a staple is verified; if not, there they do not.</summary>
    public bool HasFlagsInStore { get; init; }

    /// <summary>Certificates between the server's and the root at most; null for the library's limit.</summary>
    public int? Depth { get; init; }

    /// <summary>Security level that keys and signatures of the chain must meet; null for that of the connection.</summary>
    public int? AuthLevel { get; init; }

    /// <summary>What the certificate must be for, by OpenSSL's short name such as <c>sslserver</c>; null for a TLS server.</summary>
    public string? Purpose { get; init; }

    /// <summary>The time at which certificates must be valid; null for now.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Policies, dotted, of which one must be left; empty for any.</summary>
    public ImmutableArray<string> Policies { get; init; } = [];
}

/// <summary>How a certificate or a key lies in its file.</summary>
public enum TlsFileForm
{
    /// <summary>Text between lines of dashes. Source: RFC 7468.</summary>
    Pem,

    /// <summary>The octets of one of them. Source: X.690.</summary>
    Der,

    /// <summary>An archive of certificates and a key, PKCS #12. Source: RFC 7292.</summary>
    Archive,
}

/// <summary>What of <see cref="TlsOptions"/> could be refused.</summary>
public enum TlsPart
{
    /// <summary><see cref="TlsTrust.AuthorityFile"/>.</summary>
    AuthorityFile,

    /// <summary><see cref="TlsTrust.AuthorityDirectory"/>.</summary>
    AuthorityDirectory,

    /// <summary><see cref="TlsTrust.RevocationFile"/>.</summary>
    RevocationFile,

    /// <summary>Another member of <see cref="TlsTrust"/>.</summary>
    Trust,

    /// <summary>One of <see cref="TlsOptions.Settings"/>.</summary>
    Setting,

    /// <summary><see cref="TlsOptions.CertificateFile"/>.</summary>
    Certificate,

    /// <summary><see cref="TlsOptions.CertificateFile"/>, which cannot be opened as an archive.</summary>
    ArchiveFile,

    /// <summary><see cref="TlsOptions.CertificateFile"/>, which is no archive.</summary>
    Archive,

    /// <summary>What is in the archive: <see cref="TlsOptions.Passphrase"/> does not open it, or it lacks certificate or key.</summary>
    ArchiveContent,

    /// <summary><see cref="TlsOptions.ChainFile"/>.</summary>
    Chain,

    /// <summary><see cref="TlsOptions.KeyFile"/>, also where it does not belong to the certificate.</summary>
    Key,

    /// <summary><see cref="TlsOptions.Protocols"/>.</summary>
    Protocols,

    /// <summary><see cref="TlsOptions.ServerName"/>.</summary>
    ServerName,

    /// <summary><see cref="TlsOptions.Session"/>.</summary>
    Session,
}

/// <summary>An option that the library did not take.</summary>
/// <param name="Part">Which.</param>
/// <param name="Value">The file, or the name of the setting.</param>
/// <param name="Reason">Why, in the library's words.</param>
/// <param name="Errors">The library's queue of errors as ERR_print_errors(3ssl) prints it, a line each.</param>
public sealed record TlsRefusal(TlsPart Part, string Value, string Reason, ImmutableArray<string> Errors);
