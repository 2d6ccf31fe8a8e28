using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>A check of counters of the kernel: fine while they stand still; a subclass judges them where they grow.</summary>
/// <remarks>
/// What counts is the growth between the two samples. Totals since the start are history: they are shown, and judge
/// nothing. A counter that the kernel does not have is unknown, and not 0.
/// </remarks>
/// <param name="id">Id of the check.</param>
/// <param name="source">The document that defines the counters.</param>
/// <param name="title">What they count, in a few words.</param>
/// <param name="names">Their names, such as <c>TcpExt.TCPTimeouts</c>.</param>
public abstract class CounterCheck(string id, string source, string title, params ImmutableArray<string> names) : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info => new(id, source) { Cause = Cause };

    /// <summary>Names of the counters.</summary>
    protected ImmutableArray<string> Names => names;

    /// <summary>Names of the counters that these are a part of; none if they are no part of anything.</summary>
    protected virtual ImmutableArray<string> Whole => [];

    /// <summary>Whether a kernel without these counters has no such thing at all, and nothing is to be said of it.</summary>
    protected virtual bool IsOptional => false;

    /// <summary>Cause that a rule finds where these counters grow; null if no rule does.</summary>
    protected virtual string? Cause => null;

    /// <summary>Those of the counters that count trouble on this machine.</summary>
    /// <param name="evidence">All evidence.</param>
    protected virtual ImmutableArray<string> Relevant(EvidenceSet evidence) => names;

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Last<KernelCounters>() is not { } observed)
            yield break;
        var counters = new CounterReading(observed);
        if (!names.Any(counters.Has))
        {
            if (!IsOptional)
                yield return new Signal(id, Standing.Unknown, title, "this kernel does not count them", "") { Evidence = [observed] };
            yield break;
        }

        ImmutableArray<string> relevant = Relevant(evidence);
        string value = Whole.IsEmpty ? counters.InWords(relevant) : counters.InWords(relevant, Whole);
        var signal = new Signal(id, Standing.Fine, title, value, "") { Evidence = [observed] };
        yield return counters.Grown(relevant) == 0 ? signal : Judge(signal, counters, evidence);
    }

    /// <summary>Judges counters of which at least one grew.</summary>
    /// <param name="fine">The signal that all is well, to be changed if it is not.</param>
    /// <param name="counters">The counters.</param>
    /// <param name="evidence">All evidence.</param>
    protected abstract Signal Judge(Signal fine, CounterReading counters, EvidenceSet evidence);

    /// <summary>Says what the queues of this machine's own interfaces dropped, or the other ends of virtual pairs refused: if that is what these counters tell of, all is well here, and that row says what to do.</summary>
    /// <param name="fine">The signal that all is well.</param>
    /// <param name="bad">The signal that it is not, which stands if the queues dropped less.</param>
    /// <param name="count">How much the counters grew by drops somewhere.</param>
    /// <param name="evidence">All evidence.</param>
    /// <param name="least">The least share of it that the drops must make up.</param>
    protected static Signal OfOwnQueue(Signal fine, Signal bad, long count, EvidenceSet evidence, double least = Checks.QueueDrops.NearlyAll)
    {
        ArgumentNullException.ThrowIfNull(fine);
        ArgumentNullException.ThrowIfNull(bad);
        ArgumentNullException.ThrowIfNull(evidence);
        (string Interface, long Drops, QueueDiscipline Queue)[] queues = [.. Checks.QueueDrops.Dropping(evidence)];
        Hosts.LinkChange[] refused = [.. Hosts.LinkChange.All(evidence).Where(link => link.RefusedThere > 0)];
        long dropped = queues.Sum(queue => queue.Drops);
        long all = dropped + refused.Sum(link => link.RefusedThere);
        if (all == 0)
            return bad;
        string places = queues.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; the queue of {string.Join(", ", queues.Select(queue => queue.Interface))} dropped {dropped}");
        string ends = refused.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; the other end of {string.Join(", ", refused.Select(link => link.Name))} refused {all - dropped}");
        Signal signal = all < least * count ? bad : fine; // what lost the rest is a matter of its own
        return signal with
        {
            Value = $"{signal.Value}{places}{ends}",
            Evidence = [.. signal.Evidence, .. queues.Select(queue => queue.Queue), .. refused.Select(link => link.After)],
        };
    }

    /// <summary>Says that a rule of the firewall here stops what programs of this machine send, if that is what these counters tell of: the rule is told by itself.</summary>
    /// <param name="fine">The signal that all is well.</param>
    /// <param name="count">How much the counters grew by drops somewhere.</param>
    /// <param name="evidence">All evidence.</param>
    /// <returns>Null if no rule is known to, or if it accounts for less than half.</returns>
    protected static Signal? OfOwnRule(Signal fine, long count, EvidenceSet evidence)
    {
        ArgumentNullException.ThrowIfNull(fine);
        ArgumentNullException.ThrowIfNull(evidence);
        FirewallDrops? drops = evidence.Last<FirewallDrops>();
        long dropped = drops?.Dropping.Where(Checks.FirewallDropCounters.IsOutgoing).Sum(drop => drop.Packets) ?? 0;

        // A rule without a counter is known by the SYNs that it fits.
        FirewallRuleMatch? match = evidence.First<FirewallRuleMatch>(rule => rule is { Purpose: "pending", Verdict: "drop", Match: RuleMatch.Certain, Packet: "opening" });
        if (match is not null)
            dropped = Math.Max(dropped, Sockets.SocketWords.Growth(evidence, "TcpExt.TCPSynRetrans"));
        return dropped == 0 || dropped * 2 < count ? null : fine with
        {
            Value = string.Create(CultureInfo.InvariantCulture, $"{fine.Value}; the firewall here dropped {dropped}"),
            Evidence = [.. fine.Evidence, .. ((Observation?[])[drops, match]).OfType<Observation>()],
        };
    }

    /// <summary>Growth of all the counters as a share of <see cref="Whole"/>, 0 to 1; 0 if that are fewer than <see cref="CounterReading.FewestPackets"/>.</summary>
    /// <param name="counters">The counters.</param>
    protected double ShareOfWhole(CounterReading counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        long whole = counters.Grown(Whole);
        return whole < CounterReading.FewestPackets ? 0 : CounterReading.Share(counters.Grown(names), whole);
    }
}
