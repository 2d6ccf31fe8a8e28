using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace NetWhy.Wire.Dns;

/// <summary>Writes the data of a record, field after field.</summary>
internal static class DnsDataText
{
    private const int LineIndent = 4; // tabs: the column of data in several lines
    private const int MostPlainData = ushort.MaxValue;
    private const ushort NoKey = 0xc000; // RFC 2535, section 3.1.2: both bits say that there is no key

    internal static void Write(scoped ref DnsBufferWriter writer, DnsRecord record, DnsTextStyle style)
    {
        if (style.UnknownFormat || !TryWriteKnown(ref writer, record, style))
            WriteUnknown(ref writer, record, style);
    }

    /// <summary>Writes the data as its type has it; nothing if the type is not known or the data is not as the type demands.</summary>
    internal static bool TryWriteKnown(scoped ref DnsBufferWriter writer, DnsRecord record, DnsTextStyle style)
    {
        int start = writer.Length;
        ReadOnlySpan<DnsDataField> fields = DnsDataFields.Of(record.Type, record.Class);
        if (fields.IsEmpty)
            return false;

        DnsDataReader reader = record.ReadData();
        WriteFields(ref writer, ref reader, record, style, fields);
        if (reader.IsSound && reader.Left == 0)
            return true;

        writer.Length = start;
        return false;
    }

    private static void WriteFields(
        scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsRecord record, DnsTextStyle style, ReadOnlySpan<DnsDataField> fields)
    {
        int start = writer.Length;
        bool needsSpace = false;
        bool isOpen = false;
        for (int i = 0; i < fields.Length && reader.IsSound; i++)
        {
            DnsDataField field = fields[i];
            switch (field)
            {
                case DnsDataField.IfMore when reader.Left == 0:
                    // All that may still come is the end of the parentheses.
                    if (isOpen && style.Multiline)
                        writer.Add(" )"u8);
                    return;
                case DnsDataField.IfMore:
                    continue;
                case DnsDataField.Open or DnsDataField.OpenTight:
                    if (style.Multiline)
                        writer.Add(" ("u8);
                    (needsSpace, isOpen) = (false, true);
                    continue;
                case DnsDataField.OpenFirst:
                    if (style.Multiline)
                        writer.Add("( "u8);
                    isOpen = true;
                    continue;
                case DnsDataField.Break:
                    WriteBreak(ref writer, style);
                    needsSpace = false;
                    continue;
                case DnsDataField.Close:
                    if (style.Multiline)
                        writer.Add(" )"u8);
                    if (record.Type is DnsRecordType.DHCID)
                        WriteDhcpComment(ref writer, record, style);
                    continue;
                default:
                    break;
            }

            bool isList = field is DnsDataField.Bitmap or DnsDataField.OldBitmap or DnsDataField.Names or DnsDataField.ServiceParameters
                or DnsDataField.Services or DnsDataField.StartNumbers or DnsDataField.KeyEnd or DnsDataField.OptionalText or DnsDataField.SizedBase64
                or DnsDataField.SizedTail;
            if (needsSpace && !isList)
                writer.Add((byte)' ');
            WriteField(ref writer, ref reader, record, style, field, needsSpace);
            needsSpace = writer.Length > start;
        }
    }

