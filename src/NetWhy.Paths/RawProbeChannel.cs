using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Probes written octet by octet, and answers seen whole. Needs CAP_NET_RAW.</summary>
/// <remarks>
/// The ports belong to sockets of the kernel, so nobody else uses them meanwhile; those of TCP do not listen, so the kernel answers a
/// SYN-ACK with a RST and no connection is left half open.
/// </remarks>
internal sealed class RawProbeChannel : ProbeChannel
{
    private const int MostTries = 64; // for an identifier that is free
    private const int LeastMtuV6 = 1280; // what every link takes: RFC 8200, section 5
    private const ushort NegativeZero = 0xffff; // as good a checksum as 0: RFC 1071, section 2

    private readonly LinuxSocket _send;
    private readonly ReplyReceiver _messages;
    private readonly ReplyReceiver? _segments;
    private readonly ConcurrentDictionary<int, OpenFlow> _flows = new();
    private readonly ConcurrentDictionary<ushort, ResetDoubt> _doubts = new(); // by source port, of SYNs
    private readonly CancellationTokenSource _end = new();
    private readonly ushort _mark = (ushort)Random.Shared.Next(1, ushort.MaxValue); // checksum, or upper half of the TCP number

    private volatile int _mtu; // of the path, as the kernel believes; 0 until a probe may not fit, and when a router has told one

    private RawProbeChannel(ProbeOptions options, IPAddress source, LinuxSocket send, ReplyReceiver messages, ReplyReceiver? segments)
        : base(options, source)
    {
        _send = send;
        _messages = messages;
        _segments = segments;
    }

    /// <inheritdoc/>
    public override bool IsRaw => true;

    /// <inheritdoc/>
    public override string? Limits => null;

    private IPProtocol Protocol => Options.Protocol switch
    {
        ProbeProtocol.Tcp => IPProtocol.Tcp,
        ProbeProtocol.Udp => IPProtocol.Udp,
        ProbeProtocol.UdpLite => IPProtocol.UdpLite,
        ProbeProtocol.Other => Options.OtherProtocol,
        _ => IsV6 ? IPProtocol.IcmpV6 : IPProtocol.Icmp,
    };

    /// <summary>Opens the sockets.</summary>
    internal static Errno Open(ProbeOptions options, IPAddress source, out ProbeChannel? channel)
    {
        channel = null;
        Errno errno = LinuxSocket.Open(options.Target.AddressFamily, SocketKind.RawSend, out LinuxSocket? send);
        if (send is null)
            return errno;
        send.RefuseErrors();
        errno = Prepare(send, options, port: 0);
        ReplyReceiver? messages = null, segments = null;
        if (errno is Errno.OK)
            errno = ReplyReceiver.Rent(options.Target.AddressFamily, SocketKind.RawIcmp, out messages);
        if (errno is Errno.OK && options.Protocol is ProbeProtocol.Tcp)
            errno = ReplyReceiver.Rent(options.Target.AddressFamily, SocketKind.RawTcp, out segments);
        if (errno is Errno.OK)
        {
            channel = new RawProbeChannel(options, source, send, messages!, segments);
            return Errno.OK;
        }

        messages?.Dispose();
        send.Dispose();
        return errno;
    }

    /// <inheritdoc/>
    public override void Poll()
    {
        _ = _messages.Poll();
        _ = _segments?.Poll();
    }

    /// <summary>Takes an echo reply.</summary>
    internal void TakeReply(in IcmpMessage message, in ReceivedDatagram datagram, int? ttl) => Post(
        message.SequenceNumber,
        new ProbeAnswer(message.SequenceNumber, datagram.Source, ProbeAnswerKind.Reached, default)
        {
            Type = message.Type,
            Code = message.Code,
            ReplyTtl = ttl,
        },
        datagram.KernelTime);

