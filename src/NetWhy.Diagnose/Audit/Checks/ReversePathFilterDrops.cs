using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that the kernel dropped because their source is not reached by the interface that they came in by.</summary>
public sealed class ReversePathFilterDrops() : CounterCheck(
    "ip.reverse-path-filter",
    "ip-sysctl.rst, rp_filter; net/ipv4/ip_input.c",
    "reverse path filter drops",
    "TcpExt.IPReversePathFilter") // of all IPv4, whatever its prefix says
{
    private const string All = "net.ipv4.conf.all.rp_filter";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        bool isLoose = SettingValue.Number(evidence, All) is 2; // the larger one of all and the interface counts
        return fine with
        {
            Standing = counters.IsMuch(counters.Grown(Names), 1, 0.0001, "Ip.InReceives") ? Standing.Warning : Standing.Advice,
            Meaning = isLoose
                ? "Packets arrive whose source this machine has no route to at all, and rp_filter drops them: a route back is missing, or the source is forged."
                : "Packets arrive by an interface that the answers would not leave by, and rp_filter drops them: requests of such clients seem to vanish.",
            Remedies = isLoose
                ? [new Remedy("See whose they are; routes that are missing are those of networks behind another router.", "ip route; timeout 10 tcpdump -nnei any -c 20 'inbound and ip'")]
                :
                [
                    new Remedy("See which interfaces filter strictly (1); the larger of all and the interface counts.", "sysctl -ar 'conf\\..*\\.rp_filter'"),
                    Remedy.Set("Accept what could be answered by any interface (loose mode).", All, "2"),
                ],
        };
    }
}
