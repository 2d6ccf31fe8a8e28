using System.Buffers;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Asks the drivers of network interfaces for what the older way, <see cref="Ethtool"/>, does not tell. Reading needs no privilege.</summary>
/// <remarks>Source: Documentation/networking/ethtool-netlink.rst.</remarks>
public sealed class EthtoolNetlink : IDisposable
{
    private const int BufferSize = 16 * 1024;
    private const uint FirstSequence = 1;

    private readonly NetlinkSocket _socket;
    private readonly NetlinkMessageType _family;
    private readonly byte[] _buffer;
    private uint _sequence = FirstSequence;

    private EthtoolNetlink(NetlinkSocket socket, byte[] buffer, NetlinkMessageType family) => (_socket, _buffer, _family) = (socket, buffer, family);

    /// <summary>Opens the way to the drivers, in the network namespace of the calling thread; null if the kernel has none (before 5.6).</summary>
    public static EthtoolNetlink? Open()
    {
        NetlinkSocket? socket = null;
        try
        {
            socket = NetlinkSocket.Open(NetlinkProtocol.Generic);
            byte[] buffer = new byte[BufferSize];
            if (Ask(socket, buffer, FirstSequence, GenericFamily.Ask(stackalloc byte[64], "ethtool", FirstSequence), GenericFamily.Read) is not { } family)
                return null;
            var drivers = new EthtoolNetlink(socket, buffer, family);
            socket = null; // it is theirs now
            return drivers;
        }
        catch (LinuxException)
        {
            return null;
        }
        finally
        {
            socket?.Dispose();
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
                _socket,
                _buffer,
                _sequence,
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
    private static TAnswer? Ask<TAnswer>(NetlinkSocket socket, byte[] buffer, uint sequence, ReadOnlySpan<byte> request, Reader<TAnswer> read)
    {
        socket.Send(request);
        while (true)
        {
            var reader = new NetlinkReader(socket.Receive(buffer));
            while (reader.Read() is OperationStatus.Done)
            {
                if (reader.Header.Sequence != sequence)
                    continue;
                return reader.Header.Type is NetlinkMessageType.Error ? default : read(reader.Payload);
            }
        }
    }

    private delegate TAnswer? Reader<TAnswer>(ReadOnlySpan<byte> payload);
}
