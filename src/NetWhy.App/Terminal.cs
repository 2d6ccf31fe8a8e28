using System.Text;

namespace NetWhy.App;

/// <summary>What the standard streams are connected to, and writing to them.</summary>
/// <remarks>
/// Text goes out as UTF-8 octets past <see cref="Console.Out"/>, which would cost start-up time. A reader that closes its
/// end of a pipe early is no error: the runtime drops what nobody reads.
/// </remarks>
internal static class Terminal
{
    private const int WidestText = 100; // columns: longer lines are hard to read
    private const int NarrowestText = 40;
    private const int PipeWidth = 80;

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];
    private static readonly Lazy<bool> Utf8 = new(() => IsUtf8(Environment.GetEnvironmentVariable));
    private static readonly Stream Output = Console.OpenStandardOutput();
    private static readonly Stream Error = Console.OpenStandardError();
    private static volatile bool _isCursorHidden;

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool HasOutput => !Console.IsOutputRedirected;

    /// <summary>Whether standard error is a terminal that can move its cursor.</summary>
    public static bool HasLiveError => !Console.IsErrorRedirected && !IsDumb(Environment.GetEnvironmentVariable);

    /// <summary>Whether more than ASCII can be shown.</summary>
    public static bool HasUtf8 => Utf8.Value;

    /// <summary>Columns to fill with text on standard output.</summary>
    public static int Width => HasOutput && Console.WindowWidth is > 0 and var width
        ? Math.Clamp(width - 1, NarrowestText, WidestText)
        : PipeWidth;

    /// <summary>Whether standard output may have colour.</summary>
    /// <param name="refused">Whether the user refused it on the command line.</param>
    public static bool HasColour(bool refused) => HasOutput && !refused && AllowsColour(Environment.GetEnvironmentVariable);

    /// <summary>Writes text to standard output.</summary>
    /// <param name="text">The text, safe to show.</param>
    public static void WriteOutput(string text) => Output.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes octets to standard output.</summary>
    /// <param name="octets">The octets.</param>
    public static void WriteOutput(ReadOnlySpan<byte> octets) => Output.Write(octets);

    /// <summary>Writes one line to standard error, after the name of the program.</summary>
    /// <param name="message">The message, with strings from outside as they came.</param>
    public static void WriteError(string message) =>
        Error.Write(Encoding.UTF8.GetBytes($"netwhy: {Printable.Of(message, HasUtf8)}\n"));

    /// <summary>Remembers that the cursor is hidden, so that <see cref="Restore"/> shows it.</summary>
    public static void CursorIsHidden() => _isCursorHidden = true;

    /// <summary>Shows the cursor and ends colours, if anything may have changed them.</summary>
    public static void Restore()
    {
        if (!_isCursorHidden)
            return;
        _isCursorHidden = false;
        Error.Write("\e[?25h\e[0m\r\e[K"u8);
    }

    /// <summary>Whether the environment allows colour. Source: no-color.org.</summary>
    /// <param name="environment">Environment variables.</param>
    internal static bool AllowsColour(Func<string, string?> environment) =>
        string.IsNullOrEmpty(environment("NO_COLOR")) && !IsDumb(environment);

    /// <summary>Whether the locale can show more than ASCII. Source: locale(7), the order of its variables.</summary>
    /// <param name="environment">Environment variables.</param>
    internal static bool IsUtf8(Func<string, string?> environment)
    {
        string? locale = LocaleVariables
            .Select(environment)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale is not null
            && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
                || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsDumb(Func<string, string?> environment) => environment("TERM") is null or "" or "dumb";
}
