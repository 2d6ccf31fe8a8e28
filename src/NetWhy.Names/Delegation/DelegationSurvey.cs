using System.Net;
using System.Net.Sockets;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What the servers of each zone on the way to a name say, from where the walk began down to the zone that the name is in.</summary>
/// <param name="Name">The name that was walked to.</param>
/// <param name="Type">The type that was asked for.</param>
/// <param name="Zones">The zones, from above.</param>
/// <param name="Findings">What is wrong or remarkable, zone by zone from above.</param>
public sealed record DelegationSurvey(
    DomainName Name, DnsRecordType Type, IReadOnlyList<ZoneSurvey> Zones, IReadOnlyList<DelegationFinding> Findings)
{
    /// <summary>Whether the last zone is the one that the name is in, as far as its servers say; false if the walk ended before.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Why the walk ended before the zone of the name, in words; null if it did not.</summary>
    public string? EndReason { get; init; }

    /// <summary>How many queries were sent.</summary>
    public int Queries { get; init; }

    /// <summary>The zone that the walk ended at; null if it never began.</summary>
    public ZoneSurvey? Last => Zones.Count > 0 ? Zones[^1] : null;
}

/// <summary>One zone: how the zone above delegates it, and what its servers say.</summary>
/// <param name="Zone">The zone.</param>
/// <param name="Servers">Each address of each of its servers.</param>
public sealed record ZoneSurvey(DomainName Zone, IReadOnlyList<ServerSurvey> Servers)
{
    /// <summary>The zone above; null where the walk began.</summary>
    public DomainName? Parent { get; init; }

    /// <summary>What each server of the zone above says of the delegation; empty where the walk began, and where servers of both zones are the same.</summary>
    public IReadOnlyList<DelegationView> Views { get; init; } = [];

    /// <summary>Names of servers as the zone above has them, in canonical order.</summary>
    public IReadOnlyList<DomainName> ParentNames { get; init; } = [];

    /// <summary>Names of servers as authoritative servers of the zone itself have them, in canonical order.</summary>
    public IReadOnlyList<DomainName> ChildNames { get; init; } = [];

    /// <summary>The addresses of servers that were looked up: of zones with very many servers, only those that the delegation lacks.</summary>
    public IReadOnlyList<ServerAddresses> Addresses { get; init; } = [];

    /// <summary>How long a referral to the zone is at least if the name asked for is as long as a name can be, in octets; null where the walk began.</summary>
    public int? ReferralLength { get; init; }

    /// <summary>The servers that answer for the zone.</summary>
    public IEnumerable<ServerSurvey> Authoritative => Servers.Where(server => server.State is ServerState.Authoritative);
}

/// <summary>What one server of the zone above says of a delegation.</summary>
/// <param name="Server">The server.</param>
/// <param name="Referral">What it says.</param>
public sealed record DelegationView(NamedServer Server, Referral Referral);

/// <summary>The addresses of a server by its name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Glue">Those that came with the delegation.</param>
/// <param name="Authority">Those that the authority for the name has; null if it could not be asked.</param>
public sealed record ServerAddresses(DomainName Name, IReadOnlyList<IPAddress> Glue, IReadOnlyList<IPAddress>? Authority)
{
    /// <summary>The families of addresses that the authority answered for: of another, glue cannot be compared.</summary>
    public IReadOnlyList<AddressFamily> Answered { get; init; } = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>Whether the name is an alias.</summary>
    public bool IsAlias { get; init; }

    /// <summary>Why the authority has no addresses, or why they could not be looked up, in words; empty if it has some.</summary>
    public string Reason { get; init; } = "";
}
