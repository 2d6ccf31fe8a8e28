using System.Globalization;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>A number with its name, or a bit with its name.</summary>
/// <param name="Value">The number.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct Token(uint Value, string Name)
{
    /// <summary>Makes a row of a table from a tuple.</summary>
    /// <param name="row">The row.</param>
    public static implicit operator Token((uint Value, string Name) row) => new(row.Value, row.Name);

    /// <summary>The name of a number; null if it has none.</summary>
    /// <param name="table">The names.</param>
    /// <param name="value">The number.</param>
    internal static string? Find(ReadOnlySpan<Token> table, uint value)
    {
        foreach (ref readonly Token token in table)
        {
            if (token.Value == value)
                return token.Name;
        }

        return null;
    }
}

/// <summary>What printers say with tables of names.</summary>
internal static class TokenPrinting
{
    /// <summary>Prints the name of a number.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="table">The names.</param>
    /// <param name="value">The number.</param>
    /// <param name="otherwise">What is printed if it has none; <c>%u</c>, <c>%d</c>, <c>%x</c> with digits are the number, as in printf(3).</param>
    internal static void Token(this PacketPrinter printer, ReadOnlySpan<Token> table, uint value, string otherwise)
    {
        if (Printing.Token.Find(table, value) is { } name)
            printer.Put(name);
        else
            printer.Format(otherwise, value);
    }

    /// <summary>Prints the names of the bits of a number.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="table">The names; a row may have several bits.</param>
    /// <param name="value">The number.</param>
    /// <param name="none">What is printed if none is set, as in <see cref="Token"/>.</param>
    /// <param name="separator">What stands between them.</param>
    internal static void Bits(this PacketPrinter printer, ReadOnlySpan<Token> table, uint value, string none, string separator = ", ")
    {
        bool isFirst = true;
        foreach (ref readonly Token token in table)
        {
            if (token.Value == 0 || (value & token.Value) != token.Value)
                continue;
            if (!isFirst)
                printer.Put(separator);
            printer.Put(token.Name);
            isFirst = false;
        }

        if (isFirst)
            printer.Format(none, value);
    }

    /// <summary>Prints text with one number in it.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="text">The text, with at most one conversion of printf(3): <c>%u</c>, <c>%d</c>, <c>%x</c>, <c>%X</c> with zero-filled width.</param>
    /// <param name="value">The number.</param>
    internal static void Format(this PacketPrinter printer, string text, uint value)
    {
        int at = text.IndexOf('%', StringComparison.Ordinal);
        if (at < 0)
        {
            printer.Put(text);
            return;
        }

        printer.Put(text[..at]);
        int end = at + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        int width = end > at + 1 ? int.Parse(text.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture) : 0;
        if (text[end] is 'x')
            printer.Text.AddHexadecimal(value, Math.Max(width, 1));
        else if (text[end] is 'X')
            printer.Put(value.ToString(string.Create(CultureInfo.InvariantCulture, $"X{Math.Max(width, 1)}"), CultureInfo.InvariantCulture));
        else if (text[end] is 'd')
            printer.Text.AddDecimal((long)unchecked((int)value));
        else
            printer.Text.AddDecimal(value, width);
        printer.Put(text[(end + 1)..]);
    }
}
