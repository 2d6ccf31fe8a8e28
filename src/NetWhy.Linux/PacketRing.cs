using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>How a ring of packets is set up.</summary>
/// <param name="InterfaceIndex">The interface; 0 for all.</param>
/// <param name="IsCooked">Whether packets come with the cooked header of Linux, version 2, in place of their link's: needed for all interfaces.</param>
public sealed record PacketRingOptions(int InterfaceIndex, bool IsCooked)
{
    /// <summary>Octets of the ring, all blocks together.</summary>
    public long BufferSize { get; init; } = 64 << 20;

    /// <summary>How long a packet waits at most in a block that is not full yet.</summary>
    public TimeSpan BlockTimeout { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Which packets are kept, and how much of each.</summary>
    public ReadOnlyMemory<FilterInstruction> Filter { get; init; }

    /// <summary>Whether the interface takes packets for others, too.</summary>
    public bool IsPromiscuous { get; init; } = true;
}

/// <summary>What the kernel counted while a ring was open.</summary>
/// <param name="Received">Packets that the filter let through, those dropped included.</param>
/// <param name="Dropped">Packets for which the ring had no room.</param>
public readonly record struct PacketRingStatistics(ulong Received, ulong Dropped);

/// <summary>Receives packets through memory that it shares with the kernel: blocks of many packets, none of them copied.</summary>
/// <remarks>
/// Needs CAP_NET_RAW. Room is kept in front of each packet for what the kernel leaves out and is put back here: tags of VLANs,
/// and the cooked header. Source: packet(7); Documentation/networking/packet_mmap.rst, TPACKET_V3.
/// <para>
/// One ring is enough: a reader that writes small packets to a file takes 0.1 to 0.2 µs for each, so one core keeps up with
/// five million a second; 127,000 a second, all that two cores could send (iperf3 -u -l 64), cost 2 % of one and none was
/// lost. A ring per core (PACKET_FANOUT) would make packets wait for each other to be put in order by time.
/// </para>
/// </remarks>
public sealed unsafe class PacketRing : IDisposable
{
    /// <summary>Length of the cooked header that packets of all interfaces begin with. Source: pcap-linktype(7), LINUX_SLL2.</summary>
    public const int CookedHeaderLength = 20;

    private const int BlockSize = 1 << 18; // blocks of 1 MiB take ten times as long to be found in memory that is in use
    private const int MostBlocks = 1 << 14;
    private const int LevelPacket = 263; // SOL_PACKET
    private const int EveryProtocol = 3; // ETH_P_ALL
    private const int AddressSize = 20; // struct sockaddr_ll
    private const int VlanTagLength = 4;
    private const uint UserStatus = 1; // TP_STATUS_USER
    private const uint VlanValid = 0x10; // TP_STATUS_VLAN_VALID
    private const uint VlanTpidValid = 0x40; // TP_STATUS_VLAN_TPID_VALID

    private readonly SocketHandle _handle;
    private readonly bool _isCooked;
    private byte* _memory;
    private nuint _size;
    private int _blocks;
    private int _next;
    private PacketRingStatistics _statistics;

    private PacketRing(SocketHandle handle, bool isCooked)
    {
        _handle = handle;
        _isCooked = isCooked;
    }

    /// <summary>Octets of the ring; the kernel may have had no memory for all that was asked for.</summary>
    public long BufferSize => (long)_size;

    /// <summary>Opens a ring; packets come from this moment on.</summary>
    /// <param name="options">How.</param>
    /// <param name="ring">The ring; null if the kernel refused.</param>
    /// <returns>Why the kernel refused, such as EPERM; <see cref="Errno.OK"/> if it did not.</returns>
    public static Errno Open(PacketRingOptions options, out PacketRing? ring)
    {
        ring = null;
        bool isCooked = options.IsCooked;
        // Protocol 0 receives nothing: filter and ring are in place before the first packet.
        SocketHandle handle = Libc.socket(Libc.AF_PACKET, (isCooked ? Libc.SOCK_DGRAM : Libc.SOCK_RAW) | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, protocol: 0);
        if (handle.IsInvalid)
            return LastErrno();
        var opened = new PacketRing(handle, isCooked);
        Errno errno = opened.SetUp(options);
        if (errno is Errno.OK)
            ring = opened;
        else
            opened.Dispose();
        return errno;
    }

