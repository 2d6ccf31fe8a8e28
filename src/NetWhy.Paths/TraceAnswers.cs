using NetWhy.Evidence;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Makes evidence of the answers to a trace.</summary>
internal static class TraceAnswers
{
    /// <summary>An answer as evidence.</summary>
    /// <param name="channel">Where it came from.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="query">Which of its hop's probes it answers.</param>
    internal static HopAnswer Describe(ProbeChannel channel, in ProbeAnswer answer, int query) => new(query, answer.Node, answer.RoundTrip)
    {
        Error = answer.Kind is ProbeAnswerKind.Unreachable
            ? new IcmpError(answer.Type, answer.Code, answer.Node, answer.Node.Equals(channel.Source) || OwnAddresses.Contains(answer.Node)) { Mtu = answer.Mtu }
            : null,
        Flow = answer.Flow,
        IsReset = answer.IsReset,
        TcpFlags = answer.Segment is { } flags ? TcpFlagNames.Of(flags) : null,
        ReplyTtl = answer.ReplyTtl,
        QuotedTtl = answer.QuotedTtl,
        IsTranslated = IsTranslated(channel, answer),
        Labels = [.. answer.Labels.Select(label => new MplsEntry(label.Label, label.TrafficClass, label.IsBottom, label.TimeToLive))],
        Interfaces = answer.Interfaces,
        Extensions = answer.Extensions,
    };

    /// <summary>Whether an answer shows that addresses are translated on the way.</summary>
    /// <remarks>Nobody drops on the way what is for himself: where routers answer under the destination's address, it is translated into another.</remarks>
    /// <param name="channel">Where it came from.</param>
    /// <param name="answer">The answer.</param>
    internal static bool IsTranslated(ProbeChannel channel, in ProbeAnswer answer) =>
        answer.IsRewritten
        || (answer.SentChecksum is { } sent && answer.QuotedChecksum is { } quoted && sent != quoted)
        || (answer.Kind is ProbeAnswerKind.TimeExceeded && answer.Node.Equals(channel.Options.Target));
}
