using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>Sends through one connection as fast as it goes, and watches what its TCP knows meanwhile.</summary>
/// <param name="socket">The connection.</param>
/// <param name="hello">The bounds.</param>
/// <param name="clock">That of the connections that are measured together: octets have moved when an acknowledgement comes.</param>
internal sealed class TransferSender(LinuxSocket socket, TransferHello hello, TransferClock clock)
{
    private const int Chunk = 256 * 1024;
    private const int LeastUnsent = 64 * 1024;
    private const double MostUnsent = 0.2; // seconds at the rate of the path: so long the account of what was sent waits behind it
    private const int NotSentLowWater = 25; // TCP_NOTSENT_LOWAT: what waits in a full buffer would take its time after the end
    private const int LevelTcp = 6; // IPPROTO_TCP

    private static readonly byte[] Content = Noise(); // what cannot be compressed on the way
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Overtime = TimeSpan.FromSeconds(3); // for the first octet and the word of the receiver to arrive

    private readonly byte[] _word = new byte[1];
    private readonly List<TimeSpan> _roundTrips = [];
    private readonly List<TimeSpan> _roundTripsAtLoss = [];
    private readonly List<long> _windows = [];
    private TimeSpan _nextSample;
    private (uint Retransmits, TimeSpan RoundTrip) _before;
    private long _start;
    private ulong _acknowledged;
    private ulong _acknowledgedAtStart;
    private int _unsent = LeastUnsent;
    private TimeSpan _waited;
    private long _fullSamples;
    private long _drainedSamples;
    private (TimeSpan At, TimeSpan Waited, TcpInfo Info)? _begin;
    private (TimeSpan At, TimeSpan Waited, TcpInfo Info)? _last; // when octets moved
    private (TimeSpan At, TimeSpan Waited, TcpInfo Info)? _end;

    /// <summary>Sends until the receiver has enough, or time or octets are used up.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The error that ended it before; a receiver that says or closes something ends it well.</returns>
    internal async Task<Errno> RunAsync(CancellationToken cancellationToken)
    {
        _ = socket.SetOption(LevelTcp, NotSentLowWater, _unsent);
        _acknowledged = _acknowledgedAtStart = socket.GetTcpInfo()?.OctetsAcknowledged ?? 0;
        _start = Stopwatch.GetTimestamp();
        long sent = 0;
        int size = (int)Math.Min(Chunk, hello.Rate > 0 ? Math.Max(1, hello.Rate / 100) : Chunk);
        while (Elapsed is var elapsed && elapsed < hello.End + Overtime && sent < hello.Octets)
        {
            cancellationToken.ThrowIfCancellationRequested(); // where TCP takes all, nothing waits
            if (elapsed >= _nextSample && socket.Peek(_word, out _) is var heard and not Errno.EAGAIN)
            {
                if (heard is not Errno.OK)
                    return heard;
                break;
            }

            if (hello.Rate > 0 && sent > hello.Rate * elapsed.TotalSeconds)
            {
                Look(elapsed, isFull: false);
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
                continue;
            }

            Errno errno = socket.Send(Content.AsSpan(0, (int)Math.Min(size, hello.Octets - sent)), out int taken);
            sent += taken;
            Look(elapsed, errno is Errno.EAGAIN);
            if (errno is Errno.EAGAIN)
            {
                long wait = Stopwatch.GetTimestamp();
                PollEvents events = await socket.WaitAsync(PollEvents.Read | PollEvents.Write, BetweenSamples, cancellationToken);
                _waited += Stopwatch.GetElapsedTime(wait);
                if (events.HasFlag(PollEvents.Read))
                    break;
            }
            else if (errno is not Errno.OK)
            {
                return errno;
            }
        }

        Finish(Elapsed);
        return Errno.OK;
    }

    /// <summary>Looks whether octets have moved, while it does not send any more.</summary>
    internal void Look() => Look(Elapsed, isFull: false);

    /// <summary>What was seen of the measured interval; null if it did not come to be.</summary>
    internal SenderAccount? Account() => _begin is { } begin && _end is { } end ? Account(begin, end) : null;

    /// <summary>What was seen from the begin of the measured interval to the last octet that moved in it; null if none did.</summary>
    internal SenderAccount? AccountToLast() => _begin is { } begin && _last is { } last && last.At > begin.At ? Account(begin, last) : null;

