using System.Buffers;
using System.Text;

namespace NetWhy.Wire.Dns;

/// <summary>A domain name viewed where it lies in a message, compressed or not.</summary>
/// <remarks>
/// <see cref="Read"/> follows every compression pointer once and checks all lengths; afterwards no member can throw.
/// A pointer must lead to an earlier place than the part of the name that holds it, so that a walk always ends.
/// Source: RFC 1035, sections 3.1 and 4.1.4.
/// </remarks>
public readonly ref struct DnsName
{
    /// <summary>Longest label, in octets. Source: RFC 1035, section 2.3.4.</summary>
    public const int MaxLabelLength = 63;

    /// <summary>Longest name in octets, length octets and root included. Source: RFC 1035, section 2.3.4.</summary>
    public const int MaxLength = 255;

    // Four characters of text for each octet, as in \255.
    private const int LongestText = 4 * MaxLength;

    private const int MaxLabels = 127;
    private const int PointerMark = 0xc0; // the two high bits of a length octet
    private const int PointerSize = 2;

    private static ReadOnlySpan<byte> SpecialInZoneFiles => ".\\\";()@$"u8;

    private readonly ReadOnlySpan<byte> _message;
    private readonly int _offset;

    private DnsName(ReadOnlySpan<byte> message, int offset, int length, int labels)
    {
        _message = message;
        _offset = offset;
        Length = length;
        Labels = labels;
    }

    /// <summary>Length of the name without compression, in octets; 1 for the root, 0 for a default value.</summary>
    public int Length { get; }

    /// <summary>How many labels the name has, the root not counted.</summary>
    public int Labels { get; }

    /// <summary>Where in its message the name starts.</summary>
    internal int Offset => _offset;

    /// <summary>Whether this is the root, <c>.</c>.</summary>
    public bool IsRoot => Labels == 0;

    /// <summary>Views the name at <paramref name="offset"/>.</summary>
    /// <param name="message">The whole message, because pointers count from its first octet.</param>
    /// <param name="offset">Where the name starts; moved behind it if the name is whole.</param>
    /// <param name="name">The view, valid as long as <paramref name="message"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the message ends within the
    /// name, or <see cref="OperationStatus.InvalidData"/> for a pointer that does not lead back, an unknown label type
    /// or a name of more than 255 octets.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> message, scoped ref int offset, out DnsName name)
    {
        name = default;
        if (offset < 0)
            return OperationStatus.InvalidData;

        int position = offset;
        int partStart = offset;
        int end = -1; // behind the name where it was found; known at the first pointer
        int length = 0;
        int labels = 0;
        while (true)
        {
            if (position >= message.Length)
                return OperationStatus.NeedMoreData;

            int octet = message[position];
            if (octet == 0)
            {
                length++;
                break;
            }

            if ((octet & PointerMark) == PointerMark)
            {
                if (position + PointerSize > message.Length)
                    return OperationStatus.NeedMoreData;

                int destination = ((octet & ~PointerMark) << 8) | message[position + 1];
                if (destination >= partStart)
                    return OperationStatus.InvalidData;

                if (end < 0)
                    end = position + PointerSize;
                position = partStart = destination;
                continue;
            }

            if ((octet & PointerMark) != 0)
                return OperationStatus.InvalidData;

            length += 1 + octet;
            if (length >= MaxLength) // one octet more is needed for the root
                return OperationStatus.InvalidData;

            labels++;
            position += 1 + octet;
        }

        if (length > MaxLength)
            return OperationStatus.InvalidData;

        name = new DnsName(message, offset, length, labels);
        offset = end < 0 ? position + 1 : end;
        return OperationStatus.Done;
    }

    /// <summary>Views a name that must not be compressed: a pointer in it would count from a message that is not at hand.</summary>
    internal static OperationStatus ReadPlain(ReadOnlySpan<byte> octets, scoped ref int offset, out DnsName name)
    {
        int start = offset;
        OperationStatus status = Read(octets, ref offset, out name);
        if (status is not OperationStatus.Done || offset - start == name.Length)
            return status;

        offset = start;
        name = default;
        return OperationStatus.InvalidData;
    }

    /// <summary>
    /// Compares two names as DNS does: ASCII letters regardless of case, all other octets as they are.
    /// Source: RFC 4343.
    /// </summary>
    /// <param name="other">The other name.</param>
    public bool Equals(DnsName other)
    {
        if (Length != other.Length || Labels != other.Labels)
            return false;

        int mine = _offset;
        int theirs = other._offset;
        for (int i = 0; i < Labels; i++)
        {
            if (!EqualsIgnoringCase(NextLabel(ref mine), other.NextLabel(ref theirs)))
                return false;
        }

        return true;
    }

    /// <summary>Copies the name without compression.</summary>
    /// <param name="destination">Where to; <see cref="Length"/> octets are needed.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>.</returns>
    public OperationStatus CopyTo(Span<byte> destination, out int written)
    {
        written = 0;
        if (Length == 0 || destination.Length < Length)
            return OperationStatus.DestinationTooSmall;

        int position = _offset;
        for (int i = 0; i < Labels; i++)
        {
            ReadOnlySpan<byte> label = NextLabel(ref position);
            destination[written++] = (byte)label.Length;
            label.CopyTo(destination[written..]);
            written += label.Length;
        }

        destination[written++] = 0;
        return OperationStatus.Done;
    }

    /// <summary>The name as zone files write it, with the final dot.</summary>
    /// <remarks>
    /// Octets that are no printable ASCII become <c>\DDD</c>, those with a meaning in zone files get a backslash.
    /// Source: RFC 1035, section 5.1; RFC 4343, section 2.1.
    /// </remarks>
    public override string ToString()
    {
        if (Length == 0)
            return "";

        var writer = new DnsBufferWriter();
        WriteTo(ref writer);
        string text = Encoding.ASCII.GetString(writer.Written);
        writer.Dispose();
        return text;
    }

    /// <summary>
    /// Compares two names in the canonical order: from the last label, letters regardless of case. Source: RFC 4034, section 6.1.
    /// </summary>
    /// <param name="other">The other name.</param>
    /// <returns>Less than 0 if this one comes first, 0 if they are the same name, else more than 0.</returns>
    public int CompareTo(DnsName other)
    {
        Span<byte> mine = stackalloc byte[MaxLength], theirs = stackalloc byte[MaxLength];
        Span<byte> myLabels = stackalloc byte[MaxLabels], theirLabels = stackalloc byte[MaxLabels];
        int left = CopyLabelsTo(mine, myLabels), right = other.CopyLabelsTo(theirs, theirLabels);
        while (left > 0 && right > 0)
        {
            int order = LabelAt(mine, myLabels[--left]).SequenceCompareTo(LabelAt(theirs, theirLabels[--right]));
            if (order != 0)
                return order;
        }

        return left - right;
    }

    /// <summary>The name that the last labels make, such as a zone that this name may lie in.</summary>
    /// <param name="count">How many labels, without the root; all of them if there are not that many.</param>
    public DnsName LastLabels(int count)
    {
        int position = _offset, length = Length, labels = Labels;
        for (; labels > count && labels > 0; labels--)
            length -= 1 + NextLabel(ref position).Length;
        return new DnsName(_message, position, length, labels);
    }

    /// <summary>Whether this name is the other one or lies below it.</summary>
    /// <param name="ancestor">The other name.</param>
    public bool IsWithin(DnsName ancestor) => Labels >= ancestor.Labels && LastLabels(ancestor.Labels).Equals(ancestor);

    /// <summary>Copies the name without compression and in lower case, as signatures count it. Source: RFC 4034, section 6.2.</summary>
    /// <param name="destination">Where to; <see cref="Length"/> octets are needed.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>.</returns>
    public OperationStatus CopyCanonicalTo(Span<byte> destination, out int written)
    {
        OperationStatus status = CopyTo(destination, out written);
        for (int i = 0; i < written; i++)
            destination[i] = ToLower(destination[i]); // lengths are less than the code of 'A'
        return status;
    }

    internal void WriteTo(scoped ref DnsBufferWriter writer)
    {
        int position = _offset;
        for (int i = 0; i < Labels; i++)
        {
            foreach (byte octet in NextLabel(ref position))
            {
                if (octet is <= (byte)' ' or >= 0x7f)
                {
                    writer.Add((byte)'\\');
                    writer.AddNumber(octet, 3);
                    continue;
                }

                if (SpecialInZoneFiles.Contains(octet))
                    writer.Add((byte)'\\');
                writer.Add(octet);
            }

            writer.Add((byte)'.');
        }

        if (Labels == 0)
            writer.Add((byte)'.');
    }

    /// <summary>Writes the wire form of a name that is given as text.</summary>
    /// <param name="text">
    /// ASCII with the escapes of RFC 1035, section 5.1; with or without the final dot. A name with other characters
    /// goes through <see cref="InternationalName.ToAscii"/> first.
    /// </param>
    /// <param name="destination">Where to write; <see cref="MaxLength"/> octets always suffice.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> for an empty label, a label of more than 63 octets, a name of more
    /// than 255, a broken escape or a character that is not ASCII.
    /// </returns>
    public static OperationStatus Encode(ReadOnlySpan<char> text, Span<byte> destination, out int written)
    {
        Span<byte> octets = stackalloc byte[LongestText];
        if (Ascii.FromUtf16(text, octets, out int length) is OperationStatus.Done)
            return Encode(octets[..length], origin: [0], destination, out written);

        written = 0;
        return OperationStatus.InvalidData;
    }

    /// <summary>Writes the wire form of a name as zone files have it: without a final dot, it is below the origin.</summary>
    /// <param name="text">The name with the escapes of RFC 1035, section 5.1; octets beyond ASCII stand for themselves.</param>
    /// <param name="origin">The origin in wire form.</param>
    /// <param name="destination">Where to write; <see cref="MaxLength"/> octets always suffice.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns>As <see cref="Encode(ReadOnlySpan{char}, Span{byte}, out int)"/>.</returns>
    public static OperationStatus Encode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> origin, Span<byte> destination, out int written)
    {
        written = 0;
        Span<byte> name = stackalloc byte[MaxLength];
        int labelStart = 0; // where the length octet of the current label goes
        int length = 1;
        if (text.Length == 1 && text[0] == '.')
        {
            text = [];
            origin = [0];
        }

        for (int i = 0; i < text.Length; i++)
        {
            byte character = text[i];
            if (character == '.')
            {
                if (length - labelStart == 1)
                    return OperationStatus.InvalidData;

                name[labelStart] = (byte)(length - labelStart - 1);
                if (length == MaxLength)
                    return OperationStatus.InvalidData;

                labelStart = length++;
                continue;
            }

            if (character == '\\' && !TryUnescape(text, ref i, out character))
                return OperationStatus.InvalidData;

            if (length - labelStart > MaxLabelLength || length == MaxLength)
                return OperationStatus.InvalidData;

            name[length++] = character;
        }

        bool endsWithLabel = length - labelStart > 1;
        if (endsWithLabel)
            name[labelStart] = (byte)(length - labelStart - 1);
        else
            length = labelStart;
        if (!endsWithLabel && labelStart > 0)
            origin = [0];
        if (length + origin.Length > MaxLength)
            return OperationStatus.InvalidData;
        if (destination.Length < length + origin.Length)
            return OperationStatus.DestinationTooSmall;

        name[..length].CopyTo(destination);
        origin.CopyTo(destination[length..]);
        written = length + origin.Length;
        return OperationStatus.Done;
    }

    /// <summary>Whether <paramref name="text"/> can be a name in DNS (lengths and escapes only, not letters).</summary>
    /// <param name="text">The name in ASCII, with or without the final dot.</param>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        Span<byte> name = stackalloc byte[MaxLength];
        return Encode(text, name, out _) is OperationStatus.Done;
    }

    private static bool TryUnescape(ReadOnlySpan<byte> text, ref int position, out byte character)
    {
        character = 0;
        ReadOnlySpan<byte> rest = text[(position + 1)..];
        if (rest.IsEmpty)
            return false;

        character = rest[0];
        if (!char.IsAsciiDigit((char)character))
        {
            position++;
            return true;
        }

        if (rest.Length < 3)
            return false;

        int value = 0;
        foreach (byte digit in rest[..3])
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;

            value = (value * 10) + digit - '0';
        }

        position += 3;
        character = unchecked((byte)value);
        return value <= byte.MaxValue;
    }

    private static bool EqualsIgnoringCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            return false;

        for (int i = 0; i < left.Length; i++)
        {
            if (ToLower(left[i]) != ToLower(right[i]))
                return false;
        }

        return true;
    }

    private static ReadOnlySpan<byte> LabelAt(ReadOnlySpan<byte> name, int start) => name.Slice(start + 1, name[start]);

    private int CopyLabelsTo(Span<byte> name, Span<byte> starts)
    {
        CopyCanonicalTo(name, out _);
        int start = 0;
        for (int i = 0; i < Labels; i++)
        {
            starts[i] = (byte)start;
            start += 1 + name[start];
        }

        return Labels;
    }

    private static byte ToLower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

    // Read has checked every label and pointer that this meets.
    private ReadOnlySpan<byte> NextLabel(ref int position)
    {
        while ((_message[position] & PointerMark) == PointerMark)
            position = ((_message[position] & ~PointerMark) << 8) | _message[position + 1];

        int start = position + 1;
        position = start + _message[position];
        return _message[start..position];
    }
}