    /// <summary>Waits until a block is full, or its time is over.</summary>
    /// <param name="milliseconds">How long at most.</param>
    /// <returns>Why no more packets come, such as ENETDOWN; <see cref="Errno.OK"/> as long as they may.</returns>
    public Errno Wait(int milliseconds)
    {
        if (HasBlock)
            return Errno.OK;
        var wanted = new Libc.pollfd { fd = (int)_handle.DangerousGetHandle(), events = 1 };
        int ready = Libc.poll(&wanted, count: 1, milliseconds);
        const short Error = 0x0008;
        if (ready <= 0 || (wanted.revents & Error) == 0)
            return Errno.OK;
        int problem = 0, length = sizeof(int);
        const int LevelSocket = 1, PendingError = 4; // SOL_SOCKET, SO_ERROR
        return Libc.getsockopt(_handle, LevelSocket, PendingError, MemoryMarshal.AsBytes(new Span<int>(ref problem)), ref length) == 0 && problem != 0
            ? (Errno)problem
            : Errno.OK;
    }

    /// <summary>Whether a block is ready.</summary>
    public bool HasBlock => (Volatile.Read(ref Block->block_status) & UserStatus) != 0;

    /// <summary>The packets of the block that is ready.</summary>
    public PacketBlock Packets => new(this, (byte*)Block, HasBlock ? Block->num_pkts : 0);

    /// <summary>Gives the block back to the kernel: its packets are no more.</summary>
    public void Release()
    {
        Volatile.Write(ref Block->block_status, 0);
        _next = (_next + 1) % _blocks;
    }

    /// <summary>What the kernel counted so far.</summary>
    public PacketRingStatistics Statistics
    {
        get
        {
            const int Get = 6; // PACKET_STATISTICS: struct tpacket_stats_v3; reading clears it
            Span<byte> counts = stackalloc byte[12];
            int length = counts.Length;
            if (Libc.getsockopt(_handle, LevelPacket, Get, counts, ref length) == 0)
                _statistics = new PacketRingStatistics(_statistics.Received + MemoryMarshal.Read<uint>(counts), _statistics.Dropped + MemoryMarshal.Read<uint>(counts[4..]));
            return _statistics;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_memory != null)
            _ = Libc.munmap((nint)_memory, _size);
        _memory = null;
        _handle.Dispose();
    }

    private Libc.tpacket_block_desc* Block => (Libc.tpacket_block_desc*)(_memory + ((nuint)_next * BlockSize));

