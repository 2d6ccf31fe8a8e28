namespace NetWhy.Tools.Dig;

/// <summary>An option of dig that begins with a plus sign.</summary>
/// <param name="Stem">What must stand, letter by letter.</param>
/// <param name="Rest">What may be cut from its end, in any case.</param>
/// <param name="Apply">Does it: with what it belongs to, whether it is switched on, and its value.</param>
internal sealed record DigPlusOption(string Stem, string Rest, Action<DigPlusReader, bool, string?> Apply)
{
    /// <summary>Whether a word means this option.</summary>
    /// <param name="word">The word, without <c>+</c>, <c>no</c> and value.</param>
    internal bool Is(string word) => word.StartsWith(Stem, StringComparison.Ordinal) && word.Length <= Stem.Length + Rest.Length
        && Rest.StartsWith(word[Stem.Length..], StringComparison.OrdinalIgnoreCase);
}
