namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Prints IEEE 802.11 frames. Source: IEEE 802.11, chapter 9.</summary>
internal static class Ieee80211Printer
{
    private const int ManagementLength = 24;
    private const int FourAddressesLength = 30;

    private static readonly Token[] ControlTypes =
    [
        (7, "Control Wrapper"), (8, "BAR"), (9, "BA"), (10, "Power Save-Poll"), (11, "Request-To-Send"), (12, "Clear-To-Send"),
        (13, "Acknowledgment"), (14, "CF-End"), (15, "CF-End+CF-Ack"),
    ];

    /// <summary>Prints a frame.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="isPadded">Whether its header is padded to a multiple of four octets.</param>
    /// <param name="checksumLength">Length of the checksum at its end; 0 if there is none.</param>
    /// <returns>Length of its header.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isPadded, int checksumLength)
    {
        printer.Protocol = "802.11";
        if (length < checksumLength)
        {
            printer.Truncated();
            return octets.Length;
        }

        length -= checksumLength;
        int wholeLength = octets.Length;
        octets = PacketPrinter.First(octets, length);
        if (octets.Length < 2)
        {
            printer.Truncated();
            return wholeLength;
        }

        var control = new FrameControl(printer.L16(octets, 0));
        int headerLength = HeaderLength(printer, control);
        if (headerLength == 0)
            return 0;
        if (isPadded)
            headerLength = (headerLength + 3) & ~3;
        int meshLength = 0;
        if (printer.Options.IsMesh && control.Type == 2 && control.IsQualityOfService)
        {
            if (octets.Length <= headerLength)
            {
                printer.Truncated();
                return headerLength;
            }

            byte extension = octets[headerLength];
            meshLength = (extension & ~3) != 0 ? 0 : 6 * (1 + (extension & 3));
            headerLength += meshLength;
        }

        if (octets.Length < headerLength)
        {
            printer.Truncated();
            return headerLength;
        }

        if (printer.Options.ShowsLink)
            PutHeader(printer, control, octets, headerLength, meshLength);
        ReadOnlySpan<byte> body = octets[headerLength..];
        length -= headerLength;
        bool isWhole = control.Type switch
        {
            0 => Ieee80211Management.Print(printer, control, octets, body, length),
            1 => PrintControl(printer, control, octets),
            _ => PrintData(printer, control, octets, body, length, ref headerLength),
        };
        if (!isWhole)
        {
            printer.Protocol = "802.11";
            printer.Truncated();
        }

        return headerLength;
    }

    /// <summary>Prints how a body is encrypted.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="body">The body.</param>
    /// <returns>Whether enough of it was captured.</returns>
    internal static bool PrintProtected(PacketPrinter printer, ReadOnlySpan<byte> body)
    {
        if (body.Length < 4)
            return false;
        uint vector = printer.L32(body, 0), start = vector & 0xffffff;
        printer.Put($" IV:{(start < 0x10 ? "  " : start < 0x100 ? " " : "")}{start:x} Pad {(vector >> 24) & 0x3f:x} KeyID {vector >> 30:x}");
        return true;
    }

    private static int HeaderLength(PacketPrinter printer, FrameControl control)
    {
        switch (control.Type)
        {
            case 0:
                return ManagementLength;
            case 1:
                int length = control.Subtype switch { 7 => 16, 8 => 20, 9 or 10 or 11 or 14 or 15 => 16, 12 or 13 => 10, _ => 0 };
                if (length == 0)
                    printer.Put($"unknown 802.11 ctrl frame subtype ({control.Subtype})");
                return length;
            case 2:
                return (control.ToDistribution && control.FromDistribution ? FourAddressesLength : ManagementLength) + (control.IsQualityOfService ? 2 : 0);
            default:
                printer.Put($"unknown 802.11 frame type ({control.Type})");
                return 0;
        }
    }

    private static void PutHeader(PacketPrinter printer, FrameControl control, ReadOnlySpan<byte> octets, int headerLength, int meshLength)
    {
        if (printer.Verbosity > 0)
            PutFlags(printer, control, octets);
        if (meshLength != 0)
            PutMesh(printer, octets, headerLength - meshLength);
        switch (control.Type)
        {
            case 0:
                PutAddress(printer, "BSSID:", octets, 16);
                PutAddress(printer, "DA:", octets, 4);
                PutAddress(printer, "SA:", octets, 10);
                break;
            case 1:
                PutControlHeader(printer, control, octets);
                break;
            default:
                PutDataHeader(printer, control, octets);
                break;
        }
    }

    private static void PutFlags(PacketPrinter printer, FrameControl control, ReadOnlySpan<byte> octets)
    {
        if (control.Has(0x2000))
            printer.Put("More Data ");
        if (control.Has(0x0400))
            printer.Put("More Fragments ");
        if (control.Has(0x1000))
            printer.Put("Pwr Mgmt ");
        if (control.Has(0x0800))
            printer.Put("Retry ");
        if (control.Has(0x8000))
            printer.Put("Strictly Ordered ");
        if (control.IsProtected)
            printer.Put("Protected ");
        if (control.Type != 1 || control.Subtype != 10)
            printer.Put($"{printer.L16(octets, 2)}us ");
    }

