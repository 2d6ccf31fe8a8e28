using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Capture.Files;
using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump;

/// <summary>What is wrong with a connection when such a packet passes.</summary>
internal enum Trouble
{
    /// <summary>Nothing, as far as one packet tells.</summary>
    None,

    /// <summary>A TCP reset.</summary>
    Reset,

    /// <summary>A TCP segment that was sent before.</summary>
    Retransmission,

    /// <summary>A TCP receiver that takes no more for now.</summary>
    ZeroWindow,

    /// <summary>A router or host that says that a packet did not get through: ICMP unreachable, or packet too big.</summary>
    Unreachable,
}

/// <summary>Sees trouble as packets pass, one after the other.</summary>
/// <remarks>
/// A segment that repeats octets was sent before. One that fills a gap was, too, unless it comes so soon after the gap that
/// it was only overtaken. Probes of keepalives repeat an octet and are none.
/// </remarks>
internal sealed class TroubleWatch
{
    private const int MostFlows = 1 << 16; // then all are forgotten
    private const long Overtaken = 3_000_000; // ns; what comes later was sent again: nobody does that sooner. Source: Wireshark, tcp.analysis.out_of_order
    private const long SeenTwice = 1_000_000; // ns between the interfaces of one machine that a packet passes

    private readonly Dictionary<PacketEnds, Flow> _flows = [];

    /// <summary>Looks at a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="ends">Its ends, if it is one of TCP, UDP or ICMP.</param>
    /// <param name="flags">Flags of TCP.</param>
    internal Trouble Of(in PacketRecord packet, out PacketEnds ends, out TcpFlags flags)
    {
        flags = TcpFlags.None;
        if (!PacketEnds.TryRead(packet.Interface.LinkType, packet.Octets, out ends, out ReadOnlySpan<byte> transport, out int length))
            return Trouble.None;
        switch (ends.Protocol)
        {
            case PacketEnds.Icmp:
                return transport[0] is 3 ? Trouble.Unreachable : Trouble.None; // RFC 792
            case PacketEnds.Icmp6:
                return transport[0] is 1 or 2 ? Trouble.Unreachable : Trouble.None; // RFC 4443
            case PacketEnds.Tcp when TcpSegment.Read(transport, out TcpSegment segment) is OperationStatus.Done:
                flags = segment.Flags;
                bool isRepeated = IsRepeated(ends, segment, Math.Max(0, length - segment.HeaderLength), packet);
                const TcpFlags NoWindow = TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst;
                return flags.HasFlag(TcpFlags.Rst) ? Trouble.Reset
                    : isRepeated ? Trouble.Retransmission
                    : segment.Window == 0 && (flags & NoWindow) == 0 ? Trouble.ZeroWindow
                    : Trouble.None;
            default:
                return Trouble.None;
        }
    }

    private bool IsRepeated(in PacketEnds ends, in TcpSegment segment, int length, in PacketRecord packet)
    {
        uint begin = segment.SequenceNumber, end = begin + (uint)length;
        bool isStart = segment.Flags.HasFlag(TcpFlags.Syn);
        end += isStart ? 1u : 0;
        end += segment.Flags.HasFlag(TcpFlags.Fin) ? 1u : 0;
        if (begin == end || segment.Flags.HasFlag(TcpFlags.Rst))
            return false;
        if (_flows.Count >= MostFlows)
            _flows.Clear();
        ref Flow flow = ref CollectionsMarshal.GetValueRefOrAddDefault(_flows, ends, out bool isKnown);
        if (!isKnown || (isStart && end != flow.Next))
        {
            flow = new Flow { Next = end, Advanced = packet.Nanoseconds };
            return false;
        }

        if ((int)(end - flow.Next) > 0)
        {
            flow.Advance(begin, end, packet.Nanoseconds);
            return false;
        }

        bool isProbe = length <= 1 && begin == flow.Next - 1 && !isStart && !segment.Flags.HasFlag(TcpFlags.Fin);
        bool isCooked = packet.Interface.LinkType is 113 or 276; // of several interfaces
        return !isProbe && !(isCooked && packet.Nanoseconds - flow.Advanced < SeenTwice) && !flow.Fills(begin, end, packet.Nanoseconds);
    }

    private struct Flow
    {
        internal uint Next; // behind the highest octet seen
        internal long Advanced; // when it was seen
        private uint _gap;
        private uint _gapEnd; // several gaps count as one
        private long _gapSeen;

        internal void Advance(uint begin, uint end, long nanoseconds)
        {
            if ((int)(begin - Next) > 0)
            {
                if (_gap == _gapEnd)
                    _gap = Next;
                _gapEnd = begin;
                _gapSeen = nanoseconds;
            }

            (Next, Advanced) = (end, nanoseconds);
        }

        // Whether it was only overtaken.
        internal bool Fills(uint begin, uint end, long nanoseconds)
        {
            bool isInGap = (int)(begin - _gap) >= 0 && (int)(end - _gapEnd) <= 0 && _gap != _gapEnd;
            if (isInGap && begin == _gap)
                _gap = end;
            return isInGap && nanoseconds - _gapSeen < Overtaken;
        }
    }
}
