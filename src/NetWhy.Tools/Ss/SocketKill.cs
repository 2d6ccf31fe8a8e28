using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Ss;

/// <summary>Closes what a filter names, and nothing else: <c>ss -K</c>.</summary>
/// <remarks>
/// All are found before one is closed: a table that sockets leave while it is walked hides others, and what comes later
/// was not agreed to. The kernel knows each by its cookie.
/// </remarks>
internal sealed class SocketKill : ISocketVisitor
{
    private const int Most = 200_000; // each is kept until it is shown

    private readonly List<Target> _targets = [];

    /// <summary>Asks, closes, and shows what was closed.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="walk">Finds the sockets.</param>
    /// <param name="filter">The filter; null for none.</param>
    /// <param name="names">Names of ports.</param>
    /// <param name="host">Terminal and cancellation.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="ToolException">Nothing is named, the user does not agree, or the kernel closes nothing.</exception>
    public static int Run(SsOptions options, SocketWalk walk, SocketFilter? filter, NameTables names, IToolHost host)
    {
        if (filter is null && !options.NamesStates)
            throw new ToolException(ToolException.WrongUsage, "-K without a filter would close everything: name what to close, as in dst 192.0.2.1 or state close-wait");
        if (filter?.Holds(condition => condition is SocketFilter.Host { IsEmpty: true }) is true)
            throw new ToolException(ToolException.WrongUsage, "-K with a condition that names no address and no port would close everything (is a variable empty?)");

        if (filter?.Holds(condition => condition is SocketFilter.And { IsMixed: true } or SocketFilter.Or { IsMixed: true }) is true)
            throw new ToolException(ToolException.WrongUsage, "-K with 'and' and 'or' side by side: ss reads them from left to right, people do not; parentheses say what is meant");
        if ((options.Selection.Tables & (SocketTables.Tcp | SocketTables.Udp)) == 0)
            throw new ToolException(ToolException.WrongUsage, "-K closes TCP and UDP sockets only");

        SocketOwners? owners = SsTool.Owners(options, walk, host);
        var kill = new SocketKill();
        walk.Run(kill, host.Cancellation);
        if (kill._targets.Count > 0 && host.Confirm(kill.Question) is false)
            throw new ToolException(ToolException.CouldNotWork, "nothing was closed");
        return kill.Close(options, walk, names, owners, host);
    }

    /// <inheritdoc/>
    public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table)
    {
        if (_targets.Count >= Most)
            throw new ToolException(ToolException.CouldNotWork, $"the filter names more than {Most:#,0} sockets; nothing was closed");
        if (table is SocketTables.Tcp or SocketTables.Udp)
            _targets.Add(new Target(socket, attributes.Octets.ToArray(), table));
    }

    private string Question => _targets is [{ Socket: var only }]
        ? $"close {only.LocalAddress}:{(int)only.Socket.LocalPort} to {only.RemoteAddress}:{(int)only.Socket.RemotePort}?"
        : $"close {_targets.Count} sockets?";

    private int Close(SsOptions options, SocketWalk walk, NameTables names, SocketOwners? owners, IToolHost host)
    {
        using var kernel = SocketDiagnostics.Open();
        using SsJson? json = options.IsJson ? new SsJson(names, owners, host.Output) : null;
        ColumnTable table = SsTool.Table(options, host);
        ISocketVisitor shown = json ?? (ISocketVisitor)new SsText(options, table, names, owners);

        // The kernel looks a socket up by its addresses: of several listeners on one port it finds one, and refuses it
        // under the number of another. Once that one is closed, it finds the next.
        List<Target> left = [.. _targets];
        for (bool hasClosed = true; hasClosed && left.Count > 0;)
        {
            hasClosed = left.RemoveAll(target => IsClosed(kernel, target, shown, host)) > 0;
        }

        if (json is null)
            table.Write();
        else
            json.End(walk);
        if (left.Count > 0)
            host.Warn($"{left.Count} of {_targets.Count} sockets were not closed: they are gone by now, or of a kind that cannot be, or this kernel closes none (CONFIG_INET_DIAG_DESTROY)");
        return left.Count == _targets.Count && left.Count > 0 ? ToolException.CouldNotWork : 0;
    }

    private static bool IsClosed(SocketDiagnostics kernel, Target target, ISocketVisitor shown, IToolHost host)
    {
        host.Cancellation.ThrowIfCancellationRequested();
        try
        {
            if (!kernel.Destroy(target.Socket, target.Table is SocketTables.Tcp ? 6 : 17))
                return false;
            shown.Inet(target.Socket, new NetlinkAttributeTable(target.Attributes), target.Table);
            return true;
        }
        catch (LinuxException refusal)
        {
            throw new ToolException(ToolException.CouldNotWork, $"the kernel closes no socket: {refusal.Message}; it takes root and CONFIG_INET_DIAG_DESTROY");
        }
    }

    private sealed record Target(InetDiagMessage Socket, byte[] Attributes, SocketTables Table);
}
