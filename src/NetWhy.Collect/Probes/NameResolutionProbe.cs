using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;

namespace NetWhy.Collect.Probes;

/// <summary>Finds the target's addresses as an application would, and asks every configured server by itself.</summary>
/// <remarks>Every target with a host gets a <see cref="NameResolution"/>, an address literal too.</remarks>
public sealed class NameResolutionProbe : IProbe
{
    /// <summary>Id of this probe: other probes wait for its <see cref="NameResolution"/>.</summary>
    public const string Id = "dns.resolution";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What addresses does the name have, and how long does an application wait for them?",
        Source: "RFC 1035; glibc, resolv/res_send.c",
        Question.Dns)
    {
        IsOfTls = true,
        SendsPackets = true,
        Budget = TimeSpan.FromSeconds(12),
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null || target.Kind is TargetKind.ThisMachine;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (context.Target.Host is not { } host)
        {
            await GreetServersAsync(context, cancellationToken);
        }
        else if (context.Target.Literal is { } literal)
        {
            context.Report(new NameResolution(host, NameSource.Literal, [literal], TimeSpan.Zero, Queries: 0));
        }
        else if (context.Options.Resolved.Count > 0)
        {
            context.Report(
                new NameResolution(host, NameSource.User, context.Options.Resolved, TimeSpan.Zero, Queries: 0));
        }
        else
        {
            ResolverFiles files = context.ReadResolverFiles();
            await new NameLookup(context, files, host).RunAsync(cancellationToken);
        }
    }

    // Without a name to look up, each server is asked something that it knows by itself, and something that all can ask.
    private static async Task GreetServersAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        ResolverFiles files = context.ReadResolverFiles();
        await Task.WhenAll(files.Settings.Servers.Select(ServerAddress.Of).Distinct().Select(async server =>
        {
            if (await ResolverReach.GreetAsync(context, server, cancellationToken))
                await ResolverReach.CheckHostAsync(context, server, cancellationToken);
        }));
    }
}
