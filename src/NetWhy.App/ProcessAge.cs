using System.Globalization;

namespace NetWhy.App;

/// <summary>Time since the kernel started this process: what a user waits for begins there, not in our first line.</summary>
/// <remarks>Source: proc_pid_stat(5), field 22; proc_uptime(5). Both count in hundredths of a second.</remarks>
internal static class ProcessAge
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux architecture
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5); // above, the two clocks do not fit (checkpoint, time namespace)

    /// <summary>The age; zero if it cannot be told.</summary>
    public static TimeSpan Now()
    {
        try
        {
            return Of(File.ReadAllText("/proc/self/stat"), File.ReadAllText("/proc/uptime"));
        }
        catch (IOException)
        {
            return TimeSpan.Zero; // no /proc
        }
    }

    /// <summary>The age that two files of /proc tell.</summary>
    /// <param name="stat">Content of /proc/self/stat.</param>
    /// <param name="uptime">Content of /proc/uptime.</param>
    internal static TimeSpan Of(string stat, string uptime)
    {
        // The name of the program may hold spaces and parentheses; what follows the last one is field 3.
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20
            || !double.TryParse(fields[19], CultureInfo.InvariantCulture, out double started)
            || !double.TryParse(uptime.Split(' ')[0], CultureInfo.InvariantCulture, out double up))
        {
            return TimeSpan.Zero;
        }

        double age = up - started / TicksPerSecond;
        return age > 0 && age <= Longest.TotalSeconds ? TimeSpan.FromSeconds(age) : TimeSpan.Zero;
    }
}
