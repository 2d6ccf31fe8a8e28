using System.Buffers.Text;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Ss;

/// <summary>One column.</summary>
/// <param name="Header">Its header.</param>
/// <param name="IsRight">Whether it is aligned to the right.</param>
/// <param name="Delimiter">What stands before it, unless it begins the line.</param>
/// <param name="IsShown">Whether it is shown at all.</param>
internal readonly record struct Column(string Header, bool IsRight, string Delimiter, bool IsShown);

/// <summary>A table whose columns are as wide as their contents, written in blocks, so that its memory is bounded.</summary>
/// <remarks>
/// On a terminal the columns share the width of the screen, and those that do not fit go to further lines. A block is
/// measured and written when it is full: as with ss, columns of a very long table may change their width in it.
/// Widths count octets, as those of ss do.
/// </remarks>
/// <param name="columns">The columns.</param>
/// <param name="screen">Columns of the terminal; null for a pipe or a file.</param>
/// <param name="output">Where to write.</param>
internal sealed class ColumnTable(Column[] columns, int? screen, Stream output)
{
    private const int BlockSize = 2 * 1024 * 1024;
    private const int LongestField = 65_535;

    private readonly int[] _widest = new int[columns.Length];
    private readonly int[] _delimiters = [.. columns.Select(column => column.Delimiter.Length)];
    private readonly List<int> _ends = new(16 * 1024);
    private readonly byte[] _lines = new byte[64 * 1024];
    private byte[] _text = new byte[64 * 1024];
    private int _used;
    private int _start;
    private int _column;
    private int _unmeasured; // the last field of a block is as wide as it is: nothing stands behind or below it
    private int _line;

    /// <summary>Writes the headers as the first row.</summary>
    public void AddHeader()
    {
        foreach (Column column in columns)
        {
            Append(column.Header);
            Next();
        }
    }

    /// <summary>Ends the field; after the last one a row ends.</summary>
    public void Next()
    {
        int length = Math.Min(_used - _start, LongestField);
        _widest[^1] = Math.Max(_widest[^1], _unmeasured);
        _unmeasured = 0;
        if (columns[_column].IsShown)
        {
            _used = _start + length;
            _ends.Add(_used);
            if (_column == columns.Length - 1)
                _unmeasured = length;
            else
                _widest[_column] = Math.Max(_widest[_column], length);
        }
        else
        {
            _used = _start;
        }

        _start = _used;
        if (++_column < columns.Length)
            return;
        _column = 0;
        if (_used >= BlockSize)
            Write();
    }

    /// <summary>Ends the row: the fields that are left stay empty.</summary>
    public void EndRow()
    {
        do
        {
            Next();
        }
        while (_column != 0);
    }

