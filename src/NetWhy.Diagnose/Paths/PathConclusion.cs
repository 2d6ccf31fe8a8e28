using System.Collections.Immutable;

namespace NetWhy.Diagnose.Paths;

/// <summary>One conclusion about a path, with the numbers that it rests on.</summary>
/// <param name="Kind">What it is, in kebab case: part of the JSON contract.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Text">The conclusion, in a sentence or two.</param>
public sealed record PathConclusion(string Kind, Severity Severity, string Text)
{
    /// <summary>Id of the cause that it means; null if it means none.</summary>
    public string? Cause { get; init; }

    /// <summary>The round of the run in which it happened, counted from 1; null if it is about all of them.</summary>
    public long? Round { get; init; }

    /// <summary>When it began, of what lasted a while; null if it is about no time, or if that is not known.</summary>
    public DateTimeOffset? Begin { get; init; }

    /// <summary>When it was over; null if it was not, or if that is not known.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>What it rests on: counts, intervals, probabilities.</summary>
    public ImmutableArray<string> Proof { get; init; } = [];

    /// <summary>What to do.</summary>
    public ImmutableArray<Remedy> Remedies { get; init; } = [];

    /// <summary>What to check next.</summary>
    public ImmutableArray<string> Next { get; init; } = [];
}
