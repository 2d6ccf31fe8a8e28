using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Gets the sockets of a walk, a table after the other; those that it has no use for are dropped.</summary>
internal interface ISocketVisitor
{
    /// <summary>A socket of TCP, UDP, RAW, MPTCP, SCTP or DCCP.</summary>
    void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table);

    /// <summary>A Unix socket.</summary>
    void Unix(in UnixDiagMessage socket, in NetlinkAttributeTable attributes, string? name)
    {
    }

    /// <summary>A packet socket.</summary>
    void Packet(in PacketDiagMessage socket, in NetlinkAttributeTable attributes)
    {
    }

    /// <summary>A netlink socket.</summary>
    void Netlink(in NetlinkDiagMessage socket, in NetlinkAttributeTable attributes)
    {
    }

    /// <summary>A vsock socket.</summary>
    void Vsock(in VsockDiagMessage socket)
    {
    }
}

/// <summary>Asks the kernel for the selected sockets and hands over those that the filter accepts.</summary>
/// <param name="selection">Which sockets.</param>
/// <param name="filter">The filter; null for none.</param>
/// <param name="extensions">What more to ask of IPv4 and IPv6 sockets.</param>
internal sealed class SocketWalk(SocketSelection selection, SocketFilter? filter, InetDiagExtensions extensions)
{
    private const int RawProtocol = 255; // IPPROTO_RAW: sock_diag's name for raw sockets of any protocol
    private const int MptcpProtocol = 262; // IPPROTO_MPTCP

    // The runtime's own ear, made by looking. Source: learn.microsoft.com, "diagnostic port".
    private readonly string _ownEar = $"/dotnet-diagnostic-{Environment.ProcessId}-";
    private readonly byte[]? _program = filter?.Compile();

    /// <summary>Whether more than the names and queues of Unix sockets is wanted.</summary>
    public UnixDiagShow UnixExtras { get; init; }

    /// <summary>Whether the kernel had a steady picture all the time.</summary>
    public bool IsConsistent { get; private set; } = true;

    /// <summary>Tables that this kernel does not know, by name.</summary>
    public SortedSet<string> Unknown { get; } = [];

    /// <summary>Walks once.</summary>
    /// <param name="visitor">Gets the sockets.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ToolException">The kernel refused.</exception>
    public void Run(ISocketVisitor visitor, CancellationToken cancellation)
    {
        using SocketDiagnostics kernel = OpenKernel();
        SocketTables tables = selection.Tables;
        if (tables.HasFlag(SocketTables.Netlink) && HasClosed(SocketFamilies.Netlink))
            Dump(kernel, "netlink", NetlinkDiagRequest.Dump(), payload => Visit(SocketTables.Netlink, payload, visitor, cancellation));
        if ((tables & SocketTables.Packet) != 0 && HasClosed(SocketFamilies.Packet))
            Dump(kernel, "packet", PacketDiagRequest.Dump(), payload => Visit(SocketTables.Packet, payload, visitor, cancellation));
        if ((tables & SocketTables.Unix) != 0 && selection.Families.HasFlag(SocketFamilies.Unix))
        {
            UnixDiagShow show = UnixDiagShow.Name | UnixDiagShow.Peer | UnixDiagShow.Queues | UnixExtras;
            Dump(kernel, "unix", UnixDiagRequest.Dump(selection.States, show), payload => Visit(SocketTables.Unix, payload, visitor, cancellation));
        }

        foreach ((SocketTables table, int protocol) in (ReadOnlySpan<(SocketTables, int)>)
            [(SocketTables.Raw, RawProtocol), (SocketTables.Udp, 17), (SocketTables.Tcp, 6), (SocketTables.Dccp, 33), (SocketTables.Sctp, 132)])
        {
            DumpInet(kernel, table, protocol, visitor, cancellation);
        }

        if ((tables & SocketTables.Vsock) != 0 && selection.Families.HasFlag(SocketFamilies.Vsock))
            Dump(kernel, "vsock", VsockDiagRequest.Dump(selection.States), payload => Visit(SocketTables.Vsock, payload, visitor, cancellation));
        DumpInet(kernel, SocketTables.Mptcp, MptcpProtocol, visitor, cancellation);
    }

    /// <summary>Hands over a socket that the kernel told of by itself.</summary>
    /// <param name="payload">The message.</param>
    /// <param name="visitor">Gets it, if the filter accepts it.</param>
    public void VisitEvent(ReadOnlySpan<byte> payload, ISocketVisitor visitor)
    {
        if (InetDiagMessage.Read(payload, out InetDiagMessage socket, out ReadOnlySpan<byte> octets) is not OperationStatus.Done)
            return;
        byte protocol = new NetlinkAttributeTable(octets).Octet(InetDiagAttribute.Protocol) ?? 0;
        VisitInet(payload, protocol is 17 ? SocketTables.Udp : SocketTables.Tcp, visitor, CancellationToken.None);
    }

