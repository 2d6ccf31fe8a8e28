using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Collect;

/// <summary>What is asked about.</summary>
/// <param name="Input">As the user typed it; empty for this machine.</param>
/// <param name="Kind">What kind of thing it is.</param>
public sealed record Target(string Input, TargetKind Kind)
{
    /// <summary>Lower-case scheme; null if none was given and the port names none.</summary>
    public string? Scheme { get; init; }

    /// <summary>Host name or address literal, without brackets and final dot kept; null if there is none.</summary>
    public string? Host { get; init; }

    /// <summary>Port; null if there is none.</summary>
    public int? Port { get; init; }

    /// <summary>Name to ask a TLS server for in place of the host; null for the host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Protocol that begins in the clear and goes on with TLS when asked; null if TLS begins at once.</summary>
    public string? StartTls { get; init; }

    /// <summary>Path and query, at least <c>/</c>, of a URL.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Address that the host was written as; null if it is a name.</summary>
    public IPAddress? Literal { get; init; }

    /// <summary>Process; null if none.</summary>
    public int? Pid { get; init; }

    /// <summary>Whether it has a host that is written as a name, which must be looked up.</summary>
    public bool HasHostName => Host is not null && Literal is null;

    /// <summary>Whether the state of this machine itself is asked about, and not only what bears on another one.</summary>
    public bool IsHere => Kind is TargetKind.ThisMachine or TargetKind.HostState or TargetKind.LocalPort or TargetKind.Process;

    /// <summary>Whether TCP is spoken; false for <c>udp://</c>.</summary>
    public bool IsTcp => Scheme is not "udp";

    /// <summary>Whether TLS is spoken.</summary>
    public bool IsTls => Scheme is "https" or "tls";

    /// <summary>Whether HTTP is spoken.</summary>
    public bool IsHttp => Scheme is "http" or "https";
}