    /// <summary>What the receiver acknowledged until then, in place of its own account.</summary>
    internal ReceiverAccount Acknowledged()
    {
        (TimeSpan at, _, TcpInfo last) = _last ?? default;
        return _begin is { } begin && at > begin.At
            ? new ReceiverAccount((long)(last.OctetsAcknowledged - begin.Info.OctetsAcknowledged), at - begin.At, TimeSpan.Zero, (long)(begin.Info.OctetsAcknowledged - _acknowledgedAtStart))
            : new ReceiverAccount(0, TimeSpan.Zero, TimeSpan.Zero, (long)(_acknowledged - _acknowledgedAtStart));
    }

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    private SenderAccount Account((TimeSpan At, TimeSpan Waited, TcpInfo Info) begin, (TimeSpan At, TimeSpan Waited, TcpInfo Info) end)
    {
        long retransmits = end.Info.TotalRetransmits - (long)begin.Info.TotalRetransmits;
        long spurious = end.Info.DuplicateSacks - (long)begin.Info.DuplicateSacks;
        return new SenderAccount
        {
            Elapsed = end.At - begin.At,
            Waiting = end.Waited - begin.Waited,
            Busy = end.Info.Busy - begin.Info.Busy,
            ReceiveWindowLimited = end.Info.ReceiveWindowLimited - begin.Info.ReceiveWindowLimited,
            SendBufferLimited = end.Info.SendBufferLimited - begin.Info.SendBufferLimited,
            Retransmits = Math.Max(0, retransmits - spurious),
            Segments = end.Info.DataSegmentsOut - (long)begin.Info.DataSegmentsOut,
            SendMss = end.Info.SendMss,
            RoundTrip = Median(_roundTrips, end.Info.RoundTrip),
            RoundTripAtLoss = Median(_roundTripsAtLoss, TimeSpan.Zero),
            MinRoundTrip = end.Info.MinRoundTrip,
            SendWindow = Median(_windows, end.Info.SendWindow),
            FullSamples = _fullSamples,
            DrainedSamples = _drainedSamples,
            CongestionControl = socket.CongestionControl ?? "",
        };
    }

    private void Look(TimeSpan elapsed, bool isFull)
    {
        bool isBegin = _begin is null && elapsed >= hello.Omitted;
        bool isEnd = _end is null && elapsed >= hello.End;
        if ((elapsed < _nextSample && !isBegin && !isEnd) || socket.GetTcpInfo() is not { } info)
            return;
        _nextSample = elapsed + BetweenSamples;
        bool hasMoved = info.OctetsAcknowledged > _acknowledged;
        // Where nothing is under way, the receiver has no room, or there is nothing to send. Behind a lost segment others come, and are acknowledged.
        clock.Look(hasMoved || info.Unacknowledged == 0 || info.SinceLastAck <= BetweenSamples);
        if (hasMoved && _end is null)
            _last = (elapsed, _waited, info);
        _acknowledged = info.OctetsAcknowledged;
        Bound(info);
        if (isBegin)
            _begin = (elapsed, _waited, info);
        if (isEnd)
            _end = (elapsed, _waited, info);
        if (_begin is null || _end is not null)
            return;
        if (info.TotalRetransmits > _before.Retransmits && _roundTrips.Count > 0)
            _roundTripsAtLoss.Add(info.RoundTrip > _before.RoundTrip ? info.RoundTrip : _before.RoundTrip);
        _before = (info.TotalRetransmits, info.RoundTrip);
        _roundTrips.Add(info.RoundTrip);
        _windows.Add(info.SendWindow);
        if (isFull)
        {
            _fullSamples++;
            _drainedSamples += info.NotSent == 0 ? 1 : 0;
        }
    }

    private void Bound(in TcpInfo info)
    {
        int unsent = (int)Math.Clamp(MostUnsent * info.DeliveryRate, LeastUnsent, Chunk);
        if (unsent != _unsent)
            _ = socket.SetOption(LevelTcp, NotSentLowWater, _unsent = unsent);
    }

    // Where octets were used up before time was, the interval ends here.
    private void Finish(TimeSpan elapsed)
    {
        if (_end is null && socket.GetTcpInfo() is { } info)
            _end = (elapsed, _waited, info);
    }

    private static T Median<T>(List<T> values, T otherwise) => values.Count == 0 ? otherwise : values.Order().ElementAt((values.Count - 1) / 2);

    private static byte[] Noise()
    {
        byte[] octets = new byte[Chunk];
        Random.Shared.NextBytes(octets);
        return octets;
    }
}
