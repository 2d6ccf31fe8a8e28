using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the Layer Two Tunneling Protocol. Source: RFC 2661, RFC 3145.</summary>
internal static class L2tpPrinter
{
    private const int AvpHeaderLength = 6;
    private const int IsControl = 0x8000;
    private const int HasLength = 0x4000;
    private const int HasSequence = 0x0800;
    private const int HasOffset = 0x0200;
    private const int IsMandatory = 0x8000;
    private const int IsHidden = 0x4000;

    private static readonly Token[] HeaderFlags = [(IsControl, "T"), (HasLength, "L"), (HasSequence, "S"), (HasOffset, "O"), (0x0100, "P")];

    private static readonly Token[] Messages =
    [
        (1, "SCCRQ"), (2, "SCCRP"), (3, "SCCCN"), (4, "StopCCN"), (6, "HELLO"), (7, "OCRQ"), (8, "OCRP"), (9, "OCCN"), (10, "ICRQ"),
        (11, "ICRP"), (12, "ICCN"), (14, "CDN"), (15, "WEN"), (16, "SLI"),
    ];

    private static readonly Token[] Attributes =
    [
        (0, "MSGTYPE"), (1, "RESULT_CODE"), (2, "PROTO_VER"), (3, "FRAMING_CAP"), (4, "BEARER_CAP"), (5, "TIE_BREAKER"), (6, "FIRM_VER"),
        (7, "HOST_NAME"), (8, "VENDOR_NAME"), (9, "ASSND_TUN_ID"), (10, "RECV_WIN_SIZE"), (11, "CHALLENGE"), (12, "Q931_CC"),
        (13, "CHALLENGE_RESP"), (14, "ASSND_SESS_ID"), (15, "CALL_SER_NUM"), (16, "MINIMUM_BPS"), (17, "MAXIMUM_BPS"), (18, "BEARER_TYPE"),
        (19, "FRAMING_TYPE"), (20, "PACKET_PROC_DELAY"), (21, "CALLED_NUMBER"), (22, "CALLING_NUMBER"), (23, "SUB_ADDRESS"),
        (24, "TX_CONN_SPEED"), (25, "PHY_CHANNEL_ID"), (26, "INI_RECV_LCP"), (27, "LAST_SENT_LCP"), (28, "LAST_RECV_LCP"),
        (29, "PROXY_AUTH_TYPE"), (30, "PROXY_AUTH_NAME"), (31, "PROXY_AUTH_CHAL"), (32, "PROXY_AUTH_ID"), (33, "PROXY_AUTH_RESP"),
        (34, "CALL_ERRORS"), (35, "ACCM"), (36, "RANDOM_VECTOR"), (37, "PRIVATE_GRP_ID"), (38, "RX_CONN_SPEED"), (39, "SEQ_REQUIRED"),
        (46, "PPP_DISCON_CC"),
    ];

    private static readonly Token[] Authentications =
    [
        (0, "Reserved"), (1, "Textual"), (2, "CHAP"), (3, "PAP"), (4, "No Auth"), (5, "MS-CHAPv1"),
    ];

    private static readonly Token[] Directions = [(0, "global error"), (1, "at peer"), (2, "at local")];

    private static readonly string[] CallErrors = ["CRCErr=", "FrameErr=", "HardOver=", "BufOver=", "Timeout=", "AlignErr="];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "l2tp";
        int flags = printer.U16(octets, 0);
        if ((flags & 0xf) != 2)
        {
            printer.Put((flags & 0xf) == 1 ? " l2f:" : " Unknown Version, neither L2F(1) nor L2TP(2)");
            return;
        }

        printer.Put(" l2tp:[");
        printer.Bits(HeaderFlags, (uint)flags, "", "");
        printer.Put("]");
        bool hasLength = (flags & HasLength) != 0;
        int at = 2, said = 0;
        if (hasLength)
            said = Next(printer, octets, ref at);
        int tunnel = Next(printer, octets, ref at);
        printer.Put($"({tunnel}/");
        int session = Next(printer, octets, ref at);
        printer.Put($"{session})");
        if ((flags & HasSequence) != 0)
        {
            int sent = Next(printer, octets, ref at);
            printer.Put($"Ns={sent},");
            int received = Next(printer, octets, ref at);
            printer.Put($"Nr={received}");
        }

        if ((flags & HasOffset) != 0)
        {
            int padding = Next(printer, octets, ref at);
            if (!printer.IsCut && !PacketPrinter.Has(octets, at, padding))
            {
                printer.Truncated();
                return;
            }

            at += padding;
        }

        if (hasLength && length < said)
        {
            printer.Put($" Length {said} larger than packet");
            return;
        }

        if (hasLength)
            length = said;
        if (length < at)
        {
            printer.Put($" Length {length} smaller than header length");
            return;
        }