    /// <summary>Hands over one socket of any table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="payload">The message about the socket.</param>
    /// <param name="visitor">Gets it, if it makes sense and the filter accepts it.</param>
    /// <param name="cancellation">Ends the walk.</param>
    internal void Visit(SocketTables table, ReadOnlySpan<byte> payload, ISocketVisitor visitor, CancellationToken cancellation)
    {
        if ((table & SocketTables.Netlink) != 0)
            VisitNetlink(payload, visitor, cancellation);
        else if ((table & SocketTables.Packet) != 0)
            VisitPacket(payload, visitor, cancellation);
        else if ((table & SocketTables.Unix) != 0)
            VisitUnix(payload, visitor, cancellation);
        else if ((table & SocketTables.Vsock) != 0)
            VisitVsock(payload, visitor, cancellation);
        else
            VisitInet(payload, table, visitor, cancellation);
    }

    private static SocketDiagnostics OpenKernel()
    {
        try
        {
            return SocketDiagnostics.Open();
        }
        catch (LinuxException refusal)
        {
            throw new ToolException(ToolException.CouldNotWork, $"the kernel tells nothing of its sockets (NETLINK_SOCK_DIAG): {refusal.Message}");
        }
    }

    private bool HasClosed(SocketFamilies family) =>
        selection.Families.HasFlag(family) && (selection.States & (1u << (int)TcpState.Closed)) != 0;

    private void DumpInet(SocketDiagnostics kernel, SocketTables table, int protocol, ISocketVisitor visitor, CancellationToken cancellation)
    {
        if (!selection.Tables.HasFlag(table))
            return;
        foreach ((SocketFamilies family, int number) in (ReadOnlySpan<(SocketFamilies, int)>)[(SocketFamilies.IPv4, 2), (SocketFamilies.IPv6, 10)])
        {
            if (!selection.Families.HasFlag(family))
                continue;
            InetDiagRequest request = InetDiagRequest.Dump(number, protocol, selection.States, extensions);
            bool Ask(byte[]? program) => Try(
                table.ToString().ToLowerInvariant(),
                () => IsConsistent &= kernel.Dump(request, protocol, program, payload => Visit(table, payload, visitor, cancellation)));

            // A kernel that does not know a condition (or, without CAP_NET_ADMIN, forbids one) refuses the program before
            // it sends a socket: then all are sent, and the filter runs here alone.
            if (_program is not null && Ask(_program))
                continue;
            if (filter?.Holds(condition => condition is SocketFilter.FirewallMark) is true && !Privileges.HasNetAdmin)
                throw new ToolException(ToolException.CouldNotWork, "the kernel tells the marks of sockets to CAP_NET_ADMIN only, so fwmark cannot be asked: try as root");
            if (filter?.Holds(condition => condition is SocketFilter.Cgroup) is true && _program is not null)
                throw new ToolException(ToolException.CouldNotWork, "this kernel cannot tell sockets by their cgroup (Linux 5.8 and later can)");
            if (Ask(null))
                continue;
            if (table is not SocketTables.Raw)
            {
                Unknown.Add(table.ToString().ToLowerInvariant());
                continue;
            }

            foreach (InetDiagMessage socket in RawSockets.Read(family is SocketFamilies.IPv6, selection.States))
                VisitInet(socket, [], table, visitor, cancellation);
        }
    }

    private void Dump<TRequest>(SocketDiagnostics kernel, string name, in TRequest request, SocketMessageHandler handler)
        where TRequest : unmanaged
    {
        TRequest copy = request;
        if (!Try(name, () => IsConsistent &= kernel.Dump(copy, handler)))
            Unknown.Add(name);
    }

    // False if the kernel does not know what is asked.
    private static bool Try(string name, Action ask)
    {
        try
        {
            ask();
            return true;
        }
        catch (LinuxException refusal) when (refusal.Errno is (int)Errno.ENOENT or (int)Errno.EINVAL or (int)Errno.EOPNOTSUPP or (int)Errno.EPERM)
        {
            return false;
        }
        catch (LinuxException refusal)
        {
            throw new ToolException(ToolException.CouldNotWork, $"the kernel does not list {name} sockets: {refusal.Message}");
        }
    }

    private void VisitInet(ReadOnlySpan<byte> payload, SocketTables table, ISocketVisitor visitor, CancellationToken cancellation)
    {
        if (InetDiagMessage.Read(payload, out InetDiagMessage socket, out ReadOnlySpan<byte> attributes) is OperationStatus.Done)
            VisitInet(socket, attributes, table, visitor, cancellation);
    }

