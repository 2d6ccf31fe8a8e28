using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>What connection tracking could not do: races, chains that are too long, errors.</summary>
public sealed class ConntrackCounters : IHostCheck
{
    private const double LongChains = 4; // entries in a bucket, as a mean: each look takes as many steps

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("conntrack.counters", Source: "linux/netfilter/nfnetlink_conntrack.h, CTA_STATS_; net/netfilter/nf_conntrack_core.c");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<ConntrackState>(state => state.After is not null) is not { } state)
            yield break;

        long chains = state.Growth.GetValueOrDefault("chain_toolong");
        long failed = state.Growth.GetValueOrDefault("insert_failed");
        long races = Math.Max(failed - chains, 0); // races that were repaired (clash_resolve) are not among them
        string period = $"in {Words.Of(state.After ?? TimeSpan.Zero)}";
        if (races > 0)
        {
            yield return Signal(state, "connections that could not be tracked", $"{races} {period}", "",
                "Two packets of one new flow met, or address translation found no free port, and a packet was dropped: clients that ask for A and AAAA at once then wait five seconds.",
                [
                    new Remedy("See which of the two: where this grows with DNS queries it is the race.", "conntrack -S"),
                    new Remedy("Against the race, let resolvers ask one question after the other.", "grep -q single-request /etc/resolv.conf || echo 'options single-request' >> /etc/resolv.conf"),
                ]);
        }

        double load = state.Buckets is > 0 and { } buckets ? 2.0 * state.Count / buckets : 0;
        if (chains > 0 || load > LongChains)
        {
            yield return Signal(state, "chains of the connection tracking table", string.Create(CultureInfo.InvariantCulture, $"{chains} too long {period}, {load:0.#} entries a bucket"), $"{state.Buckets} buckets",
                "The table has too few buckets for its entries: each packet costs a longer search, and where a chain is too long the connection is dropped.",
                [
                    Remedy.Set("Give it as many buckets as entries may be.", "net.netfilter.nf_conntrack_buckets", WholeHost.Plain(Math.Max(state.Max, (state.Buckets ?? 0) * 2)), state.IsLimitSettable is true ? null : WholeHost.Machine),
                ]);
        }

        if (races > 0 || chains > 0 || load > LongChains)
            yield break;
        long before = state.Statistics.GetValueOrDefault("insert_failed") + state.Statistics.GetValueOrDefault("drop") + state.Statistics.GetValueOrDefault("early_drop");
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            "connections that could not be tracked",
            $"none {period}, {before} since start",
            "")
        {
            Evidence = [state],
        };
    }

    private Signal Signal(ConntrackState state, string title, string value, string limit, string meaning, ImmutableArray<Remedy> remedies) =>
        new(Info.Id, Standing.Warning, title, value, limit) { Meaning = meaning, Remedies = remedies, Evidence = [state] };
}
