namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints LWAPP. Source: RFC 5412.</summary>
internal static class LwappPrinter
{
    private const int HeaderLength = 6, IdentityLength = 6, MessageHeaderLength = 8;

    private static readonly Token[] Flags = [(0x01, "Last Fragment Bit"), (0x02, "Fragment Bit"), (0x04, "Control Bit")];

    private static readonly Token[] Messages =
    [
        (1, "Discovery req"), (2, "Discovery resp"), (3, "Join req"), (4, "Join resp"), (5, "Join ack"), (6, "Join confirm"),
        (10, "Configure req"), (11, "Configure resp"), (12, "Update req"), (13, "Update resp"), (14, "WTP event req"),
        (15, "WTP event resp"), (16, "Change state event req"), (17, "Change state event resp"), (22, "Echo req"), (23, "Echo resp"),
        (24, "Image data req"), (25, "Image data resp"), (26, "Channel status req"), (27, "Channel status resp"), (30, "Key update req"),
        (31, "Key update resp"), (32, "Primary discovery req"), (33, "Primary discovery resp"), (34, "Data transfer req"),
        (35, "Data transfer resp"), (36, "Clear config ind"), (37, "Wlan config req"), (38, "Wlan config resp"),
        (39, "Mobile config req"), (40, "Mobile config resp"),
    ];

    /// <summary>Prints control messages.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="hasIdentity">Whether the access point's address stands in front of the header.</param>
    internal static void PrintControl(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool hasIdentity)
    {
        printer.Protocol = "lwapp_control";
        int header = hasIdentity ? IdentityLength : 0;
        if (!PacketPrinter.Has(octets, header, HeaderLength))
        {
            printer.Truncated();
            return;
        }

        uint version = octets[header];
        if (!PrintVersion(printer, version, length))
            return;
        int left = printer.U16(octets, header + 2), at = header + HeaderLength;
        PrintStart(printer, version);
        printer.Put($", Radio-id {(version >> 3) & 7}, Flags [");
        printer.Bits(Flags, version & 7, "none");
        printer.Put($"], Frag-id {(uint)octets[header + 1]}, length {left}");
        if (hasIdentity)
        {
            printer.Put("\n\tAP identity: ");
            printer.EthernetAddress(octets, 0);
        }

        while (left != 0)
        {
            if (!PacketPrinter.Has(octets, at, MessageHeaderLength))
            {
                printer.Truncated();
                return;
            }

            int size = printer.U16(octets, at + 2);
            if (left < MessageHeaderLength + size)
            {
                printer.Put("\n\t  Msg goes past end of PDU");
                return;
            }

            printer.Put("\n\t  Msg type: ");
            printer.Token(Messages, octets[at], "Unknown");
            printer.Put($" ({(uint)octets[at]}), Seqnum: {(uint)octets[at + 1]}, Msg len: {size}, Session: 0x{printer.U32(octets, at + 4):x8}");
            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return;
            }

            at += MessageHeaderLength + size;
            left -= MessageHeaderLength + size;
        }
    }

    /// <summary>Prints data.</summary>
    /// <inheritdoc cref="PrintControl"/>
    internal static void PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "lwapp_data";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        uint version = octets[0];
        if (!PrintVersion(printer, version, length))
            return;
        int said = printer.U16(octets, 2);
        PrintStart(printer, version);
        printer.Put($", Radio-id  {(version >> 3) & 7}, Flags [");
        printer.Bits(Flags, version & 7, "none");
        if (said < HeaderLength)
        {
            printer.Put($"], length {said} < transport header length");
            return;
        }

        printer.Put($"], Frag-id  {(uint)octets[1]}, length {said}");
        printer.Unknown(octets, HeaderLength, "\n\t", said - HeaderLength);
    }

    private static void PrintStart(PacketPrinter printer, uint version) =>
        printer.Put($"LWAPPv{version >> 6}, {((version & 4) != 0 ? "Control" : "Data")} frame");

    // Whether there is more to say.
    private static bool PrintVersion(PacketPrinter printer, uint version, int length)
    {
        if (version >> 6 != 0)
        {
            printer.Put($"LWAPP version {version >> 6} packet not supported");
            return false;
        }

        if (printer.Verbosity > 0)
            return true;
        PrintStart(printer, version);
        printer.Put(", Flags [");
        printer.Bits(Flags, version & 7, "none");
        printer.Put($"], length {length}");
        return false;
    }
}
