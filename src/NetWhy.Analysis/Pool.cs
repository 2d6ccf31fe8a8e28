namespace NetWhy.Analysis;

/// <summary>Places for what not all have: each is found by a number that is kept by whoever has it.</summary>
/// <typeparam name="T">What is kept.</typeparam>
internal sealed class Pool<T>
    where T : struct
{
    /// <summary>The number of who has none.</summary>
    internal const int None = 0;

    private readonly Chunks<T> _places = new();
    private readonly Stack<int> _free = new();
    private int _used = None + 1;

    /// <summary>A place.</summary>
    /// <param name="number">Its number.</param>
    internal ref T this[int number] => ref _places[number];

    /// <summary>Gives a place that holds nothing yet.</summary>
    /// <returns>Its number.</returns>
    internal int Take()
    {
        if (_free.TryPop(out int number))
            return number;
        if (_used >= _places.Capacity)
            _places.Grow();
        return _used++;
    }

    /// <summary>Takes a place back.</summary>
    /// <param name="number">Its number; <see cref="None"/> is nothing.</param>
    internal void Give(int number)
    {
        if (number == None)
            return;
        _places[number] = default;
        _free.Push(number);
    }
}
