using System.Net;
using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;

namespace NetWhy.Analysis.Flows;

/// <summary>Ends of connections as evidence has them.</summary>
internal static class EndText
{
    /// <summary>The address of an end.</summary>
    /// <param name="end">The end.</param>
    internal static IPAddress AddressOf(in TcpEndpoint end)
    {
        Span<byte> octets = stackalloc byte[16];
        end.Address.Write(octets);
        return new IPAddress(end.IsIpv6 ? octets : octets[12..]);
    }

    /// <summary>An end.</summary>
    /// <param name="end">The end.</param>
    internal static CapturedEnd Of(in TcpEndpoint end) => new(AddressOf(end), end.Port);
}
