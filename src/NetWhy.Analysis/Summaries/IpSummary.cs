using NetWhy.Analysis.Dissection;

namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of IP, UDP and ICMP. The wording is Wireshark's.</summary>
internal static class IpSummary
{
    // Sources: RFC 792 and IANA's registry of types of ICMP.
    private static readonly string?[] IcmpTypes =
    [
        "Echo (ping) reply", "Reserved", "Reserved", "Destination unreachable", "Source quench (flow control)", "Redirect", "Alternate host address", null, "Echo (ping) request",
        "Mobile IP Advertisement", "Router solicitation", "Time-to-live exceeded", "Parameter problem", "Timestamp request", "Timestamp reply",
        "Information request", "Information reply", "Address mask request", "Address mask reply", "Reserved (for security)",
        null, null, null, null, null, null, null, null, null, null, "Traceroute", "Datagram Conversion Error", "Mobile Host Redirect", "IPv6 Where-Are-You",
        "IPv6 I-Am-Here", "Mobile Registration Request", "Mobile Registration Reply", "Domain Name Request", "Domain Name Reply", "SKIP", "Photuris",
        "Experimental mobility protocols", "Extended Echo request", "Extended Echo reply",
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

    private static readonly string[] AlternateCodes = ["Alternate address for host"];

    private static readonly string?[] AdvertisementCodes = // RFC 5944, section 2.1
        ["Normal router advertisement", null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, "Does not route common traffic"];

    private static readonly string[] PhoturisCodes = ["Bad SPI", "Authentication Failed", "Decompression Failed", "Decryption Failed", "Need Authentication", "Need Authorization"];

    private static readonly string[] ExtendedRequestCodes = ["No error"];

    private static readonly string[] ExtendedReplyCodes = ["No error", "Malformed Query", "No Such Interface", "No Such Table Entry", "Multiple Interfaces Satisfy Query"];

    private static readonly string[] QueryCodes = ["Query subject = IPv6 addresses", "Query subject = DNS name or empty", "Query subject = IPv4 addresses"];

    private static readonly string[] ReplyCodes = ["Successful", "Refused", "Unknown query type"];

    private static readonly string[] RenumberingCodes = ["Command", "Result"];

    private static readonly string[] RplCodes =
    [
        "DODAG Information Solicitation", "DODAG Information Object", "Destination Advertisement Object", "Destination Advertisement Object Acknowledgment",
        "P2P Discovery Reply Object", "P2P Discovery Reply Object Acknowledgement",
    ];

    private static readonly string[] SecureRplCodes =
    [
        "Secure DODAG Information Solicitation", "Secure DODAG Information Object", "Secure Destination Advertisement Object",
        "Secure Destination Advertisement Object Acknowledgment", "P2P Secure Discovery Reply Object", "P2P Secure Discovery Reply Object Acknowledgement",
    ];

    // Source: RFC 4443, section 3.1.
    private static readonly string[] Unreachable6Codes =
    [
        "no route to destination", "Administratively prohibited", "Beyond scope of source address", "Address unreachable", "Port unreachable",
        "Source address failed ingress/egress policy", "Reject route to destination", "Error in Source Routing Header",
    ];

    private static readonly string[] Exceeded6Codes = ["hop limit exceeded in transit", "fragment reassembly time exceeded"];

    private static readonly string[] Parameter6Codes = ["erroneous header field encountered", "unrecognized Next Header type encountered", "unrecognized IPv6 option encountered", "IPv6 First Fragment has incomplete IPv6 Header Chain"];

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
    internal static void WriteUdp(PacketSummary summary, ushort source, ushort destination)
    {
        summary.Begin("UDP"u8);
        summary.Append($"{source} \u2192 {destination}");
    }

    /// <summary>Says how long the data of a datagram is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="length">Its octets.</param>
    internal static void WriteUdpLength(PacketSummary summary, int length) => summary.Append($" Len={length}");

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
        if (type is 0 or 8 or 13 or 14 or 15 or 16 or 17 or 18 && dissection.Has(offset, 8))
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
        type switch
        {
            3 => UnreachableCodes,
            5 => RedirectCodes,
            6 => AlternateCodes,
            9 => AdvertisementCodes,
            11 => ExceededCodes,
            12 => ParameterCodes,
            40 => PhoturisCodes,
            42 => ExtendedRequestCodes,
            43 => ExtendedReplyCodes,
            _ => null,
        } is not { } codes ? null : code < codes.Length && codes[code] is { } name ? name : $"Unknown code: {code}";

    /// <summary>What a code of ICMPv6 is called; null if there are none of its type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="code">The code.</param>
    internal static string? Icmp6CodeOf(byte type, byte code) =>
        (type, code) switch
        {
            (1, _) => Named(Unreachable6Codes, code) ?? "Unknown",
            (3, _) => Named(Exceeded6Codes, code) ?? $"Unknown ({code})",
            (4, _) => Named(Parameter6Codes, code) ?? $"Unknown ({code})",
            (138, byte.MaxValue) => "Sequence number reset",
            (138, _) => Named(RenumberingCodes, code) ?? $"Unknown ({code})",
            (139, _) => Named(QueryCodes, code) ?? $"Unknown ({code})",
            (140, _) => Named(ReplyCodes, code) ?? $"Unknown ({code})",
            (155, 138) => "Consistency Check",
            (155, >= 128) => Named(SecureRplCodes, code - 128) ?? $"Unknown ({code})",
            (155, _) => Named(RplCodes, code) ?? $"Unknown ({code})",
            (160, _) => Named(ExtendedRequestCodes, code) ?? $"Unknown ({code})",
            (161, _) => Named(ExtendedReplyCodes, code) ?? $"Unknown ({code})",
            _ => null,
        };

    private static string? Named(string[] names, int code) => code < names.Length ? names[code] : null;

    /// <summary>Says what a message of ICMPv6 is.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void WriteIcmp6(ref Dissection.Dissection dissection, int offset, int length)
    {
        if (dissection.Summary is not { } summary || !dissection.Has(offset, 1))
            return;
        byte type = dissection.U8(offset);
        byte code = dissection.Has(offset + 1, 1) ? dissection.U8(offset + 1) : (byte)0;
        summary.Begin("ICMPv6"u8);
        summary.Append(IpNames.Icmp6.GetValueOrDefault(type) ?? "Unknown");
        if (Icmp6CodeOf(type, code) is { } meaning)
            summary.Append($" ({meaning})");
        switch (type)
        {
            case 128 or 129 when dissection.Has(offset, 8):
                summary.Append($" id=0x{dissection.U16(offset + 4):x4}, seq={dissection.U16(offset + 6)}, hop limit={dissection.TimeToLive}");
                break;
            case 133 or 134:
                WriteLinkAddress(ref dissection, summary, offset + (type == 133 ? 8 : 16), offset + length, " from ");
                break;
            case 135 when dissection.Has(offset, 24):
                summary.Append(" for "u8);
                AppendTarget(ref dissection, summary, offset + 8);
                WriteLinkAddress(ref dissection, summary, offset + 24, offset + length, " from ");
                break;
            case 136 when dissection.Has(offset, 24):
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
