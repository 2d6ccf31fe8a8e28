namespace NetWhy.App;

/// <summary>A command cannot go on, for a reason that its user can do something about.</summary>
/// <param name="exitCode">See <see cref="ExitCode"/>.</param>
/// <param name="message">One line for a person.</param>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <summary>What the process exits with.</summary>
    public int ExitCode { get; } = exitCode;
}
