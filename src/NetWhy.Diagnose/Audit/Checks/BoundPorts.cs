using NetWhy.Diagnose.Hosts;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Local ports that programs take before they connect: each of them is then of one connection alone, whatever its destination.</summary>
public sealed class BoundPorts : IHostCheck
{
    private const double High = 0.5; // of the ports in use: below that nobody misses any
    private const double Near = 0.7;
    private const double Gone = 0.99; // the kernel looks at random, and gives up before it has found the last one
    private const double Half = 0.45; // of the ports, towards one destination: then connect(2), too, comes to those of the other parity
    private const double More = 1.15; // times those of the parity that connect(2) takes first

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tcp.bound-ports", Source: "ip(7), IP_BIND_ADDRESS_NO_PORT; net/ipv4/inet_connection_sock.c, inet_csk_find_open_port");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<PortsInUse>() is not { Usable: > 0 } ports)
            yield break;
        int others = Math.Max(0, ports.InUse - ports.Other);
        bool isBound = ports.Other > More * others || (ports.Other >= 0.25 * ports.Usable && ports.Largest <= Half * ports.Usable);
        int bound = Math.Max(isBound ? ports.Other : 0, ports.Chosen ?? 0);
        bool isHigh = ports.InUse >= High * ports.Usable && bound >= 0.25 * ports.Usable;
        bool isOut = ports.InUse >= Gone * ports.Usable;
        bool areConnected = ports.Unconnected is not { } loose || loose * 2 < ports.InUse;
        string who = ports.Process is { } name ? $"{name} (pid {ports.Pid})" : "a program";
        var fine = new Signal(Info.Id, Standing.Fine, "local ports of connections from here", $"{ports.InUse} in use", WholeHost.Plain(ports.Usable)) { Evidence = [ports] };
        yield return !isHigh ? fine : fine with
        {
            Standing = isOut ? Standing.Critical : ports.InUse >= Near * ports.Usable ? Standing.Warning : Standing.Advice,
            Value = $"{ports.InUse} in use ({bound} or more by bind)",
            Meaning = $"Ports are taken before it is known where to connect (bind, then connect){(ports.OfProcess is { } share ? $", {Words.Percent(share)} of them by {who}" : "")}: each is then lost for all other destinations. "
                + (ports.Chosen >= 0.25 * ports.Usable ? $"{ports.Chosen} are even asked for by number. " : "")
                + (isOut ? "None is left: bind fails with EADDRINUSE, connect with EADDRNOTAVAIL, and no counter tells." : "When none is left, bind fails with EADDRINUSE, and no counter tells."),
            Remedies =
            [
                // Who asks for a port by number gets that one, whatever the option says.
                new Remedy(ports.Chosen * 2 > bound
                    ? $"Have {who} leave the port to the kernel: bind to port 0, or not bind at all."
                    : $"Have {who} set IP_BIND_ADDRESS_NO_PORT before it binds to an address, as nginx and HAProxy do, or not bind at all: then a port counts towards one destination only."),
                areConnected
                    ? new Remedy("See its connections.", ports.Pid is { } pid ? $"ss -tanp | grep pid={pid}," : "ss -tanp")
                    : new Remedy("See its sockets: they are bound and not connected, which ss shows with -B from iproute2 6.8 on.", "netwhy ss -tnpB"),
            ],
        };
    }
}
