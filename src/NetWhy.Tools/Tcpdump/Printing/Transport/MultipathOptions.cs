using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints the options of Multipath TCP. Source: RFC 6824 (version 0) and RFC 8684 (version 1), section 3.</summary>
internal static class MultipathOptions
{
    private const int Header = 4; // of those options that have one octet more behind the subtype

    private static readonly Token[] AddressKinds = [(6, "v0-ip6"), (4, "v0-ip4"), (1, "v1-echo"), (0, "v1")];

    /// <summary>Prints an option.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="option">What was captured of it, from its kind on.</param>
    /// <param name="size">What it is long.</param>
    /// <param name="flags">The flags of the segment.</param>
    /// <returns>Whether it makes sense.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> option, int size, byte flags)
    {
        printer.Protocol = "mptcp";
        if (size < 3)
            return false;
        byte third = printer.U8(option, 2);
        int subtype = third >> 4, low = third & 0xf;
        printer.Put($" {size} ");
        printer.Put(subtype switch
        {
            0 => "capable",
            1 => "join",
            2 => "dss",
            3 => "add-addr",
            4 => "rem-addr",
            5 => "prio",
            6 => "fail",
            7 => "fast-close",
            _ => "unknown",
        });
        return subtype switch
        {
            0 => PrintCapable(printer, option, size, flags, low),
            1 => PrintJoin(printer, option, size, flags, low),
            2 => PrintSequence(printer, option, size, flags),
            3 => PrintAddition(printer, option, size, low),
            4 => PrintRemoval(printer, option, size),
            5 => PrintPriority(printer, option, size, low),
            6 => PrintNumber(printer, option, size, isKey: false),
            7 => PrintNumber(printer, option, size, isKey: true),
            _ => true,
        };
    }

    private static bool Has(byte flags, TcpFlags flag) => (flags & (uint)flag) != 0;

    private static bool PrintCapable(PacketPrinter printer, ReadOnlySpan<byte> option, int size, byte flags, int version)
    {
        bool isFirst = size is 12 or 4 && Has(flags, TcpFlags.Syn);
        bool isThird = size is 20 or 22 && !Has(flags, TcpFlags.Syn) && Has(flags, TcpFlags.Ack);
        if (!isFirst && !isThird)
            return false;
        if (version > 1)
        {
            printer.Put($" Unknown Version ({version})");
            return true;
        }

        printer.Put($" v{version}");
        if ((printer.U8(option, 3) & 0x80) != 0)
            printer.Put(" csum");
        if (size == 4)
            return true;
        printer.Need(option, Header, 8);
        printer.Put($" {{0x{printer.U64(option, Header):x}");
        if (size >= 20)
        {
            printer.Need(option, 12, 8);
            printer.Put($",0x{printer.U64(option, 12):x}");
        }

        printer.Put("}");
        return true;
    }

    private static bool PrintJoin(PacketPrinter printer, ReadOnlySpan<byte> option, int size, byte flags, int low)
    {
        bool isSyn = Has(flags, TcpFlags.Syn), isAcknowledgment = Has(flags, TcpFlags.Ack);
        if (!(size == 12 && isSyn) && !(size == 16 && isSyn && isAcknowledgment) && !(size == 24 && isAcknowledgment))
            return false;
        if (size == 24)
        {
            printer.Put(" hmac 0x");
            for (int i = 0; i < 20 && !printer.IsCut; i++)
            {
                uint octet = printer.U8(option, Header + i);
                printer.Put($"{octet:x2}");
            }

            return true;
        }

        if ((low & 1) != 0)
            printer.Put(" backup");
        byte id = printer.U8(option, 3);
        printer.Put($" id {id}");
        printer.Need(option, Header, size - Header);
        if (size == 12)
            printer.Put($" token 0x{printer.U32(option, 4):x} nonce 0x{printer.U32(option, 8):x}");
        else
            printer.Put($" hmac 0x{printer.U64(option, 4):x} nonce 0x{printer.U32(option, 12):x}");
        return true;
    }

    // Source: RFC 8684, section 3.3.
    private static bool PrintSequence(PacketPrinter printer, ReadOnlySpan<byte> option, int size, byte flags)
    {
        if (size < Header || Has(flags, TcpFlags.Syn))
            return false;
        byte has = printer.U8(option, 3);
        if ((has & 0x10) != 0)
            printer.Put(" fin");
        int at = Header;
        if ((has & 0x01) != 0)
        {
            printer.Put(" ack ");
            if (!PutNumber(printer, option, size, ref at, (has & 0x02) != 0 ? 8 : 4))
                return false;
        }

        if ((has & 0x04) != 0)
        {
            printer.Put(" seq ");
            if (!PutNumber(printer, option, size, ref at, (has & 0x08) != 0 ? 8 : 4))
                return false;
            if (size - at < 4)
                return false;
            printer.Put(" subseq ");
            PutNumber(printer, option, size, ref at, 4);
            if (size - at < 2)
                return false;
            printer.Put(" len ");
            PutNumber(printer, option, size, ref at, 2);
            if (size - at >= 2)
            {
                uint sum = printer.U16(option, at);
                printer.Put($" csum 0x{sum:x}");
                at += 2;
            }
        }

        return at == size;
    }

    private static bool PutNumber(PacketPrinter printer, ReadOnlySpan<byte> option, int size, ref int at, int count)
    {
        if (size - at < count)
            return false;
        ulong number = printer.U(option, at, count);
        printer.Put($"{number}");
        at += count;
        return true;
    }

    private static bool PrintAddition(PacketPrinter printer, ReadOnlySpan<byte> option, int size, int low)
    {
        if (size is not (8 or 10 or 16 or 18 or 20 or 22 or 28 or 30))
            return false;
        printer.Put(" ");
        printer.Token(AddressKinds, (uint)low, "[bad version/echo]");
        byte id = printer.U8(option, 3);
        printer.Put($" id {id} ");
        int at = Header + (size < 20 ? 4 : 16);
        printer.Need(option, Header, at - Header);
        if (size < 20)
            printer.Ipv4Address(option, Header);
        else
            printer.Ipv6Address(option, Header);
        if (size is 10 or 18 or 22 or 30)
        {
            int port = printer.U16(option, at);
            printer.Put($":{port}");
            at += 2;
        }

        if (size - at < 8)
            return true;
        ulong code = printer.U64(option, at);
        printer.Put($" hmac 0x{code:x}");
        return true;
    }

    private static bool PrintRemoval(PacketPrinter printer, ReadOnlySpan<byte> option, int size)
    {
        if (size < 4)
            return false;
        printer.Put(" id");
        for (int i = 3; i < size && !printer.IsCut; i++)
        {
            byte id = printer.U8(option, i);
            printer.Put($" {id}");
        }

        return true;
    }

    private static bool PrintPriority(PacketPrinter printer, ReadOnlySpan<byte> option, int size, int low)
    {
        if (size is not (3 or 4))
            return false;
        printer.Put((low & 1) != 0 ? " backup" : " non-backup");
        if (size == 3)
            return true;
        byte id = printer.U8(option, 3);
        printer.Put($" id {id}");
        return true;
    }

    private static bool PrintNumber(PacketPrinter printer, ReadOnlySpan<byte> option, int size, bool isKey)
    {
        if (size != 12)
            return false;
        ulong number = printer.U64(option, Header);
        if (isKey)
            printer.Put($" key 0x{number:x}");
        else
            printer.Put($" seq {number}");
        return true;
    }
}
