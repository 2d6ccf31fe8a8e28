using System.Buffers;
using System.Net;

namespace NetWhy.Certificates;

/// <summary>DNS names in certificates, and whether they are for a host. Source: RFC 9525, section 6.3; RFC 5280, section 4.2.1.6.</summary>
internal static class HostNames
{
    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    // Labels under a country's domain where, by common use, others register their names.
    private static readonly SearchValues<string> RegisteredUnder =
        SearchValues.Create(["ac", "co", "com", "edu", "gov", "net", "org"], StringComparison.OrdinalIgnoreCase);

    // Underscores are no part of host names, but certificates with them have been issued and are accepted.
    internal static bool IsWellFormed(string name, bool mayBeWildcard)
    {
        const int LongestName = 253;
        const int LongestLabel = 63;
        if (mayBeWildcard && name.StartsWith("*.", StringComparison.Ordinal))
            name = name[2..];
        if (name.Length is 0 or > LongestName)
            return false;
        foreach (Range range in name.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> label = name.AsSpan()[range];
            if (label.Length is 0 or > LongestLabel || label.ContainsAnyExcept(LabelCharacters))
                return false;
        }

        return true;
    }

    internal static bool IsAddressText(string name) => IPAddress.TryParse(name, out IPAddress? address) && (name.Contains(':') || name.Count(c => c == '.') == 3) && address is not null;

    internal static bool Matches(string pattern, string host)
    {
        host = host.TrimEnd('.');
        if (pattern.Equals(host, StringComparison.OrdinalIgnoreCase))
            return !pattern.Contains('*', StringComparison.Ordinal);
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return false;
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && host.AsSpan(dot + 1).Equals(pattern.AsSpan(2), StringComparison.OrdinalIgnoreCase);
    }

    // Whether a wildcard covers names of many owners. Without the list of public suffixes this knows top-level domains and the usual labels under countries.
    internal static bool IsWildcardTooWide(string pattern)
    {
        if (!pattern.StartsWith('*'))
            return false;
        string[] labels = pattern.Split('.');
        return labels.Length < 3 || (labels.Length == 3 && labels[2].Length == 2 && RegisteredUnder.Contains(labels[1]));
    }
}
