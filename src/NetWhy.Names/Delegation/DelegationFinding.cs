using System.Globalization;
using System.Net;

namespace NetWhy.Names;

/// <summary>Something wrong or remarkable about a zone or one of its servers.</summary>
/// <param name="Fault">What it is.</param>
/// <param name="Zone">The zone.</param>
public sealed record DelegationFinding(DelegationFault Fault, DomainName Zone)
{
    /// <summary>The server that it is about; null if it is about several, or the zone.</summary>
    public DomainName? Server { get; init; }

    /// <summary>The address of that server that it is about; null if it is about all of its addresses.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>What was seen, in words: who says what. Control characters are escaped.</summary>
    public string Detail { get; init; } = "";

    /// <summary>How bad it is.</summary>
    public DelegationSeverity Severity => Fault switch
    {
        DelegationFault.NoAuthority or DelegationFault.LameServer or DelegationFault.ServerWithoutAddress or DelegationFault.ServerIsAlias
            or DelegationFault.GlueMissing or DelegationFault.GlueDiffers or DelegationFault.EdnsBroken
            or DelegationFault.SilentServer or DelegationFault.TcpBroken or DelegationFault.AnswerMissing => DelegationSeverity.Error,
        DelegationFault.AddressesDiffer or DelegationFault.ServerOnlyInDelegation or DelegationFault.ServerOnlyInZone
            or DelegationFault.NameServersDiffer or DelegationFault.DelegationsDiffer or DelegationFault.SerialsDiffer
            or DelegationFault.PrimariesDiffer or DelegationFault.ServerAddressUnknown or DelegationFault.AnswersDiffer => DelegationSeverity.Warning,
        _ => DelegationSeverity.Note,
    };

    /// <summary>The finding in one line of plain words.</summary>
    public override string ToString()
    {
        string server = Address is null ? $"{Server}" : string.Create(CultureInfo.InvariantCulture, $"{Server} ({Address})");
        string text = Fault switch
        {
            DelegationFault.NoAuthority => $"no server answers for {Zone}",
            DelegationFault.LameServer => $"{server} is a server of {Zone} and {Detail}",
            DelegationFault.SilentServer => $"{server} is a server of {Zone} and {Detail}",
            DelegationFault.ServersNotAsked => $"servers of {Zone} could not be asked from here",
            DelegationFault.ServerWithoutAddress => $"{server}, a server of {Zone}, has no address",
            DelegationFault.ServerAddressUnknown => $"the addresses of {server}, a server of {Zone}, could not be looked up",
            DelegationFault.ServerIsAlias => $"{server}, a server of {Zone}, is an alias (CNAME), which the name of a server must not be",
            DelegationFault.GlueMissing => $"the delegation of {Zone} names {server}, which is below it, without an address",
            DelegationFault.GlueDiffers => $"the delegation of {Zone} has {Address} for {Server}, and the authority does not",
            DelegationFault.AddressesDiffer => $"the authority has {Address} for {Server}, and the delegation of {Zone} does not",
            DelegationFault.ServerOnlyInDelegation => $"the zone above names {server} as a server of {Zone}, and the zone itself does not",
            DelegationFault.ServerOnlyInZone => $"{Zone} names {server} as its server, and the zone above does not",
            DelegationFault.NameServersDiffer => $"the servers of {Zone} name different servers of the zone",
            DelegationFault.DelegationsDiffer => $"the servers of the zone above delegate {Zone} differently",
            DelegationFault.SerialsDiffer => $"the servers of {Zone} have different serial numbers",
            DelegationFault.PrimariesDiffer => $"the servers of {Zone} name different primary servers",
            DelegationFault.AnswersDiffer => $"the servers of {Zone} answer differently",
            DelegationFault.EdnsBroken => $"{server}, a server of {Zone}, answers only without EDNS",
            DelegationFault.EdnsIgnored => $"{server}, a server of {Zone}, knows no EDNS",
            DelegationFault.TcpBroken => $"{server}, a server of {Zone}, does not answer by TCP",
            DelegationFault.AnswerMissing => $"{server} answers for {Zone}, and to the question it {Detail}",
            DelegationFault.ReferralTooLong => $"without EDNS, a referral to {Zone} may not fit into a datagram",
            DelegationFault.SingleServer => $"{Zone} has only one server",
            _ => $"{Zone} {server}",
        };
        bool isInText = Fault is DelegationFault.LameServer or DelegationFault.SilentServer or DelegationFault.AnswerMissing;
        return Detail.Length == 0 || isInText ? text : $"{text}: {Detail}";
    }
}

/// <summary>What can be wrong with a delegation, or remarkable.</summary>
public enum DelegationFault
{
    /// <summary>No server that is named answers with authority.</summary>
    NoAuthority,

    /// <summary>A server that is named answers, and not for the zone. Source: RFC 9499, section 7.</summary>
    LameServer,

    /// <summary>A server that is named does not answer, or cannot be reached.</summary>
    SilentServer,

    /// <summary>The kernel would not send to some servers, as of IPv6 without a route: that says nothing of them.</summary>
    ServersNotAsked,

    /// <summary>The authority says that a server has no address.</summary>
    ServerWithoutAddress,

    /// <summary>The addresses of a server could not be looked up.</summary>
    ServerAddressUnknown,

    /// <summary>The name of a server is an alias. Source: RFC 2181, section 10.3.</summary>
    ServerIsAlias,

    /// <summary>The delegation has no address of a server below the zone, which nobody could find then. Source: RFC 9471.</summary>
    GlueMissing,

    /// <summary>The delegation has an address that the authority does not have.</summary>
    GlueDiffers,

    /// <summary>The authority has an address that the delegation lacks.</summary>
    AddressesDiffer,

    /// <summary>The zone above names a server that the zone does not. Source: RFC 1034, section 4.2.2.</summary>
    ServerOnlyInDelegation,

    /// <summary>The zone names a server that the zone above does not.</summary>
    ServerOnlyInZone,

    /// <summary>Authoritative servers have different NS records.</summary>
    NameServersDiffer,

    /// <summary>The servers of the zone above do not refer to the same servers.</summary>
    DelegationsDiffer,

    /// <summary>Authoritative servers have different versions of the zone.</summary>
    SerialsDiffer,

    /// <summary>The SOA records of authoritative servers name different primary servers.</summary>
    PrimariesDiffer,

    /// <summary>Authoritative servers answer the question of the survey differently.</summary>
    AnswersDiffer,

    /// <summary>A server that is authoritative does not answer the question of the survey, or not with authority.</summary>
    AnswerMissing,

    /// <summary>A server answers queries with EDNS not at all, or with an error. Source: RFC 6891, section 7.</summary>
    EdnsBroken,

    /// <summary>A server answers as if a query had no EDNS.</summary>
    EdnsIgnored,

    /// <summary>A server does not answer by TCP. Source: RFC 7766, section 5.</summary>
    TcpBroken,

    /// <summary>A referral to the zone may be longer than 512 octets, which is all that fits without EDNS. Source: RFC 9471, section 2.</summary>
    ReferralTooLong,

    /// <summary>The zone has only one server. Source: RFC 2182, section 5.</summary>
    SingleServer,
}

/// <summary>How bad a finding is.</summary>
public enum DelegationSeverity
{
    /// <summary>It makes lookups fail or slow, now or by chance.</summary>
    Error,

    /// <summary>It is not as it should be, and lookups may still do.</summary>
    Warning,

    /// <summary>It is worth knowing.</summary>
    Note,
}
