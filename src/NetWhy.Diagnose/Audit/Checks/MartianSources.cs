using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets with addresses that cannot be: a source of our own, of loopback, or of no network.</summary>
public sealed class MartianSources() : CounterCheck(
    "route.martians",
    "net/ipv4/route.c, ip_handle_martian_source; ip-sysctl.rst, log_martians",
    "packets with impossible addresses",
    "RouteCache.in_martian_src",
    "RouteCache.in_martian_dst")
{
    /// <inheritdoc/>
    protected override bool IsOptional => true;

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        // What the reverse path filter drops is counted here as well, and has a check of its own. Source: net/ipv4/route.c, ip_handle_martian_source.
        // The counter is of all network namespaces together: what another one than the machine's first sees of it is hardly its own.
        counters.Grown(Names) <= counters.Grown("TcpExt.IPReversePathFilter") || WholeHost.OwnerOfLimits(evidence) is not null ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Some network namespace of this machine drops them: a loop that brings our own packets back, a spoofed source, or answers that come by an interface that they may not come by.",
            Remedies = [new Remedy("Have each logged with its addresses and its interface, for a while; 0 ends it.", "sysctl -w net.ipv4.conf.all.log_martians=1")],
        };
}
