namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints DNS, over UDP, TCP and multicast. Source: RFC 1035, 2136, 2782, 6762, 6891, 7553, 8945.</summary>
internal static class DomainPrinter
{
    private const int HeaderLength = 12;
    private const int Option = 41;

    private static readonly string[] Operations =
    [
        "", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA", " updateM",
        " updateMA", " zoneInit", " zoneRef",
    ];

    private static readonly string[] Responses =
    [
        "", " FormErr", " ServFail", " NXDomain", " NotImp", " Refused", " YXDomain", " YXRRSet", " NXRRSet", " NotAuth", " NotZone",
        " Resp11", " Resp12", " Resp13", " Resp14", " NoChange", " BadVers", "Resp17", " Resp18", " Resp19", " Resp20", "Resp21",
        " Resp22", " BadCookie",
    ];

    private static readonly Token[] Types =
    [
        (1, "A"), (2, "NS"), (3, "MD"), (4, "MF"), (5, "CNAME"), (6, "SOA"), (7, "MB"), (8, "MG"), (9, "MR"), (10, "NULL"), (11, "WKS"),
        (12, "PTR"), (13, "HINFO"), (14, "MINFO"), (15, "MX"), (16, "TXT"), (17, "RP"), (18, "AFSDB"), (19, "X25"), (20, "ISDN"),
        (21, "RT"), (22, "NSAP"), (23, "NSAP_PTR"), (24, "SIG"), (25, "KEY"), (26, "PX"), (27, "GPOS"), (28, "AAAA"), (29, "LOC"),
        (30, "NXT"), (31, "EID"), (32, "NIMLOC"), (33, "SRV"), (34, "ATMA"), (35, "NAPTR"), (36, "KX"), (37, "CERT"), (38, "A6"),
        (39, "DNAME"), (40, "SINK"), (41, "OPT"), (42, "APL"), (43, "DS"), (44, "SSHFP"), (45, "IPSECKEY"), (46, "RRSIG"), (47, "NSEC"),
        (48, "DNSKEY"), (99, "SPF"), (100, "UINFO"), (101, "UID"), (102, "GID"), (103, "UNSPEC"), (104, "UNSPECA"), (249, "TKEY"),
        (250, "TSIG"), (251, "IXFR"), (252, "AXFR"), (253, "MAILB"), (254, "MAILA"), (255, "ANY"), (256, "URI"),
    ];

    private static readonly Token[] Classes = [(1, "IN"), (3, "CHAOS"), (4, "HS"), (255, "ANY")];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isTcp">Whether its length stands in front of it.</param>
    /// <param name="isMulticast">Whether it is multicast DNS.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isTcp, bool isMulticast)
    {
        printer.Protocol = "domain";
        if (isTcp && !SkipLength(printer, ref octets, ref length))
            return;
        if (length < HeaderLength)
        {
            printer.Put($"domain [length {length} < {HeaderLength}]");
            printer.Invalid();
            return;
        }

        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        bool isResponse = (octets[2] & 0x80) != 0;
        if (isResponse ? PrintResponse(printer, octets, isMulticast) : PrintQuery(printer, octets, isMulticast))
            printer.Put($" ({length})");
        else
            printer.Truncated();
    }

    private static bool SkipLength(PacketPrinter printer, ref ReadOnlySpan<byte> octets, ref int length)
    {
        if (length < 2)
        {
            printer.Put($" [DNS over TCP: length {length} < 2]");
            printer.Invalid();
            return false;
        }

        length -= 2;
        int said = printer.U16(octets, 0);
        if (said != length)
        {
            printer.Put($" [prefix length({said}) != length({length})]");
            printer.Invalid();
            return false;
        }

        octets = PacketPrinter.From(octets, 2);
        printer.Put(" ");
        return true;
    }

