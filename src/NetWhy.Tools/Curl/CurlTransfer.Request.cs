using System.Globalization;
using NetWhy.Exchanges;

namespace NetWhy.Tools.Curl;

// What is asked.
internal sealed partial class CurlTransfer
{
    private const long ExpectThreshold = 1024 * 1024; // octets of a POST from which the server is asked first

    private bool _omitsExpect;
    private bool _negotiates; // the request only draws a challenge, and carries no body

    private string Target(CurlProxyRoute? proxy)
    {
        if (_operation.Value("request-target") is { } target)
            return target;
        return proxy is { IsTunnel: false, IsSocks: false } ? (_url with { User = null, Password = null, Fragment = null }).ToString() : _url.Target;
    }

    // Custom headers as they go out: (name, line) with an empty line for those that are switched off.
    private IEnumerable<(string Name, string? Line)> CustomHeaders(bool isProxied)
    {
        IEnumerable<string> all = isProxied ? _operation.Headers.Concat(_operation.ProxyHeaders) : _operation.Headers;
        foreach (string header in all)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            int semicolon = header.IndexOf(';', StringComparison.Ordinal);
            if (colon < 0 && semicolon >= 0 && semicolon == header.Length - 1)
            {
                yield return (header[..semicolon], $"{header[..semicolon]}:");
                continue;
            }

            if (colon < 0 || (semicolon >= 0 && semicolon < colon))
                continue;
            string name = header[..colon];
            string value = header[(colon + 1)..].TrimStart(' ', '\t');
            yield return (name, value.Trim().Length == 0 ? null : header);
        }

