using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Captures;

/// <summary>Ports of a host that were tried and never spoken with. How many hosts are kept is bounded.</summary>
internal sealed class ScanTable
{
    /// <summary>Ports that are counted of a host.</summary>
    internal const int MostPorts = 20;

    private const int MostHosts = 4096;
    private const int Persistence = 3; // SYNs, after which a program is meant and no scanner
    private const int LeastPorts = 4; // each of them once: a program that needs a port tries it again

    private readonly Dictionary<IPAddress, Host> _hosts = [];

    private sealed class Host
    {
        internal HashSet<int> Ports { get; } = [];

        internal int Trials { get; set; }

        internal int Persistent { get; set; }
    }

    /// <summary>Counts a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    internal void Take(CapturedConversation conversation)
    {
        if (conversation.FromClient is not { Syns: > 0, Octets: 0 } || conversation.FromServer.Octets > 0)
            return;
        if (!_hosts.TryGetValue(conversation.Server.Address, out Host? host))
        {
            if (_hosts.Count >= MostHosts)
                return;
            _hosts.Add(conversation.Server.Address, host = new Host());
        }

        host.Trials++;
        host.Persistent += conversation.FromClient.Syns >= Persistence ? 1 : 0;
        if (host.Ports.Count < MostPorts)
            host.Ports.Add(conversation.Server.Port);
    }

    /// <summary>Whether somebody looked for open ports of a host.</summary>
    /// <param name="address">The host.</param>
    /// <param name="ports">How many were tried, <see cref="MostPorts"/> at most.</param>
    internal bool IsScanned(IPAddress address, out int ports)
    {
        Host? host = _hosts.GetValueOrDefault(address);
        ports = host?.Ports.Count ?? 0;
        return host is not null && host.Persistent * 2 <= host.Trials && (ports == MostPorts || (ports >= LeastPorts && host.Trials * 2 <= ports * 3));
    }
}
