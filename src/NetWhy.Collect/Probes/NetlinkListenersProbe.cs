using System.Globalization;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Finds programs that miss what the kernel tells of interfaces, routes and connections.</summary>
public sealed class NetlinkListenersProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "socket.netlink";

    private const int MostListeners = 16;

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do programs miss what the kernel tells them?",
        Source: "netlink(7), ENOBUFS; net/netlink/af_netlink.c, netlink_native_seq_show",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => target.IsHere;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        const string File = "/proc/thread-self/net/netlink";
        long begin = context.Clock.GetTimestamp();
        Dictionary<uint, (int Protocol, long Drops)> before = Read(KernelFiles.Text(File) ?? "");
        await Traffic.WhenOverAsync(context, cancellationToken);
        HashSet<uint> own = [.. ProcessTable.SocketsOf(Environment.ProcessId)]; // what this program itself misses while it looks is no news
        Dictionary<uint, (int Protocol, long Drops)> after = Read(KernelFiles.Text(File) ?? "")
            .Where(pair => !own.Contains(pair.Key)).ToDictionary();
        (uint Inode, NetlinkListener Listener)[] losing =
        [
            .. after.Where(pair => pair.Value.Drops > 0)
                .Select(pair => (pair.Key, new NetlinkListener(
                    NameOf(pair.Value.Protocol),
                    pair.Value.Drops,
                    before.TryGetValue(pair.Key, out (int, long Drops) old) ? Math.Max(pair.Value.Drops - old.Drops, 0) : 0)))
                .OrderByDescending(pair => pair.Item2.Growth).ThenByDescending(pair => pair.Item2.Drops)
                .Take(MostListeners),
        ];
        SocketOwners? owners = losing.Length > 0 ? SocketOwners.Find(() => [.. losing.Select(pair => pair.Inode)]) : null;
        context.Report(new NetlinkListeners(
            after.Count,
            [
                .. losing.Select(pair => owners?.OldestOf(pair.Inode) is { } owner
                    ? pair.Listener with { Pid = owner.Pid, Process = owner.Name }
                    : pair.Listener),
            ],
            context.Clock.GetElapsedTime(begin)));
    }

    /// <summary>Reads protocol and drops of each socket of a program, by its inode.</summary>
    /// <param name="text">The file: a line of names, then sk, Eth, Pid, Groups, Rmem, Wmem, Dump, Locks, Drops, Inode.</param>
    internal static Dictionary<uint, (int Protocol, long Drops)> Read(string text)
    {
        Dictionary<uint, (int, long)> sockets = [];
        foreach (string line in text.Split('\n').Skip(1))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length >= 10
                && columns[2] is not "0" // the kernel's own
                && int.TryParse(columns[1], NumberStyles.None, CultureInfo.InvariantCulture, out int protocol)
                && long.TryParse(columns[8], NumberStyles.None, CultureInfo.InvariantCulture, out long drops)
                && uint.TryParse(columns[9], NumberStyles.None, CultureInfo.InvariantCulture, out uint inode))
            {
                sockets[inode] = (protocol, drops);
            }
        }

        return sockets;
    }

    private static string NameOf(int protocol) => protocol switch
    {
        0 => "route",
        4 => "sock_diag",
        6 => "xfrm",
        7 => "selinux",
        9 => "audit",
        12 => "netfilter",
        15 => "uevent",
        16 => "generic",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };
}
