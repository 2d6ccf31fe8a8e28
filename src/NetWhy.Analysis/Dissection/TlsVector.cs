using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Vectors of TLS: a length, and as many octets. Source: RFC 8446, section 3.4.</summary>
internal static class TlsVector
{
    /// <summary>Reads the length of a vector.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">The field of the length.</param>
    /// <param name="at">Where the vector begins; afterwards where its octets do.</param>
    /// <param name="end">Where what it lies in ends.</param>
    /// <param name="least">Octets that it has at least.</param>
    /// <param name="most">Octets that it has at most: the length is as long as that needs.</param>
    /// <param name="length">Octets that there are.</param>
    /// <returns>Whether all of it is there.</returns>
    internal static bool TryRead(ref Dissection dissection, Field field, ref int at, int end, int least, int most, out int length)
    {
        int size = most > ushort.MaxValue ? 3 : most > byte.MaxValue ? 2 : 1;
        length = 0;
        if (end - at < size)
        {
            dissection.Fields.RemarkHere(TlsFields.VectorTooLong, at, $"No more room for vector of length {size}");
            return false;
        }

        length = (int)dissection.Number(field, at, size);
        if (length < least)
            dissection.Fields.Remark(TlsFields.VectorLength, at, $"Vector length {length} is smaller than minimum {least}");
        else if (length > most)
            dissection.Fields.Remark(TlsFields.VectorLength, at, $"Vector length {length} is larger than maximum {most}");
        at += size;
        if (end - at >= length)
            return true;
        dissection.Fields.Remark(TlsFields.VectorTooLong, at, $"Vector length {length} is too large, truncating it to {end - at}");
        length = end - at;
        return false;
    }

    /// <summary>Reads a vector whose octets are a value.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="lengthField">The field of the length.</param>
    /// <param name="field">The field of the octets: it is left out where there are none.</param>
    /// <param name="at">Where the vector begins; afterwards where it ends.</param>
    /// <param name="end">Where what it lies in ends.</param>
    /// <param name="least">Octets that it has at least.</param>
    /// <param name="most">Octets that it has at most.</param>
    /// <returns>Whether all of it is there.</returns>
    internal static bool TryReadValue(ref Dissection dissection, Field lengthField, Field field, ref int at, int end, int least, int most)
    {
        if (!TryRead(ref dissection, lengthField, ref at, end, least, most, out int length))
            return false;
        if (length > 0)
            dissection.Part(field, at, length);
        at += length;
        return true;
    }

    /// <summary>Says whether something was left over, or too much was read.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Up to where it was read.</param>
    /// <param name="end">Where it ends.</param>
    internal static void End(ref Dissection dissection, int at, int end)
    {
        int rest = end - at;
        if (rest > 0)
            dissection.Fields.RemarkHere(TlsFields.TrailingData, at, $"{rest} trailing byte{(rest == 1 ? " was" : "s were")} unprocessed");
        else if (rest < 0)
            dissection.Fields.RemarkHere(TlsFields.VectorTooLong, end, $"Dissector processed too much data ({-rest} byte{(rest == -1 ? "" : "s")})");
    }
}
