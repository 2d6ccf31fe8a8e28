using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of hop-by-hop and destination headers. Source: IANA, "Destination Options and Hop-by-Hop Options", and the standards named there.</summary>
/// <param name="group">The protocol.</param>
internal sealed class Ipv6OptionFields(FieldGroup group)
{
    private static readonly Dictionary<ulong, string> Actions = new()
    {
        [0] = "Skip and continue",
        [1] = "Discard",
        [2] = "Discard and send ICMP Parameter Problem",
        [3] = "Discard and send ICMP if not multicast",
    };

    private static readonly Dictionary<ulong, string> TaggerTypes = new()
    {
        [0] = "NULL",
        [1] = "DEFAULT",
        [2] = "IPv4",
        [3] = "IPv6",
    };

    private static readonly Dictionary<ulong, string> SeedLengths = new()
    {
        [0] = "0",
        [1] = "16-bit unsigned integer",
        [2] = "64-bit unsigned integer",
        [3] = "128-bit unsigned integer",
    };

    internal Field Action { get; } = group.Unsigned("opt.type.action", "Action", 8, Actions).Masked(0xc0, level: 4);
    internal Field MayChange { get; } = group.Boolean("opt.type.change", "May Change", 8).Masked(0x20, level: 4).Saying("No", "Yes");
    internal Field Rest { get; } = group.Hexadecimal("opt.type.rest", "Low-Order Bits", 8).Masked(0x1f, level: 4);
    internal Field Pad1 { get; } = group.None("opt.pad1", "Pad1").At(3);
    internal Field LeastMtu { get; } = group.Unsigned("opt.pmtu.min", "Minimum Reported PMTU", 16).At(3);
    internal Field ReturnedMtu { get; } = group.Unsigned("opt.pmtu.rtn", "Return Minimum PMTU", 16).At(3);
    internal Field ReturnsMtu { get; } = group.Boolean("opt.pmtu.r_flag", "Return Flag").At(3);
    internal Field EncapsulationLimit { get; } = group.Unsigned("opt.tel", "Tunnel Encapsulation Limit", 8).At(3);
    internal Field CalipsoDomain { get; } = group.Unsigned("opt.calipso.doi", "CALIPSO Domain of Interpretation", 32).At(3);
    internal Field CalipsoLength { get; } = group.Unsigned("opt.calipso.cmpt.length", "Compartment Length", 8).At(3);
    internal Field CalipsoLevel { get; } = group.Unsigned("opt.calipso.sens_level", "Sensitivity Level", 8).At(3);
    internal Field CalipsoChecksum { get; } = group.Hexadecimal("opt.calipso.checksum", "Checksum", 16).At(3);
    internal Field CalipsoBitmap { get; } = group.Octets("opt.calipso.cmpt_bitmap", "Compartment Bitmap").At(3);
    internal Field IsHash { get; } = group.Boolean("opt.smf_dpd.hash_bit", "H-bit", 8).Masked(0x80, level: 3);
    internal Field TaggerType { get; } = group.Unsigned("opt.smf_dpd.tid_type", "TaggerID Type", 8, TaggerTypes).Masked(0x70, level: 3);
    internal Field TaggerLength { get; } = group.Unsigned("opt.smf_dpd.tid_len", "TaggerID Length", 8).Masked(0x0f, level: 3);
    internal Field TaggerId { get; } = group.Octets("opt.smf_dpd.tagger_id", "TaggerID").At(3);
    internal Field DuplicateId { get; } = group.Octets("opt.smf_dpd.ident", "Identifier").At(3);
    internal Field HashAssist { get; } = group.Octets("opt.smf_dpd.hav", "Hash Assist Value").At(3);
    internal Field ReceivedScale { get; } = group.Unsigned("opt.pdm.scale_dtlr", "Scale DTLR", 8).At(3);
    internal Field SentScale { get; } = group.Unsigned("opt.pdm.scale_dtls", "Scale DTLS", 8).At(3);
    internal Field ThisPacket { get; } = group.Unsigned("opt.pdm.psn_this_pkt", "PSN This Packet", 16).At(3);
    internal Field LastReceived { get; } = group.Unsigned("opt.pdm.psn_last_recv", "PSN Last Received", 16).At(3);
    internal Field ReceivedDelta { get; } = group.Unsigned("opt.pdm.delta_last_recv", "Delta Time Last Received", 16).At(3);
    internal Field SentDelta { get; } = group.Unsigned("opt.pdm.delta_last_sent", "Delta Time Last Sent", 16).At(3);
    internal QuickStartFields QuickStart { get; } = new(group);
    internal Field TunnelForwarding { get; } = group.Hexadecimal("opt.tpf_information", "TPF Information", 32).At(3);
    internal Field HomeAddress { get; } = group.Ipv6Address("opt.mipv6.home_address", "MIPv6 Home Address").At(3);
    internal Field RplFlags { get; } = group.Hexadecimal("opt.rpl.flag", "Flag", 8).At(3);