    private static void WriteField(
        scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsRecord record, DnsTextStyle style, DnsDataField field, bool needsSpace)
    {
        switch (field)
        {
            case DnsDataField.UInt8:
                writer.AddNumber(reader.UInt8());
                break;
            case DnsDataField.Algorithm when record.Type is DnsRecordType.CERT:
                WriteAlgorithm(ref writer, (DnsSecurityAlgorithm)reader.UInt8());
                break;
            case DnsDataField.Algorithm:
                writer.AddNumber(reader.UInt8());
                break;
            case DnsDataField.UInt16:
                writer.AddNumber(reader.UInt16());
                break;
            case DnsDataField.UInt32:
                writer.AddNumber(reader.UInt32());
                break;
            case DnsDataField.UInt64:
                writer.AddNumber(reader.UInt64());
                break;
            case DnsDataField.TimeSigned:
                writer.AddNumber(((ulong)reader.UInt16() << 32) | reader.UInt32());
                break;
            case DnsDataField.Time:
                DnsTimes.WriteDate(ref writer, reader.UInt32(), style.Now);
                break;
            case DnsDataField.Type:
                DnsRecordText.WriteType(ref writer, (DnsRecordType)reader.UInt16(), style);
                break;
            case DnsDataField.CertificateType:
                DnsNamedNumbers.WriteCertificateType(ref writer, reader.UInt16());
                break;
            case DnsDataField.NotifyScheme:
                DnsNamedNumbers.WriteNotifyScheme(ref writer, reader.UInt8());
                break;
            case DnsDataField.ErrorCode:
                DnsNamedNumbers.WriteError(ref writer, reader.UInt16());
                break;
            case DnsDataField.IPv4:
                DnsAddressText.WriteIPv4(ref writer, reader.Take(4));
                break;
            case DnsDataField.IPv6 when style.ExpandAddresses:
                DnsAddressText.WriteExpanded(ref writer, reader.Take(16));
                break;
            case DnsDataField.IPv6:
                DnsAddressText.WriteIPv6(ref writer, reader.Take(16));
                break;
            case DnsDataField.Eui:
                DnsAddressText.WriteEui(ref writer, reader.Take(record.Type is DnsRecordType.EUI48 ? 6 : 8));
                break;
            case DnsDataField.Locator:
                DnsAddressText.WriteLocator(ref writer, reader.Take(8));
                break;
            case DnsDataField.Name or DnsDataField.SignedName:
                DnsRecordText.WriteName(ref writer, reader.Name(), style);
                break;
            case DnsDataField.Names:
                while (reader.Left > 0 && reader.IsSound)
                {
                    WriteBreak(ref writer, style);
                    DnsRecordText.WriteName(ref writer, reader.Name(), style);
                }

                break;
            case DnsDataField.Text:
                WriteQuoted(ref writer, reader.Counted());
                break;
            case DnsDataField.OptionalText:
                if (reader.Left > 0)
                {
                    writer.Add((byte)' ');
                    WriteQuoted(ref writer, reader.Counted());
                }

                break;
            case DnsDataField.Texts:
                do
                {
                    if (needsSpace)
                        writer.Add((byte)' ');
                    WriteQuoted(ref writer, reader.Counted());
                    needsSpace = true;
                }
                while (reader.Left > 0 && reader.IsSound);
                break;
            case DnsDataField.Tag:
                WriteTag(ref writer, ref reader);
                break;
            case DnsDataField.Tail:
                WriteQuoted(ref writer, reader.Rest());
                break;
            case DnsDataField.Hex:
                WriteOctets(ref writer, reader.Rest(), record.Type, style, isBase64: false);
                break;
            case DnsDataField.HexAfter0x:
                writer.Add("0x"u8);
                writer.AddHex(reader.Rest(), isLower: true);
                break;
            case DnsDataField.Base64:
                WriteOctets(ref writer, reader.Rest(), record.Type, style, isBase64: true);
                break;
            case DnsDataField.Base64OrDash:
                if (reader.Left == 0)
                    writer.Add((byte)'-');
                writer.AddBase64(reader.Rest());
                break;
            case DnsDataField.Salt:
                ReadOnlySpan<byte> salt = reader.Counted();
                if (salt.IsEmpty)
                    writer.Add((byte)'-');
                writer.AddHex(salt);
                break;
            case DnsDataField.Hash:
                Base32Hex.Write(ref writer, reader.Counted());
                break;
            case DnsDataField.SizedBase64:
                ReadOnlySpan<byte> sized = reader.Take(reader.UInt16());
                writer.Add((byte)' ');
                writer.AddNumber((ulong)sized.Length);
                if (sized.IsEmpty && record.Type is DnsRecordType.TSIG && !style.Multiline)
                    break;
                writer.Add(style.Multiline ? " ("u8 : ""u8);
                WriteBreak(ref writer, style);
                WriteOctets(ref writer, sized, record.Type, style, isBase64: true);
                writer.Add(style.Multiline ? " )"u8 : ""u8);
                break;
            case DnsDataField.SizedTail:
                ReadOnlySpan<byte> other = reader.Take(reader.UInt16());
                writer.Add((byte)' ');
                writer.AddNumber((ulong)other.Length);
                if (other.IsEmpty && record.Type is DnsRecordType.TSIG)
                {
                    writer.Add((byte)' '); // as BIND leaves one
                }
                else if (!other.IsEmpty)
                {
                    writer.Add(style.Multiline ? " ("u8 : ""u8);
                    WriteBreak(ref writer, style);
                    WriteOctets(ref writer, other, record.Type, style, isBase64: true);
                    writer.Add(style.Multiline ? " )"u8 : ""u8);
                }

                break;
            case DnsDataField.KeyEnd:
                WriteKeyEnd(ref writer, ref reader, record, style);
                break;
            case DnsDataField.StartNumbers:
                WriteStartNumbers(ref writer, ref reader, style);
                break;
            case DnsDataField.Bitmap:
                WriteBitmap(ref writer, ref reader, style, needsSpace);
                break;
            case DnsDataField.OldBitmap:
                WriteBits(ref writer, reader.Rest(), 0, style, isType: true);
                break;
            case DnsDataField.Services:
                writer.Add((byte)' ');
                writer.AddNumber(reader.UInt8());
                WriteBits(ref writer, reader.Rest(), 0, style, isType: false);
                break;
            case DnsDataField.Location:
                DnsLocationText.Write(ref writer, ref reader);
                break;
            case DnsDataField.Prefixes:
                WritePrefixes(ref writer, ref reader);
                break;
            case DnsDataField.A6:
                WriteA6(ref writer, ref reader, style);
                break;
            case DnsDataField.Atma:
                WriteAtma(ref writer, ref reader);
                break;
            case DnsDataField.IpsecGateway:
                WriteIpsecGateway(ref writer, ref reader, style);
                break;
            case DnsDataField.AmtRelay:
                WriteAmtRelay(ref writer, ref reader, style);
                break;
            case DnsDataField.Hip:
                WriteHip(ref writer, ref reader, style);
                break;
            case DnsDataField.ServiceParameters:
                DnsServiceParameterText.Write(ref writer, ref reader);
                break;
            default:
                reader.Fail();
                break;
        }
    }

