using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that programs of this machine try to make. Those that nobody answers are told by a rule.</summary>
public sealed class PendingConnects : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.syn-sent", Source: "RFC 9293, section 3.3.2; tcp(7)");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "syn-sent") is not { } count || Rules.UnansweredConnects.PendingOf(evidence) is { Unanswered: > 0 })
            yield break;
        yield return new Signal(Info.Id, Standing.Fine, "connections that get no answer", $"0 of {count} that were begun", "");
    }
}
