using System.Net;

namespace NetWhy.Evidence;

/// <summary>What an investigation is about; always its first observation.</summary>
/// <param name="Version">Version of netwhy that collected.</param>
/// <param name="Input">The target as the user typed it; empty for this machine itself.</param>
/// <param name="TargetKind">What kind of thing the target is.</param>
/// <param name="Scheme">Lower case, such as <c>https</c>; null if the target has none.</param>
/// <param name="Host">Name or address literal, without brackets; null for this machine or a process.</param>
/// <param name="Port">Port asked about; null if the target has none.</param>
public sealed record InvestigationStarted(
    string Version,
    string Input,
    TargetKind TargetKind,
    string? Scheme,
    string? Host,
    int? Port) : Observation
{
    /// <summary>Path and query of a URL; null if the target is none.</summary>
    public string? Path { get; init; }

    /// <summary>Address that the host was written as; null if it is a name.</summary>
    public IPAddress? Literal { get; init; }

    /// <summary>Process asked about; null if none.</summary>
    public int? Pid { get; init; }

    /// <summary>Network namespace that netwhy was told to look at, or had to for the process, as <c>ip netns</c> names it or as a path such as <c>/proc/4711/ns/net</c>; null if it looked where it was started, or if unknown.</summary>
    public string? Namespace { get; init; }

    /// <summary>Addresses that the user says the name must have (<c>--expect</c>).</summary>
    public IReadOnlyList<IPAddress> Expected { get; init; } = [];

    /// <summary>The record type asked for instead of addresses, such as <c>MX</c>; null for addresses.</summary>
    public string? RecordType { get; init; }

    /// <summary>Whether the process may use raw and packet sockets (CAP_NET_RAW).</summary>
    public bool HasNetRaw { get; init; }

    /// <summary>Whether the process may read firewall and other administrative state (CAP_NET_ADMIN).</summary>
    public bool HasNetAdmin { get; init; }
}

/// <summary>The investigation is over; always its last observation.</summary>
/// <param name="Elapsed">How long it took from process start.</param>
/// <param name="Interrupted">Whether the user or a time limit cut it short.</param>
public sealed record InvestigationEnded(TimeSpan Elapsed, bool Interrupted) : Observation;

/// <summary>Kinds of target.</summary>
public enum TargetKind
{
    /// <summary>This machine: its interfaces, gateway, resolvers and host state.</summary>
    ThisMachine,

    /// <summary>A host without a port.</summary>
    Host,

    /// <summary>A host and a port of unknown protocol.</summary>
    HostPort,

    /// <summary>A URL or a scheme that names the application protocol.</summary>
    Service,

    /// <summary>A port of this machine (<c>:PORT</c>).</summary>
    LocalPort,

    /// <summary>A process of this machine (<c>pid:N</c>).</summary>
    Process,

    /// <summary>The state of this machine alone, audited without sending anything.</summary>
    HostState,

    /// <summary>A name: how it resolves and who says what about it, not the host behind it.</summary>
    Name,

    /// <summary>A TLS server: what it takes, who it says it is, and whether that is believed; not what is served behind it.</summary>
    Tls,
}
