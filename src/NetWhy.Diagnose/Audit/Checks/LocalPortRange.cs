using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>The ports that the kernel gives to outgoing connections, and whether services listen among them.</summary>
/// <remarks>Whether they are enough is judged with the other settings, and by their use.</remarks>
public sealed class LocalPortRange : IHostCheck
{
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

        yield return new Signal(
            Info.Id,
            survey.InsideRange.Count > 0 ? Standing.Advice : Standing.Fine,
            "range of local ports",
            $"{first} to {last}",
            "")
        {
            Meaning = survey.InsideRange.Count > 0
                ? $"Services listen inside it, on {string.Join(", ", survey.InsideRange.Take(8))}: while one is down, an outgoing connection can take its port, and it cannot start."
                : "",
            Remedies = survey.InsideRange.Count > 0 ? [Reserve(evidence, survey)] : [],
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
