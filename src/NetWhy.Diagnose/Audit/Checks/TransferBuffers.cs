using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Whether one connection may have as much under way as the fastest link and the farthest peer ask for.</summary>
/// <remarks>
/// What must be under way is bandwidth times delay; the kernel keeps about half of a buffer for the overhead of packets, so
/// twice that is needed. Source: RFC 7323, section 1.1; ip-sysctl.rst, tcp_rmem and tcp_adv_win_scale.
/// </remarks>
public sealed class TransferBuffers : IHostCheck
{
    private const long Most = 64 << 20; // octets: more than this in one connection is for machines built for it

    private static readonly (string Name, string Title)[] Buffers =
    [
        ("net.ipv4.tcp_rmem", "receive buffer of a TCP connection"), ("net.ipv4.tcp_wmem", "send buffer of a TCP connection"),
    ];

    // Links whose speed is a made-up number: what they carry goes by the processor.
    private static readonly string[] Virtual = ["veth", "tun", "bridge", "dummy", "bonding", "team", "vxlan", "ipvlan", "macvlan"];

    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("tuning.tcp-buffers", Source: "RFC 7323, section 1.1; ip-sysctl.rst, tcp_rmem and tcp_wmem");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Last<KernelSettings>() is not { } settings)
            yield break;
        ImmutableArray<(IPAddress Peer, TimeSpan RoundTrip)> peers = RoundTrips.Peers(evidence);
        LinkHardware? link = evidence.All<LinkHardware>()
            .Where(hardware => hardware.Speed is > 0 and < 1_000_000 && !Virtual.Contains(hardware.Driver))
            .MaxBy(hardware => hardware.Speed);
        foreach ((string name, string title) in Buffers)
        {
            if (SettingValue.Numbers(settings.Values.GetValueOrDefault(name)) is [var least, var first, var most] && most > 0)
                yield return Judge(name, title, [least, first, most], peers, link) with { Evidence = [settings, .. evidence.All<TcpFlow>().Where(flow => peers is [var far, ..] && flow.Remote.Equals(far.Peer)).Take(1)] };
        }
    }

    private Signal Judge(string name, string title, ImmutableArray<long> sizes, ImmutableArray<(IPAddress Peer, TimeSpan RoundTrip)> peers, LinkHardware? link)
    {
        long most = sizes[2];
        string value = $"up to {Words.Octets(most)}";
        if (peers is not [var far, ..])
            return new Signal(Info.Id, Standing.Fine, title, $"{value}; no connection over a distance to reckon with", "");

        double rate = most / 2.0 / far.RoundTrip.TotalSeconds; // octets per second that half of the buffer allows
        string reach = string.Create(CultureInfo.InvariantCulture, $"{value}: {Rate(rate)} to {far.Peer}, {Words.Of(far.RoundTrip)} away");
        if (link?.Speed is not { } speed)
            return new Signal(Info.Id, Standing.Fine, title, $"{reach}; speed of the link unknown", "");

        double needed = 2 * (speed * 1e6 / 8) * far.RoundTrip.TotalSeconds;
        string limit = $"{Words.Octets(needed)} ({Rate(speed * 1e6 / 8)} of {link.Interface})";
        if (most >= needed || most >= Most)
            return new Signal(Info.Id, Standing.Fine, title, reach, limit);
        long better = Math.Min(Most, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Min(needed, Most)));
        return new Signal(Info.Id, Standing.Advice, title, reach, limit)
        {
            Meaning = $"One connection to {far.Peer} cannot fill {link.Interface}: what may be under way is less than bandwidth times delay. Where single transfers must be fast, allow more; many connections at once fill the link without.",
            Remedies = better > most
                ? [Remedy.Set("Let the kernel enlarge the buffers of connections that need it so far.", name, string.Create(CultureInfo.InvariantCulture, $"{sizes[0]} {sizes[1]} {better}"))]
                : [],
        };
    }

    private static string Rate(double octets) => octets >= 1e6
        ? string.Create(CultureInfo.InvariantCulture, $"{octets / 1e6:0.#} MB/s")
        : string.Create(CultureInfo.InvariantCulture, $"{octets / 1e3:0} kB/s");
}
