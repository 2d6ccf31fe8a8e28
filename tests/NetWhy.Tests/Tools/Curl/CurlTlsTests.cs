using System.Diagnostics;
using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NetWhy.Tests.App;
using NetWhy.Tests.Exchanges;
using Xunit;

namespace NetWhy.Tests.Tools.Curl;

/// <summary>What <c>netwhy curl</c> demands of TLS, where the peer or the proxy before it does wrong: as curl 7.88 does.</summary>
public sealed class CurlTlsTests : IDisposable
{
    private const string Original = "/usr/bin/curl";

    private static readonly Dictionary<string, string?> Usual = new() { ["CURL_CA_BUNDLE"] = null, ["SSL_CERT_FILE"] = null, ["SSL_CERT_DIR"] = null };

    private readonly string _directory = Directory.CreateTempSubdirectory("netwhy-curl-tls").FullName;
    private readonly AcceptingServer _server;
    private readonly AcceptingServer _proxy;
    private readonly X509Certificate2 _authority = Authority();
    private readonly X509Certificate2 _leaf;

    public CurlTlsTests()
    {
        Assert.SkipUnless(File.Exists(Original), "curl is not installed");
        _leaf = Leaf(_authority);
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
        _server = new AcceptingServer(ServeAsync);
        _proxy = new AcceptingServer(ForwardAsync);
    }

    private string AuthorityFile => Path.Combine(_directory, "authority.pem");

    private int Port => _server.Port;

    [Fact]
    public void What_a_proxy_says_behind_its_answer_is_no_answer_of_the_server() =>
        Same($"-sS --cacert {AuthorityFile} -x 127.0.0.1:{_proxy.Port} https://127.0.0.1:{Port}/", exitCode: 35);

    [Fact]
    public void A_certificate_of_ones_own_that_is_not_there_is_told_as_curl_tells_it() =>
        Same($"-sSk --cert /nosuch https://127.0.0.1:{Port}/", exitCode: 58);

