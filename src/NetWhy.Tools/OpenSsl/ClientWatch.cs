using System.Globalization;
using System.Text;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Prints what happens in a session while it happens, as <c>openssl s_client</c> does.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="output">Where it goes.</param>
/// <param name="events">Takes note of it.</param>
internal sealed class ClientWatch(ClientOptions options, ClientOutput output, ClientEvents events) : TlsObserver
{
    private const int ChangeCipher = 20, Alert = 21, Handshake = 22, Data = 23, RecordHeader = 256, InnerType = 257; // SSL3_RT_…

    /// <summary>The session that is watched, once it is there.</summary>
    internal TlsSession? Session { get; set; }

    /// <inheritdoc/>
    public override bool WatchesTransfers => options.Has("debug");

    /// <summary>Name of a handshake message as openssl has it; null for none.</summary>
    /// <param name="type">Its number.</param>
    internal static string? MessageName(int type) => type switch
    {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        4 => "NewSessionTicket",
        5 => "EndOfEarlyData",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        21 => "CertificateUrl",
        22 => "CertificateStatus",
        23 => "SupplementalData",
        24 => "KeyUpdate",
        67 => "NextProto",
        254 => "MessageHash",
        _ => null,
    };

    /// <inheritdoc/>
    public override void Passed(in TlsMessage message)
    {
        events.Add(message);
        if (options.Has("trace") && Session is { } session)
            output.Message(session.Trace(message));
        else if (options.Has("msg"))
            output.Message(Text(message));
    }

    /// <inheritdoc/>
    public override void Secret(ReadOnlySpan<byte> line) => output.Secret(line);

