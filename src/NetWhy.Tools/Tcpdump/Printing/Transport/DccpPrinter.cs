using NetWhy.Tools.Tcpdump.Printing.Network;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints the Datagram Congestion Control Protocol. Source: RFC 4340, sections 5 to 13.</summary>
internal static class DccpPrinter
{
    private const int ShortLength = 12;
    private const int ExtendedLength = 16;
    private const byte Request = 0;
    private const byte Response = 1;
    private const byte Data = 2;
    private const byte Reset = 7;
    private const byte SyncAcknowledgment = 9;

    private static readonly Token[] Types =
    [
        (Request, "DCCP-Request"), (Response, "DCCP-Response"), (Data, "DCCP-Data"), (3, "DCCP-Ack"), (4, "DCCP-DataAck"),
        (5, "DCCP-CloseReq"), (6, "DCCP-Close"), (Reset, "DCCP-Reset"), (8, "DCCP-Sync"), (SyncAcknowledgment, "DCCP-SyncAck"),
    ];

    private static readonly Token[] ResetCodes =
    [
        (0, "unspecified"), (1, "closed"), (2, "aborted"), (3, "no_connection"), (4, "packet_error"), (5, "option_error"),
        (6, "mandatory_error"), (7, "connection_refused"), (8, "bad_service_code"), (9, "too_busy"), (10, "bad_init_cookie"),
        (11, "aggression_penalty"),
    ];

    private static readonly Token[] Options =
    [
        (0, "nop"), (1, "mandatory"), (2, "slowreceiver"), (32, "change_l"), (33, "confirm_l"), (34, "change_r"), (35, "confirm_r"),
        (36, "initcookie"), (37, "ndp_count"), (38, "ack_vector0"), (39, "ack_vector1"), (40, "data_dropped"), (41, "timestamp"),
        (42, "timestamp_echo"), (43, "elapsed_time"), (44, "data_checksum"),
    ];

