using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose;

/// <summary>Recognizes one cause, or one family of causes that the same evidence tells apart.</summary>
/// <remarks>
/// To add one, write a class in <c>Rules/</c>: the catalogue finds it. A rule is a pure function of the evidence: it
/// asks nothing, keeps nothing and reads no clock. A missing observation means "unknown", never "fine".
/// </remarks>
public interface IRule
{
    /// <summary>What the rule recognizes.</summary>
    RuleInfo Info { get; }

    /// <summary>Says which causes the evidence speaks for; none if it has nothing to say.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    IEnumerable<Finding> Evaluate(EvidenceSet evidence);
}

/// <summary>What a rule recognizes.</summary>
/// <param name="Id">Its name in kebab case: the cause, or the family of causes.</param>
/// <param name="Source">The document that defines how the cause shows.</param>
/// <param name="Causes">Ids of the causes that it may find.</param>
public sealed record RuleInfo(string Id, string Source, params ImmutableArray<string> Causes)
{
    /// <summary>
    /// Ids of causes that are only symptoms where this one is found for the same address. A trailing <c>*</c> stands
    /// for any ending, such as <c>tls-*</c>.
    /// </summary>
    public ImmutableArray<string> Explains { get; init; } = [];
}

/// <summary>Every rule.</summary>
[Catalog(typeof(IRule))]
public static partial class RuleCatalog;
