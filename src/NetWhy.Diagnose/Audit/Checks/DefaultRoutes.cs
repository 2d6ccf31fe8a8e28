using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether there is a default route, just one that wins, and none that leads nowhere.</summary>
public sealed class DefaultRoutes : IHostCheck
{
    private const int Main = 254;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("route.default", Source: "ip-route(8); linux/rtnetlink.h, RTNH_F_DEAD, RTNH_F_LINKDOWN");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<RouteTable>() is not { } table)
            yield break;
        RouteEntry[] routes = [.. table.Routes.Where(route => route is { Table: Main, RouteType: "unicast" })];
        RouteEntry[] dead = [.. routes.Where(route => route.Flags.Contains("dead") || route.Flags.Contains("linkdown"))];
        foreach (RouteEntry route in dead.Where(IsDefault))
        {
            bool isUsed = IsUsed(evidence, routes, route);
            yield return new Signal(Info.Id, isUsed ? Standing.Critical : Standing.Advice, "default route", $"by {route.Gateway?.ToString() ?? "no gateway"} on {route.Interface}, which has no link", "")
            {
                Meaning = isUsed
                    ? $"All that is not on a link of this machine leaves by {route.Interface}, and nothing passes it."
                    : "It stands in reserve, and could not take over.",
                Remedies = [new Remedy("See the interface, and the cable.", ShellCommand.Of($"ip link show dev {route.Interface}"))],
                Evidence = [table],
            };
        }

        foreach (bool isIPv6 in new[] { false, true })
        {
            string family = isIPv6 ? "IPv6" : "IPv4";
            RouteEntry[] defaults = [.. routes.Where(route => IsDefault(route) && route.Destination.Contains(':', StringComparison.Ordinal) == isIPv6 && !dead.Contains(route))];
            RouteEntry[][] rivals = [.. defaults.GroupBy(route => route.Metric).Select(group => group.ToArray()).Where(group => group.Select(route => (route.Gateway?.ToString(), route.Interface)).Distinct().Count() > 1)];
            if (rivals is [var same, ..])
            {
                // Two routers that advertise themselves with one preference are as IPv6 is meant. Source: RFC 4191, section 3.2.
                bool isMeant = isIPv6 && same.All(route => route.Protocol is "ra");
                yield return new Signal(Info.Id, isMeant ? Standing.Fine : Standing.Advice, $"default routes ({family})", $"{same.Length} of metric {same[0].Metric}: {string.Join(", ", same.Take(4).Select(route => $"{route.Gateway} on {route.Interface}"))}", "1")
                {
                    Meaning = isMeant ? "" : "Which of them wins is not said: after the next change it may be another one.",
                    Remedies = isMeant ? [] : [new Remedy("Give each a metric of its own; the lowest wins.", ShellCommand.Of($"ip route show default; ip -6 route show default"))],
                    Evidence = [table],
                };
            }
            else if (defaults.Length > 0)
            {
                RouteEntry best = defaults.MinBy(route => route.Metric)!;
                string way = best.NextHops.Count > 0 ? string.Join(", ", best.NextHops.Take(3)) : $"by {best.Gateway?.ToString() ?? "no gateway"} on {best.Interface}";
                yield return new Signal(Info.Id, Standing.Fine, $"default route ({family})", $"{way}{(defaults.Length > 1 ? $", and {defaults.Length - 1} in reserve" : "")}", "") { Evidence = [table] };
            }
            else if (HasAddress(evidence, isIPv6) && !dead.Any(IsDefault) && !isIPv6)
            {
                // A machine of a network without a way out is meant so, and a table of its own may have the route.
                yield return new Signal(Info.Id, Standing.Advice, $"default route ({family})", "none", "")
                {
                    Meaning = "This machine reaches only what its other routes name.",
                    Remedies = [new Remedy("See all routes and rules.", "ip route show table all; ip rule show")],
                    Evidence = [table],
                };
            }
        }

        RouteEntry[] lost = [.. dead.Where(route => !IsDefault(route) && route.Gateway is not null)];
        if (lost.Length > 0)
        {
            yield return new Signal(Info.Id, Standing.Warning, "routes by a link that is down", string.Join(", ", lost.Take(4).Select(route => $"{route.Destination} by {route.Gateway} on {route.Interface}")), "")
            {
                Meaning = "What is sent there is lost, though another way may exist.",
                Remedies = [Remedy.Set("Let the kernel skip routes whose link is down.", "net.ipv4.conf.all.ignore_routes_with_linkdown", "1")],
                Evidence = [table],
            };
        }
    }

    // The kernel passes over a route whose interface is down (dead), and one without carrier (linkdown) only if told so.
    private static bool IsUsed(EvidenceSet evidence, RouteEntry[] routes, RouteEntry route)
    {
        RouteEntry[] rivals = [.. routes.Where(other => IsDefault(other) && other.Destination == route.Destination && other != route && !other.Flags.Contains("dead"))];
        if (rivals.Length == 0)
            return true;
        bool isPassedOver = route.Flags.Contains("dead") || SettingValue.Number(evidence, "net.ipv4.conf.all.ignore_routes_with_linkdown") is 1;
        return !isPassedOver && rivals.All(other => other.Metric > route.Metric);
    }

    private static bool IsDefault(RouteEntry route) => route.Destination is "0.0.0.0/0" or "::/0";

    private static bool HasAddress(EvidenceSet evidence, bool isIPv6) => evidence.Last<InterfaceAddresses>() is { } list
        && list.Addresses.Any(address => address.Scope is "global" && !IPAddress.IsLoopback(address.Address)
            && address.Address.AddressFamily == (isIPv6 ? System.Net.Sockets.AddressFamily.InterNetworkV6 : System.Net.Sockets.AddressFamily.InterNetwork));
}
