namespace NetWhy.Collect.Routing;

/// <summary>What counters did between two samples.</summary>
internal static class Growth
{
    /// <summary>How much each counter grew; only what moved. One that was not there before was zero.</summary>
    /// <param name="before">The earlier sample.</param>
    /// <param name="after">The later one.</param>
    internal static Dictionary<string, long> Of(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after) => after
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value - before.GetValueOrDefault(pair.Key)))
        .Where(pair => pair.Value > 0)
        .ToDictionary();
}
