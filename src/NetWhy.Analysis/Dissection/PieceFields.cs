using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The fields that say how a message lies in segments of what carries it.</summary>
internal sealed class PieceFields
{
    /// <summary>A segment that a message does not end in, or that it goes on in.</summary>
    internal required Field Data { get; init; }

    /// <summary>The segments of a message.</summary>
    internal required Field Segments { get; init; }

    /// <summary>One of them.</summary>
    internal required Field Segment { get; init; }

    /// <summary>How many they are.</summary>
    internal required Field Count { get; init; }

    /// <summary>Octets of the message.</summary>
    internal required Field Length { get; init; }

    /// <summary>The message.</summary>
    internal required Field Whole { get; init; }

    /// <summary>Where a message is whole, said where it is not.</summary>
    internal required Field Last { get; init; }

    /// <summary>All of them.</summary>
    internal Field[] All => [Data, Segments, Segment, Count, Length, Whole, Last];
}
