using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;
using NetWhy.Wire;

namespace NetWhy.Linux;

/// <summary>Asks the drivers of network interfaces about themselves. Reading needs no privilege.</summary>
/// <remarks>Source: linux/ethtool.h, linux/sockios.h (SIOCETHTOOL). What a driver does not know is null.</remarks>
public sealed unsafe class Ethtool : IDisposable
{
    private const nuint Request = 0x8946; // SIOCETHTOOL
    private const int NameSize = 16; // IFNAMSIZ
    private const int MostStatistics = 8192;
    private const int Slack = 4096; // statistics that a driver may add between two questions: it writes them all

    private readonly SocketHandle _socket;

    private Ethtool(SocketHandle socket) => _socket = socket;

    /// <summary>Opens the way to the drivers, in the network namespace of the calling thread.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static Ethtool Open()
    {
        SocketHandle socket = Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        return socket.IsInvalid ? throw LinuxException.FromLastError("socket") : new Ethtool(socket);
    }

    /// <summary>Who drives an interface; null if nobody tells.</summary>
    /// <param name="name">Name of the interface.</param>
    public EthtoolDriver? Driver(string name)
    {
        const int Information = 0x3; // ETHTOOL_GDRVINFO
        Span<byte> octets = stackalloc byte[256];
        return Ask(name, Information, octets) ? EthtoolReply.ReadDriver(octets) : null;
    }

    /// <summary>Sizes of the rings of an interface; null if it has none.</summary>
    /// <param name="name">Name of the interface.</param>
    public EthtoolRings? Rings(string name)
    {
        const int RingParameters = 0x10; // ETHTOOL_GRINGPARAM
        Span<byte> octets = stackalloc byte[64];
        return Ask(name, RingParameters, octets) ? EthtoolReply.ReadRings(octets) : null;
    }

    /// <summary>Speed and duplex of an interface; null if it has none.</summary>
    /// <param name="name">Name of the interface.</param>
    public EthtoolLink? Link(string name)
    {
        const int LinkSettings = 0x4c; // ETHTOOL_GLINKSETTINGS
        const int WordsOffset = 15; // link_mode_masks_nwords
        Span<byte> octets = stackalloc byte[1024];
        octets.Clear();
        if (!Ask(name, LinkSettings, octets))
            return null;

        // To the question with no words the kernel answers how many it has, as a negative number.
        int words = -(sbyte)octets[WordsOffset];
        if (words is <= 0 or > 64)
            return null;
        octets.Clear();
        octets[WordsOffset] = (byte)words;
        return Ask(name, LinkSettings, octets) ? EthtoolReply.ReadLink(octets) : null;
    }

    /// <summary>Whether some work is done by the card; null if the driver does not tell.</summary>
    /// <param name="name">Name of the interface.</param>
    /// <param name="offload">Which.</param>
    public bool? Offload(string name, EthtoolOffload offload)
    {
        const int Flags = 0x25; // ETHTOOL_GFLAGS
        const uint Large = 1 << 15; // ETH_FLAG_LRO
        Span<byte> octets = stackalloc byte[8]; // struct ethtool_value
        octets.Clear();
        if (!Ask(name, offload is EthtoolOffload.LargeReceive ? Flags : (int)offload, octets))
            return null;
        uint value = MemoryMarshal.Read<uint>(octets[4..]);
        return offload is EthtoolOffload.LargeReceive ? (value & Large) != 0 : value != 0;
    }

    /// <summary>The driver's own counters, by its own names; empty if it has none.</summary>
    /// <param name="name">Name of the interface.</param>
    public Dictionary<string, long> Statistics(string name)
    {
        const int Strings = 0x1b; // ETHTOOL_GSTRINGS
        const int Values = 0x1d; // ETHTOOL_GSTATS
        const uint OfStatistics = 1; // ETH_SS_STATS
        int count = Driver(name)?.Statistics ?? 0;
        if (count is <= 0 or > MostStatistics)
            return [];

        byte[] names = ArrayPool<byte>.Shared.Rent(12 + (count + Slack) * EthtoolReply.StringSize);
        byte[] values = ArrayPool<byte>.Shared.Rent(8 + (count + Slack) * sizeof(long));
        try
        {
            names.AsSpan().Clear();
            values.AsSpan().Clear();
            MemoryMarshal.Write(names.AsSpan(4), OfStatistics);
            MemoryMarshal.Write(names.AsSpan(8), (uint)count);
            MemoryMarshal.Write(values.AsSpan(4), (uint)count);
            return Ask(name, Strings, names) && Ask(name, Values, values) ? EthtoolReply.ReadStatistics(names, values) : [];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(names);
            ArrayPool<byte>.Shared.Return(values);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private bool Ask(string name, int command, Span<byte> octets)
    {
        byte* request = stackalloc byte[40]; // struct ifreq
        new Span<byte>(request, 40).Clear();
        if (Encoding.UTF8.GetByteCount(name) >= NameSize)
            return false;
        Encoding.UTF8.GetBytes(name, new Span<byte>(request, NameSize));
        MemoryMarshal.Write(octets, (uint)command);
        fixed (byte* data = octets)
        {
            *(byte**)(request + NameSize) = data;
            return Libc.ioctl(_socket.Descriptor, Request, request) >= 0;
        }
    }
}

/// <summary>Work that a card may take over, by the question that asks for it. Source: linux/ethtool.h.</summary>
public enum EthtoolOffload
{
    /// <summary><c>ETHTOOL_GRXCSUM</c>: checks checksums.</summary>
    ReceiveChecksum = 0x14,

    /// <summary><c>ETHTOOL_GTXCSUM</c>: makes checksums.</summary>
    TransmitChecksum = 0x16,

    /// <summary><c>ETHTOOL_GSG</c>: gathers a packet from pieces.</summary>
    ScatterGather = 0x18,

    /// <summary><c>ETHTOOL_GTSO</c>: cuts TCP segments.</summary>
    SegmentTcp = 0x1e,

    /// <summary><c>ETHTOOL_GGSO</c>: cuts late, in the kernel.</summary>
    SegmentLate = 0x23,

    /// <summary><c>ETHTOOL_GGRO</c>: joins what comes in, in the kernel.</summary>
    JoinReceived = 0x2b,

    /// <summary>Large receive offload, a bit of <c>ETHTOOL_GFLAGS</c>: joins what comes in, in the card, and cannot be undone.</summary>
    LargeReceive = 0,
}
