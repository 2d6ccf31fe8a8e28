using NetWhy.Analysis.Dissection;

namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of IP, UDP and ICMP. The wording is Wireshark's.</summary>
internal static class IpSummary
{
    // Sources: RFC 792 and IANA's registry of types of ICMP.
    private static readonly string?[] IcmpTypes =
    [
        "Echo (ping) reply", null, null, "Destination unreachable", "Source quench (flow control)", "Redirect", null, null, "Echo (ping) request",
        "Mobile IP Advertisement", "Mobile IP Solicitation", "Time-to-live exceeded", "Parameter problem", "Timestamp request", "Timestamp reply",
        "Information request", "Information reply", "Address mask request", "Address mask reply",
    ];

    private static readonly string[] UnreachableCodes =
    [
        "Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable", "Fragmentation needed", "Source route failed",
        "Destination network unknown", "Destination host unknown", "Source host isolated", "Network administratively prohibited",
        "Host administratively prohibited", "Network unreachable for TOS", "Host unreachable for TOS", "Communication administratively filtered",
        "Host precedence violation", "Precedence cutoff in effect",
    ];

    private static readonly string[] RedirectCodes = ["Redirect for network", "Redirect for host", "Redirect for TOS and network", "Redirect for TOS and host"];

    private static readonly string[] ExceededCodes = ["Time to live exceeded in transit", "Fragment reassembly time exceeded"];

    private static readonly string[] ParameterCodes = ["Pointer indicates the error", "Required option missing", "Bad length"];

    // Source: RFC 4443, section 3.1.
    private static readonly string[] Unreachable6Codes =
    [
        "no route to destination", "Administratively prohibited", "beyond scope of source address", "address unreachable", "Port unreachable",
        "Source address failed ingress/egress policy", "Reject route to destination",
    ];

    private static readonly string[] Exceeded6Codes = ["hop limit exceeded in transit", "fragment reassembly time exceeded"];

    private static readonly string[] Parameter6Codes = ["erroneous header field encountered", "unrecognized Next Header type encountered", "unrecognized IPv6 option encountered"];

    /// <summary>Says what a packet carries, in case that it is not read further.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="protocol">The protocol in it.</param>
    /// <param name="isIpv6">Whether it is IPv6.</param>
    internal static void Write(PacketSummary summary, int protocol, bool isIpv6)
    {
        summary.Begin(isIpv6 ? "IPv6"u8 : "IPv4"u8);
        if (IpNames.Protocol.TryGetValue((ulong)protocol, out string? name))
            summary.Append($"{name} ({protocol})");
    }

    /// <summary>Says that a packet is a fragment.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="protocol">The protocol in it.</param>
    /// <param name="place">Where it belongs in its datagram.</param>
    /// <param name="identification">The number of its datagram.</param>
    internal static void WriteFragment(PacketSummary summary, int protocol, int place, uint identification)
    {
        summary.Restart();
        summary.Append($"Fragmented IP protocol (proto={IpNames.Protocol.GetValueOrDefault((ulong)protocol) ?? "Unknown"} {protocol}, off={place}, ID={identification:x4})");
    }

    /// <summary>Says that a packet is a fragment of IPv6.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="next">The protocol in it.</param>
    /// <param name="place">Where it belongs in its datagram.</param>
    /// <param name="hasMore">Whether more follow.</param>
    /// <param name="identification">The number of its datagram.</param>
    internal static void WriteFragment6(PacketSummary summary, int next, int place, bool hasMore, uint identification)
    {
        summary.Restart();
        summary.Append($"IPv6 fragment (off={place} more={(hasMore ? 'y' : 'n')} ident=0x{identification:x8} nxt={next})");
    }

    /// <summary>Says what a datagram of UDP is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="source">The port that it comes from.</param>
    /// <param name="destination">The port that it goes to.</param>
    /// <param name="length">Octets of its data.</param>
    internal static void WriteUdp(PacketSummary summary, ushort source, ushort destination, int length)
    {
        summary.Begin("UDP"u8);
        summary.Append($"{source} \u2192 {destination} Len={length}");
    }

