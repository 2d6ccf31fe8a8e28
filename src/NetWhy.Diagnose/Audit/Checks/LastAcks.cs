using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections whose end the peer does not acknowledge.</summary>
public sealed class LastAcks : IHostCheck
{
    private const int Many = 100;
    private const double Noticeable = 0.1; // of the connections that stand: some peers always go without a word, as telephones do

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.last-ack", Source: "RFC 9293, section 3.3.2");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "last-ack") is not { } last || SocketWords.CountOf(evidence, "closing") is not { } closing || SocketWords.CountOf(evidence, "fin-wait-1") is not { } first)
            yield break;
        SocketGroup[] stuck = [.. evidence.All<SocketGroup>().Where(group => group.State is "last-ack" or "closing" or "fin-wait-1" && group.Retransmitting > 0)];
        // Those of many peers are more groups than are told one by one.
        long unanswered = Math.Max(stuck.Where(group => group.State is not "fin-wait-1").Sum(group => (long)group.Retransmitting), evidence.First<SocketSurvey>()?.UnacknowledgedEnds ?? 0);
        long all = Math.Max(stuck.Sum(group => (long)group.Retransmitting), unanswered);
        bool isPile = unanswered >= Many && unanswered >= Noticeable * (SocketWords.CountOf(evidence, "established") ?? 0);
        bool isSome = all >= Many; // in FIN-WAIT-1 also data may wait, for a peer that reads slowly
        yield return new Signal(Info.Id, isPile ? Standing.Warning : isSome ? Standing.Advice : Standing.Fine, "connections in LAST-ACK, CLOSING, FIN-WAIT-1", $"{last}, {closing}, {first}", "")
        {
            Meaning = isPile || isSome ? $"The last packets of connections{(stuck is [var one, ..] ? $", such as those of {SocketWords.Place(one)}," : "")} are sent again and again and not acknowledged: the peers are gone, or a firewall drops what belongs to no connection it knows." : "",
            Evidence = [.. stuck],
        };
    }
}
