using System.Buffers.Binary;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Tests.Analysis;

/// <summary>A transfer over a path that loses, reorders and is captured in its middle, which knows of each packet what happened to it. By seed.</summary>
/// <remarks>The sender follows RFC 6298, 5681, 6582, 6675 and section 7 of RFC 8985, written down here for a second time and without an eye on the analysis.</remarks>
internal sealed class LossyTransfer
{
    private const int Size = 1000;
    private const uint Start = 0xffff_0000; // wraps
    private const int Window = 24;
    private const int Message = 30; // segments
    private const long Timeout = 200_000_000;

    private readonly Random _random;
    private readonly PriorityQueue<Action, (long Time, int Order)> _events = new();
    private readonly TcpAnalyzer _analyzer = new();
    private readonly Action<TcpVerdict, TcpLossSide, TcpAnalysis> _told;
    private readonly long _left; // nanoseconds from the sender to the capture point
    private readonly long _right;
    private readonly bool _hasSack;
    private readonly bool _hasStamps;
    private readonly bool _hasIdentification;
    private readonly double _lossLeft;
    private readonly double _lossRight;
    private readonly int _count;

    private readonly bool[] _sacked;
    private readonly bool[] _retried;
    private readonly bool[] _received;
    private readonly bool[] _seen;
    private readonly bool[] _sackSeen;
    private long _now = 1_700_000_000_000_000_000;
    private int _order;
    private int _una;
    private int _next;
    private int _duplicates;
    private int _recoveryEnd = -1;
    private TcpVerdict _recovery;
    private bool _hasProbed;
    private int _timer;
    private int _backoff;
    private int _expected; // by the receiver
    private int _seenAck;
    private int _seenEdge;
    private ushort _identification = 65_400;
    private uint _frame;
    private bool _losesRight;
    private long _heardBySender; // when what it echoes was sent
    private long _heardByReceiver;

    /// <summary>Makes a transfer.</summary>
    /// <param name="seed">Which one.</param>
    /// <param name="told">Takes for each data packet that was captured: the truth, the side of its loss, and what the analysis says.</param>
    internal LossyTransfer(int seed, Action<TcpVerdict, TcpLossSide, TcpAnalysis> told)
    {
        _random = new Random(seed);
        _told = told;
        _left = _random.NextInt64(100_000, 40_000_000);
        _right = _random.NextInt64(100_000, 40_000_000);
        _hasSack = _random.Next(3) > 0;
        _hasStamps = _random.Next(3) > 0;
        _hasIdentification = _random.Next(3) > 0;
        _lossLeft = _random.NextDouble() * 0.04;
        _lossRight = _random.NextDouble() * 0.04;
        _count = _random.Next(100, 500);
        _sacked = new bool[_count];
        _retried = new bool[_count];
        _received = new bool[_count];
        _seen = new bool[_count];
        _sackSeen = new bool[_count];
    }

    private long RoundTrip => 2 * (_left + _right);

    /// <summary>Runs it to its end.</summary>
    internal void Run()
    {
        Greet();
        Send();
        while (_events.TryDequeue(out Action? action, out (long Time, int Order) at))
        {
            _now = at.Time;
            action();
        }
    }

    private void At(long delay, Action action) => _events.Enqueue(action, (_now + delay, _order++));

    private void Greet()
    {
        Pass(isData: true, Start - 1, 0, TcpFlags.Syn, 0, isSyn: true, _now);
        Pass(isData: false, 999, Start, TcpFlags.Syn | TcpFlags.Ack, 0, isSyn: true, _now + (2 * _right));
        _now += RoundTrip;
        Pass(isData: true, Start, 1000, TcpFlags.Ack, 0, isSyn: false, _now);
        _now += _left;
    }

    private void Send()
    {
        int before = _next;
        // Now and then the application waits for the answer, so that there are many tails.
        while (_next < _count && _next < _una + Window && (_next % Message != 0 || _una == _next))
            Transmit(_next++, TcpVerdict.None);
        if (before != _next)
            SetTimer();
    }

