namespace NetWhy.Analysis.Flows;

/// <summary>
/// Threads that share the work on a file: one at a time reads the next piece of it and finds the segments, and each group of
/// conversations is followed by one at a time, piece after piece. Whoever is idle takes what is behind most.
/// </summary>
/// <param name="read">Reads the next piece; tells whether there was one.</param>
/// <param name="groups">Groups of conversations.</param>
internal sealed class PieceWorkers(Func<Piece, bool> read, IReadOnlyList<TcpFlows> groups)
{
    private const int MostPieces = 8;
    private const int Reading = -1;

    private readonly object _gate = new();
    private readonly Piece?[] _pieces = new Piece?[MostPieces];
    private readonly Progress[] _progress = new Progress[groups.Count];
    private long _read;
    private bool _isReading;
    private bool _isEnded;
    private Exception? _failure;

    private struct Progress
    {
        internal long Next; // piece to follow
        internal bool IsBusy;
    }

    /// <summary>Works until all is read and followed.</summary>
    /// <param name="threads">How many threads, this one included.</param>
    internal void Run(int threads)
    {
        var others = new Thread[threads - 1];
        for (int index = 0; index < others.Length; index++)
        {
            others[index] = new Thread(Work) { IsBackground = true, Name = "conversations" };
            others[index].Start();
        }

        Work();
        foreach (Thread other in others)
            other.Join();
        if (_failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
    }

    private void Work()
    {
        while (Begin(out int group, out Piece piece))
        {
            bool wasRead = false;
            try
            {
                if (group == Reading)
                    wasRead = read(piece);
                else
                    groups[group].Take(piece.Octets.AsSpan(0, piece.End), piece.Batch, group);
            }
#pragma warning disable CA1031 // whatever it is, it is thrown where the capture is read
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Fail(failure);
                return;
            }

            End(group, wasRead);
        }
    }

    // Waits for something to do; false at the end.
    private bool Begin(out int group, out Piece piece)
    {
        lock (_gate)
        {
            while (!Choose(out group))
            {
                if (_failure is not null || (_isEnded && Slowest() == _read))
                {
                    piece = new Piece(0);
                    return false;
                }

                Monitor.Wait(_gate);
            }

            long number = group == Reading ? _read : _progress[group].Next;
            piece = _pieces[number % MostPieces] ??= new Piece(groups.Count);
            return true;
        }
    }

    private bool Choose(out int group)
    {
        const int Ahead = 2; // pieces: so that nobody waits for the reading
        group = Reading;
        if (_failure is not null)
            return false;
        bool canRead = !_isReading && !_isEnded && _read - Slowest() < MostPieces;
        int behind = MostBehind();
        if (behind < 0 && !canRead)
            return false;
        if (canRead && (behind < 0 || _read - _progress[behind].Next < Ahead))
            return _isReading = true;
        group = behind;
        return _progress[group].IsBusy = true;
    }

    private int MostBehind()
    {
        int behind = -1;
        for (int group = 0; group < _progress.Length; group++)
        {
            if (!_progress[group].IsBusy && _progress[group].Next < _read && (behind < 0 || _progress[group].Next < _progress[behind].Next))
                behind = group;
        }

        return behind;
    }

    private long Slowest()
    {
        long slowest = _read;
        foreach (Progress progress in _progress)
            slowest = Math.Min(slowest, progress.Next);
        return slowest;
    }

    private void End(int group, bool wasRead)
    {
        lock (_gate)
        {
            if (group == Reading)
            {
                _isReading = false;
                _isEnded = !wasRead;
                _read += wasRead ? 1 : 0;
            }
            else
            {
                _progress[group].IsBusy = false;
                _progress[group].Next++;
            }

            Monitor.PulseAll(_gate);
        }
    }

    private void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            Monitor.PulseAll(_gate);
        }
    }
}
