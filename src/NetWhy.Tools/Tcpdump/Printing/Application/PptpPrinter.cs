namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints control messages of the Point-to-Point Tunneling Protocol. Source: RFC 2637, section 2.</summary>
internal static class PptpPrinter
{
    private const int HeaderLength = 12;
    private const uint Cookie = 0x1a2b3c4d;

    private static readonly Token[] Messages =
    [
        (0, "NOT_DEFINED"), (1, "SCCRQ"), (2, "SCCRP"), (3, "StopCCRQ"), (4, "StopCCRP"), (5, "ECHORQ"), (6, "ECHORP"), (7, "OCRQ"),
        (8, "OCRP"), (9, "ICRQ"), (10, "ICRP"), (11, "ICCN"), (12, "CCRQ"), (13, "CDN"), (14, "WEN"), (15, "SLI"),
    ];

    private static readonly Token[] BearerTypes = [(1, "A"), (2, "D"), (3, "Any")];

    private static readonly Token[] FrameTypes = [(1, "A"), (2, "S"), (3, "E")];

    private static readonly Token[] StopReasons = [(1, ":None"), (2, ":Stop-Protocol"), (3, ":Stop-Local-Shutdown")];

    private static readonly Token[] Errors =
    [
        (0, "None"), (1, "Not-Connected"), (2, "Bad-Format"), (3, "Bad-Value"), (4, "No-Resource"), (5, "Bad-Call-ID"), (6, "PAC-Error"),
    ];

    private static readonly Token[] StartResults =
    [
        (1, "Successful channel establishment"), (2, "General error"), (3, "Command channel already exists"),
        (4, "Requester is not authorized to establish a command channel"), (5, "The protocol version of the requester is not supported"),
    ];

    private static readonly Token[] EchoResults = [(1, "OK"), (2, "General Error")];

    private static readonly Token[] OutgoingResults =
    [
        (1, "Connected"), (2, "General Error"), (3, "No Carrier"), (4, "Busy"), (5, "No Dial Tone"), (6, "Time-out"), (7, "Do Not Accept"),
    ];

    private static readonly Token[] IncomingResults = [(1, "Connect"), (2, "General Error"), (3, "Do Not Accept")];

    private static readonly Token[] Disconnects = [(1, "Lost Carrier"), (2, "General Error"), (3, "Admin Shutdown"), (4, "Request")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "pptp";
        printer.Put(": pptp");
        bool isVerbose = printer.Verbosity > 0;
        if (isVerbose)
        {
            Number16(printer, octets, 0, " Length=", "");
            int kind = printer.U16(octets, 2);
            printer.Put(kind switch { 1 => " CTRL-MSG", 2 => " MGMT-MSG", _ => " UNKNOWN-MSG-TYPE" });
        }

        uint cookie = printer.U32(octets, 4);
        if (cookie != Cookie)
            printer.Put($" UNEXPECTED Magic-Cookie!!({cookie:x8})");
        if (isVerbose || cookie != Cookie)
            printer.Put($" Magic-Cookie={cookie:x8}");
        uint type = printer.U16(octets, 8);
        if (Token.Find(Messages, type) is { } name)
            printer.Put($" CTRL_MSGTYPE={name}");
        else
            printer.Put($" UNKNOWN_CTRL_MSGTYPE({type})");
        Reserved16(printer, octets, 10);
        if (!printer.IsCut)
            PrintMessage(printer, PacketPrinter.From(octets, HeaderLength), type);
    }