    /// <inheritdoc/>
    public override bool Verifying(in TlsVerifyStep step)
    {
        bool isGood = step.IsGood != 0;
        bool isQuiet = options.Has("verify_quiet") || options.IsBrief;
        string? subject = step.Certificate is { } certificate ? Encoding.UTF8.GetString(certificate.Name(isIssuer: false, options.NameFlags, 0)) : null;
        events.Add(new ClientVerifyStep(step.Depth, isGood ? 0 : step.Error, subject));
        if (!isQuiet || !isGood)
            output.Note(string.Create(CultureInfo.InvariantCulture, $"depth={step.Depth} {subject ?? "<no cert>"}"));
        bool goesOn = isGood;
        if (!isGood)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"verify error:num={step.Error}:{LibraryCertificate.ErrorText(step.Error)}"));
            goesOn = options.Depth is not { } depth || depth >= step.Depth ? !options.Has("verify_return_error") : false;
        }

        NoteDetail(step);
        if (goesOn && !isQuiet)
            output.Note(string.Create(CultureInfo.InvariantCulture, $"verify return:{Math.Max(1, step.IsGood)}"));
        return goesOn;
    }

    /// <inheritdoc/>
    public override void Ticket(TlsSession session, SavedTlsSession saved)
    {
        const int Tls13 = 0x304;
        events.Add(saved);
        if (options.Value("sess_out") is { } path)
            output.SaveSession(path, saved);
        if (session.VersionNumber == Tls13)
            output.Print($"---\nPost-Handshake New Session Ticket arrived:\n{saved.Text()}---\n");
    }

    /// <inheritdoc/>
    public override bool Stapled(TlsSession session)
    {
        if (!options.Has("status"))
            return true;
        const string Rule = "======================================\n";
        if (session.Staple is not { } staple)
        {
            output.Print("OCSP response: no response sent\n");
            return true;
        }

        if (LibraryPrinter.OcspResponse(staple) is not { } text)
        {
            output.Print($"OCSP response: response parse error\n{Encoding.UTF8.GetString(LibraryPrinter.Dump(staple, 4))}");
            return false;
        }

        output.Print($"OCSP response: \n{Rule}");
        output.Print(text);
        output.Print(Rule);
        return true;
    }

    /// <inheritdoc/>
    public override void Named(TlsSession session)
    {
        if (!options.Has("noservername") && !session.HasServerName)
            output.Note("Can't use SSL_get_servername");
    }

    /// <inheritdoc/>
    public override void Extension(bool isOfServer, int type, ReadOnlySpan<byte> octets)
    {
        if (!options.Has("tlsextdebug"))
            return;
        output.Print(string.Create(CultureInfo.InvariantCulture,
            $"TLS {(isOfServer ? "server" : "client")} extension \"{ExtensionName(type)}\" (id={type}), len={octets.Length}\n"));
        output.Print(LibraryPrinter.Dump(octets, 0));
    }

    /// <inheritdoc/>
    public override void Answered(int type, ReadOnlySpan<byte> octets)
    {
        const int LineLength = 64;
        byte[] whole = [(byte)(type >> 8), (byte)type, (byte)(octets.Length >> 8), (byte)octets.Length, .. octets];
        IEnumerable<string> lines = Convert.ToBase64String(whole).Chunk(LineLength).Select(line => new string(line));
        string name = string.Create(CultureInfo.InvariantCulture, $"SERVERINFO FOR EXTENSION {type}");
        output.Print($"-----BEGIN {name}-----\n{string.Join('\n', lines)}\n-----END {name}-----\n");
    }

    /// <inheritdoc/>
    public override void Advertised(ReadOnlySpan<byte> protocols)
    {
        List<byte> text = [.. "Protocols advertised by server: "u8];
        for (int at = 0; at < protocols.Length; at += 1 + protocols[at])
        {
            text.AddRange(at > 0 ? ", "u8 : ""u8);
            text.AddRange(protocols[(at + 1)..Math.Min(protocols.Length, at + 1 + protocols[at])]);
        }

        if (!options.IsQuiet)
            output.Print([.. text, (byte)'\n']);
    }

    /// <inheritdoc/>
    public override void Moved(TlsSession session, int place, int value)
    {
        const int Loop = 1, Exit = 2, Read = 4, AlertPassed = 0x4000, Connecting = 0x1000; // SSL_CB_…, SSL_ST_CONNECT
        if (!options.Has("state"))
            return;
        string who = (place & Connecting) != 0 ? "SSL_connect" : "undefined";
        if ((place & Loop) != 0)
        {
            output.Note($"{who}:{session.State}");
        }
        else if ((place & AlertPassed) != 0)
        {
            (string level, string description) = TlsSession.AlertText(value);
            output.Note($"SSL3 alert {((place & Read) != 0 ? "read" : "write")}:{level}:{description}");
        }
        else if ((place & Exit) != 0 && value <= 0)
        {
            output.Note($"{who}:{(value == 0 ? "failed" : "error")} in {session.State}");
        }
    }

    /// <inheritdoc/>
    public override void Transferred(bool isWrite, int wanted, ReadOnlySpan<byte> octets, int result)
    {
        // Where openssl shows two pointers of its own there is nothing to show.
        string hex = result > 0 ? string.Create(CultureInfo.InvariantCulture, $" (0x{result:X})") : "";
        output.Print(string.Create(CultureInfo.InvariantCulture, $"{(isWrite ? "write to" : "read from")} 0x0 [0x0] ({wanted} bytes => {result}{hex})\n"));
        if (result > 0)
            output.Print(LibraryPrinter.Dump(octets, 0));
    }

    private void NoteDetail(in TlsVerifyStep step)
    {
        const int NoIssuer = 2, NotYetValid = 9, HasExpired = 10, BadNotBefore = 13, BadNotAfter = 14; // X509_V_ERR_…
        if (step.Certificate is not { } certificate)
            return;
        switch (step.Error)
        {
            case NoIssuer:
                output.Note($"issuer= {Encoding.UTF8.GetString(certificate.Name(isIssuer: true, options.NameFlags, 0))}");
                break;
            case NotYetValid or BadNotBefore:
                output.Note($"notBefore={Encoding.UTF8.GetString(certificate.Time(isEnd: false, isIso: false))}");
                break;
            case HasExpired or BadNotAfter:
                output.Note($"notAfter={Encoding.UTF8.GetString(certificate.Time(isEnd: true, isIso: false))}");
                break;
        }
    }

    private static byte[] Text(in TlsMessage message)
    {
        ReadOnlySpan<byte> octets = message.Octets;
        string version = message.Version switch
        {
            0x300 => "SSL 3.0",
            0x301 => "TLS 1.0",
            0x302 => "TLS 1.1",
            0x303 => "TLS 1.2",
            0x304 => "TLS 1.3",
            _ => "???",
        };
        string kind = message.ContentType switch
        {
            RecordHeader => ", RecordHeader",
            InnerType => ", InnerContent",
            ChangeCipher => ", ChangeCipherSpec",
            Alert => ", Alert",
            Handshake => ", Handshake",
            Data => ", ApplicationData",
            _ => string.Create(CultureInfo.InvariantCulture, $", Unknown (content_type={message.ContentType})"),
        };
        string detail = message.ContentType switch
        {
            Alert when octets.Length == 2 => (octets[0] switch { 1 => ", warning", 2 => ", fatal", _ => ", ???" }) + AlertName(octets[1]),
            Alert => ", ???",
            Handshake => octets.Length > 0 && MessageName(octets[0]) is { } name ? $", {name}" : octets.Length > 0 ? ", ???" : "",
            _ => "",
        };
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{(message.IsOurs ? ">>>" : "<<<")} {version}{kind} [length {octets.Length:x4}]{detail}\n");
        for (int i = 0; i < octets.Length; i++)
            text.Append(i % 16 == 0 ? "   " : "").Append(CultureInfo.InvariantCulture, $" {octets[i]:x2}").Append(i % 16 == 15 || i == octets.Length - 1 ? "\n" : "");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static string AlertName(byte description) => TlsAlert.Name(description) is var name && name.Contains(' ', StringComparison.Ordinal) ? " ???" : $" {name}";

    // As openssl calls them, which is not always as IANA does.
    private static string ExtensionName(int type) => type switch
    {
        0 => "server name",
        1 => "max fragment length",
        2 => "client certificate URL",
        3 => "trusted CA keys",
        4 => "truncated HMAC",
        5 => "status request",
        6 => "user mapping",
        7 => "client authz",
        8 => "server authz",
        9 => "cert type",
        10 => "supported_groups",
        11 => "EC point formats",
        12 => "SRP",
        13 => "signature algorithms",
        14 => "use SRTP",
        16 => "application layer protocol negotiation",
        18 => "signed certificate timestamps",
        21 => "TLS padding",
        22 => "encrypt-then-mac",
        23 => "extended master secret",
        35 => "session ticket",
        41 => "psk",
        43 => "supported versions",
        45 => "psk kex modes",
        47 => "certificate authorities",
        49 => "post handshake auth",
        51 => "key share",
        13172 => "next protocol",
        65281 => "renegotiation info",
        _ => "unknown",
    };
}
