using System.Runtime.InteropServices;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>One look at the Unix datagram sockets in which something lies unread: all of a machine, or those that a process reads or sends to.</summary>
/// <remarks>
/// The kernel does not tell how full such a queue is. That it is full shows who waits for room in it, in unix_wait_for_peer.
/// Source: sock_diag(7); proc_pid_wchan(5).
/// </remarks>
internal sealed class UnixDatagramSample
{
    private const byte Datagram = 2; // SOCK_DGRAM
    private const int MostSockets = 65_536;
    private const int MostReceivers = 16;
    private const int MostSenders = 64;
    private const string WaitsForRoom = "unix_wait_for_peer";

    private readonly Dictionary<uint, Reading> _sockets = [];
    private readonly Dictionary<uint, Dictionary<int, Waiter>> _waiters = []; // threads that wait, by the socket that they send to
    private readonly Reading[] _receivers;
    private readonly SocketOwners? _owners;

    private UnixDatagramSample(HashSet<uint>? held)
    {
        const uint States = (1u << (int)TcpState.Established) | (1u << (int)TcpState.Closed);
        try
        {
            using var kernel = SocketDiagnostics.Open();
            kernel.Dump(UnixDiagRequest.Dump(States, UnixDiagShow.Name | UnixDiagShow.Peer | UnixDiagShow.Queues), Add);
        }
        catch (LinuxException absent) when (absent.Errno is (int)Errno.ENOENT)
        {
            // This kernel was built without unix_diag.
        }

        HashSet<uint> sentTo = [.. _sockets.Values.Where(socket => held?.Contains(socket.Inode) is true && socket.Peer != 0).Select(socket => socket.Peer)];
        ILookup<uint, Reading> senders = _sockets.Values.Where(socket => socket is { Peer: not 0, Sent: > 0 }).ToLookup(socket => socket.Peer);
        _receivers =
        [
            .. _sockets.Values
                .Where(socket => socket.Unread > 0 && (held is null ? senders.Contains(socket.Inode) : held.Contains(socket.Inode) || sentTo.Contains(socket.Inode)))
                .Take(MostReceivers),
        ];
        if (!_receivers.Any(receiver => senders.Contains(receiver.Inode)))
            return;
        _owners = SocketOwners.Find(() => [.. _receivers.Select(receiver => receiver.Inode), .. _receivers.SelectMany(receiver => senders[receiver.Inode].Take(MostSenders)).Select(sender => sender.Inode)]);
        foreach (Reading receiver in _receivers)
            _waiters[receiver.Inode] = WaitersOf(senders[receiver.Inode].Take(MostSenders), _owners);
    }

    /// <summary>Looks.</summary>
    /// <param name="held">Sockets of the process; null for the whole machine.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static UnixDatagramSample Take(HashSet<uint>? held) => new(held);

    /// <summary>Describes those in which something lay unread in this sample and in one before.</summary>
    /// <param name="earlier">The sample before.</param>
    /// <param name="interval">Time between them.</param>
    internal IEnumerable<UnixDatagrams> Tell(UnixDatagramSample earlier, TimeSpan interval)
    {
        foreach (Reading receiver in _receivers.Where(receiver => earlier._sockets.GetValueOrDefault(receiver.Inode)?.Unread > 0))
        {
            Dictionary<int, Waiter>? before = earlier._waiters.GetValueOrDefault(receiver.Inode);
            Waiter? waiter = _waiters.GetValueOrDefault(receiver.Inode)?
                .Where(thread => before?.GetValueOrDefault(thread.Key) == thread.Value)
                .Select(thread => thread.Value).FirstOrDefault();
            SocketOwner? owner = _owners?.OldestOf(receiver.Inode);
            yield return new UnixDatagrams(receiver.Name)
            {
                SendersHold = _sockets.Values.Where(socket => socket.Peer == receiver.Inode).Sum(socket => (long)socket.Sent),
                Interval = interval,
                Pid = owner?.Pid,
                Process = owner?.Name,
                ProcessState = owner is { } reader ? ProcessTable.StateOf(reader.Pid) : null,
                SenderPid = waiter?.Owner.Pid,
                Sender = waiter?.Owner.Name,
            };
        }
    }

    private static Dictionary<int, Waiter> WaitersOf(IEnumerable<Reading> senders, SocketOwners owners)
    {
        Dictionary<int, Waiter> waiters = [];
        foreach (SocketOwner owner in senders.Select(sender => owners.OldestOf(sender.Inode)).OfType<SocketOwner>().DistinctBy(owner => owner.Pid))
        {
            foreach ((int thread, long switches) in ProcessTable.ThreadsIn(owner.Pid, WaitsForRoom))
                waiters.TryAdd(thread, new Waiter(owner, switches));
        }

        return waiters;
    }

    private void Add(ReadOnlySpan<byte> message)
    {
        if (!MemoryMarshal.TryRead(message, out UnixDiagMessage socket) || socket.Type != Datagram || _sockets.Count >= MostSockets)
            return;
        var attributes = new NetlinkAttributeTable(message[UnixDiagMessage.Size..]);
        ReadOnlySpan<byte> queues = attributes[UnixDiagMessage.Queues];
        _ = MemoryMarshal.TryRead(attributes[UnixDiagMessage.Peer], out uint peer);
        if (MemoryMarshal.TryRead(queues, out uint unread) && MemoryMarshal.TryRead(queues[sizeof(uint)..], out uint sent))
            _sockets[socket.Inode] = new Reading(socket.Inode, unread > 0 ? UnixName.Of(attributes[UnixDiagMessage.Name]) : "", peer, unread, sent);
    }

    /// <summary>What the kernel says of a socket.</summary>
    /// <param name="Inode">Its inode.</param>
    /// <param name="Name">Its name, where something lies unread.</param>
    /// <param name="Peer">Inode of the socket that it sends to; 0 if it is connected to none.</param>
    /// <param name="Unread">Octets of the first message that lies unread.</param>
    /// <param name="Sent">Octets of buffers that what it sent and nobody has read holds.</param>
    private sealed record Reading(uint Inode, string Name, uint Peer, uint Unread, uint Sent);

    /// <summary>A thread that waits.</summary>
    /// <param name="Owner">Its process.</param>
    /// <param name="Switches">How often it has given up its processor.</param>
    private sealed record Waiter(SocketOwner Owner, long Switches);
}
