namespace NetWhy.Collect.Firewall;

/// <summary>Whether a packet meets a condition, as far as can be told without sending it.</summary>
internal enum Truth
{
    /// <summary>It does not.</summary>
    No,

    /// <summary>It depends on what cannot be seen from here: rates, chance, payload, sets that grow.</summary>
    Possible,

    /// <summary>It does.</summary>
    Certain,
}

/// <summary>Three-valued logic. Source: Kleene's strong logic of indeterminacy.</summary>
internal static class TruthExtensions
{
    extension(Truth truth)
    {
        /// <summary>Both: the weaker of the two.</summary>
        internal Truth And(Truth other) => (Truth)Math.Min((int)truth, (int)other);

        /// <summary>Either: the stronger of the two.</summary>
        internal Truth Or(Truth other) => (Truth)Math.Max((int)truth, (int)other);

        /// <summary>The opposite; what is possible stays so.</summary>
        internal Truth Not() => (Truth)((int)Truth.Certain - (int)truth);

        /// <summary>The opposite, if a rule asks for it.</summary>
        internal Truth NotIf(bool negated) => negated ? truth.Not() : truth;
    }

    /// <summary>A condition that is decided.</summary>
    internal static Truth Decided(bool isMet) => isMet ? Truth.Certain : Truth.No;
}
