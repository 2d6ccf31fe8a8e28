namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints what captures of radio put before IEEE 802.11 frames: radiotap, AVS and Prism headers. Source: radiotap.org.</summary>
internal static class RadiotapPrinter
{
    private const int FixedLength = 8;
    private const int PrismLength = 144;
    private const uint AvsVersion1 = 0x80211001;
    private const uint AvsVersion2 = 0x80211002;
    private const int LastField = 28; // what follows has one meaning in all words
    private const uint DefaultNamespace = 1u << 29;
    private const uint VendorNamespace = 1u << 30;
    private const uint Extension = 1u << 31;
    private const byte ChecksumFlag = 0x10;
    private const byte PaddingFlag = 0x20;

    private static readonly string[] Widths =
    [
        "20 MHz", "40 MHz", "20 MHz (L)", "20 MHz (U)", "80 MHz", "80 MHz (L)", "80 MHz (U)", "80 MHz (LL)", "80 MHz (LU)", "80 MHz (UL)",
        "80 MHz (UU)", "160 MHz", "160 MHz (L)", "160 MHz (U)", "160 MHz (LL)", "160 MHz (LU)", "160 MHz (UL)", "160 MHz (UU)", "160 MHz (LLL)",
        "160 MHz (LLU)", "160 MHz (LUL)", "160 MHz (UUU)", "160 MHz (ULL)", "160 MHz (ULU)", "160 MHz (UUL)", "160 MHz (UUU)", "unknown (26)",
        "unknown (27)", "unknown (28)", "unknown (29)", "unknown (30)", "unknown (31)",
    ];

    // Of IEEE 802.11n, in 100 kbit/s; for each modulation: 20 MHz with a long and a short guard interval, 40 MHz with them.
    private static readonly ushort[] Rates =
    [
        65, 72, 135, 150, 130, 144, 270, 300, 195, 217, 405, 450, 260, 289, 540, 600, 390, 433, 810, 900, 520, 578, 1080, 1200, 585, 650, 1215, 1350,
        650, 722, 1350, 1500, 130, 144, 270, 300, 260, 289, 540, 600, 390, 433, 810, 900, 520, 578, 1080, 1200, 780, 867, 1620, 1800, 1040, 1156,
        2160, 2400, 1170, 1300, 2430, 2700, 1300, 1444, 2700, 3000, 195, 217, 405, 450, 390, 433, 810, 900, 585, 650, 1215, 1350, 780, 867, 1620,
        1800, 1170, 1300, 2430, 2700, 1560, 1733, 3240, 3600, 1755, 1950, 3645, 4050, 1950, 2167, 4050, 4500, 260, 289, 540, 600, 520, 578, 1080,
        1200, 780, 867, 1620, 1800, 1040, 1156, 2160, 2400, 1560, 1733, 3240, 3600, 2080, 2311, 4320, 4800, 2340, 2600, 4860, 5400, 2600, 2889, 5400,
        6000, 0, 0, 60, 67, 390, 433, 810, 900, 520, 578, 1080, 1200, 650, 722, 1350, 1500, 585, 650, 1215, 1350, 780, 867, 1620, 1800, 975, 1083,
        2025, 2250, 520, 578, 1080, 1200, 650, 722, 1350, 1500, 650, 722, 1350, 1500, 780, 867, 1620, 1800, 910, 1011, 1890, 2100, 910, 1011, 1890,
        2100, 1040, 1156, 2160, 2400, 780, 867, 1620, 1800, 975, 1083, 2025, 2250, 975, 1083, 2025, 2250, 1170, 1300, 2430, 2700, 1365, 1517, 2835,
        3150, 1365, 1517, 2835, 3150, 1560, 1733, 3240, 3600, 650, 722, 1350, 1500, 780, 867, 1620, 1800, 910, 1011, 1890, 2100, 780, 867, 1620, 1800,
        910, 1011, 1890, 2100, 1040, 1156, 2160, 2400, 1170, 1300, 2430, 2700, 1040, 1156, 2160, 2400, 1170, 1300, 2430, 2700, 1300, 1444, 2700, 3000,
        1300, 1444, 2700, 3000, 1430, 1589, 2970, 3300, 975, 1083, 2025, 2250, 1170, 1300, 2430, 2700, 1365, 1517, 2835, 3150, 1170, 1300, 2430, 2700,
        1365, 1517, 2835, 3150, 1560, 1733, 3240, 3600, 1755, 1950, 3645, 4050, 1560, 1733, 3240, 3600, 1755, 1950, 3645, 4050, 1950, 2167, 4050,
        4500, 1950, 2167, 4050, 4500, 2145, 2383, 4455, 4950,
    ];

