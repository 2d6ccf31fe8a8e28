using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Curl;

/// <summary>A URL as curl reads it: laxer than RFC 3986 where people type it. Source: curl's docs/URL-SYNTAX.md.</summary>
internal sealed record CurlUrl
{
    private const int LongestUrl = 8_000_000, LongestScheme = 40;

    internal string Scheme { get; init; } = "http";

    internal string? User { get; init; }

    internal string? Password { get; init; }

    /// <summary>The host without brackets, as it goes over the wire.</summary>
    internal string Host { get; init; } = "";

    /// <summary>The zone of an IPv6 address; null for none.</summary>
    internal string? Zone { get; init; }

    /// <summary>The port as the URL names it; null for the scheme's.</summary>
    internal int? NamedPort { get; init; }

    internal string Path { get; init; } = "/";

    /// <summary>The query without its question mark; null for none.</summary>
    internal string? Query { get; init; }

    internal string? Fragment { get; init; }

    internal int Port => NamedPort ?? (Scheme is "https" ? 443 : 80);

    internal bool IsSix => Host.Contains(':', StringComparison.Ordinal);

    internal string BracketedHost => IsSix ? $"[{Host}]" : Host;

    internal string HostField => NamedPort is null || Port == (Scheme is "https" ? 443 : 80)
        ? BracketedHost
        : string.Create(CultureInfo.InvariantCulture, $"{BracketedHost}:{Port}");

    /// <summary>What is asked for in a request: octets that are not ASCII are escaped in the path, and go as they are in the query, as with curl.</summary>
    internal string Target => Ascii.IsValid(Path) ? PathAndQuery : (this with { Path = EscapedPath() }).PathAndQuery;

    internal string PathAndQuery => Query is null ? Path : $"{Path}?{Query}";

    /// <summary>The URL without user, password and fragment.</summary>
    internal string Bare => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{BracketedHost}{(NamedPort is { } port ? $":{port}" : "")}{PathAndQuery}");

    public override string ToString()
    {
        string user = User is null ? "" : Password is null ? $"{User}@" : $"{User}:{Password}@";
        string zone = Zone is null ? BracketedHost : $"[{Host}%25{Zone}]";
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{user}{zone}{(NamedPort is { } port ? $":{port}" : "")}{PathAndQuery}{(Fragment is null ? "" : $"#{Fragment}")}");
    }

    /// <summary>Reads a URL.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="pathAsIs">Whether dots stay in the path.</param>
    /// <param name="defaultScheme">The scheme where none is named; null to guess.</param>
    /// <exception cref="CurlFailure">It is none.</exception>
    internal static CurlUrl Parse(string text, bool pathAsIs, string? defaultScheme = null)
    {
        if (text.Length > LongestUrl || text.Any(letter => letter is <= ' ' or '\x7f'))
            throw new CurlFailure(CurlFailure.UrlMalformed);
        int end = SchemeEnd(text);
        string rest;
        string scheme;
        if (end > 0)
        {
            scheme = text[..end].ToLowerInvariant();
            rest = text[(end + 1)..];
            int slashes = rest.TakeWhile(letter => letter == '/').Count();
            if (slashes is 0 or > 3)
                throw new CurlFailure(CurlFailure.UrlMalformed);
            rest = rest[slashes..];
            if (scheme is not ("http" or "https"))
                throw new CurlFailure(CurlFailure.UnsupportedProtocol, $"Protocol \"{scheme}\" not supported or disabled in libcurl");
        }
        else
        {
            scheme = defaultScheme ?? "http";
            rest = text;
            if (defaultScheme is null && Guess(text) is { } guessed)
                throw new CurlFailure(CurlFailure.UnsupportedProtocol, $"Protocol \"{guessed}\" not supported or disabled in libcurl");
        }

        int stop = rest.AsSpan().IndexOfAny('/', '?', '#');
        string authority = stop < 0 ? rest : rest[..stop];
        CurlUrl url = new CurlUrl { Scheme = scheme }.WithAuthority(authority);
        return url.WithPath(stop < 0 ? "" : rest[stop..], pathAsIs);
    }

