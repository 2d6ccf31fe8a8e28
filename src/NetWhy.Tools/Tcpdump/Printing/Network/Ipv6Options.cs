namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints hop-by-hop and destination options of IPv6. Source: RFC 8200, 4.2; RFC 2675, RFC 2711, RFC 6275.</summary>
internal static class Ipv6Options
{
    private const byte Pad1 = 0;
    private const byte PadN = 1;
    private const byte RouterAlert = 5;
    private const byte JumboPayload = 0xc2;
    private const byte HomeAddress = 0xc9;

    /// <summary>Prints a header of options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="protocol">What it is called where it is cut short.</param>
    /// <param name="total">Length of the packet; a jumbogram's is in an option.</param>
    /// <param name="at">Where the header lies in the packet.</param>
    /// <returns>Length of the header; -1 if it is cut short.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, string name, string protocol, ref long total, int at)
    {
        printer.Protocol = protocol;
        int length = (printer.U8(octets, 1) + 1) * 8;
        if (printer.IsCut || !printer.Need(octets, 0, length))
            return -1;
        _ = at;
        printer.Put(name);
        ReadOnlySpan<byte> options = octets[2..length];
        if (name is "HBH ")
            ReadJumbo(options, ref total);
        if (printer.Verbosity > 0)
            PrintOptions(printer, options);
        return length;
    }

    private static void ReadJumbo(ReadOnlySpan<byte> options, ref long total)
    {
        while (options.Length > 1)
        {
            int size = options[0] == Pad1 ? 1 : options[1] + 2;
            if (size > options.Length)
                return;
            if (options[0] == JumboPayload && size == 6)
                total = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(options[2..]) + 40L;
            options = options[size..];
        }
    }

    private static void PrintOptions(PacketPrinter printer, ReadOnlySpan<byte> options)
    {
        while (options.Length > 0)
        {
            byte type = options[0];
            if (type != Pad1 && options.Length < 2)
            {
                printer.Put("[trunc] ");
                return;
            }

            int size = type == Pad1 ? 1 : options[1] + 2;
            if (size > options.Length)
            {
                printer.Put("[trunc] ");
                return;
            }

            bool isValid = true;
            switch (type)
            {
                case Pad1:
                    printer.Put("(pad1)");
                    break;
                case PadN:
                    printer.Put("(padn)");
                    break;
                case RouterAlert:
                    isValid = size == 4;
                    printer.Put(isValid ? $"(rtalert: 0x{(uint)printer.U16(options, 2):x4}) " : $"(rtalert: invalid len {options[1]})");
                    break;
                case JumboPayload:
                    isValid = size == 6;
                    printer.Put(isValid ? $"(jumbo: {printer.U32(options, 2)}) " : $"(jumbo: invalid len {options[1]})");
                    break;
                case HomeAddress:
                    isValid = size >= 18;
                    if (!isValid)
                    {
                        printer.Put($"(homeaddr: invalid len {options[1]})");
                        break;
                    }

                    printer.Put("(homeaddr: ");
                    printer.Ipv6Address(options, 2);
                    PrintSubOptions(printer, options[18..size]);
                    printer.Put(")");
                    break;
                default:
                    printer.Put($"(opt_type 0x{(uint)type:x2}: len={options[1]})");
                    break;
            }

            if (!isValid)
            {
                printer.Put("[trunc] ");
                return;
            }

            options = options[size..];
        }

        printer.Put(" ");
    }

    private static void PrintSubOptions(PacketPrinter printer, ReadOnlySpan<byte> options)
    {
        while (options.Length > 0)
        {
            int size = options[0] == Pad1 ? 1 : options.Length < 2 ? int.MaxValue : options[1] + 2;
            if (size > options.Length)
            {
                printer.Put("[trunc] ");
                return;
            }

            printer.Put(options[0] switch
            {
                Pad1 => ", pad1",
                PadN => ", padn",
                _ => $", sopt_type 0x{options[0]:x2}: len={options[1]}",
            });
            options = options[size..];
        }
    }
}
