using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>The tables of sockets that there are, as bits.</summary>
[Flags]
internal enum SocketTables
{
    None = 0,
    Tcp = 1 << 0,
    Mptcp = 1 << 1,
    Dccp = 1 << 2,
    Udp = 1 << 3,
    Raw = 1 << 4,
    UnixDatagram = 1 << 5,
    UnixStream = 1 << 6,
    UnixSequential = 1 << 7,
    PacketDatagram = 1 << 8,
    PacketRaw = 1 << 9,
    Netlink = 1 << 10,
    Sctp = 1 << 11,
    VsockStream = 1 << 12,
    VsockDatagram = 1 << 13,

    Unix = UnixDatagram | UnixStream | UnixSequential,
    Packet = PacketDatagram | PacketRaw,
    Vsock = VsockStream | VsockDatagram,
    Inet = Tcp | Mptcp | Dccp | Udp | Raw | Sctp,
    All = Inet | Unix | Packet | Netlink | Vsock,
}

/// <summary>Address families, as bits.</summary>
[Flags]
internal enum SocketFamilies
{
    None = 0,
    Unix = 1 << 0,
    IPv4 = 1 << 1,
    IPv6 = 1 << 2,
    Packet = 1 << 3,
    Netlink = 1 << 4,
    Vsock = 1 << 5,
    IP = IPv4 | IPv6,
}

/// <summary>Which tables, families and states to show: what the options name, completed as ss completes it.</summary>
/// <remarks>
/// Each table and each family brings the states that are usual for it. A table without a family of its own brings its
/// families, a family without a table brings its tables. Source: ss(8) and how it behaves.
/// </remarks>
internal sealed class SocketSelection
{
    /// <summary>Every state.</summary>
    public const uint EveryState = (1u << 12) - 1;

    /// <summary>What is shown if no state is asked for: connections.</summary>
    public const uint Connections = EveryState & ~(Listen | Closed | TimeWait | SynReceived);

    /// <summary>What <c>-B</c> shows: sockets of TCP that are bound and neither listen nor have a connection. Linux lists them since 6.8.</summary>
    public const uint BoundInactive = 1u << 13; // TCPF_BOUND_INACTIVE

    /// <summary>What <c>-l</c> shows.</summary>
    public const uint Listeners = Listen | Closed;

    private const uint Established = 1u << (int)TcpState.Established;
    private const uint SynReceived = 1u << (int)TcpState.SynReceived;
    private const uint TimeWait = 1u << (int)TcpState.TimeWait;
    private const uint Closed = 1u << (int)TcpState.Closed;
    private const uint Listen = 1u << (int)TcpState.Listen;

    private static readonly Dictionary<string, SocketTables> TableNames = new()
    {
        ["all"] = SocketTables.All,
        ["inet"] = SocketTables.Inet,
        ["udp"] = SocketTables.Udp,
        ["dccp"] = SocketTables.Dccp,
        ["tcp"] = SocketTables.Tcp,
        ["mptcp"] = SocketTables.Mptcp,
        ["sctp"] = SocketTables.Sctp,
        ["raw"] = SocketTables.Raw,
        ["unix"] = SocketTables.Unix,
        ["unix_stream"] = SocketTables.UnixStream,
        ["u_str"] = SocketTables.UnixStream,
        ["unix_dgram"] = SocketTables.UnixDatagram,
        ["u_dgr"] = SocketTables.UnixDatagram,
        ["unix_seqpacket"] = SocketTables.UnixSequential,
        ["u_seq"] = SocketTables.UnixSequential,
        ["packet"] = SocketTables.Packet,
        ["packet_raw"] = SocketTables.PacketRaw,
        ["p_raw"] = SocketTables.PacketRaw,
        ["packet_dgram"] = SocketTables.PacketDatagram,
        ["p_dgr"] = SocketTables.PacketDatagram,
        ["netlink"] = SocketTables.Netlink,
        ["vsock"] = SocketTables.Vsock,
        ["vsock_stream"] = SocketTables.VsockStream,
        ["v_str"] = SocketTables.VsockStream,
        ["vsock_dgram"] = SocketTables.VsockDatagram,
        ["v_dgr"] = SocketTables.VsockDatagram,
    };

    private uint _usualStates;
    private bool _isDefault = true;

    /// <summary>The tables to show.</summary>
    public SocketTables Tables { get; private set; }

    /// <summary>The families to show.</summary>
    public SocketFamilies Families { get; private set; }

    /// <summary>The states to show; bit (state), see <see cref="TcpState"/>.</summary>
    public uint States { get; private set; }

    /// <summary>The states that were asked for by name; 0 for those that are usual.</summary>
    public uint WantedStates { get; set; }

    /// <summary>The family named last, which addresses in the filter are read as; none if none was.</summary>
    public SocketFamilies Preferred { get; private set; }

    /// <summary>Whether nothing was named: everything is shown.</summary>
    public bool IsDefault => _isDefault;

    /// <summary>Whether all that is shown is of one table.</summary>
    public bool HasOneTable => int.PopCount((int)Tables) == 1;

    /// <summary>Whether all that is shown is in one state.</summary>
    public bool HasOneState => uint.PopCount(States) == 1;

