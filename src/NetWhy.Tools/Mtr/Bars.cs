namespace NetWhy.Tools.Mtr;

/// <summary>Rounds drawn in one line: how long they took, or whether they were lost.</summary>
/// <param name="isUtf8">Whether more than ASCII can be shown.</param>
internal sealed class Bars(bool isUtf8)
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Letters = ".,:-=+*#";
    private const string Shades = "·░▒▓█";
    private const string PlainShades = ".-+*#";

    /// <summary>The mark of a lost round.</summary>
    internal char LostMark => isUtf8 ? '✗' : 'x';

    /// <summary>The last round trips, a character each; blank where nothing is known.</summary>
    /// <param name="trips">Round trips in microseconds; below 0 as in evidence.</param>
    /// <param name="width">Characters.</param>
    /// <param name="largest">What is drawn highest, in microseconds.</param>
    internal string Trips(IReadOnlyList<int> trips, int width, int largest)
    {
        Span<char> line = stackalloc char[Math.Min(width, trips.Count)];
        for (int i = 0; i < line.Length; i++)
            line[i] = Trip(trips[trips.Count - line.Length + i], largest);
        return new string(line);
    }

    /// <summary>The share of losses, each character for some rounds, the newest to the right.</summary>
    /// <param name="trips">Round trips; below 0 as in evidence.</param>
    /// <param name="width">Characters.</param>
    internal string Heat(IReadOnlyList<int> trips, int width)
    {
        int each = Math.Max(1, (trips.Count + width - 1) / Math.Max(1, width));
        var line = new List<char>(width);
        for (int end = trips.Count; end > 0 && line.Count < width; end -= each)
        {
            (int lost, int known) = (0, 0);
            for (int i = Math.Max(0, end - each); i < end; i++)
            {
                known += trips[i] is -1 or >= 0 ? 1 : 0;
                lost += trips[i] == -1 ? 1 : 0;
            }

            string shades = isUtf8 ? Shades : PlainShades;
            line.Add(known == 0 ? ' ' : shades[(int)Math.Ceiling((double)lost / known * (shades.Length - 1))]);
        }

        line.Reverse();
        return new string([.. line]);
    }

    /// <summary>A chart of round trips, its lines from the top.</summary>
    /// <param name="trips">Round trips in microseconds; below 0 as in evidence.</param>
    /// <param name="width">Characters.</param>
    /// <param name="height">Lines.</param>
    /// <param name="largest">What the top means, in microseconds.</param>
    internal IEnumerable<string> Chart(IReadOnlyList<int> trips, int width, int height, int largest)
    {
        int from = Math.Max(0, trips.Count - width);
        for (int row = height - 1; row >= 0; row--)
        {
            char[] line = new char[trips.Count - from];
            for (int i = 0; i < line.Length; i++)
            {
                int trip = trips[from + i];
                double levels = trip < 0 ? 0 : Math.Clamp((double)trip / Math.Max(1, largest) * height - row, 0, 1) * Blocks.Length;
                line[i] = trip == -1 && row == 0 ? LostMark
                    : trip >= 0 && row == 0 ? Blocks[Math.Max(0, (int)Math.Ceiling(levels) - 1)]
                    : levels <= 0 ? ' '
                    : Blocks[(int)Math.Ceiling(levels) - 1];
                if (!isUtf8 && line[i] is not (' ' or 'x'))
                    line[i] = levels >= Blocks.Length / 2.0 || row > 0 ? '#' : '.';
            }

            yield return new string(line);
        }
    }

    private char Trip(int trip, int largest)
    {
        if (trip < 0)
            return trip == -1 ? LostMark : ' ';
        string levels = isUtf8 ? Blocks : Letters;
        return levels[Math.Clamp((int)((double)trip / Math.Max(1, largest) * levels.Length), 0, levels.Length - 1)];
    }
}
