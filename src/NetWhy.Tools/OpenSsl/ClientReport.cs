using System.Globalization;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>What <c>openssl s_client</c> prints of a session.</summary>
/// <param name="options">What is asked for.</param>
internal sealed class ClientReport(ClientOptions options)
{
    private const int Tls13 = 0x304;
    private const int UsualExport = 20; // octets

    /// <summary>All that is printed of it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="isFull">Whether with the certificates.</param>
    /// <param name="before">Octets read and written before TLS began.</param>
    internal byte[] Of(TlsSession session, bool isFull, (long Read, long Written) before)
    {
        var text = new StringBuilder();
        IReadOnlyList<LibraryCertificate> chain = session.PeerChain();
        using LibraryCertificate? peer = session.PeerCertificate();
        try
        {
            if (isFull)
                AppendCertificates(text, session, chain, peer, before);
            AppendVerification(text, session);
            text.Append(session.WasResumed ? "---\nReused, " : "---\nNew, ");
            text.Append(CultureInfo.InvariantCulture, $"{session.CipherVersion}, Cipher is {session.CipherSuite ?? "(NONE)"}\n");
            if (isFull && peer is not null)
                text.Append(CultureInfo.InvariantCulture, $"Server public key is {peer.KeyBits ?? 0} bit\n");
            text.Append(CultureInfo.InvariantCulture, $"Secure Renegotiation IS{(session.HasSecureRenegotiation ? "" : " NOT")} supported\n");
            string compression = session.IsCompressed ? "zlib compression" : "NONE";
            text.Append(CultureInfo.InvariantCulture, $"Compression: {compression}\nExpansion: {compression}\n");
            if (session.NextProtocolStatus is { } status)
                text.Append(CultureInfo.InvariantCulture, $"Next protocol: ({status}) {session.NextProtocol}\n");
            text.Append(session.Protocol is { } protocol ? $"ALPN protocol: {protocol}\n" : "No ALPN negotiated\n");
            AppendState(text, session);
            AppendExport(text, session);
            text.Append("---\n");
            return Encoding.UTF8.GetBytes(text.ToString());
        }
        finally
        {
            foreach (LibraryCertificate certificate in chain)
                certificate.Dispose();
        }
    }

    /// <summary>The summary of <c>-brief</c>, a line each.</summary>
    /// <param name="session">The session.</param>
    internal IReadOnlyList<string> Summary(TlsSession session)
    {
        var lines = new List<string> { "CONNECTION ESTABLISHED", $"Protocol version: {session.Version}", $"Ciphersuite: {session.CipherSuite ?? "(NONE)"}" };
        if (session.RequestedSignatures(isShared: false) is { } wanted)
            lines.Add($"Requested Signature Algorithms: {wanted}");
        using LibraryCertificate? peer = session.PeerCertificate();
        if (peer is null)
        {
            lines.Add("No peer certificate");
        }
        else
        {
            lines.Add($"Peer certificate: {NameOf(peer, isIssuer: false)}");
            if (session.PeerSignatureType is { } type)
            {
                lines.Add($"Hash used: {session.PeerSignatureDigest ?? "UNDEF"}"); // so openssl calls that of Ed25519, which has none of its own
                lines.Add($"Signature type: {type}");
            }

            var text = new StringBuilder();
            AppendVerification(text, session);
            lines.AddRange(text.ToString().TrimEnd('\n').Split('\n'));
        }

        if (session.PointFormats is { Length: > 0 } formats)
            lines.Add($"Supported Elliptic Curve Point Formats: {string.Join(':', formats.Select(FormatName))}");
        if (session.TemporaryKey is { } key)
            lines.Add($"Server Temp Key: {key}");
        return lines;
    }

    private static string FormatName(byte format) => format switch
    {
        0 => "uncompressed",
        1 => "ansiX962_compressed_prime",
        2 => "ansiX962_compressed_char2",
        _ => string.Create(CultureInfo.InvariantCulture, $"unknown({format})"),
    };

    private static string TypeName(byte type) => type switch
    {
        1 => "RSA sign",
        2 => "DSA sign",
        3 => "RSA fixed DH",
        4 => "DSS fixed DH",
        64 => "ECDSA sign",
        65 => "RSA fixed ECDH",
        66 => "ECDSA fixed ECDH",
        22 => "GOST01 Sign",
        67 => "GOST12 Sign",
        238 => "GOST12 Sign",
        _ => string.Create(CultureInfo.InvariantCulture, $"UNKNOWN ({type}),"),
    };

    private static void AppendVerification(StringBuilder text, TlsSession session)
    {
        if (session.VerifyResult is not 0 and var code)
        {
            text.Append(CultureInfo.InvariantCulture, $"Verification error: {LibraryCertificate.ErrorText(code)}\n");
            return;
        }

        text.Append("Verification: OK\n");
        if (session.VerifiedName is { } name)
            text.Append(CultureInfo.InvariantCulture, $"Verified peername: {name}\n");
    }

