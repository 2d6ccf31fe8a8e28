namespace NetWhy.Analysis.Flows;

/// <summary>Where a TCP segment lies in a piece of a capture.</summary>
internal struct SegmentPlace
{
    internal const int InPiece = -1;
    internal const int NoError = -1;

    /// <summary>When it passed, in nanoseconds since 1970.</summary>
    internal long Nanoseconds;

    /// <summary>Its packet, from 1.</summary>
    internal uint Frame;

    /// <summary>Where its IP header begins: it was captured whole.</summary>
    internal int Network;

    /// <summary>Where the segment begins.</summary>
    internal int At;

    /// <summary>How much of it was captured.</summary>
    internal int Captured;

    /// <summary>How long it was, by the IP header.</summary>
    internal int Length;

    /// <summary>How long its packet was.</summary>
    internal uint WireLength;

    /// <summary>The datagram in which it lies, of those put together; <see cref="InPiece"/> if it lies in the piece itself.</summary>
    internal int Datagram;

    /// <summary>The ICMP error that quotes it; <see cref="NoError"/> if it passed itself.</summary>
    internal int Error;

    /// <summary>Whether it is a first fragment whose datagram is not at hand.</summary>
    internal bool IsFragment;
}

/// <summary>An ICMP error.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Code">Its code.</param>
/// <param name="Sender">Who sent it.</param>
/// <param name="Mtu">The MTU that it names; null if none.</param>
internal readonly record struct ErrorMessage(byte Type, byte Code, Tcp.TcpEndpoint Sender, int? Mtu)
{
    /// <summary>It as evidence.</summary>
    internal Evidence.IcmpError ToError() => new(Type, Code, EndText.AddressOf(Sender), IsOwnAddress: false) { Mtu = Mtu };
}

/// <summary>The TCP segments of a piece of a capture.</summary>
internal sealed class SegmentBatch
{
    /// <summary>The segments, in order.</summary>
    internal SegmentPlace[] Places { get; private set; } = new SegmentPlace[64];

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>Datagrams that were put together from fragments.</summary>
    internal List<ReadOnlyMemory<byte>> Datagrams { get; } = [];

    /// <summary>ICMP errors that quote segments.</summary>
    internal List<ErrorMessage> Errors { get; } = [];

    /// <summary>Makes room for the next segment.</summary>
    internal ref SegmentPlace Add()
    {
        if (Count == Places.Length)
        {
            SegmentPlace[] larger = new SegmentPlace[Count * 2];
            Places.CopyTo(larger, 0);
            Places = larger;
        }

        return ref Places[Count++];
    }

    /// <summary>Begins anew.</summary>
    internal void Clear()
    {
        Count = 0;
        if (Datagrams.Count > 0)
            Datagrams.Clear();
        if (Errors.Count > 0)
            Errors.Clear();
    }
}
