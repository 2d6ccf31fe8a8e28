using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>Which cause an ICMP error is a sign of: for all rules and readings the same.</summary>
internal static class IcmpCause
{
    /// <summary>The cause, where another than the destination sends it, and nothing else is known; null if it is a sign of none.</summary>
    /// <remarks>
    /// Who forwards serves no ports or protocols of the destination: that it says so is a packet filter's doing. When "host
    /// unreachable" came tells more: at once it is a route's or a filter's, see <see cref="Rules.RouteProhibited"/>.
    /// Source: RFC 1812, section 5.2.7.1; RFC 4443, section 3.1.
    /// </remarks>
    /// <param name="error">The error.</param>
    internal static string? Of(IcmpError error) => error.Meaning switch
    {
        IcmpMeaning.Prohibited or IcmpMeaning.SourceRefused or IcmpMeaning.PortUnreachable or IcmpMeaning.ProtocolUnreachable => "port-rejected",
        IcmpMeaning.NoRoute or IcmpMeaning.RouteRejected => "route-prohibited",
        IcmpMeaning.HostUnreachable => "host-unreachable",
        IcmpMeaning.HopLimitExceeded => "routing-loop",
        _ => null,
    };
}
