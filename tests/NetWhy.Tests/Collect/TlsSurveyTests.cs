using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetWhy.Collect.Tls;
using NetWhy.Evidence;
using NetWhy.Tests.Exchanges;
using NetWhy.Wire;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>What a survey finds of servers that were told what to take.</summary>
public sealed class TlsSurveyTests(TlsSurveyTests.Key key) : IClassFixture<TlsSurveyTests.Key>
{
    private const string Three = "ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA";

    private static readonly string[] ThreeNames =
    [
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA",
    ];

    [Theory]
    [InlineData(0.1)] // milliseconds: one after the other
    [InlineData(100)] // in several ways at the same time
    public async Task A_server_with_an_order_of_its_own(double roundTrip)
    {
        TlsSurvey survey = await SurveyAsync($"-tls1_2 -serverpref -cipher {Three}", roundTrip);

        TlsVersionOffer offer = Assert.Single(survey.Versions, version => version.IsTaken);
        Assert.Equal(("TLSv1.2", "server", true), (offer.Version, offer.CipherSuites.Order, offer.CipherSuites.IsWhole));
        Assert.Equal(ThreeNames, offer.CipherSuites.Names);
        Assert.Equal((true, true, true, false), (survey.SecureRenegotiation, survey.ExtendedMasterSecret, survey.SessionTickets, survey.Compression));
        Assert.Equal(2048, survey.PrimeBits);
        Assert.Null(survey.RefusesFallback); // there is nothing to fall back from
        Assert.True(Assert.Single(survey.HelloTrials).IsAnswered);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(100)]
    public async Task A_server_that_follows_the_client(double roundTrip)
    {
        TlsChoices suites = Assert.Single((await SurveyAsync($"-tls1_2 -cipher {Three}", roundTrip)).Versions, version => version.IsTaken).CipherSuites;

        Assert.Equal("client", suites.Order);
        Assert.Equal(ThreeNames.Order(), suites.Names.Order());
    }

    [Fact]
    public async Task Suites_and_groups_of_TLS_1_3()
    {
        TlsSurvey survey = await SurveyAsync("-no_tls1_2 -serverpref -ciphersuites TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256 -groups P-384:X25519:ffdhe3072", 0.1);

        TlsVersionOffer offer = Assert.Single(survey.Versions, version => version.IsTaken);
        Assert.Equal("TLSv1.3", offer.Version);
        Assert.Equal(["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"], offer.CipherSuites.Names);
        Assert.Equal(["secp384r1", "x25519", "ffdhe3072"], survey.Groups!.Names);
        Assert.Equal("server", survey.Groups.Order);
        Assert.Null(survey.SecureRenegotiation);
        Assert.Empty(survey.OlderGroups!.Names);
    }

    // What the openssl command lists is the truth, less what needs a key of another kind.
    [Fact]
    public async Task Everything_that_OpenSSL_has()
    {
        const string All = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";
        App.ProgramResult listed = App.NetWhyProgram.Run("openssl", ["ciphers", "-v", "-stdname", All], []);
        string[][] rows =
        [
            .. listed.Output.Split('\n').Select(line => line.Split((char[])[' '], StringSplitOptions.RemoveEmptyEntries))
                .Where(row => row.Length > 6 && row[4] is "Kx=ECDH" or "Kx=DH" or "Kx=RSA" && row[5] is "Au=RSA" or "Au=None"),
        ];

        TlsSurvey survey = await SurveyAsync($"-serverpref -cipher {All}", 0.1);

        Assert.Equal(rows.Select(row => row[0]).Order(), survey.Versions.Single(version => version.Version is "TLSv1.2").CipherSuites.Names.Order());
        Assert.Equal(rows.Where(row => row[3] is not "TLSv1.2").Select(row => row[0]).Order(), survey.Versions.Single(version => version.Version is "TLSv1.0").CipherSuites.Names.Order());
        Assert.Equal(["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"], survey.Versions.Where(version => version.IsTaken).Select(version => version.Version));
        Assert.True(survey.RefusesFallback);
        Assert.Contains("rsa_pss_rsae_sha256", survey.Signatures!.Names);
        Assert.Contains("rsa_pkcs1_sha1", survey.Signatures.Names);
        Assert.InRange(survey.Connections, rows.Length, 500);
    }

