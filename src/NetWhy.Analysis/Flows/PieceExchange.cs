using System.Collections.Concurrent;

namespace NetWhy.Analysis.Flows;

/// <summary>Hands pieces of a file from who reads them to who follows their conversations, and back: a ring of a few pieces.</summary>
internal sealed class PieceExchange : IDisposable
{
    private const int Pieces = 6;

    private readonly BlockingCollection<Piece> _free = [];
    private readonly BlockingCollection<Piece> _full = [];
    private readonly Thread _follower;
    private Exception? _failure;

    /// <summary>Begins to follow.</summary>
    /// <param name="flows">Who follows; used by nobody else until <see cref="Complete"/>.</param>
    internal PieceExchange(TcpFlows flows)
    {
        for (int count = 0; count < Pieces; count++)
            _free.Add(new Piece());
        _follower = new Thread(() => Follow(flows)) { IsBackground = true, Name = "conversations" };
        _follower.Start();
    }

    /// <summary>An empty piece; waits for one. Null if the follower failed.</summary>
    internal Piece? Take()
    {
        Piece piece = _free.Take();
        return _failure is null ? piece : null;
    }

    /// <summary>Hands a piece on.</summary>
    /// <param name="piece">The piece.</param>
    internal void Give(Piece piece) => _full.Add(piece);

    /// <summary>Waits until all is followed.</summary>
    internal void Complete()
    {
        _full.CompleteAdding();
        _follower.Join();
        if (_failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _free.Dispose();
        _full.Dispose();
    }

    private void Follow(TcpFlows flows)
    {
        foreach (Piece piece in _full.GetConsumingEnumerable())
        {
            try
            {
                if (_failure is null)
                    flows.Take(piece.Octets.AsSpan(0, piece.End), piece.Batch);
            }
#pragma warning disable CA1031 // whatever it is, it is thrown where the capture is read
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _failure = failure;
            }

            _free.Add(piece);
        }
    }
}