    /// <summary>Takes a SYN-ACK or a RST.</summary>
    internal void TakeSegment(in TcpSegment segment, in ReceivedDatagram datagram, int? ttl)
    {
        if (Options.Tcp.NumberOf(segment) is not { } number || number >> 16 != _mark || segment.SourcePort != Options.Port || !datagram.Source.Equals(Options.Target))
            return;
        ushort sequence = (ushort)number;
        DateTimeOffset? at = datagram.KernelTime;
        var answer = new ProbeAnswer(sequence, datagram.Source, ProbeAnswerKind.Reached, default)
        {
            Type = -1,
            IsReset = segment.Flags.HasFlag(TcpFlags.Rst),
            Segment = segment.Flags,
            ReplyTtl = ttl,
        };
        if (_doubts.TryGetValue(segment.DestinationPort, out ResetDoubt? doubt))
            doubt.Answered(sequence, answer.IsReset, () => Post(sequence, answer, at));
        else
            Post(sequence, answer, at);
    }

    /// <summary>Takes an ICMP error about a probe of ours.</summary>
    internal void TakeError(in IcmpMessage message, in QuotedProbe quoted, in ReceivedDatagram datagram, int? ttl)
    {
        if (!TryReadSequence(quoted, out ushort sequence) || !IsOutstanding(sequence))
            return;
        bool isRewritten = !Is(quoted.Destination, Options.Target) || !Is(quoted.Source, Source);
        if (isRewritten && !HasOwnPort && !IsOwnEcho(quoted, sequence))
            return; // such numbers are not reserved: it is somebody else's
        var answer = new ProbeAnswer(sequence, datagram.Source, KindOf(message.Type, message.Code, datagram.Source), default)
        {
            Type = message.Type,
            Code = message.Code,
            ReplyTtl = ttl,
            QuotedTtl = quoted.Ttl,
            QuotedTos = quoted.Tos,
            QuotedChecksum = quoted.Checksum,
            SentChecksum = quoted.Checksum is null ? null : Checksum(quoted.Flow, sequence),
            QuotedIdentification = quoted.Identification,
            IsRewritten = isRewritten,
            Mtu = message.NextHopMtu,
        };
        if (IcmpExtensions.Find(message, out IcmpExtensions extensions) is OperationStatus.Done)
            answer = RouterExtensions.AddTo(answer, extensions);
        if (answer.Mtu > 0)
            _mtu = 0;
        if (_doubts.TryGetValue(quoted.Flow, out ResetDoubt? doubt))
            doubt.Failed(sequence, answer.Kind is ProbeAnswerKind.TimeExceeded);
        Post(sequence, answer, datagram.KernelTime);
    }

    /// <inheritdoc/>
    private protected override Errno SendProbe(int ttl, int flow, ushort sequence, int packetSize)
    {
        Errno errno = OpenFlowOf(flow, out OpenFlow opened);
        if (errno is not Errno.OK)
            return errno;
        byte[] octets = ArrayPool<byte>.Shared.Rent(packetSize);
        Span<byte> packet = octets.AsSpan(0, packetSize);
        int length = packetSize - HeaderSize;
        ProbePacket.WriteHeader(packet[..HeaderSize], Options, Source, Protocol, ttl, sequence, length);
        Span<byte> transport = packet[HeaderSize..];
        uint pseudo = Protocol is IPProtocol.Icmp ? 0 : ProbePacket.PseudoHeader(Source, Options.Target, Protocol, length);
        switch (Options.Protocol)
        {
            case ProbeProtocol.Icmp:
                ProbePacket.WriteEcho(transport, IsV6, opened.Number, sequence, Checksum(opened.Number, sequence), pseudo, Options.Fill);
                break;
            case ProbeProtocol.Udp:
                ProbePacket.WriteDatagram(transport, opened.Number, (ushort)Options.Port, sequence, Checksum(opened.Number, sequence), pseudo, Options.Fill);
                break;
            case ProbeProtocol.UdpLite:
                ProbePacket.WriteLiteDatagram(transport, opened.Number, (ushort)Options.Port, sequence, pseudo, Options.Fill);
                break;
            case ProbeProtocol.Other:
                ProbePacket.WriteOther(transport, opened.Number, sequence, Options.Fill);
                break;
            default:
                Options.Tcp.Write(transport, opened.Number, (ushort)Options.Port, (uint)_mark << 16 | sequence, pseudo);
                break;
        }

        Note(ttl, flow, sequence);
        if (_doubts.TryGetValue(opened.Number, out ResetDoubt? doubt))
            doubt.Sent(sequence, ttl);
        // Of IPv6, the kernel answers by an error of its own what is larger than it believes that the path takes.
        int mtu = 0;
        if (IsV6 && !Options.DontFragment && packetSize > LeastMtuV6)
            errno = AskPathMtu(out mtu);
        if (errno is Errno.OK)
            errno = mtu > 0 && packetSize > mtu ? Errno.EMSGSIZE : _send.SendTo(packet, Options.Target, port: 0);
        if (errno is Errno.EMSGSIZE && !Options.DontFragment)
            errno = SendFragments(packet, sequence);
        if (errno is not Errno.OK)
            doubt?.Failed(sequence, isOnTheWay: false);
        ArrayPool<byte>.Shared.Return(octets);
        return errno;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        if (!isDisposing || _end.IsCancellationRequested)
            return;
        _end.Cancel();
        foreach ((_, OpenFlow flow) in _flows)
        {
            (_segments ?? _messages).Unregister(Protocol, flow.Number);
            _messages.Unregister(Protocol, flow.Number);
            flow.Reserve?.Dispose();
        }

        _send.Dispose();
        _messages.Dispose();
        _segments?.Dispose();
        base.Dispose(isDisposing);
    }

