using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Cookies that SYNPROXY got back and that are not its own.</summary>
public sealed class SynProxy() : CounterCheck(
    "firewall.synproxy",
    "net/netfilter/nf_synproxy_core.c; nft(8), synproxy",
    "cookies refused by SYNPROXY",
    "SynProxy.cookie_invalid")
{
    /// <inheritdoc/>
    protected override bool IsOptional => true; // most machines have none

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long refused = counters.Grown(Names);
        long taken = counters.Grown("SynProxy.cookie_valid");
        return !counters.IsMuch(refused, 5) || CounterReading.Share(refused, refused + taken) < 0.1 ? fine : fine with
        {
            Standing = Standing.Advice,
            Value = $"{fine.Value}; {taken} taken",
            Meaning = "Segments without a connection carry no cookie of this machine, and are dropped: a flood of ACKs, connections that stood before SYNPROXY was set up, or a machine in between that changes sequence numbers.",
            Remedies = [new Remedy("See whether they go on coming.", "cat /proc/net/stat/synproxy")],
        };
    }
}
