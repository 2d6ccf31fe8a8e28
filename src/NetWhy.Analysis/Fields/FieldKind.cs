namespace NetWhy.Analysis.Fields;

/// <summary>What kind of value a field has; Wireshark's types in brackets. Source: Wireshark, doc/README.dissector.</summary>
public enum FieldKind : byte
{
    /// <summary>Present or not, without a value (FT_NONE).</summary>
    None,

    /// <summary>A protocol: its value are its octets (FT_PROTOCOL).</summary>
    Protocol,

    /// <summary>True or false (FT_BOOLEAN).</summary>
    Boolean,

    /// <summary>An unsigned integer (FT_UINT8 … FT_UINT64).</summary>
    Unsigned,

    /// <summary>A signed integer (FT_INT8 … FT_INT64).</summary>
    Signed,

    /// <summary>A number with a fraction (FT_DOUBLE).</summary>
    Double,

    /// <summary>The number of a packet (FT_FRAMENUM).</summary>
    FrameNumber,

    /// <summary>A point in time, in nanoseconds since 1970, UTC (FT_ABSOLUTE_TIME).</summary>
    Time,

    /// <summary>A length of time, in nanoseconds (FT_RELATIVE_TIME).</summary>
    Duration,

    /// <summary>Text, as UTF-8 (FT_STRING).</summary>
    Text,

    /// <summary>Octets (FT_BYTES).</summary>
    Octets,

    /// <summary>Six octets (FT_ETHER).</summary>
    EthernetAddress,

    /// <summary>Four octets (FT_IPv4).</summary>
    Ipv4Address,

    /// <summary>Sixteen octets (FT_IPv6).</summary>
    Ipv6Address,
}

/// <summary>How a number is written; Wireshark's names in brackets.</summary>
public enum NumberStyle : byte
{
    /// <summary>Decimal (BASE_DEC).</summary>
    Decimal,

    /// <summary>Hexadecimal, with as many digits as its size needs (BASE_HEX).</summary>
    Hexadecimal,
}