    // The same for all probes of a flow; only UDP of IPv6 has no better place for the number. Linux puts addresses and checksums
    // back into what errors quote, so that its NAT does not show; but its arithmetic knows one zero only, and of the other it makes that
    // one. So the first flow of echo requests has it. Source: net/netfilter/nf_nat_proto.c, icmp_manip_pkt; RFC 1624, section 3.
    private ushort Checksum(ushort flowNumber, ushort sequence) => Options.Protocol switch
    {
        ProbeProtocol.Udp when IsV6 => sequence,
        ProbeProtocol.Icmp when _flows.TryGetValue(0, out OpenFlow first) && first.Number == flowNumber => NegativeZero,
        _ => (ushort)Math.Clamp((_mark + flowNumber) & 0xffff, 1, NegativeZero - 1),
    };

    private bool HasOwnPort => Options.Protocol is ProbeProtocol.Tcp or ProbeProtocol.Udp; // which a socket of the kernel reserves

    private static bool Is(ReadOnlySpan<byte> quoted, IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        return address.TryWriteBytes(octets, out int size) && quoted.SequenceEqual(octets[..size]);
    }

    private static bool IsOwnEcho(in QuotedProbe quoted, ushort sequence) =>
        quoted.Protocol is IPProtocol.Icmp or IPProtocol.IcmpV6
        && ProbePacket.TryReadPayload(quoted.Transport[IcmpHeader.Size..], out ushort number) && number == sequence;

    private Errno AskPathMtu(out int mtu)
    {
        mtu = _mtu;
        if (mtu > 0)
            return Errno.OK;
        try
        {
            _mtu = mtu = RouteMtu.Of(Options)?.Path ?? LeastMtuV6;
            return Errno.OK;
        }
        catch (LinuxException refused)
        {
            return (Errno)refused.Errno;
        }
    }

    // The kernel fragments no packet that comes with its header.
    private Errno SendFragments(ReadOnlySpan<byte> packet, ushort identification)
    {
        Errno errno = AskPathMtu(out int mtu);
        if (errno is not Errno.OK)
            return errno;
        byte[] octets = ArrayPool<byte>.Shared.Rent(mtu);
        var fragments = new PacketFragments(packet, mtu, identification);
        while (errno is Errno.OK && fragments.TryWrite(octets, out int length))
            errno = _send.SendTo(octets.AsSpan(0, length), Options.Target, port: 0);
        ArrayPool<byte>.Shared.Return(octets);
        return errno;
    }