    /// <summary>Where a reference leads, from here. Source: RFC 3986, section 5.3, with curl's leniency.</summary>
    /// <param name="reference">Value of a Location field.</param>
    /// <param name="pathAsIs">Whether dots stay in the path.</param>
    internal CurlUrl Resolve(string reference, bool pathAsIs)
    {
        string text = Escaped(reference.TrimStart(' ', '\t'));
        if (SchemeEnd(text) > 0)
            return Parse(text, pathAsIs);
        if (text.StartsWith("//", StringComparison.Ordinal))
            return Parse($"{Scheme}:{text}", pathAsIs);
        CurlUrl bare = this with { Fragment = null };
        if (text is "")
            return bare;
        if (text[0] is '#')
            return bare with { Fragment = text[1..] };
        if (text[0] is '?')
            return (bare with { Query = null }).WithPath(Path + text, pathAsIs);
        if (text[0] is '/')
            return (bare with { Query = null }).WithPath(text, pathAsIs);
        int last = Path.LastIndexOf('/');
        return (bare with { Query = null }).WithPath(Path[..(last + 1)] + text, pathAsIs: false);
    }

    /// <summary>The last part of the path; empty if it ends with a slash.</summary>
    internal string FileName => Path[(Path.LastIndexOf('/') + 1)..];

    // Spaces and octets that a URL cannot hold, as a server should have written them.
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        bool isQuery = false;
        foreach (byte octet in Encoding.Latin1.GetBytes(text))
        {
            isQuery |= octet == '?';
            if (octet == ' ')
                escaped.Append(isQuery ? "+" : "%20");
            else if (octet is < 0x20 or >= 0x7f)
                escaped.Append(CultureInfo.InvariantCulture, $"%{octet:x2}");
            else
                escaped.Append((char)octet);
        }

