using NetWhy.Linux;

namespace NetWhy.Collect.Paths;

/// <summary>Names of interfaces by index.</summary>
internal static class InterfaceNames
{
    /// <summary>Name of an interface; null if there is none of that index any more.</summary>
    /// <param name="index">Its index.</param>
    internal static string? Of(int index)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        return netlink.LinkNames().GetValueOrDefault(index);
    }
}
