using System.Net;

namespace NetWhy.Evidence;

/// <summary>One TLS handshake, whole or as far as it came.</summary>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="Purpose">Why: <c>target</c>, <c>no-sni</c>, <c>other-sni</c>, <c>any-version</c>, <c>old-versions</c>, <c>any-cipher</c>, <c>no-alpn</c>, <c>h2-alpn</c>, <c>proxy</c>, <c>direct</c>, <c>redirect</c>, <c>tls-on-plain-port</c>, <c>repeat</c>, <c>again</c> (the same as the first, to see whether all come to the same), <c>alpn</c> (with protocols named), <c>policy</c> (with a request where the target names none): the variant that was tried.</param>
/// <param name="ServerName">SNI that was sent; null if none.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Elapsed">From the ClientHello to the outcome.</param>
public sealed record TlsHandshake(
    IPAddress Address,
    int Port,
    string Purpose,
    string? ServerName,
    TlsOutcome Outcome,
    TimeSpan Elapsed) : Observation
{
    /// <summary>Purpose of handshakes that offer what the usual one does, beside each other and beside others.</summary>
    public const string Again = "again";

    /// <summary>Purpose of those that are made one at a time, each with the patience of the usual one.</summary>
    public const string Alone = "alone";

    /// <summary>From the ClientHello to the first octet of the answer; null if none came, and in evidence that is older than this.</summary>
    public TimeSpan? TimeToAnswer { get; init; }

    /// <summary>Negotiated version, such as <c>TLSv1.3</c>; null if none.</summary>
    public string? Version { get; init; }

    /// <summary>Negotiated cipher suite by OpenSSL's name; null if none.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>Protocol chosen by ALPN; null if none.</summary>
    public string? Alpn { get; init; }

    /// <summary>Key exchange group; null if unknown.</summary>
    public string? Group { get; init; }

    /// <summary>Alert that ended or warned, by its RFC name, such as <c>handshake_failure</c>; null if none.</summary>
    public string? Alert { get; init; }

    /// <summary>Number of that alert; null if none.</summary>
    public int? AlertCode { get; init; }

    /// <summary>Whether we sent the alert ourselves; false if the peer did.</summary>
    public bool AlertIsOurs { get; init; }

    /// <summary>Handshake messages with their direction, such as <c>> ClientHello</c> and <c>&lt; ServerHello</c>, in order.</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];

    /// <summary>Octets received before the outcome.</summary>
    public long OctetsReceived { get; init; }

    /// <summary>Whether it ended in the middle of a message of the server, whose beginning had come.</summary>
    public bool IsInMessage { get; init; }

    /// <summary>First octets received if they are no TLS, as printable text, at most 80 characters; null otherwise.</summary>
    public string? Greeting { get; init; }

    /// <summary>errno's name if the connection failed, such as <c>ECONNRESET</c>; null otherwise.</summary>
    public string? Errno { get; init; }

    /// <summary>OpenSSL's reason if its library refused, such as <c>wrong version number</c>; null otherwise.</summary>
    public string? LibraryReason { get; init; }

    /// <summary>Whether the server asked for a client certificate.</summary>
    public bool ClientCertificateRequested { get; init; }

    /// <summary>Whether a stapled OCSP response came.</summary>
    public bool HasOcspStaple { get; init; }

    /// <summary>Whether all that we sent had been acknowledged by the peer's TCP when the handshake ended.</summary>
    public bool AllAcknowledged { get; init; }

    /// <summary>Lowest and highest version offered, such as <c>TLSv1.2-TLSv1.3</c>.</summary>
    public string Offered { get; init; } = "";

    /// <summary>
    /// Host and port that a proxy was asked for: the address is the proxy's then, and who speaks TLS is behind it. Null if
    /// the connection is direct, and in evidence that is older than this.
    /// </summary>
    public string? Authority { get; init; }
}

/// <summary>What came of a TLS handshake.</summary>
public enum TlsOutcome
{
    /// <summary>Both sides finished it.</summary>
    Completed,

    /// <summary>An alert ended it.</summary>
    Alert,

    /// <summary>Nothing more came.</summary>
    Stalled,

    /// <summary>A RST ended it.</summary>
    Reset,

    /// <summary>The peer closed.</summary>
    Closed,

    /// <summary>What came is no TLS.</summary>
    NotTls,

    /// <summary>The TLS library of this machine refused to go on.</summary>
    LocalFailure,
}

