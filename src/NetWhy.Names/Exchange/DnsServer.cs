using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Names;

/// <summary>A server and how to reach it.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its port: 53, 853 for TLS, 443 for HTTPS unless told otherwise.</param>
/// <param name="Transport">How messages travel.</param>
public sealed record DnsServer(IPAddress Address, int Port = DnsServer.DefaultPort, DnsTransport Transport = DnsTransport.Udp)
{
    /// <summary>The port of DNS. Source: RFC 1035, section 4.2.</summary>
    public const int DefaultPort = 53;

    /// <summary>The address to send from; null for the kernel's choice.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The port to send from; 0 for a random one.</summary>
    public int SourcePort { get; init; }

    /// <summary>The name for TLS; null to send none.</summary>
    public string? TlsName { get; init; }

    /// <summary>The same server over another transport.</summary>
    /// <param name="transport">How messages travel.</param>
    public DnsServer Over(DnsTransport transport) => transport == Transport ? this : this with { Transport = transport };
}
