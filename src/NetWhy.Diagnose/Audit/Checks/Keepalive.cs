using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>How long a dead peer of an idle connection stays unnoticed, where keepalive is on.</summary>
public sealed class Keepalive : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.keepalive", Source: "tcp(7), SO_KEEPALIVE; ip-sysctl.rst, tcp_keepalive_time") { Cause = "keepalive-absent" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SettingValue.Number(evidence, "net.ipv4.tcp_keepalive_time") is { } first
            && SettingValue.Number(evidence, "net.ipv4.tcp_keepalive_intvl") is { } interval
            && SettingValue.Number(evidence, "net.ipv4.tcp_keepalive_probes") is { } probes)
        {
            yield return new Signal(Info.Id, Standing.Fine, "a dead peer is noticed after", $"{first + (interval * probes)} s ({first} + {probes} x {interval}), by programs that ask for keepalive", "");
        }
    }
}
