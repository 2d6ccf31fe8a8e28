namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints RTP, RTCP, and the packets of vat and vt. Source: RFC 3550.</summary>
internal static class RtpPrinter
{
    private const int ReportLength = 24;

    /// <summary>Prints a packet of vat or vt.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintVat(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "vat";
        if (length < 2)
        {
            printer.Put($"udp/va/vat, length {length} < 2");
            return;
        }

        uint start = printer.U16(octets, 0);
        if ((start & 0xf060) != 0)
        {
            printer.Put($"udp/vt {length} {start & 0x3ff} / {start >> 10}");
            return;
        }

        if (length < 8)
        {
            printer.Put($"udp/vat, length {length} < 8");
            return;
        }

        uint flags = printer.U32(octets, 0), time = printer.U32(octets, 4);
        printer.Put($"udp/vat {length - 8} c{flags & 0xffff} {time}{((flags & 0x800000) != 0 ? "*" : "")}");
        if ((flags & 0x1f0000) != 0)
            printer.Put($" f{(flags >> 16) & 0x1f}");
        if ((flags & 0x3f000000) != 0)
            printer.Put($" s{(flags >> 24) & 0x3f}");
    }

    /// <summary>Prints a packet of RTP.</summary>
    /// <inheritdoc cref="PrintVat"/>
    internal static void PrintRtp(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "rtp";
        if (length < 8)
        {
            printer.Put($"udp/rtp, length {length} < 8");
            return;
        }

        uint flags = printer.U32(octets, 0), time = printer.U32(octets, 4);
        bool isOld = flags >> 30 == 1;
        if (!isOld && length < 12)
        {
            printer.Put($"udp/rtp, length {length} < 12");
            return;
        }

        bool hasMore = (flags & (isOld ? 0x800000u : 0x10000000)) != 0, isMarked = (flags & (isOld ? 0x400000u : 0x800000)) != 0;
        uint type = (flags >> 16) & (isOld ? 0x3fu : 0x7f);
        int header = isOld ? 8 : 12;
        printer.Put($"udp/{(isOld ? "rtpv1" : "rtp")} {length - header} c{type} ");
        printer.Put($"{(hasMore ? "+" : "")}{(isMarked ? "*" : "")} {flags & 0xffff} {time}");
        if (printer.Verbosity == 0)
            return;
        uint source = printer.U32(octets, 8);
        printer.Put($" {source}");
        int word = header / 4, words = (length / 4) - word;
        if (hasMore && isOld && !SkipOptions(printer, octets, ref word, words))
            return;
        if (hasMore && !isOld)
        {
            int extension = (int)(printer.U32(octets, word * 4) & 0xffff) + 1;
            if (extension > words)
            {
                printer.Put(" !ext");
                return;
            }

            word += extension;
        }

        const uint H261 = 31;
        if (type == H261)
        {
            uint video = printer.U32(octets, word * 4);
            printer.Put($" 0x{video >> 16:x4}");
        }
    }

    // Source: draft-ietf-avt-rtp-04.
    private static bool SkipOptions(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int word, int words)
    {
        uint option;
        do
        {
            option = printer.U32(octets, word * 4);
            int size = (int)(option >> 16) & 0xff;
            if (size == 0 || size > words)
            {
                printer.Put(" !opt");
                return false;
            }

            word += size;
            words -= size;
        }
        while ((option & 0x80000000) == 0);
        return true;
    }

    /// <summary>Prints packets of RTCP.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void PrintRtcp(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "rtcp";
        for (int at = 0; at < octets.Length;)
        {
            int size = PrintRtcpPacket(printer, octets[at..]);
            if (size == 0)
            {
                printer.Truncated();
                return;
            }

            at += size;
        }
    }

    // Its length; 0 if it was not captured.
    private static int PrintRtcpPacket(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        const int HeaderLength = 8, SenderLength = 20;
        const int SenderReport = 200, ReceiverReport = 201, Description = 202, Bye = 203;
        if (octets.Length < HeaderLength)
            return 0;
        int size = (printer.U16(octets, 2) + 1) * 4, count = octets[0] & 0x1f, type = octets[1], report = HeaderLength;
        switch (type)
        {
            case SenderReport:
                printer.Put(" sr");
                report += SenderLength;
                break;
            case ReceiverReport:
                printer.Put(" rr");
                break;
            case Description:
                printer.Put($" sdes {size}");
                break;
            case Bye:
                printer.Put($" bye {size}");
                break;
            default:
                printer.Put($" type-0x{type:x} {size}");
                return size;
        }

        if (type is SenderReport or ReceiverReport && size != report + (count * ReportLength))
            printer.Put($" [{size}]");
        if (printer.Verbosity > 0)
            printer.Put($" {printer.U32(octets, 4)}");
        if (type is Description or Bye)
            return size;
        if (type == SenderReport)
        {
            if (octets.Length < report)
                return 0;
            printer.Put(" @");
            double seconds = printer.U32(octets, 8) + (printer.U32(octets, 12) / 4_294_967_296.0);
            PutHundredths(printer, (UInt128)(seconds * 2_147_483_648.0), 31);
            printer.Put($" {printer.U32(octets, 16)} {printer.U32(octets, 20)}p {printer.U32(octets, 24)}b");
        }

        if (count > 1)
            printer.Put($" c{count}");
        for (; count > 0; count--)
        {
            // Every report is printed as the first: so does what this is compared with.
            if (!PacketPrinter.Has(octets, report, ReportLength))
                return 0;
            PrintReport(printer, octets.Slice(report, ReportLength));
        }

        return size;
    }

    private static void PrintReport(PacketPrinter printer, ReadOnlySpan<byte> report)
    {
        if (printer.Verbosity > 0)
            printer.Put($" {printer.U32(report, 0)}");
        printer.Put($" {printer.U32(report, 4) & 0xffffff}l {printer.U32(report, 8)}s {printer.U32(report, 12)}j @");
        PutHundredths(printer, printer.U32(report, 16), 16);
        printer.Put("+");
        PutHundredths(printer, printer.U32(report, 20), 16);
    }

    // A number with a binary point, with two decimals, halves to the even neighbour.
    private static void PutHundredths(PacketPrinter printer, UInt128 value, int shift)
    {
        UInt128 scaled = value * 100, half = UInt128.One << (shift - 1), rest = scaled & ((UInt128.One << shift) - 1);
        ulong hundredths = (ulong)(scaled >> shift);
        if (rest > half || (rest == half && (hundredths & 1) != 0))
            hundredths++;
        printer.Put($"{hundredths / 100}.{hundredths % 100:d2}");
    }
}
