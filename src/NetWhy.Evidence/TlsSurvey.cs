using System.Net;

namespace NetWhy.Evidence;

/// <summary>What a TLS server takes, found by asking with hellos that are never followed by a handshake.</summary>
/// <param name="Address">Server's address.</param>
/// <param name="Port">Server's port.</param>
/// <param name="ServerName">SNI that was sent; null if none.</param>
/// <param name="Versions">The versions from SSL 3.0 on, in their order.</param>
public sealed record TlsSurvey(IPAddress Address, int Port, string? ServerName, IReadOnlyList<TlsVersionOffer> Versions) : Observation
{
    /// <summary>Groups of the key exchange in TLS 1.3, in the order in which the server took them.</summary>
    public TlsChoices? Groups { get; init; }

    /// <summary>Groups of the key exchange in TLS 1.2.</summary>
    public TlsChoices? OlderGroups { get; init; }

    /// <summary>Signatures that it makes in the key exchange of TLS 1.2.</summary>
    public TlsChoices? Signatures { get; init; }

    /// <summary>Length of the prime that it sends for DHE suites, in bits; null if it sends none, or was not asked.</summary>
    public int? PrimeBits { get; init; }

    /// <summary>Protocols that it takes by ALPN, of those asked for; null if it was not asked.</summary>
    public IReadOnlyList<string>? Protocols { get; init; }

    /// <summary>Whether it knows secure renegotiation (RFC 5746); null if no version before TLS 1.3 is taken.</summary>
    public bool? SecureRenegotiation { get; init; }

    /// <summary>Whether it uses the extended master secret (RFC 7627); null if no version before TLS 1.3 is taken.</summary>
    public bool? ExtendedMasterSecret { get; init; }

    /// <summary>Whether it gives session tickets before TLS 1.3 (RFC 5077); null if no such version is taken.</summary>
    public bool? SessionTickets { get; init; }

    /// <summary>Whether it compresses; null if no version before TLS 1.3 is taken.</summary>
    public bool? Compression { get; init; }

    /// <summary>Whether it refuses a fallback to a lower version (RFC 7507); null if it takes one version only, or gave no sign.</summary>
    public bool? RefusesFallback { get; init; }

    /// <summary>Value of the Strict-Transport-Security field that it answers a HEAD with; empty if it has none, null if it was not asked or gave no answer.</summary>
    public string? StrictTransport { get; init; }

    /// <summary>Hellos of several sizes, to see whether size matters.</summary>
    public IReadOnlyList<TlsHelloTrial> HelloTrials { get; init; } = [];

    /// <summary>Hellos that were sent several times, each on a connection of its own, to see whether the answers differ; null in evidence that is older than this.</summary>
    public IReadOnlyList<TlsRepeatedHello>? Repeats { get; init; }

    /// <summary>
    /// How many connections came to nothing (the end of the connection, silence, no TLS), though the same hello was answered on the next
    /// ones; 0 in evidence that is older than this.
    /// </summary>
    public int Unanswered { get; init; }

    /// <summary>How many connections were made for all this.</summary>
    public int Connections { get; init; }

    /// <summary>Why some of the questions were not asked, in words; null if all were, and in evidence that is older than this.</summary>
    public string? Stopped { get; init; }

    /// <summary>How many of them were open at a time, at most.</summary>
    public int AtOnce { get; init; }

    /// <summary>Shortest time from a ClientHello to the end of its answer; null if none was answered.</summary>
    public TimeSpan? FastestAnswer { get; init; }

    /// <summary>Shortest time from a ClientHello to the end of the handshake, of the few that were made; null if none was.</summary>
    public TimeSpan? FastestHandshake { get; init; }

    /// <summary>How long versions, suites and groups took.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>What a server takes of things that were offered one after the other, each without those taken before.</summary>
/// <param name="Names">What it took, in the order in which it took them.</param>
public sealed record TlsChoices(IReadOnlyList<string> Names)
{
    /// <summary>
    /// Whose order counts: <c>server</c> if it took the same first when it was offered last, <c>client</c> if it took whatever was
    /// offered first, <c>unclear</c> if neither; null if there is nothing to choose, or no answer came.
    /// </summary>
    public string? Order { get; init; }

    /// <summary>What ended the search, such as <c>alert handshake_failure</c>.</summary>
    public string Ending { get; init; } = "";

