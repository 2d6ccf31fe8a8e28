namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints messages of Forwarding and Control Element Separation. Source: RFC 5810, sections 6 and 7, appendix A.</summary>
internal static class ForcesPrinter
{
    private const int HeaderLength = 24;
    private const int TlvHeader = 4;
    private const int Indent = 9; // of what a message holds

    private static readonly Token[] Messages =
    [
        (1, "Association Setup"), (2, "Association TearDown"), (3, "Config"), (4, "Query"), (5, "Event Notification"), (6, "Packet Redirect"),
        (15, "HeartBeat"), (17, "Association Response"), (19, "Config Response"), (20, "Query Response"),
    ];

    private static readonly Token[] Acknowledgments = [(0, "NoACK"), (1, "SuccessACK"), (2, "FailureACK"), (3, "AlwaysACK")];

    private static readonly Token[] Executions =
    [
        (0, "EMReserved"), (1, "execute-all-or-none"), (2, "execute-until-failure"), (3, "continue-execute-on-failure"),
    ];

    private static readonly Token[] Atomicities = [(0, "Standalone"), (1, "2PCtransaction")];

    private static readonly Token[] Transactions = [(0, "StartofTransaction"), (1, "MiddleofTransaction"), (2, "EndofTransaction"), (3, "abort")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "forces";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        byte type = octets[1];
        bool isAssigned = type is (>= 1 and <= 6) or 15 or (>= 17 and <= 20);
        if (!isAssigned)
            printer.Put($"Invalid ForCES message type {type}\n");
        else if (Token.Find(Messages, type) is not { } name)
            printer.Put($"\n\tUnknown ForCES message type=0x{(uint)type:x}");
        else if (PrintMessage(printer, octets, length, type, name))
            return;
        HexDump.Hexadecimal(printer, "\n\t[", PacketPrinter.First(octets, length));
        printer.Put("\n\t]");
    }

    // False if it makes no sense.
    private static bool PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte type, string name)
    {
        int said = printer.U16(octets, 2) * 4;
        printer.Put($"\n\tForCES {name} ");
        if (length < HeaderLength || said != length)
        {
            printer.Put($"Illegal ForCES pkt len - min {HeaderLength}, total recvd {length}, advertised {said} ");
            return false;
        }

        if (printer.Verbosity >= 1)
            PrintHeader(printer, octets, said);
        if (printer.Verbosity >= 2)
            PrintFlags(printer, printer.U32(octets, 20));
        if (!PrintTop(printer, PacketPrinter.From(octets, HeaderLength), said - HeaderLength, type))
            return false;
        if (printer.Verbosity >= 4)
        {
            printer.Put("\n\t  Raw ForCES message\n\t [");
            HexDump.Hexadecimal(printer, "\n\t ", PacketPrinter.First(octets, length));
            printer.Put("\n\t ]");
        }

        return true;
    }

    private static void PrintHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int said)
    {
        printer.Put($"\n\tForCES Version {octets[0] >> 4} len {said}B flags 0x{printer.U32(octets, 20):x8} ");
        uint source = printer.U32(octets, 4), destination = printer.U32(octets, 8);
        printer.Put($"\n\tSrcID 0x{source:x}({Node(source)}) DstID 0x{destination:x}({Node(destination)}) Correlator 0x{printer.U64(octets, 12):x}");
    }

    private static string Node(uint identifier) => identifier switch
    {
        <= 0x3fffffff => "FE",
        <= 0x7fffffff => "CE",
        >= 0xc0000000 and <= 0xffffffef => "AllMulticast",
        0xfffffffd => "AllCEsBroadcast",
        0xfffffffe => "AllFEsBroadcast",
        0xffffffff => "AllBroadcast",
        _ => "ForCESreserved",
    };

    private static void PrintFlags(PacketPrinter printer, uint flags)
    {
        printer.Put("\n\tForCES flags:\n\t  ");
        PutNamed(printer, Acknowledgments, flags >> 30, "ACKUnknown");
        printer.Put($", prio={(flags >> 27) & 7}, ");
        PutNamed(printer, Executions, (flags >> 22) & 3, "EMUnknown");
        printer.Put(",\n\t  ");
        PutNamed(printer, Atomicities, (flags >> 21) & 1, "ATUnknown");
        printer.Put(", ");
        PutNamed(printer, Transactions, (flags >> 19) & 3, "TPUnknown");
        printer.Put($"\n\t  Extra flags: rsv(b5-7) 0x{(flags >> 24) & 7:x} rsv(b13-31) 0x{flags & 0x7ffff:x}\n");
    }

    private static void PutNamed(PacketPrinter printer, ReadOnlySpan<Token> names, uint value, string otherwise)
    {
        printer.Token(names, value, otherwise);
        printer.Put($"(0x{value:x})");
    }

    private static bool PrintTop(PacketPrinter printer, ReadOnlySpan<byte> octets, int left, byte type)
    {
        const byte Setup = 1, HeartBeat = 15;
        if (type == HeartBeat)
        {
            if (left <= TlvHeader)
                return true;
            printer.Put("<0x1>Illegal Top level TLV!\n");
            return false;
        }

        if (left <= TlvHeader)
        {
            if (type == Setup)
                return true;
            printer.Put("\tTop level TLV Data missing!\n");
            return false;
        }

        // How many there may be.
        int most = type switch { Setup => 2, 2 or 5 or 17 => 1, _ => 15 };
        int at = 0;
        for (; left > 0 && most > 0 && !printer.IsCut; most--)
        {
            ushort kind = printer.U16(octets, at);
            int size = printer.U16(octets, at + 2);
            if (ForcesTlvs.Fault(size, left) != 0)
                break;
            if (!ForcesTlvs.IsTop(kind))
            {
                printer.Put($"\n\tInvalid ForCES Top TLV type=0x{(uint)kind:x}");
                return false;
            }

            if (printer.Verbosity >= 3)
            {
                printer.Put("\t");
                ForcesTlvs.PutName(printer, kind);
                printer.Put($", length {size} (data length {size - TlvHeader} Bytes)");
            }

            if (!ForcesTlvs.Print(printer, PacketPrinter.From(octets, at + TlvHeader), size - TlvHeader, type, Indent))
                return false;
            int padded = (size + 3) & ~3;
            at += padded;
            left -= padded;
        }

        if (left <= 0 || printer.IsCut)
            return true;
        int next = printer.U16(octets, at + 2);
        printer.Put($"\tMess TopTLV header: min {TlvHeader}, total {left} advertised {next} ");
        return printer.IsCut;
    }
}
