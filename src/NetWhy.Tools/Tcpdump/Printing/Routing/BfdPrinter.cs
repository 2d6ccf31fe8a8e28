namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints BFD. Sources: RFC 5880, RFC 5881, RFC 5883, RFC 7130; draft-ietf-bfd-base-01 for version 0.</summary>
internal static class BfdPrinter
{
    internal const ushort ControlPort = 3784;
    internal const ushort EchoPort = 3785;
    internal const ushort MultihopPort = 4784;
    internal const ushort LagPort = 6784;
    private const int HeaderLength = 24;
    private const byte HasAuthentication = 0x04;

    private static readonly Token[] Authentications =
        [(1, "Simple Password"), (2, "Keyed MD5"), (3, "Meticulous Keyed MD5"), (4, "Keyed SHA1"), (5, "Meticulous Keyed SHA1")];

    private static readonly Token[] Diagnostics =
    [
        (0, "No Diagnostic"), (1, "Control Detection Time Expired"), (2, "Echo Function Failed"), (3, "Neighbor Signaled Session Down"),
        (4, "Forwarding Plane Reset"), (5, "Path Down"), (6, "Concatenated Path Down"), (7, "Administratively Down"),
        (8, "Reverse Concatenated Path Down"),
    ];

    private static readonly Token[] Ports = [(ControlPort, "Control"), (MultihopPort, "Multihop"), (LagPort, "Lag")];

    private static readonly Token[] Flags0 =
    [
        (0x80, "I Hear You"), (0x40, "Demand"), (0x20, "Poll"), (0x10, "Final"), (0x08, "Control Plane Independent"),
        (HasAuthentication, "Authentication Present"), (0x02, "Reserved"), (0x01, "Reserved"),
    ];

    private static readonly Token[] Flags1 =
    [
        (0x20, "Poll"), (0x10, "Final"), (0x08, "Control Plane Independent"), (HasAuthentication, "Authentication Present"),
        (0x02, "Demand"), (0x01, "Multipoint"),
    ];

    private static readonly Token[] States = [(0, "AdminDown"), (1, "Down"), (2, "Init"), (3, "Up")];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="port">The port that it came to.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ushort port)
    {
        printer.Protocol = "bfd";
        if (port is not (ControlPort or MultihopPort or LagPort))
        {
            if (port == EchoPort)
                printer.Put($"BFD, Echo, length: {length}");
            else
                printer.Put($"BFD, unknown ({port}), length: {length}");
            PrintRaw(printer, octets, length);
            return;
        }

        if (!printer.Need(octets, 0, HeaderLength))
            return;
        int version = octets[0] >> 5;
        if (version > 1)
        {
            printer.Put($"BFDv{version}, Control, length: {length}");
            PrintRaw(printer, octets, length);
            return;
        }

        if (printer.Verbosity < 1)
        {
            printer.Put($"BFDv{version}, ");
            PutState(printer, octets, port, version);
            printer.Put($", length: {length}");
            return;
        }

        printer.Put($"BFDv{version}, length: {length}\n\t");
        PutState(printer, octets, port, version);
        printer.Put(", Diagnostic: ");
        printer.Token(Diagnostics, octets[0] & 0x1fu, "unknown");
        uint interval = printer.U32(octets, 12);
        printer.Put($" (0x{octets[0] & 0x1fu:x2})\n\tDetection Timer Multiplier: {octets[2]} ({unchecked(octets[2] * interval) / 1000} ms Detection time)");
        printer.Put($", BFD Length: {octets[3]}\n\tMy Discriminator: 0x{printer.U32(octets, 4):x8}, Your Discriminator: 0x{printer.U32(octets, 8):x8}");
        PutInterval(printer, "\n\t  Desired min Tx Interval:    ", interval);
        PutInterval(printer, "\n\t  Required min Rx Interval:   ", printer.U32(octets, 16));
        PutInterval(printer, "\n\t  Required min Echo Interval: ", printer.U32(octets, 20));
        if ((octets[1] & HasAuthentication) != 0)
            PrintAuthentication(printer, octets);
    }

    private static void PrintRaw(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        if (printer.Verbosity >= 1)
            printer.Unknown(octets, 0, "\n\t", length);
    }

    private static void PutState(PacketPrinter printer, ReadOnlySpan<byte> octets, ushort port, int version)
    {
        if (version == 0)
        {
            printer.Put("Control, Flags: [");
            printer.Bits(Flags0, octets[1], "none");
        }
        else
        {
            printer.Token(Ports, port, "unknown (%u)");
            printer.Put(", State ");
            printer.Token(States, (uint)octets[1] >> 6, "unknown (%u)");
            printer.Put(", Flags: [");
            printer.Bits(Flags1, octets[1] & 0x3fu, "none");
        }

        printer.Put("]");
    }

    private static void PutInterval(PacketPrinter printer, string name, uint microseconds)
    {
        printer.Put(name);
        int start = printer.Text.Length;
        printer.Put($"{microseconds / 1000}");
        printer.AlignRight(start, 4);
        printer.Put(" ms");
    }

    private static void PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        int at = HeaderLength;
        if (!printer.Need(octets, at, 4))
            return;
        int kind = octets[at], length = octets[at + 1];
        printer.Put("\n\tAuthentication: ");
        printer.Token(Authentications, (uint)kind, "Unknown");
        printer.Put($" ({kind}), length: {length}\n\t  Auth Key ID: {octets[at + 2]}");
        int digest = kind switch { 2 or 3 => 16, 4 or 5 => 20, _ => 0 };
        if ((kind == 1 && length is < 4 or > 19) || (digest != 0 && length != digest + 8))
        {
            if (kind == 1 || digest != 0)
                printer.Put($"[invalid length {length}]");
            return;
        }

        if (kind == 1)
        {
            printer.Put(", Password: ");
            if (!printer.CapturedCharacters(octets, at + 3, length - 3))
                printer.Cut();
        }
        else if (digest != 0)
        {
            uint sequence = printer.U32(octets, at + 4);
            printer.Put($", Sequence Number: 0x{sequence:x8}");
            if (!printer.Need(octets, at + 8, digest))
                return;
            printer.Put(digest == 16 ? "\n\t  Digest: " : "\n\t  Hash: ");
            foreach (byte octet in octets.Slice(at + 8, digest))
                printer.Put($"{(uint)octet:x2}");
        }
    }
}
