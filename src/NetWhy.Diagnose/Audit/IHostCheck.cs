using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>Judges one resource of this machine, or one family of counters, for the audit.</summary>
/// <remarks>
/// To add one, write a class in <c>Checks/</c>: the catalogue finds it. It is a pure function of the evidence, as a rule
/// is, and says something also when all is well: an audit tells what was looked at. Where a rule finds the cause named
/// in <see cref="HostCheckInfo.Cause"/>, the finding stands in its place.
/// </remarks>
public interface IHostCheck
{
    /// <summary>What it looks at.</summary>
    HostCheckInfo Info { get; }

    /// <summary>How it stands: one signal for each resource that is not well, or one for all of them.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    /// <returns>None if this machine has no such thing.</returns>
    IEnumerable<Signal> Evaluate(EvidenceSet evidence);
}

/// <summary>What a check looks at.</summary>
/// <param name="Id">Its name, dotted, such as <c>tcp.accept-queue</c>.</param>
/// <param name="Source">The document that defines the counter or the limit.</param>
public sealed record HostCheckInfo(string Id, string Source)
{
    /// <summary>Cause that a rule finds where this is not well; null if no rule does.</summary>
    public string? Cause { get; init; }
}

/// <summary>Every check.</summary>
[Catalog(typeof(IHostCheck))]
public static partial class HostCheckCatalog;