    /// <summary>Whether the ending means that there is no more; if not, there may be.</summary>
    public bool IsWhole { get; init; }
}

/// <summary>Whether a server takes a version, and with which cipher suites.</summary>
/// <param name="Version">The version, such as <c>TLSv1.2</c>.</param>
/// <param name="CipherSuites">The cipher suites by IANA's names; none if the version is not taken.</param>
public sealed record TlsVersionOffer(string Version, TlsChoices CipherSuites)
{
    /// <summary>Whether it is taken.</summary>
    public bool IsTaken => CipherSuites.Names.Count > 0;
}

/// <summary>A hello of a certain size, and what came of it.</summary>
/// <param name="Octets">Length of the record.</param>
/// <param name="SegmentSize">TCP_MAXSEG that was set; null for the connection's own.</param>
/// <param name="Answer">What came: <c>hello</c>, an alert, <c>silence</c>, <c>closed</c>, <c>reset</c>, <c>not asked</c>, or why there was no connection.</param>
/// <param name="Elapsed">Until then.</param>
public sealed record TlsHelloTrial(int Octets, int? SegmentSize, string Answer, TimeSpan Elapsed)
{
    /// <summary>Whether the server answered as a TLS server does.</summary>
    public bool IsAnswered => Answer is "hello";

    /// <summary>Whether it went out and nothing came of it; a refusal is an answer, and a hello that was not sent is not lost.</summary>
    public bool IsLost => Answer is "silence" or "closed" or "reset";
}

/// <summary>A hello that was sent several times.</summary>
/// <param name="Offered">The versions that it offers, such as <c>TLSv1.2</c> or <c>TLSv1.2-TLSv1.3</c>.</param>
/// <param name="Answers">What came, the commonest first; what was not answered as TLS is, by a hello or an alert, is left out.</param>
public sealed record TlsRepeatedHello(string Offered, IReadOnlyList<TlsRepeatedAnswer> Answers)
{
    /// <summary>How many came to nothing: the connection ended, nothing came, or no TLS.</summary>
    public int Unanswered { get; init; }

    /// <summary>Whether some were taken and some were refused.</summary>
    public bool IsPartlyRefused => Answers.Any(answer => answer.Version is null) && Answers.Any(answer => answer.Version is not null);

    /// <summary>How many were answered.</summary>
    public int Count => Answers.Sum(answer => answer.Count);
}

/// <summary>One of the answers to a hello that was sent several times.</summary>
/// <param name="Words">The alert, such as <c>alert protocol_version</c>; what was chosen, if it was taken.</param>
/// <param name="Version">The version chosen; null if the hello was refused.</param>
/// <param name="CipherSuite">The cipher suite chosen, by IANA's name; null if the hello was refused.</param>
/// <param name="Count">How many times it came.</param>
public sealed record TlsRepeatedAnswer(string Words, string? Version, string? CipherSuite, int Count);

/// <summary>Who a server says it is when it is asked by another name.</summary>
/// <param name="Address">Server's address.</param>
/// <param name="Port">Server's port.</param>
/// <param name="ServerName">SNI that was sent; null if none.</param>
/// <param name="Outcome">What came of the handshake.</param>
public sealed record TlsIdentity(IPAddress Address, int Port, string? ServerName, TlsOutcome Outcome) : Observation
{
    /// <summary>SHA-256 of the certificate that came, in lower-case hexadecimal; null if none.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Its subject in one line; null if none came.</summary>
    public string? Subject { get; init; }

    /// <summary>The alert that ended the handshake; null if none.</summary>
    public string? Alert { get; init; }
}

/// <summary>A server's certificate as netwhy's own path building judges it, and what it says of its revocation.</summary>
/// <param name="Address">Server's address.</param>
/// <param name="Port">Server's port.</param>
/// <param name="ServerName">Name that the certificate must be for.</param>
/// <param name="Path">Subjects of the best path found, leaf first.</param>
/// <param name="IsAnchored">Whether it ends at a root that this machine trusts.</param>
public sealed record CertificateReview(IPAddress Address, int Port, string ServerName, IReadOnlyList<string> Path, bool IsAnchored) : Observation
{
    /// <summary>What is wrong with that path, the fatal first.</summary>
    public IReadOnlyList<CertificateFlaw> Flaws { get; init; } = [];

    /// <summary>Whether it is of a chain: several servers behind one address may send each its own.</summary>
    /// <param name="chain">The chain.</param>
    public bool IsOf(CertificateChain chain) => Address.Equals(chain.Address) && Port == chain.Port
        && (Fingerprints is null || Fingerprints.SequenceEqual(chain.Certificates.Select(certificate => certificate.Fingerprint)));

    /// <summary>Whether clients accept the path.</summary>
    public bool IsAccepted => IsAnchored && !Flaws.Any(flaw => flaw.IsFatal);

