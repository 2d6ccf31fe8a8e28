using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>What bounds the connections that transfer most: the network, a window, a buffer or the program.</summary>
public sealed class Transfers : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.transfers", Source: "SNAP, NSDI 2011; linux/tcp.h, struct tcp_info");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        TcpFlow[] moving = [.. evidence.All<TcpFlow>().Where(flow => flow.Sent > 0)];
        if (moving.Length == 0)
            yield break;
        string bounds = string.Join(", ", moving.CountBy(Rules.TransferLimits.BoundOf).OrderByDescending(bound => bound.Value).Select(bound => $"{bound.Value} by {InWords(bound.Key)}"));
        yield return new Signal(Info.Id, Standing.Fine, "what bounds transfers from here", bounds, "") { Evidence = [.. moving] };
    }

    private static string InWords(TransferBound bound) => bound switch
    {
        TransferBound.Application => "the program",
        TransferBound.SendBuffer => "its send buffer",
        TransferBound.Window => "the peer's window",
        TransferBound.Network => "the network",
        _ => "nothing for long",
    };
}
