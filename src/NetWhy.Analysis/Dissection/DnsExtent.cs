using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>Where a message of DNS is; what is read of it does not go beyond.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends, or what was captured of it.</param>
internal readonly record struct DnsExtent(int Start, int End)
{
    /// <summary>Nanoseconds of a second.</summary>
    internal const ulong Second = 1_000_000_000;

    /// <summary>Whether the message has some octets; if not, it makes no sense.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="length">How many.</param>
    internal bool Has(ref Dissection dissection, int at, int length) => (at >= 0 && length >= 0 && length <= End - at) || Fail(ref dissection);

    /// <summary>Says that the message makes no sense.</summary>
    /// <param name="dissection">The packet.</param>
    /// <returns>False.</returns>
    internal static bool Fail(ref Dissection dissection)
    {
        dissection.Malform();
        return false;
    }

    /// <summary>Reads a number.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="at">Where it is; then where it ends.</param>
    /// <param name="length">Its octets.</param>
    /// <returns>False where the message ends before.</returns>
    internal bool ReadNumber(ref Dissection dissection, Field field, ref int at, int length)
    {
        if (!Has(ref dissection, at, length))
            return false;
        if (field.Mask != 0)
            dissection.Bits(field, at, length);
        else
            dissection.Number(field, at, length);
        at += length;
        return true;
    }

    /// <summary>Reads octets.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Their field.</param>
    /// <param name="at">Where they are; then where they end.</param>
    /// <param name="length">How many.</param>
    /// <returns>False where the message ends before.</returns>
    internal bool ReadOctets(ref Dissection dissection, Field field, ref int at, int length)
    {
        if (!Has(ref dissection, at, length))
            return false;
        dissection.Part(field, at, length);
        at += length;
        return true;
    }

    /// <summary>Reads text: it ends at an octet of 0, as text of C does.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="at">Where it is; then where it ends.</param>
    /// <param name="length">Its octets.</param>
    /// <returns>False where the message ends before.</returns>
    internal bool ReadText(ref Dissection dissection, Field field, ref int at, int length)
    {
        if (!Has(ref dissection, at, length))
            return false;
        int end = dissection.Octets.Slice(at, length).IndexOf((byte)0);
        dissection.Part(field, at, end < 0 ? length : end);
        at += length;
        return true;
    }

    /// <summary>Reads texts, each behind its length.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="lengthField">The field of their lengths.</param>
    /// <param name="field">Their field.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="end">Where the last one ends at the earliest.</param>
    /// <returns>False where the message ends before.</returns>
    internal bool ReadTexts(ref Dissection dissection, Field lengthField, Field field, int at, int end)
    {
        while (at < end)
        {
            if (!ReadNumber(ref dissection, lengthField, ref at, 1) || !ReadText(ref dissection, field, ref at, dissection.U8(at - 1)))
                return false;
        }

        return true;
    }

    /// <summary>Reads a name.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Its field.</param>
    /// <param name="at">Where it is; then where it ends.</param>
    /// <returns>False where it is none.</returns>
    internal bool ReadName(ref Dissection dissection, Field field, ref int at)
    {
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        if (!TryName(dissection, ref at, room, out ReadOnlySpan<byte> text))
            return Fail(ref dissection);
        dissection.Fields.AddMade(field, text);
        return true;
    }

    /// <summary>Reads a name and adds nothing.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it is; then where it ends.</param>
    /// <returns>False where it is none.</returns>
    internal bool TrySkipName(ref Dissection dissection, ref int at)
    {
        int offset = at - Start;
        if (at > End || DnsName.Read(dissection.Octets[Start..End], ref offset, out _) is not OperationStatus.Done)
            return Fail(ref dissection);
        at = Start + offset;
        return true;
    }

    /// <summary>Reads a name as text.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it is; then where it ends.</param>
    /// <param name="room">Where the text may stand: <see cref="DnsName.MaxLength"/> octets.</param>
    /// <param name="text">The text.</param>
    /// <returns>False where it is none.</returns>
    internal bool TryName(in Dissection dissection, scoped ref int at, Span<byte> room, out ReadOnlySpan<byte> text)
    {
        text = default;
        int offset = at - Start;
        if (at > End || DnsName.Read(dissection.Octets[Start..End], ref offset, out DnsName name) is not OperationStatus.Done)
            return false;
        at = Start + offset;
        text = DnsDissector.TextOf(name, room);
        return true;
    }
}
