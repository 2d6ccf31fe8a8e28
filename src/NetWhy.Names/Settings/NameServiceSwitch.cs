using System.Collections.Immutable;

namespace NetWhy.Names;

/// <summary>Which sources the C library asks for a host's address, in which order.</summary>
/// <remarks>Source: nsswitch.conf(5).</remarks>
/// <param name="Sources">The sources.</param>
/// <param name="IsDefault">True if the file has no line for hosts, so that glibc's own order holds.</param>
public sealed record NameServiceSwitch(ImmutableArray<NameService> Sources, bool IsDefault)
{
    /// <summary>Where the file is.</summary>
    public const string Path = "/etc/nsswitch.conf";

    private const string Database = "hosts:";

    /// <summary>What holds if the file says nothing: <c>files dns</c> (glibc, nss/nss_database.c).</summary>
    public static NameServiceSwitch Default { get; } =
        new([new NameService("files", []), new NameService("dns", [])], IsDefault: true);

    /// <summary>Reads the line for hosts.</summary>
    /// <param name="text">What the file holds.</param>
    public static NameServiceSwitch Parse(string text)
    {
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            int comment = raw.IndexOf('#');
            ReadOnlySpan<char> line = (comment < 0 ? raw : raw[..comment]).Trim();
            if (line.StartsWith(Database, StringComparison.Ordinal))
                return new NameServiceSwitch(ParseSources(line[Database.Length..]), IsDefault: false);
        }

        return Default;
    }

    private static ImmutableArray<NameService> ParseSources(ReadOnlySpan<char> text)
    {
        var sources = ImmutableArray.CreateBuilder<NameService>();
        while (true)
        {
            text = text.TrimStart();
            if (text.IsEmpty)
                return sources.ToImmutable();

            if (text[0] == '[')
            {
                int close = text.IndexOf(']');
                ReadOnlySpan<char> actions = close < 0 ? text[1..] : text[1..close];
                if (sources.Count > 0)
                    sources[^1] = sources[^1] with { Actions = [.. sources[^1].Actions, .. ParseActions(actions)] };
                text = close < 0 ? [] : text[(close + 1)..];
                continue;
            }

            int end = text.IndexOfAny(" \t[");
            ReadOnlySpan<char> name = end < 0 ? text : text[..end];
            sources.Add(new NameService(name.ToString(), []));
            text = end < 0 ? [] : text[end..];
        }
    }

    private static List<NameServiceAction> ParseActions(ReadOnlySpan<char> text)
    {
        List<NameServiceAction> actions = [];
        foreach (Range range in text.SplitAny(" \t"))
        {
            ReadOnlySpan<char> word = text[range];
            bool isNegated = word.StartsWith("!");
            int equals = word.IndexOf('=');
            if (equals > 0)
            {
                actions.Add(new NameServiceAction(
                    word[(isNegated ? 1 : 0)..equals].ToString().ToUpperInvariant(),
                    isNegated,
                    word[(equals + 1)..].ToString().ToLowerInvariant()));
            }
        }

        return actions;
    }
}

/// <summary>A source of names.</summary>
/// <param name="Name">Such as <c>files</c>, <c>dns</c>, <c>mdns4_minimal</c>, <c>resolve</c>, <c>myhostname</c>.</param>
/// <param name="Actions">What stands in brackets behind it.</param>
public sealed record NameService(string Name, ImmutableArray<NameServiceAction> Actions)
{
    /// <summary>Whether the search ends here after an outcome, so that later sources are not asked.</summary>
    /// <param name="status"><c>SUCCESS</c>, <c>NOTFOUND</c>, <c>UNAVAIL</c> or <c>TRYAGAIN</c>.</param>
    public bool EndsOn(string status)
    {
        bool ends = status is "SUCCESS"; // the default actions: return on success, go on otherwise
        foreach (NameServiceAction action in Actions)
        {
            if (action.Status == status != action.IsNegated)
                ends = action.Action is "return";
        }

        return ends;
    }

    /// <inheritdoc/>
    public override string ToString() => Actions.IsEmpty ? Name : $"{Name} [{string.Join(' ', Actions)}]";
}

/// <summary>What to do after an outcome, such as <c>[NOTFOUND=return]</c>.</summary>
/// <param name="Status">The outcome, in capitals.</param>
/// <param name="IsNegated">Whether every other outcome is meant.</param>
/// <param name="Action"><c>return</c>, <c>continue</c> or <c>merge</c>.</param>
public sealed record NameServiceAction(string Status, bool IsNegated, string Action)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(IsNegated ? "!" : "")}{Status}={Action}";
}
