using System.Net;

namespace NetWhy.Evidence;

/// <summary>Who fills the connection tracking table of this network namespace, and with what.</summary>
/// <remarks>Source: ctnetlink, <c>IPCTNL_MSG_CT_GET</c>.</remarks>
/// <param name="Counted">Entries that were counted.</param>
/// <param name="IsWhole">Whether those were all: a list that would take too long is cut short.</param>
public sealed record ConntrackCensus(long Counted, bool IsWhole) : Observation
{
    /// <summary>Entries by protocol, such as <c>tcp</c>, <c>udp</c>, <c>icmp</c>.</summary>
    public IReadOnlyDictionary<string, long> Protocols { get; init; } = new Dictionary<string, long>();

    /// <summary>TCP entries by state, such as <c>established</c>, <c>time-wait</c>, <c>syn-sent</c>.</summary>
    public IReadOnlyDictionary<string, long> TcpStates { get; init; } = new Dictionary<string, long>();

    /// <summary>Entries for which no answer was ever seen.</summary>
    public long Unreplied { get; init; }

    /// <summary>Established TCP entries without a packet for an hour; null if their lifetime is not known.</summary>
    public long? IdleEstablished { get; init; }

    /// <summary>Who began the most of them; at most 10.</summary>
    public IReadOnlyList<ConntrackSource> Sources { get; init; } = [];

    /// <summary>Destinations with the most translated connections; at most 8.</summary>
    public IReadOnlyList<TranslatedPorts> Translated { get; init; } = [];
}

/// <summary>Somebody who began tracked connections.</summary>
/// <param name="Address">The address.</param>
/// <param name="Entries">How many.</param>
/// <param name="Unreplied">Those without an answer.</param>
public sealed record ConntrackSource(IPAddress Address, long Entries, long Unreplied);

/// <summary>Source ports that address translation uses towards one destination.</summary>
/// <param name="Protocol">Protocol, such as <c>tcp</c>.</param>
/// <param name="Source">Address that it translates to.</param>
/// <param name="Destination">Remote address.</param>
/// <param name="Port">Remote port; 0 if the protocol has none.</param>
/// <param name="InUse">Ports in use.</param>
public sealed record TranslatedPorts(string Protocol, IPAddress Source, IPAddress Destination, int Port, long InUse);
