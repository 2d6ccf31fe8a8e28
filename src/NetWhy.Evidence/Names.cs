using System.Net;
using System.Text.Json.Serialization;

namespace NetWhy.Evidence;

/// <summary>How this machine resolves names: resolv.conf, nsswitch.conf and what shapes them.</summary>
/// <remarks>Source: resolv.conf(5), nsswitch.conf(5).</remarks>
/// <param name="Path">File that was read, such as <c>/etc/resolv.conf</c>.</param>
/// <param name="State">Whether the file could be read.</param>
/// <param name="Servers">Name servers that the resolver uses: at most three, in order.</param>
/// <param name="Search">Search list, in order.</param>
/// <param name="Dots"><c>ndots</c>: names with fewer dots go through the search list first.</param>
/// <param name="Timeout">Wait for one server before the next is tried.</param>
/// <param name="Attempts">Rounds over all servers.</param>
/// <param name="Rotate">Whether servers take turns.</param>
/// <param name="HostsOrder">Sources of nsswitch's <c>hosts:</c> line with their actions, such as <c>files</c>, <c>dns</c>.</param>
public sealed record ResolverConfiguration(
    string Path,
    FileState State,
    IReadOnlyList<IPAddress> Servers,
    IReadOnlyList<string> Search,
    int Dots,
    TimeSpan Timeout,
    int Attempts,
    bool Rotate,
    IReadOnlyList<string> HostsOrder) : Observation
{
    /// <summary>What the path links to; null if it is no link.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>Further name servers that the file lists and the resolver ignores (MAXNS is 3).</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Lines that make no sense, as written, with their numbers.</summary>
    public IReadOnlyList<string> BadLines { get; init; } = [];

    /// <summary>Other options that are set, such as <c>single-request</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Whether the file names no server, so that the resolver asks 127.0.0.1.</summary>
    public bool UsesDefaultServer { get; init; }

    /// <summary>Whether the user named the servers (<c>--server</c>), which then stand in place of the file's; null if not.</summary>
    public bool? HasGivenServers { get; init; }

    /// <summary>Servers that a local stub resolver asks in turn, as far as its file tells; null if it is none or none is known.</summary>
    public IReadOnlyList<IPAddress>? Upstreams { get; init; }
}

/// <summary>Whether a file could be read.</summary>
public enum FileState
{
    /// <summary>It was read.</summary>
    Read,

    /// <summary>It does not exist, or is a link to nothing.</summary>
    Missing,

    /// <summary>It exists and may not be read.</summary>
    Unreadable,

    /// <summary>It was read and holds nothing of use.</summary>
    Empty,
}

/// <summary>The hosts file has the name that was asked for.</summary>
/// <param name="Path">File, such as <c>/etc/hosts</c>.</param>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Name">Name as looked up.</param>
/// <param name="Address">Address that the line gives.</param>
public sealed record HostsFileEntry(string Path, int Line, string Name, IPAddress Address) : Observation;

