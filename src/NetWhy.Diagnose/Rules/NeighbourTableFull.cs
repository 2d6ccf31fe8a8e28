using System.Collections.Immutable;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The neighbour table has no room left: packets to neighbours that are not in it are thrown away.</summary>
/// <remarks>
/// The limits are of the whole machine: every network namespace fills the one table. Source: net/core/neighbour.c,
/// neigh_alloc; arp(7), gc_thresh3.
/// </remarks>
public sealed class NeighbourTableFull : IRule
{
    private const string Cause = "neighbour-table-full";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "arp(7), gc_thresh3; net/core/neighbour.c, neigh_alloc", Cause)
    {
        Explains = [.. Symptoms.OfNoWay, "neighbour-unresolved", "gateway-wrong", "local-firewall-drop"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        bool isAsked = WholeHost.IsAsked(evidence);
        NeighbourTable? worst = evidence.All<NeighbourTable>()
            .Where(table => table.Growth.GetValueOrDefault("table_fulls") > 0 || table.Entries >= table.Threshold3 || (isAsked && IsTight(table)))
            .OrderByDescending(table => table.Growth.GetValueOrDefault("table_fulls"))
            .ThenByDescending(table => (double)table.Entries / Math.Max(table.Threshold3 ?? 1, 1))
            .FirstOrDefault();
        if (worst is null)
            yield break;

        Reach? victim = isAsked ? null : Reach.Failing(evidence).FirstOrDefault(reach => reach.IsIPv6 == worst.Family is "ipv6" && reach.NextHop is not null);
        if (!isAsked && victim is null)
            yield break; // full for others: this target's neighbour is known

        long refused = worst.Growth.GetValueOrDefault("table_fulls");
        List<Reason> reasons = [];
        if (refused > 0)
            reasons.Add(worst.Weigh(isAsked ? Weight.Decisive : Weight.Strong, $"{Words.Count(refused, "new neighbour")} had no room in {Words.Of(worst.Lasted)}"));
        if (worst.Entries >= worst.Threshold3)
            reasons.Add(worst.Weigh(Weight.Strong, $"{worst.Entries} entries, and {worst.Threshold3} is the limit (gc_thresh3)"));
        else if (worst.Entries > worst.Threshold2)
            reasons.Add(worst.Weigh(refused > 0 ? Weight.Context : Weight.Strong, $"{worst.Entries} entries: above gc_thresh2 ({worst.Threshold2}) entries are thrown out early"));
        if (worst.Growth.GetValueOrDefault("forced_gc_runs") is > 0 and var runs)
            reasons.Add(worst.Weigh(Weight.Hint, $"the kernel had to search for entries to throw out {Words.Count(runs, "time")}"));
        if (victim is not null)
            AddVictim(evidence, reasons, victim);

        string family = worst.Family is "ipv6" ? "IPv6" : "IPv4";
        bool isFull = refused > 0 || worst.Entries >= worst.Threshold3;
        string here = worst.Here < worst.Entries ? $", {worst.Here} of them in this network namespace" : "";
        string most = worst.Interfaces.OrderByDescending(pair => pair.Value).Select(pair => $", most of them on {pair.Key} ({pair.Value})").FirstOrDefault() ?? "";
        yield return new Finding(
            Cause,
            refused > 0 || !isAsked ? Severity.Critical : Severity.Warning,
            Where.Local,
            isFull
                ? $"The neighbour table of this machine for {family} is full ({worst.Entries} entries{here}{most}; limit {worst.Threshold3}): packets to further neighbours are dropped."
                : $"The neighbour table of this machine for {family} is nearly full ({worst.Entries} entries{here}{most}; limit {worst.Threshold3}): entries are thrown out while they are needed.",
            [.. reasons])
        {
            Subject = victim?.Address,
            Measure = new Measure(
                $"neighbour table for {family}",
                $"{worst.Entries} entries{(refused > 0 ? $", {refused} refused in {Words.Of(worst.Lasted)}" : "")}",
                worst.Threshold3 is { } limit ? $"{limit} (gc_thresh3)" : ""),
            Remedies = Remedies(worst),
        };
    }

    private static bool IsTight(NeighbourTable table) =>
        table.Entries > table.Threshold2 && table.Growth.GetValueOrDefault("forced_gc_runs") > 0;

    // To make room for one, the kernel tells the sender ENOBUFS; TCP keeps that to itself and asks again.
    private static void AddVictim(EvidenceSet evidence, List<Reason> reasons, Reach victim)
    {
        switch (victim.Neighbour(afterTraffic: true))
        {
            case { State: "absent" } absent:
                reasons.Add(absent.Weigh(Weight.VeryStrong, $"{absent.Address} on {absent.Interface} is not in the table, though packets were sent to it"));
                break;
            case { State: "failed" or "incomplete" } failed:
                reasons.Add(failed.Weigh(Weight.Against, $"{failed.Address} had room in the table, and did not answer"));
                break;
            case { HardwareAddress: not null } known:
                reasons.Add(known.Weigh(Weight.RulesOut, $"{known.Address} is in the table"));
                break;
        }

        Observation? refusal = evidence.First<ConnectAttempt>(attempt => attempt.Address.Equals(victim.Address) && attempt.Errno is "ENOBUFS")
            ?? (Observation?)evidence.First<DatagramExchange>(datagram => datagram.Address.Equals(victim.Address) && datagram.Errno is "ENOBUFS")
            ?? (Observation?)evidence.First<EchoSeries>(echo => echo.Address.Equals(victim.Address) && echo.Errno is "ENOBUFS")
            ?? evidence.First<DnsExchange>(dns => dns.Server.Equals(victim.Address) && dns.Errno is "ENOBUFS");
        if (refusal is not null)
            reasons.Add(refusal.Weigh(Weight.VeryStrong, "sending fails with ENOBUFS"));
    }

    // As the kernel's own: 128, 512 and 1024 are as one to four to eight.
    private static ImmutableArray<Remedy> Remedies(NeighbourTable table)
    {
        long most = 1024;
        while (most < table.Entries * 2 && most < 1L << 20)
            most *= 2;
        if (table.Threshold3 is { } now)
            most = Math.Max(most, Math.Min(now * 2, 1L << 20));
        string? on = table.IsLimitSettable is false ? WholeHost.Machine : null;
        string name = $"net.{table.Family}.neigh.default.gc_thresh";
        return
        [
            Remedy.Set("Make room: more neighbours may be known at once (an entry costs some 400 octets).", name + "3", WholeHost.Plain(most), on),
            Remedy.Set("Throw entries out early only when the table is half full.", name + "2", WholeHost.Plain(most / 2), on),
            Remedy.Set("Leave a small table alone.", name + "1", WholeHost.Plain(most / 8), on),
            new Remedy("See which interface has them: a scan, or a network of one link for thousands of hosts, which wants a router within.", "ip -o neigh | awk '{print $3}' | sort | uniq -c | sort -rn | head"),
        ];
    }
}
