using NetWhy.Analysis.Tcp;
using NetWhy.Evidence;
using NetWhy.Wire;

namespace NetWhy.Analysis.Flows;

/// <summary>Segments of a direction that came damaged: their checksum is wrong, and they are sent again with a right one.</summary>
/// <remarks>
/// Only both together tell: where a card fills in checksums behind the capture, or has put segments together before it, they are wrong
/// as well. They are looked for once segments are lost behind the capture, and in so many only, since it takes time.
/// </remarks>
internal sealed class DamagedSegments
{
    private const int MostLookedAt = 2048;
    private const int MostWaiting = 16;
    private const int MostPackets = 8;

    private readonly List<(uint Sequence, int Length, uint Frame)> _waiting = [];
    private readonly List<long> _packets = [];
    private int _lookedAt;
    private int _sentAgain;
    private int _repeats;

    /// <summary>Looks at a segment with data.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="verdict">What the analysis calls it.</param>
    /// <returns>Whether to look at the next one.</returns>
    internal bool Look(in TcpSegmentFacts segment, TcpVerdict verdict)
    {
        bool isRepeat = verdict is TcpVerdict.RetransmissionTimeout or TcpVerdict.RetransmissionFast or TcpVerdict.RetransmissionSack or TcpVerdict.TailLossProbe or TcpVerdict.RetransmissionUnknown;
        if (isRepeat)
            _repeats++;
        if (segment.Segment.HasRightChecksum(PseudoHeaderOf(segment), segment.Length) is { } isRight)
        {
            uint sequence = segment.Segment.SequenceNumber;
            int length = segment.Length, place = _waiting.FindIndex(one => one.Sequence == sequence && one.Length == length);
            if (isRight && isRepeat && place >= 0)
            {
                _sentAgain++;
                if (_packets.Count < MostPackets)
                    _packets.Add(_waiting[place].Frame);
                _waiting.RemoveAt(place);
            }
            else if (!isRight && place < 0)
            {
                if (_waiting.Count == MostWaiting)
                    _waiting.RemoveAt(0);
                _waiting.Add((sequence, length, segment.Frame));
            }
        }

        return ++_lookedAt < MostLookedAt;
    }

    /// <summary>What was found; null for nothing.</summary>
    internal CapturedDamage? ToEvidence() => _sentAgain == 0 ? null : new CapturedDamage(_sentAgain, _repeats, _lookedAt) { Packets = [.. _packets] };

    private static uint PseudoHeaderOf(in TcpSegmentFacts segment)
    {
        Span<byte> addresses = stackalloc byte[32];
        segment.Source.Address.Write(addresses);
        segment.Destination.Address.Write(addresses[16..]);
        return InternetChecksum.Sum(addresses) + (uint)IPProtocol.Tcp + (uint)(segment.Segment.HeaderLength + segment.Length);
    }
}
