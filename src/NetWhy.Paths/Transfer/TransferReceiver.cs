using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>What TCP says to have received by a connection so far.</summary>
/// <param name="Octets">Octets in order, taken or not. Source: linux/tcp.h, tcpi_bytes_received.</param>
/// <param name="Segments">Segments with data, those that came twice or behind a hole too. Source: tcpi_data_segs_in.</param>
/// <param name="Mss">Their usual size, in octets. Source: tcpi_rcv_mss.</param>
internal readonly record struct Arrivals(long Octets, long Segments, int Mss)
{
    /// <summary>What TCP says now; null if it says nothing.</summary>
    /// <param name="socket">The connection.</param>
    internal static Arrivals? Of(LinuxSocket socket) =>
        socket.GetTcpInfo() is { } info ? new Arrivals((long)info.OctetsReceived, info.DataSegmentsIn, info.ReceiveMss) : null;

    /// <summary>Octets that arrived since, at most.</summary>
    /// <remarks>
    /// Octets in order can have arrived before and waited behind a lost segment. So many segments since then cannot have brought more
    /// than their size; but some drivers of virtual machines hand many segments over as one that counts as one (SKB_GSO_DODGY without
    /// gso_segs). So no more is subtracted than the segments from before can have brought behind a hole.
    /// </remarks>
    /// <param name="before">What TCP said then.</param>
    internal long Since(Arrivals before)
    {
        long inOrder = Octets - before.Octets;
        long behindHole = Math.Max(0, before.Segments * Mss - before.Octets);
        return Math.Min(inOrder, Math.Max((Segments - before.Segments) * Mss, inOrder - behindHole));
    }
}

/// <summary>Receives through one connection, and counts what comes in the measured interval and nothing else.</summary>
/// <param name="socket">The connection.</param>
/// <param name="hello">What was agreed.</param>
/// <param name="clock">That of the connections that are measured together.</param>
/// <param name="rate">Octets a second to take at most; 0 for all that come.</param>
/// <param name="tail">Gets the last octets.</param>
internal sealed class TransferReceiver(LinuxSocket socket, TransferHello hello, TransferClock clock, long rate, byte[] tail)
{
    private const int Chunk = 256 * 1024;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5); // for the first octet

    private readonly byte[] _buffer = new byte[(int)Math.Min(Chunk, rate > 0 ? Math.Max(1, rate / 100) : Chunk)];
    private long _omitted;
    private long _counted;
    private TimeSpan _waited;
    private (TimeSpan At, TimeSpan Waited) _last; // octets in the interval
    private uint _segments;
    private Arrivals? _before;
    private long _arrived = long.MaxValue; // at most so many octets

    // What arrived before the interval and was taken in it does not belong to it.
    private long Counted => Math.Min(_counted, _arrived);

    /// <summary>Whether the sender ended before the interval did.</summary>
    internal bool IsEnd { get; private set; }

    /// <summary>What broke the connection; OK if nothing did.</summary>
    internal Errno Error { get; private set; }

    /// <summary>Whether it knows what had arrived before the interval, which began.</summary>
    internal bool HasBegun => _before is not null;

    /// <summary>All octets that came by this connection.</summary>
    internal long Total { get; private set; }

    /// <summary>Whether the interval came to its end before the sender did, and before this was given up.</summary>
    internal bool IsWhole { get; private set; }

    /// <summary>What came in the interval.</summary>
    internal ReceiverAccount Account => IsWhole ? new ReceiverAccount(Counted, hello.Time, _waited, _omitted) : AccountToLast;

    /// <summary>What came from the begin of the interval to the last octet in it.</summary>
    internal ReceiverAccount AccountToLast =>
        new(Counted, _last.At > hello.Omitted ? _last.At - hello.Omitted : TimeSpan.Zero, _last.Waited, _omitted);

    /// <summary>Receives until the interval ends, or the sender does.</summary>
    /// <param name="mostOctets">How much at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task CountAsync(long mostOctets, CancellationToken cancellationToken)
    {
        try
        {
            await CountReadAsync(mostOctets, cancellationToken);
            IsWhole = !IsEnd && Error is Errno.OK;
        }
        finally
        {
            if (_before is { } before && Arrivals.Of(socket) is { } now)
                _arrived = now.Since(before);
        }
    }

    /// <summary>Receives to the end without counting.</summary>
    /// <param name="patience">How long at most.</param>
    /// <param name="quiet">How long nothing may move meanwhile.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the end came.</returns>
    internal Task<bool> DrainAsync(TimeSpan patience, TimeSpan quiet, CancellationToken cancellationToken) =>
        TransferStream.DrainAsync(socket, _buffer, Note, () => clock.Still < quiet, patience, cancellationToken);

    private async Task CountReadAsync(long mostOctets, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Total <= mostOctets && (clock.Elapsed is { } elapsed ? elapsed < hello.End : Stopwatch.GetElapsedTime(begin) < Patience))
        {
            cancellationToken.ThrowIfCancellationRequested(); // where there is always something to take, nothing waits
            if (_before is null && hello.Omitted > TimeSpan.Zero && clock.Elapsed >= hello.Omitted)
                _before = Arrivals.Of(socket);
            if (rate > 0 && Total > rate * Stopwatch.GetElapsedTime(begin).TotalSeconds)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
                continue;
            }

            Errno errno = socket.Receive(_buffer, out int received);
            Note(received);
            if (errno is Errno.EAGAIN)
            {
                long wait = Stopwatch.GetTimestamp();
                await socket.WaitAsync(PollEvents.Read, LongWait, cancellationToken);
                if (clock.Elapsed > hello.Omitted)
                    _waited += Stopwatch.GetElapsedTime(wait);
                continue;
            }

            IsEnd = errno is Errno.OK && received == 0;
            Error = errno;
            if (received == 0)
                return;
            TimeSpan now = clock.Elapsed!.Value;
            if (now < hello.Omitted)
            {
                _omitted += received;
            }
            else if (now < hello.End)
            {
                (_counted, _last) = (_counted + received, (now, _waited));
            }
        }
    }

    private void Note(int received)
    {
        if (received > 0 || clock.SinceLook >= BetweenLooks)
            clock.Look(received > 0 || HaveSegmentsCome());
        Total += received;
        Keep(_buffer.AsSpan(0, received));
    }

    // Behind a lost segment others come, though there is nothing to take.
    private bool HaveSegmentsCome()
    {
        uint before = _segments;
        _segments = socket.GetTcpInfo()?.DataSegmentsIn ?? 0;
        return _segments != before;
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (octets.Length >= tail.Length)
        {
            octets[^tail.Length..].CopyTo(tail);
            return;
        }

        tail.AsSpan(octets.Length).CopyTo(tail);
        octets.CopyTo(tail.AsSpan(tail.Length - octets.Length));
    }
}
