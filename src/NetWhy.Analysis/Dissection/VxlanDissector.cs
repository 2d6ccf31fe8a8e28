using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>VXLAN and the frame that it carries. Source: RFC 7348.</summary>
internal static class VxlanDissector
{
    internal static readonly FieldGroup Group = new("vxlan", "Virtual eXtensible Local Area Network");
    private static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 16);
    private static readonly Field Identifier = Group.Unsigned("vni", "Network identifier", 24);

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const int HeaderLength = 8;
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, HeaderLength));
        dissection.Number(Flags, offset, 2);
        dissection.Number(Identifier, offset + 4, 3);
        if (dissection.Has(offset, HeaderLength))
            LinkDissector.ReadEthernet(ref dissection, offset + HeaderLength, length - HeaderLength);
    }
}

/// <summary>Geneve and what it carries. Source: RFC 8926.</summary>
internal static class GeneveDissector
{
    internal static readonly FieldGroup Group = new("geneve", "Generic Network Virtualization Encapsulation");
    private static readonly Field ProtocolType = Group.Hexadecimal("proto_type", "Protocol", 16);
    private static readonly Field Identifier = Group.Hexadecimal("vni", "Network identifier", 24);

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const ushort Bridged = 0x6558;
        int headerLength = 8 + ((dissection.U8(offset) & 0x3f) * 4);
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, headerLength));
        dissection.Number(ProtocolType, offset + 2, 2);
        dissection.Number(Identifier, offset + 4, 3);
        if (!dissection.Has(offset, headerLength))
            return;
        ushort type = dissection.U16(offset + 2);
        if (type == Bridged)
            LinkDissector.ReadEthernet(ref dissection, offset + headerLength, length - headerLength);
        else
            LinkDissector.ReadType(ref dissection, type, offset + headerLength, length - headerLength);
    }
}
