using System.Text;
using NetWhy.App.Render;
using NetWhy.Linux;

namespace NetWhy.App;

/// <summary>What the standard streams are connected to, and writing to them.</summary>
/// <remarks>Text goes out as UTF-8 octets, whatever the locale: where it is not UTF-8, only ASCII is written.</remarks>
internal static class Terminal
{
    private const int WidestText = 100; // columns: longer lines are hard to read
    private const int NarrowestText = 16;
    private const int PipeWidth = 80;
    private const int TallestScreen = 40; // lines: more cannot be taken in at once
    private const int ShortestScreen = 23;

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];
    private static readonly Lazy<bool> Utf8 = new(() => IsUtf8(Environment.GetEnvironmentVariable));
    private static volatile bool _isCursorHidden;
    private static volatile bool _isOtherScreen;
    private static volatile bool _hasWritten;

    /// <summary>Whether anything was written to standard output, or could not be.</summary>
    public static bool HasWritten => _hasWritten;

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool HasOutput => StandardStream.Output.IsTerminal;

    /// <summary>Whether standard error is a terminal that can move its cursor.</summary>
    public static bool HasLiveError => StandardStream.Error.IsTerminal && !IsDumb(Environment.GetEnvironmentVariable);

    /// <summary>Whether standard output is a terminal that can move its cursor: what stands there can be drawn again.</summary>
    public static bool CanRedraw => HasOutput && !IsDumb(Environment.GetEnvironmentVariable);

    /// <summary>Whether more than ASCII can be shown.</summary>
    public static bool HasUtf8 => Utf8.Value;

    /// <summary>The screen that standard output shows on, or a common one for a pipe.</summary>
    public static Screen Screen => HasOutput && StandardStream.Output.WindowSize is { } size
        ? new Screen(
            Math.Clamp(size.Columns - 1, NarrowestText, WidestText), Math.Clamp(size.Rows - 1, ShortestScreen, TallestScreen), HasUtf8)
        : new Screen(PipeWidth, TallestScreen, HasUtf8, IsTerminal: false);

    /// <summary>The window of the terminal on standard error, in characters.</summary>
    public static (int Columns, int Rows) ErrorWindow => StandardStream.Error.WindowSize ?? (PipeWidth, ShortestScreen);

    /// <summary>Whether standard output may have colour.</summary>
    /// <param name="refused">Whether the user refused it on the command line.</param>
    public static bool HasColour(bool refused) => HasOutput && !refused && AllowsColour(Environment.GetEnvironmentVariable);

    /// <summary>Writes text to standard output.</summary>
    /// <param name="text">The text, safe to show.</param>
    /// <exception cref="CommandException">It cannot be written: a full disk, a closed descriptor.</exception>
    public static void WriteOutput(string text) => WriteOutput(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes octets to standard output.</summary>
    /// <param name="octets">The octets.</param>
    /// <exception cref="CommandException">They cannot be written: a full disk, a closed descriptor.</exception>
    public static void WriteOutput(ReadOnlySpan<byte> octets)
    {
        _hasWritten = true;
        try
        {
            StandardStream.Output.Write(octets);
        }
        catch (LinuxException refusal)
        {
            throw new CommandException(ExitCode.CouldNotWork, $"standard output: {refusal.Message}");
        }
    }

    /// <summary>Writes one line to standard error, after the name of the program.</summary>
    /// <param name="message">The message, with strings from outside as they came.</param>
    /// <param name="tool">The tool that says it, whose name follows; null for none.</param>
    public static void WriteError(string message, string? tool = null) =>
        TryWriteError($"netwhy{(tool is null ? "" : $" {tool}")}: {Printable.Of(message, HasUtf8)}\n");

    /// <summary>Writes one line to standard error, as it is.</summary>
    /// <param name="line">The line, with strings from outside as they came.</param>
    public static void WriteNote(string line) => TryWriteError($"{Printable.Of(line, HasUtf8)}\n");

    /// <summary>Writes text to standard error over the line that is there, without ending it.</summary>
    /// <param name="text">The text, safe to show.</param>
    public static void WriteProgress(string text) => TryWriteError($"\r{text}");

    /// <summary>Writes a question to standard error, or past it to the terminal; the cursor stays behind it.</summary>
    /// <param name="question">The question.</param>
    public static void Ask(string question)
    {
        string shown = Printable.Of(question, HasUtf8);
        if (StandardStream.Error.IsTerminal)
        {
            TryWriteError(shown);
            return;
        }

        try
        {
            File.AppendAllText("/dev/tty", shown);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            // No terminal to ask on: the answer that is waited for stays no.
        }
    }

    /// <summary>Draws a screen over the one before; what the terminal showed before the first comes back by <see cref="Restore"/>.</summary>
    /// <param name="text">Lines, safe to show.</param>
    /// <param name="status">What stands under them.</param>
    public static void Redraw(string text, string status)
    {
        int rows = StandardStream.Output.WindowSize?.Rows ?? ShortestScreen;
        string[] lines = [.. text.TrimEnd('\n').Split('\n').Take(rows - 2), "", status];
        string begin = _isOtherScreen ? "" : "\e[?1049h\e[?25l";
        _isOtherScreen = _isCursorHidden = true;
        WriteOutput($"{begin}\e[H{string.Join("\e[K\n", lines)}\e[K\e[J");
    }

    /// <summary>Remembers that the cursor is hidden, so that <see cref="Restore"/> shows it.</summary>
    public static void CursorIsHidden() => _isCursorHidden = true;

    /// <summary>Shows the cursor and ends colours, if anything may have changed them.</summary>
    public static void Restore()
    {
        if (!_isCursorHidden)
            return;
        _isCursorHidden = false;
        if (_isOtherScreen)
            TryWrite(StandardStream.Output, "\e[?1049l");
        _isOtherScreen = false;
        TryWriteError("\e[?25h\e[0m\r\e[K");
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

    private static void TryWriteError(string text) => TryWrite(StandardStream.Error, text);

    private static void TryWrite(StandardStream stream, string text)
    {
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (LinuxException)
        {
            // It is closed or full: there is nowhere left to say so, and the exit code still tells.
        }
    }
}
