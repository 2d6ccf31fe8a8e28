namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints spanning tree protocols. Sources: IEEE 802.1D (also RSTP), IEEE 802.1Q (MSTP, shortest path bridging).</summary>
internal static class StpPrinter
{
    private const int ConfigurationLength = 35;
    private const int RapidLength = 36;
    private const int MultipleLength = 102; // to the first instance
    private const int InstanceLength = 16;
    private const int InstancesOverhead = 64;
    private const int ShortestPathLength = 87;
    private const byte Rapid = 2;
    private const byte Multiple = 3;
    private const byte ShortestPath = 4;
    private const byte ConfigurationType = 0;
    private const byte RapidType = 2;

    private static readonly Token[] Versions = [(0, "802.1d"), (2, "802.1w"), (3, "802.1s"), (4, "802.1aq")];
    private static readonly Token[] Types = [(0, "Config"), (2, "Rapid STP"), (128, "Topology Change")];
    private static readonly Token[] Flags =
    [
        (1, "Topology change"), (2, "Proposal"), (16, "Learn"), (32, "Forward"), (64, "Agreement"), (128, "Topology change ACK"),
    ];
    private static readonly Token[] Roles = [(0, "Unknown"), (1, "Alternate"), (2, "Root"), (3, "Designated")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "stp";
        if (length < 4)
        {
            printer.Invalid();
            return;
        }

        if (printer.U16(octets, 0) != 0)
        {
            printer.Put($"unknown STP version, length {length}");
            return;
        }

        byte version = printer.U8(octets, 2);
        printer.Put("STP ");
        printer.Token(Versions, version, "Unknown STP protocol (0x%02x)");
        if (version is 1 or > ShortestPath)
            return;
        byte type = printer.U8(octets, 3);
        printer.Put(", ");
        printer.Token(Types, type, "Unknown BPDU Type (0x%02x)");
        bool isValid = type switch
        {
            ConfigurationType => PrintConfiguration(printer, octets, length, type, ConfigurationLength),
            RapidType when version is Rapid => PrintConfiguration(printer, octets, length, type, RapidLength),
            RapidType when version is Multiple or ShortestPath => PrintMultiple(printer, octets, length, version),
            _ => true,
        };
        if (!isValid)
            printer.Invalid();
    }

    private static bool PrintConfiguration(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte type, int least)
    {
        if (length < least)
            return false;
        byte flags = printer.U8(octets, 4);
        printer.Put(", Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put("]");
        if (!printer.Need(octets, 17, 10))
            return true;
        printer.Put(", bridge-id ");
        PutBridge(printer, octets, 17);
        printer.Put($".{(uint)printer.U16(octets, 25):x4}, length {length}");
        if (printer.Verbosity == 0)
            return true;

        if (!printer.Need(octets, 27, 8))
            return true;
        PutTimes(printer, octets);
        printer.Put("\n\troot-id ");
        PutBridge(printer, octets, 5);
        printer.Put($", root-pathcost {printer.U32(octets, 13)}");
        if (type is RapidType)
        {
            printer.Put(", port-role ");
            PutRole(printer, flags);
        }

        return true;
    }

    private static bool PrintMultiple(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte version)
    {
        if (length < MultipleLength)
            return false;
        if (printer.U8(octets, 35) != 0)
            return printer.IsCut; // there is no version 1 information
        int instances = printer.U16(octets, 36) + 2;
        if (printer.IsCut)
            return true;
        if (length < RapidLength + instances)
            return false;
        PrintTree(printer, octets, length);
        if (version is not ShortestPath)
            return true;

        int at = RapidLength + instances;
        int size = printer.U16(octets, at) + 2;
        if (length < at + size || size < ShortestPathLength)
            return false;
        PrintShortestPath(printer, PacketPrinter.From(octets, at));
        return true;
    }

