namespace NetWhy.Analysis.Dissection;

/// <summary>Octets put together from pieces that come in any order, and more than once.</summary>
internal sealed class Pieces
{
    private const int MostRanges = 4096; // with more gaps than that, somebody plays games

    private readonly List<(int Start, int End)> _ranges = [];
    private byte[] _octets = [];

    /// <summary>Octets of memory that are held.</summary>
    internal int Held => _octets.Length;

    /// <summary>Whether there are more gaps than can be kept.</summary>
    internal bool IsTorn => _ranges.Count > MostRanges;

    /// <summary>Octets without a gap from the beginning on.</summary>
    internal int Contiguous => _ranges.Count > 0 && _ranges[0].Start == 0 ? _ranges[0].End : 0;

    /// <summary>What came, from the beginning on.</summary>
    /// <param name="length">How much of it.</param>
    internal ReadOnlyMemory<byte> First(int length) => _octets.AsMemory(0, length);

    /// <summary>Adds a piece.</summary>
    /// <param name="offset">Where it belongs.</param>
    /// <param name="octets">What it has.</param>
    internal void Add(int offset, ReadOnlySpan<byte> octets)
    {
        int end = offset + octets.Length;
        if (_octets.Length < end)
            Array.Resize(ref _octets, Math.Max(end, _octets.Length * 2));
        octets.CopyTo(_octets.AsSpan(offset));
        Cover(offset, end);
    }

    /// <summary>Forgets all of them.</summary>
    internal void Clear()
    {
        _ranges.Clear();
        _octets = [];
    }

    private void Cover(int start, int end)
    {
        int place = 0;
        while (place < _ranges.Count && _ranges[place].End < start)
            place++;
        while (place < _ranges.Count && _ranges[place].Start <= end)
        {
            start = Math.Min(start, _ranges[place].Start);
            end = Math.Max(end, _ranges[place].End);
            _ranges.RemoveAt(place);
        }

        _ranges.Insert(place, (start, end));
    }
}
