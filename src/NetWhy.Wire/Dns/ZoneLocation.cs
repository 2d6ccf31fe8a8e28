namespace NetWhy.Wire.Dns;

/// <summary>Reads the data of a LOC record as zone files write it. Source: RFC 1876, section 3.</summary>
internal static class ZoneLocation
{
    private const uint Equator = 1u << 31; // also the prime meridian
    private const long BaseAltitude = 10_000_000; // centimetres below the reference spheroid
    private const long MostAltitude = uint.MaxValue - BaseAltitude;
    private const long MostSize = 9_000_000_000; // centimetres

    internal static bool TryAdd(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!TryReadAngle(tokens, 90, (byte)'N', (byte)'S', out uint latitude) || !TryReadAngle(tokens, 180, (byte)'E', (byte)'W', out uint longitude)
            || !TryReadMetres(tokens, -BaseAltitude, MostAltitude, out long altitude))
        {
            return false;
        }

        ReadOnlySpan<byte> sizes = [0x12, 0x16, 0x13]; // 1 m, 10 km and 10 m, where nothing is said
        writer.Add(0);
        bool isOver = false;
        foreach (byte size in sizes)
        {
            ZoneFileToken token = tokens.Next();
            tokens.PushBack(token);
            isOver |= token.IsEnd;
            if (isOver)
            {
                writer.Add(size);
                continue;
            }

            if (!TryReadMetres(tokens, 0, MostSize, out long centimetres))
                return false;

            writer.Add(SizeOf(centimetres));
        }

        ZoneDataParser.AddUInt32(ref writer, latitude);
        ZoneDataParser.AddUInt32(ref writer, longitude);
        ZoneDataParser.AddUInt32(ref writer, (uint)(altitude + BaseAltitude));
        return true;
    }

    private static byte SizeOf(long centimetres)
    {
        int power = 0;
        for (; centimetres >= 10; power++)
            centimetres /= 10;
        return (byte)((centimetres << 4) | (uint)power);
    }

    // DEGREES [MINUTES [SECONDS]] DIRECTION
    private static bool TryReadAngle(ZoneFileTokenizer tokens, uint mostDegrees, byte positive, byte negative, out uint angle)
    {
        angle = 0;
        if (!ZoneDataParser.TryReadNumber(tokens, mostDegrees, out ulong degrees))
            return false;

        long thousandths = (long)degrees * 3_600_000;
        for (int part = 0; ; part++)
        {
            ZoneFileToken token = tokens.Next();
            ReadOnlySpan<byte> text = token.Kind is ZoneFileTokenKind.Word ? tokens.TextOf(token) : [];
            if (text.Length == 1 && ((text[0] & ~0x20) == positive || (text[0] & ~0x20) == negative))
            {
                bool isPositive = (text[0] & ~0x20) == positive;
                if (thousandths > mostDegrees * 3_600_000L)
                    return tokens.Fail(token, $"expected an angle of at most {mostDegrees} degrees");

                angle = (uint)(isPositive ? Equator + thousandths : Equator - thousandths);
                return true;
            }

            long most = part == 0 ? 59 : 59_999;
            if (part > 1 || !TryParseDecimal(text, part == 0 ? 0 : 3, out long value) || value > most)
                return tokens.Fail(token, part == 0 ? "expected minutes or a direction" : part == 1 ? "expected seconds or a direction" : "expected a direction");

            thousandths += part == 0 ? value * 60_000 : value;
        }
    }

    private static bool TryReadMetres(ZoneFileTokenizer tokens, long least, long most, out long centimetres)
    {
        centimetres = 0;
        if (!ZoneDataParser.TryTake(tokens, "expected a number of metres", out ZoneFileToken token))
            return false;

        ReadOnlySpan<byte> text = tokens.TextOf(token);
        if (text.Length > 1 && (text[^1] | 0x20) == 'm')
            text = text[..^1];
        bool isNegative = text.Length > 0 && text[0] == '-';
        if (!TryParseDecimal(isNegative ? text[1..] : text, 2, out centimetres))
            return tokens.Fail(token, "expected a number of metres, such as 10.00m");

        centimetres = isNegative ? -centimetres : centimetres;
        return (centimetres >= least && centimetres <= most)
            || tokens.Fail(token, System.FormattableString.Invariant($"expected metres from {least / 100} to {most / 100.0:0.##}"));
    }

    // A number with at most so many digits behind its point, without the point.
    private static bool TryParseDecimal(ReadOnlySpan<byte> text, int places, out long value)
    {
        value = 0;
        int point = -1;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '.' && point < 0 && places > 0)
                point = i;
            else if (!char.IsAsciiDigit((char)text[i]) || (value = (value * 10) + text[i] - '0') > 1_000_000_000_000)
                return false;
        }

        int given = point < 0 ? 0 : text.Length - point - 1;
        for (int i = given; i < places; i++)
            value *= 10;
        return text.Length > 0 && point != 0 && given <= places;
    }
}
