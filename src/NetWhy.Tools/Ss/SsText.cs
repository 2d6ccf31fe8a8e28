using System.Net;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Shows sockets as ss does.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="table">Where to put it.</param>
/// <param name="names">Names of ports, interfaces and cgroups.</param>
/// <param name="owners">Processes by their sockets; null if they are not asked for.</param>
internal sealed class SsText(SsOptions options, ColumnTable table, NameTables names, SocketOwners? owners) : ISocketVisitor
{
    private static readonly string[] StateNames =
    [
        "UNKNOWN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK",
        "LISTEN", "CLOSING",
    ];

    private static readonly string[] TimerNames = ["off", "on", "keepalive", "timewait", "persist", "unknown"];

    private readonly TcpText _tcp = new(options, table);
    private (AddressOctets Octets, byte Family)? _lastAddress;
    private byte[] _lastText = [];

    /// <summary>The columns of ss.</summary>
    /// <param name="selection">What is shown: a column with one value all the way is left out.</param>
    public static Column[] Columns(SocketSelection selection) =>
    [
        new("Netid", IsRight: false, "", !selection.HasOneTable),
        new("State", IsRight: false, " ", !selection.HasOneState),
        new("Recv-Q", IsRight: false, " ", true),
        new("Send-Q", IsRight: false, " ", true),
        new("Local Address:", IsRight: true, " ", true),
        new("Port", IsRight: false, "", true),
        new("Peer Address:", IsRight: true, " ", true),
        new("Port", IsRight: false, "", true),
        new("Process", IsRight: false, "", true),
    ];

    /// <summary>Name of a state, as ss prints it.</summary>
    /// <param name="state">The state.</param>
    public static string StateName(TcpState state) => (int)state < StateNames.Length ? StateNames[(int)state] : StateNames[0];

    /// <summary>Name of a table, as ss prints it in the column Netid.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rawProtocol">Protocol of a raw socket.</param>
    public static string NetId(SocketTables table, int? rawProtocol) => table switch
    {
        SocketTables.Tcp => "tcp",
        SocketTables.Udp => "udp",
        SocketTables.Mptcp => "mptcp",
        SocketTables.Sctp => "sctp",
        SocketTables.Dccp => "dccp",
        _ => rawProtocol switch { 6 => "tcp", 17 => "udp", 58 => "icmp6", 0 => "raw", null => "raw", _ => "???" },
    };

