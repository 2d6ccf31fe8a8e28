using System.Globalization;
using System.Net;

namespace NetWhy.Tools.Curl;

/// <summary>Hosts that said over TLS that they are to be asked by TLS only, while the program runs. Source: RFC 6797; curl's lib/hsts.c.</summary>
internal sealed class CurlHsts
{
    private const int MostHosts = 1000; // a chain of redirects may name any number

    private readonly Dictionary<string, (long Expires, bool HasSubdomains)> _hosts = [];

    /// <summary>Takes a field Strict-Transport-Security.</summary>
    /// <param name="host">Who sent it.</param>
    /// <param name="value">Its value.</param>
    /// <param name="now">Seconds of the epoch.</param>
    /// <returns>Whether it makes sense.</returns>
    internal bool Take(string host, string value, long now)
    {
        if (IPAddress.TryParse(host, out _))
            return true; // an address has no policy
        long? age = null;
        bool? hasSubdomains = null;
        foreach (string part in value.Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("max-age=", StringComparison.OrdinalIgnoreCase))
            {
                if (age is not null || ReadAge(part["max-age=".Length..].TrimStart(' ', '\t')) is not { } read)
                    return false;
                age = read;
            }
            else if (part.StartsWith("includesubdomains", StringComparison.OrdinalIgnoreCase))
            {
                if (hasSubdomains is not null)
                    return false;
                hasSubdomains = true;
            }
        }

        if (age is not { } seconds)
            return false;
        string name = NameOf(host);
        if (seconds == 0)
            _hosts.Remove(name);
        else if (_hosts.Count < MostHosts || _hosts.ContainsKey(name))
            _hosts[name] = (seconds > long.MaxValue - now ? long.MaxValue : now + seconds, hasSubdomains is true);
        return true;
    }

    /// <summary>Whether a host is to be asked by TLS only.</summary>
    /// <param name="host">The host.</param>
    /// <param name="now">Seconds of the epoch.</param>
    internal bool Knows(string host, long now)
    {
        string name = NameOf(host);
        if (IsKnown(name, isAbove: false))
            return true;
        for (int dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (IsKnown(name[(dot + 1)..], isAbove: true))
                return true;
        }

        return false;

        bool IsKnown(string one, bool isAbove) => _hosts.TryGetValue(one, out (long Expires, bool HasSubdomains) policy) && policy.Expires > now && (policy.HasSubdomains || !isAbove);
    }

    private static string NameOf(string host) => (host is [.. var name, '.'] ? name : host).ToLowerInvariant();

    // SECONDS or "SECONDS"; of more than there is, the most.
    private static long? ReadAge(string text)
    {
        bool isQuoted = text is ['"', ..];
        string rest = text[(isQuoted ? 1 : 0)..];
        string digits = new([.. rest.TakeWhile(char.IsAsciiDigit)]);
        if (digits.Length == 0 || (isQuoted && (rest.Length == digits.Length || rest[digits.Length] != '"')))
            return null;
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) ? seconds : long.MaxValue;
    }
}
