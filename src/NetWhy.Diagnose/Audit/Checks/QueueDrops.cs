using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Packets that the queue of an interface threw away before they were sent.</summary>
public sealed class QueueDrops : IHostCheck
{
    private const double MeantDrops = 0.01; // of packets: what a queue that keeps itself short drops to slow senders down
    private const double FewDrops = 0.001; // of packets: a burst now and then, which TCP does not notice

    /// <summary>The least share of what was lost somewhere that a queue must have dropped, for the rest to be no matter of its own.</summary>
    internal const double NearlyAll = 0.9;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("qdisc.drops", Source: "tc(8); linux/gen_stats.h, struct gnet_stats_queue");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        QueueDiscipline[] all = [.. Outgoing(evidence)];
        if (all.Length == 0)
            yield break;

        int bad = 0;
        foreach (IGrouping<string, QueueDiscipline> queues in all.GroupBy(queue => queue.Interface))
        {
            (QueueDiscipline worst, long dropped) = Worst(queues);
            QueueDiscipline? full = queues.FirstOrDefault(IsFull);
            if (dropped == 0 && full is null)
                continue;
            bad++;
            yield return dropped > 0 ? Drops(evidence, worst, dropped) : Full(full!);
        }

        if (bad > 0)
            yield break;
        string since = Words.Count(all.Where(queue => queue.Parent is "root").Sum(queue => queue.Totals.GetValueOrDefault("drops")), "drop");
        yield return new Signal(
            Info.Id,
            Standing.Fine,
            $"queues of {Words.Count(all.Select(queue => queue.Interface).Distinct().Count(), "interface")}",
            $"no drop in {Words.Of(all[0].Lasted)}, {since} since they exist",
            "")
        {
            Evidence = [.. all.Take(8)],
        };
    }

    /// <summary>Interfaces whose queues dropped more packets between the samples than is well, how many, and the queue that did.</summary>
    /// <param name="evidence">All evidence.</param>
    internal static IEnumerable<(string Interface, long Drops, QueueDiscipline Queue)> Dropping(EvidenceSet evidence) =>
        from queues in Outgoing(evidence).GroupBy(queue => queue.Interface)
        let worst = Worst(queues)
        where worst.Dropped > 0 && !IsLittle(worst.Queue, worst.Dropped)
        select (queues.Key, worst.Dropped, worst.Queue);

    private static IEnumerable<QueueDiscipline> Outgoing(EvidenceSet evidence) => evidence.All<QueueDiscipline>().Where(queue => queue.Parent is not "ingress");

    // A parent counts what its children drop, and each counts for itself: the innermost tells whose limit it was.
    // What shapes is what matters, though the queue within it did the dropping.
    private static (QueueDiscipline Queue, long Dropped) Worst(IEnumerable<QueueDiscipline> queues) =>
        (queues.FirstOrDefault(queue => queue.Rate is not null && Dropped(queue) > 0)
            ?? queues.OrderByDescending(Dropped).ThenBy(queue => queue.Parent is "root").First(), queues.Max(Dropped));

    private static long Dropped(QueueDiscipline queue) => queue.Growth.GetValueOrDefault("drops");

    private static bool IsFull(QueueDiscipline queue) =>
        queue.Limit is > 0 and { } limit
        && (queue.LimitUnit is "packets" ? queue.Length : queue.Backlog) >= 0.9 * limit
        && queue.LengthBefore > 0;

    private static string Title(QueueDiscipline queue) => $"queue of {queue.Interface} ({queue.Discipline})";

    private static string Limit(QueueDiscipline queue) =>
        queue.Limit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{limit} {queue.LimitUnit}") : "";

    private static bool KeepsItselfShort(QueueDiscipline queue) => queue.Discipline is "fq_codel" or "codel" or "cake" or "red" or "pie" or "fq_pie" or "dualpi2";

    private static bool IsMeant(QueueDiscipline queue, long dropped) => KeepsItselfShort(queue) && dropped < MeantDrops * (Packets(queue) + dropped);

    private static bool IsLittle(QueueDiscipline queue, long dropped) => IsMeant(queue, dropped) || dropped < FewDrops * (Packets(queue) + dropped);

    private static long Packets(QueueDiscipline queue) => queue.Growth.GetValueOrDefault("packets");

    private Signal Full(QueueDiscipline queue) => new(
        Info.Id,
        Standing.Warning,
        Title(queue),
        string.Create(CultureInfo.InvariantCulture, $"{queue.Length} packets ({queue.Backlog} octets) wait, {queue.LengthBefore} before"),
        Limit(queue))
    {
        Meaning = $"What {queue.Interface} shall send waits in a queue that is full and does not empty: each packet waits its turn, and soon some will be dropped.",
        Remedies = [new Remedy("See how it develops.", ShellCommand.Of($"tc -s qdisc show dev {queue.Interface}"))],
        Evidence = [queue],
    };

    private Signal Drops(EvidenceSet evidence, QueueDiscipline queue, long dropped)
    {
        long packets = Packets(queue);
        long again = Sockets.SocketWords.Growth(evidence, "Tcp.RetransSegs");
        string tcp = again > 0 ? string.Create(CultureInfo.InvariantCulture, $" TCP sent {Words.Count(again, "segment")} again meanwhile.") : "";
        bool isMeant = IsMeant(queue, dropped);
        bool isLittle = IsLittle(queue, dropped);
        return new Signal(
            Info.Id,
            isLittle ? Standing.Advice : Standing.Warning,
            Title(queue),
            string.Create(CultureInfo.InvariantCulture, $"{Words.Count(dropped, "drop")} in {Words.Of(queue.Lasted)} ({Words.Percent(dropped, packets + dropped)}), {queue.Length} packets wait"),
            Limit(queue))
        {
            Meaning = (isMeant
                ? $"{queue.Discipline} drops a few packets to tell senders to slow down: {queue.Interface} is busy, and the queue does its work."
                : isLittle
                    ? $"A few of many packets found the queue of {queue.Interface} full: bursts, now and then."
                : queue.Rate is { } rate
                    ? $"The shaper of {queue.Interface} lets {Rate(rate)} pass and throws away what comes faster; UDP and new connections notice first, and send() does not say so."
                    : $"Packets leave {queue.Interface} slower than they come, and its queue is full: they are thrown away before they are sent, and send() does not say so.") + tcp,
            Remedies = isLittle ? [] : Remedies(evidence, queue),
            Evidence = [queue],
        };
    }

    private static ImmutableArray<Remedy> Remedies(EvidenceSet evidence, QueueDiscipline queue)
    {
        string name = queue.Interface;
        var remedies = ImmutableArray.CreateBuilder<Remedy>();
        if (queue is { Rate: { } rate, Limit: { } octets })
        {
            // 50 ms of the rate, and ten full packets at least, is what bursts of TCP need.
            long wanted = Math.Max(rate / 8 / 20, 15_000);
            remedies.Add(octets < wanted
                ? new Remedy(string.Create(CultureInfo.InvariantCulture, $"Let bursts wait: give it a limit of {wanted} octets instead of {octets}, or raise its rate. Set it with all of its values, as they stand in:"), ShellCommand.Of($"tc qdisc show dev {name}"))
                : new Remedy($"More is sent than {Rate(rate)}: raise the rate if the link behind it can carry more, or send less.", ShellCommand.Of($"tc -s qdisc show dev {name}")));
        }
        else if (queue is { Discipline: "pfifo" or "bfifo", Limit: { } limit, Parent: "root" })
        {
            long wanted = queue.Discipline is "pfifo" ? Math.Max(limit * 4, 1000) : Math.Max(limit * 4, 1_500_000);
            remedies.Add(new Remedy("Let more packets wait.", ShellCommand.Of($"tc qdisc replace dev {name} root {queue.Discipline} limit {wanted}")));
        }
        else if (queue.Discipline is "pfifo_fast" && evidence.Last<LinkState>(link => link.Name == name) is { QueueLength: { } length and < 1000 })
        {
            remedies.Add(new Remedy(string.Create(CultureInfo.InvariantCulture, $"Let more packets wait: its queue holds {length}."), ShellCommand.Of($"ip link set dev {name} txqueuelen 1000")));
        }
        else
        {
            remedies.Add(new Remedy("See which class or queue drops.", ShellCommand.Of($"tc -s qdisc show dev {name}; tc -s class show dev {name}")));
        }

        remedies.Add(new Remedy("See who sends.", "ss -tunmi state connected | head -n 40"));
        return remedies.ToImmutable();
    }

    private static string Rate(long bits) => bits switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e9:0.##} Gbit/s"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e6:0.##} Mbit/s"),
        >= 1000 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e3:0.##} kbit/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bits} bit/s"),
    };
}
