using System.Globalization;
using NetWhy.Analysis.Fields;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>The data of records of DNS, but for the most common ones. Sources: those of <see cref="DnsRecordFields"/>.</summary>
/// <remarks>As in Wireshark, what lies behind the data of a record is read too where a part says that it is longer: only the message bounds it.</remarks>
internal static class DnsRecordDissector
{
    private const int KeyHead = 4; // flags, protocol, algorithm
    private const byte RsaMd5 = 1;

    /// <summary>Reads the data of a record.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message is.</param>
    /// <param name="type">The type of the record.</param>
    /// <param name="at">Where its data begins.</param>
    /// <param name="size">How long the record says that it is.</param>
    /// <param name="record">The place of its line in the tree; -1 if there is none.</param>
    /// <returns>False where the message ends before.</returns>
    internal static bool Read(ref Dissection dissection, DnsExtent message, ushort type, int at, int size, int record)
    {
        int end = at + size;
        if (DnsRecordFields.Layouts.TryGetValue(type, out DnsLayout? layout))
            return ReadLayout(ref dissection, message, layout, ref at, end) && (type != 35 || ReadReplacement(ref dissection, message, at));
        return type switch
        {
            11 => ReadServices(ref dissection, message, at, end),
            16 => message.ReadTexts(ref dissection, DnsDissector.TextLength, DnsDissector.Text, at, end),
            20 => ReadIsdn(ref dissection, message, at, end),
            25 => ReadKey(ref dissection, message, at, end),
            29 => ReadLocation(ref dissection, message, at, end),
            30 => ReadLayout(ref dissection, message, DnsRecordFields.Next, ref at, end) && ReadPlainTypes(ref dissection, message, at, end),
            38 => ReadA6(ref dissection, message, at),
            42 => ReadPrefixes(ref dissection, message, at, end),
            45 => ReadGateway(ref dissection, message, at, end),
            48 or 60 => ReadDnskey(ref dissection, message, at, end),
            50 => ReadHash(ref dissection, message, ref at, withFlags: true) && ReadHashedOwner(ref dissection, message, at, end),
            51 => ReadHash(ref dissection, message, ref at, withFlags: false),
            55 => ReadHostIdentity(ref dissection, message, at, end),
            62 => ReadSynchronization(ref dissection, message, at, end),
            63 => ReadZoneDigest(ref dissection, message, at, end),
            64 or 65 => DnsServiceDissector.Read(ref dissection, message, at, end),
            99 => message.ReadTexts(ref dissection, DnsRecordFields.SpfLength, DnsRecordFields.Spf, at, end),
            250 => ReadTransactionSignature(ref dissection, message, at),
            257 => ReadAuthorization(ref dissection, message, at, end),
            65281 => ReadWins(ref dissection, message, at),
            65422 => ReadForwarded(ref dissection, message, at),
            _ => ReadUnknown(ref dissection, message, type, at, size, record),
        };
    }

    private static bool ReadUnknown(ref Dissection dissection, DnsExtent message, ushort type, int at, int size, int record)
    {
        if (!message.Has(ref dissection, at, size))
            return false;
        dissection.Fields.RemarkOf(
            record, DnsRecordFields.Undecoded, at,
            $"Dissector for DNS Type ({type}) code not implemented, Contact Wireshark developers if you want this supported");
        dissection.Part(DnsRecordFields.Data, at, size);
        return true;
    }

    private static bool ReadLayout(ref Dissection dissection, DnsExtent message, DnsLayout layout, ref int at, int end)
    {
        if (layout.IsWhole)
        {
            int trial = at;
            foreach (DnsPart part in layout.Parts)
            {
                if (!Skip(ref dissection, message, part, ref trial))
                    return false;
            }
        }

        foreach (DnsPart part in layout.Parts)
        {
            if (!ReadPart(ref dissection, message, part, ref at, end))
                return false;
        }

        return true;
    }

