namespace NetWhy.Analysis.Dissection;

/// <summary>Names of values in messages of ICMPv6. Sources: the RFCs of each; the wording is Wireshark's, since filters quote it.</summary>
internal static class Icmpv6Names
{
    /// <summary>Preferences of routers and routes. Source: RFC 4191, section 2.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Preference = new Dictionary<ulong, string>
    {
        [0] = "Medium",
        [1] = "High",
        [2] = "Reserved",
        [3] = "Low",
    };

    /// <summary>Lifetimes that are not counted in seconds.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Lifetime = new Dictionary<ulong, string>
    {
        [uint.MaxValue] = "Infinity",
    };

    /// <summary>The same, of resolvers. Source: RFC 8106, section 5.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> ResolverLifetime = new Dictionary<ulong, string>
    {
        [0] = "RDNSS address MUST no longer be used",
        [uint.MaxValue] = "Infinity",
    };

    /// <summary>The same, of search lists. Source: RFC 8106, section 5.2.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> SearchListLifetime = new Dictionary<ulong, string>
    {
        [0] = "DNSSL domain name MUST no longer be used",
        [uint.MaxValue] = "Infinity",
    };

    /// <summary>What an address or prefix is. Source: RFC 5568, section 6.4.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> AddressPrefixCode = new Dictionary<ulong, string>
    {
        [1] = "Old Care-of Address",
        [2] = "New Care-of Address",
        [3] = "NAR's IP address",
        [4] = "NAR's Prefix (sent in PrRtAdv)",
    };

    /// <summary>Whose link-layer address it is. Source: RFC 5568, section 6.4.3.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> LinkAddressCode = new Dictionary<ulong, string>
    {
        [0] = "Wildcard",
        [1] = "Link-layer Address of the New Access Point",
        [2] = "Link-layer Address of the MN",
        [3] = "Link-layer Address of the NAR",
        [4] = "Link-layer Address of the source",
        [5] = "The AP belongs to the current interface of the router",
        [6] = "No prefix information available",
        [7] = "No fast handovers support available",
    };

    /// <summary>What becomes of a care-of address. Source: RFC 5568, section 6.4.5.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> AcknowledgmentStatus = new Dictionary<ulong, string>
    {
        [1] = "New CoA is invalid, perform address configuration",
        [2] = "New CoA is invalid, use the supplied CoA",
        [3] = "NCoA is invalid, use NAR's IP address as NCoA in FBU",
        [4] = "PCoA supplied, do not send FBU",
        [128] = "LLA is unrecognized",
    };

    /// <summary>Kinds of names of trust anchors. Sources: RFC 3971, section 6.4.3; RFC 6495.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> NameType = new Dictionary<ulong, string>
    {
        [1] = "DER Encoded X.501 Name",
        [2] = "FQDN",
        [3] = "SHA-1 Subject Key Identifier (SKI)",
        [4] = "SHA-224 Subject Key Identifier (SKI)",
        [5] = "SHA-256 Subject Key Identifier (SKI)",
        [6] = "SHA-384 Subject Key Identifier (SKI)",
        [7] = "SHA-512 Subject Key Identifier (SKI)",
        [253] = "Reserved for Experimental Use",
        [254] = "Reserved for Experimental Use",
        [255] = "Reserved",
    };

    /// <summary>What helps with a handover. Source: RFC 5271.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> AssistCode = new Dictionary<ulong, string>
    {
        [1] = "Access Network Identifier (AN ID)",
        [2] = "Sector ID",
    };

    /// <summary>How a mobile node is named. Source: RFC 5271.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> MobileNodeCode = new Dictionary<ulong, string>
    {
        [1] = "NAI",
        [2] = "IMSI",
    };

    /// <summary>What became of a registration. Source: RFC 6775, section 4.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> RegistrationStatus = new Dictionary<ulong, string>
    {
        [0] = "Success",
        [1] = "Duplicate Exists",
        [2] = "Neighbor Cache Full",
    };

