using System.Globalization;
using System.Net;
using System.Text;

namespace NetWhy.Exchanges;

/// <summary>A cookie. Source: RFC 6265, section 5.3.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record StoredCookie(string Name, string Value)
{
    /// <summary>The host, or the domain, without a dot in front; empty for every host.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Whether hosts below <see cref="Domain"/> get it too.</summary>
    public bool CoversSubdomains { get; init; }

    /// <summary>Path that it is for.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Whether only TLS may carry it.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Whether scripts may not see it.</summary>
    public bool IsHttpOnly { get; init; }

    /// <summary>When it ends, in seconds of the epoch; 0 with the session.</summary>
    public long Expires { get; init; }

    /// <summary>When it was stored, as a number that grows.</summary>
    public int Order { get; init; }
}

/// <summary>Cookies as a client keeps them, in memory and in files of Netscape's format. Source: RFC 6265; curl's docs/HTTP-COOKIES.md.</summary>
public sealed class CookieJar
{
    private const int LongestPair = 4096, LongestName = 5000, MostSent = 150, MostKept = 10_000;
    private const int LongestLine = 5000;
    private const string SecurePrefix = "__Secure-", HostPrefix = "__Host-"; // RFC 6265bis, section 4.1.3

    private readonly List<StoredCookie> _cookies = [];
    private int _order;

    /// <summary>How many there are.</summary>
    public int Count => _cookies.Count;

    /// <summary>The names for all of which nobody may set a cookie; null for the list of this machine.</summary>
    public PublicSuffixes? Suffixes { private get; init; }

