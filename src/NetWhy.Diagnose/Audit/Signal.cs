using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>One thing that an audit looked at on this machine: how it stands, against which limit, and what to do.</summary>
/// <param name="Check">Id of the check that made it, such as <c>tcp.accept-queue</c>; of a finding, its cause.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Title">What was looked at, in a few words, with the resource: <c>accept queue of :8080</c>.</param>
/// <param name="Value">What was seen, with its unit.</param>
/// <param name="Limit">What it is held against; empty where there is no limit.</param>
public sealed record Signal(string Check, Standing Standing, string Title, string Value, string Limit)
{
    /// <summary>What it means, in one or two sentences; empty where all is well.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>Cause that it is a sign of, from <see cref="Causes"/>; null if none is named for it.</summary>
    public string? Cause { get; init; }

    /// <summary>What to do, likeliest cure first.</summary>
    public ImmutableArray<Remedy> Remedies { get; init; } = [];

    /// <summary>What it rests on.</summary>
    public ImmutableArray<Observation> Evidence { get; init; } = [];
}

/// <summary>How a signal stands, the worst first.</summary>
public enum Standing
{
    /// <summary>Traffic is lost or refused now.</summary>
    Critical,

    /// <summary>It hurts, or will.</summary>
    Warning,

    /// <summary>It could be set better, or is worth knowing; never changes the exit code.</summary>
    Advice,

    /// <summary>It could not be read.</summary>
    Unknown,

    /// <summary>All is well.</summary>
    Fine,
}
