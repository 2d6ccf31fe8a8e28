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

    /// <summary>Where its IP header begins, in the piece as a rule: it was captured whole.</summary>
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

    /// <summary>The hash of its ends.</summary>
    internal uint Hash;

    /// <summary>Where its packet was seen.</summary>
    internal Tcp.CapturePlace Seen;

    /// <summary>Whether the lower one of them sent it.</summary>
    internal bool IsLowToHigh;

    /// <summary>Whether it is a first fragment whose datagram is not at hand.</summary>
    internal bool IsFragment;

    /// <summary>Whether its IP header lies in its <see cref="Datagram"/>, which is a tunnel's.</summary>
    internal bool IsNetworkInDatagram;
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

/// <summary>The TCP segments of a piece of a capture, by the groups that their conversations are in.</summary>
/// <param name="groups">How many groups there are.</param>
internal sealed class SegmentBatch(int groups)
{
    private readonly Group[] _groups = new Group[groups];

    private struct Group
    {
        internal SegmentPlace[]? Places;
        internal int Count;
    }

    /// <summary>Datagrams that were put together from fragments.</summary>
    internal List<ReadOnlyMemory<byte>> Datagrams { get; } = [];

    /// <summary>ICMP errors that quote segments.</summary>
    internal List<ErrorMessage> Errors { get; } = [];

    /// <summary>The segments of a group, in order.</summary>
    /// <param name="group">The group.</param>
    internal ReadOnlySpan<SegmentPlace> Of(int group) => _groups[group].Places.AsSpan(0, _groups[group].Count);

    /// <summary>Makes room for the next segment.</summary>
    /// <param name="hash">The hash of its ends.</param>
    internal ref SegmentPlace Add(uint hash)
    {
        // By the upper bits: the lower ones find the conversation within its group.
        ref Group group = ref _groups[(int)(((ulong)hash * (uint)_groups.Length) >> 32)];
        if (group.Places is null || group.Count == group.Places.Length)
            Array.Resize(ref group.Places, Math.Max(64, group.Count * 2));
        ref SegmentPlace place = ref group.Places[group.Count++];
        place.Hash = hash;
        return ref place;
    }

    /// <summary>Begins anew.</summary>
    internal void Clear()
    {
        for (int group = 0; group < _groups.Length; group++)
            _groups[group].Count = 0;
        if (Datagrams.Count > 0)
            Datagrams.Clear();
        if (Errors.Count > 0)
            Errors.Clear();
    }
}
