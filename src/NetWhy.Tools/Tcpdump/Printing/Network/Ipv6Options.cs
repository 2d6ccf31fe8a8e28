namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints hop-by-hop and destination options of IPv6. Source: RFC 8200, 4.2; RFC 2675, RFC 2711, RFC 6275.</summary>
internal static class Ipv6Options
{
    private const byte Pad1 = 0;
    private const byte PadN = 1;
    private const byte RouterAlert = 5;
    private const byte JumboPayload = 0xc2;
    private const byte HomeAddress = 0xc9;
    private const int HomeAddressLength = 18;
    private const uint SmallestJumbo = 65_536;

    /// <summary>Prints hop-by-hop options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="payload">Length that the packet's header gives; a jumbogram's is 0 there, and becomes what the option says.</param>
    /// <param name="isJumbo">Becomes true if that option was found.</param>
    /// <returns>Length of the header; -1 if it makes no sense.</returns>
    internal static int PrintHopByHop(PacketPrinter printer, ReadOnlySpan<byte> octets, ref uint payload, ref bool isJumbo)
    {
        if (Begin(printer, octets, "HBH ", "hbhopt") is not (> 0 and var length))
            return -1;
        if (PrintAll(printer, octets[2..length], isHopByHop: true, ref payload, ref isJumbo))
            return length;
        printer.Truncated();
        return -1;
    }

    /// <summary>Prints destination options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <returns>Length of the header; -1 if it makes no sense.</returns>
    internal static int PrintDestination(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        if (Begin(printer, octets, "DSTOPT ", "dstopt") is not (> 0 and var length))
            return -1;
        uint payload = 0;
        bool isJumbo = false;
        if (printer.Verbosity == 0 || PrintAll(printer, octets[2..length], isHopByHop: false, ref payload, ref isJumbo))
            return length;
        printer.Truncated();
        return -1;
    }

    private static int Begin(PacketPrinter printer, ReadOnlySpan<byte> octets, string name, string protocol)
    {
        printer.Protocol = protocol;
        int length = (printer.U8(octets, 1) + 1) * 8;
        if (printer.IsCut)
            return -1;
        if (!PacketPrinter.Has(octets, 0, length))
        {
            printer.Truncated();
            return -1;
        }

        printer.Put(name);
        return length;
    }

    private static bool PrintAll(PacketPrinter printer, ReadOnlySpan<byte> options, bool isHopByHop, ref uint payload, ref bool isJumbo)
    {
        bool isVerbose = printer.Verbosity > 0, hasJumbo = false;
        while (options.Length > 0)
        {
            byte type = options[0];
            int size = SizeOf(options);
            if (size == 0)
                return false;
            ReadOnlySpan<byte> option = options[..size];
            switch (type)
            {
                case Pad1:
                    if (isVerbose)
                        printer.Put("(pad1)");
                    break;
                case PadN:
                    if (isVerbose)
                        printer.Put("(padn)");
                    break;
                case RouterAlert:
                    if (!HasSize(printer, options, "rtalert", 4))
                        return false;
                    if (isVerbose)
                        printer.Put($"(rtalert: 0x{(uint)printer.U16(option, 2):x4}) ");
                    break;
                case JumboPayload:
                    if (!HasSize(printer, options, "jumbo", 6))
                        return false;
                    PrintJumbo(printer, printer.U32(option, 2), isHopByHop, ref hasJumbo, ref payload, ref isJumbo);
                    break;
                case HomeAddress:
                    if (!PrintHomeAddress(printer, options, option))
                        return false;
                    break;
                default:
                    if (isVerbose)
                        printer.Put($"(opt_type 0x{(uint)type:x2}: len={option[1]})");
                    break;
            }

            options = options[size..];
        }

        if (isVerbose)
            printer.Put(" ");
        return true;
    }

    // 0 if the option does not fit.
    private static int SizeOf(ReadOnlySpan<byte> options)
    {
        if (options[0] == Pad1)
            return 1;
        int size = options.Length < 2 ? 0 : options[1] + 2;
        return size > options.Length ? 0 : size;
    }

    private static bool HasSize(PacketPrinter printer, ReadOnlySpan<byte> options, string name, int size)
    {
        if (options.Length < size)
            printer.Put($"({name}: trunc)");
        else if (options[1] != size - 2)
            printer.Put($"({name}: invalid len {options[1]})");
        else
            return true;
        return false;
    }

    private static void PrintJumbo(PacketPrinter printer, uint length, bool isHopByHop, ref bool hasJumbo, ref uint payload, ref bool isJumbo)
    {
        string trouble = "";
        if (hasJumbo)
            trouble = " - already seen";
        else if (!isHopByHop)
            trouble = " - not a hop-by-hop option";
        else if (payload != 0)
            trouble = " - payload len != 0";
        else if (length < SmallestJumbo)
            trouble = " - < 65536";
        hasJumbo = true;
        if (trouble.Length == 0)
        {
            isJumbo = true;
            payload = length;
        }

        if (printer.Verbosity > 0)
            printer.Put($"(jumbo: {length}{trouble}) ");
    }

    private static bool PrintHomeAddress(PacketPrinter printer, ReadOnlySpan<byte> options, ReadOnlySpan<byte> option)
    {
        if (options.Length < HomeAddressLength)
        {
            printer.Put("(homeaddr: trunc)");
            return false;
        }

        if (option.Length < HomeAddressLength)
        {
            printer.Put($"(homeaddr: invalid len {option[1]})");
            return false;
        }

        if (printer.Verbosity == 0)
            return true;
        printer.Put("(homeaddr: ");
        printer.Ipv6Address(option, 2);
        if (!PrintSubOptions(printer, option[HomeAddressLength..]))
            return false;
        printer.Put(")");
        return true;
    }

    private static bool PrintSubOptions(PacketPrinter printer, ReadOnlySpan<byte> options)
    {
        while (options.Length > 0)
        {
            int size = SizeOf(options);
            if (size == 0)
                return false;
            if (options[0] == Pad1)
                printer.Put(", pad1");
            else if (options[0] == PadN)
                printer.Put(", padn");
            else
                printer.Put($", sopt_type 0x{(uint)options[0]:x2}: len={options[1]}");
            options = options[size..];
        }

        return true;
    }
}
