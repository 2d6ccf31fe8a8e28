using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of generic netlink messages.</summary>
/// <remarks>Source: <c>struct genlmsghdr</c> in linux/genetlink.h.</remarks>
/// <param name="Command">What is asked or answered.</param>
/// <param name="Version">Version of the family.</param>
/// <param name="Reserved">Always 0.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct GenericHeader(byte Command, byte Version, ushort Reserved)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 4;
}

/// <summary>Asks the kernel for the number of a generic netlink family.</summary>
/// <remarks>Source: linux/genetlink.h.</remarks>
public static class GenericFamily
{
    private const NetlinkMessageType Control = (NetlinkMessageType)16; // GENL_ID_CTRL

    /// <summary>The question.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="name">Name of the family, such as <c>ethtool</c>; ASCII.</param>
    /// <param name="sequence">Number of the question.</param>
    public static ReadOnlySpan<byte> Ask(Span<byte> buffer, string name, uint sequence)
    {
        const byte GetFamily = 3; // CTRL_CMD_GETFAMILY
        const int FamilyName = 2; // CTRL_ATTR_FAMILY_NAME
        NetlinkRequest request = NetlinkRequest.Start(buffer, Control, NetlinkFlags.None, sequence, new GenericHeader(GetFamily, Version: 1, Reserved: 0));
        request.Add(FamilyName, [.. System.Text.Encoding.ASCII.GetBytes(name), 0]);
        return request.Octets;
    }

    /// <summary>Reads the payload of the answer.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <returns>The number; null if it is not told.</returns>
    public static NetlinkMessageType? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < GenericHeader.Size)
            return null;
        var attributes = new NetlinkAttributes(payload[GenericHeader.Size..]);
        while (attributes.Read())
        {
            if (attributes.Type == 1 /* CTRL_ATTR_FAMILY_ID */ && attributes.Value.Length >= sizeof(ushort))
                return (NetlinkMessageType)MemoryMarshal.Read<ushort>(attributes.Value);
        }

        return null;
    }
}

/// <summary>What forward error correction did on a link since its interface exists.</summary>
/// <remarks>Source: linux/ethtool_netlink.h, <c>ETHTOOL_A_FEC_STAT_*</c>; kernel 5.13.</remarks>
/// <param name="Corrected">Blocks that it repaired; null if the driver does not count them.</param>
/// <param name="Uncorrected">Blocks that it could not repair; null if the driver does not count them.</param>
public sealed record ErrorCorrectionMessage(long? Corrected, long? Uncorrected)
{
    /// <summary>The question, with statistics.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="family">Number of the family <c>ethtool</c>.</param>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="sequence">Number of the question.</param>
    public static ReadOnlySpan<byte> Ask(Span<byte> buffer, NetlinkMessageType family, int interfaceIndex, uint sequence)
    {
        const byte Get = 29; // ETHTOOL_MSG_FEC_GET
        const int Header = 1 | 0x8000; // ETHTOOL_A_FEC_HEADER, NLA_F_NESTED
        const ushort Index = 1; // ETHTOOL_A_HEADER_DEV_INDEX
        const ushort Flags = 3; // ETHTOOL_A_HEADER_FLAGS
        const uint Statistics = 1 << 2; // ETHTOOL_FLAG_STATS
        Span<byte> nested = stackalloc byte[16]; // two attributes: length, type, 32 bits
        foreach ((int at, ushort type, uint value) in (ReadOnlySpan<(int, ushort, uint)>)[(0, Index, (uint)interfaceIndex), (8, Flags, Statistics)])
        {
            MemoryMarshal.Write(nested[at..], (ushort)8);
            MemoryMarshal.Write(nested[(at + 2)..], in type);
            MemoryMarshal.Write(nested[(at + 4)..], in value);
        }

        NetlinkRequest request = NetlinkRequest.Start(buffer, family, NetlinkFlags.None, sequence, new GenericHeader(Get, Version: 1, Reserved: 0));
        request.Add(Header, nested);
        return request.Octets;
    }

    /// <summary>Reads the payload of the answer, <c>ETHTOOL_MSG_FEC_GET_REPLY</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="message">What is told; null if the payload is cut short.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out ErrorCorrectionMessage? message)
    {
        message = null;
        if (payload.Length < GenericHeader.Size)
            return OperationStatus.NeedMoreData;
        message = new ErrorCorrectionMessage(Corrected: null, Uncorrected: null);
        var attributes = new NetlinkAttributes(payload[GenericHeader.Size..]);
        while (attributes.Read())
        {
            if (attributes.Type != 5 /* ETHTOOL_A_FEC_STATS */)
                continue;
            var statistics = new NetlinkAttributes(attributes.Value);
            while (statistics.Read())
            {
                // An array: the sum of all lanes comes first.
                long? sum = statistics.Value.Length >= sizeof(long) ? (long)Math.Min(MemoryMarshal.Read<ulong>(statistics.Value), long.MaxValue) : null;
                message = statistics.Type switch
                {
                    2 => message with { Corrected = sum }, // ETHTOOL_A_FEC_STAT_CORRECTED
                    3 => message with { Uncorrected = sum }, // ETHTOOL_A_FEC_STAT_UNCORR
                    _ => message,
                };
            }
        }

        return OperationStatus.Done;
    }
}
