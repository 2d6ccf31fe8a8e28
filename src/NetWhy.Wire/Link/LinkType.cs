namespace NetWhy.Wire.Link;

/// <summary>What the packets of a capture begin with, as far as it is read here. Source: pcap-linktype(7).</summary>
public enum LinkType
{
    /// <summary>Loopback of a BSD, in the order of the machine.</summary>
    Null = 0,

    /// <summary>Ethernet.</summary>
    Ethernet = 1,

    /// <summary>PPP.</summary>
    Ppp = 9,

    /// <summary>IPv4 or IPv6, as most systems number it.</summary>
    RawIP12 = 12,

    /// <summary>PPP with address and control.</summary>
    PppSerial = 50,

    /// <summary>PPPoE, from its own header on.</summary>
    PppOverEthernet = 51,

    /// <summary>IPv4 or IPv6.</summary>
    RawIP = 101,

    /// <summary>Loopback of OpenBSD, in the order of the network.</summary>
    Loop = 108,

    /// <summary>Linux cooked.</summary>
    LinuxCooked = 113,

    /// <summary>IPv4.</summary>
    Ipv4 = 228,

    /// <summary>IPv6.</summary>
    Ipv6 = 229,

    /// <summary>Linux cooked, the second version.</summary>
    LinuxCooked2 = 276,
}
