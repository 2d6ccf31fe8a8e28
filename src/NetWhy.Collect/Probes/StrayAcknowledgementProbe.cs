using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Where SYNs to the port get no answer: sends a segment that is no SYN, and sees whether the host resets it. If it does, the way
/// to its TCP is open, and SYNs alone are what is dropped.
/// </summary>
public sealed class StrayAcknowledgementProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "tcp.stray-acknowledgement";

    private const int MostAddresses = 4;
    private const int Repeats = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300); // for each

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Is it SYNs alone that get no answer from the port?",
        Source: "RFC 9293, section 3.10.7.2; packet(7)",
        Question.Port)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null && target.Port is not null && target.IsTcp;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<IPAddress> asked = [];
        List<Task> trials = [];
        while (asked.Count < MostAddresses
            && await context.Evidence.FirstAsync<Silence>(
                silence => silence.Stage is ExchangeStage.NotConnected && !asked.Contains(silence.Address), [ExchangeProbe.Id], cancellationToken) is { } silence)
        {
            asked.Add(silence.Address);
            if (context.Evidence.All<RouteLookup>().FirstOrDefault(lookup => lookup.Destination.Equals(silence.Address) && lookup.Mark == 0) is { Source: { } source } lookup)
                trials.Add(TryAsync(context, lookup, source, (ushort)silence.Port, cancellationToken));
        }

        await Task.WhenAll(trials);
    }

    // Past the routing of this machine: a raw socket may not send TCP from a port that nobody has.
    private static async Task TryAsync(ProbeContext context, RouteLookup lookup, IPAddress source, ushort port, CancellationToken cancellationToken)
    {
        if (NextHop.Of(lookup) is not { } hop || HardwareAddressOf(hop) is not { } hardwareAddress)
            return;
        bool isV6 = lookup.Destination.AddressFamily is AddressFamily.InterNetworkV6;
        if (FrameSocket.Open(hop.Index, isV6 ? EtherType.Ipv6 : EtherType.Ipv4, receivesEverywhere: true, out FrameSocket? opened) is not Errno.OK)
            return; // the probes that watch packets say so already
        using FrameSocket socket = opened!;

        ushort sourcePort = (ushort)Random.Shared.Next(1024, 30000); // below the ephemeral ports: no socket of ours
        byte[] packet = new byte[CraftedPacket.MaxSize];
        byte[] buffer = new byte[128];
        int size = CraftedPacket.WriteAcknowledgement(packet, source, lookup.Destination, sourcePort, port);
        long begin = Stopwatch.GetTimestamp();
        byte hopLimit = 0;
        int sent = 0;
        while (hopLimit == 0 && sent < Repeats)
        {
            if (socket.Send(packet.AsSpan(0, size), hardwareAddress) is not Errno.OK)
                return;
            sent++;
            while (hopLimit == 0 && Stopwatch.GetElapsedTime(begin) is var now && now < Patience * sent
                && await socket.WaitAsync((Patience * sent) - now, cancellationToken) is not PollEvents.None)
            {
                while (hopLimit == 0 && socket.Receive(buffer, out int length, out _) is Errno.OK)
                    _ = CraftedPacket.IsReset(buffer.AsSpan(0, length), lookup.Destination, sourcePort, port, out hopLimit);
            }
        }

        TimeSpan waited = Stopwatch.GetElapsedTime(begin);
        bool? isHalfOpen = null;
        try
        {
            if (hopLimit > 0)
                isHalfOpen = await IsHalfOpenAsync(socket, hardwareAddress, (source, lookup.Destination, port), cancellationToken);
        }
        finally
        {
            // The reset was seen, whether or not the time sufficed for more.
            context.Report(new StrayAcknowledgement(lookup.Destination, port, hopLimit > 0, sent, waited)
            {
                ResetTtl = hopLimit > 0 ? hopLimit : null,
                IsHalfOpen = isHalfOpen,
            });
        }
    }

    // A listener that took the SYN acknowledges what lies left of its window; one that dropped it drops the second as well.
    private static async Task<bool?> IsHalfOpenAsync(
        FrameSocket socket, byte[] hardwareAddress, (IPAddress Source, IPAddress Target, ushort Port) ends, CancellationToken cancellationToken)
    {
        const uint LeftOfWindow = 1 << 24;
        ushort sourcePort = (ushort)Random.Shared.Next(1024, 30000);
        uint sequence = (uint)Random.Shared.NextInt64(LeftOfWindow, uint.MaxValue);
        byte[] packet = new byte[CraftedPacket.MaxSize];
        byte[] buffer = new byte[128];
        bool? isHalfOpen = null;
        try
        {
            for (int i = 0; i < Repeats && isHalfOpen is not true; i++)
            {
                if (!Send(CraftedPacket.WriteSyn(packet, ends.Source, ends.Target, sourcePort, ends.Port, i == 0 ? sequence : sequence - LeftOfWindow)))
                    return isHalfOpen;
                isHalfOpen = i == 0 ? null : false;
                long begin = Stopwatch.GetTimestamp();
                while (isHalfOpen is not true && Stopwatch.GetElapsedTime(begin) is var now && now < Patience
                    && await socket.WaitAsync(Patience - now, cancellationToken) is not PollEvents.None)
                {
                    while (isHalfOpen is not true && socket.Receive(buffer, out int length, out _) is Errno.OK)
                    {
                        if (CraftedPacket.IsBareAcknowledgement(buffer.AsSpan(0, length), ends.Target, sourcePort, ends.Port, sequence))
                            isHalfOpen = true;
                    }
                }
            }

            return isHalfOpen;
        }
        finally
        {
            _ = Send(CraftedPacket.WriteReset(packet, ends.Source, ends.Target, sourcePort, ends.Port, sequence + 1)); // nothing stays half open there
        }

        bool Send(int size) => socket.Send(packet.AsSpan(0, size), hardwareAddress) is Errno.OK;
    }

    private static byte[]? HardwareAddressOf(NextHop hop)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        return FrameSocket.ParseHardwareAddress(netlink.Neighbour(hop.Address, hop.Index)?.HardwareAddress);
    }
}
