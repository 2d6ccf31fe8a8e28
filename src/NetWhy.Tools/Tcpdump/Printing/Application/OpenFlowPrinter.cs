namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints OpenFlow. Source: Open Networking Foundation, OpenFlow Switch Specification 1.0 to 1.5.</summary>
internal static class OpenFlowPrinter
{
    private const int HeaderLength = 8;

    private static readonly Token[] Versions = [(1, "1.0"), (2, "1.1"), (3, "1.2"), (4, "1.3"), (5, "1.4"), (6, "1.5")];

    private static readonly Token[] Experimenters =
    [
        (0x4f4e4600, "ONF Extensions"), (0xff000001, "Budapest University of Technology and Economics"), (0xff000002, "NoviFlow"),
        (0xff000003, "L3+ Extensions, Vendor Neutral"), (0xff000004, "L4-L7 Extensions"),
        (0xff000005, "Wireless and Mobility Extensions"), (0xff000006, "Forwarding Abstractions Extensions"),
        (0xff000007, "Optical Transport Extensions"), (0xff000008, "Network Benchmarking Lab, NCTU"),
        (0xff000009, "Mobile Packet Core Extensions"), (0xff00000a, "MPLS-TP OpenFlow Extensions for SPTN"),
    ];

    private static readonly Token[] Types13 =
    [
        (0, "HELLO"), (1, "ERROR"), (2, "ECHO_REQUEST"), (3, "ECHO_REPLY"), (4, "EXPERIMENTER"), (5, "FEATURES_REQUEST"),
        (6, "FEATURES_REPLY"), (7, "GET_CONFIG_REQUEST"), (8, "GET_CONFIG_REPLY"), (9, "SET_CONFIG"), (10, "PACKET_IN"),
        (11, "FLOW_REMOVED"), (12, "PORT_STATUS"), (13, "PACKET_OUT"), (14, "FLOW_MOD"), (15, "GROUP_MOD"), (16, "PORT_MOD"),
        (17, "TABLE_MOD"), (18, "MULTIPART_REQUEST"), (19, "MULTIPART_REPLY"), (20, "BARRIER_REQUEST"), (21, "BARRIER_REPLY"),
        (22, "QUEUE_GET_CONFIG_REQUEST"), (23, "QUEUE_GET_CONFIG_REPLY"), (24, "ROLE_REQUEST"), (25, "ROLE_REPLY"),
        (26, "GET_ASYNC_REQUEST"), (27, "GET_ASYNC_REPLY"), (28, "SET_ASYNC"), (29, "METER_MOD"),
    ];

    /// <summary>Prints the messages of a segment.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "openflow";
        printer.Put(": OpenFlow");
        for (int at = 0; at < length && !printer.IsCut;)
        {
            uint version = printer.U8(octets, at);
            printer.Put("\n\tversion ");
            printer.Token(Versions, version, "unknown (0x%02x)");
            int left = length - at;
            if (left < 2)
            {
                EndPartial(printer, octets, at + 1, left - 1);
                return;
            }

            uint type = printer.U8(octets, at + 1);
            printer.Put(", type ");
            printer.Token(version switch { 1 => OpenFlow10.Types, 4 => Types13, _ => [] }, type, "unknown (0x%02x)");
            if (left < 4)
            {
                EndPartial(printer, octets, at + 2, left - 2);
                return;
            }

            int size = printer.U16(octets, at + 2);
            printer.Put($", length {size}{(size < HeaderLength ? " (too short!)" : "")}");
            if (left < HeaderLength)
            {
                EndPartial(printer, octets, at + 4, left - 4);
                return;
            }

            uint transaction = printer.U32(octets, at + 4);
            printer.Put($", xid 0x{transaction:x8}");
            at += HeaderLength;
            if (size < HeaderLength)
            {
                printer.Invalid();
                printer.Need(octets, at, length - at);
                return;
            }

            int body = size - HeaderLength;
            if (version == 1)
                OpenFlow10.Print(printer, PacketPrinter.From(octets, at), body, (int)type);
            printer.Need(octets, at, body);
            at += body;
        }
    }

    private static void EndPartial(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        printer.Put(" (end of TCP payload)");
        printer.Need(octets, at, left);
    }

    /// <summary>Prints a vendor.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="vendor">Its number.</param>
    internal static void PrintVendor(PacketPrinter printer, uint vendor)
    {
        printer.Put($", vendor 0x{vendor:x8} (");
        printer.Token((vendor & 0xff000000) == 0 ? Link.Organizations.Names : Experimenters, vendor, "unknown");
        printer.Put(")");
    }

    /// <summary>Prints the names of bits behind their number.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="table">The names.</param>
    /// <param name="value">The bits.</param>
    /// <param name="known">Those that have a meaning.</param>
    internal static void PrintBits(PacketPrinter printer, Token[] table, uint value, uint known)
    {
        if ((value & known) != 0)
        {
            printer.Put(" (");
            printer.Bits(table, value, "");
            printer.Put(")");
        }

        printer.Put((value & ~known) != 0 ? " (bogus)" : "");
    }

    /// <summary>Prints data that has no structure.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length <= 0)
            return;
        printer.Put($"\n\t data ({length} octets)");
        if (printer.Verbosity >= 2)
            HexDump.HexadecimalAndAscii(printer, "\n\t  ", PacketPrinter.First(octets, length));
        printer.Need(octets, 0, length);
    }
}
