using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Echo requests and UDP datagrams without privilege: errors come through the error queue of each flow's socket.</summary>
/// <remarks>Source: icmp(7), ip(7) (IP_RECVERR).</remarks>
internal sealed class DatagramProbeChannel : ProbeChannel
{
    private const int Tries = 3; // an ICMP error that came meanwhile fails the next call once; it waits in the error queue all the same
    private const ushort Checksum = 0x6e77;
    private const int BufferSize = 128; // a number is all that is read

    private readonly ConcurrentDictionary<int, LinuxSocket> _flows = new();
    private readonly CancellationTokenSource _end = new();

    private DatagramProbeChannel(ProbeOptions options, IPAddress source)
        : base(options, source)
    {
    }

    /// <inheritdoc/>
    public override bool IsRaw => false;

    /// <inheritdoc/>
    public override string? Limits => Options.Protocol is ProbeProtocol.Udp
        ? "without CAP_NET_RAW, NAT and rewritten TTLs are not seen, nor answers of routers that quote 8 octets only"
        : "without CAP_NET_RAW, NAT and rewritten TTLs are not seen";

    private bool IsUdp => Options.Protocol is ProbeProtocol.Udp;

    /// <summary>Opens the socket of the first flow.</summary>
    internal static Errno Open(ProbeOptions options, IPAddress source, out ProbeChannel? channel)
    {
        var opened = new DatagramProbeChannel(options, source);
        Errno errno = opened.SocketOf(0, out _);
        channel = errno is Errno.OK ? opened : null;
        if (channel is null)
            opened.Dispose();
        return errno;
    }

    /// <inheritdoc/>
    public override void Poll()
    {
        byte[] buffer = new byte[BufferSize];
        foreach ((int flow, LinuxSocket socket) in _flows)
            _ = Drain(socket, flow, buffer);
    }

    /// <inheritdoc/>
    private protected override Errno SendProbe(int ttl, int flow, ushort sequence, int packetSize)
    {
        Errno errno = SocketOf(flow, out LinuxSocket? socket);
        if (socket is null)
            return errno;
        int length = packetSize - HeaderSize;
        byte[] octets = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> message = octets.AsSpan(0, length);
        if (IsUdp)
        {
            message = message[UdpHeader.Size..];
            ProbePacket.WritePayload(message, sequence, Options.Fill);
        }
        else
        {
            // The kernel fills in identifier and checksum: what the number adds to the sum, the payload takes away.
            ProbePacket.WriteEcho(message, IsV6, identifier: 0, sequence, Checksum, pseudo: 0, Options.Fill);
        }

        _ = socket.SetTtl(ttl);
        int port = IsUdp ? Options.Port : 0;
        Note(ttl, flow, sequence);
        errno = socket.SendTo(message, Options.Target, port);
        for (int i = 1; i < Tries && errno is Errno.EHOSTUNREACH or Errno.ECONNREFUSED or Errno.ENETUNREACH or Errno.EACCES or Errno.EPROTO or Errno.EMSGSIZE; i++)
            errno = socket.SendTo(message, Options.Target, port);
        ArrayPool<byte>.Shared.Return(octets);
        return errno;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        if (!isDisposing || _end.IsCancellationRequested)
            return;
        _end.Cancel();
        foreach ((_, LinuxSocket socket) in _flows)
            socket.Dispose();
        base.Dispose(isDisposing);
    }

    private Errno SocketOf(int flow, out LinuxSocket? socket)
    {
        if (_flows.TryGetValue(flow, out socket))
            return Errno.OK;
        Errno errno = LinuxSocket.Open(Options.Target.AddressFamily, IsUdp ? SocketKind.Udp : SocketKind.Ping, out socket);
        if (socket is null)
            return errno;
        errno = Prepare(socket, Options, IsUdp && Options.SourcePort is { } first ? first + flow : 0);
        if (errno is not Errno.OK)
        {
            socket.Dispose();
            socket = null;
            return errno;
        }

        _ = socket.WantExtensions();
        WarmUp(socket);
        _flows[flow] = socket;
        LinuxSocket opened = socket;
        _ = Task.Run(() => ReceiveAsync(opened, flow));
        return Errno.OK;
    }

    private async Task ReceiveAsync(LinuxSocket socket, int flow)
    {
        byte[] buffer = new byte[BufferSize];
        try
        {
            while (true)
            {
                PollEvents events = await socket.WaitAsync(PollEvents.Read, LongestWait, _end.Token);
                if (!Drain(socket, flow, buffer) && events is not PollEvents.None)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _end.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or LinuxException)
        {
            // The channel is closed.
        }
    }

    private bool Drain(LinuxSocket socket, int flow, byte[] buffer)
    {
        bool hasReceived = false;
        while (socket.ReceiveError(out QueuedError error) is Errno.OK)
        {
            hasReceived = true;
            TakeError(error, flow);
        }

        while (socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram) is var errno && errno is not Errno.EAGAIN)
        {
            if (errno is not Errno.OK) // an error that waited for this call
                continue;
            hasReceived = true;
            ReadOnlySpan<byte> octets = buffer.AsSpan(0, Math.Min(datagram.Length, buffer.Length));
            if (IsUdp && datagram.Source.Equals(Options.Target))
                PostData(flow, octets, datagram);
            else if (!IsUdp)
                TakeReply(octets, datagram);
        }

        return hasReceived;
    }

    private void TakeReply(ReadOnlySpan<byte> octets, in ReceivedDatagram datagram)
    {
        if (IcmpMessage.Read(octets, IsV6, out IcmpMessage message) is not OperationStatus.Done || !message.IsEcho)
            return;
        Post(
            message.SequenceNumber,
            new ProbeAnswer(message.SequenceNumber, datagram.Source, ProbeAnswerKind.Reached, default)
            {
                Type = message.Type,
                Code = message.Code,
                ReplyTtl = datagram.Ttl,
            },
            datagram.KernelTime);
    }

    private void TakeError(in QueuedError error, int flow)
    {
        if (!error.IsIcmp)
            return;
        if (SequenceOf(error.Quoted.Span, flow) is not { } sequence)
        {
            Unattributed++;
            return;
        }

        var answer = new ProbeAnswer(sequence, error.Offender, KindOf(error.Type, error.Code, error.Offender), default)
        {
            Type = error.Type,
            Code = error.Code,
            ReplyTtl = error.Ttl,
            Mtu = error.ToMtu(),
        };
        ReadOnlySpan<byte> quoted = error.Quoted.Span;
        int compatible = 128 - HeaderSize - (IsUdp ? UdpHeader.Size : 0); // where old routers put them
        IcmpExtensions extensions = default;
        bool hasExtensions = error.ExtensionOffset is { } offset
            ? offset < quoted.Length && IcmpExtensions.Read(quoted[offset..], out extensions) is OperationStatus.Done
            : compatible < quoted.Length && IcmpExtensions.ReadUnannounced(quoted[compatible..], out extensions) is OperationStatus.Done;
        Post(sequence, hasExtensions ? RouterExtensions.AddTo(answer, extensions) : answer, error.KernelTime);
    }

    // What is quoted begins behind the UDP header: a router that quotes no more leaves nothing to tell probes apart by.
    private ushort? SequenceOf(ReadOnlySpan<byte> quoted, int flow)
    {
        if (!IsUdp)
            return quoted.Length >= IcmpHeader.Size ? BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) : null;
        if (ProbePacket.TryReadPayload(quoted, out ushort sequence))
            return sequence;
        return LastOutstanding(flow, out int count) is { } only && count == 1 ? only : null;
    }
}