    private static void WriteUnknown(scoped ref DnsBufferWriter writer, DnsRecord record, DnsTextStyle style)
    {
        // Names are written in full where it is known where they are.
        byte[]? plain = DnsCanonicalForm.HasNames(record.Type) ? ArrayPool<byte>.Shared.Rent(MostPlainData) : null;
        ReadOnlySpan<byte> data = record.Data;
        if (plain is not null && record.CopyDataTo(plain, out int length) is OperationStatus.Done)
            data = plain.AsSpan(0, length);

        writer.Add("\\# "u8);
        writer.AddNumber((ulong)data.Length);
        if (!data.IsEmpty)
        {
            writer.Add(style.Multiline ? " ( "u8 : " "u8);
            WriteOctets(ref writer, data, DnsRecordType.None, style, isBase64: false);
            if (style.Multiline)
                writer.Add(" )"u8);
        }

        if (plain is not null)
            ArrayPool<byte>.Shared.Return(plain);
    }

    private static void WriteBreak(scoped ref DnsBufferWriter writer, DnsTextStyle style)
    {
        if (!style.Multiline)
        {
            writer.Add((byte)' ');
            return;
        }

        writer.Add((byte)'\n');
        for (int i = 0; i < LineIndent; i++)
            writer.Add((byte)'\t');
    }

