using System.Net;

namespace NetWhy.Tools.Curl;

/// <summary>Whether a name in a certificate is for a host, as curl compares them. Source: lib/vtls/hostcheck.c of curl 7.88.</summary>
internal static class CurlHostCheck
{
    /// <summary>Compares them: a star stands for the whole first label of a name of three at least, and a dot at the end is none.</summary>
    /// <param name="pattern">The name in the certificate.</param>
    /// <param name="host">The host, or its address.</param>
    internal static bool Matches(string pattern, string host)
    {
        // That a star could stand for nothing, where a host begins with a dot, is not taken over: RFC 9525, section 6.3.
        if (pattern.Length == 0 || host is "" or ['.', ..] || pattern.Contains('\0', StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> wanted = host.EndsWith('.') ? host.AsSpan(0, host.Length - 1) : host;
        ReadOnlySpan<char> given = pattern.EndsWith('.') ? pattern.AsSpan(0, pattern.Length - 1) : pattern;
        if (!given.StartsWith("*."))
            return given.Equals(wanted, StringComparison.OrdinalIgnoreCase);
        if (IPAddress.TryParse(wanted, out _))
            return false;
        ReadOnlySpan<char> rest = given[1..];
        if (rest.LastIndexOf('.') == 0)
            return given.Equals(wanted, StringComparison.OrdinalIgnoreCase);
        int dot = wanted.IndexOf('.');
        return dot >= 0 && wanted[dot..].Equals(rest, StringComparison.OrdinalIgnoreCase);
    }
}
