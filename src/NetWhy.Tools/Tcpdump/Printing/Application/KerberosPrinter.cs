namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints Kerberos 4, and names Kerberos 5. Source: S. Miller et al., Kerberos Authentication and Authorization System.</summary>
internal static class KerberosPrinter
{
    private const int KdcRequest = 2, KdcReply = 4, Request = 6, Error = 10;

    private static readonly Token[] Types =
    [
        (2, "KDC_REQUEST"), (4, "KDC_REPLY"), (6, "APPL_REQUEST"), (8, "APPL_REQUEST_MUTUAL"), (10, "ERR_REPLY"), (12, "PRIVATE"),
        (14, "SAFE"), (16, "APPL_ERR"), (126, "DIE"),
    ];

    private static readonly Token[] Errors =
    [
        (0, "OK"), (1, "NAME_EXP"), (2, "SERVICE_EXP"), (3, "AUTH_EXP"), (4, "PKT_VER"), (5, "NAME_MAST_KEY_VER"),
        (6, "SERV_MAST_KEY_VER"), (7, "BYTE_ORDER"), (8, "PRINCIPAL_UNKNOWN"), (9, "PRINCIPAL_NOT_UNIQUE"), (10, "NULL_KEY"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "kerberos";
        uint version = printer.U8(octets, 0);
        if (version is >= 1 and <= 4)
            printer.Put($" v{version}");
        else if (version is 106 or 107)
            printer.Put(" v5");
        if (version == 4 && !PrintVersion4(printer, octets))
            printer.Truncated();
    }

    private static bool PrintVersion4(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        uint kind = printer.U8(octets, 1), type = kind & 0xfe;
        bool isLittle = (kind & 1) != 0;
        printer.Put(isLittle ? " le " : " be ");
        printer.Token(Types, type, "#%u");
        printer.Put(": ");
        int at = 2;
        switch (type)
        {
            case KdcRequest:
                if (!PrintPrincipal(printer, octets, ref at))
                    return false;
                at += 4;
                printer.Put($" {printer.U8(octets, at++) * 5}min ");
                if (!PrintText(printer, octets, ref at))
                    return false;
                printer.Put(".");
                return PrintText(printer, octets, ref at);
            case Request:
                at += 2;
                printer.Put($"v{(uint)printer.U8(octets, at++)} ");
                if (!PrintText(printer, octets, ref at))
                    return false;
                printer.Put($" ({(uint)printer.U8(octets, at)})");
                printer.Put($" ({(uint)printer.U8(octets, at + 1)})");
                return true;
            case KdcReply:
                if (!PrintPrincipal(printer, octets, ref at))
                    return false;
                at += 10;
                printer.Put($" ({(isLittle ? printer.L16(octets, at) : printer.U16(octets, at))})");
                return true;
            case Error:
                if (!PrintPrincipal(printer, octets, ref at))
                    return false;
                at += 4;
                uint error = isLittle ? printer.L16(octets, at) : printer.U16(octets, at);
                printer.Put(" ");
                printer.Token(Errors, error, "#%u");
                printer.Put(" ");
                at += 4;
                return PrintText(printer, octets, ref at);
            default:
                printer.Put("(unknown)");
                return true;
        }
    }

    private static bool PrintPrincipal(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        if (!PrintText(printer, octets, ref at))
            return false;
        printer.Put(".");
        if (!PrintText(printer, octets, ref at))
            return false;
        printer.Put("@");
        return PrintText(printer, octets, ref at);
    }

    private static bool PrintText(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        int length = at < octets.Length ? printer.TerminatedCharacters(octets, at, octets.Length - at) : 0;
        at += length;
        return length != 0;
    }
}
