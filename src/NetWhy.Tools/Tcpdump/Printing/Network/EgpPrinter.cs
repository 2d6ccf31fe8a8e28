namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints the Exterior Gateway Protocol. Source: RFC 904.</summary>
internal static class EgpPrinter
{
    private const int HeaderLength = 16;
    private const byte Version = 2;
    private const byte Update = 1;
    private const byte Poll = 2;
    private const byte Acquire = 3;
    private const byte Reach = 5;
    private const byte Error = 8;
    private const uint Unsolicited = 0x80;

    private static readonly Token[] Types = [(Acquire, " acquire"), (Poll, " poll"), (Update, " update"), (Error, " error")];

    private static readonly Token[] AcquireCodes = [(0, " request"), (1, " confirm"), (2, " refuse"), (3, " cease"), (4, " cease_ack")];

    private static readonly Token[] Modes = [(0, " unspecified"), (1, " active_mode"), (2, " passive_mode")];

    private static readonly Token[] Refusals =
    [
        (0, " unspecified"), (3, " insufficient_resources"), (4, " administratively_prohibited"), (5, " going_down"),
        (6, " parameter_violation"), (7, " protocol_violation"),
    ];

    private static readonly Token[] ReachCodes = [(0, " hello"), (1, " i-h-u")];

    private static readonly Token[] States = [(0, " state:indeterminate"), (1, " state:up"), (2, " state:down")];

    private static readonly Token[] Reasons =
    [
        (0, " unspecified"), (1, " bad_EGP_header_format"), (2, " bad_EGP_data_field_format"), (3, " reachability_info_unavailable"),
        (4, " excessive_polling_rate"), (5, " no_response"), (6, " unsupported_version"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "egp";
        if (length < HeaderLength || octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        byte version = octets[0], type = octets[1], code = octets[2];
        uint status = octets[3];
        if (printer.Verbosity == 0)
        {
            printer.Put($"EGPv{version}, AS {printer.U16(octets, 6)}, seq {printer.U16(octets, 8)}, length {length}");
            return;
        }

        printer.Put($"EGPv{version}, length {length}");
        if (version != Version)
        {
            printer.Put($"[version {version}]");
            return;
        }

        if (type != Reach)
            printer.Token(Types, type, "[type %u]");
        switch (type)
        {
            case Acquire:
                PrintAcquire(printer, octets, code, status);
                break;
            case Reach:
                printer.Token(ReachCodes, code, "[reach code %u]");
                if (code <= 1)
                    printer.Token(States, status, " [status %u]");
                break;
            case Poll:
                printer.Token(States, status, " [status %u]");
                printer.Put(" net:");
                printer.Ipv4Address(octets, 12);
                break;
            case Update:
                if ((status & Unsolicited) != 0)
                    printer.Put(" unsolicited");
                printer.Token(States, status & ~Unsolicited, " [status %u]");
                printer.Put(" ");
                printer.Ipv4Address(octets, 12);
                printer.Put($" int {octets[10]} ext {octets[11]}");
                if (!PrintReachability(printer, octets, length))
                    printer.Truncated();
                break;
            case Error:
                printer.Token(States, status, " [status %u]");
                printer.Token(Reasons, printer.U16(octets, 10), " [reason %u]");
                break;
        }
    }

    private static void PrintAcquire(PacketPrinter printer, ReadOnlySpan<byte> octets, byte code, uint status)
    {
        printer.Token(AcquireCodes, code, "[code %u]");
        if (code <= 1)
        {
            printer.Token(Modes, status, " [status %u]");
            printer.Put($" hello:{printer.U16(octets, 10)} poll:{printer.U16(octets, 12)}");
        }
        else if (code <= 4)
        {
            printer.Token(Refusals, status, "[status %u]");
        }
    }

    // tcpdump prints these addresses from their last octet to their first, and takes the network's number from the end of its address.
    // Of a gateway's address only the part behind its network's number is sent; of a network's, only the number.
    private static bool PrintReachability(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int network = octets[15] >= 0xe0 ? 0 : NetworkLength(octets[15]);
        int gateways = octets[10] + octets[11];
        Span<byte> address = stackalloc byte[4];
        int at = HeaderLength;
        for (int i = 0; i < gateways && !printer.IsCut; i++)
        {
            int host = network == 0 ? 0 : 4 - network;
            if (length - at < 4 - network)
                return false;
            printer.Need(octets, at, host);
            address.Clear();
            for (int j = 0; j < network; j++)
                address[j] = octets[15 - j];
            PacketPrinter.Part(octets, at, host).CopyTo(address[network..]);
            at += host;
            if (length - at < 1)
                return false;
            int distances = printer.U8(octets, at++);
            printer.Put(i < octets[10] ? " int " : " ext ");
            PutAddress(printer, address);
            printer.Put(" (");
            for (int j = 0; j < distances && !printer.IsCut; j++)
            {
                if (length - at < 2)
                    return false;
                printer.Need(octets, at, 1);
                printer.Put($"{(j > 0 ? ", " : "")}d{printer.U8(octets, at)}:");
                int networks = printer.U8(octets, at + 1);
                at += 2;
                for (; networks > 0 && !printer.IsCut; networks--)
                {
                    if (length - at < 1)
                        return false;
                    int size = NetworkLength(printer.U8(octets, at));
                    if (length - at < size)
                        return false;
                    printer.Need(octets, at, size);
                    address.Clear();
                    PacketPrinter.Part(octets, at, size).CopyTo(address);
                    printer.Put(" ");
                    PutAddress(printer, address);
                    at += size;
                }
            }

            printer.Put(")");
        }

        return true;
    }

    private static int NetworkLength(byte first) => first < 0x80 ? 1 : first < 0xc0 ? 2 : 3;

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> address)
    {
        Span<byte> backwards = [address[3], address[2], address[1], address[0]];
        printer.Ipv4Address(backwards, 0);
    }
}
