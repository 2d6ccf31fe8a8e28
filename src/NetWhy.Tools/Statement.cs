namespace NetWhy.Tools;

/// <summary>What is to be said of observations that a tool made: one conclusion, with the numbers that it rests on.</summary>
/// <param name="Kind">What it is, in kebab case, such as <c>destination-loss</c>: stable, for scripts.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Text">The conclusion, in a sentence or two for a person.</param>
public sealed record Statement(string Kind, StatementSeverity Severity, string Text)
{
    /// <summary>Id of the cause that <c>netwhy explain</c> has a page on; null if it is about none.</summary>
    public string? Cause { get; init; }

    /// <summary>The round of a run in which it happened, counted from 1; null if it is about all of them.</summary>
    public long? Round { get; init; }

    /// <summary>When it began, of what lasted a while; null if it is about no time, or if that is not known.</summary>
    public DateTimeOffset? Begin { get; init; }

    /// <summary>When it was over; null if it was not, or if that is not known.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>What it rests on, a line each.</summary>
    public IReadOnlyList<string> Proof { get; init; } = [];

    /// <summary>What to do, likeliest cure first.</summary>
    public IReadOnlyList<StatementFix> Fixes { get; init; } = [];

    /// <summary>What to check next.</summary>
    public IReadOnlyList<string> Next { get; init; } = [];
}

/// <summary>Something to do.</summary>
/// <param name="Text">What, in one sentence that names the machine if it is not this one.</param>
/// <param name="Command">A command to copy; null if there is none.</param>
public sealed record StatementFix(string Text, string? Command);

/// <summary>How bad a statement is.</summary>
public enum StatementSeverity
{
    /// <summary>Worth knowing, and no fault.</summary>
    Note,

    /// <summary>It works badly, or cannot be told.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Critical,
}
