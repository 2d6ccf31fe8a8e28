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
                Packets = [.. finding.Packets.Where(packet => packet > 0).Distinct().Order()],
                Subject = finding.Subject ?? scene.Conversation.Server.Address,
            };
        }
    }

    /// <summary>Judges a conversation.</summary>
    /// <param name="scene">It, and what is around it.</param>
    internal abstract IEnumerable<Finding> Judge(CapturedScene scene);
}