    private void VisitInet(
        in InetDiagMessage socket, ReadOnlySpan<byte> octets, SocketTables table, ISocketVisitor visitor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        SocketFamilies family = socket.Family == 2 ? SocketFamilies.IPv4 : SocketFamilies.IPv6;
        if (!selection.Families.HasFlag(family))
            return;
        var attributes = new NetlinkAttributeTable(octets);
        if (filter is not null)
        {
            int length = socket.Family == 2 ? 4 : 16;
            (AddressOctets local, AddressOctets remote) = (socket.Socket.LocalAddress, socket.Socket.RemoteAddress);
            var facts = new SocketFacts
            {
                Family = family,
                LocalAddress = MemoryMarshal.AsBytes(new ReadOnlySpan<AddressOctets>(in local))[..length],
                RemoteAddress = MemoryMarshal.AsBytes(new ReadOnlySpan<AddressOctets>(in remote))[..length],
                LocalPort = (int)socket.Socket.LocalPort,
                RemotePort = (int)socket.Socket.RemotePort,
                InterfaceIndex = socket.Socket.InterfaceIndex,
                Mark = attributes.Number(InetDiagAttribute.Mark) ?? 0,
                CgroupId = attributes.LongNumber(InetDiagAttribute.CgroupId) ?? 0,
            };
            if (!filter.Accepts(facts))
                return;
        }

        visitor.Inet(socket, attributes, table);
    }

    private void VisitUnix(ReadOnlySpan<byte> payload, ISocketVisitor visitor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!MemoryMarshal.TryRead(payload, out UnixDiagMessage socket))
            return;
        SocketTables table = socket.Type switch { 1 => SocketTables.UnixStream, 5 => SocketTables.UnixSequential, _ => SocketTables.UnixDatagram };
        if (!selection.Tables.HasFlag(table))
            return;
        var attributes = new NetlinkAttributeTable(payload[UnixDiagMessage.Size..]);
        string? name = UnixName(attributes);
        if (name?.Contains(_ownEar, StringComparison.Ordinal) is true)
            return;
        if (filter?.Accepts(new SocketFacts { Family = SocketFamilies.Unix, Name = name }) is not false)
            visitor.Unix(socket, attributes, name);
    }

    // An abstract name begins with a zero octet; zero octets in it are shown as "@". Source: unix(7), ss(8).
    private static string? UnixName(in NetlinkAttributeTable attributes)
    {
        ReadOnlySpan<byte> octets = attributes[UnixDiagMessage.Name];
        if (octets.IsEmpty)
            return null;
        if (octets[0] != 0)
            return System.Text.Encoding.UTF8.GetString(octets[..(octets.IndexOf((byte)0) is >= 0 and var end ? end : octets.Length)]);
        return System.Text.Encoding.UTF8.GetString(octets).Replace('\0', '@');
    }

    private void VisitPacket(ReadOnlySpan<byte> payload, ISocketVisitor visitor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!MemoryMarshal.TryRead(payload, out PacketDiagMessage socket))
            return;
        if (!selection.Tables.HasFlag(socket.Type == 3 ? SocketTables.PacketRaw : SocketTables.PacketDatagram))
            return;
        var attributes = new NetlinkAttributeTable(payload[PacketDiagMessage.Size..]);
        _ = MemoryMarshal.TryRead(attributes[PacketDiagMessage.Info], out PacketDiagInfo info);
        uint protocol = socket.Protocol;
        var facts = new SocketFacts
        {
            Family = SocketFamilies.Packet,
            LocalAddress = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in protocol)),
            LocalPort = info.InterfaceIndex,
            InterfaceIndex = info.InterfaceIndex,
        };
        if (filter?.Accepts(facts) is not false)
            visitor.Packet(socket, attributes);
    }

    private void VisitNetlink(ReadOnlySpan<byte> payload, ISocketVisitor visitor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!MemoryMarshal.TryRead(payload, out NetlinkDiagMessage socket))
            return;
        var attributes = new NetlinkAttributeTable(payload[NetlinkDiagMessage.Size..]);
        uint protocol = socket.Protocol;
        var facts = new SocketFacts
        {
            Family = SocketFamilies.Netlink,
            LocalAddress = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in protocol)),
            LocalPort = (int)socket.PortId,
            RemotePort = -1,
        };
        if (filter?.Accepts(facts) is not false)
            visitor.Netlink(socket, attributes);
    }

    private void VisitVsock(ReadOnlySpan<byte> payload, ISocketVisitor visitor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!MemoryMarshal.TryRead(payload, out VsockDiagMessage socket))
            return;
        if (!selection.Tables.HasFlag(socket.Type == 1 ? SocketTables.VsockStream : SocketTables.VsockDatagram))
            return;
        (uint local, uint remote) = (socket.LocalCid, socket.RemoteCid);
        var facts = new SocketFacts
        {
            Family = SocketFamilies.Vsock,
            LocalAddress = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in local)),
            RemoteAddress = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in remote)),
            LocalPort = socket.LocalPort,
            RemotePort = socket.RemotePort,
        };
        if (filter?.Accepts(facts) is not false)
            visitor.Vsock(socket);
    }
}
