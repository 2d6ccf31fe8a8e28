using System.Diagnostics;

namespace NetWhy.Lab;

/// <summary>Runs programs and waits for them.</summary>
internal static class Shell
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(300);

    // The proxy and the trust of this machine are no part of the lab.
    private static readonly string[] ForeignVariables =
        ["SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

    /// <summary>Runs a shell script (sh -e) and returns what it printed.</summary>
    /// <param name="prefix">What the shell is run by, as in <c>ip netns exec NAME</c>; empty for none.</param>
    /// <param name="script">The script.</param>
    /// <param name="variables">Variables of its environment.</param>
    /// <param name="cancel">Ends the script early.</param>
    /// <exception cref="LabException">The script failed; the message carries what it said.</exception>
    public static async Task<string> RunAsync(
        string[] prefix, string script, IReadOnlyDictionary<string, string> variables, CancellationToken cancel)
    {
        Outcome outcome = await RunAsync([.. prefix, "sh", "-e", "-c", script], variables, cancel).ConfigureAwait(false);
        return outcome.ExitCode == 0
            ? outcome.Output
            : throw new LabException($"set-up failed (exit code {outcome.ExitCode}): {OneLine(outcome.Errors)}");
    }

    /// <summary>Runs a program and collects what it prints.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="variables">Variables of its environment.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="LabException">There is no such program.</exception>
    public static async Task<Outcome> RunAsync(
        string[] command, IReadOnlyDictionary<string, string> variables, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = Describe(command, variables) };
        process.StartInfo.RedirectStandardInput = true;
        process.StartInfo.RedirectStandardOutput = true;
        process.StartInfo.RedirectStandardError = true;
        Start(process);
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancel);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
            return new Outcome(
                process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs a program on our own terminal.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="variables">Variables of its environment.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="LabException">There is no such program.</exception>
    public static async Task<int> RunHereAsync(
        string[] command, IReadOnlyDictionary<string, string> variables, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = Describe(command, variables) };
        Start(process);
        try
        {
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // The terminal's Ctrl-C has reached it, too: it may have last words. Other signals have not.
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(LastWords, CancellationToken.None))
                .ConfigureAwait(false);
            if (process.HasExited)
                return process.ExitCode;
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Quotes a text for the shell.</summary>
    /// <param name="text">Any text.</param>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>The last line that says something, for a one-line message.</summary>
    /// <param name="text">What a program printed.</param>
    public static string OneLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : "it said nothing";

    private static ProcessStartInfo Describe(string[] command, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false };
        foreach (string name in ForeignVariables)
            start.Environment.Remove(name);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        return start;
    }

    private static void Start(Process process)
    {
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new LabException($"cannot run '{process.StartInfo.FileName}': {exception.Message}; is it installed?");
        }
    }
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 and more for a signal.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record Outcome(int ExitCode, string Output, string Errors);
