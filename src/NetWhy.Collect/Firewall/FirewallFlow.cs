using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Firewall;

/// <summary>A flow between this machine and one address, and the packets of it that rules can tell apart.</summary>
/// <param name="Purpose">Whose flow it is, as <see cref="FirewallRuleMatch.Purpose"/> has it.</param>
/// <param name="Protocol">Protocol number; <see cref="FirewallPacket.Icmp"/> for echo of either family.</param>
/// <param name="Address">Remote address; null for clients elsewhere.</param>
/// <param name="Port">Remote port, or the local one of a service; 0 for echo.</param>
internal sealed record FirewallFlow(string Purpose, int Protocol, IPAddress? Address, int Port)
{
    private static readonly ImmutableArray<FirewallHook> Outgoing = [FirewallHook.Output, FirewallHook.Postrouting, FirewallHook.Egress];
    private static readonly ImmutableArray<FirewallHook> Incoming = [FirewallHook.Ingress, FirewallHook.Prerouting, FirewallHook.Input];

    /// <summary>Address that this machine sends from; null if unknown.</summary>
    internal IPAddress? Source { get; init; }

    /// <summary>Interface that the packets leave by, or that clients elsewhere come by; answers take the same. Null if unknown.</summary>
    internal string? Interface { get; init; }

    /// <summary>Whether the remote address is of this machine.</summary>
    internal bool IsLoopback { get; init; }

    /// <summary>User that opens it; null if unknown.</summary>
    internal uint? User { get; init; }

    /// <summary>The flow in words, such as <c>tcp to 10.0.0.1:443</c>.</summary>
    internal string Name
    {
        get
        {
            string protocol = Protocol switch { FirewallPacket.Tcp => "tcp", FirewallPacket.Udp => "udp", _ => "icmp echo" };
            return Address is null ? string.Create(CultureInfo.InvariantCulture, $"{protocol} from elsewhere by {Interface} to :{Port}")
                : Port == 0 ? $"{protocol} to {Address}"
                : $"{protocol} to {new IPEndPoint(Address, Port)}";
        }
    }

    /// <summary>Completes a flow to an address with what the kernel would do.</summary>
    /// <param name="purpose">Whose flow it is.</param>
    /// <param name="protocol">Protocol number.</param>
    /// <param name="address">Remote address.</param>
    /// <param name="port">Remote port.</param>
    internal static FirewallFlow To(string purpose, int protocol, IPAddress address, int port)
    {
        var flow = new FirewallFlow(purpose, protocol, address, port) { User = Privileges.User };
        using var netlink = RouteNetlink.Open();
        var selector = new RouteSelector(Protocol: (byte)protocol, Port: protocol is FirewallPacket.Icmp ? 0 : port);
        if (netlink.Lookup(address, selector, out RouteMessage? route) is not Errno.OK || route is null)
            return flow;

        bool isLocal = route.Header.Type is RouteType.Local;
        return flow with
        {
            Source = route.Source ?? (isLocal ? address : null),
            Interface = isLocal ? "lo" : InterfaceIndex.NameOf(route.InterfaceIndex),
            IsLoopback = isLocal,
        };
    }

    /// <summary>The packets with the hooks that each passes, in order of time.</summary>
    internal ImmutableArray<(FirewallPacket Packet, ImmutableArray<FirewallHook> Hooks)> Packets()
    {
        ImmutableArray<FirewallHook> there = IsLoopback ? [.. Outgoing, .. Incoming] : Outgoing;
        ImmutableArray<FirewallHook> back = IsLoopback ? there : Incoming;
        bool isIPv6 = Address?.AddressFamily is AddressFamily.InterNetworkV6;
        switch (Protocol)
        {
            case FirewallPacket.Tcp when Address is null:
                return [(Make(PacketKind.ClientOpening, FirewallPacket.Tcp, FirewallPacket.Syn) with { IsFromOutside = true }, Incoming)];
            case FirewallPacket.Udp when Address is null:
                return [(Make(PacketKind.ClientOpening, FirewallPacket.Udp) with { IsFromOutside = true }, Incoming)];
            case FirewallPacket.Tcp:
                return
                [
                    (Make(PacketKind.Opening, Protocol, FirewallPacket.Syn), there),
                    (Make(PacketKind.Answer, Protocol, FirewallPacket.Syn | FirewallPacket.Ack), back),
                    (Make(PacketKind.Data, Protocol, FirewallPacket.Ack | FirewallPacket.Push), there),
                    (Make(PacketKind.AnswerData, Protocol, FirewallPacket.Ack | FirewallPacket.Push), back),
                ];
            case FirewallPacket.Udp:
                return [(Make(PacketKind.Opening, Protocol), there), (Make(PacketKind.Answer, Protocol), back)];
            default:
                int icmp = isIPv6 ? FirewallPacket.IcmpV6 : FirewallPacket.Icmp;
                return
                [
                    (Make(PacketKind.Echo, icmp) with { IcmpType = isIPv6 ? 128 : 8 }, there),
                    (Make(PacketKind.EchoReply, icmp) with { IcmpType = isIPv6 ? 129 : 0 }, back),
                    .. IsLoopback ? [] : LinkPackets(isIPv6, icmp),
                ];
        }
    }

    private IEnumerable<(FirewallPacket Packet, ImmutableArray<FirewallHook> Hooks)> LinkPackets(bool isIPv6, int icmp)
    {
        yield return (
            Make(PacketKind.PacketTooBig, icmp) with
            {
                Source = null, // some router's
                IcmpType = isIPv6 ? 2 : 3,
                IcmpCode = isIPv6 ? 0 : 4,
                State = TrackedState.Related,
            },
            Incoming);
        if (isIPv6)
        {
            // Connection tracking leaves neighbour discovery alone: RFC 4861 messages are untracked.
            yield return (Make(PacketKind.NeighbourRequest, icmp) with { IcmpType = 135, Destination = null, State = TrackedState.Untracked }, Outgoing);
            yield return (Make(PacketKind.NeighbourAnswer, icmp) with { IcmpType = 136, Source = null, State = TrackedState.Untracked }, Incoming);
        }
        else
        {
            yield return (Make(PacketKind.NeighbourRequest, FirewallPacket.Arp) with { Destination = null, State = TrackedState.Untracked }, [FirewallHook.Output]);
            yield return (Make(PacketKind.NeighbourAnswer, FirewallPacket.Arp) with { Source = null, State = TrackedState.Untracked }, [FirewallHook.Input]);
        }
    }

    private FirewallPacket Make(PacketKind kind, int protocol, int flags = 0)
    {
        bool isIncoming = kind is not (PacketKind.Opening or PacketKind.Data or PacketKind.Echo or PacketKind.NeighbourRequest);
        bool isFirst = kind is PacketKind.Opening or PacketKind.Echo or PacketKind.ClientOpening;
        return new FirewallPacket(kind, protocol, isIncoming ? Address : Source, isIncoming ? Source : Address)
        {
            IsIPv6 = Address?.AddressFamily is AddressFamily.InterNetworkV6,
            SourcePort = isIncoming && kind is not PacketKind.ClientOpening ? Port : 0,
            DestinationPort = isIncoming && kind is not PacketKind.ClientOpening ? 0 : Port,
            Flags = flags,
            Interface = Interface,
            IsLoopback = IsLoopback,
            State = isFirst ? TrackedState.New : TrackedState.Established,
            Mark = isIncoming ? null : 0,
            User = isIncoming ? null : User,
            IsDestinationLocal = isIncoming || IsLoopback,
            IsSourceLocal = !isIncoming || IsLoopback,
        };
    }
}
