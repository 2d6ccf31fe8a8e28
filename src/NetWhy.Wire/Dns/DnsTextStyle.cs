namespace NetWhy.Wire.Dns;

/// <summary>How records are written as text; the default is what <c>dig</c> does.</summary>
public sealed record DnsTextStyle
{
    /// <summary>What dig prints.</summary>
    public static DnsTextStyle Default { get; } = new();

    /// <summary>Whether long data takes several lines, in parentheses (<c>+multiline</c>).</summary>
    public bool Multiline { get; init; }

    /// <summary>How many characters of octets stand together; 0: all of them (<c>+nosplit</c>), null: 56, or 44 in several lines (<c>+split=W</c>).</summary>
    public int? SplitWidth { get; init; }

    /// <summary>Whether keys, digests and signatures are left out (<c>+nocrypto</c>).</summary>
    public bool OmitCrypto { get; init; }

    /// <summary>Whether data is explained behind semicolons (<c>+rrcomments</c>); null: in several lines only.</summary>
    public bool? Comments { get; init; }

    /// <summary>Whether types, classes and data are written as those of unknown types (<c>+unknownformat</c>). Source: RFC 3597.</summary>
    public bool UnknownFormat { get; init; }

    /// <summary>Whether times to live have units (<c>+ttlunits</c>).</summary>
    public bool TimeUnits { get; init; }

    /// <summary>Whether the time to live is left out (<c>+nottlid</c>).</summary>
    public bool OmitTimeToLive { get; init; }

    /// <summary>Whether the class is left out (<c>+noclass</c>).</summary>
    public bool OmitClass { get; init; }

    /// <summary>Whether AAAA records have all their zeros (<c>+expandaaaa</c>).</summary>
    public bool ExpandAddresses { get; init; }

    /// <summary>Whether names show letters beyond ASCII (<c>+idnout</c>).</summary>
    public bool International { get; init; }

    /// <summary>Seconds since 1970 around which 32-bit times are meant; null: those from 1970 on. Source: RFC 4034, section 3.1.5 (serial arithmetic).</summary>
    public long? Now { get; init; }

    internal bool ShowComments => Comments ?? Multiline;

    internal int Split => SplitWidth ?? (Multiline ? 44 : 56);

    internal const int TimeToLiveColumn = 24;

    internal int ClassColumn => Multiline || OmitTimeToLive ? 24 : 32;

    internal int TypeColumn => Multiline || (OmitTimeToLive && OmitClass) ? 24 : OmitTimeToLive || OmitClass ? 32 : 40;

    internal int DataColumn => Multiline || (OmitTimeToLive && OmitClass) ? 32 : OmitTimeToLive || OmitClass ? 40 : 48;
}