    private static readonly Token[] Features =
    [
        (0, "reserved"), (1, "ccid"), (2, "allow_short_seqno"), (3, "sequence_window"), (4, "ecn_incapable"), (5, "ack_ratio"),
        (6, "send_ack_vector"), (7, "send_ndp_count"), (8, "minimum checksum coverage"), (9, "check data checksum"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "dccp";
        if (octets.Length < ShortLength)
        {
            printer.Truncated();
            return;
        }

        bool isExtended = (octets[8] & 1) != 0;
        int fixedLength = isExtended ? ExtendedLength : ShortLength;
        if (length < fixedLength)
        {
            printer.Put($"truncated-dccp - {(length < ShortLength ? ShortLength : fixedLength) - length} bytes missing!");
            return;
        }

        if (octets.Length < fixedLength)
        {
            printer.Truncated();
            return;
        }

        PortPrinting.NumericEnds(printer, ip, printer.U16(octets, 0), printer.U16(octets, 2));
        printer.Put(": DCCP");
        int headerLength = octets[4] * 4;
        if (printer.Options.Quietness > 0)
        {
            printer.Put($" {unchecked((uint)(length - headerLength))}");
            if (headerLength > length)
                printer.Put($" [bad hdr length {headerLength} - too long, > {length}]");
            return;
        }

        if (printer.Verbosity > 0)
            PrintDetails(printer, octets, length, ip);
        printer.Put(" ");
        byte type = (byte)((octets[8] >> 1) & 0xf);
        int typeLength = fixedLength + type switch
        {
            Request => 4,
            Response or Reset => 12,
            Data => 0,
            <= SyncAcknowledgment => 8,
            _ => 0,
        };
        if (length < typeLength)
        {
            printer.Put("truncated-");
            printer.Token(Types, type, "");
            printer.Put($" - {typeLength - length} bytes missing!");
            return;
        }

        if (PrintType(printer, octets, type, fixedLength, isExtended) && printer.Verbosity >= 2)
            PrintSequence(printer, octets, isExtended, typeLength, headerLength);
    }

    private static void PrintDetails(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        int coverage = octets[5] & 0xf;
        printer.Put($" (CCVal {octets[5] >> 4}, CsCov {coverage}");
        if (octets.Length >= length)
        {
            // The sum covers the header and so many words of data, but counts the whole length.
            int covered = coverage == 0 ? length : Math.Min(length, (octets[4] + coverage - 1) * 4);
            ushort sent = printer.U16(octets, 6);
            ushort computed = InternetChecksum.Of(octets[..Math.Max(0, covered)], Checksums.PseudoHeader(ip, IpPayload.Dccp, length));
            printer.Put($", cksum 0x{(uint)sent:x4} ");
            if (computed == 0)
                printer.Put("(correct)");
            else
                printer.Put($"(incorrect -> 0x{(uint)Checksums.Right(sent, computed):x4})");
        }

        printer.Put(")");
    }

    private static bool PrintType(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, bool isExtended)
    {
        int needed = type switch { Request => 4, Response or Reset => 12, _ => 0 };
        if (!PacketPrinter.Has(octets, at, needed))
        {
            printer.Truncated();
            return false;
        }

        printer.Token(Types, type, "unknown-type-%u");
        if (type is Request or Response)
        {
            printer.Put($" (service={printer.U32(octets, at + needed - 4)})");
        }
        else if (type is Reset)
        {
            printer.Put(" (code=");
            printer.Token(ResetCodes, octets[at + 8], "invalid");
            printer.Put(")");
        }

        printer.Put(" ");
        if (type is Request or Data)
            return true;
        ulong acknowledged = isExtended ? printer.U(octets, at + 2, 6) : printer.U24(octets, at + 1);
        printer.Put($"(ack={acknowledged}) ");
        return true;
    }

    private static void PrintSequence(PacketPrinter printer, ReadOnlySpan<byte> octets, bool isExtended, int at, int headerLength)
    {
        printer.Put($"seq {(isExtended ? printer.U(octets, 10, 6) : printer.U24(octets, 9))}");
        int left = headerLength - at;
        if (left <= 0)
            return;
        printer.Put(" <");
        while (!printer.IsCut)
        {
            int size = PrintOption(printer, PacketPrinter.From(octets, at), left);
            if (size == 0 || left <= size)
                break;
            left -= size;
            at += size;
            printer.Put(", ");
        }

        printer.Put(">");
    }

    // 0 if nothing can follow.
    private static int PrintOption(PacketPrinter printer, ReadOnlySpan<byte> option, int left)
    {
        byte type = printer.U8(option, 0);
        int size = type < 32 ? 1 : printer.U8(option, 1);
        if (printer.IsCut)
            return 0;
        bool isShort = type >= 32 && size < 2;
        if (!isShort && left >= size && option.Length < size)
        {
            printer.Truncated();
            return 0;
        }

        if (type >= 128)
            printer.Put($"CCID option {type}");
        else
            printer.Token(Options, type, "Option %u");
        if (isShort || left < size)
        {
            printer.Put(isShort ? " optlen too short" : " optlen goes past header length");
            return 0;
        }

        if (type >= 128 && size is 4 or 6)
            PutNumber(printer, option, 2, size - 2);
        else
            PrintValue(printer, option[..size], type);
        return size;
    }

    private static void PrintValue(PacketPrinter printer, ReadOnlySpan<byte> option, byte type)
    {
        int size = option.Length;
        switch (type)
        {
            case 32 or 33 or 34 or 35:
                if (size < 3)
                {
                    printer.Put(" optlen too short");
                }
                else if (Token.Find(Features, option[2]) is { } feature)
                {
                    printer.Put($" {feature}");
                    foreach (byte octet in option[3..])
                        printer.Put($" {octet}");
                }

                break;
            case 36 or 38 or 39 or 40:
                PutHexadecimal(printer, option, " 0x");
                break;
            case 37:
                foreach (byte octet in option[2..])
                    printer.Put($" {octet}");
                break;
            case 41:
                if (size == 6)
                    PutNumber(printer, option, 2, 4);
                else
                    printer.Put(" [optlen != 6]");
                break;
            case 42:
                if (size is not (6 or 8 or 10))
                {
                    printer.Put(" [optlen != 6 or 8 or 10]");
                    break;
                }

                PutNumber(printer, option, 2, 4);
                if (size > 6)
                    printer.Put($" (elapsed time {printer.U(option, 6, size - 6)})");
                break;
            case 43:
                if (size is 4 or 6)
                    PutNumber(printer, option, 2, size - 2);
                else
                    printer.Put(" [optlen != 4 or 6]");
                break;
            case 44:
                PutHexadecimal(printer, option, " ");
                break;
        }
    }

    private static void PutNumber(PacketPrinter printer, ReadOnlySpan<byte> option, int at, int count) =>
        printer.Put($" {printer.U(option, at, count)}");

    private static void PutHexadecimal(PacketPrinter printer, ReadOnlySpan<byte> option, string prefix)
    {
        if (option.Length > 2)
            printer.Put(prefix);
        foreach (byte octet in option[2..])
            printer.Put($"{(uint)octet:x2}");
    }
}