    private static void WriteOctets(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> octets, DnsRecordType type, DnsTextStyle style, bool isBase64)
    {
        if (style.OmitCrypto && type is (DnsRecordType.DS or DnsRecordType.CDS or DnsRecordType.DLV or DnsRecordType.TA or DnsRecordType.RRSIG
            or DnsRecordType.SIG or DnsRecordType.OPENPGPKEY or DnsRecordType.ZONEMD))
        {
            writer.Add("[omitted]"u8);
            return;
        }

        int step = style.Split <= 0 ? int.MaxValue : isBase64 ? Math.Max(style.Split / 4, 1) * 3 : Math.Max(style.Split / 2, 1);
        for (int at = 0; at < octets.Length;)
        {
            if (at > 0)
                WriteBreak(ref writer, style);
            ReadOnlySpan<byte> part = octets[at..(int)Math.Min((long)at + step, octets.Length)];
            if (isBase64)
                writer.AddBase64(part);
            else
                writer.AddHex(part);
            at += part.Length;
        }
    }

    internal static void WriteQuoted(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> text)
    {
        writer.Add((byte)'"');
        WriteEscaped(ref writer, text);
        writer.Add((byte)'"');
    }

    internal static void WriteEscaped(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> text)
    {
        foreach (byte octet in text)
        {
            if (octet is < (byte)' ' or >= 0x7f)
            {
                writer.Add((byte)'\\');
                writer.AddNumber(octet, 3);
                continue;
            }

            if (octet is (byte)'"' or (byte)'\\')
                writer.Add((byte)'\\');
            writer.Add(octet);
        }
    }

