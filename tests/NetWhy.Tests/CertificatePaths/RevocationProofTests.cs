using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetWhy.Certificates;
using NetWhy.Collect;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Tls;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Exchanges;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.CertificatePaths;

/// <summary>What issuers say of revocation: openssl is the authority and its responder, netwhy asks and checks.</summary>
public sealed class RevocationProofTests(RevocationProofTests.Authority authority) : IClassFixture<RevocationProofTests.Authority>
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public void A_request_is_the_one_that_openssl_makes()
    {
        authority.OpenSsl("ocsp -sha1 -issuer int.crt -cert good.crt -no_nonce -reqout good.req");

        Assert.Equal(authority.Read("good.req"), RevocationProof.RequestFor(authority.Certificate("good"), authority.Certificate("int")));
    }

    [Theory]
    [InlineData("good", "signer", "", "good", null)] // whom the issuer has appointed
    [InlineData("good", "int", "", "good", null)] // the issuer itself
    [InlineData("revoked", "signer", "-rmd sha384", "revoked", null)]
    [InlineData("good", "signer", "-rmd sha224", "good", RevocationProof.Unchecked)] // not looked at is not forged
    [InlineData("good", "good", "", "good", "its signer may not sign OCSP responses")]
    [InlineData("good", "stranger", "", "good", "its signer is not appointed by the issuer")]
    [InlineData("good", "signer", "-resp_no_certs", "good", "it is not signed by the issuer's key, nor by one that comes with it")]
    public void A_response_proves_as_much_as_its_signer_may(string name, string signer, string options, string status, string? wrong)
    {
        authority.OpenSsl($"ocsp -index index -CA int.crt -issuer int.crt -cert {name}.crt -rsigner {signer}.crt -rkey {signer}.key -ndays 3 -noverify {options} -respout {name}.ocsp");
        Certificate certificate = authority.Certificate(name);
        Assert.Equal(OperationStatus.Done, OcspResponse.Read(authority.Read($"{name}.ocsp"), certificate.Serial, out OcspResponse? response));

        Assert.Equal(
            (status, wrong, status is "revoked" ? "keyCompromise" : null),
            (response!.Status, RevocationProof.WrongWith(response, certificate, authority.Certificate("int"), Now), RevocationProof.ReasonName(response.Reason)));
        if (wrong is not null)
            return;
        Assert.Equal("it is out of date", RevocationProof.WrongWith(response, certificate, authority.Certificate("int"), Now.AddDays(4)));
        Assert.NotNull(RevocationProof.WrongWith(response, certificate, authority.Certificate("int"), Now.AddDays(-1))); // it, or its signer, is not of that time
        Assert.Equal("it is about a certificate of another issuer", RevocationProof.WrongWith(response, certificate, authority.Certificate("root"), Now));
        Assert.StartsWith("it is not signed", DamagedIsWrongWith(authority.Read($"{name}.ocsp"), response, certificate), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("good", "plain", null)]
    [InlineData("revoked", "plain", null)]
    [InlineData("good", "users", null)]
    [InlineData("good", "authorities", "it is about authorities only")]
    [InlineData("good", "elsewhere", "it is the list of another distribution point")]
    [InlineData("good", "own", null)]
    [InlineData("good", "some", "it has some reasons only")]
    public void A_list_proves_as_much_as_it_is_for(string name, string kind, string? wrong)
    {
        authority.OpenSsl($"ca -gencrl -config ca.cnf -cert int.crt -keyfile int.key {(kind is "plain" ? "" : $"-crlexts crl_{kind}")} -out {kind}.pem");
        Assert.Equal(OperationStatus.Done, RevocationList.Read(CertificateFile.ReadList(authority.Read($"{kind}.pem")), out RevocationList? list));
        Certificate certificate = authority.Certificate(name);

        bool isRevoked = list!.Contains(certificate.SerialOctets.Span, out _, out int? reason);

        Assert.Equal((name is "revoked", name is "revoked" ? 1 : null), (isRevoked, reason));
        Assert.Equal(wrong, RevocationProof.WrongWith(list, certificate, authority.Certificate("int"), Now));
        if (kind is not "plain")
            return;
        Assert.Equal("it is not signed by the issuer's key", RevocationProof.WrongWith(list, certificate, authority.Certificate("root"), Now));
        Assert.Equal("it is out of date", RevocationProof.WrongWith(list, certificate, authority.Certificate("int"), Now.AddDays(40)));
    }

    [Fact]
    public void A_response_without_an_end_holds_for_a_week()
    {
        authority.OpenSsl("ocsp -index index -CA int.crt -issuer int.crt -cert good.crt -rsigner int.crt -rkey int.key -noverify -respout endless.ocsp");
        Certificate certificate = authority.Certificate("good");
        Assert.Equal(OperationStatus.Done, OcspResponse.Read(authority.Read("endless.ocsp"), certificate.Serial, out OcspResponse? response));

        Assert.Null(response!.NextUpdate);
        Assert.Null(RevocationProof.WrongWith(response, certificate, authority.Certificate("int"), Now));
        Assert.StartsWith("it does not say how long", RevocationProof.WrongWith(response, certificate, authority.Certificate("int"), Now.AddDays(8)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_counts_only_if_its_issuer_may_sign_lists()
    {
        authority.OpenSsl("x509 -req -in int.csr -CA root.crt -CAkey root.key -days 300 -extfile ca.cnf -extensions mute -out mute.crt");
        authority.OpenSsl("ca -gencrl -config ca.cnf -cert int.crt -keyfile int.key -out any.pem");
        Assert.Equal(OperationStatus.Done, RevocationList.Read(CertificateFile.ReadList(authority.Read("any.pem")), out RevocationList? list));

        Assert.Equal("its issuer's key may not sign lists", RevocationProof.WrongWith(list!, authority.Certificate("good"), authority.Certificate("mute"), Now));
    }

    // As ISRG Root X1 is sent with a copy by an older root, which that one may have revoked.
    [Fact]
    public async Task Nobody_is_asked_about_a_copy_of_a_trusted_root()
    {
        authority.OpenSsl("req -new -key root.key -config ca.cnf -subj /CN=root -out root.csr");
        authority.OpenSsl("x509 -req -in root.csr -CA stranger.crt -CAkey stranger.key -days 300 -extfile ca.cnf -extensions crossed -out crossed.crt");
        File.WriteAllBytes($"{authority.Folder}/both.pem", [.. authority.Read("root.crt"), .. authority.Read("stranger.crt")]);

        (string? unasked, RevocationAnswer[] answers) = await FetchAsync("both.pem");

        Assert.Null(unasked);
        Assert.NotEmpty(answers);
        Assert.All(answers, answer => Assert.Equal(0, answer.Depth)); // the intermediate names nobody
    }

    // Who signs its own chain would choose whom we ask.
    [Fact]
    public async Task Nobody_is_asked_where_no_root_is_trusted()
    {
        authority.OpenSsl("x509 -req -in int.csr -CA stranger.crt -CAkey stranger.key -days 300 -extfile ca.cnf -extensions authority -out crossed.crt");
        authority.OpenSsl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 400 -config ca.cnf -extensions authority -subj /CN=third -keyout third.key -out third.crt");

        (string? unasked, RevocationAnswer[] answers) = await FetchAsync("third.crt");

        Assert.Equal("no way leads to a root that is trusted here", unasked);
        Assert.Empty(answers);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::ffff:127.3.2.1", true)]
    [InlineData("::1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("fe80::1", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("ff02::1", true)]
    [InlineData("10.0.0.1", false)] // a company's own authority
    [InlineData("192.0.2.1", false)]
    [InlineData("2001:db8::1", false)]
    public void A_server_elsewhere_sends_nobody_to_this_machine(string address, bool isNear) => Assert.Equal(isNear, HttpFetcher.IsNear(IPAddress.Parse(address)));

    [Fact]
    public void Certificates_come_in_every_form_that_authorities_publish()
    {
        authority.OpenSsl("crl2pkcs7 -nocrl -certfile int.crt -outform DER -out int.p7c");
        byte[] der = authority.Certificate("int").Octets.ToArray();

        Assert.Equal([der], CertificateFile.Read(authority.Read("int.p7c")));
        Assert.Equal([der], CertificateFile.Read(authority.Read("int.crt")));
        Assert.Equal([der], CertificateFile.Read(der));
        Assert.Empty(CertificateFile.Read("<html>"u8));
        byte[] bag = authority.Read("int.p7c");
        for (int length = 0; length < bag.Length; length++)
            _ = CertificateFile.Read(bag.AsSpan(0, length));
    }

    // As openssl-rehash(1) names them.
    [Fact]
    public void Roots_of_a_directory_are_anchors_too()
    {
        string hash = NetWhyProgram.Run("openssl", ["x509", "-noout", "-subject_hash", "-in", $"{authority.Folder}/root.crt"], []).Output.Trim();
        string directory = Directory.CreateDirectory($"{authority.Folder}/roots").FullName;
        File.Copy($"{authority.Folder}/stranger.crt", $"{directory}/{hash}.0", overwrite: true); // another of the same hash, so to say
        File.Copy($"{authority.Folder}/root.crt", $"{directory}/{hash}.1", overwrite: true);

        var trust = TrustStore.Load(name => name is "SSL_CERT_DIR" ? $"/nowhere:{directory}" : name is "SSL_CERT_FILE" ? $"{authority.Folder}/stranger.crt" : null, null);

        Assert.Contains(authority.Certificate("root").Octets.ToArray(), trust.RootsNamedIn([authority.Certificate("int").Octets.ToArray()]));
    }

    [Fact]
    public async Task What_certificates_name_is_fetched_if_asked_for()
    {
        using var http = new HttpAuthority(authority);
        int port = LoopbackServer.FreePort();
        using Process server = NetWhyProgram.Start(
            "openssl", ["s_server", "-quiet", "-www", "-accept", $"127.0.0.1:{port}", "-tls1_3", "-cert", $"{authority.Folder}/revoked.crt", "-key", $"{authority.Folder}/revoked.key"], []);
        string[] words = ["tls", $"tls://127.0.0.1:{port}", "--servername", "www.lab.test", "--cacert", $"{authority.Folder}/root.crt", "--json"];
        await LoopbackServer.ListensAsync(server, port);

        using var without = JsonDocument.Parse(NetWhyProgram.Run(words).Output);
        int before = http.Requests;
        using var with = JsonDocument.Parse(NetWhyProgram.Run([.. words, "--fetch"]).Output);
        server.Kill();

        Assert.Equal(0, before); // nobody is told unless it is asked for
        Assert.DoesNotContain(Of(without, "findings"), finding => finding.GetProperty("cause").GetString() is "tls-revoked");
        Assert.Contains(Of(without, "tls", "lines"), line => line.GetProperty("said").GetString()!.Contains("not looked up", StringComparison.Ordinal));
        JsonElement issuer = Assert.Single(Of(with, "observations"), observation => observation.GetProperty("kind").GetString() is "tls.fetched-issuer");
        Assert.True(issuer.GetProperty("repairs").GetBoolean());
        JsonElement answer = Of(with, "observations").First(observation => observation.GetProperty("kind").GetString() is "tls.revocation");
        Assert.Equal(("ocsp", "revoked", "keyCompromise"), (answer.GetProperty("source").GetString(), answer.GetProperty("status").GetString(), answer.GetProperty("reason").GetString()));
        Assert.Equal(["tls-missing-intermediate", "tls-revoked"], Of(with, "findings").Select(finding => finding.GetProperty("cause").GetString()!).Where(cause => cause is "tls-missing-intermediate" or "tls-revoked").Order());
    }

    // Nothing listens where the certificates point to: who was asked is all that counts.
    private async Task<(string? Unasked, RevocationAnswer[] Answers)> FetchAsync(string trusted)
    {
        var log = new EvidenceLog("here", TimeProvider.System);
        var context = new ProbeContext(new Target("www.lab.test", TargetKind.Tls), new InvestigationOptions(), log, TimeProvider.System, TlsSurveyProbe.Id);
        var trust = TrustStore.Load(name => name is "SSL_CERT_FILE" ? $"{authority.Folder}/{trusted}" : name is "SSL_CERT_DIR" ? "/nowhere" : null, null);
        var fetcher = new CertificateFetcher(context, new HttpFetcher(context, TimeSpan.FromSeconds(5), isOfThisMachine: true), IPAddress.Loopback, 443, trust);
        ImmutableArray<byte[]> sent = [.. ((string[])["good", "int", "crossed"]).Select(name => authority.Certificate(name).Octets.ToArray())];
        string? unasked = await fetcher.RunAsync(sent, "www.lab.test", 1, TestContext.Current.CancellationToken);
        return (unasked, [.. log.Snapshot().All<RevocationAnswer>()]);
    }

    private static JsonElement[] Of(JsonDocument document, params string[] path) =>
        [.. path.Aggregate(document.RootElement, (element, name) => element.GetProperty(name)).EnumerateArray()];

    private string? DamagedIsWrongWith(byte[] octets, OcspResponse response, Certificate certificate)
    {
        octets[octets.AsSpan().IndexOf(response.Signature.Span) + response.Signature.Length - 1] ^= 1;
        Assert.Equal(OperationStatus.Done, OcspResponse.Read(octets, certificate.Serial, out OcspResponse? damaged));
        return RevocationProof.WrongWith(damaged!, certificate, authority.Certificate("int"), Now);
    }

    /// <summary>An authority with a root, an intermediate, a responder of its own, and two certificates, one of them revoked.</summary>
    public sealed class Authority : IDisposable
    {
        public Authority()
        {
            File.WriteAllText($"{Folder}/ca.cnf", $$"""
                [req]
                distinguished_name = dn
                [dn]
                [authority]
                basicConstraints = critical,CA:TRUE
                keyUsage = critical,keyCertSign,cRLSign
                [mute]
                basicConstraints = critical,CA:TRUE
                keyUsage = critical,keyCertSign
                [crossed]
                basicConstraints = critical,CA:TRUE
                keyUsage = critical,keyCertSign,cRLSign
                crlDistributionPoints = URI:http://127.0.0.1:{{Port}}/crossed.pem
                [signer]
                extendedKeyUsage = OCSPSigning
                [leaf]
                basicConstraints = critical,CA:FALSE
                extendedKeyUsage = serverAuth
                subjectAltName = DNS:www.lab.test
                authorityInfoAccess = OCSP;URI:http://127.0.0.1:{{Port}}/ocsp,caIssuers;URI:http://127.0.0.1:{{Port}}/int.crt
                crlDistributionPoints = URI:http://127.0.0.1:{{Port}}/plain.pem
                [crl_users]
                issuingDistributionPoint = critical,onlyuser:TRUE
                [crl_authorities]
                issuingDistributionPoint = critical,onlyCA:TRUE
                [crl_elsewhere]
                issuingDistributionPoint = critical,@elsewhere
                [elsewhere]
                fullname = URI:http://127.0.0.1/other.crl
                [crl_own]
                issuingDistributionPoint = critical,@own
                [own]
                fullname = URI:http://127.0.0.1:{{Port}}/plain.pem
                [crl_some]
                issuingDistributionPoint = critical,@some
                [some]
                onlysomereasons = keyCompromise
                [ca]
                default_ca = it
                [it]
                dir = {{Folder}}
                database = {{Folder}}/index
                new_certs_dir = {{Folder}}
                crlnumber = {{Folder}}/crlnumber
                rand_serial = yes
                default_md = sha256
                default_days = 60
                default_crl_days = 30
                policy = any
                [any]
                commonName = supplied
                """);
            File.WriteAllText($"{Folder}/index", "");
            File.WriteAllText($"{Folder}/crlnumber", "01\n");
            foreach (string name in (string[])["root", "stranger"])
                OpenSsl($"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 400 -config ca.cnf -extensions authority -subj /CN={name} -keyout {name}.key -out {name}.crt");
            foreach (string name in (string[])["int", "signer", "good", "revoked"])
            {
                OpenSsl($"req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -config ca.cnf -subj /CN={name} -keyout {name}.key -out {name}.csr");
                OpenSsl(name is "int"
                    ? "x509 -req -in int.csr -CA root.crt -CAkey root.key -days 300 -extfile ca.cnf -extensions authority -out int.crt"
                    : $"ca -batch -notext -config ca.cnf -cert int.crt -keyfile int.key -in {name}.csr -extfile ca.cnf -extensions {(name is "signer" ? "signer" : "leaf")} -out {name}.crt");
            }

            OpenSsl("ca -batch -config ca.cnf -cert int.crt -keyfile int.key -revoke revoked.crt -crl_reason keyCompromise");
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("netwhy-test-").FullName;

        /// <summary>Where its certificates, lists and responses are to be had.</summary>
        public int Port { get; } = LoopbackServer.FreePort();

        public void OpenSsl(string words)
        {
            string[] arguments = [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
                word.Contains('.', StringComparison.Ordinal) && !word.Contains('/', StringComparison.Ordinal) || word is "index" ? $"{Folder}/{word}" : word)];
            ProgramResult result = NetWhyProgram.Run("openssl", arguments, []);
            Assert.True(result.ExitCode == 0, $"openssl {words}: {result.Error}");
        }

        public byte[] Read(string name) => File.ReadAllBytes($"{Folder}/{name}");

        public Certificate Certificate(string name)
        {
            Assert.Equal(OperationStatus.Done, NetWhy.Wire.Tls.Certificate.Read(CertificateFile.Read(Read($"{name}.crt"))[0], out Certificate? certificate));
            return certificate!;
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Its HTTP server: files, and openssl as the responder, which wants a GET, to see that both ways are tried.</summary>
    private sealed class HttpAuthority : IDisposable
    {
        private readonly Authority _authority;
        private readonly TcpListener _listener;
        private int _requests;

        internal HttpAuthority(Authority authority)
        {
            _authority = authority;
            _listener = new TcpListener(IPAddress.Loopback, authority.Port);
            _listener.Start();
            _ = ServeAsync();
        }

        internal int Requests => _requests;

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _requests);
                    NetworkStream stream = client.GetStream();
                    byte[] buffer = new byte[8192];
                    int length = await stream.ReadAsync(buffer);
                    string[] line = Encoding.ASCII.GetString(buffer, 0, length).Split(' ', 3);
                    byte[]? body = line[0] is "POST" ? null : Answer(line[1].TrimStart('/'));
                    string head = body is null ? "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
                        : string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n");
                    await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body ?? []]);
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
            {
                // it was told to end
            }
        }

        private byte[] Answer(string path)
        {
            if (!path.StartsWith("ocsp/", StringComparison.Ordinal))
                return _authority.Read(path);
            File.WriteAllBytes($"{_authority.Folder}/it.req", Convert.FromBase64String(Uri.UnescapeDataString(path["ocsp/".Length..])));
            _authority.OpenSsl("ocsp -index index -CA int.crt -reqin it.req -rsigner signer.crt -rkey signer.key -ndays 3 -noverify -respout it.ocsp");
            return _authority.Read("it.ocsp");
        }
    }
}
