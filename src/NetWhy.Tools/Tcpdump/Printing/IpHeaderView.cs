namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>What printers of protocols inside IP need of the packet around them.</summary>
internal readonly ref struct IpHeaderView
{
    /// <summary>Views a header; the octets must hold the fixed part of it.</summary>
    /// <param name="octets">The packet from its IP header on, without padding.</param>
    internal IpHeaderView(ReadOnlySpan<byte> octets)
    {
        Octets = octets;
        FinalDestination = Destination;
    }

    /// <summary>The packet from its IP header on.</summary>
    internal ReadOnlySpan<byte> Octets { get; }

    /// <summary>4 or 6.</summary>
    internal int Version => Octets[0] >> 4;

    /// <summary>The sender's address.</summary>
    internal ReadOnlySpan<byte> Source => Version == 4 ? Octets.Slice(12, 4) : Octets.Slice(8, 16);

    /// <summary>The receiver's address.</summary>
    internal ReadOnlySpan<byte> Destination => Version == 4 ? Octets.Slice(16, 4) : Octets.Slice(24, 16);

    /// <summary>Where the packet goes after the last stop of a source route: what checksums count.</summary>
    internal ReadOnlySpan<byte> FinalDestination { get; init; }

    /// <summary>What follows the fixed header.</summary>
    internal byte NextHeader => Version == 4 ? Octets[9] : Octets[6];

    /// <summary>Whether the header says how long the packet is; a jumbogram's does not.</summary>
    internal bool HasPayloadLength => Version == 4 || Octets[4] != 0 || Octets[5] != 0;

    /// <summary>Time to live, or hop limit.</summary>
    internal byte TimeToLive => Version == 4 ? Octets[8] : Octets[7];
}