    [Fact]
    public async Task A_group_of_ML_KEM_is_found_without_knowing_it()
    {
        await using var server = FakeServer.Start(hello => GroupsOf(hello) switch
        {
            var groups when groups.Contains(TlsGroup.X25519MlKem768) => Retry(TlsGroup.X25519MlKem768),
            var groups when groups.Contains((ushort)0x0018) => Retry(0x0018),
            _ => Failure,
        });

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.Equal(["X25519MLKEM768", "secp384r1"], survey.Groups!.Names);
        Assert.True(survey.Groups.IsWhole);
    }

    [Fact]
    public async Task A_server_that_has_had_enough_is_not_asked_on()
    {
        int asked = 0;
        await using var server = FakeServer.Start(_ => Interlocked.Increment(ref asked) > 3 ? null : Retry(0x0018)); // then silent

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.DoesNotContain(survey.Versions, version => version.CipherSuites is { IsWhole: true, Ending: "silence" });
        Assert.InRange(survey.Connections, 1, 40);
    }

    // A MySQL server locks a host out after 100 connections in a row that come to nothing, those of other runs among them.
    [Fact]
    public async Task A_MySQL_server_is_asked_no_more_than_it_bears()
    {
        byte[] greeting = "\u0016\u0000\u0000\u0000\u000a8\u00001234saltsalt\u0000\u0000\u000a12345"u8.ToArray();
        await using var server = FakeServer.Start(hello => hello.SupportedVersions.IsEmpty ? Chosen(hello.LegacyVersion, hello.CipherSuites[0]) : Failure, greeting, request: 36);
        using var asker = new TlsAsker(IPAddress.Loopback, server.Port, "mysql", "www.lab.test", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, server.Port, null, TimeSpan.Zero);

        await surveyor.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((10, 10), (surveyor.Survey.Connections, server.Accepted));
        Assert.Contains("MySQL", surveyor.Survey.Stopped, StringComparison.Ordinal);
        Assert.DoesNotContain(surveyor.Survey.Versions, version => version.CipherSuites.IsWhole && version.IsTaken);
        Assert.All(surveyor.Survey.Versions, version => Assert.Null(version.CipherSuites.Order)); // that was not asked
    }

    [Fact]
    public async Task A_server_that_ends_every_connection_is_left_alone_and_nothing_is_called_refused()
    {
        await using var server = FakeServer.Start(_ => []);

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.InRange(server.Accepted, 1, 30 + TlsAsker.MostAtOnce);
        Assert.DoesNotContain(survey.Versions, version => version.CipherSuites.IsWhole);
        Assert.NotNull(survey.Stopped);
    }

    // What a limiter on the way does: connections beyond a number at a time are ended.
    [Fact]
    public async Task A_limit_of_connections_is_not_taken_for_a_refusal()
    {
        await using var server = FakeServer.Start(hello => hello.SupportedVersions.IsEmpty && hello.LegacyVersion == 0x0303 && Offers(hello, 0xc02f)
            ? Chosen(0x0303, 0xc02f) : Failure);
        server.MostAtOnce = 2;

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        TlsVersionOffer offer = survey.Versions.Single(version => version.Version is "TLSv1.2");
        Assert.True(offer.IsTaken || !offer.CipherSuites.IsWhole, offer.CipherSuites.Ending);
    }

    [Fact]
    public async Task An_end_of_the_connection_is_a_refusal_where_the_server_still_takes_what_it_took()
    {
        await using var server = FakeServer.Start(hello => hello.SupportedVersions.IsEmpty && hello.LegacyVersion == 0x0303 && Offers(hello, 0xc02f)
            ? Chosen(0x0303, 0xc02f) : []);

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.Equal(["TLSv1.2"], survey.Versions.Where(version => version.IsTaken).Select(version => version.Version));
        Assert.All(survey.Versions, version => Assert.True(version.CipherSuites.IsWhole, $"{version.Version}: {version.CipherSuites.Ending}"));
    }

