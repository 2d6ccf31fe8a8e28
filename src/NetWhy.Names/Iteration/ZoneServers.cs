using System.Net;

namespace NetWhy.Names;

/// <summary>The servers of a zone: those with addresses, and the names of those whose addresses must be asked for.</summary>
internal sealed class ZoneServers
{
    private const int MostAddresses = 64;
    private const int MostUnknown = 8; // whoever names thousands makes us ask thousands (CVE-2020-12662)

    private readonly Lock _lock = new();
    private volatile DnsServer[] _known;

    /// <summary>Makes it of what a referral says.</summary>
    /// <param name="known">The servers with addresses.</param>
    /// <param name="unknown">The names of the others; those beyond the eighth are left out.</param>
    /// <param name="isSigned">Whether the zone has DS records.</param>
    internal ZoneServers(IReadOnlyList<DnsServer> known, IReadOnlyList<DomainName> unknown, bool isSigned)
    {
        _known = [.. known];
        Unknown = [.. unknown.Take(MostUnknown)];
        IsSigned = isSigned;
    }

    /// <summary>The servers that can be asked; it grows at its end.</summary>
    internal IReadOnlyList<DnsServer> Known => _known;

    /// <summary>The names of servers whose addresses did not come along.</summary>
    internal IReadOnlyList<DomainName> Unknown { get; }

    /// <summary>Whether the zone above says that the zone is signed.</summary>
    internal bool IsSigned { get; }

    /// <summary>Takes addresses of a server; those that are known already change nothing.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="port">Its port.</param>
    internal void Learn(IEnumerable<IPAddress> addresses, int port)
    {
        lock (_lock)
        {
            var learnt = addresses.Select(address => new DnsServer(address, port));
            _known = [.. _known.Union(learnt).Take(MostAddresses)];
        }
    }
}