    /// <summary>Whether the anchor came with the distribution; null if that cannot be told.</summary>
    public bool? IsAnchorPublic { get; init; }

    /// <summary>SHA-256 of each certificate that was sent, in lower-case hexadecimal: whose review it is; null in evidence that is older than this.</summary>
    public IReadOnlyList<string>? Fingerprints { get; init; }

    /// <summary>Serial number of the leaf, in lower-case hexadecimal.</summary>
    public string Serial { get; init; } = "";

    /// <summary>Addresses of its OCSP responders.</summary>
    public IReadOnlyList<string> OcspUrls { get; init; } = [];

    /// <summary>Addresses of its revocation lists.</summary>
    public IReadOnlyList<string> ListUrls { get; init; } = [];

    /// <summary>Transparency logs that signed a timestamp within it, by their ids.</summary>
    public IReadOnlyList<string> Logs { get; init; } = [];
}

/// <summary>An issuer's certificate that was fetched from where the certificate below names it (AIA).</summary>
/// <param name="Address">Address of the server whose certificates are meant.</param>
/// <param name="Port">Its port.</param>
/// <param name="Child">Subject of the certificate that names it.</param>
/// <param name="Url">Where it was fetched.</param>
public sealed record FetchedIssuer(IPAddress Address, int Port, string Child, string Url) : Observation
{
    /// <summary>Its subject; null if none came.</summary>
    public string? Subject { get; init; }

    /// <summary>Why none came, in words; null if one did.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether the chain leads to a trusted root once this one, and those fetched before it, are added.</summary>
    public bool Repairs { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>What the issuer of a certificate says of its revocation, asked for by us.</summary>
/// <param name="Address">Address of the server whose certificates are meant.</param>
/// <param name="Port">Its port.</param>
/// <param name="Subject">The certificate.</param>
/// <param name="Source"><c>ocsp</c> or <c>crl</c>.</param>
/// <param name="Url">Who was asked.</param>
public sealed record RevocationAnswer(IPAddress Address, int Port, string Subject, string Source, string Url) : Observation
{
    /// <summary>What <see cref="NotObserved.What"/> says where nobody was asked that was to be.</summary>
    public const string Question = "revocation of the certificates";

    /// <summary>Place of the certificate in the chain; 0 for the leaf.</summary>
    public int Depth { get; init; }

    /// <summary><c>good</c> (not on the list), <c>revoked</c>, <c>unknown</c>, or why the responder does not say; null if no answer came.</summary>
    public string? Status { get; init; }

    /// <summary>Why no answer came, or why the one that came proves nothing: its signature, its times; null if it proves what it says.</summary>
    public string? Problem { get; init; }

    /// <summary>When it was revoked, in UTC; null if it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Why, such as <c>keyCompromise</c>; null if the issuer does not say.</summary>
    public string? Reason { get; init; }

    /// <summary>Since when the answer is known to be right, in UTC; null if it does not say.</summary>
    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>Until when it holds, in UTC; null if it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    /// <summary>Length of the answer in octets.</summary>
    public long Octets { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether the issuer itself says that the certificate is revoked.</summary>
    public bool IsRevoked => Status is "revoked" && Problem is null;
}

/// <summary>One thing that is wrong on the way from a certificate to a root.</summary>
/// <param name="Defect">What, such as <c>IssuerMissing</c>.</param>
/// <param name="Subject">The certificate that has it.</param>
/// <param name="Detail">The comparison that failed, in words.</param>
/// <param name="IsFatal">Whether clients reject the path for it.</param>
public sealed record CertificateFlaw(string Defect, string Subject, string Detail, bool IsFatal);

/// <summary>What a service said to the wish to go on with TLS (STARTTLS).</summary>
/// <param name="Address">Server's address.</param>
/// <param name="Port">Server's port.</param>
/// <param name="Protocol">The protocol, such as <c>smtp</c>.</param>
/// <param name="Refusal">Why TLS cannot begin, in a few words; null if it can.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record StartTlsDialogue(IPAddress Address, int Port, string Protocol, string? Refusal, TimeSpan Elapsed) : Observation
{
    /// <summary>
    /// The step that the dialogue came to: <c>greeting</c>, <c>introduction</c> (EHLO, the opening of a stream), <c>offer</c> of what it can
    /// do, <c>wish</c> for TLS; null in evidence that is older than this.
    /// </summary>
    public string? Step { get; init; }

    /// <summary>The last thing that the service said, as printable text.</summary>
    public string Said { get; init; } = "";
}
