using System.Runtime.InteropServices;

namespace NetWhy.Wire.Dns;

/// <summary>The header of every DNS message.</summary>
/// <remarks>
/// <code>
///   0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// |                      ID                       |
/// |QR|   Opcode  |AA|TC|RD|RA|Z |AD|CD|   RCODE   |
/// |                    QDCOUNT                    |
/// |                    ANCOUNT                    |
/// |                    NSCOUNT                    |
/// |                    ARCOUNT                    |
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// Source: RFC 1035, section 4.1.1; RFC 2535, section 6.1 (AD, CD).
/// </remarks>
/// <param name="Id">Number that the answer repeats.</param>
/// <param name="Bits">Flags, opcode and response code as they lie on the wire.</param>
/// <param name="Questions">Entries in the question section.</param>
/// <param name="Answers">Records in the answer section.</param>
/// <param name="Authorities">Records in the authority section.</param>
/// <param name="Additionals">Records in the additional section, the OPT record among them.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct DnsHeader(
    UInt16BigEndian Id,
    UInt16BigEndian Bits,
    UInt16BigEndian Questions,
    UInt16BigEndian Answers,
    UInt16BigEndian Authorities,
    UInt16BigEndian Additionals)
{
    /// <summary>Length of the header, in octets.</summary>
    public const int Size = 12;

    private const int OpcodeShift = 11;
    private const int OpcodeMask = 0xf;
    private const int ResponseCodeMask = 0xf;

    /// <summary>The one-bit fields.</summary>
    public DnsFlags Flags => (DnsFlags)(ushort)Bits & DnsFlags.All;

    /// <summary>The kind of query; 0 is an ordinary one.</summary>
    public int Opcode => (Bits >> OpcodeShift) & OpcodeMask;

    /// <summary>The low four bits of the response code; EDNS adds eight more (<see cref="DnsEdns"/>).</summary>
    public DnsResponseCode ResponseCode => (DnsResponseCode)(Bits & ResponseCodeMask);

    /// <summary>Whether the bit is set that must be 0 (Z).</summary>
    public bool IsReservedBitSet => ((DnsFlags)(ushort)Bits & DnsFlags.Reserved) != 0;

    /// <summary>Whether this is a response.</summary>
    public bool IsResponse => (Flags & DnsFlags.Response) != 0;

    /// <summary>Makes the second word of the header.</summary>
    /// <param name="flags">The one-bit fields.</param>
    /// <param name="responseCode">The response code; only its low four bits fit here.</param>
    public static ushort PackBits(DnsFlags flags, DnsResponseCode responseCode) =>
        PackBits(flags, responseCode, DnsOpcode.Query);

    /// <summary>Makes the second word of the header.</summary>
    /// <param name="flags">The one-bit fields.</param>
    /// <param name="responseCode">The response code; only its low four bits fit here.</param>
    /// <param name="opcode">The kind of query; only its low four bits fit here.</param>
    public static ushort PackBits(DnsFlags flags, DnsResponseCode responseCode, DnsOpcode opcode) =>
        (ushort)((ushort)flags | (((ushort)opcode & OpcodeMask) << OpcodeShift) | ((ushort)responseCode & ResponseCodeMask));
}

/// <summary>The one-bit fields of the DNS header. Source: RFC 1035, section 4.1.1; RFC 4035, section 3.</summary>
[Flags]
public enum DnsFlags : ushort
{
    /// <summary>No bit is set.</summary>
    None = 0,

    /// <summary>QR: this is a response.</summary>
    Response = 0x8000,

    /// <summary>AA: the responder is an authority for the name.</summary>
    AuthoritativeAnswer = 0x0400,

    /// <summary>TC: the answer did not fit and was cut.</summary>
    Truncated = 0x0200,

    /// <summary>RD: the asker wants recursion.</summary>
    RecursionDesired = 0x0100,

    /// <summary>RA: the responder offers recursion.</summary>
    RecursionAvailable = 0x0080,

    /// <summary>Z: has no meaning and must be 0; not in <see cref="All"/>.</summary>
    Reserved = 0x0040,

    /// <summary>AD: the responder validated the answer with DNSSEC.</summary>
    AuthenticData = 0x0020,

    /// <summary>CD: the asker does not want validation.</summary>
    CheckingDisabled = 0x0010,

    /// <summary>Every bit that has a meaning.</summary>
    All = Response | AuthoritativeAnswer | Truncated | RecursionDesired | RecursionAvailable | AuthenticData
        | CheckingDisabled,
}

/// <summary>What a server says about a query. Source: IANA, "DNS RCODEs"; RFC 1035, RFC 2136, RFC 6891.</summary>
public enum DnsResponseCode : ushort
{
    /// <summary>NOERROR: the name exists, or is an alias; records may still be missing.</summary>
    NoError = 0,

    /// <summary>FORMERR: the server could not read the query.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: the server could not get an answer.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: the name does not exist.</summary>
    NameNotFound = 3,

    /// <summary>NOTIMP: the server does not know this kind of query.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: the server will not answer this asker.</summary>
    Refused = 5,

    /// <summary>YXDOMAIN: a name exists that should not.</summary>
    NameExists = 6,

    /// <summary>YXRRSET: a record set exists that should not.</summary>
    RecordSetExists = 7,

    /// <summary>NXRRSET: a record set is missing that should exist.</summary>
    RecordSetNotFound = 8,

    /// <summary>NOTAUTH: the server is no authority for the zone, or the asker is not authorised.</summary>
    NotAuthoritative = 9,

    /// <summary>NOTZONE: a name is not within the zone.</summary>
    NotInZone = 10,

    /// <summary>BADVERS: the server does not know this version of EDNS; in TSIG BADSIG: the code is wrong.</summary>
    BadVersion = 16,

    /// <summary>BADKEY: TSIG: the key is not known. Source: RFC 8945.</summary>
    BadKey = 17,

    /// <summary>BADTIME: TSIG: the signature is out of its time. Source: RFC 8945.</summary>
    BadTime = 18,

    /// <summary>BADMODE: TKEY: the mode is not known. Source: RFC 2930.</summary>
    BadMode = 19,

    /// <summary>BADNAME: TKEY: the key's name is there already. Source: RFC 2930.</summary>
    BadName = 20,

    /// <summary>BADALG: TKEY: the algorithm is not known. Source: RFC 2930.</summary>
    BadAlgorithm = 21,

    /// <summary>BADTRUNC: TSIG: too little of the code was sent. Source: RFC 8945.</summary>
    BadTruncation = 22,

    /// <summary>BADCOOKIE: the server cookie is missing or wrong.</summary>
    BadCookie = 23,
}
