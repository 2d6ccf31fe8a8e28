using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>Asks for Unix sockets. Source: <c>struct unix_diag_req</c> in linux/unix_diag.h.</summary>
/// <param name="Family">Always <c>AF_UNIX</c>.</param>
/// <param name="Protocol">Always 0.</param>
/// <param name="Padding">Always 0.</param>
/// <param name="States">Which states; bit (state), see <see cref="TcpState"/>.</param>
/// <param name="Inode">Which socket; ignored in a dump.</param>
/// <param name="Show">Which attributes to add.</param>
/// <param name="Cookie">Which socket; ignored in a dump.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct UnixDiagRequest(
    byte Family, byte Protocol, ushort Padding, uint States, uint Inode, UnixDiagShow Show, ulong Cookie)
{
    /// <summary>Makes the request that dumps Unix sockets.</summary>
    /// <param name="states">Which states.</param>
    /// <param name="show">Which attributes.</param>
    public static UnixDiagRequest Dump(uint states, UnixDiagShow show) => new(1, 0, 0, states, 0, show, 0);
}

/// <summary>Attributes of a Unix socket to ask for. Source: <c>UDIAG_SHOW_*</c> in linux/unix_diag.h.</summary>
[Flags]
public enum UnixDiagShow
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Its name.</summary>
    Name = 1,

    /// <summary>The file that it is bound to.</summary>
    File = 2,

    /// <summary>Inode of the peer.</summary>
    Peer = 4,

    /// <summary>Inodes of those who wait to be accepted.</summary>
    Pending = 8,

    /// <summary>Lengths of its queues.</summary>
    Queues = 16,

    /// <summary>Its memory.</summary>
    Memory = 32,

    /// <summary>Its owner.</summary>
    User = 64,
}

/// <summary>One Unix socket of the answer. Source: <c>struct unix_diag_msg</c> in linux/unix_diag.h.</summary>
/// <param name="Family">Always <c>AF_UNIX</c>.</param>
/// <param name="Type"><c>SOCK_STREAM</c> 1, <c>SOCK_DGRAM</c> 2, <c>SOCK_SEQPACKET</c> 5.</param>
/// <param name="State">Its state, in the numbers of TCP.</param>
/// <param name="Padding">Always 0.</param>
/// <param name="Inode">Its inode.</param>
/// <param name="Cookie">Unique for the life of the kernel.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct UnixDiagMessage(
    byte Family, byte Type, TcpState State, byte Padding, uint Inode, ulong Cookie)
{
    /// <summary>Length without attributes, in octets.</summary>
    public const int Size = 16;

    /// <summary><c>UNIX_DIAG_NAME</c>.</summary>
    public const int Name = 0;

    /// <summary><c>UNIX_DIAG_VFS</c>: inode and device.</summary>
    public const int File = 1;

    /// <summary><c>UNIX_DIAG_PEER</c>: inode.</summary>
    public const int Peer = 2;

    /// <summary><c>UNIX_DIAG_ICONS</c>: inodes.</summary>
    public const int Pending = 3;

    /// <summary><c>UNIX_DIAG_RQLEN</c>: two numbers.</summary>
    public const int Queues = 4;

    /// <summary><c>UNIX_DIAG_MEMINFO</c>: see <see cref="SocketMemory"/>.</summary>
    public const int Memory = 5;

    /// <summary><c>UNIX_DIAG_SHUTDOWN</c>: one octet.</summary>
    public const int Shutdown = 6;

    /// <summary><c>UNIX_DIAG_UID</c>: 32 bits.</summary>
    public const int User = 7;
}

