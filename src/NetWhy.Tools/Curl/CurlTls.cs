using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.Curl;

/// <summary>Prints the messages of TLS where they pass, as curl prints them. Source: curl's lib/vtls/openssl.c, by what it prints.</summary>
/// <param name="trace">Where they are printed.</param>
/// <param name="begin">Called once the ClientHello is told.</param>
internal sealed class CurlTlsWatch(CurlTrace trace, Action begin) : TlsObserver
{
    private const int RecordHeader = 256, InnerType = 257; // SSL3_RT_…
    private const int ChangeCipher = 20, Alert = 21, Handshake = 22;

    private bool _hasTicket;
    private bool _hasBegun;

    /// <inheritdoc/>
    public override void Passed(in TlsMessage message)
    {
        if (message.Version != 0 && message.ContentType is not (RecordHeader or InnerType) && message.Octets.Length > 0)
        {
            ReadOnlySpan<byte> octets = message.Octets;
            (int number, string name) = message.ContentType switch
            {
                ChangeCipher => (octets[0], "Change cipher spec"),
                Alert when octets.Length > 1 => ((octets[0] << 8) | octets[1], AlertName(octets[1])),
                _ => (octets[0], MessageName(octets[0])),
            };
            trace.Say($"{VersionName(message.Version)} ({(message.IsOurs ? "OUT" : "IN")}), {TypeName(message.ContentType)}, {name} ({number}):");
        }

        trace.Write(message.IsOurs ? CurlTraceKind.TlsOut : CurlTraceKind.TlsIn, message.Octets);
        if (message.IsOurs && message.ContentType == Handshake && !_hasBegun)
        {
            _hasBegun = true;
            begin();
        }
    }

    /// <inheritdoc/>
    public override void Ticket(TlsSession session, SavedTlsSession saved)
    {
        if (_hasTicket)
            trace.Say("old SSL session ID is stale, removing");
        _hasTicket = true;
    }

    private static string VersionName(int version) => version switch
    {
        0x300 => "SSLv3",
        0x301 => "TLSv1.0",
        0x302 => "TLSv1.1",
        0x303 => "TLSv1.2",
        0x304 => "TLSv1.3",
        _ => string.Create(CultureInfo.InvariantCulture, $"({version:x})"),
    };

    private static string TypeName(int type) => type switch
    {
        ChangeCipher => "TLS change cipher",
        Alert => "TLS alert",
        Handshake => "TLS handshake",
        23 => "TLS app data",
        _ => "TLS Unknown",
    };

    private static string MessageName(int type) => type switch
    {
        0 => "Hello request",
        1 => "Client hello",
        2 => "Server hello",
        4 => "Newsession Ticket",
        5 => "End of early data",
        8 => "Encrypted Extensions",
        11 => "Certificate",
        12 => "Server key exchange",
        13 => "Request CERT",
        14 => "Server finished",
        15 => "CERT verify",
        16 => "Client key exchange",
        20 => "Finished",
        22 => "Certificate Status",
        24 => "Key update",
        _ => "Unknown",
    };

    // As SSL_alert_desc_string_long(3ssl) has them.
    private static string AlertName(int description) => description switch
    {
        0 => "close notify",
        10 => "unexpected message",
        20 => "bad record mac",
        21 => "decryption failed",
        22 => "record overflow",
        30 => "decompression failure",
        40 => "handshake failure",
        41 => "no certificate",
        42 => "bad certificate",
        43 => "unsupported certificate",
        44 => "certificate revoked",
        45 => "certificate expired",
        46 => "certificate unknown",
        47 => "illegal parameter",
        48 => "unknown CA",
        49 => "access denied",
        50 => "decode error",
        51 => "decrypt error",
        60 => "export restriction",
        70 => "protocol version",
        71 => "insufficient security",
        80 => "internal error",
        90 => "user canceled",
        100 => "no renegotiation",
        110 => "unsupported extension",
        111 => "certificate unobtainable",
        112 => "unrecognized name",
        113 => "bad certificate status response",
        114 => "bad certificate hash value",
        115 => "unknown PSK identity",
        120 => "no application protocol",
        _ => "unknown",
    };
}

