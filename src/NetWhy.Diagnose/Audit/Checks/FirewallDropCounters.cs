using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that the firewall of this machine drops or refuses, by the counters of its rules.</summary>
/// <remarks>A firewall is there to drop: only what is much, or what programs of this machine send themselves, is worth telling.</remarks>
public sealed class FirewallDropCounters : IHostCheck
{
    private const double Much = 10; // a second
    private const double MuchOfAll = 0.01;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("firewall.drops", Source: "nft(8), counters; iptables(8), -v") { Cause = "local-firewall-drop" };

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<FirewallDrops>() is not { } drops)
            yield break;
        string title = "packets dropped by the firewall here";
        if (drops.Counted == 0)
        {
            yield return new Signal(Info.Id, Standing.Fine, title, drops.Deciding == 0 ? "no rule drops" : $"{Words.Count(drops.Deciding, "rule")} may drop, and none of them counts", "") { Evidence = [drops] };
            yield break;
        }

        string silent = drops.Deciding > drops.Counted ? string.Create(CultureInfo.InvariantCulture, $"; {drops.Deciding - drops.Counted} of {drops.Deciding} rules do not count") : "";
        string value = string.Create(CultureInfo.InvariantCulture, $"{(drops.Growth == 0 ? "none" : drops.Growth)} in {Words.Of(drops.Lasted)}, {drops.Total} since the rules exist{silent}");
        var fine = new Signal(Info.Id, Standing.Fine, title, value, "") { Evidence = [drops] };
        FirewallDrop? own = drops.Dropping.FirstOrDefault(IsOutgoing);
        FirewallDrop? worst = own ?? (drops.Dropping.Count > 0 ? drops.Dropping[0] : null);
        if (worst is null)
        {
            yield return fine;
            yield break;
        }

        double seconds = Math.Max(1, drops.Lasted.TotalSeconds);
        long incoming = evidence.Last<KernelCounters>() is { } counters ? new CounterReading(counters).Grown("Ip.InReceives", "Ip6InReceives") : 0;
        bool isMuch = drops.Growth >= Much * seconds && drops.Growth >= MuchOfAll * incoming;
        string rule = string.Create(CultureInfo.InvariantCulture, $"'{worst.Rule}' of {worst.Table} {worst.Chain} ({string.Join(", ", worst.Hooks)}): {worst.Packets} in {Words.Of(drops.Lasted)}");
        yield return own is null && !isMuch ? fine : fine with
        {
            Standing = Standing.Advice,
            Meaning = own is not null
                ? $"A rule here stops what programs of this machine send themselves: {rule}. Their sends fail with EPERM, or seem to succeed and never leave."
                : $"The firewall of this machine is busy dropping, most by {rule}. That may be as it should: see whether somebody wanted is among those.",
            Remedies = [new Remedy("See the rule and its neighbours; delete it if it is wrong.", Listing(worst))],
        };
    }

    /// <summary>Whether a rule sees only what programs of this machine send: postrouting and egress see what is forwarded, too.</summary>
    /// <param name="drop">The rule.</param>
    internal static bool IsOutgoing(FirewallDrop drop) => drop.Hooks.Count > 0 && drop.Hooks.All(hook => hook is "output");

    private static ShellCommand Listing(FirewallDrop drop)
    {
        string table = drop.Table.Split(' ') is [_, var name] ? name : drop.Table;
        string family = drop.Table.Split(' ')[0];
        return drop.Tool is "nft"
            ? ShellCommand.Of($"nft -a list chain {family} {table} {drop.Chain}")
            : ShellCommand.Of($"{drop.Tool} -t {table} -vnL {drop.Chain} --line-numbers");
    }
}
