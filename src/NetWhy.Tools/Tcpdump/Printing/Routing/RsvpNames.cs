namespace NetWhy.Tools.Tcpdump.Printing.Routing;

/// <summary>Names of RSVP. Sources: RFC 2205, RFC 2215, RFC 2747, RFC 2961, RFC 3209, RFC 3473, RFC 3474, RFC 4090, RFC 4124, RFC 4875, RFC 5063.</summary>
internal static class RsvpNames
{
    internal static readonly Token[] Messages =
    [
        (1, "Path"), (2, "Resv"), (3, "PathErr"), (4, "ResvErr"), (5, "PathTear"), (6, "ResvTear"), (7, "ResvConf"), (12, "Bundle"),
        (13, "Acknowledgement"), (14, "Hello (Old)"), (15, "Refresh"), (20, "Hello"),
    ];

    internal static readonly Token[] Flags = [(0x01, "Refresh reduction capable")];

    internal static readonly Token[] CapabilityFlags =
        [(0x0004, "RecoveryPath Transmit Enabled"), (0x0002, "RecoveryPath Desired"), (0x0001, "RecoveryPath Srefresh Capable")];

    internal static readonly Token[] Objects =
    [
        (1, "Session"), (3, "RSVP Hop"), (4, "Integrity"), (5, "Time Values"), (6, "Error Spec"), (7, "Scope"), (8, "Style"), (9, "Flowspec"),
        (10, "FilterSpec"), (11, "Sender Template"), (12, "Sender TSpec"), (13, "Adspec"), (14, "Policy Data"), (15, "Confirm"),
        (16, "Label"), (19, "Label Request"), (20, "ERO"), (21, "RRO"), (22, "Hello"), (23, "Message ID"), (24, "Message ID Ack"),
        (25, "Message ID List"), (34, "Recovery Label"), (35, "Upstream Label"), (36, "Label Set"), (130, "Acceptable Label Set"),
        (63, "Detour"), (66, "Class Type"), (125, "Class Type (old)"), (129, "Suggested Label"), (204, "Properties"),
        (205, "Fast Re-Route"), (207, "Session Attribute"), (229, "Generalized UNI"), (230, "Call-ID"), (236, "Call Capability"),
        (131, "Restart Capability"), (134, "Capability"), (195, "Notify Request"), (37, "Protection"), (196, "Administrative Status"),
        (50, "Sub-LSP to LSP"),
    ];

    // The number of the object in the high octet.
    internal static readonly Token[] Types =
    [
        (0x0301, "IPv4"), (0x0302, "IPv6"), (0x0303, "IPv4 plus opt. TLVs"), (0x0304, "IPv6 plus opt. TLVs"), (0xc301, "IPv4"), (0xc302, "IPv6"),
        (0x0f01, "IPv4"), (0x0f02, "IPv6"), (0x0501, "1"), (0x0901, "obsolete"), (0x0902, "IntServ"), (0x0c02, "IntServ"), (0x0d02, "IntServ"),
        (0x0a01, "IPv4"), (0x0a02, "IPv6"), (0x0a03, "IPv6 Flow-label"), (0x0a07, "Tunnel IPv4"), (0x0a0c, "IPv4 P2MP LSP Tunnel"),
        (0x0a0d, "IPv6 P2MP LSP Tunnel"), (0x0101, "IPv4"), (0x0102, "IPv6"), (0x0107, "Tunnel IPv4"), (0x010b, "UNI IPv4"),
        (0x010d, "IPv4 P2MP LSP Tunnel"), (0x010e, "IPv6 P2MP LSP Tunnel"), (0x0b01, "IPv4"), (0x0b02, "IPv6"), (0x0b07, "Tunnel IPv4"),
        (0x0b0c, "IPv4 P2MP LSP Tunnel"), (0x0b0d, "IPv6 P2MP LSP Tunnel"), (0x1701, "1"), (0x1801, "Message id ack"),
        (0x1802, "Message id nack"), (0x1901, "1"), (0x0801, "1"), (0x1601, "Hello Request"), (0x1602, "Hello Ack"),
        (0x1301, "without label range"), (0x1302, "with ATM label range"), (0x1303, "with FR label range"), (0x1304, "Generalized Label"),
        (0x1001, "Label"), (0x1002, "Generalized Label"), (0x1003, "Waveband Switching"), (0x8101, "Label"), (0x8102, "Generalized Label"),
        (0x8103, "Waveband Switching"), (0x2301, "Label"), (0x2302, "Generalized Label"), (0x2303, "Waveband Switching"), (0x2201, "Label"),
        (0x2202, "Generalized Label"), (0x2203, "Waveband Switching"), (0x1401, "IPv4"), (0x1501, "IPv4"), (0x0601, "IPv4"),
        (0x0602, "IPv6"), (0x0603, "IPv4 plus opt. TLVs"), (0x0604, "IPv6 plus opt. TLVs"), (0x8301, "IPv4"), (0x8601, "1"),
        (0xcf07, "Tunnel IPv4"), (0xcd07, "Tunnel IPv4"), (0xcd01, "1"), (0x3f07, "Tunnel IPv4"), (0xcc01, "1"), (0xc401, "1"),
        (0x4201, "1"), (0x7d01, "1"), (0x2401, "1"), (0xe501, "1"), (0x3201, "IPv4 sub-LSP"), (0x3202, "IPv6 sub-LSP"),
    ];

