using System.Buffers.Binary;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints QUIC packets with a long header, which tcpdump does not. Source: RFC 8999; RFC 9000, section 17.2; RFC 9369, section 3.2.</summary>
/// <remarks>What is said of a packet never ends the line: where the capture stops, so does this.</remarks>
internal static class QuicPrinter
{
    private const ushort Port = 443;
    private const uint Negotiation = 0, Version1 = 1, Version2 = 0x6b33_43cf;
    private const int LongestId = 20; // RFC 9000, section 17.2
    private const int RetryTagLength = 16;

    private static readonly Token[] Types = [(0, "Initial"), (1, "0-RTT"), (2, "Handshake"), (3, "Retry")];

    /// <summary>Prints the packets of a datagram; nothing if it is no QUIC.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="source">Port of the sender.</param>
    /// <param name="destination">Port of the receiver.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, ushort source, ushort destination)
    {
        bool isExpected = source == Port || destination == Port;
        string separator = ": QUIC ";
        while (IsLongHeader(octets, isExpected))
        {
            printer.Put(separator);
            int length = PrintPacket(printer, octets);
            if (length <= 0)
                return;
            separator = "; ";
            isExpected = false;
            octets = PacketPrinter.From(octets, length);
        }
    }

    private static bool IsLongHeader(ReadOnlySpan<byte> octets, bool isExpected)
    {
        if (octets.Length < 7 || (octets[0] & 0x80) == 0 || octets[5] > LongestId)
            return false;
        uint version = BinaryPrimitives.ReadUInt32BigEndian(octets[1..]);
        if (version == Negotiation)
            return isExpected && PacketPrinter.Has(octets, 6 + octets[5], 1) && octets[6 + octets[5]] <= LongestId;
        bool isKnown = version is Version1 or Version2 || version >> 8 == 0xff_0000;
        if (!isKnown && !(isExpected && (version & 0x0f0f_0f0f) == 0x0a0a_0a0a))
            return false;
        return (octets[0] & 0x40) != 0 && PacketPrinter.Has(octets, 6 + octets[5], 1) && octets[6 + octets[5]] <= LongestId;
    }

    /// <returns>Octets of the packet; 0 if it is the last, or not known.</returns>
    private static int PrintPacket(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        uint version = BinaryPrimitives.ReadUInt32BigEndian(octets[1..]);
        PrintVersion(printer, version);
        uint type = (uint)(octets[0] >> 4) & 3;
        if (version == Version2)
            type = (type + 3) & 3; // they begin with Retry there
        bool isNamed = version is Version1 or Version2 || version >> 8 == 0xff_0000;
        if (isNamed)
        {
            printer.Put(" ");
            printer.Token(Types, type, "");
        }

        int at = 5;
        PrintId(printer, ", dcid ", octets, ref at);
        PrintId(printer, ", scid ", octets, ref at);
        if (version == Negotiation)
            PrintVersions(printer, PacketPrinter.From(octets, at));
        else if (isNamed && type == 3)
            printer.Put($", token length {Math.Max(0, octets.Length - at - RetryTagLength)}");
        else if (isNamed)
            return PrintLengths(printer, octets, at, hasToken: type == 0);
        return 0;
    }

    private static int PrintLengths(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool hasToken)
    {
        if (hasToken)
        {
            if (!Number(octets, ref at, out ulong token) || token > ushort.MaxValue)
                return 0;
            if (token != 0)
                printer.Put($", token length {token}");
            at += (int)token;
        }

        if (!Number(octets, ref at, out ulong length) || length > ushort.MaxValue)
            return 0;
        printer.Put($", length {length}");
        return at + (int)length;
    }

    private static void PrintVersion(PacketPrinter printer, uint version)
    {
        if (version == Negotiation)
            printer.Put("version negotiation");
        else if (version == Version1)
            printer.Put("v1");
        else if (version == Version2)
            printer.Put("v2");
        else if (version >> 8 == 0xff_0000)
            printer.Put($"draft-{version & 0xff}");
        else
            printer.Put($"0x{version:x8}");
    }

    private static void PrintVersions(PacketPrinter printer, ReadOnlySpan<byte> versions)
    {
        string separator = ", versions ";
        for (; versions.Length >= 4; versions = versions[4..])
        {
            printer.Put(separator);
            PrintVersion(printer, BinaryPrimitives.ReadUInt32BigEndian(versions));
            separator = "/";
        }
    }

    private static void PrintId(PacketPrinter printer, string name, ReadOnlySpan<byte> octets, ref int at)
    {
        int length = PacketPrinter.Has(octets, at, 1) ? octets[at] : 0;
        if (length > 0)
        {
            printer.Put(name);
            foreach (byte octet in PacketPrinter.Part(octets, at + 1, length))
                printer.Text.AddHexadecimal(octet, 2);
        }

        at += 1 + length;
    }

    // The first two bits tell how long it is. Source: RFC 9000, section 16.
    private static bool Number(ReadOnlySpan<byte> octets, ref int at, out ulong value)
    {
        value = 0;
        if (!PacketPrinter.Has(octets, at, 1))
            return false;
        int count = 1 << (octets[at] >> 6);
        if (!PacketPrinter.Has(octets, at, count))
            return false;
        for (int i = 0; i < count; i++)
            value = (value << 8) | octets[at + i];
        value &= (1UL << ((8 * count) - 2)) - 1;
        at += count;
        return true;
    }
}
