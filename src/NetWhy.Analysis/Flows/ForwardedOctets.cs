using static NetWhy.Analysis.Tcp.SequenceNumber;

namespace NetWhy.Analysis.Flows;

/// <summary>What of a direction's data left the machine of the capture, into which it had come, and what did not although later data did.</summary>
internal sealed class ForwardedOctets
{
    private const int MostGaps = 64;

    private readonly List<Gap> _gaps = []; // the lowest first
    private uint _edge; // behind the highest octet that left
    private bool _hasLeft;

    private readonly record struct Gap(uint Left, uint Right);

    /// <summary>Notes data that leaves.</summary>
    /// <param name="sequence">Its first sequence number.</param>
    /// <param name="end">The number behind it.</param>
    internal void Leave(uint sequence, uint end)
    {
        if (!_hasLeft || !IsAfter(_edge, sequence))
        {
            if (_hasLeft && sequence != _edge)
                Add(new Gap(_edge, sequence));
            _edge = end;
            _hasLeft = true;
            return;
        }

        Fill(sequence, end);
        _edge = IsAfter(end, _edge) ? end : _edge;
    }

    /// <summary>Whether what begins at a number came in and did not leave, for all that is known.</summary>
    /// <param name="sequence">The number.</param>
    internal bool Lacks(uint sequence) => _hasLeft && (!IsAfter(_edge, sequence) || _gaps.Exists(gap => !IsAfter(gap.Left, sequence) && IsAfter(gap.Right, sequence)));

    private void Add(Gap gap)
    {
        if (_gaps.Count == MostGaps)
            _gaps.RemoveAt(0);
        _gaps.Add(gap);
    }

    private void Fill(uint sequence, uint end)
    {
        for (int index = _gaps.Count - 1; index >= 0; index--)
        {
            Gap gap = _gaps[index];
            if (!IsAfter(gap.Right, sequence) || !IsAfter(end, gap.Left))
                continue;
            _gaps.RemoveAt(index);
            if (IsAfter(gap.Right, end))
                _gaps.Insert(index, new Gap(end, gap.Right));
            if (IsAfter(sequence, gap.Left))
                _gaps.Insert(index, new Gap(gap.Left, sequence));
        }
    }
}
