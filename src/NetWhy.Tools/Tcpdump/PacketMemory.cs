using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Keeps the last packets in memory, comments and other options with them: no more octets and no older ones than wanted.</summary>
/// <param name="size">Octets, records included.</param>
/// <param name="nanoseconds">How old packets may be.</param>
internal sealed class PacketMemory(int size, long nanoseconds)
{
    private const int RecordSize = 40; // of what is noted of each packet beside its octets

    private readonly byte[] _octets = GC.AllocateUninitializedArray<byte>(size, pinned: true);
    private readonly Queue<Entry> _entries = new();
    private int _end;

    /// <summary>Packets that it holds.</summary>
    internal int Count => _entries.Count;

    /// <summary>When a packet was last given up for want of room, in nanoseconds since 1970; 0 if none was.</summary>
    internal long ShortOfRoom { get; private set; }

    /// <summary>Keeps a packet.</summary>
    /// <param name="packet">The packet; left out if it has no room at all.</param>
    internal void Add(in PacketRecord packet)
    {
        ForgetBefore(packet.Nanoseconds - nanoseconds);
        int room = packet.Octets.Length + packet.Options.Length + RecordSize;
        if (room > size)
            return;
        if (size - _end < room)
        {
            while (_entries.TryPeek(out Entry behind) && behind.At >= _end)
                GiveUp();
            _end = 0;
        }

        while (_entries.TryPeek(out Entry oldest) && oldest.At >= _end && oldest.At < _end + room)
            GiveUp();
        packet.Octets.CopyTo(_octets.AsSpan(_end));
        packet.Options.CopyTo(_octets.AsSpan(_end + packet.Octets.Length));
        _entries.Enqueue(new Entry(packet.Nanoseconds, packet.Interface, _end, packet.Octets.Length, packet.OriginalLength, packet.Options.Length));
        _end += room;
    }

    /// <summary>Gives up what is older than a moment.</summary>
    /// <param name="moment">The moment, in nanoseconds since 1970.</param>
    internal void ForgetBefore(long moment)
    {
        while (_entries.TryPeek(out Entry oldest) && oldest.Nanoseconds < moment)
            _entries.Dequeue();
    }

    /// <summary>Hands all packets to a sink, the oldest first; they stay.</summary>
    /// <param name="sink">The sink.</param>
    internal void CopyTo(IPacketSink sink)
    {
        foreach (Entry entry in _entries)
        {
            sink.Take(0, new PacketRecord(entry.Nanoseconds, entry.Interface, _octets.AsSpan(entry.At, entry.Captured), entry.Length)
            {
                Options = _octets.AsSpan(entry.At + entry.Captured, entry.Options),
            });
        }

        sink.Keep();
    }

    private void GiveUp() => ShortOfRoom = _entries.Dequeue().Nanoseconds;

    private readonly record struct Entry(long Nanoseconds, CaptureInterface Interface, int At, int Captured, uint Length, int Options);
}
