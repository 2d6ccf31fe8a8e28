namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the version that SSH begins with. Source: RFC 4253, section 4.2.</summary>
internal static class SshPrinter
{
    /// <summary>Prints a segment's data.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "ssh";
        ReadOnlySpan<byte> start = "SSH-"u8;
        for (int i = 0; i < start.Length; i++)
        {
            if (printer.U8(octets, i) != start[i])
                return;
        }

        for (int at = start.Length; at < length && !printer.IsCut; at++)
        {
            byte octet = printer.U8(octets, at);
            if (octet is (byte)'\n' || (octet is (byte)'\r' && at + 1 < length && printer.U8(octets, at + 1) is (byte)'\n'))
            {
                printer.Put($": SSH: {octets[..at]}");
                return;
            }

            if (octet is < 0x20 or >= 0x7f)
                return;
        }
    }
}
