namespace NetWhy.Analysis.Dissection;

/// <summary>How much a protocol lacks to be read: it is asked again when there is more. Source: what Wireshark calls desegmentation.</summary>
/// <param name="Offset">Where the part begins that cannot be read yet.</param>
/// <param name="Octets">Octets that are missing at least; or one of the constants.</param>
internal readonly record struct Lack(int Offset, int Octets)
{
    /// <summary>Nobody knows how much is missing: another segment may tell.</summary>
    internal const int AnotherSegment = -1;

    /// <summary>All that comes until the direction is closed.</summary>
    internal const int UntilFin = -2;

    /// <summary>Nothing is missing.</summary>
    internal static Lack None => default;

    /// <summary>Whether nothing is missing.</summary>
    internal bool IsNone => Octets == 0;
}
