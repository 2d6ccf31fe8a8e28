using System.Collections.Immutable;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Finds what listens on this machine, where the target is of this machine: where, for whom, with what queue.</summary>
public sealed class ListenerProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "socket.listener";

    private const int MostListeners = 64; // of a process; more tell nothing new

    // Within a machine a handshake takes microseconds, or, where its SYN is dropped, a second.
    private static readonly TimeSpan AttemptPatience = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What listens on the port, where, and does it accept fast enough?",
        Source: "sock_diag(7); listen(2)",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Port is not null || target.Kind is TargetKind.Process;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        Target target = context.Target;
        if (target.Pid is null && target.Kind is not TargetKind.LocalPort && !await IsLocalAsync(context, cancellationToken))
            return;

        ImmutableArray<Listener> listeners = Read(context);
        if (target.Pid is null && listeners.Any(listener => listener.Queue > 0))
        {
            // It may be netwhy itself that waits there, which is known in a moment.
            await AttemptAsync(context, cancellationToken);
            listeners = Read(context);
        }

        foreach (Listener listener in listeners)
            context.Report(listener);

        // A queue that was not full at the start may be so while the exchange waits.
        await Traffic.WhenOverAsync(context, cancellationToken);
        if (context.Evidence.All<ConnectAttempt>().Any(attempt => attempt.Outcome is ConnectOutcome.TimedOut)
            || context.Evidence.All<Silence>().Count > 0)
        {
            foreach (Listener listener in Read(context).Where(listener => !listeners.Contains(listener)))
                context.Report(listener);
        }
    }

    private static async Task AttemptAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AttemptPatience);
        try
        {
            await context.Evidence.FirstAsync<ConnectAttempt>(attempt => attempt.Purpose is "target", [ExchangeProbe.Id], limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Its SYN is not answered: then it does not wait in a queue either.
        }
    }

    private static async Task<bool> IsLocalAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        NameResolution? resolution = await context.Evidence.FirstAsync<NameResolution>(
            _ => true, [NameResolutionProbe.Id], cancellationToken);
        return resolution?.Addresses.Any(OwnAddresses.Contains) is true;
    }

    private static ImmutableArray<Listener> Read(ProbeContext context)
    {
        Target target = context.Target;
        bool isProcess = target.Pid is not null;
        HashSet<uint> own = target.Pid is { } pid ? [.. ProcessTable.SocketsOf(pid)] : [];
        bool Concerns(SocketEntry socket) => isProcess ? own.Contains(socket.Inode) : socket.LocalPort == target.Port;

        List<(SocketEntry Socket, string Protocol)> sockets = [];
        if (isProcess || target.IsTcp)
            sockets.AddRange(SocketTable.ReadTcp(TcpState.Listen).Sockets.Where(Concerns).Select(socket => (socket, "tcp")));
        if (target.Kind is TargetKind.Process or TargetKind.LocalPort || !target.IsTcp || target.Scheme is "dns")
            sockets.AddRange(SocketTable.ReadUdp().Sockets.Where(socket => socket.RemotePort == 0 && Concerns(socket)).Select(socket => (socket, "udp")));

        var owners = SocketOwners.Find(() => [.. sockets.Select(entry => entry.Socket.Inode).Where(inode => inode != 0)], mayAskKernel: false);
        int ownWaiting = OwnWaiting(context, sockets.Count(entry => entry.Protocol is "tcp" && entry.Socket.Message.ReceiveQueue > 0));
        return [.. sockets.Take(MostListeners).Select(entry => Describe(entry.Socket, entry.Protocol, owners, ownWaiting))];
    }

    // The kernel does not tell in whose queue a connection waits: of several listeners that have one it is not known.
    private static int OwnWaiting(ProbeContext context, int queues) =>
        queues == 1 && context.Target is { Pid: null, Port: { } port } ? OwnConnections.To(context, port).Waiting.Values.Sum() : 0;

    private static Listener Describe(SocketEntry socket, string protocol, SocketOwners owners, int ownWaiting)
    {
        SocketOwner? owner = owners.OldestOf(socket.Inode);
        bool isTcp = protocol is "tcp";
        return new Listener(
            socket.LocalPort,
            socket.LocalAddress,
            isTcp ? (int)Math.Clamp(socket.Message.ReceiveQueue - (long)ownWaiting, 0, int.MaxValue) : 0,
            isTcp ? (int)Math.Min(socket.Message.SendQueue, int.MaxValue) : 0)
        {
            Protocol = protocol,
            IsIPv6Only = socket.Attributes.IsIPv6Only,
            Inode = socket.Inode,
            Pid = owner?.Pid,
            Process = owner?.Name,
            Drops = socket.Attributes.Memory?.Drops,
            Device = InterfaceIndex.NameOf((int)socket.Message.Socket.InterfaceIndex),
        };
    }
}
