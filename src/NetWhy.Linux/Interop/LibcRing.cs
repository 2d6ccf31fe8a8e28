using System.Runtime.InteropServices;

namespace NetWhy.Linux.Interop;

/// <summary>The calls of a memory-mapped ring of packets.</summary>
internal static unsafe partial class Libc
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MADV_HUGEPAGE = 14;

    /// <summary>mmap(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint mmap(nint address, nuint length, int protection, int flags, SocketHandle descriptor, nint offset);

    /// <summary>munmap(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int munmap(nint address, nuint length);

    /// <summary>madvise(2)</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int madvise(nint address, nuint length, int advice);

    /// <summary><c>struct tpacket_req3</c>, linux/if_packet.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct tpacket_req3
    {
        internal uint tp_block_size;
        internal uint tp_block_nr;
        internal uint tp_frame_size;
        internal uint tp_frame_nr;
        internal uint tp_retire_blk_tov;
        internal uint tp_sizeof_priv;
        internal uint tp_feature_req_word;
    }

    /// <summary>The head of a block: <c>struct tpacket_block_desc</c> with <c>struct tpacket_hdr_v1</c>, linux/if_packet.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct tpacket_block_desc
    {
        internal uint version;
        internal uint offset_to_priv;
        internal uint block_status;
        internal uint num_pkts;
        internal uint offset_to_first_pkt;
        internal uint blk_len;
        internal ulong seq_num;
    }

    /// <summary><c>struct tpacket3_hdr</c>, linux/if_packet.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct tpacket3_hdr
    {
        internal uint tp_next_offset;
        internal uint tp_sec;
        internal uint tp_nsec;
        internal uint tp_snaplen;
        internal uint tp_len;
        internal uint tp_status;
        internal ushort tp_mac;
        internal ushort tp_net;
        internal uint tp_rxhash;
        internal uint tp_vlan_tci;
        internal ushort tp_vlan_tpid;
        internal ushort tp_padding;
        private fixed byte _unused[8];
    }
}
