using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace NetWhy.Names;

/// <summary>How the C library's resolver is set up.</summary>
/// <remarks>Source: resolv.conf(5); glibc, resolv/res_init.c.</remarks>
/// <param name="Servers">The servers that are asked, in their order; at most <see cref="MaxServers"/>.</param>
/// <param name="IgnoredServers">Servers that stand in the file behind the last that is asked.</param>
/// <param name="UnreadableServers">What stands behind <c>nameserver</c> and is no address.</param>
/// <param name="Search">Domains that are appended to short names, in their order, without final dot.</param>
/// <param name="Options">How it asks.</param>
/// <param name="IsDefaultServer">
/// True if no server is configured, so that the resolver falls back to this machine, 127.0.0.1.
/// </param>
public sealed record ResolverSettings(
    ImmutableArray<NameServer> Servers,
    ImmutableArray<NameServer> IgnoredServers,
    ImmutableArray<string> UnreadableServers,
    ImmutableArray<string> Search,
    ResolverOptions Options,
    bool IsDefaultServer)
{
    /// <summary>How many servers are asked; MAXNS in resolv.h.</summary>
    public const int MaxServers = 3;

    /// <summary>Where the file is.</summary>
    public const string Path = "/etc/resolv.conf";

    /// <summary>Reads the file as glibc does.</summary>
    /// <param name="text">What the file holds; empty for a file that is not there.</param>
    /// <param name="hostName">This machine's name, whose domain is searched if nothing else is said; or empty.</param>
    /// <param name="localDomain">The environment variable <c>LOCALDOMAIN</c>, which replaces the search list.</param>
    /// <param name="resolverOptions">The environment variable <c>RES_OPTIONS</c>, which adds options.</param>
    public static ResolverSettings Parse(
        string text, string hostName = "", string? localDomain = null, string? resolverOptions = null)
    {
        var servers = ImmutableArray.CreateBuilder<NameServer>();
        var unreadable = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<string> search = [];
        bool hasSearch = false;
        ResolverOptions options = ResolverOptions.Default;

        // Lines end with "\n" alone, as for glibc: a file with "\r\n" has addresses that it cannot read.
        foreach (string line in text.Split('\n'))
        {
            // A keyword that does not start its line is no keyword.
            ReadOnlySpan<char> raw = line;
            if (raw.IsEmpty || raw[0] is ';' or '#' or ' ' or '\t')
                continue;

            int keywordEnd = raw.IndexOfAny(' ', '\t');
            if (keywordEnd < 0)
                continue;

            ReadOnlySpan<char> value = raw[keywordEnd..].Trim(" \t");
            switch (raw[..keywordEnd])
            {
                case "nameserver":
                    ReadOnlySpan<char> address = FirstWord(value);
                    if (NameServer.TryParse(address, out NameServer? server))
                        servers.Add(server);
                    else if (!address.IsEmpty)
                        unreadable.Add(address.ToString());
                    break;
                case "domain":
                    search = Words(value) is [string first, ..] ? [first] : [];
                    hasSearch = !search.IsEmpty;
                    break;
                case "search":
                    search = Words(value);
                    hasSearch = !search.IsEmpty;
                    break;
                case "options":
                    options = options.With(value);
                    break;
            }
        }

        if (!string.IsNullOrEmpty(localDomain))
        {
            search = Words(localDomain);
            hasSearch = true;
        }
        else if (!hasSearch && hostName.IndexOf('.', StringComparison.Ordinal) is int dot and >= 0)
        {
            search = Words(hostName.AsSpan(dot + 1));
        }

        if (resolverOptions is not null)
            options = options.With(resolverOptions);

        bool isDefault = servers.Count == 0;
        if (isDefault)
            servers.Add(new NameServer(IPAddress.Loopback, Scope: null));

        return new ResolverSettings(
            [.. servers.Take(MaxServers)],
            [.. servers.Skip(MaxServers)],
            unreadable.ToImmutable(),
            search,
            options,
            isDefault);
    }

    private static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAny("; #\t");
        return end < 0 ? text : text[..end];
    }

    private static ImmutableArray<string> Words(ReadOnlySpan<char> text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        foreach (Range range in text.SplitAny(" \t"))
        {
            ReadOnlySpan<char> word = text[range];
            if (!word.IsEmpty)
                words.Add(word is "." ? "." : word.TrimEnd('.').ToString());
        }

        return words.ToImmutable();
    }
}

