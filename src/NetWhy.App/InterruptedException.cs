using System.Globalization;

namespace NetWhy.App;

/// <summary>The user interrupted an investigation.</summary>
/// <param name="elapsed">After how long.</param>
/// <param name="kept">Observations that <c>--save</c> has kept; null without it.</param>
internal sealed class InterruptedException(TimeSpan elapsed, int? kept) : OperationCanceledException(string.Create(
    CultureInfo.InvariantCulture,
    $"interrupted after {elapsed.TotalSeconds:0.0} s, before the verdict{(kept is { } count ? $"; {count} observations are kept" : "")}"));