        return escaped.ToString();
    }

    private string EscapedPath()
    {
        var escaped = new StringBuilder();
        foreach (byte octet in CurlText.Octets(Path))
        {
            if (octet < 0x80)
                escaped.Append((char)octet);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{octet:x2}");
        }

        return escaped.ToString();
    }

    private static int SchemeEnd(string text)
    {
        int at = 0;
        while (at < text.Length && at < LongestScheme && (char.IsAsciiLetterOrDigit(text[at]) || (at > 0 && text[at] is '+' or '-' or '.')))
            at++;
        return at > 0 && char.IsAsciiLetter(text[0]) && at + 1 < text.Length && text[at] == ':' && text[at + 1] == '/' ? at : -1;
    }

    // The beginning of a host's name stands for a scheme, as people expect it.
    private static string? Guess(string text)
    {
        string[] others = ["ftp.", "dict.", "ldap.", "imap.", "smtp.", "pop3."];
        return others.FirstOrDefault(one => text.StartsWith(one, StringComparison.OrdinalIgnoreCase))?[..^1];
    }

    private CurlUrl WithAuthority(string authority)
    {
        CurlUrl url = this;
        int at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            string login = authority[..at];
            int colon = login.IndexOf(':', StringComparison.Ordinal);
            url = url with { User = colon < 0 ? login : login[..colon], Password = colon < 0 ? null : login[(colon + 1)..] };
        }

        string place = authority[(at + 1)..];
        string host;
        string? port = null;
        if (place is ['[', ..])
        {
            int close = place.IndexOf(']', StringComparison.Ordinal);
            if (close < 0 || (close + 1 < place.Length && place[close + 1] != ':'))
                throw new CurlFailure(CurlFailure.UrlMalformed);
            host = place[1..close];
            port = close + 1 < place.Length ? place[(close + 2)..] : null;
            int percent = host.IndexOf('%', StringComparison.Ordinal);
            if (percent >= 0)
            {
                string zone = host[(percent + 1)..];
                url = url with { Zone = zone.StartsWith("25", StringComparison.Ordinal) && zone.Length > 2 ? zone[2..] : zone };
                host = host[..percent];
            }

            if (!host.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(host, out IPAddress? address))
                throw new CurlFailure(CurlFailure.UrlMalformed);
            host = new IPAddress(address.GetAddressBytes()).ToString();
        }
        else
        {
            int colon = place.IndexOf(':', StringComparison.Ordinal);
            host = colon < 0 ? place : place[..colon];
            port = colon < 0 ? null : place[(colon + 1)..];
            host = NormalHost(Decoded(host));
        }

        return url with { Host = host, NamedPort = PortOf(port) };
    }

    private static int? PortOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return text.All(char.IsAsciiDigit) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= ushort.MaxValue
            ? port
            : throw new CurlFailure(CurlFailure.UrlMalformed);
    }

    // The numbers of which inet_aton(3) makes an address; else the name, in ASCII.
    private static string NormalHost(string host)
    {
        const string Forbidden = " \r\n\t/:#?!@{}[]\\$'\"^`*<>=;,+&()|";
        if (host.Length == 0 || host.Any(letter => Forbidden.Contains(letter, StringComparison.Ordinal) || letter < ' '))
            throw new CurlFailure(CurlFailure.UrlMalformed);
        if (ReadFour(host) is { } address)
            return address;
        if (host.All(char.IsAscii))
            return host;
        return InternationalName.ToAscii(host) is { } ascii ? ascii : throw new CurlFailure(CurlFailure.UrlMalformed);
    }

    private static string? ReadFour(string host)
    {
        string[] parts = host.Split('.');
        if (parts.Length > 4)
            return null;
        uint[] numbers = new uint[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (ReadNumber(parts[i]) is not { } number)
                return null;
            numbers[i] = number;
        }

        uint last = numbers[^1];
        uint most = parts.Length switch { 1 => uint.MaxValue, 2 => 0xffffff, 3 => 0xffff, _ => 0xff };
        if (last > most || numbers[..^1].Any(number => number > 255))
            return null;
        uint value = last;
        for (int i = 0; i < parts.Length - 1; i++)
            value |= numbers[i] << (24 - (8 * i));
        return string.Create(CultureInfo.InvariantCulture, $"{value >> 24}.{(value >> 16) & 255}.{(value >> 8) & 255}.{value & 255}");
    }

    private static uint? ReadNumber(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (isHex)
            return uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint hex) ? hex : null;
        if (text.Length == 0 || !text.All(char.IsAsciiDigit))
            return null;
        if (text is ['0', _, ..])
        {
            ulong octal = 0;
            foreach (char digit in text)
            {
                if (digit > '7' || octal > uint.MaxValue)
                    return null;
                octal = (octal * 8) + (uint)(digit - '0');
            }

            return octal <= uint.MaxValue ? (uint)octal : null;
        }

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
    }

    private CurlUrl WithPath(string text, bool pathAsIs)
    {
        int hash = text.IndexOf('#', StringComparison.Ordinal);
        string? fragment = hash < 0 ? null : text[(hash + 1)..];
        string rest = hash < 0 ? text : text[..hash];
        int mark = rest.IndexOf('?', StringComparison.Ordinal);
        string? query = mark < 0 ? null : rest[(mark + 1)..];
        string path = mark < 0 ? rest : rest[..mark];
        if (path.Length == 0)
            path = "/";
        path = path.Replace(" ", "%20", StringComparison.Ordinal);
        query = query?.Replace(' ', '+');
        return this with { Path = pathAsIs ? path : WithoutDots(path), Query = query, Fragment = fragment };
    }

    // RFC 3986, section 5.2.4.
    private static string WithoutDots(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("/%2", StringComparison.OrdinalIgnoreCase))
            return path;
        var kept = new List<string>();
        string[] segments = path.Split('/');
        for (int i = 1; i < segments.Length; i++)
        {
            bool isLast = i == segments.Length - 1;
            string dots = segments[i].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
            if (dots is "..")
            {
                if (kept.Count > 0)
                    kept.RemoveAt(kept.Count - 1);
                if (isLast)
                    kept.Add("");
            }
            else if (dots is ".")
            {
                if (isLast)
                    kept.Add("");
            }
            else
            {
                kept.Add(segments[i]);
            }
        }

        return "/" + string.Join('/', kept);
    }

    /// <summary>A text with its percent signs decoded; what would give control characters stays.</summary>
    /// <param name="text">The text.</param>
    internal static string Decoded(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return text;
        List<byte> octets = [];
        byte[] source = CurlText.Octets(text);
        for (int at = 0; at < source.Length; at++)
        {
            bool isCoded = source[at] == '%' && at + 2 < source.Length && char.IsAsciiHexDigit((char)source[at + 1]) && char.IsAsciiHexDigit((char)source[at + 2]);
            if (!isCoded)
            {
                octets.Add(source[at]);
                continue;
            }

            byte octet = Convert.FromHexString(Encoding.ASCII.GetString(source, at + 1, 2))[0];
            if (octet < 0x20)
                throw new CurlFailure(CurlFailure.UrlMalformed);
            octets.Add(octet);
            at += 2;
        }

        return CurlText.Typed([.. octets]);
    }
}
