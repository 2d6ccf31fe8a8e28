using System.Net;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What one address of one server says of a zone.</summary>
/// <param name="Name">The name of the server.</param>
/// <param name="Address">The address.</param>
/// <param name="State">What it is to the zone.</param>
public sealed record ServerSurvey(DomainName Name, IPAddress Address, ServerState State)
{
    /// <summary>Whether the zone above names it.</summary>
    public bool IsInDelegation { get; init; }

    /// <summary>Whether the zone itself names it.</summary>
    public bool IsInZone { get; init; }

    /// <summary>How long it took to answer for the SOA record; null if it did not.</summary>
    public TimeSpan? ResponseTime { get; init; }

    /// <summary>The response code to the question for the SOA record; null if there was no answer.</summary>
    public DnsResponseCode? ResponseCode { get; init; }

    /// <summary>What else there is to say of its state, such as the errno or the extended error; empty if nothing. Control characters are escaped.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The serial number of the zone; null unless <see cref="ServerState.Authoritative"/>.</summary>
    public uint? Serial { get; init; }

    /// <summary>The primary server (MNAME) that the SOA record names; null unless <see cref="ServerState.Authoritative"/>.</summary>
    public DomainName? Primary { get; init; }

    /// <summary>The servers of the zone as it has them, in canonical order; null if it did not tell.</summary>
    public IReadOnlyList<DomainName>? NameServers { get; init; }

    /// <summary>What it makes of queries with EDNS.</summary>
    public EdnsSupport Edns { get; init; }

    /// <summary>Whether it answers by TCP; null if that was not tried, or could not be told.</summary>
    public bool? HasTcp { get; init; }

    /// <summary>Why it does not answer by TCP, in words; empty if it does.</summary>
    public string TcpDetail { get; init; } = "";

    /// <summary>What it answered to the question of the survey; null if nothing.</summary>
    public ResponseSets? Answer { get; init; }

    /// <summary>What came of that question: <see cref="ServerState.Authoritative"/> also for records that do not exist; null for a referral.</summary>
    public ServerState? AnswerState { get; init; }

    /// <summary>Whether its answer to that question does not fit into a datagram (TC), and did not come by TCP either.</summary>
    public bool IsAnswerCut { get; init; }

    /// <summary>Where it sends on to with the question of the survey; null if nowhere closer.</summary>
    public Referral? Referral { get; init; }

    /// <summary>The state in plain words, such as <c>refuses (REFUSED)</c>.</summary>
    public string Describe()
    {
        string text = Describe(State, ResponseCode);
        return Detail.Length == 0 ? text : $"{text}: {Detail}";
    }

    /// <summary>A state in plain words.</summary>
    /// <param name="state">The state.</param>
    /// <param name="code">The response code that it comes from.</param>
    internal static string Describe(ServerState state, DnsResponseCode? code) => state switch
    {
        ServerState.Authoritative => "answers for the zone",
        ServerState.NotAuthoritative => "answers without authority (AA is not set)",
        ServerState.UpwardReferral => "knows nothing of the zone and refers upwards",
        ServerState.SelfReferral => "refers to the zone itself in place of answering",
        ServerState.WithoutStart => "has no SOA record of the zone",
        ServerState.Refused => "refuses to answer (REFUSED)",
        ServerState.ServerFailure => "fails (SERVFAIL)",
        ServerState.OtherError => $"answers with {code?.Mnemonic}",
        ServerState.Malformed => "answers with a message that cannot be read",
        ServerState.Silent => "does not answer",
        ServerState.Unreachable => "cannot be reached",
        _ => "could not be asked from here",
    };
}

/// <summary>What a server is to a zone. Source: RFC 9499, section 7 ("lame delegation").</summary>
public enum ServerState
{
    /// <summary>Its SOA record of the zone comes with authority.</summary>
    Authoritative,

    /// <summary>It answers, and not with authority: out of a cache, or as a resolver.</summary>
    NotAuthoritative,

    /// <summary>It refers to the root or another zone above.</summary>
    UpwardReferral,

    /// <summary>It refers to the zone itself.</summary>
    SelfReferral,

    /// <summary>It answers without error, and without the SOA record that each zone has.</summary>
    WithoutStart,

    /// <summary>REFUSED: it does not serve the zone, or not us.</summary>
    Refused,

    /// <summary>SERVFAIL: it should serve the zone and cannot.</summary>
    ServerFailure,

    /// <summary>Another response code.</summary>
    OtherError,

    /// <summary>The answer is broken.</summary>
    Malformed,

    /// <summary>Nothing came.</summary>
    Silent,

    /// <summary>An ICMP error came.</summary>
    Unreachable,

    /// <summary>The kernel would not send, as of IPv6 without a route, a router at this end refuses, or the time was over: that says nothing of the server.</summary>
    NotAsked,
}

/// <summary>What a server makes of queries with EDNS. Source: RFC 6891, section 7.</summary>
public enum EdnsSupport
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>It answers with EDNS.</summary>
    Works,

    /// <summary>It answers as if there were none.</summary>
    Ignored,

    /// <summary>It answers with an error, which it does not without EDNS.</summary>
    Refused,

    /// <summary>It, or something on the way, drops what has EDNS, and answers without it.</summary>
    Dropped,
}
