namespace NetWhy.Tools;

/// <summary>Ends a tool with the line and the exit code of the original.</summary>
/// <param name="exitCode">What to exit with.</param>
/// <param name="line">The line, without the tool's name.</param>
internal sealed class OriginalRefusal(int exitCode, string line) : Exception(line)
{
    /// <summary>What to exit with.</summary>
    internal int ExitCode { get; } = exitCode;

    /// <summary>Runs a tool, and says why it ended as the original says it, or as an object where JSON was asked for.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="host">What it may touch.</param>
    /// <param name="wantsJson">Whether JSON was asked for.</param>
    /// <param name="run">The tool; gives what to exit with.</param>
    internal static int Guard(string tool, IToolHost host, bool wantsJson, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (OriginalRefusal refusal)
        {
            if (wantsJson)
                throw new ToolException(refusal.ExitCode, refusal.Message);
            host.Note($"{tool}: {refusal.Message}");
            return refusal.ExitCode;
        }
    }
}
