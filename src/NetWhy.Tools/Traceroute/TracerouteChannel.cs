using System.Net;
using System.Net.Sockets;
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
        throw new ToolException(CouldNotSend, channel is not null ? "raw sockets need CAP_NET_RAW" : ProbeRefusal.InWords(errno, ZonedAddress.Named(target, address), probe, "-U and -T"));
    }

    private static IPAddress Resolve(string name, int family)
    {
        bool isLiteral = SystemNames.TryParse(name, out IPAddress? literal);
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
