namespace NetWhy.Tools.Curl;

/// <summary>What curl does with the word behind an option.</summary>
internal enum CurlArgument
{
    /// <summary>None, and <c>--no-NAME</c> does not exist.</summary>
    None,

    /// <summary>None; <c>--no-NAME</c> switches it off.</summary>
    Boolean,

    /// <summary>A value follows.</summary>
    Text,
}

/// <summary>One option of curl.</summary>
/// <param name="Letter">Its letter; <c>'\0'</c> if it has none.</param>
/// <param name="Name">Its name, without dashes.</param>
/// <param name="Argument">What follows it.</param>
/// <param name="IsRefused">Whether curl has it and we do not.</param>
internal sealed record CurlOption(char Letter, string Name, CurlArgument Argument, bool IsRefused);

/// <summary>The options of curl 7.88, and what of them there is here. Source: curl(1).</summary>
internal static class CurlOptionTable
{
    // Letter or -, name, kind: b switches, n without a value, t with one; a ! for what we do not have. What is for other
    // protocols only (FTP, mail, TELNET, SSH…) is read and, as in curl, means nothing to HTTP.
    private const string Text = """
        - abstract-unix-socket t
        - alt-svc t!
        - anyauth b
        a append b
        - aws-sigv4 t!
        - basic b
        - cacert t
        - capath t
        E cert t
        - cert-status b
        - cert-type t
        - ciphers t
        - compressed b
        - compressed-ssh b
        K config t
        - connect-timeout t
        - connect-to t
        C continue-at t
        b cookie t
        c cookie-jar t
        - create-dirs b
        - create-file-mode t
        - crlf b
        - crlfile t
        - curves t
        d data t
        - data-ascii t
        - data-binary t
        - data-raw t
        - data-urlencode t
        - delegation t
        - digest b
        q disable b
        - disable-eprt b
        - disable-epsv b
        - disallow-username-in-url b
        - dns-interface t!
        - dns-ipv4-addr t!
        - dns-ipv6-addr t!
        - dns-servers t!
        - doh-cert-status b!
        - doh-insecure b!
        - doh-url t!
        D dump-header t
        - egd-file t
        - engine t!
        - etag-compare t
        - etag-save t
        - expect100-timeout t
        f fail b
        - fail-early b
        - fail-with-body b
        - false-start b
        F form t
        - form-escape b
        - form-string t
        - ftp-account t
        - ftp-alternative-to-user t
        - ftp-create-dirs b
        - ftp-method t
        - ftp-pasv b
        P ftp-port t
        - ftp-pret b
        - ftp-skip-pasv-ip b
        - ftp-ssl b
        - ftp-ssl-ccc b
        - ftp-ssl-ccc-mode t
        - ftp-ssl-control b
        - ftp-ssl-reqd b
        G get b
        g globoff b
        - happy-eyeballs-timeout-ms t
        - haproxy-protocol b
        I head b
        H header t
        h help b
        - hostpubmd5 t
        - hostpubsha256 t
        - hsts t!
        - http0.9 b
        0 http1.0 n
        - http1.1 n
        - http2 n
        - http2-prior-knowledge n
        - http3 n!
        - http3-only n!
        - ignore-content-length b
        i include b
        k insecure b
        - interface t
        4 ipv4 n
        6 ipv6 n
        - json t
        j junk-session-cookies b
        - keepalive b
        - keepalive-time t
        - key t
        - key-type t
        - krb t
        - libcurl t!
        - limit-rate t
        l list-only b
        - local-port t
        L location b
        - location-trusted b
        - login-options t
        - mail-auth t
        - mail-from t
        - mail-rcpt t
        - mail-rcpt-allowfails b
        M manual b!
        - max-filesize t
        - max-redirs t
        m max-time t
        - metalink b!
        - negotiate b!
        n netrc b
        - netrc-file t
        - netrc-optional b
        : next n
        - alpn b
        N buffer b
        - clobber b
        - npn b
        - progress-meter b
        - sessionid b
        - noproxy t
        - ntlm b!
        - ntlm-wb b!
        - oauth2-bearer t
        o output t
        - output-dir t
        Z parallel b
        - parallel-immediate b
        - parallel-max t
        - pass t
        - path-as-is b
        - pinnedpubkey t
        - post301 b
        - post302 b
        - post303 b
        - preproxy t!
        # progress-bar b
        - proto t
        - proto-default t
        - proto-redir t
        x proxy t
        - proxy-anyauth b
        - proxy-basic b
        - proxy-cacert t!
        - proxy-capath t!
        - proxy-cert t!
        - proxy-cert-type t!
        - proxy-ciphers t!
        - proxy-crlfile t!
        - proxy-digest b
        - proxy-header t
        - proxy-insecure b!
        - proxy-key t!
        - proxy-key-type t!
        - proxy-negotiate b!
        - proxy-ntlm b!
        - proxy-pass t!
        - proxy-pinnedpubkey t!
        - proxy-service-name t!
        - proxy-ssl-allow-beast b!
        - proxy-ssl-auto-client-cert b!
        - proxy-tls13-ciphers t!
        - proxy-tlsauthtype t!
        - proxy-tlspassword t!
        - proxy-tlsuser t!
        - proxy-tlsv1 n!
        U proxy-user t
        - proxy1.0 t
        p proxytunnel b
        - pubkey t
        Q quote t
        - random-file t
        r range t
        - rate t!
        - raw b
        e referer t
        J remote-header-name b
        O remote-name b
        - remote-name-all b
        R remote-time b
        - remove-on-error b
        X request t
        - request-target t
        - resolve t
        - retry t
        - retry-all-errors b
        - retry-connrefused b
        - retry-delay t
        - retry-max-time t
        - sasl-authzid t
        - sasl-ir b
        - service-name t!
        S show-error b
        s silent b
        - socks4 t
        - socks4a t
        - socks5 t
        - socks5-basic b
        - socks5-gssapi b!
        - socks5-gssapi-nec b!
        - socks5-gssapi-service t!
        - socks5-hostname t
        Y speed-limit t
        y speed-time t
        - ssl b
        - ssl-allow-beast b
        - ssl-auto-client-cert b
        - ssl-no-revoke b
        - ssl-reqd b
        - ssl-revoke-best-effort b
        2 sslv2 n
        3 sslv3 n
        - stderr t
        - styled-output b
        - suppress-connect-headers b
        - tcp-fastopen b!
        - tcp-nodelay b
        t telnet-option t
        - tftp-blksize t
        - tftp-no-options b
        z time-cond t
        - tls-max t
        - tls13-ciphers t
        - tlsauthtype t!
        - tlspassword t!
        - tlsuser t!
        1 tlsv1 n
        - tlsv1.0 n
        - tlsv1.1 n
        - tlsv1.2 n
        - tlsv1.3 n
        - tr-encoding b
        - trace t
        - trace-ascii t
        - trace-ids b
        - trace-time b
        - unix-socket t
        T upload-file t
        - url t
        - url-query t
        B use-ascii b
        u user t
        A user-agent t
        v verbose b
        V version b
        - why n
        w write-out t
        - xattr b!
        """;

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<CurlOption> All { get; } =
    [
        .. Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            string[] parts = line.Split(' ');
            CurlArgument argument = parts[2][0] switch
            {
                'b' => CurlArgument.Boolean,
                'n' => CurlArgument.None,
                _ => CurlArgument.Text,
            };
            return new CurlOption(parts[0] is "-" ? '\0' : parts[0][0], parts[1], argument, parts[2].EndsWith('!'));
        }),
    ];

    /// <summary>The option of a letter; null if there is none.</summary>
    /// <param name="letter">The letter.</param>
    internal static CurlOption? Find(char letter) => All.FirstOrDefault(one => one.Letter == letter && letter != '\0');

    /// <summary>The options that a name may mean: the one that it names, or all that begin with it.</summary>
    /// <param name="name">The name.</param>
    internal static CurlOption[] Find(string name)
    {
        CurlOption? exact = All.FirstOrDefault(one => one.Name == name);
        return exact is not null ? [exact] : [.. All.Where(one => one.Name.StartsWith(name, StringComparison.Ordinal))];
    }
}