/// <summary>What is said of TLS.</summary>
internal static class CurlTls
{
    /// <summary>How curl calls the library.</summary>
    internal const string Library = "OpenSSL";

    /// <summary>The file and the directory of roots that Debian's curl takes.</summary>
    internal const string UsualFile = "/etc/ssl/certs/ca-certificates.crt", UsualDirectory = "/etc/ssl/certs";

    /// <summary>The library's error without where in its source it was made.</summary>
    /// <param name="session">The session that was refused.</param>
    internal static string ErrorOf(TlsSession session)
    {
        string library = $"{Library}/{CurlTool.OpenSslVersion}: ";
        if (session.Errors.Count == 0)
            return library + (session.Reason ?? "unknown reason");
        return library + WithoutPlace(session.Errors[0]);
    }

    /// <summary>A line of the library's queue of errors without where in its source it was made.</summary>
    /// <param name="line">The line.</param>
    internal static string WithoutPlace(string line)
    {
        int start = line.IndexOf(":error:", StringComparison.Ordinal);
        string[] parts = line[(start + 1)..].Split(':');
        return parts.Length >= 5 ? $"{parts[0]}:{parts[1]}:{parts[2]}::{parts[4]}" : line;
    }
}

internal sealed partial class CurlTransfer
{
    private void ShakeHands()
    {
        CurlConnection connection = _connection!;
        if (TlsSession.Unavailable is { } reason)
            throw new CurlFailure(CurlFailure.TlsConnect, reason);
        if (_operation is { TlsMin: { } lowest, TlsMax: { } highest } && highest < lowest)
            throw new CurlFailure(CurlFailure.TlsConnect, "CURL_SSLVERSION_MAX incompatible with CURL_SSLVERSION");
        bool isInsecure = _operation.Has("insecure");
        (string? file, string? directory) = isInsecure ? (null, null) : Authorities();
        TlsOptions options = OptionsOf(isInsecure, file, directory);
        if (!options.Protocols.IsEmpty)
            _trace.Say($"ALPN: offers {string.Join(',', options.Protocols)}");
        if (options.CertificateFile is not null)
            CheckForms();
        var session = TlsSession.Create(connection.Stream.Socket, options);
        connection.Stream.Tls = session;
        CheckRefusals(session);
        if (_operation.Value("ciphers") is { } ciphers)
            _trace.Say($"Cipher selection: {ciphers}");
        if (_operation.Value("tls13-ciphers") is { } suites)
            _trace.Say($"TLS 1.3 cipher selection: {suites}");
        while (true)
        {
            StreamStep step = connection.Stream.Handshake();
            if (step is StreamStep.Moved)
                break;
            if (step is not (StreamStep.WantsRead or StreamStep.WantsWrite))
                throw HandshakeFailure(session, connection.Stream, step);
            WaitFor(step is StreamStep.WantsRead, step is StreamStep.WantsWrite, null);
        }

        VerifyResult = connection.VerifyResult = session.VerifyResult;
        _trace.Say($"SSL connection using {(session.Version is "TLSv1" ? "TLSv1.0" : session.Version)} / {session.CipherSuite}");
        if (!options.Protocols.IsEmpty)
            _trace.Say(session.Protocol is { } protocol ? $"ALPN: server accepted {protocol}" : "ALPN: server did not agree on a protocol. Uses default.");
        CheckCertificate(session, isInsecure);
        if (_operation.Has("cert-status"))
            CheckStaple(session);
        if (_operation.Value("pinnedpubkey") is { } pin)
            CheckPin(session, pin);
        if (session.Protocol is "h2")
        {
            connection.Http2 = new Http2Connection(CurlTool.Http2Window, CurlTool.Http2Settings);
            FlushSecond(connection);
        }

        if (session.Protocol is { } agreed)
            _trace.Say($"using {(agreed is "h2" ? "HTTP/2" : "HTTP/1.1")}");
        else if (!options.Protocols.IsEmpty)
            _trace.Say("using HTTP/1.x");
    }

