using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Errors that several parts of the compiler find.</summary>
internal static class FilterErrors
{
    private const int MostSuggestions = 3;
    private const int LongestName = 64;

    /// <summary>A name that is no field, with those that it may have been meant to be.</summary>
    internal static DisplayFilterException UnknownField(string name, int position, int length, FieldCatalog catalog)
    {
        IReadOnlyList<string> nearest = name.Length <= LongestName ? catalog.Nearest(name, MostSuggestions) : [];
        string hint = nearest.Count > 0 ? $"did you mean {string.Join(", ", nearest)}?"
            : catalog.Find(name.Split('.')[0]) is { } protocol ? $"netwhy reads no field of {protocol.Name} with that name"
            : $"netwhy reads {string.Join(", ", catalog.ProtocolNames)}";
        return new DisplayFilterException($"{Shorten(name)} is neither a field nor a protocol: {hint}", position, length);
    }

    /// <summary>A value as an error quotes it.</summary>
    internal static string Shorten(string text) => text.Length <= LongestName ? text : string.Concat(text.AsSpan(0, LongestName), "…");
}