    private static void PrintTree(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        byte flags = printer.U8(octets, 4);
        printer.Put(", CIST Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put($"], length {length}");
        if (printer.Verbosity == 0)
            return;

        printer.Put("\n\tport-role ");
        PutRole(printer, flags);
        printer.Put(", ");
        if (!printer.Need(octets, 5, 12))
            return;
        printer.Put("CIST root-id ");
        PutBridge(printer, octets, 5);
        printer.Put($", CIST ext-pathcost {printer.U32(octets, 13)}");
        if (!printer.Need(octets, 17, 8))
            return;
        printer.Put("\n\tCIST regional-root-id ");
        PutBridge(printer, octets, 17);
        printer.Put(", ");
        if (!printer.Need(octets, 25, 2))
            return;
        printer.Put($"CIST port-id {(uint)printer.U16(octets, 25):x4},");
        if (!printer.Need(octets, 27, 8))
            return;
        PutTimes(printer, octets);
        if (!printer.Need(octets, 36, 2))
            return;
        int instances = printer.U16(octets, 36);
        printer.Put($"\n\tv3len {instances}, ");
        PutRegion(printer, octets, 39, "MCID Name ", ", rev ");
        printer.Put(", ");
        if (!printer.Need(octets, 89, 4))
            return;
        printer.Put($"CIST int-root-pathcost {printer.U32(octets, 89)},");
        if (!printer.Need(octets, 93, 9))
            return;
        printer.Put("\n\tCIST bridge-id ");
        PutBridge(printer, octets, 93);
        printer.Put($", CIST remaining-hops {printer.U8(octets, 101)}");
        int at = MultipleLength;
        for (int left = instances - InstancesOverhead; left >= InstanceLength && !printer.IsCut; left -= InstanceLength)
        {
            PrintInstance(printer, octets, at);
            at += InstanceLength;
        }
    }

    private static void PrintInstance(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!printer.Need(octets, at, 3))
            return;
        byte flags = printer.U8(octets, at);
        printer.Put($"\n\tMSTI {printer.U16(octets, at + 1) & 0xfff}, Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put("], port-role ");
        PutRole(printer, flags);
        if (!printer.Need(octets, at + 1, 12))
            return;
        printer.Put("\n\t\tMSTI regional-root-id ");
        PutBridge(printer, octets, at + 1);
        printer.Put($", pathcost {printer.U32(octets, at + 9)}");
        if (!printer.Need(octets, at + 13, 3))
            return;
        printer.Put($"\n\t\tMSTI bridge-prio {printer.U8(octets, at + 13) >> 4}, port-prio {printer.U8(octets, at + 14) >> 4}, hops {printer.U8(octets, at + 15)}");
    }

    private static void PrintShortestPath(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (printer.Verbosity == 0)
            return;
        int size = printer.U16(octets, 0);
        printer.Put($"\n\tv4len {size}, ");
        PutRegion(printer, octets, 3, "AUXMCID Name ", ", Rev ");
        if (!printer.Need(octets, 53, 34))
            return;
        int agreement = printer.U8(octets, 53), format = printer.U8(octets, 55), convention = printer.U8(octets, 56);
        printer.Put($"\n\tAgreement num {agreement >> 6}, Discarded Agreement num {(agreement >> 4) & 3}, Agreement valid-flag {(agreement >> 3) & 1},");
        printer.Put($"\n\tRestricted role-flag: {(agreement >> 2) & 1}, Format id {format >> 4} cap {format}, Convention id {convention >> 4} cap {convention},");
        printer.Put($"\n\tEdge count {printer.U16(octets, 57)}, Agreement digest ");
        PutWords(printer, octets, 67, 5);
    }

    private static void PutRegion(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, string name, string revision)
    {
        printer.Put(name);
        printer.PaddedCharacters(octets, at, 32);
        if (!printer.Need(octets, at + 32, 18))
            return;
        printer.Put($"{revision}{printer.U16(octets, at + 32)},\n\t\tdigest ");
        PutWords(printer, octets, at + 34, 4);
    }

    private static void PutWords(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (int i = 0; i < count; i++)
            printer.Put($"{printer.U32(octets, at + (4 * i)):x8}");
    }

    private static void PutTimes(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        PutTime(printer, "\n\tmessage-age ", printer.U16(octets, 27));
        PutTime(printer, ", max-age ", printer.U16(octets, 29));
        PutTime(printer, ", hello-time ", printer.U16(octets, 31));
        PutTime(printer, ", forwarding-delay ", printer.U16(octets, 33));
    }

    // Times are in 1/256 seconds; hundredths that lie in the middle go to the even one.
    private static void PutTime(PacketPrinter printer, string name, int time)
    {
        int hundredths = time * 25 / 64, rest = time * 25 % 64;
        if (rest > 32 || (rest == 32 && hundredths % 2 == 1))
            hundredths++;
        printer.Put($"{name}{hundredths / 100}.{hundredths % 100:d2}s");
    }

    private static void PutRole(PacketPrinter printer, byte flags) =>
        printer.Token(Roles, (uint)(flags >> 2) & 3, "Unknown");

    private static void PutBridge(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put($"{(uint)printer.U16(octets, at):x4}.");
        printer.EthernetAddress(octets, at + 2);
    }
}
