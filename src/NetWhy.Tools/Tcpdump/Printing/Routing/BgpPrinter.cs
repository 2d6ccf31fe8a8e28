using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints BGP messages. Sources: RFC 4271, RFC 5492, RFC 2918, RFC 4724, RFC 7911, RFC 8203.</summary>
internal static class BgpPrinter
{
    private const int HeaderLength = 19;
    private const int MarkerLength = 16;
    private const int OpenLength = 29;
    private const int NotificationLength = 21;
    private const int RefreshLength = 23;

    /// <summary>Prints the messages of a segment.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "bgp";
        printer.Put(": BGP");
        if (printer.Verbosity < 1)
            return;
        for (int at = 0, start = 0; at < octets.Length && !printer.IsCut;)
        {
            if (octets[at] != 0xff)
            {
                at++;
                continue;
            }

            if (!PacketPrinter.Has(octets, at, MarkerLength))
                return;
            if (octets.Slice(at, MarkerLength).IndexOfAnyExcept((byte)0xff) >= 0)
            {
                at++;
                continue;
            }

            if (!PacketPrinter.Has(octets, at, HeaderLength))
            {
                printer.Truncated();
                return;
            }

            if (start != at)
                printer.Truncated();
            int length = printer.U16(octets, at + MarkerLength);
            if (length < HeaderLength)
            {
                printer.Put($"\nmessage length {length} < {HeaderLength}");
                printer.Invalid();
                return;
            }

            if (!PacketPrinter.Has(octets, at, length))
            {
                printer.Put("\n[|BGP ");
                printer.Token(BgpNames.Messages, octets[at + HeaderLength - 1], "Unknown Message Type");
                printer.Put("]");
                return;
            }

            PrintMessage(printer, octets[at..], length);
            at += length;
            start = at;
        }
    }

    /// <summary>Prints the number of an autonomous system. Source: RFC 5396.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="number">The number.</param>
    internal static void PutSystem(PacketPrinter printer, uint number)
    {
        if (printer.Options.IsAsDot && number > 0xffff)
            printer.Put($"{number >> 16}.{number & 0xffff}");
        else
            printer.Put($"{number}");
    }

    private static void PrintMessage(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        byte type = octets[HeaderLength - 1];
        printer.Put("\n\t");
        printer.Token(BgpNames.Messages, type, "Unknown");
        printer.Put($" Message ({type}), length: {length}");
        bool isComplete = true;
        switch (type)
        {
            case 1:
                isComplete = PrintOpen(printer, octets, length);
                break;
            case 2:
                isComplete = PrintUpdate(printer, octets, length);
                break;
            case 3 when length >= NotificationLength:
                PrintNotification(printer, octets, length);
                break;
            case 4 or 3:
                break;
            case 5:
                PrintRefresh(printer, octets, length);
                break;
            default:
                printer.Put($"\n\t  no Message {type} decoder");
                printer.Unknown(octets, 0, "\n\t  ", length);
                break;
        }

        if (!isComplete)
            printer.Truncated();
    }

    // The functions below that answer a truth say whether nothing was missing.
    private static bool PrintOpen(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (length < OpenLength || octets.Length < OpenLength)
            return false;
        printer.Put($"\n\t  Version {octets[19]}, my AS ");
        PutSystem(printer, printer.U16(octets, 20));
        printer.Put($", Holdtime {printer.U16(octets, 22)}s, ID ");
        printer.Ipv4Address(octets, 24);
        int room = octets[28];
        printer.Put($"\n\t  Optional parameters, length: {room}");
        length -= OpenLength;
        ReadOnlySpan<byte> parameters = octets[OpenLength..];
        for (int at = 0; at < room && !printer.IsCut;)
        {
            if (!PacketPrinter.Has(parameters, at, 2) || length < at + 2)
                return false;
            int type = parameters[at], size = parameters[at + 1];
            if (at + 2 + size > room)
            {
                printer.Put($"\n\t     Option {type}, length: {size}, goes past the end of the options");
                break;
            }

            printer.Put("\n\t    Option ");
            printer.Token(BgpNames.OpenParameters, (uint)type, "Unknown");
            printer.Put($" ({type}), length: {size}");
            if (type == 2)
                PrintCapabilities(printer, parameters[(at + 2)..], size);
            else
                printer.Put($"\n\t      no decoder for option {type}");
            at += 2 + size;
        }

        return true;
    }

    private static void PrintCapabilities(PacketPrinter printer, ReadOnlySpan<byte> octets, int room)
    {
        for (int at = 0; at < room && !printer.IsCut;)
        {
            if (!PacketPrinter.Has(octets, at, 2))
            {
                printer.Truncated();
                return;
            }

            int type = octets[at], size = octets[at + 1];
            printer.Put("\n\t      ");
            printer.Token(BgpNames.Capabilities, (uint)type, "Unknown");
            printer.Put($" ({type}), length: {size}");
            at += 2;
            if (!PacketPrinter.Has(octets, at, size))
            {
                printer.Truncated();
                return;
            }

            if (!PrintCapability(printer, octets.Slice(at, size), type))
                return;
            if (printer.Verbosity > 1 && size != 0)
                printer.Unknown(octets, at, "\n\t\t", size);
            at += size;
        }
    }

    private static bool PrintCapability(PacketPrinter printer, ReadOnlySpan<byte> value, int type)
    {
        int shortest = type switch { 1 or 65 => 4, 64 => 2, _ => 0 };
        if (value.Length < shortest)
        {
            printer.Put($" (too short, < {shortest})");
            return false;
        }

        switch (type)
        {
            case 1:
                PutFamilies(printer, "\n\t\t", printer.U16(value, 0), value[3]);
                break;
            case 8:
                for (int at = 0; at + 4 <= value.Length; at += 4)
                {
                    PutFamilies(printer, "\n\t\t", printer.U16(value, at), value[at + 2]);
                    printer.Put($", Count: {value[at + 3]}");
                }

                break;
            case 64:
                printer.Put("\n\t\tRestart Flags: [");
                printer.Bits(BgpNames.RestartFlags, (uint)value[0] >> 4, "none");
                printer.Put($"], Restart Time {printer.U16(value, 0) & 0xfff}s");
                for (int at = 2; at + 4 <= value.Length; at += 4)
                {
                    PutFamilies(printer, "\n\t\t  ", printer.U16(value, at), value[at + 2]);
                    printer.Put($", Forwarding state preserved: {((value[at + 3] & 0x80) != 0 ? "yes" : "no")}");
                }

                break;
            case 2 or 71 or 128:
                break;
            case 65:
                printer.Put("\n\t\t 4 Byte AS ");
                PutSystem(printer, printer.U32(value, 0));
                break;
            case 69:
                PrintPathDirections(printer, value);
                break;
            default:
                printer.Put($"\n\t\tno decoder for Capability {type}");
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 0, "\n\t\t", value.Length);
                break;
        }

        return true;
    }

    private static void PrintPathDirections(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            printer.Put(" (bogus)");
            return;
        }

        for (int at = 0; at < value.Length; at += 4)
        {
            if (at + 4 > value.Length)
            {
                printer.Invalid();
                return;
            }

            PutFamilies(printer, "\n\t\t", printer.U16(value, at), value[at + 2]);
            printer.Put(", Send/Receive: ");
            printer.Token(BgpNames.PathDirections, value[at + 3], "Bogus (0x%02x)");
        }
    }

    private static void PutFamilies(PacketPrinter printer, string indent, ushort family, byte subsequent)
    {
        printer.Put($"{indent}AFI ");
        printer.Token(AddressFamilies.Names, family, "Unknown");
        printer.Put($" ({family}), SAFI ");
        printer.Token(BgpNames.SubsequentFamilies, subsequent, "Unknown");
        printer.Put($" ({subsequent})");
    }

    private static bool PrintUpdate(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int at = HeaderLength;
        length -= HeaderLength;
        if (length < 2)
            return false;
        int withdrawn = printer.U16(octets, at);
        at += 2;
        length -= 2;
        if (!PacketPrinter.Has(octets, at, withdrawn) || length < withdrawn)
            return false;
        int left = withdrawn;
        if (withdrawn > 1)
        {
            printer.Put("\n\t  Withdrawn routes:");
            bool hasPaths = BgpRoutes.HavePaths(octets, at, withdrawn, 32);
            left = BgpRoutes.PrintPlain(printer, octets, at, withdrawn, hasPaths, isLenient: true);
            if (left < 0)
                return false;
        }

        int used = withdrawn > 1 ? withdrawn - left : withdrawn;
        at += used;
        length -= used;
        if (length < 2)
            return false;
        int room = printer.U16(octets, at);
        at += 2;
        length -= 2;
        if (left == 0 && room == 0 && length == 0)
        {
            printer.Put("\n\t  End-of-Rib Marker (empty NLRI)");
            return true;
        }

        if (length < room)
            return false;
        if (!BgpAttributes.Print(printer, octets, at, room, "\n\t  ", " [path attrs too short]", 0))
            return false;
        at += room;
        length -= room;
        if (length == 0 || printer.IsCut)
            return true;
        bool havePaths = BgpRoutes.HavePaths(octets, at, length, 32);
        printer.Put("\n\t  Updated routes:");
        return BgpRoutes.PrintPlain(printer, octets, at, length, havePaths, isLenient: false) >= 0;
    }

    private static void PrintNotification(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        byte code = printer.U8(octets, HeaderLength), subcode = printer.U8(octets, HeaderLength + 1);
        printer.Put(", ");
        printer.Token(BgpNames.Errors, code, "Unknown Error");
        printer.Put($" ({code})");
        Token[]? names = code switch
        {
            1 => BgpNames.HeaderErrors,
            2 => BgpNames.OpenErrors,
            3 => BgpNames.UpdateErrors,
            5 => BgpNames.StateErrors,
            6 => BgpNames.CeaseReasons,
            7 => BgpNames.CapabilityErrors,
            _ => null,
        };
        if (names is null)
            return;

        printer.Put(code is 5 or 7 ? " subcode " : ", subcode ");
        printer.Token(names, subcode, "Unknown");
        printer.Put($" ({subcode})");
        if (code != 6)
            return;
        if (subcode == 1 && length >= NotificationLength + 7)
        {
            PutFamilies(printer, ", ", printer.U16(octets, NotificationLength), printer.U8(octets, NotificationLength + 2));
            printer.Put($", Max Prefixes: {printer.U32(octets, NotificationLength + 3)}");
        }

        if (subcode is 2 or 4 && length >= NotificationLength + 1)
            PrintShutdown(printer, octets[NotificationLength..], length - NotificationLength);
    }

    private static void PrintShutdown(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int said = printer.U8(octets, 0), used = 0;
        if (said > length - 1)
        {
            printer.Put(", invalid Shutdown Communication length");
        }
        else if (said == 0)
        {
            printer.Put(", empty Shutdown Communication");
            used = 1;
        }
        else
        {
            printer.Put($", Shutdown Communication (length: {said}): \"");
            printer.CapturedCharacters(octets, 1, said);
            printer.Put("\"");
            used = said + 1;
        }

        if (length > used)
        {
            printer.Put($", Data: (length: {length - used})");
            HexDump.Hexadecimal(printer, "\n\t\t", PacketPrinter.Part(octets, used, length - used));
        }
    }

    private static void PrintRefresh(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (octets.Length < RefreshLength)
            printer.Truncated();
        if (octets.Length < RefreshLength || length < RefreshLength)
            return;
        PutFamilies(printer, "\n\t  ", printer.U16(octets, 19), printer.U8(octets, 22));
        if (printer.Verbosity > 1)
            printer.Unknown(octets, 0, "\n\t  ", length);
    }
}
