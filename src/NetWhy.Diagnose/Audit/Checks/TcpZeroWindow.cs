using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Receive windows of this machine that shut because a program does not read.</summary>
public sealed class TcpZeroWindow() : CounterCheck(
    "tcp.zero-window",
    "snmp_counter.rst, TcpExtTCPToZeroWindowAdv; RFC 9293, section 3.8.6",
    "TCP receive windows shut",
    "TcpExt.TCPToZeroWindowAdv",
    "TcpExt.TCPZeroWindowDrop")
{
    /// <inheritdoc/>
    protected override string? Cause => "receive-window-full";

    /// <inheritdoc/>
    protected override Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence)
    {
        // The fullest buffer now; a window that opened again in between leaves none.
        TcpFlow? slow = evidence.All<TcpFlow>()
            .Where(flow => flow.ReceiveQueue > 0 && flow.ReceiveQueueBefore > 0 && !IsSmall(flow))
            .MaxBy(flow => Math.Min(flow.ReceiveQueue, flow.ReceiveQueueBefore));
        return fine with
        {
            Standing = counters.Grown("TcpExt.TCPZeroWindowDrop") >= 10 ? Standing.Warning : Standing.Advice,
            Meaning = slow is null
                ? "Programs here read more slowly than data arrives: their windows went to 0, and the senders wait."
                : $"{SocketWords.Owner(slow.Process, slow.Pid, isStart: true)} reads more slowly than data arrives from {SocketWords.Peer(slow)}: {Words.Octets(slow.ReceiveQueue)} wait for it, its window goes to 0, and the sender waits.",
            Remedies = slow is not null
                ? [new Remedy("See what waits for it (Recv-Q).", $"ss -tnmip '{SocketWords.Filter(slow)}'")]
                : [new Remedy("See who does not read: the second column is what waits.", "ss -tnp state established | awk 'NR == 1 || $1 > 0'")],
            Evidence = slow is null ? fine.Evidence : [.. fine.Evidence, slow],
        };
    }

    // A quarter of the buffer shuts no window.
    private static bool IsSmall(TcpFlow flow) => flow.ReceiveBuffer is { } buffer && Math.Max(flow.ReceiveQueue, flow.ReceiveAllocated ?? 0) * 4 < buffer;
}
