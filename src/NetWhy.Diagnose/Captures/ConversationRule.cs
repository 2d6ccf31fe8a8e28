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
        foreach (CapturedConversation conversation in evidence.All<CapturedConversation>())
        {
            foreach (Finding finding in Judge(new CapturedScene(evidence, conversation)))
            {
                yield return finding with
                {
                    Stream = conversation.Stream,
                    Packets = [.. finding.Packets.Where(packet => packet > 0).Distinct().Order()],
                    Subject = finding.Subject ?? conversation.Server.Address,
                };
            }
        }
    }

    /// <summary>Judges a conversation.</summary>
    /// <param name="scene">It, and what is around it.</param>
    internal abstract IEnumerable<Finding> Judge(CapturedScene scene);
}