/// <summary>A server that the resolver asks.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Scope">The interface behind <c>%</c> in a link-local address; null if there is none.</param>
public sealed record NameServer(IPAddress Address, string? Scope)
{
    /// <summary>Reads an address as it stands in resolv.conf, such as <c>fe80::1%eth0</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="server">The server; null if the text is no address.</param>
    public static bool TryParse(
        ReadOnlySpan<char> text,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out NameServer? server)
    {
        int percent = text.IndexOf('%');
        ReadOnlySpan<char> address = percent < 0 ? text : text[..percent];
        server = !address.Contains('[') && IPAddress.TryParse(address, out IPAddress? parsed)
            ? new NameServer(parsed, percent < 0 ? null : text[(percent + 1)..].ToString())
            : null;
        return server is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Scope is null ? $"{Address}" : $"{Address}%{Scope}";
}

/// <summary>How the resolver asks. Source: resolv.conf(5), "options".</summary>
/// <param name="DotsForAbsolute">Names with at least so many dots are first tried as they are; <c>ndots</c>.</param>
/// <param name="Timeout">How long it waits for the first server before it goes on.</param>
/// <param name="Attempts">How often it goes through all servers.</param>
public sealed record ResolverOptions(int DotsForAbsolute, TimeSpan Timeout, int Attempts)
{
    private const int MaxDots = 15; // RES_MAXNDOTS
    private const int MaxTimeoutSeconds = 30; // RES_MAXRETRANS
    private const int MaxAttempts = 5; // RES_MAXRETRY

    /// <summary>What holds if nothing is said.</summary>
    public static ResolverOptions Default { get; } =
        new(DotsForAbsolute: 1, Timeout: TimeSpan.FromSeconds(5), Attempts: 2);

    /// <summary>Whether each lookup starts with another server.</summary>
    public bool Rotate { get; init; }

    /// <summary>Whether A and AAAA are asked one after the other.</summary>
    public bool SingleRequest { get; init; }

    /// <summary>Whether AAAA is asked from a socket of its own.</summary>
    public bool SingleRequestReopen { get; init; }

    /// <summary>Whether TCP is used at once.</summary>
    public bool UseTcp { get; init; }

    /// <summary>Whether queries carry an OPT record.</summary>
    public bool Edns { get; init; }

    /// <summary>Whether the AD bit of answers is believed.</summary>
    public bool TrustAuthenticData { get; init; }

    /// <summary>Whether a name without a dot is never asked as it is.</summary>
    public bool NoTopLevelQuery { get; init; }

    /// <summary>Whether AAAA is not asked at all.</summary>
    public bool NoAaaa { get; init; }

    /// <summary>The options without a number that are set, as resolv.conf names them.</summary>
    public ImmutableArray<string> Switches =>
    [
        .. new (bool IsSet, string Name)[]
        {
            (Rotate, "rotate"),
            (SingleRequest, "single-request"),
            (SingleRequestReopen, "single-request-reopen"),
            (UseTcp, "use-vc"),
            (Edns, "edns0"),
            (TrustAuthenticData, "trust-ad"),
            (NoTopLevelQuery, "no-tld-query"),
            (NoAaaa, "no-aaaa"),
        }.Where(option => option.IsSet).Select(option => option.Name),
    ];

    /// <summary>Adds what one <c>options</c> line, or <c>RES_OPTIONS</c>, says.</summary>
    /// <param name="text">Words with blanks between them; unknown ones are passed over, as glibc does.</param>
    public ResolverOptions With(ReadOnlySpan<char> text)
    {
        ResolverOptions options = this;
        foreach (Range range in text.SplitAny(" \t"))
        {
            ReadOnlySpan<char> word = text[range];
            options = word switch
            {
                ['n', 'd', 'o', 't', 's', ':', .. var number] =>
                    options with { DotsForAbsolute = Math.Min(Number(number), MaxDots) },
                ['t', 'i', 'm', 'e', 'o', 'u', 't', ':', .. var number] =>
                    options with { Timeout = TimeSpan.FromSeconds(Math.Min(Number(number), MaxTimeoutSeconds)) },
                ['a', 't', 't', 'e', 'm', 'p', 't', 's', ':', .. var number] =>
                    options with { Attempts = Math.Min(Number(number), MaxAttempts) },
                "rotate" => options with { Rotate = true },
                "single-request" => options with { SingleRequest = true },
                "single-request-reopen" => options with { SingleRequestReopen = true },
                "use-vc" => options with { UseTcp = true },
                "edns0" => options with { Edns = true },
                "trust-ad" => options with { TrustAuthenticData = true },
                "no-tld-query" or "no_tld_query" => options with { NoTopLevelQuery = true },
                "no-aaaa" => options with { NoAaaa = true },
                _ => options,
            };
        }

        return options;
    }

    // atoi(3): digits as far as they go, 0 if there are none.
    private static int Number(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = end < 0 ? text : text[..end];
        if (digits.IsEmpty)
            return 0;

        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : int.MaxValue;
    }
}
