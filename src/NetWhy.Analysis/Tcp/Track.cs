using System.Runtime.CompilerServices;

namespace NetWhy.Analysis.Tcp;

/// <summary>What <see cref="TcpJudge"/> remembers of one direction: what passed of its data, and what the other side said of that.</summary>
internal struct Track
{
    internal const int MostHoles = 250;
    internal const int MostSacked = 64;
    internal const int Copies = 4;

    internal long TimedAt;
    internal long EchoAt; // when the timestamp passed whose echo is awaited
    internal long AcknowledgedAt; // when the other side's last acknowledgment passed
    internal uint Edge; // behind the highest octet that passed
    internal uint Forgotten; // holes before this were forgotten
    internal uint SweepAt; // when the edge comes here, old holes are forgotten: numbers wrap
    internal uint Acknowledged;
    internal uint SackedEdge;
    internal uint TimedEnd;
    internal uint Echo;
    internal uint NewestStamp; // 0: none
    internal uint RecoveryEnd;
    internal uint ReplacedStamp; // of what passed over what did not come, and was sent again, last; 0: none
    internal int Holes; // what did not pass before the edge: the highest first
    internal int Sacked;
    internal RoundTrip RoundTrip; // from here to the receiver and back
    internal CopyTable Signatures; // of the segments that passed last
    internal CopyTable SignedAt; // microseconds
    internal uint Interface; // where its packets are seen first
    internal ushort Identification;
    internal CaptureWay Way; // there
    internal byte TimeToLive; // there
    internal byte HoleCount;
    internal byte SackedCount;
    internal byte Duplicates; // acknowledgments
    internal byte Ordered; // how often the identification grew a little, of late
    internal byte Late; // packets in a row that have an earlier identification
    internal byte NextCopy;
    internal TcpVerdict Recovery; // why segments are, or were last, sent again until RecoveryEnd is acknowledged
    internal bool HasEdge;
    internal bool HasAcknowledged;
    internal bool IsRecovering;
    internal bool IsTiming;
    private byte _more; // a bit each: with a field each, the line would not hold them

    internal bool AwaitsEcho
    {
        readonly get => Has(16);
        set => Set(16, value);
    }

    internal bool HasForgotten
    {
        readonly get => Has(1);
        set => Set(1, value);
    }

    internal bool PermitsSack
    {
        readonly get => Has(2);
        set => Set(2, value);
    }

    /// <summary>Whether its stack probes tails, by its first window.</summary>
    internal bool ProbesTails
    {
        readonly get => Has(4);
        set => Set(4, value);
    }

    /// <summary>Whether something was sent again since the last acknowledgment of new data.</summary>
    internal bool HasRetried
    {
        readonly get => Has(8);
        set => Set(8, value);
    }

    internal void Begin()
    {
        this = default;
        Holes = ListPool.Nothing;
        Sacked = ListPool.Nothing;
    }

    private readonly bool Has(byte bit) => (_more & bit) != 0;

    private void Set(byte bit, bool value) => _more = (byte)(value ? _more | bit : _more & ~bit);

    /// <summary>A number for each of the segments that passed last.</summary>
    [InlineArray(Copies)]
    internal struct CopyTable
    {
        private uint _first;
    }
}
