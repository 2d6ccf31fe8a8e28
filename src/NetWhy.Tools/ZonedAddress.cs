using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Tools;

/// <summary>Addresses as people write them: the zone of a link-local one by the name of its interface, since numbers differ between machines.</summary>
/// <remarks>Source: RFC 4007, section 11.</remarks>
internal static class ZonedAddress
{
    /// <summary>The address as text, such as <c>fe80::1%eth0</c>; with the number of an interface that is gone. A name may have any character.</summary>
    /// <param name="address">The address.</param>
    internal static string Text(IPAddress address) =>
        address.AddressFamily is not AddressFamily.InterNetworkV6 || address.ScopeId == 0
            ? address.ToString()
            : $"{Bare(address)}%{InterfaceIndex.NameOf((int)address.ScopeId) ?? address.ScopeId.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The address as text, without its zone.</summary>
    /// <param name="address">The address.</param>
    internal static string Bare(IPAddress address) => new IPAddress(address.GetAddressBytes()).ToString();

    /// <summary>A host as it was typed, with its address where that is another text.</summary>
    /// <param name="name">The host as typed.</param>
    /// <param name="address">Its address.</param>
    internal static string Named(string name, IPAddress address) => Text(address) is var text && text == name ? name : $"{name} ({text})";
}
