using System.Runtime.CompilerServices;

namespace NetWhy.Capture.Files;

/// <summary>Parts of a second, counted in other units.</summary>
internal static class FractionOfSecond
{
    /// <summary>Counts in other units.</summary>
    /// <param name="part">How many units of the old kind: less than a second.</param>
    /// <param name="perSecond">The new ones in a second.</param>
    /// <param name="oldPerSecond">The old ones in a second.</param>
    /// <param name="roundsUp">Whether what is left over counts as a whole unit.</param>
    internal static ulong Scale(ulong part, ulong perSecond, ulong oldPerSecond, bool roundsUp)
    {
        const ulong Narrow = 1UL << 32;
        return perSecond < Narrow && oldPerSecond < Narrow
            ? ((part * perSecond) + (roundsUp ? oldPerSecond - 1 : 0)) / oldPerSecond
            : ScaleWide(part, perSecond, oldPerSecond, roundsUp);
    }

    // By itself: what touches 128 bits is not compiled ahead.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong ScaleWide(ulong part, ulong perSecond, ulong oldPerSecond, bool roundsUp) =>
        (ulong)((((UInt128)part * perSecond) + (roundsUp ? oldPerSecond - 1 : 0)) / oldPerSecond);
}
