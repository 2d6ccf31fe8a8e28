using System.Collections.Immutable;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Reads the queues that packets wait in before they are sent, twice, and what they dropped meanwhile.</summary>
public sealed class QueueDisciplineProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "link.queues";

    private const int MostQueues = 32; // a host of containers has thousands: those that dropped come first

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do the queues of the interfaces overflow?",
        Source: "rtnetlink(7), RTM_GETQDISC; tc(8)",
        Question.Connection);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        long begin = context.Clock.GetTimestamp();
        Dictionary<(int, uint, uint), QueueDisciplineMessage> before = [];
        foreach (QueueDisciplineMessage queue in netlink.QueueDisciplines())
            before[(queue.Header.Index, queue.Header.Handle, queue.Header.Parent)] = queue;
        await Traffic.WhenOverAsync(context, cancellationToken);
        ImmutableArray<QueueDisciplineMessage> after = netlink.QueueDisciplines();
        TimeSpan lasted = context.Clock.GetElapsedTime(begin);

        // A target elsewhere is reached through one interface; the other queues are none of its business.
        IReadOnlyDictionary<int, string> names = netlink.LinkNames();
        HashSet<string> ways = [.. context.Evidence.All<RouteLookup>().Select(lookup => lookup.Interface).OfType<string>()];
        IEnumerable<QueueDiscipline> queues = after
            .Where(queue => queue.Kind is not ("noqueue" or "noop" or "") && names.ContainsKey(queue.Header.Index))
            .Where(queue => context.Target.IsHere || ways.Contains(names[queue.Header.Index]))
            .Select(queue => Observe(queue, before.GetValueOrDefault((queue.Header.Index, queue.Header.Handle, queue.Header.Parent)), names, lasted))
            .OrderByDescending(queue => queue.Growth.GetValueOrDefault("drops"))
            .ThenByDescending(queue => queue.Length)
            .ThenByDescending(queue => queue.Totals.GetValueOrDefault("drops"))
            .ThenByDescending(queue => queue.Totals.GetValueOrDefault("packets"));
        foreach (QueueDiscipline queue in queues.Take(MostQueues))
            context.Report(queue);
    }

    private static QueueDiscipline Observe(
        QueueDisciplineMessage queue, QueueDisciplineMessage? before, IReadOnlyDictionary<int, string> names, TimeSpan lasted) =>
        new(names[queue.Header.Index], queue.Kind, queue.HandleText)
        {
            Parent = queue.ParentText,
            Limit = queue.PacketLimit ?? queue.OctetLimit,
            LimitUnit = queue.PacketLimit is null && queue.OctetLimit is not null ? "octets" : "packets",
            Rate = queue.Rate * 8,
            Length = queue.Length,
            Backlog = queue.Backlog,
            LengthBefore = before?.Length ?? 0,
            Totals = Counters(queue),
            Growth = before is null ? [] : Growth.Of(Counters(before), Counters(queue)),
            Lasted = lasted,
        };

    private static Dictionary<string, long> Counters(QueueDisciplineMessage queue) =>
        new (string Name, long Value)[]
        {
            ("packets", queue.Packets), ("bytes", queue.Octets), ("drops", queue.Drops), ("overlimits", queue.Overlimits), ("requeues", queue.Requeues),
        }.Where(counter => counter.Value != 0).ToDictionary(counter => counter.Name, counter => counter.Value);
}
