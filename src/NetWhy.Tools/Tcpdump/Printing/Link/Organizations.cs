namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>Names of organizations by the numbers that IEEE gave them.</summary>
internal static class Organizations
{
    internal static readonly Token[] Names =
    [
        (0x0000, "Ethernet"), (0x000c, "Cisco"), (0x005e, "IANA"), (0x0081, "Nortel Networks SONMP"), (0x00f8, "Cisco bridged"),
        (0x80c2, "Ethernet bridged"), (0xa03e, "ATM Forum"), (0xe02f, "DOCSIS Spanning Tree"), (0x80007, "Appletalk"), (0x9069, "Juniper"),
        (0x80009, "Hewlett-Packard"), (0x80c2, "IEEE 802.1 Private"), (0x120f, "IEEE 802.3 Private"), (0x12bb, "ANSI/TIA"), (0x1b21, "DCBX"),
        (0x2320, "Nicira Networks"), (0x5c16c7, "Big Switch Networks"), (0xb0d2f5, "Vello Systems"), (0x2481, "HP"), (0x04ea, "HP-Labs"),
        (0x748771, "Infoblox Inc"), (0xa42305, "Open Networking Lab"), (0x049f, "Freescale"), (0x15ad, "Netronome"), (0x1018, "Broadcom"),
        (0xe004, "PMC-Sierra"), (0xd0f0db, "Ericsson"),
    ];

    /// <summary>The number of IEEE 802.1.</summary>
    internal const uint Ieee8021 = 0x0080c2;

    /// <summary>The number of IEEE 802.3.</summary>
    internal const uint Ieee8023 = 0x00120f;

    /// <summary>The number of TIA, which LLDP-MED uses.</summary>
    internal const uint Tia = 0x0012bb;

    /// <summary>The number that Cisco's DCBX uses.</summary>
    internal const uint Dcbx = 0x001b21;

    /// <summary>The number of IANA.</summary>
    internal const uint Iana = 0x00005e;

    /// <summary>The number of Juniper.</summary>
    internal const uint Juniper = 0x009069;
}
