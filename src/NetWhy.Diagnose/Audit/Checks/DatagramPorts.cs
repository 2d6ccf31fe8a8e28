using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Ports that the kernel gave to UDP sockets: each is taken for all destinations.</summary>
public sealed class DatagramPorts : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("udp.local-ports", Source: "ip-sysctl.rst, ip_local_port_range; udp(7)");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.First<SocketSurvey>() is not { DatagramPorts: { } used, UsablePorts: > 0 and var usable, Datagrams: > 0 } survey)
            yield break;
        double share = used / (double)usable;
        yield return new Signal(
            Info.Id,
            share >= 0.9 ? Standing.Critical : share >= 0.7 ? Standing.Warning : Standing.Fine,
            "local ports of UDP sockets",
            $"{used} of one address",
            $"{usable}")
        {
            Meaning = share >= 0.7 ? $"{Words.Percent(used, usable)} are taken; when none is left, programs can open no UDP socket (EADDRINUSE), also not to ask a name server." : "",
            Remedies = share >= 0.7 ? [new Remedy("See who holds them: a program that opens a socket for each question and does not close it.", "netwhy ss -uan --by process")] : [],
            Evidence = [survey],
        };
    }
}
