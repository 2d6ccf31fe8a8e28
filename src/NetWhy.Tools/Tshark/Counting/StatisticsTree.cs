using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Says what of a packet is counted where in a tree.</summary>
internal interface ITreeSource
{
    /// <summary>Makes the counts that are shown although nothing was counted.</summary>
    /// <param name="root">The root of the tree.</param>
    void Plant(StatisticsNode root);

    /// <summary>Asks for the fields that it reads.</summary>
    /// <param name="fields">Where to ask.</param>
    void Want(PacketFields fields);

    /// <summary>Counts a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="now">Milliseconds since the first packet.</param>
    /// <returns>Whether it has anything to count.</returns>
    bool Count(in ShownPacket packet, double now);
}

/// <summary>Counts in a tree, with rates and bursts. Source: tshark(1), -z http,tree and dns,tree.</summary>
internal sealed class StatisticsTree : IShownSink
{
    private const int ColumnWidth = 14;
    private const int LastWidth = 13;
    private const double NanosecondsPerMillisecond = 1e6;

    private static readonly string[] Columns = ["Count", "Average", "Min Val", "Max Val", "Rate (ms)", "Percent", "Burst Rate", "Burst Start"];

    private readonly StatisticsNode _root = new("");
    private readonly string _title;
    private readonly ITreeSource _source;
    private double? _first;
    private double _elapsed;

    /// <summary>Makes a tree.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="source">What is counted.</param>
    internal StatisticsTree(string title, ITreeSource source)
    {
        _title = title;
        _source = source;
        source.Plant(_root);
    }

    /// <inheritdoc/>
    public void Want(PacketFields fields) => _source.Want(fields);

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        double now = packet.SinceFirst / NanosecondsPerMillisecond;
        if (!_source.Count(packet, now))
            return;
        _first ??= now;
        _elapsed = now - _first.Value;
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        int width = Math.Max("Topic / Item".Length, _root.Children.Max(child => child.Width(0))) + 2;
        int all = width + (ColumnWidth * (Columns.Length - 1)) + LastWidth;
        var text = new StringBuilder();
        text.Append('\n').Append('=', all).Append('\n').Append(_title).Append(":\n");
        AppendRow(text, width, "Topic / Item", Columns);
        text.Append('-', all).Append('\n');
        foreach (StatisticsNode child in _root.Children)
            Append(text, child, parent: null, depth: 0, width);
        text.Append('\n').Append('-', all).Append('\n');
        output.WriteText(text.ToString());
    }

    private static void AppendRow(StringBuilder text, int width, string name, string[] cells)
    {
        text.Append(name.PadRight(width));
        for (int index = 0; index < cells.Length; index++)
            text.Append(cells[index].PadRight(index == cells.Length - 1 ? LastWidth : ColumnWidth));
        text.Append('\n');
    }

    private void Append(StringBuilder text, StatisticsNode node, StatisticsNode? parent, int depth, int width)
    {
        static string Number(FormattableString number) => number.ToString(CultureInfo.InvariantCulture);
        string[] cells =
        [
            Number($"{node.Count}"),
            node.HasValues ? Number($"{node.Average:F2}") : "",
            node.HasValues ? node.ValueText(node.Least) : "",
            node.HasValues ? node.ValueText(node.Most) : "",
            _elapsed > 0 ? Number($"{node.Count / _elapsed:F4}") : "",
            parent is null ? "100%" : parent.Count > 0 ? Number($"{node.Count * 100.0 / parent.Count:F2}%") : "",
            node.LargestBurst > 0 ? Number($"{node.LargestBurst / StatisticsNode.BurstWindow:F4}") : "-",
            node.LargestBurst > 0 ? Number($"{node.BurstTime / 1000:F3}") : "-",
        ];
        AppendRow(text, width, new string(' ', depth) + node.Name, cells);
        foreach (StatisticsNode child in node.Children.OrderByDescending(child => child.Count).ThenByDescending(child => child.Name, StringComparer.Ordinal))
            Append(text, child, node, depth + 1, width);
    }
}

/// <summary>A count in a tree of them.</summary>
/// <param name="name">What is counted.</param>
internal sealed class StatisticsNode(string name)
{
    /// <summary>Milliseconds within which packets count as one burst.</summary>
    internal const double BurstWindow = 100;

    private const double BurstResolution = 5; // milliseconds
    private const int MostChildren = 4096;

    private readonly LinkedList<(double Number, double Time, long Count)> _burst = new([(0, 0, 0)]);
    private readonly Dictionary<string, StatisticsNode> _byName = [];
    private long _inBurst;
    private double _sum;
    private bool _isFraction;

    /// <summary>What is counted.</summary>
    internal string Name => name;

    /// <summary>What it is made of, in the order in which it was planted.</summary>
    internal List<StatisticsNode> Children { get; } = [];

    /// <summary>How often it was counted.</summary>
    internal long Count { get; private set; }

    /// <summary>Whether values were averaged.</summary>
    internal bool HasValues { get; private set; }

    /// <summary>The least value.</summary>
    internal double Least { get; private set; } = double.MaxValue;

    /// <summary>The largest value.</summary>
    internal double Most { get; private set; } = double.MinValue;

    /// <summary>The mean of the values.</summary>
    internal double Average => _sum / Count;

    /// <summary>How often it was counted within the window of the largest burst.</summary>
    internal long LargestBurst { get; private set; }

    /// <summary>When that began, in milliseconds.</summary>
    internal double BurstTime { get; private set; }

    /// <summary>A part of it; it is made if there is none.</summary>
    /// <param name="child">Its name.</param>
    internal StatisticsNode Of(string child)
    {
        if (_byName.TryGetValue(child, out StatisticsNode? known))
            return known;
        if (Children.Count >= MostChildren && child is not "(others)")
            return Of("(others)");
        var added = new StatisticsNode(child);
        Children.Add(added);
        _byName.Add(child, added);
        return added;
    }

    /// <summary>Counts it once.</summary>
    /// <param name="now">Milliseconds since the first packet.</param>
    internal void Tick(double now)
    {
        Count++;
        double bucket = Math.Floor(now / BurstResolution);
        if (bucket > _burst.Last!.Value.Number)
        {
            _burst.AddLast((bucket, now, 1));
            _inBurst++;
            while (bucket >= _burst.First!.Value.Number + (BurstWindow / BurstResolution))
            {
                _inBurst -= _burst.First.Value.Count;
                _burst.RemoveFirst();
            }
        }
        else
        {
            LinkedListNode<(double Number, double Time, long Count)> last = _burst.Last;
            last.Value = last.Value with { Count = last.Value.Count + 1 };
            _inBurst++;
        }

        if (_inBurst <= LargestBurst)
            return;
        LargestBurst = _inBurst;
        BurstTime = _burst.First!.Value.Time;
    }

    /// <summary>Counts it once, with a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="now">Milliseconds since the first packet.</param>
    /// <param name="isFraction">Whether values have fractions.</param>
    internal void Add(double value, double now, bool isFraction = false)
    {
        _isFraction = isFraction;
        HasValues = true;
        _sum += value;
        Least = Math.Min(Least, value);
        Most = Math.Max(Most, value);
        Tick(now);
    }

    /// <summary>A value as text.</summary>
    /// <param name="value">The value.</param>
    internal string ValueText(double value) => value.ToString(_isFraction ? "F6" : "F0", CultureInfo.InvariantCulture);

    /// <summary>The longest name in it, with how far it is moved in.</summary>
    /// <param name="depth">How far it is moved in itself.</param>
    internal int Width(int depth) => Children.Select(child => child.Width(depth + 1)).Append(depth + name.Length).Max();
}
