namespace NetWhy.Paths;

/// <summary>Tells a reset that refuses a connection from one that a half-open connection draws, of the SYNs of one flow.</summary>
/// <remarks>
/// All SYNs of a flow come from one port. Where SYN-ACKs are dropped on the way back, each second SYN meets the half-open connection of the
/// one before, and is answered by a reset (RFC 9293, section 3.10.7.4): nobody who connects would get one. A port that is closed resets
/// every SYN. So a reset counts if the SYN before it was answered too, or if there was none; others are held until that is known. What went
/// no farther than a router that answered is no SYN before it; what met silence may have come there, unless nothing farther did, and nothing nearer was answered.
/// </remarks>
internal sealed class ResetDoubt
{
    private const int MostKept = 256; // SYNs: more are not under way
    private const int LeastStreak = 3; // half-open connections reset one of two

    private readonly Lock _lock = new();
    private readonly List<Syn> _syns = []; // in the order in which they left
    private int _passed; // largest hop limit that ran out at a router

    /// <summary>A SYN leaves.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="ttl">Its hop limit.</param>
    internal void Sent(ushort sequence, int ttl)
    {
        lock (_lock)
        {
            if (_syns.Count == MostKept)
                _syns.RemoveAt(0);
            _syns.Add(new Syn(sequence, ttl));
        }
    }

    /// <summary>An ICMP error about a SYN came: it was not the destination's TCP that got it.</summary>
    /// <param name="sequence">The number of the SYN.</param>
    /// <param name="isOnTheWay">Whether its hop limit ran out: the destination is farther.</param>
    internal void Failed(ushort sequence, bool isOnTheWay)
    {
        lock (_lock)
        {
            if (_syns.Find(syn => syn.Sequence == sequence) is not { } failed)
                return;
            _syns.Remove(failed);
            if (isOnTheWay)
                _passed = Math.Max(_passed, failed.Ttl);
            Release();
        }
    }

    /// <summary>The destination answered a SYN.</summary>
    /// <param name="sequence">The number of the SYN.</param>
    /// <param name="isReset">Whether by a reset, and not by a SYN-ACK.</param>
    /// <param name="post">Hands the answer on; called now, later or never.</param>
    internal void Answered(ushort sequence, bool isReset, Action post)
    {
        lock (_lock)
        {
            if (_syns.Find(syn => syn.Sequence == sequence) is not { } answered)
                return;
            (answered.IsAnswered, answered.Post) = (true, post);
            if (isReset)
                Release();
            else
                _syns.ForEach(syn => syn.Release()); // SYN-ACKs come through
        }
    }

    private void Release()
    {
        Syn? before = null;
        foreach (Syn syn in _syns.Where(syn => syn.Ttl > _passed))
        {
            if (syn.Post is not null && (before is null or { IsAnswered: true } || IsEachAnswered(syn.Ttl)))
            {
                before?.Release(); // two in a row are no half-open connection's
                syn.Release();
            }

            before = syn;
        }
    }

    private bool IsEachAnswered(int ttl) =>
        _syns.Count(syn => syn.Ttl >= ttl) >= LeastStreak && _syns.TrueForAll(syn => syn.IsAnswered == syn.Ttl >= ttl || syn.Ttl <= _passed);

    private sealed class Syn(ushort sequence, int ttl)
    {
        internal ushort Sequence { get; } = sequence;

        internal int Ttl { get; } = ttl;

        internal bool IsAnswered { get; set; }

        internal Action? Post { get; set; }

        internal void Release()
        {
            Post?.Invoke();
            Post = null;
        }
    }
}
