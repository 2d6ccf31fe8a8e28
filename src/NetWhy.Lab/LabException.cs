namespace NetWhy.Lab;

/// <summary>The lab could not do what it was asked for; the message says what and what to do, in one line.</summary>
/// <param name="message">One line, for the user.</param>
/// <param name="isUsage">Whether the request itself makes no sense (exit code 2 rather than 3).</param>
public sealed class LabException(string message, bool isUsage = false) : Exception(message)
{
    /// <summary>Whether the request itself makes no sense.</summary>
    public bool IsUsage { get; } = isUsage;
}
