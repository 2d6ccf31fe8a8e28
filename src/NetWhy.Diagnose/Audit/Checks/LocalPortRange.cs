using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>The ports that the kernel gives to outgoing connections: how many, and whether services listen among them.</summary>
public sealed class LocalPortRange : IHostCheck
{
    private const int Narrow = 16_384;

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.port-range", Source: "ip-sysctl.rst, ip_local_port_range, ip_local_reserved_ports");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        string? range = evidence.First<KernelSettings>()?.Values.GetValueOrDefault("net.ipv4.ip_local_port_range");
        if (range?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var low, var high]
            || !int.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            || evidence.First<SocketSurvey>() is not { } survey)
        {
            yield break;
        }

        bool isNarrow = last - (long)first + 1 < Narrow;
        yield return new Signal(
            Info.Id,
            isNarrow || survey.InsideRange.Count > 0 ? Standing.Advice : Standing.Fine,
            "range of local ports",
            $"{first} to {last}",
            "")
        {
            Meaning = survey.InsideRange.Count > 0
                ? $"Services listen inside it, on {string.Join(", ", survey.InsideRange.Take(8))}: while one is down, an outgoing connection can take its port, and it cannot start."
                : isNarrow ? $"Only {last - (long)first + 1} connections to one destination are possible at a time." : "",
            Remedies = survey.InsideRange.Count > 0 ? [Reserve(evidence, survey)]
                : isNarrow ? [Remedy.Set("Use the kernel's own range.", "net.ipv4.ip_local_port_range", "32768 60999")] : [],
            Evidence = [survey],
        };
    }

    private static Remedy Reserve(EvidenceSet evidence, SocketSurvey survey)
    {
        string? reserved = evidence.First<KernelSettings>()?.Values.GetValueOrDefault("net.ipv4.ip_local_reserved_ports");
        return Remedy.Set(
            "Reserve their ports, if they are not chosen anew at each start.",
            "net.ipv4.ip_local_reserved_ports",
            (string.IsNullOrEmpty(reserved) ? "" : reserved + ",") + string.Join(',', survey.InsideRange));
    }
}
