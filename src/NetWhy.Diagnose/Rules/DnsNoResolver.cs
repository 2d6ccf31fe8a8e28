using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>resolv.conf names no server, or only such as cannot be one: this machine, where nothing listens.</summary>
public sealed class DnsNoResolver : IRule
{
    private const string Id = "dns-no-resolver";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "resolv.conf(5), \"nameserver\"", Id)
    {
        Explains = ["dns-resolver-unreachable"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Configuration is not { } configuration || view.IsResolved || !view.AllAreDead)
            yield break;

        bool pointsHere = view.Servers.All(server => IsHere(server.Address));
        if (!pointsHere)
            yield break;

        List<Reason> reasons = [];
        string what;
        if (configuration.UsesDefaultServer)
        {
            what = configuration.State switch
            {
                FileState.Missing when configuration.LinkTarget is { } target =>
                    $"{configuration.Path} links to {target}, which does not exist",
                FileState.Missing => $"{configuration.Path} does not exist",
                FileState.Unreadable => $"{configuration.Path} cannot be read",
                FileState.Empty => $"{configuration.Path} is empty",
                _ when configuration.BadLines is [[.. var line, '\r'], ..] =>
                    $"{configuration.Path} has lines that end with a carriage return (CRLF), which the C library takes for a part of the address: \"{line}\"",
                _ when configuration.BadLines is [var line, ..] =>
                    $"{configuration.Path} names no usable server: \"{line}\" is no address",
                _ => $"{configuration.Path} names no server",
            };
            reasons.Add(configuration.Weigh(Weight.VeryStrong, $"{what}: the resolver falls back to 127.0.0.1"));
        }
        else
        {
            string servers = DnsView.Join(view.Servers.Select(server => server.Address));
            what = $"{configuration.Path} points to {servers} on this machine, where no resolver listens";
            reasons.Add(configuration.Weigh(
                Weight.Strong,
                configuration.LinkTarget is { } target
                    ? $"{configuration.Path} links to {target} and names only {servers}, this machine itself"
                    : $"{configuration.Path} names only {servers}, this machine itself"));
        }

        foreach (ServerView server in view.Servers)
        {
            if ((server.Refusal ?? server.LongestSilence) is { } exchange)
            {
                reasons.Add(exchange.Weigh(
                    exchange.Outcome is DnsOutcome.Failed ? Weight.Strong : Weight.Hint, server.Failure));
            }
        }

        yield return new Finding(
            Id,
            view.FailureSeverity,
            Where.Local,
            $"This machine has no name server to ask: {what}.",
            [.. reasons])
        {
            Remedies =
            [
                Repair(configuration),
                new Remedy("See what the network offers.", "resolvectl status; nmcli device show | grep DNS"),
            ],
            Next = ["Who writes resolv.conf here (systemd-resolved, NetworkManager, DHCP), and why did it stop?"],
        };
    }

    private static Remedy Repair(ResolverConfiguration configuration)
    {
        string path = configuration.Path;
        bool isStub = configuration.Servers.Any(server => server.ToString().StartsWith("127.0.0.5", StringComparison.Ordinal));
        return configuration switch
        {
            { UsesDefaultServer: true, BadLines: [[.., '\r'], ..] } => new Remedy("Take the carriage returns away.", Fix.Edit(path, "s/\\r$//")),
            { State: FileState.Unreadable } => new Remedy("Let everybody read the file.", $"chmod 644 {path}"),
            { LinkTarget: { } target } when target.Contains("systemd/resolve", StringComparison.Ordinal) =>
                new Remedy($"Start the service that writes {target}.", "systemctl restart systemd-resolved"),
            { LinkTarget: { } target } when target.Contains("NetworkManager", StringComparison.Ordinal) =>
                new Remedy($"Start the service that writes {target}.", "systemctl restart NetworkManager"),
            { UsesDefaultServer: false } when isStub =>
                new Remedy("Start the local resolver that resolv.conf counts on.", "systemctl restart systemd-resolved"),
            { State: FileState.Missing, LinkTarget: { } target } => new Remedy(
                $"Start the service that writes {target}; or put a file with a resolver of your network (DHCP tells which) in place of the link.",
                $"rm {path} && echo 'nameserver RESOLVER' > {path}"),
            _ => new Remedy("Name a resolver of your network (DHCP tells which).", $"echo 'nameserver RESOLVER' > {path}"),
        };
    }

    private static bool IsHere(IPAddress address) =>
        IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
