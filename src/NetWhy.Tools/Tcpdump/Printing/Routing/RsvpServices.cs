namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints what RSVP says of integrated services. Sources: RFC 2210, RFC 2215.</summary>
internal static class RsvpServices
{
    /// <summary>Prints services.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="value">The object, at least four octets.</param>
    /// <param name="indent">What its lines begin with.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> value, string indent)
    {
        printer.Put($"{indent}  Msg-Version: {value[0] >> 4}, length: {printer.U16(value, 2) << 2}");
        value = value[4..];
        while (value.Length >= 4)
        {
            uint room = (uint)printer.U16(value, 2) << 2;
            printer.Put($"{indent}  Service Type: ");
            printer.Token(RsvpNames.Services, value[0], "unknown");
            printer.Put($" ({value[0]}), break bit {((value[1] & 0x80) != 0 ? "" : "not ")}set, Service length: {room}");
            value = value[4..];
            while (room >= 4)
            {
                int used = PrintParameter(printer, value);
                if (used == 0)
                    break;
                value = value[used..];
                room = unchecked(room - (uint)used); // a parameter longer than its service makes this a large number
            }
        }
    }

    // Octets of the parameter; 0 if some are missing.
    private static int PrintParameter(PacketPrinter printer, ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return 0;
        int length = printer.U16(value, 2) << 2;
        printer.Put("\n\t      Parameter ID: ");
        printer.Token(RsvpNames.Parameters, value[0], "unknown");
        printer.Put($" ({value[0]}), length: {length}, Flags: [0x{(uint)value[1]:x2}]");
        if (value.Length < length + 4)
            return 0;
        switch (value[0])
        {
            case 4 when length == 4:
                printer.Put($"\n\t\tIS hop count: {printer.U32(value, 4)}");
                break;
            case 6 when length == 4:
                PutRate(printer, "\n\t\tPath b/w estimate: ", value, 4);
                break;
            case 8 when length == 4:
                printer.Put("\n\t\tMinimum path latency: ");
                if (printer.U32(value, 4) == uint.MaxValue)
                    printer.Put("don't care");
                else
                    printer.Put($"{printer.U32(value, 4)}");
                break;
            case 10 when length == 4:
                printer.Put($"\n\t\tComposed MTU: {printer.U32(value, 4)} bytes");
                break;
            case 127 when length == 20:
                PutRate(printer, "\n\t\tToken Bucket Rate: ", value, 4);
                printer.Put("\n\t\tToken Bucket Size: ");
                printer.Significant(BitConverter.UInt32BitsToSingle(printer.U32(value, 8)));
                printer.Put(" bytes");
                PutRate(printer, "\n\t\tPeak Data Rate: ", value, 12);
                printer.Put($"\n\t\tMinimum Policed Unit: {printer.U32(value, 16)} bytes\n\t\tMaximum Packet Size: {printer.U32(value, 20)} bytes");
                break;
            case 130 when length == 8:
                PutRate(printer, "\n\t\tRate: ", value, 4);
                printer.Put($"\n\t\tSlack Term: {printer.U32(value, 8)}");
                break;
            case >= 133 and <= 136 when length == 4:
                printer.Put($"\n\t\tValue: {printer.U32(value, 4)}");
                break;
            case 4 or 6 or 8 or 10 or 127 or 130 or (>= 133 and <= 136):
                break;
            default:
                if (printer.Verbosity <= 1)
                    printer.Unknown(value, 4, "\n\t\t", length);
                break;
        }

        return length + 4;
    }

    private static void PutRate(PacketPrinter printer, string name, ReadOnlySpan<byte> value, int at)
    {
        printer.Put(name);
        printer.Significant(BitConverter.UInt32BitsToSingle(printer.U32(value, at)) / 125_000);
        printer.Put(" Mbps");
    }
}
