using NetWhy.Analysis.Fields;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Analysis.Dissection;

/// <summary>GRE and what it carries. Sources: RFC 2784, RFC 2890.</summary>
internal static class GreDissector
{
    internal static readonly FieldGroup Group = new("gre", "Generic Routing Encapsulation");
    private static readonly Field ProtocolType = Group.Hexadecimal("proto", "Protocol Type", 16);
    private static readonly Field Key = Group.Hexadecimal("key", "Key", 32);

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const ushort Bridged = 0x6558;
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, 4));
        dissection.Number(ProtocolType, offset + 2, 2);
        if (!dissection.Has(offset, 4))
            return;
        ushort flags = dissection.U16(offset);
        ushort protocol = dissection.U16(offset + 2);
        int header = GrePacket.LengthOf(flags);
        if ((flags & 0x2000) != 0)
            dissection.Number(Key, offset + ((flags & 0xc000) != 0 ? 8 : 4), 4);
        if (length <= header || (flags & 0x4000) != 0)
            return;
        if (protocol == Bridged)
            LinkDissector.ReadEthernet(ref dissection, offset + header, length - header);
        else
            LinkDissector.ReadType(ref dissection, protocol, offset + header, length - header);
    }
}
