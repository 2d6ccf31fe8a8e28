namespace NetWhy.Certificates;

/// <summary>How much names are compared with constraints: thousands of each, or names of thousands of parts, are an attack.</summary>
internal sealed class ComparisonBudget
{
    private const long Most = 250_000;
    private const int OctetsOfOne = 64; // reading a directory name costs as much as it is long

    private long _spent;

    // Whether a name may still be compared with all constraints of a CA.
    internal bool TrySpend(GeneralName name, NameConstraints constraints)
    {
        long count = constraints.Permitted.Count + constraints.Excluded.Count;
        _spent += count * (1 + (name.Kind is GeneralNameKind.Directory ? name.Value.Length / OctetsOfOne : 0));
        return _spent <= Most;
    }
}
