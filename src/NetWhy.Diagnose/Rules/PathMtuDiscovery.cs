using System.Globalization;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The path takes less than the interface, routers say so, and what they say is true: nothing is broken.</summary>
public sealed class PathMtuDiscovery : IRule
{
    private const string Id = "pmtu-discovery-works";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1191; RFC 8201", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence).Where(view => !view.IsLocal)
            .DistinctBy(view => view.Address)
            .Select(view => Of(evidence, view)).OfType<Finding>();

    private static Finding? Of(EvidenceSet evidence, TargetView view)
    {
        if (evidence.Last<SizedPacketSeries>(series => series.Purpose is "target" && series.Destination.Equals(view.Address)) is not { } series)
            return null;
        int passed = series.Trials.Where(trial => trial.Answered > 0).Select(trial => trial.Size).DefaultIfEmpty(0).Max();
        IcmpError[] told =
        [
            .. series.Trials.Select(trial => trial.Error).OfType<IcmpError>()
                .Where(error => error.IsTooBig && error.Mtu >= passed)
                .DistinctBy(error => (error.Offender, error.Mtu))
                .OrderByDescending(error => error.Mtu),
        ];
        if (passed == 0 || told is not [.., { } last] || last.Mtu != passed || PathMtuBlackHole.SilentAboveTold(series) is not null)
            return null;
        string steps = string.Join(", then ", told.Select(error => string.Create(CultureInfo.InvariantCulture, $"{error.Offender}{HopOf(series, error)} says {error.Mtu}")));
        return new Finding(
            Id,
            Severity.Info,
            last.IsOwnAddress ? Where.Local : Where.Path,
            $"The path to {view.Address} takes packets of at most {passed} octets, and says so: {steps}.",
            [
                series.Weigh(Weight.VeryStrong, $"{last.Offender} answers larger packets with {last.InWords()}, MTU {last.Mtu}"),
                series.Weigh(Weight.VeryStrong, $"packets of {passed} octets are answered"),
            ])
        {
            Subject = view.Address,
        };
    }

    private static string HopOf(SizedPacketSeries series, IcmpError error) =>
        series.Hops?.FirstOrDefault(hop => hop.Error is null && error.Offender.Equals(hop.Node)) is { } hop
            ? string.Create(CultureInfo.InvariantCulture, $" (hop {hop.Ttl})")
            : "";
}