    // Unquoted, so that nothing but letters and digits may pass (RFC 8659, section 4.1).
    private static void WriteTag(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader)
    {
        ReadOnlySpan<byte> tag = reader.Counted();
        foreach (byte octet in tag)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet))
                reader.Fail();
        }

        if (tag.IsEmpty)
            reader.Fail();
        writer.Add(tag);
    }

    private static void WriteKeyEnd(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsRecord record, DnsTextStyle style)
    {
        bool isKey = record.Type is DnsRecordType.KEY or DnsRecordType.RKEY;
        ReadOnlySpan<byte> key = reader.Rest();
        if (record.Data.Length < 4)
        {
            reader.Fail();
            return;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(record.Data);
        var algorithm = (DnsSecurityAlgorithm)record.Data[3];
        if ((flags & NoKey) == NoKey && key.IsEmpty)
            return;

        ushort tag = DnsKeyTag.SumOf(record.Data);
        if (style.Multiline)
            writer.Add(" ("u8);
        WriteBreak(ref writer, style);
        if (style.OmitCrypto)
        {
            writer.Add("[key id = "u8);
            writer.AddNumber(tag);
            writer.Add((byte)']');
        }
        else
        {
            WriteOctets(ref writer, key, record.Type, style, isBase64: true);
        }

        if (!style.ShowComments)
        {
            if (style.Multiline)
                writer.Add(" )"u8);
            return;
        }

        WriteBreak(ref writer, style);
        if (style.Multiline)
            writer.Add((byte)')');
        if (!isKey)
        {
            bool isEntry = (flags & 1) != 0, isRevoked = (flags & 0x80) != 0;
            writer.Add(isRevoked ? " ; revoked "u8 : " ; "u8);
            writer.Add(isEntry ? "KSK"u8 : "ZSK"u8);
        }

        writer.Add("; alg = "u8);
        if (algorithm is DnsSecurityAlgorithm.PrivateName)
            WritePrivateAlgorithm(ref writer, key);
        else
            WriteAlgorithm(ref writer, algorithm);
        writer.Add(" ; key id = "u8);
        writer.AddNumber(tag);
    }

    // The name in front of the key, without its final dot.
    private static void WritePrivateAlgorithm(scoped ref DnsBufferWriter writer, ReadOnlySpan<byte> key)
    {
        int position = 0;
        if (DnsName.Read(key, ref position, out DnsName name) is not OperationStatus.Done)
        {
            writer.Add(DnsSecurityAlgorithm.PrivateName.Mnemonic);
            return;
        }

        name.WriteTo(ref writer);
        if (!name.IsRoot)
            writer.Length--;
    }

    // BIND 9.18 knows algorithms up to Ed448 by name, and the private ones.
    private static void WriteAlgorithm(scoped ref DnsBufferWriter writer, DnsSecurityAlgorithm algorithm)
    {
        if (algorithm is DnsSecurityAlgorithm.Delete or (> DnsSecurityAlgorithm.Ed448 and < DnsSecurityAlgorithm.Indirect))
            writer.AddNumber((byte)algorithm);
        else if (algorithm.KnownMnemonic is { } name)
            writer.Add(name);
        else
            writer.AddNumber((byte)algorithm);
    }

    private static void WriteDhcpComment(scoped ref DnsBufferWriter writer, DnsRecord record, DnsTextStyle style)
    {
        if (!style.Multiline || record.Data.Length < 3)
            return;

        writer.Add(" ; "u8);
        writer.AddNumber(BinaryPrimitives.ReadUInt16BigEndian(record.Data));
        writer.Add((byte)' ');
        writer.AddNumber(record.Data[2]);
        writer.Add((byte)' ');
        writer.AddNumber((ulong)record.Data.Length - 3);
    }

    private static void WriteStartNumbers(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsTextStyle style)
    {
        const int NumberWidth = 10;

        ReadOnlySpan<string> names = ["serial", "refresh", "retry", "expire", "minimum"];
        if (style.Multiline)
            writer.Add(" ("u8);
        for (int i = 0; i < names.Length; i++)
        {
            uint number = reader.UInt32();
            WriteBreak(ref writer, style);
            int start = writer.Length;
            writer.AddNumber(number);
            if (!style.Multiline || !style.ShowComments)
                continue;

            while (writer.Length - start < NumberWidth)
                writer.Add((byte)' ');
            writer.Add(" ; "u8);
            writer.Add(names[i]);
            if (i == 0)
                continue;

            writer.Add(" ("u8);
            DnsTimes.WriteLong(ref writer, number);
            writer.Add((byte)')');
        }

        if (!style.Multiline)
            return;

        if (style.ShowComments)
            WriteBreak(ref writer, style);
        writer.Add((byte)')');
    }

    private static void WriteBitmap(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsTextStyle style, bool needsSpace)
    {
        var types = new DnsTypeBitmap(reader.Rest());
        while (types.Read() is OperationStatus.Done)
        {
            if (needsSpace)
                writer.Add((byte)' ');
            DnsRecordText.WriteType(ref writer, types.Current, style);
            needsSpace = true;
        }

        if (!types.IsComplete)
            reader.Fail();
    }

    private static void WriteBits(scoped ref DnsBufferWriter writer, scoped ReadOnlySpan<byte> bits, int first, DnsTextStyle style, bool isType)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            for (int rest = bits[i]; rest != 0;)
            {
                int bit = BitOperations.LeadingZeroCount((uint)rest) - 24;
                rest &= ~(0x80 >> bit);
                writer.Add((byte)' ');
                if (isType)
                    DnsRecordText.WriteType(ref writer, (DnsRecordType)(first + (i * 8) + bit), style);
                else
                    writer.AddNumber((ulong)((i * 8) + bit));
            }
        }
    }

    private static void WritePrefixes(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader)
    {
        Span<byte> address = stackalloc byte[16];
        for (bool isFirst = true; reader.Left > 0 && reader.IsSound; isFirst = false)
        {
            int family = reader.UInt16(), prefix = reader.UInt8(), length = reader.UInt8();
            int size = family switch { 1 => 4, 2 => 16, _ => 0 };
            ReadOnlySpan<byte> part = reader.Take(length & 0x7f);
            if (size == 0 || part.Length > size || prefix > size * 8)
            {
                reader.Fail();
                return;
            }

            if (!isFirst)
                writer.Add((byte)' ');
            if ((length & 0x80) != 0)
                writer.Add((byte)'!');
            writer.AddNumber((ulong)family);
            writer.Add((byte)':');
            address.Clear();
            part.CopyTo(address);
            if (family == 1)
                DnsAddressText.WriteIPv4(ref writer, address[..4]);
            else
                DnsAddressText.WriteIPv6(ref writer, address);
            writer.Add((byte)'/');
            writer.AddNumber((ulong)prefix);
        }
    }

    private static void WriteA6(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsTextStyle style)
    {
        const int MostBits = 128;

        int prefix = reader.UInt8();
        if (prefix > MostBits)
        {
            reader.Fail();
            return;
        }

        writer.AddNumber((ulong)prefix);
        writer.Add((byte)' ');
        if (prefix != MostBits)
        {
            Span<byte> address = stackalloc byte[16];
            ReadOnlySpan<byte> suffix = reader.Take(16 - (prefix / 8));
            address.Clear();
            suffix.CopyTo(address[(prefix / 8)..]);
            if (!suffix.IsEmpty)
                address[prefix / 8] &= (byte)(0xff >> (prefix % 8));
            DnsAddressText.WriteIPv6(ref writer, address);
        }

        if (prefix == 0)
            return;

        writer.Add((byte)' ');
        DnsRecordText.WriteName(ref writer, reader.Name(), style);
    }

    private static void WriteAtma(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader)
    {
        byte format = reader.UInt8();
        ReadOnlySpan<byte> address = reader.Rest();
        if (format == 0)
        {
            writer.AddHex(address, isLower: true);
        }
        else if (format == 1 && address.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
        {
            writer.Add((byte)'+');
            writer.Add(address);
        }
        else
        {
            reader.Fail();
        }

        if (address.IsEmpty)
            reader.Fail();
    }

    private static void WriteIpsecGateway(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsTextStyle style)
    {
        writer.AddNumber(reader.UInt8());
        writer.Add((byte)' ');
        byte kind = reader.UInt8();
        writer.AddNumber(kind);
        writer.Add((byte)' ');
        writer.AddNumber(reader.UInt8());
        writer.Add((byte)' ');
        WriteGateway(ref writer, ref reader, kind, style);
    }

    private static void WriteAmtRelay(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsTextStyle style)
    {
        byte kind = reader.UInt8();
        writer.AddNumber((ulong)kind >> 7);
        writer.Add((byte)' ');
        writer.AddNumber((ulong)kind & 0x7f);
        writer.Add((byte)' ');
        WriteGateway(ref writer, ref reader, kind & 0x7f, style);
    }

    private static void WriteGateway(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, int kind, DnsTextStyle style)
    {
        switch (kind)
        {
            case 0:
                writer.Add((byte)'.');
                break;
            case 1:
                DnsAddressText.WriteIPv4(ref writer, reader.Take(4));
                break;
            case 2:
                DnsAddressText.WriteIPv6(ref writer, reader.Take(16));
                break;
            case 3:
                DnsRecordText.WriteName(ref writer, reader.Name(), style);
                break;
            default:
                reader.Fail();
                break;
        }
    }

    private static void WriteHip(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader, DnsTextStyle style)
    {
        int tagLength = reader.UInt8();
        byte algorithm = reader.UInt8();
        int keyLength = reader.UInt16();
        ReadOnlySpan<byte> tag = reader.Take(tagLength), key = reader.Take(keyLength);
        if (tag.IsEmpty || key.IsEmpty)
            reader.Fail();
        writer.AddNumber(algorithm);
        writer.Add((byte)' ');
        writer.AddHex(tag);
        WriteBreak(ref writer, style);
        writer.AddBase64(key);
    }
}