    private bool TryReadSequence(in QuotedProbe quoted, out ushort sequence)
    {
        switch (Options.Protocol)
        {
            case ProbeProtocol.Icmp:
                sequence = BinaryPrimitives.ReadUInt16BigEndian(quoted.Transport[6..]);
                return true;
            case ProbeProtocol.Udp when ProbePacket.TryReadPayload(quoted.Transport[UdpHeader.Size..], out sequence):
                return true;
            case ProbeProtocol.Udp:
                sequence = (ushort)(quoted.Identification ?? quoted.Checksum ?? 0);
                return true;
            case ProbeProtocol.UdpLite:
                if (!ProbePacket.TryReadPayload(quoted.Transport[UdpHeader.Size..], out sequence))
                    sequence = (ushort)(quoted.Identification ?? 0);
                return true;
            case ProbeProtocol.Other:
                return ProbePacket.TryReadPayload(quoted.Transport[4..], out sequence);
            default:
                uint number = BinaryPrimitives.ReadUInt32BigEndian(quoted.Transport[4..]);
                sequence = (ushort)number;
                return number >> 16 == _mark;
        }
    }

    private Errno OpenFlowOf(int flow, out OpenFlow opened)
    {
        if (_flows.TryGetValue(flow, out opened))
            return Errno.OK;
        Errno errno = HasOwnPort ? TakePort(flow, out opened) : TakeIdentifier(flow, out opened);
        if (errno is Errno.OK)
            _flows[flow] = opened;
        if (flow == 0)
            WarmUp(_send);
        return errno;
    }

    private Errno TakeIdentifier(int flow, out OpenFlow opened)
    {
        for (int i = 0; i < MostTries; i++)
        {
            opened = new OpenFlow((ushort)Random.Shared.Next(1, 1 << 16), null);
            if (_messages.TryRegister(Protocol, opened.Number, this, flow))
                return Errno.OK;
        }

        opened = default;
        return Errno.EADDRINUSE;
    }

    private Errno TakePort(int flow, out OpenFlow opened)
    {
        opened = default;
        bool isTcp = Options.Protocol is ProbeProtocol.Tcp;
        Errno errno = LinuxSocket.Open(Options.Target.AddressFamily, isTcp ? SocketKind.Tcp : SocketKind.Udp, out LinuxSocket? socket);
        if (socket is null)
            return errno;
        socket.RefuseErrors();
        int wanted = Options.SourcePort is { } first ? first + flow : 0;
        errno = Prepare(socket, Options, wanted);
        if (errno is Errno.OK && wanted == 0 && Options.Source is null) // else it is bound
            errno = socket.Bind(Source, 0);
        opened = new OpenFlow((ushort)socket.LocalEndpoint.Port, socket);
        if (errno is Errno.OK && !_messages.TryRegister(Protocol, opened.Number, this, flow))
            errno = Errno.EADDRINUSE;
        if (errno is not Errno.OK)
        {
            socket.Dispose();
            return errno;
        }

        if (isTcp)
        {
            if (Options.Tcp.IsRequest)
                _doubts[opened.Number] = new ResetDoubt();
            _ = _segments!.TryRegister(Protocol, opened.Number, this, flow);
        }
        else
        {
            _ = Task.Run(() => ReceiveDataAsync(socket, flow));
        }

        return Errno.OK;
    }

    private async Task ReceiveDataAsync(LinuxSocket socket, int flow)
    {
        byte[] buffer = new byte[64]; // a number is all that is read
        try
        {
            while (true)
            {
                PollEvents events = await socket.WaitAsync(PollEvents.Read, LongestWait, _end.Token);
                bool hasReceived = false;
                while (socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram) is Errno.OK)
                {
                    hasReceived = true;
                    if (datagram.Source.Equals(Options.Target))
                        PostData(flow, buffer.AsSpan(0, Math.Min(datagram.Length, buffer.Length)), datagram);
                }

                if (!hasReceived && events is not PollEvents.None)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _end.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or LinuxException)
        {
            // The channel is closed.
        }
    }

    private readonly record struct OpenFlow(ushort Number, LinuxSocket? Reserve);
}
