using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether the interfaces keep their carrier.</summary>
public sealed class LinkCarrier : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("link.carrier", Source: "linux/if_link.h, IFLA_CARRIER_CHANGES") { Cause = "link-flapping" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<LinkState>(link => link.IsLoopback) is { IsUp: false } loopback)
        {
            yield return new Signal(Info.Id, Standing.Advice, $"interface {loopback.Name}", "off", "")
            {
                Meaning = "Programs of this machine cannot reach each other by 127.0.0.1 or ::1, nor by its own addresses.",
                Remedies = [new Remedy("Switch it on.", ShellCommand.Of($"ip link set {loopback.Name} up"))],
                Evidence = [loopback],
            };
        }

        LinkState[] links = [.. evidence.All<LinkState>().Where(link => !link.IsLoopback).GroupBy(link => link.Index).Select(samples => samples.Last())];
        if (links.Length == 0)
            yield break;
        foreach (LinkState link in links.Where(IsCutOff))
        {
            // Of those that go by a gateway another check tells.
            RouteEntry[] routes = [.. evidence.Last<RouteTable>()?.Routes.Where(route => route.Interface == link.Name && route is { Table: RouteTableReading.Main, RouteType: "unicast" } && !IsOfLink(route)) ?? []];
            if (routes.Length == 0 || routes.Any(route => route.Gateway is not null))
                continue;
            yield return new Signal(Info.Id, Standing.Advice, $"interface {link.Name}", "on, and without carrier", "")
            {
                Meaning = $"{string.Join(", ", routes.Take(3).Select(route => route.Destination))}{(routes.Length > 3 ? ", …" : "")} {(routes.Length == 1 ? "is" : "are")} sent by it, and nothing is connected to it, or the other end is off: what is sent there is lost.",
                Remedies = [new Remedy("See the interface; look at the cable and the switch port, or at the other end of the virtual link.", ShellCommand.Of($"ip -d link show dev {link.Name}"))],
                Evidence = [link],
            };
        }

        long changes = LinkChange.All(evidence).Sum(link => link.CarrierChanges);
        LinkState? most = links.MaxBy(link => link.CarrierChanges);
        string past = most is { CarrierChanges: > 2 } ? $"; {most.Name} {Words.Count(most.CarrierChanges, "change")} since it exists" : "";
        int without = links.Count(link => link is { IsUp: true, HasCarrier: false });
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            $"carrier of {Words.Count(links.Length, "interface")}",
            (changes == 0 ? "no change while watched" : $"{Words.Count(changes, "change")} while watched") + past + (without > 0 ? $"; {without} without carrier" : ""),
            "")
        {
            Evidence = [.. links.Take(8)],
        };
    }

    // A bridge without ports, as a container engine keeps one, has none either: it is idle, and not cut off. A member's routes are its master's.
    private static bool IsCutOff(LinkState link) => link is { IsUp: true, HasCarrier: false, Master: null, LinkKind: not ("bridge" or "openvswitch" or "dummy" or "bond" or "team") };

    private static bool IsOfLink(RouteEntry route) => route.Destination.StartsWith("fe80:", StringComparison.Ordinal) || route.Destination.StartsWith("ff", StringComparison.Ordinal);
}
