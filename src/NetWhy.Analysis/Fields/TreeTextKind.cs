namespace NetWhy.Analysis.Fields;

/// <summary>How a text of a tree stands to the field and value that it is for.</summary>
internal enum TreeTextKind : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It stands for them.</summary>
    Whole,

    /// <summary>It stands for them, and was added to.</summary>
    Grown,

    /// <summary>It stands behind them.</summary>
    Behind,

    /// <summary>Nothing is shown of them.</summary>
    Hidden,
}
