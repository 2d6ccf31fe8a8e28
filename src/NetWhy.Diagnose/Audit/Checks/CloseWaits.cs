using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Connections that the peers have closed and programs of this machine have not.</summary>
public sealed class CloseWaits : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.close-wait", Source: "RFC 9293, section 3.3.2") { Cause = "close-wait-leak" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (SocketWords.CountOf(evidence, "close-wait") is not { } count)
            yield break;
        SocketGroup? largest = evidence.All<SocketGroup>().Where(group => group.State is "close-wait").MaxBy(group => group.Count);
        string most = largest is null ? "" : $", most of {SocketWords.Owner(largest.Process, largest.Pid)}";
        yield return new Signal(Info.Id, Standing.Fine, "connections in CLOSE-WAIT", $"{count}{most}", "")
        {
            Evidence = largest is null ? [] : [largest],
        };
    }
}
