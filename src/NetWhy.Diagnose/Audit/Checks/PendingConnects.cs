using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that programs of this machine try to make, and that nobody answers.</summary>
public sealed class PendingConnects : IHostCheck
{
    private const int Few = 5;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.syn-sent", Source: "RFC 9293, section 3.3.2; tcp(7)");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "syn-sent") is not { } count)
            yield break;
        SocketGroup[] unanswered = [.. evidence.All<SocketGroup>().Where(group => group is { State: "syn-sent", Retransmitting: > 0, Remote: not null })];
        foreach (SocketGroup group in unanswered)
        {
            yield return new Signal(
                Info.Id,
                group.Retransmitting >= Few ? Standing.Warning : Standing.Advice,
                $"connections to {SocketWords.Place(group)}",
                $"{group.Retransmitting} of {group.Count} that begin get no answer",
                "")
            {
                Meaning = $"{SocketWords.Owner(group.Process, group.Pid, isStart: true)} sends SYNs to {SocketWords.Place(group)} again and again: the host is gone or overloaded, or a firewall drops them.",
                Cause = "port-filtered",
                Remedies = [new Remedy("Ask why.", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"netwhy {SocketWords.Place(group)}"))],
                Evidence = [group],
            };
        }

        if (unanswered.Length == 0)
            yield return new Signal(Info.Id, Standing.Fine, "connections that get no answer", $"0 of {count} that begin", "");
    }
}
