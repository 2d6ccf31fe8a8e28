using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;

namespace NetWhy.Collect.Exchanges;

/// <summary>Addresses of hosts that come up on the way, a proxy or a redirect's: looked up as an application would.</summary>
internal static class HostAddresses
{
    /// <summary>Looks a host up. Its queries stay out of the evidence, which is about the target's name.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="host">Name or address literal.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its addresses; empty if it has none.</returns>
    internal static async Task<IReadOnlyList<IPAddress>> FindAsync(
        ProbeContext context, string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal))
            return [literal];
        var aside = context with { Evidence = new EvidenceLog("", context.Clock) };
        NameResolution resolution = await new NameLookup(
            aside, context.ReadResolverFiles(), host).RunAsync(cancellationToken);
        return resolution.Addresses;
    }
}
