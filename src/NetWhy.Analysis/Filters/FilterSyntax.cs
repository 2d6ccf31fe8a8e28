using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>How two values are compared.</summary>
internal enum FilterComparison : byte
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
    Matches,
}

/// <summary>How many of the values of a field must pass a comparison.</summary>
internal enum FilterQuantifier : byte
{
    Any,
    All,
}

/// <summary>What computes a value.</summary>
internal enum ArithmeticOperator : byte
{
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Negate,
}

/// <summary>A part of an octet string, or some of the layers of a packet.</summary>
/// <param name="Start">Where it begins; below 0 it counts from the end.</param>
/// <param name="Length">How many; null up to <paramref name="End"/>.</param>
/// <param name="End">The last one that belongs to it, with the sign of <paramref name="Start"/>; null with a length, or up to the end.</param>
internal readonly record struct FilterRange(int Start, int? Length, int? End);

/// <summary>A part of a filter as it was written.</summary>
/// <param name="Position">Where it begins in the text.</param>
/// <param name="Length">How many characters it has there.</param>
internal abstract record FilterNode(int Position, int Length);

/// <summary>All or any of several conditions.</summary>
internal sealed record JoinNode(bool IsAnd, IReadOnlyList<FilterNode> Parts, int Position, int Length) : FilterNode(Position, Length);

/// <summary>The opposite of a condition.</summary>
internal sealed record NotNode(FilterNode Part, int Position, int Length) : FilterNode(Position, Length);

/// <summary>A comparison of two values.</summary>
internal sealed record RelationNode(FilterComparison Comparison, FilterQuantifier Quantifier, string Operator, FilterNode Left, FilterNode Right)
    : FilterNode(Left.Position, Right.Position + Right.Length - Left.Position);

/// <summary>Whether a field is in a set.</summary>
internal sealed record MemberNode(FilterQuantifier Quantifier, FilterNode Left, IReadOnlyList<(FilterNode Low, FilterNode? High)> Set, int Position, int Length)
    : FilterNode(Position, Length);

/// <summary>A field, or some layers of it. A reset is the flag that guides call <c>tcp.analysis.reset</c>: alone, it asks for a value other than 0, not for its presence.</summary>
internal sealed record FieldNode(Field Field, IReadOnlyList<FilterRange>? Layers, bool IsReset, int Position, int Length) : FilterNode(Position, Length);

/// <summary>A value without quotes, the meaning of which depends on what it is compared with.</summary>
internal sealed record LiteralNode(string Text, int Position, int Length) : FilterNode(Position, Length);

/// <summary>A value in double quotes.</summary>
internal sealed record TextNode(byte[] Octets, int Position, int Length) : FilterNode(Position, Length);

/// <summary>A character in single quotes.</summary>
internal sealed record CharacterNode(byte Value, int Position, int Length) : FilterNode(Position, Length);

/// <summary>Parts of a value.</summary>
internal sealed record SliceNode(FilterNode Part, IReadOnlyList<FilterRange> Ranges, int Position, int Length) : FilterNode(Position, Length);

/// <summary>A function of values.</summary>
internal sealed record FunctionNode(string Name, IReadOnlyList<FilterNode> Arguments, int Position, int Length) : FilterNode(Position, Length);

/// <summary>A computed value; the operator of one value has no right side.</summary>
internal sealed record ArithmeticNode(ArithmeticOperator Operator, string Text, FilterNode Left, FilterNode? Right, int Position, int Length)
    : FilterNode(Position, Length);
