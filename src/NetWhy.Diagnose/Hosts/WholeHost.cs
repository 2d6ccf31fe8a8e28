using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Hosts;

/// <summary>Whether counters of the whole machine may convict somebody: where the machine itself is asked about.</summary>
internal static class WholeHost
{
    /// <summary>Whether this machine itself is asked about, and not one of its services or somebody elsewhere.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static bool IsAsked(EvidenceSet evidence) =>
        evidence.Investigation?.TargetKind is TargetKind.HostState or TargetKind.ThisMachine;

    /// <summary>Interfaces that bear on what is asked about: all of a machine, or those that packets to a target leave by.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">Name of an interface.</param>
    internal static bool Concerns(EvidenceSet evidence, string name) =>
        IsAsked(evidence) || evidence.Any<RouteLookup>(lookup => lookup.Interface == name && lookup.Purpose is "target" or "proxy" or "gateway");

    /// <summary>Who can set the limits that all network namespaces share.</summary>
    internal const string Machine = "the host (first network namespace), for the whole machine";

    /// <summary>Where limits that all network namespaces share can be set; null if here, or if it is not known.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static string? OwnerOfLimits(EvidenceSet evidence)
    {
        IEnumerable<bool?> known = evidence.All<NeighbourTable>().Select(table => table.IsLimitSettable).Concat(evidence.All<ConntrackState>().Select(state => state.IsLimitSettable)).Where(isSettable => isSettable is not null);
        return known.FirstOrDefault() ?? evidence.Investigation?.Namespace is null ? null : Machine;
    }

    /// <summary>A number as the kernel's tools take it, such as <c>262144</c>.</summary>
    /// <param name="number">The number.</param>
    internal static string Plain(long number) => number.ToString(CultureInfo.InvariantCulture);
}
