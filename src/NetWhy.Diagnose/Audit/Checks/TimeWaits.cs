using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that ended and are remembered for a minute, against the places for them.</summary>
public sealed class TimeWaits : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.time-wait", Source: "ip-sysctl.rst, tcp_max_tw_buckets") { Cause = "time-wait-overflow" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "time-wait") is not { } count || SettingValue.Number(evidence, "net.ipv4.tcp_max_tw_buckets") is not { } most)
            yield break;
        bool isNear = most > 0 && count * 10L >= most * 9;
        long overflows = evidence.Last<KernelCounters>()?.Totals.GetValueOrDefault("TcpExt.TCPTimeWaitOverflow") ?? 0;
        yield return new Signal(
            Info.Id,
            isNear ? Standing.Warning : Standing.Fine,
            "TIME-WAIT table",
            overflows > 0 ? $"{count}, {overflows} forgotten since start, none now" : $"{count}",
            $"{most}")
        {
            Meaning = isNear ? "When it is full, connections that end are forgotten at once, and their late segments may disturb new ones." : "",
            Remedies = isNear && most < 1_048_576 ? [Remedy.Set("Keep more.", "net.ipv4.tcp_max_tw_buckets", $"{Math.Max(8192, most * 2)}")] : [],
        };
    }
}