    private static void PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> body, uint type)
    {
        switch (type)
        {
            case 1 or 2:
                PrintStart(printer, body, isReply: type == 2);
                break;
            case 3:
                PrintStop(printer, body);
                break;
            case 4:
                PrintResult(printer, body, 0, EchoResults);
                Reserved16(printer, body, 2);
                break;
            case 5 or 6:
                Number32(printer, body, 0, " ID(");
                if (type == 5)
                    break;
                PrintResult(printer, body, 4, EchoResults);
                Reserved16(printer, body, 6);
                break;
            case 7:
                PrintOutgoingRequest(printer, body);
                break;
            case 8:
                PrintOutgoingReply(printer, body);
                break;
            case 9:
                PrintIncomingRequest(printer, body);
                break;
            case 10:
                Number16(printer, body, 0, " CALL_ID(");
                Number16(printer, body, 2, " PEER_CALL_ID(");
                PrintResult(printer, body, 4, IncomingResults);
                PrintWindow(printer, body, 6);
                Reserved16(printer, body, 10);
                break;
            case 11:
                PrintPeer(printer, body);
                Number32(printer, body, 4, " CONN_SPEED(");
                PrintWindow(printer, body, 8);
                PrintNamed(printer, body, 12, " FRAME_TYPE(", FrameTypes);
                break;
            case 12:
                Number16(printer, body, 0, " CALL_ID(");
                Reserved16(printer, body, 2);
                break;
            case 13:
                Number16(printer, body, 0, " CALL_ID(");
                PrintResult(printer, body, 2, Disconnects);
                Number16(printer, body, 4, " CAUSE_CODE(");
                Reserved16(printer, body, 6);
                PrintText(printer, body, 8, 128, " CALL_STATS(");
                break;
            case 14:
                PrintPeer(printer, body);
                Number32(printer, body, 4, " CRC_ERR(");
                Number32(printer, body, 8, " FRAMING_ERR(");
                Number32(printer, body, 12, " HARDWARE_OVERRUN(");
                Number32(printer, body, 16, " BUFFER_OVERRUN(");
                Number32(printer, body, 20, " TIMEOUT_ERR(");
                Number32(printer, body, 24, " ALIGN_ERR(");
                break;
            case 15:
                PrintPeer(printer, body);
                Mask(printer, body, 4, " SEND_ACCM(0x");
                Mask(printer, body, 8, " RECV_ACCM(0x");
                break;
        }
    }

    private static void PrintStart(PacketPrinter printer, ReadOnlySpan<byte> body, bool isReply)
    {
        printer.Need(body, 0, 2);
        printer.Put($" PROTO_VER({printer.U8(body, 0)}.{printer.U8(body, 1)})");
        if (isReply)
            PrintResult(printer, body, 2, StartResults);
        else
            Reserved16(printer, body, 2);
        printer.Put(" FRAME_CAP(");
        uint framing = printer.U32(body, 4);
        printer.Put($"{((framing & 1) != 0 ? "A" : "")}{((framing & 2) != 0 ? "S" : "")})");
        uint bearer = printer.U32(body, 8);
        printer.Put($" BEARER_CAP({((bearer & 2) != 0 ? "D" : "")}{((bearer & 1) != 0 ? "A" : "")})");
        Number16(printer, body, 12, " MAX_CHAN(");
        Number16(printer, body, 14, " FIRM_REV(");
        PrintText(printer, body, 16, 64, " HOSTNAME(");
        PrintText(printer, body, 80, 64, " VENDOR(");
    }

    private static void PrintStop(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        byte reason = printer.U8(body, 0);
        printer.Put($" REASON({reason}");
        if (printer.Verbosity > 0)
            printer.Token(StopReasons, reason, ":?");
        printer.Put(")");
        byte reserved = printer.U8(body, 1);
        if (reserved != 0)
            printer.Put($" [ERROR: reserved={reserved} must be zero]");
        Reserved16(printer, body, 2);
    }

    private static void PrintOutgoingRequest(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        Number16(printer, body, 0, " CALL_ID(");
        Number16(printer, body, 2, " CALL_SER_NUM(");
        Number32(printer, body, 4, " MIN_BPS(");
        Number32(printer, body, 8, " MAX_BPS(");
        PrintNamed(printer, body, 12, " BEARER_TYPE(", BearerTypes);
        PrintNamed(printer, body, 16, " FRAME_TYPE(", FrameTypes);
        PrintWindow(printer, body, 20);
        int digits = Number16(printer, body, 24, " PHONE_NO_LEN(");
        Reserved16(printer, body, 26);
        PrintText(printer, body, 28, Math.Min(64, digits), " PHONE_NO(");
        PrintText(printer, body, 92, 64, " SUB_ADDR(");
    }

    private static void PrintOutgoingReply(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        Number16(printer, body, 0, " CALL_ID(");
        Number16(printer, body, 2, " PEER_CALL_ID(");
        PrintResult(printer, body, 4, OutgoingResults);
        Number16(printer, body, 6, " CAUSE_CODE(");
        Number32(printer, body, 8, " CONN_SPEED(");
        PrintWindow(printer, body, 12);
        Number32(printer, body, 16, " PHY_CHAN_ID(");
    }

    private static void PrintIncomingRequest(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        Number16(printer, body, 0, " CALL_ID(");
        Number16(printer, body, 2, " CALL_SER_NUM(");
        PrintNamed(printer, body, 4, " BEARER_TYPE(", BearerTypes);
        Number32(printer, body, 8, " PHY_CHAN_ID(");
        int dialed = Number16(printer, body, 12, " DIALED_NO_LEN(");
        int dialing = Number16(printer, body, 14, " DIALING_NO_LEN(");
        PrintText(printer, body, 16, Math.Min(64, dialed), " DIALED_NO(");
        PrintText(printer, body, 80, Math.Min(64, dialing), " DIALING_NO(");
        PrintText(printer, body, 144, 64, " SUB_ADDR(");
    }

    private static void PrintPeer(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        Number16(printer, body, 0, " PEER_CALL_ID(");
        Reserved16(printer, body, 2);
    }

    private static void PrintWindow(PacketPrinter printer, ReadOnlySpan<byte> body, int at)
    {
        Number16(printer, body, at, " RECV_WIN(");
        Number16(printer, body, at + 2, " PROC_DELAY(");
    }

    private static void PrintResult(PacketPrinter printer, ReadOnlySpan<byte> body, int at, ReadOnlySpan<Token> results)
    {
        PrintCode(printer, body, at, " RESULT_CODE(", results);
        PrintCode(printer, body, at + 1, " ERR_CODE(", Errors);
    }

    private static void PrintCode(PacketPrinter printer, ReadOnlySpan<byte> body, int at, string name, ReadOnlySpan<Token> codes)
    {
        byte code = printer.U8(body, at);
        printer.Put($"{name}{code}");
        if (printer.Verbosity > 0)
        {
            printer.Put(":");
            printer.Token(codes, code, "?");
        }

        printer.Put(")");
    }

    private static void PrintNamed(PacketPrinter printer, ReadOnlySpan<byte> body, int at, string name, ReadOnlySpan<Token> names)
    {
        printer.Need(body, at, 4);
        printer.Put(name);
        printer.Token(names, printer.U32(body, at), "?");
        printer.Put(")");
    }

    private static void PrintText(PacketPrinter printer, ReadOnlySpan<byte> body, int at, int count, string name)
    {
        printer.Put(name);
        printer.PaddedCharacters(body, at, count);
        printer.Put(")");
    }

    private static int Number16(PacketPrinter printer, ReadOnlySpan<byte> body, int at, string name, string close = ")")
    {
        int number = printer.U16(body, at);
        printer.Put($"{name}{number}{close}");
        return number;
    }

    private static void Number32(PacketPrinter printer, ReadOnlySpan<byte> body, int at, string name)
    {
        uint number = printer.U32(body, at);
        printer.Put($"{name}{number})");
    }

    private static void Mask(PacketPrinter printer, ReadOnlySpan<byte> body, int at, string name)
    {
        uint number = printer.U32(body, at);
        printer.Put($"{name}{number:x8})");
    }

    private static void Reserved16(PacketPrinter printer, ReadOnlySpan<byte> body, int at)
    {
        int reserved = printer.U16(body, at);
        if (reserved != 0)
            printer.Put($" [ERROR: reserved={reserved} must be zero]");
    }
}
