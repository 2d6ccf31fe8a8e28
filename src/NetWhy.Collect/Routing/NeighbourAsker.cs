using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire;
using NetWhy.Wire.Link;

namespace NetWhy.Collect.Routing;

/// <summary>Asks the link who has an address, by itself and past the neighbour table. Needs CAP_NET_RAW.</summary>
internal static class NeighbourAsker
{
    private const int Requests = 3; // a single broadcast may be lost

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan WaitForSecondAnswer = TimeSpan.FromMilliseconds(120);

    /// <summary>Asks, up to three times, until an answer came and a second one would have.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="target">Address asked for.</param>
    /// <param name="isOnPath">Whether traffic goes through it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Who answered; null if the kernel forbids to ask.</returns>
    internal static async Task<AddressResolution?> AskAsync(
        EthernetLink link, IPAddress target, bool isOnPath, CancellationToken cancellationToken)
    {
        using IAnswers? answers = target.AddressFamily is AddressFamily.InterNetworkV6
            ? SolicitedAnswers.Open(link, target)
            : ArpAnswers.Open(link, target);
        if (answers is null)
            return null;

        long begin = Stopwatch.GetTimestamp();
        List<string> owners = [];
        int requests = 0;
        TimeSpan end = Requests * Interval;
        TimeSpan nextRequest = TimeSpan.Zero;
        while (Stopwatch.GetElapsedTime(begin) is var now && now < end)
        {
            if (now >= nextRequest && requests < Requests && owners.Count == 0)
            {
                answers.Ask();
                requests++;
                nextRequest = now + Interval;
            }

            if (await answers.NextAsync(Min(end, nextRequest) - now, cancellationToken) is { } owner)
            {
                if (owners.Count == 0)
                    end = Stopwatch.GetElapsedTime(begin) + WaitForSecondAnswer;
                if (!owners.Contains(owner))
                    owners.Add(owner);
            }

            if (owners.Count > 0)
                nextRequest = end;
        }

        return new AddressResolution(target, link.Name, owners, Stopwatch.GetElapsedTime(begin))
        {
            Requests = requests,
            IsOnPath = isOnPath,
        };
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Format(ReadOnlySpan<byte> hardwareAddress) =>
        string.Join(':', hardwareAddress.ToArray().Select(octet => octet.ToString("x2", null)));

    private interface IAnswers : IDisposable
    {
        /// <summary>Sends one request.</summary>
        void Ask();

        /// <summary>Waits for the next answer; null if none came in time, or what came was about something else.</summary>
        Task<string?> NextAsync(TimeSpan timeout, CancellationToken cancellationToken);
    }

    private sealed class ArpAnswers(FrameSocket socket, EthernetLink link, IPAddress target) : IAnswers
    {
        private static readonly byte[] Everybody = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

        internal static ArpAnswers? Open(EthernetLink link, IPAddress target) =>
            FrameSocket.Open(link.Index, EtherType.Arp, receivesEverywhere: false, out FrameSocket? socket) is Errno.OK
                ? new ArpAnswers(socket!, link, target)
                : null;

        public void Ask()
        {
            Span<byte> request = stackalloc byte[ArpPacket.Size];
            ArpPacket.WriteRequest(request, link.HardwareAddress, link.SourceFor(target) ?? IPAddress.Any, target);
            _ = socket.Send(request, Everybody); // one that cannot leave is one that nobody answers
        }

        public async Task<string?> NextAsync(TimeSpan timeout, CancellationToken cancellationToken)
        {
            if (await socket.WaitAsync(timeout, cancellationToken) is PollEvents.None)
                return null;

            byte[] buffer = new byte[64];
            return socket.Receive(buffer, out int length, out _) is Errno.OK
                && ArpPacket.Read(buffer.AsSpan(0, length), out ArpPacket packet) is System.Buffers.OperationStatus.Done
                && packet.Operation == ArpPacket.Reply
                && packet.SenderAddress.Equals(target)
                    ? Format(packet.SenderHardwareAddress)
                    : null;
        }

        public void Dispose() => socket.Dispose();
    }

    private sealed class SolicitedAnswers(LinuxSocket socket, EthernetLink link, IPAddress target) : IAnswers
    {
        private const int HopLimit = 255; // any other is discarded: RFC 4861, section 7.1.1

        internal static SolicitedAnswers? Open(EthernetLink link, IPAddress target)
        {
            const int LevelIPv6 = 41; // IPPROTO_IPV6
            const int MulticastInterface = 17; // IPV6_MULTICAST_IF
            const int MulticastHops = 18; // IPV6_MULTICAST_HOPS
            if (LinuxSocket.Open(AddressFamily.InterNetworkV6, SocketKind.RawIcmp, out LinuxSocket? socket) is not Errno.OK)
                return null;

            socket!.SetOption(LevelIPv6, MulticastInterface, link.Index);
            socket.SetOption(LevelIPv6, MulticastHops, HopLimit);
            return new SolicitedAnswers(socket, link, target);
        }

        public void Ask()
        {
            Span<byte> solicitation = stackalloc byte[NeighbourDiscovery.SolicitationSize];
            NeighbourDiscovery.WriteSolicitation(solicitation, link.HardwareAddress, target);
            _ = socket.SendTo(solicitation, NeighbourDiscovery.SolicitedNode(target, link.Index), 0);
        }

        public async Task<string?> NextAsync(TimeSpan timeout, CancellationToken cancellationToken)
        {
            if (await socket.WaitAsync(PollEvents.Read, timeout, cancellationToken) is PollEvents.None)
                return null;

            byte[] buffer = new byte[256];
            return socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram) is Errno.OK
                && datagram.Ttl is null or HopLimit // else it comes from beyond the link: RFC 4861, section 7.1.2
                && NeighbourDiscovery.TryReadAdvertisement(
                    buffer.AsSpan(0, Math.Min(datagram.Length, buffer.Length)),
                    out IPAddress about,
                    out ReadOnlySpan<byte> owner)
                && about.GetAddressBytes().AsSpan().SequenceEqual(target.GetAddressBytes())
                    ? Format(owner)
                    : null;
        }

        public void Dispose() => socket.Dispose();
    }
}
