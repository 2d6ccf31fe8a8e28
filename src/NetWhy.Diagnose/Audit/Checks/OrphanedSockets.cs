using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Sockets that their program closed and that are not done yet, on the whole machine.</summary>
public sealed class OrphanedSockets : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.orphans", Source: "ip-sysctl.rst, tcp_max_orphans");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { Orphans: { } count } survey || SettingValue.Number(evidence, "net.ipv4.tcp_max_orphans") is not { } most)
            yield break;
        double share = count / (double)Math.Max(1, most);
        yield return new Signal(
            Info.Id,
            share > 0.9 ? Standing.Critical : share > 0.5 ? Standing.Warning : Standing.Fine,
            "orphaned connections",
            $"{count} of all namespaces",
            $"{most}")
        {
            Meaning = share > 0.5 ? "Beyond the limit the kernel resets them, and what they still had to send is lost: peers that take long to close, or that are gone." : "",
            Remedies = share > 0.5 ? [Remedy.Set("Allow more; each takes some kilobytes of memory.", "net.ipv4.tcp_max_orphans", $"{most * 2}")] : [],
            Evidence = [survey],
        };
    }
}
