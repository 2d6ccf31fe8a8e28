using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>SYN cookies that came back and are not ours.</summary>
public sealed class TcpCookies() : CounterCheck(
    "tcp.cookies",
    "snmp_counter.rst, TcpExtSyncookiesFailed; net/ipv4/syncookies.c",
    "SYN cookies refused",
    "TcpExt.SyncookiesFailed")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        long refused = counters.Grown(Names);
        return !counters.IsMuch(refused, 5) || CounterReading.Share(refused, refused + counters.Grown("TcpExt.SyncookiesRecv")) < 0.1 ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = "Services here answer with cookies, and ACKs come back that carry none of them: a flood of ACKs, clients that take more than two minutes, or a balancer that sends a client's ACK to another machine than its SYN.",
            Remedies = [new Remedy("Compare with the cookies that were sent and came back.", "nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv TcpExtSyncookiesFailed")],
        };
    }
}