/// <summary>One question to one name server, and what came of it.</summary>
/// <remarks>Source: RFC 1035, RFC 6891, RFC 8914.</remarks>
/// <param name="Server">Server asked.</param>
/// <param name="Port">Its port.</param>
/// <param name="Transport">Transport of the last attempt.</param>
/// <param name="Name">Name asked for, absolute, with its final dot.</param>
/// <param name="Type">Record type asked for, such as <c>A</c>.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Elapsed">From the first query to the answer or to the end of waiting.</param>
/// <param name="Sends">How many times the query was sent.</param>
public sealed record DnsExchange(
    IPAddress Server,
    int Port,
    DnsTransport Transport,
    string Name,
    string Type,
    DnsOutcome Outcome,
    TimeSpan Elapsed,
    int Sends) : Observation
{
    /// <summary>
    /// Why: <c>lookup</c> (as the application asks), <c>repeat</c> (the same again, after a slow answer), <c>greeting</c>
    /// (something that the server knows by itself), <c>greeting-tcp</c> (over TCP), <c>control</c> (a name that cannot exist), <c>reason</c> (the same with EDNS, after a denial), <c>authority</c>,
    /// <c>service</c> (the server is the target); and trials that tell causes apart: <c>plain</c> (once, without EDNS, and
    /// watched for a second answer), <c>edns</c> (once, with EDNS), <c>large</c> (once, with room for an answer in fragments),
    /// <c>unvalidated</c> (with CD), <c>validated</c> (the same without it, after that), <c>unused-name</c> (a random name in the zone), <c>alias</c> (a link of a chain), <c>pair</c> and <c>alone</c> (once, from a new
    /// socket, both types or one), <c>impossible</c> (a name below <c>invalid.</c>), <c>sibling</c> (a random name beside
    /// the target's), <c>nobody</c> (sent to an address that no host has), <c>loss</c> (sent once, one of ten).
    /// </summary>
    public string Purpose { get; init; } = "lookup";

    /// <summary>Whether the server is one of resolv.conf's; false for authorities.</summary>
    public bool IsConfigured { get; init; } = true;

    /// <summary>
    /// From the query that was answered to its answer; shorter than <see cref="Elapsed"/> if an earlier one was lost.
    /// Null without an answer.
    /// </summary>
    public TimeSpan? ResponseTime { get; init; }

    /// <summary>How many sendings before the one that was answered had no answer until then: they, or their answers, were lost.</summary>
    public int UnansweredSends { get; init; }

    /// <summary>Response code by name, such as <c>NXDOMAIN</c>; null without an answer.</summary>
    public string? ResponseCode { get; init; }

    /// <summary>Whether the answer is authoritative (AA).</summary>
    public bool IsAuthoritative { get; init; }

    /// <summary>Whether the server offers recursion (RA).</summary>
    public bool RecursionAvailable { get; init; }

    /// <summary>Whether the UDP answer was truncated (TC), so that TCP was used.</summary>
    public bool WasTruncated { get; init; }

    /// <summary>Addresses in the answer, in its order.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Names of the CNAME chain after the question, in order.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Smallest TTL of the answer, in seconds; null without records.</summary>
    public long? TimeToLive { get; init; }

    /// <summary>How many records the additional section has, the addresses of servers named before among them; null if not known.</summary>
    public int? AdditionalRecords { get; init; }

    /// <summary>Whether the server only names others to ask, and asks nobody itself: no answer, and no resolver.</summary>
    [JsonIgnore]
    public bool IsReferral => this is
    {
        ResponseCode: "NOERROR", IsAuthoritative: false, RecursionAvailable: false, WasTruncated: false,
        Addresses.Count: 0, Aliases.Count: 0, Records: null or { Count: 0 }, NegativeZone: null,
    };

    /// <summary>Whether glibc goes on to the next server after it: a referral by UDP without a single additional record.</summary>
    /// <remarks>With one, it takes the referral for "no such record", and asks nobody else. Source: glibc, resolv/res_send.c, send_dg.</remarks>
    [JsonIgnore]
    public bool IsPassedOver => IsReferral && Transport is DnsTransport.Udp && AdditionalRecords is null or 0;

    /// <summary>Data of the records of the type asked for, as zone files write it; null if there are none, and for addresses, see <see cref="Addresses"/>.</summary>
    public IReadOnlyList<string>? Records { get; init; }

    /// <summary>Zone of the SOA in a negative answer; null if there is none.</summary>
    public string? NegativeZone { get; init; }

    /// <summary>
    /// How long a negative answer may be kept, in seconds: the smaller of the TTL of its SOA, which counts down in a cache, and
    /// the SOA's last number. Null without a SOA. Source: RFC 2308, section 5.
    /// </summary>
    public long? NegativeTimeToLive { get; init; }

    /// <summary>The last number of that SOA: how long the zone lets negative answers be kept, in seconds; null without one.</summary>
    public long? NegativeMinimum { get; init; }

    /// <summary>Serial of the SOA in the answer or in the authority section; null without one.</summary>
    public uint? Serial { get; init; }

    /// <summary>Whether the server says that it has validated the answer (AD); null if not known.</summary>
    public bool? IsAuthenticData { get; init; }

    /// <summary>The largest datagram that the query let the server send (EDNS), in octets; null for a query without EDNS.</summary>
    public int? PayloadSize { get; init; }

    /// <summary>How long the answer is, in octets; null without one.</summary>
    public int? Size { get; init; }

    /// <summary>What a second, different answer with the right id said: addresses or a response code; null if none came.</summary>
    public IReadOnlyList<string>? Contradictions { get; init; }

    /// <summary>Extended DNS errors as <c>code name: text</c>.</summary>
    public IReadOnlyList<string> ExtendedErrors { get; init; } = [];

    /// <summary>errno's name when the socket failed, such as <c>ECONNREFUSED</c>.</summary>
    public string? Errno { get; init; }

    /// <summary>The ICMP error that answered; null if none.</summary>
    public IcmpError? Icmp { get; init; }

    /// <summary>Answers that were thrown away because id, question or source did not fit.</summary>
    public int StrayAnswers { get; init; }

    /// <summary>Other addresses from which such answers came; empty if all came from the server.</summary>
    public IReadOnlyList<IPAddress> StraySources { get; init; } = [];

    /// <summary>What was wrong with them: <c>wrong-id</c>, <c>wrong-question</c>, <c>wrong-source</c>, <c>no-response</c>; null if there were none.</summary>
    public IReadOnlyList<string>? StrayFaults { get; init; }
}

