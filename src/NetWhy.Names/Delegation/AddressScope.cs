using System.Net;

namespace NetWhy.Names;

/// <summary>From where an address can be reached.</summary>
public enum AddressScope
{
    /// <summary>From the Internet.</summary>
    Global,

    /// <summary>From its host, its link or its site.</summary>
    Local,

    /// <summary>From nowhere: it stands for others in documents.</summary>
    Documentation,

    /// <summary>Not from the Internet, for another reason: shared, reserved, for tests, or not of one host.</summary>
    Special,
}

/// <summary>Tells the scope of addresses.</summary>
/// <remarks>Source: IANA, "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry"; RFC 5771, RFC 4291 for multicast.</remarks>
public static class AddressScopes
{
    // The first that fits counts: exceptions stand before what they are exceptions of.
    private static readonly (IPNetwork Network, AddressScope Scope)[] Registry =
    [
        Row("10.0.0.0/8", AddressScope.Local),
        Row("127.0.0.0/8", AddressScope.Local),
        Row("169.254.0.0/16", AddressScope.Local),
        Row("172.16.0.0/12", AddressScope.Local),
        Row("192.168.0.0/16", AddressScope.Local),
        Row("192.0.2.0/24", AddressScope.Documentation),
        Row("198.51.100.0/24", AddressScope.Documentation),
        Row("203.0.113.0/24", AddressScope.Documentation),
        Row("192.0.0.9/32", AddressScope.Global),
        Row("192.0.0.10/32", AddressScope.Global),
        Row("192.0.0.0/24", AddressScope.Special),
        Row("0.0.0.0/8", AddressScope.Special),
        Row("100.64.0.0/10", AddressScope.Special),
        Row("192.88.99.0/24", AddressScope.Special),
        Row("198.18.0.0/15", AddressScope.Special),
        Row("224.0.0.0/3", AddressScope.Special),
        Row("::1/128", AddressScope.Local),
        Row("fc00::/7", AddressScope.Local),
        Row("fe80::/10", AddressScope.Local),
        Row("2001:db8::/32", AddressScope.Documentation),
        Row("3fff::/20", AddressScope.Documentation),
        Row("2001:1::1/128", AddressScope.Global),
        Row("2001:1::2/128", AddressScope.Global),
        Row("2001:1::3/128", AddressScope.Global),
        Row("2001:3::/32", AddressScope.Global),
        Row("2001:4:112::/48", AddressScope.Global),
        Row("2001:20::/28", AddressScope.Global),
        Row("2001:30::/28", AddressScope.Global),
        Row("2001::/23", AddressScope.Special),
        Row("2002::/16", AddressScope.Special),
        Row("::/128", AddressScope.Special),
        Row("::ffff:0:0/96", AddressScope.Special),
        Row("64:ff9b:1::/48", AddressScope.Special),
        Row("100::/64", AddressScope.Special),
        Row("5f00::/16", AddressScope.Special),
        Row("ff00::/8", AddressScope.Special),
    ];

    extension(IPAddress address)
    {
        /// <summary>From where the address can be reached, as far as its prefix tells.</summary>
        public AddressScope Scope
        {
            get
            {
                foreach ((IPNetwork network, AddressScope scope) in Registry)
                {
                    if (network.Contains(address))
                        return scope;
                }

                return AddressScope.Global;
            }
        }
    }

    private static (IPNetwork, AddressScope) Row(string network, AddressScope scope) => (IPNetwork.Parse(network), scope);
}
