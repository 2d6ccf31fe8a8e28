namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints SOME/IP. Source: AUTOSAR, SOME/IP Protocol Specification (R19-11).</summary>
internal static class SomeIpPrinter
{
    private static readonly Token[] Types =
    [
        (0x00, "REQUEST"), (0x01, "REQUEST_NO_RETURN"), (0x02, "NOTIFICATION"), (0x80, "RESPONSE"), (0x81, "ERROR"), (0x20, "TP_REQUEST"),
        (0x21, "TP_REQUEST_NO_RETURN"), (0x22, "TP_NOTIFICATION"), (0xa0, "TP_RESPONSE"), (0xa1, "TP_ERROR"),
    ];

    private static readonly Token[] Codes =
    [
        (0, "E_OK"), (1, "E_NOT_OK"), (2, "E_UNKNOWN_SERVICE"), (3, "E_UNKNOWN_METHOD"), (4, "E_NOT_READY"), (5, "E_NOT_REACHABLE"),
        (6, "E_TIMEOUT"), (7, "E_WRONG_PROTOCOL_VERSION"), (8, "E_WRONG_INTERFACE_VERSION"), (9, "E_MALFORMED_MESSAGE"),
        (10, "E_WRONG_MESSAGE_TYPE"), (11, "E_E2E_REPEATED"), (12, "E_E2E_WRONG_SEQUENCE"), (13, "E_E2E"), (14, "E_E2E_NOT_AVAILABLE"),
        (15, "E_E2E_NO_NEW_DATA"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "someip";
        printer.Put("SOMEIP");
        if (length < 16)
        {
            printer.Invalid();
            return;
        }

        uint message = printer.U32(octets, 0);
        printer.Put($", service {message >> 16}, {((message & 0x8000) != 0 ? "event" : "method")} {message & 0x7fff}");
        uint said = printer.U32(octets, 4);
        printer.Put($", len {said}");
        uint request = printer.U32(octets, 8);
        printer.Put($", client {request >> 16}, session {request & 0xffff}");
        uint version = printer.U8(octets, 12);
        printer.Put($", pver {version}");
        uint interfaceVersion = printer.U8(octets, 13);
        printer.Put($", iver {interfaceVersion}");
        uint type = printer.U8(octets, 14);
        printer.Put(", msgtype ");
        printer.Token(Types, type, "Unknown");
        uint code = printer.U8(octets, 15);
        printer.Put(", retcode ");
        printer.Token(Codes, code, "Unknown");
        printer.Put("\n");
    }
}
