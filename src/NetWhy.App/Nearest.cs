namespace NetWhy.App;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Nearest
{
    private const int Suggestions = 3;
    private const int ShortName = 3; // letters; two steps from so short a name is anything

    /// <summary>The names most like a mistyped one, the best first; none if all are far off.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="names">What there is.</param>
    public static string[] To(string typed, IEnumerable<string> names) =>
    [
        .. names
            .Select(name => (Name: name, Distance: Distance(typed, name)))
            .Where(one => one.Distance <= (one.Name.Length <= ShortName ? 1 : Math.Max(2, one.Name.Length / 3))
                || (typed.Length >= 3 && one.Name.Contains(typed, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(one => one.Distance)
            .ThenBy(one => one.Name, StringComparer.Ordinal)
            .Select(one => one.Name)
            .Distinct()
            .Take(Suggestions),
    ];

    // Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
    private static int Distance(string one, string other)
    {
        if (one.Length > 64)
            return int.MaxValue; // nobody mistypes so long a name, and the table is quadratic
        int[,] steps = new int[one.Length + 1, other.Length + 1];
        for (int i = 0; i <= one.Length; i++)
        {
            for (int j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                int replaced = steps[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(replaced, Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
            }
        }

        return steps[one.Length, other.Length];
    }
}
