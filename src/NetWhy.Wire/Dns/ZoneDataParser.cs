using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Text;

namespace NetWhy.Wire.Dns;

/// <summary>Reads the data of a record as zone files have it, field after field; what is wrong is told to the tokenizer.</summary>
internal static class ZoneDataParser
{
    private const int LongestMnemonic = 16;
    private const ushort NoKey = 0xc000; // RFC 2535, section 3.1.2: both bits say that there is no key

    /// <summary>Reads the data and the end of its line.</summary>
    internal static bool TryRead(ZoneFileTokenizer tokens, DnsRecordType type, DnsClass number, ReadOnlySpan<byte> origin, scoped ref DnsBufferWriter writer)
    {
        ReadOnlySpan<DnsDataField> fields = DnsDataFields.Of(type, number);
        ZoneFileToken first = tokens.Next();
        if (first.Kind is ZoneFileTokenKind.Word && tokens.TextOf(first).SequenceEqual("\\#"u8))
            return TryReadUnknown(tokens, type, number, ref writer);

        tokens.PushBack(first);
        if (fields.IsEmpty)
            return tokens.Fail(first, "expected \\# and the octets of a type without a form of its own");

        foreach (DnsDataField field in fields)
        {
            if (field is DnsDataField.IfMore)
            {
                ZoneFileToken next = tokens.Next();
                tokens.PushBack(next);
                if (next.IsEnd)
                    break;
            }
            else if (!TryReadField(tokens, field, type, origin, ref writer))
            {
                return false;
            }
        }

        return TryReadEnd(tokens);
    }

    internal static bool TryReadEnd(ZoneFileTokenizer tokens)
    {
        ZoneFileToken token = tokens.Next();
        tokens.PushBack(token);
        return token.IsEnd || tokens.Fail(token, "expected the end of the line");
    }

    internal static bool TryReadName(ZoneFileTokenizer tokens, ZoneFileToken token, ReadOnlySpan<byte> origin, Span<byte> destination, out int length)
    {
        length = 0;
        if (token.Kind is not ZoneFileTokenKind.Word)
            return tokens.Fail(token, "expected a name");

        ReadOnlySpan<byte> text = tokens.TextOf(token);
        if (text.SequenceEqual("@"u8))
        {
            origin.CopyTo(destination);
            length = origin.Length;
            return true;
        }

        return DnsName.Encode(text, origin, destination, out length) is OperationStatus.Done
            || tokens.Fail(token, "expected a name of at most 255 octets with labels of 1 to 63");
    }

    internal static bool TryReadType(ReadOnlySpan<byte> text, out DnsRecordType type)
    {
        Span<char> characters = stackalloc char[LongestMnemonic];
        type = default;
        return text.Length <= LongestMnemonic && DnsMnemonics.TryParseType(characters[..Encoding.Latin1.GetChars(text, characters)], out type);
    }

    internal static bool TryReadClass(ReadOnlySpan<byte> text, out DnsClass number)
    {
        Span<char> characters = stackalloc char[LongestMnemonic];
        number = default;
        return text.Length <= LongestMnemonic && DnsMnemonics.TryParseClass(characters[..Encoding.Latin1.GetChars(text, characters)], out number);
    }

    /// <summary>Takes a word or a string.</summary>
    internal static bool TryTake(ZoneFileTokenizer tokens, string expected, out ZoneFileToken token)
    {
        token = tokens.Next();
        return token.Kind is ZoneFileTokenKind.Word or ZoneFileTokenKind.Quoted || tokens.Fail(token, expected);
    }

    internal static bool TryReadNumber(ZoneFileTokenizer tokens, ulong most, out ulong number)
    {
        number = 0;
        return TryTake(tokens, "expected a number", out ZoneFileToken token) && TryParseNumber(tokens, token, most, out number);
    }

