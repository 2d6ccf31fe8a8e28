using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that the kernel dropped because their source is not reached by the interface that they came in by.</summary>
public sealed class ReversePathFilterDrops : IHostCheck
{
    private const string Counter = "TcpExt.IPReversePathFilter"; // of all IPv4, whatever its prefix says

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("ip.reverse-path-filter", Source: "ip-sysctl.rst, rp_filter; net/ipv4/ip_input.c");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<KernelCounters>() is not { } counters)
            yield break;
        long grown = counters.Growth.GetValueOrDefault(Counter);
        var signal = new Signal(
            Info.Id,
            grown > 0 ? Standing.Warning : Standing.Fine,
            "reverse path filter drops",
            string.Create(CultureInfo.InvariantCulture, $"{grown} in {Words.Of(counters.Lasted)}, {counters.Totals.GetValueOrDefault(Counter)} since start"),
            "")
        {
            Evidence = [counters],
        };
        yield return grown == 0 ? signal : signal with
        {
            Meaning = "Packets arrive by an interface that the answers would not leave by, and rp_filter drops them: requests of such clients seem to vanish.",
            Remedies =
            [
                new Remedy("See which interfaces filter strictly (1); the larger of all and the interface counts.", "sysctl -ar 'conf\\..*\\.rp_filter'"),
                Remedy.Set("Accept what could be answered by any interface (loose mode).", "net.ipv4.conf.all.rp_filter", "2"),
            ],
        };
    }
}