    private void SayTrust(bool isInsecure, string? file, string? directory)
    {
        if (!isInsecure)
        {
            _trace.Say($" CAfile: {file ?? "none"}");
            _trace.Say($" CApath: {directory ?? "none"}");
        }

        if (_operation.Value("crlfile") is not { } lists)
            return;
        _trace.Say("successfully loaded CRL file:");
        _trace.Say($"  CRLfile: {lists}");
    }

    // What an option names counts, then what the environment does, of which the bundle counts alone; then what is usual.
    private (string? File, string? Directory) Authorities()
    {
        string? file = _operation.Value("cacert"), directory = _operation.Value("capath");
        if (file is null && directory is null)
        {
            file = Named("CURL_CA_BUNDLE");
            if (file is null)
                (file, directory) = (Named("SSL_CERT_FILE"), Named("SSL_CERT_DIR"));
        }

        return (file ?? Existing(CurlTls.UsualFile), directory ?? Existing(CurlTls.UsualDirectory));

        static string? Named(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path : null;
    }

    private static string? Existing(string path) => Path.Exists(path) ? path : null;

    private TlsOptions OptionsOf(bool isInsecure, string? file, string? directory)
    {
        const uint TrustedFirst = 0x8000, PartialChain = 0x80000, CheckLists = 0x4 | 0x8; // X509_V_FLAG_…, as curl sets them
        string? lists = _operation.Value("crlfile");
        ImmutableArray<(string Name, string? Value)>.Builder settings = ImmutableArray.CreateBuilder<(string, string?)>();
        settings.Add(("bugs", null)); // curl sets SSL_OP_ALL, and wants no tickets
        settings.Add(("no_ticket", null));
        if (_operation.Value("ciphers") is { } ciphers)
            settings.Add(("cipher", ciphers));
        if (_operation.Value("tls13-ciphers") is { } suites)
            settings.Add(("ciphersuites", suites));
        if (_operation.Value("curves") is { } curves)
            settings.Add(("groups", curves));
        (string? certificate, string? password) = OwnCertificate();
        ImmutableArray<string> protocols = _operation.Has("no-alpn") ? [] : _operation.Version switch
        {
            CurlHttpVersion.Http10 => ["http/1.0"],
            CurlHttpVersion.Http11 => ["http/1.1"],
            _ => ["h2", "http/1.1"],
        };
        return new TlsOptions
        {
            ServerName = IPAddress.TryParse(_url.Host, out _) ? null : _url.Host.TrimEnd('.'),
            Protocols = protocols,
            MinVersion = _operation.TlsMin,
            MaxVersion = _operation.TlsMax,
            CertificateFile = certificate,
            CertificateForm = FormOf("cert-type") ?? TlsFileForm.Pem,
            KeyFile = certificate is null || IsKeyInArchive ? null : _operation.Value("key") ?? certificate,
            KeyForm = KeyForm ?? TlsFileForm.Pem,
            Passphrase = _operation.Value("pass") ?? password,
            AsksForStaple = _operation.Has("cert-status"),
            TakesLateRequests = true, // as servers want that ask for a certificate at some paths only
            IgnoresUnexpectedEnd = true, // since curl 7.87 its own BIO does not tell of an end
            Settings = settings.ToImmutable(),
            Observer = _trace.IsOn ? new CurlTlsWatch(_trace, () => SayTrust(isInsecure, file, directory)) : null,
            Trust = new TlsTrust
            {
                AuthorityFile = file,
                AuthorityDirectory = directory,
                HasUsualFile = false,
                HasUsualDirectories = false,
                IsRequired = !isInsecure,
                RevocationFile = lists,
                Flags = TrustedFirst | PartialChain | (lists is null ? 0 : CheckLists),
                HasFlagsInStore = true,
            },
        };
    }

    // Null for a form that there is not.
    private TlsFileForm? FormOf(string option) => _operation.Value(option)?.ToUpperInvariant() switch
    {
        null or "PEM" => TlsFileForm.Pem,
        "DER" => TlsFileForm.Der,
        "P12" => TlsFileForm.Archive,
        _ => null,
    };

    // --key-type counts for what --key names; without, the key is in the file of the certificate, in its form.
    private TlsFileForm? KeyForm => FormOf(_operation.Value("key") is null ? "cert-type" : "key-type");

    // Whatever file --key names, unless it is of another form.
    private bool IsKeyInArchive => FormOf("cert-type") is TlsFileForm.Archive && KeyForm is TlsFileForm.Pem or TlsFileForm.Archive;

    // Source: curl's lib/vtls/openssl.c, cert_stuff, of a library without an engine that was named.
    private void CheckForms()
    {
        bool isEngine = _operation.Value("cert-type") is { } named && named.Equals("ENG", StringComparison.OrdinalIgnoreCase);
        if (FormOf("cert-type") is null)
            throw new CurlFailure(CurlFailure.CertificateProblem, isEngine ? "crypto engine not set, can't load certificate" : $"not supported file type '{_operation.Value("cert-type")}' for certificate");
        if (KeyForm is null)
            throw new CurlFailure(CurlFailure.CertificateProblem, _operation.Value("key-type")!.Equals("ENG", StringComparison.OrdinalIgnoreCase) ? "crypto engine not set, can't load private key" : "not supported file type for private key");
        if (KeyForm is TlsFileForm.Archive && !IsKeyInArchive)
            throw new CurlFailure(CurlFailure.CertificateProblem, "file type P12 for private key not supported");
    }

    // --cert FILE[:PASSWORD], where a backslash keeps a colon in the name.
    private (string? File, string? Password) OwnCertificate()
    {
        if (_operation.Value("cert") is not { } text)
            return (null, null);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            else if (text[at] == ':')
                return (text[..at].Replace("\\:", ":", StringComparison.Ordinal), text[(at + 1)..]);
        }

        return (text.Replace("\\:", ":", StringComparison.Ordinal), null);
    }

