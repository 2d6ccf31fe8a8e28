namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>How a packet's time is printed.</summary>
internal enum TimeStyle
{
    /// <summary>Hours, minutes, seconds of local time.</summary>
    TimeOfDay,

    /// <summary>Not at all (<c>-t</c>).</summary>
    None,

    /// <summary>Seconds since 1970 (<c>-tt</c>).</summary>
    Seconds,

    /// <summary>Since the packet before (<c>-ttt</c>).</summary>
    SincePrevious,

    /// <summary>Local date and time (<c>-tttt</c>).</summary>
    DateAndTime,

    /// <summary>Since the first packet (<c>-ttttt</c>).</summary>
    SinceFirst,
}

/// <summary>How the octets of a packet are printed under its line.</summary>
internal enum DumpStyle
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>In hexadecimal digits (<c>-x</c>).</summary>
    Hexadecimal,

    /// <summary>In hexadecimal digits and ASCII (<c>-X</c>).</summary>
    HexadecimalAndAscii,

    /// <summary>In ASCII (<c>-A</c>).</summary>
    Ascii,
}

/// <summary>How packets are printed. Source: tcpdump(1).</summary>
internal sealed record PrintOptions
{
    /// <summary>How much is said: the number of <c>-v</c>.</summary>
    internal int Verbosity { get; init; }

    /// <summary>Whether addresses stay numbers (<c>-n</c>).</summary>
    internal bool IsNumeric { get; init; }

    /// <summary>Whether names are printed without their domain (<c>-N</c>).</summary>
    internal bool IsShortName { get; init; }

    /// <summary>Whether the link's header is printed (<c>-e</c>).</summary>
    internal bool ShowsLink { get; init; }

    /// <summary>How little is said: the number of <c>-q</c>.</summary>
    internal int Quietness { get; init; }

    /// <summary>Whether TCP's sequence numbers are absolute (<c>-S</c>).</summary>
    internal bool IsAbsolute { get; init; }

    /// <summary>Whether checksums are left unverified (<c>-K</c>).</summary>
    internal bool SkipsChecksums { get; init; }

    /// <summary>Whether packets are numbered (<c>-#</c>).</summary>
    internal bool ShowsNumber { get; init; }

    /// <summary>Whether lengths of capture and packet are printed (<c>--lengths</c>).</summary>
    internal bool ShowsLengths { get; init; }

    /// <summary>Whether numbers of autonomous systems are printed as <c>1.10</c> (<c>-b</c>).</summary>
    internal bool IsAsDot { get; init; }

    /// <summary>Whether handles of NFS are not decoded (<c>-u</c>).</summary>
    internal bool ShowsRawHandles { get; init; }

    /// <summary>Whether 802.11s draft mesh headers are looked for (<c>-H</c>).</summary>
    internal bool IsMesh { get; init; }

    /// <summary>What packets are taken for (<c>-T</c>); null: what their ports say.</summary>
    internal string? PacketType { get; init; }

    /// <summary>How the time is printed.</summary>
    internal TimeStyle Time { get; init; }

    /// <summary>Whether times have nine digits behind the point.</summary>
    internal bool IsNanosecond { get; init; }

    /// <summary>How octets are printed.</summary>
    internal DumpStyle Dump { get; init; }

    /// <summary>Whether that begins with the link's header.</summary>
    internal bool DumpsLink { get; init; }
}
