using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>VXLAN and the frame that it carries. Source: RFC 7348.</summary>
internal static class VxlanDissector
{
    internal static readonly FieldGroup Group = new("vxlan", "Virtual eXtensible Local Area Network");
    private static readonly Dictionary<ulong, string> Protocols = new()
    {
        [1] = "IPv4",
        [2] = "IPv6",
        [3] = "Ethernet",
        [4] = "Network Service Header",
        [5] = "MPLS",
    };

    private static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 16);
    private static readonly Field HasPolicy = Group.Boolean("flag_g", "GBP Extension", 16).Masked(0x8000, level: 2).Saying("Not defined", "Defined");
    private static readonly Field HasIdentifier = Group.Boolean("flag_i", "VXLAN Network ID (VNI)", 16).Masked(0x800, level: 2);
    private static readonly Field DoesNotLearn = Group.Boolean("flag_d", "Don't Learn", 16).Masked(0x40, level: 2);
    private static readonly Field IsApplied = Group.Boolean("flag_a", "Policy Applied", 16).Masked(0x8, level: 2);
    private static readonly Field FlagsReserved = Group.Hexadecimal("flags_reserved", "Reserved(R)", 16).Masked(0x77b7, level: 2);
    private static readonly Field Version = Group.Unsigned("ver", "Version", 8).Masked(0x30, level: 2);
    private static readonly Field IsInstance = Group.Unsigned("i_bit", "Instance", 8).Masked(0x8, level: 2);
    private static readonly Field HasProtocol = Group.Unsigned("p_bit", "Next Protocol Bit", 8).Masked(0x4, level: 2);
    private static readonly Field IsOfOperations = Group.Unsigned("o_bit", "OAM bit", 8).Masked(0x1, level: 2);
    private static readonly Field Policy = Group.Unsigned("gbp", "Group Policy ID", 16);
    private static readonly Field Identifier = Group.Unsigned("vni", "VXLAN Network Identifier (VNI)", 24);
    private static readonly Field Reserved = Group.Unsigned("reserved8", "Reserved", 8);
    private static readonly Field LongReserved = Group.Unsigned("reserved_16", "Reserved", 16);
    private static readonly Field Protocol = Group.Unsigned("next_proto", "Next Protocol", 8, Protocols);

    private const int HeaderLength = 8;
    private static readonly Field[] FlagParts = [HasPolicy, HasIdentifier, DoesNotLearn, IsApplied, FlagsReserved];

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, HeaderLength));
        dissection.Flags(Flags, offset, FlagParts);
        dissection.Number(Policy, offset + 2, 2);
        dissection.Number(Identifier, offset + 4, 3);
        dissection.Number(Reserved, offset + 7, 1);
        if (dissection.Need(offset, HeaderLength))
            LinkDissector.ReadEthernet(ref dissection, offset + HeaderLength, length - HeaderLength);
    }

    /// <summary>Reads a packet that says which protocol it carries. Source: draft-ietf-nvo3-vxlan-gpe.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void ReadWithProtocol(ref Dissection dissection, int offset, int length)
    {
        const ulong ReservedBits = 0xc2;
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, HeaderLength));
        ulong flags = dissection.Number(Flags, offset, 1);
        if (dissection.IsShort)
            return;
        dissection.Fields.Say($"{Flags.Label}: 0x{flags:x2}");
        dissection.Bits(Version, offset, 1);
        dissection.Bits(IsInstance, offset, 1);
        dissection.Bits(HasProtocol, offset, 1);
        dissection.Bits(IsOfOperations, offset, 1);
        dissection.Fields.Add(FlagsReserved, flags & ReservedBits, offset, 1);
        dissection.Number(LongReserved, offset + 1, 2);
        ulong protocol = dissection.Number(Protocol, offset + 3, 1);
        dissection.Number(Identifier, offset + 4, 3);
        dissection.Number(Reserved, offset + 7, 1);
        if (!dissection.Need(offset, HeaderLength))
            return;
        offset += HeaderLength;
        length -= HeaderLength;
        switch (protocol)
        {
            case 1:
                LinkDissector.ReadType(ref dissection, LinkDissector.Ipv4, offset, length);
                break;
            case 2:
                LinkDissector.ReadType(ref dissection, LinkDissector.Ipv6, offset, length);
                break;
            case 3:
                LinkDissector.ReadEthernet(ref dissection, offset, length);
                break;
            case 4:
                break; // a service header, which is not read here
            case 5:
                LinkDissector.ReadType(ref dissection, LinkDissector.Mpls, offset, length);
                break;
            default:
                DataDissector.Read(ref dissection, offset, length);
                break;
        }
    }
}
