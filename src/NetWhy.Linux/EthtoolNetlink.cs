using System.Buffers;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Asks the drivers of network interfaces for what the older way, <see cref="Ethtool"/>, does not tell. Reading needs no privilege.</summary>
/// <remarks>Source: Documentation/networking/ethtool-netlink.rst.</remarks>
public sealed class EthtoolNetlink : IDisposable
{
    private const int BufferSize = 16 * 1024;

    private readonly NetlinkSocket _socket;
    private readonly NetlinkMessageType _family;
    private readonly byte[] _buffer = new byte[BufferSize];
    private uint _sequence = 1;

    private EthtoolNetlink(NetlinkSocket socket, NetlinkMessageType family) => (_socket, _family) = (socket, family);

    /// <summary>Opens the way to the drivers, in the network namespace of the calling thread; null if the kernel has none (before 5.6).</summary>
    public static EthtoolNetlink? Open()
    {
        NetlinkSocket? socket = null;
        try
        {
            socket = NetlinkSocket.Open(NetlinkProtocol.Generic);
            using var unnamed = new EthtoolNetlink(socket, default);
            NetlinkMessageType? family = unnamed.Ask(GenericFamily.Ask(stackalloc byte[64], "ethtool", unnamed._sequence), GenericFamily.Read);
            return family is { } number ? new EthtoolNetlink(NetlinkSocket.Open(NetlinkProtocol.Generic), number) : null;
        }
        catch (LinuxException)
        {
            socket?.Dispose();
            return null;
        }
    }

    /// <summary>What forward error correction did on a link; null if it has none, or if the driver does not tell.</summary>
    /// <param name="interfaceIndex">The interface.</param>
    public ErrorCorrectionMessage? ErrorCorrection(int interfaceIndex)
    {
        try
        {
            _sequence++;
            return Ask(
                ErrorCorrectionMessage.Ask(stackalloc byte[64], _family, interfaceIndex, _sequence),
                payload => ErrorCorrectionMessage.Read(payload, out ErrorCorrectionMessage? message) is OperationStatus.Done ? message : null);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // Null where the kernel refuses: EOPNOTSUPP for a driver that does not know.
    private TAnswer? Ask<TAnswer>(ReadOnlySpan<byte> request, Reader<TAnswer> read)
    {
        _socket.Send(request);
        while (true)
        {
            var reader = new NetlinkReader(_socket.Receive(_buffer));
            while (reader.Read() is OperationStatus.Done)
            {
                if (reader.Header.Sequence != _sequence)
                    continue;
                return reader.Header.Type is NetlinkMessageType.Error ? default : read(reader.Payload);
            }
        }
    }

    private delegate TAnswer? Reader<TAnswer>(ReadOnlySpan<byte> payload);
}
