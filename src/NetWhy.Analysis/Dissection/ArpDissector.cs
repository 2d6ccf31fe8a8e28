using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ARP. Source: RFC 826.</summary>
internal static class ArpDissector
{
    internal static readonly FieldGroup Group = new("arp", "Address Resolution Protocol");
    private static readonly Field HardwareType = Group.Unsigned("hw.type", "Hardware type", 16, LinkNames.Hardware);
    private static readonly Field ProtocolType = Group.Hexadecimal("proto.type", "Protocol type", 16, LinkNames.EtherType);
    private static readonly Field HardwareSize = Group.Unsigned("hw.size", "Hardware size", 8);
    private static readonly Field ProtocolSize = Group.Unsigned("proto.size", "Protocol size", 8);
    private static readonly Field Opcode = Group.Unsigned("opcode", "Opcode", 16, ValueNames.ArpOpcode);
    private static readonly Field IsGratuitous = Group.Boolean("isgratuitous", "Is gratuitous").Generated();
    private static readonly Field IsProbe = Group.Boolean("isprobe", "Is probe").Generated();
    private static readonly Field IsAnnouncement = Group.Boolean("isannouncement", "Is announcement").Generated();
    private static readonly Field SenderMac = Group.EthernetAddress("src.hw_mac", "Sender MAC address");
    private static readonly Field SenderIpv4 = Group.Ipv4Address("src.proto_ipv4", "Sender IP address");
    private static readonly Field TargetMac = Group.EthernetAddress("dst.hw_mac", "Target MAC address");
    private static readonly Field TargetIpv4 = Group.Ipv4Address("dst.proto_ipv4", "Target IP address");

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        const int PacketLength = 28;
        dissection.Protocol(Group.Protocol, offset, Math.Min(length, PacketLength));
        int head = dissection.Fields.Last;
        dissection.Summary?.Begin("ARP"u8);
        dissection.Number(HardwareType, offset, 2);
        dissection.Number(ProtocolType, offset + 2, 2);
        dissection.Number(HardwareSize, offset + 4, 1);
        dissection.Number(ProtocolSize, offset + 5, 1);
        dissection.Number(Opcode, offset + 6, 2);
        if (dissection.Has(offset, 8))
            dissection.Fields.SayOf(head, $"{Group.Protocol.Label} ({ValueNames.ArpOpcode.GetValueOrDefault(dissection.U16(offset + 6)) ?? "unknown"})");
        if (dissection.IsShort || dissection.U16(offset + 2) != LinkDissector.Ipv4 || dissection.U8(offset + 4) != 6 || dissection.U8(offset + 5) != 4)
            return;

        LinkSummary.WriteArp(ref dissection, offset);
        ushort opcode = dissection.U16(offset + 6);
        uint sender = dissection.U32(offset + 14);
        uint target = dissection.U32(offset + 24);
        bool isGratuitous = opcode is 1 or 2 && sender == target && sender != 0;
        if (dissection.Has(offset, PacketLength))
        {
            if (isGratuitous || (opcode == 1 && sender == 0))
                dissection.Fields.SayOf(head, $"{Group.Protocol.Label} ({(opcode == 1 && sender == 0 ? "ARP Probe" : opcode == 1 ? "ARP Announcement" : "reply/gratuitous ARP")})");
            if (isGratuitous)
                dissection.Fields.Add(IsGratuitous, 1, offset + 6, 0);
            if (opcode == 1 && sender == 0)
                dissection.Fields.Add(IsProbe, 1, offset + 6, 0);
            if (opcode == 1 && isGratuitous)
                dissection.Fields.Add(IsAnnouncement, 1, offset + 6, 0);
        }

        dissection.Part(SenderMac, offset + 8, 6);
        dissection.Ipv4(SenderIpv4, offset + 14);
        dissection.Part(TargetMac, offset + 18, 6);
        dissection.Ipv4(TargetIpv4, offset + 24);
    }
}
