using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Asks the kernel for interfaces, addresses, routes, rules and neighbours. Needs no privilege.</summary>
/// <remarks>Safe for use by one thread at a time. Source: rtnetlink(7).</remarks>
public sealed class RouteNetlink : IDisposable
{
    private const int MostDumps = 4; // of a table that changes meanwhile; then the last has to do
    private const int MostEntries = 50_000; // a full Internet table would cost seconds and is never the question
    private const int BufferSize = 64 * 1024; // the kernel sends at most 32 KiB at once

    private readonly NetlinkSocket _socket;
    private readonly byte[] _buffer = new byte[BufferSize];
    private uint _sequence;

    private RouteNetlink(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens a socket to the kernel's routing.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static RouteNetlink Open() => new(NetlinkSocket.Open(NetlinkProtocol.Route));

    /// <summary>Every interface of this network namespace.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<LinkMessage> Links() =>
        Dump<LinkHeader, LinkMessage>(RouteMessageType.GetLink, RouteMessageType.NewLink, default, LinkMessage.Read);

    /// <summary>Name of every interface of this network namespace, by its index.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public IReadOnlyDictionary<int, string> LinkNames() => NamesOf(Links());

    /// <summary>Every address of this network namespace.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<AddressMessage> Addresses() =>
        Dump<AddressHeader, AddressMessage>(
            RouteMessageType.GetAddress, RouteMessageType.NewAddress, default, AddressMessage.Read);

    /// <summary>Every route of every table, both families; at most 50 000 of each.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<RouteMessage> Routes() => BothFamilies<RouteHeader, RouteMessage>(
        RouteMessageType.GetRoute,
        RouteMessageType.NewRoute,
        family => default(RouteHeader) with { Family = family },
        RouteMessage.Read);

    /// <summary>What the kernel learned of single destinations, such as a smaller MTU; both families, at most 50 000 of each.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<RouteMessage> RouteExceptions() =>
    [
        .. BothFamilies<RouteHeader, RouteMessage>(
            RouteMessageType.GetRoute,
            RouteMessageType.NewRoute,
            family => default(RouteHeader) with { Family = family, Flags = RouteFlags.Cloned },
            RouteMessage.Read)
            .Where(route => route.Header.Flags.HasFlag(RouteFlags.Cloned)),
    ];

