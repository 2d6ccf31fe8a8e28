using System.Collections.Immutable;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>A rule about single TCP conversations of a capture.</summary>
public abstract class ConversationRule : IRule
{
    /// <inheritdoc/>
    public abstract RuleInfo Info { get; }

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.All<CapturedConversation>().SelectMany(conversation => Evaluate(new CapturedScene(evidence, conversation)));
    }

    /// <summary>Says which causes a conversation speaks for.</summary>
    /// <param name="scene">It, and what is around it.</param>
    internal IEnumerable<Finding> Evaluate(CapturedScene scene)
    {
        foreach (Finding finding in Judge(scene))
        {
            yield return finding with
            {
                Stream = scene.Conversation.Stream,
                Packets = InOrder(finding.Packets),
                Subject = finding.Subject ?? scene.Conversation.Server.Address,
            };
        }
    }

    // Each once, and none that is unknown.
    private static ImmutableArray<long> InOrder(ImmutableArray<long> packets)
    {
        long[] sorted = [.. packets];
        Array.Sort(sorted);
        int kept = 0;
        foreach (long packet in sorted)
        {
            if (packet > 0 && (kept == 0 || sorted[kept - 1] != packet))
                sorted[kept++] = packet;
        }

        return [.. sorted.AsSpan(0, kept)];
    }

    /// <summary>Judges a conversation.</summary>
    /// <param name="scene">It, and what is around it.</param>
    internal abstract IEnumerable<Finding> Judge(CapturedScene scene);
}