    private void AppendCertificates(StringBuilder text, TlsSession session, IReadOnlyList<LibraryCertificate> chain, LibraryCertificate? peer, (long Read, long Written) before)
    {
        bool isShown = options.Has("showcerts") && chain.Count > 0;
        if (chain.Count > 0)
            text.Append("---\nCertificate chain\n");
        for (int i = 0; i < chain.Count; i++)
        {
            LibraryCertificate one = chain[i];
            text.Append(CultureInfo.InvariantCulture, $"{i,2} s:{NameOf(one, isIssuer: false)}\n   i:{NameOf(one, isIssuer: true)}\n");
            if (one.KeyAlgorithm is { } algorithm)
                text.Append(CultureInfo.InvariantCulture, $"   a:PKEY: {algorithm}, {one.KeyBits ?? 0} (bit); sigalg: {one.SignatureAlgorithm}\n");
            text.Append(CultureInfo.InvariantCulture, $"   v:NotBefore: {TimeOf(one, isEnd: false)}; NotAfter: {TimeOf(one, isEnd: true)}\n");
            if (isShown)
                text.Append(Encoding.ASCII.GetString(one.ToPem(withTrust: false)));
        }

        text.Append("---\n");
        if (peer is not null)
        {
            text.Append("Server certificate\n").Append(isShown ? "" : Encoding.ASCII.GetString(peer.ToPem(withTrust: false)));
            text.Append(CultureInfo.InvariantCulture, $"subject={NameBelow(peer, isIssuer: false)}\nissuer={NameBelow(peer, isIssuer: true)}\n");
        }
        else
        {
            text.Append("no peer certificate available\n");
        }

        IReadOnlyList<byte[]> authorities = session.AuthorityNames(options.NameFlags);
        text.Append(authorities.Count == 0 ? "---\nNo client certificate CA names sent\n" : "---\nAcceptable client certificate CA names\n");
        foreach (byte[] name in authorities)
            text.Append(Encoding.UTF8.GetString(name)).Append('\n');
        if (session.CertificateTypes is { Length: > 0 } types)
            text.Append(CultureInfo.InvariantCulture, $"Client Certificate Types: {string.Join(", ", types.Select(TypeName))}\n");
        if (session.RequestedSignatures(isShared: false) is { } wanted)
            text.Append(CultureInfo.InvariantCulture, $"Requested Signature Algorithms: {wanted}\n");
        if (session.RequestedSignatures(isShared: true) is { } shared)
            text.Append(CultureInfo.InvariantCulture, $"Shared Requested Signature Algorithms: {shared}\n");
        if (session.PeerSignatureDigest is { } digest)
            text.Append(CultureInfo.InvariantCulture, $"Peer signing digest: {digest}\n");
        if (session.PeerSignatureType is { } type)
            text.Append(CultureInfo.InvariantCulture, $"Peer signature type: {type}\n");
        if (session.TemporaryKey is { } key)
            text.Append(CultureInfo.InvariantCulture, $"Server Temp Key: {key}\n");
        text.Append(CultureInfo.InvariantCulture,
            $"---\nSSL handshake has read {before.Read + session.OctetsRead} bytes and written {before.Written + session.OctetsWritten} bytes\n");
    }

    private static void AppendState(StringBuilder text, TlsSession session)
    {
        if (session.VersionNumber == Tls13)
        {
            text.Append(session.EarlyData switch
            {
                TlsEarlyData.Rejected => "Early data was rejected\n",
                TlsEarlyData.Accepted => "Early data was accepted\n",
                _ => "Early data was not sent\n",
            });
            text.Append(CultureInfo.InvariantCulture, $"Verify return code: {session.VerifyResult} ({LibraryCertificate.ErrorText(session.VerifyResult)})\n");
            return;
        }

        using SavedTlsSession? saved = session.Save();
        text.Append(saved?.Text() ?? "");
    }

    private void AppendExport(StringBuilder text, TlsSession session)
    {
        if (options.Value("keymatexport") is not { } label)
            return;
        int length = int.TryParse(options.Value("keymatexportlen"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : UsualExport;
        text.Append(CultureInfo.InvariantCulture, $"Keying material exporter:\n    Label: '{label}'\n    Length: {length} bytes\n");
        text.Append(session.Export(label, length) is { } octets ? $"    Keying material: {Convert.ToHexString(octets)}\n" : "    Error\n");
    }

    private string NameOf(LibraryCertificate certificate, bool isIssuer) => Encoding.UTF8.GetString(certificate.Name(isIssuer, options.NameFlags, 0));

    // Behind a title, a name of several lines begins below it. Source: openssl, apps/lib/apps.c, print_name.
    private string NameBelow(LibraryCertificate certificate, bool isIssuer)
    {
        const int Indent = 4;
        return OpenSslFlags.IsMultiline(options.NameFlags)
            ? $"\n{Encoding.UTF8.GetString(certificate.Name(isIssuer, options.NameFlags, Indent))}"
            : NameOf(certificate, isIssuer);
    }

    private static string TimeOf(LibraryCertificate certificate, bool isEnd) => Encoding.ASCII.GetString(certificate.Time(isEnd, isIso: false));
}
