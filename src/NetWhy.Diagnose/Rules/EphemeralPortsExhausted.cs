using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>No local port is left for connections to this destination.</summary>
/// <remarks>
/// The kernel counts it nowhere; connect(2) fails with EADDRNOTAVAIL. An IPv6 connect fails so too where no IPv6 address
/// is configured, so there the ports must have been counted.
/// </remarks>
public sealed class EphemeralPortsExhausted : IRule
{
    private const string Cause = "ephemeral-ports-exhausted";

    private static readonly Remedy Reuse = new("Keep connections open and use them again, or pool them, in the application that opens them: that alone lasts.");

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "ip(7), EADDRNOTAVAIL; ip-sysctl.txt, ip_local_port_range", Cause)
    {
        Explains = ["host-unreachable", "port-filtered", "ipv6-broken", "source-address-wrong", "no-route", "proxy-unreachable"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        Finding[] tried = [.. evidence.All<ConnectAttempt>()
            .Where(attempt => attempt.Errno is "EADDRNOTAVAIL" || (attempt.Errno is "EADDRINUSE" && attempt.FailedCall is "bind"))
            .DistinctBy(attempt => (attempt.Address, attempt.Port))
            .Select(attempt => OfAttempt(evidence, attempt))];
        return [.. tried, .. evidence.All<EphemeralPorts>()
            .Where(ports => ports.Source is not null && !tried.Any(finding => ports.Destination.Equals(finding.Subject)))
            .Select(ports => WithoutOwn(evidence, ports))
            .Where(ports => PortUse.Of(ports).Share >= PortUse.Scarce)
            .Select(ports => OfPorts(evidence, ports)),
            .. OfBinding(evidence) is { } bound ? (Finding[])[bound] : []];
    }

    // What netwhy itself has just tried holds ports too, and gives them back.
    private static EphemeralPorts WithoutOwn(EvidenceSet evidence, EphemeralPorts ports)
    {
        int own = evidence.All<ConnectAttempt>().Count(attempt => attempt.Outcome is ConnectOutcome.Connected
            && attempt.Port == ports.Port && attempt.Address.Equals(ports.Destination)
            && attempt.SourcePort >= ports.RangeStart && attempt.SourcePort <= ports.RangeEnd);
        return ports with { InUse = ports.InUse - Math.Clamp(ports.InUse - (ports.InUseBefore ?? ports.InUse), 0, own) };
    }

    // Of a machine as a whole the audit's check tells. A socket that is bound and not connected keeps its port from all.
    private static Finding? OfBinding(EvidenceSet evidence)
    {
        if (evidence.Investigation is not { TargetKind: TargetKind.Process, Pid: { } pid }
            || evidence.Last<PortsInUse>() is not { Usable: > 0 and var usable, Unconnected: { } unconnected } ports
            || unconnected < PortUse.Scarce * usable)
        {
            return null;
        }

        bool isOut = ports.InUse >= usable;
        string who = $"{evidence.First<ProcessDescriptors>(process => process.Pid == pid)?.Name ?? "The process"} (pid {pid})";
        return new Finding(
            Cause,
            isOut ? Severity.Critical : Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture, $"{who} has bound sockets to {unconnected} of the {usable} local ports and connected none of them: each is lost for all destinations, and {(isOut ? "none is left: bind fails with EADDRINUSE, connect with EADDRNOTAVAIL" : $"{usable - ports.InUse} are left")}."),
            [ports.Weigh(isOut ? Weight.Decisive : Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{unconnected} sockets of it are bound and not connected; net.ipv4.ip_local_port_range has {usable} ports"))])
        {
            Measure = new Measure("local ports that are bound", string.Create(CultureInfo.InvariantCulture, $"{unconnected}"), string.Create(CultureInfo.InvariantCulture, $"{usable}")),
            Remedies =
            [
                new Remedy("Have the program close sockets that it does not use, and connect without binding first, or with IP_BIND_ADDRESS_NO_PORT."),
                new Remedy("See its sockets: bound ones ss shows with -B from iproute2 6.8 on.", "netwhy ss -tnpB"),
            ],
        };
    }

    // The kernel counts no connect that fails for want of a port, so the ports themselves are the evidence.
    private static Finding OfPorts(EvidenceSet evidence, EphemeralPorts ports)
    {
        var use = PortUse.Of(ports);
        string to = Paths.TargetView.InWords(ports.Destination, ports.Port);
        string holder = ports.TopProcess is null || ports.TimeWait == ports.InUse ? "" : $", most by {ports.TopProcess} (pid {ports.TopPid})";
        bool isOut = ports.InUse >= use.Usable;
        int left = use.Usable - ports.InUse;
        string free = string.Create(CultureInfo.InvariantCulture, $"{left} {(left == 1 ? "is" : "are")} left");
        string end = isOut ? "the next connection fails (EADDRNOTAVAIL)"
            : use.Left is { } time ? $"{free}, at this rate for {Words.Of(time)}"
            : string.Create(CultureInfo.InvariantCulture, $"{free}; all of them last for {use.Sustained:0.#} new connections a second");
        return new Finding(
            Cause,
            isOut ? Severity.Critical : Severity.Warning,
            Where.Local,
            string.Create(CultureInfo.InvariantCulture,
                $"{ports.InUse} of the {use.Usable} local ports for connections from {ports.Source} to {to} are in use, {ports.TimeWait} of them in TIME-WAIT{holder}: {end}."),
            [
                ports.Weigh(isOut ? Weight.Decisive : Weight.VeryStrong, string.Create(CultureInfo.InvariantCulture, $"{Words.Percent(ports.InUse, use.Usable)} of the ports from {ports.RangeStart} to {ports.RangeEnd} are in use towards {to}")),
                .. ports.InUse - ports.InUseBefore is { } grown && grown > 0
                    ? [ports.Weigh(Weight.Hint, $"{grown} more than {Words.Of(ports.Interval ?? TimeSpan.Zero)} before")]
                    : Array.Empty<Reason>(),
            ])
        {
            Subject = ports.Destination,
            Measure = new Measure($"local ports to {to}", string.Create(CultureInfo.InvariantCulture, $"{ports.InUse}, {ports.TimeWait} in TIME-WAIT"), string.Create(CultureInfo.InvariantCulture, $"{use.Usable} ({use.Sustained:0.#} new a second)")),
            Remedies = [.. RemediesFor(evidence, ports)],
        };
    }

    // TIME-WAIT may be cut short only where timestamps tell old segments from new ones. Source: ip-sysctl.rst, tcp_tw_reuse.
    private static IEnumerable<Remedy> RemediesFor(EvidenceSet evidence, EphemeralPorts ports)
    {
        const int First = 10_240; // below are the ports that services take
        const int Last = 65_535;
        yield return Reuse;
        if (ports.TimeWait * 2 > ports.InUse && ports.TimeWaitReuse != 1 && Audit.SettingValue.Number(evidence, "net.ipv4.tcp_timestamps") is not 0)
            yield return Remedy.Set("Let outgoing connections take over ports in TIME-WAIT after a second.", "net.ipv4.tcp_tw_reuse", "1");
        SocketSurvey? survey = evidence.Last<SocketSurvey>();
        int[] listening =
        [
            .. evidence.All<Listener>().Select(listener => listener.Port).Concat(survey?.HighPorts ?? [])
                .Where(port => port is >= First and <= Last && (port < ports.RangeStart || port > ports.RangeEnd))
                .Distinct()
                .Order(),
        ];

        // Without knowing each service the larger range might take the port of one.
        bool areAllKnown = survey is null or { HighPorts: not null } || survey.Listeners <= evidence.All<Listener>().Count();
        if (areAllKnown && ports.RangeEnd - ports.RangeStart + 1 < (Last - First) * 0.9)
        {
            if (listening.Length > 0)
            {
                string? reserved = evidence.First<KernelSettings>()?.Values.GetValueOrDefault("net.ipv4.ip_local_reserved_ports");
                yield return Remedy.Set(
                    "Keep the ports of services out of the larger range first.",
                    "net.ipv4.ip_local_reserved_ports",
                    (string.IsNullOrEmpty(reserved) ? "" : reserved + ",") + string.Join(',', listening));
            }

            yield return Remedy.Set("Use more local ports.", "net.ipv4.ip_local_port_range", string.Create(CultureInfo.InvariantCulture, $"{Math.Min(First, ports.RangeStart)} {Last}"));
        }

        yield return Holders(ports.Destination, ports.Port);
    }

    private static Remedy Holders(IPAddress destination, int port) =>
        new("See who holds the ports.", string.Create(CultureInfo.InvariantCulture, $"ss -tanp dst {destination} dport = :{port}"));

    private static Finding OfAttempt(EvidenceSet evidence, ConnectAttempt attempt)
    {
        EphemeralPorts? ports = evidence.First<EphemeralPorts>(ports => ports.Source is null && ports.Destination.Equals(attempt.Address) && ports.Port == attempt.Port);
        bool isIPv6 = attempt.Address.AddressFamily is AddressFamily.InterNetworkV6;
        List<Reason> reasons =
        [
            attempt.Weigh(
                isIPv6 ? Weight.Hint : Weight.Strong,
                string.Create(CultureInfo.InvariantCulture, $"{attempt.FailedCall ?? "connect"} failed after {Words.Of(attempt.Elapsed)}, and nothing was sent: {ErrnoWords.Of(attempt.Errno, "no error")}")),
        ];

        string use = "";
        string holder = "";
        if (ports is not null)
        {
            int usable = Math.Max(1, ports.RangeEnd - ports.RangeStart + 1 - ports.Reserved);
            double share = (double)ports.InUse / usable;
            use = string.Create(CultureInfo.InvariantCulture,
                $": {ports.InUse} of the {usable} ports from {ports.RangeStart} to {ports.RangeEnd} are in use, {ports.TimeWait} of them in TIME-WAIT");
            if (ports.TopProcess is not null && ports.TimeWait < ports.InUse)
                holder = $"; most are held by {ports.TopProcess} (pid {ports.TopPid})";
            reasons.Add(ports.Weigh(
                share >= 0.9 ? Weight.VeryStrong : share >= 0.5 ? Weight.Hint : isIPv6 ? Weight.RulesOut : Weight.HintAgainst,
                string.Create(CultureInfo.InvariantCulture, $"{ports.InUse} of {usable} local ports are in use towards {attempt.Address} port {attempt.Port}")));
        }

        return new Finding(
            Cause,
            Severity.Critical,
            Where.Local,
            $"No local port is left for connections to {attempt.Address} port {attempt.Port}{use}{holder}.",
            [.. reasons])
        {
            Subject = attempt.Address,
            Remedies =
            [
                .. ports is not null ? RemediesFor(evidence, ports) : [Reuse, Holders(attempt.Address, attempt.Port)],
            ],
        };
    }
}
