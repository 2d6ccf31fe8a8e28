using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>How to connect.</summary>
public sealed record ConnectOptions
{
    /// <summary>Patience that sees both a third SYN and the error of a neighbour that does not answer, after 3.06 s.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(3.6);

    /// <summary>Why the connection is made; see <see cref="ConnectAttempt.Purpose"/>.</summary>
    public string Purpose { get; init; } = "target";

    /// <summary>How long to wait for an outcome.</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>TCP_MAXSEG in octets; null for the interface's.</summary>
    public int? SegmentSize { get; init; }

    /// <summary>SO_RCVBUF in octets, from which the window follows; null for what the kernel finds best.</summary>
    public int? ReceiveBuffer { get; init; }

    /// <summary>TTL or hop limit of our packets; null for the system's.</summary>
    public int? Ttl { get; init; }

    /// <summary>Called once when nothing has come for <see cref="TcpConnector.SilenceAfter"/>; null for nobody.</summary>
    public Action<Silence>? OnSilence { get; init; }
}

/// <summary>What came of connecting, and the open socket if there is one.</summary>
/// <param name="Attempt">The observation, for the caller to report or not.</param>
/// <param name="Socket">The connected socket, the caller's from now on; null unless connected.</param>
public sealed record TcpConnection(ConnectAttempt Attempt, LinuxSocket? Socket) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Socket?.Dispose();
}

/// <summary>Makes one TCP connection and keeps apart everything that tells why it failed.</summary>
/// <remarks>
/// errno, the ICMP error of the socket's own error queue and the SYNs sent again are read from the same socket, so they
/// belong to this flow and to no other. Source: tcp(7), ip(7) (IP_RECVERR).
/// </remarks>
public static class TcpConnector
{
    /// <summary>How long nothing must have come before a <see cref="Silence"/> is raised: before the first SYN is repeated.</summary>
    public static readonly TimeSpan SilenceAfter = TimeSpan.FromSeconds(0.8);

