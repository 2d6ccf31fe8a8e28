using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Resolver;

/// <summary>Questions that are asked to tell causes apart, beside those that an application would ask.</summary>
internal static class NameTrial
{
    private static readonly TimeSpan LookupPatience = TimeSpan.FromSeconds(2); // a walk should not wait for name servers that are silent

    /// <summary>Asks a server once and reports what came.</summary>
    /// <param name="context">Where observations go.</param>
    /// <param name="server">The server.</param>
    /// <param name="name">The absolute name, a valid one.</param>
    /// <param name="type">The type.</param>
    /// <param name="options">How to ask, and why.</param>
    /// <param name="enough">Ends the wait.</param>
    internal static async Task<DnsReply> AskAsync(
        ProbeContext context, IPAddress server, string name, DnsRecordType type, DnsQuestionOptions options, CancellationToken enough)
    {
        DnsReply reply = await DnsQuestions.Ask(server, name, [type], options, context.Clock, enough)[0];
        return reply with { Exchange = context.Report(reply.Exchange) };
    }

    /// <summary>The target's name as it is written, absolute and in ASCII.</summary>
    /// <param name="target">The target.</param>
    /// <returns>Null if it has none, or one that DNS cannot hold.</returns>
    internal static string? NameOf(Target target)
    {
        if (!target.HasHostName)
            return null;
        string ascii = (InternationalName.ToAscii(target.Host!) ?? target.Host!).TrimEnd('.') + ".";
        return DnsName.IsValid(ascii) ? ascii : null;
    }

    /// <summary>The name that the application's lookup ends at: by a search list that is another one than the one written.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The one written where none resolves, or none does soon; null if the target has none that DNS can hold.</returns>
    internal static async Task<string?> NameAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (NameOf(context.Target) is not { } written || context.Target.Host!.EndsWith('.'))
            return NameOf(context.Target);
        if (await context.Evidence.FirstAsync<ResolverConfiguration>(_ => true, [Probes.ResolverConfigurationProbe.Id], cancellationToken) is not { Search.Count: > 0 })
            return written;

        NameResolution? resolution = await FirstResolutionAsync(context, LookupPatience, cancellationToken);
        return resolution is { Tried: [.., var last] } && (resolution.Error is null || !resolution.Tried.Contains(written)) ? last : written;
    }

    /// <summary>The type that servers are asked for: the one wanted, or that of the addresses that the lookup found.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>AAAA where the name has IPv6 addresses alone; A also where none are known soon.</returns>
    internal static async Task<DnsRecordType> TypeAsync(ProbeContext context, CancellationToken cancellationToken) =>
        context.Options.RecordType
        ?? (await FirstResolutionAsync(context, LookupPatience, cancellationToken) is { Addresses: { Count: > 0 } addresses }
            && addresses.All(address => address.AddressFamily is AddressFamily.InterNetworkV6) ? DnsRecordType.AAAA : DnsRecordType.A);

    // Null if there is none soon.
    private static async Task<NameResolution?> FirstResolutionAsync(ProbeContext context, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<NameResolution?> lookup = context.Evidence.FirstAsync<NameResolution>(
            resolution => resolution.Name == context.Target.Host, [Probes.NameResolutionProbe.Id], limit.Token);
        await Task.WhenAny(lookup, Task.Delay(patience, context.Clock, limit.Token));
        NameResolution? resolution = lookup.IsCompletedSuccessfully ? await lookup : null;
        await limit.CancelAsync();
        return resolution;
    }

    /// <summary>A random name below a zone.</summary>
    /// <param name="zone">The zone, with its final dot.</param>
    internal static string RandomBelow(string zone) => $"nw{Guid.NewGuid():N}"[..16] + (zone is "." ? "." : $".{zone}");

    /// <summary>The name of a member of an enumeration as evidence has it: <c>SignatureExpired</c> is <c>signature-expired</c>.</summary>
    /// <param name="member">The name in the code.</param>
    internal static string KebabCase(string member) => JsonNamingPolicy.KebabCaseLower.ConvertName(member);

    /// <summary>Waits for the last word of the lookup, when every exchange of it is known too.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if there was none.</returns>
    internal static async Task<NameResolution?> ResolutionAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        await context.Evidence.WhenFinishedAsync([Probes.NameResolutionProbe.Id], cancellationToken);
        return context.Evidence.All<NameResolution>().LastOrDefault(resolution => resolution.Name == context.Target.Host && !resolution.IsProvisional);
    }

    /// <summary>The servers that the application would ask.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<IReadOnlyList<IPAddress>> ServersAsync(ProbeContext context, CancellationToken cancellationToken) =>
        await context.Evidence.FirstAsync<ResolverConfiguration>(_ => true, [Probes.ResolverConfigurationProbe.Id], cancellationToken) is { } configuration
            ? [.. configuration.Servers.Distinct()]
            : [];
}
