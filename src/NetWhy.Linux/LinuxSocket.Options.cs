using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What the kernel does about the MTU of the path. Source: ip(7), IP_MTU_DISCOVER.</summary>
public enum MtuDiscovery
{
    /// <summary>Never set "don't fragment".</summary>
    Dont = 0,

    /// <summary>Set it where the path is known to be wide enough, and cut here what is larger.</summary>
    Want = 1,

    /// <summary>Always set it, and refuse what is larger than the path.</summary>
    Do = 2,

    /// <summary>Always set it, whatever is known of the path.</summary>
    Probe = 3,
}

public sealed unsafe partial class LinuxSocket
{
    private const int FlowInfoOffset = 4; // of sockaddr_in6

    private uint _flowLabel; // 0 for none

    /// <summary>Sets an option that is octets. Source: socket(7), ip(7), ipv6(7).</summary>
    /// <param name="level">Level, such as IPPROTO_IP (0).</param>
    /// <param name="name">Option number.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Why the kernel refused; <see cref="Errno.OK"/> if it did not.</returns>
    public Errno SetOption(int level, int name, ReadOnlySpan<byte> value) =>
        Libc.setsockopt(_handle, level, name, value, value.Length) == 0 ? Errno.OK : LastErrno();

    /// <summary>Sets an option of the socket itself. Source: socket(7), level SOL_SOCKET.</summary>
    /// <param name="name">Option number.</param>
    /// <param name="value">Its value.</param>
    public Errno SetSocketOption(int name, int value) => SetOption(LevelSocket, name, value);

    /// <summary>Makes TCP send small segments at once, instead of waiting until what is on its way was acknowledged. Source: tcp(7), TCP_NODELAY.</summary>
    public Errno SetNoDelay() => SetOption(LevelTcp, 1 /* TCP_NODELAY */, 1);

    /// <summary>Sets the size of the receive buffer, from which TCP's window follows. Source: socket(7), SO_RCVBUF.</summary>
    /// <param name="octets">Its size, which the kernel bounds by <c>net.core.rmem_max</c> and doubles.</param>
    public Errno SetReceiveBuffer(int octets) => SetSocketOption(8 /* SO_RCVBUF */, octets);

    /// <summary>Sets the same option of IPv4 or of IPv6, whichever the socket is for.</summary>
    /// <param name="name4">Number of the option of IPPROTO_IP.</param>
    /// <param name="name6">Number of the option of IPPROTO_IPV6.</param>
    /// <param name="value">Its value.</param>
    public Errno SetOptionOfFamily(int name4, int name6, int value) => Family is AddressFamily.InterNetworkV6
        ? SetOption(LevelIPv6, name6, value)
        : SetOption(LevelIP, name4, value);

    /// <summary>Takes a flow label for itself, which the datagrams of this socket bear from then on. IPv6 only.</summary>
    /// <remarks>Source: <c>struct in6_flowlabel_req</c> in linux/in6.h; RFC 6437.</remarks>
    /// <param name="destination">To whom they go.</param>
    /// <param name="label">The label, of 20 bits, not 0.</param>
    public Errno TakeFlowLabel(IPAddress destination, uint label)
    {
        const int RequestSize = 32, FlowLabelManager = 32; // IPV6_FLOWLABEL_MGR
        const byte Exclusive = 1, Create = 1; // IPV6_FL_S_EXCL, IPV6_FL_F_CREATE; the action is IPV6_FL_A_GET, which is 0
        Span<byte> request = stackalloc byte[RequestSize];
        request.Clear();
        _ = destination.TryWriteBytes(request, out _);
        BinaryPrimitives.WriteUInt32BigEndian(request[16..], label);
        request[21] = Exclusive;
        request[22] = BitConverter.IsLittleEndian ? Create : (byte)0;
        request[23] = BitConverter.IsLittleEndian ? (byte)0 : Create;
        Errno errno = SetOption(LevelIPv6, FlowLabelManager, request);
        if (errno is Errno.OK)
            _flowLabel = label;
        return errno;
    }

    /// <summary>Sets what the kernel does about the MTU of the path.</summary>
    /// <param name="discovery">What.</param>
    public Errno SetMtuDiscovery(MtuDiscovery discovery) =>
        SetOptionOfFamily(10 /* IP_MTU_DISCOVER */, 23 /* IPV6_MTU_DISCOVER */, (int)discovery);

    /// <summary>Gives the socket its local address. Source: bind(2).</summary>
    /// <param name="address">Local address; <see cref="IPAddress.Any"/> for whichever is right.</param>
    /// <param name="port">Local port, or the identifier of a ping socket; 0 for one of the kernel's choice.</param>
    public Errno Bind(IPAddress address, int port)
    {
        Span<byte> name = stackalloc byte[SocketAddress.MaxSize];
        int length = SocketAddress.Write(address, port, name);
        return Libc.bind(_handle, name, length) == 0 ? Errno.OK : LastErrno();
    }

    /// <summary>Makes the socket send and receive by one interface only. Source: socket(7), SO_BINDTODEVICE.</summary>
    /// <param name="device">Name of the interface, or of a VRF; empty for any.</param>
    /// <returns><see cref="Errno.ENODEV"/> if there is none, <see cref="Errno.EPERM"/> without CAP_NET_RAW where it is bound already.</returns>
    public Errno BindToDevice(string device) => SetOption(LevelSocket, 25 /* SO_BINDTODEVICE */, Encoding.UTF8.GetBytes(device + "\0"));
}