    /// <summary>Connects.</summary>
    /// <param name="address">Remote address.</param>
    /// <param name="port">Remote port.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TcpConnection> ConnectAsync(
        IPAddress address, int port, ConnectOptions options, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Errno refusal = LinuxSocket.Open(address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
            return new TcpConnection(FailedAttempt(address, port, options, begin, refusal, "socket"), null);

        bool isConnected = false;
        try
        {
            Errno errno = Prepare(socket, options);
            if (errno is not Errno.OK)
                return new TcpConnection(FailedAttempt(address, port, options, begin, errno, "setsockopt"), null);

            begin = Stopwatch.GetTimestamp();
            errno = socket.Connect(address, port);
            if (errno is Errno.EINPROGRESS)
                errno = await WaitAsync(socket, address, port, options, begin, cancellationToken);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);

            ConnectAttempt attempt = Describe(socket, address, port, options, errno, elapsed);
            isConnected = errno is Errno.OK;
            return new TcpConnection(attempt, isConnected ? socket : null);
        }
        finally
        {
            if (!isConnected)
                socket.Dispose();
        }
    }

    /// <summary>Takes the first ICMP error out of a socket's error queue.</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>The error; null if there is none.</returns>
    public static IcmpError? TakeIcmpError(LinuxSocket socket)
    {
        const int MostEntries = 16; // the queue is bounded by the socket's buffer; one flow makes few
        for (int i = 0; i < MostEntries && socket.ReceiveError(out QueuedError error) is Errno.OK; i++)
        {
            if (error.ToIcmpError() is { } icmp)
                return icmp;
        }

        return null;
    }

    private static Errno Prepare(LinuxSocket socket, ConnectOptions options)
    {
        Errno errno = options.SegmentSize is { } size ? socket.SetSegmentSize(size) : Errno.OK;
        if (errno is Errno.OK && options.ReceiveBuffer is { } buffer)
            errno = socket.SetReceiveBuffer(buffer);
        return errno is Errno.OK && options.Ttl is { } ttl ? socket.SetTtl(ttl) : errno;
    }

    /// <summary>Waits until a connection that was begun stands or fails.</summary>
    /// <param name="socket">The socket whose <see cref="LinuxSocket.Connect"/> said EINPROGRESS.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <returns>What connecting came to; <see cref="Errno.EINPROGRESS"/> if patience ended first.</returns>
    public static async Task<Errno> FinishAsync(LinuxSocket socket, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            PollEvents events = await socket.WaitAsync(PollEvents.Write, left, cancellationToken);
            if (events is PollEvents.None)
                continue;

            // Not SO_ERROR alone: an ICMP error that ends nothing (fragmentation needed) also wakes the wait.
            Errno errno = socket.TakeError();
            if (errno is not Errno.OK)
                return errno;
            if (socket.HasPeer)
                return Errno.OK;
            if (events.HasFlag(PollEvents.HangUp))
                return Errno.ECONNRESET; // connected and ended again before we looked
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken); // the queue stays readable: do not spin
        }

        return Errno.EINPROGRESS;
    }

    private static async Task<Errno> WaitAsync(
        LinuxSocket socket,
        IPAddress address,
        int port,
        ConnectOptions options,
        long begin,
        CancellationToken cancellationToken)
    {
        if (options.OnSilence is { } tell && options.Patience > SilenceAfter)
        {
            Errno errno = await FinishAsync(socket, SilenceAfter, cancellationToken);
            if (errno is not Errno.EINPROGRESS)
                return errno;
            tell(new Silence(address, port, ExchangeStage.NotConnected, Stopwatch.GetElapsedTime(begin)));
        }

        return await FinishAsync(socket, options.Patience - Stopwatch.GetElapsedTime(begin), cancellationToken);
    }

    private static ConnectAttempt Describe(
        LinuxSocket socket, IPAddress address, int port, ConnectOptions options, Errno errno, TimeSpan elapsed)
    {
        TcpInfo? info = socket.GetTcpInfo();
        (IPAddress source, int sourcePort) = socket.LocalEndpoint;
        ConnectOutcome outcome = errno switch
        {
            Errno.OK => ConnectOutcome.Connected,
            Errno.EINPROGRESS or Errno.ETIMEDOUT => ConnectOutcome.TimedOut,
            _ => ConnectOutcome.Failed,
        };
        bool isConnected = outcome is ConnectOutcome.Connected;
        return new ConnectAttempt(address, port, options.Purpose, outcome, elapsed)
        {
            Errno = errno is Errno.OK or Errno.EINPROGRESS ? null : Name(errno),
            FailedCall = outcome is ConnectOutcome.Failed ? "connect" : null,
            Icmp = TakeIcmpError(socket),
            Source = source.Equals(IPAddress.Any) || source.Equals(IPAddress.IPv6Any) || source.Equals(IPAddress.None)
                ? null
                : source,
            SourcePort = sourcePort,
            SynRetransmits = (int)Math.Max(info?.TotalRetransmits ?? 0, info?.Retransmits ?? 0),
            RoundTrip = isConnected ? info?.RoundTrip : null,
            SendMss = isConnected ? info?.SendMss : null,
            AdvertisedMss = info?.AdvertisedMss,
            Options = isConnected && info is { } account ? OptionNames(account.Options) : [],
        };
    }

    private static ConnectAttempt FailedAttempt(
        IPAddress address, int port, ConnectOptions options, long begin, Errno errno, string call) =>
        new(address, port, options.Purpose, ConnectOutcome.Failed, Stopwatch.GetElapsedTime(begin))
        {
            Errno = Name(errno),
            FailedCall = call,
        };

    /// <summary>The name of an error number, or its number if netwhy has no name for it.</summary>
    /// <param name="errno">The number.</param>
    public static string Name(Errno errno) => errno.ToString();

    private static string[] OptionNames(byte options) =>
    [
        .. (options & 1) != 0 ? ["timestamps"] : Array.Empty<string>(),
        .. (options & 2) != 0 ? ["sack"] : Array.Empty<string>(),
        .. (options & 4) != 0 ? ["wscale"] : Array.Empty<string>(),
        .. (options & 8) != 0 ? ["ecn"] : Array.Empty<string>(),
    ];
}
