namespace NetWhy.Wire.Dns;

/// <summary>The class of a record. Source: RFC 1035, section 3.2.4; RFC 2136.</summary>
public enum DnsClass : ushort
{
    /// <summary>No class; not used on the wire.</summary>
    None = 0,

    /// <summary>The Internet.</summary>
    Internet = 1,

    /// <summary>Chaos, in which servers tell about themselves (<c>version.bind</c>).</summary>
    Chaos = 3,

    /// <summary>Hesiod.</summary>
    Hesiod = 4,

    /// <summary>No class, in a dynamic update. Source: RFC 2136.</summary>
    NoClass = 254,

    /// <summary>Any class (a question only).</summary>
    Any = 255,
}
