using System.Globalization;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>A column of the counts in intervals: packets and octets, or what is calculated from a field.</summary>
internal sealed class IntervalColumn
{
    private const decimal Second = 1_000_000_000;
    private const decimal Microsecond = 1000;
    private const decimal HalfMicrosecond = 500;

    // Source: tshark(1), -z io,stat.
    private static readonly string[] Functions = ["FRAMES", "BYTES", "COUNT", "SUM", "MIN", "MAX", "AVG"];

    private readonly string _function; // empty for packets and octets
    private readonly Field? _field;
    private readonly DisplayFilter _filter;
    private readonly List<Interval> _intervals = [];
    private int _widestAverage; // of all that stood there on the way, as tshark leaves room
    private int? _packetsWidth;
    private int? _octetsWidth;
    private int? _valueWidth;

    private IntervalColumn(string title, string function, Field? field, DisplayFilter filter)
    {
        Title = title;
        _function = function;
        _field = field;
        _filter = filter;
    }

    /// <summary>What it counts, as given.</summary>
    internal string Title { get; }

    /// <summary>Characters between its borders.</summary>
    internal int Width => _function.Length == 0 ? PacketsWidth + OctetsWidth + 5 : ValueWidth + 2;

    /// <summary>Its heading, with the border behind it.</summary>
    internal string Heading => _function.Length == 0
        ? $" {Centred("Frames", PacketsWidth)} | {Centred("Bytes", OctetsWidth)} |"
        : $" {Centred(_function, ValueWidth)} |";

    private bool IsTime => _field?.Kind == FieldKind.Duration && _function is not "COUNT";

    // Asked for when everything is counted.
    private int PacketsWidth => _packetsWidth ??= Math.Max("Frames".Length, Digits(_intervals.Select(one => one.Packets)));

    private int OctetsWidth => _octetsWidth ??= Math.Max("Bytes".Length, Digits(_intervals.Select(one => one.Octets)));

    private int ValueWidth => _valueWidth ??= Math.Max(_function.Length, _intervals.Select(one => ValueOf(one).Length).Append(ValueOf(default).Length).Append(_widestAverage).Max());

    /// <summary>Reads a column.</summary>
    /// <param name="statistic">The statistic, as given.</param>
    /// <param name="text">The column: a filter, or <c>FUNCTION(field)filter</c>.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static IntervalColumn Parse(string statistic, string text)
    {
        if (text.StartsWith("LOAD(", StringComparison.Ordinal))
            throw TsharkOptions.Misuse($"-z {statistic}: LOAD is not done here");
        string? function = Functions.FirstOrDefault(name => text.StartsWith(name + "(", StringComparison.Ordinal));
        if (function is null)
            return new IntervalColumn(text.Length == 0 ? "Frames and bytes" : text, "", null, Statistics.FilterOf(statistic, text));
        int end = text.IndexOf(')', StringComparison.Ordinal);
        string name = end < 0 ? "" : text[(function.Length + 1)..end];
        Field? field = FieldCatalog.Default.Find(name);
        bool needsField = function is not ("FRAMES" or "BYTES");
        if (end < 0 || (needsField && field is null))
            throw TsharkOptions.Misuse($"-z {statistic}: '{text}' names no field: {function}(FIELD)FILTER");
        bool isNumber = field?.Kind is FieldKind.Unsigned or FieldKind.Signed or FieldKind.Duration or FieldKind.FrameNumber;
        if (needsField && function is not "COUNT" && !isNumber)
            throw TsharkOptions.Misuse($"-z {statistic}: {name} is no number: {function} needs one");
        return new IntervalColumn(text, function, needsField ? field : null, Statistics.FilterOf(statistic, text[(end + 1)..]));
    }

    /// <summary>Asks for the fields that its filter reads: what is calculated from has values where that, or somebody else, names it, as with tshark.</summary>
    /// <param name="fields">Where to ask.</param>
    internal void Want(PacketFields fields) => fields.Want(_filter.Fields);

    /// <summary>Counts a packet.</summary>
    /// <param name="place">Number of its interval.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>Whether its filter lets the packet through.</returns>
    internal bool Take(int place, in ShownPacket packet)
    {
        if (!_filter.Matches(packet.Fields))
            return false;
        while (_intervals.Count <= place)
            _intervals.Add(default);
        Interval interval = _intervals[place];
        interval.Packets++;
        interval.Octets += packet.Record.OriginalLength;
        if (_field is not null)
        {
            foreach (ref readonly FieldValue value in packet.Fields.Values)
            {
                if (value.FieldIndex == _field.Index)
                    interval.Add(value.Signed);
            }
        }

        if (_function == "AVG")
            _widestAverage = Math.Max(_widestAverage, TextOf(AverageOf(interval)).Length);
        _intervals[place] = interval;
        return true;
    }

    /// <summary>What came out in an interval, with the border behind it.</summary>
    /// <param name="place">Number of the interval.</param>
    internal string Cell(int place)
    {
        Interval interval = place < _intervals.Count ? _intervals[place] : default;
        return _function.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $" {interval.Packets.ToString(CultureInfo.InvariantCulture).PadLeft(PacketsWidth)} | {interval.Octets.ToString(CultureInfo.InvariantCulture).PadLeft(OctetsWidth)} |")
            : $" {ValueOf(interval).PadLeft(ValueWidth)} |";
    }

    private static string Centred(string title, int width) => (new string(' ', (width - title.Length + 1) / 2) + title).PadRight(width);

    private static int Digits(IEnumerable<long> numbers) => numbers.Select(number => number.ToString(CultureInfo.InvariantCulture).Length).DefaultIfEmpty(1).Max();

    private string ValueOf(in Interval interval)
    {
        decimal value = _function switch
        {
            "FRAMES" => interval.Packets,
            "BYTES" => interval.Octets,
            "COUNT" => interval.Values,
            "SUM" => interval.Sum,
            "MIN" => interval.Least,
            "MAX" => interval.Most,
            _ => AverageOf(interval),
        };
        return TextOf(value);
    }

    private static decimal AverageOf(in Interval interval) => interval.Values == 0 ? 0 : decimal.Truncate(interval.Sum / interval.Values);

    private string TextOf(decimal value)
    {
        return IsTime ? (decimal.Floor((value + HalfMicrosecond) / Microsecond) / (Second / Microsecond)).ToString("F6", CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
    }

    private struct Interval
    {
        internal long Packets;
        internal long Octets;
        internal long Values;
        internal long Least;
        internal long Most;
        internal decimal Sum;

        internal void Add(long value)
        {
            Least = Values == 0 ? value : Math.Min(Least, value);
            Most = Values == 0 ? value : Math.Max(Most, value);
            Sum += value;
            Values++;
        }
    }
}
