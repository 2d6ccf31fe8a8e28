using NetWhy.App.Render;

namespace NetWhy.App;

/// <summary>Says why there is no result: a line on standard error and, under <c>--json</c>, an object on standard output.</summary>
internal static class ErrorReport
{
    private static int _isObjectWanted;

    /// <summary>From now on an error is an object, too: whoever asks for JSON gets one object, whatever happens.</summary>
    public static void WantObject() => Volatile.Write(ref _isObjectWanted, 1);

    /// <summary>Says it.</summary>
    /// <param name="exitCode">What the process exits with; see <see cref="ExitCode"/>.</param>
    /// <param name="message">One line for a person, with strings from outside as they came.</param>
    /// <param name="tool">The tool that says it; null for netwhy itself.</param>
    /// <returns><paramref name="exitCode"/></returns>
    public static int Write(int exitCode, string message, string? tool = null)
    {
        Terminal.WriteError(message, tool);
        if (Interlocked.Exchange(ref _isObjectWanted, 0) == 0 || Terminal.HasWritten)
            return exitCode;
        try
        {
            JsonOutput.Write("netwhy.error/1", json =>
            {
                json.WriteString("version", ProductVersion.Text);
                json.WriteNumber("exitCode", exitCode);
                json.WriteString("error", message);
            });
        }
        catch (CommandException)
        {
            // Standard output is closed or full: the line on standard error has said what matters more.
        }

        return exitCode;
    }
}