    // As Schannel does. Farther away, dozens of hellos have been asked before one that it takes comes up.
    [Fact]
    public async Task A_server_that_ends_what_it_does_not_take_is_asked_on_while_it_takes_what_it_took()
    {
        await using var server = FakeServer.Start(hello => hello.LegacyVersion == 0x0303 && Offers(hello, 0xc02f)
            && (hello.SupportedVersions.IsEmpty || hello.SupportedVersions.Contains((UInt16BigEndian)0x0303)) ? Chosen(0x0303, 0xc02f) : []);

        TlsSurvey survey = await SurveyAsync(server.Port, 100);

        Assert.Null(survey.Stopped);
        Assert.Equal(["TLSv1.2"], survey.Versions.Where(version => version.IsTaken).Select(version => version.Version));
        Assert.All(survey.Versions, version => Assert.True(version.CipherSuites.IsWhole, $"{version.Version}: {version.CipherSuites.Ending}"));
    }

    // As nginx does with ssl_reject_handshake, whatever it takes by other names.
    [Theory]
    [InlineData("70", "unrecognized_name")]
    [InlineData("31", "access_denied")]
    public async Task An_alert_about_the_name_or_the_client_refuses_no_version(string code, string name)
    {
        await using var server = FakeServer.Start(_ => Convert.FromHexString($"150303000202{code}"));

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.All(survey.Versions, version => Assert.Equal((false, $"alert {name}"), (version.CipherSuites.IsWhole, version.CipherSuites.Ending)));
        Assert.InRange(survey.Connections, 1, 40);
    }

