using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Gets one tracked connection.</summary>
/// <param name="entry">The connection; valid during the call only.</param>
public delegate void ConntrackHandler(in ConntrackEntry entry);

/// <summary>Asks the kernel about connection tracking of this network namespace. Needs CAP_NET_ADMIN.</summary>
/// <remarks>Source: linux/netfilter/nfnetlink_conntrack.h.</remarks>
public static class ConntrackNetlink
{
    private const int BufferSize = 32 * 1024; // the kernel fills no more in one datagram

    private delegate bool MessageHandler(ReadOnlySpan<byte> payload);

    /// <summary>Statistics by kernel name, summed over processors; only what is not zero.</summary>
    /// <exception cref="LinuxException">The kernel refused (EPERM), or has no ctnetlink.</exception>
    public static Dictionary<string, long> Statistics()
    {
        Dictionary<string, long> sums = [];
        Ask(NetfilterRequest.DumpConnectionStatistics(sequence: 1), NetfilterRequest.ConnectionStatistics, payload =>
        {
            ConntrackStatistics.Add(payload, sums);
            return true;
        });
        return sums;
    }

    /// <summary>Lists tracked connections.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="handler">Gets each.</param>
    /// <returns>Whether it was given all of them.</returns>
    /// <exception cref="LinuxException">The kernel refused (EPERM), or has no ctnetlink.</exception>
    public static bool Dump(int most, ConntrackHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        int left = most;
        return Ask(NetfilterRequest.DumpConnections(sequence: 1), NetfilterRequest.NewConnection, payload =>
        {
            if (left-- <= 0)
                return false;
            if (ConntrackEntry.Read(payload, out ConntrackEntry entry) is OperationStatus.Done)
                handler(in entry);
            return true;
        });
    }

    // A socket of its own for each question: what is left of a list that was cut short goes with it.
    private static bool Ask(NetfilterRequest request, NetlinkMessageType answer, MessageHandler handler)
    {
        using var netlink = NetlinkSocket.Open(NetlinkProtocol.Netfilter);
        netlink.Send(request);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var reader = new NetlinkReader(netlink.Receive(buffer));
                OperationStatus status;
                while ((status = reader.Read()) is OperationStatus.Done)
                {
                    switch (reader.Header.Type)
                    {
                        case var type when type == answer:
                            if (!handler(reader.Payload))
                                return false;
                            break;
                        case NetlinkMessageType.Error when MemoryMarshal.TryRead(reader.Payload, out int errno) && errno != 0:
                            throw new LinuxException("ctnetlink", -errno);
                        case NetlinkMessageType.Done:
                            return true;
                    }
                }

                if (status is OperationStatus.InvalidData)
                    throw new LinuxException("ctnetlink", (int)Errno.EBADMSG);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
