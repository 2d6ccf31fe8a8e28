using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Routing;

/// <summary>Reads route tables as the kernel does: the longest prefix wins, then the lowest metric.</summary>
internal static class RouteTableReading
{
    /// <summary>Table <c>main</c>. Source: linux/rtnetlink.h, RT_TABLE_MAIN.</summary>
    internal const int Main = 254;

    /// <summary>Routes of a table that an address matches, the one that wins first.</summary>
    /// <param name="table">All routes.</param>
    /// <param name="number">Number of the table.</param>
    /// <param name="address">The address.</param>
    internal static IEnumerable<RouteEntry> Matches(this RouteTable table, int number, IPAddress address) =>
        table.Routes.Where(route => route.Table == number && Contains(route.Destination, address))
            .OrderByDescending(route => PrefixLength(route.Destination))
            .ThenBy(route => route.Metric);

    /// <summary>Whether a prefix holds an address; false for what is no prefix.</summary>
    /// <param name="prefix">Prefix in CIDR form.</param>
    /// <param name="address">The address.</param>
    internal static bool Contains(string prefix, IPAddress address) =>
        IPNetwork.TryParse(prefix, out IPNetwork network) && network.Contains(address);

    /// <summary>Length of a prefix, in bits; 0 for what is no prefix.</summary>
    /// <param name="prefix">Prefix in CIDR form.</param>
    internal static int PrefixLength(string prefix) =>
        IPNetwork.TryParse(prefix, out IPNetwork network) ? network.PrefixLength : 0;

    /// <summary>Whether it is a default route.</summary>
    /// <param name="route">The route.</param>
    internal static bool IsDefault(this RouteEntry route) => route.Destination is "0.0.0.0/0" or "::/0";

    /// <summary>The route as ip-route(8) writes it.</summary>
    /// <param name="route">The route.</param>
    internal static string ToText(this RouteEntry route)
    {
        string type = route.RouteType is "unicast" ? "" : route.RouteType + " ";
        string destination = route.IsDefault() ? "default" : route.Destination;
        string via = route.Gateway is null ? "" : $" via {route.Gateway}";
        string device = route.Interface is null ? "" : $" dev {route.Interface}";
        string table = route.Table == Main ? "" : $" table {route.Table}";
        string metric = route.Metric == 0 ? "" : $" metric {route.Metric}";
        return $"{type}{destination}{via}{device}{table}{metric}";
    }
}