/// <summary>Asks for packet sockets. Source: <c>struct packet_diag_req</c> in linux/packet_diag.h.</summary>
/// <param name="Family">Always <c>AF_PACKET</c>.</param>
/// <param name="Protocol">Always 0.</param>
/// <param name="Padding">Always 0.</param>
/// <param name="Inode">Which socket; ignored in a dump.</param>
/// <param name="Show">Which attributes to add: <c>PACKET_SHOW_*</c>.</param>
/// <param name="Cookie">Which socket; ignored in a dump.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct PacketDiagRequest(
    byte Family, byte Protocol, ushort Padding, uint Inode, uint Show, ulong Cookie)
{
    private const uint Everything = 1 | 4 | 8 | 16 | 32; // INFO, RING_CFG, FANOUT, MEMINFO, FILTER

    /// <summary>Makes the request that dumps packet sockets with all that is known of them.</summary>
    public static PacketDiagRequest Dump() => new(17, 0, 0, 0, Everything, 0);
}

/// <summary>One packet socket of the answer. Source: <c>struct packet_diag_msg</c> in linux/packet_diag.h.</summary>
/// <param name="Family">Always <c>AF_PACKET</c>.</param>
/// <param name="Type"><c>SOCK_RAW</c> 3 or <c>SOCK_DGRAM</c> 2.</param>
/// <param name="Protocol">EtherType that it takes, in host byte order; 3 for all.</param>
/// <param name="Inode">Its inode.</param>
/// <param name="Cookie">Unique for the life of the kernel.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct PacketDiagMessage(byte Family, byte Type, ushort Protocol, uint Inode, ulong Cookie)
{
    /// <summary>Length without attributes, in octets.</summary>
    public const int Size = 16;

    /// <summary><c>PACKET_DIAG_INFO</c>: see <see cref="PacketDiagInfo"/>.</summary>
    public const int Info = 0;

    /// <summary><c>PACKET_DIAG_RX_RING</c>: see <see cref="PacketDiagRing"/>.</summary>
    public const int ReceiveRing = 2;

    /// <summary><c>PACKET_DIAG_TX_RING</c>.</summary>
    public const int SendRing = 3;

    /// <summary><c>PACKET_DIAG_FANOUT</c>: 32 bits, type and number.</summary>
    public const int Fanout = 4;

    /// <summary><c>PACKET_DIAG_UID</c>: 32 bits.</summary>
    public const int User = 5;

    /// <summary><c>PACKET_DIAG_MEMINFO</c>: see <see cref="SocketMemory"/>.</summary>
    public const int Memory = 6;

    /// <summary><c>PACKET_DIAG_FILTER</c>: instructions of classic BPF, eight octets each.</summary>
    public const int Filter = 7;
}

/// <summary>What a packet socket is set to. Source: <c>struct packet_diag_info</c> in linux/packet_diag.h.</summary>
/// <param name="InterfaceIndex">Interface that it is bound to; 0 for all.</param>
/// <param name="Version">Version of its ring.</param>
/// <param name="Reserve">Octets reserved before each packet.</param>
/// <param name="CopyThreshold">Packets over this size are copied.</param>
/// <param name="Timestamp">Source of its time stamps.</param>
/// <param name="Flags"><c>PDI_*</c>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct PacketDiagInfo(
    uint InterfaceIndex, uint Version, uint Reserve, uint CopyThreshold, uint Timestamp, uint Flags);

/// <summary>A ring of a packet socket. Source: <c>struct packet_diag_ring</c> in linux/packet_diag.h.</summary>
/// <param name="BlockSize">Octets a block.</param>
/// <param name="BlockCount">Blocks.</param>
/// <param name="FrameSize">Octets a frame.</param>
/// <param name="FrameCount">Frames.</param>
/// <param name="Timeout">Milliseconds until a block that is not full is handed over.</param>
/// <param name="PrivateSize">Octets that the application keeps in each block.</param>
/// <param name="Features">Bits.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct PacketDiagRing(
    uint BlockSize, uint BlockCount, uint FrameSize, uint FrameCount, uint Timeout, uint PrivateSize, uint Features);