    private static bool Skip(ref Dissection dissection, DnsExtent message, DnsPart part, ref int at)
    {
        if (part.Kind == DnsPartKind.Name)
            return message.TrySkipName(ref dissection, ref at);
        int length = part.Kind == DnsPartKind.CountedText && message.Has(ref dissection, at, 1) ? 1 + dissection.U8(at) : Math.Max(1, part.Length);
        if (!message.Has(ref dissection, at, length))
            return false;
        at += length;
        return true;
    }

    private static bool ReadPart(ref Dissection dissection, DnsExtent message, DnsPart part, ref int at, int end)
    {
        switch (part.Kind)
        {
            case DnsPartKind.Name:
                return message.ReadName(ref dissection, part.Field, ref at);
            case DnsPartKind.Rest:
                return ReadRest(ref dissection, message, part.Field, at, end);
            case DnsPartKind.CountedText:
                return message.ReadNumber(ref dissection, part.Count!, ref at, 1) && message.ReadText(ref dissection, part.Field, ref at, dissection.U8(at - 1));
            case DnsPartKind.CountedOctets:
                if (!message.ReadNumber(ref dissection, part.Count!, ref at, 2))
                    return false;
                int length = dissection.U16(at - 2);
                return length == 0 || message.ReadOctets(ref dissection, part.Field, ref at, length);
            case DnsPartKind.Types:
                return ReadTypes(ref dissection, message, at, end);
            case DnsPartKind.Octets:
                if (!message.ReadOctets(ref dissection, part.Field, ref at, part.Length))
                    return false;
                if (part.Length == 8 && part.Field.Kind == FieldKind.EthernetAddress) // Wireshark gives the name of such an address too
                    dissection.Fields.SayMore($" ({dissection.Octets.Slice(at - part.Length, part.Length):mac})");
                return true;
            case DnsPartKind.Time:
                if (!message.Has(ref dissection, at, part.Length))
                    return false;
                dissection.Fields.Add(part.Field, (ulong)dissection.U32(at) * DnsExtent.Second, at, part.Length);
                at += part.Length;
                return true;
            case DnsPartKind.Seconds:
                if (!message.Has(ref dissection, at, part.Length))
                    return false;
                DnsDissector.AddSeconds(ref dissection, part.Field, at);
                at += part.Length;
                return true;
            default:
                return message.ReadNumber(ref dissection, part.Field, ref at, part.Length);
        }
    }

    // Where the parts before took one octet more than the record has, Wireshark takes all that is left of the message.
    private static bool ReadRest(ref Dissection dissection, DnsExtent message, Field field, int at, int end)
    {
        int length = end - at == -1 ? message.End - at : end - at;
        if (length < 0 || !message.Has(ref dissection, at, length))
            return DnsExtent.Fail(ref dissection);
        dissection.Part(field, at, length);
        return true;
    }

    private static bool ReadReplacement(ref Dissection dissection, DnsExtent message, int at)
    {
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        if (!message.TryName(dissection, ref at, room, out ReadOnlySpan<byte> name))
            return DnsExtent.Fail(ref dissection);
        dissection.Fields.Add(DnsRecordFields.ReplacementLength, (ulong)name.Length, at, 0);
        dissection.Fields.AddMade(DnsRecordFields.Replacement, name);
        return true;
    }

