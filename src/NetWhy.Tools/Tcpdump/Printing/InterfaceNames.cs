using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>Names of interfaces by their numbers, each looked up once.</summary>
internal sealed class InterfaceNames
{
    private const int Most = 1 << 14; // what a capture says of interfaces is not to be trusted

    private readonly Dictionary<uint, string?> _names = [];

    /// <summary>Name of an interface; null if there is none of that number.</summary>
    /// <param name="index">Its number.</param>
    internal string? Of(uint index)
    {
        if (_names.TryGetValue(index, out string? name))
            return name;
        if (_names.Count >= Most)
            _names.Clear();
        return _names[index] = index <= int.MaxValue ? InterfaceIndex.NameOf((int)index) : null;
    }
}
