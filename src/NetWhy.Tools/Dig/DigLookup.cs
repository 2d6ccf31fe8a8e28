using System.Net;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>One name to look up, and how: what dig keeps for each name of its command line.</summary>
internal sealed class DigLookup
{
    /// <summary>The name as typed.</summary>
    internal string Name { get; set; } = "";

    /// <summary>The head of the output, until it has been printed.</summary>
    internal string Banner { get; set; } = "";

    /// <summary>Servers of this lookup alone; empty for those of the machine.</summary>
    internal List<DigServer> Servers { get; set; } = [];

    internal DnsRecordType Type { get; set; } = DnsRecordType.A;

    internal bool HasType { get; set; }

    internal DnsClass Class { get; set; } = DnsClass.Internet;

    internal bool HasClass { get; set; }

    /// <summary>The serial that an incremental transfer starts from.</summary>
    internal uint TransferSerial { get; set; }

    // Sections and lines that are printed.
    internal bool ShowsComments { get; set; } = true;

    internal bool ShowsStatistics { get; set; } = true;

    internal bool ShowsQuestion { get; set; } = true;

    internal bool ShowsAnswer { get; set; } = true;

    internal bool ShowsAuthority { get; set; } = true;

    internal bool ShowsAdditional { get; set; } = true;

    internal bool ShowsQuery { get; set; }

    internal bool ShowsBadCookie { get; set; }

    internal bool Identifies { get; set; }

    internal bool UsesMicroseconds { get; set; }

    // How records are printed.
    internal bool OmitsTimeToLive { get; set; }

    internal bool HasTimeUnits { get; set; }

    internal bool OmitsClass { get; set; }

    internal bool OmitsCrypto { get; set; }

    internal bool IsMultiline { get; set; }

    internal bool IsUnknownFormat { get; set; }

    internal bool ExpandsAddresses { get; set; }

    internal bool HasOneStart { get; set; }

    /// <summary>Whether comments stand behind records; null for the layout's own choice.</summary>
    internal bool? HasRecordComments { get; set; }

    internal bool ReadsInternational { get; set; }

    internal bool PrintsInternational { get; set; }

    // The query.
    internal int Opcode { get; set; }

    internal DnsFlags Flags { get; set; } = DnsFlags.RecursionDesired;

    internal bool HasReservedBit { get; set; }

    internal bool IsHeaderOnly { get; set; }

    internal ushort? Id { get; set; }

    /// <summary>The version of EDNS; null for none.</summary>
    internal byte? EdnsVersion { get; set; }

    internal ushort? PayloadSize { get; set; }

    internal ushort EdnsFlags { get; set; }

    internal bool IsDnssecOk { get; set; }

    internal bool IsCompactOk { get; set; }

    internal bool WantsServerId { get; set; }

    internal bool WantsExpiry { get; set; }

    internal bool WantsKeepalive { get; set; }

    internal int Padding { get; set; }

    internal DigSubnet? Subnet { get; set; }

    internal bool SendsCookie { get; set; }

    /// <summary>The cookie in hexadecimal; null for one of our own.</summary>
    internal string? Cookie { get; set; }

    internal List<(ushort Code, byte[] Value)> Options { get; set; } = [];

    internal bool NegotiatesEdns { get; set; } = true;

    // The exchange.
    internal int Tries { get; set; } = 3;

    internal bool UsesTcp { get; set; }

    /// <summary>Whether the user chose UDP or TCP, so that a type does not.</summary>
    internal bool HasTcpChoice { get; set; }

    internal bool UsesTls { get; set; }

    internal bool UsesHttps { get; set; }

    internal bool IsHttpPlain { get; set; }

    internal bool IsHttpGet { get; set; }

    internal string HttpPath { get; set; } = "/dns-query";

    internal bool VerifiesTls { get; set; }

    internal string? TlsAuthorities { get; set; }

    internal string? TlsName { get; set; }

    internal string? TlsCertificate { get; set; }

    internal string? TlsKey { get; set; }

    internal bool IgnoresTruncation { get; set; }

    internal bool StopsAtFailure { get; set; } = true;

    internal bool IsBestEffort { get; set; } = true;

    internal bool RetriesBadCookie { get; set; } = true;

    internal bool HasSeenBadCookie { get; set; }

    // Kinds of lookup.
    internal bool IsTrace { get; set; }

    internal bool IsAuthoritySearch { get; set; }

    /// <summary>Whether it is the first question of a trace or of a search for authorities.</summary>
    internal bool IsFirstOfTrace { get; set; }

    /// <summary>The type that a trace is for, while it asks for servers.</summary>
    internal DnsRecordType TracedType { get; set; } = DnsRecordType.A;

    /// <summary>The zone whose servers are asked in a trace, in wire form.</summary>
    internal byte[] Zone { get; set; } = [0];

    internal bool IsPrefixSearch { get; set; }

    // The search list.
    internal bool IsNewSearch { get; set; }

    internal bool NeedsSearch { get; set; }

    internal bool IsDoneAsIs { get; set; }

    /// <summary>The place in the search list; -1 for none.</summary>
    internal int Origin { get; set; } = -1;

    internal bool IsTransfer { get; set; }

    /// <summary>How messages travel, as the statistics name it.</summary>
    internal string TransportName => IsTls ? "TLS"
        : UsesHttps ? (IsHttpPlain ? "HTTP" : "HTTPS") + (IsHttpGet ? "-GET" : "")
        : UsesTcp ? "TCP" : "UDP";

    /// <summary>Whether messages travel by TLS without HTTP, if they travel in a stream.</summary>
    internal bool IsTls => UsesTls || (VerifiesTls && !UsesHttps);

    internal bool Wants(DnsFlags flag) => (Flags & flag) != 0;

    internal void Set(DnsFlags flag, bool isSet) => Flags = isSet ? Flags | flag : Flags & ~flag;

    /// <summary>The same again, to be changed by itself.</summary>
    /// <param name="withServers">Whether it has the same servers, too.</param>
    internal DigLookup Clone(bool withServers = true)
    {
        var clone = (DigLookup)MemberwiseClone();
        clone.Options = [.. Options];
        clone.Servers = withServers ? [.. Servers] : [];
        clone.IsNewSearch = false;
        return clone;
    }
}

/// <summary>A server, and the word that the user named it by.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Word">What stood on the command line, or the address.</param>
internal sealed record DigServer(IPAddress Address, string Word)
{
    /// <summary>The address as BIND prints it.</summary>
    internal string Text { get; } = Address.ToString();
}

/// <summary>A network for the option CLIENT-SUBNET.</summary>
/// <param name="Family">1 for IPv4, 2 for IPv6. Source: IANA, "Address Family Numbers".</param>
/// <param name="Octets">The address.</param>
/// <param name="Length">How many bits of it count.</param>
internal sealed record DigSubnet(ushort Family, byte[] Octets, byte Length);
