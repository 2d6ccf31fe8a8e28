namespace NetWhy.Wire;

/// <summary>Numbers of the protocols inside IP. Source: IANA, "Assigned Internet Protocol Numbers".</summary>
public enum IPProtocol : byte
{
    /// <summary>ICMP.</summary>
    Icmp = 1,

    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>ICMPv6.</summary>
    IcmpV6 = 58,
}
