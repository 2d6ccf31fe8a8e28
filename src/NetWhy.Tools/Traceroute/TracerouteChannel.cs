using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Traceroute;

/// <summary>Opens what probes are sent by, or says in a line why that cannot be.</summary>
internal static class TracerouteChannel
{
    /// <summary>What traceroute exits with where probes cannot be sent.</summary>
    internal const int CouldNotSend = 1;

    private const int InterNetwork = 2, InterNetworkV6 = 10; // AF_INET, AF_INET6

    /// <summary>Opens it.</summary>
    /// <param name="target">Where to, as typed.</param>
    /// <param name="options">What is asked for.</param>
    /// <exception cref="ToolException">The target has no address, or the kernel refuses.</exception>
    internal static ProbeChannel Open(string target, TracerouteOptions options)
    {
        IPAddress address = Resolve(target, options.Family);
        var probe = new ProbeOptions(options.Protocol, address)
        {
            SourcePort = options.SourcePort,
            Interface = options.Interface,
            Source = options.Source is { } source ? Resolve(source, address.AddressFamily is AddressFamily.InterNetworkV6 ? InterNetworkV6 : InterNetwork) : null,
            Tos = options.Tos,
            FlowLabel = options.FlowLabel,
            FirewallMark = options.Mark,
            DontFragment = options.DontFragment,
            IsDirect = options.IsDirect,
            OtherProtocol = options.OtherProtocol,
            Tcp = options.Tcp,
            IsUnprivileged = options.IsUnprivileged,
        };
        if (options.Port is { } port)
            probe = probe with { Port = port };
        Errno errno = ProbeChannel.Open(probe, out ProbeChannel? channel);
        if (channel is not null && (channel.IsRaw || !options.IsRaw))
            return channel;
        channel?.Dispose();
        throw new ToolException(CouldNotSend, channel is not null ? "raw sockets need CAP_NET_RAW" : Refusal(errno, $"{Printable.Of(target, isUtf8: false)} ({address})", address.IsIPv6LinkLocal, options));
    }

    /// <summary>An error number as the C library words it, with its name.</summary>
    /// <param name="errno">The number.</param>
    internal static string InWords(Errno errno) => $"{Marshal.GetPInvokeErrorMessage((int)errno)} ({errno})";

    private static string Refusal(Errno errno, string target, bool isLinkLocal, TracerouteOptions options) => errno switch
    {
        Errno.ENODEV => $"there is no interface '{options.Interface}'",
        Errno.EADDRNOTAVAIL => $"{options.Source} is no address of this machine",
        Errno.ENETUNREACH => options.IsDirect ? $"{target} is no neighbour" : $"there is no route to {target}",
        Errno.EHOSTUNREACH => $"the route to {target} is of type unreachable",
        Errno.EINVAL when isLinkLocal => $"{target} is link-local: name its interface, ADDRESS%NAME",
        Errno.EINVAL => $"the route to {target} is a blackhole",
        Errno.EACCES => $"the route to {target} is of type prohibit, or it is a broadcast address",
        Errno.EPERM when options.Mark is not null => "only root may set a mark (CAP_NET_ADMIN)",
        Errno.EPERM when options.Protocol is ProbeProtocol.Icmp =>
            "echo requests need CAP_NET_RAW here, or a group within net.ipv4.ping_group_range; -U and -T need neither",
        Errno.EPERM => "probes of this kind need CAP_NET_RAW",
        Errno.EADDRINUSE => $"source port {options.SourcePort} is in use",
        _ => $"{target} cannot be probed: {InWords(errno)}",
    };

    private static IPAddress Resolve(string name, int family)
    {
        bool isLiteral = IPAddress.TryParse(name, out IPAddress? literal);
        bool isOfFamily = family == 0 || literal?.AddressFamily == (family == InterNetworkV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
        if (isLiteral && isOfFamily)
            return literal!;
        ResolvedName? resolved = isLiteral ? null : SystemNames.Resolve(name, family);
        if (resolved?.Addresses.OrderBy(address => address.AddressFamily).FirstOrDefault() is { } first) // IPv4 before IPv6, as traceroute(8)
            return first;
        string shown = Printable.Of(name, isUtf8: false), kind = family switch { InterNetwork => "IPv4 ", InterNetworkV6 => "IPv6 ", _ => "" };
        throw new ToolException(ToolException.WrongUsage, resolved is null ? $"{shown} is no {kind}address" : $"{shown} cannot be resolved to an {kind}address: {resolved.Failure}");
    }
}
