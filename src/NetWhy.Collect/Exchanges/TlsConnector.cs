using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using NetWhy.Certificates;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Exchanges;

/// <summary>What came of a handshake.</summary>
/// <param name="Handshake">The observation, for the caller to report or not.</param>
/// <param name="Session">The session, the caller's from now on; null unless the handshake was completed.</param>
/// <param name="Certificates">What the server sent, also when the handshake failed later; null if it sent none.</param>
/// <param name="SecurityLevel">Security level that keys and signatures must meet.</param>
internal sealed record TlsConnection(
    TlsHandshake Handshake, TlsSession? Session, CertificateMessage? Certificates, int SecurityLevel);

/// <summary>Makes one TLS handshake and records how it went, message by message.</summary>
internal static class TlsConnector
{
    private const int LongestGreeting = 80;

    // A server that refuses our lack of a certificate in TLS 1.3 says so one round trip after the handshake.
    private static readonly TimeSpan LateAlertPatience = TimeSpan.FromSeconds(0.4);

    /// <summary>Makes a handshake.</summary>
    /// <param name="stream">The connection; its <see cref="ByteStream.Tls"/> is set when the handshake is completed.</param>
    /// <param name="address">Peer's address.</param>
    /// <param name="port">Peer's port.</param>
    /// <param name="purpose">Which variant this is; see <see cref="TlsHandshake.Purpose"/>.</param>
    /// <param name="options">What to offer.</param>
    /// <param name="patience">How long nothing may come.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<TlsConnection> ConnectAsync(
        ByteStream stream,
        IPAddress address,
        int port,
        string purpose,
        TlsOptions options,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        TlsSession session = TlsSession.Create(stream.Socket, options);
        bool isKept = false;
        try
        {
            stream.Tls = session;
            byte[] first = [];
            TimeSpan? answered = null;
            StreamResult result = await stream.StepAsync(
                () =>
                {
                    if (first.Length == 0 && session.FirstOctets.IsEmpty)
                        first = Peek(stream.Socket);
                    TlsStep step = session.Handshake();
                    if (session.OctetsReceived > 0)
                        answered ??= Stopwatch.GetElapsedTime(begin);
                    if (session.OctetsReceived > 0 && stream.Stage is ExchangeStage.Connected)
                        stream.Stage = ExchangeStage.HandshakeBegun;
                    return step;
                },
                patience,
                cancellationToken);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            if (result.Outcome is StreamOutcome.Moved && session.ClientCertificateRequested
                && session.Version is "TLSv1.3")
            {
                StreamResult late = await stream.StepAsync(session.Peek, LateAlertPatience, cancellationToken);
                if (late.Outcome is not StreamOutcome.Silent)
                    result = late;
            }

            if (first.Length <= session.FirstOctets.Length)
                first = [.. session.FirstOctets.Span, .. Peek(stream.Socket)]; // the library took octets before we looked
            bool isPlaintext = first.Length > 0 && !IsTlsRecord(first);
            TlsOutcome outcome = isPlaintext && result.Outcome is not StreamOutcome.Moved
                ? TlsOutcome.NotTls
                : OutcomeOf(result, session);
            var handshake = new TlsHandshake(address, port, purpose, options.ServerName, outcome, elapsed)
            {
                TimeToAnswer = answered,
                Version = outcome is TlsOutcome.Completed || session.CipherSuite is not null ? session.Version : null,
                CipherSuite = session.CipherSuite,
                Alpn = session.Protocol is { } protocol ? PrintableText.Of(protocol, 40) : null,
                Group = session.Group,
                Alert = session.Alert is { } alert ? TlsAlert.Name(alert) : null,
                AlertCode = session.Alert,
                AlertIsOurs = session.AlertIsOurs,
                Messages = [.. session.Messages],
                OctetsReceived = Math.Max(session.OctetsReceived, first.Length),
                IsInMessage = session.IsInRecord && outcome is (TlsOutcome.Stalled or TlsOutcome.Reset or TlsOutcome.Closed),
                Greeting = isPlaintext ? PrintableText.Of(first, LongestGreeting) : null,
                Errno = result.Outcome is StreamOutcome.Failed ? TcpConnector.Name(result.Errno) : null,
                LibraryReason = session.Reason,
                ClientCertificateRequested = session.ClientCertificateRequested,
                HasOcspStaple = session.Certificates?.OcspStaple is not null,
                AllAcknowledged = stream.Socket.UnacknowledgedOctets == 0,
                Offered = session.Offered,
            };

            isKept = outcome is TlsOutcome.Completed;
            if (isKept)
                stream.Stage = ExchangeStage.HandshakeDone;
            return new TlsConnection(
                handshake, isKept ? session : null, session.Certificates, session.SecurityLevel);
        }
        finally
        {
            if (!isKept)
            {
                stream.Tls = null;
                session.Dispose();
            }
        }
    }

    /// <summary>Judges what the server sent against the roots of this machine.</summary>
    /// <param name="sent">What the server sent.</param>
    /// <param name="handshake">The handshake that showed them.</param>
    /// <param name="host">Name that the leaf must be for.</param>
    /// <param name="trust">The roots.</param>
    /// <param name="securityLevel">Security level that keys and signatures must meet.</param>
    /// <param name="now">The time.</param>
    /// <returns>The observation; null if the leaf cannot be read.</returns>
    internal static CertificateChain? Judge(
        CertificateMessage sent, TlsHandshake handshake, string host, TrustStore trust, int securityLevel, DateTimeOffset now)
    {
        ImmutableArray<byte[]> certificates = sent.Certificates;
        if (trust.Verify(certificates, host, securityLevel) is not { } verdict)
            return null;

        List<CertificateFacts> facts = [];
        Certificate? leaf = null;
        Certificate? top = null; // the last of the path; of all, if it has none
        int topDepth = -1;
        for (int i = 0; i < certificates.Length; i++)
        {
            if (Certificate.Read(certificates[i], out Certificate? certificate) is not OperationStatus.Done)
                continue;
            int depth = verdict.Path.IndexOf(i);
            if (i == 0)
                leaf = certificate;
            if (depth >= topDepth)
                (top, topDepth) = (certificate, depth);
            facts.Add(FactsOf(certificate!, certificates[i], verdict.IsSelfSigned[i]) with { PathDepth = depth < 0 ? null : depth });
        }

        if (facts.Count == 0)
            return null;
        return new CertificateChain(
            handshake.Address, handshake.Port, host, facts, verdict.Code, verdict.Text)
        {
            VerifyDepth = verdict.Depth,
            NameMatches = verdict.NameMatches,
            VerifyCodeIgnoringDates = verdict.CodeIgnoringDates,
            OwnAnchor = verdict.OwnAnchor is { } octets
                && Certificate.Read(octets, out Certificate? anchor) is OperationStatus.Done
                ? FactsOf(anchor!, octets, anchor!.IsSelfIssued) with { PathDepth = verdict.Path.Length - 1 }
                : null,
            RelatedRoot = verdict.Code is not 0 && top is not null && trust.RelatedRoot(top) is { } root
                ? PrintableText.Of(root, 400)
                : null,
            Namesake = verdict.Code is not 0 && top is not null ? NamesakeOf(top, certificates, trust, now) : null,
            TrustStore = trust.Source,
            TrustStoreProblem = trust.Problem,
            TrustedRoots = trust.Count,
            Purpose = handshake.Purpose,
            Authority = handshake.Authority,
            Staple = sent.OcspStaple is { } staple ? ReadStaple(staple, leaf, certificates, trust, now) : null,
        };
    }

    private static CertificateFacts FactsOf(Certificate certificate, byte[] octets, bool isSignedByItself) => new(
        PrintableText.Of(certificate.Subject, 400),
        PrintableText.Of(certificate.Issuer, 400),
        certificate.NotBefore,
        certificate.NotAfter)
    {
        Names = [.. certificate.Names.Select(name => PrintableText.Of(name, 256))],
        IsAuthority = certificate.IsAuthority,
        IsSelfSigned = certificate.IsSelfIssued && isSignedByItself,
        SignatureAlgorithm = certificate.SignatureAlgorithm,
        Key = certificate.Key,
        IssuerUrl = certificate.IssuerUrl is { } url ? PrintableText.Of(url, 256) : null,
        Fingerprint = TrustStore.Fingerprint(octets),
        MaySign = certificate.MaySign,
        RequiresStaple = certificate.RequiresStaple,
    };

    // Of several, the one whose key made the signature.
    private static IssuerNamesake? NamesakeOf(Certificate top, ImmutableArray<byte[]> sent, TrustStore trust, DateTimeOffset now)
    {
        if (top.IsSelfIssued)
            return null;
        Certificate[] roots = [.. Read(trust.RootsNamedIn(sent))], others = [.. Read(sent)];
        (Certificate Issuer, IssuerMatch Match, bool IsSent)[] found =
        [
            .. from one in others.Select(issuer => (Issuer: issuer, IsSent: true)).Concat(roots.Select(issuer => (Issuer: issuer, IsSent: false)))
               let fit = IssuerMatch.Of(top, one.Issuer)
               where fit is not null
               orderby fit.HasSigned is true descending
               select (one.Issuer, fit, one.IsSent),
        ];
        if (found is not [var (issuer, match, isSent), ..])
            return null;
        bool leadsToRoot = match.HasSigned is true
            && new PathBuilder(roots, others, new PathPolicy { Time = now }).Build(top) is { IsAnchored: true } path
            && !path.Problems.Any(problem => problem.IsFatal);
        return new IssuerNamesake(PrintableText.Of(issuer.Subject, 400), isSent)
        {
            HasSigned = match.HasSigned,
            IsSelfIssued = issuer.IsSelfIssued,
            Difference = match.Difference is { } difference ? PrintableText.Of(difference, 1000) : null,
            LeadsToRoot = leadsToRoot,
        };
    }

    private static IEnumerable<Certificate> Read(IEnumerable<byte[]> all) => all
        .Select(octets => Certificate.Read(octets, out Certificate? certificate) is OperationStatus.Done ? certificate : null)
        .OfType<Certificate>();

    private static OcspStaple ReadStaple(byte[] octets, Certificate? leaf, ImmutableArray<byte[]> sent, TrustStore trust, DateTimeOffset now)
    {
        if (leaf is null || OcspResponse.Read(octets, leaf.Serial, out OcspResponse? response) is not OperationStatus.Done)
            return new OcspStaple(OcspResponse.Read(octets, serial: null, out _) is OperationStatus.Done ? OcspStaple.Unrelated : "malformed");
        var staple = new OcspStaple(response!.Status) { RevokedAt = response.RevokedAt, ThisUpdate = response.ThisUpdate, NextUpdate = response.NextUpdate };
        if (response.SignedOctets.IsEmpty)
            return staple;
        Certificate? issuer = RevocationProof.IssuerOf(leaf, Read(sent.Concat(trust.RootsNamedIn(sent))));
        string? wrong = issuer is null ? RevocationProof.Unchecked : RevocationProof.WrongWith(response, leaf, issuer, now: null);
        return wrong is RevocationProof.Unchecked
            ? staple with { Flaw = RevocationProof.TimesOf(response.ThisUpdate, response.NextUpdate, now) }
            : staple with { IsProved = wrong is null, Flaw = wrong ?? RevocationProof.WrongWith(response, leaf, issuer!, now) };
    }

    private static TlsOutcome OutcomeOf(StreamResult result, TlsSession session) => result.Outcome switch
    {
        StreamOutcome.Moved => TlsOutcome.Completed,
        StreamOutcome.Silent => TlsOutcome.Stalled,
        StreamOutcome.Closed => session.Alert is not null && !session.AlertIsOurs ? TlsOutcome.Alert : TlsOutcome.Closed,
        StreamOutcome.Failed => session.Alert is not null && !session.AlertIsOurs ? TlsOutcome.Alert : TlsOutcome.Reset,
        _ => session.Alert is not null && !session.AlertIsOurs ? TlsOutcome.Alert : TlsOutcome.LocalFailure,
    };

    private static byte[] Peek(LinuxSocket socket)
    {
        Span<byte> buffer = stackalloc byte[LongestGreeting * 2];
        return socket.Peek(buffer, out int received) is Errno.OK ? buffer[..received].ToArray() : [];
    }

    // Content types 20 to 24, and major version 3 where it has come. Source: RFC 8446, section 5.1.
    private static bool IsTlsRecord(ReadOnlySpan<byte> octets) =>
        octets[0] is >= 20 and <= 24 && (octets.Length < 2 || octets[1] == 3);
}