    /// <summary>Says what a message of ICMP is.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    internal static void WriteIcmp(ref Dissection.Dissection dissection, int offset)
    {
        if (dissection.Summary is not { } summary)
            return;
        byte type = dissection.U8(offset);
        byte code = dissection.U8(offset + 1);
        summary.Begin("ICMP"u8);
        string name = IcmpTypeOf(type);
        if (IcmpCodeOf(type, code) is { } meaning)
        {
            summary.Append($"{name,-20} ({meaning})");
            return;
        }

        summary.Append($"{name,-20}");
        if (type is 0 or 8 or 13 or 14 or 15 or 16 or 17 or 18)
        {
            ushort sequence = dissection.U16(offset + 6);
            summary.Append($" id=0x{dissection.U16(offset + 4):x4}, seq={sequence}/{System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(sequence)}, ttl={dissection.TimeToLive}");
        }
    }

    /// <summary>What a type of ICMP is called.</summary>
    /// <param name="type">The type.</param>
    internal static string IcmpTypeOf(byte type) => type < IcmpTypes.Length && IcmpTypes[type] is { } known ? known : "Unknown ICMP (obsolete or malformed?)";

    /// <summary>What a code of ICMP is called; null if there are none of its type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="code">The code.</param>
    internal static string? IcmpCodeOf(byte type, byte code) =>
        type switch { 3 => UnreachableCodes, 5 => RedirectCodes, 11 => ExceededCodes, 12 => ParameterCodes, _ => null } is not { } codes ? null
            : code < codes.Length ? codes[code] : "Unknown code - error?";

    /// <summary>What a code of ICMPv6 is called; null if there are none of its type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="code">The code.</param>
    internal static string? Icmp6CodeOf(byte type, byte code) =>
        type switch { 1 => Unreachable6Codes, 3 => Exceeded6Codes, 4 => Parameter6Codes, _ => null } is not { } codes ? null
            : code < codes.Length ? codes[code] : "Unknown";

    /// <summary>Says what a message of ICMPv6 is.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void WriteIcmp6(ref Dissection.Dissection dissection, int offset, int length)
    {
        if (dissection.Summary is not { } summary)
            return;
        byte type = dissection.U8(offset);
        byte code = dissection.U8(offset + 1);
        summary.Begin("ICMPv6"u8);
        summary.Append(IpNames.Icmp6.GetValueOrDefault(type) ?? "Unknown");
        switch (type)
        {
            case 1 or 3 or 4:
                summary.Append($" ({Icmp6CodeOf(type, code)})");
                break;
            case 128 or 129:
                summary.Append($" id=0x{dissection.U16(offset + 4):x4}, seq={dissection.U16(offset + 6)}, hop limit={dissection.TimeToLive}");
                break;
            case 133 or 134:
                WriteLinkAddress(ref dissection, summary, offset + (type == 133 ? 8 : 16), offset + length, " from ");
                break;
            case 135:
                summary.Append(" for "u8);
                AppendTarget(ref dissection, summary, offset + 8);
                WriteLinkAddress(ref dissection, summary, offset + 24, offset + length, " from ");
                break;
            case 136:
                summary.Append(" "u8);
                AppendTarget(ref dissection, summary, offset + 8);
                WriteNeighborFlags(summary, dissection.U8(offset + 4));
                WriteLinkAddress(ref dissection, summary, offset + 24, offset + length, " is at ");
                break;
        }
    }

    private static void AppendTarget(ref Dissection.Dissection dissection, PacketSummary summary, int offset)
    {
        if (dissection.Has(offset, 16))
            LinkSummary.AppendAddress(summary, dissection.Octets.Slice(offset, 16));
    }

    private static void WriteNeighborFlags(PacketSummary summary, byte flags)
    {
        if ((flags & 0xe0) == 0)
            return;
        summary.Append(" ("u8);
        string separator = "";
        foreach ((int bit, string name) in new[] { (0x80, "rtr"), (0x40, "sol"), (0x20, "ovr") })
        {
            if ((flags & bit) == 0)
                continue;
            summary.Append($"{separator}{name}");
            separator = ", ";
        }

        summary.Append(")"u8);
    }

    // Options of neighbour discovery: RFC 4861, section 4.6.
    private static void WriteLinkAddress(ref Dissection.Dissection dissection, PacketSummary summary, int offset, int end, string before)
    {
        while (offset + 8 <= end && dissection.Has(offset, 8))
        {
            int size = dissection.U8(offset + 1) * 8;
            if (size == 0)
                return;
            if (dissection.U8(offset) is 1 or 2 && size == 8)
            {
                summary.Append(before);
                LinkSummary.AppendMac(summary, dissection.Octets.Slice(offset + 2, 6));
            }

            offset += size;
        }
    }
}
