namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints the Stream Control Transmission Protocol. Source: RFC 9260, section 3; RFC 3758.</summary>
internal static class SctpPrinter
{
    private const int HeaderLength = 12;
    private const int ChunkHeaderLength = 4;
    private const int DataHeaderLength = 12;
    private const int InitLength = 16;
    private const int SackLength = 12;
    private const byte Data = 0;
    private const byte Init = 1;
    private const byte InitAcknowledgment = 2;
    private const byte Sack = 3;
    private const uint M3ua = 3;

    private static readonly Token[] Chunks =
    [
        (Data, "DATA"), (Init, "INIT"), (InitAcknowledgment, "INIT ACK"), (Sack, "SACK"), (4, "HB REQ"), (5, "HB ACK"), (6, "ABORT"),
        (7, "SHUTDOWN"), (8, "SHUTDOWN ACK"), (9, "OP ERR"), (10, "COOKIE ECHO"), (11, "COOKIE ACK"), (12, "ECN ECHO"), (13, "ECN CWR"),
        (14, "SHUTDOWN COMPLETE"), (0xc0, "FOR CUM TSN"), (0xc1, "REL CTRL"), (0xc2, "REL CTRL ACK"),
    ];

    // Source: IANA, SCTP Payload Protocol Identifiers.
    private static readonly Token[] Payloads =
    [
        (1, "ISDN Q.921"), (2, "M2UA"), (M3ua, "M3UA"), (4, "SUA"), (5, "M2PA"), (6, "V5.2"), (7, "H.248"), (8, "BICC"), (9, "TALI"),
        (10, "DUA"), (11, "ASAP"), (12, "ENRP"), (13, "H.323"), (14, "Q.IPC"), (15, "SIMCO"), (16, "DDPSC"), (17, "DDPSSC"), (18, "S1AP"),
        (19, "RUA"), (20, "HNBAP"), (21, "ForCES HP"), (22, "ForCES MP"), (23, "ForCES LP"), (24, "SBc-AP"), (25, "NBAP"), (27, "X2AP"),
    ];

    private static readonly Token[] ForcesPorts = [(6704, "ForCES HP"), (6705, "ForCES MP"), (6706, "ForCES LP")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "sctp";
        if (length < HeaderLength)
        {
            printer.Put($"truncated-sctp - {HeaderLength - length} bytes missing!");
            return;
        }

        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        ushort source = printer.U16(octets, 0), destination = printer.U16(octets, 2);
        PortPrinting.NumericEnds(printer, ip, source, destination);
        printer.Put(": sctp");
        bool isForces = PrintForces(printer, source) | PrintForces(printer, destination);
        PrintChunks(printer, octets, length, isForces);
    }

    // Source: RFC 5811, section 4.
    private static bool PrintForces(PacketPrinter printer, ushort port)
    {
        if (Token.Find(ForcesPorts, port) is not { } name)
            return false;
        printer.Put($"[{name}]");
        return true;
    }

