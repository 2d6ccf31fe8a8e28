namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints the extensible authentication protocol, also over LANs. Sources: RFC 3748, IEEE 802.1X.</summary>
internal static class EapPrinter
{
    private const int HeaderLength = 4;

    private static readonly Token[] FrameTypes =
    [
        (0, "EAP packet"), (1, "EAPOL start"), (2, "EAPOL logoff"), (3, "EAPOL key"), (4, "Encapsulated ASF alert"),
    ];
    private static readonly Token[] Codes = [(1, "Request"), (2, "Response"), (3, "Success"), (4, "Failure")];
    private static readonly Token[] Types =
    [
        (0, "No proposed"), (1, "Identity"), (2, "Notification"), (3, "Nak"), (4, "MD5-challenge"), (5, "OTP"), (6, "GTC"), (13, "TLS"), (18, "SIM"),
        (21, "TTLS"), (23, "AKA"), (43, "FAST"), (254, "Expanded types"), (255, "Experimental"),
    ];
    private static readonly Token[] TlsFlags = [(128, "L bit"), (64, "More fragments bit"), (32, "Start bit")];
    private static readonly Token[] AkaTypes =
    [
        (1, "Challenge"), (2, "Auth reject"), (4, "Sync failure"), (5, "Identity"), (10, "Start"), (11, "Challenge"), (12, "Notification"),
        (13, "Reauth"), (14, "Client error"),
    ];

    /// <summary>Prints a packet over a LAN.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void PrintLan(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "eap";
        byte type = printer.U8(octets, 1), version = printer.U8(octets, 0);
        ushort length = printer.U16(octets, 2);
        if (printer.IsCut)
            return;
        printer.Token(FrameTypes, type, "unknown");
        printer.Put($" ({type}) v{version}, len {length}");
        if (printer.Verbosity == 0 || type != 0)
            return;
        if (length == 0)
        {
            printer.Truncated();
            return;
        }

        printer.Put(", ");
        Print(printer, octets[HeaderLength..], length);
    }

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "eap";
        byte code = printer.U8(octets, 0), identifier = printer.U8(octets, 1);
        ushort size = printer.U16(octets, 2);
        if (printer.IsCut)
            return;
        if (size != length)
        {
            printer.Put("EAP fragment?");
            return;
        }

        printer.Token(Codes, code, "unknown");
        printer.Put($" ({code}), id {identifier}, len {size}");
        if (size > octets.Length)
        {
            printer.Cut();
            return;
        }

        if (code is not (1 or 2))
            return;
        if (size < 5)
        {
            printer.Put(" (too short for EAP header)");
            return;
        }

        byte type = octets[4];
        printer.Put("\n\t\t Type ");
        printer.Token(Types, type, "unknown");
        printer.Put($" ({type})");
        PrintData(printer, type, octets[5..size]);
    }

    private static void PrintData(PacketPrinter printer, byte type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case 1 or 2:
                if (data.IsEmpty && type == 1)
                    break;
                printer.Put(type == 1 ? ", Identity: " : ", Notification: ");
                printer.PaddedCharacters(data, 0, data.Length);
                break;
            case 3:
                for (int i = 0; i < data.Length; i++)
                {
                    printer.Put(i == 0 ? " " : ", ");
                    printer.Token(Types, data[i], "unknown");
                    printer.Put($" ({data[i]})");
                }

                break;
            case 13 or 21 or 43:
                PrintTls(printer, type, data);
                break;
            case 18 or 23:
                byte message = printer.U8(data, 0);
                if (printer.IsCut)
                    break;
                printer.Put(" subtype [");
                printer.Token(AkaTypes, message, "unknown");
                printer.Put($"] 0x{(uint)message:x2}");
                break;
        }
    }

    private static void PrintTls(PacketPrinter printer, byte type, ReadOnlySpan<byte> data)
    {
        byte flags = printer.U8(data, 0);
        if (printer.IsCut)
            return;
        if (type != 13)
            printer.Put($" {(type == 21 ? "TTLS" : "FAST")}v{flags & 7}");
        printer.Put(" flags [");
        printer.Bits(TlsFlags, flags, "none");
        printer.Put($"] 0x{(uint)flags:x2}");
        if ((flags & 0x80) != 0)
        {
            uint length = printer.U32(data, 1);
            printer.Put($", len {length}");
        }
    }
}