    [Fact]
    public async Task Nobody_was_silent_where_our_own_time_was_over()
    {
        await using var server = FakeServer.Start(_ => null);
        using var asker = new TlsAsker(IPAddress.Loopback, server.Port, null, "www.lab.test", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.2));
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, server.Port, null, TimeSpan.Zero);

        await surveyor.RunSizesAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["not asked"], surveyor.Survey.HelloTrials.Select(trial => trial.Answer));
        Assert.Contains("were over", surveyor.Survey.Stopped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_without_retries_is_asked_with_shares_of_the_key()
    {
        await using var server = FakeServer.Start(hello => !SharesOf(hello).Contains(TlsGroup.X25519) ? Failure
            : Chosen(0x0303, Offers(hello, 0x1301) ? (ushort)0x1301 : (ushort)hello.CipherSuites[0], "002b00020304" + "00330024" + "001d0020" + new string('1', 64)));

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        TlsVersionOffer offer = Assert.Single(survey.Versions, version => version.IsTaken);
        Assert.Equal(("TLSv1.3", "TLS_AES_128_GCM_SHA256"), (offer.Version, offer.CipherSuites.Names[0]));
        Assert.Equal(["x25519"], survey.Groups!.Names);
        Assert.False(survey.Groups.IsWhole); // others could not be told apart from none
    }

    [Theory]
    [InlineData("TLSv1.2", "TLSv1.2")]
    [InlineData("TLSv1", "TLSv1.0")]
    public async Task What_a_handshake_used_is_never_called_refused(string used, string version)
    {
        await using var server = FakeServer.Start(_ => Failure);
        using var asker = new TlsAsker(IPAddress.Loopback, server.Port, null, "www.lab.test", TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(20));
        var own = new TlsHandshake(IPAddress.Loopback, server.Port, "target", null, TlsOutcome.Completed, TimeSpan.FromMilliseconds(1)) { Version = used };
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, server.Port, null, TimeSpan.Zero, own);

        await surveyor.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal([version], surveyor.Survey.Versions.Where(offer => !offer.CipherSuites.IsWhole).Select(offer => offer.Version));
    }

    [Fact]
    public async Task A_lost_hello_is_asked_again_with_the_large_one_first()
    {
        await using var server = FakeServer.Start(hello => hello.Has(TlsExtensionType.Padding) ? null : Chosen(0x0303, 0xc02f));
        using var asker = new TlsAsker(IPAddress.Loopback, server.Port, null, "www.lab.test", TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(20));
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, server.Port, null, TimeSpan.Zero);

        await surveyor.RunSizesAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [(1900, null, "silence"), (1900, null, "silence"), (Small, null, "hello"), (1900, 536, "silence"),
                (1900, null, "silence"), (1900, null, "silence"), (1900, null, "silence"), (Small, null, "hello"), (Small, null, "hello"), (Small, null, "hello")],
            surveyor.Survey.HelloTrials.Select(trial => (trial.Octets < 1900 ? Small : trial.Octets, trial.SegmentSize, trial.Answer)));
        Assert.Empty(surveyor.Survey.Versions);
    }

    // As behind a balancer of connections that lets two servers take turns.
    [Fact]
    public async Task Servers_that_take_turns_and_differ_are_met()
    {
        int turn = 0;
        await using var server = FakeServer.Start(hello =>
        {
            bool isNew = Interlocked.Increment(ref turn) % 2 == 0;
            bool offersNew = hello.SupportedVersions.Contains((UInt16BigEndian)0x0304);
            bool offersOld = hello.LegacyVersion == 0x0303 && Offers(hello, 0xc02f) && (hello.SupportedVersions.IsEmpty || hello.SupportedVersions.Contains((UInt16BigEndian)0x0303));
            return isNew && offersNew ? Retry(0x0018) : !isNew && offersOld ? Chosen(0x0303, 0xc02f) : Convert.FromHexString("15030300020246"); // protocol_version
        });

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.Equal(["TLSv1.2-TLSv1.3", "TLSv1.2", "TLSv1.3"], survey.Repeats!.Select(repeat => repeat.Offered));
        Assert.All(survey.Repeats!, repeat => Assert.Equal((8, 2), (repeat.Count, repeat.Answers.Count)));
        Assert.Equal([false, true, true], survey.Repeats!.Select(repeat => repeat.IsPartlyRefused));
        Assert.Equal(["TLSv1.2", "TLSv1.3"], survey.Versions.Where(version => version.IsTaken).Select(version => version.Version));
        Assert.All(survey.Versions.Where(version => version.IsTaken), version => Assert.False(version.CipherSuites.IsWhole));
    }

    // One of two has no certificate for the name (nginx with ssl_reject_handshake), or no key.
    [Theory]
    [InlineData("15030300020270", "alert unrecognized_name")]
    [InlineData("15030300020250", "alert internal_error")]
    [InlineData("15030300020100", null)] // close_notify: it has had enough
    public async Task Servers_of_which_one_refuses_everything_are_met(string alert, string? words)
    {
        var turns = new System.Collections.Concurrent.ConcurrentDictionary<(ushort, int, int), int>(); // of equal hellos, whatever is asked between them
        await using var server = FakeServer.Start(hello => turns.AddOrUpdate((hello.LegacyVersion, hello.SupportedVersions.Length, hello.CipherSuites.Length), 1, (_, turn) => turn + 1) % 2 == 0
            ? Convert.FromHexString(alert)
            : Offers(hello, 0xc02f) && hello.LegacyVersion == 0x0303 ? Chosen(0x0303, 0xc02f) : Convert.FromHexString("15030300020246"));

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        Assert.Equal(words is not null, survey.Repeats!.Any(repeat => repeat.IsPartlyRefused && repeat.Answers.Any(answer => answer.Words == words)));
        Assert.Contains(survey.Versions, version => version is { Version: "TLSv1.2", IsTaken: true });
    }

    // Behind a balancer that gives each connection to the next of three servers, one of which is dead or is silent.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_comes_to_nothing_in_its_turn_is_no_refusal(bool ends)
    {
        ushort[] suites = [0xc02f, 0xc030, 0xcca8, 0x009e, 0x009f];
        int turn = 0;
        await using var server = FakeServer.Start(hello =>
            Interlocked.Increment(ref turn) % 3 == 0 ? ends ? [] : null
            : hello.LegacyVersion == 0x0303 && hello.SupportedVersions.IsEmpty && FirstOf(suites, hello) is > 0 and var suite ? Chosen(0x0303, suite)
            : Failure);

        TlsSurvey survey = await SurveyAsync(server.Port, 0.1);

        TlsVersionOffer offer = Assert.Single(survey.Versions, version => version.IsTaken);
        Assert.Equal(["TLSv1.2"], survey.Versions.Where(version => version.IsTaken).Select(version => version.Version));
        Assert.Equal(suites.Select(suite => TlsCipherSuite.Name(suite)!).Order(), offer.CipherSuites.Names.Order());
        Assert.False(offer.CipherSuites.IsWhole, offer.CipherSuites.Ending); // of the third server nothing is known
        Assert.True(survey.Unanswered > 0);
        Assert.All(survey.Repeats!, repeat => Assert.InRange(repeat.Unanswered, 1, 5));
    }

    [Fact]
    public async Task Certificates_in_the_clear_are_those_of_the_server()
    {
        int port = LoopbackServer.FreePort();
        using Process server = await key.ServeAsync("-tls1_2", port);
        using var asker = new TlsAsker(IPAddress.Loopback, port, null, "www.lab.test", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, port, "www.lab.test", TimeSpan.Zero);

        await surveyor.RunAsync(TestContext.Current.CancellationToken);
        server.Kill();

        byte[] certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(key.Certificate).RawData;
        Assert.Equal(16, surveyor.Shown.Usual.Count()); // of two kinds of hello, eight each
        Assert.NotEmpty(surveyor.Shown.Others);
        Assert.All(surveyor.Shown.Usual.Concat(surveyor.Shown.Others), sent => Assert.Equal(certificate, Assert.Single(sent)));
    }

    [Fact]
    public async Task One_server_gives_the_same_hello_the_same_answer()
    {
        TlsSurvey survey = await SurveyAsync("", 0.1);

        Assert.Equal([("TLSv1.2-TLSv1.3", 8), ("TLSv1.2", 8)], survey.Repeats!.Select(repeat => (repeat.Offered, repeat.Count)));
        Assert.All(survey.Repeats!, repeat => Assert.Single(repeat.Answers));
    }

    private const int Small = 1;

    private static byte[] Failure => Convert.FromHexString("15030300020228");

    private static ImmutableArray<ushort> GroupsOf(TlsHello hello) =>
        hello.SupportedVersions.IsEmpty ? [] : [.. hello.SupportedGroups.ToArray().Select(group => (ushort)group)];

    private static ushort FirstOf(ushort[] suites, TlsHello hello)
    {
        foreach (ushort suite in suites)
        {
            if (Offers(hello, suite))
                return suite;
        }

        return 0;
    }

    private static bool Offers(TlsHello hello, ushort suite) => hello.CipherSuites.Contains((UInt16BigEndian)suite);

    private static List<int> SharesOf(TlsHello hello)
    {
        List<int> shares = [];
        foreach (TypeLengthValue share in hello.KeyShares)
            shares.Add(share.Type);
        return shares;
    }

    private static byte[] Chosen(ushort version, ushort suite, string extensions = "")
    {
        string body = $"{version:x4}" + new string('5', 64) + $"00{suite:x4}00" + (extensions.Length > 0 ? $"{extensions.Length / 2:x4}{extensions}" : "");
        return Convert.FromHexString($"16{version:x4}{body.Length / 2 + 4:x4}02{body.Length / 2:x6}{body}");
    }

    private static byte[] Retry(ushort group)
    {
        byte[] body =
        [
            0x03, 0x03, .. SHA256.HashData("HelloRetryRequest"u8), 0, 0x13, 0x01, 0, 0, 12,
            0, 0x2b, 0, 2, 0x03, 0x04, 0, 0x33, 0, 2, (byte)(group >> 8), (byte)group,
        ];
        return [0x16, 0x03, 0x03, 0, (byte)(body.Length + 4), 2, 0, 0, (byte)body.Length, .. body];
    }

    private static async Task<TlsSurvey> SurveyAsync(int port, double roundTrip)
    {
        using var asker = new TlsAsker(IPAddress.Loopback, port, null, "www.lab.test", TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(20));
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, port, "www.lab.test", TimeSpan.FromMilliseconds(roundTrip));
        await surveyor.RunAsync(TestContext.Current.CancellationToken);
        return surveyor.Survey;
    }

    private async Task<TlsSurvey> SurveyAsync(string words, double roundTrip)
    {
        int port = LoopbackServer.FreePort();
        using Process server = await key.ServeAsync(words, port);
        using var asker = new TlsAsker(IPAddress.Loopback, port, null, "www.lab.test", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
        var surveyor = new TlsSurveyor(asker, IPAddress.Loopback, port, "www.lab.test", TimeSpan.FromMilliseconds(roundTrip));
        await surveyor.RunAsync(TestContext.Current.CancellationToken);
        server.Kill();
        return surveyor.Survey;
    }

    /// <summary>A key with a certificate, and servers of the openssl command that have it.</summary>
    public sealed class Key : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-test-").FullName;

        public Key() => App.NetWhyProgram.Run(
            "openssl",
            ["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=www.lab.test", "-addext", "subjectAltName=DNS:www.lab.test", "-keyout", $"{_folder}/key.pem", "-out", Certificate],
            []);

        /// <summary>The certificate, signed by its own key.</summary>
        public string Certificate => $"{_folder}/cert.pem";

        public async Task<Process> ServeAsync(string words, int port)
        {
            Process server = App.NetWhyProgram.Start(
                "openssl",
                ["s_server", "-accept", $"127.0.0.1:{port}", "-www", "-cert", Certificate, "-key", $"{_folder}/key.pem", .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
                []);
            server.OutputDataReceived += (_, _) => { };
            server.ErrorDataReceived += (_, _) => { };
            server.BeginOutputReadLine();
            server.BeginErrorReadLine();
            await LoopbackServer.ListensAsync(server, port);
            return server;
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What to answer to a hello: nothing at all if null, an end of the connection if empty.</summary>
    private delegate byte[]? Answer(TlsHello hello);

    /// <summary>A server that answers a ClientHello by what is in it, and never means it.</summary>
    private sealed class FakeServer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private Task _serving = Task.CompletedTask;
        private int _open;

        internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        /// <summary>Connections that came.</summary>
        internal int Accepted { get; private set; }

        /// <summary>Connections that it serves at a time; others are ended.</summary>
        internal int MostAtOnce { get; set; } = int.MaxValue;

        internal static FakeServer Start(Answer answer, byte[]? greeting = null, int request = 0)
        {
            var server = new FakeServer();
            server._listener.Start(64);
            server._serving = server.ServeAsync(answer, greeting ?? [], request);
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            try
            {
                await _serving;
            }
            catch (OperationCanceledException)
            {
                // it was told to end
            }

            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task ServeAsync(Answer answer, byte[] greeting, int request)
        {
            List<TcpClient> clients = [];
            try
            {
                while (true)
                {
                    TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    clients.Add(client);
                    Accepted++;
                    _ = AnswerAsync(client, answer, greeting, request);
                }
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
            }
        }

        private async Task AnswerAsync(TcpClient client, Answer answer, byte[] greeting, int request)
        {
            try
            {
                if (Interlocked.Increment(ref _open) > MostAtOnce)
                {
                    client.Dispose();
                    return;
                }

                NetworkStream stream = client.GetStream();
                await stream.WriteAsync(greeting);
                await stream.ReadExactlyAsync(new byte[request]);
                byte[] record = new byte[5];
                await stream.ReadExactlyAsync(record);
                Array.Resize(ref record, 5 + (record[3] << 8 | record[4]));
                await stream.ReadExactlyAsync(record.AsMemory(5));
                if (OctetsFor(record, answer) is not { } octets)
                    return;
                await stream.WriteAsync(octets);
                client.Client.Shutdown(SocketShutdown.Send);
                while (await stream.ReadAsync(record) > 0)
                {
                    // until it has gone
                }
            }
            catch (IOException)
            {
                // it has gone already
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }

        private static byte[]? OctetsFor(byte[] octets, Answer answer)
        {
            _ = TlsRecord.Read(octets, out TlsRecord record);
            _ = TlsHandshakeMessage.Read(record.Fragment, out TlsHandshakeMessage message);
            _ = TlsHello.Read(message, out TlsHello hello);
            return answer(hello);
        }
    }
}
