using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Exchanges;

/// <summary>A challenge of the Digest scheme, and the answers to it. Source: RFC 7616; RFC 2069 where no quality of protection is named.</summary>
public sealed class DigestAnswer
{
    private readonly Dictionary<string, string> _parts;
    private readonly string _nonceOfClient = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly DigestKind _kind;
    private int _count;

    private DigestAnswer(Dictionary<string, string> parts, DigestKind kind) => (_parts, _kind) = (parts, kind);

    /// <summary>Whether the challenge says that only the nonce was too old.</summary>
    public bool IsStale => _parts.GetValueOrDefault("stale")?.Equals("true", StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>Reads a challenge.</summary>
    /// <param name="challenge">What follows the name of the scheme.</param>
    /// <returns>The challenge; null if it has no nonce, or wants what is not known.</returns>
    public static DigestAnswer? Read(string challenge)
    {
        Dictionary<string, string> parts = new(StringComparer.OrdinalIgnoreCase);
        for (int at = 0; at < challenge.Length && parts.Count < 32;)
        {
            while (at < challenge.Length && challenge[at] is ' ' or '\t' or ',' or '\r' or '\n')
                at++;
            int equals = challenge.IndexOf('=', at);
            if (equals < 0)
                break;
            string name = challenge[at..equals].Trim();
            at = equals + 1;
            while (at < challenge.Length && challenge[at] is ' ' or '\t')
                at++;
            parts[name] = ValueAt(challenge, ref at); // the last one counts, as with curl
        }

        string algorithm = parts.GetValueOrDefault("algorithm") ?? "MD5";
        return parts.ContainsKey("nonce") && KindOf(algorithm) is { } kind ? new DigestAnswer(parts, kind) : null;
    }

    /// <summary>Answers for one request. All texts, like the challenge, are octets: a letter of Latin-1 for each.</summary>
    /// <param name="user">Name.</param>
    /// <param name="password">Password.</param>
    /// <param name="method">Method of the request.</param>
    /// <param name="target">Its request target.</param>
    /// <returns>Value of the field, with the scheme's name.</returns>
    public string For(string user, string password, string method, string target)
    {
        string realm = _parts.GetValueOrDefault("realm") ?? "";
        string nonce = _parts["nonce"];
        string? algorithm = _parts.GetValueOrDefault("algorithm");
        string[] qualities = _parts.GetValueOrDefault("qop")?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        string? quality = qualities.FirstOrDefault(one => one.Equals("auth", StringComparison.OrdinalIgnoreCase))
            ?? qualities.FirstOrDefault(one => one.Equals("auth-int", StringComparison.OrdinalIgnoreCase));
        string count = (++_count).ToString("x8", CultureInfo.InvariantCulture);
        bool isHashed = _parts.GetValueOrDefault("userhash")?.Equals("true", StringComparison.OrdinalIgnoreCase) is true;

        string first = Hash($"{user}:{realm}:{password}");
        if (algorithm?.EndsWith("-sess", StringComparison.OrdinalIgnoreCase) is true)
            first = Hash($"{first}:{nonce}:{_nonceOfClient}");
        string second = Hash(quality is "auth-int" ? $"{method}:{target}:{Hash("")}" : $"{method}:{target}");
        string response = Hash(quality is null ? $"{first}:{nonce}:{second}" : $"{first}:{nonce}:{count}:{_nonceOfClient}:{quality}:{second}");

        var answer = new StringBuilder();
        answer.Append(CultureInfo.InvariantCulture, $"Digest username=\"{(isHashed ? Hash($"{user}:{realm}") : Escaped(user))}\", realm=\"{Escaped(realm)}\", nonce=\"{Escaped(nonce)}\", uri=\"{target}\", ");
        if (quality is not null)
            answer.Append(CultureInfo.InvariantCulture, $"cnonce=\"{_nonceOfClient}\", nc={count}, qop={quality}, ");
        answer.Append(CultureInfo.InvariantCulture, $"response=\"{response}\"");
        if (_parts.TryGetValue("opaque", out string? opaque))
            answer.Append(CultureInfo.InvariantCulture, $", opaque=\"{Escaped(opaque)}\"");
        if (algorithm is not null)
            answer.Append(CultureInfo.InvariantCulture, $", algorithm={algorithm}");
        if (isHashed)
            answer.Append(", userhash=true");
        return answer.ToString();

        string Hash(string text)
        {
            byte[] octets = Encoding.Latin1.GetBytes(text);
            Span<byte> hash = stackalloc byte[MessageDigest.MaxLength];
            using MessageDigest? digest = MessageDigest.Create(_kind);
            return Convert.ToHexStringLower(hash[..(digest?.Compute(octets, [], hash) ?? 0)]);
        }
    }

    // Source: RFC 7616, section 6.1.
    private static DigestKind? KindOf(string algorithm) => algorithm.ToUpperInvariant() switch
    {
        "MD5" or "MD5-SESS" => DigestKind.Md5,
        "SHA-256" or "SHA-256-SESS" => DigestKind.Sha256,
        "SHA-512-256" or "SHA-512-256-SESS" => DigestKind.Sha512Truncated256,
        _ => null,
    };

    private static string ValueAt(string text, ref int at)
    {
        var value = new StringBuilder();
        if (at < text.Length && text[at] == '"')
        {
            for (at++; at < text.Length && text[at] != '"'; at++)
            {
                if (text[at] == '\\' && at + 1 < text.Length)
                    at++;
                value.Append(text[at]);
            }

            at++;
            return value.ToString();
        }

        for (; at < text.Length && text[at] is not (',' or ' ' or '\t'); at++)
            value.Append(text[at]);
        return value.ToString();
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
