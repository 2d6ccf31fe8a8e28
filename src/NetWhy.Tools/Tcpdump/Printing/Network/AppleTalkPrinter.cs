namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints AppleTalk: DDP, AARP, NBP and ATP. Source: Apple, Inside AppleTalk, second edition.</summary>
internal static class AppleTalkPrinter
{
    private const int LongLength = 13;
    private const int ShortLength = 5;
    private const int LinkLength = 3;
    private const int ResolutionLength = 28;
    private const int LongestName = 32;

    private static readonly Token[] Types = [(1, "rtmp"), (5, "rtmpReq"), (4, "echo"), (22, "IP"), (23, "ARP"), (0x4b, "KLAP")];

    private static readonly Token[] Sockets = [(1, "rtmp"), (2, "nis"), (4, "echo"), (6, "zip")];

    private readonly record struct Sender(ushort Network, byte Node, byte Socket);

    /// <summary>Prints a datagram with a long header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "atalk";
        if (!printer.Options.ShowsLink)
            printer.Put("AT ");
        PrintLong(printer, octets, length, ": ");
    }

    /// <summary>Prints a frame of LocalTalk.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Octets of its headers; 0 if they were not captured.</returns>
    internal static int PrintLocal(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "llap";
        if (length < LinkLength)
        {
            printer.Put($" [|llap {length}]");
            return length;
        }

        if (octets.Length < LinkLength)
        {
            printer.Truncated();
            return 0;
        }

        byte receiver = octets[0], sender = octets[1], type = octets[2];
        octets = octets[LinkLength..];
        length -= LinkLength;
        switch (type)
        {
            case 1:
                if (length < ShortLength)
                {
                    printer.Put($" [|sddp {length}]");
                    return length;
                }

                if (octets.Length < ShortLength)
                {
                    printer.Put(" [|sddp]");
                    return 0;
                }

                PutEnd(printer, 0, sender, octets[3]);
                printer.Put(" > ");
                PutEnd(printer, 0, receiver, octets[2]);
                printer.Put(":");
                PrintPayload(printer, octets[ShortLength..], length - ShortLength, octets[4], new Sender(0, sender, octets[3]));
                return LinkLength + ShortLength;
            case 2:
                int used = PrintLong(printer, octets, length, ":");
                return used == LongLength ? LinkLength + used : used;
            default:
                printer.Put($"{sender} > {receiver} at-lap#{type} {length}");
                return LinkLength;
        }
    }

    /// <summary>Prints a packet of the address resolution protocol.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintResolution(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "aarp";
        printer.Put("aarp ");
        if (octets.Length < ResolutionLength)
        {
            printer.Truncated();
            return;
        }

        if (length < ResolutionLength)
        {
            printer.Put($" [|aarp {length}]");
            return;
        }

        uint hardware = printer.U16(octets, 0), protocol = printer.U16(octets, 2), operation = printer.U16(octets, 6);
        bool isUsual = hardware == 1 && protocol == 0x809b && octets[4] == 6 && octets[5] == 4;
        if (isUsual && operation is 1 or 3)
        {
            printer.Put(operation == 1 ? "who-has " : "probe ");
            PutNode(printer, printer.U16(octets, 25), octets[27]);
            printer.Put(" tell ");
            PutNode(printer, printer.U16(octets, 15), octets[17]);
            return;
        }

        if (isUsual && operation == 2)
        {
            printer.Put("reply ");
            PutNode(printer, printer.U16(octets, 15), octets[17]);
            printer.Put(" is-at ");
            printer.EthernetAddress(octets, 8);
            return;
        }

        printer.Put($"len {length} op {operation} htype {hardware} ptype {(protocol == 0 ? "" : "0x")}{protocol:x} halen {octets[4]} palen {octets[5]}");
    }

    private static void PutNode(PacketPrinter printer, ushort network, byte node)
    {
        printer.Put($"{network}");
        if (node != 255)
            printer.Put($".{node}");
    }

    private static void PutEnd(PacketPrinter printer, ushort network, byte node, byte socket)
    {
        PutNode(printer, network, node);
        printer.Put(".");
        if (printer.Options.IsNumeric)
            printer.Put($"{socket}");
        else
            printer.Token(Sockets, socket, "%u");
    }

    private static int PrintLong(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string colon)
    {
        if (length < LongLength)
        {
            printer.Put($" [|ddp {length}]");
            return length;
        }

        if (octets.Length < LongLength)
        {
            printer.Put(" [|ddp]");
            return 0;
        }

        var sender = new Sender(printer.U16(octets, 6), octets[9], octets[11]);
        PutEnd(printer, sender.Network, sender.Node, sender.Socket);
        printer.Put(" > ");
        PutEnd(printer, printer.U16(octets, 4), octets[8], octets[10]);
        printer.Put(colon);
        PrintPayload(printer, octets[LongLength..], length - LongLength, octets[12], sender);
        return LongLength;
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte type, Sender sender)
    {
        switch (type)
        {
            case 2:
                PrintNames(printer, octets, length, sender);
                break;
            case 3:
                PrintTransaction(printer, octets, length);
                break;
            case 88:
                Routing.EigrpPrinter.Print(printer, octets, length);
                break;
            default:
                printer.Put(" at-");
                printer.Token(Types, type, "#%d");
                printer.Put($" {length}");
                break;
        }
    }

    private static void PrintTransaction(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int HeaderLength = 8;
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        if (length < HeaderLength)
        {
            printer.Put($" [|atp {length}]");
            return;
        }

        length -= HeaderLength;
        byte control = octets[0], bitmap = octets[1];
        ushort identifier = printer.U16(octets, 2);
        bool isOnce = (control & 0x20) != 0, isEnd = (control & 0x10) != 0, wantsState = (control & 0x08) != 0;
        switch (control & 0xc0)
        {
            case 0x40:
                printer.Put($" atp-req{(isOnce ? " " : "*")} {identifier}");
                PutBitmap(printer, bitmap);
                if (length != 0)
                    printer.Put($" [len={length}]");
                PutFlags(printer, " [", false, isEnd, wantsState);
                break;
            case 0x80:
                printer.Put($" atp-resp{(isEnd ? "*" : " ")}{identifier}:{bitmap} ({length})");
                PutFlags(printer, " [", isOnce, false, wantsState);
                break;
            case 0xc0:
                printer.Put($" atp-rel  {identifier}");
                PutBitmap(printer, bitmap);
                if (length != 0)
                    printer.Put($" [len={length}]");
                PutFlags(printer, "[", isOnce, isEnd, wantsState);
                break;
            default:
                printer.Put($" atp-0x{(uint)control:x}  {identifier} ({length})");
                break;
        }

        uint data = printer.U32(octets, 4);
        if (data != 0)
            printer.Put($" 0x{data:x}");
    }

    private static void PutFlags(PacketPrinter printer, string opening, bool isOnce, bool isEnd, bool wantsState)
    {
        if (!isOnce && !isEnd && !wantsState)
            return;
        printer.Put(opening);
        printer.Put(isOnce ? "XO" : "");
        printer.Put(isOnce && isEnd ? "," : "");
        printer.Put(isEnd ? "EOM" : "");
        printer.Put((isOnce || isEnd) && wantsState ? "," : "");
        printer.Put(wantsState ? "STS" : "");
        printer.Put("]");
    }

    private static void PutBitmap(PacketPrinter printer, byte bitmap)
    {
        int count = 32 - System.Numerics.BitOperations.LeadingZeroCount(bitmap);
        if (((bitmap + 1) & bitmap) == 0)
        {
            if (count > 1)
                printer.Put($"<0-{count - 1}>");
            else
                printer.Put("<0>");
            return;
        }

        char separator = '<';
        for (int i = 0; i < count; i++)
        {
            if ((bitmap & (1 << i)) == 0)
                continue;
            printer.Put($"{separator}{i}");
            separator = ',';
        }

        printer.Put(">");
    }

    private static void PrintNames(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, Sender sender)
    {
        const int HeaderLength = 2, TupleLength = 5;
        if (length < HeaderLength + 8)
        {
            printer.Put($" truncated-nbp {length}");
            return;
        }

        length -= HeaderLength;
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        byte control = octets[0];
        int at = HeaderLength;
        switch (control & 0xf0)
        {
            case 0x10:
            case 0x20:
                printer.Put($"{((control & 0xf0) == 0x20 ? " nbp-lkup " : " nbp-brRq ")}{octets[1]}:");
                if (!PacketPrinter.Has(octets, at, TupleLength))
                {
                    printer.Truncated();
                    return;
                }

                PrintName(printer, octets, at + TupleLength);
                if ((control & 0xf) != 1)
                    printer.Put($" [ntup={control & 0xf}]");
                if (octets[at + 4] != 0)
                    printer.Put($" [enum={octets[at + 4]}]");
                if (printer.U16(octets, at) != sender.Network || octets[at + 2] != sender.Node || octets[at + 3] != sender.Socket)
                {
                    printer.Put(" [addr=");
                    PutNode(printer, printer.U16(octets, at), octets[at + 2]);
                    printer.Put($".{octets[at + 3]}]");
                }

                break;
            case 0x30:
                printer.Put($" nbp-reply {octets[1]}:");
                for (int i = control & 0xf; i > 0 && at > 0; i--)
                    at = PrintTuple(printer, octets, at, sender);
                break;
            default:
                printer.Put($" nbp-0x{(uint)control:x}  {octets[1]} ({length})");
                break;
        }
    }

    // Where the next tuple lies; 0 if there is none.
    private static int PrintTuple(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, Sender sender)
    {
        const int TupleLength = 5;
        if (!PacketPrinter.Has(octets, at, TupleLength))
        {
            printer.Truncated();
            return 0;
        }

        int next = PrintName(printer, octets, at + TupleLength);
        if (octets[at + 4] != 1)
            printer.Put($"({octets[at + 4]})");
        if (octets[at + 3] != sender.Socket)
            printer.Put($" {octets[at + 3]}");
        if (printer.U16(octets, at) != sender.Network || octets[at + 2] != sender.Node)
        {
            printer.Put(" [addr=");
            PutNode(printer, printer.U16(octets, at), octets[at + 2]);
            printer.Put("]");
        }

        return next;
    }

    // Where the name ends; 0 if it does not end.
    private static int PrintName(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put(" \"");
        for (int part = 0; part < 3; part++)
        {
            if (at >= octets.Length)
            {
                printer.Truncated();
                return 0;
            }

            int length = octets[at++];
            if (length > LongestName)
            {
                printer.Put($"[len={length}]");
                return 0;
            }

            if (!printer.CapturedCharacters(octets, at, length))
            {
                printer.Truncated();
                return 0;
            }

            at += length;
            printer.Put(part switch { 0 => ":", 1 => "@", _ => "\"" });
        }

        return at;
    }
}
