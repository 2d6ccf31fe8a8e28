using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>What tells one question from others.</summary>
/// <param name="Low">The lower of the two ends.</param>
/// <param name="High">The higher one.</param>
/// <param name="Identifier">Its number.</param>
internal readonly record struct TransactionKey(TcpEndpoint Low, TcpEndpoint High, ulong Identifier)
{
    /// <summary>The key of a question or its answer.</summary>
    /// <param name="source">Who sent it.</param>
    /// <param name="destination">Whom it was sent to.</param>
    /// <param name="identifier">Its number.</param>
    internal static TransactionKey Of(TcpEndpoint source, TcpEndpoint destination, ulong identifier) =>
        source < destination ? new TransactionKey(source, destination, identifier) : new TransactionKey(destination, source, identifier);
}

/// <summary>A question and its answer.</summary>
internal sealed class Transaction
{
    /// <summary>The packet of the question; 0 for none.</summary>
    internal uint RequestFrame { get; set; }

    /// <summary>When it passed, in nanoseconds since 1970.</summary>
    internal long RequestTime { get; set; }

    /// <summary>The packet of the answer; 0 for none.</summary>
    internal uint ResponseFrame { get; set; }
}

/// <summary>Questions that wait for their answers. Very old ones are forgotten.</summary>
internal sealed class TransactionTable
{
    private const int MostTransactions = 1 << 15;
    private const long LongestRepeat = 5_000_000_000; // nanoseconds; what is asked later is asked anew, as Wireshark has it

    private readonly Generations<TransactionKey, Transaction> _transactions = new(MostTransactions, _ => { });

    /// <summary>Notes a question.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="frame">Its packet.</param>
    /// <param name="nanoseconds">When it passed.</param>
    /// <returns>The packet in which it was asked before, if no answer came since; 0 for none.</returns>
    internal uint Ask(in TransactionKey key, uint frame, long nanoseconds)
    {
        Transaction transaction = _transactions.Of(key);
        if (transaction.RequestFrame != 0 && transaction.ResponseFrame == 0 && nanoseconds - transaction.RequestTime <= LongestRepeat)
            return transaction.RequestFrame;
        transaction.RequestFrame = frame;
        transaction.RequestTime = nanoseconds;
        transaction.ResponseFrame = 0;
        return 0;
    }

    /// <summary>The question that an answer is for.</summary>
    /// <param name="key">Its key.</param>
    /// <returns>It; null if none was seen.</returns>
    internal Transaction? Find(in TransactionKey key) =>
        _transactions.TryFind(key, out Transaction? transaction) && transaction.RequestFrame != 0 ? transaction : null;
}
