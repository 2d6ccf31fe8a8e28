using System.Formats.Asn1;
using System.IO.Compression;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NetWhy.Tests.Tools.Curl;

namespace NetWhy.Tests.Tools.Hostile;

/// <summary>Servers that want to keep their clients, to fill their memory or to speak to their terminals; each has a name.</summary>
internal sealed class HostileServers : IDisposable
{
    /// <summary>What steers a terminal: CSI, OSC 0, 8 and 52, C1 as UTF-8, directions, separators, tags.</summary>
    internal const string Steering = "\e[2J\e]0;t\a\e]8;;http://x.test/\e\\l\e]52;c;QUJD\a\u009b31m\u009d0;t\u009c\u202egnp\u2066\u200f\u2028\u2029\u0085\b\v\u007f";

    private const byte HeadersEnd = 4; // END_HEADERS: RFC 9113, section 6.2

    private static readonly byte[] FieldsWithoutEnd = Ascii(string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: {new string('x', 70)}\r\n")));

    private static readonly string SteeringAnswer =
        $"HTTP/1.1 502 {Steering}\r\nServer: {Steering}\r\nVia: 1.1 {Steering}\r\nX-A{Steering}: a\rSet-Cookie: b={Steering}\r\n"
        + $"Set-Cookie: {Steering}={Steering}\r\nContent-Type: text/{Steering}\r\nContent-Encoding: {Steering}\r\nStrict-Transport-Security: {Steering}\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(Steering)}\r\n\r\n{Steering}";

    private readonly Dictionary<string, AcceptingServer> _servers = [];
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _good;
    private readonly X509Certificate2 _steering;

    internal HostileServers()
    {
        _good = Certificate("CN=127.0.0.1", null);
        _steering = Certificate(null, Steering);
    }

    /// <summary>Where the server of that name listens, such as <c>127.0.0.1:40123</c>; it is begun when first asked for.</summary>
    internal string Here(string name)
    {
        if (!_servers.TryGetValue(name, out AcceptingServer? server))
            _servers.Add(name, server = new AcceptingServer(peer => AnswerAsync(peer, Script(name))));
        return server.Here;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AcceptingServer server in _servers.Values)
            server.Dispose();
        _key.Dispose();
        _good.Dispose();
        _steering.Dispose();
    }

