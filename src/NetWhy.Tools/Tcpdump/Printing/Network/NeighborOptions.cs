using NetWhy.Tools.Tcpdump.Printing.Application;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints options of neighbor discovery. Source: RFC 4861 (4.6), RFC 4191, RFC 6275 (7), RFC 8106.</summary>
internal static class NeighborOptions
{
    private const int Unit = 8;
    private const byte SourceAddress = 1;
    private const byte TargetAddress = 2;
    private const byte Prefix = 3;
    private const byte RedirectedHeader = 4;
    private const byte Mtu = 5;
    private const byte AdvertisementInterval = 7;
    private const byte HomeAgent = 8;
    private const byte Route = 24;
    private const byte DnsServers = 25;
    private const byte DnsSearchList = 31;

    private static readonly Token[] Names =
    [
        (SourceAddress, "source link-address"), (TargetAddress, "destination link-address"), (Prefix, "prefix info"),
        (RedirectedHeader, "redirected header"), (Mtu, "mtu"), (DnsServers, "rdnss"), (DnsSearchList, "dnssl"),
        (AdvertisementInterval, "advertisement interval"), (HomeAgent, "homeagent information"), (Route, "route info"),
    ];

    private static readonly Token[] PrefixFlags = [(0x80, "onlink"), (0x40, "auto"), (0x20, "router")];

    /// <summary>The preference of a router or a route. Source: RFC 4191, section 2.1.</summary>
    /// <param name="flags">The octet that holds it.</param>
    internal static string Preference(byte flags) => ((flags >> 3) & 3) switch { 0 => "medium", 1 => "high", 2 => "rsv", _ => "low" };

    /// <summary>Prints options.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="message">What was captured of the message.</param>
    /// <param name="start">Where its options begin.</param>
    /// <param name="length">What the message was long.</param>
    /// <returns>Whether all options were whole.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> message, int start, int length)
    {
        ReadOnlySpan<byte> options = PacketPrinter.From(message, start);
        int left = length - start;
        int size;
        for (int at = 0; at < options.Length && !printer.IsCut; at += size, left -= size)
        {
            if (!PacketPrinter.Has(options, at, 2))
                return Cut(printer);
            if (left <= 0)
                return true;
            byte type = options[at];
            int units = options[at + 1];
            size = units * Unit;
            if (units == 0 || !PacketPrinter.Has(options, at, size))
                return Cut(printer);
            printer.Put("\n\t  ");
            printer.Token(Names, type, "unknown");
            printer.Put($" option ({type}), length {size} ({units}): ");
            if (type is RedirectedHeader)
            {
                printer.Unknown(options, 0, "\n\t    ", size);
            }
            else if (Token.Find(Names, type) is null)
            {
                if (printer.Verbosity <= 1)
                {
                    printer.Unknown(options, at + 2, "\n\t  ", size - 2);
                    return true;
                }
            }
            else if (type is DnsSearchList ? !PrintDomains(printer, options, at, size) : !PrintOption(printer, options[at..], type, units))
            {
                return Cut(printer);
            }

            if (printer.Verbosity > 1)
                printer.Unknown(options, at + 2, "\n\t    ", size - 2);
        }

        return true;
    }

    private static bool Cut(PacketPrinter printer)
    {
        printer.Truncated();
        return false;
    }

    // An option may be too short for what it should hold: then what follows it is read, and the packet ends at the capture's end.
    private static bool PrintOption(PacketPrinter printer, ReadOnlySpan<byte> option, byte type, int units)
    {
        switch (type)
        {
            case SourceAddress or TargetAddress:
                printer.Colons(option, 2, (units * Unit) - 2);
                break;
            case Prefix:
                PrintPrefix(printer, option, units);
                break;
            case Mtu:
                printer.Need(option, 4, 4);
                printer.Put($" {printer.U32(option, 4)}{(units != 1 ? "bad option length" : "")}");
                break;
            case DnsServers:
                printer.Need(option, 4, 4);
                printer.Put($" lifetime {printer.U32(option, 4)}s,");
                for (int i = 0; i < (units - 1) / 2 && !printer.IsCut; i++)
                {
                    printer.Need(option, 8 + (i * 16), 16);
                    printer.Put(" addr: ");
                    printer.Ipv6Address(option, 8 + (i * 16));
                }

                break;
            case AdvertisementInterval:
                printer.Need(option, 4, 4);
                printer.Put($" {printer.U32(option, 4)}ms");
                break;
            case HomeAgent:
                printer.Need(option, 4, 4);
                printer.Put($" preference {printer.U16(option, 4)}, lifetime {printer.U16(option, 6)}");
                break;
            case Route:
                return PrintRoute(printer, option, units);
        }

        return true;
    }

    private static void PrintPrefix(PacketPrinter printer, ReadOnlySpan<byte> option, int units)
    {
        printer.Need(option, 0, 32);
        printer.Ipv6Address(option, 16);
        printer.Put($"/{printer.U8(option, 2)}{(units != 4 ? "badlen" : "")}, Flags [");
        printer.Bits(PrefixFlags, printer.U8(option, 3), "none");
        printer.Put("], valid time ");
        PutLifetime(printer, printer.U32(option, 4));
        printer.Put(", pref. time ");
        PutLifetime(printer, printer.U32(option, 8));
    }

    private static bool PrintRoute(PacketPrinter printer, ReadOnlySpan<byte> option, int units)
    {
        if (units > 3)
            return false;
        Span<byte> prefix = stackalloc byte[16];
        prefix.Clear();
        PacketPrinter.Part(option, 8, (units - 1) * Unit).CopyTo(prefix);
        printer.Put(" ");
        printer.Ipv6Address(prefix, 0);
        printer.Put($"/{printer.U8(option, 2)}, pref={Preference(printer.U8(option, 3))}, lifetime=");
        PutLifetime(printer, printer.U32(option, 4));
        return true;
    }

    private static void PutLifetime(PacketPrinter printer, uint seconds)
    {
        if (seconds == uint.MaxValue)
            printer.Put("infinity");
        else
            printer.Put($"{seconds}s");
    }

    // Names are not compressed, but printed as if they could be. Source: RFC 8106, section 5.2.
    private static bool PrintDomains(PacketPrinter printer, ReadOnlySpan<byte> options, int start, int size)
    {
        printer.Put($" lifetime {printer.U32(options, start + 4)}s, domain(s):");
        int at = start + 8;
        while (at < start + size && options[at] != 0)
        {
            printer.Put(" ");
            at = DomainNames.Print(printer, options, at, 0);
            if (at < 0)
                return false;
        }

        return true;
    }
}
