using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;

namespace NetWhy.Diagnose;

/// <summary>The vocabulary of causes: one page each, embedded from <c>docs/causes</c>.</summary>
public static class Causes
{
    private static readonly Lazy<FrozenDictionary<string, Cause>> Pages = new(ReadPages);

    /// <summary>Every cause, in order of layer and id.</summary>
    public static ImmutableArray<Cause> All =>
        [.. Pages.Value.Values.OrderBy(cause => cause.Layer).ThenBy(cause => cause.Id, StringComparer.Ordinal)];

    /// <summary>Finds a cause; null if there is none of that id.</summary>
    /// <param name="id">Its id, such as <c>path-mtu-black-hole</c>.</param>
    public static Cause? Find(string id) => Pages.Value.GetValueOrDefault(id);

    private static FrozenDictionary<string, Cause> ReadPages()
    {
        Assembly assembly = typeof(Causes).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("causes/", StringComparison.Ordinal))
            .Select(name =>
            {
                using Stream stream = assembly.GetManifestResourceStream(name)!;
                using var reader = new StreamReader(stream);
                return Cause.Parse(reader.ReadToEnd());
            })
            .ToFrozenDictionary(cause => cause.Id, StringComparer.Ordinal);
    }
}

/// <summary>One cause of network trouble.</summary>
/// <param name="Id">Id in kebab case: stable, part of the JSON contract.</param>
/// <param name="Title">What it is, in one sentence.</param>
/// <param name="Layer">Layer that it belongs to.</param>
/// <param name="IsBenign">Whether it is a note rather than a fault.</param>
/// <param name="Page">Its page, in Markdown.</param>
public sealed record Cause(string Id, string Title, Layer Layer, bool IsBenign, string Page)
{
    /// <summary>Reads a page: heading with the id, title, <c>layer:</c> and <c>benign:</c> lines, then sections.</summary>
    /// <param name="page">The page.</param>
    /// <exception cref="FormatException">The page lacks one of those: a bug in the build.</exception>
    public static Cause Parse(string page)
    {
        string[] lines = [.. page.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        string id = lines is [['#', ' ', .. var heading], _, _, _, ..] ? heading : throw new FormatException(page);
        return new Cause(
            id,
            lines[1],
            Enum.Parse<Layer>(Value(lines[2], "layer:", id), ignoreCase: true),
            Value(lines[3], "benign:", id) is "yes",
            page);
    }

    private static string Value(string line, string key, string id) =>
        line.StartsWith(key, StringComparison.Ordinal)
            ? line[key.Length..].Trim()
            : throw new FormatException($"the page of {id} lacks '{key}'");
}

/// <summary>Layers, the deepest first: a deeper cause is likelier to be the root.</summary>
public enum Layer
{
    /// <summary>This machine as a whole: descriptors, memory, clock.</summary>
    Host,

    /// <summary>Interfaces and neighbours.</summary>
    Link,

    /// <summary>Addresses.</summary>
    Address,

    /// <summary>Routes.</summary>
    Route,

    /// <summary>What packets meet on the way.</summary>
    Path,

    /// <summary>Firewalls, NAT and connection tracking.</summary>
    Firewall,

    /// <summary>Names.</summary>
    Dns,

    /// <summary>Ports and listeners.</summary>
    Port,

    /// <summary>An established connection.</summary>
    Connection,

    /// <summary>Proxies.</summary>
    Proxy,

    /// <summary>TLS.</summary>
    Tls,

    /// <summary>HTTP.</summary>
    Http,
}
