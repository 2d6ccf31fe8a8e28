using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Tries sizes with the segments of real connections, which pass where echo does not.</summary>
/// <remarks>
/// What is sent is the beginning of a request, or of a ClientHello, that never ends: the peer's TCP acknowledges it, and
/// its application waits for the rest and is left alone with it. Source: RFC 2923, section 2.1; tcp(7), SIOCOUTQ.
/// </remarks>
public static class SegmentRun
{
    /// <summary>Segment size that fits the least IPv6 MTU of 1,280 octets.</summary>
    public const int SafeSegment = 1220;

    private const int LargestUpload = 130_000; // octets; two segments as large as packets can be
    private const int MostRounds = 3;
    private const int Steps = 12;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.6); // three retransmissions after 0.2 s and on
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(0.75); // two of them

    /// <summary>Sends two full segments of what a service waits for the end of, and looks whether they are acknowledged.</summary>
    /// <param name="socket">A fresh connection.</param>
    /// <param name="address">Peer's address.</param>
    /// <param name="port">Peer's port.</param>
    /// <param name="segment">TCP_MAXSEG that was set, in octets; 0 for none.</param>
    /// <param name="beginning">Makes as many octets as it is told.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observation; null if the peer minds what came: that says nothing of its size.</returns>
    public static async Task<UploadTrial?> UploadAsync(
        LinuxSocket socket, IPAddress address, int port, int segment, Func<int, byte[]> beginning, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (socket.GetTcpInfo() is not { } before)
            return null;
        long begin = Stopwatch.GetTimestamp();
        byte[] octets = beginning(Math.Min(LargestUpload, (2 * before.SendMss) + 200));
        if (socket.Send(octets, out int sent) is not Errno.OK || sent < octets.Length)
            return null;

        while (socket.UnacknowledgedOctets > 0 && Stopwatch.GetElapsedTime(begin) < patience)
            await Task.Delay(Look, cancellationToken);
        TcpInfo? after = socket.GetTcpInfo();
        bool isReset = socket.TakeError() is not Errno.OK;
        if (isReset)
            return null;
        socket.AbortOnClose();
        return new UploadTrial(address, port, segment, before.SendMss, socket.UnacknowledgedOctets == 0, Stopwatch.GetElapsedTime(begin))
        {
            Retransmits = after?.TotalRetransmits ?? 0,
        };
    }

    /// <summary>The beginning of a request that never ends.</summary>
    /// <param name="isTls">Whether the service speaks TLS.</param>
    /// <param name="host">Value of the Host field.</param>
    /// <param name="length">How many octets.</param>
    public static byte[] Beginning(bool isTls, string host, int length)
    {
        byte[] octets = new byte[length];
        octets.AsSpan().Fill((byte)'x');
        if (isTls)
        {
            // A handshake record whose ClientHello is one octet longer than what comes. Source: RFC 8446, sections 4 and 5.1.
            ReadOnlySpan<byte> start = [22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3];
            start.CopyTo(octets);
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(3), (ushort)Math.Min(length - 4, 1 << 14));
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(7), (ushort)Math.Min(length - 8, (1 << 14) - 4));
        }
        else
        {
            _ = Encoding.ASCII.TryGetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nX-Padding: ", octets, out _); // two segments of the least size may be less
        }

        return octets;
    }

    /// <summary>Tries full segments and small ones towards a service, and where only small ones pass, what lies between.</summary>
    /// <param name="service">The service.</param>
    /// <param name="bounds">Sizes of packets between which echo found the limit, tried first; null if it found none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<UploadTrial>> UploadAsync(
        Service service, Task<(int Passed, int Lost)?> bounds, CancellationToken cancellationToken)
    {
        UploadTrial?[] first = await Task.WhenAll(
            TryAsync(service, 0, Patience, cancellationToken), TryAsync(service, SafeSegment, Patience, cancellationToken));
        List<UploadTrial> trials = [.. first.OfType<UploadTrial>()];
        if (trials is not [{ SegmentSize: 0, IsAcknowledged: false } full, { IsAcknowledged: true }])
            return trials;

        int headers = service.Headers;
        int options = trials[1].SegmentSize - trials[1].SendMss; // of each segment
        int[] sizes = await bounds is var (passed, lost) ? [passed - headers, lost - headers] : [];
        for (int round = 0; round < MostRounds; round++)
        {
            int least = trials.Where(trial => trial.IsAcknowledged).Max(trial => trial.SendMss) + options;
            int most = trials.Where(trial => !trial.IsAcknowledged).Min(trial => trial.SendMss) + options;
            if (sizes.Length == 0)
                sizes = [.. Enumerable.Range(1, Steps).Select(step => least + ((most - least) * step / (Steps + 1)))];
            sizes = [.. sizes.Where(size => size > least && size < most).Distinct()];
            if (sizes.Length == 0)
                break;
            UploadTrial?[] more = await Task.WhenAll(sizes.Select(size => TryAsync(service, size, StepPatience, cancellationToken)));
            trials.AddRange(more.OfType<UploadTrial>().Where(trial => trial.SendMss + options == trial.SegmentSize)); // the peer may ask for less by now
            sizes = [];
        }

        return trials;
    }

    private static async Task<UploadTrial?> TryAsync(Service service, int segment, TimeSpan patience, CancellationToken cancellationToken)
    {
        using TcpConnection connection = await ConnectAsync(service, segment, cancellationToken);
        return connection.Socket is not { } socket
            ? null
            : await UploadAsync(
                socket, service.Address, service.Port, segment, length => Beginning(service.IsTls, service.Host, length), patience, cancellationToken);
    }

    /// <summary>Connects with a limit of what the peer may send in one segment.</summary>
    /// <param name="service">The service.</param>
    /// <param name="segment">TCP_MAXSEG to set, in octets; 0 for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static Task<TcpConnection> ConnectAsync(Service service, int segment, CancellationToken cancellationToken) =>
        TcpConnector.ConnectAsync(
            service.Address,
            service.Port,
            new ConnectOptions { Purpose = "control", Patience = Patience, SegmentSize = segment == 0 ? null : segment },
            cancellationToken);

    /// <summary>A service that is asked.</summary>
    /// <param name="Address">Its address.</param>
    /// <param name="Port">Its port.</param>
    /// <param name="IsTls">Whether it speaks TLS.</param>
    /// <param name="Host">Its name as a client calls it, without control characters.</param>
    public sealed record Service(IPAddress Address, int Port, bool IsTls, string Host)
    {
        /// <summary>What to ask for by HTTP, as a request names it; null for a service that is none of HTTP.</summary>
        public string? Resource { get; init; } = "/";

        /// <summary>Octets of the IP and TCP headers.</summary>
        public int Headers => Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
    }
}
