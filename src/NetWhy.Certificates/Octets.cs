namespace NetWhy.Certificates;

/// <summary>Parts of memory that a reader found as spans.</summary>
internal static class Octets
{
    // The part of memory that a span over it covers.
    internal static ReadOnlyMemory<byte> Within(ReadOnlyMemory<byte> memory, ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
            return default;
        _ = memory.Span.Overlaps(part, out int offset);
        return memory.Slice(offset, part.Length);
    }
}