    private void CheckRefusals(TlsSession session)
    {
        foreach (TlsRefusal refusal in session.Refusals)
        {
            throw refusal.Part switch
            {
                TlsPart.AuthorityFile => new CurlFailure(CurlFailure.CaFile, $"error setting certificate file: {refusal.Value}"),
                TlsPart.AuthorityDirectory => new CurlFailure(CurlFailure.CaFile, $"error setting certificate path: {refusal.Value}"),
                TlsPart.RevocationFile => new CurlFailure(CurlFailure.CrlFile, $"error loading CRL file: {refusal.Value}"),
                TlsPart.ArchiveFile => new CurlFailure(CurlFailure.CertificateProblem, $"could not open PKCS12 file '{refusal.Value}'"),
                TlsPart.Archive => new CurlFailure(CurlFailure.CertificateProblem, $"error reading PKCS12 file '{refusal.Value}'"),
                TlsPart.ArchiveContent => new CurlFailure(CurlFailure.CertificateProblem, $"could not parse PKCS12 file, check password, {CurlTls.Library} error {(refusal.Errors.IsEmpty ? refusal.Reason : CurlTls.WithoutPlace(refusal.Errors[0]))}"),
                TlsPart.Certificate when FormOf("cert-type") is TlsFileForm.Archive => new CurlFailure(CurlFailure.CertificateProblem, $"could not load PKCS12 client certificate, {CurlTls.Library} error {(refusal.Errors.IsEmpty ? refusal.Reason : CurlTls.WithoutPlace(refusal.Errors[0]))}"),
                TlsPart.Key when IsKeyInArchive => new CurlFailure(CurlFailure.CertificateProblem, $"unable to use private key from PKCS12 file '{refusal.Value}'"),
                TlsPart.Certificate => new CurlFailure(CurlFailure.CertificateProblem, $"could not load {(FormOf("cert-type") is TlsFileForm.Der ? "ASN1" : "PEM")} client certificate from {refusal.Value}, {CurlTls.Library} error {(refusal.Errors.IsEmpty ? refusal.Reason : CurlTls.WithoutPlace(refusal.Errors[0]))}, (no key found, wrong pass phrase, or wrong file format?)"),
                TlsPart.Key => new CurlFailure(CurlFailure.CertificateProblem, $"unable to set private key file: '{refusal.Value}' type {_operation.Value("key-type") ?? "PEM"}"),
                TlsPart.Setting when refusal.Value is "cipher" => new CurlFailure(CurlFailure.Cipher, $"failed setting cipher list: {_operation.Value("ciphers")}"),
                TlsPart.Setting when refusal.Value is "ciphersuites" => new CurlFailure(CurlFailure.Cipher, $"failed setting TLS 1.3 cipher suite: {_operation.Value("tls13-ciphers")}"),
                TlsPart.Setting => new CurlFailure(CurlFailure.Cipher, $"failed setting curves list: '{_operation.Value("curves")}'"),
                _ => new CurlFailure(CurlFailure.TlsConnect, $"{refusal.Value}: {refusal.Reason}"),
            };
        }
    }

