using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetWhy.Linux;

/// <summary>What sockets need that send probes along a path.</summary>
public sealed unsafe partial class LinuxSocket
{
    private const int LevelRaw = 255; // SOL_RAW
    private const int LevelIcmpV6 = 58; // SOL_ICMPV6

    /// <summary>Marks what the socket sends, for firewall and routing rules; needs CAP_NET_ADMIN. Source: socket(7), SO_MARK.</summary>
    /// <param name="mark">The mark.</param>
    public Errno SetMark(int mark) => SetOption(LevelSocket, 36, mark);

    /// <summary>Sets the type of service or traffic class of what the socket sends. Source: ip(7), ipv6(7).</summary>
    /// <param name="value">0 to 255.</param>
    public Errno SetTypeOfService(int value) => SetOptionOfFamily(1 /* IP_TOS */, 67 /* IPV6_TCLASS */, value);

    /// <summary>Sends to neighbours only, never by a router. Source: socket(7), SO_DONTROUTE.</summary>
    public Errno BypassRouting() => SetOption(LevelSocket, 5, 1);

    /// <summary>Sets how many SYNs follow the first. Source: tcp(7), TCP_SYNCNT.</summary>
    /// <param name="count">1 at least.</param>
    public Errno SetSynRetries(int count) => SetOption(LevelTcp, 7, count);

    /// <summary>Makes errors say where their ICMP extensions begin, since Linux 5.9. Source: linux/in.h, IP_RECVERR_RFC4884.</summary>
    public Errno WantExtensions() => SetOptionOfFamily(26 /* IP_RECVERR_RFC4884 */, 31 /* IPV6_RECVERR_RFC4884 */, 1);

    /// <summary>Makes the errors of a TCP socket come with the time and the TTL that they were received with.</summary>
    public void WantErrorDetails()
    {
        _ = SetOption(LevelSocket, TimestampNanoseconds, 1);
        _ = SetOptionOfFamily(12 /* IP_RECVTTL */, 51 /* IPV6_RECVHOPLIMIT */, 1);
    }

    /// <summary>Switches off the error queue of a raw socket, which would wake its reader for the errors of others.</summary>
    public void RefuseErrors() => _ = SetOptionOfFamily(11 /* IP_RECVERR */, 25 /* IPV6_RECVERR */, 0);

    /// <summary>Asks for a larger receive buffer; the kernel grants what it likes.</summary>
    /// <param name="octets">Its size.</param>
    public void WantReceiveBuffer(int octets) => _handle.WantReceiveBuffer(octets);

    /// <summary>Sets the filter of what the socket receives. Source: socket(7), SO_ATTACH_FILTER.</summary>
    /// <param name="filter">The program.</param>
    public Errno SetFilter(ReadOnlySpan<FilterInstruction> filter) => _handle.AttachFilter(filter);

    /// <summary>Lets a raw socket of ICMP receive echo replies and errors only. Source: raw(7), ICMP_FILTER; RFC 3542, ICMP6_FILTER.</summary>
    public Errno ReceiveRepliesOnly()
    {
        Span<uint> blocked = stackalloc uint[8];
        blocked.Fill(uint.MaxValue);
        bool isV6 = Family is AddressFamily.InterNetworkV6;
        foreach (int type in isV6 ? (ReadOnlySpan<int>)[1, 2, 3, 4, 129] : [0, 3, 4, 11, 12])
            blocked[type / 32] &= ~(1u << type % 32);
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(isV6 ? blocked : blocked[..1]);
        return SetOption(isV6 ? LevelIcmpV6 : LevelRaw, 1, octets);
    }
}
