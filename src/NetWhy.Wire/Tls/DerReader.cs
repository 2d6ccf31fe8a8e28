using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace NetWhy.Wire.Tls;

/// <summary>Walks the values of one DER constructed type, forward only and in place.</summary>
/// <remarks>Only what certificates use: single-octet tags and definite lengths of at most four octets. Source: X.690.</remarks>
/// <param name="octets">The contents of the constructed type.</param>
public ref struct DerReader(ReadOnlySpan<byte> octets)
{
    /// <summary>Tag of BOOLEAN.</summary>
    public const byte Boolean = 0x01;

    /// <summary>Tag of INTEGER.</summary>
    public const byte Integer = 0x02;

    /// <summary>Tag of BIT STRING.</summary>
    public const byte BitString = 0x03;

    /// <summary>Tag of OCTET STRING.</summary>
    public const byte OctetString = 0x04;

    /// <summary>Tag of OBJECT IDENTIFIER.</summary>
    public const byte ObjectIdentifier = 0x06;

    /// <summary>Tag of UTCTime.</summary>
    public const byte UtcTime = 0x17;

    /// <summary>Tag of GeneralizedTime.</summary>
    public const byte GeneralizedTime = 0x18;

    /// <summary>Tag of SEQUENCE and SEQUENCE OF.</summary>
    public const byte Sequence = 0x30;

    /// <summary>Tag of SET and SET OF.</summary>
    public const byte Set = 0x31;

    private ReadOnlySpan<byte> _rest = octets;

    /// <summary>Tag of the value just read.</summary>
    public byte Tag { get; private set; }

    /// <summary>Contents of the value just read.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The value just read with its tag and length.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>Whether nothing is left to read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Moves to the next value.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> if there is one, <see cref="OperationStatus.NeedMoreData"/> after the last,
    /// <see cref="OperationStatus.InvalidData"/> if its length cannot be right.
    /// </returns>
    public OperationStatus Read()
    {
        if (_rest.IsEmpty)
            return OperationStatus.NeedMoreData;
        if (_rest.Length < 2 || (_rest[0] & 0x1f) == 0x1f)
            return OperationStatus.InvalidData;

        int header = 2;
        long length = _rest[1];
        if (length >= 0x80)
        {
            int count = (int)(length & 0x7f);
            if (count is 0 or > 4 || _rest.Length < 2 + count)
                return OperationStatus.InvalidData;
            length = 0;
            foreach (byte octet in _rest.Slice(2, count))
                length = (length << 8) | octet;
            header += count;
        }

        if (length > _rest.Length - header)
            return OperationStatus.InvalidData;

        Tag = _rest[0];
        Value = _rest.Slice(header, (int)length);
        Whole = _rest[..(header + (int)length)];
        _rest = _rest[Whole.Length..];
        return OperationStatus.Done;
    }

    /// <summary>Moves to the next value and checks its tag.</summary>
    /// <param name="tag">The tag that it must have.</param>
    /// <returns>Whether there is one with this tag.</returns>
    public bool Read(byte tag) => Read() is OperationStatus.Done && Tag == tag;

    /// <summary>Writes an object identifier with dots.</summary>
    /// <param name="value">Its contents.</param>
    public static string Dotted(ReadOnlySpan<byte> value)
    {
        const int InUlong = 9; // digits of seven bits
        var text = new StringBuilder();
        while (!value.IsEmpty)
        {
            int last = value.IndexOfAnyInRange((byte)0, (byte)0x7f);
            if (last < 0)
                break; // the last one does not end
            ReadOnlySpan<byte> digits = value[..(last + 1)];
            value = value[(last + 1)..];
            if (digits.Length > InUlong)
            {
                BigInteger arc = Number(digits);
                text.Append(text.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"2.{arc - 80}") : string.Create(CultureInfo.InvariantCulture, $".{arc}"));
                continue;
            }

            ulong small = 0;
            foreach (byte octet in digits)
                small = (small << 7) | (uint)(octet & 0x7f);
            if (text.Length == 0)
            {
                ulong first = Math.Min(small / 40, 2);
                text.Append(CultureInfo.InvariantCulture, $"{first}.{small - first * 40}");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $".{small}");
            }
        }

        return text.ToString();
    }

    // In groups of eight digits, which are seven octets.
    private static BigInteger Number(ReadOnlySpan<byte> digits)
    {
        const int InGroup = 8;
        int rest = digits.Length % InGroup;
        byte[] octets = new byte[8 + digits.Length / InGroup * 7];
        int length = 0;
        Span<byte> written = stackalloc byte[8];
        for (int i = rest == 0 ? InGroup : rest; i <= digits.Length; i += InGroup)
        {
            ulong group = 0;
            foreach (byte digit in digits[Math.Max(0, i - InGroup)..i])
                group = (group << 7) | (uint)(digit & 0x7f);
            BinaryPrimitives.WriteUInt64BigEndian(written, group);
            written[1..].CopyTo(octets.AsSpan(length));
            length += 7;
        }

        return new BigInteger(octets.AsSpan(0, length), isUnsigned: true, isBigEndian: true);
    }

    /// <summary>Reads UTCTime or GeneralizedTime in the one form that certificates may use.</summary>
    /// <remarks>Source: RFC 5280, section 4.1.2.5.</remarks>
    /// <param name="tag">Which of the two.</param>
    /// <param name="value">Its contents.</param>
    /// <param name="time">The time.</param>
    public static bool TryReadTime(byte tag, ReadOnlySpan<byte> value, out DateTimeOffset time)
    {
        time = default;
        int yearDigits = tag is GeneralizedTime ? 4 : 2;
        if (tag is not (UtcTime or GeneralizedTime) || value.Length != yearDigits + 11 || value[^1] != (byte)'Z')
            return false;

        Span<int> parts = stackalloc int[6];
        int offset = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            int digits = i == 0 ? yearDigits : 2;
            foreach (byte digit in value.Slice(offset, digits))
            {
                if (digit is < (byte)'0' or > (byte)'9')
                    return false;
                parts[i] = parts[i] * 10 + (digit - '0');
            }

            offset += digits;
        }

        int year = yearDigits == 4 ? parts[0] : parts[0] + (parts[0] < 50 ? 2000 : 1900);
        if (year < 1 || parts[1] is < 1 or > 12 || parts[2] < 1 || parts[2] > DateTime.DaysInMonth(year, parts[1])
            || parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
        {
            return false;
        }

        time = new DateTimeOffset(year, parts[1], parts[2], parts[3], parts[4], parts[5], TimeSpan.Zero);
        return true;
    }

    /// <summary>Reads one of the string types of names; at most 256 characters.</summary>
    /// <param name="tag">Its type.</param>
    /// <param name="value">Its contents.</param>
    public static string Text(byte tag, ReadOnlySpan<byte> value)
    {
        const int Longest = 256;
        const byte BmpString = 0x1e;
        const byte UniversalString = 0x1c;
        const byte Utf8String = 0x0c;
        ReadOnlySpan<byte> cut = value[..Math.Min(value.Length, 4 * Longest)];
        string text = tag switch
        {
            BmpString => Encoding.BigEndianUnicode.GetString(cut),
            UniversalString => new UTF32Encoding(bigEndian: true, byteOrderMark: false).GetString(cut),
            Utf8String => Encoding.UTF8.GetString(cut),
            _ => Encoding.Latin1.GetString(cut),
        };
        return text.Length > Longest ? text[..Longest] : text;
    }
}
