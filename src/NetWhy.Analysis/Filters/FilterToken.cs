namespace NetWhy.Analysis.Filters;

/// <summary>What a word or a sign of a filter is.</summary>
internal enum FilterTokenKind : byte
{
    End,

    /// <summary>The name of a field or a function, or a value.</summary>
    Word,

    /// <summary>The name of a field behind a point, which can be no value.</summary>
    FieldName,

    /// <summary>A value that can be no name, such as an address.</summary>
    Literal,

    Text,
    Character,
    Comparison,
    In,
    And,
    Or,
    Not,
    Any,
    All,
    Arithmetic,
    LeftParenthesis,
    RightParenthesis,
    LeftBrace,
    RightBrace,
    LeftBracket,
    Comma,
    Range,
    Layer,
    Dollar,

    /// <summary>A sign that means nothing.</summary>
    Unknown,
}

/// <summary>A word or a sign of a filter.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it begins in the text.</param>
/// <param name="Length">How many characters it has.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, int Position, int Length)
{
    /// <summary>Of <see cref="FilterTokenKind.Comparison"/>: which.</summary>
    internal FilterComparison Comparison { get; init; }

    /// <summary>Of <see cref="FilterTokenKind.Comparison"/>: how many values must pass.</summary>
    internal FilterQuantifier Quantifier { get; init; }

    /// <summary>Of <see cref="FilterTokenKind.Arithmetic"/>: which.</summary>
    internal ArithmeticOperator Operator { get; init; }

    /// <summary>Of <see cref="FilterTokenKind.Text"/> and <see cref="FilterTokenKind.Character"/>: what stands between the quotes.</summary>
    internal byte[]? Octets { get; init; }
}
