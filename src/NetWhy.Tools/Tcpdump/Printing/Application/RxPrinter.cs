namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints Rx, and the calls of AFS in it. Source: OpenAFS, Rx protocol specification draft (N. Zeldovich).</summary>
internal static class RxPrinter
{
    private const int HeaderLength = 28;
    private const int Data = 1, Acknowledgment = 2, Abort = 4, ClientInitiated = 1;

    private static readonly Token[] Types =
    [
        (1, "data"), (2, "ack"), (3, "busy"), (4, "abort"), (5, "ackall"), (6, "challenge"), (7, "response"), (8, "debug"), (9, "params"),
        (13, "version"),
    ];

    private static readonly (int Bit, int Type, string Name)[] Flags =
    [
        (1, 0, "client-init"), (2, 0, "req-ack"), (4, 0, "last-pckt"), (8, 0, "more-pckts"), (16, 0, "free-pckt"),
        (32, Acknowledgment, "slow-start"), (32, Data, "jumbogram"),
    ];

    private static readonly Token[] Reasons =
    [
        (1, "ack requested"), (2, "duplicate packet"), (3, "out of sequence"), (4, "exceeds window"), (5, "no buffer space"), (6, "ping"),
        (7, "ping response"), (8, "delay"), (9, "idle"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort source, ushort destination, in IpHeaderView ip)
    {
        printer.Protocol = "rx";
        if (octets.Length < HeaderLength)
        {
            printer.Put($" [|rx] ({length})");
            return;
        }

        int type = octets[20], flags = octets[21];
        printer.Put(" rx ");
        printer.Token(Types, (uint)type, "type %u");
        if (printer.Verbosity > 0)
            PrintHeader(printer, octets, type, flags);

        uint call = printer.U32(octets, 8), sequence = printer.U32(octets, 12), service = printer.U16(octets, 26);
        ReadOnlySpan<byte> body = octets[HeaderLength..], from = ip.Octets.Slice(12, 4), to = ip.Octets.Slice(16, 4);
        bool isClient = (flags & ClientInitiated) != 0;
        if (type == Data && sequence == 1 && isClient)
        {
            if (PacketPrinter.Has(body, 0, 4))
                printer.RxCalls.Enter(call, from, to, destination, service, printer.U32(body, 0));
            if (length > HeaderLength)
                AfsPrinter.PrintCall(printer, body, destination);
        }
        else if (((type == Data && sequence == 1) || type == Abort) && !isClient
            && printer.RxCalls.Find(call, to, from, source, service, out uint operation))
        {
            if (length >= HeaderLength)
                AfsPrinter.PrintReply(printer, body, source, operation, isAbort: type == Abort, hasBody: length > HeaderLength);
        }
        else if (type == Acknowledgment && length >= HeaderLength)
        {
            PrintAcknowledgment(printer, body);
        }

        printer.Put($" ({length})");
    }

    private static void PrintHeader(PacketPrinter printer, ReadOnlySpan<byte> octets, int type, int flags)
    {
        if (printer.Verbosity > 1)
            printer.Put($" cid {printer.U32(octets, 4):x8} call# {printer.U32(octets, 8)}");
        printer.Put($" seq {printer.U32(octets, 12)} ser {printer.U32(octets, 16)}");
        if (printer.Verbosity > 2)
            printer.Put($" secindex {(uint)octets[23]} serviceid {printer.U16(octets, 26)}");
        if (printer.Verbosity < 2)
            return;
        bool isFirst = true;
        foreach ((int bit, int ofType, string name) in Flags)
        {
            if ((flags & bit) == 0 || (ofType != 0 && ofType != type))
                continue;
            printer.Put($"{(isFirst ? " " : ",")}<{name}>");
            isFirst = false;
        }
    }

    private static void PrintAcknowledgment(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        const int Fixed = 18, Padding = 3;
        if (body.Length < Fixed)
        {
            printer.Put(" [|ack]");
            return;
        }

        if (printer.Verbosity > 2)
            printer.Put($" bufspace {printer.U16(body, 0)} maxskew {printer.U16(body, 2)}");
        uint first = printer.U32(body, 4);
        int count = body[17];
        printer.Put($" first {first} serial {printer.U32(body, 12)} reason ");
        printer.Token(Reasons, body[16], "#%u");
        if (!PacketPrinter.Has(body, Fixed, count))
        {
            printer.Put(" [|ack]");
            return;
        }

        PrintRanges(printer, body.Slice(Fixed, count), first, 1, " acked ");
        PrintRanges(printer, body.Slice(Fixed, count), first, 0, " nacked ");
        if (printer.Verbosity < 2)
            return;
        int at = Fixed + count + Padding;
        foreach (string name in (ReadOnlySpan<string>)["ifmtu", "maxmtu", "rwind", "maxpackets"])
        {
            if (body.Length - at + 1 <= 4)
                return;
            printer.Put($" {name}");
            uint value = printer.U32(body, at);
            printer.Put($" {value}");
            at += 4;
        }
    }

    private static void PrintRanges(PacketPrinter printer, ReadOnlySpan<byte> packets, uint first, byte kind, string title)
    {
        bool isFirst = true;
        for (int i = 0; i < packets.Length; i++)
        {
            if (packets[i] != kind)
                continue;
            int start = i;
            while (i + 1 < packets.Length && packets[i + 1] == kind)
                i++;
            printer.Put($"{(isFirst ? title : ",")}{unchecked(first + (uint)start)}");
            if (i > start)
                printer.Put($"-{unchecked(first + (uint)i)}");
            isFirst = false;
        }
    }
}
