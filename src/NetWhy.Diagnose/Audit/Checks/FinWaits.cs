using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that this machine has closed and the peers have not.</summary>
public sealed class FinWaits : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.fin-wait-2", Source: "RFC 9293, section 3.3.2; ip-sysctl.rst, tcp_fin_timeout") { Cause = "fin-wait2-pileup" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "fin-wait-2") is { } count)
            yield return new Signal(Info.Id, Standing.Fine, "connections in FIN-WAIT-2", $"{count}", $"{SettingValue.Number(evidence, "net.ipv4.tcp_fin_timeout") ?? 60} s each without a program");
    }
}
