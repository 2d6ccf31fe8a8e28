using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary><c>netwhy ss</c>: the sockets of this machine.</summary>
internal sealed class SsTool : ITool
{
    /// <inheritdoc/>
    public string Name => "ss";

    /// <inheritdoc/>
    public string Summary => "Show the sockets of this machine, as ss does and faster.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("-t -u -w -x -0 -M", "only TCP, UDP, RAW, Unix, packet, MPTCP sockets; --vsock too"),
        ("-4, -6", "only IPv4, only IPv6"),
        ("-f FAMILY, -A QUERY", "a family (inet, inet6, link, unix, netlink, vsock); tables, as tcp,udp,unix"),
        ("-a, -l, -B", "sockets in every state; only those that listen; those of TCP that are bound and no more"),
        ("-n, -r", "numbers instead of names of services; names of hosts too"),
        ("-p", "processes that use the socket"),
        ("-i, -m, -o, -e", "what TCP knows; memory; timers; owner, inode, cookie, cgroup"),
        ("--tos, --cgroup, -b", "type of service; cgroup; filters of packet sockets"),
        ("--inet-sockopt", "options of the socket"),
        ("-s", "only counts, from the kernel's own counters"),
        ("-H, -O", "no header; one line a socket"),
        ("-K", "close the sockets that the filter names (asks on a terminal; root)"),
        ("-E", "sockets as they end (root)"),
        ("-N NS, --pid PID", "look into another network namespace (root)"),
        ("-F FILE", "read the filter from a file, or from - for standard input"),
        ("--json", "as JSON, with every field of tcp_info"),
        ("--by WHAT", "count by state, process, peer, port or cgroup"),
        ("--watch, --interval S", "look again and again: what is new, gone, retransmitting"),
        ("-v", "say how processes were found, and what could not be seen (-V shows the version)"),
        ("FILTER", "[state STATE | exclude STATE]… and conditions on src, dst, sport, dport, dev,\nfwmark, cgroup, autobound, with and, or, not, ( )"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy ss -tlnp", "who listens"),
        ("netwhy ss -tnp dport = :443", "connections to port 443 and their processes"),
        ("netwhy ss -tnmi state established", "all that TCP knows of each connection"),
        ("netwhy ss -tn state close-wait --by process", "who forgets to close"),
        ("netwhy ss -tn --watch dst 10.0.0.0/8", "what changes, once a second"),
        ("netwhy ss -tna --json", "for a program"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        SsOptions options = SsOptions.Parse(arguments);
        if (options.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (options.ShowsVersion)
        {
            host.Output.Write("ss utility, netwhy\n"u8);
            return 0;
        }

        if (options.Namespace is { } name)
            ToolNamespace.Enter(name);
        if (options.IsSummary)
        {
            Summarize(options, host);
            if (options.Selection.IsDefault && options.Selection.WantedStates == 0 && options.Filter.Count == 0)
                return 0;
        }

        var names = new NameTables { IsNumeric = options.IsNumeric, ResolvesHosts = options.ResolvesHosts };
        options.Selection.Complete();
        if (options.Selection.Tables is SocketTables.None)
        {
            host.Warn("no socket tables to show with such filter");
            return 0;
        }

        SocketFilter? filter = SocketFilterParser.Parse(options.Filter, options.Selection, names);
        var walk = new SocketWalk(options.Selection, filter, Extensions(options)) { UnixExtras = UnixExtras(options) };
        if (options.Kills)
            return SocketKill.Run(options, walk, filter, names, host);
        if (options.Watches)
            new SocketWatch(options, walk, names, host).Run();
        else if (options.FollowsEvents)
            Follow(options, walk, names, host);
        else
            Show(options, walk, names, host);
        return 0;
    }

    private static void Summarize(SsOptions options, IToolHost host)
    {
        var summary = SocketSummary.Read();
        if (options.IsJson)
            summary.WriteJson(host.Output);
        else
            summary.WriteText(host.Output);
    }

    private static InetDiagExtensions Extensions(SsOptions options)
    {
        InetDiagExtensions extensions = InetDiagExtensions.None;
        if (options.HasMemory || options.IsJson)
            extensions |= InetDiagExtensions.Memory | InetDiagExtensions.SocketMemory;
        if (options.HasTcpInfo || options.IsJson)
            extensions |= InetDiagExtensions.Info | InetDiagExtensions.Vegas | InetDiagExtensions.Congestion;
        if (options.Watches)
            extensions |= InetDiagExtensions.Info;
        if (options.HasTypeOfService || options.IsJson)
            extensions |= InetDiagExtensions.TypeOfService | InetDiagExtensions.TrafficClass;
        return extensions;
    }

    private static UnixDiagShow UnixExtras(SsOptions options)
    {
        UnixDiagShow extras = UnixDiagShow.None;
        if (options.HasMemory || options.IsJson)
            extras |= UnixDiagShow.Memory;
        if (options.HasDetails)
            extras |= UnixDiagShow.File | UnixDiagShow.Pending;
        if (options.IsJson)
            extras |= UnixDiagShow.User;
        return extras;
    }

    private static void Show(SsOptions options, SocketWalk walk, NameTables names, IToolHost host)
    {
        SocketOwners? owners = Owners(options, walk, host);
        if (options.CountsBy is { } key)
        {
            var counts = new SocketCounts(key, names, owners);
            walk.Run(counts, host.Cancellation);
            if (options.IsJson)
                counts.WriteJson(host.Output);
            else
                counts.WriteText(host.Output);
        }
        else if (options.IsJson)
        {
            using var json = new SsJson(names, owners, host.Output);
            walk.Run(json, host.Cancellation);
            json.End(walk);
        }
        else
        {
            ColumnTable table = Table(options, host);
            walk.Run(new SsText(options, table, names, owners), host.Cancellation);
            table.Write();
        }

        WarnOfCgroups(options, names, host);

        // What was asked for by name and cannot be listed is not "none".
        foreach (string table in walk.Unknown.Where(_ => options.IsVerbose || !options.Selection.IsDefault))
            host.Warn($"this kernel does not list {table} sockets");
        if (walk.Unknown.Contains("tcp"))
            throw new ToolException(ToolException.CouldNotWork, "this kernel lists no TCP sockets (CONFIG_INET_TCP_DIAG), so there may be some");
        if (options.IsVerbose)
            ExplainSources(walk, owners, host);
    }

    private static void ExplainSources(SocketWalk walk, SocketOwners? owners, IToolHost host)
    {
        if (owners is not null)
        {
            host.Warn($"processes found by {owners.Source}");
            if (owners.Unreadable > 0)
                host.Warn($"{owners.Unreadable} processes of other users cannot be looked into; root sees them");
        }

        if (!walk.IsConsistent)
            host.Warn("sockets came and went meanwhile: one may be missing or twice there");
    }

    private static void WarnOfCgroups(SsOptions options, NameTables names, IToolHost host)
    {
        if ((options.HasCgroup || options.CountsBy is "cgroup") && names.Cgroups.Mount is null)
            host.Warn("no cgroup hierarchy of version 2 is mounted here: cgroups have numbers, no paths");
    }

    internal static ColumnTable Table(SsOptions options, IToolHost host)
    {
        var table = new ColumnTable(SsText.Columns(options.Selection), host.Columns, host.Output);
        if (!options.HasNoHeader)
            table.AddHeader();
        return table;
    }

    internal static SocketOwners? Owners(SsOptions options, SocketWalk walk, IToolHost host)
    {
        if (!options.HasProcesses && options.CountsBy is not "process")
            return null;
        return SocketOwners.Find(() =>
        {
            var inodes = new InodeCollector();
            walk.Run(inodes, host.Cancellation);
            return inodes.Inodes;
        });
    }

    private static void Follow(SsOptions options, SocketWalk walk, NameTables names, IToolHost host)
    {
        SocketEventGroups groups = SocketEventGroups.None;
        SocketSelection selection = options.Selection;
        foreach ((SocketTables table, SocketFamilies family, SocketEventGroups group) in (ReadOnlySpan<(SocketTables, SocketFamilies, SocketEventGroups)>)
        [
            (SocketTables.Tcp, SocketFamilies.IPv4, SocketEventGroups.Tcp4),
            (SocketTables.Udp, SocketFamilies.IPv4, SocketEventGroups.Udp4),
            (SocketTables.Tcp, SocketFamilies.IPv6, SocketEventGroups.Tcp6),
            (SocketTables.Udp, SocketFamilies.IPv6, SocketEventGroups.Udp6),
        ])
        {
            if (selection.Tables.HasFlag(table) && selection.Families.HasFlag(family))
                groups |= group;
        }

        if (groups is SocketEventGroups.None)
            throw new ToolException(ToolException.WrongUsage, "-E tells of TCP and UDP sockets only");
        try
        {
            using var events = SocketEvents.Open(groups);
            ColumnTable table = Table(options, host);
            var text = new SsText(options, table, names, owners: null); // who held it has let go
            table.Write();
            int lost = events.Follow(
                message =>
                {
                    walk.VisitEvent(message, text);
                    table.Write();
                },
                host.Cancellation);
            if (lost > 0)
                host.Warn($"{lost} times events were lost: more sockets ended than could be read");
        }
        catch (LinuxException refusal)
        {
            throw new ToolException(ToolException.CouldNotWork, $"the kernel does not tell of sockets that end: {refusal.Message}; root may ask");
        }
    }

    private sealed class InodeCollector : ISocketVisitor
    {
        public HashSet<uint> Inodes { get; } = [];

        public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table) => Add(socket.Inode);

        public void Unix(in UnixDiagMessage socket, in NetlinkAttributeTable attributes, string? name) => Add(socket.Inode);

        public void Packet(in PacketDiagMessage socket, in NetlinkAttributeTable attributes) => Add(socket.Inode);

        public void Netlink(in NetlinkDiagMessage socket, in NetlinkAttributeTable attributes) => Add(socket.Inode);

        public void Vsock(in VsockDiagMessage socket) => Add(socket.Inode);

        private void Add(uint inode)
        {
            if (inode != 0)
                Inodes.Add(inode);
        }
    }
}
