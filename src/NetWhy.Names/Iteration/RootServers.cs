using System.Globalization;
using System.Net;

namespace NetWhy.Names;

/// <summary>The servers of the root, where iteration begins if nothing else is told.</summary>
/// <remarks>Source: IANA, https://www.internic.net/domain/named.root, as of 2025.</remarks>
public static class RootServers
{
    private static readonly (char Letter, string IPv4, string IPv6)[] Addresses =
    [
        ('a', "198.41.0.4", "2001:503:ba3e::2:30"),
        ('b', "170.247.170.2", "2801:1b8:10::b"),
        ('c', "192.33.4.12", "2001:500:2::c"),
        ('d', "199.7.91.13", "2001:500:2d::d"),
        ('e', "192.203.230.10", "2001:500:a8::e"),
        ('f', "192.5.5.241", "2001:500:2f::f"),
        ('g', "192.112.36.4", "2001:500:12::d0d"),
        ('h', "198.97.190.53", "2001:500:1::53"),
        ('i', "192.36.148.17", "2001:7fe::53"),
        ('j', "192.58.128.30", "2001:503:c27::2:30"),
        ('k', "193.0.14.129", "2001:7fd::1"),
        ('l', "199.7.83.42", "2001:500:9f::42"),
        ('m', "202.12.27.33", "2001:dc3::35"),
    ];

    /// <summary>All of them: first each by IPv4, then each by IPv6.</summary>
    public static IReadOnlyList<NamedServer> All { get; } =
        [.. Addresses.Select(server => Make(server.Letter, server.IPv4)), .. Addresses.Select(server => Make(server.Letter, server.IPv6))];

    private static NamedServer Make(char letter, string address)
    {
        _ = DomainName.TryParse(string.Create(CultureInfo.InvariantCulture, $"{letter}.root-servers.net."), out DomainName name);
        return new NamedServer(name, IPAddress.Parse(address));
    }
}

/// <summary>A name server by its name and one of its addresses.</summary>
/// <param name="Name">Its name; the root where only the address is known.</param>
/// <param name="Address">The address.</param>
public sealed record NamedServer(DomainName Name, IPAddress Address);
