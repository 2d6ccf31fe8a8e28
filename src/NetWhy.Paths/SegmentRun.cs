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

    private const int Smallest = 536; // RFC 9293, section 3.7.1
    private const int LargestUpload = 130_000; // octets; two segments as large as packets can be
    private const int MostRounds = 3;
    private const int Steps = 12;
    private const int EnoughOctets = 256 * 1024; // of an answer

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.6); // three retransmissions after 0.2 s and on
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(0.75); // two of them
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(0.5); // of an application that may not want to answer at all

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

    /// <summary>Asks a service twice, once with small segments: whether only the small answer arrives.</summary>
    /// <param name="service">The service.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Trials, and what the kernel knows of the connection without a limit at its end.</returns>
    public static async Task<IReadOnlyList<Observation>> AskAsync(Service service, CancellationToken cancellationToken)
    {
        Question[] questions = [new(service, 0), new(service, Smallest)];
        await Task.WhenAll(
            questions[0].RunAsync(questions[1], cancellationToken), questions[1].RunAsync(questions[0], cancellationToken));
        return
        [
            .. questions.Select(question => question.Trial).OfType<SegmentSizeTrial>(),
            .. questions[0].Sample is { } sample ? (Observation[])[sample] : [],
        ];
    }

    private static async Task<UploadTrial?> TryAsync(Service service, int segment, TimeSpan patience, CancellationToken cancellationToken)
    {
        using TcpConnection connection = await ConnectAsync(service, segment, cancellationToken);
        return connection.Socket is not { } socket
            ? null
            : await UploadAsync(
                socket, service.Address, service.Port, segment, length => Beginning(service.IsTls, service.Host, length), patience, cancellationToken);
    }

    private static Task<TcpConnection> ConnectAsync(Service service, int segment, CancellationToken cancellationToken) =>
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
        /// <summary>Octets of the IP and TCP headers.</summary>
        public int Headers => Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40;
    }

    // One question with one segment size; it has more patience while the other one gets on.
    private sealed class Question(Service service, int segment)
    {
        private long _progress = Stopwatch.GetTimestamp();
        private long _octets;

        public SegmentSizeTrial? Trial { get; private set; }

        public TcpInfoSample? Sample { get; private set; }

        public async Task RunAsync(Question other, CancellationToken cancellationToken)
        {
            long begin = Stopwatch.GetTimestamp();
            using TcpConnection connection = await ConnectAsync(service, segment, cancellationToken);
            if (connection.Socket is not { } socket)
                return;

            _progress = Stopwatch.GetTimestamp();
            bool canTls = service.IsTls && TlsSession.Unavailable is null;
            ExchangeStage stage = canTls
                ? await ShakeHandsAsync(socket, other, cancellationToken)
                : await GetAsync(socket, other, cancellationToken);
            Trial = new SegmentSizeTrial(service.Address, service.Port, segment, stage, Stopwatch.GetElapsedTime(begin))
            {
                OctetsReceived = _octets,
                AllAcknowledged = socket.UnacknowledgedOctets == 0,
            };
            Sample = TcpInfoSamples.Take(socket, service.Address, service.Port, "end");
            socket.AbortOnClose();
        }

        private TimeSpan Left(Question other)
        {
            TimeSpan patience = Volatile.Read(ref other._octets) > _octets ? Patience : Silence;
            return patience - Stopwatch.GetElapsedTime(_progress);
        }

        private void Advance(long octets)
        {
            if (octets == _octets)
                return;
            Volatile.Write(ref _octets, octets);
            _progress = Stopwatch.GetTimestamp();
        }

        private async Task<ExchangeStage> GetAsync(LinuxSocket socket, Question other, CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[16_384];
            string host = service.Host;
            _ = socket.Send(Encoding.ASCII.GetBytes($"GET / HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n"), out _);
            while (Left(other) is var left && left > TimeSpan.Zero)
            {
                Errno errno = socket.Receive(buffer, out int received);
                if (errno is Errno.OK && received > 0 && _octets < EnoughOctets)
                    Advance(_octets + received);
                else if (errno is not Errno.EAGAIN)
                    return _octets > 0 ? ExchangeStage.Complete : ExchangeStage.Connected;
                else
                    await socket.WaitAsync(PollEvents.Read, left < Look ? left : 10 * Look, cancellationToken);
            }

            return _octets > 0 ? ExchangeStage.BodyBegun : ExchangeStage.Connected;
        }

        private async Task<ExchangeStage> ShakeHandsAsync(LinuxSocket socket, Question other, CancellationToken cancellationToken)
        {
            bool isName = !IPAddress.TryParse(service.Host, out _);
            using TlsSession session = TlsSession.Create(socket, new TlsOptions { ServerName = isName ? service.Host : null });
            while (Left(other) is var left && left > TimeSpan.Zero)
            {
                TlsStep step = session.Handshake();
                Advance(session.OctetsReceived);
                if (step is TlsStep.Done)
                    return ExchangeStage.HandshakeDone;
                if (step is not (TlsStep.WantRead or TlsStep.WantWrite))
                    break;
                await socket.WaitAsync(step is TlsStep.WantRead ? PollEvents.Read : PollEvents.Write, left < Look ? left : 10 * Look, cancellationToken);
            }

            return _octets > 0 ? ExchangeStage.HandshakeBegun : ExchangeStage.Connected;
        }
    }
}
