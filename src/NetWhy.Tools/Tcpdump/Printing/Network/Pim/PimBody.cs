namespace NetWhy.Tools.Tcpdump.Printing.Network.Pim;

/// <summary>Reads a PIM message from its front, with its encoded addresses. Source: RFC 7761, section 4.9.1; RFC 2117, section 4.1.</summary>
internal ref struct PimBody
{
    private readonly PacketPrinter _printer;
    private readonly int _addressLength;

    /// <summary>Starts behind a header.</summary>
    /// <param name="printer">Where addresses are printed.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the body begins.</param>
    /// <param name="length">What the message was long.</param>
    /// <param name="addressLength">What the header says addresses are long; 0 if each has its family in front.</param>
    internal PimBody(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length, int addressLength)
    {
        _printer = printer;
        _addressLength = addressLength;
        Rest = PacketPrinter.From(octets, at);
        Left = length - at;
    }

    /// <summary>What was captured of what was not read yet.</summary>
    internal ReadOnlySpan<byte> Rest { get; private set; }

    /// <summary>What that was long.</summary>
    internal int Left { get; private set; }

    /// <summary>Skips octets.</summary>
    /// <param name="count">How many.</param>
    internal void Skip(int count)
    {
        Rest = PacketPrinter.From(Rest, count);
        Left -= count;
    }

    /// <summary>Prints text and an encoded unicast address.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether the address is whole and of a family that is known.</returns>
    internal bool Unicast(string text)
    {
        _printer.Put(text);
        if (!Begin(out int size, out int header) || !Has(header, size))
            return false;
        PutAddress(header, size);
        Skip(header + size);
        return true;
    }

    /// <summary>Prints text and an encoded group address.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether the address is whole and of a family that is known.</returns>
    internal bool Group(string text)
    {
        _printer.Put(text);
        if (!Prefix(out byte flags))
            return false;
        if (flags != 0)
            _printer.Put($"(0x{(uint)flags:x2})");
        return true;
    }

    /// <summary>Prints an encoded source address.</summary>
    /// <returns>Whether the address is whole and of a family that is known.</returns>
    internal bool Source()
    {
        if (!Prefix(out byte flags))
            return false;
        if (flags == 0)
            return true;
        _printer.Put($"({((flags & 4) != 0 ? "S" : "")}{((flags & 2) != 0 ? "W" : "")}{((flags & 1) != 0 ? "R" : "")}");
        if ((flags & 0xf8) != 0)
            _printer.Put($"+0x{flags & 0xf8:x2}");
        _printer.Put(")");
        return true;
    }

    private bool Prefix(out byte flags)
    {
        flags = 0;
        if (!Begin(out int size, out int header) || !Has(header, size + 2))
            return false;
        flags = Rest[header];
        byte mask = Rest[header + 1];
        PutAddress(header + 2, size);
        if (mask != size * 8)
            _printer.Put($"/{mask}");
        Skip(header + 2 + size);
        return true;
    }

    private readonly bool Begin(out int size, out int header)
    {
        header = 0;
        size = _addressLength;
        if (size != 0)
            return size is 4 or 16;
        header = 2;
        if (Left < 2)
            return false;
        size = _printer.U8(Rest, 0) switch { 1 => 4, 2 => 16, _ => 0 };
        return size != 0 && _printer.U8(Rest, 1) == 0 && !_printer.IsCut;
    }

    private readonly bool Has(int at, int count) => Left - at >= count && PacketPrinter.Has(Rest, at, count);

    private readonly void PutAddress(int at, int size)
    {
        if (size == 4)
            _printer.Ipv4Address(Rest, at);
        else
            _printer.Ipv6Address(Rest, at);
    }
}
