using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Routing;

/// <summary>The hop limit that packets of this machine leave with.</summary>
internal static class DepartureTtl
{
    /// <summary>Smallest hop limit that systems leave with: below that a long path alone may use it up.</summary>
    internal const int SmallestUsual = 32;

    private const string Setting = "net.ipv4.ip_default_ttl";

    /// <summary>Hop limit of packets to an address: as seen on a SYN that left, which a route or a firewall may have changed; else the kernel's setting.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="reach">The address.</param>
    /// <returns>Null where neither was seen.</returns>
    internal static (int Ttl, Observation Source, bool IsSetting)? Of(EvidenceSet evidence, Reach reach)
    {
        int? setting = !reach.IsIPv6
            && evidence.First<KernelSettings>() is { } settings
            && settings.Values.TryGetValue(Setting, out string? text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int ttl) ? ttl : null;
        if (evidence.Last<FlowSighting>(flow => flow.Address.Equals(reach.Address) && flow.SynTtl is not null) is { } seen)
            return (seen.SynTtl!.Value, seen, seen.SynTtl == setting);
        return setting is { } own ? (own, evidence.First<KernelSettings>()!, true) : null;
    }
}