    private void Transmit(int index, TcpVerdict why)
    {
        long sentAt = _now;
        ushort identification = _hasIdentification ? ++_identification : (ushort)0;
        if (_random.NextDouble() < _lossLeft)
            return;
        // Overtaken by those behind it, but by less than a sender needs to hear of it.
        long late = why == TcpVerdict.None && _random.Next(60) == 0 ? _random.NextInt64(RoundTrip / 4) : 0;
        long echo = _heardBySender;
        At(_left + late, () => Capture(index, why, sentAt, echo, identification));
    }

    private void Capture(int index, TcpVerdict why, long sentAt, long echo, ushort identification)
    {
        if (why == TcpVerdict.None && _seen[index])
            return; // overtaken by its own retransmission: what that is called is a matter of taste
        TcpVerdict truth = why;
        TcpLossSide side = TcpLossSide.None;
        if (why == TcpVerdict.None)
        {
            truth = index < _seenEdge && !_seen[index] ? TcpVerdict.Reordering : TcpVerdict.None;
        }
        else if (index >= _seenEdge)
        {
            truth = TcpVerdict.None; // nothing of it, nor behind it, passed before: here it is new
        }
        else if (index < _seenAck || _sackSeen[index])
        {
            truth = TcpVerdict.RetransmissionSpurious;
        }
        else
        {
            side = _seen[index] ? TcpLossSide.Downstream : TcpLossSide.Upstream;
        }

        _seen[index] = true;
        _seenEdge = Math.Max(_seenEdge, index + 1);
        uint sequence = Start + ((uint)index * Size);
        _told(truth, side, Pass(isData: true, sequence, 1000, TcpFlags.Ack, Size, isSyn: false, _now, sentAt, echo, identification));
        if (_hasIdentification && _random.Next(50) == 0)
            _told(TcpVerdict.DuplicateCapture, TcpLossSide.None, Pass(isData: true, sequence, 1000, TcpFlags.Ack, Size, isSyn: false, _now + 3000, sentAt, echo, identification));
        _losesRight = _random.NextDouble() < (_losesRight ? 0.5 : _lossRight); // in bursts
        if (!_losesRight)
            At(_right, () => Receive(index, sentAt));
    }

    private void Receive(int index, long sentAt)
    {
        _heardByReceiver = sentAt;
        _received[index] = true;
        while (_expected < _count && _received[_expected])
            _expected++;
        int ack = _expected;
        (int Left, int Right) block = (index, index);
        if (_hasSack && index > ack)
        {
            while (block.Left > ack && _received[block.Left - 1])
                block.Left--;
            while (block.Right < _count && _received[block.Right])
                block.Right++;
        }

        long answeredAt = _now;
        long echo = _heardByReceiver;
        At(_right, () => CaptureAck(ack, block, answeredAt, echo));
    }

    private void CaptureAck(int ack, (int Left, int Right) block, long sentAt, long echo)
    {
        _seenAck = Math.Max(_seenAck, ack);
        for (int index = block.Left; index < block.Right; index++)
            _sackSeen[index] = true;
        Pass(isData: false, 1000, Start + ((uint)ack * Size), TcpFlags.Ack, 0, isSyn: false, _now, sentAt, echo, block: block);
        At(_left, () => Acknowledge(ack, block, sentAt));
    }

    private void Acknowledge(int ack, (int Left, int Right) block, long sentAt)
    {
        _heardBySender = sentAt;
        for (int index = block.Left; index < block.Right; index++)
            _sacked[index] = true;
        if (ack > _una)
        {
            _una = ack;
            _duplicates = 0;
            _backoff = 0;
            _hasProbed = false;
            if (_una >= _recoveryEnd)
                _recovery = TcpVerdict.None;
            SetTimer();
            if (_recovery is TcpVerdict.RetransmissionFast or TcpVerdict.RetransmissionTimeout && _una < _next && !_sacked[_una])
                Again(_una, _recovery);
        }
        else if (ack == _una && _una < _next)
        {
            _duplicates++;
        }

        if (_hasSack)
            Repair();
        else if (_duplicates == 3 && _recovery == TcpVerdict.None)
            Recover(_una, TcpVerdict.RetransmissionFast);
        Send();
    }

