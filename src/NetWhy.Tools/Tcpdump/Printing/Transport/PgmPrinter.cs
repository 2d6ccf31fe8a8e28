using NetWhy.Tools.Tcpdump.Printing.Application;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints Pragmatic General Multicast. Source: RFC 3208, sections 8 and 9.</summary>
internal static class PgmPrinter
{
    private const byte Protocol = 113;
    private const int HeaderLength = 16;
    private const byte Path = 0;
    private const byte Poll = 1;
    private const byte PollResponse = 2;
    private const byte Data = 4;
    private const byte Repair = 5;
    private const byte Nak = 8;
    private const byte NullNak = 9;
    private const byte NakConfirmation = 10;
    private const byte Acknowledgment = 11;
    private const byte PathRequest = 12;

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "pgm";
        if (octets.Length < 4)
        {
            PortPrinting.Addresses(printer, ip);
            printer.Put(":");
            printer.Truncated();
            return;
        }

        PortPrinting.Ends(printer, ip, Protocol, printer.U16(octets, 0), printer.U16(octets, 2), "tcp");
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        int dataLength = printer.U16(octets, 14);
        printer.Put($"PGM, length {dataLength}");
        if (printer.Verbosity == 0)
            return;
        byte type = octets[4];
        printer.Put($" 0x{printer.U(octets, 8, 6):x12} ");
        int at = PrintType(printer, octets, type);
        if (at < 0)
        {
            printer.Truncated();
            return;
        }

        if ((octets[5] & 1) != 0 && (at = PgmOptions.Print(printer, octets, at)) < 0)
            return;
        printer.Put($" [{length}]");
        if (printer.Options.PacketType is "pgm_zmtp1" && type is Data or Repair)
            ZmtpPrinter.PrintDatagram(printer, PacketPrinter.From(octets, at), dataLength);
    }

    // Where the options begin; -1 if it is cut short.
    private static int PrintType(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type)
    {
        switch (type)
        {
            case Path:
                return PrintPath(printer, octets);
            case Poll:
                return PrintPoll(printer, octets);
            case PollResponse:
                if (octets.Length < HeaderLength + 8)
                    return -1;
                printer.Put($"POLR seq {printer.U32(octets, 16)} round {printer.U16(octets, 20)}");
                return HeaderLength + 8;
            case Data or Repair:
                if (octets.Length < HeaderLength + 8)
                    return -1;
                printer.Put($"{(type is Data ? "ODATA" : "RDATA")} trail {printer.U32(octets, 20)} seq {printer.U32(octets, 16)}");
                return HeaderLength + 8;
            case Nak or NullNak or NakConfirmation:
                return PrintNak(printer, octets, type);
            case Acknowledgment:
                if (octets.Length < HeaderLength + 8)
                    return -1;
                printer.Put($"ACK seq {printer.U32(octets, 16)}");
                return HeaderLength + 8;
            case PathRequest:
                printer.Put("SPMR");
                return 0;
            default:
                printer.Put($"UNKNOWN type 0x{(uint)type:x2}");
                return 0;
        }
    }

    private static int PrintPath(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        const int Address = HeaderLength + 16;
        if (octets.Length < Address)
            return -1;
        int size = PgmOptions.AddressSize(printer.U16(octets, 28));
        if (size == 0 || !PacketPrinter.Has(octets, Address, size))
            return -1;
        printer.Put($"SPM seq {printer.U32(octets, 16)} trail {printer.U32(octets, 20)} lead {printer.U32(octets, 24)} nla ");
        PgmOptions.PutAddress(printer, octets, Address, size);
        return Address + size;
    }

    private static int PrintPoll(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        const int Address = HeaderLength + 12;
        if (octets.Length < Address)
            return -1;
        int size = PgmOptions.AddressSize(printer.U16(octets, 24));
        if (size == 0 || !PacketPrinter.Has(octets, Address, size))
            return -1;
        int at = Address + size;
        printer.Need(octets, at, 12);
        printer.Put($"POLL seq {printer.U32(octets, 16)} round {printer.U16(octets, 20)} nla ");
        PgmOptions.PutAddress(printer, octets, Address, size);
        printer.Put($" ivl {printer.U32(octets, at)} rnd 0x{printer.U32(octets, at + 4):x8} mask 0x{printer.U32(octets, at + 8):x8}");
        return at + 12;
    }

    private static int PrintNak(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type)
    {
        const int Source = HeaderLength + 8;
        if (octets.Length < Source)
            return -1;
        int sourceSize = PgmOptions.AddressSize(printer.U16(octets, 20));
        if (sourceSize == 0 || !PacketPrinter.Has(octets, Source, sourceSize))
            return -1;
        // The group's family is looked for where its address begins: that is what captures were always read as.
        int group = Source + sourceSize + 4;
        int groupSize = PgmOptions.AddressSize(printer.U16(octets, group));
        if (printer.IsCut)
            return 0;
        if (groupSize == 0 || !PacketPrinter.Has(octets, group, groupSize))
            return -1;
        printer.Put(type switch { Nak => "NAK (", NullNak => "NNAK (", _ => "NCF (" });
        PgmOptions.PutAddress(printer, octets, Source, sourceSize);
        printer.Put(" -> ");
        PgmOptions.PutAddress(printer, octets, group, groupSize);
        printer.Put($"), seq {printer.U32(octets, 16)}");
        return group + groupSize;
    }
}