/// <summary>Asks for netlink sockets. Source: <c>struct netlink_diag_req</c> in linux/netlink_diag.h.</summary>
/// <param name="Family">Always <c>AF_NETLINK</c>.</param>
/// <param name="Protocol">Netlink protocol; 255 for all.</param>
/// <param name="Padding">Always 0.</param>
/// <param name="Inode">Which socket; ignored in a dump.</param>
/// <param name="Show">Which attributes to add: <c>NDIAG_SHOW_*</c>.</param>
/// <param name="Cookie">Which socket; ignored in a dump.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct NetlinkDiagRequest(
    byte Family, byte Protocol, ushort Padding, uint Inode, uint Show, ulong Cookie)
{
    /// <summary>Makes the request that dumps netlink sockets with their memory and groups.</summary>
    public static NetlinkDiagRequest Dump() => new(16, 255, 0, 0, Show: 1 | 2, 0); // MEMINFO, GROUPS
}

/// <summary>One netlink socket of the answer. Source: <c>struct netlink_diag_msg</c> in linux/netlink_diag.h.</summary>
/// <param name="Family">Always <c>AF_NETLINK</c>.</param>
/// <param name="Type">Type of the socket.</param>
/// <param name="Protocol">Netlink protocol.</param>
/// <param name="State">1 if it is connected.</param>
/// <param name="PortId">Its port; 0 is the kernel.</param>
/// <param name="PeerPortId">Port of its peer.</param>
/// <param name="PeerGroup">Group of its peer.</param>
/// <param name="Inode">Its inode.</param>
/// <param name="Cookie">Unique for the life of the kernel.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct NetlinkDiagMessage(
    byte Family, byte Type, byte Protocol, byte State, uint PortId, uint PeerPortId, uint PeerGroup, uint Inode, ulong Cookie)
{
    /// <summary>Length without attributes, in octets.</summary>
    public const int Size = 28;

    /// <summary><c>NETLINK_DIAG_MEMINFO</c>: see <see cref="SocketMemory"/>.</summary>
    public const int Memory = 0;

    /// <summary><c>NETLINK_DIAG_GROUPS</c>: bits.</summary>
    public const int Groups = 1;
}

/// <summary>Asks for vsock sockets. Source: <c>struct vsock_diag_req</c> in linux/vm_sockets_diag.h.</summary>
/// <param name="Family">Always <c>AF_VSOCK</c>.</param>
/// <param name="Protocol">Always 0.</param>
/// <param name="Padding">Always 0.</param>
/// <param name="States">Which states; bit (state), see <see cref="TcpState"/>.</param>
/// <param name="Inode">Which socket; ignored in a dump.</param>
/// <param name="Show">Always 0.</param>
/// <param name="Cookie">Which socket; ignored in a dump.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct VsockDiagRequest(
    byte Family, byte Protocol, ushort Padding, uint States, uint Inode, uint Show, ulong Cookie)
{
    /// <summary>Makes the request that dumps vsock sockets.</summary>
    /// <param name="states">Which states.</param>
    public static VsockDiagRequest Dump(uint states) => new(40, 0, 0, states, 0, 0, 0);
}

/// <summary>One vsock socket of the answer. Source: <c>struct vsock_diag_msg</c> in linux/vm_sockets_diag.h.</summary>
/// <param name="Family">Always <c>AF_VSOCK</c>.</param>
/// <param name="Type"><c>SOCK_STREAM</c> 1 or <c>SOCK_DGRAM</c> 2.</param>
/// <param name="State">Its state, in the numbers of TCP.</param>
/// <param name="Shutdown">Bit 0 receive, bit 1 send.</param>
/// <param name="LocalCid">Number of this machine; all ones for any.</param>
/// <param name="LocalPort">Port on this machine; all ones for any.</param>
/// <param name="RemoteCid">Number of the peer's machine.</param>
/// <param name="RemotePort">Port of the peer.</param>
/// <param name="Inode">Its inode.</param>
/// <param name="Cookie">Unique for the life of the kernel.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct VsockDiagMessage(
    byte Family,
    byte Type,
    TcpState State,
    byte Shutdown,
    uint LocalCid,
    uint LocalPort,
    uint RemoteCid,
    uint RemotePort,
    uint Inode,
    ulong Cookie)
{
    /// <summary>Length without attributes, in octets.</summary>
    public const int Size = 32;
}
