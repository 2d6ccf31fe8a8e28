using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Sends probes with chosen hop limits towards one destination, and takes what comes back.</summary>
/// <remarks>
/// Many channels may be open at once: none sees the answers of another. Probes of one flow look the same to routers that balance
/// load, whatever their hop limit and number. Sending and receiving are for one user at a time. Open it where the thread's network
/// namespace is the one that is meant.
/// </remarks>
public abstract class ProbeChannel : IDisposable
{
    private const int MostAnswers = 1 << 14; // answers that nobody takes are dropped

    private readonly ConcurrentQueue<ProbeAnswer> _answers = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, SentProbe> _outstanding = []; // by number, so bounded

    private protected ProbeChannel(ProbeOptions options, IPAddress source)
    {
        Options = options;
        Source = source;
    }

    /// <summary>How the path is probed.</summary>
    public ProbeOptions Options { get; }

    /// <summary>Address that the probes come from.</summary>
    public IPAddress Source { get; }

    /// <summary>Whether it sends and receives by raw sockets, which tell most.</summary>
    public abstract bool IsRaw { get; }

    /// <summary>What cannot be seen for lack of privilege, in words; null if nothing.</summary>
    public abstract string? Limits { get; }

    /// <summary>Answers that could not be told apart for lack of a number in them.</summary>
    public int Unattributed { get; private protected set; }

    /// <summary>Size of the smallest probe, IP header included, in octets.</summary>
    public int SmallestSize => HeaderSize + Options.Protocol switch
    {
        ProbeProtocol.Tcp => Options.Tcp.Size,
        ProbeProtocol.Udp or ProbeProtocol.UdpLite => UdpHeader.Size + ProbePacket.PayloadSize,
        ProbeProtocol.Other => ProbePacket.OtherSize,
        _ => IcmpHeader.Size + ProbePacket.PayloadSize,
    };

    /// <summary>Longest that a wait of a receiving loop lasts before it looks whether it is still wanted.</summary>
    private protected static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(1);

    private protected bool IsV6 => Options.Target.AddressFamily is AddressFamily.InterNetworkV6;

    /// <summary>Length of the IP header of probes, in octets.</summary>
    internal int HeaderSize => IsV6 ? Ipv6Header.Size : Ipv4Header.Size;

    /// <summary>Opens a channel of the best kind that the kernel allows.</summary>
    /// <param name="options">Where to, and how.</param>
    /// <param name="channel">The channel; null if the kernel refused.</param>
    /// <returns>
    /// Why not: ENETUNREACH or EHOSTUNREACH without a route, EACCES or EINVAL where it prohibits or drops, EADDRNOTAVAIL for a source that is not ours, ENODEV for an interface
    /// that is none, EPERM for a mark without CAP_NET_ADMIN or what needs CAP_NET_RAW, EADDRINUSE for a source port in use.
    /// </returns>
    public static Errno Open(ProbeOptions options, out ProbeChannel? channel)
    {
        ArgumentNullException.ThrowIfNull(options);
        channel = null;
        Errno errno = FindSource(options, out IPAddress source);
        if (errno is not Errno.OK)
            return errno;
        if (!options.IsUnprivileged && RawProbeChannel.Open(options, source, out channel) is Errno.OK)
            return Errno.OK;
        errno = options switch
        {
            { Protocol: ProbeProtocol.UdpLite or ProbeProtocol.Other } => Errno.EPERM,
            { Protocol: ProbeProtocol.Tcp } when options.Tcp != TcpProbe.Usual => Errno.EPERM,
            { Protocol: ProbeProtocol.Tcp } => ConnectProbeChannel.Open(options, source, out channel),
            _ => DatagramProbeChannel.Open(options, source, out channel),
        };
        return errno is Errno.EACCES ? Errno.EPERM : errno; // so that EACCES always is of the route
    }

    /// <summary>Sends one probe.</summary>
    /// <param name="ttl">Its hop limit, 1 to 255.</param>
    /// <param name="flow">Flow that it belongs to, from 0: flows differ in what routers balance load by.</param>
    /// <param name="sequence">Its number, which the answer tells; not 0. One that is used again replaces the probe before.</param>
    /// <param name="packetSize">Size of the IP packet that is wanted, in octets; see <see cref="SizeOf"/>.</param>
    /// <returns>Why it was not sent, such as EPERM (a local firewall), EMSGSIZE, ENETUNREACH or ENETDOWN.</returns>
    public Errno Send(int ttl, int flow, ushort sequence, int packetSize)
    {
        Errno errno = SendProbe(ttl, flow, sequence, SizeOf(packetSize));
        if (errno is not Errno.OK)
        {
            lock (_lock)
                _outstanding.Remove(sequence);
        }

        return errno;
    }

    /// <summary>The size that a probe gets, IP header included, in octets. Probes of TCP carry no data: they have one size only.</summary>
    /// <param name="wanted">The size that is wanted; 0 for 60, of IPv6 80, as traceroute(8) sends.</param>
    public int SizeOf(int wanted) => Options.Protocol is ProbeProtocol.Tcp ? SmallestSize : Math.Max(wanted > 0 ? wanted : HeaderSize + 40, SmallestSize);

    /// <summary>Takes the next answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReceive(out ProbeAnswer answer) => _answers.TryDequeue(out answer);

    /// <summary>
    /// Looks whether the kernel has answers that nobody has fetched yet, as on a busy machine: ask before a probe counts as lost.
    /// </summary>
    public virtual void Poll()
    {
    }

