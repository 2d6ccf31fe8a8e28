using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetWhy.Linux;

/// <summary>One instruction of the kernel's packet filter machine. The declaration is the kernel's layout.</summary>
/// <remarks>Source: <c>struct sock_filter</c> in linux/filter.h; S. McCanne, V. Jacobson, "The BSD Packet Filter" (1993).</remarks>
/// <param name="Code">What to do.</param>
/// <param name="IfTrue">Instructions to skip if a comparison holds.</param>
/// <param name="IfFalse">Instructions to skip if it does not.</param>
/// <param name="Value">Constant or offset.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

/// <summary>Writes the filter that lets only the packets through that an investigation looks at.</summary>
/// <remarks>
/// Offsets count from the IP header, as on a packet socket of type SOCK_DGRAM. Through it come: TCP segments with SYN,
/// FIN or RST, ICMP errors, and every TCP segment from or to a watched address. Of each, <see cref="SnapLength"/>
/// octets are copied.
/// </remarks>
public static class PacketFilter
{
    /// <summary>Octets of a packet that are copied: headers with options and the quote in an ICMP error.</summary>
    public const int SnapLength = 160;

    /// <summary>Most addresses that one filter can watch: a conditional jump reaches 255 instructions.</summary>
    public const int MostAddresses = 16;

    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort LoadHalf = 0x28;
    private const ushort LoadByte = 0x30;
    private const ushort LoadByteIndexed = 0x50; // BPF_LD | BPF_B | BPF_IND
    private const ushort LoadHeaderLength = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: 4 * (octet & 0xf)
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfSet = 0x45;
    private const ushort JumpIfGreaterOrEqual = 0x35;
    private const ushort Jump = 0x05;
    private const ushort Return = 0x06;

    private const uint EtherType = 0xfffff000; // SKF_AD_OFF + SKF_AD_PROTOCOL
    private const uint ControlFlags = 0x07; // FIN, SYN, RST

    /// <summary>Writes the filter.</summary>
    /// <param name="addresses">Addresses whose every TCP segment is wanted; those beyond <see cref="MostAddresses"/> are left out.</param>
    public static FilterInstruction[] Write(IEnumerable<IPAddress> addresses)
    {
        IPAddress[] watched = [.. addresses.Distinct().Take(MostAddresses)];
        List<FilterInstruction> v4 = WriteVersion4(watched.Where(a => a.AddressFamily is AddressFamily.InterNetwork));
        List<FilterInstruction> v6 = WriteVersion6(watched.Where(a => a.AddressFamily is AddressFamily.InterNetworkV6));
        return
        [
            new(LoadWord, 0, 0, EtherType),
            new(JumpIfEqual, 0, 1, 0x0800),
            new(Jump, 0, 0, 3), // to the block of IPv4
            new(JumpIfEqual, 0, 1, 0x86dd),
            new(Jump, 0, 0, (uint)v4.Count + 1), // to the block of IPv6
            Reject, // no IP at all
            .. v4,
            .. v6,
        ];
    }

    private static FilterInstruction Reject => new(Return, 0, 0, 0);

    private static FilterInstruction Accept => new(Return, 0, 0, SnapLength);

    private static List<FilterInstruction> WriteVersion4(IEnumerable<IPAddress> addresses)
    {
        List<FilterInstruction> block =
        [
            new(LoadHalf, 0, 0, 6),
            new(JumpIfSet, 0, 1, 0x1fff),
            Reject, // a later fragment
            new(LoadHeaderLength, 0, 0, 0),
            new(LoadByte, 0, 0, 9),
            new(JumpIfEqual, 0, 8, 1), // ICMP, else TCP below
            new(LoadByteIndexed, 0, 0, 0),
            new(JumpIfEqual, 5, 0, 3),
            new(JumpIfEqual, 4, 0, 4),
            new(JumpIfEqual, 3, 0, 5),
            new(JumpIfEqual, 2, 0, 11),
            new(JumpIfEqual, 1, 0, 12),
            Reject,
            Accept,
            new(JumpIfEqual, 1, 0, 6),
            Reject,
            new(LoadByteIndexed, 0, 0, 13),
            new(JumpIfSet, 0, 1, ControlFlags),
            Accept,
        ];
        foreach (IPAddress address in addresses)
        {
            uint value = Words(address)[0];
            block.AddRange(
            [
                new(LoadWord, 0, 0, 12),
                new(JumpIfEqual, 2, 0, value),
                new(LoadWord, 0, 0, 16),
                new(JumpIfEqual, 0, 1, value),
                Accept,
            ]);
        }

        block.Add(Reject);
        return block;
    }

    private static List<FilterInstruction> WriteVersion6(IEnumerable<IPAddress> addresses)
    {
        List<FilterInstruction> block =
        [
            new(LoadByte, 0, 0, 6),
            new(JumpIfEqual, 0, 5, 58), // ICMPv6, else TCP below
            new(LoadByte, 0, 0, 40),
            new(JumpIfEqual, 2, 0, 0),
            new(JumpIfGreaterOrEqual, 1, 0, 5), // errors are 1 to 4
            Accept,
            Reject,
            new(JumpIfEqual, 1, 0, 6),
            Reject,
            new(LoadByte, 0, 0, 53),
            new(JumpIfSet, 0, 1, ControlFlags),
            Accept,
        ];
        foreach (IPAddress address in addresses)
        {
            uint[] words = Words(address);
            foreach (uint offset in (ReadOnlySpan<uint>)[8, 24])
            {
                block.AddRange(
                [
                    new(LoadWord, 0, 0, offset),
                    new(JumpIfEqual, 0, 7, words[0]),
                    new(LoadWord, 0, 0, offset + 4),
                    new(JumpIfEqual, 0, 5, words[1]),
                    new(LoadWord, 0, 0, offset + 8),
                    new(JumpIfEqual, 0, 3, words[2]),
                    new(LoadWord, 0, 0, offset + 12),
                    new(JumpIfEqual, 0, 1, words[3]),
                    Accept,
                ]);
            }
        }

        block.Add(Reject);
        return block;
    }

    private static uint[] Words(IPAddress address)
    {
        byte[] octets = address.GetAddressBytes();
        return
        [
            .. Enumerable.Range(0, octets.Length / 4).Select(i =>
                BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(i * 4))),
        ];
    }
}
