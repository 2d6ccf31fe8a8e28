using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of hop-by-hop and destination headers. Source: RFC 8200, section 4.2, and the standards of the options.</summary>
internal static class Ipv6OptionDissector
{
    private static Ipv6OptionFields Fields => Ipv6Fields.Options;

    /// <summary>Reads options.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="header">Where the header of IPv6 begins.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="isHopByHop">Whether every node on the way looks at them.</param>
    internal static void Read(ref Dissection dissection, int header, int offset, int end, bool isHopByHop)
    {
        while (offset < end)
        {
            byte type = dissection.U8(offset);
            int size = type == 0 ? 1 : dissection.Need(offset, 2) ? 2 + dissection.U8(offset + 1) : 0;
            if (size == 0 || offset + size > end)
                return;
            dissection.Fields.Add(Ipv6Fields.Option, 0, offset, size);
            dissection.Fields.Say($"{Ipv6Fields.OptionTypes.GetValueOrDefault(type) ?? $"Unknown IPv6 Option ({type})"}");
            int line = dissection.Fields.IsWanted(Ipv6Fields.Option) ? dissection.Fields.Last : -1;
            dissection.Number(Ipv6Fields.OptionType, offset, 1);
            if (type == 0)
                dissection.Fields.Add(Fields.Pad1, 0, offset, 1);
            else
                ReadOption(ref dissection, header, line, offset, size - 2, isHopByHop);
            offset += size;
        }
    }

    private static void ReadOption(ref Dissection dissection, int header, int line, int offset, int length, bool isHopByHop)
    {
        byte type = dissection.U8(offset);
        bool isMisplaced = isHopByHop ? type is 4 or 0x0f or 0x41 or 0x8b or 0x8c or 0xc9 : type is 5 or 7 or 8 or 0x26 or 0x30 or 0x31 or 0x63 or 0x6d or 0xc2 or 0xee;
        if (isMisplaced)
            dissection.Fields.Remark(Fields.HeaderMismatch, offset, $"{Ipv6Fields.OptionTypes[type]} must use a {(isHopByHop ? "destination" : "hop-by-hop")} options header");
        if (type == 0x8a)
            dissection.Remark(Fields.Deprecated, offset);
        dissection.Bits(Fields.Action, offset, 1);
        dissection.Bits(Fields.MayChange, offset, 1);
        dissection.Bits(Fields.Rest, offset, 1);
        dissection.Number(Ipv6Fields.OptionLength, offset + 1, 1);
        if (!HasLength(type, length))
            dissection.Fields.Remark(Fields.InvalidLength, offset + 1, $"{LengthSubject(type)} ({length} bytes)");
        int used = ReadData(ref dissection, header, line, offset + 2, type, length);
        if (used >= length)
            return;
        dissection.Part(Ipv6Fields.OptionData, offset + 2 + used, length - used);
        dissection.Remark(Fields.UnknownData, offset + 2 + used);
    }

    private static bool HasLength(byte type, int length) => type switch
    {
        4 => length == 1,
        5 => length == 2,
        7 => length >= 8,
        0x0f => length == 10,
        0x26 => length == 6,
        0x30 or 0x41 or 0xc2 => length == 4,
        0x63 => length >= 4,
        0xc9 => length == 16,
        0xee => length == 3,
        _ => true,
    };

    // As Wireshark words it.
    private static string LengthSubject(byte type) => type switch
    {
        4 => "Tunnel Encapsulation Limit: Invalid length",
        5 => "Router alert: Invalid Length",
        7 => "CALIPSO: Invalid Length",
        0x0f => "PDM: Invalid length",
        0x26 => "Quick-Start: Invalid Length",
        0x30 => "PMTU Option: Invalid Length",
        0x41 => "TPF: Invalid Length",
        0x63 => "RPL Option: Invalid length",
        0xc2 => "Jumbo Payload: Invalid length",
        0xc9 => "Home Address: Invalid length",
        _ => "IPv6 DFF: Invalid length",
    };

