using System.Net;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Counts the local ports in use towards a destination that no local port was left for.</summary>
/// <remarks>
/// No counter of the kernel shows this: only the errno of connect(2) or bind(2) does, so the sockets are counted when
/// one of them fails so. Source: ip(7), EADDRNOTAVAIL; ip-sysctl.txt.
/// </remarks>
public sealed class EphemeralPortsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "socket.ephemeral-ports";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Are local ports left for connections to the target?",
        Source: "ip(7); ip-sysctl.txt, ip_local_port_range",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Port is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<(IPAddress, int)> seen = [];
        while (await context.Evidence.FirstAsync<ConnectAttempt>(
            attempt => IsWithoutPort(attempt) && !seen.Contains((attempt.Address, attempt.Port)), [ExchangeProbe.Id], cancellationToken) is { } attempt)
        {
            seen.Add((attempt.Address, attempt.Port));
            Look(context, attempt.Address, attempt.Port);
        }
    }

    /// <summary>Counts the ports towards a destination now, and reports them.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="port">Its port.</param>
    internal static void Look(ProbeContext context, IPAddress destination, int port)
    {
        if (PortRange.Read() is { } range)
            context.Report(Count(destination, port, range));
        else
            context.ReportNotObserved("the range of local ports", "net.ipv4.ip_local_port_range cannot be read");
    }

    private static bool IsWithoutPort(ConnectAttempt attempt) =>
        attempt.Errno is nameof(Errno.EADDRNOTAVAIL) or nameof(Errno.EADDRINUSE);

    private static EphemeralPorts Count(IPAddress destination, int port, PortRange range)
    {
        List<SocketEntry> sockets = [.. SocketTable.ReadTcp().Sockets.Where(socket =>
            range.Contains(socket.LocalPort) && socket.RemotePort == port && socket.RemoteAddress.Equals(destination))];
        var owners = SocketOwners.Find(() => [.. sockets.Select(socket => socket.Inode).Where(inode => inode != 0)], mayAskKernel: false);
        (int Pid, string? Name) top = sockets
            .Select(socket => owners.OldestOf(socket.Inode))
            .OfType<SocketOwner>()
            .CountBy(owner => (owner.Pid, (string?)owner.Name))
            .OrderByDescending(pair => pair.Value)
            .FirstOrDefault().Key;
        return new EphemeralPorts(
            destination,
            port,
            range.First,
            range.Last,
            sockets.Select(socket => socket.LocalPort).Distinct().Count(),
            sockets.Where(socket => socket.State is TcpState.TimeWait).Select(socket => socket.LocalPort).Distinct().Count())
        {
            Reserved = range.Reserved,
            TimeWaitReuse = (int)(KernelFiles.Number("/proc/sys/net/ipv4/tcp_tw_reuse") ?? 0),
            TopProcess = top.Name,
            TopPid = top.Name is null ? null : top.Pid,
        };
    }
}