    private static bool PrintResponse(PacketPrinter printer, ReadOnlySpan<byte> octets, bool isMulticast)
    {
        uint flags = printer.U16(octets, 2);
        int questions = printer.U16(octets, 4), answers = printer.U16(octets, 6);
        int authorities = printer.U16(octets, 8), additional = printer.U16(octets, 10);
        printer.Put($"{printer.U16(octets, 0)}{Operations[(flags >> 11) & 0xf]}");
        int response = FindResponse(printer, octets);
        if (response < Responses.Length)
            printer.Put(Responses[response]);
        else
            printer.Put($" Resp{response}");
        printer.Put((flags & 0x0400) != 0 ? "*" : "");
        printer.Put((flags & 0x0080) != 0 ? "" : "-");
        printer.Put((flags & 0x0200) != 0 ? "|" : "");
        printer.Put((flags & 0x0020) != 0 ? "$" : "");
        if (questions != 1)
            printer.Put($" [{questions}q]");

        int at = HeaderLength;
        for (int i = 0; i < questions; i++)
        {
            printer.Put(i > 0 ? "," : "");
            if (printer.Verbosity > 1)
            {
                printer.Put(" q:");
                at = PrintQuestion(printer, octets, at, isMulticast);
            }
            else
            {
                at = DomainNames.Skip(octets, at);
                at = at < 0 ? at : at + 4;
            }

            if (at < 0)
                return false;
        }

        printer.Put($" {answers}/{authorities}/{additional}");
        return PrintRecords(printer, octets, ref at, "", answers, isMulticast, isFirst: true)
            && (printer.Verbosity < 2
                || (PrintRecords(printer, octets, ref at, " ns:", authorities, isMulticast)
                    && PrintRecords(printer, octets, ref at, " ar:", additional, isMulticast)));
    }

    private static bool PrintQuery(PacketPrinter printer, ReadOnlySpan<byte> octets, bool isMulticast)
    {
        uint flags = printer.U16(octets, 2), operation = (flags >> 11) & 0xf;
        int questions = printer.U16(octets, 4), answers = printer.U16(octets, 6);
        int authorities = printer.U16(octets, 8), additional = printer.U16(octets, 10);
        printer.Put($"{printer.U16(octets, 0)}{Operations[operation]}");
        printer.Put((flags & 0x0100) != 0 ? "+" : "");
        printer.Put((flags & 0x0010) != 0 ? "%" : "");
        if ((flags & 0x06cf) != 0)
            printer.Put($" [b2&3=0x{flags:x}]");

        const int Inverse = 1;
        if (operation == Inverse)
        {
            PutCount(printer, questions, 0, 'q');
            PutCount(printer, answers, 1, 'a');
        }
        else
        {
            PutCount(printer, answers, 0, 'a');
            PutCount(printer, questions, 1, 'q');
        }

        PutCount(printer, authorities, 0, 'n');
        if (additional != 0)
            printer.Put($" [{additional}au]");

        int at = HeaderLength;
        for (int i = 0; i < questions; i++)
        {
            if (i > 0 && at >= octets.Length)
                return false;
            at = PrintQuestion(printer, octets, at, isMulticast);
            if (at < 0)
                return false;
        }

        return printer.Verbosity < 2
            || (PrintRecords(printer, octets, ref at, "", answers, isMulticast, isFirst: true)
                && PrintRecords(printer, octets, ref at, " ns:", authorities, isMulticast)
                && PrintRecords(printer, octets, ref at, " ar:", additional, isMulticast));
    }

    private static void PutCount(PacketPrinter printer, int count, int usual, char kind)
    {
        if (count != usual)
            printer.Put($" [{count}{kind}]");
    }

    // The OPT record has eight more bits of the response code. Source: RFC 6891, section 6.1.3.
    private static int FindResponse(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        int response = octets[3] & 0xf, at = HeaderLength;
        for (int i = printer.U16(octets, 4); i > 0; i--)
        {
            at = DomainNames.Skip(octets, at);
            if (at < 0 || at + 4 >= octets.Length)
                return response;
            at += 4;
        }

        for (int i = printer.U16(octets, 6) + printer.U16(octets, 8); i > 0; i--)
        {
            at = SkipRecord(octets, at);
            if (at < 0)
                return response;
        }

        for (int i = printer.U16(octets, 10); i > 0; i--)
        {
            int behind = DomainNames.Skip(octets, at);
            if (behind < 0 || !PacketPrinter.Has(octets, behind, 5))
                return response;
            if (printer.U16(octets, behind) == Option)
                return response | (octets[behind + 4] << 4);
            at = SkipRecord(octets, at);
            if (at < 0)
                return response;
        }

        return response;
    }

