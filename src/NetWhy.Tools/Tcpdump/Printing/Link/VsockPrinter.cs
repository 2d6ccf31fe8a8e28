namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints packets of sockets between machines and their hosts. Source: Linux, vsockmon.h, virtio_vsock.h.</summary>
internal static class VsockPrinter
{
    private const int HeaderLength = 32;
    private const int VirtioLength = 44;
    private const ushort Virtio = 2;
    private const ushort PayloadOperation = 4;

    private static readonly Token[] Transports = [(0, "UNKNOWN"), (1, "NO_INFO"), (2, "VIRTIO")];
    private static readonly Token[] Operations = [(0, "UNKNOWN"), (1, "CONNECT"), (2, "DISCONNECT"), (3, "CONTROL"), (4, "PAYLOAD")];
    private static readonly Token[] Types = [(1, "STREAM")];
    private static readonly Token[] VirtioOperations =
    [
        (0, "INVALID"), (1, "REQUEST"), (2, "RESPONSE"), (3, "RST"), (4, "SHUTDOWN"), (5, "RW"), (6, "CREDIT UPDATE"), (7, "CREDIT REQUEST"),
    ];

    /// <summary>Prints a packet.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Protocol = "vsock";
        printer.LinkHeaderLength = octets.Length;
        if (octets.Length < HeaderLength)
        {
            printer.Truncated();
            return;
        }

        ushort operation = printer.L16(octets, 24), transport = printer.L16(octets, 26);
        printer.Token(Transports, transport, "Invalid transport (%u)");
        int wholeLength = HeaderLength + (transport is Virtio ? VirtioLength : 0);
        bool isShort = octets.Length < wholeLength;
        if (printer.Verbosity == 0)
        {
            printer.Put(" ");
        }
        else if (!isShort)
        {
            if (transport is Virtio)
                PrintVirtio(printer, octets[HeaderLength..]);
            printer.Put("\n\t");
        }

        printer.Put($"{printer.L64(octets, 0)}.{printer.L32(octets, 16)} > {printer.L64(octets, 8)}.{printer.L32(octets, 20)} ");
        printer.Token(Operations, operation, " invalid op (%u)");
        printer.Put($", length {octets.Length}");
        if (printer.Verbosity > 0 && isShort)
        {
            printer.Truncated();
        }
        else if (printer.Verbosity > 1 && operation is PayloadOperation)
        {
            if (octets.Length > wholeLength)
            {
                printer.Put("\n");
                printer.Unknown(octets, wholeLength, "\t", octets.Length - wholeLength);
            }
            else
            {
                printer.Truncated();
            }
        }
    }

    private static void PrintVirtio(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put($" (len {printer.L32(octets, 24)}, type ");
        printer.Token(Types, printer.L16(octets, 28), "Invalid type (%u)");
        printer.Put(", op ");
        printer.Token(VirtioOperations, printer.L16(octets, 30), "Invalid op (%u)");
        printer.Put($", flags {printer.L32(octets, 32):x}, buf_alloc {printer.L32(octets, 36)}, fwd_cnt {printer.L32(octets, 40)})");
    }
}
