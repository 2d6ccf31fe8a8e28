using System.Globalization;
using System.Net;

namespace NetWhy.Exchanges;

/// <summary>The list of hosts that are reached without a proxy, as <c>NO_PROXY</c> and <c>--noproxy</c> give it. Source: curl(1), "Environment".</summary>
public static class NoProxyList
{
    /// <summary>The entry that a host matches; null if none does.</summary>
    /// <param name="list">The list, separated by commas or white space.</param>
    /// <param name="host">Name or address.</param>
    /// <param name="port">Port.</param>
    public static string? Find(string list, string host, int port)
    {
        string bare = host.TrimEnd('.');
        bool isAddress = IPAddress.TryParse(bare, out IPAddress? address);
        foreach (string entry in list.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry is "*")
                return entry;
            (string pattern, int? onlyPort) = SplitPort(entry);
            if (onlyPort is not null && onlyPort != port)
                continue;
            bool matches = isAddress
                ? MatchesAddress(pattern, address!)
                : MatchesName(pattern.TrimStart('.').TrimEnd('.'), bare);
            if (matches)
                return entry;
        }

        return null;
    }

    private static (string Pattern, int? Port) SplitPort(string entry)
    {
        string unbracketed = entry.StartsWith('[') ? entry.Replace("[", "", StringComparison.Ordinal) : entry;
        int bracket = unbracketed.IndexOf(']', StringComparison.Ordinal);
        int colon = bracket >= 0
            ? unbracketed.IndexOf(':', bracket)
            : unbracketed.Count(letter => letter == ':') == 1 ? unbracketed.IndexOf(':', StringComparison.Ordinal) : -1;
        string pattern = bracket >= 0 ? unbracketed[..bracket] : colon >= 0 ? unbracketed[..colon] : unbracketed;
        return colon >= 0 && int.TryParse(
            unbracketed.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? (pattern, port)
            : (pattern, null);
    }

    private static bool MatchesName(string pattern, string host) =>
        pattern.Length > 0
        && (host.Equals(pattern, StringComparison.OrdinalIgnoreCase)
            || host.EndsWith('.' + pattern, StringComparison.OrdinalIgnoreCase));

    private static bool MatchesAddress(string pattern, IPAddress address)
    {
        if (IPAddress.TryParse(pattern, out IPAddress? exact))
            return exact.Equals(address);
        return pattern.Contains('/', StringComparison.Ordinal)
            && IPNetwork.TryParse(pattern, out IPNetwork network)
            && network.Contains(address);
    }
}
