namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints ES-IS. Source: ISO 9542.</summary>
internal static class EsIsPrinter
{
    private const int FixedLength = 9;

    private static readonly Token[] Types = [(6, "redirect"), (2, "ESH"), (4, "ISH")];

    private static readonly Token[] Options =
    [
        (129, "Protocols supported"), (195, "QoS Maintenance"), (197, "Security"), (198, "ES Configuration Time"), (205, "Priority"),
        (225, "Address Mask"), (226, "SNPA Mask"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "esis";
        if (!printer.Options.ShowsLink)
            printer.Put("ES-IS");
        if (length <= 2)
        {
            printer.Put(printer.Options.Quietness > 0 ? "bad pkt!" : "no header at all!");
            return;
        }

        if (octets.Length < FixedLength)
        {
            printer.Truncated();
            return;
        }

        int header = octets[1], type = octets[4] & 0x1f;
        if (octets[2] != 1)
        {
            printer.Put($" version {octets[2]} packet not supported");
        }
        else if (header > length)
        {
            printer.Put($" length indicator({header}) > PDU size ({length})!");
        }
        else if (header < FixedLength + 2)
        {
            printer.Put($" length indicator {header} < min PDU size:");
            foreach (byte octet in octets)
                printer.Format("%02X", octet);
        }
        else if (printer.Verbosity < 1)
        {
            printer.Put(OsiPrinter.Comma(printer));
            printer.Token(Types, (uint)type, "unknown type (%u)");
            printer.Put($", length {length}");
        }
        else if (!PrintFields(printer, octets, length, type))
        {
            printer.Truncated();
        }
    }

    // The functions below say whether nothing was missing.
    private static bool PrintFields(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int type)
    {
        printer.Put($"{OsiPrinter.Comma(printer)}length {length}\n\t");
        printer.Token(Types, (uint)type, "unknown type: %u");
        ushort checksum = printer.U16(octets, 7);
        printer.Put($" ({type}), v: 1, checksum: 0x{(uint)checksum:x4}");
        OsiPrinter.PutChecksum(printer, octets, checksum, 7, octets[1]);
        printer.Put($", holding time: {printer.U16(octets, 5)}s, length indicator: {octets[1]}");
        if (printer.Verbosity > 1)
            printer.Unknown(octets, 0, "\n\t", FixedLength);
        int at = FixedLength, left = octets[1] - FixedLength;
        bool goesOn = false, isComplete = true;
        switch (type)
        {
            case 6:
                isComplete = PrintRedirect(printer, octets, ref at, ref left, out goesOn);
                break;
            case 2:
                isComplete = PrintEndSystem(printer, octets, ref at, ref left, out goesOn);
                break;
            case 4:
                isComplete = Take(printer, octets, ref at, ref left, ", bad ish/li", out int size, out goesOn);
                if (isComplete && goesOn)
                    PutTitle(printer, octets, at - size, size);
                break;
            default:
                if (printer.Verbosity <= 1 && octets.Length > at)
                    printer.Unknown(octets, at, "\n\t  ", octets.Length - at);
                break;
        }

        return isComplete && (!goesOn || PrintOptions(printer, octets, at, left));
    }

    private static void PutTitle(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        printer.Put($"\n\t  NET (length: {size}): ");
        printer.NsapAddress(octets, at, size);
    }

    // Takes an octet with a length and what it counts.
    private static bool Take(
        PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, ref int left, string complaint, out int size, out bool goesOn)
    {
        size = 0;
        goesOn = true;
        if (!PacketPrinter.Has(octets, at, 1))
            return false;
        if (left >= 1)
        {
            size = octets[at++];
            left--;
            if (!PacketPrinter.Has(octets, at, size))
                return false;
            if (left >= size)
            {
                at += size;
                left -= size;
                return true;
            }
        }

        printer.Put(complaint);
        goesOn = false;
        return true;
    }

    private static bool PrintEndSystem(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, ref int left, out bool goesOn)
    {
        goesOn = true;
        if (!PacketPrinter.Has(octets, at, 1))
            return false;
        int count = octets[at++];
        left--;
        printer.Put($"\n\t  Number of Source Addresses: {count}");
        for (; count > 0; count--)
        {
            if (!Take(printer, octets, ref at, ref left, ", bad esh/li", out int size, out goesOn))
                return false;
            if (!goesOn)
                return true;
            PutTitle(printer, octets, at - size, size);
        }

        return true;
    }

    private static bool PrintRedirect(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, ref int left, out bool goesOn)
    {
        const string Complaint = ", bad redirect/li";
        if (!Take(printer, octets, ref at, ref left, Complaint, out int size, out goesOn))
            return false;
        if (!goesOn)
            return true;
        printer.Put("\n\t  ");
        printer.NsapAddress(octets, at - size, size);
        if (!Take(printer, octets, ref at, ref left, Complaint, out int attachment, out goesOn))
            return false;
        int attachmentAt = at - attachment;
        if (!goesOn)
            return true;
        if (!PacketPrinter.Has(octets, at, 1))
            return false;
        left += left >= 1 ? 1 : 0; // the length of the last address does not count itself
        if (!Take(printer, octets, ref at, ref left, Complaint, out size, out goesOn))
            return false;
        if (!goesOn)
            return true;
        printer.Put($"\n\t  SNPA (length: {attachment}): ");
        Link.LinkAddress.Put(printer, octets, attachmentAt, attachment);
        if (size != 0)
        {
            printer.Put($"\n\t  NET (length: {size}) ");
            printer.NsapAddress(octets, at - size, size);
        }

        return true;
    }

    private static bool PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        while (left != 0 && !printer.IsCut)
        {
            if (left < 2)
            {
                printer.Put(", bad opts/li");
                return true;
            }

            int option = printer.U8(octets, at), size = printer.U8(octets, at + 1);
            at += 2;
            left -= 2;
            if (size > left)
            {
                printer.Put($", opt ({option}) too long");
                return true;
            }

            left -= size;
            printer.Put("\n\t  ");
            printer.Token(Options, (uint)option, "Unknown");
            printer.Put($" Option #{option}, length {size}, value: ");
            int shown = size;
            if (option == 198 && size != 2)
            {
                printer.Put("(bad length)");
            }
            else if (option == 198)
            {
                if (!PacketPrinter.Has(octets, at, 2))
                    return false;
                printer.Put($"{printer.U16(octets, at)}s");
            }
            else if (option == 129)
            {
                PrintProtocols(printer, octets, at, size);
                shown = 0;
            }
            else
            {
                printer.Unknown(octets, at, "\n\t  ", size);
            }

            if (printer.Verbosity > 1)
                printer.Unknown(octets, at, "\n\t  ", shown);
            at += shown;
        }

        return true;
    }

    private static void PrintProtocols(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count)
    {
        for (; count > 0 && !printer.IsCut; count--)
        {
            byte identifier = printer.U8(octets, at++);
            printer.Token(OsiPrinter.Names, identifier, "unknown");
            printer.Put($" (0x{(uint)identifier:x2}){(count > 1 ? ", " : "")}");
        }
    }
}