    /// <summary>Adds text to the field.</summary>
    /// <param name="text">The text, of ASCII.</param>
    public void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Free(text.Length));
        _used += text.Length;
    }

    /// <summary>Adds text from outside to the field; control characters are shown, not sent.</summary>
    /// <param name="text">The text.</param>
    public void Append(string text)
    {
        string shown = Printable.Of(text, isUtf8: true);
        _used += Encoding.UTF8.GetBytes(shown, Free(Encoding.UTF8.GetMaxByteCount(shown.Length)));
    }

    /// <summary>Adds a number to the field.</summary>
    /// <param name="number">The number.</param>
    public void Append(long number)
    {
        _ = Utf8Formatter.TryFormat(number, Free(20), out int length);
        _used += length;
    }

    /// <summary>Adds a number to the field.</summary>
    /// <param name="number">The number.</param>
    public void Append(ulong number)
    {
        _ = Utf8Formatter.TryFormat(number, Free(20), out int length);
        _used += length;
    }

    /// <summary>Adds a number behind its name to the field.</summary>
    /// <param name="name">The name, of ASCII, with what separates both.</param>
    /// <param name="number">The number.</param>
    public void Append(ReadOnlySpan<byte> name, ulong number)
    {
        Append(name);
        Append(number);
    }

    /// <summary>Adds a number in hexadecimal, without leading zeros.</summary>
    /// <param name="number">The number.</param>
    public void AppendHexadecimal(ulong number)
    {
        _ = Utf8Formatter.TryFormat(number, Free(16), out int length, new System.Buffers.StandardFormat('x'));
        _used += length;
    }

    /// <summary>Adds a number with six significant digits, as <c>%g</c> of printf(3) writes it.</summary>
    /// <param name="number">The number.</param>
    /// <param name="digits">Significant digits.</param>
    public void AppendGeneral(double number, int digits = 6)
    {
        _ = number.TryFormat(Free(32), out int length, digits == 6 ? "g6" : "g3", System.Globalization.CultureInfo.InvariantCulture);
        _used += length;
    }

    /// <summary>Adds a number with so many decimals.</summary>
    /// <param name="number">The number.</param>
    /// <param name="decimals">How many.</param>
    public void AppendFixed(double number, int decimals)
    {
        _ = number.TryFormat(Free(340), out int length, decimals == 0 ? "f0" : "f1", System.Globalization.CultureInfo.InvariantCulture);
        _used += length;
    }

    /// <summary>Adds microseconds as milliseconds with six significant digits.</summary>
    /// <param name="microseconds">The time.</param>
    public void AppendMilliseconds(uint microseconds)
    {
        if (microseconds >= 1_000_000) // more than six digits
        {
            AppendGeneral(microseconds / 1000.0);
            return;
        }

        Append((ulong)(microseconds / 1000));
        uint rest = microseconds % 1000;
        if (rest == 0)
            return;
        Span<byte> fraction = Free(4);
        fraction[0] = (byte)'.';
        int length = 1;
        for (uint digit = 100; rest > 0; digit /= 10)
        {
            fraction[length++] = (byte)('0' + (rest / digit));
            rest %= digit;
        }

        _used += length;
    }

    /// <summary>Pads the field with spaces to a width.</summary>
    /// <param name="width">The width, in octets.</param>
    public void PadTo(int width)
    {
        int missing = width - (_used - _start);
        if (missing <= 0)
            return;
        Free(missing)[..missing].Fill((byte)' ');
        _used += missing;
    }

    /// <summary>Measures and writes what is there.</summary>
    public void Write()
    {
        int[] widths = Widths();
        int[] shown = [.. Enumerable.Range(0, columns.Length).Where(column => columns[column].IsShown)];
        int start = 0;
        for (int field = 0; field < _ends.Count; field++)
        {
            int position = field % shown.Length;
            int column = shown[position];
            ReadOnlySpan<byte> text = _text.AsSpan(start, _ends[field] - start);
            start = _ends[field];
            int printed = 0;
            if (position > 0)
            {
                Emit(Encoding.ASCII.GetBytes(columns[column].Delimiter));
                printed = _delimiters[column];
            }

            int padding = widths[column] == 0 ? 0 : Math.Max(0, widths[column] - printed - text.Length);
            if (columns[column].IsRight)
                EmitSpaces(padding);
            Emit(text);
            if (!columns[column].IsRight)
                EmitSpaces(padding);
            if (position == shown.Length - 1)
                Emit("\n"u8);
        }

        Flush();
        _ends.Clear();
        _widest.AsSpan().Clear();
        _used = _start = _unmeasured = 0;
    }

    private int[] Widths()
    {
        int[] widths = new int[columns.Length];
        bool isFirst = true;
        for (int i = 0; i < columns.Length; i++)
        {
            widths[i] = _widest[i] + (!isFirst && _widest[i] > 0 ? _delimiters[i] : 0);
            widths[i] = Math.Min(widths[i], screen ?? int.MaxValue);
            isFirst &= widths[i] == 0;
        }

        if (screen is { } columnsOfScreen)
            Spread(widths, columnsOfScreen);
        return widths;
    }

    // Gives each line of columns the whole width of the screen: the spare room goes evenly to its columns, the rest to the
    // rightmost ones.
    private static void Spread(int[] widths, int screen)
    {
        var line = new List<int>();
        for (int i = 0; i < widths.Length; i++)
        {
            if (widths[i] == 0)
                continue;
            if (line.Sum(column => widths[column]) + widths[i] > screen)
            {
                Fill(widths, line, screen);
                line.Clear();
            }

            line.Add(i);
        }

        Fill(widths, line, screen);
    }

    private static void Fill(int[] widths, List<int> line, int screen)
    {
        int spare = screen - line.Sum(column => widths[column]);
        if (spare <= 0 || line.Count == 0)
            return;
        int remainder = spare % line.Count;
        int share = spare / line.Count;
        for (int i = line.Count - 1; i >= 0; i--)
            widths[line[i]] += share + (remainder-- > 0 ? 1 : 0);
    }

    private Span<byte> Free(int length)
    {
        if (_text.Length - _used < length)
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _used + length));
        return _text.AsSpan(_used);
    }

    private void Emit(ReadOnlySpan<byte> octets)
    {
        while (octets.Length > _lines.Length - _line)
        {
            int fits = _lines.Length - _line;
            octets[..fits].CopyTo(_lines.AsSpan(_line));
            _line += fits;
            octets = octets[fits..];
            Flush();
        }

        octets.CopyTo(_lines.AsSpan(_line));
        _line += octets.Length;
    }

    private void EmitSpaces(int count)
    {
        while (count > 0)
        {
            if (_line == _lines.Length)
                Flush();
            int fits = Math.Min(count, _lines.Length - _line);
            _lines.AsSpan(_line, fits).Fill((byte)' ');
            _line += fits;
            count -= fits;
        }
    }

    private void Flush()
    {
        output.Write(_lines.AsSpan(0, _line));
        _line = 0;
    }
}
