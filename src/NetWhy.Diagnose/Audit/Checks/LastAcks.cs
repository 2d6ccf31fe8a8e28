using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections whose end the peer does not acknowledge.</summary>
public sealed class LastAcks : IHostCheck
{
    private const int Many = 100;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.last-ack", Source: "RFC 9293, section 3.3.2");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "last-ack") is not { } last || SocketWords.CountOf(evidence, "closing") is not { } closing || SocketWords.CountOf(evidence, "fin-wait-1") is not { } first)
            yield break;
        SocketGroup[] stuck = [.. evidence.All<SocketGroup>().Where(group => group.State is "last-ack" or "closing" or "fin-wait-1" && group.Retransmitting > 0)];
        bool isPile = stuck.Sum(group => (long)group.Retransmitting) >= Many;
        yield return new Signal(Info.Id, isPile ? Standing.Warning : Standing.Fine, "connections in LAST-ACK, CLOSING, FIN-WAIT-1", $"{last}, {closing}, {first}", "")
        {
            Meaning = isPile ? $"The last packets of connections, such as those of {SocketWords.Place(stuck[0])}, are sent again and again and not acknowledged: the peers are gone, or a firewall drops what belongs to no connection it knows." : "",
            Evidence = [.. stuck],
        };
    }
}
