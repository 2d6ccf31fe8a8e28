namespace NetWhy.Collect.Sockets;

/// <summary>Knows when SYNs that nobody answers are sent again, and so since when a connection is being opened.</summary>
/// <remarks>
/// The first timeouts are a second each, as many as tcp_syn_linear_timeouts says and one more; then each takes twice the
/// time of the one before, up to two minutes. Source: net/ipv4/tcp_timer.c, tcp_retransmit_timer; RFC 6298, section 2.1.
/// </remarks>
/// <param name="linear">net.ipv4.tcp_syn_linear_timeouts; 0 for kernels without it.</param>
internal readonly struct SynTimer(int linear)
{
    private const long First = 1000; // ms
    private const long Most = 120_000; // ms, TCP_RTO_MAX

    /// <summary>The timer as this network namespace has it.</summary>
    internal static SynTimer Read() => new((int)Math.Clamp(KernelFiles.Number("/proc/sys/net/ipv4/tcp_syn_linear_timeouts") ?? 0, 0, byte.MaxValue));

    /// <summary>Time since the first SYN, in ms.</summary>
    /// <param name="repeats">Times that it was sent again.</param>
    /// <param name="remaining">Time until it is sent again, in ms.</param>
    internal long SinceFirst(int repeats, uint remaining)
    {
        long due = 0;
        long timeout = First;
        for (int i = 0; i <= repeats; i++)
        {
            due += timeout;
            if (i >= linear)
                timeout = Math.Min(2 * timeout, Most);
        }

        return Math.Max(0, due - remaining);
    }
}
