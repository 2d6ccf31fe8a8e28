using NetWhy.Tools.Tcpdump.Printing.Link;
using NetWhy.Tools.Tcpdump.Printing.Routing;

namespace NetWhy.Tools.Tcpdump.Printing.Network;

/// <summary>Prints generic routing encapsulation. Sources: RFC 1701, RFC 2784, RFC 2890; version 1: RFC 2637.</summary>
internal static class GrePrinter
{
    private const ushort Checksum = 0x8000;
    private const ushort Routing = 0x4000;
    private const ushort Key = 0x2000;
    private const ushort Sequence = 0x1000;
    private const ushort Acknowledgement = 0x0080;
    private const ushort Version = 0x0007;

    private static readonly Token[] Flags =
    [
        (0x8000, "checksum present"), (0x4000, "routing present"), (0x2000, "key present"), (0x1000, "sequence# present"),
        (0x0800, "source routing present"), (0x0080, "ack present"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "gre";
        ushort flags = printer.U16(octets, 0);
        int version = flags & Version;
        printer.Put($"GREv{version}");
        if (version == 0)
            PrintRouting(printer, octets, length, flags);
        else if (version == 1)
            PrintPointToPoint(printer, octets, length, flags);
        else
            printer.Put(" ERROR: unknown-version");
    }

    private static void PutFlags(PacketPrinter printer, ushort flags)
    {
        if (printer.Verbosity == 0)
            return;
        printer.Put(", Flags [");
        printer.Bits(Flags, flags, "none");
        printer.Put("]");
    }

    private static void PrintRouting(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort flags)
    {
        PutFlags(printer, flags);
        ushort protocol = printer.U16(octets, 2);
        int at = 4;
        if ((flags & (Checksum | Routing)) != 0)
        {
            if (length < at + 2)
            {
                printer.Truncated();
                return;
            }

            if (printer.Verbosity > 0)
                PutField(printer, ", sum 0x", printer.U16(octets, at), isHexadecimal: true);
            at += 2;
            if (length < at + 2)
            {
                printer.Truncated();
                return;
            }

            PutField(printer, ", off 0x", printer.U16(octets, at), isHexadecimal: true);
            at += 2;
        }

        if (!PutWord(printer, octets, length, ref at, (flags & Key) != 0, ", key=0x", isHexadecimal: true)
            || !PutWord(printer, octets, length, ref at, (flags & Sequence) != 0, ", seq ", isHexadecimal: false))
        {
            return;
        }

        if ((flags & Routing) != 0 && !PrintRoutes(printer, octets, length, ref at))
            return;
        if (printer.IsCut)
            return;

        if (printer.Options.ShowsLink)
        {
            printer.Put(", proto ");
            printer.Token(EtherTypes.Names, protocol, "unknown");
            printer.Put($" (0x{(uint)protocol:x4})");
        }

        printer.Put($", length {length}");
        printer.Put(printer.Verbosity == 0 ? ": " : "\n\t");
        if (printer.Enter())
            PrintPayload(printer, protocol, PacketPrinter.From(octets, at), length - at);
        printer.Leave();
    }

    private static void PutField(PacketPrinter printer, string name, uint value, bool isHexadecimal)
    {
        if (isHexadecimal)
            printer.Put($"{name}{value:x}");
        else
            printer.Put($"{name}{value}");
    }

    private static bool PutWord(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ref int at, bool isPresent, string name, bool isHexadecimal)
    {
        if (!isPresent)
            return true;
        if (length < at + 4)
        {
            printer.Truncated();
            return false;
        }

        PutField(printer, name, printer.U32(octets, at), isHexadecimal);
        at += 4;
        return true;
    }

    private static bool PrintRoutes(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ref int at)
    {
        while (!printer.IsCut)
        {
            if (length < at + 4)
            {
                printer.Truncated();
                return false;
            }

            ushort family = printer.U16(octets, at);
            byte offset = printer.U8(octets, at + 2), size = printer.U8(octets, at + 3);
            if (printer.IsCut)
                return false;
            at += 4;
            if (family == 0 && size == 0)
                return true;
            PrintRoute(printer, PacketPrinter.From(octets, at), length - at, family, offset, size);
            if (size > length - at)
            {
                printer.Truncated();
                return false;
            }

            at += size;
        }

        return false;
    }

    private static void PrintRoute(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort family, int offset, int size)
    {
        int unit = family switch { 0x0800 => 4, 0xfffe => 2, _ => 0 };
        if (unit == 0)
        {
            printer.Put($", (rtaf=0x{(uint)family:x})");
            return;
        }

        printer.Put(unit == 4 ? ", (rtaf=ip" : ", (rtaf=asn");
        if (offset % unit != 0)
            printer.Put($", badoffset={offset}");
        else if (size % unit != 0)
            printer.Put($", badlength={size}");
        else if (offset >= size)
            printer.Put($", badoff/len={offset}/{size}");
        else
            PrintHops(printer, octets, length, offset, size, unit);
        printer.Put(")");
    }

    private static void PrintHops(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int offset, int size, int unit)
    {
        for (int at = 0; at < size && !printer.IsCut; at += unit)
        {
            if (length < at + unit || !printer.Need(octets, at, unit))
                return;
            string mark = at == offset ? "*" : "";
            if (unit == 4)
            {
                printer.Put($" {mark}");
                printer.Ipv4Address(octets, at);
            }
            else
            {
                printer.Put($" {mark}{(uint)printer.U16(octets, at):x}");
            }
        }
    }

    private static void PrintPayload(PacketPrinter printer, ushort protocol, ReadOnlySpan<byte> octets, int length)
    {
        switch (protocol)
        {
            case 0x0800:
                IpPrinter.Print(printer, octets, length);
                break;
            case 0x86dd:
                Ipv6Printer.Print(printer, octets, length);
                break;
            case 0x8847:
            case 0x8848:
                MplsPrinter.Print(printer, octets, length);
                break;
            case 0x00fe:
                OsiPrinter.Print(printer, octets, length);
                break;
            case 0x6558:
                EthernetPrinter.Print(printer, octets, length);
                break;
            default:
                printer.Put($"gre-proto-0x{(uint)protocol:x}");
                break;
        }
    }

    private static void PrintPointToPoint(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort flags)
    {
        PutFlags(printer, flags);
        ushort protocol = printer.U16(octets, 2);
        int at = 4;
        if ((flags & Key) != 0)
        {
            if (length < at + 4)
            {
                printer.Truncated();
                return;
            }

            uint key = printer.U32(octets, at);
            printer.Put($", call {key & 0xffff}");
            at += 4;
        }

        if (!PutWord(printer, octets, length, ref at, (flags & Sequence) != 0, ", seq ", isHexadecimal: false)
            || !PutWord(printer, octets, length, ref at, (flags & Acknowledgement) != 0, ", ack ", isHexadecimal: false))
        {
            return;
        }

        if ((flags & Sequence) == 0)
        {
            printer.Put(", no-payload");
        }

        if (printer.Options.ShowsLink)
        {
            printer.Put(", proto ");
            printer.Token(EtherTypes.Names, protocol, "unknown");
            printer.Put($" (0x{(uint)protocol:x4})");
        }

        printer.Put($", length {length}");
        if ((flags & Sequence) == 0)
            return;
        printer.Put(printer.Verbosity == 0 ? ": " : "\n\t");
        if (protocol == 0x880b)
            PppPrinter.Print(printer, PacketPrinter.From(octets, at), length - at);
        else
            printer.Put($"gre-proto-0x{(uint)protocol:x}");
    }
}
