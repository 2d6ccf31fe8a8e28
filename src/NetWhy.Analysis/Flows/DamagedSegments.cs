using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;
using NetWhy.Wire;
using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Flows;

/// <summary>Segments of a direction that came damaged: their checksum is wrong, and they are sent again with a right one.</summary>
/// <remarks>
/// Checksums are wrong, too, where a card fills them in behind the capture, where the same packet is captured before that and behind it,
/// and where segments were put together. So it counts against damage what is acknowledged without being sent again, what comes with a right
/// one at once, and many of them. They are looked for once segments are lost behind the capture, and in so many only, since it takes time.
/// </remarks>
internal sealed class DamagedSegments
{
    private const int MostLookedAt = 2048;
    private const int MostWaiting = 64;
    private const int MostPackets = 8;
    private const int Share = 4; // of those sent again, that may be acknowledged besides; and of all, that may be wrong
    private const long AtOnce = 1_000_000; // nanoseconds in which nothing is sent again because it is missed

    private List<(uint Sequence, int Length, uint Frame, long Nanoseconds)>? _waiting; // made at the first one: many conversations have none
    private List<long>? _packets;
    private int _lookedAt;
    private int _sentAgain;
    private int _accepted; // wrong ones that were acknowledged as they were
    private int _wrong;
    private int _repeats;
    private bool _hasCopies;

    /// <summary>Looks at a segment with data.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="verdict">What the analysis calls it.</param>
    /// <param name="acknowledged">Sequence number behind all that the receiver has.</param>
    /// <returns>Whether to look at the next one.</returns>
    internal bool Look(in TcpSegmentFacts segment, TcpVerdict verdict, uint acknowledged)
    {
        for (int place = (_waiting?.Count ?? 0) - 1; place >= 0; place--)
        {
            if (IsAfter(_waiting![place].Sequence + (uint)_waiting[place].Length, acknowledged))
                continue;
            _waiting.RemoveAt(place);
            _accepted++;
        }

        if (verdict is TcpVerdict.RetransmissionTimeout or TcpVerdict.RetransmissionFast or TcpVerdict.RetransmissionSack or TcpVerdict.TailLossProbe or TcpVerdict.RetransmissionUnknown)
            _repeats++;
        if (segment.Segment.HasRightChecksum(PseudoHeaderOf(segment), segment.Length) is { } isRight)
            Look(segment, isRight);
        return ++_lookedAt < MostLookedAt && !_hasCopies;
    }

    /// <summary>What was found; null for nothing, or if it may be none.</summary>
    internal CapturedDamage? ToEvidence() =>
        _sentAgain == 0 || _hasCopies || _accepted * Share > _sentAgain || _wrong * Share > _lookedAt ? null : new CapturedDamage(_sentAgain, _repeats, _lookedAt) { Packets = [.. _packets ?? []] };

    private void Look(in TcpSegmentFacts segment, bool isRight)
    {
        int place = PlaceOf(segment.Segment.SequenceNumber, segment.Length);
        if (!isRight)
        {
            if (place >= 0)
                return;
            _waiting ??= [];
            if (_waiting.Count == MostWaiting)
                _waiting.RemoveAt(0);
            _wrong++;
            _waiting.Add((segment.Segment.SequenceNumber, segment.Length, segment.Frame, segment.Nanoseconds));
        }
        else if (place >= 0)
        {
            _hasCopies |= segment.Nanoseconds - _waiting![place].Nanoseconds < AtOnce;
            _sentAgain++;
            _packets ??= [];
            if (_packets.Count < MostPackets)
                _packets.Add(_waiting[place].Frame);
            _waiting.RemoveAt(place);
        }
    }

    private int PlaceOf(uint sequence, int length)
    {
        for (int place = 0; place < _waiting?.Count; place++)
        {
            if (_waiting[place].Sequence == sequence && _waiting[place].Length == length)
                return place;
        }

        return -1;
    }

    private static uint PseudoHeaderOf(in TcpSegmentFacts segment)
    {
        Span<byte> addresses = stackalloc byte[32];
        segment.Source.Address.Write(addresses);
        segment.Destination.Address.Write(addresses[16..]);
        return InternetChecksum.Sum(addresses) + (uint)IPProtocol.Tcp + (uint)(segment.Segment.HeaderLength + segment.Length);
    }
}
