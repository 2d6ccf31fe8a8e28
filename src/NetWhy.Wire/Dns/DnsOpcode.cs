namespace NetWhy.Wire.Dns;

/// <summary>The kind of a query. Source: IANA, "DNS OpCodes".</summary>
public enum DnsOpcode : byte
{
    /// <summary>An ordinary query. Source: RFC 1035.</summary>
    Query = 0,

    /// <summary>A query from the data to the name; obsolete. Source: RFC 3425.</summary>
    InverseQuery = 1,

    /// <summary>A query for the server's status. Source: RFC 1035.</summary>
    Status = 2,

    /// <summary>A zone has changed. Source: RFC 1996.</summary>
    Notify = 4,

    /// <summary>A change to a zone. Source: RFC 2136.</summary>
    Update = 5,

    /// <summary>Messages of a session. Source: RFC 8490.</summary>
    StatefulOperations = 6,
}