    /// <summary>Lengths of the prefix for NAT64. Source: RFC 8781, section 4.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> PrefixLengthCode = new Dictionary<ulong, string>
    {
        [0] = "96 bits prefix length",
        [1] = "64 bits prefix length",
        [2] = "56 bits prefix length",
        [3] = "48 bits prefix length",
        [4] = "40 bits prefix length",
        [5] = "32 bits prefix length",
    };

    /// <summary>What becomes of prefixes. Source: RFC 2894, section 3.2.1.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> RenumberingOperation = new Dictionary<ulong, string>
    {
        [1] = "Add",
        [2] = "Change",
        [3] = "Set Global",
    };

    /// <summary>Kinds of records of listeners. Source: RFC 3810, section 5.2.12.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> ListenerRecord = new Dictionary<ulong, string>
    {
        [1] = "Include",
        [2] = "Exclude",
        [3] = "Changed to include",
        [4] = "Changed to exclude",
        [5] = "Allow new sources",
        [6] = "Block old sources",
    };

    /// <summary>Messages of fast handovers. Source: RFC 5568, section 6.2.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> HandoverMessage = new Dictionary<ulong, string>
    {
        [2] = "Router Solicitation for Proxy Advertisement",
        [3] = "Proxy Router Advertisement",
        [4] = "Handover Initiate",
        [5] = "Handover Acknowledge",
    };

    /// <summary>What is asked of a node. Source: RFC 4620, section 5.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> NodeQuery = new Dictionary<ulong, string>
    {
        [0] = "NOOP",
        [1] = "Supported query types (Obsolete)",
        [2] = "Node Name",
        [3] = "Node addresses",
        [4] = "IPv4 node addresses",
    };

    /// <summary>How RPL maintains routes downwards. Source: RFC 6550, section 6.3.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> ModeOfOperation = new Dictionary<ulong, string>
    {
        [0] = "No Downward routes maintained by RPL",
        [1] = "Non-Storing Mode of Operation",
        [2] = "Storing Mode of Operation with no multicast support",
        [3] = "Storing Mode of Operation with multicast support",
        [4] = "P2P Route Discovery Mode of Operation",
    };

    /// <summary>How RPL is secured. Source: RFC 6550, section 6.1.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> SecurityAlgorithm = new Dictionary<ulong, string>
    {
        [0] = "Encryption: CCM with AES-128 / Signature: RSA with SHA-256",
    };

    /// <summary>Options of RPL. Source: RFC 6550, section 6.7.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> RplOption = new Dictionary<ulong, string>
    {
        [0] = "1-byte padding",
        [1] = "n-byte padding",
        [2] = "DAG Metric container",
        [3] = "Routing Information",
        [4] = "DODAG configuration",
        [5] = "RPL Target",
        [6] = "Transit Information",
        [7] = "Solicited Information",
        [8] = "Prefix Information",
        [9] = "RPL Target Descriptor",
        [10] = "P2P Route Discovery",
    };

    /// <summary>Metrics of RPL. Source: RFC 6551.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> Metric = new Dictionary<ulong, string>
    {
        [1] = "Node State and Attribute",
        [2] = "Node Energy",
        [3] = "Hop Count",
        [4] = "Link Throughput",
        [5] = "Link Latency",
        [6] = "Link Quality Level",
        [7] = "Link ETX",
        [8] = "Link Color",
    };

    /// <summary>States of a neighbor. Source: RFC 8335, section 3.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> NeighborState = new Dictionary<ulong, string>
    {
        [0] = "Reserved",
        [1] = "Incomplete",
        [2] = "Reachable",
        [3] = "Stale",
        [4] = "Delay",
        [5] = "Probe",
        [6] = "Failed",
    };

    /// <summary>Lengths of the name of a seed. Source: RFC 7731, section 6.2.</summary>
    internal static readonly IReadOnlyDictionary<ulong, string> SeedLength = new Dictionary<ulong, string>
    {
        [0] = "0 bit, not included in MPL Seed Info",
        [1] = "16 bits",
        [2] = "64 bits",
        [3] = "128 bits",
    };
}