    /// <summary>Waits until there is an answer. One wait at a time.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns><see cref="PollEvents.Read"/>, or <see cref="PollEvents.None"/> after the timeout.</returns>
    public async Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (_answers.IsEmpty)
        {
            if (!await _signal.WaitAsync(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellationToken))
                return _answers.IsEmpty ? PollEvents.None : PollEvents.Read;
        }

        return PollEvents.Read;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open.</summary>
    /// <param name="isDisposing">Whether it is not the finalizer that calls.</param>
    protected virtual void Dispose(bool isDisposing)
    {
    }

    /// <summary>Sends one probe, and calls <see cref="Note"/> right before.</summary>
    private protected abstract Errno SendProbe(int ttl, int flow, ushort sequence, int packetSize);

    /// <summary>Has the kernel refuse a message of nothing, so that the first probe does not pay for what first calls cost.</summary>
    private protected void WarmUp(LinuxSocket socket) => _ = socket.SendTo([], Options.Target, port: 0);

    /// <summary>Notes that a probe leaves now.</summary>
    private protected void Note(int ttl, int flow, ushort sequence)
    {
        lock (_lock)
            _outstanding[sequence] = new SentProbe(Stopwatch.GetTimestamp(), ttl, flow);
    }

    /// <summary>Tells the kernel how the channel's packets are to leave.</summary>
    private protected static Errno Prepare(LinuxSocket socket, ProbeOptions options, int port)
    {
        Errno errno = options.FirewallMark is { } mark ? socket.SetMark(mark) : Errno.OK;
        if (errno is Errno.OK && options.Interface is { } name)
            errno = socket.BindToDevice(name);
        if (errno is Errno.OK && options.IsDirect)
            errno = socket.BypassRouting();
        if (errno is Errno.OK && options.Tos != 0)
            errno = socket.SetTypeOfService(options.Tos);
        if (errno is Errno.OK && (options.Source is not null || port != 0))
            errno = socket.Bind(options.Source ?? (socket.Family is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any), port);
        if (errno is Errno.OK)
            _ = options.DontFragment ? socket.SetMtuProbing() : socket.SetMtuDiscovery(MtuDiscovery.Dont);
        return errno;
    }

    /// <summary>Notes an answer.</summary>
    /// <param name="sequence">Number of the probe that it answers.</param>
    /// <param name="answer">The answer, without what is known of the probe.</param>
    /// <param name="kernelTime">When the kernel received it; null if unknown.</param>
    /// <returns>False if no such probe is outstanding.</returns>
    private protected bool Post(ushort sequence, ProbeAnswer answer, DateTimeOffset? kernelTime)
    {
        SentProbe sent;
        lock (_lock)
        {
            if (!_outstanding.Remove(sequence, out sent))
                return false;
        }

        if (_answers.Count >= MostAnswers)
            return false;
        TimeSpan roundTrip = answer.RoundTrip > TimeSpan.Zero ? answer.RoundTrip : StampedRoundTrip.Of(sent.At, kernelTime, Options.Clock);
        _answers.Enqueue(answer with { Sequence = sequence, RoundTrip = roundTrip, Ttl = sent.Ttl, Flow = sent.Flow });
        lock (_lock)
        {
            if (_signal.CurrentCount == 0)
                _signal.Release();
        }

        return true;
    }

    /// <summary>Whether a probe waits for its answer.</summary>
    private protected bool IsOutstanding(ushort sequence)
    {
        lock (_lock)
            return _outstanding.ContainsKey(sequence);
    }

    /// <summary>
    /// The outstanding probe of a flow with the largest hop limit; null if there is none. Where the destination's answers carry no
    /// number, as many probes as there are answers came through: those with the largest limits.
    /// </summary>
    private protected ushort? LastOutstanding(int flow, out int count)
    {
        lock (_lock)
        {
            ushort? last = null;
            (int most, count) = (0, 0);
            foreach ((ushort sequence, SentProbe sent) in _outstanding)
            {
                if (sent.Flow != flow)
                    continue;
                count++;
                if (sent.Ttl > most)
                    (last, most) = (sequence, sent.Ttl);
            }

            return last;
        }
    }

    /// <summary>Notes data that the destination sent: its number is in it if it is an echo.</summary>
    private protected void PostData(int flow, ReadOnlySpan<byte> octets, in ReceivedDatagram datagram)
    {
        if ((ProbePacket.TryReadPayload(octets, out ushort sequence) ? sequence : LastOutstanding(flow, out _)) is { } number)
            _ = Post(number, new ProbeAnswer(number, datagram.Source, ProbeAnswerKind.Reached, default) { Type = -1, ReplyTtl = datagram.Ttl }, datagram.KernelTime);
    }

    /// <summary>What an ICMP error about a probe says.</summary>
    private protected ProbeAnswerKind KindOf(int type, int code, IPAddress node) => (IsV6, type, code) switch
    {
        (false, 11, 0) or (true, 3, 0) => ProbeAnswerKind.TimeExceeded,
        (false, 3, 3) or (true, 1, 4) when Options.Protocol is ProbeProtocol.Udp or ProbeProtocol.UdpLite && node.Equals(Options.Target) => ProbeAnswerKind.Reached,
        _ => ProbeAnswerKind.Unreachable,
    };

    private static Errno FindSource(ProbeOptions options, out IPAddress source)
    {
        source = IPAddress.None;
        Errno errno = LinuxSocket.Open(options.Target.AddressFamily, SocketKind.Udp, out LinuxSocket? socket);
        if (socket is null)
            return errno;
        using (socket)
        {
            errno = Prepare(socket, options, port: 0);
            if (errno is Errno.OK)
                errno = socket.Connect(options.Target, options.Port);
            source = socket.LocalEndpoint.Address;
            return errno;
        }
    }

    private readonly record struct SentProbe(long At, int Ttl, int Flow);
}
