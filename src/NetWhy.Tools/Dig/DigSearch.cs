using System.Buffers;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Knows when the search list is used.</summary>
internal static class DigSearch
{
    /// <summary>Chooses what a name is first asked as.</summary>
    /// <param name="lookup">The lookup.</param>
    /// <param name="settings">Has the list.</param>
    internal static void Begin(DigLookup lookup, DigSettings settings)
    {
        if (!lookup.IsNewSearch)
            return;
        if (!settings.UsesSearch || lookup.Name.Count(character => character == '.') >= settings.Dots)
        {
            lookup.Origin = -1;
            lookup.IsDoneAsIs = true;
            lookup.NeedsSearch = settings.UsesSearch;
        }
        else if (lookup.Origin < 0)
        {
            lookup.Origin = settings.Search.Count > 0 ? 0 : -1;
            lookup.NeedsSearch = false;
        }
    }

    /// <summary>Whether a name ends in a dot, or has so many labels that nothing is put behind it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="dots">How many dots a name must have to be asked as it is.</param>
    internal static bool IsAbsolute(string name, int dots)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        int offset = 0;
        if (DnsName.Encode(Encoding.UTF8.GetBytes(name), [0], wire, out int length) is not OperationStatus.Done
            || DnsName.Read(wire[..length], ref offset, out DnsName read) is not OperationStatus.Done)
        {
            return false;
        }

        bool endsInDot = name is [.., '.'] && name[..^1].Reverse().TakeWhile(character => character == '\\').Count() % 2 == 0;
        return endsInDot || read.Labels > dots;
    }
}
