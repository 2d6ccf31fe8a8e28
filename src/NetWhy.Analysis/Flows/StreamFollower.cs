namespace NetWhy.Analysis.Flows;

/// <summary>What the data of a conversation says.</summary>
internal sealed class StreamFollower
{
    /// <summary>What was asked and has no answer yet; null for nothing.</summary>
    internal string? Awaits { get; private set; }
}
