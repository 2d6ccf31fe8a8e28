using System.Buffers;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Hears what changes in the neighbour tables and in the forwarding tables of bridges, in the network namespace of the thread that opens it. Needs no privilege.</summary>
/// <remarks>The kernel keeps messages until they are taken, some thousands of them. Source: rtnetlink(7), <c>RTMGRP_NEIGH</c>.</remarks>
public sealed class NeighbourEvents : IDisposable
{
    private const uint Neighbours = 4; // RTMGRP_NEIGH
    private const int BufferSize = 32 * 1024;
    private const int ReceiveBufferSize = 1 << 21; // the usual one is full after 300 messages
    private const int MostDatagrams = 10_000; // of one turn; the next one takes the rest

    private readonly NetlinkSocket _socket;
    private readonly byte[] _buffer = new byte[BufferSize];

    private NeighbourEvents(NetlinkSocket socket) => _socket = socket;

    /// <summary>Whether the kernel had to drop messages because nobody took them in time.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static NeighbourEvents Open()
    {
        var socket = NetlinkSocket.Open(NetlinkProtocol.Route);
        try
        {
            socket.WantReceiveBuffer(ReceiveBufferSize);
            socket.Subscribe(Neighbours);
            return new NeighbourEvents(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes what has come, without waiting.</summary>
    /// <param name="neighbour">Gets each neighbour that is new or has changed.</param>
    /// <param name="station">Gets each station that a bridge learned, also behind another port than before.</param>
    /// <exception cref="LinuxException">The receive failed.</exception>
    public void Take(Action<NeighbourMessage> neighbour, Action<ForwardingEntryMessage> station)
    {
        for (int i = 0; i < MostDatagrams; i++)
        {
            ReadOnlySpan<byte> octets;
            try
            {
                if (!_socket.TryReceive(_buffer, out octets))
                    return;
            }
            catch (LinuxException overrun) when (overrun.Errno is (int)Errno.ENOBUFS)
            {
                HasLost = true;
                continue;
            }

            var reader = new NetlinkReader(octets);
            while (reader.Read() is OperationStatus.Done)
            {
                if (reader.Header.Type != RouteMessageType.NewNeighbour)
                    continue;
                if (ForwardingEntryMessage.Read(reader.Payload, out ForwardingEntryMessage? entry) is OperationStatus.Done)
                    station(entry!);
                else if (NeighbourMessage.Read(reader.Payload, out NeighbourMessage? changed) is OperationStatus.Done && changed!.Header.Family is not ForwardingEntryMessage.Family)
                    neighbour(changed);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
