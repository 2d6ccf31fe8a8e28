using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>Which datagram a fragment belongs to. Source: RFC 791, section 3.2; RFC 8200, section 4.5.</summary>
/// <param name="Source">The sender's address.</param>
/// <param name="Destination">The receiver's address.</param>
/// <param name="Identification">The identification.</param>
/// <param name="Protocol">What it carries.</param>
internal readonly record struct FragmentKey(AddressNumber Source, AddressNumber Destination, uint Identification, byte Protocol);

/// <summary>What is wrong with a fragment.</summary>
[Flags]
internal enum FragmentFaults
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Others have some of its octets too.</summary>
    Overlap = 1,

    /// <summary>Others have other octets in their places.</summary>
    Conflict = 2,

    /// <summary>It is a last one, but the datagram ends elsewhere.</summary>
    OtherEnd = 4,

    /// <summary>It goes on behind the end of the datagram.</summary>
    TooLong = 8,
}

/// <summary>A fragment that was seen.</summary>
/// <param name="frame">Its packet.</param>
/// <param name="offset">Where it belongs in the datagram.</param>
/// <param name="octets">What it has.</param>
internal sealed class Fragment(uint frame, int offset, byte[] octets)
{
    /// <summary>Its packet.</summary>
    internal uint Frame { get; } = frame;

    /// <summary>Where it belongs in the datagram.</summary>
    internal int Offset { get; } = offset;

    /// <summary>What it has.</summary>
    internal byte[] Octets { get; } = octets;

    /// <summary>Where it ends in the datagram.</summary>
    internal int End => Offset + Octets.Length;

    /// <summary>What is wrong with it.</summary>
    internal FragmentFaults Faults { get; set; }
}

/// <summary>Puts the fragments of datagrams together. How many wait is bounded: the oldest is given up.</summary>
internal sealed class FragmentTable
{
    private const int MostDatagrams = 4096;
    private const long MostHeld = 32 << 20; // octets of all that wait
    private const int LongestDatagram = 65_535;
    private const int MostFragments = 8192;
    private const int PartSize = 64; // octets of memory of what is noted of a fragment
    private const long LongestWait = 30_000_000_000; // nanoseconds; Linux gives up after as long (ip_sysctl.rst, ipfrag_time)

    private readonly Dictionary<FragmentKey, Datagram> _waiting = [];
    private readonly Queue<(FragmentKey Key, long Number)> _order = new(); // by number, so that none that is whole is kept alive
    private long _held;
    private long _begun;

    /// <summary>A datagram, some fragments of which were seen.</summary>
    /// <param name="number">Counts the datagrams of the table.</param>
    /// <param name="began">When its first fragment passed, in nanoseconds.</param>
    internal sealed class Datagram(long number, long began)
    {
        private readonly List<Fragment> _parts = []; // by offset
        private byte[] _data = [];
        private int _end = -1; // known from the first last fragment
        private int _seen; // octets of all fragments

        /// <summary>Counts the datagrams of the table.</summary>
        internal long Number { get; } = number;

        /// <summary>When its first fragment passed, in nanoseconds.</summary>
        internal long Began { get; } = began;

        /// <summary>Its fragments, in the order of their octets.</summary>
        internal IReadOnlyList<Fragment> Parts => _parts;

        /// <summary>Octets of memory that it holds.</summary>
        internal int Held => _seen + (_parts.Capacity * PartSize);

        /// <summary>The whole of it.</summary>
        internal ReadOnlyMemory<byte> Data => _data;

        /// <summary>Adds a fragment.</summary>
        /// <param name="frame">Its packet.</param>
        /// <param name="offset">Where it belongs.</param>
        /// <param name="octets">What it has.</param>
        /// <param name="isLast">Whether none follows.</param>
        /// <returns>Whether the datagram is whole now.</returns>
        internal bool Add(uint frame, int offset, ReadOnlySpan<byte> octets, bool isLast)
        {
            if (offset + octets.Length > LongestDatagram || _parts.Count >= MostFragments)
                return false;
            var part = new Fragment(frame, offset, octets.ToArray());
            int place = _parts.Count;
            while (place > 0 && _parts[place - 1].Offset > offset)
                place--;
            _parts.Insert(place, part);
            _seen += octets.Length;
            if (isLast && _end >= 0 && _end != part.End)
                part.Faults |= FragmentFaults.OtherEnd;
            else if (isLast)
                _end = part.End;
            if (_end < 0 || _seen < _end || Contiguous() < _end)
                return false;
            Assemble();
            return true;
        }

        private int Contiguous()
        {
            int reached = 0;
            foreach (Fragment part in _parts)
            {
                if (part.Offset > reached)
                    break;
                reached = Math.Max(reached, part.End);
            }

            return reached;
        }

        // What lies in several fragments is taken of the one that begins first.
        private void Assemble()
        {
            _data = new byte[_end];
            int reached = 0;
            foreach (Fragment part in _parts)
            {
                if (part.Octets.Length == 0)
                    continue;
                if (part.End > _end)
                    part.Faults |= FragmentFaults.TooLong;
                if (part.Offset >= _end)
                    continue;
                int shared = Math.Clamp(reached - part.Offset, 0, Math.Min(part.Octets.Length, _end - part.Offset));
                if (shared > 0)
                    part.Faults |= FragmentFaults.Overlap;
                if (!part.Octets.AsSpan(0, shared).SequenceEqual(_data.AsSpan(part.Offset, shared)))
                    part.Faults |= FragmentFaults.Conflict;
                int end = Math.Min(part.End, _end);
                if (end <= reached)
                    continue;
                part.Octets.AsSpan(shared, end - part.Offset - shared).CopyTo(_data.AsSpan(part.Offset + shared));
                reached = end;
            }
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
            datagram = new Datagram(_begun++, nanoseconds);
            _waiting.Add(key, datagram);
            _order.Enqueue((key, datagram.Number));
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
        (FragmentKey key, long number) = _order.Dequeue();
        if (_waiting.TryGetValue(key, out Datagram? waiting) && waiting.Number == number)
            Remove(key, waiting);
    }

    private void Remove(in FragmentKey key, Datagram? datagram)
    {
        if (datagram is not null && _waiting.Remove(key))
            _held -= datagram.Held;
    }
}