    private Func<NetworkStream, Task> Script(string name) => name switch
    {
        // HTTP/1.1 in the clear
        "fields" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\n", FieldsWithoutEnd),
        "interims" => peer => HttpAsync(peer, "", Ascii(string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)))),
        "chunk-size-drip" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"u8.ToArray(), isSlow: true),
        "trailers" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", FieldsWithoutEnd),
        "redirects" => peer => HttpAsync(peer, $"HTTP/1.1 302 Found\r\nLocation: /{Guid.NewGuid()}\r\nContent-Length: 0\r\n\r\n", null),
        "br-bomb" => peer => BombAsync(peer, "br", output => new BrotliStream(output, CompressionLevel.Fastest)),
        "gzip-bomb" => peer => BombAsync(peer, "gzip", output => new GZipStream(output, CompressionLevel.Fastest)),
        "head-drip" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\nX: ", "x"u8.ToArray(), isSlow: true),
        "body-drip" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", "x"u8.ToArray(), isSlow: true),
        "length-huge" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", null),
        "chunk-huge" => peer => HttpAsync(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello", null),
        "codings" => peer => HttpAsync(peer, $"HTTP/1.1 200 OK\r\nContent-Encoding: {string.Join(", ", Enumerable.Repeat("gzip", 1000))}\r\nContent-Length: 5\r\n\r\nhello", null),
        "steering-error" => peer => HttpAsync(peer, SteeringAnswer, null),
        "steering-redirect" => peer => HttpAsync(peer, $"HTTP/1.1 302 {Steering}\r\nLocation: http://{Steering}.test/{Steering}\r\nServer: {Steering}\r\nContent-Length: 0\r\n\r\n", null),

        // TLS in the clear: no handshake comes to its end
        "hello-requests" => peer => FloodAsync(peer, OldHello(), Record(22, new byte[16_000])), // clients ignore them during a handshake: RFC 5246, section 7.4.1.1
        "hello-drip" => peer => FloodAsync(peer, [], [22, 3, 3, 0, 60, 2, 0, 0, 56, 3, 3, .. new byte[50]], isSlow: true),
        "certificate-drip" => peer => FloodAsync(peer, OldHello(), [22, 3, 3, 0x3e, 0x80, 11, 0, 0x3e, 0x7c, 0, 0x3e, 0x79, 0, 0x3e, 0x76, 0x30, .. new byte[5000]], isSlow: true),
        "certificates" => peer => FloodAsync(peer, [.. OldHello(), .. Record(22, [11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0, 0xff, 0xff])], Record(22, new byte[16_000])),
        "small-records" => peer => FloodAsync(peer, OldHello(), [.. Enumerable.Repeat(Record(22, [0]), 1000).SelectMany(record => record)]),
        "warnings" => peer => FloodAsync(peer, [], [.. Enumerable.Repeat(Record(21, [1, 112]), 1000).SelectMany(record => record)]), // unrecognized_name
        "record-huge" => peer => FloodAsync(peer, [22, 3, 3, 0xff, 0xff], new byte[16_000]),
        "cipher-changes" => peer => FloodAsync(peer, OldHello(), [.. Enumerable.Repeat(Record(20, [1]), 1000).SelectMany(record => record)]),
        "retries" => RetriesAsync,

        "steering-greeting" => SteeringGreetingAsync,

        // TLS 1.3
        "tickets" => peer => SecureFloodAsync(peer, 22, [.. Enumerable.Repeat(Tls13Peer.Message(4, [0, 0, 0, 9, 0, 0, 0, 0, 1, 0, 0, 1, 7, 0, 0]), 500).SelectMany(message => message)]),
        "key-updates" => KeyUpdatesAsync,
        "steering-tls" => peer => SecureHttpAsync(peer, _steering, Alpn(Steering), staple: null),
        "steering-names" => peer => SecureHttpAsync(peer, _steering, [], staple: null),
        "staple-garbage" => peer => SecureHttpAsync(peer, _good, [], staple: [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x80, .. new byte[100]]),

        // HTTP/2
        "h2-pings" => peer => Http2Async(peer, [], Frame(6, 0, 0, new byte[8])),
        "h2-settings" => peer => Http2Async(peer, [], Frame(4, 0, 0, [])),
        "h2-resets" => peer => Http2Async(peer, [], Frame(3, 0, 3, [0, 0, 0, 8])),
        "h2-length" => peer => Http2Async(peer, [], Frame(4, 0, 0, new byte[5])),
        "h2-continuations" => peer => Http2Async(peer, Frame(1, 0, 1, []), Frame(9, 0, 1, new byte[100])),
        "h2-table" => peer => Http2Async(peer, Frame(1, HeadersEnd, 1, TableBomb()), null),
        "h2-window" => peer => Http2Async(peer, Frame(4, 0, 0, [0, 4, 0, 0, 0, 0]), null), // SETTINGS_INITIAL_WINDOW_SIZE
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such server"),
    };

    private static async Task AnswerAsync(TcpClient peer, Func<NetworkStream, Task> script)
    {
        try
        {
            using NetworkStream stream = peer.GetStream();
            await script(stream);
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // the client has gone
        }
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    // Answers each request; what comes again comes until the client goes.
    private static async Task HttpAsync(Stream peer, string answer, byte[]? again, bool isSlow = false)
    {
        byte[] buffer = new byte[65_536];
        while (await peer.ReadAsync(buffer) > 0)
        {
            await peer.WriteAsync(Encoding.UTF8.GetBytes(answer));
            await RepeatAsync(peer, again, isSlow);
        }
    }

    private static async Task BombAsync(NetworkStream peer, string coding, Func<Stream, Stream> open)
    {
        _ = await peer.ReadAsync(new byte[65_536]);
        await peer.WriteAsync(Ascii($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n"));
        await using Stream output = open(peer);
        while (true)
            await output.WriteAsync(new byte[1 << 20]);
    }

    private static async Task FloodAsync(NetworkStream peer, byte[] first, byte[] again, bool isSlow = false)
    {
        await peer.ReadExactlyAsync(new byte[1]);
        await peer.WriteAsync(first);
        for (int at = 0; isSlow && at < again.Length; at++)
        {
            await peer.WriteAsync(again.AsMemory(at, 1));
            await Task.Delay(100);
        }

        await RepeatAsync(peer, again, isSlow: false);
    }

    private static async Task RepeatAsync(Stream peer, byte[]? again, bool isSlow)
    {
        while (again is not null)
        {
            await peer.WriteAsync(again);
            if (isSlow)
                await Task.Delay(100);
        }
    }

    private static async Task SteeringGreetingAsync(NetworkStream peer)
    {
        byte[] answer = Encoding.UTF8.GetBytes($"500 {Steering}\r\n");
        await peer.WriteAsync(Encoding.UTF8.GetBytes($"220 {Steering}\r\n"));
        byte[] buffer = new byte[1000];
        while (await peer.ReadAsync(buffer) > 0)
            await peer.WriteAsync(answer);
    }

    private static async Task RetriesAsync(NetworkStream peer)
    {
        byte[] random = Convert.FromHexString("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C");
        byte[] buffer = new byte[65_536];
        while (true)
        {
            int count = await peer.ReadAsync(buffer);
            if (count == 0)
                return;
            int at = count > 43 && buffer[0] == 22 ? 43 : 49; // behind a ChangeCipherSpec, too
            byte[] session = buffer[at] == 32 ? buffer[(at + 1)..(at + 33)] : [];
            byte[] extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 23];
            await peer.WriteAsync(Record(22, Tls13Peer.Message(2, [3, 3, .. random, (byte)session.Length, .. session, 0x13, 1, 0, 0, (byte)extensions.Length, .. extensions])));
        }
    }

    private async Task SecureFloodAsync(NetworkStream peer, byte content, byte[] again)
    {
        using var session = new Tls13Peer(peer);
        if (!await session.ShakeHandsAsync(List(_good, null), _key, []))
            return;
        while (true)
            await session.SendAsync(content, again);
    }

    private async Task KeyUpdatesAsync(NetworkStream peer)
    {
        using var session = new Tls13Peer(peer);
        if (!await session.ShakeHandsAsync(List(_good, null), _key, []))
            return;
        while (true)
            await session.UpdateKeysAsync();
    }

    private async Task SecureHttpAsync(NetworkStream peer, X509Certificate2 certificate, byte[] extensions, byte[]? staple)
    {
        using var session = new Tls13Peer(peer);
        if (!await session.ShakeHandsAsync(List(certificate, staple), _key, extensions))
            return;
        await session.SendAsync(22, Tls13Peer.Message(4, [0, 0, 0, 9, 0, 0, 0, 0, 1, 0, 0, 40, .. Encoding.UTF8.GetBytes(Steering)[..40], 0, 0]));
        await Task.Delay(100); // a request is read without being decrypted
        await session.SendAsync(23, Encoding.UTF8.GetBytes(SteeringAnswer));
        await session.SendAsync(21, (byte[])[1, 0]);
        await peer.CopyToAsync(Stream.Null);
    }

    private async Task Http2Async(NetworkStream peer, byte[] first, byte[]? again)
    {
        await using var stream = new SslStream(peer);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_good, null, offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        });
        byte[] buffer = new byte[65_536];
        int count = 0;
        while (count < 60) // the preface, our settings and a request
        {
            int read = await stream.ReadAsync(buffer);
            if (read == 0)
                return;
            count += read;
        }

        await stream.WriteAsync((byte[])[.. Frame(4, 0, 0, []), .. first]);
        if (again is null)
        {
            await stream.CopyToAsync(Stream.Null);
            return;
        }

        byte[] many = [.. Enumerable.Repeat(again, Math.Max(1, 8192 / again.Length)).SelectMany(frame => frame)];
        _ = stream.CopyToAsync(Stream.Null);
        await RepeatAsync(stream, many, isSlow: false);
    }

    // A field of 4000 octets that goes into the table, and 12,000 mentions of it: 48 MB. Source: RFC 7541, sections 6.1 and 6.2.1.
    private static byte[] TableBomb() => [0x88, 0x40, 1, (byte)'a', 0x7f, 0xa1, 0x1e, .. Enumerable.Repeat((byte)'b', 4000), .. Enumerable.Repeat((byte)0xbe, 12_000)];

    private static byte[] Frame(byte type, byte flags, byte stream, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];

    private static byte[] Record(byte content, byte[] octets) => [content, 3, 3, (byte)(octets.Length >> 8), (byte)octets.Length, .. octets];

    // TLS 1.2 with ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, and secure renegotiation. Source: RFC 5246, section 7.4.1.3.
    private static byte[] OldHello() => Record(22, Tls13Peer.Message(2, [3, 3, .. new byte[32], 0, 0xc0, 0x2b, 0, 0, 5, 0xff, 1, 0, 1, 0]));

    private static byte[] Alpn(string name)
    {
        byte[] octets = Encoding.UTF8.GetBytes(name);
        return [0, 16, 0, (byte)(octets.Length + 3), 0, (byte)(octets.Length + 1), (byte)octets.Length, .. octets];
    }

    // The list of one certificate and, at it, status_request with an OCSP response. Source: RFC 8446, section 4.4.2.
    private static byte[] List(X509Certificate2 certificate, byte[]? staple)
    {
        byte[] octets = certificate.RawData;
        byte[] status = staple is null ? [] : [0, 5, 0, (byte)(staple.Length + 4), 1, 0, 0, (byte)staple.Length, .. staple];
        byte[] entry = [0, (byte)(octets.Length >> 8), (byte)octets.Length, .. octets, 0, (byte)status.Length, .. status];
        return [0, (byte)(entry.Length >> 8), (byte)entry.Length, .. entry];
    }

    private X509Certificate2 Certificate(string? subject, string? steering)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(steering ?? "127.0.0.1");
        if (steering is not null)
            builder.AddOrganizationName(steering);
        var request = new CertificateRequest(subject is null ? builder.Build() : new X500DistinguishedName(subject), _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", Names(steering), critical: false));
        if (steering is not null)
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.5.5.7.1.1", Access(steering), critical: false));
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(79));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    // GeneralNames: dNSName is [2], uniformResourceIdentifier [6], iPAddress [7]. Source: RFC 5280, section 4.2.1.6.
    private static byte[] Names(string? steering)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString([127, 0, 0, 1], new Asn1Tag(TagClass.ContextSpecific, 7));
            if (steering is not null)
            {
                writer.WriteOctetString(Encoding.UTF8.GetBytes(steering), new Asn1Tag(TagClass.ContextSpecific, 2));
                writer.WriteOctetString(Encoding.UTF8.GetBytes($"http://{steering}"), new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }

        return writer.Encode();
    }

    // AuthorityInfoAccess with an OCSP responder. Source: RFC 5280, section 4.2.2.1.
    private static byte[] Access(string steering)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1");
            writer.WriteOctetString(Encoding.UTF8.GetBytes($"http://{steering}/"), new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return writer.Encode();
    }
}