    internal static readonly Token[] IntegrityFlags = [(0x80, "Handshake")];

    internal static readonly Token[] Hops =
    [
        (0, "Reserved"), (1, "IPv4 prefix"), (2, "IPv6 prefix"), (3, "Label"), (32, "Autonomous system number"),
        (64, "MPLS label switched path termination"),
    ];

    internal static readonly Token[] HopFlags =
        [(0x01, "Local protection available"), (0x02, "Local protection in use"), (0x04, "Bandwidth protection"), (0x08, "Node protection")];

    internal static readonly Token[] HopLabelFlags = [(0x01, "Global")];

    internal static readonly Token[] Styles = [(17, "Wildcard Filter"), (10, "Fixed Filter"), (18, "Shared Explicit")];

    internal static readonly Token[] Services = [(1, "Default/Global Information"), (2, "Guaranteed Service"), (5, "Controlled Load")];

    internal static readonly Token[] Parameters =
    [
        (4, "IS hop cnt"), (6, "Path b/w estimate"), (8, "Minimum path latency"), (10, "Composed MTU"), (127, "Token Bucket TSpec"),
        (130, "Guaranteed Service RSpec"), (133, "End-to-end composed value for C"), (134, "End-to-end composed value for D"),
        (135, "Since-last-reshaping point composed C"), (136, "Since-last-reshaping point composed D"),
    ];

    internal static readonly Token[] SessionFlags =
    [
        (0x01, "Local Protection"), (0x02, "Label Recording"), (0x04, "SE Style"), (0x08, "Bandwidth protection"), (0x10, "Node protection"),
    ];

    internal static readonly Token[] Properties = [(0x01, "Cos"), (0x02, "Metric 1"), (0x04, "Metric 2"), (0x08, "CCC Status"), (0x10, "Path Type")];

    internal static readonly Token[] Errors = [(24, "Routing Problem"), (25, "Notify Error"), (28, "Diffserv TE Error"), (125, "Diffserv TE Error (Old)")];

    internal static readonly Token[] RoutingErrors =
    [
        (1, "Bad EXPLICIT_ROUTE object"), (2, "Bad strict node"), (3, "Bad loose node"), (4, "Bad initial subobject"),
        (5, "No route available toward destination"), (6, "Unacceptable label value"), (7, "RRO indicated routing loops"),
        (8, "non-RSVP-capable router in the path"), (9, "MPLS label allocation failure"), (10, "Unsupported L3PID"),
    ];

    internal static readonly Token[] DiffservErrors =
    [
        (1, "Unexpected CT object"), (2, "Unsupported CT"), (3, "Invalid CT value"),
        (4, "CT/setup priority do not form a configured TE-Class"), (5, "CT/holding priority do not form a configured TE-Class"),
        (6, "CT/setup priority and CT/holding priority do not form a configured TE-Class"),
        (7, "Inconsistency between signaled PSC and signaled CT"), (8, "Inconsistency between signaled PHBs and signaled CT"),
    ];

    internal static readonly Token[] AdministrativeFlags =
        [(0x8000_0000, "Reflect"), (0x0000_0004, "Testing"), (0x0000_0002, "Admin-down"), (0x0000_0001, "Delete-in-progress")];

    internal static readonly Token[] LabelSetActions =
        [(0, "Inclusive list"), (1, "Exclusive list"), (2, "Inclusive range"), (3, "Exclusive range")];

    internal static readonly Token[] UniSubObjects =
        [(1, "Source TNA address"), (2, "Destination TNA address"), (3, "Diversity"), (4, "Egress label"), (5, "Service level")];
}