    private Errno SetUp(PacketRingOptions options)
    {
        const int Version = 10, Reserve = 12, Ring = 5; // PACKET_VERSION, PACKET_RESERVE, PACKET_RX_RING
        const int Version3 = 2; // TPACKET_V3
        if (SetOption(Version, Version3) is not Errno.OK and var old)
            return old;
        if (SetOption(Reserve, VlanTagLength + (_isCooked ? CookedHeaderLength : 0)) is not Errno.OK and var refused)
            return refused;
        if (options.Filter.Length > 0 && _handle.AttachFilter(options.Filter.Span) is not Errno.OK and var bad)
            return bad;

        int blocks = (int)Math.Clamp(options.BufferSize / BlockSize, 2, MostBlocks);
        Errno errno;
        while (true)
        {
            var request = new Libc.tpacket_req3
            {
                tp_block_size = BlockSize,
                tp_block_nr = (uint)blocks,
                tp_frame_size = 2048, // only has to divide the block
                tp_frame_nr = (uint)blocks * (BlockSize / 2048),
                tp_retire_blk_tov = (uint)Math.Max(1, options.BlockTimeout.TotalMilliseconds),
            };
            errno = Libc.setsockopt(_handle, LevelPacket, Ring, MemoryMarshal.AsBytes(new ReadOnlySpan<Libc.tpacket_req3>(in request)), sizeof(Libc.tpacket_req3)) == 0
                ? Errno.OK
                : LastErrno();
            if (errno is not Errno.ENOMEM || blocks <= 2)
                break;
            blocks /= 2;
        }

        if (errno is not Errno.OK)
            return errno;
        _blocks = blocks;
        _size = (nuint)blocks * BlockSize;
        nint memory = Libc.mmap(0, _size, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, _handle, 0);
        if (memory == -1)
            return LastErrno();
        _memory = (byte*)memory;

        if (options.IsPromiscuous && options.InterfaceIndex > 0)
            SetPromiscuous(options.InterfaceIndex); // refused by interfaces that cannot: then they do not
        Span<byte> name = stackalloc byte[AddressSize];
        name.Clear();
        MemoryMarshal.Write(name, (ushort)Libc.AF_PACKET);
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], EveryProtocol);
        MemoryMarshal.Write(name[4..], options.InterfaceIndex);
        return Libc.bind(_handle, name, name.Length) == 0 ? Errno.OK : LastErrno();
    }

    private void SetPromiscuous(int index)
    {
        const int AddMembership = 1; // PACKET_ADD_MEMBERSHIP; struct packet_mreq: index, type 1, length, address
        Span<byte> membership = stackalloc byte[16];
        membership.Clear();
        MemoryMarshal.Write(membership, index);
        MemoryMarshal.Write(membership[4..], (ushort)1);
        _ = Libc.setsockopt(_handle, LevelPacket, AddMembership, membership, membership.Length);
    }

    private Errno SetOption(int name, int value)
    {
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value));
        return Libc.setsockopt(_handle, LevelPacket, name, octets, octets.Length) == 0 ? Errno.OK : LastErrno();
    }

    private static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    // Puts back in front of a packet what the kernel keeps beside it; the octets are in the ring, which is ours until its release.
    private RingPacket Restore(byte* header)
    {
        var packet = (Libc.tpacket3_hdr*)header;
        byte* octets = header + packet->tp_mac;
        int captured = (int)Math.Min(packet->tp_snaplen, BlockSize);
        uint length = packet->tp_len;
        byte* address = header + ((sizeof(Libc.tpacket3_hdr) + 15) & ~15); // TPACKET_ALIGN of the size: packets lie at multiples of 8 only
        ushort protocol = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(address + 2, 2));
        int index = *(int*)(address + 4);
        ushort hardware = *(ushort*)(address + 8);
        byte type = address[10], addressLength = address[11];
        ulong linkAddress = *(ulong*)(address + 12);

        bool hasTag = (packet->tp_status & VlanValid) != 0;
        ushort tagType = (packet->tp_status & VlanTpidValid) != 0 ? packet->tp_vlan_tpid : (ushort)0x8100;
        if (hasTag)
        {
            octets -= VlanTagLength;
            if (_isCooked)
            {
                BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(octets, 2), (ushort)packet->tp_vlan_tci);
                BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(octets + 2, 2), protocol);
                protocol = tagType;
            }
            else if (captured >= 12)
            {
                Buffer.MemoryCopy(octets + VlanTagLength, octets, 12, 12);
                BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(octets + 12, 2), tagType);
                BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(octets + 14, 2), (ushort)packet->tp_vlan_tci);
            }
            else
            {
                octets += VlanTagLength;
                hasTag = false;
            }

            captured += hasTag ? VlanTagLength : 0;
            length += hasTag ? VlanTagLength : 0u;
        }

        if (_isCooked)
        {
            octets -= CookedHeaderLength;
            var cooked = new Span<byte>(octets, CookedHeaderLength);
            cooked.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(cooked, protocol);
            BinaryPrimitives.WriteInt32BigEndian(cooked[4..], index);
            BinaryPrimitives.WriteUInt16BigEndian(cooked[8..], hardware);
            cooked[10] = type;
            cooked[11] = addressLength;
            MemoryMarshal.Write(cooked[12..], linkAddress);
            captured += CookedHeaderLength;
            length += CookedHeaderLength;
        }

        return new RingPacket((packet->tp_sec * 1_000_000_000L) + packet->tp_nsec, octets, captured, length, type, index);
    }

    /// <summary>The packets of a block, one after the other.</summary>
    public ref struct PacketBlock
    {
        private readonly PacketRing _ring;
        private byte* _packet;
        private uint _left;

        internal PacketBlock(PacketRing ring, byte* block, uint count)
        {
            _ring = ring;
            _left = count;
            _packet = count > 0 ? block + ((Libc.tpacket_block_desc*)block)->offset_to_first_pkt : null;
        }

        /// <summary>Packets that are left.</summary>
        public readonly uint Left => _left;

        /// <summary>Takes the next packet.</summary>
        /// <param name="packet">The packet.</param>
        /// <returns>Whether there was one.</returns>
        public bool Read(out RingPacket packet)
        {
            packet = default;
            if (_left == 0)
                return false;
            packet = _ring.Restore(_packet);
            _packet += ((Libc.tpacket3_hdr*)_packet)->tp_next_offset;
            _left--;
            return true;
        }
    }
}

/// <summary>A packet in a ring: valid until its block is released.</summary>
public readonly unsafe ref struct RingPacket
{
    private readonly byte* _octets;

    internal RingPacket(long nanoseconds, byte* octets, int captured, uint length, byte type, int interfaceIndex)
    {
        Nanoseconds = nanoseconds;
        _octets = octets;
        CapturedLength = captured;
        Length = length;
        Type = type;
        InterfaceIndex = interfaceIndex;
    }

    /// <summary>When it passed, in nanoseconds since 1970, UTC.</summary>
    public long Nanoseconds { get; }

    /// <summary>What was captured of it, its link's header first.</summary>
    public ReadOnlySpan<byte> Octets => new(_octets, CapturedLength);

    /// <summary>Octets captured.</summary>
    public int CapturedLength { get; }

    /// <summary>What it was long, in octets.</summary>
    public uint Length { get; }

    /// <summary>To whom it went: 0 this machine, 1 all, 2 some, 3 another, 4 it left this machine. Source: packet(7).</summary>
    public byte Type { get; }

    /// <summary>The interface that it passed.</summary>
    public int InterfaceIndex { get; }
}
