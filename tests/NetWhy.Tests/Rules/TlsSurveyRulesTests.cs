using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>The rules that read what a survey of a TLS server found.</summary>
public sealed class TlsSurveyRulesTests
{
    private const int Port = 443;

    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.10");
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly InvestigationStarted Started = new("0.1.0", "www.example.test", TargetKind.Tls, "https", "www.example.test", Port);

    private static readonly TlsSurvey Good = new(Server, Port, "www.example.test", [Version("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), Version("TLSv1.3", "TLS_AES_128_GCM_SHA256")])
    {
        SecureRenegotiation = true,
        Compression = false,
    };

    private static readonly CertificateFacts Leaf = new("CN=www.example.test", "O=Trust, CN=Issuing", Now.AddDays(-1), Now.AddDays(89)) { PathDepth = 0, Fingerprint = "00" };
    private static readonly CertificateFacts Issuing = new("O=Trust, CN=Issuing", "O=Trust, CN=Higher", Now.AddDays(-1), Now.AddDays(900)) { PathDepth = 1, IsAuthority = true, Fingerprint = "01" };
    private static readonly CertificateFacts Higher = new("O=Trust, CN=Higher", "O=Trust, CN=Root", Now.AddDays(-1), Now.AddDays(900)) { PathDepth = 2, IsAuthority = true, Fingerprint = "02" };

    public static TheoryData<string, TlsHelloTrial[], string> HelloTrials => new()
    {
        { "in small segments too", [Trial(1900, null, false), Trial(400, null, true), Trial(1900, null, false), Trial(1900, 536, false), Trial(400, 536, true)], "tls-client-hello-lost" },
        { "it is the size of packets", [Trial(1900, null, false), Trial(400, null, true), Trial(1900, null, false), Trial(1900, 536, true)], "path-mtu-black-hole" },
    };

    [Theory]
    [MemberData(nameof(HelloTrials))]
    public void A_long_hello_is_lost(string name, TlsHelloTrial[] trials, string cause)
    {
        Finding finding = Assert.Single(new TlsClientHelloLost().Evaluate(new EvidenceSet(Started, Good with { HelloTrials = trials })));

        Assert.Equal((name, cause), (name, finding.Cause));
        Assert.InRange(finding.Confidence, 0.9, 1);
    }

    [Theory]
    [InlineData(true, true)] // chance: the second one came through
    [InlineData(false, false)] // nothing at all is answered: no matter of length
    public void Nothing_is_said_of_hellos_that_fare_alike(bool largeLater, bool small) => Assert.Empty(
        new TlsClientHelloLost().Evaluate(new EvidenceSet(Started, Good with { HelloTrials = [Trial(1900, null, false), Trial(400, null, small), Trial(1900, null, largeLater)] })));

    [Theory]
    [InlineData("not asked")]
    [InlineData("ECONNREFUSED")]
    [InlineData("no connection")]
    [InlineData("alert handshake_failure")]
    public void A_hello_that_was_refused_or_not_sent_is_not_lost(string answer)
    {
        TlsHelloTrial trial = Trial(1900, null, false) with { Answer = answer };
        TlsSurvey survey = Good with { HelloTrials = [trial, trial, Trial(400, null, true)] };

        Assert.Empty(new TlsClientHelloLost().Evaluate(new EvidenceSet(Started, survey)));
        Assert.Empty(new TlsClientHelloLost().Evaluate(new EvidenceSet(Started, Good with { HelloTrials = [Trial(1900, null, false), trial, Trial(400, null, true)] }))); // one loss is no proof
        TlsLine line = Assert.Single(TlsOverview.Of(new EvidenceSet(Started, survey)).Parts.SelectMany(part => part.Lines), line => line.Label is "large hello");
        Assert.Contains(answer, line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("gets no answer", line.Text, StringComparison.Ordinal);
    }

    // Postfix takes suites without authentication by default, since mail servers verify nobody.
    [Theory]
    [InlineData("smtp", false)]
    [InlineData("lmtp", false)]
    [InlineData("imap", true)]
    public void A_suite_without_authentication_is_no_weakness_between_mail_servers(string protocol, bool isWeak)
    {
        var dialogue = new StartTlsDialogue(Server, Port, protocol, null, TimeSpan.FromMilliseconds(1));
        TlsSurvey survey = Good with { Versions = [Version("TLSv1.2", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"), .. Good.Versions] };

        Assert.Equal(isWeak, new TlsWeakParameters().Evaluate(new EvidenceSet(Started, dialogue, survey)).Any());
    }

    [Fact]
    public void No_secure_renegotiation_is_a_note_where_clients_may_come_to_it()
    {
        Assert.Empty(new TlsWeakParameters().Evaluate(new EvidenceSet(Started, Good with { SecureRenegotiation = false })));
        Assert.Equal(Severity.Info, Assert.Single(new TlsWeakParameters().Evaluate(
            new EvidenceSet(Started, Good with { SecureRenegotiation = false, Versions = [Good.Versions[0]] }))).Severity);
    }

    [Theory]
    [InlineData("TLSv1.2", "TLS_RSA_WITH_NULL_SHA256", Severity.Warning)]
    [InlineData("TLSv1.2", "TLS_ECDHE_RSA_WITH_RC4_128_SHA", Severity.Warning)]
    [InlineData("TLSv1.2", "TLS_DH_anon_WITH_AES_128_GCM_SHA256", Severity.Warning)]
    [InlineData("SSLv3", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Severity.Warning)]
    [InlineData("TLSv1.0", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Severity.Info)]
    [InlineData("TLSv1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256", Severity.Info)]
    [InlineData("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", null)]
    public void What_protects_nothing_is_a_warning_and_what_is_old_a_note(string version, string suite, Severity? severity)
    {
        Finding? finding = new TlsWeakParameters().Evaluate(new EvidenceSet(Started, Good with { Versions = [Version(version, suite), .. Good.Versions] })).SingleOrDefault();

        Assert.Equal(severity, finding?.Severity);
    }

    [Fact]
    public void A_prime_that_is_short_is_weak() =>
        Assert.Contains("1024", Assert.Single(new TlsWeakParameters().Evaluate(new EvidenceSet(Started, Good with { PrimeBits = 1024 }))).Summary, StringComparison.Ordinal);

    [Fact]
    public void The_order_of_certificates_counts()
    {
        Assert.Equal("tls-chain-disordered", Assert.Single(new TlsChainDisordered().Evaluate(new EvidenceSet(Started, Chain(Leaf, Higher, Issuing)))).Cause);
        Assert.Empty(new TlsChainDisordered().Evaluate(new EvidenceSet(Started, Chain(Leaf, Issuing, Higher))));
        Assert.Empty(new TlsChainDisordered().Evaluate(new EvidenceSet(Started, Chain(Leaf, Issuing with { PathDepth = null }, Issuing, Higher)))); // a leftover between
        CertificateFacts crossed = Higher with { Issuer = "O=Old, CN=Root", Fingerprint = "03", PathDepth = 2 };
        Assert.Empty(new TlsChainDisordered().Evaluate(new EvidenceSet(Started, Chain(Leaf, Issuing with { PathDepth = 3 }, crossed)))); // each is certified by the next
    }

    [Fact]
    public void A_cross_sign_for_others_is_told_and_nothing_to_warn_of()
    {
        CertificateFacts crossed = Higher with { Issuer = "O=Old, CN=Root", Fingerprint = "03", PathDepth = null };

        TlsLine line = Assert.Single(TlsOverview.Of(new EvidenceSet(Started, Good, Chain(Leaf, Issuing, crossed))).Parts.SelectMany(part => part.Lines), line => line.Label is "order");

        Assert.Equal(NetWhy.Diagnose.Audit.Standing.Fine, line.Standing);
        Assert.Contains("cross-sign", line.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, true, "TLS 1.3 and TLS 1.2 with a certificate that is trusted here, for 89 days more.")]
    [InlineData(20, true, "TLS 1.3 and TLS 1.2 with a certificate that is not trusted here: x.")]
    [InlineData(0, false, "TLS 1.3 and TLS 1.2 with a certificate that is not for www.example.test.")]
    public void Only_what_was_verified_is_called_trusted(int code, bool matches, string result) => Assert.Equal(
        result, TlsOverview.Of(new EvidenceSet(Started, Good, Chain(Leaf) with { VerifyCode = code, VerifyText = "x", NameMatches = matches })).Result);

    [Theory]
    [InlineData(6, 4.5, false)] // RFC 8555 lets such ones be renewed every day
    [InlineData(6, 0.8, true)]
    [InlineData(90, 15, false)]
    [InlineData(90, 13, true)]
    [InlineData(45, 13, false)]
    [InlineData(398, 13, true)]
    public void A_certificate_ends_soon_by_its_own_measure(double days, double left, bool isSoon)
    {
        CertificateFacts leaf = Leaf with { NotBefore = Now.AddDays(left - days), NotAfter = Now.AddDays(left) };

        Assert.Equal(isSoon, new TlsCertificateDates().Evaluate(new EvidenceSet(Started, Chain(leaf, Issuing))).Any());
    }

    [Theory]
    [InlineData("O=Zscaler Inc., CN=Zscaler Intermediate Root CA", null, 19, "tls-intercepted", Severity.Critical)]
    [InlineData("CN=mitmproxy, O=mitmproxy", false, 0, "tls-intercepted", Severity.Info)]
    [InlineData("O=Trust, CN=Issuing", false, 0, null, null)] // a company's own authority
    [InlineData("O=Fortinet, CN=Some Public CA", true, 0, null, null)] // its root came with the system
    public void A_device_is_known_by_its_name_where_no_public_root_vouches(string issuer, bool? isPublic, int code, string? cause, Severity? severity)
    {
        CertificateChain chain = Chain(Leaf with { Issuer = issuer }) with { VerifyCode = code, VerifyText = "x" };
        var review = new CertificateReview(Server, Port, "www.example.test", [], isPublic is not null) { IsAnchorPublic = isPublic };

        Finding? finding = new TlsIntercepted().Evaluate(new EvidenceSet(Started, chain, review)).SingleOrDefault();

        Assert.Equal((cause, severity), (finding?.Cause, finding?.Severity));
    }

    [Theory]
    [InlineData("www.example.test", true, false, "O=Zscaler Inc., CN=Zscaler Root", true)]
    [InlineData("www.example.test", false, false, "O=Fortinet, CN=FGT60F", false)] // the device's own page, asked for by another name
    [InlineData("www.example.test", true, true, "O=Fortinet, CN=FGT60F", false)] // signed by itself
    [InlineData("192.0.2.10", true, false, "O=Fortinet, CN=support", false)] // nobody intercepts for an address alone
    [InlineData("www.example.test", true, false, "O=Squidward Ltd, CN=Issuing", false)] // another word
    [InlineData("www.example.test", true, false, "CN=DO_NOT_TRUST_FiddlerRoot", true)]
    public void A_device_is_not_accused_of_its_own_page(string name, bool matches, bool isSelfSigned, string issuer, bool isAccused)
    {
        CertificateChain chain = Chain(Leaf with { Issuer = issuer, IsSelfSigned = isSelfSigned }) with { ServerName = name, NameMatches = matches, VerifyCode = 19, VerifyText = "x" };

        Assert.Equal(isAccused, new TlsIntercepted().Evaluate(new EvidenceSet(Started, chain)).Any());
    }

    [Theory]
    [InlineData("smtp", "offer", "it does not offer STARTTLS", "postconf", "does not go on with TLS")]
    [InlineData("imap", "greeting", "it greets us as known already (PREAUTH), and then there is no STARTTLS", "192.0.2.10:993", "nothing can be asked for")]
    [InlineData("imap", "wish", "it refuses STARTTLS", "switch TLS on", "does not go on with TLS")]
    [InlineData("smtp", "greeting", "its greeting is a refusal", "turns this client away", "nothing can be asked for")]
    [InlineData("smtp", "greeting", "it does not greet within 11 s", "holds back its greeting", "nothing can be asked for")]
    [InlineData("xmpp", "introduction", "it does not serve a.test (host-unknown)", "--servername", "nothing can be asked for")]
    public void What_is_to_be_done_depends_on_the_step(string protocol, string step, string refusal, string remedy, string summary)
    {
        Finding finding = Assert.Single(new TlsStartTlsRefused().Evaluate(
            new EvidenceSet(Started, new StartTlsDialogue(Server, 25, protocol, refusal, TimeSpan.FromMilliseconds(1)) { Step = step })));

        Assert.Contains(remedy, $"{finding.Remedies[0].Text} {finding.Remedies[0].Command}", StringComparison.Ordinal);
        Assert.Equal(remedy is "postconf", finding.Remedies.Any(other => other.Command?.Contains("postconf", StringComparison.Ordinal) is true));
        Assert.Contains(summary, finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_of_STARTTLS_is_told_with_its_words()
    {
        var refused = new StartTlsDialogue(Server, 25, "smtp", "it does not offer STARTTLS", TimeSpan.FromMilliseconds(1)) { Said = "250 HELP" };

        Assert.Equal(Where.Remote, Assert.Single(new TlsStartTlsRefused().Evaluate(new EvidenceSet(Started, refused))).Where);
        Assert.Empty(new TlsStartTlsRefused().Evaluate(new EvidenceSet(Started, refused with { Refusal = null })));
    }

    [Fact]
    public void What_is_not_known_is_not_called_refused()
    {
        var silent = new TlsVersionOffer("TLSv1.1", new TlsChoices([]) { Ending = "silence" });

        TlsOverview overview = TlsOverview.Of(new EvidenceSet(Started, Good with { Versions = [silent, .. Good.Versions] }));

        TlsLine[] lines = [.. overview.Parts.SelectMany(part => part.Lines)];
        Assert.Contains(lines, line => line is { Label: "TLS 1.1", Text: "not known: silence" });
        Assert.DoesNotContain(lines, line => line.Label is "not taken");
    }

    [Theory]
    [InlineData("revoked", null, "tls-revoked")]
    [InlineData("revoked", "it is not signed by the issuer's key", null)] // whoever sits between could have said it
    [InlineData("revoked", "it is out of date", null)]
    [InlineData("good", null, null)]
    [InlineData("unknown", null, null)]
    [InlineData("tryLater", null, null)]
    [InlineData(null, "it cannot be reached", null)]
    public void Only_what_the_issuer_signed_says_that_a_certificate_is_revoked(string? status, string? problem, string? cause)
    {
        var answer = new RevocationAnswer(Server, Port, "CN=www.example.test", "ocsp", "http://ocsp.test/") { Status = status, Problem = problem, RevokedAt = Now.AddDays(-3), Reason = "keyCompromise" };
        var evidence = new EvidenceSet(Started, Good, Chain(Leaf, Issuing), answer);

        Assert.Equal(cause, new TlsRevocation().Evaluate(evidence).SingleOrDefault()?.Cause);
        TlsLine line = Assert.Single(TlsOverview.Of(evidence).Parts.SelectMany(part => part.Lines), line => line.Label is "OCSP");
        Assert.Contains(problem ?? (cause is null ? status! : "keyCompromise"), line.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("revoked", true, null, "tls-revoked")]
    [InlineData("revoked", null, null, "tls-revoked")] // the issuer is not at hand; the server says it of itself
    [InlineData("revoked", false, "it is not signed by the issuer's key", "tls-ocsp-problem")]
    [InlineData("good", false, "its signer is not appointed by the issuer", "tls-ocsp-problem")]
    [InlineData("good", true, null, null)]
    [InlineData("good", true, "it is out of date", "tls-ocsp-problem")] // signed by the issuer, long ago
    [InlineData("good", null, "it is from the future", "tls-ocsp-problem")]
    [InlineData("good", true, "its signer's certificate is not of this time", "tls-ocsp-problem")]
    [InlineData("revoked", true, "it is out of date", "tls-revoked")] // what is revoked stays so
    [InlineData("unknown", true, null, "tls-ocsp-problem")]
    [InlineData("malformed", null, null, "tls-ocsp-problem")]
    [InlineData("unrelated", null, null, "tls-ocsp-problem")]
    [InlineData("unauthorized", null, null, "tls-ocsp-problem")]
    [InlineData("tryLater", null, null, null)] // RFC 6960, section 2.3: it comes and goes
    public void A_staple_counts_as_far_as_its_signature(string status, bool? isProved, string? flaw, string? cause)
    {
        CertificateChain chain = Chain(Leaf, Issuing) with { Staple = new OcspStaple(status) { IsProved = isProved, Flaw = flaw } };

        Finding? finding = new TlsRevocation().Evaluate(new EvidenceSet(Started, chain)).SingleOrDefault();

        Assert.Equal(cause, finding?.Cause);
        if (cause is "tls-revoked")
            Assert.Equal((isProved is null, isProved is null), (finding!.Summary.Contains("could not be checked", StringComparison.Ordinal), finding.Confidence < 0.95));
    }

    [Theory]
    [InlineData(0, "good", null, null)]
    [InlineData(1, "good", null, "tls-revoked")] // of the intermediate
    [InlineData(0, "good", "it is out of date", "tls-revoked")]
    [InlineData(0, "unknown", null, "tls-revoked")]
    public void The_proved_answer_of_the_issuer_stands_against_a_staple_that_proves_nothing(int depth, string status, string? problem, string? cause)
    {
        CertificateChain chain = Chain(Leaf, Issuing) with { Staple = new OcspStaple("revoked") };
        var answer = new RevocationAnswer(Server, Port, "CN=www.example.test", "ocsp", "http://ocsp.test/") { Depth = depth, Status = status, Problem = problem };

        Assert.Equal(cause, new TlsRevocation().Evaluate(new EvidenceSet(Started, chain, answer)).SingleOrDefault()?.Cause);
    }

    // Java's PKIX validator refuses where a policy is required and none is left; OpenSSL asks for none by itself.
    [Theory]
    [InlineData("PolicyNotAllowed", true, true, "tls-untrusted-root", Severity.Warning)]
    [InlineData("NameConstraintsInvalid", true, true, "tls-untrusted-root", Severity.Warning)]
    [InlineData("WeakSignature", true, true, "tls-weak-certificate", Severity.Warning)]
    [InlineData("MalformedName", true, true, "tls-untrusted-root", Severity.Info)]
    [InlineData("PolicyNotAllowed", true, false, null, null)] // a flaw that nobody refuses
    [InlineData("IssuerMissing", false, true, null, null)] // a root that only OpenSSL has found
    [InlineData("NameMismatch", true, true, null, null)] // has a rule of its own
    [InlineData("TooMuchWork", true, true, null, null)] // not judged
    public void What_OpenSSL_accepts_and_others_refuse_is_told(string defect, bool isAnchored, bool isFatal, string? cause, Severity? severity)
    {
        var review = new CertificateReview(Server, Port, "www.example.test", ["CN=www.example.test"], isAnchored) { Flaws = [new CertificateFlaw(defect, "CN=www.example.test", "x", isFatal)] };

        Finding? finding = new TlsStrictClients().Evaluate(new EvidenceSet(Started, Chain(Leaf, Issuing), review)).SingleOrDefault();

        Assert.Equal((cause, severity), (finding?.Cause, finding?.Severity));
        Assert.Equal(cause is "tls-untrusted-root", finding?.Summary.Contains("RFC 5280", StringComparison.Ordinal) is true); // which has no rule on weak keys
        Assert.Empty(new TlsStrictClients().Evaluate(new EvidenceSet(Started, Chain(Leaf, Issuing) with { VerifyCode = 20 }, review)));
    }

    [Fact]
    public void Servers_that_differ_are_told_where_some_refuse_what_others_take()
    {
        var taken = new TlsRepeatedAnswer("TLSv1.2, TLS_X", "TLSv1.2", "TLS_X", 5);
        var other = new TlsRepeatedAnswer("TLSv1.2, TLS_Y", "TLSv1.2", "TLS_Y", 3);
        var refused = new TlsRepeatedAnswer("alert protocol_version", null, null, 3);

        Finding finding = Assert.Single(Of(taken, refused));

        Assert.Equal(("tls-version-mismatch", Severity.Warning), (finding.Cause, finding.Severity));
        Assert.Contains("3 of 8 times", finding.Summary, StringComparison.Ordinal);
        Assert.Contains("of 8 hellos that offer TLS 1.2, 5 got TLS 1.2, TLS_X and 3 got alert protocol_version", finding.Reasons[0].Reading, StringComparison.Ordinal);
        Assert.Empty(Of(taken)); // all alike
        Assert.Empty(Of(refused));
        Assert.Empty(Of(taken, other)); // no client is refused; the screen tells
        TlsLine line = Assert.Single(TlsOverview.Of(new EvidenceSet(Started, Survey(taken, other))).Parts.SelectMany(part => part.Lines), line => line.Label is "differs");
        Assert.Contains("3 got TLS 1.2, TLS_Y", line.Text, StringComparison.Ordinal);

        static TlsSurvey Survey(params TlsRepeatedAnswer[] answers) => Good with { Repeats = [new TlsRepeatedHello("TLSv1.2", answers)] };
        static IEnumerable<Finding> Of(params TlsRepeatedAnswer[] answers) => new TlsBackendsDiffer().Evaluate(new EvidenceSet(Started, Survey(answers)));
    }

    // Whatever versions are offered, every second one is refused: no matter of versions.
    [Theory]
    [InlineData("alert handshake_failure", "tls-handshake-failed", Severity.Critical)]
    [InlineData("alert internal_error", "tls-handshake-failed", Severity.Critical)]
    [InlineData("alert unrecognized_name", "tls-handshake-failed", Severity.Critical)]
    [InlineData("alert protocol_version", "tls-version-mismatch", Severity.Warning)]
    public void Servers_of_which_some_refuse_every_hello_are_no_matter_of_versions(string alert, string cause, Severity severity)
    {
        TlsRepeatedHello[] repeats = [.. ((string[])["TLSv1.2-TLSv1.3", "TLSv1.2"]).Select(offered => new TlsRepeatedHello(offered, [new("TLSv1.2, TLS_X", "TLSv1.2", "TLS_X", 4), new(alert, null, null, 4)]))];

        Finding finding = Assert.Single(new TlsBackendsDiffer().Evaluate(new EvidenceSet(Started, Good with { Repeats = repeats })));

        Assert.Equal((cause, severity), (finding.Cause, finding.Severity));
        Assert.Contains("4 of 8 times", finding.Summary, StringComparison.Ordinal);
        Assert.Equal(cause is "tls-handshake-failed", finding.Summary.EndsWith("or it limits them.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TlsOutcome.Stalled, false, "tls-handshake-stall")]
    [InlineData(TlsOutcome.Reset, false, "tls-handshake-reset")]
    [InlineData(TlsOutcome.Closed, false, "tls-handshake-reset")]
    [InlineData(TlsOutcome.NotTls, false, "tls-plaintext-service")]
    [InlineData(TlsOutcome.Alert, true, "tls-client-certificate-required")]
    public void Of_equal_handshakes_some_that_fail_are_those_of_one_server_whichever_came_first(TlsOutcome outcome, bool asks, string cause)
    {
        TlsHandshake bad = Handshake("alone", outcome) with { ClientCertificateRequested = asks, AlertCode = asks ? 116 : null, Alert = asks ? "certificate_required" : null };
        TlsHandshake made = Handshake("alone", TlsOutcome.Completed);
        TlsHandshake[] cured = [Handshake("no-sni", TlsOutcome.Completed) with { ServerName = null }];

        RankedFinding goodFirst = Assert.Single(Judge([made with { Purpose = "target" }, bad, made, made, bad, made]).Causes);
        RankedFinding badFirst = Assert.Single(Judge([bad with { Purpose = "target" }, made, made, bad, made, .. cured]).Causes);

        Assert.Equal((cause, cause), (goodFirst.Finding.Cause, badFirst.Finding.Cause));
        Assert.StartsWith("2 of 6 equal TLS handshakes with 192.0.2.10:443 fail, and others between them are made: one of several servers behind it", goodFirst.Finding.Summary, StringComparison.Ordinal);
        Assert.StartsWith("2 of 5 equal", badFirst.Finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("when it names", badFirst.Finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("because of the name", badFirst.Finding.Summary, StringComparison.Ordinal);
    }

    /// <summary>As haproxy with a backend of a TCP pool that leaves its SYNs unanswered, or refuses: it accepts at once, and closes when its tries are over.</summary>
    [Theory]
    [InlineData(TlsOutcome.Stalled, 3.5, "or the balancer does not reach it", true)]
    [InlineData(TlsOutcome.Closed, 3, "", true)]
    [InlineData(TlsOutcome.Closed, 0.01, "", false)]
    public void A_balancer_that_does_not_reach_one_of_its_backends_is_thought_of(TlsOutcome outcome, double seconds, string said, bool isAdvised)
    {
        TlsHandshake bad = Handshake("alone", outcome) with { AllAcknowledged = true, Elapsed = TimeSpan.FromSeconds(seconds) };
        TlsHandshake made = Handshake("alone", TlsOutcome.Completed);

        Finding finding = Assert.Single(Judge([made with { Purpose = "target" }, bad, made, made, bad, made]).Causes).Finding;

        Assert.Contains(said, finding.Summary, StringComparison.Ordinal);
        Assert.Equal(isAdvised, finding.Next.Any(line => line.Contains("a backend that it did not reach", StringComparison.Ordinal)));
        Assert.Equal(outcome is TlsOutcome.Stalled, finding.Confidence < 0.95);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // then the protocol begins in the clear, and curl would not speak it
    public void What_ends_a_hello_without_an_answer_may_expect_the_PROXY_protocol(bool startsInTheClear)
    {
        Observation[] dialogue = startsInTheClear ? [new StartTlsDialogue(Server, Port, "smtp", Refusal: null, TimeSpan.FromMilliseconds(1))] : [];

        Finding finding = Assert.Single(new TlsHandshakeReset().Evaluate(new EvidenceSet([Started with { Scheme = "tls" }, Handshake("target", TlsOutcome.Reset), .. dialogue])));

        Assert.Equal(!startsInTheClear, finding.Remedies.Any(remedy => remedy.Text.Contains("PROXY protocol", StringComparison.Ordinal)));
    }

    // Beside each other they make their own load, from some moment on it may be a limit, once is a moment, and lost on the way is not failed there.
    [Fact]
    public void Handshakes_that_fail_beside_others_or_once_or_at_the_end_or_on_the_way_prove_no_server()
    {
        TlsHandshake target = Handshake("target", TlsOutcome.Completed), beside = Handshake("again", TlsOutcome.Completed), made = Handshake("alone", TlsOutcome.Completed), ended = Handshake("alone", TlsOutcome.Reset);

        Assert.Empty(Judge([target, beside, Handshake("again", TlsOutcome.Reset), beside, Handshake("again", TlsOutcome.Reset), beside, made, made]).Causes);
        Assert.Empty(Judge([target, made, ended, made, made]).Causes);
        Assert.Empty(Judge([target, made, made, ended, ended]).Causes);
        Assert.Empty(Judge([target, made, ended with { Outcome = TlsOutcome.Stalled, AllAcknowledged = false }, made, ended with { Outcome = TlsOutcome.Stalled, AllAcknowledged = false }]).Causes);
        Finding once = Assert.Single(Judge([Handshake("target", TlsOutcome.Reset), beside, beside, made, made, made]).Causes).Finding;
        Assert.Equal(Severity.Warning, once.Severity);
        Assert.InRange(once.Confidence, 0.05, 0.5);
        Assert.Contains("a moment (a restart, a pause), a limit of new connections, or one of several servers", once.Summary, StringComparison.Ordinal);
    }

    // A server that dropped its first connection, and took each one after it, is not one that does not work.
    [Fact]
    public void One_handshake_that_failed_among_many_that_were_made_is_no_broken_server()
    {
        TlsHandshake failed = Handshake("target", TlsOutcome.Reset), made = Handshake("again", TlsOutcome.Completed), ended = Handshake("again", TlsOutcome.Reset);

        Diagnosis moment = Judge([failed, made, made, made]);

        Assert.Equal(Status.Degraded, moment.Status);
        Answer application = moment.Questions.First(question => question.Id is "application");
        Assert.Equal((Verdict.Degraded, "the TLS handshake is reset; 3 of 3 equal ones afterwards were made"), (application.Verdict, application.Summary));
        Assert.Equal(Status.Broken, Judge([failed, ended, ended, made]).Status);
        Assert.Equal(Status.Broken, Judge([failed]).Status);
    }

    [Fact]
    public void A_name_is_blamed_only_where_each_time_with_it_fails_and_each_time_without_it_does_not()
    {
        TlsHandshake failed = Handshake("target", TlsOutcome.Stalled), again = failed with { Purpose = "again" };
        TlsHandshake cure = Handshake("no-sni", TlsOutcome.Completed) with { ServerName = null };

        Assert.Contains("when it names", Stall(failed, again, again, again, cure, cure, cure, cure), StringComparison.Ordinal);
        Assert.DoesNotContain("when it names", Stall(failed, again, again, again, cure, cure with { Outcome = TlsOutcome.Stalled }), StringComparison.Ordinal);

        static string Stall(params TlsHandshake[] handshakes) => Assert.Single(new TlsHandshakeStall().Evaluate(new EvidenceSet([Started, .. handshakes]))).Summary;
    }

    [Fact]
    public void A_certificate_with_another_key_is_judged_for_those_who_are_shown_it()
    {
        CertificateFacts old = Leaf with { Fingerprint = "0a", Key = "RSA 2048", NotBefore = Now.AddDays(-90), NotAfter = Now.AddDays(-2) };
        CertificateChain other = Chain(old, Issuing) with { Purpose = "other-key", Shown = 3, Handshakes = 3, VerifyCode = 10, VerifyText = "certificate has expired", VerifyCodeIgnoringDates = 0 };

        Diagnosis diagnosis = Judge([Chain(Leaf, Issuing), other]);

        Finding finding = Assert.Single(diagnosis.Causes).Finding;
        Assert.Equal(("tls-certificate-expired", Severity.Warning, Status.Degraded), (finding.Cause, finding.Severity, diagnosis.Status));
        Assert.StartsWith("Clients that take RSA signatures alone", finding.Summary, StringComparison.Ordinal);
        Assert.Empty(Judge([Chain(Leaf, Issuing), other with { VerifyCode = 0, Certificates = [old with { NotAfter = Now.AddDays(80) }, Issuing] }]).Causes);
    }

    [Fact]
    public void The_chain_that_is_drawn_is_the_one_that_is_judged_and_others_stand_beside_it()
    {
        CertificateChain drawn = Chain(Leaf, Issuing);
        CertificateChain alone = Chain(Leaf) with { Purpose = "repeat", Shown = 4, Handshakes = 9, VerifyCode = 20, VerifyText = "unable to get local issuer certificate" };
        var review = new CertificateReview(Server, Port, "www.example.test", ["CN=www.example.test", "CN=Root"], true) { Fingerprints = ["00", "01"] };
        CertificateReview other = review with { IsAnchored = false, Fingerprints = ["00"], Flaws = [new CertificateFlaw("IssuerMissing", "CN=www.example.test", "x", true)] };

        var evidence = new EvidenceSet(Started, Good, drawn, review, other, drawn with { Purpose = "repeat", Shown = 5, Handshakes = 9 }, alone);

        TlsPart part = Assert.Single(TlsOverview.Of(evidence).Parts, part => part.Title is "Certificate");
        Assert.Equal("as sent, on 5 of 9 connections", part.Note);
        Assert.Contains("a way of 2 leads to CN=Root", Assert.Single(part.Lines, line => line.Label is "trust").Text, StringComparison.Ordinal);
        Assert.Contains("4 of 9 connections are sent 1 certificate", Assert.Single(part.Lines, line => line.Label is "besides").Text, StringComparison.Ordinal);
        Assert.StartsWith("4 of 9 new connections", Assert.Single(new RepeatedCertificates().Evaluate(evidence), finding => finding.Confidence > 0.5).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_none_is_a_flaw_that_most_clients_pass_over()
    {
        var review = new CertificateReview(Server, Port, "www.example.test", ["CN=www.example.test", "CN=Root"], true) { Flaws = [new CertificateFlaw("MalformedName", "CN=www.example.test", "x.", true)] };

        TlsLine line = Assert.Single(TlsOverview.Of(new EvidenceSet(Started, Good, Chain(Leaf, Issuing), review)).Parts.SelectMany(part => part.Lines), line => line.Label is "trust");

        Assert.StartsWith("by RFC 5280 a way of 2 leads to CN=Root, with a flaw that most clients pass over: malformed name", line.Text, StringComparison.Ordinal);
    }

    // Without SNI and with it, three times each: servers that take turns differ as much with the right name.
    [Theory]
    [InlineData("ab", "ab", "the same certificates without SNI")]
    [InlineData("aa", "aa", "the same certificate without SNI")]
    [InlineData("ab", "bb", "not known")]
    [InlineData("aa", "bb", "another certificate")]
    public void Other_names_are_compared_over_several_connections(string own, string other, string said)
    {
        TlsIdentity[] all = [.. other.Select(print => Identity(null, print)), .. own.Select(print => Identity("www.example.test", print))];

        TlsLine line = Assert.Single(TlsOverview.Of(new EvidenceSet([Started, Good, .. all])).Parts.SelectMany(part => part.Lines), line => line.Label is "other SNI");

        Assert.Contains(said, line.Text, StringComparison.Ordinal);

        static TlsIdentity Identity(string? name, char print) => new(Server, Port, name, TlsOutcome.Completed) { Fingerprint = $"{print}", Subject = "CN=x" };
    }

    [Fact]
    public void Hellos_that_come_to_nothing_whatever_they_offer_are_told()
    {
        TlsSurvey survey = Good with { Unanswered = 7, Repeats = [new TlsRepeatedHello("TLSv1.2", [new("TLSv1.2, TLS_X", "TLSv1.2", "TLS_X", 5)]) { Unanswered = 3 }] };

        TlsLine line = Assert.Single(TlsOverview.Of(new EvidenceSet(Started, survey)).Parts.SelectMany(part => part.Lines), line => line.Label is "unanswered");

        Assert.StartsWith("3 of 8 equal hellos got no answer in time", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_to_be_fetched_and_was_not_is_told_with_the_reason()
    {
        var review = new CertificateReview(Server, Port, "www.example.test", [], true) { OcspUrls = ["http://ocsp.test/"] };

        Assert.Contains("not looked up (--fetch does): http://ocsp.test/", Line(review), StringComparison.Ordinal);
        Assert.Contains("not looked up (too late): http://ocsp.test/", Line(review, new NotObserved(RevocationAnswer.Question, "too late")), StringComparison.Ordinal);

        static string Line(params Observation[] more) => Assert.Single(
            TlsOverview.Of(new EvidenceSet([Started, Good, Chain(Leaf), .. more])).Parts.SelectMany(part => part.Lines), line => line.Label is "revocation").Text;
    }

    [Fact]
    public void An_issuer_that_was_fetched_decides_what_is_missing()
    {
        CertificateChain chain = Chain(Leaf) with { VerifyCode = 20, VerifyText = "unable to get local issuer certificate" };
        var fetched = new FetchedIssuer(Server, Port, "CN=www.example.test", "http://ca.test/issuing.cer") { Subject = "O=Trust, CN=Issuing", Repairs = true };

        Finding[] findings = [.. new TlsTrust().Evaluate(new EvidenceSet(Started, chain, fetched)).OrderByDescending(finding => finding.Confidence)];

        Assert.Equal("tls-missing-intermediate", findings[0].Cause);
        Assert.True(findings[0].Confidence > 0.98 && findings[1].Confidence < 0.1, $"{findings[0].Confidence}, {findings[1].Confidence}");
    }

    private static TlsHelloTrial Trial(int octets, int? segmentSize, bool isAnswered) => new(octets, segmentSize, isAnswered ? "hello" : "silence", TimeSpan.FromMilliseconds(1));

    private static TlsVersionOffer Version(string version, params string[] suites) => new(version, new TlsChoices(suites) { Ending = "alert handshake_failure", IsWhole = true });

    private static TlsHandshake Handshake(string purpose, TlsOutcome outcome) => new(Server, Port, purpose, "www.example.test", outcome, TimeSpan.FromSeconds(1))
    {
        Messages = ["> ClientHello"],
        AllAcknowledged = true,
        Greeting = outcome is TlsOutcome.NotTls ? "HTTP/1.1 400 Bad Request" : null,
    };

    private static Diagnosis Judge(Observation[] observations) => Diagnosis.Of(new EvidenceSet([Started, .. observations]), RuleCatalog.All);

    private static CertificateChain Chain(params CertificateFacts[] certificates) =>
        new(Server, Port, "www.example.test", certificates, 0, "ok") { NameMatches = true, TrustedRoots = 140, At = Now };
}
