using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Fragments that could not be put together, and the memory in which they wait.</summary>
public sealed class IpFragments() : CounterCheck(
    "ip.fragments",
    "RFC 4293, ipSystemStatsReasmFails; ip-sysctl.rst, ipfrag_high_thresh",
    "IP fragments not put together",
    "Ip.ReasmFails",
    "Ip.ReasmTimeout",
    "Ip6ReasmFails",
    "Ip6ReasmTimeout",
    "IpExt.ReasmOverlaps")
{
    private const double Full = 0.9; // of the memory: above the threshold the oldest are thrown away

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        ProtocolMemory? memory = evidence.Last<ProtocolMemory>();
        bool isFull = memory is { FragmentLimit: { } limit } && memory.FragmentOctets >= Full * limit;
        long failed = counters.Grown("Ip.ReasmFails", "Ip6ReasmFails");
        return fine with
        {
            Standing = isFull || counters.IsMuch(failed, 5, 0.01, "Ip.ReasmReqds", "Ip6ReasmReqds") ? Standing.Warning : Standing.Advice,
            Meaning = isFull
                ? "The memory for fragments is full: packets that come in pieces are lost, as large DNS answers, NFS by UDP and some tunnels do."
                : "Packets came in pieces of which some did not arrive: a filter or a lossy path takes fragments, and the whole packet is lost.",
            Limit = memory?.FragmentLimit is { } most ? $"{Words.Octets(memory.FragmentOctets)} of {Words.Octets(most)} in use" : "",
            Evidence = memory is null ? fine.Evidence : [.. fine.Evidence, memory],
            Remedies = isFull && SettingValue.Number(evidence, "net.ipv4.ipfrag_high_thresh") is { } current and > 0 and < 1L << 28
                ? [Remedy.Set("Keep more of them while they wait for the rest.", "net.ipv4.ipfrag_high_thresh", (4 * current).ToString(CultureInfo.InvariantCulture))]
                : [new Remedy("See who sends fragments, for ten seconds.", "timeout 10 tcpdump -nni any -c 20 'ip[6:2] & 0x3fff != 0 or ip6[6] = 44'")],
        };
    }
}