    private static bool ReadServices(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        int start = at;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.WksAddress, ref at, 4) || !message.ReadNumber(ref dissection, DnsRecordFields.WksProtocol, ref at, 1))
            return false;
        if (end - start < 5) // a length that is no length: all of the message
            end = message.End + 1;
        for (int port = 0; at < end; at++, port += 8)
        {
            if (!message.Has(ref dissection, at, 1))
                return false;
            byte bits = dissection.U8(at);
            if (bits == 0)
                continue;
            dissection.Fields.Add(DnsRecordFields.WksBits, bits, at, 1);
            bool isFirst = true;
            dissection.Fields.SayMore($" (");
            for (int bit = 0; bit < 8; bit++)
            {
                if ((bits & (0x80 >> bit)) == 0)
                    continue;
                dissection.Fields.SayMore($"{(isFirst ? "" : ", ")}{port + bit}");
                isFirst = false;
            }

            dissection.Fields.SayMore($")");
        }

        return true;
    }

    private static bool ReadIsdn(ref Dissection dissection, DnsExtent message, int at, int end) =>
        message.ReadNumber(ref dissection, DnsRecordFields.IsdnLength, ref at, 1)
            && message.ReadText(ref dissection, DnsRecordFields.IsdnAddress, ref at, dissection.U8(at - 1))
            && (at >= end
                || (message.ReadNumber(ref dissection, DnsRecordFields.IsdnSubLength, ref at, 1)
                    && message.ReadText(ref dissection, DnsRecordFields.IsdnSubAddress, ref at, dissection.U8(at - 1))));

    private static void AddBits(ref Dissection dissection, scoped ReadOnlySpan<Field> bits, int at, int length)
    {
        dissection.Fields.Depth++;
        foreach (Field bit in bits)
            dissection.Bits(bit, at, length);
        dissection.Fields.Depth--;
    }

    private static bool ReadKey(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        const int NoKey = 0xc000;
        int start = at;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.KeyFlags, ref at, 2))
            return false;
        AddBits(ref dissection, DnsRecordFields.KeyUseBits, start, 2);
        if ((dissection.U16(start) & NoKey) != NoKey)
            AddBits(ref dissection, DnsRecordFields.KeyBits, start, 2);
        if (!message.ReadNumber(ref dissection, DnsRecordFields.KeyProtocol, ref at, 1) || !message.ReadNumber(ref dissection, DnsRecordFields.KeyAlgorithm, ref at, 1)
            || !AddKeyTag(ref dissection, message, DnsRecordFields.KeyId, start, end - start))
        {
            return false;
        }

        return at == end || ReadRest(ref dissection, message, DnsRecordFields.KeyPublicKey, at, end);
    }

    private static bool ReadDnskey(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        int start = at;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.DnskeyFlags, ref at, 2))
            return false;
        AddBits(ref dissection, DnsRecordFields.DnskeyBits, start, 2);
        return message.ReadNumber(ref dissection, DnsRecordFields.DnskeyProtocol, ref at, 1)
            && message.ReadNumber(ref dissection, DnsRecordFields.DnskeyAlgorithm, ref at, 1)
            && AddKeyTag(ref dissection, message, DnsRecordFields.DnskeyId, start, end - start)
            && ReadRest(ref dissection, message, DnsRecordFields.DnskeyPublicKey, at, end);
    }

    private static bool AddKeyTag(ref Dissection dissection, DnsExtent message, Field field, int start, int size)
    {
        if (size < KeyHead)
        {
            dissection.Fields.Add(DnsRecordFields.KeyTooShort, 1, start, 0);
            dissection.Fields.RemarkOf(dissection.Fields.Last, DnsRecordFields.KeyTooShort, start, $"{DnsRecordFields.KeyTooShort.Label}");
            return true;
        }

        if (!message.Has(ref dissection, start, size))
            return false;
        if (!dissection.Fields.IsWanted(field))
            return true;
        ReadOnlySpan<byte> key = dissection.Octets.Slice(start, size);
        bool isByEnd = key[KeyHead - 1] == RsaMd5; // also of a key that is too short to have one
        dissection.Fields.Add(field, isByEnd ? (ulong)((key[^3] << 8) | key[^2]) : DnsKeyTag.Of(key), start, 0);
        return true;
    }

    private static bool ReadLocation(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        if (!message.Has(ref dissection, at, 1))
            return false;
        dissection.Number(DnsRecordFields.LocVersion, at, 1);
        if (dissection.U8(at) != 0)
            return ReadRest(ref dissection, message, DnsRecordFields.LocUnknown, at, end);
        at++;
        foreach (Field size in DnsRecordFields.LocSizes)
        {
            if (!message.ReadNumber(ref dissection, size, ref at, 1))
                return false;
            byte value = dissection.U8(at - 1);
            if (dissection.Fields.AreTextsWanted)
                dissection.Fields.SayMore($" ({InMetres((value >> 4) * Math.Pow(10, value & 0xf))} m)");
        }

        if (!message.ReadNumber(ref dissection, DnsRecordFields.LocLatitude, ref at, 4))
            return false;
        SayAngle(ref dissection, dissection.U32(at - 4), 'N', 'S');
        if (!message.ReadNumber(ref dissection, DnsRecordFields.LocLongitude, ref at, 4))
            return false;
        SayAngle(ref dissection, dissection.U32(at - 4), 'E', 'W');
        if (!message.ReadNumber(ref dissection, DnsRecordFields.LocAltitude, ref at, 4))
            return false;
        const int Zero = 10_000_000; // centimetres below the reference
        if (dissection.Fields.AreTextsWanted)
            dissection.Fields.SayMore($" ({InMetres(unchecked((int)dissection.U32(at - 4) - Zero))} m)");
        return true;
    }

    private static string InMetres(double centimetres) => (centimetres / 100).ToString("g6", CultureInfo.InvariantCulture);

    private static void SayAngle(ref Dissection dissection, uint value, char positive, char negative)
    {
        const uint Zero = 1U << 31;
        const uint Minute = 60_000; // thousandths of a second of arc
        uint angle = value >= Zero ? value - Zero : Zero - value;
        uint minutes = angle / Minute;
        if (minutes / 60 > 180)
            dissection.Fields.SayMore($" (Value out of range)");
        else
            dissection.Fields.SayMore($" ({minutes / 60} deg {minutes % 60} min {angle % Minute / 1000}.{angle % 1000:D3} sec {(value >= Zero ? positive : negative)})");
    }

    private static void AddType(ref Dissection dissection, int type, int at)
    {
        dissection.Fields.Add(DnsDissector.RecordType, (ulong)type, at, 1);
        dissection.Fields.Say($"RR type in bit map: {ValueNames.DnsType.GetValueOrDefault((ulong)type) ?? $"Unknown ({type})"}");
    }

    private static void AddTypes(ref Dissection dissection, int first, int at)
    {
        byte bits = dissection.U8(at);
        for (int bit = 0; bit < 8; bit++)
        {
            if ((bits & (0x80 >> bit)) != 0)
                AddType(ref dissection, first + bit, at);
        }
    }

    // Blocks of 256 types, each with its number and the octets that it has.
    private static bool ReadTypes(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        while (at < end)
        {
            if (!message.Has(ref dissection, at, 2))
                return false;
            int type = dissection.U8(at) << 8;
            int count = dissection.U8(at + 1);
            at += 2;
            for (; count > 0; count--, type += 8)
            {
                if (!message.Has(ref dissection, at, 1))
                    return false;
                AddTypes(ref dissection, type, at++);
            }
        }

        return true;
    }

    private static bool ReadPlainTypes(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        for (int type = 0; at < end; type += 8)
        {
            if (!message.Has(ref dissection, at, 1))
                return false;
            AddTypes(ref dissection, type, at++);
        }

        return true;
    }

    private static bool ReadA6(ref Dissection dissection, DnsExtent message, int at)
    {
        const int AddressLength = 16;
        if (!message.Has(ref dissection, at, 1))
            return false;
        int prefix = dissection.U8(at);
        int used = Math.Max(0, (128 - prefix + 7) / 8);
        int name = at + 1 + used;
        if (!message.Has(ref dissection, at, 1 + used) || (prefix > 0 && !message.TrySkipName(ref dissection, ref name)))
            return false;
        dissection.Number(DnsRecordFields.A6PrefixLength, at, 1);
        if (used > 0)
        {
            Span<byte> address = stackalloc byte[AddressLength];
            address.Clear();
            dissection.Octets.Slice(at + 1, used).CopyTo(address[(AddressLength - used)..]);
            dissection.Fields.AddMade(DnsRecordFields.A6Suffix, address);
        }

        at += 1 + used;
        return prefix == 0 || message.ReadName(ref dissection, DnsRecordFields.A6PrefixName, ref at);
    }

    private static bool ReadPrefixes(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        const int HeadLength = 4;
        while (end - at > 1)
        {
            if (!message.ReadNumber(ref dissection, DnsRecordFields.AplFamily, ref at, 2) || !message.ReadNumber(ref dissection, DnsRecordFields.AplPrefix, ref at, 1)
                || !message.Has(ref dissection, at, 1))
            {
                return false;
            }

            dissection.Bits(DnsRecordFields.AplNegation, at, 1);
            dissection.Bits(DnsRecordFields.AplLength, at, 1);
            int length = dissection.U8(at++) & 0x7f;
            if (!message.Has(ref dissection, at, length))
                return false;
            AddPrefix(ref dissection, dissection.U16(at - HeadLength), at, length, DnsRecordFields.AplIpv4, DnsRecordFields.AplIpv6, DnsRecordFields.AplData);
            at += length;
        }

        return true;
    }

    /// <summary>Adds the first part of an address; what is left out is 0.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="family">The family of the address.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="length">How much there is, and was captured.</param>
    /// <param name="ipv4">The field of IPv4.</param>
    /// <param name="ipv6">The field of IPv6.</param>
    /// <param name="other">The field of other families.</param>
    internal static void AddPrefix(ref Dissection dissection, int family, int at, int length, Field ipv4, Field ipv6, Field other)
    {
        const int LongestAddress = 16;
        if (family is not (1 or 2))
        {
            dissection.Part(other, at, length);
            return;
        }

        Span<byte> address = stackalloc byte[LongestAddress];
        address.Clear();
        dissection.Octets.Slice(at, Math.Min(length, family == 1 ? 4 : LongestAddress)).CopyTo(address);
        if (family == 1)
            dissection.Fields.Add(ipv4, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address), at, length);
        else
            dissection.Fields.AddMade(ipv6, address);
    }

    private static bool ReadGateway(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.GatewayPrecedence, ref at, 1) || !message.ReadNumber(ref dissection, DnsRecordFields.GatewayType, ref at, 1)
            || !message.ReadNumber(ref dissection, DnsRecordFields.GatewayAlgorithm, ref at, 1))
        {
            return false;
        }

        bool isRead = dissection.U8(at - 2) switch
        {
            1 => message.ReadNumber(ref dissection, DnsRecordFields.GatewayIpv4, ref at, 4),
            2 => message.ReadOctets(ref dissection, DnsRecordFields.GatewayIpv6, ref at, 16),
            3 => message.ReadName(ref dissection, DnsRecordFields.GatewayName, ref at),
            _ => true,
        };
        return isRead && (at == end || ReadRest(ref dissection, message, DnsRecordFields.GatewayKey, at, end));
    }

    private static bool ReadHash(ref Dissection dissection, DnsExtent message, ref int at, bool withFlags)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.HashAlgorithm, ref at, 1) || !message.ReadNumber(ref dissection, DnsRecordFields.HashFlags, ref at, 1))
            return false;
        if (withFlags)
            AddBits(ref dissection, [DnsRecordFields.HashOptOut], at - 1, 1);
        return message.ReadNumber(ref dissection, DnsRecordFields.HashIterations, ref at, 2)
            && message.ReadNumber(ref dissection, DnsRecordFields.SaltLength, ref at, 1)
            && message.ReadOctets(ref dissection, DnsRecordFields.Salt, ref at, dissection.U8(at - 1));
    }

    private static bool ReadHashedOwner(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        const int Longest = 408; // 255 octets in base 32
        if (!message.ReadNumber(ref dissection, DnsRecordFields.HashLength, ref at, 1))
            return false;
        int length = dissection.U8(at - 1);
        if (!message.Has(ref dissection, at, length))
            return false;
        if (dissection.Fields.IsWanted(DnsRecordFields.Hash))
        {
            Span<byte> text = stackalloc byte[Longest];
            dissection.Fields.AddMade(DnsRecordFields.Hash, text[..InBase32(dissection.Octets.Slice(at, length), text)]);
        }

        return ReadTypes(ref dissection, message, at + length, end);
    }

    // RFC 4648, section 7, in small letters and without padding.
    private static int InBase32(ReadOnlySpan<byte> octets, Span<byte> text)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdefghijklmnopqrstuv"u8;
        int written = 0;
        for (int bit = 0; bit < octets.Length * 8; bit += 5)
        {
            int pair = (octets[bit / 8] << 8) | (bit / 8 + 1 < octets.Length ? octets[(bit / 8) + 1] : 0);
            text[written++] = digits[(pair >> (11 - (bit % 8))) & 0x1f];
        }

        return written;
    }

    private static bool ReadHostIdentity(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        int start = at;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.HipLength, ref at, 1) || !message.ReadNumber(ref dissection, DnsRecordFields.HipAlgorithm, ref at, 1)
            || !message.ReadNumber(ref dissection, DnsRecordFields.HipKeyLength, ref at, 2) || !message.ReadOctets(ref dissection, DnsRecordFields.HipTag, ref at, dissection.U8(start))
            || !message.ReadOctets(ref dissection, DnsRecordFields.HipKey, ref at, dissection.U16(start + 2)))
        {
            return false;
        }

        while (end - at > 1)
        {
            if (!message.ReadName(ref dissection, DnsRecordFields.HipServer, ref at))
                return false;
        }

        return true;
    }

    private static bool ReadSynchronization(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.SyncSerial, ref at, 4) || !message.ReadNumber(ref dissection, DnsRecordFields.SyncFlags, ref at, 2))
            return false;
        AddBits(ref dissection, DnsRecordFields.SyncBits, at - 2, 2);
        return ReadRest(ref dissection, message, DnsRecordFields.SyncTypes, at, end) && ReadTypes(ref dissection, message, at, end);
    }

    private static bool ReadZoneDigest(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.ZoneSerial, ref at, 4) || !message.ReadNumber(ref dissection, DnsRecordFields.ZoneScheme, ref at, 1))
            return false;
        SayDigest(ref dissection, DnsRecordFields.ZoneScheme, at - 1);
        if (!message.ReadNumber(ref dissection, DnsRecordFields.ZoneHash, ref at, 1))
            return false;
        SayDigest(ref dissection, DnsRecordFields.ZoneHash, at - 1);
        return ReadRest(ref dissection, message, DnsRecordFields.ZoneDigest, at, end);
    }

    private static void SayDigest(ref Dissection dissection, Field field, int at)
    {
        byte number = dissection.U8(at);
        dissection.Fields.Say($"{field.Label}: {DnsNames.NameOfDigest(field.ValueNames!, number)} ({number})");
    }

    private static bool ReadTransactionSignature(ref Dissection dissection, DnsExtent message, int at)
    {
        const int TimeLength = 6;
        const ulong LastSecond = (ulong)long.MaxValue / DnsExtent.Second; // that fits a time here: year 2262
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        if (!message.TryName(dissection, ref at, room, out ReadOnlySpan<byte> algorithm))
            return DnsExtent.Fail(ref dissection);
        dissection.Fields.AddMade(DnsRecordFields.TsigAlgorithm, algorithm);
        if (!message.Has(ref dissection, at, TimeLength))
            return false;
        ulong seconds = dissection.Integer(at, TimeLength);
        if (seconds <= LastSecond)
            dissection.Fields.Add(DnsRecordFields.TsigTime, seconds * DnsExtent.Second, at, TimeLength);
        if (seconds is > uint.MaxValue and <= LastSecond)
            dissection.Fields.SayMore($" (high bits set)");
        at += TimeLength;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.TsigFudge, ref at, 2) || !message.ReadNumber(ref dissection, DnsRecordFields.TsigSize, ref at, 2))
            return false;
        int size = dissection.U16(at - 2);
        if (size != 0)
        {
            dissection.Fields.Add(DnsRecordFields.TsigMac, 0, at, dissection.Captured(at, size));
            dissection.Fields.RemarkOf(dissection.Fields.Last, DnsRecordFields.TsigUnread, at, $"{DnsRecordFields.TsigUnread.Label}:{algorithm}");
            if (!message.Has(ref dissection, at, size))
                return false;
            at += size;
        }

        if (!message.ReadNumber(ref dissection, DnsRecordFields.TsigId, ref at, 2) || !message.ReadNumber(ref dissection, DnsRecordFields.TsigError, ref at, 2)
            || !message.ReadNumber(ref dissection, DnsRecordFields.TsigOtherLength, ref at, 2))
        {
            return false;
        }

        int other = dissection.U16(at - 2);
        return other == 0 || message.ReadOctets(ref dissection, DnsRecordFields.TsigOther, ref at, other);
    }

    // RFC 8659.
    private static bool ReadAuthorization(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.CaaFlags, ref at, 1))
            return false;
        AddBits(ref dissection, [DnsRecordFields.CaaCritical], at - 1, 1);
        if (!message.Has(ref dissection, at, 1))
            return false;
        int tag = dissection.U8(at);
        int value = end - at - 1 - tag;
        if (value < 0 || !message.Has(ref dissection, at + 1, tag + value))
            return DnsExtent.Fail(ref dissection);
        ReadOnlySpan<byte> name = dissection.Octets.Slice(at + 1, tag);
        Field field = name.SequenceEqual("issue"u8) ? DnsRecordFields.CaaIssue
            : name.SequenceEqual("issuewild"u8) ? DnsRecordFields.CaaIssueWild
            : name.SequenceEqual("iodef"u8) ? DnsRecordFields.CaaReport
            : DnsRecordFields.CaaUnknown;
        int data = at + 1 + tag;
        _ = message.ReadText(ref dissection, field, ref data, value);
        dissection.Fields.Depth++;
        _ = message.ReadNumber(ref dissection, DnsRecordFields.CaaTagLength, ref at, 1)
            && message.ReadText(ref dissection, DnsRecordFields.CaaTag, ref at, tag)
            && message.ReadText(ref dissection, DnsRecordFields.CaaValue, ref at, value);
        dissection.Fields.Depth--;
        return true;
    }

    private static bool ReadWins(ref Dissection dissection, DnsExtent message, int at)
    {
        if (!message.Has(ref dissection, at, 4))
            return false;
        dissection.Bits(DnsRecordFields.WinsLocal, at, 4);
        at += 4;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.WinsLookup, ref at, 4) || !message.ReadNumber(ref dissection, DnsRecordFields.WinsCache, ref at, 4)
            || !message.ReadNumber(ref dissection, DnsRecordFields.WinsCount, ref at, 4))
        {
            return false;
        }

        for (uint count = dissection.U32(at - 4); count > 0; count--)
        {
            if (!message.ReadNumber(ref dissection, DnsRecordFields.WinsServer, ref at, 4))
                return false;
        }

        return true;
    }

    // Where a query came from that a proxy forwarded: draft-bellis-dnsop-xpf.
    private static bool ReadForwarded(ref Dissection dissection, DnsExtent message, int at)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.XpfVersion, ref at, 1))
            return false;
        byte version = dissection.U8(at - 1);
        if (version is not (4 or 6))
            return true;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.XpfProtocol, ref at, 1))
            return false;
        foreach (Field address in version == 4 ? DnsRecordFields.XpfIpv4 : DnsRecordFields.XpfIpv6)
        {
            if (version == 4 ? !message.ReadNumber(ref dissection, address, ref at, 4) : !message.ReadOctets(ref dissection, address, ref at, 16))
                return false;
        }

        foreach (Field port in DnsRecordFields.XpfPorts)
        {
            if (!message.ReadNumber(ref dissection, port, ref at, 2))
                return false;
        }

        return true;
    }
}
