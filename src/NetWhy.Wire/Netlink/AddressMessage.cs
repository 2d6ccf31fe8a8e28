using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of messages about addresses.</summary>
/// <remarks>Source: <c>struct ifaddrmsg</c> in linux/if_addr.h.</remarks>
/// <param name="Family"><c>AF_INET</c> or <c>AF_INET6</c>; 0 in a question asks for both.</param>
/// <param name="PrefixLength">Length of the prefix, in bits.</param>
/// <param name="Flags">The low eight flags.</param>
/// <param name="Scope">RT_SCOPE_ number: 0 global, 253 link, 254 host.</param>
/// <param name="Index">Interface index.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct AddressHeader(byte Family, byte PrefixLength, byte Flags, byte Scope, int Index)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 8;
}

/// <summary>One address of an interface, as <c>RTM_NEWADDR</c> describes it.</summary>
/// <remarks>Source: linux/if_addr.h.</remarks>
/// <param name="Header">The fixed part.</param>
/// <param name="Address">The address of this machine.</param>
public sealed record AddressMessage(AddressHeader Header, IPAddress Address)
{
    private static readonly (uint Flag, string Name)[] FlagNames =
    [
        (0x01, "secondary"), (0x02, "nodad"), (0x04, "optimistic"), (0x08, "dadfailed"), (0x20, "deprecated"),
        (0x40, "tentative"), (0x80, "permanent"), (0x100, "mngtmpaddr"), (0x200, "noprefixroute"),
    ];

    /// <summary>All flags.</summary>
    public uint Flags { get; private init; }

    /// <summary>The flags by name, as ip-address(8) writes them.</summary>
    public IReadOnlyList<string> NamedFlags =>
        [.. FlagNames.Where(flag => (Flags & flag.Flag) != 0).Select(flag => flag.Name)];

    /// <summary>Reads the payload of an <c>RTM_NEWADDR</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="address">The address; null if the payload is cut short or names none.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out AddressMessage? address)
    {
        address = null;
        if (payload.Length < AddressHeader.Size)
            return OperationStatus.NeedMoreData;

        AddressHeader header = MemoryMarshal.Read<AddressHeader>(payload);
        IPAddress? local = null;
        IPAddress? prefix = null;
        uint flags = header.Flags;
        var attributes = new NetlinkAttributes(payload[AddressHeader.Size..]);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case 1: // IFA_ADDRESS: the peer's on a point-to-point link
                    prefix = attributes.Address;
                    break;
                case 2: // IFA_LOCAL
                    local = attributes.Address;
                    break;
                case 8: // IFA_FLAGS
                    flags = attributes.Number;
                    break;
            }
        }

        if ((local ?? prefix) is not { } own)
            return OperationStatus.InvalidData;

        address = new AddressMessage(header, own) { Flags = flags };
        return OperationStatus.Done;
    }
}
