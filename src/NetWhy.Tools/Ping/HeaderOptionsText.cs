using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using NetWhy.Tools.Tshark;

namespace NetWhy.Tools.Ping;

/// <summary>Writes what routers left in the options of an IPv4 header.</summary>
/// <remarks>Source of the options: RFC 791, section 3.1.</remarks>
/// <param name="names">Names of addresses.</param>
internal sealed class HeaderOptionsText(AddressNames names)
{
    private const byte End = 0, NoOperation = 1, RecordRoute = 7, Timestamp = 68, LooseRoute = 131, StrictRoute = 137;
    private const int AddressSize = 4;
    private const int RouteStart = 4; // pointer of an empty route: it counts from 1 and leaves out kind, length and itself
    private const int TimestampStart = 5; // there are flags, too

    private byte[] _lastRoute = [];

    /// <summary>Writes them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="line">Where to.</param>
    internal void Write(ReadOnlySpan<byte> options, IBufferWriter<byte> line)
    {
        while (!options.IsEmpty && options[0] != End)
        {
            if (options[0] == NoOperation)
            {
                line.WriteText("\nNOP");
                options = options[1..];
                continue;
            }

            if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
                return;
            WriteOne(options[..options[1]], line);
            options = options[options[1]..];
        }
    }

    private void WriteOne(ReadOnlySpan<byte> option, IBufferWriter<byte> line)
    {
        switch (option[0])
        {
            case RecordRoute: WriteRoute(option, line); break;
            case Timestamp: WriteTimes(option, line); break;
            case LooseRoute: WriteList("\nLSRR: ", Filled(option, RouteStart), line); break;
            case StrictRoute: WriteList("\nSSRR: ", Filled(option, RouteStart), line); break;
            default: line.WriteText(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\nunknown option {option[0]:x}")); break;
        }
    }

    // What lies before the pointer, behind the option's own header.
    private static ReadOnlySpan<byte> Filled(ReadOnlySpan<byte> option, int start)
    {
        int end = option.Length > 2 ? Math.Min(option[2], option.Length + 1) - 1 : 0;
        return end >= start ? option[(start - 1)..end] : [];
    }

    private void WriteRoute(ReadOnlySpan<byte> option, IBufferWriter<byte> line)
    {
        ReadOnlySpan<byte> route = Filled(option, RouteStart);
        if (route.IsEmpty)
            return;
        if (route.SequenceEqual(_lastRoute))
        {
            line.WriteText("\t(same route)");
            return;
        }

        _lastRoute = route.ToArray();
        WriteList("\nRR: ", route, line);
    }

    private void WriteList(string title, ReadOnlySpan<byte> addresses, IBufferWriter<byte> line)
    {
        line.WriteText(title);
        for (; addresses.Length >= AddressSize; addresses = addresses[AddressSize..])
        {
            WriteAddress(addresses, line);
            line.WriteText("\n");
        }
    }

    private void WriteAddress(ReadOnlySpan<byte> octets, IBufferWriter<byte> line)
    {
        var address = new IPAddress(octets[..AddressSize]);
        line.WriteText("\t");
        line.WriteText(address.Equals(IPAddress.Any) ? "0.0.0.0" : names.Of(address));
    }

    private void WriteTimes(ReadOnlySpan<byte> option, IBufferWriter<byte> line)
    {
        const uint NotStandard = 0x8000_0000;
        ReadOnlySpan<byte> times = Filled(option, TimestampStart);
        if (times.IsEmpty)
            return;
        line.WriteText("\nTS: ");
        bool hasAddresses = (option[3] & 0xf) != 0;
        long standard = 0, other = 0;
        while (times.Length >= (hasAddresses ? 2 * AddressSize : AddressSize))
        {
            if (hasAddresses)
            {
                WriteAddress(times, line);
                times = times[AddressSize..];
            }

            uint time = BinaryPrimitives.ReadUInt32BigEndian(times);
            times = times[AddressSize..];
            line.WriteText("\t");
            if ((time & NotStandard) != 0)
                WriteTime(time & ~NotStandard, ref other, other == 0 ? " absolute not-standard" : " not-standard", line);
            else
                WriteTime(time, ref standard, standard == 0 ? " absolute" : "", line);
            line.WriteText("\n");
        }

        if (option[3] >> 4 is > 0 and var missed)
            line.WriteText(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Unrecorded hops: {missed}\n"));
    }

    private static void WriteTime(long time, ref long last, string kind, IBufferWriter<byte> line)
    {
        line.WriteNumber(time - last);
        line.WriteText(kind);
        last = time;
    }
}