    private static void PutMesh(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int extension = octets[at] & 3;
        printer.Put($"MeshData (AE {extension} TTL {printer.U8(octets, at + 1)} seq {printer.L32(octets, at + 2)}");
        for (int i = 0; i < extension && !printer.IsCut; i++)
        {
            if (!printer.Need(octets, at + 6 + (6 * i), 6))
                return;
            printer.Put($" A{4 + i}:");
            printer.EthernetAddress(octets, at + 6 + (6 * i));
        }

        printer.Put(") ");
    }

    private static void PutAddress(PacketPrinter printer, string name, ReadOnlySpan<byte> octets, int at)
    {
        if (!printer.Need(octets, at, 6))
            return;
        printer.Put(name);
        printer.EthernetAddress(octets, at);
        printer.Put(" ");
    }

    private static void PutBlockRequest(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put(" ");
        PutAddress(printer, "RA:", octets, 4);
        PutAddress(printer, "TA:", octets, 10);
        printer.Put($"CTL({(uint)printer.L16(octets, 16):x}) SEQ({printer.L16(octets, 18)}) ");
    }

    private static void PutControlHeader(PacketPrinter printer, FrameControl control, ReadOnlySpan<byte> octets)
    {
        switch (control.Subtype)
        {
            case 8:
                PutBlockRequest(printer, octets);
                break;
            case 9 or 11:
                PutAddress(printer, "RA:", octets, 4);
                PutAddress(printer, "TA:", octets, 10);
                break;
            case 10:
                PutAddress(printer, "BSSID:", octets, 4);
                PutAddress(printer, "TA:", octets, 10);
                break;
            case 12 or 13:
                PutAddress(printer, "RA:", octets, 4);
                break;
            case 14 or 15:
                PutAddress(printer, "RA:", octets, 4);
                PutAddress(printer, "BSSID:", octets, 10);
                break;
        }
    }

    private static bool PrintControl(PacketPrinter printer, FrameControl control, ReadOnlySpan<byte> octets)
    {
        printer.Token(ControlTypes, (uint)control.Subtype, "Unknown Ctrl Subtype");
        bool isShown = printer.Options.ShowsLink;
        switch (control.Subtype)
        {
            case 8 when !isShown:
                PutBlockRequest(printer, octets);
                break;
            case 10:
                printer.Put($" AID({(uint)printer.L16(octets, 2):x})");
                break;
            case 11 when !isShown:
                PutAddress(printer, " TA:", octets, 10);
                break;
            case (9 or 12 or 13 or 14 or 15) when !isShown:
                PutAddress(printer, " RA:", octets, 4);
                break;
        }

        return true;
    }

    private static void PutDataHeader(PacketPrinter printer, FrameControl control, ReadOnlySpan<byte> octets)
    {
        if ((control.Subtype & 0xb) != 0)
        {
            printer.Put("CF ");
            printer.Put((control.Subtype & 3) switch { 1 => "Ack", 2 => "Poll", 3 => "Ack/Poll", _ => "" });
            if (control.IsQualityOfService)
                printer.Put("+QoS");
            printer.Put(" ");
        }

        if (control.ToDistribution && control.FromDistribution)
        {
            PutAddress(printer, "RA:", octets, 4);
            PutAddress(printer, "TA:", octets, 10);
            PutAddress(printer, "DA:", octets, 16);
            PutAddress(printer, "SA:", octets, 24);
            return;
        }

        PutAddress(printer, control.ToDistribution ? "BSSID:" : "DA:", octets, 4);
        PutAddress(printer, control.FromDistribution ? "BSSID:" : "SA:", octets, 10);
        PutAddress(printer, control.ToDistribution ? "DA:" : control.FromDistribution ? "SA:" : "BSSID:", octets, 16);
    }

    private static bool PrintData(PacketPrinter printer, FrameControl control, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> body, int length, ref int headerLength)
    {
        if ((control.Subtype & 4) != 0)
            return true; // without data
        if (control.IsProtected)
        {
            printer.Put("Data");
            return PrintProtected(printer, body);
        }

        int source = control.FromDistribution ? control.ToDistribution ? 24 : 16 : 10;
        int destination = control.ToDistribution ? 16 : 4;
        if (!printer.Enter())
            return true;
        int llcLength = LlcPrinter.Print(printer, body, length, octets.Slice(source, 6), octets.Slice(destination, 6));
        if (llcLength < 0)
            EthernetPrinter.Default(printer, body);
        printer.Leave();
        headerLength += Math.Abs(llcLength);
        return true;
    }

    /// <summary>The first two octets of a frame.</summary>
    /// <param name="Bits">Them.</param>
    internal readonly record struct FrameControl(ushort Bits)
    {
        internal int Type => (Bits >> 2) & 3;

        internal int Subtype => (Bits >> 4) & 0xf;

        internal bool ToDistribution => Has(0x0100);

        internal bool FromDistribution => Has(0x0200);

        internal bool IsProtected => Has(0x4000);

        internal bool IsQualityOfService => (Subtype & 8) != 0;

        internal bool Has(int bit) => (Bits & bit) != 0;
    }
}