/// <summary>Ways that a DNS message travels.</summary>
public enum DnsTransport
{
    /// <summary>UDP.</summary>
    Udp,

    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>TLS. Source: RFC 7858.</summary>
    Tls,

    /// <summary>HTTP/2 over TLS. Source: RFC 8484.</summary>
    Https,
}

/// <summary>What came of a DNS question.</summary>
public enum DnsOutcome
{
    /// <summary>A well-formed answer with any response code.</summary>
    Answered,

    /// <summary>Nothing came.</summary>
    TimedOut,

    /// <summary>The socket or an ICMP error refused.</summary>
    Failed,

    /// <summary>Octets came that are no DNS answer.</summary>
    Malformed,
}

/// <summary>What an application's resolver makes of the name: the C library's algorithm over the measured answers.</summary>
/// <param name="Name">Name as the target has it.</param>
/// <param name="Source">Which source decided.</param>
/// <param name="Addresses">Addresses in the order in which an application tries them (RFC 6724).</param>
/// <param name="ApplicationTime">How long the application waits for them.</param>
/// <param name="Queries">How many queries the resolver sends for it.</param>
public sealed record NameResolution(
    string Name,
    NameSource Source,
    IReadOnlyList<IPAddress> Addresses,
    TimeSpan ApplicationTime,
    int Queries) : Observation
{
    /// <summary>Name that was found in the end, which the search list may have lengthened.</summary>
    public string? CanonicalName { get; init; }

    /// <summary>Absolute names tried, in order.</summary>
    public IReadOnlyList<string> Tried { get; init; } = [];

    /// <summary>Server whose answer was used; null if none.</summary>
    public IPAddress? AnsweredBy { get; init; }

    /// <summary>getaddrinfo's error, such as <c>EAI_NONAME</c> or <c>EAI_AGAIN</c>; null on success.</summary>
    public string? Error { get; init; }

    /// <summary>The records found where addresses were not asked for, as zone files write their data; null if there are none.</summary>
    public IReadOnlyList<string>? Records { get; init; }

    /// <summary>
    /// Whether this is not the last word: a server that comes first is still silent, and the addresses are another's, so
    /// that other probes can go on. A final observation follows.
    /// </summary>
    public bool IsProvisional { get; init; }

    /// <summary>Addresses of the name written as is, if the search list gave others; else empty.</summary>
    public IReadOnlyList<IPAddress> AbsoluteAddresses { get; init; } = [];
}

/// <summary>Which source gave a name's addresses.</summary>
public enum NameSource
{
    /// <summary>None did.</summary>
    None,

    /// <summary>The target is an address.</summary>
    Literal,

    /// <summary>The hosts file.</summary>
    HostsFile,

    /// <summary>DNS.</summary>
    Dns,

    /// <summary>The user (<c>--resolve</c>).</summary>
    User,
}

/// <summary>What the zone's own servers say, for comparison with the resolvers.</summary>
/// <param name="Zone">The zone.</param>
/// <param name="Server">Authoritative server asked.</param>
/// <param name="Name">Name asked for.</param>
/// <param name="Addresses">Addresses it gave, A and AAAA.</param>
/// <param name="ResponseCode">Its response code by name.</param>
public sealed record AuthorityAnswer(
    string Zone,
    IPAddress Server,
    string Name,
    IReadOnlyList<IPAddress> Addresses,
    string ResponseCode) : Observation;