/// <summary>The certificates exactly as the server sent them, and what verification makes of them.</summary>
/// <param name="Address">Peer's address.</param>
/// <param name="Port">Peer's port.</param>
/// <param name="ServerName">Name that the certificate must be for.</param>
/// <param name="Certificates">Certificates in the order sent, leaf first.</param>
/// <param name="VerifyCode">OpenSSL's X509_V_ERR code; 0 if the chain leads to a trusted root.</param>
/// <param name="VerifyText">Its text.</param>
public sealed record CertificateChain(
    IPAddress Address,
    int Port,
    string ServerName,
    IReadOnlyList<CertificateFacts> Certificates,
    int VerifyCode,
    string VerifyText) : Observation
{
    /// <summary>Depth of the certificate that the code is about; 0 is the leaf.</summary>
    public int VerifyDepth { get; init; }

    /// <summary>Whether the name matches the leaf (RFC 6125: subject alternative names only).</summary>
    public bool NameMatches { get; init; }

    /// <summary>X509_V_ERR code when dates are ignored: it tells an expired chain that is otherwise good; null if not tried.</summary>
    public int? VerifyCodeIgnoringDates { get; init; }

    /// <summary>Where trust came from, such as <c>/etc/ssl/certs/ca-certificates.crt</c> or <c>SSL_CERT_FILE=…</c>.</summary>
    public string TrustStore { get; init; } = "";

    /// <summary>Roots in the trust store.</summary>
    public int TrustedRoots { get; init; }

    /// <summary>What of the trust store could not be read, in words; null if all could.</summary>
    public string? TrustStoreProblem { get; init; }

    /// <summary>
    /// The end of the path that verification built, if this machine trusts it and the server did not send it; null if
    /// the path ends before, and in evidence that is older than this.
    /// </summary>
    public CertificateFacts? OwnAnchor { get; init; }

    /// <summary>
    /// Subject of a trusted root of the organization that issued the last certificate of the path: it tells a missing
    /// intermediate from a stranger's root; null if there is none or the chain is good.
    /// </summary>
    public string? RelatedRoot { get; init; }

    /// <summary>
    /// A certificate of the name of who issued the last certificate of the path, which verification did not take for the issuer's; null if
    /// none is at hand or the path leads to trust, and in evidence that is older than this.
    /// </summary>
    public IssuerNamesake? Namesake { get; init; }

    /// <summary>Host and port that a proxy was asked for, as in <see cref="TlsHandshake.Authority"/>.</summary>
    public string? Authority { get; init; }

    /// <summary>
    /// Purpose of the handshake that showed the chain; see <see cref="TlsHandshake.Purpose"/>. <c>other-key</c> if only clients are shown it
    /// that take no signatures but those of its kind of key.
    /// </summary>
    public string Purpose { get; init; } = "target";

    /// <summary>Of handshakes, or hellos of TLS 1.2, repeated with the address, how many showed it; null where none were repeated.</summary>
    public int? Shown { get; init; }

    /// <summary>How many were repeated there and showed a chain; null where none were.</summary>
    public int? Handshakes { get; init; }

    /// <summary>What the stapled OCSP response says of the leaf; null if none came.</summary>
    public OcspStaple? Staple { get; init; }

    /// <summary>Difference of the server's clock (HTTP Date) to ours; null if unknown. Positive if the server's is ahead.</summary>
    public TimeSpan? ServerClockOffset { get; init; }
}

/// <summary>A certificate that bears the name of another one's issuer.</summary>
/// <param name="Subject">Its subject in one line.</param>
/// <param name="IsSent">Whether the server sent it; else it is one that this machine trusts.</param>
public sealed record IssuerNamesake(string Subject, bool IsSent)
{
    /// <summary>Whether its key made the signature; null where that could not be checked.</summary>
    public bool? HasSigned { get; init; }

    /// <summary>Whether it is its own issuer, as a root is.</summary>
    public bool IsSelfIssued { get; init; }

    /// <summary>Which identifiers of the two certificates differ, in words; null if none do.</summary>
    public string? Difference { get; init; }

    /// <summary>Whether the path goes on from it to a trusted root, for who does not compare the identifiers.</summary>
    public bool LeadsToRoot { get; init; }
}

/// <summary>What a stapled OCSP response says of the leaf.</summary>
/// <param name="Status"><c>good</c>, <c>revoked</c>, <c>unknown</c>, <see cref="Unrelated"/>, <c>malformed</c>, or why the responder did not say, such as <c>tryLater</c>.</param>
public sealed record OcspStaple(string Status)
{
    /// <summary>It says nothing of this certificate, but of another one.</summary>
    public const string Unrelated = "unrelated";

    /// <summary>
    /// Whether its issuer has signed it, for this certificate; null if that could not be checked, since the issuer's certificate is not at
    /// hand or libcrypto does not take the algorithm, and in evidence that is older than this.
    /// </summary>
    public bool? IsProved { get; init; }

    /// <summary>
    /// Why it proves nothing when it came, in words: its signature, or its times or its signer's; null if it proves what it says, or that could not be
    /// checked.
    /// </summary>
    public string? Flaw { get; init; }

    /// <summary>When the certificate was revoked, in UTC; null if it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Since when the answer is known to be right, in UTC; null if it does not say, and in evidence that is older than this.</summary>
    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>Until when the answer holds, in UTC; null if it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; init; }
}

/// <summary>What one certificate says.</summary>
/// <param name="Subject">Subject in one line.</param>
/// <param name="Issuer">Issuer in one line.</param>
/// <param name="NotBefore">Start of validity, in UTC.</param>
/// <param name="NotAfter">End of validity, in UTC.</param>
public sealed record CertificateFacts(string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>Subject alternative names: DNS names as they are, addresses as text.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Whether it may sign certificates (basic constraints).</summary>
    public bool IsAuthority { get; init; }

    /// <summary>Whether subject and issuer are the same and its own key signed it.</summary>
    public bool IsSelfSigned { get; init; }

    /// <summary>Signature algorithm, such as <c>sha256WithRSAEncryption</c>.</summary>
    public string SignatureAlgorithm { get; init; } = "";

    /// <summary>Key, such as <c>RSA 2048</c>.</summary>
    public string Key { get; init; } = "";

    /// <summary>Address of the issuer's certificate (AIA); null if none.</summary>
    public string? IssuerUrl { get; init; }

    /// <summary>SHA-256 of the certificate, in lower-case hexadecimal.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>
    /// Its place in the path that verification built, 0 for the leaf; null if it is not in the path. In evidence that is
    /// older than this, null for the leaf too.
    /// </summary>
    public int? PathDepth { get; init; }

    /// <summary>Whether its key may sign (digitalSignature of keyUsage); null if it has no keyUsage, and in evidence that is older than this.</summary>
    public bool? MaySign { get; init; }

    /// <summary>Whether it may be used only with a stapled OCSP response (RFC 7633); null in evidence that is older than this.</summary>
    public bool? RequiresStaple { get; init; }
}