        if (ComparedEtag is { } etag)
            yield return ("If-None-Match", $"If-None-Match: {etag}");
        if (!_operation.IsJson)
            yield break;
        if (!_operation.Headers.Any(header => header.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase)))
            yield return ("Content-Type", "Content-Type: application/json");
        if (!_operation.Headers.Any(header => header.StartsWith("Accept:", StringComparison.OrdinalIgnoreCase)))
            yield return ("Accept", "Accept: application/json");
    }

    // What the user says of the host holds for the host that was typed.
    private bool IsTypedHost => _url.Host.Equals(_firstHost, StringComparison.OrdinalIgnoreCase);

    private string HostValue => IsTypedHost && CustomValue("Host") is { } custom ? custom : _url.HostField;

    private bool HasCustom(string name, bool isProxied = false) =>
        CustomHeaders(isProxied).Any(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private string? CustomLine(string name) => CustomHeaders(isProxied: false).FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Line;

    private string? CustomValue(string name) => CustomLine(name) is { } line
        ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
        : null;

    // The fields of the request line's request, in curl's order.
    private List<string> Fields(CurlProxyRoute? proxy, bool isSecond, bool isHttp10, out bool expects)
    {
        bool isProxied = proxy is { IsTunnel: false, IsSocks: false };
        List<string> fields = [];
        if (!HasCustom("Host") || CustomValue("Host") is not null || !IsTypedHost)
            fields.Add(IsTypedHost && CustomLine("Host") is { } given ? $"Host{given[given.IndexOf(':', StringComparison.Ordinal)..].TrimEnd('\r', '\n')}" : $"Host: {HostValue}"); // the value as it was given, blanks and all
        string method = WireMethod;
        if (isProxied && ProxyAuthorization(proxy!, method, Target(proxy)) is { } proxyAuthorization)
            fields.Add($"Proxy-Authorization: {proxyAuthorization}");
        if (!HasCustom("Authorization") && Authorization(method) is { } authorization)
            fields.Add($"Authorization: {authorization}");
        if (RangeField() is { } range)
            fields.Add(range);
        if (_operation.Value("user-agent") is var agent && agent is not "" && !HasCustom("User-Agent"))
            fields.Add($"User-Agent: {agent ?? CurlTool.UserAgent}");
        if (!HasCustom("Accept"))
            fields.Add("Accept: */*");
        if (_operation.Has("tr-encoding") && !HasCustom("TE"))
            fields.Add("Connection: " + (CustomValue("Connection") is { Length: > 0 } own ? own + ", TE" : "TE") + "\r\nTE: gzip");
        if (_operation.Has("compressed") && !HasCustom("Accept-Encoding"))
            fields.Add($"Accept-Encoding: {CurlTool.Codings}");
        if ((_autoReferer ?? RefererOption()) is { Length: > 0 } referer && !HasCustom("Referer"))
        {
            fields.Add($"Referer: {referer}");
            Referer = referer;
        }

        if (isProxied && !HasCustom("Proxy-Connection", isProxied: true))
            fields.Add("Proxy-Connection: Keep-Alive");
        bool isChunked = HasBody && !_negotiates && !isSecond && (CustomValue("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) is true
            || (_body!.Length is null && !HasCustom("Transfer-Encoding")));
        if (isChunked && isHttp10)
            throw new CurlFailure(25, "Chunky upload is not supported by HTTP 1.0");
        if (isChunked && !HasCustom("Transfer-Encoding"))
            fields.Add("Transfer-Encoding: chunked");
        _isChunkedUpload = isChunked;
        bool upgrades = !isSecond && _operation.Version is CurlHttpVersion.Http2 && _url.Scheme is "http" && proxy is null or { IsTunnel: true };
        if (upgrades)
            fields.Add("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA");
        if (CookieField() is { } cookie)
            fields.Add($"Cookie: {cookie}");
        if (TimeCondition() is { } condition)
            fields.Add(condition);
        foreach ((string name, string? line) in CustomHeaders(isProxied))
        {
            bool isOurs = name.Equals("Host", StringComparison.OrdinalIgnoreCase)
                || (HasBody && _operation.Forms.Count > 0 && name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
                || (_negotiates && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                || (isSecond && name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                || (_operation.Has("tr-encoding") && name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
                || (!MayAuthenticate && name.ToLowerInvariant() is "authorization" or "cookie");
            if (line is not null && !isOurs)
                fields.Add(line.TrimEnd('\r', '\n'));
        }

        expects = false;
        if (!HasBody)
        {
            bool isEmptyPost = _method is "POST" or "PUT" && !_dropsBody && !HasCustom("Content-Length");
            if (isEmptyPost)
                fields.Add("Content-Length: 0");
            return fields;
        }

        long? length = _negotiates ? 0 : isChunked ? null : _body!.Length;
        if (length is not null && (_negotiates || !HasCustom("Content-Length")))
            fields.Add(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}"));
        if (_method is not "PUT" && _bodyType is not null && (_operation.Forms.Count > 0 ? _bodyType : HasCustom("Content-Type") ? null : _bodyType) is { } type)
            fields.Add($"Content-Type: {FormType(type)}");
        bool isLarge = _method is "PUT" ? length is not 0 : _body!.Length is > ExpectThreshold || (length is null && _operation.Forms.Count > 0);
        if (CustomValue("Expect") is { } custom)
            expects = custom.Equals("100-continue", StringComparison.OrdinalIgnoreCase) && !isSecond && !isHttp10;
        else if (isLarge && !isSecond && !isHttp10 && !_omitsExpect && !HasCustom("Expect") && _operation.Version is not CurlHttpVersion.Http10)
            (expects, _) = (true, AddExpect(fields));
        return fields;
    }

    // Of a form, a type that the user names keeps our boundary.
    private string FormType(string type)
    {
        if (_operation.Forms.Count == 0 || CustomValue("Content-Type") is not { } custom)
            return type;
        return custom.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) && !custom.Contains("boundary=", StringComparison.Ordinal)
            ? $"{custom}; {type[(type.IndexOf(';', StringComparison.Ordinal) + 2)..]}"
            : custom;
    }

    private static bool AddExpect(List<string> fields)
    {
        fields.Add("Expect: 100-continue");
        return true;
    }

    private string WireMethod => _operation.Value("request") is { Length: > 0 } custom ? custom : _method;

    private string? RefererOption()
    {
        string? text = _operation.Value("referer");
        return text is not null && text.EndsWith(";auto", StringComparison.Ordinal) ? text[..^5] : text;
    }

    private string? RangeField()
    {
        if (HasBody && _upload is not null)
        {
            if (HasCustom("Content-Range") || (_operation.Value("range") is null && _operation.ResumeAt is not > 0 && !_operation.ResumesByFile))
                return null;
            long start = _operation.ResumeAt ?? 0;
            long total = start + (_body!.Length ?? 0);
            return string.Create(CultureInfo.InvariantCulture, $"Content-Range: bytes {start}-{total - 1}/{total}");
        }

        if (HasCustom("Range"))
            return null;
        return _operation.Value("range") is { } range ? $"Range: bytes={range}"
            : _resumeFrom > 0 ? string.Create(CultureInfo.InvariantCulture, $"Range: bytes={_resumeFrom}-") : null;
    }

    private long _resumeFrom;

    /// <summary>Octets that are there already, of what is asked for.</summary>
    internal long ResumeFrom
    {
        set => _resumeFrom = value;
    }

    private string? TimeCondition()
    {
        if (_operation.Value("time-cond") is not { Length: > 0 } condition)
            return null;
        if (TimeGiven(condition) is not { } seconds)
            return null;
        string name = condition[0] switch { '-' => "If-Unmodified-Since", '=' => "Last-Modified", _ => "If-Modified-Since" };
        return HasCustom(name) ? null : $"{name}: {CurlFiles.TimeOf(seconds).ToString("r", CultureInfo.InvariantCulture)}";
    }

    // Of --time-cond, as a date or as that of a file, in seconds since 1970; null where it is neither.
    private static long? TimeGiven(string condition)
    {
        string text = condition[0] is '-' or '+' or '=' ? condition[1..] : condition;
        return HttpDate.Read(text) ?? (File.Exists(text) ? new DateTimeOffset(File.GetLastWriteTimeUtc(text)).ToUnixTimeSeconds() : null);
    }

    // Whose cookies they are, and whether those that only safe connections may have are among them.
    private (string Host, bool IsSecure) CookieHost()
    {
        string host = CustomValue("Host") is { } custom && IsTypedHost ? custom.Split(':')[0] : _url.Host;
        return (host, _url.Scheme is "https" || host is "localhost" or "127.0.0.1" or "::1");
    }

    private string? CookieField()
    {
        List<string> pairs = [];
        if (_shared.UsesCookies && !HasCustom("Cookie"))
        {
            (string host, bool isSecure) = CookieHost();
            lock (_shared.Lock)
                pairs.AddRange(_shared.Cookies.For(host, _url.Path, isSecure, Now).Select(one => CurlText.Typed($"{one.Name}={one.Value}")));
        }

        if (_operation.Cookies.Count > 0 && MayAuthenticate && !HasCustom("Cookie"))
            pairs.Add(string.Join("; ", _operation.Cookies));
        return pairs.Count == 0 ? null : string.Join("; ", pairs);
    }

    private CurlAuth Wanted => _operation.Auth is CurlAuth.None ? CurlAuth.Basic : _operation.Auth;

    private string? Authorization(string method)
    {
        if ((_operation.Auth & CurlAuth.Bearer) != 0 && _operation.Value("oauth2-bearer") is { } token && MayAuthenticate)
        {
            _trace.Say("Server auth using Bearer with user ''");
            return $"Bearer {token}";
        }

        (string? user, string? password) = Login();
        if (user is null)
            return null;
        if (_digest is not null)
        {
            _trace.Say($"Server auth using Digest with user '{user}'");
            return DigestOf(_digest, user, password, method, _operation.Value("request-target") ?? _url.Target);
        }

        bool isBasic = Wanted is CurlAuth.Basic || _basicWanted;
        if (IsDigestOnly)
            _trace.Say($"Server auth using Digest with user '{user}'");
        if (!isBasic)
            return null;
        _hasSentAuth = true;
        _trace.Say($"Server auth using Basic with user '{user}'");
        return $"Basic {Convert.ToBase64String(CurlText.Octets($"{user}:{password}"))}";
    }

    private bool _basicWanted; // the server offered it where we would take several

    private string? ProxyAuthorization(CurlProxyRoute proxy, string method, string target)
    {
        if (proxy.User is null || HasCustom("Proxy-Authorization", isProxied: true))
            return null;
        if (_proxyDigest is not null)
        {
            _trace.Say($"Proxy auth using Digest with user '{proxy.User}'");
            return DigestOf(_proxyDigest, proxy.User, proxy.Password, method, proxy.IsTunnel ? target : _url.Target);
        }

        if (_operation.ProxyAuth is CurlAuth.Digest)
            _trace.Say($"Proxy auth using Digest with user '{proxy.User}'"); // there is nothing to answer yet
        bool isBasic = _operation.ProxyAuth is CurlAuth.None or CurlAuth.Basic || _proxyBasicWanted;
        if (!isBasic)
            return null;
        _hasSentProxyAuth = true;
        _trace.Say($"Proxy auth using Basic with user '{proxy.User}'");
        return $"Basic {Convert.ToBase64String(CurlText.Octets($"{proxy.User}:{proxy.Password}"))}";
    }

    private static string DigestOf(DigestAnswer digest, string user, string? password, string method, string target) =>
        CurlText.Typed(digest.For(CurlText.Letters(user), CurlText.Letters(password ?? ""), CurlText.Letters(method), CurlText.Letters(target)));

    private bool _proxyBasicWanted;
    private bool _hasSentProxyAuth;
    private bool _isChunkedUpload;
}

/// <summary>The way through a proxy.</summary>
/// <param name="Kind">What it speaks.</param>
/// <param name="Host">Its host.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">Name for it; null for none.</param>
/// <param name="Password">Password for it.</param>
/// <param name="IsTunnel">Whether a tunnel is asked for.</param>
internal sealed record CurlProxyRoute(CurlProxyKind Kind, string Host, int Port, string? User, string? Password, bool IsTunnel)
{
    internal bool IsSocks => Kind >= CurlProxyKind.Socks4;

    /// <summary>The way to a URL.</summary>
    /// <param name="operation">The options.</param>
    /// <param name="url">The URL.</param>
    /// <param name="trace">Is told where the environment says so.</param>
    internal static CurlProxyRoute? Find(CurlOperation operation, CurlUrl url, CurlTrace trace)
    {
        string? text = operation.Proxy;
        CurlProxyKind kind = operation.ProxyKind;
        string? noProxy = operation.Value("noproxy");
        if (text is null)
        {
            string[] names = url.Scheme is "https" ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] : ["http_proxy", "all_proxy", "ALL_PROXY"];
            if (noProxy is null && (Environment.GetEnvironmentVariable("no_proxy") ?? Environment.GetEnvironmentVariable("NO_PROXY")) is { } list)
            {
                noProxy = list;
                trace.Say($"Uses proxy env variable no_proxy == '{list}'");
            }

            if (noProxy is not null && NoProxyList.Find(noProxy, url.Host, url.Port) is not null)
                return null;
            if (names.FirstOrDefault(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }) is not { } variable)
                return null;
            text = Environment.GetEnvironmentVariable(variable)!;
            trace.Say($"Uses proxy env variable {variable} == '{text}'");
        }
        else if (noProxy is not null && NoProxyList.Find(noProxy, url.Host, url.Port) is not null)
        {
            return null;
        }

        return text.Length == 0 ? null : Parse(text, kind, operation, url.Scheme is "https");
    }

    private static CurlProxyRoute Parse(string text, CurlProxyKind kind, CurlOperation operation, bool isTls)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            kind = text[..scheme].ToLowerInvariant() switch
            {
                "http" => kind is CurlProxyKind.Http10 ? kind : CurlProxyKind.Http,
                "https" => CurlProxyKind.Https,
                "socks4" => CurlProxyKind.Socks4,
                "socks4a" => CurlProxyKind.Socks4a,
                "socks5" => CurlProxyKind.Socks5,
                "socks5h" => CurlProxyKind.Socks5Hostname,
                "socks" => CurlProxyKind.Socks4,
                _ => throw new CurlFailure(CurlFailure.CannotConnect, $"Unsupported proxy scheme for '{text}'"),
            };
        }

        string rest = scheme < 0 ? text : text[(scheme + 3)..];
        CurlUrl place;
        try
        {
            place = CurlUrl.Parse("http://" + rest, pathAsIs: true);
        }
        catch (CurlFailure)
        {
            throw new CurlFailure(CurlFailure.NoProxyAddress, $"Unsupported proxy syntax in '{text}'");
        }

        string? user = place.User is null ? null : CurlUrl.Decoded(place.User);
        string? password = place.Password is null ? null : CurlUrl.Decoded(place.Password);
        if (operation.Value("proxy-user") is { } given)
            (user, password) = CurlOperation.SplitLogin(given);

        if (kind is CurlProxyKind.Https)
            throw new CurlFailure(CurlFailure.NotBuiltIn, "a proxy that is spoken to through TLS (https://) is not supported here");
        bool isSocks = kind >= CurlProxyKind.Socks4;
        return new CurlProxyRoute(kind, place.Host, place.NamedPort ?? 1080, user, password, !isSocks && (isTls || operation.Has("proxytunnel")));
    }
}