    /// <inheritdoc/>
    public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables kind)
    {
        bool isIPv6Only = socket.Family == 10 && attributes.Octet(InetDiagAttribute.IPv6Only) is > 0;
        Begin(NetId(kind, attributes.Octet(InetDiagAttribute.Protocol)), socket.State, socket.ReceiveQueue, socket.SendQueue);
        string protocol = kind is SocketTables.Udp ? "udp" : "tcp";
        Address(socket.Socket.LocalAddress, socket.Family, isIPv6Only, socket.Socket.InterfaceIndex);
        Port(socket.Socket.LocalPort, kind, protocol);
        Address(socket.Socket.RemoteAddress, socket.Family, isIPv6Only, interfaceIndex: 0);
        Port(socket.Socket.RemotePort, kind, protocol);

        Users(socket.Inode);
        if (options.HasTimers)
            Timer(socket);
        if (options.HasDetails)
            Details(socket, attributes);
        if (options.HasTypeOfService)
            TypeOfService(attributes);
        if (options.HasCgroup && attributes.LongNumber(InetDiagAttribute.CgroupId) is { } cgroup)
            Cgroup(cgroup);
        if (options.HasSocketOptions && attributes[InetDiagAttribute.SocketOptions] is { Length: >= 2 } set)
            SocketOptions(MemoryMarshal.Read<ushort>(set));
        if (options.HasMemory || (options.HasTcpInfo && kind is not SocketTables.Udp))
        {
            if (!options.IsOneLine)
                table.Append("\n\t"u8);
            Memory(attributes[InetDiagAttribute.SocketMemory]);
            if (kind is SocketTables.Mptcp)
                _tcp.Mptcp(attributes[InetDiagAttribute.Info]);
            else
                _tcp.Info(socket, attributes);
        }

        table.EndRow();
    }

    /// <summary>Name that ss gives to a kind of Unix socket.</summary>
    /// <param name="type"><c>SOCK_*</c>.</param>
    public static string UnixNetId(int type) => type switch { 1 => "u_str", 5 => "u_seq", _ => "u_dgr" };

    /// <summary>Name that ss gives to a kind of packet socket.</summary>
    /// <param name="type"><c>SOCK_*</c>.</param>
    public static string PacketNetId(int type) => type == 3 ? "p_raw" : "p_dgr";

    /// <inheritdoc/>
    public void Unix(in UnixDiagMessage socket, in NetlinkAttributeTable attributes, string? name)
    {
        ReadOnlySpan<byte> queues = attributes[UnixDiagMessage.Queues];
        Begin(UnixNetId(socket.Type), socket.State, queues.Length < 8 ? 0 : MemoryMarshal.Read<uint>(queues), queues.Length < 8 ? 0 : MemoryMarshal.Read<uint>(queues[4..]));
        Named(name ?? "*", " "u8, socket.Inode);
        Named("*", " "u8, attributes.Number(UnixDiagMessage.Peer) ?? 0);
        Users(socket.Inode);
        if (options.HasMemory)
            Memory(attributes[UnixDiagMessage.Memory]);
        if (options.HasDetails)
        {
            Shutdown(attributes.Octet(UnixDiagMessage.Shutdown));
            ReadOnlySpan<byte> file = attributes[UnixDiagMessage.File];
            if (file.Length >= 8)
            {
                uint device = MemoryMarshal.Read<uint>(file[4..]); // new_encode_dev() of linux/kdev_t.h
                table.Append(" ino:"u8, MemoryMarshal.Read<uint>(file));
                table.Append(" dev:"u8, (device >> 8) & 0xfff);
                table.Append("/"u8, (device & 0xff) | ((device >> 12) & 0xfff00));
            }

            ReadOnlySpan<uint> pending = MemoryMarshal.Cast<byte, uint>(attributes[UnixDiagMessage.Pending]);
            if (attributes.Has(UnixDiagMessage.Pending))
                table.Append(" peers:"u8);
            foreach (uint inode in pending)
                table.Append(" "u8, inode);
        }

        table.EndRow();
    }

    /// <inheritdoc/>
    public void Packet(in PacketDiagMessage socket, in NetlinkAttributeTable attributes)
    {
        bool hasInfo = MemoryMarshal.TryRead(attributes[PacketDiagMessage.Info], out PacketDiagInfo info);
        _ = MemoryMarshal.TryRead(attributes[PacketDiagMessage.Memory], out uint queued);
        Begin(PacketNetId(socket.Type), TcpState.Closed, queued, 0);
        if (socket.Protocol == 3)
            table.Append("*"u8);
        else if (names.EtherType(socket.Protocol) is { } name)
            table.Append(name);
        else
            Bracketed(socket.Protocol);
        table.Append(":"u8);
        table.Next();
        table.Append(info.InterfaceIndex == 0 ? "*" : names.Interface(info.InterfaceIndex));
        table.Next();
        NoPeer();
        Users(socket.Inode);
        if (options.HasDetails)
            Identity(attributes.Number(PacketDiagMessage.User) ?? 0, socket.Inode, socket.Cookie, mark: 0, cgroup: 0);
        if (options.HasDetails)
            PacketDetails(attributes, hasInfo ? info : null);
        if (options.HasBpf && attributes.Has(PacketDiagMessage.Filter))
            PacketFilter(attributes[PacketDiagMessage.Filter]);
        if (options.HasMemory)
            Memory(attributes[PacketDiagMessage.Memory]);
        table.EndRow();
    }

    /// <inheritdoc/>
    public void Netlink(in NetlinkDiagMessage socket, in NetlinkAttributeTable attributes)
    {
        ReadOnlySpan<byte> memory = attributes[NetlinkDiagMessage.Memory];
        Begin("nl", TcpState.Closed, memory.Length < 12 ? 0 : MemoryMarshal.Read<uint>(memory), memory.Length < 12 ? 0 : MemoryMarshal.Read<uint>(memory[8..]));
        if (names.NetlinkProtocol(socket.Protocol) is { } name)
            table.Append(name);
        else
            table.Append((long)socket.Protocol);
        table.Append(":"u8);
        table.Next();
        int port = (int)socket.PortId;
        if (port == -1)
            table.Append("*"u8);
        else if (!options.IsNumeric && port == 0)
            table.Append("kernel"u8);
        else if (!options.IsNumeric && port > 0 && ProcessTable.Name(port) is { } process)
            table.Append($"{process}/{port}");
        else
            table.Append((long)port);
        table.Next();
        if (socket.State == 1)
        {
            table.Append((ulong)socket.PeerGroup);
            table.Append(":"u8);
            table.Next();
            table.Append((long)(int)socket.PeerPortId);
            table.Next();
        }
        else
        {
            NoPeer();
        }

        if (options.HasDetails)
        {
            table.Append(" sk=0 cb=0 groups=0x"u8);
            _ = MemoryMarshal.TryRead(attributes[NetlinkDiagMessage.Groups], out uint groups);
            table.Append(groups.ToString("x8", null));
        }

        if (options.HasMemory)
        {
            table.Append("\t"u8);
            Memory(memory);
        }

        table.EndRow();
    }

    /// <inheritdoc/>
    public void Vsock(in VsockDiagMessage socket)
    {
        Begin(socket.Type switch { 1 => "v_str", 2 => "v_dgr", _ => "???" }, socket.State, 0, 0);
        Vsock(socket.LocalCid, socket.LocalPort);
        Vsock(socket.RemoteCid, socket.RemotePort);
        Users(socket.Inode);
        table.EndRow();
    }

    private void Begin(string netId, TcpState state, uint received, uint sent)
    {
        table.Append(netId);
        table.Next();
        table.Append(StateName(state));
        table.Next();
        table.Append((long)(int)received); // signed, as ss shows it
        table.PadTo(6);
        table.Next();
        table.Append((long)(int)sent);
        table.PadTo(6);
        table.Next();
    }

    private void Address(AddressOctets octets, byte family, bool isIPv6Only, uint interfaceIndex)
    {
        if (family == 10 && !isIPv6Only && octets == default)
            table.Append("*"u8);
        else
            table.Append(AddressText(octets, family));
        if (interfaceIndex != 0)
        {
            table.Append("%"u8);
            table.Append(names.Interface(interfaceIndex));
        }

        table.Append(":"u8);
        table.Next();
    }

    // Neighbours in a dump share addresses more often than not.
    private byte[] AddressText(AddressOctets octets, byte family)
    {
        if (_lastAddress == (octets, family))
            return _lastText;
        IPAddress address = octets.ToIPAddress(family);
        string text = names.Host(address) ?? (family == 10 ? $"[{address}]" : address.ToString());
        _lastAddress = (octets, family);
        return _lastText = System.Text.Encoding.UTF8.GetBytes(Printable.Of(text, isUtf8: true));
    }

    private void Port(int port, SocketTables kind, string protocol)
    {
        if (port == 0)
            table.Append("*"u8);
        else if (kind is SocketTables.Raw && !options.IsNumeric)
            table.Append(names.IPProtocol(port));
        else if (names.Service(port, protocol) is { } service)
            table.Append(service);
        else
            table.Append((long)port);
        table.Next();
    }

    private void Named(string name, ReadOnlySpan<byte> delimiter, uint number)
    {
        table.Append(name);
        table.Append(delimiter);
        table.Next();
        table.Append((ulong)number);
        table.Next();
    }

    private void NoPeer()
    {
        table.Append("*"u8);
        table.Next();
        table.Next();
    }

    private void Vsock(uint cid, uint port)
    {
        if (cid == uint.MaxValue)
            table.Append("*"u8);
        else
            table.Append((ulong)cid);
        table.Append(":"u8);
        table.Next();
        if (port == uint.MaxValue)
            table.Append("*"u8);
        else
            table.Append((ulong)port);
        table.Next();
    }

    private void Users(uint inode)
    {
        if (owners is null)
            return;
        bool isFirst = true;
        foreach (SocketOwner owner in owners.Of(inode))
        {
            table.Append(isFirst ? " users:((\""u8 : ",(\""u8);
            table.Append(owner.Name);
            table.Append("\",pid="u8, (uint)owner.Pid);
            table.Append(",fd="u8, (uint)owner.Descriptor);
            table.Append(")"u8);
            isFirst = false;
        }

        if (!isFirst)
            table.Append(")"u8);
    }

    private void Timer(in InetDiagMessage socket)
    {
        if (socket.Timer == 0)
            return;
        table.Append(" timer:("u8);
        table.Append(TimerNames[Math.Min((int)socket.Timer, TimerNames.Length - 1)]);
        table.Append(","u8);
        Duration(socket.ExpiresMilliseconds);
        table.Append(","u8, socket.Retransmits);
        table.Append(")"u8);
    }

    // The longer it takes, the less the small parts matter: 59sec, 4.200ms, 200ms, 9min59sec, 110min.
    private void Duration(uint milliseconds)
    {
        uint minutes = milliseconds / 60_000;
        uint seconds = milliseconds / 1000 % 60;
        uint rest = minutes > 0 ? 0 : milliseconds % 1000;
        if (minutes > 0)
        {
            table.Append((ulong)minutes);
            table.Append("min"u8);
        }

        if (minutes <= 9 && seconds > 0)
        {
            if (seconds > 9)
                rest = 0;
            table.Append((ulong)seconds);
            table.Append(rest > 0 ? "."u8 : "sec"u8);
        }

        if (rest > 0)
        {
            table.Append(rest.ToString("d3", null));
            table.Append("ms"u8);
        }
    }

    private void Details(in InetDiagMessage socket, in NetlinkAttributeTable attributes)
    {
        Identity(
            socket.UserId,
            socket.Inode,
            socket.Socket.Cookie,
            attributes.Number(InetDiagAttribute.Mark) ?? 0,
            attributes.LongNumber(InetDiagAttribute.CgroupId) ?? 0);
        if (socket.Family == 10 && attributes.Octet(InetDiagAttribute.IPv6Only) is { } only)
            table.Append(" v6only:"u8, only);
        Shutdown(attributes.Octet(InetDiagAttribute.Shutdown));
    }

    private void Identity(uint user, uint inode, ulong cookie, uint mark, ulong cgroup)
    {
        if (user != 0)
            table.Append(" uid:"u8, user);
        table.Append(" ino:"u8, inode);
        table.Append(" sk:"u8);
        table.AppendHexadecimal(cookie);
        if (mark != 0)
        {
            table.Append(" fwmark:0x"u8);
            table.AppendHexadecimal(mark);
        }

        if (cgroup != 0)
            Cgroup(cgroup);
    }

    private void Cgroup(ulong id)
    {
        table.Append(" cgroup:"u8);
        if (names.Cgroups.PathOf(id) is { } path)
        {
            table.Append(path);
            return;
        }

        table.Append("unreachable:"u8);
        table.AppendHexadecimal(id);
    }

    private void Shutdown(byte? mask)
    {
        if (mask is not { } bits)
            return;
        table.Append(" "u8);
        table.Append((bits & 1) != 0 ? "-"u8 : "<"u8);
        table.Append("-"u8);
        table.Append((bits & 2) != 0 ? "-"u8 : ">"u8);
    }

    private void TypeOfService(in NetlinkAttributeTable attributes)
    {
        Flagged(" tos:"u8, attributes.Octet(InetDiagAttribute.TypeOfService));
        Flagged(" tclass:"u8, attributes.Octet(InetDiagAttribute.TrafficClass));
        Flagged(" class_id:"u8, attributes.Number(InetDiagAttribute.ClassId));
    }

    private void Flagged(ReadOnlySpan<byte> name, uint? value)
    {
        if (value is not { } number)
            return;
        table.Append(name);
        if (number != 0)
            table.Append("0x"u8);
        table.AppendHexadecimal(number);
    }

    // Source: struct inet_diag_sockopt in linux/inet_diag.h.
    private void SocketOptions(ushort bits)
    {
        string[] meanings =
        [
            "recverr", "is_icsk", "freebind", "hdrincl", "mc_loop", "transparent", "mc_all", "nodefrag", "bind_addr_no_port",
            "recverr_rfc4884", "defer_connect",
        ];
        table.Append(options.IsOneLine ? " inet-sockopt: ("u8 : "\n\tinet-sockopt: ("u8);
        for (int bit = 0; bit < meanings.Length; bit++)
        {
            if ((bits >> bit & 1) == 0)
                continue;
            table.Append(" "u8);
            table.Append(meanings[bit]);
        }

        table.Append(")"u8);
    }

    private void Memory(ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<uint> numbers = MemoryMarshal.Cast<byte, uint>(octets);
        if (numbers.Length < 7)
            return;
        table.Append(" skmem:(r"u8, numbers[0]);
        table.Append(",rb"u8, numbers[1]);
        table.Append(",t"u8, numbers[2]);
        table.Append(",tb"u8, numbers[3]);
        table.Append(",f"u8, numbers[4]);
        table.Append(",w"u8, numbers[5]);
        table.Append(",o"u8, numbers[6]);
        if (numbers.Length > 7)
            table.Append(",bl"u8, numbers[7]);
        if (numbers.Length > 8)
            table.Append(",d"u8, numbers[8]);
        table.Append(")"u8);
    }

    // Source: PDI_* and PACKET_FANOUT_* in linux/packet_diag.h and linux/if_packet.h.
    private void PacketDetails(in NetlinkAttributeTable attributes, PacketDiagInfo? info)
    {
        string separator = options.IsOneLine ? " " : "\n\t";
        if (info is { } known)
        {
            AppendRaw(separator);
            table.Append("ver:"u8, known.Version);
            table.Append(" cpy_thresh:"u8, known.CopyThreshold);
            table.Append(" flags( "u8);
            ReadOnlySpan<string> flags = ["running", " auxdata", " origdev", " vnethdr", " loss"];
            for (int bit = 0; bit < flags.Length; bit++)
            {
                if ((known.Flags >> bit & 1) != 0)
                    table.Append(flags[bit]);
            }

            if (known.Flags == 0)
                table.Append("0"u8);
            table.Append(" )"u8);
        }

        Ring(separator, "ring_rx("u8, attributes[PacketDiagMessage.ReceiveRing]);
        Ring(separator, "ring_tx("u8, attributes[PacketDiagMessage.SendRing]);
        if (attributes.Number(PacketDiagMessage.Fanout) is not { } fanout)
            return;
        AppendRaw(separator);
        table.Append("fanout(id:"u8, fanout & 0xffff);
        table.Append(",type:"u8);
        ReadOnlySpan<string> types = ["hash", "lb", "cpu", "roll", "random", "qm"];
        int type = (int)(fanout >> 16);
        table.Append(type < types.Length ? types[type] : $"0x{type:x}");
        table.Append(")"u8);
    }

    private void Ring(string separator, ReadOnlySpan<byte> name, ReadOnlySpan<byte> octets)
    {
        if (!MemoryMarshal.TryRead(octets, out PacketDiagRing ring))
            return;
        AppendRaw(separator);
        table.Append(name);
        table.Append("blk_size:"u8, ring.BlockSize);
        table.Append(",blk_nr:"u8, ring.BlockCount);
        table.Append(",frm_size:"u8, ring.FrameSize);
        table.Append(",frm_nr:"u8, ring.FrameCount);
        table.Append(",tmo:"u8, ring.Timeout);
        table.Append(",features:0x"u8);
        table.AppendHexadecimal(ring.Features);
        table.Append(")"u8);
    }

    // Source: struct sock_filter in linux/filter.h.
    private void PacketFilter(ReadOnlySpan<byte> octets)
    {
        const int InstructionSize = 8;
        AppendRaw(options.IsOneLine ? " " : "\n\t");
        table.Append("bpf filter ("u8, (uint)(octets.Length / InstructionSize));
        table.Append("): "u8);
        for (; octets.Length >= InstructionSize; octets = octets[InstructionSize..])
        {
            table.Append($" 0x{MemoryMarshal.Read<ushort>(octets):x2} {octets[2]} {octets[3]} {MemoryMarshal.Read<uint>(octets[4..])},");
        }
    }

    private void Bracketed(uint number)
    {
        table.Append("["u8, number);
        table.Append("]"u8);
    }

    private void AppendRaw(string text) => table.Append(System.Text.Encoding.ASCII.GetBytes(text));
}
