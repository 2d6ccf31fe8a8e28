namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints BEEP. Source: RFC 3080, section 2.2.</summary>
internal static class BeepPrinter
{
    /// <summary>Prints a segment's data.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        const int Length = 4;
        printer.Protocol = "beep";
        ReadOnlySpan<byte> start = length >= Length ? PacketPrinter.First(octets, Length) : default;
        if (start.SequenceEqual("MSG\0"u8) || start.SequenceEqual("RPY "u8) || start.SequenceEqual("ERR "u8) || start.SequenceEqual("ANS "u8)
            || start.SequenceEqual("NUL "u8) || start.SequenceEqual("SEQ "u8) || start.SequenceEqual("END\0"u8))
        {
            printer.Put($" BEEP {start[..3]}");
        }
        else
        {
            printer.Put(" BEEP (payload or undecoded)");
        }
    }
}
