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
        ProbeContext context, string host, CancellationToken cancellationToken) =>
        (await ResolveAsync(context, host, cancellationToken)).Resolution.Addresses;

    /// <summary>Looks a host up, as <see cref="FindAsync"/> does, and tells what came of it.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="host">Name or address literal.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What an application gets, and the error that a name server answered, if one did and none was better.</returns>
    internal static async Task<(NameResolution Resolution, string? Answer)> ResolveAsync(
        ProbeContext context, string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal))
            return (new NameResolution(host, NameSource.Literal, [literal], TimeSpan.Zero, Queries: 0), null);
        var aside = context with { Evidence = new EvidenceLog("", context.Clock) };
        NameResolution resolution = await new NameLookup(
            aside, context.ReadResolverFiles(), host).RunAsync(cancellationToken);
        string? answer = aside.Evidence.All<DnsExchange>()
            .FirstOrDefault(exchange => exchange is { IsConfigured: true, Purpose: "lookup", Outcome: DnsOutcome.Answered, ResponseCode: not ("NOERROR" or "NXDOMAIN") })?.ResponseCode;
        return (resolution, answer);
    }
}
