using System.Globalization;
using System.Net.Sockets;
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

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "ip(7), EADDRNOTAVAIL; ip-sysctl.txt, ip_local_port_range", Cause)
    {
        Explains = ["host-unreachable", "port-filtered", "ipv6-broken", "source-address-wrong", "no-route", "proxy-unreachable"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) => evidence.All<ConnectAttempt>()
        .Where(attempt => attempt.Errno is "EADDRNOTAVAIL" || (attempt.Errno is "EADDRINUSE" && attempt.FailedCall is "bind"))
        .DistinctBy(attempt => (attempt.Address, attempt.Port))
        .Select(attempt => OfAttempt(evidence, attempt));

    private static Finding OfAttempt(EvidenceSet evidence, ConnectAttempt attempt)
    {
        EphemeralPorts? ports = evidence.First<EphemeralPorts>(ports => ports.Destination.Equals(attempt.Address) && ports.Port == attempt.Port);
        bool isIPv6 = attempt.Address.AddressFamily is AddressFamily.InterNetworkV6;
        List<Reason> reasons =
        [
            attempt.Weigh(
                isIPv6 ? Weight.Hint : Weight.Strong,
                string.Create(CultureInfo.InvariantCulture, $"{attempt.FailedCall ?? "connect"} failed with {attempt.Errno} after {Words.Of(attempt.Elapsed)}: nothing was sent")),
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

        bool isTimeWait = ports is not null && ports.TimeWait * 2 > ports.InUse;
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
                new Remedy("Use more local ports.", "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\""),
                .. isTimeWait && ports!.TimeWaitReuse != 1
                    ? [new Remedy("Let outgoing connections take over ports in TIME-WAIT after a second.", "sysctl -w net.ipv4.tcp_tw_reuse=1")]
                    : Array.Empty<Remedy>(),
                new Remedy("Keep connections open and use them again, or pool them, in the application that opens them."),
                new Remedy("See who holds the ports.", string.Create(CultureInfo.InvariantCulture, $"ss -tanp dst {attempt.Address} dport = :{attempt.Port}")),
            ],
        };
    }
}
