using NetWhy.Collect.Sockets;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Counts the TCP sockets of this machine by state, where <see cref="SocketGroupsProbe"/>, which counts them too, does not look.</summary>
public sealed class SocketCensusProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "socket.census";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "In what states are this machine's sockets?",
        Source: "sock_diag(7)",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => !SocketGroupsProbe.Looks(target);

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        var all = new StateTally("all", remembers: false);
        SocketTable table = SocketTable.ReadTcp(socket =>
        {
            all.Add(socket);
            return false;
        });
        context.Report(all.Census(table.IsConsistent));
        return Task.CompletedTask;
    }
}
