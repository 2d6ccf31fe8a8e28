namespace NetWhy.Wire;

/// <summary>Parts of memory that a reader found as spans: to be kept without a copy.</summary>
public static class OctetParts
{
    /// <summary>The part of memory that a span over it covers.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="part">The span, within <paramref name="memory"/>.</param>
    /// <returns>Empty memory where the span is empty.</returns>
    public static ReadOnlyMemory<byte> Within(ReadOnlyMemory<byte> memory, ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
            return default;
        _ = memory.Span.Overlaps(part, out int offset);
        return memory.Slice(offset, part.Length);
    }
}
