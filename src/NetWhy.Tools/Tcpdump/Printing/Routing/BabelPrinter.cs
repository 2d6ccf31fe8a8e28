namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints Babel. Sources: RFC 8966, RFC 7298, RFC 7557, RFC 8967, RFC 9079.</summary>
internal static class BabelPrinter
{
    private const byte Magic = 42;
    private const int HeaderLength = 4;

    private static readonly Token[] Channels = [(0, "reserved"), (255, "all")];

    private enum Outcome
    {
        Done,
        Invalid,
        Missing,
    }

    private static ReadOnlySpan<byte> Mapped => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "babel";
        printer.Put("babel");
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        if (octets[0] != Magic)
        {
            printer.Put(" invalid header");
            return;
        }

        printer.Put($" {octets[1]}");
        if (octets[1] != 2)
        {
            printer.Put(" unknown version");
            return;
        }

        Outcome outcome = length < HeaderLength ? Outcome.Invalid : PrintPacket(printer, octets, length - HeaderLength);
        if (outcome is Outcome.Missing)
            printer.Truncated();
        else if (outcome is Outcome.Invalid)
            printer.Invalid();
    }

    private static Outcome PrintPacket(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int body = printer.U16(octets, 2);
        printer.Put($" ({body})");
        if (length < body)
            return Outcome.Invalid;
        Outcome outcome = PrintTlvs(printer, octets, HeaderLength, body, length);
        if (outcome is not Outcome.Done || length == body)
            return outcome;
        printer.Put(printer.Verbosity > 0 ? "\n\t----" : " |");
        return PrintTlvs(printer, octets, HeaderLength + body, length - body, length - body);
    }

    private static Outcome PrintTlvs(PacketPrinter printer, ReadOnlySpan<byte> octets, int start, int length, int room)
    {
        Span<byte> last4 = stackalloc byte[16], last6 = stackalloc byte[16];
        last4.Clear();
        last6.Clear();
        Mapped.CopyTo(last4);
        for (int at = 0; at < length && !printer.IsCut;)
        {
            if (at + 1 > room)
                return Outcome.Invalid;
            byte type = printer.U8(octets, start + at);
            if (printer.IsCut)
                return Outcome.Done;
            if (type == 0)
            {
                printer.Put(printer.Verbosity > 0 ? "\n\tPad 1" : " pad1");
                at++;
                continue;
            }

            if (at + 2 > length || at + 2 > room)
                return Outcome.Invalid;
            if (!PacketPrinter.Has(octets, start + at, 2))
                return Outcome.Missing;
            int size = octets[start + at + 1];
            if (at + 2 + size > length || at + 2 + size > room)
                return Outcome.Invalid;
            if (!PacketPrinter.Has(octets, start + at, 2 + size))
                return Outcome.Missing;
            ReadOnlySpan<byte> value = octets.Slice(start + at + 2, size);
            if (printer.Verbosity == 0)
            {
                if (!PutBrief(printer, value, type))
                    return Outcome.Invalid;
            }
            else if (!PrintTlv(printer, value, type, last4, last6))
            {
                return Outcome.Invalid;
            }

            at += size + 2;
        }

        return Outcome.Done;
    }

    private static bool PutBrief(PacketPrinter printer, ReadOnlySpan<byte> value, byte type)
    {
        printer.Put(type switch
        {
            1 => " padN",
            2 => " ack-req",
            3 => " ack",
            4 => " hello",
            5 => " ihu",
            6 => " router-id",
            7 => " nh",
            8 => " update",
            9 => " route-request",
            10 => " seqno-request",
            11 => " tspc",
            12 => " hmac",
            13 => " ss-update",
            14 => " ss-request",
            15 => " ss-mh-request",
            16 => " mac",
            17 => " pc",
            18 => " challenge_request",
            19 => " challenge_reply",
            _ => " unknown",
        });
        if (type != 8)
            return true;
        if (value.Length < 10)
            return false;
        PutUpdateFlags(printer, value[1]);
        return true;
    }

    private static void PutUpdateFlags(PacketPrinter printer, byte flags)
    {
        printer.Put((flags & 0x80) != 0 ? "/prefix" : "");
        printer.Put((flags & 0x40) != 0 ? "/id" : "");
        printer.Put((flags & 0x3f) != 0 ? "/unknown" : "");
    }

    // Whether the TLV keeps its rules. Offsets are counted from its value.
    private static bool PrintTlv(PacketPrinter printer, ReadOnlySpan<byte> value, byte type, Span<byte> last4, Span<byte> last6)
    {
        PutName(printer, type, value.Length);
        int shortest = type switch { 2 or 4 or 5 or 11 => 6, 3 or 7 or 9 => 2, 6 or 8 or 13 => 10, 10 or 15 => 14, 12 => 18, 14 => 3, 17 => 4, _ => 0 };
        if (value.Length < shortest || (type is 18 or 19 && value.Length > 192))
            return false;
        switch (type)
        {
            case 2:
                printer.Put($"{(uint)printer.U16(value, 2):x4} ");
                PutInterval(printer, printer.U16(value, 4));
                return true;
            case 3:
                printer.Put($"{(uint)printer.U16(value, 0):x4}");
                return true;
            case 4:
                PrintHello(printer, value);
                return true;
            case 5:
                PrintHeard(printer, value);
                return true;
            case 6:
                printer.Put(" ");
                printer.Colons(value, 2, 8);
                return true;
            case 7:
                return PrintNextHop(printer, value);
            case 8:
                return PrintUpdate(printer, value, last4, last6);
            case 9:
                return PrintRequest(printer, value);
            case 10:
                return PrintNumberedRequest(printer, value);
            case 11:
                printer.Put($"timestamp {printer.U32(value, 2)} packetcounter {printer.U16(value, 0)}");
                return true;
            case 12:
                printer.Put($"key-id {printer.U16(value, 0)} digest-{value.Length - 2} ");
                for (int i = 2; i < value.Length; i++)
                    printer.Format("%02X", value[i]);
                return true;
            case 13:
                return PrintSourcedUpdate(printer, value, last4, last6);
            case 14:
                return PrintSourcedRequest(printer, value);
            case 15:
                return PrintSourcedNumberedRequest(printer, value);
            case 16:
                printer.Put($"len {value.Length}");
                return true;
            case 17:
                printer.Put($" value {printer.U32(value, 0)} index len {value.Length - 4}");
                return true;
            case 18 or 19:
                printer.Put($" len {value.Length}");
                return true;
            default:
                return true;
        }
    }

    private static void PutName(PacketPrinter printer, byte type, int length)
    {
        string? name = type switch
        {
            2 => "\n\tAcknowledgment Request ",
            3 => "\n\tAcknowledgment ",
            4 => "\n\tHello ",
            5 => "\n\tIHU ",
            6 => "\n\tRouter Id",
            7 => "\n\tNext Hop",
            8 => "\n\tUpdate",
            9 => "\n\tRoute Request ",
            10 => "\n\tSeqno Request ",
            11 => "\n\tTS/PC ",
            12 => "\n\tHMAC ",
            13 => "\n\tSS-Update",
            14 => "\n\tSS-Request ",
            15 => "\n\tSS-MH-Request ",
            16 => "\n\tMAC ",
            17 => "\n\tPC",
            18 => "\n\tChallenge Request",
            19 => "\n\tChallenge Reply",
            _ => null,
        };
        if (name is not null)
            printer.Put(name);
        else if (type == 1)
            printer.Put($"\n\tPad {length + 2}");
        else
            printer.Put($"\n\tUnknown message type {type}");
    }

    private static void PutInterval(PacketPrinter printer, ushort hundredths, bool canBeInfinite = false)
    {
        if (canBeInfinite && hundredths == ushort.MaxValue)
            printer.Put("infinity");
        else if (hundredths == 0)
            printer.Put("0.0s (bogus)");
        else
            printer.Put($"{hundredths / 100}.{hundredths % 100:d2}s");
    }

    private static void PrintHello(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        ushort interval = printer.U16(value, 4);
        printer.Put((value[0] & 0x80) != 0 ? "(Unicast) " : "");
        printer.Put($"seqno {printer.U16(value, 2)} ");
        if (interval == 0)
        {
            printer.Put("unscheduled");
        }
        else
        {
            printer.Put("interval ");
            PutInterval(printer, interval);
        }

        PrintSubTlvs(printer, value[6..], 4);
    }

    private static void PrintHeard(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        Span<byte> address = stackalloc byte[16];
        int used = Expand(value[0], -1, 0, value[6..], [], address);
        if (used < 0)
        {
            printer.Truncated();
            return;
        }

        if (value[0] == 0)
            printer.Put("any");
        else
            PutAddress(printer, address);
        printer.Put($" rxcost {printer.U16(value, 2)} interval ");
        PutInterval(printer, printer.U16(value, 4));
        PrintSubTlvs(printer, value[(6 + used)..], 5);
    }

    private static bool PrintNextHop(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        Span<byte> address = stackalloc byte[16];
        if (Expand(value[0], -1, 0, value[2..], [], address) < 0)
            return false;
        printer.Put(" ");
        if (value[0] == 0)
            printer.Put("invalid AE 0");
        else
            PutAddress(printer, address);
        return true;
    }

    private static bool PrintUpdate(PacketPrinter printer, ReadOnlySpan<byte> value, Span<byte> last4, Span<byte> last6)
    {
        Span<byte> prefix = stackalloc byte[16];
        byte encoding = value[0], flags = value[1];
        int used = Expand(encoding, value[2], value[3], value[10..], encoding == 1 ? last4 : last6, prefix);
        if (used < 0)
            return false;
        PutUpdateFlags(printer, flags);
        printer.Put(" ");
        PutPrefix(printer, encoding, prefix, value[2], "any");
        PutRoute(printer, value);
        if ((flags & 0x80) != 0)
            prefix.CopyTo(encoding == 1 ? last4 : last6);
        PrintSubTlvs(printer, value[(10 + used)..], 8);
        return true;
    }

    private static void PutRoute(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        printer.Put($" metric {printer.U16(value, 8)} seqno {printer.U16(value, 6)} interval ");
        PutInterval(printer, printer.U16(value, 4), canBeInfinite: true);
    }

    private static bool PrintRequest(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        Span<byte> prefix = stackalloc byte[16];
        if (Expand(value[0], value[1], 0, value[2..], [], prefix) < 0)
            return false;
        printer.Put("for ");
        PutPrefix(printer, value[0], prefix, value[1], "any");
        return true;
    }

    private static bool PrintNumberedRequest(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        Span<byte> prefix = stackalloc byte[16];
        if (Expand(value[0], value[1], 0, value[14..], [], prefix) < 0)
            return false;
        printer.Put($"({value[4]} hops) for ");
        PutPrefix(printer, value[0], prefix, value[1], "invalid AE 0");
        printer.Put($" seqno {printer.U16(value, 2)} id ");
        printer.Colons(value, 6, 8);
        return true;
    }

    private static bool PrintSourcedUpdate(PacketPrinter printer, ReadOnlySpan<byte> value, Span<byte> last4, Span<byte> last6)
    {
        Span<byte> prefix = stackalloc byte[16], source = stackalloc byte[16];
        byte encoding = value[0];
        int used = Expand(encoding, value[2], value[3], value[10..], encoding == 1 ? last4 : last6, prefix);
        if (used < 0)
            return false;
        int more = Expand(encoding, value[1], 0, value[(10 + used)..], [], source);
        if (more < 0)
            return false;
        printer.Put(" ");
        PutPrefix(printer, encoding, prefix, value[2], null);
        printer.Put(" from ");
        PutPrefix(printer, encoding, source, value[1], null);
        PutRoute(printer, value);
        PrintSubTlvs(printer, value[(10 + used + more)..], 13);
        return true;
    }

    private static bool PrintSourcedRequest(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        Span<byte> prefix = stackalloc byte[16], source = stackalloc byte[16];
        byte encoding = value[0];
        int used = Expand(encoding, value[1], 0, value[3..], [], prefix);
        if (used < 0 || Expand(encoding, value[2], 0, value[(3 + used)..], [], source) < 0)
            return false;
        if (encoding == 0)
        {
            printer.Put("for any");
            return true;
        }

        printer.Put("for (");
        PutPrefix(printer, encoding, prefix, value[1], null);
        printer.Put(", ");
        PutPrefix(printer, encoding, source, value[2], null);
        printer.Put(")");
        return true;
    }

    private static bool PrintSourcedNumberedRequest(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        Span<byte> prefix = stackalloc byte[16], source = stackalloc byte[16];
        byte encoding = value[0];
        int used = Expand(encoding, value[1], 0, value[14..], [], prefix);
        if (used < 0 || Expand(encoding, value[5], 0, value[(14 + used)..], [], source) < 0)
            return false;
        printer.Put($"({value[4]} hops) for (");
        PutPrefix(printer, encoding, prefix, value[1], null);
        printer.Put(", ");
        PutPrefix(printer, encoding, source, value[5], null);
        printer.Put($") seqno {printer.U16(value, 2)} id ");
        printer.Colons(value, 6, 8);
        return true;
    }

    // Octets that a prefix takes; negative if it breaks the rules. Source: RFC 8966, section 4.1.4.
    private static int Expand(byte encoding, int bits, int omitted, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> last, Span<byte> result)
    {
        int count = bits >= 0 ? (bits + 7) / 8 : encoding == 1 ? 4 : 16;
        if (count > 16)
            return -1;
        result.Clear();
        int offset = 0, known = omitted;
        switch (encoding)
        {
            case 0:
                return 0;
            case 1:
                if (omitted > 4 || count > 4)
                    return -1;
                Mapped.CopyTo(result);
                offset = 12;
                break;
            case 2:
                if (omitted > 16)
                    return -1;
                break;
            case 3:
                result[0] = 0xfe;
                result[1] = 0x80;
                known = 8;
                break;
            default:
                return -1;
        }

        int used = Math.Max(count - known, 0);
        if (octets.Length < used || (encoding != 3 && omitted > 0 && last.IsEmpty))
            return -1;
        if (encoding != 3 && omitted > 0)
            last[..(offset + omitted)].CopyTo(result);
        octets[..used].CopyTo(result[(offset + known)..]);
        return used;
    }

    private static void PutAddress(PacketPrinter printer, ReadOnlySpan<byte> address)
    {
        if (address[..12].SequenceEqual(Mapped))
            printer.Ipv4Address(address, 12);
        else
            printer.Ipv6Address(address, 0);
    }

    private static void PutPrefix(PacketPrinter printer, byte encoding, ReadOnlySpan<byte> prefix, byte bits, string? ifWildcard)
    {
        if (encoding == 0 && ifWildcard is not null)
        {
            printer.Put(ifWildcard);
            return;
        }

        int length = (byte)(bits + (encoding == 1 ? 96 : 0));
        if (length >= 96 && prefix[..12].SequenceEqual(Mapped))
        {
            printer.Ipv4Address(prefix, 12);
            printer.Put($"/{length - 96}");
            return;
        }

        printer.Ipv6Address(prefix, 0);
        printer.Put($"/{length}");
    }

    private static void PrintSubTlvs(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type)
    {
        while (!octets.IsEmpty)
        {
            byte kind = octets[0];
            octets = octets[1..];
            if (kind == 0)
            {
                printer.Put(" sub-pad1");
                continue;
            }

            if ((kind & 0x80) != 0)
                printer.Put(" (M)");
            if (octets.IsEmpty || octets.Length - 1 < octets[0] || !PrintSubTlv(printer, octets.Slice(1, octets[0]), kind, type))
            {
                printer.Invalid();
                return;
            }

            octets = octets[(1 + octets[0])..];
        }
    }

    private static bool PrintSubTlv(PacketPrinter printer, ReadOnlySpan<byte> value, byte kind, byte type)
    {
        switch (kind)
        {
            case 1:
                printer.Put(" sub-padn");
                return true;
            case 2:
                printer.Put(" sub-diversity");
                if (value.IsEmpty)
                {
                    printer.Put(" empty");
                    return true;
                }

                for (int i = 0; i < value.Length; i++)
                {
                    printer.Put(i == 0 ? " " : "-");
                    printer.Token(Channels, value[i], "%u");
                }

                printer.Put(type is 8 or 13 ? "" : " (bogus)");
                return true;
            case 3:
                printer.Put(" sub-timestamp");
                if (type is not (4 or 5))
                    printer.Put(" (bogus)");
                else if (value.Length < (type == 4 ? 4 : 8))
                    return false;
                else
                    PutTimestamps(printer, value, type == 5);
                return true;
            default:
                printer.Put($" sub-unknown-0x{(uint)kind:x2}");
                return true;
        }
    }

    private static void PutTimestamps(PacketPrinter printer, ReadOnlySpan<byte> value, bool areTwo)
    {
        uint first = printer.U32(value, 0);
        printer.Put($" {first / 1_000_000}.{first % 1_000_000:d6}s");
        if (!areTwo)
            return;
        uint second = printer.U32(value, 4);
        printer.Put($"|{second / 1_000_000}.{second % 1_000_000:d6}s");
    }
}