    /// <summary>Every policy routing rule, both families, in no particular order.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<RuleMessage> Rules() => BothFamilies<RuleHeader, RuleMessage>(
        RouteMessageType.GetRule,
        RouteMessageType.NewRule,
        family => default(RuleHeader) with { Family = family },
        RuleMessage.Read);

    /// <summary>Every neighbour, both families.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<NeighbourMessage> Neighbours() => BothFamilies<NeighbourHeader, NeighbourMessage>(
        RouteMessageType.GetNeighbour,
        RouteMessageType.NewNeighbour,
        family => default(NeighbourHeader) with { Family = family },
        NeighbourMessage.Read);

    /// <summary>The neighbour table of each family.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<NeighbourTableMessage> NeighbourTables() =>
    [
        .. Dump<uint, NeighbourTableMessage>(
            RouteMessageType.GetNeighbourTable, RouteMessageType.NewNeighbourTable, 0 /* struct ndtmsg, any family */, NeighbourTableMessage.Read)
            .Where(table => table.Entries is not null),
    ];

    /// <summary>Every queueing discipline of every interface.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ImmutableArray<QueueDisciplineMessage> QueueDisciplines() =>
        Dump<QueueDisciplineHeader, QueueDisciplineMessage>(
            RouteMessageType.GetQueueDiscipline, RouteMessageType.NewQueueDiscipline, default, QueueDisciplineMessage.Read);

    /// <summary>One entry of the neighbour table; null if there is none.</summary>
    /// <param name="address">The neighbour's address.</param>
    /// <param name="interfaceIndex">The interface.</param>
    /// <exception cref="LinuxException">The kernel refused, or is older than 5.0.</exception>
    public NeighbourMessage? Neighbour(IPAddress address, int interfaceIndex)
    {
        var header = default(NeighbourHeader) with { Family = Family(address), Index = interfaceIndex };
        NetlinkRequest request = NetlinkRequest.Start(
            stackalloc byte[256], RouteMessageType.GetNeighbour, NetlinkFlags.None, ++_sequence, header);
        request.Add(1 /* NDA_DST */, address);
        Errno errno = Ask<NeighbourMessage>(
            request.Octets, RouteMessageType.NewNeighbour, NeighbourMessage.Read, out NeighbourMessage? found);
        return errno is Errno.OK or Errno.ENOENT ? found : throw new LinuxException("RTM_GETNEIGH", (int)errno);
    }

    /// <summary>Asks how a packet to <paramref name="destination"/> would leave.</summary>
    /// <param name="destination">The address.</param>
    /// <param name="selector">What else the packet would have.</param>
    /// <param name="route">The route with the source address and the table that the kernel chose; null if it refused.</param>
    /// <returns>
    /// What a connect would fail with: ENETUNREACH without a route, EINVAL for a blackhole, EACCES for a prohibit,
    /// EHOSTUNREACH for an unreachable route; <see cref="Errno.OK"/> if there is a way.
    /// </returns>
    public Errno Lookup(IPAddress destination, in RouteSelector selector, out RouteMessage? route)
    {
        byte length = destination.AddressFamily is AddressFamily.InterNetworkV6 ? (byte)128 : (byte)32;
        var header = default(RouteHeader) with
        {
            Family = Family(destination),
            DestinationLength = length,
            SourceLength = selector.Source is null ? (byte)0 : length,
            TypeOfService = selector.TypeOfService,
            Flags = RouteFlags.LookupTable,
        };
        NetlinkRequest request = NetlinkRequest.Start(
            stackalloc byte[256], RouteMessageType.GetRoute, NetlinkFlags.None, ++_sequence, header);
        request.Add(1 /* RTA_DST */, destination);
        if (selector.Source is { } source)
            request.Add(2 /* RTA_SRC */, source);
        if (selector.InterfaceIndex > 0)
            request.Add(4 /* RTA_OIF */, (uint)selector.InterfaceIndex);
        if (selector.Mark != 0)
            request.Add(16 /* RTA_MARK */, selector.Mark);
        if (selector.Protocol != 0)
            request.Add(27 /* RTA_IP_PROTO */, selector.Protocol);
        if (selector.Protocol != 0 && selector.Port != 0)
            request.AddPort(29 /* RTA_DPORT */, selector.Port);

        Errno errno = Ask<RouteMessage>(request.Octets, RouteMessageType.NewRoute, RouteMessage.Read, out route);
        if (errno is not Errno.OK || route is null)
            return errno is Errno.OK ? Errno.ENETUNREACH : errno;

        // IPv6 answers with the refusing route instead of its errno.
        return route.Error != 0 ? (Errno)route.Error : Errno.OK;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Names by index, whatever a dump repeats: one that interfaces come and go under may tell one twice.</summary>
    /// <param name="links">The interfaces.</param>
    public static Dictionary<int, string> NamesOf(IEnumerable<LinkMessage> links)
    {
        Dictionary<int, string> names = [];
        foreach (LinkMessage link in links)
            names[link.Header.Index] = link.Name;
        return names;
    }

    private static byte Family(IPAddress address) =>
        (byte)(address.AddressFamily is AddressFamily.InterNetworkV6 ? Libc.AF_INET6 : Libc.AF_INET);

    private ImmutableArray<TEntry> BothFamilies<TBody, TEntry>(
        NetlinkMessageType question, NetlinkMessageType answer, Func<byte, TBody> body, Reader<TEntry> read)
        where TBody : unmanaged
        where TEntry : class
    {
        ImmutableArray<TEntry> entries = Dump(question, answer, body(Libc.AF_INET), read);
        try
        {
            return entries.AddRange(Dump(question, answer, body(Libc.AF_INET6), read));
        }
        catch (LinuxException absent) when ((Errno)absent.Errno is Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT)
        {
            return entries; // a kernel without IPv6
        }
    }

    private ImmutableArray<TEntry> Dump<TBody, TEntry>(
        NetlinkMessageType question, NetlinkMessageType answer, TBody body, Reader<TEntry> read)
        where TBody : unmanaged
        where TEntry : class
    {
        ImmutableArray<TEntry> entries = [];
        for (int i = 0; i < MostDumps; i++)
        {
            entries = DumpOnce(question, answer, body, read, out bool isTorn);
            if (!isTorn)
                break;
        }

        return entries;
    }

    private ImmutableArray<TEntry> DumpOnce<TBody, TEntry>(
        NetlinkMessageType question, NetlinkMessageType answer, TBody body, Reader<TEntry> read, out bool isTorn)
        where TBody : unmanaged
        where TEntry : class
    {
        isTorn = false;
        _socket.Send(NetlinkRequest.Start(
            stackalloc byte[256], question, NetlinkFlags.Dump, ++_sequence, body).Octets);
        var entries = ImmutableArray.CreateBuilder<TEntry>();
        while (true)
        {
            var reader = new NetlinkReader(_socket.Receive(_buffer));
            while (reader.Read() is OperationStatus.Done)
            {
                if (reader.Header.Sequence != _sequence)
                    continue;
                isTorn |= reader.Header.Flags.HasFlag(NetlinkFlags.DumpInterrupted);
                if (reader.Header.Type is NetlinkMessageType.Done)
                    return entries.ToImmutable();
                if (reader.Header.Type is NetlinkMessageType.Error && ReadError(reader.Payload) is var errno and not Errno.OK)
                    throw new LinuxException("netlink", (int)errno);
                if (reader.Header.Type != answer || entries.Count >= MostEntries)
                    continue; // the rest of a dump must be taken all the same, or the next question is refused
                if (read(reader.Payload, out TEntry? entry) is OperationStatus.Done)
                    entries.Add(entry!);
            }
        }
    }

    private Errno Ask<TEntry>(
        ReadOnlySpan<byte> request, NetlinkMessageType answer, Reader<TEntry> read, out TEntry? entry)
        where TEntry : class
    {
        entry = null;
        _socket.Send(request);
        while (true)
        {
            var reader = new NetlinkReader(_socket.Receive(_buffer));
            while (reader.Read() is OperationStatus.Done)
            {
                if (reader.Header.Sequence != _sequence)
                    continue;
                if (reader.Header.Type is NetlinkMessageType.Error)
                    return ReadError(reader.Payload);
                if (reader.Header.Type == answer)
                    return read(reader.Payload, out entry) is OperationStatus.Done ? Errno.OK : Errno.EBADMSG;
            }
        }
    }

    /// <summary>Reads the errno of <c>struct nlmsgerr</c>, positive.</summary>
    private static Errno ReadError(ReadOnlySpan<byte> payload) =>
        payload.Length < sizeof(int) ? Errno.EBADMSG : (Errno)(-(long)MemoryMarshal.Read<int>(payload));

    private delegate OperationStatus Reader<TEntry>(ReadOnlySpan<byte> payload, out TEntry? entry)
        where TEntry : class;
}

/// <summary>What a packet has besides its destination, for a route lookup.</summary>
/// <param name="Mark">Firewall mark; 0 for none.</param>
/// <param name="InterfaceIndex">Interface that the socket is bound to; 0 for none.</param>
/// <param name="Source">Source address; null for none yet.</param>
/// <param name="Protocol">Protocol number, such as 6 for TCP; 0 for any.</param>
/// <param name="Port">Destination port; 0 for any.</param>
/// <param name="TypeOfService">Type of service, without the two bits of ECN; 0 for none.</param>
public readonly record struct RouteSelector(
    uint Mark = 0, int InterfaceIndex = 0, IPAddress? Source = null, byte Protocol = 0, int Port = 0, byte TypeOfService = 0);
