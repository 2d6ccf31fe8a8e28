using System.Globalization;
using NetWhy.Collect.Sockets;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Routing;

/// <summary>How often the transmit queues of an interface hung, or stood still for longer than somebody allows.</summary>
/// <remarks>
/// Only sysfs tells, and shows the network namespace in which it was mounted: an interface is looked up by name, and believed
/// only if its number and its hardware address are those that netlink gives here. Source: Documentation/ABI/testing/sysfs-class-net-queues.
/// </remarks>
/// <param name="Timeouts">Times that a queue sent nothing for so long that the kernel had the driver start it again.</param>
/// <param name="Stalls">Times that a queue stood still for longer than its stall_thrs; null if that is not set for any.</param>
/// <param name="LongestStall">Longest of those, in milliseconds; null if it is not set for any.</param>
internal sealed record TransmitQueues(long Timeouts, long? Stalls, long? LongestStall)
{
    private const int MostQueues = 256;

    /// <summary>Reads the queues of an interface; null if sysfs does not show it.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="root">Where sysfs has the interfaces.</param>
    internal static TransmitQueues? Read(LinkMessage link, string root = "/sys/class/net") =>
        link.Name.Contains('/', StringComparison.Ordinal) ? null : Read(Path.Combine(root, link.Name), link.Header.Index, link.HardwareAddress);

    /// <summary>Reads the queues of an interface; null if this is another one.</summary>
    /// <param name="folder">Where sysfs has the interface.</param>
    /// <param name="index">Its number.</param>
    /// <param name="hardwareAddress">Its hardware address; null if it has none.</param>
    internal static TransmitQueues? Read(string folder, int index, string? hardwareAddress)
    {
        if (hardwareAddress is null || KernelFiles.Number(folder + "/ifindex") != index || KernelFiles.Text(folder + "/address") != hardwareAddress)
            return null;
        long timeouts = 0;
        long? stalls = null;
        long? longest = null;
        bool isAny = false;
        for (int queue = 0; queue < MostQueues; queue++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{folder}/queues/tx-{queue}");
            if (KernelFiles.Number(path + "/tx_timeout") is not { } hung)
                break;
            isAny = true;
            timeouts += Math.Max(0, hung);
            if (KernelFiles.Number(path + "/byte_queue_limits/stall_thrs") is not > 0)
                continue;
            stalls = (stalls ?? 0) + Math.Max(0, KernelFiles.Number(path + "/byte_queue_limits/stall_cnt") ?? 0);
            longest = Math.Max(longest ?? 0, KernelFiles.Number(path + "/byte_queue_limits/stall_max") ?? 0);
        }

        return isAny ? new TransmitQueues(timeouts, stalls, longest) : null;
    }
}
