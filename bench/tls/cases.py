"""The configurations of the matrix: how each server is set up, and the causes that follow from it.

A cause is what the set-up makes true, not what some tool said once. "healthy" means that clients are served.
"""
from dataclasses import dataclass, field

WEB, DEAD, SMTP, IMAP, POP3, HTTP_ONLY = 9000, 9001, 9002, 9003, 9004, 9005  # behind the TLS servers, in the clear
TLS12, TLS13, RETRY = 9012, 9013, 9014  # nginx, whose handshakes the relay stops


@dataclass
class Case:
    name: str
    kind: str  # nginx, haproxy, stunnel, openssl, own
    setup: str
    cause: str  # all that is named, and nothing else; "a|b" where chance decides between two (CROSSING)
    certificate: str = "leaf"
    tls: str = ""  # causes that netwhy tls gives, where they are others
    client: str = ""  # more options of openssl s_client
    curl: str = ""  # and of curl
    starttls: str = ""
    sni: str = "www.lab.test"  # "" for an address as target
    says: str = ""  # words that the finding must hold (a regular expression)
    verdict: bool = True  # whether netwhy, which has no such option, can be asked for the same
    differs: str = ""  # why the lines of openssl and curl are not compared: chance decides, or docs/openssl.md says so
    port: int = field(default=0)


CASES = []


def case(kind, name, cause, setup="", certificate="leaf", **more):
    CASES.append(Case(f"{kind}-{name}", kind, setup, cause, certificate, port=10000 + len(CASES), **more))


WEAK = "tls-weak-parameters"  # ALL holds suites without authentication
OTHER_NAME = "tls-name-mismatch dns-hosts-override"  # it is /etc/hosts that leads the name to this server
CROSSING = "the end crosses what is sent"
GREETING = "stunnel waits 200 ms for a client that speaks TLS at once, then greets it"
RACE = "connection-reset|tls-handshake-reset"  # the reset comes before the connect is seen done, or behind it
REFUSED = "openssl speaks TLS to a service that refuses STARTTLS"
OK = "healthy"
MTLS = "ssl_client_certificate root.crt; ssl_verify_depth 3; ssl_verify_client"
CERT = dict(client="-cert client.pem -key client.key -cert_chain intermediate.crt", curl="--cert client.pem --key client.key", verdict=False)

