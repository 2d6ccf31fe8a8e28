using NetWhy.Evidence;

namespace NetWhy.Paths.Transfer;

/// <summary>When octets moved by any of the connections that are measured together, and when none did.</summary>
/// <remarks>Time in which this machine did not look, because it had other work, is no time in which nothing moved.</remarks>
/// <param name="time">What the time is read from.</param>
internal sealed class TransferClock(TimeProvider time)
{
    private const int MostPauses = 64;

    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(100); // what is asked so late in a pause is asked in it
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(40); // twice what connections wait between two looks

    private readonly Lock _lock = new();
    private readonly List<TransferPause> _pauses = [];
    private long _begin;
    private TimeSpan _looked;
    private TimeSpan _moved;
    private TimeSpan _unseen; // of the time since then
    private int _others; // answered since then

    /// <summary>Time since the first octet; null before it.</summary>
    internal TimeSpan? Elapsed => Volatile.Read(ref _begin) is not 0 and var begin ? time.GetElapsedTime(begin) : null;

    /// <summary>From the first octet to the last so far.</summary>
    internal TimeSpan Moved
    {
        get
        {
            lock (_lock)
                return _moved;
        }
    }

    /// <summary>How long nothing has moved now; zero before the first octet.</summary>
    internal TimeSpan Still
    {
        get
        {
            lock (_lock)
                return _looked - _moved - _unseen;
        }
    }

    /// <summary>Time since somebody looked last; zero before the first octet.</summary>
    internal TimeSpan SinceLook
    {
        get
        {
            lock (_lock)
                return _begin == 0 ? TimeSpan.Zero : time.GetElapsedTime(_begin) - _looked;
        }
    }

    /// <summary>The times in which nothing moved, from the first octet on; the last one may go on.</summary>
    internal IReadOnlyList<TransferPause> Pauses
    {
        get
        {
            lock (_lock)
                return Still >= LeastPause && _pauses.Count < MostPauses ? [.. _pauses, new TransferPause(_moved, _looked) { OthersAnswered = _others }] : [.. _pauses];
        }
    }

    /// <summary>Somebody looked at a connection.</summary>
    /// <param name="hasMoved">Whether octets have moved since, or nobody wanted them to.</param>
    internal void Look(bool hasMoved)
    {
        lock (_lock)
        {
            if (_begin == 0)
            {
                if (hasMoved)
                    Volatile.Write(ref _begin, time.GetTimestamp());
                return;
            }

            TimeSpan now = time.GetElapsedTime(_begin);
            if (now - _looked > BetweenLooks)
                _unseen += now - _looked - BetweenLooks;
            _looked = now;
            if (!hasMoved)
                return;
            if (Still >= LeastPause && _pauses.Count < MostPauses)
                _pauses.Add(new TransferPause(_moved, now) { OthersAnswered = _others });
            (_moved, _unseen, _others) = (now, TimeSpan.Zero, 0);
        }
    }

    /// <summary>Another connection was answered.</summary>
    /// <param name="asked">When it asked, as <see cref="Elapsed"/> was then; null if nothing had moved yet.</param>
    internal void OtherAnswered(TimeSpan? asked)
    {
        lock (_lock)
            _others += asked - _moved >= Settled ? 1 : 0;
    }
}
