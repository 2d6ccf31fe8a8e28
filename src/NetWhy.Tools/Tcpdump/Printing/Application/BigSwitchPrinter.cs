namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints Big Switch Networks' messages and actions in OpenFlow 1.0. Source: Big Switch Networks, openflow.bsn (Floodlight's openflowj-loxi).</summary>
internal static class BigSwitchPrinter
{
    private static readonly Token[] Messages =
    [
        (0, "SET_IP_MASK"), (1, "GET_IP_MASK_REQUEST"), (2, "GET_IP_MASK_REPLY"), (3, "SET_MIRRORING"), (4, "GET_MIRRORING_REQUEST"),
        (5, "GET_MIRRORING_REPLY"), (6, "SHELL_COMMAND"), (7, "SHELL_OUTPUT"), (8, "SHELL_STATUS"), (9, "GET_INTERFACES_REQUEST"),
        (10, "GET_INTERFACES_REPLY"), (11, "SET_PKTIN_SUPPRESSION_REQUEST"), (12, "SET_L2_TABLE_REQUEST"), (13, "GET_L2_TABLE_REQUEST"),
        (14, "GET_L2_TABLE_REPLY"), (15, "VIRTUAL_PORT_CREATE_REQUEST"), (16, "VIRTUAL_PORT_CREATE_REPLY"),
        (17, "VIRTUAL_PORT_REMOVE_REQUEST"), (18, "BW_ENABLE_SET_REQUEST"), (19, "BW_ENABLE_GET_REQUEST"), (20, "BW_ENABLE_GET_REPLY"),
        (21, "BW_CLEAR_DATA_REQUEST"), (22, "BW_CLEAR_DATA_REPLY"), (23, "BW_ENABLE_SET_REPLY"), (24, "SET_L2_TABLE_REPLY"),
        (25, "SET_PKTIN_SUPPRESSION_REPLY"), (26, "VIRTUAL_PORT_REMOVE_REPLY"), (27, "HYBRID_GET_REQUEST"), (28, "HYBRID_GET_REPLY"),
        (31, "PDU_TX_REQUEST"), (32, "PDU_TX_REPLY"), (33, "PDU_RX_REQUEST"), (34, "PDU_RX_REPLY"), (35, "PDU_RX_TIMEOUT"),
    ];

    private static readonly Token[] Actions = [(1, "MIRROR"), (2, "SET_TUNNEL_DST"), (4, "CHECKSUM")];
    private static readonly Token[] Stages = [(0, "INGRESS"), (1, "EGRESS")];
    private static readonly Token[] OffOn = [(0, "OFF"), (1, "ON")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 4)
        {
            Invalid(printer, octets, length);
            return;
        }

        uint kind = printer.U32(octets, 0);
        printer.Put("\n\t subtype ");
        printer.Token(Messages, kind, "unknown (0x%08x)");
        bool isRight = kind switch
        {
            0 or 1 or 2 => length == 12,
            3 or 4 or 5 or 8 or 17 => length == 8,
            9 or 13 or 19 or 21 or 27 => length == 4,
            6 => length >= 8,
            _ => true,
        };
        if (!isRight)
        {
            Invalid(printer, octets, length);
            return;
        }

        switch (kind)
        {
            case 0 or 1 or 2:
                printer.Put($", index {(uint)printer.U8(octets, 4)}");
                if (kind != 1)
                {
                    printer.Put(", mask ");
                    printer.Ipv4Address(octets, 8);
                }

                break;
            case 3 or 4 or 5:
                printer.Put(", report_mirror_ports ");
                printer.Token(OffOn, printer.U8(octets, 4), "bogus (%u)");
                break;
            case 6 or 7:
                int at = kind == 6 ? 8 : 4;
                if (kind == 6)
                    printer.Put($", service {printer.U32(octets, 4)}");
                printer.Put(", data '");
                printer.Characters(octets, at, length - at);
                printer.Put("'");
                break;
            case 8:
                printer.Put($", status 0x{printer.U32(octets, 4):x8}");
                break;
            case 17:
                printer.Put($", vport_no {printer.U32(octets, 4)}");
                break;
        }

        printer.Need(octets, 0, length);
    }

    /// <summary>Prints an action.</summary>
    /// <inheritdoc cref="PrintMessage"/>
    internal static void PrintAction(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const uint Mirror = 1;
        if (length < 4)
        {
            Invalid(printer, octets, length);
            return;
        }

        uint kind = printer.U32(octets, 0);
        printer.Put("\n\t  subtype ");
        printer.Token(Actions, kind, "unknown (0x%08x)");
        if (kind == Mirror && length != 16)
        {
            Invalid(printer, octets, length);
            return;
        }

        if (kind == Mirror)
        {
            uint tag = printer.U32(octets, 8);
            printer.Put($", dest_port {printer.U32(octets, 4)}, vlan_tag ");
            if (tag >> 16 == 0)
                printer.Put("none");
            else if (tag >> 16 == 0x8100)
                printer.Put($"802.1Q (vlan {tag & 0xfff}, p {(tag >> 13) & 7}{((tag & 0x1000) != 0 ? ", DEI" : "")})");
            else
                printer.Put($"unknown (0x{tag >> 16:x4})");
            printer.Put(", copy_stage ");
            printer.Token(Stages, printer.U8(octets, 12), "unknown (%u)");
        }

        printer.Need(octets, 0, length);
    }

    private static void Invalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Invalid();
        printer.Need(octets, 0, length);
    }
}