    [Theory]
    [InlineData("--cert-type P12 --cert HERE/own.p12:secret", 0, "CN=own")]
    [InlineData("--cert-type p12 --cert HERE/own.p12:secret --key HERE/own.key", 0, "CN=own")]
    [InlineData("--cert-type P12 --cert HERE/own.p12:wrong", 58)]
    [InlineData("--cert-type P12 --cert HERE/own.p12", 58)]
    [InlineData("--cert-type P12 --cert HERE/own.pem", 58)]
    [InlineData("--cert-type P12 --cert HERE/nosuch.p12:secret", 58)]
    [InlineData("--cert HERE/own.p12:secret", 58)]
    [InlineData("--cert-type DER --cert HERE/own.der --key-type DER --key HERE/key.der", 0, "CN=own")]
    [InlineData("--cert-type DER --cert HERE/own.der --key HERE/own.key", 0, "CN=own")]
    [InlineData("--cert-type DER --cert HERE/own.der", 58)]
    [InlineData("--cert-type DER --cert HERE/own.pem --key HERE/own.key", 58)]
    [InlineData("--cert HERE/own.pem --key HERE/key.der", 58)]
    [InlineData("--cert HERE/own.pem --key-type DER --key HERE/own.key", 58)]
    [InlineData("--cert HERE/own.pem --key-type P12 --key HERE/own.p12", 58)]
    [InlineData("--cert-type XYZ --cert HERE/own.pem --key HERE/own.key", 58)]
    [InlineData("--cert HERE/own.pem --key-type XYZ --key HERE/own.key", 58)]
    [InlineData("--cert HERE/both.pem --key-type XYZ", 0, "CN=own")]
    [InlineData("--cert HERE/both.pem --key-type DER", 0, "CN=own")]
    [InlineData("--cert HERE/both.pem --key-type P12", 0, "CN=own")]
    [InlineData("--cert HERE/own.pem --key-type DER", 58)]
    [InlineData("--cert-type P12 --cert HERE/own.p12:secret --key-type DER", 0, "CN=own")]
    [InlineData("--cert-type P12 --cert HERE/own.p12:secret --key-type DER --key HERE/key.der", 0, "CN=own")]
    [InlineData("--cert-type DER --cert HERE/own.der --key-type PEM", 58)]
    public void A_certificate_of_ones_own_is_read_in_each_form(string own, int exitCode, string subject = "")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=own", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(20));
        File.WriteAllBytes(Path.Combine(_directory, "own.p12"), certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "secret"));
        File.WriteAllText(Path.Combine(_directory, "own.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory, "own.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_directory, "both.pem"), $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        File.WriteAllBytes(Path.Combine(_directory, "own.der"), certificate.RawData);
        File.WriteAllBytes(Path.Combine(_directory, "key.der"), key.ExportPkcs8PrivateKey());
        var context = SslStreamCertificateContext.Create(_leaf, [_authority], offline: true);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, context, wantsCertificate: true));

        Same($"-sS {own.Replace("HERE", _directory, StringComparison.Ordinal)} --cacert {AuthorityFile} -w %header{{x-client}} https://127.0.0.1:{server.Port}/", exitCode, subject);
    }

    [Fact]
    public void An_archive_is_read_from_a_pipe()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=own", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(20));
        File.WriteAllBytes(In("own.p12"), certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "secret"));
        var context = SslStreamCertificateContext.Create(_leaf, [_authority], offline: true);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, context, wantsCertificate: true));
        string line = $"-sS --cert-type P12 --cert /dev/stdin:secret --cacert {AuthorityFile} -w %{{http_code}}%header{{x-client}} https://127.0.0.1:{server.Port}/";

        ProgramResult original = NetWhyProgram.Run("sh", ["-c", $"cat {In("own.p12")} | {Original} {line}"], Usual);
        ProgramResult ours = NetWhyProgram.Run("sh", ["-c", $"cat {In("own.p12")} | {NetWhyProgram.Path} curl {line}"], Usual);

        Assert.Equal("200CN=own", original.Output);
        Assert.Equal(original, ours);
    }

    [Theory]
    [InlineData("--tlsv1.3 --tls-max 1.2", 35)]
    [InlineData("--tlsv1.2 --tls-max 1.2", 0)]
    public void Versions_of_TLS_that_exclude_each_other_are_refused(string versions, int exitCode) =>
        Same($"-sS {versions} --cacert {AuthorityFile} https://127.0.0.1:{Port}/", exitCode);

    [Fact]
    public void What_TLS_agrees_on_counts_before_what_was_known()
    {
        var context = SslStreamCertificateContext.Create(_leaf, [_authority], offline: true);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, context, [SslApplicationProtocol.Http11]));

        Same($"-sS --http2-prior-knowledge --cacert {AuthorityFile} -w %{{http_version}} https://127.0.0.1:{server.Port}/", exitCode: 0, "1.1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_certificates_are_listed_as_curl_lists_them(bool isRsa)
    {
        using X509Certificate2 leaf = isRsa ? RsaLeaf(_authority) : Leaf(_authority);
        var context = SslStreamCertificateContext.Create(leaf, [_authority], offline: true);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, context));

        Same($"-sS --cacert {AuthorityFile} -w %{{certs}}|%{{num_certs}} https://127.0.0.1:{server.Port}/", exitCode: 0);
    }

    [Theory]
    [InlineData("", false, "SSL_ERROR_SYSCALL")]
    [InlineData("\u0015\u0003\u0003\0\u0002\u0001\0", false, "SSL_ERROR_ZERO_RETURN")] // close_notify
    [InlineData("", true, "(35) Recv failure: Connection reset by peer")]
    public void The_end_of_a_handshake_is_told_with_all_that_came_before(string said, bool resets, string expected)
    {
        using var server = new AcceptingServer(async peer =>
        {
            NetworkStream stream = peer.GetStream();
            _ = await stream.ReadAsync(new byte[4096]);
            await Task.Delay(TimeSpan.FromSeconds(0.2)); // what meets curl in its first step it tells in another order
            await stream.WriteAsync(Encoding.Latin1.GetBytes(said));
            if (resets)
                peer.Client.LingerState = new LingerOption(enable: true, 0);
            peer.Client.Dispose(); // the stream's end would come before the reset
        });

        ProgramResult result = Same($"-sSv --cacert {AuthorityFile} https://127.0.0.1:{server.Port}/", exitCode: 35);

        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Contains($"CAfile: {AuthorityFile}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Ty", 0)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n", 0)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX", 18)]
    [InlineData("HTTP/1.1 2", 52)]
    [InlineData("HTT", 52)]
    [InlineData("HTX", 1)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", 52)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP", 52)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTX", 1)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n", 0)]
    [InlineData("HTTP/1.1 100 Continue\r\nA: b", 0)]
    public void A_head_without_an_end_is_taken_as_curl_takes_it(string said, int exitCode)
    {
        using var server = new AcceptingServer(async peer =>
        {
            NetworkStream stream = peer.GetStream();
            _ = await stream.ReadAsync(new byte[4096]);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(said));
            peer.Dispose();
        });

        Same($"-sSv http://127.0.0.1:{server.Port}/", exitCode);
    }

    [Fact]
    public void A_large_upload_reaches_a_peer_that_reads_slowly()
    {
        string file = Path.Combine(_directory, "large");
        File.WriteAllBytes(file, new byte[8_000_000]);

        Same($"-sS --cacert {AuthorityFile} -H Expect: -T {file} https://127.0.0.1:{Port}/", exitCode: 0, "got 8000000");
    }

    [Fact]
    public void A_star_stands_for_a_whole_label_and_no_name_begins_with_a_dot()
    {
        string line = $"-sS --cacert {AuthorityFile} --resolve foo.example:{Port}:127.0.0.1 --resolve a.whole.example:{Port}:127.0.0.1";

        Same($"{line} https://foo.example:{Port}/", exitCode: 60);
        Same($"{line} https://a.whole.example:{Port}/", exitCode: 0);
        ProgramResult dotted = NetWhyProgram.Run(["curl", .. $"-sS --cacert {AuthorityFile} --resolve .whole.example:{Port}:127.0.0.1 https://.whole.example:{Port}/".Split(' ')]);
        Assert.Equal(60, dotted.ExitCode);
    }

    // A common name counts where there is neither a DNS name nor an address beside it, for an address too.
    [Theory]
    [InlineData("x", "foo.example.", "foo.example", 0)]
    [InlineData("x", "*.whole.example.", "a.whole.example", 0)]
    [InlineData("x", "*.example", "foo.example", 60)]
    [InlineData("x", "*.*.example", "a.b.example", 60)]
    [InlineData("x", "*.0.0.1", "127.0.0.1", 60)]
    [InlineData("127.0.0.1", "", "127.0.0.1", 0)]
    [InlineData("127.0.0.1", "foo.example", "127.0.0.1", 60)]
    [InlineData("127.0.0.2", "", "127.0.0.1", 60)]
    [InlineData("FOO.example", "", "foo.example", 0)]
    [InlineData("foo.example", "root@foo.example", "foo.example", 0)]
    [InlineData("evil.example/O=CN=foo.example", "", "foo.example", 60)]
    [InlineData("foo.example,evil", "", "foo.example", 60)]
    [InlineData("foo.example+O=evil", "", "foo.example", 60)]
    [InlineData("x/CN=foo.example/O=evil", "", "foo.example", 0)]
    [InlineData("foo.example/CN=x", "", "foo.example", 60)]
    [InlineData("foo.example/CN=", "", "foo.example", 60)]
    [InlineData("O=foo.example", "", "foo.example", 60)]
    [InlineData("PRINTABLE=foo.example", "", "foo.example", 0)]
    [InlineData("foo.example/PRINTABLE=", "", "foo.example", 60)]
    [InlineData("x/BMP=foo.example", "", "foo.example", 0)]
    [InlineData("foo.example/BMP=f\u0151o.example", "", "foo.example", 60)]
    [InlineData("f\u00f3o.example", "", "foo.example", 60)]
    [InlineData("foo.example\0.evil.example", "", "foo.example", 60)]
    [InlineData("foo.example\0", "", "foo.example", 60)]
    [InlineData("BMP=foo.example\0", "", "foo.example", 60)]
    public void Names_count_as_they_count_for_curl(string commonName, string alternativeName, string host, int exitCode)
    {
        using X509Certificate2 leaf = Leaf(_authority, commonName, alternativeName);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, SslStreamCertificateContext.Create(leaf, [_authority], offline: true)));

        foreach (string more in (string[])["", "--no-alpn "])
        {
            string[] words = $"-sSv {more}--cacert {AuthorityFile} --resolve {host}:{server.Port}:127.0.0.1 -o /dev/null https://{host}:{server.Port}/".Split(' ');
            ProgramResult ours = NetWhyProgram.Run(NetWhyProgram.Path, ["curl", .. words], Usual);
            Assert.Equal(exitCode, ours.ExitCode);
            Assert.Equal(Told(NetWhyProgram.Run(Original, words, Usual)), Told(ours));
        }

        // Not the messages: a signature is not always as long, and a ticket comes when it comes.
        static string[] Told(ProgramResult result) =>
            [.. result.Error.Split('\n').Where(line => ((string[])["subjectAltName", "common name", "using HTTP", "curl: "]).Any(word => line.Contains(word, StringComparison.Ordinal)))];
    }

    [Fact]
    public void Names_count_behind_whatever_number_of_extensions()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=foo.example", key, HashAlgorithmName.SHA256);
        for (int i = 0; i < 100; i++)
            request.CertificateExtensions.Add(new X509Extension($"1.2.3.4.{i}", [5, 0], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("bar.example");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(_authority, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(20), [0x12, 0x34]);
        using X509Certificate2 leaf = signed.CopyWithPrivateKey(key);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, SslStreamCertificateContext.Create(leaf, [_authority], offline: true)));

        Same($"-sS --cacert {AuthorityFile} --resolve foo.example:{server.Port}:127.0.0.1 https://foo.example:{server.Port}/", exitCode: 60);
        Same($"-sS --cacert {AuthorityFile} --resolve bar.example:{server.Port}:127.0.0.1 https://bar.example:{server.Port}/", exitCode: 0);
    }

    [Theory]
    [InlineData("max-age=100", true)]
    [InlineData("Max-Age= \"100\" ; includeSubDomains; x=y", true)]
    [InlineData("max-age = 100", false)]
    [InlineData("max-age=99999999999999999999", true)]
    [InlineData("max-age=0", false)]
    [InlineData("max-age=100;max-age=100", false)]
    [InlineData("max-age=x", false)]
    [InlineData("includeSubDomains", false)]
    public void A_host_that_wants_TLS_alone_is_asked_by_it_from_then_on(string policy, bool isKept)
    {
        var context = SslStreamCertificateContext.Create(_leaf, [_authority], offline: true);
        using var server = new AcceptingServer(peer => AnswerAsync(peer, context, more: $"Strict-Transport-Security: {policy}\r\n"));
        string[] line = $"-s --cacert {AuthorityFile} --resolve a.whole.example:{server.Port}:127.0.0.1 -w %{{url_effective}}|%{{scheme}}| https://a.whole.example:{server.Port}/ http://a.whole.example:{server.Port}/".Split(' ');

        string original = NetWhyProgram.Run(Original, line, Usual).Output, ours = NetWhyProgram.Run(NetWhyProgram.Path, ["curl", .. line], Usual).Output;

        Assert.Equal(original, ours);
        Assert.Equal(isKept ? 4 : 2, ours.Split("https", StringSplitOptions.None).Length - 1 + (ours.Split("HTTPS", StringSplitOptions.None).Length - 1));
    }

    [Theory]
    [InlineData("--pinnedpubkey sha256//HASH", 0)]
    [InlineData("--pinnedpubkey sha256//AA;sha256//HASH", 0)]
    [InlineData("--pinnedpubkey sha256//AA", 90)]
    [InlineData("--pinnedpubkey sha256//HASH;", 90)]
    [InlineData("--pinnedpubkey SHA256//HASH", 90)]
    [InlineData("--pinnedpubkey HERE/key.pem", 0)]
    [InlineData("--pinnedpubkey HERE/key.der", 0)]
    [InlineData("--pinnedpubkey HERE/authority.pem", 90)]
    [InlineData("--pinnedpubkey /nosuch", 90)]
    [InlineData("-k --pinnedpubkey sha256//AA", 90)]
    [InlineData("--crlfile HERE/empty.crl", 0)]
    [InlineData("--crlfile HERE/leaf.crl", 60)]
    [InlineData("--crlfile HERE/authority.pem", 82)]
    [InlineData("--crlfile /nosuch", 82)]
    [InlineData("-k --crlfile /nosuch", 82)]
    public void Keys_and_revocation_lists_count_as_they_count_for_curl(string demand, int exitCode)
    {
        byte[] key = _leaf.PublicKey.ExportSubjectPublicKeyInfo();
        File.WriteAllBytes(In("key.der"), key);
        Write("key.pem", $"-----BEGIN PUBLIC KEY-----\n{Convert.ToBase64String(key)}\n-----END PUBLIC KEY-----\n");
        Write("empty.crl", ListOf(new CertificateRevocationListBuilder()));
        var revoking = new CertificateRevocationListBuilder();
        revoking.AddEntry(_leaf);
        Write("leaf.crl", ListOf(revoking));
        string words = demand.Replace("HASH", Convert.ToBase64String(SHA256.HashData(key)), StringComparison.Ordinal).Replace("HERE", _directory, StringComparison.Ordinal);

        Same($"-sS {words} --cacert {AuthorityFile} -H Connection:close https://127.0.0.1:{Port}/", exitCode);

        string ListOf(CertificateRevocationListBuilder builder) => PemEncoding.WriteString("X509 CRL", builder.Build(
            _authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_authority.GetECDsaPrivateKey()!), 1, TimeProvider.System.GetUtcNow().AddDays(5), HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(_authority.SubjectName, _authority.SerialNumberBytes.Span)));
    }

    [Theory]
    [InlineData("CURL -T - < FILE", 0)]
    [InlineData("cat FILE | CURL -T -", 65)]
    public void What_standard_input_holds_is_sent_again_where_it_is_a_file(string line, int exitCode)
    {
        Write("upload", "some data\n");
        using var server = new AcceptingServer(async peer =>
        {
            using NetworkStream stream = peer.GetStream();
            byte[] buffer = new byte[4096];
            string text = "";
            while (!text.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
            {
                int read = await stream.ReadAsync(buffer);
                if (read == 0)
                    return;
                text += Encoding.Latin1.GetString(buffer, 0, read);
            }

            bool isLogin = text.Contains("Authorization: Digest", StringComparison.Ordinal);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(isLogin ? "200 OK" : "401 no")}\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nConnection: close\r\nContent-Length: 0\r\nX-Data: {text.Contains("some data", StringComparison.Ordinal)}\r\n\r\n"));
        });

        (ProgramResult original, ProgramResult ours) = (Run(Original), Run($"{NetWhyProgram.Path} curl"));

        Assert.Equal(original, ours);
        Assert.Equal(exitCode, ours.ExitCode);
        Assert.Equal(exitCode == 0 ? "200True" : "401", ours.Output);

        ProgramResult Run(string program) => NetWhyProgram.Run(
            "sh", ["-c", line.Replace("CURL", $"{program} -sS -H Expect: -u a:b --anyauth -w %{{http_code}}%header{{x-data}} http://127.0.0.1:{server.Port}/", StringComparison.Ordinal).Replace("FILE", In("upload"), StringComparison.Ordinal)], Usual);
    }

    [Fact]
    public void A_request_with_more_demands_gets_a_connection_of_its_own() =>
        Same($"-sS --cacert {AuthorityFile} https://127.0.0.1:{Port}/ --next -sS --cacert {AuthorityFile} --cert-status https://127.0.0.1:{Port}/", exitCode: 91, "got 0");

    [Theory]
    [InlineData("V\t301231235959Z\t\t1234\tunknown\t/CN=x\n", true, 0, "")]
    [InlineData("", true, 91, "SSL server certificate status verification FAILED")]
    [InlineData("V\t301231235959Z\t\t1234\tunknown\t/CN=x\n", false, 91, "OCSP response verification failed")]
    [InlineData("R\t301231235959Z\t250101000000Z,keyCompromise\t1234\tunknown\t/CN=x\n", true, 91, "SSL certificate revocation reason: keyCompromise (1)")]
    public void A_staple_counts_where_the_issuer_signed_it(string index, bool isOfIssuer, int exitCode, string says)
    {
        using X509Certificate2 other = Authority();
        CheckStapled(index, isOfIssuer ? _authority : other, _authority, _leaf, exitCode, says);
    }

    [Fact]
    public void A_staple_counts_where_trust_ends_below_a_root()
    {
        using X509Certificate2 root = Authority();
        using X509Certificate2 between = Authority(root);
        using X509Certificate2 leaf = Leaf(between);
        CheckStapled("V\t301231235959Z\t\t1234\tunknown\t/CN=x\n", between, between, leaf, 0, "");
    }

    // A chain of our own ends at the first certificate that is trusted; what the file holds is sent as it is.
    [Theory]
    [InlineData(true, "leaf.pem")]
    [InlineData(false, "leaf.pem")]
    [InlineData(true, "chain.pem")]
    public void Our_own_chain_is_that_of_curl(bool trustsBetween, string certificate)
    {
        using X509Certificate2 between = Authority(_authority);
        using X509Certificate2 leaf = Leaf(between);
        Write("trust.pem", trustsBetween ? $"{_authority.ExportCertificatePem()}\n{between.ExportCertificatePem()}\n" : _authority.ExportCertificatePem());
        Write("between.pem", between.ExportCertificatePem());
        Write("leaf.pem", leaf.ExportCertificatePem());
        Write("chain.pem", $"{leaf.ExportCertificatePem()}\n{between.ExportCertificatePem()}\n");
        Write("leaf.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        int port = LoopbackServer.FreePort();
        using Process server = ServerOf(port, $"-cert {In("leaf.pem")} -key {In("leaf.key")} -cert_chain {In("between.pem")} -verify 5");
        try
        {
            string[] line = $"-sS --trace - -o /dev/null --cacert {In("trust.pem")} --cert {In(certificate)} --key {In("leaf.key")} https://127.0.0.1:{port}/".Split(' ');
            string original = SentChain(NetWhyProgram.Run(Original, line, Usual)), ours = SentChain(NetWhyProgram.Run(NetWhyProgram.Path, ["curl", .. line], Usual));

            Assert.Contains("bytes", original, StringComparison.Ordinal);
            Assert.Equal(original, ours);
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }

        static string SentChain(ProgramResult result) => result.Output.Split("(OUT), TLS handshake, Certificate (11):\n")[^1].Split('\n')[0];
    }

    private string In(string name) => Path.Combine(_directory, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);

    private static Process ServerOf(int port, string options)
    {
        Process server = NetWhyProgram.Start("openssl", $"s_server -accept 127.0.0.1:{port} {options} -www".Split(' '), []);
        string? said;
        do
            said = server.StandardOutput.ReadLine();
        while (said is not (null or "ACCEPT"));
        return server;
    }

    private void CheckStapled(string index, X509Certificate2 signer, X509Certificate2 issuer, X509Certificate2 leaf, int exitCode, string says)
    {
        Write("issuer.pem", issuer.ExportCertificatePem());
        Write("signer.pem", signer.ExportCertificatePem());
        Write("signer.key", signer.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("leaf.pem", leaf.ExportCertificatePem());
        Write("leaf.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("index", index);
        ProgramResult made = NetWhyProgram.Run("openssl", $"ocsp -index {In("index")} -rsigner {In("signer.pem")} -rkey {In("signer.key")} -CA {In("signer.pem")} -issuer {In("issuer.pem")} -serial 0x1234 -respout {In("staple")} -ndays 1".Split(' '), []);
        Assert.True(made.ExitCode == 0, made.Error);
        int port = LoopbackServer.FreePort();
        using Process server = ServerOf(port, $"-cert {In("leaf.pem")} -key {In("leaf.key")} -cert_chain {In("issuer.pem")} -status_file {In("staple")}");
        try
        {
            ProgramResult result = Same($"-sS -o /dev/null --cacert {In("issuer.pem")} --cert-status https://127.0.0.1:{port}/", exitCode);
            Assert.Contains(says, result.Error, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _proxy.Dispose();
        _leaf.Dispose();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static ProgramResult Same(string line, int exitCode, string output = "")
    {
        ProgramResult original = NetWhyProgram.Run(Original, line.Split(' '), Usual);
        ProgramResult ours = NetWhyProgram.Run(NetWhyProgram.Path, ["curl", .. line.Split(' ')], Usual);

        Assert.Equal(original, ours);
        Assert.Equal(exitCode, ours.ExitCode);
        Assert.Contains(output, ours.Output, StringComparison.Ordinal);
        return ours;
    }

    private static X509Certificate2 Authority(X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(issuer is null ? "CN=authority" : "CN=between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (issuer is null)
            return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        using X509Certificate2 signed = request.Create(issuer, now.AddDays(-1), now.AddDays(25), [0x56, 0x78]);
        return signed.CopyWithPrivateKey(key);
    }

    // With names and extensions of more kinds.
    private static X509Certificate2 RsaLeaf(X509Certificate2 issuer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=\"x, é\", OU=a, O=b, C=DE", key, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddEmailAddress("a@b.example");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.2.3.4")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(new X509Extension("1.2.3.4.5", [4, 3, 0x61, 0, 0xe9], critical: false)); // of nobody's
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 signed = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!), now.AddDays(-1), now.AddDays(20), [0xf0, .. Enumerable.Repeat((byte)0xab, 17)]);
        return signed.CopyWithPrivateKey(key);
    }

    private static async Task AnswerAsync(TcpClient peer, SslStreamCertificateContext certificate, List<SslApplicationProtocol>? protocols = null, bool wantsCertificate = false, string more = "")
    {
        try
        {
            using var stream = new SslStream(peer.GetStream());
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate, ApplicationProtocols = protocols, ClientCertificateRequired = wantsCertificate, RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is null or { Subject: "CN=own" } });
            _ = await stream.ReadAsync(new byte[4096]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nX-Client: {stream.RemoteCertificate?.Subject ?? "none"}\r\n{more}Content-Length: 0\r\n\r\n"));
            _ = await stream.ReadAsync(new byte[4096]);
        }
        catch (Exception end) when (end is IOException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    // Attributes with slashes between: common names in UTF-8 or, where it says so, in another form, and organizations.
    private static X500DistinguishedName Subject(string text)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string attribute in text.Split('/'))
            {
                string kind = ((string[])["CN=", "PRINTABLE=", "BMP=", "O="]).FirstOrDefault(kind => attribute.StartsWith(kind, StringComparison.Ordinal)) ?? "";
                using AsnWriter.Scope set = writer.PushSetOf();
                using AsnWriter.Scope pair = writer.PushSequence();
                writer.WriteObjectIdentifier(kind is "O=" ? "2.5.4.10" : "2.5.4.3");
                writer.WriteCharacterString(kind switch { "PRINTABLE=" => UniversalTagNumber.PrintableString, "BMP=" => UniversalTagNumber.BMPString, _ => UniversalTagNumber.UTF8String }, attribute[kind.Length..]);
            }
        }

        return new X500DistinguishedName(writer.Encode());
    }

    private static X509Certificate2 Leaf(X509Certificate2 issuer, string commonName, string alternativeName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject(commonName), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (alternativeName.Contains('@', StringComparison.Ordinal))
            names.AddEmailAddress(alternativeName);
        else if (alternativeName.Length > 0)
            names.AddDnsName(alternativeName);
        if (alternativeName.Length > 0)
            request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(issuer, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(20), [0x12, 0x34]);
        return signed.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Leaf(X509Certificate2 issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("f*.example");
        names.AddDnsName("*.whole.example");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(issuer, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(20), [0x12, 0x34]);
        return signed.CopyWithPrivateKey(key);
    }

    // Says how many octets of a body came, and takes them late.
    private async Task ServeAsync(TcpClient peer)
    {
        try
        {
            using var stream = new SslStream(peer.GetStream());
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_leaf, null, offline: true) });
            byte[] buffer = new byte[1 << 16];
            while (true)
            {
                string head = "";
                for (int read; !head.Contains("\r\n\r\n", StringComparison.Ordinal); head += Encoding.Latin1.GetString(buffer, 0, read))
                {
                    if ((read = await stream.ReadAsync(buffer)) == 0)
                        return;
                }

                string? length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
                long wanted = length is null ? 0 : long.Parse(length.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
                long came = head.Length - head.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4;
                for (int before = -1; wanted > 0 && (peer.Available == 0 || peer.Available > before);)
                {
                    before = peer.Available; // until the client has filled the buffers of the connection
                    await Task.Delay(50);
                }

                for (int read; came < wanted; came += read)
                {
                    if ((read = await stream.ReadAsync(buffer)) == 0)
                        return;
                }

                string body = $"got {came}";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            }
        }
        catch (Exception end) when (end is IOException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    // A proxy that answers in the server's place.
    private async Task ForwardAsync(TcpClient peer)
    {
        try
        {
            NetworkStream near = peer.GetStream();
            byte[] buffer = new byte[4096];
            _ = await near.ReadAsync(buffer);
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, Port);
            await near.WriteAsync("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"u8.ToArray());
            NetworkStream far = server.GetStream();
            await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
        }
        catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException)
        {
            // one of them has gone
        }
    }
}
