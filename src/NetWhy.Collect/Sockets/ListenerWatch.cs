using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Sockets;

/// <summary>The listeners of this machine that take connections to some addresses and a port, looked at again and again: what they drop, and whether their queue stays full.</summary>
/// <param name="addresses">The addresses.</param>
/// <param name="port">The port.</param>
internal sealed class ListenerWatch(IReadOnlyList<IPAddress> addresses, int port)
{
    private const int MostTold = 8;
    private static readonly TimeSpan Staying = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, Watched> _watched = [];
    private bool _isLater;

    /// <summary>Packets that they have dropped since the first look; null where none listens.</summary>
    internal long? Drops => _watched.Count == 0 ? null : _watched.Values.Sum(listener => listener.Growth);

    /// <summary>Looks.</summary>
    /// <param name="at">When, from the beginning of all.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal void Look(TimeSpan at) => Take(at, SocketTable.ReadTcp(TcpState.Listen).Sockets.Where(socket => socket.LocalPort == port).Select(socket =>
        new Listener(socket.LocalPort, socket.LocalAddress, (int)Math.Min(socket.Message.ReceiveQueue, int.MaxValue), (int)Math.Min(socket.Message.SendQueue, int.MaxValue))
        {
            IsIPv6Only = socket.Attributes.IsIPv6Only,
            Inode = socket.Inode,
            Drops = socket.Attributes.Memory?.Drops ?? 0,
        }));

    /// <summary>Takes what a look showed.</summary>
    /// <param name="at">When it was, from the beginning of all.</param>
    /// <param name="found">All listeners of the port.</param>
    internal void Take(TimeSpan at, IEnumerable<Listener> found)
    {
        Listener[] listeners = [.. found];
        foreach (Listener listener in addresses.SelectMany(address => Takers(listeners, address)).DistinctBy(listener => listener.Inode))
        {
            long inode = listener.Inode ?? 0;
            if (!_watched.TryGetValue(inode, out Watched? watched))
                _watched[inode] = watched = new Watched(_isLater ? 0 : listener.Drops ?? 0); // who comes later dropped all of it meanwhile
            watched.Take(at, listener);
        }

        _isLater = true;
    }

    /// <summary>Those that dropped, most first: how full their queue was, and how it was at the end.</summary>
    internal IEnumerable<Listener> Told() =>
        _watched.Values.Where(listener => listener.Growth > 0).OrderByDescending(listener => listener.Growth).Take(MostTold).SelectMany(listener => listener.Told());

    // The kernel prefers who listens at the address itself, then who listens at all of its family. Source: net/ipv4/inet_hashtables.c, compute_score.
    private static Listener[] Takers(Listener[] listeners, IPAddress address)
    {
        bool isIPv6 = address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6;
        Listener[] exact = [.. listeners.Where(listener => listener.Address.Equals(address))];
        if (exact.Length > 0)
            return exact;
        Listener[] family = [.. listeners.Where(listener => listener.Address.Equals(isIPv6 ? IPAddress.IPv6Any : IPAddress.Any))];
        return family.Length > 0 || isIPv6 ? family : [.. listeners.Where(listener => listener.Address.Equals(IPAddress.IPv6Any) && !listener.IsIPv6Only)];
    }

    private sealed class Watched(long dropsBefore)
    {
        private Listener? _last;
        private Listener? _fullest; // of looks at which it was full and at the one before was not
        private TimeSpan? _fullSince;

        internal long Growth => (_last?.Drops ?? 0) - dropsBefore;

        internal void Take(TimeSpan at, Listener seen)
        {
            seen = seen with { QueueBefore = _last?.Queue, Interval = at };
            if (seen.Queue <= seen.Limit)
            {
                _fullSince = null;
            }
            else if (_fullSince is null)
            {
                _fullSince = at;
                if (_fullest is null || seen.Queue > _fullest.Queue)
                    _fullest = seen;
            }

            _last = seen;
        }

        // What is full for moments is full at one look and not at another: only what stays full to the end is told as full twice.
        internal IEnumerable<Listener> Told()
        {
            Listener last = _last! with { DropsGrowth = Growth };
            bool isFull = _fullSince is not null;
            if (!isFull || last.Interval - _fullSince >= Staying)
                yield return last;
            if (_fullest is not null && (!isFull || last.Interval - _fullSince < Staying))
                yield return _fullest with { DropsGrowth = Growth, Drops = last.Drops, Interval = last.Interval };
        }
    }
}
