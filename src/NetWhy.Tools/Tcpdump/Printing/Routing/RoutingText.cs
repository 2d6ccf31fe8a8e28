using System.Globalization;

namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>What several routing protocols print alike.</summary>
internal static class RoutingText
{
    /// <summary>A prefix is longer than an address.</summary>
    internal const int Illegal = -1;

    /// <summary>A prefix ends behind what holds it.</summary>
    internal const int Short = -2;

    /// <summary>Prints an address prefix: an octet with its length in bits, and the octets that hold these.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="before">What is printed before it, if it is legal.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where its length lies.</param>
    /// <param name="room">Octets of what holds it.</param>
    /// <param name="width">Octets of an address.</param>
    /// <returns>Its octets, or <see cref="Illegal"/> or <see cref="Short"/>.</returns>
    internal static int Prefix(this PacketPrinter printer, string before, ReadOnlySpan<byte> octets, int at, int room, int width)
    {
        if (room < 1)
            return Short;
        int bits = printer.U8(octets, at);
        if (bits > width * 8)
            return Illegal;
        int count = (bits + 7) / 8;
        if (room - 1 < count || !printer.Need(octets, at + 1, count))
            return Short;
        printer.Put(before);
        printer.PrefixAddress(octets, at + 1, bits, width);
        printer.Put($"/{bits}");
        return 1 + count;
    }

    /// <summary>Prints the address of a prefix whose last octets may be missing; bits behind it count as 0.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="bits">Its length.</param>
    /// <param name="width">Octets of an address.</param>
    internal static void PrefixAddress(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int bits, int width)
    {
        int count = (bits + 7) / 8;
        if (!printer.Need(octets, at, count))
            return;
        Span<byte> address = stackalloc byte[16];
        address.Clear();
        octets.Slice(at, count).CopyTo(address);
        if (bits % 8 != 0)
            address[count - 1] &= (byte)(0xff00 >> (bits % 8));
        if (width == 4)
            printer.Names.PutIpv4(printer.Text, address[..4]);
        else
            printer.Names.PutIpv6(printer.Text, address);
    }

    /// <summary>Prints a bandwidth, given in octets a second, in millions of bits a second. Source: RFC 3630, section 2.5.6.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where the IEEE 754 number of four octets lies.</param>
    internal static void Megabits(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        float value = BitConverter.UInt32BitsToSingle(printer.U32(octets, at));
        printer.Fraction(value * 8 / 1_000_000, 3);
        printer.Put(" Mbps");
    }

    /// <summary>Prints a number with digits behind the point.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="value">The number.</param>
    /// <param name="digits">How many digits, at most 3.</param>
    internal static void Fraction(this PacketPrinter printer, double value, int digits)
    {
        if (!double.IsFinite(value))
        {
            printer.Put(double.IsNegative(value) ? "-" : "");
            printer.Put(double.IsNaN(value) ? "nan" : "inf");
            return;
        }

        // Halves go to the even digit, as in printf(3).
        double scale = digits switch { 0 => 1, 1 => 10, 2 => 100, _ => 1000 }, twice = value * scale * 2;
        if (Math.Abs(twice) < 1e12 && Math.Floor(value * 16) == value * 16 && Math.Floor(twice) == twice && twice % 2 != 0)
            value = Math.Round(value * scale, MidpointRounding.ToEven) / scale;
        Span<byte> text = stackalloc byte[400];
        value.TryFormat(text, out int length, digits switch { 0 => "F0", 1 => "F1", 2 => "F2", _ => "F3" }, CultureInfo.InvariantCulture);
        printer.Text.Add(text[..length]);
    }

    /// <summary>Prints a number with ten significant digits, as <c>%.10g</c> of printf(3).</summary>
    /// <param name="printer">Where.</param>
    /// <param name="value">The number.</param>
    internal static void Significant(this PacketPrinter printer, double value)
    {
        if (!double.IsFinite(value))
        {
            printer.Fraction(value, 0);
            return;
        }

        Span<byte> text = stackalloc byte[40];
        value.TryFormat(text, out int length, "g10", CultureInfo.InvariantCulture);
        printer.Text.Add(text[..length]);
    }

    /// <summary>Prints an address of a network service access point. Source: ISO 8348, annex A.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="length">Its octets.</param>
    internal static void NsapAddress(this PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (!printer.Need(octets, at, length))
            return;
        if (length is < 1 or > 20)
        {
            printer.Put("isonsap_string: illegal length");
            return;
        }

        for (int i = 0; i < length; i++)
        {
            printer.Text.AddHexadecimal(octets[at + i], 2);
            if (i % 2 == 0 && i + 1 < length)
                printer.Put(".");
        }
    }

    /// <summary>Prints text, with blanks before it up to a width.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="start">Length of what is printed, before the text.</param>
    /// <param name="width">The width.</param>
    internal static void AlignRight(this PacketPrinter printer, int start, int width)
    {
        int length = printer.Text.Length - start;
        if (printer.IsCut || length >= width || length < 0)
            return;
        Span<byte> text = stackalloc byte[length];
        printer.Text.Octets.Slice(start, length).CopyTo(text);
        printer.Text.CutTo(start);
        for (int i = length; i < width; i++)
            printer.Put(" ");
        printer.Text.Add(text);
    }
}
