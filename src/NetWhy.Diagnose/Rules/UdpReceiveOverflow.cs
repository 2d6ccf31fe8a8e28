using System.Globalization;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A UDP socket of this machine drops what comes, because its program does not read fast enough for its buffer.</summary>
/// <remarks>
/// The counter of a socket counts also what a filter or a checksum refused: so its buffer must be full, or the counter of full
/// buffers must have grown. Source: udp(7); net/ipv4/udp.c, __udp_enqueue_schedule_skb.
/// </remarks>
public sealed class UdpReceiveOverflow : IRule
{
    private const string Cause = "udp-receive-overflow";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "snmp_counter.rst, UdpRcvbufErrors; sock_diag(7), SK_MEMINFO_DROPS", Cause)
    {
        Explains = ["dns-slow", "packet-loss"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        bool isAsked = evidence.Investigation?.TargetKind is TargetKind.LocalPort or TargetKind.Process;
        foreach (DatagramSocket socket in evidence.All<DatagramSocket>())
        {
            if (socket.DropsGrowth > 0)
                yield return Judge(evidence, socket);
            else if (isAsked && BoundDatagrams.IsFull(socket))
                yield return OfFull(socket);
        }
    }

    // Nothing came meanwhile that could be dropped.
    private static Finding OfFull(DatagramSocket socket)
    {
        string owner = SocketWords.Owner(socket.Process, socket.Pid, isStart: true);
        return new Finding(
            Cause,
            Severity.Warning,
            Where.Local,
            $"{owner} does not read its UDP socket {SocketPlace(socket)}: its buffer of {Words.Octets(socket.Buffer)} is full, and what comes next is dropped ({socket.Drops} were so far).",
            [
                socket.Weigh(Weight.VeryStrong, $"{Words.Octets(socket.Queued)} of its buffer of {Words.Octets(socket.Buffer)} are in use"),
                socket.Weigh(Weight.Strong, $"so were {Words.Octets(socket.QueuedBefore)} in the sample before"),
            ])
        {
            Measure = new Measure($"buffer of UDP {SocketPlace(socket)}", Words.Octets(socket.Queued), Words.Octets(socket.Buffer)),
            Remedies =
            [
                new Remedy("See what the program does instead of reading; a larger buffer only hides it for a while.", SeeProcess(socket)),
                Watch(socket),
            ],
        };
    }

    private static Finding Judge(EvidenceSet evidence, DatagramSocket socket)
    {
        long full = SocketWords.Growth(evidence, "Udp.RcvbufErrors", "Udp6RcvbufErrors");
        long memory = SocketWords.Growth(evidence, "Udp.MemErrors", "Udp6MemErrors");
        bool isFull = Math.Max(socket.Queued, socket.QueuedBefore) * 10 >= socket.Buffer * 9;
        string owner = SocketWords.Owner(socket.Process, socket.Pid);
        string rate = string.Create(CultureInfo.InvariantCulture, $"{socket.DropsGrowth} in {Words.Of(socket.Interval ?? TimeSpan.Zero)}");
        List<Reason> reasons =
        [
            socket.Weigh(Weight.Strong, $"the socket on port {socket.Port} dropped {rate}"),
            socket.Weigh(isFull ? Weight.Strong : Weight.Context, $"{Words.Octets(socket.Queued)} of its buffer of {Words.Octets(socket.Buffer)} are in use"),
        ];
        if (evidence.Last<KernelCounters>() is { } counters)
        {
            if (full > 0)
                reasons.Add(counters.Weigh(Weight.Strong, $"the kernel counted {full} datagrams for which a socket had no room (RcvbufErrors)"));
            else if (!isFull)
                reasons.Add(counters.Weigh(Weight.Against, "no datagram met a full buffer: a filter or a checksum refused them"));
            if (memory > 0)
                reasons.Add(counters.Weigh(Weight.Against, $"{memory} were dropped for want of memory for all sockets (udp_mem)"));
        }

        long lost = socket.DropsGrowth ?? 0;
        double? share = evidence.Last<KernelCounters>() is null ? null
            : Audit.CounterReading.Share(lost, lost + SocketWords.Growth(evidence, "Udp.InDatagrams", "Udp6InDatagrams"));
        return new Finding(
            Cause,
            DatagramLoss.Grade(lost / Math.Max(1, socket.Interval?.TotalSeconds ?? 1), share),
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"The UDP socket {SocketPlace(socket)} of {owner} drops datagrams ({rate}): its buffer of {Words.Octets(socket.Buffer)} {(isFull ? "is" : "was")} full, the program does not read fast enough."),
            [.. reasons])
        {
            Measure = new Measure($"drops at UDP {SocketPlace(socket)}", $"{rate}, {Words.Octets(Math.Max(socket.Queued, socket.QueuedBefore))} queued", $"{Words.Octets(socket.Buffer)} of buffer"),
            Remedies =
            [
                new Remedy("Let the program read faster: more threads or sockets (SO_REUSEPORT), recvmmsg, less work for each datagram.", SeeProcess(socket)),
                .. LargerBuffer(evidence, socket),
                Watch(socket),
            ],
        };
    }

    private static string? SeeProcess(DatagramSocket socket) =>
        socket.Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"cat /proc/{pid}/status /proc/{pid}/wchan") : null;

    private static Remedy Watch(DatagramSocket socket) => new(
        "Watch the buffer (r), its size (rb) and the drops (d).", string.Create(CultureInfo.InvariantCulture, $"ss -uanmp 'sport = :{socket.Port}'"));

    // The kernel doubles what a program asks for, and caps it at rmem_max. Source: socket(7), SO_RCVBUF.
    private static IEnumerable<Remedy> LargerBuffer(EvidenceSet evidence, DatagramSocket socket)
    {
        long? most = Audit.SettingValue.Number(evidence, "net.core.rmem_max");
        long? usual = Audit.SettingValue.Number(evidence, "net.core.rmem_default");
        if (most is null)
            yield break;
        if (socket.Buffer >= 2 * most)
        {
            long wanted = Math.Min(4 * most.Value, 64L << 20);
            if (wanted > most)
                yield return Remedy.Set("Allow larger buffers, for short bursts: the program has the largest that is allowed. It must open its socket again.", "net.core.rmem_max", wanted.ToString(CultureInfo.InvariantCulture), Hosts.WholeHost.OwnerOfLimits(evidence));
        }
        else if (socket.Buffer == usual)
        {
            yield return new Remedy(string.Create(CultureInfo.InvariantCulture, $"For short bursts: let the program ask for a larger buffer (SO_RCVBUF, allowed up to {most}); it has the default of {usual}."));
        }
        else
        {
            yield return new Remedy(string.Create(CultureInfo.InvariantCulture, $"For short bursts: let the program ask for a larger buffer (SO_RCVBUF, allowed up to {most}); it has {socket.Buffer}."));
        }
    }

    private static string SocketPlace(DatagramSocket socket) => Paths.TargetView.InWords(socket.Address, socket.Port);
}