    private static int SkipRecord(ReadOnlySpan<byte> octets, int at)
    {
        at = DomainNames.Skip(octets, at);
        if (at < 0 || !PacketPrinter.Has(octets, at, 10))
            return -1;
        at += 10 + ((octets[at + 8] << 8) | octets[at + 9]);
        return at >= octets.Length ? -1 : at;
    }

    private static int PrintQuestion(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isMulticast)
    {
        int behind = DomainNames.Skip(octets, at);
        if (behind < 0 || !PacketPrinter.Has(octets, behind, 4))
            return -1;
        printer.Put(" ");
        printer.Token(Types, printer.U16(octets, behind), "Type%u");
        uint kind = printer.U16(octets, behind + 2);
        PrintClass(printer, isMulticast ? kind & 0x7fff : kind);
        if (isMulticast)
            printer.Put((kind & 0x8000) != 0 ? " (QU)" : " (QM)");
        printer.Put("? ");
        int next = DomainNames.Print(printer, octets, at, 0);
        return next < 0 ? -1 : next + 4;
    }

    private static void PrintClass(PacketPrinter printer, uint kind)
    {
        const uint Internet = 1;
        if (kind == Internet)
            return;
        printer.Put(" ");
        printer.Token(Classes, kind, "(Class %u)");
    }

    private static bool PrintRecords(
        PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, string title, int count, bool isMulticast, bool isFirst = false)
    {
        // The first section goes on where the capture ends, to say that it was cut; the others do not.
        for (int i = 0; i < count; i++)
        {
            if (at >= octets.Length && !(isFirst && i == 0))
                return false;
            printer.Put(i == 0 ? title : ",");
            at = PrintRecord(printer, octets, at, isMulticast);
            if (at < 0 || printer.IsCut)
                return false;
        }

        return true;
    }

    private static int PrintRecord(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isMulticast)
    {
        if (printer.Verbosity > 0)
        {
            printer.Put(" ");
            at = DomainNames.Print(printer, octets, at, 0);
            if (at < 0)
                return -1;
        }
        else
        {
            at = DomainNames.Skip(octets, at);
        }

        if (at < 0 || !PacketPrinter.Has(octets, at, 10))
            return octets.Length;

        uint type = printer.U16(octets, at), kind = printer.U16(octets, at + 2);
        if (type != Option)
            PrintClass(printer, isMulticast ? kind & 0x7fff : kind);
        if (isMulticast && (kind & 0x8000) != 0)
            printer.Put(" (Cache flush)");
        if (type != Option && printer.Verbosity > 2)
        {
            printer.Put(" [");
            printer.Span(printer.U32(octets, at + 4));
            printer.Put("]");
        }

        int length = printer.U16(octets, at + 8);
        bool isSecure = (octets[at + 6] & 0x80) != 0;
        at += 10;
        printer.Put(" ");
        printer.Token(Types, type, "Type%u");
        if (!PacketPrinter.Has(octets, at, length))
            return -1;
        if (type == Option)
        {
            printer.Put($" UDPsize={(isMulticast ? kind & 0x7fff : kind)}");
            printer.Put(isSecure ? " DO" : "");
            if (length > 0 && !DomainOptions.Print(printer, octets, at, at + length))
                return -1;
        }
        else if (!PrintData(printer, octets, at, length, type))
        {
            return -1;
        }

        return at + length;
    }

