using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect;

/// <summary>The peer that a process waits for: of a process that cannot connect, the question is about what it connects to.</summary>
public static class ProcessPeer
{
    // A SYN that is not answered in this time is either lost or goes far; both are worth a look.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>Turns a process whose SYNs are not answered into the address and port that it tries, the process kept in mind.</summary>
    /// <param name="target">What is asked about.</param>
    /// <param name="clock">The clock to wait by.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The peer, or the target as it is: if it is no process, or one that waits for nobody.</returns>
    public static async Task<Target> OfAsync(Target target, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (target is not { Kind: TargetKind.Process, Pid: { } pid })
            return target;
        SocketEntry[] waiting = Waiting(pid);
        if (waiting.Length > 0 && waiting.All(socket => socket.Message.Retransmits == 0))
        {
            await Task.Delay(Patience, clock, cancellationToken);
            waiting = [.. Waiting(pid).IntersectBy(waiting.Select(socket => socket.Inode), socket => socket.Inode)];
        }

        if (waiting.Length == 0)
            return target;
        SocketEntry longest = waiting.MaxBy(socket => socket.Message.Retransmits);
        string peer = new IPEndPoint(longest.RemoteAddress, longest.RemotePort).ToString();
        return TargetParser.TryParse(peer, out Target? found, out _) ? found with { Input = target.Input, Pid = pid } : target;
    }

    private static SocketEntry[] Waiting(int pid)
    {
        try
        {
            HashSet<uint> own = [.. ProcessTable.SocketsOf(pid)];
            return [.. SocketTable.ReadTcp(TcpState.SynSent).Sockets.Where(socket => own.Contains(socket.Inode))];
        }
        catch (LinuxException)
        {
            return []; // the probes say that it cannot be looked at
        }
    }
}
