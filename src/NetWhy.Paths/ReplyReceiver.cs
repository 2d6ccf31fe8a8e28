using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Receives on one raw socket for all channels of a network namespace, and hands each what is its own.</summary>
/// <remarks>A raw socket gets every packet of its protocol: one for each channel would copy each packet as often.</remarks>
internal sealed class ReplyReceiver : IDisposable
{
    private const int BufferSize = 2048; // headers, a quote and extensions: more is cut
    private const int ReceiveBuffer = 4 << 20; // thousands of answers that come at once

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly Lock Gate = new();
    private static readonly Dictionary<(string? Namespace, AddressFamily Family, SocketKind Kind), ReplyReceiver> Shared = [];

    private readonly (string? Namespace, AddressFamily Family, SocketKind Kind) _key;
    private readonly LinuxSocket _socket;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(IPProtocol Protocol, ushort Flow), (RawProbeChannel Channel, int Flow)> _channels = new();
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _users;

    private ReplyReceiver((string?, AddressFamily, SocketKind) key, LinuxSocket socket)
    {
        _key = key;
        _socket = socket;
    }

    private bool IsV6 => _key.Family is AddressFamily.InterNetworkV6;

    /// <summary>Finds or opens the receiver of a kind.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="kind">Raw ICMP, or raw TCP for what ends or opens connections.</param>
    /// <param name="receiver">The receiver; give it back by <see cref="Dispose"/>.</param>
    internal static Errno Rent(AddressFamily family, SocketKind kind, out ReplyReceiver? receiver)
    {
        var key = (NetworkNamespace.Current, family, kind);
        lock (Gate)
        {
            if (!Shared.TryGetValue(key, out receiver))
            {
                Errno errno = Open(key, out receiver);
                if (receiver is null)
                    return errno;
                Shared[key] = receiver;
                _ = Task.Run(receiver.RunAsync);
            }

            receiver._users++;
            return Errno.OK;
        }
    }

    /// <summary>Gives it back; the last one closes it.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (--_users > 0)
                return;
            Shared.Remove(_key);
        }

        _end.Cancel();
    }

    /// <summary>Asks for the answers to probes of a flow.</summary>
    /// <param name="protocol">What they are made of.</param>
    /// <param name="number">Their source port or identifier.</param>
    /// <param name="channel">Whose they are.</param>
    /// <param name="flow">The flow.</param>
    /// <returns>False if another channel has that number.</returns>
    internal bool TryRegister(IPProtocol protocol, ushort number, RawProbeChannel channel, int flow) =>
        _channels.TryAdd((protocol, number), (channel, flow));

    /// <summary>Asks no more.</summary>
    internal void Unregister(IPProtocol protocol, ushort number) => _channels.TryRemove((protocol, number), out _);

    private static Errno Open((string?, AddressFamily Family, SocketKind Kind) key, out ReplyReceiver? receiver)
    {
        receiver = null;
        Errno errno = LinuxSocket.Open(key.Family, key.Kind, out LinuxSocket? socket);
        if (socket is null)
            return errno;
        socket.RefuseErrors();
        socket.WantReceiveBuffer(ReceiveBuffer);
        errno = key.Kind is SocketKind.RawTcp ? socket.SetFilter(OpeningsAndResets(key.Family)) : socket.ReceiveRepliesOnly();
        if (errno is Errno.OK)
            receiver = new ReplyReceiver(key, socket);
        else
            socket.Dispose();
        return errno;
    }

    // Lets SYN-ACK and RST through. A raw socket of IPv4 sees the IP header first, one of IPv6 does not.
    private static FilterInstruction[] OpeningsAndResets(AddressFamily family)
    {
        const ushort LoadHeaderLength = 0xb1, LoadIndexed = 0x50, LoadByte = 0x30, JumpIfSet = 0x45, And = 0x54, JumpIfEqual = 0x15, Return = 0x06;
        FilterInstruction[] load = family is AddressFamily.InterNetworkV6
            ? [new(LoadByte, 0, 0, 13)]
            : [new(LoadHeaderLength, 0, 0, 0), new(LoadIndexed, 0, 0, 13)];
        return
        [
            .. load,
            new(JumpIfSet, 2, 0, (uint)TcpFlags.Rst),
            new(And, 0, 0, (uint)(TcpFlags.Syn | TcpFlags.Ack)),
            new(JumpIfEqual, 0, 1, (uint)(TcpFlags.Syn | TcpFlags.Ack)),
            new(Return, 0, 0, 256),
            new(Return, 0, 0, 0),
        ];
    }

    /// <summary>Takes what waits in the socket.</summary>
    /// <returns>How many packets that were.</returns>
    internal int Poll()
    {
        lock (_buffer)
        {
            int received = 0;
            for (; _socket.ReceiveDatagram(_buffer, out ReceivedDatagram datagram) is Errno.OK; received++)
                Take(_buffer.AsSpan(0, Math.Min(datagram.Length, BufferSize)), datagram);
            return received;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                PollEvents events = await _socket.WaitAsync(PollEvents.Read, LongestWait, _end.Token);
                int received = Poll();
                if (received == 0 && events is not PollEvents.None)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _end.Token); // an error that stays: do not spin
            }
        }
        catch (OperationCanceledException)
        {
            // The last user has gone.
        }
        finally
        {
            _socket.Dispose();
            _end.Dispose();
        }
    }

    private void Take(ReadOnlySpan<byte> octets, in ReceivedDatagram datagram)
    {
        int? ttl = datagram.Ttl;
        if (!IsV6)
        {
            if (Ipv4Packet.Read(octets, out Ipv4Packet packet) is not OperationStatus.Done)
                return;
            octets = packet.Payload;
            ttl = packet.TimeToLive;
        }

        if (_key.Kind is SocketKind.RawTcp)
            TakeSegment(octets, datagram, ttl);
        else
            TakeMessage(octets, datagram, ttl);
    }

    private void TakeSegment(ReadOnlySpan<byte> octets, in ReceivedDatagram datagram, int? ttl)
    {
        if (TcpSegment.Read(octets, out TcpSegment segment) is OperationStatus.Done
            && _channels.TryGetValue((IPProtocol.Tcp, segment.DestinationPort), out (RawProbeChannel Channel, int Flow) user))
        {
            user.Channel.TakeSegment(segment, datagram, ttl);
        }
    }

    private void TakeMessage(ReadOnlySpan<byte> octets, in ReceivedDatagram datagram, int? ttl)
    {
        if (IcmpMessage.Read(octets, IsV6, out IcmpMessage message) is not OperationStatus.Done)
            return;
        if (message.IsEcho)
        {
            if (_channels.TryGetValue((IsV6 ? IPProtocol.IcmpV6 : IPProtocol.Icmp, message.Identifier), out (RawProbeChannel Channel, int Flow) asker))
                asker.Channel.TakeReply(message, datagram, ttl);
        }
        else if (QuotedProbe.TryRead(message.Body, IsV6, out QuotedProbe quoted)
            && _channels.TryGetValue((quoted.Protocol, quoted.Flow), out (RawProbeChannel Channel, int Flow) user))
        {
            user.Channel.TakeError(message, quoted, datagram, ttl);
        }
    }
}
