namespace NetWhy.Tools.Tshark;

/// <summary>What JSON shows of all fields. Source: tshark(1), -j, -J and --no-duplicate-keys.</summary>
/// <param name="Names">The names of protocols and fields whose parts are shown; null for all.</param>
/// <param name="HasParts">Whether what lies under those is shown whatever it is called.</param>
/// <param name="JoinsKeys">Whether values of one name stand in an array.</param>
internal sealed record JsonSelection(IReadOnlyList<string>? Names = null, bool HasParts = false, bool JoinsKeys = false)
{
    /// <summary>Whether a name is one of those.</summary>
    /// <param name="name">The name of a protocol or field.</param>
    internal bool Holds(string name) => Names is null || Names.Contains(name, StringComparer.Ordinal);
}
