using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>When the first octet came by any of the connections that are measured together.</summary>
internal sealed class ReceiveClock
{
    private long _begin;

    /// <summary>Time since the first octet; null before it.</summary>
    internal TimeSpan? Elapsed => Volatile.Read(ref _begin) is not 0 and var begin ? Stopwatch.GetElapsedTime(begin) : null;

    /// <summary>An octet came.</summary>
    internal void Begin() => Interlocked.CompareExchange(ref _begin, Stopwatch.GetTimestamp(), 0);
}

/// <summary>Receives through one connection, and counts what comes in the measured interval and nothing else.</summary>
/// <param name="socket">The connection.</param>
/// <param name="hello">What was agreed.</param>
/// <param name="clock">That of the connections that are measured together.</param>
/// <param name="rate">Octets a second to take at most; 0 for all that come.</param>
/// <param name="tail">Gets the last octets.</param>
internal sealed class TransferReceiver(LinuxSocket socket, TransferHello hello, ReceiveClock clock, long rate, byte[] tail)
{
    private const int Chunk = 256 * 1024;

    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5); // for the first octet

    private readonly byte[] _buffer = new byte[(int)Math.Min(Chunk, rate > 0 ? Math.Max(1, rate / 100) : Chunk)];
    private long _omitted;
    private long _counted;
    private TimeSpan _waited;
    private TimeSpan _last;
    private uint? _segmentsBefore;
    private long _arrived = long.MaxValue; // at most so many octets

    // TCP keeps what comes behind a lost segment. What arrived before the interval and was handed over in it does not belong to it.
    private long Counted => Math.Min(_counted, _arrived);

    /// <summary>Whether the sender ended before the interval did.</summary>
    internal bool IsEnd { get; private set; }

    /// <summary>What broke the connection; OK if nothing did.</summary>
    internal Errno Error { get; private set; }

    /// <summary>All octets that came by this connection.</summary>
    internal long Total { get; private set; }

    /// <summary>What came in the interval.</summary>
    internal ReceiverAccount Account => IsEnd || Error is not Errno.OK
        ? new ReceiverAccount(Counted, _last > hello.Omitted ? _last - hello.Omitted : TimeSpan.Zero, _waited, _omitted)
        : new ReceiverAccount(Counted, hello.Time, _waited, _omitted);

    /// <summary>Receives until the interval ends, or the sender does.</summary>
    /// <param name="mostOctets">How much at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task CountAsync(long mostOctets, CancellationToken cancellationToken)
    {
        await CountReadAsync(mostOctets, cancellationToken);
        if (_segmentsBefore is { } before && socket.GetTcpInfo() is { } info)
            _arrived = (info.DataSegmentsIn - before) * (long)info.ReceiveMss;
    }

    /// <summary>Receives to the end without counting.</summary>
    /// <param name="patience">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the end came.</returns>
    internal async Task<bool> DrainAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            Errno errno = Take(out int received);
            if (errno is Errno.EAGAIN)
                await socket.WaitAsync(PollEvents.Read, left, cancellationToken);
            else if (received == 0)
                return errno is Errno.OK;
        }

        return false;
    }

    private async Task CountReadAsync(long mostOctets, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Total <= mostOctets && (clock.Elapsed is { } elapsed ? elapsed < hello.End : Stopwatch.GetElapsedTime(begin) < Patience))
        {
            if (_segmentsBefore is null && hello.Omitted > TimeSpan.Zero && clock.Elapsed >= hello.Omitted)
                _segmentsBefore = socket.GetTcpInfo()?.DataSegmentsIn;
            if (rate > 0 && Total > rate * Stopwatch.GetElapsedTime(begin).TotalSeconds)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
                continue;
            }

            Errno errno = Take(out int received);
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
            clock.Begin();
            TimeSpan now = clock.Elapsed!.Value;
            if (now < hello.Omitted)
            {
                _omitted += received;
            }
            else if (now < hello.End)
            {
                (_counted, _last) = (_counted + received, now);
            }
        }
    }

    private Errno Take(out int received)
    {
        Errno errno = socket.Receive(_buffer, out received);
        Total += received;
        Keep(_buffer.AsSpan(0, received));
        return errno;
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
