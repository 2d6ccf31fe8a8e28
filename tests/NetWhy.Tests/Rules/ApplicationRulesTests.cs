using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Diagnose.Tls;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>The rules about TLS, HTTP and proxies, each against evidence for it, against it and beside it.</summary>
public sealed class ApplicationRulesTests
{
    private const int Port = 443;

    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.10");
    private static readonly IPAddress Proxy = IPAddress.Parse("192.0.2.99");
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly InvestigationStarted Started =
        new("0.1.0", "https://www.example.test/", TargetKind.Service, "https", "www.example.test", Port);

    private static readonly CertificateFacts Leaf =
        new("CN=www.example.test", "O=Trust, CN=Trust Issuing CA 1", Now.AddDays(-100), Now.AddDays(200))
        {
            Names = ["www.example.test"],
        };

    private static readonly CertificateFacts Intermediate =
        new("O=Trust, CN=Trust Issuing CA 1", "O=Trust, CN=Trust Root", Now.AddDays(-1000), Now.AddDays(1000))
        {
            IsAuthority = true,
        };

    private static readonly CertificateChain GoodChain =
        new(Server, Port, "www.example.test", [Leaf, Intermediate], 0, "ok") { NameMatches = true, TrustedRoots = 140, At = Now };

    private static readonly TlsHandshake GoodHandshake =
        new(Server, Port, "target", "www.example.test", TlsOutcome.Completed, Milliseconds(5)) { Version = "TLSv1.3" };

    private static readonly HttpExchange GoodExchange =
        new("https://www.example.test/", Server, Port, "target", HttpOutcome.Complete, Milliseconds(3))
        {
            Status = 200,
            TimeToFirstByte = Milliseconds(2),
            TransferTime = Milliseconds(1),
            BodyLength = 100,
            AllAcknowledged = true,
        };

    private static readonly TlsHandshake Asking = GoodHandshake with { ClientCertificateRequested = true };

    private static readonly ConnectAttempt Reached = new(Server, Port, "target", ConnectOutcome.Connected, Milliseconds(1));

    private static readonly HttpExchange Policy = GoodExchange with { Purpose = "policy" };

    private static readonly CertificateChain MustStaple =
        GoodChain with { Certificates = [Leaf with { RequiresStaple = true }, Intermediate] };

    private static readonly TlsHandshake Signing = GoodHandshake with { CipherSuite = "TLS_AES_256_GCM_SHA384" };

    private static readonly TlsHandshake Stapled = GoodHandshake with { HasOcspStaple = true };

    private static readonly HttpExchange LateAlert = GoodExchange with
    {
        Outcome = HttpOutcome.Failed,
        Status = null,
        TlsTime = Milliseconds(5),
        Fault = "TLS alert internal_error",
    };

    private static readonly ProxyEnvironment ProxySet =
        new("https_proxy", "proxy.example.test", 3128) { Value = "http://proxy.example.test:3128", ProxyAddresses = [Proxy] };

    private static readonly ConnectAttempt Connected =
        new(Proxy, 3128, "proxy", ConnectOutcome.Connected, Milliseconds(1));

    private static readonly TlsHandshake Silent =
        new(Proxy, 3128, "target", "www.example.test", TlsOutcome.Stalled, Milliseconds(3500)) { Authority = "www.example.test:443", AllAcknowledged = true };