    /// <summary>Reads a file: lines of Netscape's format, or of <c>Set-Cookie:</c>.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="now">Now, in seconds of the epoch.</param>
    /// <param name="dropsSessions">Whether to leave out cookies that end with a session.</param>
    public void Load(string text, long now, bool dropsSessions)
    {
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd('\r');
            if (line.Length > LongestLine)
                continue;
            if (line.StartsWith("Set-Cookie:", StringComparison.OrdinalIgnoreCase))
                _ = Set(line["Set-Cookie:".Length..], host: null, "/", isSecure: true, now);
            else
                LoadLine(line, now, dropsSessions);
        }
    }

    /// <summary>Takes what a response sets.</summary>
    /// <param name="field">Value of the Set-Cookie field.</param>
    /// <param name="host">Host that sent it; null for a cookie that belongs to every host.</param>
    /// <param name="path">Path of the request.</param>
    /// <param name="isSecure">Whether it came by TLS.</param>
    /// <param name="now">Now, in seconds of the epoch.</param>
    /// <param name="refused">Is told why a cookie is refused, in curl's words, where there are some; null for nobody.</param>
    /// <returns>The cookie and whether it took the place of another; null if it was refused.</returns>
    public (StoredCookie Cookie, bool Replaced)? Set(string field, string? host, string path, bool isSecure, long now, Action<string>? refused = null)
    {
        string[] parts = field.Split(';');
        int equals = parts[0].IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return null;
        string name = parts[0][..equals].Trim(' ', '\t');
        string value = parts[0][(equals + 1)..].Trim(' ', '\t', '\r', '\n');
        if (name.Length + value.Length > LongestPair || name.Length > LongestName)
            return Refuse($"oversized cookie dropped, name/val {name.Length} + {value.Length} bytes");
        if (name.Length == 0)
            return null;
        if (HasControl(name) || HasControl(value))
            return Refuse("invalid octets in name/value, cookie dropped");
        var cookie = new StoredCookie(name, value) { Domain = host ?? "", Path = DefaultPath(path) };
        long? maxAge = null;
        foreach (string part in parts.AsSpan(1))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            string key = (at < 0 ? part : part[..at]).Trim();
            string given = at < 0 ? "" : part[(at + 1)..].Trim();
            switch (key.ToLowerInvariant())
            {
                case "path" when at >= 0:
                    string unquoted = given.Trim('"');
                    cookie = cookie with { Path = unquoted is ['/', ..] ? unquoted : "/" };
                    break;
                case "domain" when given.Length > 0:
                    string domain = given is ['.', ..] ? given[1..] : given;
                    if (host is not null && !IsDomainOf(domain, host))
                        return Refuse($"skipped cookie with bad tailmatch domain: {domain}");
                    bool isForOthers = host is not null && !domain.Equals(host, StringComparison.OrdinalIgnoreCase);
                    if (isForOthers && !(Suffixes ?? PublicSuffixes.Installed).MayCover(host!, domain))
                        return Refuse($"cookie '{name}' dropped, domain '{host}' must not set cookies for '{domain}'");
                    cookie = cookie with { Domain = domain, CoversSubdomains = !IPAddress.TryParse(domain, out _) };
                    break;
                case "secure":
                    if (!isSecure)
                        return null; // RFC 6265bis: what came in the clear cannot set it
                    cookie = cookie with { IsSecure = true };
                    break;
                case "httponly":
                    cookie = cookie with { IsHttpOnly = true };
                    break;
                case "max-age" when at >= 0:
                    string digits = given.Trim('"');
                    maxAge = long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long age) ? age
                        : digits.Length > 0 && digits.All(char.IsAsciiDigit) ? long.MaxValue / 2 : 0;
                    break;
                case "expires" when cookie.Expires == 0 && given.Length < 80:
                    long? until = HttpDate.Read(given);
                    cookie = cookie with { Expires = until is null ? 0 : Math.Max(1, until.Value) };
                    break;
            }
        }

        if (maxAge is { } seconds)
            cookie = cookie with { Expires = seconds <= 0 ? 1 : seconds > long.MaxValue - now ? long.MaxValue : now + seconds };
        if (LacksWhatItsNameSays(cookie))
            return null;
        Expire(now);
        if (!isSecure && !cookie.IsSecure && _cookies.Exists(one => one.IsSecure && Shadows(cookie, one)))
            return Refuse($"cookie '{name}' for domain '{cookie.Domain}' dropped, would overlay an existing cookie");
        return Keep(cookie, now);

        (StoredCookie, bool)? Refuse(string why)
        {
            refused?.Invoke(why);
            return null;
        }
    }

    /// <summary>The cookies for a request, in the order in which they are sent.</summary>
    /// <param name="host">Host.</param>
    /// <param name="path">Path.</param>
    /// <param name="isSecure">Whether TLS carries it, or the host is this machine.</param>
    /// <param name="now">Now, in seconds of the epoch.</param>
    public IReadOnlyList<StoredCookie> For(string host, string path, bool isSecure, long now)
    {
        Expire(now);
        string low = host.ToLowerInvariant();
        string plain = path.Split('?', '#')[0];
        return
        [
            .. _cookies
                .Where(one => (isSecure || !one.IsSecure)
                    && (one.Domain.Length == 0 || (one.CoversSubdomains ? IsDomainOf(one.Domain, low) : one.Domain.Equals(low, StringComparison.OrdinalIgnoreCase)))
                    && IsPathOf(one.Path, plain.Length == 0 ? "/" : plain))
                .OrderByDescending(one => one.Path.Length)
                .ThenByDescending(one => one.Domain.Length)
                .ThenByDescending(one => one.Name.Length)
                .ThenByDescending(one => one.Order) // as curl, against RFC 6265, section 5.4
                .Take(MostSent),
        ];
    }

    /// <summary>The jar as a file of Netscape's format.</summary>
    /// <param name="now">Now, in seconds of the epoch.</param>
    public string Save(long now)
    {
        Expire(now);
        var text = new StringBuilder("# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n# This file was generated by libcurl! Edit at your own risk.\n\n");
        foreach (StoredCookie one in _cookies.Where(one => one.Domain.Length > 0).OrderByDescending(one => one.Order))
            text.Append(LineOf(one)).Append('\n');
        return text.ToString();
    }

    /// <summary>A cookie as a line of Netscape's format.</summary>
    /// <param name="one">The cookie.</param>
    public static string LineOf(StoredCookie one) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(one.IsHttpOnly ? "#HttpOnly_" : "")}{(one.CoversSubdomains ? "." : "")}{(one.Domain.Length == 0 ? "unknown" : one.Domain)}\t{(one.CoversSubdomains ? "TRUE" : "FALSE")}\t{one.Path}\t{(one.IsSecure ? "TRUE" : "FALSE")}\t{one.Expires}\t{one.Name}\t{one.Value}");

    private void LoadLine(string line, long now, bool dropsSessions)
    {
        const string HttpOnly = "#HttpOnly_";
        bool isHttpOnly = line.StartsWith(HttpOnly, StringComparison.Ordinal);
        string rest = isHttpOnly ? line[HttpOnly.Length..] : line;
        if (rest is "" or ['#', ..])
            return;
        string[] fields = rest.Split('\t');
        bool isComplete = fields.Length is 6 or 7 && long.TryParse(fields[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        if (!isComplete)
            return;
        long expires = long.Parse(fields[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (dropsSessions && expires == 0)
            return;
        var cookie = new StoredCookie(fields[5], fields.Length == 7 ? fields[6] : "")
        {
            Domain = fields[0].TrimStart('.'),
            CoversSubdomains = fields[1].Equals("TRUE", StringComparison.OrdinalIgnoreCase),
            Path = fields[2].Trim('"'),
            IsSecure = fields[3].Equals("TRUE", StringComparison.OrdinalIgnoreCase),
            IsHttpOnly = isHttpOnly,
            Expires = expires,
        };
        if (cookie.Domain.Length > 0 && !LacksWhatItsNameSays(cookie))
            _ = Keep(cookie, now);
    }

    private static bool LacksWhatItsNameSays(StoredCookie cookie) =>
        (cookie.Name.StartsWith(SecurePrefix, StringComparison.OrdinalIgnoreCase) && !cookie.IsSecure)
        || (cookie.Name.StartsWith(HostPrefix, StringComparison.OrdinalIgnoreCase) && !(cookie.IsSecure && cookie.Path is "/" && !cookie.CoversSubdomains));

    // Whether a cookie would go where another of its name goes: compared up to the first part of that one's path, as curl does.
    private static bool Shadows(StoredCookie cookie, StoredCookie other)
    {
        int slash = other.Path.IndexOf('/', Math.Min(1, other.Path.Length));
        string start = slash < 0 ? other.Path : other.Path[..slash];
        return cookie.Name == other.Name && cookie.Domain.Equals(other.Domain, StringComparison.OrdinalIgnoreCase)
            && cookie.Path.StartsWith(start, StringComparison.OrdinalIgnoreCase);
    }

    private (StoredCookie, bool) Keep(StoredCookie cookie, long now)
    {
        Expire(now);
        int same = _cookies.FindIndex(one => one.Name == cookie.Name && one.Domain.Equals(cookie.Domain, StringComparison.OrdinalIgnoreCase) && one.Path == cookie.Path && one.CoversSubdomains == cookie.CoversSubdomains);
        StoredCookie kept = cookie with { Order = same >= 0 ? _cookies[same].Order : ++_order };
        if (same >= 0)
            _cookies[same] = kept;
        else if (_cookies.Count < MostKept)
            _cookies.Add(kept);
        return (kept, same >= 0);
    }

    private void Expire(long now) => _cookies.RemoveAll(one => one.Expires != 0 && one.Expires < now);

    private static bool HasControl(string text) => text.Any(letter => letter is < ' ' and not '\t' or '\x7f');

    // RFC 6265, section 5.1.4; curl keeps the last slash, which matches the same.
    private static string DefaultPath(string path)
    {
        string plain = path.Split('?', '#')[0];
        int last = plain.LastIndexOf('/');
        return last <= 0 ? "/" : plain[..(last + 1)];
    }

    private static bool IsDomainOf(string domain, string host) =>
        host.Equals(domain, StringComparison.OrdinalIgnoreCase)
        || (host.EndsWith('.' + domain, StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(host, out _));

    private static bool IsPathOf(string given, string asked) =>
        given.TrimEnd('/') is var path && (path.Length == 0 || asked == path || (asked.StartsWith(path, StringComparison.Ordinal) && asked.Length > path.Length && asked[path.Length] == '/'));
}
