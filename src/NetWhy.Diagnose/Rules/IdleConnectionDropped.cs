using System.Globalization;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Repeated;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Requests over connections that rested are sent again and again and never acknowledged: a device on the way forgot the connection.</summary>
public sealed class IdleConnectionDropped : IRule
{
    private const string Id = "idle-connection-dropped";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 5382, REQ-5; ip-sysctl.rst, nf_conntrack_tcp_timeout_established", Id)
    {
        Explains = ["http-backend-partly-failing", "service-hung"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => TimelineReading.Of(evidence) is { } reading
        ? reading.Races.Where(race => race.IsSilent).Select(race => Describe(reading, race))
        : [];

    private static Finding Describe(TimelineReading reading, IdleRace race)
    {
        RequestTimeline timeline = reading.Timeline;
        string server = ApplicationView.Endpoint(race.Address, timeline.Port);
        string least = ApplicationView.InWords(race.Least);
        TimeSpan? longest = timeline.Requests.Where(request => request.Address.Equals(race.Address) && request.Idle is not null && request.Idle < race.Least && RequestKinds.IsAnswered(RequestKinds.Of(timeline, request)))
            .Max(request => request.Idle);
        return new Finding(
            Id,
            race.IsSure ? Severity.Critical : Severity.Warning,
            Where.Path,
            $"What is sent to {server} over a connection that was idle for {least} or more vanishes: {race.Rested.Failed} of {race.Rested.Requests} such requests, {race.Others.Failed} of {race.Others.Requests} others. A device on the way (firewall, NAT, balancer) forgot the connection, and says nothing.",
            [
                timeline.Weigh(
                    race.IsSure ? Weight.VeryStrong : Weight.Strong,
                    string.Create(CultureInfo.InvariantCulture, $"{race.InWords} (that this is chance: p = {LossComparison.Fisher(race.Others.Failed, race.Others.Requests, race.Rested.Failed, race.Rested.Requests):0.0e+0})")),
                timeline.Weigh(Weight.Hint, $"new connections work meanwhile{(longest is { } most ? $", and those that had been idle for up to {ApplicationView.InWords(most)}" : "")}"),
                timeline.Weigh(Weight.HintAgainst, "a host that was replaced behind the address, and drops what it does not know, looks the same"),
            ])
        {
            Subject = race.Address,
            Remedies =
            [
                new Remedy("Raise the device's time for idle connections, or let it answer with a reset.", "sysctl net.netfilter.nf_conntrack_tcp_timeout_established", "the firewall or balancer on the way"),
                new Remedy($"Let the client give idle connections up within {least}, or have keepalives sent more often than that (SO_KEEPALIVE, TCP_KEEPIDLE)."),
            ],
            Next = [$"From which rest on? {ShellCommand.Of($"netwhy http {timeline.Url} --kept -n 10")} -i TIME, with TIME around {least}", "On the server: does the connection stand there still (ss -tno)?"],
        };
    }
}