    // Fixed parts are read whatever the length says: what it is wrong about is said above. Gives the octets that were read.
    private static int ReadData(ref Dissection dissection, int header, int line, int offset, byte type, int length)
    {
        switch (type)
        {
            case 1:
                dissection.Part(Ipv6Fields.Padding, offset, length);
                if (length == 0)
                    dissection.Fields.Say($"{Ipv6Fields.Padding.Label}: <none>");
                return length;
            case 4:
                dissection.Number(Fields.EncapsulationLimit, offset, 1);
                return 1;
            case 5:
                dissection.Number(Ipv6Fields.RouterAlert, offset, 2);
                return 2;
            case 7:
                return ReadCalipso(ref dissection, offset, length);
            case 8:
                return ReadDuplicateDetection(ref dissection, offset, length);
            case 0x0f:
                ReadMetrics(ref dissection, offset);
                return 10;
            case 0x26:
                return Fields.QuickStart.Read(ref dissection, line, offset, 6, dissection.U8(header + 7), saysFunction: false);
            case 0x30:
                ReadMtu(ref dissection, offset);
                return 4;
            case 0x31: // what nodes on the way note is not read
                return 0;
            case 0x41:
                dissection.Number(Fields.TunnelForwarding, offset, 4);
                return 4;
            case 0x63:
                ReadRpl(ref dissection, offset);
                return 4;
            case 0x6d:
                return ReadMpl(ref dissection, line, offset);
            case 0x8b:
                dissection.Part(Fields.LocatorNonce, offset, length);
                return length;
            case 0x8c:
                dissection.Number(Fields.LineIdLength, offset, 1);
                dissection.Part(Fields.LineId, offset + 1, dissection.U8(offset));
                return 1 + dissection.U8(offset);
            case 0xc2:
                ReadJumbo(ref dissection, header, line, offset);
                return 4;
            case 0xc9:
                dissection.Part(Fields.HomeAddress, offset, 16);
                Ipv6Dissector.HeedHome(ref dissection, header, offset);
                return 16;
            case 0xee:
                ReadDff(ref dissection, offset);
                return 3;
            case 0x1e or 0x3e or 0x5e or 0x7e or 0x9e or 0xbe or 0xde or 0xfe:
                dissection.Part(Fields.Experimental, offset, length);
                return length;
            default:
                dissection.Part(Fields.Unknown, offset, length);
                dissection.Remark(Fields.UnknownData, offset);
                return length;
        }
    }

    // Source: RFC 2675, sections 2 and 3.
    private static void ReadJumbo(ref Dissection dissection, int header, int line, int offset)
    {
        ulong size = dissection.Number(Ipv6Fields.Jumbo, offset, 4);
        if (size <= ushort.MaxValue && dissection.Need(offset, 4))
            dissection.Remark(Fields.JumboTruncated, offset);
        if (dissection.U16(header + 4) == 0)
            return;
        if (line >= 0)
            dissection.Fields.RemarkOf(line, Fields.JumboProhibited, offset, $"{Fields.JumboProhibited.Label}");
        else
            dissection.Remark(Fields.JumboProhibited, offset);
    }

    // Source: RFC 9268, section 5.
    private static void ReadMtu(ref Dissection dissection, int offset)
    {
        dissection.Number(Fields.LeastMtu, offset, 2);
        if (!dissection.Need(offset + 2, 2))
            return;
        ushort returned = dissection.U16(offset + 2);
        dissection.Fields.Add(Fields.ReturnedMtu, returned & 0xfffeu, offset + 2, 2);
        dissection.Fields.Add(Fields.ReturnsMtu, returned & 1u, offset + 3, 1);
    }

    // Source: RFC 5570, section 5.1.
    private static int ReadCalipso(ref Dissection dissection, int offset, int length)
    {
        dissection.Number(Fields.CalipsoDomain, offset, 4);
        int bitmap = (byte)dissection.Number(Fields.CalipsoLength, offset + 4, 1) * 4;
        dissection.Number(Fields.CalipsoLevel, offset + 5, 1);
        dissection.Number(Fields.CalipsoChecksum, offset + 6, 2);
        dissection.Part(Fields.CalipsoBitmap, offset + 8, bitmap);
        return Math.Min(length, 8 + bitmap);
    }