    /// <summary>Prints a packet with a radiotap header.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <returns>Length of its headers.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "802.11_radio";
        int headerLength = octets.Length < FixedLength ? 0 : printer.L16(octets, 2);
        if (headerLength < FixedLength || octets.Length < headerLength)
        {
            printer.Truncated();
            return octets.Length;
        }

        ReadOnlySpan<byte> header = octets[..headerLength];
        int last = 4; // the last word of the map of fields
        while (last + 4 <= headerLength && (printer.L32(header, last) & Extension) != 0)
            last += 4;
        if (last + 4 > headerLength)
        {
            printer.Truncated();
            return octets.Length;
        }

        byte flags = PrintFields(printer, header, last);
        return headerLength + Ieee80211Printer.Print(
            printer, octets[headerLength..], length - headerLength, isPadded: (flags & PaddingFlag) != 0, checksumLength: (flags & ChecksumFlag) != 0 ? 4 : 0);
    }

    /// <summary>Prints a packet with an AVS header.</summary>
    /// <inheritdoc cref="Print"/>
    internal static int PrintAvs(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "802.11_radio_avs";
        uint headerLength = octets.Length < FixedLength ? 0 : printer.U32(octets, 4);
        if (headerLength < FixedLength || octets.Length < headerLength)
        {
            printer.Truncated();
            return octets.Length;
        }

        int at = (int)headerLength;
        return at + Ieee80211Printer.Print(printer, octets[at..], length - at, isPadded: false, checksumLength: 0);
    }

    /// <summary>Prints a packet with a Prism header, or the AVS header that may stand in its place.</summary>
    /// <inheritdoc cref="Print"/>
    internal static int PrintPrism(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "prism";
        if (octets.Length >= 4 && printer.U32(octets, 0) is AvsVersion1 or AvsVersion2)
            return PrintAvs(printer, octets, length);
        if (octets.Length < PrismLength)
        {
            printer.Truncated();
            return octets.Length;
        }

        return PrismLength + Ieee80211Printer.Print(printer, octets[PrismLength..], length - PrismLength, isPadded: false, checksumLength: 0);
    }

    private static byte PrintFields(PacketPrinter printer, ReadOnlySpan<byte> header, int last)
    {
        var reader = new Reader(header, last + 4);
        int firstField = 0, skipped = 0;
        bool isVendor = false;
        for (int at = 4; at <= last; at += 4)
        {
            uint present = printer.L32(header, at);
            if (isVendor)
            {
                if (!reader.Skip(skipped))
                    break;
                skipped = 0;
            }
            else if (!PrintWord(printer, ref reader, present, firstField))
            {
                break;
            }

            switch (present & (DefaultNamespace | VendorNamespace))
            {
                case 0:
                    firstField += 32;
                    break;
                case DefaultNamespace:
                    firstField = 0;
                    isVendor = false;
                    break;
                case VendorNamespace:
                    firstField = 0;
                    isVendor = true;
                    if (!reader.Align(2) || !reader.Skip(4) || !reader.TryU16(out ushort size))
                        printer.Truncated();
                    else
                        skipped = size;
                    break;
            }
        }

        return reader.Flags;
    }

    // False if nothing more can be read.
    private static bool PrintWord(PacketPrinter printer, ref Reader reader, uint present, int firstField)
    {
        for (int bit = 0; bit <= LastField; bit++)
        {
            if ((present & (1u << bit)) == 0)
                continue;
            int field = firstField + bit;
            bool? isRead = PrintField(printer, ref reader, field, present);
            if (isRead is true)
                continue;
            if (isRead is null)
                printer.Put($"[bit {field}] ");
            else
                printer.Truncated();
            return false;
        }

        return true;
    }

    // Null if the field is not known.
    private static bool? PrintField(PacketPrinter printer, ref Reader reader, int field, uint present)
    {
        byte first, second;
        ushort word;
        switch (field)
        {
            case 0:
                if (!reader.TryU64(out ulong time))
                    return false;
                printer.Put($"{time}us tsft ");
                return true;
            case 1:
                return PrintFlags(printer, ref reader);
            case 2:
                if (!reader.TryU8(out first))
                    return false;
                if (first is >= 0x80 and <= 0x8f)
                    printer.Put($"MCS {first & 0x7f} ");
                else
                    printer.Put($"{first / 2}.{first % 2 * 5} Mb/s ");
                return true;
            case 3:
                if (!reader.TryU16(out word) || !reader.TryU16(out ushort kind))
                    return false;
                if ((present & (1u << 18)) == 0)
                    PutChannel(printer, word, kind, present);
                return true;
            case 4:
                if (!reader.TryU8(out first) || !reader.TryU8(out second))
                    return false;
                printer.Put($"fhset {first} fhpat {second} ");
                return true;
            case 5:
                return PutSigned(printer, ref reader, 1, "dBm signal ");
            case 6:
                return PutSigned(printer, ref reader, 1, "dBm noise ");
            case 7:
                if (!reader.TryU16(out word))
                    return false;
                printer.Put($"{word} sq ");
                return true;
            case 8:
                if (!reader.TryU16(out word))
                    return false;
                printer.Put($"{-(short)word} tx power ");
                return true;
            case 9:
                return PutSigned(printer, ref reader, -1, "dB tx attenuation ");
            case 10:
                return PutSigned(printer, ref reader, 1, "dBm tx power ");
            case 11:
                if (!reader.TryU8(out first))
                    return false;
                printer.Put($"antenna {first} ");
                return true;
            case 12:
            case 13:
                if (!reader.TryU8(out first))
                    return false;
                printer.Put($"{first}{(field == 12 ? "dB signal " : "dB noise ")}");
                return true;
            case 14:
                return reader.TryU16(out _);
            case 18:
                if (!reader.TryU32(out uint wide) || !reader.TryU16(out word) || !reader.Skip(2))
                    return false;
                PutChannel(printer, word, wide, present);
                return true;
            case 19:
                return PrintModulation(printer, ref reader);
            case 20:
                return reader.TryU32(out _) && reader.TryU16(out _) && reader.Skip(2);
            case 21:
                return PrintVeryHighThroughput(printer, ref reader);
            default:
                return null;
        }
    }

    private static bool PrintFlags(PacketPrinter printer, ref Reader reader)
    {
        if (!reader.TryU8(out byte flags))
            return false;
        reader.Flags = flags;
        if ((flags & 1) != 0)
            printer.Put("cfp ");
        if ((flags & 2) != 0)
            printer.Put("short preamble ");
        if ((flags & 4) != 0)
            printer.Put("wep ");
        if ((flags & 8) != 0)
            printer.Put("fragmented ");
        if ((flags & 0x40) != 0)
            printer.Put("bad-fcs ");
        return true;
    }

    private static bool PutSigned(PacketPrinter printer, ref Reader reader, int factor, string unit)
    {
        if (!reader.TryU8(out byte value))
            return false;
        printer.Put($"{(sbyte)value * factor}{unit}");
        return true;
    }

    private static void PutChannel(PacketPrinter printer, ushort frequency, uint kind, uint present)
    {
        bool Has(uint bits) => (kind & bits) == bits;
        printer.Put($"{frequency} MHz");
        if ((present & (1u << 19)) != 0)
        {
            printer.Put(" 11n");
        }
        else
        {
            string width = Has(0x4000) ? "/10Mhz" : Has(0x8000) ? "/5Mhz" : "";
            if (Has(0x0880))
                printer.Put(" FHSS");
            if (Has(0x0140))
                printer.Put($" 11a{width}");
            if (Has(0x00c0) || Has(0x0480))
                printer.Put($" 11g{width}");
            else if (Has(0x00a0))
                printer.Put(" 11b");
            if (Has(0x0010))
                printer.Put(" Turbo");
        }

        if (Has(0x10000))
            printer.Put(" ht/20");
        else if (Has(0x40000))
            printer.Put(" ht/40-");
        else if (Has(0x20000))
            printer.Put(" ht/40+");
        printer.Put(" ");
    }

    private static bool PrintModulation(PacketPrinter printer, ref Reader reader)
    {
        if (!reader.TryU8(out byte known) || !reader.TryU8(out byte flags) || !reader.TryU8(out byte index))
            return false;
        if ((known & 2) != 0)
        {
            int at = (index * 4) + ((flags & 3) == 1 ? 2 : 0) + ((flags & 4) != 0 ? 1 : 0);
            int rate = (known & 5) != 0 && at < Rates.Length ? Rates[at] : 0;
            if (rate != 0)
                printer.Put($"{rate / 10}.{rate % 10} Mb/s ");
            printer.Put($"MCS {index} ");
        }

        if ((known & 1) != 0)
            printer.Put($"{Widths[flags & 3]} ");
        if ((known & 4) != 0)
            printer.Put((flags & 4) != 0 ? "short GI " : "long GI ");
        if ((known & 8) != 0)
            printer.Put((flags & 8) != 0 ? "greenfield " : "mixed ");
        if ((known & 0x10) != 0)
            printer.Put((flags & 0x10) != 0 ? "LDPC FEC " : "BCC FEC ");
        if ((known & 0x20) != 0)
            printer.Put($"RX-STBC{(flags >> 5) & 3} ");
        return true;
    }

    private static bool PrintVeryHighThroughput(PacketPrinter printer, ref Reader reader)
    {
        if (!reader.TryU16(out ushort known) || !reader.TryU8(out byte flags) || !reader.TryU8(out byte width))
            return false;
        Span<byte> users = stackalloc byte[4];
        foreach (ref byte user in users)
        {
            if (!reader.TryU8(out user))
                return false;
        }

        if (!reader.TryU8(out byte coding) || !reader.TryU8(out _) || !reader.TryU16(out _))
            return false;
        for (int i = 0; i < users.Length; i++)
        {
            if ((users[i] & 0xf) != 0)
                printer.Put($"User {i} MCS {users[i] >> 4} {((coding & (1 << i)) != 0 ? "LDPC" : "BCC")} FEC ");
        }

        if ((known & 0x40) != 0)
            printer.Put($"{Widths[width & 0x1f]} ");
        if ((known & 4) != 0)
            printer.Put((flags & 4) != 0 ? "short GI " : "long GI ");
        return true;
    }

    // Reads fields, each of which begins at a multiple of its size.
    private ref struct Reader(ReadOnlySpan<byte> header, int at)
    {
        private readonly ReadOnlySpan<byte> _header = header;
        private int _at = at;

        internal byte Flags { get; set; }

        internal bool Skip(int count)
        {
            if (_header.Length - _at < count)
                return false;
            _at += count;
            return true;
        }

        internal bool Align(int size)
        {
            int aligned = (_at + size - 1) & -size;
            if (aligned + size > _header.Length)
                return false;
            _at = aligned;
            return true;
        }

        internal bool TryU8(out byte value)
        {
            bool isRead = TryRead(1, out ulong wide);
            value = (byte)wide;
            return isRead;
        }

        internal bool TryU16(out ushort value)
        {
            bool isRead = TryRead(2, out ulong wide);
            value = (ushort)wide;
            return isRead;
        }

        internal bool TryU32(out uint value)
        {
            bool isRead = TryRead(4, out ulong wide);
            value = (uint)wide;
            return isRead;
        }

        internal bool TryU64(out ulong value) => TryRead(8, out value);

        private bool TryRead(int size, out ulong value)
        {
            value = 0;
            if (!Align(size))
                return false;
            for (int i = size - 1; i >= 0; i--)
                value = (value << 8) | _header[_at + i];
            _at += size;
            return true;
        }
    }
}
