using System.Globalization;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools;

/// <summary>Why probes cannot be sent, in words.</summary>
internal static class ProbeRefusal
{
    /// <summary>Why a channel could not be opened.</summary>
    /// <param name="errno">What the kernel said.</param>
    /// <param name="target">Where to, as people call it.</param>
    /// <param name="probe">What was to be sent.</param>
    /// <param name="others">Options for what needs no privilege, such as <c>-u and -T</c>.</param>
    internal static string InWords(Errno errno, string target, ProbeOptions probe, string others) => errno switch
    {
        Errno.ENODEV => $"there is no interface '{probe.Interface}'",
        Errno.EADDRNOTAVAIL => $"{probe.Source} is no address of this machine",
        Errno.ENETUNREACH when probe.IsDirect => $"{target} is no neighbour",
        Errno.EINVAL when probe.Target.IsIPv6LinkLocal => $"{target} is link-local: name its interface, ADDRESS%NAME",
        Errno.ENETUNREACH or Errno.EHOSTUNREACH or Errno.EINVAL => OfRoute(errno.ToString(), target),
        Errno.EACCES => $"{OfRoute(errno.ToString(), target)}, or it is a broadcast address",
        Errno.EPERM when probe.FirewallMark is not null => "only root may set a mark (CAP_NET_ADMIN)",
        Errno.EPERM when probe.Protocol is ProbeProtocol.Icmp =>
            $"echo requests need CAP_NET_RAW here, or a group within net.ipv4.ping_group_range; {others} need neither",
        Errno.EPERM => "probes of this kind need CAP_NET_RAW",
        Errno.EADDRINUSE => string.Create(CultureInfo.InvariantCulture, $"source port {probe.SourcePort} is in use"),
        _ => $"{target} cannot be probed: {LinuxException.Describe(errno)}",
    };

    /// <summary>What a route lookup came to that failed. Source: ip-route(8), route types.</summary>
    /// <param name="errno">Name of the error number.</param>
    /// <param name="target">Where to, as people call it.</param>
    internal static string OfRoute(string errno, string target) => errno switch
    {
        nameof(Errno.ENETUNREACH) => $"there is no route to {target}",
        nameof(Errno.EHOSTUNREACH) => $"the route to {target} is of type unreachable",
        nameof(Errno.EINVAL) => $"the route to {target} is a blackhole",
        nameof(Errno.EACCES) => $"the route to {target} is of type prohibit",
        _ => $"nothing can be sent to {target}: {ErrnoWords.Of(errno)}",
    };
}
