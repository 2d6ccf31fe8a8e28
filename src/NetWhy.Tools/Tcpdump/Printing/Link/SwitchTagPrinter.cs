namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints Ethernet frames with tags of switches' processors. Sources: pcap-linktype(7), Linux, net/dsa.</summary>
internal static class SwitchTagPrinter
{
    private const int BroadcomLength = 4;
    private const int MarvellLength = 4;
    private const int MarvellTypedLength = 8;

    private static readonly Token[] TagEnforcements = [(0, "None"), (1, "Untag"), (2, "Header"), (3, "Reserved")];
    private static readonly Token[] Reasons =
    [
        (1, "mirror"), (2, "MAC learning"), (4, "switching"), (8, "prot term"), (16, "prot snoop"), (32, "exception"),
    ];
    private static readonly Token[] Modes = [(0, "To CPU"), (1, "From CPU"), (2, "To Sniffer"), (3, "Forward")];
    private static readonly Token[] Codes =
    [
        (0, "BPDU (MGMT) Trap"), (1, "Frame2Reg"), (2, "IGMP/MLD Trap"), (3, "Policy Trap"), (4, "ARP Mirror"), (5, "Policy Mirror"),
    ];

    /// <summary>Prints a frame with Broadcom's tag behind the addresses.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintBroadcom(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "brcm-tag";
        printer.LinkHeaderLength = EthernetPrinter.PrintTagged(printer, octets, length, BroadcomLength, PutBroadcom);
    }

    /// <summary>Prints a frame with Broadcom's tag in front.</summary>
    /// <inheritdoc cref="PrintBroadcom"/>
    internal static void PrintBroadcomPrepended(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "brcm-tag-prepend";
        if (octets.Length < BroadcomLength)
        {
            printer.LinkHeaderLength = octets.Length;
            printer.Cut();
            return;
        }

        if (length < BroadcomLength)
        {
            printer.LinkHeaderLength = length;
            printer.Truncated();
            return;
        }

        if (printer.Options.ShowsLink)
            PutBroadcom(printer, octets);
        printer.LinkHeaderLength = BroadcomLength + EthernetPrinter.Print(printer, octets[BroadcomLength..], length - BroadcomLength);
    }

    /// <summary>Prints a frame with Marvell's tag.</summary>
    /// <inheritdoc cref="PrintBroadcom"/>
    internal static void PrintMarvell(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "dsa";
        printer.LinkHeaderLength = EthernetPrinter.PrintTagged(printer, octets, length, MarvellLength, PutMarvell);
    }

    /// <summary>Prints a frame with Marvell's tag that begins with a type.</summary>
    /// <inheritdoc cref="PrintBroadcom"/>
    internal static void PrintMarvellTyped(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "edsa";
        printer.LinkHeaderLength = EthernetPrinter.PrintTagged(printer, octets, length, MarvellTypedLength, PutMarvellTyped);
    }

    private static void PutBroadcom(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put($"BRCM tag OP: {(octets[0] != 0 ? "IG" : "EG")}");
        if ((octets[0] & 0x20) != 0)
        {
            printer.Put($", TC: {(octets[1] >> 2) & 7}, TE: ");
            printer.Token(TagEnforcements, octets[1] & 3u, "unknown");
            printer.Put($", TS: {octets[1] >> 7}, DST map: 0x{printer.U16(octets, 2) & 0x1ff:x4}, ");
        }
        else
        {
            printer.Put($", CID: {octets[1]}, RC: ");
            printer.Token(Reasons, octets[2], "reserved");
            printer.Put($", TC: {octets[3] >> 5}, port: {octets[3] & 0x1f}, ");
        }
    }

    private static void PutMarvellTyped(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        ushort type = printer.U16(octets, 0);
        if (printer.Options.ShowsLink)
        {
            printer.Put($"Marvell EDSA ethertype 0x{(uint)type:x4} (");
            printer.Token(EtherTypes.Names, type, "Unknown");
            printer.Put($"), rsvd {octets[2]} {octets[3]}, ");
        }
        else
        {
            printer.Put($"EDSA 0x{(uint)type:x4}, ");
        }

        PutTag(printer, octets[4..]);
    }

    private static void PutMarvell(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put(printer.Options.ShowsLink ? "Marvell DSA " : "DSA ");
        PutTag(printer, octets);
    }

    private static void PutTag(PacketPrinter printer, ReadOnlySpan<byte> tag)
    {
        int mode = tag[0] >> 6, device = tag[0] & 0x1f, port = tag[1] >> 3, vlan = printer.U16(tag, 2) & 0xfff;
        bool isTagged = (tag[0] & 0x20) != 0, isTrunk = (tag[1] & 4) != 0;
        if (!printer.Options.ShowsLink)
        {
            switch (mode)
            {
                case 0:
                    printer.Put($"port {device}.{port} > CPU, ");
                    break;
                case 1:
                    printer.Put($"CPU > port {device}.{port}, ");
                    break;
                case 2:
                    printer.Put($"port {device}.{port} > {(isTrunk ? "Rx" : "Tx")} Sniffer, ");
                    break;
                default:
                    printer.Put($"Forward {(isTrunk ? "trunk" : "port")} {device}.{port}, ");
                    break;
            }

            printer.Put($"VLAN {vlan}{(isTagged ? "t" : "u")}, ");
            return;
        }

        printer.Put("mode ");
        printer.Token(Modes, (uint)mode, "unknown");
        switch (mode)
        {
            case 0:
                printer.Put($", source dev {device}, port {port}, code ");
                printer.Token(Codes, (uint)(tag[1] & 6) | ((uint)(tag[2] >> 4) & 1), "reserved");
                break;
            case 1:
                printer.Put($", target dev {device}, port {port}");
                break;
            case 2:
                printer.Put($", source dev {device}, port {port}, {(isTrunk ? "ingress" : "egress")} sniff");
                break;
            default:
                printer.Put($", dev {device}, {(isTrunk ? "trunk" : "port")} {port}");
                break;
        }

        printer.Put($", {(isTagged ? "tagged" : "untagged")}, {((tag[1] & 1) != 0 ? "CFI, " : "")}VID {vlan}, FPri {tag[2] >> 5}, ");
    }
}