    internal static bool TryParseNumber(ZoneFileTokenizer tokens, ZoneFileToken token, ulong most, out ulong number)
    {
        ReadOnlySpan<byte> text = tokens.TextOf(token);
        number = 0;
        return (text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && ulong.TryParse(text, out number) && number <= most)
            || tokens.Fail(token, $"expected a number from 0 to {most}");
    }

    internal static bool TryReadIPv4(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!TryTake(tokens, "expected an IPv4 address", out ZoneFileToken token))
            return false;

        Span<byte> address = stackalloc byte[4];
        if (!TryParseIPv4(tokens.TextOf(token), address))
            return tokens.Fail(token, "expected an IPv4 address");

        writer.Add(address);
        return true;
    }

    internal static bool TryReadIPv6(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!TryTake(tokens, "expected an IPv6 address", out ZoneFileToken token))
            return false;

        Span<byte> address = stackalloc byte[16];
        if (!TryParseIPv6(tokens.TextOf(token), address))
            return tokens.Fail(token, "expected an IPv6 address");

        writer.Add(address);
        return true;
    }

    internal static bool TryParseIPv4(ReadOnlySpan<byte> text, Span<byte> address)
    {
        int count = 0;
        foreach (Range part in text.Split((byte)'.'))
        {
            ReadOnlySpan<byte> octet = text[part];
            if (count == 4 || octet.Length is 0 or > 3 || octet.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 || !byte.TryParse(octet, out address[count]))
                return false;

            count++;
        }

        return count == 4;
    }

    internal static bool TryParseIPv6(ReadOnlySpan<byte> text, Span<byte> address) =>
        text.IndexOfAny("%[/"u8) < 0 && text.Contains((byte)':') && IPAddress.TryParse(text, out IPAddress? parsed)
        && parsed.TryWriteBytes(address, out int written) && written == address.Length;

    internal static bool TryAddName(ZoneFileTokenizer tokens, ReadOnlySpan<byte> origin, scoped ref DnsBufferWriter writer)
    {
        if (!TryReadName(tokens, tokens.Next(), origin, writer.Reserve(DnsName.MaxLength), out int length))
            return false;

        writer.Length += length;
        return true;
    }

    /// <summary>Adds the octets that a word or string stands for.</summary>
    internal static bool TryAddUnescaped(ZoneFileTokenizer tokens, ZoneFileToken token, scoped ReadOnlySpan<byte> text, scoped ref DnsBufferWriter writer)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte octet = text[i];
            if (octet == '\\')
            {
                if (++i == text.Length)
                    return tokens.Fail(token, "expected something behind the backslash");

                octet = text[i];
                if (char.IsAsciiDigit((char)octet))
                {
                    if (i + 3 > text.Length || text.Slice(i, 3).IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 || !byte.TryParse(text.Slice(i, 3), out octet))
                        return tokens.Fail(token, "expected an octet from \\000 to \\255");

                    i += 2;
                }
            }

            writer.Add(octet);
        }

        return true;
    }

    /// <summary>Adds a string behind the octet that counts it.</summary>
    internal static bool TryAddText(ZoneFileTokenizer tokens, ZoneFileToken token, scoped ref DnsBufferWriter writer)
    {
        int start = writer.Length;
        writer.Add(0);
        return TryAddUnescaped(tokens, token, tokens.TextOf(token), ref writer) && TrySetCount(tokens, token, start, ref writer);
    }

    internal static bool TryAddHex(ZoneFileTokenizer tokens, ZoneFileToken token, scoped ReadOnlySpan<byte> text, scoped ref DnsBufferWriter writer)
    {
        if (Convert.FromHexString(text, writer.Reserve(text.Length / 2), out _, out int written) is not OperationStatus.Done)
            return tokens.Fail(token, "expected an even number of hexadecimal digits");

        writer.Length += written;
        return true;
    }

    internal static bool TryAddBase64(ZoneFileTokenizer tokens, ZoneFileToken token, scoped ReadOnlySpan<byte> text, scoped ref DnsBufferWriter writer)
    {
        if (text.Length % 4 != 0
            || Base64.DecodeFromUtf8(text, writer.Reserve(Base64.GetMaxDecodedFromUtf8Length(text.Length)), out int read, out int written) is not OperationStatus.Done
            || read != text.Length)
        {
            return tokens.Fail(token, "expected base 64 with its padding");
        }

        writer.Length += written;
        return true;
    }

    /// <summary>Adds the octets of all words up to the end of the line.</summary>
    internal static bool TryAddRest(ZoneFileTokenizer tokens, bool isBase64, bool mayBeEmpty, scoped ref DnsBufferWriter writer)
    {
        var text = new DnsBufferWriter();
        ZoneFileToken first = tokens.Next(), token = first;
        for (; token.Kind is ZoneFileTokenKind.Word; token = tokens.Next())
            text.Add(tokens.TextOf(token));
        tokens.PushBack(token);
        bool isRead = token.IsEnd || tokens.Fail(token, "expected the end of the line");
        if (isRead && text.Length == 0 && !mayBeEmpty)
            isRead = tokens.Fail(first, isBase64 ? "expected base 64" : "expected hexadecimal digits");
        isRead = isRead && (isBase64 ? TryAddBase64(tokens, first, text.Written, ref writer) : TryAddHex(tokens, first, text.Written, ref writer));
        text.Dispose();
        return isRead;
    }

    /// <summary>Adds types up to the end of the line, as the bitmap of NSEC.</summary>
    internal static bool TryAddBitmap(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        const int WindowLength = 32, Windows = 256;

        byte[] bits = ArrayPool<byte>.Shared.Rent(Windows * WindowLength);
        Array.Clear(bits);
        ZoneFileToken token = tokens.Next();
        for (; token.Kind is ZoneFileTokenKind.Word; token = tokens.Next())
        {
            if (!TryReadType(tokens.TextOf(token), out DnsRecordType type))
                break;

            bits[(ushort)type / 8] |= (byte)(0x80 >> ((ushort)type % 8));
        }

        for (int window = 0; window < Windows && token.IsEnd; window++)
        {
            ReadOnlySpan<byte> part = bits.AsSpan(window * WindowLength, WindowLength).TrimEnd((byte)0);
            if (part.IsEmpty)
                continue;

            writer.Add((byte)window);
            writer.Add((byte)part.Length);
            writer.Add(part);
        }

        ArrayPool<byte>.Shared.Return(bits);
        tokens.PushBack(token);
        return token.IsEnd || tokens.Fail(token, "expected a type");
    }

    internal static void AddUInt16(scoped ref DnsBufferWriter writer, ulong number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(writer.Reserve(sizeof(ushort)), (ushort)number);
        writer.Length += sizeof(ushort);
    }

    internal static void AddUInt32(scoped ref DnsBufferWriter writer, ulong number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(writer.Reserve(sizeof(uint)), (uint)number);
        writer.Length += sizeof(uint);
    }

    private static bool TrySetCount(ZoneFileTokenizer tokens, ZoneFileToken token, int start, scoped ref DnsBufferWriter writer)
    {
        int count = writer.Length - start - 1;
        if (count > byte.MaxValue)
            return tokens.Fail(token, "the string is more than 255 octets");

        writer.SetAt(start, (byte)count);
        return true;
    }

    private static bool TryReadUnknown(ZoneFileTokenizer tokens, DnsRecordType type, DnsClass number, scoped ref DnsBufferWriter writer)
    {
        ZoneFileToken length = tokens.Next();
        if (!TryParseNumber(tokens, length, ushort.MaxValue, out ulong count) || !TryAddRest(tokens, isBase64: false, mayBeEmpty: true, ref writer))
            return false;
        if ((ulong)writer.Length != count)
            return tokens.Fail(length, $"the octets that follow are {writer.Length}");
        if (DnsRecord.FromParts([0], type, number, 0, writer.Written, out DnsRecord record) is not OperationStatus.Done)
            return tokens.Fail(length, "the octets that follow cannot be");

        // Names in it must be whole: nobody could print or sign them else.
        byte[] plain = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        bool isSound = record.CopyDataTo(plain, out int copied) is OperationStatus.Done && copied == writer.Length;
        ArrayPool<byte>.Shared.Return(plain);
        return isSound || tokens.Fail(length, "the octets that follow are not what the type demands");
    }

    private static bool TryReadField(ZoneFileTokenizer tokens, DnsDataField field, DnsRecordType type, ReadOnlySpan<byte> origin, scoped ref DnsBufferWriter writer)
    {
        ulong number;
        ZoneFileToken token;
        switch (field)
        {
            case DnsDataField.Open or DnsDataField.OpenFirst or DnsDataField.OpenTight or DnsDataField.Break or DnsDataField.Close:
                return true;
            case DnsDataField.UInt8:
                if (!TryReadNumber(tokens, byte.MaxValue, out number))
                    return false;

                writer.Add((byte)number);
                return true;
            case DnsDataField.UInt16:
                if (!TryReadNumber(tokens, ushort.MaxValue, out number))
                    return false;

                AddUInt16(ref writer, number);
                return true;
            case DnsDataField.UInt32:
                if (!TryReadNumber(tokens, uint.MaxValue, out number))
                    return false;

                AddUInt32(ref writer, number);
                return true;
            case DnsDataField.UInt64:
                if (!TryReadNumber(tokens, ulong.MaxValue, out number))
                    return false;

                AddUInt32(ref writer, number >> 32);
                AddUInt32(ref writer, number);
                return true;
            case DnsDataField.Time:
                if (!TryTake(tokens, "expected a time", out token))
                    return false;
                if (!DnsTimes.TryParseDate(tokens.TextOf(token), out uint time))
                    return tokens.Fail(token, "expected a time as YYYYMMDDHHmmSS or seconds since 1970");

                AddUInt32(ref writer, time);
                return true;
            case DnsDataField.Type:
                if (!TryTake(tokens, "expected a type", out token))
                    return false;
                if (!TryReadType(tokens.TextOf(token), out DnsRecordType covered))
                    return tokens.Fail(token, "expected a type");

                AddUInt16(ref writer, (ushort)covered);
                return true;
            case DnsDataField.Algorithm:
                return TryAddAlgorithm(tokens, ref writer);
            case DnsDataField.CertificateType:
                if (!TryTake(tokens, "expected a kind of certificate", out token))
                    return false;
                if (!DnsNamedNumbers.TryParseCertificateType(tokens.TextOf(token), out ushort kind))
                    return tokens.Fail(token, "expected a kind of certificate, such as PKIX, or a number");

                AddUInt16(ref writer, kind);
                return true;
            case DnsDataField.NotifyScheme:
                if (!TryTake(tokens, "expected a scheme", out token))
                    return false;
                if (!DnsNamedNumbers.TryParseNotifyScheme(tokens.TextOf(token), out ushort scheme) || scheme > byte.MaxValue)
                    return tokens.Fail(token, "expected a scheme, such as NOTIFY, or a number");

                writer.Add((byte)scheme);
                return true;
            case DnsDataField.IPv4:
                return TryReadIPv4(tokens, ref writer);
            case DnsDataField.IPv6:
                return TryReadIPv6(tokens, ref writer);
            case DnsDataField.Eui:
                return TryTake(tokens, "expected a hardware address", out token)
                    && TryAddGroups(tokens, token, (byte)'-', 2, type is DnsRecordType.EUI48 ? 6 : 8, "expected a hardware address, such as 00-00-5e-00-53-2a", ref writer);
            case DnsDataField.Locator:
                return TryTake(tokens, "expected four groups", out token)
                    && TryAddGroups(tokens, token, (byte)':', 4, 4, "expected four groups of hexadecimal digits with colons between", ref writer);
            case DnsDataField.Name or DnsDataField.SignedName:
                return TryAddName(tokens, origin, ref writer);
            case DnsDataField.Names:
                for (token = tokens.Next(); !token.IsEnd; token = tokens.Next())
                {
                    tokens.PushBack(token);
                    if (!TryAddName(tokens, origin, ref writer))
                        return false;
                }

                tokens.PushBack(token);
                return true;
            case DnsDataField.Text:
                return TryTake(tokens, "expected a string", out token) && TryAddText(tokens, token, ref writer);
            case DnsDataField.OptionalText or DnsDataField.Texts:
                return TryAddTexts(tokens, isRequired: field is DnsDataField.Texts, most: field is DnsDataField.Texts ? int.MaxValue : 1, ref writer);
            case DnsDataField.Tag:
                if (!TryTake(tokens, "expected a property", out token))
                    return false;

                foreach (byte octet in tokens.TextOf(token))
                {
                    if (!char.IsAsciiLetterOrDigit((char)octet))
                        return tokens.Fail(token, "expected a property of letters and digits, such as issue");
                }

                return token.Length > 0 ? TryAddText(tokens, token, ref writer) : tokens.Fail(token, "expected a property of letters and digits, such as issue");
            case DnsDataField.Tail:
                return TryTake(tokens, "expected a string", out token) && TryAddUnescaped(tokens, token, tokens.TextOf(token), ref writer);
            case DnsDataField.Hex:
                return TryAddRest(tokens, isBase64: false, mayBeEmpty: false, ref writer);
            case DnsDataField.HexAfter0x:
                return ZoneSpecialData.TryAddNsap(tokens, ref writer);
            case DnsDataField.Base64:
                return TryAddRest(tokens, isBase64: true, mayBeEmpty: false, ref writer);
            case DnsDataField.Base64OrDash:
                token = tokens.Next();
                if (token.Kind is ZoneFileTokenKind.Word && tokens.TextOf(token).SequenceEqual("-"u8))
                    return true;

                tokens.PushBack(token);
                return TryAddRest(tokens, isBase64: true, mayBeEmpty: false, ref writer);
            case DnsDataField.Salt:
                return TryAddSalt(tokens, ref writer);
            case DnsDataField.Hash:
                return TryAddHash(tokens, ref writer);
            case DnsDataField.KeyEnd:
                bool hasNoKey = (BinaryPrimitives.ReadUInt16BigEndian(writer.Written) & NoKey) == NoKey;
                return TryAddRest(tokens, isBase64: true, mayBeEmpty: hasNoKey, ref writer);
            case DnsDataField.StartNumbers:
                return TryAddStartNumbers(tokens, ref writer);
            case DnsDataField.Bitmap:
                return TryAddBitmap(tokens, ref writer);
            case DnsDataField.OldBitmap:
                return ZoneSpecialData.TryAddOldBitmap(tokens, ref writer);
            case DnsDataField.Services:
                return ZoneSpecialData.TryAddServices(tokens, ref writer);
            case DnsDataField.Location:
                return ZoneLocation.TryAdd(tokens, ref writer);
            case DnsDataField.Prefixes:
                return ZoneSpecialData.TryAddPrefixes(tokens, ref writer);
            case DnsDataField.A6:
                return ZoneSpecialData.TryAddA6(tokens, origin, ref writer);
            case DnsDataField.Atma:
                return ZoneSpecialData.TryAddAtma(tokens, ref writer);
            case DnsDataField.IpsecGateway or DnsDataField.AmtRelay:
                return ZoneSpecialData.TryAddGateway(tokens, field, origin, ref writer);
            case DnsDataField.Hip:
                return ZoneSpecialData.TryAddHip(tokens, ref writer);
            case DnsDataField.ServiceParameters:
                return ZoneServiceParameters.TryAdd(tokens, ref writer);
            default:
                return tokens.Fail(tokens.Next(), "this type cannot stand in a zone");
        }
    }

    private static bool TryAddAlgorithm(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        Span<char> characters = stackalloc char[LongestMnemonic];
        if (!TryTake(tokens, "expected an algorithm", out ZoneFileToken token))
            return false;

        ReadOnlySpan<byte> text = tokens.TextOf(token);
        if (text.Length > LongestMnemonic
            || !DnsMnemonics.TryParseAlgorithm(characters[..Encoding.Latin1.GetChars(text, characters)], out DnsSecurityAlgorithm algorithm))
        {
            return tokens.Fail(token, "expected an algorithm, such as ECDSAP256SHA256, or its number");
        }

        writer.Add((byte)algorithm);
        return true;
    }

    private static bool TryAddGroups(
        ZoneFileTokenizer tokens, ZoneFileToken token, byte separator, int digits, int count, string expected, scoped ref DnsBufferWriter writer)
    {
        ReadOnlySpan<byte> text = tokens.TextOf(token);
        Span<byte> padded = stackalloc byte[4];
        int found = 0;
        foreach (Range part in text.Split(separator))
        {
            ReadOnlySpan<byte> group = text[part];
            if (++found > count || group.Length == 0 || group.Length > digits || (digits == 2 && group.Length != digits))
                return tokens.Fail(token, expected);

            padded.Fill((byte)'0');
            group.CopyTo(padded[(digits - group.Length)..]);
            if (!TryAddHex(tokens, token, padded[..digits], ref writer))
                return false;
        }

        return found == count || tokens.Fail(token, expected);
    }

    private static bool TryAddTexts(ZoneFileTokenizer tokens, bool isRequired, int most, scoped ref DnsBufferWriter writer)
    {
        ZoneFileToken token = tokens.Next();
        if (token.IsEnd && isRequired)
            return tokens.Fail(token, "expected a string");

        for (int i = 0; i < most && !token.IsEnd; i++)
        {
            if (token.Kind is ZoneFileTokenKind.Invalid || !TryAddText(tokens, token, ref writer))
                return tokens.Fail(token, "expected a string");
            if (writer.Length > ushort.MaxValue)
                return tokens.Fail(token, "the data is more than 65535 octets");

            token = tokens.Next();
        }

        tokens.PushBack(token);
        return true;
    }

    private static bool TryAddSalt(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!TryTake(tokens, "expected a salt", out ZoneFileToken token))
            return false;

        ReadOnlySpan<byte> text = tokens.TextOf(token);
        int start = writer.Length;
        writer.Add(0);
        return text.SequenceEqual("-"u8) || (TryAddHex(tokens, token, text, ref writer) && TrySetCount(tokens, token, start, ref writer));
    }

    private static bool TryAddHash(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!TryTake(tokens, "expected a hash", out ZoneFileToken token))
            return false;

        Span<byte> hash = stackalloc byte[byte.MaxValue];
        if (!Base32Hex.TryRead(tokens.TextOf(token), hash, out int length) || length == 0)
            return tokens.Fail(token, "expected a hash in base 32");

        writer.Add((byte)length);
        writer.Add(hash[..length]);
        return true;
    }

    private static bool TryAddStartNumbers(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!TryReadNumber(tokens, uint.MaxValue, out ulong serial))
            return false;

        AddUInt32(ref writer, serial);
        for (int i = 0; i < 4; i++)
        {
            if (!TryTake(tokens, "expected a time", out ZoneFileToken token))
                return false;
            if (!DnsTimes.TryParse(tokens.TextOf(token), out uint seconds))
                return tokens.Fail(token, "expected a time, such as 3600 or 1h");

            AddUInt32(ref writer, seconds);
        }

        return true;
    }
}