# ---------------------------------------------------------------- nginx
case("nginx", "good", OK)
case("nginx", "address", OK, sni="")
case("nginx", "rsa", OK, certificate="rsa")
case("nginx", "http2", OK, "http2;", client="-alpn h2,http/1.1")
case("nginx", "tls12", OK, "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384;")
case("nginx", "tls13", OK, "ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256; ssl_ecdh_curve secp521r1;")
case("nginx", "tls13-only-offered-12", "tls-version-mismatch", "ssl_protocols TLSv1.3;", client="-tls1_2", curl="--tls-max 1.2", verdict=False)
case("nginx", "tls11", "tls-version-mismatch", "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;", tls=f"tls-version-mismatch {WEAK}")
case("nginx", "camellia", "tls-cipher-mismatch", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-CAMELLIA256-SHA384;")
case("nginx", "expired", "tls-certificate-expired", certificate="expired")
case("nginx", "early", "tls-certificate-not-yet-valid", certificate="early")
case("nginx", "expiring", "tls-certificate-expiring", certificate="expiring")
case("nginx", "self", "tls-self-signed", certificate="self")
case("nginx", "self-like-a-root", "tls-self-signed", certificate="likeroot", tls="tls-self-signed")
case("nginx", "alone", "tls-missing-intermediate", certificate="alone")
case("nginx", "foreign", "tls-untrusted-root", certificate="foreign-alone")
case("nginx", "foreign-with-root", "tls-untrusted-root", certificate="foreignwithroot")
case("nginx", "disordered", "tls-chain-disordered", certificate="disordered")
case("nginx", "with-root", OK, certificate="withroot")
case("nginx", "other-name", OTHER_NAME, certificate="other")
case("nginx", "no-san", OTHER_NAME, certificate="nosan")
case("nginx", "purpose", "tls-untrusted-root", certificate="purpose", says="purpose")
case("nginx", "weak-key", "tls-weak-certificate", "ssl_ciphers ALL:@SECLEVEL=0;", certificate="weak", tls=f"tls-weak-certificate {WEAK}")
case("nginx", "sha1", "tls-weak-certificate", "ssl_ciphers ALL:@SECLEVEL=0;", certificate="sha1", tls=f"tls-weak-certificate {WEAK}")
case("nginx", "staple", OK, "ssl_stapling on; ssl_stapling_file good.ocsp;", client="-status")
case("nginx", "staple-revoked", "tls-revoked", "ssl_stapling on; ssl_stapling_file revoked.ocsp;", client="-status")
case("nginx", "staple-of-another", "tls-ocsp-problem", "ssl_stapling on; ssl_stapling_file unsigned.ocsp;", client="-status")
case("nginx", "staple-of-another-serial", "tls-ocsp-problem", "ssl_stapling on; ssl_stapling_file must.ocsp;", client="-status")
case("nginx", "must-staple", OK, "ssl_stapling on; ssl_stapling_file must.ocsp;", certificate="staple", client="-status")
case("nginx", "must-staple-without", "tls-ocsp-problem", certificate="staple", client="-status")
case("nginx", "mtls", "tls-client-certificate-required", f"{MTLS} on;")
case("nginx", "mtls-given", OK, f"{MTLS} on;", **CERT)
case("nginx", "mtls-optional", OK, f"{MTLS} optional;")
case("nginx", "rejects", "tls-sni-required", "ssl_reject_handshake on;")
case("nginx", "rejects-address", "tls-sni-required", "ssl_reject_handshake on;", sni="")
case("nginx", "plain", "tls-plaintext-service", "plain")
case("nginx", "backend-dead", "http-bad-gateway", f"location = / {{ proxy_pass http://127.0.0.1:{DEAD}; }}", tls=OK)
case("nginx", "no-answer", "http-malformed-response", "location = / { return 444; }", tls=OK)
case("nginx", "forbidden", "http-client-error", "location = / { return 403; }", tls=OK)

# ---------------------------------------------------------------- haproxy
case("haproxy", "good", OK, "bind :@port@ ssl crt h-leaf.pem alpn h2,http/1.1", client="-alpn h2,http/1.1")
case("haproxy", "no-alpn", OK, "bind :@port@ ssl crt h-leaf.pem")
case("haproxy", "h2-only", OK, "bind :@port@ ssl crt h-leaf.pem alpn h2", client="-alpn h2")  # who does not offer h2 is served HTTP/1.1
case("haproxy", "strict-other", "tls-sni-required", "bind :@port@ ssl crt h-other.pem strict-sni")
case("haproxy", "strict-right", OK, "bind :@port@ ssl crt h-other.pem crt h-leaf.pem strict-sni")
case("haproxy", "strict-address", "tls-sni-required", "bind :@port@ ssl crt h-leaf.pem strict-sni", sni="")
case("haproxy", "default-other", OTHER_NAME, "bind :@port@ ssl crt h-other.pem")
case("haproxy", "crt-list", OK, "bind :@port@ ssl crt-list crt.list alpn http/1.1")
case("haproxy", "tls13", OK, "bind :@port@ ssl crt h-leaf.pem ssl-min-ver TLSv1.3")
case("haproxy", "min-13-offered-12", "tls-version-mismatch", "bind :@port@ ssl crt h-leaf.pem ssl-min-ver TLSv1.3", client="-tls1_2", curl="--tls-max 1.2", verdict=False)
case("haproxy", "max-11", "tls-version-mismatch", "bind :@port@ ssl crt h-leaf.pem ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.1 ciphers ALL:@SECLEVEL=0", tls=f"tls-version-mismatch {WEAK}")
case("haproxy", "camellia", "tls-cipher-mismatch", "bind :@port@ ssl crt h-leaf.pem ssl-max-ver TLSv1.2 ciphers ECDHE-ECDSA-CAMELLIA256-SHA384")
case("haproxy", "rsa-12", OK, "bind :@port@ ssl crt h-rsa.pem ssl-max-ver TLSv1.2 ciphers ECDHE-RSA-AES128-GCM-SHA256 curves P-384")
case("haproxy", "expired", "tls-certificate-expired", "bind :@port@ ssl crt h-expired.pem")
case("haproxy", "alone", "tls-missing-intermediate", "bind :@port@ ssl crt h-alone.pem")
case("haproxy", "self", "tls-self-signed", "bind :@port@ ssl crt h-self.pem")
case("haproxy", "mtls", "tls-client-certificate-required", "bind :@port@ ssl crt h-leaf.pem ca-file root.crt verify required")
case("haproxy", "mtls-12", "tls-client-certificate-required", "bind :@port@ ssl crt h-leaf.pem ca-file root.crt verify required ssl-max-ver TLSv1.2")
case("haproxy", "mtls-given", OK, "bind :@port@ ssl crt h-leaf.pem ca-file root.crt verify required", **CERT)
case("haproxy", "mtls-optional", OK, "bind :@port@ ssl crt h-leaf.pem ca-file root.crt verify optional")
case("haproxy", "staple", OK, "bind :@port@ ssl crt h-good.pem", client="-status")
case("haproxy", "staple-revoked", "tls-revoked", "bind :@port@ ssl crt h-revoked.pem", client="-status")
case("haproxy", "backend-down", "http-unavailable", f"bind :@port@ ssl crt h-leaf.pem\nserver none 127.0.0.1:{DEAD} check inter 200 fall 1", tls=OK)
case("haproxy", "backend-refuses", "http-unavailable", f"bind :@port@ ssl crt h-leaf.pem\nserver none 127.0.0.1:{DEAD}", tls=OK)
case("haproxy", "deny", "http-client-error", "bind :@port@ ssl crt h-leaf.pem\nhttp-request deny", tls=OK)
case("haproxy", "plain", "tls-plaintext-service", "bind :@port@")
case("haproxy", "tcp-to-plain", "tls-plaintext-service", f"mode tcp\nbind :@port@\nserver web 127.0.0.1:{WEB}")
case("haproxy", "tcp-to-smtp", "tls-plaintext-service", f"mode tcp\nbind :@port@\nserver mail 127.0.0.1:{SMTP}", says="SMTP")
case("haproxy", "tls-to-smtp", "http-malformed-response", f"mode tcp\nbind :@port@ ssl crt h-leaf.pem\nserver mail 127.0.0.1:{SMTP}", tls=OK)
case("haproxy", "tcp-down", "tls-handshake-reset", f"mode tcp\nbind :@port@\nserver none 127.0.0.1:{DEAD}")
case("haproxy", "tcp-reject", RACE, "mode tcp\nbind :@port@\ntcp-request connection reject", differs=CROSSING)
case("haproxy", "content-reject", "tls-handshake-reset", "mode tcp\nbind :@port@\ntcp-request inspect-delay 5s\ntcp-request content reject if { req.ssl_hello_type 1 }")
case("haproxy", "silent-drop", "tls-handshake-stall", "mode tcp\nbind :@port@\ntcp-request inspect-delay 5s\ntcp-request content silent-drop if { req.ssl_hello_type 1 }")
SNI_MAP = "mode tcp\nbind :@port@\ntcp-request inspect-delay 5s\ntcp-request content accept if {{ req.ssl_hello_type 1 }}\nuse_backend to-@port@ if {{ req.ssl_sni -i {} }}\n|backend to-@port@\nmode tcp\nserver s 127.0.0.1:10000"
case("haproxy", "sni-map", OK, SNI_MAP.format("www.lab.test"))
case("haproxy", "sni-map-without", "tls-handshake-reset", SNI_MAP.format("other.lab.test"))

# ---------------------------------------------------------------- stunnel
case("stunnel", "good", OK, "cert=h-leaf.pem")
case("stunnel", "expired", "tls-certificate-expired", "cert=h-expired.pem")
case("stunnel", "foreign", "tls-untrusted-root", "cert=h-foreign.pem")
case("stunnel", "tls13", OK, "cert=h-leaf.pem\nsslVersionMin=TLSv1.3\nciphersuites=TLS_AES_128_GCM_SHA256")
case("stunnel", "tls12", OK, "cert=h-rsa.pem\nsslVersionMax=TLSv1.2\nciphers=ECDHE-RSA-CHACHA20-POLY1305\ncurves=P-384")
case("stunnel", "tls11", "tls-version-mismatch", "cert=h-leaf.pem\nsslVersionMin=TLSv1\nsslVersionMax=TLSv1.1\nciphers=ALL:@SECLEVEL=0\nsecurityLevel=0", tls=f"tls-version-mismatch {WEAK}")
case("stunnel", "camellia", "tls-cipher-mismatch", "cert=h-leaf.pem\nsslVersionMax=TLSv1.2\nciphers=ECDHE-ECDSA-CAMELLIA256-SHA384")
case("stunnel", "mtls", "tls-client-certificate-required", "cert=h-leaf.pem\nverifyChain=yes\nCAfile=root.crt", differs=CROSSING)
case("stunnel", "mtls-12", "tls-client-certificate-required", "cert=h-leaf.pem\nverifyChain=yes\nCAfile=root.crt\nsslVersionMax=TLSv1.2")
case("stunnel", "mtls-given", OK, "cert=h-leaf.pem\nverifyChain=yes\nCAfile=root.crt", **CERT)
case("stunnel", "mtls-peer", "tls-client-certificate-required", "cert=h-leaf.pem\nverifyPeer=yes\nCAfile=other.crt", differs=CROSSING)
case("stunnel", "mtls-optional", OK, "cert=h-leaf.pem\nverify=1\nCAfile=root.crt")
case("stunnel", "sni", OK, "cert=h-other.pem\n|sni=stunnel-sni:www.lab.test\ncert=h-leaf.pem")
case("stunnel", "sni-without", OTHER_NAME, "cert=h-other.pem\n|sni=stunnel-sni-without:second.lab.test\ncert=h-leaf.pem")
case("stunnel", "backend-dead", "connection-reset|http-malformed-response", f"cert=h-leaf.pem\nconnect=127.0.0.1:{DEAD}", tls="connection-reset", differs=CROSSING)  # its reset may come ahead of the request
case("stunnel", "smtp", OK, f"cert=h-leaf.pem\nprotocol=smtp\nconnect=127.0.0.1:{SMTP}", starttls="smtp")
case("stunnel", "imap", OK, f"cert=h-leaf.pem\nprotocol=imap\nconnect=127.0.0.1:{IMAP}", starttls="imap")
case("stunnel", "pop3", OK, f"cert=h-leaf.pem\nprotocol=pop3\nconnect=127.0.0.1:{POP3}", starttls="pop3")
case("stunnel", "smtp-expired", "tls-certificate-expired", f"cert=h-expired.pem\nprotocol=smtp\nconnect=127.0.0.1:{SMTP}", starttls="smtp")
case("stunnel", "smtp-spoken-at-once", "http-malformed-response|tls-plaintext-service", f"cert=h-leaf.pem\nprotocol=smtp\nconnect=127.0.0.1:{SMTP}", tls=f"{OK}|tls-plaintext-service", differs=GREETING)
case("stunnel", "smtp-on-tls-port", "tls-starttls-refused", f"cert=h-leaf.pem\nconnect=127.0.0.1:{SMTP}", starttls="smtp")

# ---------------------------------------------------------------- openssl s_server and what says one thing only
case("openssl", "dhe", OK, "-cert rsa.crt -key rsa.key -cert_chain intermediate.crt -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -www")
case("openssl", "rsa-exchange", OK, "-cert rsa.crt -key rsa.key -cert_chain intermediate.crt -tls1_2 -cipher AES128-SHA256 -www")
case("openssl", "psk-only", "tls-handshake-failed", "-nocert -psk 0123456789 -tls1_2 -cipher PSK -www", tls="tls-cipher-mismatch")  # only a survey finds the suites
case("openssl", "alpn-other", "tls-alpn-mismatch", "-cert leaf.crt -key leaf.key -cert_chain intermediate.crt -alpn imap -www", client="-alpn http/1.1")
case("openssl", "demands", "tls-client-certificate-required", "-cert leaf.crt -key leaf.key -cert_chain intermediate.crt -CAfile root.crt -Verify 3 -verify_return_error -www")
for code, cause in ((40, "tls-handshake-failed"), (70, "tls-version-mismatch"), (80, "tls-handshake-failed"), (112, "tls-sni-required"), (120, "tls-alpn-mismatch"), (47, "tls-handshake-failed"), (50, "tls-handshake-failed"), (49, "tls-handshake-failed")):
    case("own", f"alert-{code}", cause, f"alert,2,{code}")
case("own", "close-notify", "tls-handshake-reset", "alert,1,0")
case("own", "ssh", "tls-plaintext-service", "speak,SSH-2.0-OpenSSH_9.2\\r\\n", says="SSH")
case("own", "smtp-without", "tls-starttls-refused", "mail,smtp", starttls="smtp", differs=REFUSED)
case("own", "imap-without", "tls-starttls-refused", "mail,imap", starttls="imap", differs=REFUSED)
case("own", "pop3-without", "tls-starttls-refused", "mail,pop3", starttls="pop3", differs=REFUSED)

# ---------------------------------------------------------------- the handshake stopped at each step
# What the server has sent by then: records of TLS 1.2 are ServerHello, Certificate, ServerKeyExchange, ServerHelloDone, then
# NewSessionTicket, ChangeCipherSpec, Finished; of TLS 1.3 ServerHello, ChangeCipherSpec, and encrypted EncryptedExtensions, Certificate,
# CertificateVerify, Finished, then two tickets. That of P-384 alone sends a HelloRetryRequest and ChangeCipherSpec before those.
STEPS = [
    ("accept", TLS12, -1, 0, ""),
    ("hello", TLS12, 0, 0, "ClientHello"),
    ("12-server-hello", TLS12, 1, 0, "ServerHello"),
    ("12-mid-certificate", TLS12, 1, 300, "ServerHello, in the middle of the next message"),
    ("12-certificate", TLS12, 2, 0, "Certificate"),
    ("12-key-exchange", TLS12, 3, 0, "ServerKeyExchange"),
    ("12-done", TLS12, 4, 0, "our Finished"),
    ("12-ticket", TLS12, 5, 0, "NewSessionTicket"),
    ("12-change-cipher", TLS12, 6, 0, "NewSessionTicket"),
    ("13-server-hello", TLS13, 1, 0, "ServerHello"),
    ("13-change-cipher", TLS13, 2, 0, "ServerHello"),
    ("13-extensions", TLS13, 3, 0, "EncryptedExtensions"),
    ("13-mid-certificate", TLS13, 3, 300, "EncryptedExtensions, in the middle of the next message"),
    ("13-certificate", TLS13, 4, 0, "Certificate"),
    ("13-verify", TLS13, 5, 0, "CertificateVerify"),
    ("13-retry", RETRY, 2, 0, "our second ClientHello"),
]
ACTIONS = {
    "silent": ("tls-handshake-stall", "stops after {}, although TCP works"),
    "fin": ("tls-handshake-reset", "in the TLS handshake, after {}\\."),
    "rst": ("tls-handshake-reset", "in the TLS handshake, after {}\\."),
    "garbage": ("tls-handshake-failed", "no record of the version agreed on, after {}\\."),
}
for step, upstream, records, octets, last in STEPS:
    for action, (cause, says) in ACTIONS.items():
        early = step in ("accept", "hello")
        if action == "garbage" and early:
            cause = "tls-plaintext-service"
        elif action == "rst" and step == "accept":
            cause = RACE
        if action == "silent" and early:
            says = "never answers the TLS ClientHello\\."
        elif step == "accept" or (action == "garbage" and (early or octets)):  # behind half a record it is the rest of that
            says = ""
        case("own", f"{action}-{step}", cause, f"relay,{action},{records},{octets},{upstream}", says=says.format(last), differs=CROSSING if action == "rst" and step == "accept" else "")
for step, upstream, records, octets in (("12-handshake", TLS12, 7, 0), ("13-handshake", TLS13, 6, 0), ("13-tickets", TLS13, 8, 0)):
    for action, cause in (("silent", "service-hung"), ("fin", "http-malformed-response"), ("rst", "connection-reset"), ("garbage", "tls-handshake-failed")):
        ends = "connection-reset" if action == "fin" else OK  # heard without a request, being at once; a reset comes 0.3 s later
        case("own", f"{action}-{step}", cause, f"relay,{action},{records},{octets},{upstream}", tls=ends, differs=CROSSING if action == "rst" else "")
for version in ("1.2", "1.3"):
    for action, cause in (("silent", "http-stalled-body"), ("fin", "http-malformed-response"), ("rst", "connection-reset"), ("garbage", "tls-handshake-failed"), ("close-notify", "http-malformed-response")):
        case("own", f"{action}-{version.replace('.', '')}-mid-head", cause, f"answer,{action},HTTP/1.1 200 OK\\r\\nContent-Ty,{version}", tls=OK)
