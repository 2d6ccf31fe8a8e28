namespace NetWhy.Collect.Firewall;

/// <summary>The firewall of this machine as the first probe that asked found it, for all probes of an investigation: each reading starts nft and others.</summary>
internal sealed class SharedFirewall
{
    private readonly Lock _gate = new();
    private FirewallReading? _first;

    /// <summary>That reading.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal FirewallReading First(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _first ??= FirewallReading.Read(cancellationToken);
    }
}