    private static bool PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, uint type)
    {
        switch (type)
        {
            case 1:
                return PrintAddress(printer, octets, at, 4);
            case 28:
                return PrintAddress(printer, octets, at, 16);
            case 2 or 5 or 12 or 39: // NS, CNAME, PTR, DNAME
                return PrintName(printer, octets, ref at);
            case 6:
                return printer.Verbosity == 0 || PrintAuthority(printer, octets, at);
            case 15:
                return PrintMailExchange(printer, octets, at);
            case 16:
                return PrintTexts(printer, octets, at, at + length);
            case 33:
                return PrintService(printer, octets, at);
            case 38:
                return PrintOldAddress(printer, octets, at);
            case 104: // UNSPECA
                return printer.CapturedCharacters(octets, at, length);
            case 250:
                return printer.Verbosity == 0 || PrintSignature(printer, octets, at);
            case 256:
                printer.Put($" {printer.U16(octets, at)} {printer.U16(octets, at + 2)} ");
                return length >= 4 && printer.CapturedCharacters(octets, at + 4, length - 4);
            default:
                return true;
        }
    }

    private static bool PrintAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (!PacketPrinter.Has(octets, at, length))
            return false;
        printer.Put(" ");
        NameResolver.PutNumber(printer.Text, octets.Slice(at, length));
        return true;
    }

    private static bool PrintName(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at)
    {
        printer.Put(" ");
        at = DomainNames.Print(printer, octets, at, 0);
        return at >= 0;
    }

    private static bool PrintAuthority(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!PrintName(printer, octets, ref at) || !PrintName(printer, octets, ref at) || !PacketPrinter.Has(octets, at, 20))
            return false;
        for (int i = 0; i < 5; i++)
            printer.Put($" {printer.U32(octets, at + (i * 4))}");
        return true;
    }

    private static bool PrintMailExchange(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put(" ");
        if (!PacketPrinter.Has(octets, at, 2) || DomainNames.Print(printer, octets, at + 2, 0) < 0)
            return false;
        printer.Put($" {printer.U16(octets, at)}");
        return true;
    }

    private static bool PrintTexts(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int end)
    {
        while (at < end)
        {
            printer.Put(" \"");
            if (at >= octets.Length || !printer.CapturedCharacters(octets, at + 1, octets[at]))
                return false;
            printer.Put("\"");
            at += 1 + octets[at];
        }

        return true;
    }

    private static bool PrintService(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put(" ");
        if (!PacketPrinter.Has(octets, at, 6) || DomainNames.Print(printer, octets, at + 6, 0) < 0)
            return false;
        printer.Put($":{printer.U16(octets, at + 4)} {printer.U16(octets, at)} {printer.U16(octets, at + 2)}");
        return true;
    }

    // Source: RFC 2874, section 3.1.
    private static bool PrintOldAddress(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (at >= octets.Length)
            return false;
        int prefix = octets[at];
        if (prefix > 128)
        {
            printer.Put($" {prefix}(bad plen)");
            return true;
        }

        int known = prefix / 8;
        if (prefix < 128)
        {
            if (!printer.Need(octets, at + 1, 16 - known))
                return false;
            Span<byte> address = stackalloc byte[16];
            address.Clear();
            octets.Slice(at + 1, 16 - known).CopyTo(address[known..]);
            printer.Put($" {prefix} ");
            NameResolver.PutNumber(printer.Text, address);
        }

        int next = at + 17 - known;
        return prefix == 0 || PrintName(printer, octets, ref next);
    }

    private static bool PrintSignature(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (!PrintName(printer, octets, ref at))
            return false;
        at += 6;
        if (!PacketPrinter.Has(octets, at, 4))
            return false;
        int length = printer.U16(octets, at + 2);
        printer.Put($" fudge={printer.U16(octets, at)} maclen={length}");
        at += 4 + length;
        if (!PacketPrinter.Has(octets, at, 2))
            return false;
        printer.Put($" origid={printer.U16(octets, at)}");
        if (!PacketPrinter.Has(octets, at + 2, 2))
            return false;
        printer.Put($" error={printer.U16(octets, at + 2)}");
        if (!PacketPrinter.Has(octets, at + 4, 2))
            return false;
        printer.Put($" otherlen={printer.U16(octets, at + 4)}");
        return true;
    }
}
