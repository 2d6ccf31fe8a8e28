using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts packets, octets and values of fields in intervals of time. Source: tshark(1), -z io,stat.</summary>
internal sealed class IntervalCount : IShownSink
{
    private const long Second = 1_000_000_000;
    private const int MostIntervals = 1 << 20;
    private const int WholePrecision = 6;

    private readonly long _interval; // nanoseconds; 0 for all of it
    private readonly int _places;
    private readonly List<IntervalColumn> _columns;
    private readonly TsharkTime _time;
    private long _last;
    private long _start; // when the capture began, as the first packet says that was counted

    private IntervalCount(long interval, int places, List<IntervalColumn> columns, TsharkTime time)
    {
        _time = time;
        _interval = interval;
        _places = places;
        _columns = columns;
    }

    /// <inheritdoc/>
    public bool SeesAll => true;

    /// <summary>Reads what the command line says.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="interval">The interval, in seconds.</param>
    /// <param name="filters">What is counted in a column each.</param>
    /// <param name="time">How the time of an interval is shown.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static IntervalCount Parse(string text, string interval, string[] filters, TsharkTime time)
    {
        if (time is TsharkTime.Delta or TsharkTime.DeltaDisplayed or TsharkTime.Epoch)
            throw TsharkOptions.Misuse("invalid -t operand. io,stat only supports -t <r|a|ad|adoy|u|ud|udoy>");
        if (!decimal.TryParse(interval, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds) || seconds is < 0 or > 1_000_000_000 or (> 0 and < 0.000001m))
            throw TsharkOptions.Misuse($"-z {text}: '{interval}' is no interval in seconds");
        int places = decimal.Truncate(seconds) == seconds ? 0 : Math.Min(WholePrecision, (int)(seconds / 1.0000000000000000000000000000m).Scale);
        return new IntervalCount((long)(seconds * Second), places, [.. (filters.Length == 0 ? [""] : filters).Select(filter => IntervalColumn.Parse(text, filter))], time);
    }

    /// <inheritdoc/>
    public void Want(PacketFields fields) => _columns.ForEach(column => column.Want(fields));

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        _last = Math.Max(_last, packet.SinceFirst);
        long place = _interval == 0 || packet.SinceFirst < 0 ? 0 : packet.SinceFirst / _interval;
        if (place >= MostIntervals)
            return;
        bool isCounted = false;
        foreach (IntervalColumn column in _columns)
            isCounted |= column.Take((int)place, packet);
        if (isCounted && _start == 0)
            _start = packet.Record.Nanoseconds - packet.SinceFirst;
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        bool isWhole = _interval == 0 || _interval >= _last;
        long interval = isWhole ? _last : _interval;
        int places = !isWhole ? _places : _last >= 10 * Second ? 1 : 3;
        int whole = (_last / Second).ToString(CultureInfo.InvariantCulture).Length;
        int width = whole + (places > 0 ? places + 1 : 0);
        bool hasDate = PacketClock.HasDate(_time);
        int label = Math.Max((hasDate ? "yyyy-mm-dd hh:mm:ss" : "Interval").Length, (2 * width) + " <> ".Length);
        int row = 1 + label + 2 + _columns.Sum(column => column.Width + 1) + 1;
        string duration = $"Duration: {(places == 0 ? Microseconds(_last) : Seconds(_last, places))} secs";
        string[] heads = [.. _columns.Select((column, index) => $"{(index == 0 ? "Col " : "    ")}{index + 1}: {column.Title}")];
        int least = (isWhole ? 30 : 25) + width; // what tshark leaves room for
        int all = Math.Max(least, Math.Max(row, 4 + heads.Max(head => head.Length)));

        all += all == row + 1 ? 1 : 0; // a second border needs two characters
        var text = new StringBuilder();
        text.Append('\n').Append('=', all).Append('\n');
        foreach (string line in (string[])["IO Statistics", "", duration, $"Interval: {Seconds(interval, places).PadLeft(width)} secs", "", .. heads])
            text.Append(CultureInfo.InvariantCulture, $"{$"| {line}".PadRight(all - 1)}|\n");
        text.Append('|').Append('-', all - 2).Append("|\n");
        text.Append('|').Append(' ', label + 2);
        for (int index = 0; index < _columns.Count; index++)
            text.Append(CultureInfo.InvariantCulture, $"|{(index + 1).ToString(CultureInfo.InvariantCulture).PadRight(_columns[index].Width)}");
        text.Append('|').Append(Filler(row, all));
        text.Append(CultureInfo.InvariantCulture, $"{LabelHead(label)}|{string.Concat(_columns.Select(column => column.Heading))}{Filler(row, all)}\n");
        text.Append('|').Append('-', row - 2).Append('|').Append(Filler(row, all)).Append('\n');
        AppendRows(text, interval, places, width, label, Filler(row, all), all);
        text.Append('=', all).Append('\n');
        output.WriteText(text.ToString());
    }

    private void AppendRows(StringBuilder text, long interval, int places, int width, int label, string filler, int all)
    {
        if (interval == 0)
            return;
        long count = Math.Min(MostIntervals, (_last + interval - 1) / interval);
        if (_interval != 0 && _last % interval == 0 && _interval < _last)
            count++;
        for (long place = 0; place < count; place++)
        {
            bool isCut = _interval != 0 && _interval < _last && (place + 1) * interval > _last;
            string from = Seconds(place * interval, places).PadLeft(width);
            string to = isCut && places == 0 ? "Dur" : isCut ? Seconds(_last, places).PadLeft(width) : Seconds((place + 1) * interval, places).PadLeft(width);
            int length = (2 * width) + " <> ".Length;
            string row = _time == TsharkTime.Relative
                ? (new string(' ', 1 + ((label - length) / 2)) + $"{from} <> {to}").PadRight(label + 2)
                : $" {PacketClock.DateText(_time, _start + (place * interval / Second * Second))} ";
            text.Append(CultureInfo.InvariantCulture, $"|{row}|{string.Concat(_columns.Select(column => column.Cell((int)place)))}{filler}\n");
        }

        if (count == MostIntervals)
            text.Append(CultureInfo.InvariantCulture, $"| {$"later intervals are left out: {MostIntervals} at most".PadRight(all - 4)} |\n");
    }

    // As tshark 4.0 writes it, which says nothing of UTC, and does not begin a line there.
    private string LabelHead(int label)
    {
        string? head = _time switch
        {
            TsharkTime.Relative => "Interval",
            TsharkTime.Absolute => "Time",
            TsharkTime.Utc => null,
            _ => "Date and time",
        };
        return head is null ? new string(' ', label + 3 - "| Interval".Length) : $"\n| {head.PadRight(label)} ";
    }

    private static string Filler(int row, int all) => all == row ? "" : new string(' ', all - row - 1) + "|";

    // Like tshark, with blanks for zeros behind the point.
    private static string Microseconds(long nanoseconds)
    {
        string[] parts = Seconds(nanoseconds, WholePrecision).Split('.');
        return $"{parts[0]}.{int.Parse(parts[1], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture).PadLeft(WholePrecision)}";
    }

    private static string Seconds(long nanoseconds, int places) => (nanoseconds / (decimal)Second).ToString($"F{places}", CultureInfo.InvariantCulture);
}