        if (printer.IsCut)
            return;
        if ((flags & IsControl) == 0)
            PrintData(printer, PacketPrinter.From(octets, at), length - at);
        else if (!hasLength)
            printer.Put(" No length");
        else if (length == at)
            printer.Put(" ZLB");
        else
            PrintAttributes(printer, octets, at, length);
    }

    private static int Next(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        int number = printer.U16(octets, at);
        at += 2;
        return number;
    }

    private static void PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put(" {");
        if (printer.Enter())
        {
            PppPrinter.Print(printer, octets, length);
            printer.Leave();
        }

        printer.Put("}");
    }

    private static void PrintAttributes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        while (at < length && !printer.IsCut)
        {
            printer.Put(" ");
            int head = printer.U16(octets, at);
            int size = head & 0x3ff;
            if (printer.IsCut)
                return;
            if (size < AvpHeaderLength || size > length - at || !PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return;
            }

            PrintAttribute(printer, octets.Slice(at, size), head);
            at += size;
        }
    }

    private static void PrintAttribute(PacketPrinter printer, ReadOnlySpan<byte> attribute, int head)
    {
        printer.Put($"{((head & IsMandatory) != 0 ? "*" : "")}{((head & IsHidden) != 0 ? "?" : "")}");
        uint vendor = printer.U16(attribute, 2), type = printer.U16(attribute, 4);
        ReadOnlySpan<byte> value = attribute[AvpHeaderLength..];
        if (vendor != 0)
        {
            printer.Put($"VENDOR{vendor:x4}:ATTR{type:x4}(");
            PutHexadecimal(printer, value);
        }
        else
        {
            printer.Token(Attributes, type, "AVP-#%u");
            printer.Put("(");
            if ((head & IsHidden) != 0)
                printer.Put("???");
            else
                PrintValue(printer, value, type);
        }

        printer.Put(")");
    }

    private static void PrintValue(PacketPrinter printer, ReadOnlySpan<byte> value, uint type)
    {
        int least = type switch
        {
            0 or 2 or 6 or 9 or 10 or 14 or 29 or 32 => 2,
            12 => 3,
            3 or 4 or 15 or 16 or 17 or 18 or 19 or 24 or 25 or 38 => 4,
            46 => 5,
            5 => 8,
            13 => 16,
            _ => 0,
        };
        if (value.Length < least)
        {
            printer.Put("AVP too short");
            return;
        }

        switch (type)
        {
            case 0:
                printer.Token(Messages, printer.U16(value, 0), "MSGTYPE-#%u");
                break;
            case 1:
                PrintResult(printer, value);
                break;
            case 2:
                printer.Put($"{value[0]}.{value[1]}");
                break;
            case 3 or 19:
                printer.Put((value[3] & 3) switch { 1 => "S", 2 => "A", 3 => "AS", _ => "" });
                break;
            case 4 or 18:
                printer.Put((value[3] & 3) switch { 1 => "D", 2 => "A", 3 => "AD", _ => "" });
                break;
            case 5 or 13:
                PutHexadecimal(printer, value[..least]);
                break;
            case 6 or 9 or 10 or 14:
                printer.Put($"{printer.U16(value, 0)}");
                break;
            case 7 or 8 or 21 or 22 or 23 or 30 or 37:
                printer.Characters(value, 0, value.Length);
                break;
            case 11 or 26 or 27 or 28 or 31 or 33 or 36:
                PutHexadecimal(printer, value);
                break;
            case 12:
                printer.Put($"{printer.U16(value, 0)}, {(uint)value[2]:x2}");
                PutText(printer, value[3..]);
                break;
            case 15 or 16 or 17 or 24 or 25 or 38:
                printer.Put($"{printer.U32(value, 0)}");
                break;
            case 20:
                printer.Put("obsolete");
                break;
            case 29:
                printer.Token(Authentications, printer.U16(value, 0), "AuthType-#%u");
                break;
            case 32:
                printer.Put($"{value[1]}");
                break;
            case 34:
                PrintErrors(printer, value);
                break;
            case 35:
                PrintMaps(printer, value);
                break;
            case 46:
                printer.Put($"{(uint)printer.U16(value, 0):x4}, {(uint)printer.U16(value, 2):x4} ");
                printer.Token(Directions, value[4], "Direction-#%u");
                PutText(printer, value[5..]);
                break;
        }
    }

    private static void PrintResult(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 2)
        {
            printer.Put("AVP too short");
            return;
        }

        printer.Put($"{printer.U16(value, 0)}");
        if (value.Length == 2)
            return;
        if (value.Length < 4)
        {
            printer.Put(" AVP too short");
            return;
        }

        printer.Put($"/{printer.U16(value, 2)}");
        PutText(printer, value[4..]);
    }

    private static void PrintErrors(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        int at = 2;
        foreach (string name in CallErrors)
        {
            if (value.Length - at < 4)
            {
                printer.Put("AVP too short");
                return;
            }

            printer.Put($"{name}{printer.U32(value, at)} ");
            at += 4;
        }
    }

    private static void PrintMaps(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length >= 6)
            printer.Put($"send={printer.U32(value, 2):x8} ");
        if (value.Length >= 10)
            printer.Put($"recv={printer.U32(value, 6):x8} ");
        else
            printer.Put("AVP too short");
    }

    private static void PutText(PacketPrinter printer, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        printer.Put(" ");
        printer.Characters(text, 0, text.Length);
    }

    private static void PutHexadecimal(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
            printer.Text.AddHexadecimal(octet, 2);
    }
}
