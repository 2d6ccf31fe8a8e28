using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets dropped because they lay in the memory that is kept for emergencies.</summary>
public sealed class EmergencyMemory() : CounterCheck(
    "memory.emergency",
    "net/core/filter.c, SK_PFMEMALLOC; snmp_counter.rst",
    "packets dropped for want of memory",
    "TcpExt.PFMemallocDrop")
{
    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence) =>
        fine with
        {
            Standing = Standing.Critical,
            Meaning = "This machine is so short of memory that packets arrive in its emergency reserve and are thrown away.",
            Remedies = [new Remedy("See who uses the memory.", "free -m; ps -eo pid,rss,comm --sort=-rss | head")],
        };
}
