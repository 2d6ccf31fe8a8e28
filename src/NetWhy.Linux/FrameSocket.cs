using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Link;

namespace NetWhy.Linux;

/// <summary>
/// Hands packets to one link-layer address of one interface, past the routing and neighbour tables of this machine, and
/// receives what arrives there.
/// </summary>
/// <remarks>Needs CAP_NET_RAW. The kernel writes the link-layer header. Source: packet(7), SOCK_DGRAM.</remarks>
public sealed unsafe class FrameSocket : IDisposable
{
    private const int AddressSize = 20; // struct sockaddr_ll
    private const int HardwareAddressSize = 6; // Ethernet

    private readonly SocketHandle _handle;
    private readonly int _interfaceIndex;
    private readonly EtherType _type;

    private FrameSocket(SocketHandle handle, int interfaceIndex, EtherType type)
    {
        _handle = handle;
        _interfaceIndex = interfaceIndex;
        _type = type;
    }

    /// <summary>Opens a socket for one protocol.</summary>
    /// <param name="interfaceIndex">The interface that packets leave by.</param>
    /// <param name="type">The protocol.</param>
    /// <param name="receivesEverywhere">Whether to receive from every interface; else from that one only.</param>
    /// <param name="socket">The socket; null if the kernel refused.</param>
    /// <returns>Why the kernel refused, such as EPERM; <see cref="Errno.OK"/> if it did not.</returns>
    public static Errno Open(
        int interfaceIndex, EtherType type, bool receivesEverywhere, out FrameSocket? socket)
    {
        socket = null;
        // Protocol 0 receives nothing until the socket is bound to the interface.
        SocketHandle handle = Libc.socket(
            Libc.AF_PACKET, Libc.SOCK_DGRAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, protocol: 0);
        if (handle.IsInvalid)
            return (Errno)Marshal.GetLastPInvokeError();

        var opened = new FrameSocket(handle, interfaceIndex, type);
        Span<byte> name = stackalloc byte[AddressSize];
        opened.WriteAddress(name, receivesEverywhere ? 0 : interfaceIndex, []);
        if (Libc.bind(handle, name, name.Length) != 0)
        {
            Errno errno = (Errno)Marshal.GetLastPInvokeError();
            opened.Dispose();
            return errno;
        }

        socket = opened;
        return Errno.OK;
    }

    /// <summary>Sends one packet.</summary>
    /// <param name="packet">The packet from its network-layer header on.</param>
    /// <param name="hardwareAddress">Six octets: the receiver, or all ones for everybody.</param>
    public Errno Send(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> hardwareAddress)
    {
        Span<byte> name = stackalloc byte[AddressSize];
        WriteAddress(name, _interfaceIndex, hardwareAddress);
        return Libc.sendto(_handle, packet, (nuint)packet.Length, Libc.MSG_NOSIGNAL, name, name.Length) >= 0
            ? Errno.OK
            : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Takes the next packet that arrived.</summary>
    /// <param name="buffer">Where to put it, from its network-layer header on; what does not fit is cut off.</param>
    /// <param name="length">Octets of it in the buffer.</param>
    /// <param name="interfaceIndex">Interface that it arrived by.</param>
    /// <returns><see cref="Errno.EAGAIN"/> if there is none.</returns>
    public Errno Receive(Span<byte> buffer, out int length, out int interfaceIndex)
    {
        Span<byte> name = stackalloc byte[AddressSize];
        name.Clear();
        nint result;
        fixed (byte* namePointer = name, bufferPointer = buffer)
        {
            var vector = new Libc.iovec { iov_base = bufferPointer, iov_len = (nuint)buffer.Length };
            var message = new Libc.msghdr { msg_name = namePointer, msg_namelen = AddressSize, msg_iov = &vector, msg_iovlen = 1 };
            result = Libc.recvmsg(_handle, &message, Libc.MSG_DONTWAIT);
        }

        length = (int)Math.Max(0, result);
        interfaceIndex = MemoryMarshal.Read<int>(name[4..]);
        return result >= 0 ? Errno.OK : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Waits until there is a packet. One wait at a time.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        Poller.WaitAsync(_handle, PollEvents.Read, timeout, cancellationToken);

    /// <summary>Reads an Ethernet address as netwhy writes it; null if it is none.</summary>
    /// <param name="text">Six pairs of hexadecimal digits with colons between them.</param>
    public static byte[]? ParseHardwareAddress(string? text)
    {
        string[] parts = text?.Split(':') ?? [];
        byte[] octets = new byte[HardwareAddressSize];
        if (parts.Length != HardwareAddressSize)
            return null;

        for (int i = 0; i < parts.Length; i++)
        {
            if (!byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octets[i]))
                return null;
        }

        return octets;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private void WriteAddress(Span<byte> name, int interfaceIndex, ReadOnlySpan<byte> hardwareAddress)
    {
        name.Clear();
        MemoryMarshal.Write(name, (ushort)Libc.AF_PACKET);
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], (ushort)_type);
        MemoryMarshal.Write(name[4..], in interfaceIndex);
        name[11] = (byte)hardwareAddress.Length;
        hardwareAddress.CopyTo(name[12..]);
    }
}
