using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Local ports in use towards the destination that has most of them.</summary>
public sealed class LocalPorts : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.local-ports", Source: "ip-sysctl.rst, ip_local_port_range") { Cause = "ephemeral-ports-exhausted" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.All<EphemeralPorts>().Where(ports => ports.Source is not null).MaxBy(ports => ports.InUse) is not { } fullest)
            yield break;
        var use = PortUse.Of(fullest);
        bool isNear = use.Share >= 0.7;
        yield return new Signal(
            Info.Id,
            isNear ? Standing.Warning : Standing.Fine,
            $"local ports to {Paths.TargetView.InWords(fullest.Destination, fullest.Port)}",
            $"{fullest.InUse}, {fullest.TimeWait} in TIME-WAIT",
            string.Create(CultureInfo.InvariantCulture, $"{use.Usable}: {use.Sustained:0.#} new connections a second"))
        {
            Meaning = isNear ? $"{Words.Percent(fullest.InUse, use.Usable)} of the ports are in use{(use.Left is { } left ? $"; at this rate the last one is gone in {Words.Of(left)}" : "")}. Then connections to there fail with EADDRNOTAVAIL, and no counter tells." : "",
            Remedies = isNear ? [new Remedy("Keep connections open and use them again, or pool them.", $"ss -tanp dst {fullest.Destination} dport = :{fullest.Port}")] : [],
            Evidence = [fullest],
        };
    }
}
