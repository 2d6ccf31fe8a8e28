using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>The kernel's counters as the checks read them: what grew between the two samples, and what they were at in the end.</summary>
/// <param name="counters">The observation.</param>
public sealed class CounterReading(KernelCounters counters)
{
    /// <summary>A share means nothing below this many packets.</summary>
    public const long FewestPackets = 200;

    /// <summary>The observation.</summary>
    public KernelCounters Observation => counters;

    /// <summary>Whether this kernel counts something; evidence that does not tell speaks for it.</summary>
    /// <param name="name">Name of the counter, such as <c>TcpExt.TCPTimeouts</c>.</param>
    public bool Has(string name) =>
        counters.Quiet is not { } quiet || counters.Totals.ContainsKey(name) || counters.Growth.ContainsKey(name) || quiet.Contains(name);

    /// <summary>How much some counters grew together; a counter that went back (a new namespace, a wrap) did not grow.</summary>
    /// <param name="names">Their names.</param>
    public long Grown(params IEnumerable<string> names) => names.Sum(name => Bounded(counters.Growth.GetValueOrDefault(name)));

    /// <summary>What some counters are at together, since this machine started or since the namespace exists.</summary>
    /// <param name="names">Their names.</param>
    public long Total(params IEnumerable<string> names) => names.Sum(name => Bounded(counters.Totals.GetValueOrDefault(name)));

    /// <summary>How fast something grew, a second; what took less than a second counts as if it had taken one.</summary>
    /// <param name="grown">How much it grew.</param>
    public double PerSecond(long grown) => grown / Math.Max(1, counters.Lasted.TotalSeconds);

    /// <summary>
    /// Whether something grew faster than a busy machine lets it grow anyway, however long it was watched: so much a second,
    /// and so large a share of what it is a part of, where there was enough of that.
    /// </summary>
    /// <param name="grown">How much it grew.</param>
    /// <param name="perSecond">The least a second.</param>
    /// <param name="share">The least share, 0 to 1.</param>
    /// <param name="whole">Names of the counters that it is a part of; none where there are no such.</param>
    public bool IsMuch(long grown, double perSecond, double share = 0, params IEnumerable<string> whole)
    {
        long all = Grown(whole);
        return PerSecond(grown) >= perSecond && (all < FewestPackets || grown >= share * all);
    }

    /// <summary>Growth as a share of the growth of others, 0 to 1.</summary>
    /// <param name="part">How much the counters grew that are a part of the others.</param>
    /// <param name="whole">How much the others grew.</param>
    public static double Share(long part, long whole) => whole <= 0 ? 0 : Math.Min(1, part / (double)whole);

    /// <summary>Growth and total in words: <c>3 in 1 s, 1204 since start</c>.</summary>
    /// <param name="names">Names of the counters.</param>
    public string InWords(params IReadOnlyList<string> names) =>
        $"{Number(Grown(names))} in {Words.Of(counters.Lasted)}, {Number(Total(names))} since start";

    /// <summary>Growth and total as shares: <c>6.1 % in 1 s (252 of 4145), 0.2 % since start</c>.</summary>
    /// <param name="names">Names of the counters.</param>
    /// <param name="whole">Names of those that they are a part of.</param>
    public string InWords(IReadOnlyList<string> names, IReadOnlyList<string> whole)
    {
        (long part, long all) = (Grown(names), Grown(whole));
        string now = part == 0 ? $"none in {Words.Of(counters.Lasted)}"
            : all == 0 ? $"{Number(part)} in {Words.Of(counters.Lasted)}"
            : $"{Words.Percent(Share(part, all))} in {Words.Of(counters.Lasted)} ({Number(part)} of {Number(all)})";
        return $"{now}, {(Total(names) == 0 ? "none" : Words.Percent(Share(Total(names), Total(whole))))} since start";
    }

    private static string Number(long count) => count == 0 ? "none" : count.ToString(CultureInfo.InvariantCulture);

    // Counters are 64 bits wide; a file from elsewhere may hold anything.
    private static long Bounded(long count) => Math.Clamp(count, 0, long.MaxValue / 64);
}
