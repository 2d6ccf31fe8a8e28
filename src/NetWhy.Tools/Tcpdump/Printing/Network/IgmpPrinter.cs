using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints IGMP, and what shares its number. Source: RFC 1112, RFC 2236, RFC 3376, draft-ietf-idmr-traceroute-ipm.</summary>
internal static class IgmpPrinter
{
    private const int Ipv4Length = 4;
    private const int Query3Length = 12;
    private const byte OrdinaryTime = 100; // tenths of a second

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "igmp";
        if (printer.Options.Quietness > 0)
        {
            printer.Put("igmp");
            return;
        }

        byte type = printer.U8(octets, 0);
        switch (type)
        {
            case 0x11:
                printer.Put("igmp query");
                if (length >= Query3Length)
                    PrintQuery3(printer, octets, length);
                else
                    PrintQuery(printer, octets, length);
                break;
            case 0x12:
                PrintGroup(printer, octets, "igmp v1 report ");
                if (length != 8)
                    printer.Put($" [len {length}]");
                break;
            case 0x13:
                printer.Put("igmp dvmrp");
                if (length < 8)
                    printer.Put($" [len {length}]");
                else
                    DvmrpPrinter.Print(printer, octets, length);
                break;
            case 0x14:
                printer.Put("igmp pimv1");
                Pim1Printer.Print(printer, octets, length);
                break;
            case 0x16:
                PrintGroup(printer, octets, "igmp v2 report ");
                break;
            case 0x17:
                PrintGroup(printer, octets, "igmp leave ");
                break;
            case 0x1e:
                PrintTrace(printer, octets, length, "mresp");
                break;
            case 0x1f:
                PrintTrace(printer, octets, length, "mtrace");
                break;
            case 0x22:
                printer.Put("igmp v3 report");
                PrintReport3(printer, octets, length);
                break;
            default:
                printer.Put($"igmp-{type}");
                break;
        }

        if (printer.Verbosity > 0 && length >= 4 && octets.Length >= length && InternetChecksum.Of(octets[..length]) != 0)
            printer.Put($" bad igmp cksum {(uint)printer.U16(octets, 2):x}!");
    }

    private static void PrintGroup(PacketPrinter printer, ReadOnlySpan<byte> octets, string text)
    {
        printer.Need(octets, 4, 4);
        printer.Put(text);
        printer.Ipv4Address(octets, 4);
    }

    private static void PrintQuery(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        byte time = printer.U8(octets, 1);
        printer.Put(time == 0 ? " v1" : " v2");
        if (time is not (0 or OrdinaryTime))
            printer.Put($" [max resp time {time}]");
        if (printer.U32(octets, 4) != 0)
        {
            printer.Put(" [gaddr ");
            printer.Ipv4Address(octets, 4);
            printer.Put("]");
        }

        if (length != 8)
            printer.Put($" [len {length}]");
    }

    private static void PrintQuery3(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Put(" v3");
        if (length % 4 != 0)
        {
            printer.Put($" [invalid len {length}]");
            return;
        }

        uint code = printer.U8(octets, 1);
        uint time = code < 0x80 ? code : ((code & 0xf) | 0x10) << (int)(((code >> 4) & 7) + 3);
        if (code != OrdinaryTime)
        {
            printer.Put(" [max resp time ");
            if (time < 600)
                printer.Put($"{time / 10}.{time % 10}s");
            else
                printer.Span(time / 10);
            printer.Put("]");
        }

        if (printer.U32(octets, 4) == 0)
            return;
        printer.Put(" [gaddr ");
        printer.Ipv4Address(octets, 4);
        MulticastListeners.PrintQueried(printer, octets, length, Query3Length, Ipv4Length);
        printer.Put("]");
    }

    private static void PrintReport3(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < 16 || length % 4 != 0)
        {
            printer.Put($" [invalid len {length}]");
            return;
        }

        MulticastListeners.PrintRecords(printer, octets, length, Ipv4Length, " [v3-report-#%u]");
    }

    private static void PrintTrace(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string name)
    {
        if (length < 24)
        {
            printer.Put($" [invalid len {length}]");
            return;
        }

        printer.Need(octets, 8, 16);
        printer.Put($"{name} {printer.U24(octets, 21)}: ");
        printer.Ipv4Address(octets, 8);
        printer.Put(" to ");
        printer.Ipv4Address(octets, 12);
        printer.Put(" reply-to ");
        printer.Ipv4Address(octets, 16);
        if (printer.U8(octets, 16) >> 4 == 0xe)
            printer.Put($" with-ttl {printer.U8(octets, 20)}");
    }
}
