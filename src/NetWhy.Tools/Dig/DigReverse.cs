using System.Net.Sockets;
using NetWhy.Names;

namespace NetWhy.Tools.Dig;

/// <summary>Names that stand for addresses.</summary>
/// <remarks>Source: RFC 1035, section 3.5; RFC 3596, section 2.5; RFC 2317 for what is no whole address.</remarks>
internal static class DigReverse
{
    /// <summary>The name of an address; what is no address is turned around at its dots.</summary>
    /// <param name="text">The address.</param>
    internal static string NameOf(string text) =>
        DigNumbers.Address(text, AddressFamily.InterNetworkV6) is { } address
            ? ReverseName.Of(address, "ip6.arpa")
            : string.Join('.', text.Split('.').Reverse()) + ".in-addr.arpa.";
}