    private CurlFailure HandshakeFailure(TlsSession session, ExchangeStream stream, StreamStep step)
    {
        const string WantsCertificate = "tlsv13 alert certificate required";
        VerifyResult = session.VerifyResult;
        if (step is StreamStep.Failed || session.Errors.Count == 0)
        {
            string why = step is StreamStep.Failed ? LinuxException.Describe(stream.Errno) : session.Reason ?? (session.HasHeardEnd ? "SSL_ERROR_ZERO_RETURN" : "SSL_ERROR_SYSCALL");
            string said = $"{CurlTls.Library} SSL_connect: {why} in connection to {_url.Host}:{_url.Port.ToString(CultureInfo.InvariantCulture)} ";
            return step is StreamStep.Failed
                ? new CurlFailure(CurlFailure.TlsConnect, $"{(stream.Errno is Errno.EPIPE ? "Send" : "Recv")} failure: {why}") { Echo = said }
                : new CurlFailure(CurlFailure.TlsConnect, said);
        }

        if (session.Reason is "certificate verify failed")
            return new CurlFailure(CurlFailure.PeerFailed, session.VerifyResult == 0 ? "SSL certificate verification failed" : $"SSL certificate problem: {LibraryCertificate.ErrorText(session.VerifyResult)}");
        return new CurlFailure(session.Reason is WantsCertificate ? CurlFailure.ClientCertificate : CurlFailure.TlsConnect, CurlTls.ErrorOf(session));
    }

    private static string Line(string text) => text.EndsWith('\n') ? text : $"{text}\n";

    private void CheckCertificate(TlsSession session, bool isInsecure)
    {
        const uint Separated = 3 << 16; // XN_FLAG_SEP_SPLUS_SPC
        IReadOnlyList<LibraryCertificate> chain = session.PeerChain();
        try
        {
            if (chain.Count == 0)
            {
                if (!isInsecure)
                    throw new CurlFailure(CurlFailure.PeerFailed, "SSL: couldn't get peer certificate!");
                return;
            }

            bool isListed = _operation.Value("write-out") is { } format && (format.Contains("{certs}", StringComparison.Ordinal) || format.Contains("{json}", StringComparison.Ordinal));
            Certificates = (chain.Count, isListed ? string.Concat(chain.SelectMany(one => one.Listing()).Select(part => Line(part.Name is "Cert" ? part.Text : $"{part.Name}:{part.Text}"))) : "");
            LibraryCertificate leaf = chain[0];
            _trace.Say("Server certificate:");
            _trace.Say($" subject: {Encoding.UTF8.GetString(leaf.Name(isIssuer: false, Separated, 0))}");
            _trace.Say($" start date: {Encoding.UTF8.GetString(leaf.Time(isEnd: false, isIso: false))}");
            _trace.Say($" expire date: {Encoding.UTF8.GetString(leaf.Time(isEnd: true, isIso: false))}");
            if (!isInsecure)
                CheckName(leaf);
            _trace.Say($" issuer: {Encoding.UTF8.GetString(leaf.Name(isIssuer: true, Separated, 0))}");
            if (session.VerifyResult == 0)
                _trace.Say(" SSL certificate verify ok.");
            else
                _trace.Say($" SSL certificate verify result: {LibraryCertificate.ErrorText(session.VerifyResult)} ({session.VerifyResult}), continuing anyway.");
        }
        finally
        {
            foreach (LibraryCertificate certificate in chain)
                certificate.Dispose();
        }
    }

