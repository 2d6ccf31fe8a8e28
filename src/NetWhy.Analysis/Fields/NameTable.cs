using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NetWhy.Analysis.Fields;

/// <summary>Names of values that are read when somebody asks for the first one: tables are large, and most runs ask for none.</summary>
internal sealed class NameTable : IReadOnlyDictionary<ulong, string>
{
    private readonly Lazy<Dictionary<ulong, string>> _names;

    /// <summary>Makes a table of text.</summary>
    /// <param name="lines">A line for each: its value, a space, its name.</param>
    /// <param name="more">Others that it has too.</param>
    internal NameTable(string lines, IEnumerable<KeyValuePair<ulong, string>>? more = null)
        : this(() => [.. lines.Split('\n').Select(Read), .. more ?? []])
    {
    }

    /// <summary>Makes a table of what another one holds.</summary>
    /// <param name="names">Lists them.</param>
    internal NameTable(Func<IEnumerable<KeyValuePair<ulong, string>>> names) => _names = new(() => new Dictionary<ulong, string>(names()));

    /// <inheritdoc/>
    public IEnumerable<ulong> Keys => _names.Value.Keys;

    /// <inheritdoc/>
    public IEnumerable<string> Values => _names.Value.Values;

    /// <inheritdoc/>
    public int Count => _names.Value.Count;

    /// <inheritdoc/>
    public string this[ulong key] => _names.Value[key];

    /// <inheritdoc/>
    public bool ContainsKey(ulong key) => _names.Value.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(ulong key, [MaybeNullWhen(false)] out string value) => _names.Value.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<ulong, string>> GetEnumerator() => _names.Value.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static KeyValuePair<ulong, string> Read(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        ReadOnlySpan<char> value = line.AsSpan(0, space);
        bool isHexadecimal = value.StartsWith("0x", StringComparison.Ordinal);
        return KeyValuePair.Create(
            ulong.Parse(isHexadecimal ? value[2..] : value, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture),
            line[(space + 1)..]);
    }
}