    // Source: RFC 6621, section 6.1.
    private static int ReadDuplicateDetection(ref Dissection dissection, int offset, int length)
    {
        byte first = dissection.U8(offset);
        dissection.Bits(Fields.IsHash, offset, 1);
        if ((first & 0x80) != 0)
        {
            dissection.Part(Fields.HashAssist, offset, length);
            return length;
        }

        dissection.Bits(Fields.TaggerType, offset, 1);
        dissection.Bits(Fields.TaggerLength, offset, 1);
        int used = 1;
        if ((first & 0x70) != 0)
        {
            int tagger = (first & 0x0f) + 1;
            dissection.Part(Fields.TaggerId, offset + 1, tagger);
            used += tagger;
        }

        if (used < length)
            dissection.Part(Fields.DuplicateId, offset + used, length - used);
        return Math.Max(used, length);
    }

    // Source: RFC 8250, section 3.2.
    private static void ReadMetrics(ref Dissection dissection, int offset)
    {
        dissection.Number(Fields.ReceivedScale, offset, 1);
        dissection.Number(Fields.SentScale, offset + 1, 1);
        dissection.Number(Fields.ThisPacket, offset + 2, 2);
        dissection.Number(Fields.LastReceived, offset + 4, 2);
        dissection.Number(Fields.ReceivedDelta, offset + 6, 2);
        dissection.Number(Fields.SentDelta, offset + 8, 2);
    }

    // Source: RFC 6553, section 3.
    private static void ReadRpl(ref Dissection dissection, int offset)
    {
        byte flags = (byte)dissection.Number(Fields.RplFlags, offset, 1);
        foreach (Field flag in Fields.RplFlagFields)
        {
            if ((flags & flag.Mask) != 0)
                dissection.Fields.SayMore($", {flag.Label}");
        }

        foreach (Field flag in Fields.RplFlagFields)
            dissection.Bits(flag, offset, 1);
        dissection.Bits(Fields.RplReserved, offset, 1);
        dissection.Number(Fields.RplInstance, offset + 1, 1);
        dissection.Number(Fields.RplRank, offset + 2, 2);
    }

    // Source: RFC 7731, section 6.1.
    private static int ReadMpl(ref Dissection dissection, int line, int offset)
    {
        byte flags = (byte)dissection.Number(Fields.MplFlags, offset, 1);
        dissection.Fields.SayMore($", {Fields.MplSeedLength.Label}: {Fields.MplSeedLength.ValueNames![(ulong)flags >> 6]}");
        dissection.Fields.SayMore($"{((flags & 0x20) != 0 ? $", {Fields.MplIsLargest.Label}" : "")}{((flags & 0x10) != 0 ? $", {Fields.MplVersion.Label}" : "")}");
        dissection.Bits(Fields.MplSeedLength, offset, 1);
        dissection.Bits(Fields.MplIsLargest, offset, 1);
        dissection.Bits(Fields.MplVersion, offset, 1);
        dissection.Bits(Fields.MplReserved, offset, 1);
        dissection.Number(Fields.MplSequence, offset + 1, 1);
        int seed = (flags >> 6) switch { 0 => 0, 1 => 2, 2 => 8, _ => 16 };
        if (seed > 0)
            dissection.Part(Fields.MplSeed, offset + 2, seed);
        else if (line >= 0)
            dissection.Fields.RemarkOf(line, Fields.SeedIsSource, offset, $"{Fields.SeedIsSource.Label}");
        else
            dissection.Remark(Fields.SeedIsSource, offset);
        return 2 + seed;
    }

    // Source: RFC 6971, section 9.
    private static void ReadDff(ref Dissection dissection, int offset)
    {
        byte flags = (byte)dissection.Number(Fields.DffFlags, offset, 1);
        dissection.Fields.SayMore($"{((flags & 0x20) != 0 ? $", {Fields.DffIsDuplicate.Label}" : "")}{((flags & 0x10) != 0 ? $", {Fields.DffReturns.Label}" : "")}");
        dissection.Bits(Fields.DffVersion, offset, 1);
        dissection.Bits(Fields.DffIsDuplicate, offset, 1);
        dissection.Bits(Fields.DffReturns, offset, 1);
        dissection.Bits(Fields.DffReserved, offset, 1);
        dissection.Number(Fields.DffSequence, offset + 1, 2);
        if (dissection.Need(offset + 1, 2))
            dissection.Fields.SayMore($" (0x{dissection.U16(offset + 1):x4})");
    }
}