    // Whoever signed the certificate: the key is to be one that the user named. Where none was sent, nothing is compared, as in curl.
    private void CheckPin(TlsSession session, string pin)
    {
        IReadOnlyList<LibraryCertificate> chain = session.PeerChain();
        try
        {
            if (chain.Count == 0)
                return;
            ReadOnlySpan<byte> key = Certificate.Read(chain[0].ToDer(), out Certificate? leaf) is OperationStatus.Done ? leaf!.PublicKeyInfo.Span : [];
            if (CurlPin.IsOfHashes(pin) && !key.IsEmpty)
                _trace.Say($" public key hash: {CurlPin.HashOf(key)}");
            if (key.IsEmpty || !CurlPin.Allows(pin, key))
                throw new CurlFailure(CurlFailure.PinMismatch, "SSL: public key does not match pinned public key");
        }
        finally
        {
            foreach (LibraryCertificate certificate in chain)
                certificate.Dispose();
        }
    }

    // Source: lib/vtls/openssl.c of curl 7.88, verifyhost.
    private void CheckName(LibraryCertificate leaf)
    {
        bool isAddress = IPAddress.TryParse(_url.Host.TrimEnd('.'), out IPAddress? address);
        if (isAddress && leaf.IsForAddress(address!))
        {
            _trace.Say($" subjectAltName: host \"{_url.Host}\" matched cert's IP address!");
            return;
        }

        (List<string> names, bool hasAddress) = AlternativeNames(leaf);
        if (!isAddress && names.FirstOrDefault(name => CurlHostCheck.Matches(name, _url.Host)) is { } match)
        {
            _trace.Say($" subjectAltName: host \"{_url.Host}\" matched cert's \"{match}\"");
            return;
        }

        if (names.Count > 0 || hasAddress)
        {
            _trace.Say($" subjectAltName does not match {_url.Host}");
            throw new CurlFailure(CurlFailure.PeerFailed, $"SSL: no alternative certificate subject name matches target host name '{_url.Host}'");
        }

        if (leaf.LastCommonName() is not { } octets)
            throw new CurlFailure(CurlFailure.PeerFailed, "SSL: unable to obtain common name from peer certificate");
        if (octets.Contains((byte)0))
            throw new CurlFailure(CurlFailure.PeerFailed, "SSL: illegal cert name field");
        string common = Encoding.UTF8.GetString(octets);
        if (!CurlHostCheck.Matches(Encoding.Latin1.GetString(octets), _url.Host)) // octet by octet, as the DNS names
            throw new CurlFailure(CurlFailure.PeerFailed, $"SSL: certificate subject name '{common}' does not match target host name '{_url.Host}'");
        _trace.Say($" common name: {common} (matched)");
    }

    // The DNS names, also those with an octet of zero, which are for no host, and whether there are addresses: a common name counts where neither is.
    private static (List<string> Names, bool HasAddress) AlternativeNames(LibraryCertificate leaf)
    {
        const byte DnsName = 0x82, Address = 0x87;
        List<string> names = [];
        bool hasAddress = false;
        foreach (int extension in Enumerable.Range(0, leaf.ExtensionCount).Where(index => leaf.ExtensionName(index) is "subjectAltName"))
        {
            var outer = new DerReader(leaf.ExtensionOctets(extension));
            if (!outer.Read(DerReader.Sequence))
                continue;
            var all = new DerReader(outer.Value);
            while (all.Read() is OperationStatus.Done)
            {
                hasAddress |= all.Tag == Address;
                if (all.Tag == DnsName)
                    names.Add(Encoding.Latin1.GetString(all.Value));
            }
        }

        return (names, hasAddress);
    }

    private void CheckStaple(TlsSession session)
    {
        TlsStapleVerdict verdict = session.CheckStaple();
        if (verdict.Problem is { } problem)
            throw new CurlFailure(CurlFailure.NoStaple, problem);
        _trace.Say($"SSL certificate status: {verdict.Status} ({verdict.Number})");
        if (verdict.Number == 0)
            return;
        throw new CurlFailure(CurlFailure.NoStaple, verdict.Reason is { } reason ? $"SSL certificate revocation reason: {reason}" : null);
    }
}
