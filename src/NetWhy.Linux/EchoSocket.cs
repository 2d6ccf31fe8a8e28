using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetWhy.Wire;

namespace NetWhy.Linux;

/// <summary>Sends echo requests and takes the replies and the ICMP errors about them.</summary>
/// <remarks>
/// Uses a ping socket where <c>net.ipv4.ping_group_range</c> allows it, else a raw socket (CAP_NET_RAW). One user at a
/// time. Source: icmp(7), raw(7); RFC 792, RFC 4443.
/// </remarks>
public sealed class EchoSocket : IDisposable
{
    private const int SmallestBuffer = 128; // the ICMP header of a reply, or of a quote, is all that is read

    private readonly LinuxSocket _socket;
    private readonly ushort _identifier;
    private readonly byte[] _buffer = new byte[SmallestBuffer];

    private EchoSocket(LinuxSocket socket)
    {
        _socket = socket;
        _identifier = (ushort)Random.Shared.Next(1, 1 << 16);
    }

    private bool IsV6 => _socket.Family is AddressFamily.InterNetworkV6;

    private bool IsRaw => _socket.Kind is SocketKind.RawIcmp;

    /// <summary>Size of the IP and ICMP headers of a request, in octets.</summary>
    public int HeaderSize => IcmpHeader.Size + (IsV6 ? Ipv6Header.Size : Ipv4Header.Size);

    /// <summary>Opens a socket.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="socket">The socket; null if the kernel allows neither kind.</param>
    /// <returns>Why the kernel refused both; <see cref="Errno.OK"/> if it did not.</returns>
    public static Errno Open(AddressFamily family, out EchoSocket? socket)
    {
        Errno errno = LinuxSocket.Open(family, SocketKind.Ping, out LinuxSocket? inner);
        if (errno is not Errno.OK)
            errno = LinuxSocket.Open(family, SocketKind.RawIcmp, out inner);
        socket = errno is Errno.OK ? new EchoSocket(inner!) : null;
        return errno;
    }

    /// <inheritdoc cref="LinuxSocket.SetTtl"/>
    public Errno SetTtl(int ttl) => _socket.SetTtl(ttl);

    /// <inheritdoc cref="LinuxSocket.SetMtuProbing"/>
    public Errno SetMtuProbing() => _socket.SetMtuProbing();

    /// <summary>Sends one request.</summary>
    /// <param name="address">To whom.</param>
    /// <param name="sequence">Number that the reply repeats.</param>
    /// <param name="packetSize">Size of the IP packet, in octets; at least <see cref="HeaderSize"/>.</param>
    /// <returns>Why it was not sent, such as EPERM (a local firewall) or EMSGSIZE.</returns>
    public Errno Send(IPAddress address, ushort sequence, int packetSize)
    {
        int length = Math.Max(packetSize - HeaderSize, 0) + IcmpHeader.Size;
        byte[] octets = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> message = octets.AsSpan(0, length);
        message.Clear();
        message[0] = IsV6 ? IcmpMessage.EchoRequestV6 : IcmpMessage.EchoRequest;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], _identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], sequence);
        if (IsRaw && !IsV6) // the kernel does it in every other case
            BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Of(message));
        Errno errno = _socket.SendTo(message, address, port: 0);
        // An ICMP error that came meanwhile fails the next call once; it waits in the error queue all the same.
        if (errno is not (Errno.OK or Errno.EPERM))
            errno = _socket.SendTo(message, address, port: 0);
        ArrayPool<byte>.Shared.Return(octets);
        return errno;
    }

    /// <summary>Waits until a reply or an error is there. One wait at a time.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        _socket.WaitAsync(PollEvents.Read, timeout, cancellationToken);

    /// <summary>Takes the next reply or error to one of this socket's requests.</summary>
    /// <param name="answer">What came.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReceive(out EchoAnswer answer)
    {
        while (true)
        {
            Errno errno = _socket.ReceiveDatagram(_buffer, out ReceivedDatagram datagram);
            if (errno is not Errno.OK)
                errno = _socket.ReceiveDatagram(_buffer, out datagram); // see Send
            if (errno is not Errno.OK)
                break;
            if (TryReadReply(_buffer.AsSpan(0, Math.Min(datagram.Length, _buffer.Length)), out ushort sequence))
            {
                answer = new EchoAnswer(sequence, datagram.Source, Error: null, datagram.Ttl, datagram.KernelTime);
                return true;
            }
        }

        while (_socket.ReceiveError(out QueuedError error) is Errno.OK)
        {
            if (!error.IsIcmp)
            {
                answer = new EchoAnswer(Sequence: null, error.Offender, error, Ttl: null, KernelTime: null);
                return true;
            }

            if (IcmpMessage.Read(error.Quoted.Span, IsV6, out IcmpMessage quoted) is OperationStatus.Done
                && IsOurs(quoted.Identifier))
            {
                answer = new EchoAnswer(
                    quoted.SequenceNumber, error.Offender, error, Ttl: null, KernelTime: null);
                return true;
            }
        }

        answer = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // A ping socket gets an identifier of the kernel's choice and only its own packets.
    private bool IsOurs(ushort identifier) => !IsRaw || identifier == _identifier;

    private bool TryReadReply(ReadOnlySpan<byte> octets, out ushort sequence)
    {
        sequence = 0;
        if (IsRaw && !IsV6) // raw(7): an IPv4 raw socket gets the IP header too
        {
            if (Ipv4Packet.Read(octets, out Ipv4Packet packet) is not OperationStatus.Done)
                return false;
            octets = packet.Payload;
        }

        if (IcmpMessage.Read(octets, IsV6, out IcmpMessage message) is not OperationStatus.Done
            || message.Type != (IsV6 ? IcmpMessage.EchoReplyV6 : IcmpMessage.EchoReply)
            || !IsOurs(message.Identifier))
        {
            return false;
        }

        sequence = message.SequenceNumber;
        return true;
    }
}

/// <summary>A reply to an echo request, or an error about one.</summary>
/// <param name="Sequence">Number of the request; null for an error of this machine, which does not say.</param>
/// <param name="Source">Who sent the reply or the error.</param>
/// <param name="Error">The error; null for a reply.</param>
/// <param name="Ttl">TTL or hop limit of the reply; null if unknown.</param>
/// <param name="KernelTime">When the kernel received the reply, in UTC; null if unknown.</param>
public readonly record struct EchoAnswer(
    ushort? Sequence, IPAddress Source, QueuedError? Error, int? Ttl, DateTimeOffset? KernelTime);
