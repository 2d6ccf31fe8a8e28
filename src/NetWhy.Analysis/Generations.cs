using System.Diagnostics.CodeAnalysis;

namespace NetWhy.Analysis;

/// <summary>
/// A bounded table of what is in use, in two generations: when the younger one is full, it becomes the older one, and the one
/// before is forgotten. What is asked for in between stays.
/// </summary>
/// <typeparam name="TKey">What is asked by.</typeparam>
/// <typeparam name="TValue">What is remembered.</typeparam>
/// <param name="most">Entries of a generation.</param>
/// <param name="forgotten">Told all entries that are forgotten.</param>
internal sealed class Generations<TKey, TValue>(int most, Action<IReadOnlyDictionary<TKey, TValue>> forgotten)
    where TKey : notnull
    where TValue : class, new()
{
    private Dictionary<TKey, TValue> _younger = [];
    private Dictionary<TKey, TValue> _older = [];

    /// <summary>The older entries.</summary>
    internal IReadOnlyDictionary<TKey, TValue> Older => _older;

    /// <summary>The younger entries.</summary>
    internal IReadOnlyDictionary<TKey, TValue> Younger => _younger;

    /// <summary>The entry of a key, which is made if there is none.</summary>
    /// <param name="key">The key.</param>
    internal TValue Of(TKey key)
    {
        if (_younger.TryGetValue(key, out TValue? value))
            return value;
        if (_younger.Count == most)
        {
            forgotten(_older);
            _older = _younger;
            _younger = [];
        }

        if (!_older.Remove(key, out value))
            value = new TValue();
        _younger[key] = value;
        return value;
    }

    /// <summary>The entry of a key, if there is one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The entry.</param>
    internal bool TryFind(TKey key, [MaybeNullWhen(false)] out TValue value) =>
        _younger.TryGetValue(key, out value) || _older.TryGetValue(key, out value);
}