    internal Field[] RplFlagFields { get; } =
    [
        group.Boolean("opt.rpl.flag.o", "Down", 8).Masked(0x80, level: 4), group.Boolean("opt.rpl.flag.r", "Rank Error", 8).Masked(0x40, level: 4),
        group.Boolean("opt.rpl.flag.f", "Forwarding Error", 8).Masked(0x20, level: 4),
    ];

    internal Field RplReserved { get; } = group.Hexadecimal("opt.rpl.flag.rsv", "Reserved", 8).Masked(0x1f, level: 4);
    internal Field RplInstance { get; } = group.Hexadecimal("opt.rpl.instance_id", "RPLInstanceID", 8).At(3);
    internal Field RplRank { get; } = group.Hexadecimal("opt.rpl.sender_rank", "Sender Rank", 16).At(3);
    internal Field LocatorNonce { get; } = group.Octets("opt.ilnp_nonce", "ILNP Nonce").At(3);
    internal Field LineIdLength { get; } = group.Unsigned("opt.lio.length", "LineIDLen", 8).At(3);
    internal Field LineId { get; } = group.Utf8("opt.lio.line_id", "Line ID").At(3);
    internal Field MplFlags { get; } = group.Hexadecimal("opt.mpl.flag", "Flag", 8).At(3);
    internal Field MplSeedLength { get; } = group.Unsigned("opt.mpl.flag.s", "Seed ID Length", 8, SeedLengths).Masked(0xc0, level: 4);
    internal Field MplIsLargest { get; } = group.Boolean("opt.mpl.flag.m", "Largest Sequence", 8).Masked(0x20, level: 4);
    internal Field MplVersion { get; } = group.Boolean("opt.mpl.flag.v", "Version", 8).Masked(0x10, level: 4);
    internal Field MplReserved { get; } = group.Hexadecimal("opt.mpl.flag.rsv", "Reserved", 8).Masked(0x0f, level: 4);
    internal Field MplSequence { get; } = group.Hexadecimal("opt.mpl.sequence", "Sequence", 8).At(3);
    internal Field MplSeed { get; } = group.Octets("opt.mpl.seed_id", "Seed ID").At(3);
    internal Field DffFlags { get; } = group.Hexadecimal("opt.dff.flags", "Flags", 8).At(3);
    internal Field DffVersion { get; } = group.Unsigned("opt.dff.flag.ver", "Version (VER)", 8).Masked(0xc0, level: 4);
    internal Field DffIsDuplicate { get; } = group.Boolean("opt.dff.flag.dup", "Duplicate (DUP)", 8).Masked(0x20, level: 4);
    internal Field DffReturns { get; } = group.Boolean("opt.dff.flag.ret", "Return (RET)", 8).Masked(0x10, level: 4);
    internal Field DffReserved { get; } = group.Hexadecimal("opt.dff.flag.rsv", "Reserved", 8).Masked(0x0f, level: 4);
    internal Field DffSequence { get; } = group.Unsigned("opt.dff.sequence_number", "Sequence Number", 16).At(3);
    internal Field Experimental { get; } = group.Octets("opt.experimental", "Experimental Option").At(3);
    internal Field Unknown { get; } = group.Octets("opt.unknown", "Unknown Option Payload").At(3);

    internal Field JumboProhibited { get; } = group.Finding("opt.jumbo.prohibited", "When IPv6 payload length does not equal 0 a Jumbo Payload option must not be present", Severity.Warning, ExpertGroup.Protocol);
    internal Field JumboTruncated { get; } = group.Finding("opt.jumbo.truncated", "Jumbo Payload option present and jumbo length < 65536", Severity.Warning, ExpertGroup.Protocol);
    internal Field JumboMissing { get; } = group.Finding("opt.jumbo.missing", "IPv6 payload length equals 0 and Hop-By-Hop present and Jumbo Payload option missing", Severity.Error, ExpertGroup.Malformed);
    internal Field JumboFragment { get; } = group.Finding("opt.jumbo.fragment", "Jumbo Payload option cannot be used with a fragment header", Severity.Warning, ExpertGroup.Protocol);
    internal Field InvalidLength { get; } = group.Finding("opt.invalid_len", "Invalid IPv6 option length", Severity.Error, ExpertGroup.Malformed);
    internal Field UnknownData { get; } = group.Finding("opt.unknown_data.expert", "Unknown Data (not interpreted)", Severity.Note, ExpertGroup.Undecoded);
    internal Field HeaderMismatch { get; } = group.Finding("opt.header_mismatch", "Wrong options extension header for type", Severity.Warning, ExpertGroup.Protocol);
    internal Field Deprecated { get; } = group.Finding("opt.deprecated", "Option type is deprecated", Severity.Note, ExpertGroup.Deprecated);
    internal Field SeedIsSource { get; } = group.Finding("opt.mpl.ipv6_src_seed_id", "Seed ID is the IPv6 Source Address", Severity.Comment, ExpertGroup.Protocol);
}
