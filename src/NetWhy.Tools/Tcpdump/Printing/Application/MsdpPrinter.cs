using NetWhy.Tools.Tcpdump.Printing.Network;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints MSDP. Source: RFC 3618, section 12.</summary>
internal static class MsdpPrinter
{
    private const int HeaderLength = 3, EntryLength = 12, MostTypes = 7, LongestMessage = 1500, LongestUsual = 1400;

    /// <summary>Prints a segment's data.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "msdp";
        printer.Put(": msdp");
        int first = printer.U8(octets, 0), firstLength = printer.U16(octets, 1);
        if (printer.IsCut)
            return;
        if (firstLength is > LongestMessage or < HeaderLength || first is 0 or > MostTypes)
        {
            printer.Truncated();
            return;
        }

        for (int at = 0; at < length && !printer.IsCut;)
        {
            int type = printer.U8(octets, at), size = printer.U16(octets, at + 1);
            if (size > LongestUsual || printer.Verbosity > 0)
                printer.Put($" [len {size}]");
            if (size < HeaderLength || size > length - at)
            {
                printer.Truncated();
                return;
            }

            PrintMessage(printer, PacketPrinter.From(octets, at), type, size);
            at += size;
        }
    }

    private static void PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, int type, int size)
    {
        switch (type)
        {
            case 1 or 3:
                printer.Put(type == 1 ? " SA" : " SA-Response");
                int count = printer.U8(octets, HeaderLength), head = (count * EntryLength) + 8;
                printer.Put($" {count} entries");
                if (head < size)
                {
                    printer.Put(" [w/data]");
                    if (printer.Verbosity > 1 && printer.Enter())
                    {
                        printer.Put(" ");
                        IpPrinter.Print(printer, PacketPrinter.From(octets, head), size - head);
                        printer.Leave();
                    }
                }

                break;
            case 2:
                printer.Put(" SA-Request for ");
                printer.Ipv4Address(octets, HeaderLength + 1);
                break;
            case 4:
                printer.Put(" Keepalive");
                if (size != HeaderLength)
                    printer.Put($"[len={size}] ");
                break;
            case 5:
                printer.Put(" Notification");
                break;
            default:
                printer.Put($" [type={type} len={size}]");
                break;
        }
    }
}
