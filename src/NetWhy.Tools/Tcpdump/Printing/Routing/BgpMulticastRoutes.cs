namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Prints routes of multicast in virtual private networks. Source: RFC 6514, section 4.</summary>
internal static class BgpMulticastRoutes
{
    private const int DistinguisherLength = 8;

    /// <summary>Prints one route.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="isMissing">Whether octets are missing.</param>
    /// <returns>Its octets.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, out bool isMissing)
    {
        isMissing = false;
        byte type = printer.U8(octets, at), length = printer.U8(octets, at + 1);
        int start = printer.Text.Length;
        printer.Put("\n\t      Route-Type: ");
        printer.Token(BgpNames.MulticastRoutes, type, "Unknown");
        printer.Put($" ({type}), length: {length}");
        at += 2;
        isMissing = !PrintBody(printer, octets, at, length, type);
        if (isMissing || printer.IsCut)
            printer.Text.CutTo(start);
        return length + 2;
    }

    private static bool PrintBody(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, byte type)
    {
        int needed = type switch { 1 or 3 or 5 => DistinguisherLength, 2 or 6 or 7 => DistinguisherLength + 4, _ => 0 };
        if (!PacketPrinter.Has(octets, at, needed))
            return false;
        if (needed == 0)
            return true;
        printer.Put(", RD: ");
        BgpRoutes.PutDistinguisher(printer, octets, at);
        at += DistinguisherLength;
        if (needed > DistinguisherLength)
        {
            printer.Put(", Source-AS ");
            BgpPrinter.PutSystem(printer, printer.U32(octets, at));
            at += 4;
        }

        switch (type)
        {
            case 1:
                PutAddress(printer, ", Originator ", octets, at, unchecked((uint)(length - DistinguisherLength)) << 3);
                break;
            case 3:
                int left = length - PrintFlow(printer, octets, at);
                if (left < 0 || !PacketPrinter.Has(octets, at, left))
                    return false;
                PutAddress(printer, ", Originator ", octets, at, (uint)left << 3);
                break;
            case 5 or 6 or 7:
                PrintFlow(printer, octets, at);
                break;
        }

        return true;
    }

    // Source and group; octets that both have.
    private static int PrintFlow(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        int used = 0;
        for (int i = 0; i < 2 && !printer.IsCut; i++)
        {
            uint bits = printer.U8(octets, at++);
            int count = (int)bits / 8;
            if (!PacketPrinter.Has(octets, at, count))
                break;
            used += count + 1;
            if (bits != 0)
                PutAddress(printer, i == 0 ? ", Source " : ", Group ", octets, at, bits);
            at += count;
        }

        return used;
    }

    private static void PutAddress(PacketPrinter printer, string before, ReadOnlySpan<byte> octets, int at, uint bits)
    {
        printer.Put(before);
        if (bits == 32)
            printer.Ipv4Address(octets, at);
        else if (bits == 128)
            printer.Ipv6Address(octets, at);
        else
            printer.Put($"bogus address length {bits}");
    }
}
