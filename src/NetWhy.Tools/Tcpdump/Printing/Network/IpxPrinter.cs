namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints IPX with its routing and service advertisements. Source: Novell, IPX Router Specification (1993).</summary>
internal static class IpxPrinter
{
    private const int HeaderLength = 30;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "ipx";
        if (!printer.Options.ShowsLink)
            printer.Put("IPX ");
        if (!printer.Need(octets, 18, 12))
            return;
        PutAddress(printer, octets, 18);
        printer.Put($".{(uint)printer.U16(octets, 28):x4} > ");
        PutAddress(printer, octets, 6);
        ushort socket = printer.U16(octets, 16);
        printer.Put($".{(uint)socket:x4}: ");
        int length = printer.U16(octets, 2);
        if (length < HeaderLength)
        {
            printer.Put($"[length {length} < {HeaderLength}]");
            printer.Invalid();
            return;
        }

        PrintPayload(printer, octets[HeaderLength..], length - HeaderLength, socket);
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put($"{printer.U32(octets, at):x8}.");
        printer.EthernetAddress(octets, at + 4);
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort socket)
    {
        switch (socket)
        {
            case 0x0451:
                printer.Put($"ipx-ncp {length}");
                break;
            case 0x0452:
                if (!PrintServices(printer, octets, length))
                    printer.Invalid();
                break;
            case 0x0453:
                if (!PrintRoutes(printer, octets, length))
                    printer.Invalid();
                break;
            case 0x0455:
                printer.Put($"ipx-netbios {length}");
                break;
            case 0x0456:
                printer.Put($"ipx-diags {length}");
                break;
            case 0x0553:
                printer.Put($"ipx-nwlink-dgm {length}");
                break;
            case 0x85be:
                Routing.EigrpPrinter.Print(printer, octets, length);
                break;
            default:
                printer.Put($"ipx-#{(uint)socket:x} {length}");
                break;
        }
    }

    // These say whether the message keeps the rules.
    private static bool PrintServices(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint command = printer.U16(octets, 0);
        if (length < 2 || printer.IsCut)
            return printer.IsCut;
        length -= 2;
        if (command is 1 or 3)
        {
            printer.Put(command == 1 ? "ipx-sap-req" : "ipx-sap-nearest-req");
            uint service = printer.U16(octets, 2);
            printer.Put($" {service:x4}");
            return true;
        }

        if (command is not (2 or 4))
        {
            printer.Put($"ipx-sap-?{command:x}");
            return true;
        }

        printer.Put(command == 2 ? "ipx-sap-resp" : "ipx-sap-nearest-resp");
        const int Length = 64, NameLength = 48;
        for (int i = 0, at = 2; i < 8 && length != 0 && !printer.IsCut; i++, at += Length, length -= Length)
        {
            if (!printer.Need(octets, at, 2))
                return true;
            if (length < 2)
                return false;
            printer.Put($" {(uint)printer.U16(octets, at):x4} '");
            if (length < 2 + NameLength)
            {
                printer.Put("'");
                return false;
            }

            printer.PaddedCharacters(octets, at + 2, NameLength);
            printer.Put("'");
            if (!printer.Need(octets, at + 50, 10))
                return true;
            if (length < 60)
                return false;
            printer.Put(" addr ");
            PutAddress(printer, octets, at + 50);
            if (!printer.Need(octets, at + 60, 4))
                return true;
            if (length < Length)
                return false;
        }

        return true;
    }

    private static bool PrintRoutes(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        uint command = printer.U16(octets, 0);
        if (length < 2 || printer.IsCut)
            return printer.IsCut;
        length -= 2;
        if (command is not (1 or 2))
        {
            printer.Put($"ipx-rip-?{command:x}");
            return true;
        }

        printer.Put(command == 1 ? "ipx-rip-req" : "ipx-rip-resp");
        int most = command == 1 ? 1 : 50;
        for (int i = 0, at = 2; i < most && length != 0; i++, at += 8, length -= 8)
        {
            if (length < 8)
                return false;
            if (!printer.Need(octets, at, 8))
                return true;
            printer.Put($" {printer.U32(octets, at):x8}/{printer.U16(octets, at + 4)}.{printer.U16(octets, at + 6)}");
        }

        return true;
    }
}
