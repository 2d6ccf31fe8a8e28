using System.Collections.Concurrent;
using System.Net;

namespace NetWhy.Names;

/// <summary>The servers of a zone: those with addresses, and the names of those whose addresses are not known yet.</summary>
internal sealed class ZoneServers(IReadOnlyList<DnsServer> known, IReadOnlyList<DomainName> unknown)
{
    private const int MostAddresses = 64;

    private readonly ConcurrentQueue<DomainName> _unknown = new(unknown);

    /// <summary>The servers that can be asked; the list never changes, it is replaced.</summary>
    internal IReadOnlyList<DnsServer> Known { get; private set; } = known;

    /// <summary>The next name whose address is wanted; null if there is none.</summary>
    internal DomainName? TakeUnknown() => _unknown.TryDequeue(out DomainName name) ? name : null;

    /// <summary>Takes addresses of a server.</summary>
    internal void Learn(RecordSet addresses, int port)
    {
        List<DnsServer> all = [.. Known];
        for (int i = 0; i < addresses.Data.Count && all.Count < MostAddresses; i++)
            all.Add(new DnsServer(new IPAddress(addresses.Data[i].Span), port));
        Known = all;
    }
}
