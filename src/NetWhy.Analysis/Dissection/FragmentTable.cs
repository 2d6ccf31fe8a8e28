using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>Which datagram a fragment belongs to. Source: RFC 791, section 3.2; RFC 8200, section 4.5.</summary>
/// <param name="Source">The sender's address.</param>
/// <param name="Destination">The receiver's address.</param>
/// <param name="Identification">The identification.</param>
/// <param name="Protocol">What it carries.</param>
internal readonly record struct FragmentKey(AddressNumber Source, AddressNumber Destination, uint Identification, byte Protocol);

/// <summary>Puts the fragments of datagrams together. How many wait is bounded: the oldest is given up.</summary>
internal sealed class FragmentTable
{
    private const int MostDatagrams = 4096;
    private const long MostHeld = 32 << 20; // octets of all that wait
    private const int LongestDatagram = 65_535;
    private const int MostFragments = 8192;
    private const int PartSize = 12; // octets of memory of what is noted of a fragment
    private const long LongestWait = 30_000_000_000; // nanoseconds; Linux gives up after as long (ip_sysctl.rst, ipfrag_time)

    private readonly Dictionary<FragmentKey, Datagram> _waiting = [];
    private readonly Queue<(FragmentKey Key, Datagram Datagram)> _order = new();
    private long _held;

    /// <summary>A datagram, some fragments of which were seen.</summary>
    /// <param name="began">When its first fragment passed, in nanoseconds.</param>
    internal sealed class Datagram(long began)
    {
        private readonly Pieces _pieces = new();
        private int _end = -1; // known from the last fragment

        /// <summary>When its first fragment passed, in nanoseconds.</summary>
        internal long Began { get; } = began;

        /// <summary>Its fragments: the packet, and where its octets lie in the datagram.</summary>
        internal List<(uint Frame, int Offset, int Length)> Parts { get; } = [];

        /// <summary>Octets of memory that it holds.</summary>
        internal int Held => _pieces.Held + (Parts.Capacity * PartSize);

        /// <summary>The whole of it.</summary>
        internal ReadOnlyMemory<byte> Data => _pieces.First(_end);

        /// <summary>Adds a fragment.</summary>
        /// <param name="frame">Its packet.</param>
        /// <param name="offset">Where it belongs.</param>
        /// <param name="octets">What it has.</param>
        /// <param name="isLast">Whether none follows.</param>
        /// <returns>Whether the datagram is whole now.</returns>
        internal bool Add(uint frame, int offset, ReadOnlySpan<byte> octets, bool isLast)
        {
            int end = offset + octets.Length;
            if (end > LongestDatagram || Parts.Count >= MostFragments)
                return false;
            Parts.Add((frame, offset, octets.Length));
            if (isLast)
                _end = Math.Max(_end, end);
            _pieces.Add(offset, octets);
            return _end >= 0 && _pieces.Contiguous >= _end;
        }
    }

    /// <summary>Adds a fragment.</summary>
    /// <param name="key">Its datagram.</param>
    /// <param name="frame">Its packet.</param>
    /// <param name="nanoseconds">When that passed.</param>
    /// <param name="offset">Where it belongs, in octets.</param>
    /// <param name="octets">What it has.</param>
    /// <param name="isLast">Whether none follows.</param>
    /// <returns>The datagram if it is whole now; null if others are missing.</returns>
    internal Datagram? Add(in FragmentKey key, uint frame, long nanoseconds, int offset, ReadOnlySpan<byte> octets, bool isLast)
    {
        if (!_waiting.TryGetValue(key, out Datagram? datagram) || nanoseconds - datagram.Began > LongestWait)
        {
            Remove(key, datagram);
            while (_waiting.Count >= MostDatagrams || _order.Count >= MostDatagrams)
                GiveUpOldest();
            datagram = new Datagram(nanoseconds);
            _waiting.Add(key, datagram);
            _order.Enqueue((key, datagram));
        }

        int before = datagram.Held;
        bool isWhole = datagram.Add(frame, offset, octets, isLast);
        _held += datagram.Held - before;
        if (isWhole)
            Remove(key, datagram);
        while (_held > MostHeld && _order.Count > 0)
            GiveUpOldest();
        return isWhole ? datagram : null;
    }

    // What was completed meanwhile is in the order for a while, but no longer in the table.
    private void GiveUpOldest()
    {
        (FragmentKey key, Datagram datagram) = _order.Dequeue();
        if (_waiting.TryGetValue(key, out Datagram? waiting) && waiting == datagram)
            Remove(key, datagram);
    }

    private void Remove(in FragmentKey key, Datagram? datagram)
    {
        if (datagram is not null && _waiting.Remove(key))
            _held -= datagram.Held;
    }
}
