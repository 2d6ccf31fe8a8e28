using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Looks twice at all sockets of this machine, or of the process or service asked about: how many are in which state, whose,
/// since when; which connections stand out; who listens, and whose queues and buffers are full.
/// </summary>
public sealed class SocketGroupsProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "socket.groups";

    private const int MostGroupsOfState = 8;
    private const int MostListeners = 32;
    private const int MostHighPorts = 512;
    private const int FirstHighPort = 10_240; // the range of local ports is made larger down to it, not below
    private const int MostPairs = 8;
    private const int MostHolders = 8;
    private const int MostDestinations = 24;
    private const int MostPendingInodes = 4096;
    private const int MostFlows = 48;
    private const long WorthTelling = 65_536; // octets moved between the samples

    // Bursts come by the second or every few; a service that dropped before is looked at for so much longer.
    private static readonly TimeSpan Longer = TimeSpan.FromSeconds(2.5);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Whose sockets are in which states, which stand out, and what changes?",
        Source: "sock_diag(7); tcp(7), TCP_INFO",
        Question.Port);

    /// <inheritdoc/>
    public bool Applies(Target target) => Looks(target);

    /// <summary>Whether this probe looks where a target is asked about.</summary>
    /// <param name="target">The target.</param>
    internal static bool Looks(Target target) => target.IsHere || target is { Host: not null, Port: not null, IsTcp: true };

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        Target target = context.Target;
        HashSet<IPAddress> peers = target.IsHere ? [] : await AddressesAsync(context, cancellationToken);
        long begin = context.Clock.GetTimestamp();
        HashSet<int> services = [];
        var focus = SocketFocus.Of(context, peers, services, earlier: null);
        var range = PortRange.Read();
        var listeners = ListenerSample.Take(focus, range, earlier: null);
        services.UnionWith(listeners.Ports);
        long counted = context.Clock.GetTimestamp();
        var first = TcpSample.Take(services, range, focus, earlier: null);
        first.All.AddListeners(listeners.TcpCount);
        context.Report(first.All.Census(first.IsConsistent));
        foreach (SocketCensus census in focus.Censuses(listeners.Tcp.Count, first.IsConsistent))
            context.Report(census);
        bool isAudit = target.Kind is TargetKind.HostState or TargetKind.ThisMachine;
        UnixDatagramSample? messages = isAudit || focus.Held is not null ? UnixDatagramSample.Take(focus.Held) : null;
        IReadOnlyCollection<int> readers = focus is { IsService: true, HasUnread: true } ? focus.Readers() : [];
        TimeSpan? used = ProcessorTimeOf(readers);
        long looked = context.Clock.GetTimestamp();
        if (!target.IsHere && !first.IsRemarkable)
            return; // nothing of what other programs have with the target is worth a second look

        await Traffic.WhenOverAsync(context, cancellationToken);
        var laterFocus = SocketFocus.Of(context, peers, services, focus);
        var laterListeners = ListenerSample.Take(laterFocus, range, listeners);
        TimeSpan listened = context.Clock.GetElapsedTime(begin);
        if (focus.IsService && laterListeners.HasDroppedBefore)
        {
            await Task.Delay(Longer, context.Clock, cancellationToken);
            laterFocus = SocketFocus.Of(context, peers, services, focus);
            laterListeners = ListenerSample.Take(laterFocus, range, listeners);
            listened = context.Clock.GetElapsedTime(begin);
        }

        services.UnionWith(laterListeners.Ports);
        TimeSpan interval = context.Clock.GetElapsedTime(counted);
        var second = TcpSample.Take(services, range, laterFocus, first);
        foreach (SocketCensus census in focus is { IsService: true, HasUnread: true } ? laterFocus.Censuses(laterListeners.Tcp.Count, second.IsConsistent) : [])
            context.Report(census with { After = interval, ProcessorTime = ProcessorTimeOf(readers) - used });

        TimeSpan between = context.Clock.GetElapsedTime(looked);
        Tell(context, interval, first, second, laterListeners, listened, range);
        foreach (UnixDatagrams socket in messages is null ? [] : UnixDatagramSample.Take(laterFocus.Held).Tell(messages, between))
            context.Report(socket);
    }

    private static TimeSpan? ProcessorTimeOf(IReadOnlyCollection<int> pids) => pids.Count == 0 ? null
        : pids.Aggregate((TimeSpan?)TimeSpan.Zero, (sum, pid) => sum + ProcessTable.ProcessorTimeOf(pid));

    private static async Task<HashSet<IPAddress>> AddressesAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        NameResolution? resolution = await context.Evidence.FirstAsync<NameResolution>(_ => true, [NameResolutionProbe.Id], cancellationToken);
        return [.. resolution?.Addresses ?? []];
    }

    private static void Tell(
        ProbeContext context, TimeSpan interval, TcpSample first, TcpSample second, ListenerSample listeners, TimeSpan listened, PortRange? range)
    {
        KeyValuePair<GroupKey, SocketTally>[] groups =
        [
            .. second.Groups.GroupBy(pair => pair.Key.State)
                .SelectMany(state => state.OrderByDescending(pair => pair.Value.Count).Take(MostGroupsOfState)),
        ];
        KeyValuePair<ulong, FlowReading>[] flows = [.. second.Flows];
        int usable = range is null ? 0 : range.Last - range.First + 1 - range.Reserved;
        bool isAudit = context.Target.Kind is TargetKind.HostState or TargetKind.ThisMachine;
        bool areScarce = isAudit && second.Ports.InUse * 2 >= usable && usable > 0; // then it matters who took them, and how
        KeyValuePair<PairKey, PortTally>[] pairs = [.. second.Pairs.OrderByDescending(pair => pair.Value.InUse).Take(MostPairs)];
        KeyValuePair<GroupKey, SocketTally>[] pending = [.. second.Groups.Where(group => group.Key.State is TcpState.SynSent).OrderByDescending(group => group.Value.Retransmitting)];
        var owners = SocketOwners.Find(() =>
        [
            .. groups.SelectMany(group => group.Value.Inodes),
            .. PendingInodes(pending),
            .. flows.Select(flow => flow.Value.Socket.Inode),
            .. pairs.Select(pair => pair.Value.Inode),
            .. listeners.Inodes,
            .. areScarce ? second.Ports.Inodes : [],
        ]);
        if (owners.Unreadable > 0 && context.Target.Kind is TargetKind.HostState)
            context.ReportNotObserved("which sockets the processes of other users hold", "needs root, or CAP_SYS_PTRACE");

        if (context.Target.IsHere)
            context.Report(Survey(second, listeners, range, interval, owners));
        foreach (KeyValuePair<GroupKey, SocketTally> group in groups)
            context.Report(Describe(group.Key, group.Value, interval, owners, listeners));
        if (context.Target.IsHere && pending.Length > 0)
            context.Report(Describe(pending, owners));
        foreach (TcpFlow flow in flows
            .Select(pair => pair.Value.Since(first.Flows[pair.Key], interval, owners.OldestOf(pair.Value.Socket.Inode)))
            .Where(flow => IsWorthTelling(flow) || (!isAudit && flow.Sent > 0))
            .Take(MostFlows))
        {
            context.Report(flow);
        }

        bool isWhole = isAudit || context.Target.Kind is TargetKind.LocalPort or TargetKind.Process;
        foreach (Listener listener in listeners.Tell(isWhole ? MostListeners : 0, owners, second, listened))
            context.Report(listener);
        foreach (DatagramSocket socket in listeners.TellDatagrams(listened, owners))
            context.Report(socket);
        foreach (UnixListener listener in isAudit || context.Target.Pid is not null ? listeners.TellUnix(owners) : [])
            context.Report(listener);
        foreach (KeyValuePair<PairKey, PortTally> pair in range is null ? [] : pairs)
            context.Report(Describe(pair.Key, pair.Value, first.Pairs.GetValueOrDefault(pair.Key), range!, interval, owners));
        if ((isAudit || context.Target.Pid is not null) && range is not null)
            context.Report(Describe(second, listeners, range, usable, areScarce ? owners : null));
        if (range is null)
            context.ReportNotObserved("the range of local ports", "net.ipv4.ip_local_port_range cannot be read");
    }

    private static SocketSurvey Survey(TcpSample second, ListenerSample listeners, PortRange? range, TimeSpan interval, SocketOwners owners)
    {
        long somaxconn = KernelFiles.Number("/proc/sys/net/core/somaxconn") ?? 0;
        int[] high = [.. listeners.Ports.Where(port => port >= FirstHighPort).Distinct().Order().Take(MostHighPorts + 1)];
        return new SocketSurvey(second.Count, listeners.Tcp.Count, listeners.DatagramCount, listeners.UnixCount)
        {
            Interval = interval,
            Orphans = Orphans(),
            UnacknowledgedEnds = second.Groups.Where(group => group.Key.State is TcpState.LastAck or TcpState.Closing).Sum(group => group.Value.Retransmitting),
            DatagramPorts = range is null ? null : listeners.MostDatagramPorts,
            UsablePorts = range is null ? null : range.Last - range.First + 1 - range.Reserved,
            Owners = owners.Source,
            AskForLess = listeners.Tcp.Values.Count(listener => listener.Limit < somaxconn),
            InsideRange = range is null ? [] : [.. listeners.Ports.Where(range.Contains).Distinct().Order().Where(port => !PortRange.IsReserved(port)).Take(MostListeners)],
            HighPorts = high.Length > MostHighPorts ? null : high,
            AtSystemLimit = listeners.Tcp.Values.Count(listener => listener.Limit == somaxconn),
        };
    }

    private static bool IsWorthTelling(TcpFlow flow) =>
        (flow.ReceiveQueue > 0 && flow.ReceiveQueueBefore > 0)
        || (flow.SendQueue > 0 && flow.SendQueueBefore > 0)
        || flow.Timer is "persist"
        || flow.Backoff > 0
        || FlowReading.IsLossy(flow.SegmentsOut ?? 0, flow.SegmentsAgain ?? 0)
        || flow.Probes > 0
        || flow.Sent > WorthTelling
        || flow.Received > WorthTelling
        || (flow.Timer is not "keepalive" && flow.LastSent > TimeSpan.FromMinutes(10) && flow.LastReceived > TimeSpan.FromMinutes(10));

    private static SocketGroup Describe(GroupKey key, SocketTally tally, TimeSpan interval, SocketOwners owners, ListenerSample listeners)
    {
        SocketHolder[] holders = HoldersOf(tally.Inodes, owners);
        SocketHolder? holder = holders.FirstOrDefault();
        bool isEstablished = key.State is TcpState.Established;
        return new SocketGroup(StateTally.NameOf(key.State), tally.Count)
        {
            LocalPort = key.IsIncoming ? key.Port : null,
            Remote = key.IsIncoming || key.Port == 0 ? null : key.Address.ToIPAddress(),
            RemotePort = key.IsIncoming || key.Port == 0 ? null : key.Port,
            Interval = interval,
            Before = tally.Before,
            Lasted = isEstablished || key.State is TcpState.TimeWait or TcpState.SynReceived ? null : tally.Lasted,
            Pid = holder?.Pid,
            Process = holder?.Name,
            Held = isEstablished ? null : holder?.Count,
            Holders = isEstablished || holder is null ? null : [.. holders.Take(MostHolders)],
            Processes = isEstablished || holder is null ? null : holders.Length,
            Descriptors = holder is { } use ? ProcessTable.CountDescriptors(use.Pid) : null,
            DescriptorLimit = holder is { } limited ? ProcessTable.DescriptorLimit(limited.Pid) : null,
            Orphans = tally.Orphans,
            LongestIdle = tally.LongestIdle > 0 ? TimeSpan.FromMilliseconds(tally.LongestIdle) : null,
            IdleOverMinute = tally.IdleOverMinute,
            WithUnread = tally.WithUnread,
            Retransmitting = tally.Retransmitting,
            Peers = tally.Peers,
            TopPeer = tally.TopPeer?.Key.ToIPAddress(),
            OfTopPeer = tally.TopPeer?.Value,
            Backlog = key.IsIncoming ? listeners.LongestQueueOf(key.Port) : null,
        };
    }

    private static SocketHolder[] HoldersOf(IEnumerable<uint> inodes, SocketOwners owners) =>
    [
        .. inodes
            .Select(inode => owners.OldestOf(inode))
            .OfType<SocketOwner>()
            .GroupBy(owner => owner.Pid)
            .Select(held => new SocketHolder(held.Key, held.First().Name, held.Count()))
            .OrderByDescending(held => held.Count),
    ];

    private static IEnumerable<uint> PendingInodes(KeyValuePair<GroupKey, SocketTally>[] pending) =>
        pending.SelectMany(group => group.Value.Inodes).Take(MostPendingInodes);

    private static PendingConnections Describe(KeyValuePair<GroupKey, SocketTally>[] pending, SocketOwners owners)
    {
        KeyValuePair<GroupKey, SocketTally>[] unanswered = [.. pending.Where(group => group.Value.Retransmitting > 0)];
        SocketHolder[] holders = HoldersOf(PendingInodes(unanswered.Length > 0 ? unanswered : pending), owners);
        long longest = unanswered.Select(group => group.Value.LongestPending).DefaultIfEmpty().Max();
        return new PendingConnections(pending.Sum(group => group.Value.Count), unanswered.Sum(group => group.Value.Retransmitting))
        {
            Destinations = unanswered.Length,
            Addresses = unanswered.Select(group => group.Key.Address).Distinct().Count(),
            Top =
            [
                .. unanswered.Where(group => group.Key is { IsIncoming: false, Port: > 0 }).Take(MostDestinations)
                    .Select(group => new PendingDestination(group.Key.Address.ToIPAddress(), group.Key.Port, group.Value.Count, group.Value.Retransmitting)),
            ],
            Longest = longest > 0 ? TimeSpan.FromMilliseconds(longest) : null,
            MostRepeats = unanswered.Select(group => group.Value.MostRepeats).DefaultIfEmpty().Max(),
            Holders = holders.Length == 0 ? null : [.. holders.Take(MostHolders)],
            Processes = holders.Length == 0 ? null : holders.Length,
        };
    }

    private static EphemeralPorts Describe(
        PairKey key, PortTally tally, PortTally? before, PortRange range, TimeSpan interval, SocketOwners owners)
    {
        SocketOwner? owner = owners.OldestOf(tally.Inode);
        return new EphemeralPorts(key.Remote.ToIPAddress(), key.Port, range.First, range.Last, tally.InUse, tally.TimeWait)
        {
            Source = key.Local.ToIPAddress(),
            Reserved = range.Reserved,
            TimeWaitReuse = (int)(KernelFiles.Number("/proc/sys/net/ipv4/tcp_tw_reuse") ?? 0),
            InUseBefore = before?.InUse ?? 0,
            Interval = interval,
            TopPid = owner?.Pid,
            TopProcess = owner?.Name,
        };
    }

    private static PortsInUse Describe(TcpSample second, ListenerSample listeners, PortRange range, int usable, SocketOwners? owners)
    {
        SocketOwner[] holders = [.. second.Ports.Inodes.Select(inode => owners?.OldestOf(inode)).OfType<SocketOwner>()];
        IGrouping<int, SocketOwner>? most = holders.GroupBy(owner => owner.Pid).MaxBy(group => group.Count());
        return new PortsInUse(second.Ports.InUse, second.Ports.Other, usable, second.Pairs.Values.Select(pair => pair.InUse).DefaultIfEmpty().Max())
        {
            Chosen = owners is null ? null : PortCount.Chosen(range, [.. listeners.Ports]),
            Unconnected = second.Ports.Unconnected,
            Pid = most?.Key,
            Process = most?.First().Name,
            OfProcess = most is null ? null : (double)most.Count() / second.Ports.Inodes.Count,
        };
    }

    // "TCP: inuse 3 orphan 0 tw 0 alloc 5 mem 1". Source: net/ipv4/proc.c, sockstat_seq_show.
    private static long? Orphans()
    {
        string[] words = KernelFiles.Text("/proc/net/sockstat")?.Split((char[])[' ', '\n']) ?? [];
        int at = Array.IndexOf(words, "orphan");
        return at >= 0 && at + 1 < words.Length && long.TryParse(words[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : null;
    }
}