    [Fact]
    public void Who_sends_a_certificate_of_the_right_name_is_not_said_to_send_none()
    {
        CertificateChain chain = Bad(20, Leaf with { PathDepth = 0 }, Intermediate);
        Finding of(bool? hasSigned, string? difference) => new TlsTrust().Evaluate(new EvidenceSet(Started, GoodHandshake, chain with { Namesake = new IssuerNamesake(Intermediate.Subject, true) { HasSigned = hasSigned, Difference = difference } })).First();

        Assert.Equal("192.0.2.10:443 sends an intermediate certificate O=Trust, CN=Trust Issuing CA 1 with another key, and not the one that signed CN=www.example.test.", of(false, null).Summary);
        Assert.DoesNotContain("does not send", of(true, "x").Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("does not send", of(true, null).Summary, StringComparison.Ordinal);
        Assert.Contains(of(true, "x").Reasons, reason => reason.Reading.EndsWith(": x", StringComparison.Ordinal));
    }

    [Fact]
    public void A_certificate_is_replaced_on_the_server()
    {
        CertificateChain revoked = GoodChain with { Staple = new OcspStaple("revoked") };

        Finding finding = Assert.Single(new TlsRevocation().Evaluate(new EvidenceSet(Started, GoodHandshake, revoked)));

        Assert.StartsWith($"On the server {Server}:", finding.Remedies[0].Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C=US, O=Let's Encrypt, CN=R11", "certbot renew && systemctl reload nginx")]
    [InlineData("C=AT, O=ZeroSSL, CN=ZeroSSL RSA Domain Secure Site CA", "certbot renew && systemctl reload nginx")]
    [InlineData("CN=Example Corp Issuing CA", null)]
    public void Only_where_the_issuer_gives_certificates_out_by_ACME_certbot_renews_them(string issuer, string? command)
    {
        CertificateChain expired = Bad(10, Leaf with { Issuer = issuer, NotAfter = Now.AddDays(-1) }, Intermediate);

        Finding finding = Assert.Single(new TlsCertificateDates().Evaluate(new EvidenceSet(Started, GoodHandshake, expired)));

        Assert.Equal(command, finding.Remedies[0].Command);
        Assert.Equal(command is null, finding.Remedies[0].Text.EndsWith($"its issuer is {issuer}.", StringComparison.Ordinal));
    }

    [Fact]
    public void An_intermediate_is_not_the_servers_to_renew()
    {
        CertificateChain expired = Bad(10, Leaf, Intermediate with { NotAfter = Now.AddDays(-1) }) with { VerifyDepth = 1 };

        Finding finding = Assert.Single(new TlsCertificateDates().Evaluate(new EvidenceSet(Started, GoodHandshake, expired)));

        Assert.StartsWith($"Put the certificate of {Intermediate.Subject} that is valid now into the chain", finding.Remedies[0].Text, StringComparison.Ordinal);
    }

    // No public authority issues for a private address or a name of private use (RFC 6761, RFC 6762, RFC 8375).
    [Theory]
    [InlineData("api.example.com", "certbot certonly -d api.example.com")]
    [InlineData("api.example.com.", "certbot certonly -d api.example.com.")]
    [InlineData("192.0.2.10", null)]
    [InlineData("2001:db8::1", null)]
    [InlineData("db1", null)]
    [InlineData("printer.local", null)]
    [InlineData("api.prod.internal", null)]
    [InlineData("nas.home.arpa", null)]
    public void Only_for_a_public_name_certbot_is_proposed(string name, string? command)
    {
        CertificateChain own = Bad(18, Leaf with { IsSelfSigned = true }) with { ServerName = name };

        Finding finding = Assert.Single(new TlsTrust().Evaluate(new EvidenceSet(Started, GoodHandshake, own)));

        Assert.Equal(command, finding.Remedies[0].Command);
    }

    [Theory]
    [InlineData(407, "credentials")]
    [InlineData(403, "allowed there")]
    [InlineData(401, "allowed there")]
    [InlineData(407, "correct the name or the password", "http://user:***@proxy.example.test:3128")]
    [InlineData(401, "correct the name or the password", "http://user:***@proxy.example.test:3128")] // tinyproxy's answer to wrong ones
    [InlineData(407, "correct the name or the password", "http://user:***@proxy.example.test:3128", "Negotiate, Basic realm=\"x\"")]
    [InlineData(407, "a client that logs in so", "http://user:***@proxy.example.test:3128", "Negotiate, NTLM")] // nobody looked at the password
    [InlineData(403, "allowed there", "http://user:***@proxy.example.test:3128")]
    public void A_proxy_that_forbids_is_not_given_credentials(int status, string remedy, string? value = null, string? challenges = null)
    {
        var proxied = new ProxyEnvironment("https_proxy", "proxy.example.test", 3128) { Value = value, ProxyAddresses = [Proxy] };
        var tunnel = new ProxyTunnel(Proxy, 3128, "www.example.test:443", HttpOutcome.Complete, Milliseconds(2)) { Status = status, Headers = challenges is null ? [] : new Dictionary<string, string> { ["proxy-authenticate"] = challenges } };

        Finding finding = Assert.Single(new Proxies().Evaluate(new EvidenceSet(Started, proxied, tunnel)));

        Assert.Contains(remedy, finding.Remedies[0].Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://www.example.test:8080/", 8080, "https://www.example.test:8080/", true)]
    [InlineData("http://www.example.test/", 80, "https://www.example.test:80/", true)]
    [InlineData("http://www.example.test/", 443, "https://www.example.test/", false)] // TLS is missing where it belongs
    [InlineData("http://www.example.test:8080/", 8080, "https://login.example.test:8080/", false)]
    public void A_redirect_to_https_on_the_port_in_the_clear_is_what_is_broken(string from, int port, string to, bool isRedirect)
    {
        Observation[] seen =
        [
            Redirect(0, "/", to) with { Url = from },
            Failed(TlsOutcome.NotTls) with { Purpose = "redirect", Port = port, Greeting = "HTTP/1.1 400 Bad request" },
            GoodExchange with { Url = to, Purpose = "redirect", Port = port, RedirectDepth = 1, Status = null, Outcome = HttpOutcome.Failed, Fault = "the TLS handshake fails (nottls)" },
        ];

        Finding first = Judge(seen).Causes[0].Finding;

        Assert.Equal(isRedirect ? "http-redirect-broken" : "tls-plaintext-service", first.Cause);
        Assert.Equal(isRedirect, first.Remedies[0].Text.Contains("redirect scheme keeps the port of the request", StringComparison.Ordinal));
    }

    // One port may speak both, and TLS there may fail for another reason.
    [Fact]
    public void A_redirect_to_https_on_a_port_that_resets_TLS_is_not_said_to_lead_to_one_in_the_clear()
    {
        const string To = "https://www.example.test:8080/";
        Observation[] seen =
        [
            Redirect(0, "/", To) with { Url = "http://www.example.test:8080/" },
            Failed(TlsOutcome.Reset) with { Purpose = "redirect", Port = 8080 },
            GoodExchange with { Url = To, Purpose = "redirect", Port = 8080, RedirectDepth = 1, Status = null, Outcome = HttpOutcome.Failed, Fault = "the TLS handshake fails (reset)" },
        ];

        Assert.DoesNotContain(Judge(seen).Causes, cause => cause.Finding.Summary.Contains("in the clear", StringComparison.Ordinal));
    }

    [Fact]
    public void Http_is_no_remedy_where_it_redirects_to_https_of_the_same_port()
    {
        const string Url = "https://www.example.test:8080/";
        Observation[] seen =
        [
            Failed(TlsOutcome.NotTls) with { Port = 8080, Greeting = "HTTP/1.1 400 Bad request" },
            Redirect(0, "/", Url) with { Url = "http://www.example.test:8080/", Port = 8080, Purpose = "plaintext" },
        ];

        Finding finding = Assert.Single(new TlsPlaintextService().Evaluate(new EvidenceSet(seen)));

        Assert.DoesNotContain("Use http://", finding.Remedies[0].Text, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?, Observation[]> Cases => new()
    {
        { "a good site", null, [GoodHandshake, GoodChain, GoodExchange] },
        { "a redirect that works", null, [GoodHandshake, GoodChain, Redirect(0, "/", "/a"), Redirect(1, "/a", "/b"), GoodExchange with { Purpose = "redirect", RedirectDepth = 2 }] },
        { "150 ms away", null, [GoodHandshake, GoodChain, GoodExchange with { TimeToFirstByte = Milliseconds(155) }, Sample(150)] },
        { "1.2 s away by satellite", null, [GoodExchange with { TimeToFirstByte = Milliseconds(1250) }, Sample(1200)] },
        { "a proxy that works", null, [ProxySet, new ProxyTunnel(Proxy, 3128, "www.example.test:443", HttpOutcome.Complete, Milliseconds(1)) { Status = 200 }, GoodExchange] },
        { "an exempted target", null, [ProxySet with { ExemptedBy = "example.test", ProxyAddresses = [] }, GoodExchange] },
        { "client certificate asked for, not needed", null, [GoodHandshake with { ClientCertificateRequested = true }, GoodChain, GoodExchange] },
        { "a long page read in part", null, [GoodExchange with { StoppedByUs = true, BodyLength = 4_000_000, TransferTime = Milliseconds(2500), LongestGap = Milliseconds(120) }, Sample(1)] },
        { "an old root sent along has expired, the chain is good", null, [GoodChain with { Certificates = [Leaf, Intermediate], VerifyCode = 0 }] },

        { "an expired cross-signed root beside the path", null, [GoodChain with { Certificates = [Leaf with { PathDepth = 0 }, Intermediate with { PathDepth = 1 }, Intermediate with { Subject = "CN=Old Root", NotAfter = Now.AddDays(-10) }] }] },
        { "a stream of events", null, [GoodExchange with { Outcome = HttpOutcome.Stalled, Headers = new Dictionary<string, string> { ["content-type"] = "text/event-stream" } }] },
        { "HTTP and TLS on one port", null, [GoodExchange with { Url = "http://www.example.test/" }, Trial("tls-on-plain-port", true)] },

        { "an own root has expired", "tls-certificate-expired", [Bad(10, Leaf with { PathDepth = 0 }, Intermediate with { PathDepth = 1 }) with { VerifyDepth = 2, OwnAnchor = new CertificateFacts("O=Trust, CN=Trust Root", "O=Trust, CN=Trust Root", Now.AddDays(-4000), Now.AddDays(-1)) { PathDepth = 2, IsSelfSigned = true } }] },
        { "the root sent in the place of the intermediate", "tls-missing-intermediate", [Bad(20, Leaf with { PathDepth = 0 }, new CertificateFacts("O=Trust, CN=Trust Root", "O=Trust, CN=Trust Root", Now.AddDays(-1000), Now.AddDays(1000)) { IsAuthority = true, IsSelfSigned = true })] },
        { "expired", "tls-certificate-expired", [GoodHandshake, Bad(10, Leaf with { NotAfter = Now.AddDays(-3) }) with { VerifyCodeIgnoringDates = 0 }] },
        { "expired and self-signed", "tls-self-signed", [Bad(18, Leaf with { NotAfter = Now.AddDays(-3), IsSelfSigned = true })] },
        { "not yet valid", "tls-certificate-not-yet-valid", [Bad(9, Leaf with { NotBefore = Now.AddDays(3) })] },
        { "our clock is two years behind", "tls-clock-wrong", [Bad(9, Leaf with { NotBefore = Now.AddDays(700), NotAfter = Now.AddDays(900) }) with { ServerClockOffset = TimeSpan.FromDays(730) }] },
        { "expires in five days", "tls-certificate-expiring", [GoodChain with { Certificates = [Leaf with { NotAfter = Now.AddDays(5) }, Intermediate] }] },
        { "other names", "tls-name-mismatch", [GoodChain with { NameMatches = false }] },
        { "self-signed", "tls-self-signed", [Bad(18, Leaf with { Issuer = Leaf.Subject, IsSelfSigned = true })] },
        { "the root is sent and not trusted", "tls-untrusted-root", [Bad(19, Leaf, Intermediate)] },
        { "leaf alone, of a trusted house", "tls-missing-intermediate", [Bad(20, Leaf) with { RelatedRoot = "O=Trust, CN=Trust Root" }] },
        { "leaf alone, straight from a strange root", "tls-untrusted-root", [Bad(20, Leaf with { Issuer = "CN=Corp Root CA" })] },
        { "intermediates, and a strange root", "tls-untrusted-root", [Bad(20, Leaf, Intermediate)] },
        { "no roots here", "tls-trust-store-broken", [Bad(20, Leaf, Intermediate) with { TrustedRoots = 0 }] },

        { "identifiers that differ", "tls-untrusted-root", [GoodHandshake, Bad(20, Leaf with { PathDepth = 0 }, Intermediate) with { Namesake = new IssuerNamesake(Intermediate.Subject, true) { HasSigned = true, Difference = "x", LeadsToRoot = true } }] },
        { "an intermediate of the name and of another key", "tls-missing-intermediate", [GoodHandshake, Bad(20, Leaf with { PathDepth = 0 }, Intermediate) with { Namesake = new IssuerNamesake(Intermediate.Subject, true) { HasSigned = false } }] },
        { "a root of the name and of another key, sent", "tls-untrusted-root", [GoodHandshake, Bad(20, Leaf with { PathDepth = 0, Issuer = "CN=Corp CA" }, Intermediate with { Subject = "CN=Corp CA", Issuer = "CN=Corp CA" }) with { Namesake = new IssuerNamesake("CN=Corp CA", true) { HasSigned = false, IsSelfIssued = true } }] },
        { "a trusted root of the name and of another key", "tls-untrusted-root", [GoodHandshake, Bad(20, Leaf with { PathDepth = 0, Issuer = "CN=Corp CA" }) with { Namesake = new IssuerNamesake("CN=Corp CA", false) { HasSigned = false } }] },
        { "a key that may not sign", "tls-untrusted-root", [Signing, GoodChain with { Certificates = [Leaf with { MaySign = false }, Intermediate] }, GoodExchange] },
        { "a key that may not sign, and decrypts", null, [Signing with { Version = "TLSv1.2", CipherSuite = "AES128-GCM-SHA256" }, GoodChain with { Certificates = [Leaf with { MaySign = false }, Intermediate] }, GoodExchange] },
        { "a key that may sign", null, [Signing, GoodChain with { Certificates = [Leaf with { MaySign = true }, Intermediate] }, GoodExchange] },
        { "a short key", "tls-weak-certificate", [GoodHandshake, Bad(66, Leaf with { Key = "RSA 1024" }, Intermediate)] },
        { "an authority's old signature", "tls-weak-certificate", [GoodHandshake, Bad(68, Leaf, Intermediate) with { VerifyDepth = 1 }] },
        { "a client's certificate", "tls-untrusted-root", [GoodHandshake, Bad(26, Leaf, Intermediate)] },
        { "a code that nobody has heard of", "tls-untrusted-root", [GoodHandshake, Bad(4711, Leaf) with { VerifyDepth = 9 }] },
        { "revoked, says the staple", "tls-revoked", [GoodHandshake, GoodChain with { Staple = new OcspStaple("revoked") { RevokedAt = Now.AddDays(-2) } }, GoodExchange] },
        { "revoked, says a list", "tls-revoked", [GoodHandshake, Bad(23, Leaf, Intermediate)] },
        { "must-staple, and no staple", "tls-ocsp-problem", [GoodHandshake, MustStaple, GoodExchange] },
        { "must-staple, and an old staple", "tls-ocsp-problem", [Stapled, MustStaple with { Staple = new OcspStaple("good") { NextUpdate = Now.AddDays(-1) } }, GoodExchange] },
        { "must-staple, and a useless staple", "tls-ocsp-problem", [Stapled, MustStaple with { Staple = new OcspStaple("tryLater") }, GoodExchange] },
        { "must-staple, and a good staple", null, [Stapled, MustStaple with { Staple = new OcspStaple("good") { NextUpdate = Now.AddDays(1) } }, GoodExchange] },
        { "no staple, and none asked for", null, [GoodHandshake, GoodChain, GoodExchange] },
        { "must-staple, seen in a handshake that failed", "tls-handshake-stall", [Failed(TlsOutcome.Stalled) with { AllAcknowledged = true }, MustStaple] },
        { "an alert after the handshake", "tls-handshake-failed", [GoodHandshake, GoodChain, LateAlert] },
        { "an alert after the handshake, for want of a certificate", "tls-client-certificate-required", [GoodHandshake with { ClientCertificateRequested = true }, GoodChain, LateAlert] },

        { "old versions only", "tls-version-mismatch", [Alert(70), Trial("old-versions", true, "TLSv1"), Trial("any-cipher", false)] },
        { "our library is held back", "tls-version-mismatch", [Alert(70) with { Offered = "TLSv1.2-TLSv1.2" }, Trial("any-version", true, "TLSv1.3"), Trial("any-cipher", true, "TLSv1.3"), Trial("old-versions", false)] },
        { "the server says protocol_version", "tls-version-mismatch", [Alert(70)] },
        { "old suites only", "tls-cipher-mismatch", [Alert(40), Trial("any-version", true, "TLSv1.2"), Trial("any-cipher", true, "TLSv1.2"), Trial("old-versions", false)] },
        { "a general alert, whatever is offered", "tls-handshake-failed", [Alert(40), Trial("any-version", false), Trial("any-cipher", false), Trial("no-sni", false)] },
        { "a general alert, and a suite that is none of ours", "tls-cipher-mismatch", [Alert(40), Trial("any-cipher", false), new TlsSurvey(Server, Port, "www.example.test", [new TlsVersionOffer("TLSv1.2", new TlsChoices(["TLS_PSK_WITH_AES_128_CBC_SHA"]))])] },
        { "insufficient security, whatever is offered", "tls-cipher-mismatch", [Alert(71), Trial("any-cipher", false)] },
        { "only h2", "tls-alpn-mismatch", [Alert(120), Trial("no-alpn", true), Trial("h2-alpn", true), Trial("any-cipher", false)] },
        { "an unknown name", "tls-sni-required", [Alert(112), Trial("other-sni", false)] },
        { "a name refused by a general alert", "tls-sni-required", [Alert(40), Trial("no-sni", true), Trial("any-cipher", false), Trial("any-version", false)] },
        { "client certificate required", "tls-client-certificate-required", [Alert(116) with { ClientCertificateRequested = true }] },
        { "client certificate required, said by HTTP", "tls-client-certificate-required", [GoodHandshake with { ClientCertificateRequested = true }, GoodExchange with { Status = 400, Excerpt = "400 No required SSL certificate was sent" }] },
        { "client certificate required, said after the handshake", "tls-client-certificate-required", [Reached, Asking, Ended("TLS alert certificate_required")] },
        { "a session that ends without an alert", "connection-reset", [Reached, Asking, Ended("closed")] },
        { "a handshake that ends behind both Finished without an alert", "tls-handshake-reset", [Asking with { Outcome = TlsOutcome.Closed, Messages = ["> ClientHello", "< Finished", "> Finished"] }] },
        { "a handshake that ends where the server's Finished is due", "tls-client-certificate-required", [Asking with { Outcome = TlsOutcome.Closed, Messages = ["> ClientHello", "> Finished"] }] },
        { "a port that is asked in HTTP and ends it", null, [Asking, Policy with { Outcome = HttpOutcome.Reset, Status = null }] },
        { "HTTP was agreed on, and the request ends it", "tls-client-certificate-required", [Asking, Asking with { Purpose = "policy", Alpn = "http/1.1" }, Policy with { Outcome = HttpOutcome.Reset, Status = null }] },
        { "a server of tokens forbids", null, [Asking, Policy with { Status = 403 }] },
        { "a site of tokens forbids", "http-client-error", [Asking, GoodExchange with { Status = 403 }] },
        { "a site forbids for want of a certificate", "tls-client-certificate-required", [Asking, GoodExchange with { Status = 403, Excerpt = "403.7 client certificate required" }] },
        { "SSH there", "tls-plaintext-service", [Failed(TlsOutcome.NotTls) with { Greeting = "SSH-2.0-OpenSSH_9.2", OctetsReceived = 20 }] },
        { "HTTP there, waiting for a line", "tls-plaintext-service", [Failed(TlsOutcome.Stalled) with { AllAcknowledged = true }, GoodExchange with { Purpose = "plaintext" }] },
        { "HTTP there, where the other address was first to fail", "tls-plaintext-service", [Failed(TlsOutcome.Stalled) with { Address = Proxy, AllAcknowledged = true }, Failed(TlsOutcome.Stalled) with { AllAcknowledged = true }, GoodExchange with { Purpose = "plaintext" }] },
        { "a silent server", "tls-handshake-stall", [Failed(TlsOutcome.Stalled) with { AllAcknowledged = true }] },
        { "a reset", "tls-handshake-reset", [Failed(TlsOutcome.Reset) with { Errno = "ECONNRESET" }] },
        { "an alert of no special meaning", "tls-handshake-failed", [Alert(80), Trial("any-cipher", false)] },

        { "500", "http-server-error", [GoodExchange with { Status = 500 }] },
        { "502", "http-bad-gateway", [GoodExchange with { Status = 502 }] },
        { "503", "http-unavailable", [GoodExchange with { Status = 503 }] },
        { "504", "http-gateway-timeout", [GoodExchange with { Status = 504, TimeToFirstByte = Milliseconds(2003) }] },
        { "502, then 200", "http-backend-partly-failing", [GoodExchange with { Status = 502 }, GoodExchange with { Purpose = "repeat" }] },
        { "401", "http-client-error", [GoodExchange with { Status = 401 }] },
        { "a circle", "http-redirect-loop", [Redirect(0, "/", "/a"), Redirect(1, "/a", "/"), Redirect(2, "/", "/a")] },
        { "no end", "http-redirect-loop", [.. Enumerable.Range(0, 9).Select(i => Redirect(i, $"/{i}", $"/{i + 1}"))] },
        { "a dead end", "http-redirect-broken", [Redirect(0, "/", "http://nowhere.test/"), GoodExchange with { Purpose = "redirect", RedirectDepth = 1, Status = null, Outcome = HttpOutcome.Failed, Fault = "the name does not resolve" }] },
        { "a dead end for TLS", "http-redirect-broken", [Redirect(0, "/", "https://www.example.test:80/"), Redirect(0, "/", "https://www.example.test:80/") with { Address = Proxy }, Failed(TlsOutcome.Stalled) with { Purpose = "redirect", Port = 80 }, GoodExchange with { Purpose = "redirect", Port = 80, RedirectDepth = 1, Status = null, Outcome = HttpOutcome.Failed, Fault = "the TLS handshake fails (stalled)" }] },
        { "slow", "http-slow-server", [GoodExchange with { TimeToFirstByte = Milliseconds(3000) }, Sample(1)] },
        { "drop by drop", "http-slow-transfer", [GoodExchange with { StoppedByUs = true, BodyLength = 12, TransferTime = Milliseconds(2500), LongestGap = Milliseconds(201) }, Sample(1)] },
        { "stopped", "http-stalled-body", [GoodExchange with { Outcome = HttpOutcome.Stalled, Elapsed = Milliseconds(4003) }] },
        { "a header drop by drop", "http-slow-server", [GoodExchange with { Outcome = HttpOutcome.Stalled, Status = null, StoppedByUs = true, LongestGap = Milliseconds(400), Elapsed = Milliseconds(9003) }, Sample(1)] },
        { "cut off", "http-truncated-body", [GoodExchange with { Outcome = HttpOutcome.Truncated, ExpectedLength = 1000 }] },
        { "garbage", "http-malformed-response", [GoodExchange with { Outcome = HttpOutcome.Malformed, Status = null, Fault = "it does not begin with HTTP/1." }] },
        { "more than its length says", "http-malformed-response", [GoodExchange with { Fault = "3 octets came behind the end of the answer" }] },
        { "a body that was cut before it was sent", "http-malformed-response", [GoodExchange with { CodingFault = "the body ends in the middle of its coding gzip" }] },
        { "an empty reply", "http-malformed-response", [GoodExchange with { Outcome = HttpOutcome.ClosedEarly, Status = null }] },
        { "TLS there", "http-on-tls-port", [GoodExchange with { Url = "http://www.example.test/", Outcome = HttpOutcome.Malformed, Status = null, Fault = "it does not begin with HTTP/1." }, Trial("tls-on-plain-port", true)] },
        { "TLS there, silent until its record is whole", "http-on-tls-port", [GoodExchange with { Url = "http://www.example.test/", Outcome = HttpOutcome.NoAnswer, Status = null, AllAcknowledged = true, Elapsed = Milliseconds(9000) }, Trial("tls-on-plain-port", true)] },
        { "hung", "service-hung", [GoodExchange with { Outcome = HttpOutcome.NoAnswer, Status = null, TimeToFirstByte = null, Elapsed = Milliseconds(9000) }] },

        { "no proxy of that name", "proxy-unreachable", [ProxySet with { ProxyAddresses = [] }] },
        { "the proxy refuses connections", "proxy-unreachable", [ProxySet, new ConnectAttempt(Proxy, 3128, "proxy", ConnectOutcome.Failed, Milliseconds(1)) { Errno = "ECONNREFUSED" }] },
        { "the proxy wants credentials", "proxy-denies", [ProxySet, Tunnel(407)] },
        { "the proxy forbids", "proxy-denies", [ProxySet, Tunnel(403)] },
        { "a site that lets its own network in without a login", "http-client-error", [ProxySet, GoodExchange with { Status = 401, ViaProxy = Proxy, Headers = new Dictionary<string, string> { ["www-authenticate"] = "Basic realm=\"site\"" } }, GoodExchange with { Purpose = "direct" }] },
        { "no proxy but a web server", "proxy-misconfigured", [ProxySet, Tunnel(405)] },
        { "the proxy cannot reach an internal target", "proxy-misconfigured", [ProxySet, Tunnel(503), GoodExchange with { Purpose = "direct" }] },
        { "a proxy that does not speak TLS", "proxy-misconfigured", [ProxySet, GoodHandshake with { Address = Proxy, Port = 3128, Purpose = "proxy", Outcome = TlsOutcome.Stalled }, GoodExchange with { Purpose = "direct" }] },
        { "exempted from the proxy that is the only way", "proxy-misconfigured", [ProxySet with { ExemptedBy = ".test", NoProxy = ".test" }, new ConnectAttempt(Server, Port, "target", ConnectOutcome.TimedOut, Milliseconds(4000)), GoodExchange with { Purpose = "exempted", ViaProxy = Proxy }] },
        { "sizes through a proxy", "path-mtu-black-hole", [ProxySet, Connected, Tunnel(200), Silent, new SegmentSizeTrial(Proxy, 3128, 0, ExchangeStage.Connected, Milliseconds(2200)) { AllAcknowledged = true }, new SegmentSizeTrial(Proxy, 3128, 1220, ExchangeStage.Complete, Milliseconds(9))] },
        { "a value that makes no sense", "proxy-misconfigured", [ProxySet with { Fault = "its scheme 'foo' is none that a proxy has", ProxyAddresses = [] }] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_the_cause(string name, string? cause, Observation[] seen)
    {
        Diagnosis diagnosis = Judge(seen);

        Assert.True(cause == diagnosis.Causes.FirstOrDefault()?.Finding.Cause, $"{name}: {Say(diagnosis)}");
        Assert.All(diagnosis.Causes, ranked => Assert.EndsWith(".", ranked.Finding.Summary, StringComparison.Ordinal));
    }

    // haproxy with accept-proxy resets whoever sends no header of the PROXY protocol.
    [Fact]
    public void What_is_cut_off_before_a_word_may_expect_the_PROXY_protocol()
    {
        Finding handshake = Assert.Single(new TlsHandshakeReset().Evaluate(new EvidenceSet(Started, Failed(TlsOutcome.Reset))));
        Finding request = Request("http"), behindTls = Request("https"); // it would have cut off before the handshake

        Assert.Contains(handshake.Remedies, remedy => remedy.Command is "curl --haproxy-protocol -v https://www.example.test:443/");
        Assert.Contains(request.Remedies, remedy => remedy.Command is "curl --haproxy-protocol -v http://www.example.test/");
        Assert.DoesNotContain(behindTls.Remedies, remedy => remedy.Sentence.Contains("PROXY protocol", StringComparison.Ordinal));

        static Finding Request(string scheme) => Assert.Single(new ConnectionReset().Evaluate(new EvidenceSet(
            Started, new ConnectAttempt(Server, Port, "target", ConnectOutcome.Connected, Milliseconds(1)),
            GoodExchange with { Url = $"{scheme}://www.example.test/", Outcome = HttpOutcome.Reset, Status = null, TimeToFirstByte = null })));
    }

    // nginx with ssl_protocols TLSv1.2 and an ECDSA certificate with keyUsage keyEncipherment refuses every client so, and logs "no shared cipher".
    [Theory]
    [InlineData(40, true)]
    [InlineData(80, false)]
    public void A_general_refusal_of_each_hello_may_be_of_a_certificate_that_may_not_sign(int alert, bool isTold)
    {
        Finding finding = Assert.Single(new TlsHandshakeFailed().Evaluate(new EvidenceSet(Started, Alert(alert) with { Messages = ["> ClientHello", "< Alert"] })));

        Assert.Equal(isTold, finding.Next.Any(next => next.Contains("keyUsage without digitalSignature", StringComparison.Ordinal)));
    }

    // nginx with ssl_verify_client on answers so.
    [Fact]
    public void A_backend_that_wants_a_client_certificate_is_told_by_its_page()
    {
        HttpRun run = new(GoodExchange.Url, 30, Milliseconds(100), 1)
        {
            Groups = [new HttpRunGroup(Server, Port, IsKept: false, 30)],
            Answers =
            [
                new HttpRunAnswer(200, 20) { Last = DateTimeOffset.UnixEpoch.AddSeconds(1) },
                new HttpRunAnswer(400, 10) { Address = Server, Excerpt = "<html> <head><title>400 No required SSL certificate was sent</title></head>" },
            ],
        };

        Finding finding = Assert.Single(new HttpAnswersDiffer().Evaluate(new EvidenceSet(Started, run)));

        Assert.Contains("one of several backends asks for a client certificate and the others do not", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_asked_for_certificate_leaves_open_is_doubted_and_what_one_address_answered_is_not()
    {
        Observation[] seen = [Asking, Asking with { Address = Proxy }, Policy];

        Assert.Null(TlsOverview.DoubtOf(new EvidenceSet(seen)));
        Assert.Equal("it asked for a client certificate, and without one answers 403, for that or for want of a login", TlsOverview.DoubtOf(new EvidenceSet([.. seen[..2], Policy with { Status = 403 }])));
        Assert.Equal("it asked for a client certificate, and what the service does without one was not seen", TlsOverview.DoubtOf(new EvidenceSet([.. seen, Asking with { Port = 8443 }])));
    }

    // The pages are those of nginx 1.22, Apache httpd 2.4 and haproxy 2.6.
    [Theory]
    [InlineData(400, "<html> <head><title>400 Request Header Or Cookie Too Large</title></head>", 20_000, "the header fields are too large, as a rule cookies", "Delete the cookies")]
    [InlineData(400, PageOfApacheTooLarge, 20_000, "the header fields are too large, as a rule cookies", "Delete the cookies")]
    [InlineData(400, "<html><body><h1>400 Bad request</h1> Your browser sent an invalid request. </body></html>", 20_000, "it finds the request malformed, or its header too large: it has 20000 octets", "Delete the cookies")]
    [InlineData(400, "<html><body><h1>400 Bad request</h1> Your browser sent an invalid request. </body></html>", 120, "it finds the request malformed. ", "See what it minds")]
    [InlineData(414, "", 20_000, "the URL is too long for it", "Shorten the URL")]
    public void A_header_that_is_too_large_is_told_by_the_page_and_doubted_by_its_size(int status, string page, int length, string says, string remedy)
    {
        HttpExchange refused = GoodExchange with { Status = status, Reason = "Bad Request", Excerpt = page, RequestLength = length };

        Finding finding = Assert.Single(new HttpClientError().Evaluate(new EvidenceSet(Started, refused)));

        Assert.Contains(says, finding.Summary, StringComparison.Ordinal);
        Assert.StartsWith(remedy, finding.Remedies[0].Text, StringComparison.Ordinal);
    }

    // nginx and haproxy end the connection with GOAWAY where they answer 400 in HTTP/1.1.
    [Theory]
    [InlineData("HTTP/2", 20_000, "http-client-error")]
    [InlineData("HTTP/2", 120, "http-malformed-response")] // another reason
    [InlineData(null, 20_000, "http-malformed-response")]
    public void A_request_that_HTTP_2_ends_without_an_answer_has_the_cause_that_HTTP_1_tells(string? version, int length, string cause)
    {
        HttpExchange ended = GoodExchange with { Outcome = HttpOutcome.ClosedEarly, Status = null, TimeToFirstByte = null, Version = version, RequestLength = length };
        HttpExchange refused = GoodExchange with { Status = 400, Excerpt = "<html><body><h1>400 Bad request</h1>", Version = "HTTP/1.1", RequestLength = length };

        Diagnosis diagnosis = Judge([GoodHandshake, GoodChain, ended, refused]);

        Assert.Equal(cause, diagnosis.Causes[0].Finding.Cause);
        Assert.DoesNotContain(diagnosis.Causes.SelectMany(ranked => ranked.Finding.Remedies), remedy => version is not null && remedy.Text.Contains("PROXY protocol", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("EAI_NONAME", null, false, "http-redirect-broken")]
    [InlineData(null, null, false, "http-redirect-broken")] // as it was seen before the error was kept
    [InlineData("EAI_AGAIN", null, false, "dns-resolver-unreachable")]
    [InlineData("EAI_AGAIN", null, true, "dns-server-failure")] // it answers for another name
    [InlineData("EAI_AGAIN", "SERVFAIL", false, "dns-server-failure")]
    [InlineData("EAI_AGAIN", "REFUSED", false, "dns-refused")]
    public void A_redirect_is_broken_only_where_its_name_is_said_not_to_exist(string? error, string? answer, bool isAnswering, string cause)
    {
        IPAddress resolver = IPAddress.Parse("192.0.2.53");
        Observation[] seen =
        [
            Redirect(0, "/", "http://login.example.test/"),
            GoodExchange with { Url = "http://login.example.test/", Purpose = "redirect", RedirectDepth = 1, Status = null, Outcome = HttpOutcome.Failed, Fault = "the name does not resolve", LookupError = error, LookupAnswer = answer },
            new NameResolution("www.example.test", isAnswering ? NameSource.Dns : NameSource.HostsFile, [Server], TimeSpan.Zero, 0) { AnsweredBy = isAnswering ? resolver : null },
            .. isAnswering ? [new DnsExchange(resolver, 53, DnsTransport.Udp, "www.example.test.", "A", DnsOutcome.Answered, Milliseconds(1), Sends: 1) { ResponseCode = "NOERROR", Addresses = [Server] }] : Array.Empty<Observation>(),
        ];

        Finding finding = Assert.Single(new HttpRedirects().Evaluate(new EvidenceSet([Started, .. seen])));

        Assert.Equal(cause, finding.Cause);
    }

    // getaddrinfo(3) asks one after the other: that one answers an error says nothing of the other, which may not be there.
    [Fact]
    public void An_error_of_one_name_server_is_not_said_of_all()
    {
        ResolverConfiguration two = new("/etc/resolv.conf", FileState.Read, [IPAddress.Parse("192.0.2.53"), IPAddress.Parse("192.0.2.54")], [], 1, TimeSpan.FromSeconds(5), 2, false, ["files", "dns"]);
        HttpExchange lost = GoodExchange with { Url = "http://login.example.test/", Purpose = "redirect", RedirectDepth = 1, Status = null, Outcome = HttpOutcome.Failed, LookupError = "EAI_AGAIN", LookupAnswer = "SERVFAIL" };

        Finding finding = Assert.Single(new HttpRedirects().Evaluate(new EvidenceSet(Started, two, Redirect(0, "/", "http://login.example.test/"), lost)));

        Assert.Contains("of the name servers 192.0.2.53, 192.0.2.54 one at least answers SERVFAIL", finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2500, 1, true)]
    [InlineData(900, 1, false)] // a name that is not cached may take that
    [InlineData(2500, 0, true)]
    public void A_lookup_that_a_redirect_waits_for_is_told(double milliseconds, int depth, bool isTold)
    {
        HttpExchange late = GoodExchange with { Url = "https://login.example.test/", Purpose = depth > 0 ? "redirect" : "target", RedirectDepth = depth, LookupTime = Milliseconds(milliseconds) };

        Assert.Equal(isTold ? ["dns-slow"] : [], new DnsSlow().Evaluate(new EvidenceSet(Started, late)).Select(finding => finding.Cause));
    }

    // RFC 6585, section 6; Cloudflare, "Cloudflare 5xx errors".
    [Theory]
    [InlineData(511, "http", null, "proxy-denies")]
    [InlineData(511, "https", null, "http-server-error")] // inside TLS whose certificate is good
    [InlineData(522, "http", "cloudflare", "http-gateway-timeout")]
    [InlineData(521, "http", "cloudflare", "http-bad-gateway")]
    [InlineData(526, "http", "cloudflare", "http-bad-gateway")]
    [InlineData(522, "http", "nginx", "http-server-error")]
    [InlineData(500, "http", "cloudflare", "http-server-error")]
    public void Not_each_status_from_500_on_is_of_the_application(int status, string scheme, string? server, string cause)
    {
        HttpExchange failing = GoodExchange with
        {
            Url = $"{scheme}://www.example.test/",
            Status = status,
            Reason = "",
            TlsTime = scheme is "https" ? Milliseconds(5) : null,
            Headers = server is null ? [] : new Dictionary<string, string> { ["server"] = server },
        };

        Finding finding = Judge([.. scheme is "https" ? [GoodHandshake, GoodChain] : Array.Empty<Observation>(), failing]).Causes[0].Finding;

        Assert.Equal(cause, finding.Cause);
        Assert.DoesNotContain("  ", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(" :", finding.Summary, StringComparison.Ordinal);
    }

    // haproxy with send-proxy before a server that does not expect it; and a site that refuses the Host field.
    [Theory]
    [InlineData(400, "<html> <head><title>400 Bad Request</title></head> <body> <center><h1>400 Bad Request</h1></center> <hr><center>nginx/1.22.1</center>", "and a request in the clear with 400, too: the service speaks HTTP in the clear")] // so does nginx with "return 400;" for hosts that it does not know
    [InlineData(400, "Invalid Host header", "and a request in the clear with 400, too: the service speaks HTTP in the clear")]
    [InlineData(200, null, "192.0.2.10:443 speaks HTTP in the clear, not TLS.")]
    public void What_refuses_TLS_and_a_request_in_the_clear_alike_may_have_got_a_PROXY_header_first(int status, string? page, string says)
    {
        HttpExchange plain = GoodExchange with { Url = "http://192.0.2.10:443/", Purpose = "plaintext", Status = status, Excerpt = page };

        Finding finding = Assert.Single(new TlsPlaintextService().Evaluate(new EvidenceSet(Started, Failed(TlsOutcome.NotTls) with { Greeting = "HTTP/1.1 400 Bad Request" }, plain)));

        Assert.Contains(says, finding.Summary, StringComparison.Ordinal);
        Assert.Equal(status is 400, finding.Summary.Contains("; or a balancer puts a header of the PROXY protocol", StringComparison.Ordinal));
        Assert.Equal(status is 200, finding.Confidence > 0.95);
        Assert.Equal(status is 200, finding.Remedies[0].Text.StartsWith("Use http://", StringComparison.Ordinal));
    }

    // Apache httpd, SSLVerifyClient in a Location.
    [Theory]
    [InlineData(true, null, "TLS alert certificate_required", null, "tls-client-certificate-required")]
    [InlineData(false, 403, null, "<h1>Forbidden</h1> <p>You don't have permission to access this resource.Reason: Cannot perform Post-Handshake Authentication.", "tls-client-certificate-required")]
    [InlineData(false, 403, null, "<h1>Forbidden</h1> <p>You don't have permission to access this resource.", "http-client-error")]
    [InlineData(true, 200, null, null, null)] // it asks, and lives without one
    public void A_certificate_may_be_asked_for_once_the_path_is_known(bool asks, int? status, string? fault, string? page, string? cause)
    {
        HttpExchange asked = GoodExchange with { ClientCertificateRequested = asks, Status = status, Fault = fault, Excerpt = page, Outcome = status is null ? HttpOutcome.Failed : HttpOutcome.Complete };

        Assert.Equal(cause, Judge([GoodHandshake, GoodChain, asked]).Causes.FirstOrDefault()?.Finding.Cause);
    }

    // A full Apache httpd: the kernel accepts for workers that are busy.
    [Theory]
    [InlineData(3000, 1, true)]
    [InlineData(3000, 900, false)] // far away
    [InlineData(900, 1, false)]
    public void A_handshake_that_is_made_late_is_slow_for_who_waits(double milliseconds, double connect, bool isTold)
    {
        ConnectAttempt reached = Reached with { RoundTrip = Milliseconds(connect) };
        TlsHandshake late = GoodHandshake with { Elapsed = Milliseconds(milliseconds), TimeToAnswer = Milliseconds(milliseconds) };
        HttpExchange ofTool = GoodExchange with { TlsTime = Milliseconds(milliseconds), ConnectTime = Milliseconds(connect) };

        Diagnosis diagnosis = Judge([reached, late, GoodChain, GoodExchange]);

        Assert.Equal(isTold, diagnosis.Causes.Any(ranked => ranked.Finding.Cause is "tls-handshake-stall"));
        Assert.True(!isTold || diagnosis.Status is Status.Degraded);
        Assert.Empty(new TlsHandshakeStall().Evaluate(new EvidenceSet(ofTool))); // its chain of certificates may take so long on a thin way
        Finding[] behind = [.. new TlsHandshakeStall().Evaluate(new EvidenceSet(reached, late with { Authority = "www.example.test:443" }))];
        Assert.Equal(isTold, behind.Length > 0);
        Assert.All(behind, finding => Assert.Equal((Where.Unknown, false), (finding.Where, finding.Summary.Contains("TCP connects at once", StringComparison.Ordinal)))); // of what is behind the proxy nothing is seen
    }

    [Theory]
    [InlineData(2400, 400, 3, "text/plain", "ends the head of it 2.4 s later")]
    [InlineData(0, 2200, 3, "text/html", "waits 2.2 s within it")]
    [InlineData(0, 2200, 3, "application/json", "a stream of events as they happen, or")] // a watch whose first event comes late
    [InlineData(0, 400, 3, "text/html", "sends the body at")]
    public void What_dribbles_is_told_by_where_it_does(double head, double gap, long length, string type, string says)
    {
        HttpExchange drip = GoodExchange with { StoppedByUs = true, HeadTime = Milliseconds(head), BodyLength = length, Arrivals = 3, TransferTime = Milliseconds(2410), LongestGap = Milliseconds(gap), Headers = new Dictionary<string, string> { ["content-type"] = type } };

        Assert.Contains(says, Assert.Single(new HttpSlow().Evaluate(new EvidenceSet(drip, Sample(1)))).Summary, StringComparison.Ordinal);
    }

    // squid 5: ERR_CANNOT_FORWARD is of 500 where a name does not exist.
    [Fact]
    public void What_squid_says_of_a_site_is_no_fault_of_the_proxy_setting()
    {
        var squid = new Dictionary<string, string> { ["server"] = "squid/5.7", ["x-squid-error"] = "ERR_CANNOT_FORWARD 0" };
        Finding ofTunnel = Judge([ProxySet, Tunnel(500) with { Headers = squid }]).Causes[0].Finding;
        Finding ofRequest = Judge([ProxySet, GoodExchange with { Url = "http://www.example.test:9/", Address = Proxy, ViaProxy = Proxy, Status = 503, Excerpt = "<p>unlike any</p>", Headers = squid }]).Causes[0].Finding;

        Assert.Equal(("http-bad-gateway", "http-unavailable"), (ofTunnel.Cause, ofRequest.Cause));
        Assert.All([ofTunnel, ofRequest], finding => Assert.StartsWith("Repair what http", finding.Remedies[0].Text, StringComparison.Ordinal));
        Assert.DoesNotContain(ofRequest.Reasons, reason => reason.Reading.Contains("what is behind may have made it", StringComparison.Ordinal));
        Assert.Equal("proxy-misconfigured", Judge([ProxySet, Tunnel(500)]).Causes[0].Finding.Cause); // nothing says whose it is
    }

    [Theory]
    [InlineData("application/x-ndjson", null, 5, 54, true, Severity.Info)]
    [InlineData("application/json;stream=watch", null, 5, 54, true, Severity.Info)]
    [InlineData("application/json", null, 5, 54, true, Severity.Warning)] // a watch of Kubernetes, or rows of a slow query
    [InlineData("application/octet-stream", null, 5, 54, true, Severity.Warning)]
    [InlineData("text/html", null, 5, 54, false, Severity.Warning)]
    [InlineData("application/json", 5000L, 5, 54, false, Severity.Warning)]
    [InlineData("application/octet-stream", null, 5, 100_000, false, Severity.Warning)]
    public void A_body_without_length_and_end_may_be_a_stream(string type, long? expected, int arrivals, long length, bool mayBeStream, Severity severity)
    {
        HttpExchange drip = GoodExchange with { StoppedByUs = true, BodyLength = length, ExpectedLength = expected, Arrivals = arrivals, TransferTime = Milliseconds(2500), LongestGap = Milliseconds(501), Headers = new Dictionary<string, string> { ["content-type"] = type } };

        Finding finding = Assert.Single(new HttpSlow().Evaluate(new EvidenceSet(drip, Sample(1))));

        Assert.Equal(severity, finding.Severity);
        Assert.Equal(mayBeStream ? Weight.Strong : Weight.VeryStrong, finding.Reasons.Max(reason => reason.Weight));
        Assert.Equal(mayBeStream, finding.Reasons.Any(reason => reason.Reading.Contains("looks the same by design", StringComparison.Ordinal)));
        Assert.Equal(mayBeStream, finding.Summary.Contains("a stream of events as they happen, or", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(12, "4.8 octets/s")]
    [InlineData(10_240, "4 KiB/s")]
    public void The_rate_of_a_body_that_drips_is_told_in_a_unit_that_shows_it(long length, string rate)
    {
        HttpExchange drip = GoodExchange with { StoppedByUs = true, BodyLength = length, TransferTime = Milliseconds(2500), LongestGap = Milliseconds(201) };

        Finding finding = Assert.Single(new HttpSlow().Evaluate(new EvidenceSet(drip, Sample(1))));

        Assert.Contains($"at {rate} with", finding.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, 0, "192.0.2.10 answers 503, as all 20 requests of the run are answered, and not the one before: ")]
    [InlineData(1, 0, "192.0.2.10 answers 503, as 1 of 20 requests of the run are answered, and not the one before: ")]
    [InlineData(1, 503, "192.0.2.10 answers 503: ")]
    [InlineData(20, null, "192.0.2.10 answers 503, as all 20 requests of the run are answered: ")]
    public void What_is_said_of_a_run_is_what_its_requests_had(int same, int? first, string says)
    {
        HttpExchange failing = GoodExchange with { Url = "http://www.example.test/a;reboot", Port = 80, Purpose = "repeat", Status = 503 };
        HttpRun run = new(failing.Url, 20, Milliseconds(100), 1)
        {
            Groups = [new HttpRunGroup(Server, 80, IsKept: false, 20) { ServerErrors = same, Failed = 20 - same }],
            Answers = [new HttpRunAnswer(503, same)],
        };
        HttpExchange before = failing with { Purpose = "target", Status = first is 0 ? 200 : first, Outcome = first is null ? HttpOutcome.NoAnswer : HttpOutcome.Complete };

        Finding finding = Assert.Single(new HttpGateway().Evaluate(new EvidenceSet(Started, before, failing, run)));

        Assert.StartsWith(says, finding.Summary.Replace("192.0.2.10:80", "192.0.2.10", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(finding.Next, next => next.Contains(" http://www.example.test/a;reboot -n", StringComparison.Ordinal));
    }

    private const string PageOfHaproxy = "<html><body><h1>503 Service Unavailable</h1> No server is available to handle this request. </body></html>";
    private const string PageOfNginx = "<html> <head><title>502 Bad Gateway</title></head> <body> <center><h1>502 Bad Gateway</h1></center> <hr><center>nginx/1.22.1</center>";

    private const string PageOfTengine = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\"> <html> <head><title>502 Bad Gateway</title></head> <body> <center><h1>502 Bad Gateway</h1></center> <hr/>Powered by Tengine</body> </html>";
    private const string PageOfApache = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\"> <html><head> <title>503 Service Unavailable</title> </head><body> <h1>Service Unavailable</h1>";

    private const string PageOfApacheTooLarge = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\"> <html><head> <title>400 Bad Request</title> </head><body> <h1>Bad Request</h1> <p>Your browser sent a request that this server could not understand.<br /> Size of a request header field exceeds server limit.</p> </body></html>";
    private const string PageOfApacheNow = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\"> <html><head> <title>503 Service Unavailable</title> </head><body> <h1>Service Unavailable</h1>";

    // The pages are those of haproxy 2.6, nginx 1.22, Tengine 2.3, Apache httpd 2.4 and Envoy.
    [Theory]
    [InlineData(503, PageOfHaproxy, "nginx/1.22.1", null, "The proxy haproxy, behind nginx/1.22.1 at 192.0.2.10:443, answers 503", "haproxy")]
    [InlineData(502, PageOfNginx, "nginx/1.22.1", "Your browser sent an invalid request.", "The proxy nginx/1.22.1, behind haproxy at 192.0.2.10:443, answers 502", "nginx")]
    [InlineData(502, PageOfNginx, "nginx/1.22.1", null, "The proxy (nginx/1.22.1) at 192.0.2.10:443 or behind it answers 502", "nginx")]
    [InlineData(503, PageOfHaproxy, null, null, "The proxy (haproxy) at 192.0.2.10:443 or behind it answers 503", "haproxy")]
    [InlineData(503, "maintenance", "nginx/1.22.1", null, "192.0.2.10:443 (nginx/1.22.1), or what is behind it, answers 503", "nginx")]
    [InlineData(503, "upstream connect error or disconnect/reset before headers. reset reason: connection failure", "istio-envoy", null, "The proxy (istio-envoy) at 192.0.2.10:443 or behind it answers 503", null)]
    [InlineData(502, PageOfTengine, "Tengine", null, "The proxy (Tengine) at 192.0.2.10:443 or behind it answers 502", null)]
    [InlineData(503, PageOfApache, "Apache/2.4.57 (Debian)", null, "The proxy (Apache) at 192.0.2.10:443 or behind it answers 503", "apache2")]
    [InlineData(503, PageOfApacheNow, "Apache/2.4.71 (Unix)", null, "The proxy (Apache) at 192.0.2.10:443 or behind it answers 503", "apache2")]
    [InlineData(503, "<?xml version=\"1.0\"?>", "lighttpd/1.4.69", null, "192.0.2.10:443 answers 503", "lighttpd")]
    [InlineData(503, "maintenance", "own", null, "192.0.2.10:443 answers 503", null)]
    public void Who_makes_the_error_of_a_proxy_is_told_by_its_page(int status, string page, string? server, string? refusal, string says, string? log)
    {
        HttpExchange failing = GoodExchange with { Status = status, Excerpt = page, Headers = server is null ? [] : new Dictionary<string, string> { ["server"] = server } };
        RequestTimeline asked = new("5xx", failing.Url, Port, DateTimeOffset.UnixEpoch, Milliseconds(100), Milliseconds(100)) { Refusal = refusal is null ? null : new HttpRunAnswer(400, 1) { Address = Server, Excerpt = refusal } };

        Finding finding = Assert.Single(new HttpGateway().Evaluate(new EvidenceSet(Started, failing, asked)));

        Assert.StartsWith(says, finding.Summary, StringComparison.Ordinal);
        Assert.Contains(log ?? "", finding.Remedies[1].Command ?? "", StringComparison.Ordinal);
        Assert.Equal(log is null, finding.Remedies[1].Command is null); // no log of a server that it is not
    }

    [Fact]
    public void A_size_that_cures_takes_the_blame_from_the_service()
    {
        Observation cure = new SegmentSizeTrial(Server, Port, 1200, ExchangeStage.Complete, Milliseconds(10));
        Assert.DoesNotContain(
            Judge([Failed(TlsOutcome.Stalled) with { AllAcknowledged = true }, cure]).Causes,
            ranked => ranked.Finding.Cause is "tls-handshake-stall");
        Assert.DoesNotContain(
            Judge([GoodExchange with { Outcome = HttpOutcome.Stalled }, cure]).Causes,
            ranked => ranked.Finding.Cause is "http-stalled-body");
        Assert.DoesNotContain(
            Judge([GoodExchange with { Outcome = HttpOutcome.NoAnswer, Status = null }, cure]).Causes,
            ranked => ranked.Finding.Cause is "service-hung");
    }

    [Fact]
    public void A_reset_that_another_name_escapes_is_a_filters_only_if_its_ttl_says_so()
    {
        Finding finding = Judge([Failed(TlsOutcome.Reset), Trial("other-sni", true)]).Causes[0].Finding;
        var forged = new FlowSighting(Server, Port, 40000) { SynsOut = 1, SynAcksIn = 1, SynAckTtl = 63, RstsIn = 1, RstTtl = 64 };
        Finding filtered = Judge([Failed(TlsOutcome.Reset), Trial("other-sni", true), forged]).Causes[0].Finding;

        Assert.Equal(("tls-handshake-reset", Where.Unknown), (finding.Cause, finding.Where));
        Assert.Equal(("tls-handshake-reset", Where.Path), (filtered.Cause, filtered.Where));
        Assert.Contains("www.example.test", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_without_certificates_says_nothing() =>
        Assert.Empty(Judge([GoodHandshake, GoodChain with { Certificates = [], VerifyCode = 20, NameMatches = false }, GoodExchange]).Causes);

    /// <summary>A service may close after 90 ms what is idle, and answer who asks; with a dead service behind it, it closes at once.</summary>
    [Theory]
    [InlineData(1, Status.Broken)]
    [InlineData(90, Status.Degraded)]
    public void A_session_that_is_closed_later_may_have_been_idle(double waited, Status status)
    {
        Diagnosis diagnosis = Judge([Reached, GoodHandshake, GoodChain, Ended("closed") with { Waited = Milliseconds(waited) }]);

        Finding finding = diagnosis.Causes[0].Finding;
        Assert.Equal(("connection-reset", status), (finding.Cause, diagnosis.Status));
        Assert.Equal(status is Status.Degraded, finding.Reasons.Any(reason => reason.Weight is Weight.Against));
    }

    [Fact]
    public void A_specific_cause_takes_the_general_one_under_it()
    {
        RankedFinding ranked = Assert.Single(Judge([Alert(112)]).Causes);
        Assert.Equal("tls-sni-required", ranked.Finding.Cause);
        Assert.Contains(ranked.Explained, finding => finding.Cause is "tls-handshake-failed");
    }

    [Fact]
    public void A_site_that_had_not_answered_when_the_investigation_ended_is_not_healthy() =>
        Assert.Equal(Status.Inconclusive, Judge(
        [
            new ConnectAttempt(Server, Port, "target", ConnectOutcome.Connected, Milliseconds(1)),
            new Silence(Server, Port, ExchangeStage.Connected, Milliseconds(2000)),
        ]).Status);

    [Fact]
    public void A_finding_about_what_is_behind_a_proxy_names_it_and_not_the_proxy() =>
        Assert.StartsWith(
            "www.example.test:443 (through the proxy 192.0.2.99:3128) accepts",
            Judge([ProxySet, Connected, Tunnel(200), Silent]).Causes[0].Finding.Summary,
            StringComparison.Ordinal);

    private static Diagnosis Judge(Observation[] seen) => Diagnosis.Of(
        new EvidenceSet([Started, .. seen.Select((observation, i) => observation with { Id = $"o{i + 2}", At = Now })]),
        RuleCatalog.All);

    private static string Say(Diagnosis diagnosis) => string.Join("; ", diagnosis.Causes
        .Select(ranked => $"{ranked.Finding.Cause} {ranked.Finding.Confidence:0.00}"));

    private static TimeSpan Milliseconds(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static CertificateChain Bad(int code, params CertificateFacts[] certificates) => GoodChain with
    {
        VerifyCode = code,
        VerifyText = $"code {code}",
        Certificates = certificates,
    };

    private static ServiceGreeting Ended(string how) => new(Server, Port, null, Milliseconds(1)) { Ended = how, IsInTls = true, IsEndSaid = true };

    private static TlsHandshake Failed(TlsOutcome outcome) => GoodHandshake with
    {
        Outcome = outcome,
        Version = null,
        Offered = "TLSv1.2-TLSv1.3",
        Messages = ["> ClientHello"],
        Elapsed = Milliseconds(3500),
    };

    private static TlsHandshake Alert(int code) => Failed(TlsOutcome.Alert) with
    {
        Alert = $"alert {code}",
        AlertCode = code,
        OctetsReceived = 7,
    };

    private static TlsHandshake Trial(string purpose, bool completed, string? version = "TLSv1.2") =>
        (completed ? GoodHandshake : Alert(40)) with
        {
            Purpose = purpose,
            Version = completed ? version : null,
            ServerName = purpose is "no-sni" ? null : purpose is "other-sni" ? "other.invalid" : "www.example.test",
            CipherSuite = completed ? "AES128-SHA" : null,
            Alpn = completed && purpose is "h2-alpn" ? "h2" : null,
        };

    private static HttpExchange Redirect(int depth, string from, string to) => GoodExchange with
    {
        Url = $"https://www.example.test{from}",
        Purpose = depth == 0 ? "target" : "redirect",
        Status = 302,
        RedirectDepth = depth,
        Headers = new Dictionary<string, string> { ["location"] = to },
    };

    private static TcpInfoSample Sample(double roundTrip) =>
        new(Server, Port, "end", Milliseconds(roundTrip), Milliseconds(roundTrip / 4));

    private static ProxyTunnel Tunnel(int status) =>
        new(Proxy, 3128, "www.example.test:443", HttpOutcome.Complete, Milliseconds(1)) { Status = status };
}