/// <summary>What following the signatures of a name's records came to.</summary>
/// <remarks>Source: RFC 4035, section 4.3 and 5.</remarks>
/// <param name="Name">The name.</param>
/// <param name="Type">The record type.</param>
/// <param name="Status"><c>secure</c>, <c>insecure</c>, <c>indeterminate</c> or <c>bogus</c>.</param>
/// <param name="Anchor">The zone whose key was trusted without proof, with its final dot.</param>
/// <param name="IsAnchorAssumed">
/// Whether that key is no anchor of this program: the zone's own keys were taken for right, to find the link that breaks below.
/// </param>
public sealed record NameValidation(
    string Name, string Type, string Status, string Anchor, bool IsAnchorAssumed) : Observation
{
    /// <summary>Why it is not secure, as <c>signature-expired</c>; null if it is.</summary>
    public string? Reason { get; init; }

    /// <summary>The same in one plain sentence; null if it is secure.</summary>
    public string? Problem { get; init; }

    /// <summary>Owner of the records at which it ends; null if it is secure.</summary>
    public string? Owner { get; init; }

    /// <summary>Their type; null if it is secure.</summary>
    public string? OwnerType { get; init; }

    /// <summary>The zone that is responsible for them; null if unknown.</summary>
    public string? Zone { get; init; }

    /// <summary>When the signature ends, or begins, if that is the reason; null if not.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Whether the root's own keys seem out of time: they are signed anew weeks before, so that the clock here is wrong.</summary>
    [JsonIgnore]
    public bool IsClockInDoubt => !IsAnchorAssumed && Owner is "." && OwnerType is "DNSKEY" && Reason is "signature-expired" or "signature-not-yet-valid";

    /// <summary>Each link that was looked at, from the anchor on, in one line.</summary>
    public IReadOnlyList<string> Chain { get; init; } = [];
}

/// <summary>The delegations from the root, or from the zone of a name, down to a name were followed.</summary>
/// <param name="Name">The name, with its final dot.</param>
/// <param name="Zones">The zones on the way, from above, each with its final dot.</param>
/// <param name="IsComplete">Whether the last one is the zone that the name is in, as its servers say.</param>
/// <param name="Queries">How many queries that took.</param>
public sealed record DelegationWalk(string Name, IReadOnlyList<string> Zones, bool IsComplete, int Queries) : Observation
{
    /// <summary>Why it ended before, in words; null if it did not.</summary>
    public string? EndReason { get; init; }

    /// <summary>The record type that each server was asked for, such as <c>A</c>; null in old evidence.</summary>
    public string? Type { get; init; }
}

/// <summary>What one address of a server says of a zone that it is a server of.</summary>
/// <param name="Zone">The zone, with its final dot.</param>
/// <param name="Name">Name of the server; <c>.</c> where only the address is known.</param>
/// <param name="Address">Its address.</param>
/// <param name="State"><c>authoritative</c>, or what it is instead, such as <c>refused</c>, <c>silent</c>, <c>upward-referral</c>.</param>
/// <param name="Description">The same in words.</param>
public sealed record ZoneServer(string Zone, string Name, IPAddress Address, string State, string Description) : Observation
{
    /// <summary>Whether it is a server of the zone that the name is in, and not of one above.</summary>
    public bool IsOfName { get; init; }

    /// <summary>How long it took to answer; null if it did not.</summary>
    public TimeSpan? ResponseTime { get; init; }

    /// <summary>Serial number of the zone there; null unless authoritative.</summary>
    public uint? Serial { get; init; }

    /// <summary>What it answers for the name: data of records, or a response code; empty if it refers on or does not answer.</summary>
    public IReadOnlyList<string> Answer { get; init; } = [];

    /// <summary>How long that may be kept, in seconds; null without records.</summary>
    public long? TimeToLive { get; init; }

    /// <summary>Whether it answers by TCP; null if not tried.</summary>
    public bool? HasTcp { get; init; }

    /// <summary>What came of the question for the name, as <see cref="State"/>: <c>authoritative</c> also for what does not exist; null for a referral.</summary>
    public string? AnswerState { get; init; }

    /// <summary>Whether its answer to that does not fit into a datagram (TC), and did not come by TCP either.</summary>
    public bool IsAnswerCut { get; init; }
}

/// <summary>A difference between what servers say of a zone, or between the zone and the one above it.</summary>
/// <param name="Fault">What it is, such as <c>lame-server</c>, <c>glue-missing</c>, <c>serials-differ</c>.</param>
/// <param name="Zone">The zone, with its final dot.</param>
/// <param name="Summary">The same in one line of plain words.</param>
public sealed record DelegationFlaw(string Fault, string Zone, string Summary) : Observation
{
    /// <summary><see cref="Detail"/> where nothing is known, as the walk had no time left.</summary>
    public const string TimeOver = "the time was over";

    /// <summary>Whether it is about the zone that the name is in, and not one above.</summary>
    public bool IsOfName { get; init; }

    /// <summary>Name of the server that it is about; null if about several.</summary>
    public string? Server { get; init; }

    /// <summary>The address of that server that it is about; null if about all.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>What was seen, in words; empty if there is nothing to add.</summary>
    public string Detail { get; init; } = "";
}
