namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints transparent inter-process communication. Source: draft-spec-tipc, chapter 4.</summary>
internal static class TipcPrinter
{
    private const int ShortHeader = 6; // words; such a message stays between neighbours

    private static readonly Token[] Users =
    [
        (0, "Low Importance Data payload"), (1, "Medium Importance Data payload"), (2, "High Importance Data payload"),
        (3, "Critical Importance Data payload"), (5, "Broadcast Link Protocol internal"), (6, "Message Bundler Protocol internal"),
        (7, "Link State Protocol internal"), (8, "Connection Manager internal"), (10, "Link Changeover Protocol internal"),
        (11, "Name Table Update Protocol internal"), (12, "Message Fragmentation Protocol internal"), (13, "Neighbor Detection Protocol internal"),
    ];
    private static readonly Token[] MessageTypes = [(0, "CONN_MSG"), (1, "MCAST_MSG"), (2, "NAMED_MSG"), (3, "DIRECT_MSG")];
    private static readonly Token[] LinkTypes = [(0, "Link request"), (1, "Link response")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        _ = length;
        printer.Protocol = "tipc";
        uint user = (printer.U32(octets, 0) >> 25) & 0xf;
        if (printer.IsCut)
            return;
        switch (user)
        {
            case 0 or 1 or 2 or 3 or 8 or 11:
                PrintPayload(printer, octets);
                break;
            case 13:
                PrintLink(printer, octets);
                break;
            case 5 or 6 or 7 or 10 or 12:
                PrintInternal(printer, octets);
                break;
        }
    }

    private static void PutVersion(PacketPrinter printer, uint word) => printer.Put($"TIPC v{word >> 29}.0 ");

    private static void PutNode(PacketPrinter printer, uint node) =>
        printer.Put($"{node >> 24}.{(node >> 12) & 0xfff}.{node & 0xfff}");

    private static void PutRest(PacketPrinter printer, uint word, uint type, Token[] types)
    {
        printer.Put($", headerlength {((word >> 21) & 0xf) * 4} bytes, MessageSize {word & 0x1ffff} bytes, ");
        printer.Token(Users, (word >> 25) & 0xf, "unknown");
        printer.Put(", messageType ");
        printer.Token(types, type >> 29, "Unknown");
    }

    private static void PrintPayload(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        uint word = printer.U32(octets, 0), word1 = printer.U32(octets, 4), previous = printer.U32(octets, 12);
        uint source = printer.U32(octets, 16), destination = printer.U32(octets, 20);
        bool isShort = ((word >> 21) & 0xf) <= ShortHeader;
        uint sourceNode = isShort ? previous : printer.U32(octets, 24), destinationNode = isShort ? 0 : printer.U32(octets, 28);
        PutVersion(printer, word);
        PutNode(printer, sourceNode);
        printer.Put($":{source} > ");
        if (!isShort)
        {
            PutNode(printer, destinationNode);
            printer.Put(":");
        }

        printer.Put($"{destination}");
        PutRest(printer, word, word1, MessageTypes);
        if (isShort || printer.Verbosity == 0)
            return;
        uint word2 = printer.U32(octets, 8);
        printer.Put("\n\tPrevious Node ");
        PutNode(printer, previous);
        printer.Put($", Broadcast Ack {word1 & 0xffff}, Link Ack {word2 >> 16}, Link Sequence {word2 & 0xffff}");
    }

    private static void PrintInternal(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        uint word = printer.U32(octets, 0), word1 = printer.U32(octets, 4);
        uint sourceNode = printer.U32(octets, 24), destinationNode = printer.U32(octets, 28);
        PutVersion(printer, word);
        PutNode(printer, sourceNode);
        printer.Put(" > ");
        PutNode(printer, destinationNode);
        PutRest(printer, word, word1, MessageTypes);
        printer.Put($" (0x{word1:x8})");
        if (printer.Verbosity == 0)
            return;
        uint word2 = printer.U32(octets, 8), previous = printer.U32(octets, 12), word4 = printer.U32(octets, 16), word5 = printer.U32(octets, 20);
        uint sequence = printer.U32(octets, 32), word9 = printer.U32(octets, 36);
        printer.Put("\n\tPrevious Node ");
        PutNode(printer, previous);
        printer.Put($", Session No. {word5 >> 16}, Broadcast Ack {word1 & 0xffff}, Sequence Gap {(word1 >> 16) & 0x1fff},  Broadcast Gap After {word2 >> 16}");
        printer.Put($", Broadcast Gap To {word2 & 0xffff}, Last Sent Packet No. {word4 >> 16}, Next sent Packet No. {word4 & 0xffff}");
        printer.Put($", Transport Sequence {sequence}, msg_count {word9 >> 16}, Link Tolerance {word9 & 0xffff}");
    }

    private static void PrintLink(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        uint word = printer.U32(octets, 0), word1 = printer.U32(octets, 4), domain = printer.U32(octets, 8), previous = printer.U32(octets, 12);
        PutVersion(printer, word);
        PutNode(printer, previous);
        printer.Put(" > ");
        PutNode(printer, domain);
        PutRest(printer, word, word1, LinkTypes);
        if (printer.Verbosity == 0)
            return;
        uint network = printer.U32(octets, 16), word5 = printer.U32(octets, 20);
        printer.Put($"\n\tNodeSignature {word1 & 0xffff}, network_id {network}, media_id {word5 & 0xff}");
    }
}
