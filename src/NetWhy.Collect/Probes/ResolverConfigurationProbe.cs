using NetWhy.Evidence;
using NetWhy.Names;

namespace NetWhy.Collect.Probes;

/// <summary>Reads how this machine resolves names.</summary>
public sealed class ResolverConfigurationProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.configuration";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "How does this machine resolve names?",
        Source: "resolv.conf(5), nsswitch.conf(5), hosts(5)",
        Question.Dns)
    {
        IsOfTls = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) =>
        target.Literal is null && (target.Host is not null || target.Kind is TargetKind.ThisMachine);

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        ResolverFiles files = context.ReadResolverFiles();
        ResolverSettings settings = files.Settings;
        context.Report(new ResolverConfiguration(
            ResolverSettings.Path,
            files.SettingsState,
            [.. settings.Servers.Select(ServerAddress.Of)],
            settings.Search,
            settings.Options.DotsForAbsolute,
            settings.Options.Timeout,
            settings.Options.Attempts,
            settings.Options.Rotate,
            [.. files.Order.Sources.Select(source => source.ToString())])
        {
            LinkTarget = files.LinkTarget,
            Ignored = [.. settings.IgnoredServers.Select(server => server.ToString())],
            BadLines = [.. settings.UnreadableServers.Select(text => $"nameserver {text}")],
            Options = settings.Options.Switches,
            UsesDefaultServer = settings.IsDefaultServer,
            HasGivenServers = context.Options.NameServers.Count > 0 ? true : null,
            Upstreams = files.Upstreams() is { Count: > 0 } upstreams ? upstreams : null,
        });

        if (files.HostsState is FileState.Unreadable)
            context.ReportNotObserved(HostsFile.Path, "may not be read");
        if (context.Target.Host is not { } host)
            return Task.CompletedTask;

        foreach (string name in ApplicationLookup.Candidates(host, settings)
            .Select(name => name.TrimEnd('.'))
            .Prepend(host)
            .Distinct(StringComparer.OrdinalIgnoreCase))
        {
            foreach (HostsEntry entry in files.Hosts.Find(name))
                context.Report(new HostsFileEntry(HostsFile.Path, entry.Line, name, entry.Address));
        }

        return Task.CompletedTask;
    }
}
