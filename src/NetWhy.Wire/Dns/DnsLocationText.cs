namespace NetWhy.Wire.Dns;

/// <summary>Writes the data of a LOC record. Source: RFC 1876, section 3.</summary>
internal static class DnsLocationText
{
    private const uint Equator = 1u << 31; // also the prime meridian
    private const uint MostLatitude = 90 * 3_600_000, MostLongitude = 180 * 3_600_000; // thousandths of a second
    private const long BaseAltitude = 10_000_000; // centimetres below the reference spheroid

    internal static void Write(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader)
    {
        byte version = reader.UInt8(), size = reader.UInt8(), horizontal = reader.UInt8(), vertical = reader.UInt8();
        uint latitude = reader.UInt32(), longitude = reader.UInt32(), altitude = reader.UInt32();
        if (version != 0 || !IsSize(size) || !IsSize(horizontal) || !IsSize(vertical)
            || Distance(latitude) > MostLatitude || Distance(longitude) > MostLongitude)
        {
            reader.Fail();
            return;
        }

        WriteAngle(ref writer, Distance(latitude));
        writer.Add(latitude >= Equator ? " N "u8 : " S "u8);
        WriteAngle(ref writer, Distance(longitude));
        writer.Add(longitude >= Equator ? " E "u8 : " W "u8);
        long centimetres = altitude - BaseAltitude;
        if (centimetres < 0)
            writer.Add((byte)'-');
        WriteMetres(ref writer, (ulong)Math.Abs(centimetres));
        WriteSize(ref writer, size);
        WriteSize(ref writer, horizontal);
        WriteSize(ref writer, vertical);
    }

    private static bool IsSize(byte size) => (size >> 4) <= 9 && (size & 0xf) <= 9;

    private static uint Distance(uint angle) => angle >= Equator ? angle - Equator : Equator - angle;

    private static void WriteAngle(scoped ref DnsBufferWriter writer, uint thousandths)
    {
        writer.AddNumber(thousandths / 3_600_000);
        writer.Add((byte)' ');
        writer.AddNumber(thousandths / 60_000 % 60);
        writer.Add((byte)' ');
        writer.AddNumber(thousandths / 1_000 % 60);
        writer.Add((byte)'.');
        writer.AddNumber(thousandths % 1_000, 3);
    }

    private static void WriteMetres(scoped ref DnsBufferWriter writer, ulong centimetres)
    {
        writer.AddNumber(centimetres / 100);
        writer.Add((byte)'.');
        writer.AddNumber(centimetres % 100, 2);
        writer.Add((byte)'m');
    }

    // A digit and a power of ten, in centimetres; BIND leaves out the fraction of whole metres.
    private static void WriteSize(scoped ref DnsBufferWriter writer, byte size)
    {
        ulong centimetres = (ulong)(size >> 4);
        for (int i = 0; i < (size & 0xf); i++)
            centimetres *= 10;
        writer.Add((byte)' ');
        if ((size & 0xf) < 2)
        {
            WriteMetres(ref writer, centimetres);
            return;
        }

        writer.AddNumber(centimetres / 100);
        writer.Add((byte)'m');
    }
}
