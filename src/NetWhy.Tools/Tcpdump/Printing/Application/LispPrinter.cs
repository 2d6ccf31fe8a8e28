namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints map registrations and notifications of the Locator/ID Separation Protocol. Source: RFC 6830, sections 6.1.6 and 6.1.7.</summary>
internal static class LispPrinter
{
    private const int HeaderLength = 16;
    private const int RecordLength = 12;
    private const int LocatorLength = 8;
    private const int Register = 3;
    private const int Notify = 4;

    private static readonly Token[] Types =
    [
        (0, "LISP-Reserved"), (1, "LISP-Map-Request"), (2, "LISP-Map-Reply"), (Register, "LISP-Map-Register"), (Notify, "LISP-Map-Notify"),
        (8, "LISP-Encapsulated-Contol-Message"),
    ];

    private static readonly Token[] RegisterFlags =
    [
        (0x08000000, "P-Proxy-Map-Reply"), (0x04000000, "S-LISP-SEC-Capable"), (0x02000000, "I-xTR-ID-Present"),
        (0x01000000, "R-Build-For-RTR"), (0x00000100, "M-Want-Map-Notify"),
    ];

    private static readonly Token[] NotifyFlags = [(0x08000000, "I-xTR-ID-Present"), (0x04000000, "R-Build-For-RTR")];

    private static readonly Token[] Authentications = [(0, "None"), (1, "SHA1"), (2, "SHA256")];

    private static readonly Token[] Actions = [(0, "No-Action"), (1, "Natively-Forward"), (2, "Send-Map-Request"), (3, "Drop")];

    private static readonly Token[] LocatorFlags = [(4, "Local-Locator"), (2, "RLoc-Probed"), (1, "Reachable")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "lisp";
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        int type = octets[0] >> 4;
        bool isVerbose = printer.Verbosity > 0;
        printer.Token(Types, (uint)type, "unknown-type-%u");
        printer.Put(",");
        if (isVerbose && type is Register or Notify)
        {
            printer.Put(" flags [");
            printer.Bits(type is Register ? RegisterFlags : NotifyFlags, printer.U32(octets, 0), "none");
            printer.Put("],");
        }

        if (type is not (Register or Notify))
            return;
        int records = octets[3], authentication = printer.U16(octets, 14);
        if (isVerbose)
        {
            printer.Put($"\n    {records} record(s), Authentication ");
            printer.Token(Authentications, printer.U16(octets, 12), "unknown-type");
            printer.Put(",");
            HexDump.Hexadecimal(printer, "\n    Authentication-Data: ", PacketPrinter.Part(octets, HeaderLength, authentication));
            printer.Need(octets, HeaderLength, authentication);
        }
        else
        {
            printer.Put($" {records} record(s),");
        }

        if (records == 0)
        {
            printer.Invalid();
            return;
        }

        int at = HeaderLength + authentication;
        for (; at < length && records > 0 && !printer.IsCut; records--)
        {
            if (!PrintRecord(printer, octets, ref at))
                return;
        }

        PrintRest(printer, octets, at, hasIdentifier: (octets[0] & (type is Register ? 2 : 8)) != 0);
    }

    // False if nothing more can be read.
    private static bool PrintRecord(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        if (!PacketPrinter.Has(octets, at, RecordLength))
        {
            printer.Truncated();
            return false;
        }

        ReadOnlySpan<byte> record = octets.Slice(at, RecordLength);
        at += RecordLength;
        printer.Put("\n");
        if (printer.Verbosity > 0)
        {
            printer.Put($"      Record TTL {printer.U32(record, 0)},");
            printer.Put((record[6] & 0x10) != 0 ? " Authoritative, " : " Non-Authoritative, ");
            printer.Token(Actions, (uint)record[6] >> 5, "unknown");
            printer.Put($", Map Version: {printer.U16(record, 8) & 0xfff},");
        }

        int family = printer.U16(record, 10);
        if (family is not (1 or 2))
            return false;
        int size = family == 1 ? 4 : 16;
        printer.Need(octets, at, size);
        printer.Put(" EID ");
        PutAddress(printer, octets, at, size);
        printer.Put($"/{record[5]}, {record[4]} locator(s)");
        at += size;
        for (int i = 0; i < record[4] && !printer.IsCut; i++)
        {
            if (!PrintLocator(printer, octets, ref at))
                return false;
        }

        return true;
    }

    private static bool PrintLocator(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        if (!PacketPrinter.Has(octets, at, LocatorLength))
        {
            printer.Truncated();
            return false;
        }

        ReadOnlySpan<byte> locator = octets.Slice(at, LocatorLength);
        at += LocatorLength;
        if (printer.Verbosity > 0)
            printer.Put("\n       ");
        int size = printer.U16(locator, 6) switch { 1 => 4, 2 => 16, _ => 0 };
        if (size > 0)
        {
            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return false;
            }

            printer.Put(" LOC ");
            PutAddress(printer, octets, at, size);
            at += size;
        }

        if (printer.Verbosity == 0)
            return true;
        printer.Put($"\n          Priority/Weight {locator[0]}/{locator[1]}, Multicast Priority/Weight {locator[2]}/{locator[3]}, flags [");
        printer.Bits(LocatorFlags, printer.U16(locator, 4), "none");
        printer.Put("],");
        return true;
    }

    // Source: draft-ietf-lisp-ms-16: who registers, behind the records.
    private static void PrintRest(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool hasIdentifier)
    {
        if (!hasIdentifier)
        {
            HexDump.Hexadecimal(printer, "\n    Data: ", PacketPrinter.From(octets, at));
            return;
        }

        if (!PacketPrinter.Has(octets, at, 24))
        {
            printer.Invalid();
            return;
        }

        HexDump.Hexadecimal(printer, "\n    xTR-ID: ", octets.Slice(at, 16));
        printer.Put($"\n    SITE-ID: {printer.U64(octets, at + 16)}");
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (size == 4)
            printer.Ipv4Address(octets, at);
        else
            printer.Ipv6Address(octets, at);
    }
}
