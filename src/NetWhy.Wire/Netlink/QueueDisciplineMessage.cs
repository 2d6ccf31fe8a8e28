using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of messages about traffic control.</summary>
/// <remarks>Source: <c>struct tcmsg</c> in linux/rtnetlink.h.</remarks>
/// <param name="Family">Always 0.</param>
/// <param name="Padding1">Always 0.</param>
/// <param name="Padding2">Always 0.</param>
/// <param name="Index">Interface index.</param>
/// <param name="Handle">Major number of 16 bits, minor one of 16 bits.</param>
/// <param name="Parent">Class that it hangs on; all ones for the root.</param>
/// <param name="Info">Not used here.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct QueueDisciplineHeader(
    byte Family, byte Padding1, ushort Padding2, int Index, uint Handle, uint Parent, uint Info)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 20;
}

/// <summary>One queueing discipline, as <c>RTM_NEWQDISC</c> describes it.</summary>
/// <remarks>Source: linux/rtnetlink.h (TCA_), linux/gen_stats.h, linux/pkt_sched.h.</remarks>
/// <param name="Header">The fixed part.</param>
/// <param name="Kind">Kind, such as <c>fq_codel</c>.</param>
public sealed record QueueDisciplineMessage(QueueDisciplineHeader Header, string Kind)
{
    private const uint Root = 0xffffffff; // TC_H_ROOT
    private const uint Ingress = 0xfffffff1; // TC_H_INGRESS, TC_H_CLSACT

    /// <summary>Packets sent.</summary>
    public long Packets { get; private init; }

    /// <summary>Octets sent.</summary>
    public long Octets { get; private init; }

    /// <summary>Packets dropped.</summary>
    public long Drops { get; private init; }

    /// <summary>How often it was over its rate or limit.</summary>
    public long Overlimits { get; private init; }

    /// <summary>Packets put back since the driver could not take them.</summary>
    public long Requeues { get; private init; }

    /// <summary>Packets that wait.</summary>
    public long Length { get; private init; }

    /// <summary>Octets that wait.</summary>
    public long Backlog { get; private init; }

    /// <summary>Limit of the queue in packets; null if the kind has none of that unit.</summary>
    public long? PacketLimit { get; private init; }

    /// <summary>Limit of the queue in octets; null if the kind has none of that unit.</summary>
    public long? OctetLimit { get; private init; }

    /// <summary>Rate that it shapes to, in octets a second; null if it does not shape.</summary>
    public long? Rate { get; private init; }

    /// <summary>Its handle, as tc writes it.</summary>
    public string HandleText => Text(Header.Handle);

    /// <summary>Its parent, as tc writes it.</summary>
    public string ParentText => Header.Parent switch { Root => "root", Ingress => "ingress", var parent => Text(parent) };

    /// <summary>Reads the payload of an <c>RTM_NEWQDISC</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="queue">The queueing discipline; null if the payload is cut short.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out QueueDisciplineMessage? queue)
    {
        queue = null;
        if (payload.Length < QueueDisciplineHeader.Size)
            return OperationStatus.NeedMoreData;

        var attributes = new NetlinkAttributeTable(payload[QueueDisciplineHeader.Size..]);
        ReadOnlySpan<byte> kind = attributes[1]; // TCA_KIND
        queue = new QueueDisciplineMessage(MemoryMarshal.Read<QueueDisciplineHeader>(payload), System.Text.Encoding.UTF8.GetString(kind.TrimEnd((byte)0)))
            .WithStatistics(new NetlinkAttributeTable(attributes[7])) // TCA_STATS2
            .WithOptions(attributes[2]); // TCA_OPTIONS
        return OperationStatus.Done;
    }

    private static string Text(uint handle)
    {
        (uint major, uint minor) = (handle >> 16, handle & 0xffff);
        return (major, minor) switch
        {
            (0, not 0) => string.Create(CultureInfo.InvariantCulture, $":{minor:x}"),
            (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{major:x}:"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{major:x}:{minor:x}"),
        };
    }

    private QueueDisciplineMessage WithStatistics(NetlinkAttributeTable statistics)
    {
        ReadOnlySpan<byte> basic = statistics[1]; // TCA_STATS_BASIC: u64 octets, u32 packets
        ReadOnlySpan<byte> queue = statistics[3]; // TCA_STATS_QUEUE: u32 length, backlog, drops, requeues, overlimits
        return this with
        {
            Octets = MemoryMarshal.TryRead(basic, out long octets) ? octets : 0,
            Packets = statistics.LongNumber(8) is { } packets ? (long)packets : Number(basic, 8) ?? 0, // TCA_STATS_PKT64
            Length = Number(queue, 0) ?? 0,
            Backlog = Number(queue, 4) ?? 0,
            Drops = Number(queue, 8) ?? 0,
            Requeues = Number(queue, 12) ?? 0,
            Overlimits = Number(queue, 16) ?? 0,
        };
    }

    private QueueDisciplineMessage WithOptions(ReadOnlySpan<byte> options)
    {
        switch (Kind)
        {
            case "pfifo": // struct tc_fifo_qopt
                return this with { PacketLimit = Number(options, 0) };
            case "bfifo":
                return this with { OctetLimit = Number(options, 0) };
            case "sfq": // struct tc_sfq_qopt: quantum, perturbation, limit
                return this with { PacketLimit = Number(options, 8) };
            case "netem": // struct tc_netem_qopt: latency, limit
                return this with { PacketLimit = Number(options, 4) };
            case "fq_codel" or "codel": // TCA_FQ_CODEL_LIMIT, TCA_CODEL_LIMIT
                return this with { PacketLimit = new NetlinkAttributeTable(options).Number(2) };
            case "fq": // TCA_FQ_PLIMIT
                return this with { PacketLimit = new NetlinkAttributeTable(options).Number(1) };
            case "tbf": // TCA_TBF_PARMS: two struct tc_ratespec of 12 octets with the rate in the last four, then the limit
                var nested = new NetlinkAttributeTable(options);
                return this with
                {
                    OctetLimit = Number(nested[1], 24),
                    Rate = nested.LongNumber(4) is { } rate ? (long)Math.Min(rate, long.MaxValue / 8) : Number(nested[1], 8), // TCA_TBF_RATE64
                };
            default:
                return this;
        }
    }

    private static long? Number(ReadOnlySpan<byte> octets, int offset) =>
        octets.Length >= offset + sizeof(uint) ? MemoryMarshal.Read<uint>(octets[offset..]) : null;
}