    private static void PrintChunks(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isForces)
    {
        bool isLong = printer.Verbosity >= 2;
        string separator = isLong ? "\n\t" : " (";
        int at = HeaderLength, left = length - HeaderLength;
        for (int number = 1; left > 0 && !printer.IsCut; number++)
        {
            if (left < ChunkHeaderLength)
            {
                printer.Put($"{separator}{number}) [chunk descriptor cut off at end of packet]");
                return;
            }

            if (!PacketPrinter.Has(octets, at, ChunkHeaderLength))
            {
                printer.Truncated();
                return;
            }

            int size = printer.U16(octets, at + 2);
            int padding = (4 - (size % 4)) % 4;
            if (size < ChunkHeaderLength)
            {
                printer.Put($"{separator}{number}) [Bad chunk length {size}, < size of chunk descriptor]");
                return;
            }

            if (left < padding)
            {
                printer.Put($"{separator}{number}) [Bad chunk length {size}, > remaining data in packet]");
                return;
            }

            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return;
            }

            printer.Put($"{separator}{number}) [");
            printer.Token(Chunks, octets[at], "Unknown chunk type: 0x%x");
            printer.Put("] ");
            if (!PrintChunk(printer, octets.Slice(at, size), octets[at..], ref isForces))
            {
                printer.Put($"bogus chunk length {size}]");
                return;
            }

            if (!isLong)
                separator = ", (";
            at += size;
            if (!PacketPrinter.Has(octets, at, padding))
            {
                printer.Truncated();
                return;
            }

            at += padding;
            left -= size + padding;
        }
    }

    // False if the chunk is too short. What it carries may be shorter than a header that is read of it: then the rest of the packet is.
    private static bool PrintChunk(PacketPrinter printer, ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> rest, ref bool isForces)
    {
        switch (chunk[0])
        {
            case Data:
                return PrintData(printer, chunk, rest, ref isForces);
            case Init or InitAcknowledgment:
                if (chunk.Length < ChunkHeaderLength + InitLength)
                    return false;
                printer.Put($"[init tag: {printer.U32(chunk, 4)}] [rwnd: {printer.U32(chunk, 8)}] [OS: {printer.U16(chunk, 12)}] ");
                printer.Put($"[MIS: {printer.U16(chunk, 14)}] [init TSN: {printer.U32(chunk, 16)}] ");
                return true;
            case Sack:
                return PrintSack(printer, chunk);
            default:
                return true;
        }
    }

    private static bool PrintData(PacketPrinter printer, ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> rest, ref bool isForces)
    {
        int flags = chunk[1] & 7;
        printer.Put($"{((flags & 4) != 0 ? "(U)" : "")}{((flags & 2) != 0 ? "(B)" : "")}{((flags & 1) != 0 ? "(E)" : "")}");
        if (flags != 0)
            printer.Put(" ");
        if (chunk.Length < ChunkHeaderLength + DataHeaderLength)
            return false;
        uint protocol = printer.U32(chunk, 12);
        printer.Put($"[TSN: {printer.U32(chunk, 4)}] [SID: {printer.U16(chunk, 8)}] [SSEQ {printer.U16(chunk, 10)}] [PPID ");
        printer.Token(Payloads, protocol, "0x%x");
        printer.Put("] ");
        isForces |= protocol is 21 or 22 or 23;
        ReadOnlySpan<byte> payload = chunk[(ChunkHeaderLength + DataHeaderLength)..];
        if (payload.IsEmpty)
            return false;
        if (isForces)
        {
            ForcesPrinter.Print(printer, rest[(ChunkHeaderLength + DataHeaderLength)..], payload.Length);
            printer.Protocol = "sctp";
        }
        else if (printer.Verbosity >= 2)
        {
            if (protocol == M3ua)
            {
                M3uaPrinter.Print(printer, rest[(ChunkHeaderLength + DataHeaderLength)..], payload.Length);
                printer.Protocol = "sctp";
                return true;
            }

            printer.Put("[Payload");
            if (printer.Options is { Quietness: 0, Dump: DumpStyle.None or DumpStyle.Ascii })
            {
                printer.Put(":");
                HexDump.HexadecimalAndAscii(printer, "\n\t", payload);
            }

            printer.Put("]");
        }

        return true;
    }

    private static bool PrintSack(PacketPrinter printer, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < ChunkHeaderLength + SackLength)
            return false;
        uint acknowledged = printer.U32(chunk, 4);
        int gaps = printer.U16(chunk, 12), duplicates = printer.U16(chunk, 14);
        printer.Put($"[cum ack {acknowledged}] [a_rwnd {printer.U32(chunk, 8)}] [#gap acks {gaps}] [#dup tsns {duplicates}] ");
        int at = ChunkHeaderLength + SackLength;
        for (int i = 1; i <= gaps && at < chunk.Length; i++, at += 4)
        {
            if (chunk.Length - at < 4)
                return false;
            uint start = unchecked(acknowledged + printer.U16(chunk, at)), end = unchecked(acknowledged + printer.U16(chunk, at + 2));
            printer.Put($"\n\t\t[gap ack block #{i}: start = {start}, end = {end}] ");
        }

        for (int i = 1; i <= duplicates && at < chunk.Length; i++, at += 4)
        {
            if (chunk.Length - at < 4)
                return false;
            printer.Put($"\n\t\t[dup TSN #{i}: {printer.U32(chunk, at)}] ");
        }

        return true;
    }
}