    /// <summary>Adds a table, or several.</summary>
    /// <param name="tables">Which.</param>
    public void Add(SocketTables tables)
    {
        Tables |= tables;
        _usualStates |= UsualStates(tables);
        _isDefault = false;
    }

    /// <summary>Takes a query (<c>-A</c>): names of tables, those after "!" are taken away.</summary>
    /// <param name="query">The query.</param>
    /// <param name="isFirst">Whether it replaces what was named before.</param>
    /// <returns>The word that names no table; null if all do.</returns>
    public string? Add(string query, bool isFirst)
    {
        if (isFirst)
        {
            Tables = SocketTables.None;
            if (WantedStates == 0)
                WantedStates = Connections;
            _isDefault = false;
        }

        foreach (string word in query.Split(','))
        {
            if (!TableNames.TryGetValue(word.TrimStart('!'), out SocketTables tables))
                return word;
            if (word.StartsWith('!'))
                Tables &= ~tables;
            else
                Add(tables);
        }

        return null;
    }

    /// <summary>Adds a family.</summary>
    /// <param name="family">Which.</param>
    public void Add(SocketFamilies family)
    {
        if ((family & SocketFamilies.IP) != 0)
            Families &= ~SocketFamilies.IP; // of -4 and -6 the later counts
        Families |= family;
        _usualStates |= UsualStates(family);
        Preferred = family;
        _isDefault = false;
    }

    /// <summary>Shows one family only, as an address of it in the filter asks for.</summary>
    /// <param name="family">Which.</param>
    public void Restrict(SocketFamilies family)
    {
        Families = family;
        Preferred = family;
    }

    /// <summary>Completes what was named.</summary>
    public void Complete()
    {
        if (_isDefault)
        {
            if (WantedStates == 0)
                WantedStates = Connections;
            Add(SocketTables.All);
        }

        States = WantedStates != 0 ? WantedStates : _usualStates;
        foreach (SocketTables table in Enum.GetValues<SocketTables>().Where(table => int.PopCount((int)table) == 1 && Tables.HasFlag(table)))
        {
            if ((FamiliesOf(table) & Families) == 0)
                Families |= FamiliesOf(table);
        }

        foreach (SocketFamilies family in Enum.GetValues<SocketFamilies>().Where(family => int.PopCount((int)family) == 1 && Families.HasFlag(family)))
        {
            if ((TablesOf(family) & Tables) == 0)
                Tables |= TablesOf(family);
        }
    }

    /// <summary>The states that a word of the filter names; 0 if it names none.</summary>
    /// <param name="name">The word.</param>
    public static uint StatesOf(string name) => name.ToLowerInvariant() switch
    {
        "all" => EveryState,
        "connected" => EveryState & ~Listeners,
        "synchronized" => EveryState & ~(Listeners | (1u << (int)TcpState.SynSent)),
        "bucket" => SynReceived | TimeWait,
        "big" => EveryState & ~(SynReceived | TimeWait),
        "established" => Established,
        "syn-sent" => 1u << (int)TcpState.SynSent,
        "syn-recv" or "syn-rcv" => SynReceived,
        "fin-wait-1" => 1u << (int)TcpState.FinWait1,
        "fin-wait-2" => 1u << (int)TcpState.FinWait2,
        "time-wait" => TimeWait,
        "close" or "closed" or "unconnected" => Closed,
        "close-wait" => 1u << (int)TcpState.CloseWait,
        "last-ack" => 1u << (int)TcpState.LastAck,
        "listening" => Listen,
        "bound-inactive" => BoundInactive,
        "closing" => 1u << (int)TcpState.Closing,
        _ => 0,
    };

    private static uint UsualStates(SocketTables tables)
    {
        uint states = 0;
        if ((tables & (SocketTables.Udp | SocketTables.Raw)) != 0)
            states |= Established;
        if ((tables & (SocketTables.UnixDatagram | SocketTables.Packet | SocketTables.Netlink)) != 0)
            states |= Closed;
        if ((tables & ~(SocketTables.Udp | SocketTables.Raw | SocketTables.UnixDatagram | SocketTables.Packet | SocketTables.Netlink)) != 0)
            states |= Connections;
        return states;
    }

    private static uint UsualStates(SocketFamilies family) =>
        family is SocketFamilies.Packet or SocketFamilies.Netlink ? Closed : Connections;

    private static SocketFamilies FamiliesOf(SocketTables table) =>
        (table & SocketTables.Inet) != 0 ? SocketFamilies.IP
        : (table & SocketTables.Unix) != 0 ? SocketFamilies.Unix
        : (table & SocketTables.Packet) != 0 ? SocketFamilies.Packet
        : (table & SocketTables.Vsock) != 0 ? SocketFamilies.Vsock
        : SocketFamilies.Netlink;

    private static SocketTables TablesOf(SocketFamilies family) => family switch
    {
        SocketFamilies.Unix => SocketTables.Unix,
        SocketFamilies.Packet => SocketTables.Packet,
        SocketFamilies.Netlink => SocketTables.Netlink,
        SocketFamilies.Vsock => SocketTables.Vsock,
        _ => SocketTables.Inet,
    };
}
