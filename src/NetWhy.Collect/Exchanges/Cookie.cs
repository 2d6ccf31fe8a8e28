using System.Collections.Immutable;
using NetWhy.Wire.Http;

namespace NetWhy.Collect.Exchanges;

/// <summary>A cookie that a response has set, as far as following a redirect needs it.</summary>
/// <remarks>Source: RFC 6265, sections 4.1.2.5 and 5.4.</remarks>
/// <param name="Pair">Name and value, as they are sent back.</param>
/// <param name="IsSecure">Whether it may go over TLS only.</param>
internal readonly record struct Cookie(string Pair, bool IsSecure)
{
    private const int MostCookies = 20;
    private const int LongestPair = 2048;

    private string Name => Pair.Split('=')[0];

    /// <summary>Reads the cookies that a response sets.</summary>
    /// <param name="head">Its head; null if none came.</param>
    /// <param name="known">Those that were sent; a new one of the same name replaces an old one.</param>
    internal static ImmutableArray<Cookie> Of(HttpResponseHead? head, ImmutableArray<Cookie> known)
    {
        if (head is null)
            return known;
        Cookie[] set =
        [
            .. head.Fields
                .Where(field => field.Key is "set-cookie")
                .Select(field => field.Value.Split(';', StringSplitOptions.TrimEntries))
                .Where(parts => parts[0].Length <= LongestPair && parts[0].Contains('=', StringComparison.Ordinal) && !parts[0].Any(char.IsControl))
                .Select(parts => new Cookie(parts[0], parts.Skip(1).Contains("secure", StringComparer.OrdinalIgnoreCase)))
                .Take(MostCookies),
        ];
        return [.. known.Where(old => !set.Any(cookie => cookie.Name == old.Name)).Concat(set).TakeLast(MostCookies)];
    }

    /// <summary>The Cookie field's value for a request; null if there is nothing to send.</summary>
    /// <param name="cookies">All cookies.</param>
    /// <param name="isTls">Whether the request goes over TLS.</param>
    internal static string? FieldOf(ImmutableArray<Cookie> cookies, bool isTls) =>
        cookies.Where(cookie => isTls || !cookie.IsSecure).Select(cookie => cookie.Pair).ToArray() is { Length: > 0 } pairs
            ? string.Join("; ", pairs)
            : null;
}