    private void Repair()
    {
        int above = 0;
        for (int index = _next - 1; index >= _una; index--)
        {
            if (_sacked[index])
                above++;
            else if (above >= 3 && !_retried[index] && _recovery != TcpVerdict.RetransmissionTimeout)
                Recover(index, TcpVerdict.RetransmissionSack);
        }
    }

    private void Recover(int index, TcpVerdict why)
    {
        if (_recovery != why)
        {
            _recovery = why;
            _recoveryEnd = _next;
        }

        Again(index, why);
    }

    private void Again(int index, TcpVerdict why)
    {
        _retried[index] = true;
        Transmit(index, why);
    }

    private void SetTimer()
    {
        int timer = ++_timer;
        if (_una == _next)
            return;
        bool mayProbe = _hasSack && !_hasProbed && _recovery == TcpVerdict.None && _next - _una > 1 && (2 * RoundTrip) + 4_000_000 < RoundTrip + Timeout;
        if (mayProbe)
            At((2 * RoundTrip) + 4_000_000, () => Probe(timer));
        At((RoundTrip + Timeout) << Math.Min(_backoff, 6), () => Expire(timer));
    }

    private void Probe(int timer)
    {
        bool hasNews = false;
        for (int index = _una; index < _next; index++)
            hasNews |= _sacked[index];
        if (timer != _timer || hasNews || _duplicates > 0 || _recovery != TcpVerdict.None)
            return;
        _hasProbed = true;
        SetTimer();
        Transmit(_next - 1, TcpVerdict.TailLossProbe);
    }

    private void Expire(int timer)
    {
        if (timer != _timer || _una == _next)
            return;
        _backoff++;
        Array.Clear(_retried);
        Recover(_una, TcpVerdict.RetransmissionTimeout);
        SetTimer();
    }

    private TcpAnalysis Pass(bool isData, uint sequence, uint ack, TcpFlags flags, int length, bool isSyn, long time, long sentAt = 0, long echo = 0, ushort identification = 0, (int Left, int Right) block = default)
    {
        Span<byte> octets = stackalloc byte[TcpHeader.Size + 40];
        octets.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(octets[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(octets[8..], ack);
        octets[13] = (byte)flags;
        octets[14] = 0x20;
        Span<byte> options = octets[TcpHeader.Size..];
        int size = 0;
        if (_hasStamps)
        {
            options[0] = 1;
            options[1] = 1;
            options[2] = 8;
            options[3] = 10;
            BinaryPrimitives.WriteUInt32BigEndian(options[4..], (uint)((sentAt == 0 ? time : sentAt) / 1_000_000));
            BinaryPrimitives.WriteUInt32BigEndian(options[8..], (uint)(echo / 1_000_000));
            size = 12;
        }

        if (isSyn && _hasSack)
        {
            new byte[] { 1, 1, 4, 2 }.CopyTo(options[size..]);
            size += 4;
        }

        if (block.Right > block.Left)
        {
            new byte[] { 1, 1, 5, 10 }.CopyTo(options[size..]);
            BinaryPrimitives.WriteUInt32BigEndian(options[(size + 4)..], Start + ((uint)block.Left * Size));
            BinaryPrimitives.WriteUInt32BigEndian(options[(size + 8)..], Start + ((uint)block.Right * Size));
            size += 12;
        }

        octets[12] = (byte)((TcpHeader.Size + size) / 4 << 4);
        _ = TcpSegment.Read(octets[..(TcpHeader.Size + size)], out TcpSegment segment);
        var sender = new TcpEndpoint(1, 1111, IsIpv6: false);
        var receiver = new TcpEndpoint(2, 80, IsIpv6: false);
        _analyzer.Analyze(
            new TcpSegmentFacts
            {
                Frame = ++_frame,
                Nanoseconds = time,
                Source = isData ? sender : receiver,
                Destination = isData ? receiver : sender,
                Segment = segment,
                Length = length,
                Identification = identification,
            },
            out TcpAnalysis analysis);
        return analysis;
    }
}
