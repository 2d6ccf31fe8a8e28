using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is said where a packet cannot be read further. Source: what tshark 4.0 shows.</summary>
internal static class FaultFields
{
    internal static readonly FieldGroup Short = new("_ws.short", "Short Frame");
    internal static readonly FieldGroup Malformed = new("_ws.malformed", "Malformed Packet");
    internal static readonly FieldGroup Unreassembled = new("_ws.unreassembled", "Unreassembled Fragmented Packet");
    internal static readonly Field Exception = Malformed.Finding("expert", "Malformed Packet (Exception occurred)", Severity.Error, ExpertGroup.Malformed);

    internal static readonly Field Fragment = Unreassembled.Finding("expert", "Unreassembled fragment (change preferences to enable reassembly)", Severity.Note, ExpertGroup.Reassemble);

    // What Wireshark raises where it stumbles over itself.
    internal static readonly Field[] Unused = [Malformed.Finding("dissector_bug", "Dissector bug", Severity.Error, ExpertGroup.Malformed)];

    internal static readonly Field Reassembly = Malformed.Finding("reassembly", "Reassembly error", Severity.Error, ExpertGroup.Malformed);

    /// <summary>The groups.</summary>
    internal static FieldGroup[] All { get; } = [Short, Malformed, Unreassembled];

    // What a protocol is called in short, where that is not its name in capitals.
    private static readonly Dictionary<string, string> ShortNames = new(StringComparer.Ordinal)
    {
        ["eth"] = "Ethernet",
        ["ip"] = "IPv4",
        ["ipv6"] = "IPv6",
        ["ipv6.hopopts"] = "IPv6 Hop-by-Hop",
        ["ipv6.routing"] = "IPv6 Routing",
        ["ipv6.dstopts"] = "IPv6 Destination",
        ["ipv6.fraghdr"] = "IPv6 Fragment",
        ["arp"] = "ARP/RARP",
        ["icmpv6"] = "ICMPv6",
        ["ieee8021ad"] = "IEEE 802.1AD",
        ["null"] = "Null",
        ["raw"] = "Raw",
        ["pppoes"] = "PPPoES",
        ["udplite"] = "UDP-Lite",
        ["geneve"] = "Geneve",
        ["mdns"] = "mDNS",
        ["data"] = "Data",
        ["frame"] = "Frame",
    };

    /// <summary>Says that a segment brings a part of a message that was whole already.</summary>
    /// <param name="fields">Where it is added.</param>
    /// <param name="summary">What is said of the packet in one line; null if nobody asks.</param>
    internal static void AddOverlap(PacketFields fields, PacketSummary? summary)
    {
        const string Message = "New fragment overlaps old data (retransmission?)";
        byte depth = fields.Depth;
        fields.Depth = 0;
        int before = fields.Last;
        fields.Add(Malformed.Protocol, 0, 0, 0);
        int head = fields.Last > before ? fields.Last : -1;
        if (head >= 0)
            fields.Say($"[Reassembly error, protocol TCP: {Message}]");
        fields.RemarkOf(head, Reassembly, 0, $"{Message}");
        fields.Depth = depth;
        summary?.Append($"[Reassembly error, protocol TCP: {Message}]");
    }

    /// <summary>Says why a packet cannot be read further, and who wanted to.</summary>
    /// <param name="fields">Where it is added.</param>
    /// <param name="summary">What is said of the packet in one line; null if nobody asks.</param>
    /// <param name="fault">What happened: it is settled now.</param>
    internal static void Add(PacketFields fields, PacketSummary? summary, Fault fault)
    {
        string why = fault.IsContained ? ": length of contained item exceeds length of containing item" : "";
        FaultKind kind = fault.Settle();
        string reader = fault.Reader?.Name ?? "frame";
        reader = ShortNames.GetValueOrDefault(reader) ?? reader.ToUpperInvariant();
        byte depth = fields.Depth;
        fields.Depth = 0;
        int before = fields.Last;
        switch (kind)
        {
            case FaultKind.Cut:
                fields.Add(Short.Protocol, 0, 0, 0);
                if (fields.Last > before)
                    fields.Say($"[Packet size limited during capture: {reader} truncated]");
                summary?.Append("[Packet size limited during capture]"u8);
                break;
            case FaultKind.Unreassembled:
                fields.Add(Unreassembled.Protocol, 0, 0, 0);
                if (fields.Last > before)
                    fields.Say($"[BoundError Unreassembled Packet: {reader}]");
                fields.Remark(Fragment, 0, $"{Fragment.Label}");
                summary?.Append("[BoundErrorUnreassembled Packet]"u8);
                break;
            default:
                fields.Add(Malformed.Protocol, 0, 0, 0);
                int head = fields.Last > before ? fields.Last : -1;
                if (head >= 0)
                    fields.Say($"[Malformed Packet: {reader}{why}]");
                fields.RemarkOf(head, Exception, 0, $"{Exception.Label}");
                summary?.Append($"[Malformed Packet{why}]");
                break;
        }

        fields.Depth = depth;
    }
}
