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

    private EchoSocket(LinuxSocket socket, ushort? identifier = null)
    {
        _socket = socket;
        _identifier = identifier ?? (ushort)Random.Shared.Next(1, 1 << 16);
    }

    private bool IsV6 => _socket.Family is AddressFamily.InterNetworkV6;

    /// <summary>Whether it is a raw socket, which also hears redirects and sees packets whose checksum is wrong.</summary>
    public bool IsRaw => _socket.Kind is SocketKind.RawIcmp;

    /// <summary>The socket below, for its options.</summary>
    public LinuxSocket Socket => _socket;

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

    /// <summary>Opens a socket whose requests have an identifier of the caller's choice.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="identifier">The identifier; 0 is one that a ping socket cannot have.</param>
    /// <param name="socket">The socket; null if the kernel allows neither kind.</param>
    /// <returns>Why not, such as EADDRINUSE where another ping socket has it; <see cref="Errno.OK"/> otherwise.</returns>
    public static Errno Open(AddressFamily family, ushort identifier, out EchoSocket? socket)
    {
        LinuxSocket? inner = null;
        Errno errno = identifier == 0 ? Errno.EACCES : LinuxSocket.Open(family, SocketKind.Ping, out inner);
        if (errno is Errno.OK)
            errno = inner!.Bind(family is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, identifier);
        else
            errno = LinuxSocket.Open(family, SocketKind.RawIcmp, out inner);
        if (errno is not Errno.OK)
            inner?.Dispose();
        socket = errno is Errno.OK ? new EchoSocket(inner!, identifier) : null;
        return errno;
    }

    /// <summary>Makes a raw socket hear echo replies and, of IPv4, redirects only, and not the rest of this machine's ICMP.</summary>
    /// <remarks>Errors come by the error queue. Source: raw(7), ICMP_FILTER; RFC 3542, section 3.2, ICMP6_FILTER.</remarks>
    public void HearOwnKindsOnly()
    {
        const int LevelRaw = 255, IcmpFilter = 1, LevelIcmp6 = 58, Icmp6Filter = 1;
        const int Redirect = 5;
        if (!IsRaw)
            return;
        if (!IsV6)
        {
            _socket.SetOption(LevelRaw, IcmpFilter, ~(1 << IcmpMessage.EchoReply | 1 << Redirect)); // a bit that is set blocks
            return;
        }

        Span<byte> blocked = stackalloc byte[32]; // a bit for each of 256 types, in words of 32
        blocked.Fill(0xff);
        blocked[IcmpMessage.EchoReplyV6 / 8] &= unchecked((byte)~(1 << IcmpMessage.EchoReplyV6 % 8));
        _socket.SetOption(LevelIcmp6, Icmp6Filter, blocked);
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
        Errno errno = Send(address, sequence, message);
        // An ICMP error that came meanwhile fails the next call once; it waits in the error queue all the same.
        if (errno is not (Errno.OK or Errno.EPERM))
            errno = _socket.SendTo(message, address, port: 0);
        ArrayPool<byte>.Shared.Return(octets);
        return errno;
    }

    /// <summary>Sends one request with data of the caller's, once.</summary>
    /// <param name="address">To whom.</param>
    /// <param name="sequence">Number that the reply repeats.</param>
    /// <param name="message">The message: its data, after room for the header of <see cref="IcmpHeader.Size"/> octets, which is written.</param>
    /// <returns>Why it was not sent; an ICMP error that came before fails the call, too, and waits in the error queue.</returns>
    public Errno Send(IPAddress address, ushort sequence, Span<byte> message)
    {
        message[..IcmpHeader.Size].Clear();
        message[0] = IsV6 ? IcmpMessage.EchoRequestV6 : IcmpMessage.EchoRequest;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], _identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], sequence);
        if (IsRaw && !IsV6) // the kernel does it in every other case
            BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Of(message));
        return _socket.SendTo(message, address, port: 0);
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
        while (TryReceiveMessage(_buffer, out EchoMessage message))
        {
            if (message.IsReply)
            {
                answer = new EchoAnswer(message.Sequence, message.Source, Error: null, message.Ttl, message.KernelTime);
                return true;
            }
        }

        return TryReceiveError(out answer);
    }

    /// <summary>Takes the next message to this socket: a reply, or a redirect about a request.</summary>
    /// <param name="buffer">Where to put it, with the IPv4 header in front where the socket is raw; what is longer is cut.</param>
    /// <param name="message">The message, valid as long as <paramref name="buffer"/> is not written to.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReceiveMessage(Span<byte> buffer, out EchoMessage message)
    {
        while (true)
        {
            Errno errno = _socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram);
            if (errno is not (Errno.OK or Errno.EAGAIN))
                errno = _socket.ReceiveDatagram(buffer, out datagram); // see Send
            if (errno is not Errno.OK)
                break;
            if (TryReadMessage(buffer[..Math.Min(datagram.Length, buffer.Length)], datagram, out message))
                return true;
        }

        message = default;
        return false;
    }

    /// <summary>Takes the next error about one of this socket's requests.</summary>
    /// <param name="answer">The error.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReceiveError(out EchoAnswer answer)
    {
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

    private bool TryReadMessage(ReadOnlySpan<byte> octets, ReceivedDatagram datagram, out EchoMessage message)
    {
        message = default;
        ReadOnlySpan<byte> options = datagram.Options.Span;
        bool isDamaged = false;
        if (IsRaw && !IsV6) // raw(7): an IPv4 raw socket gets the IP header too
        {
            if (Ipv4Packet.Read(octets, out Ipv4Packet packet) is not OperationStatus.Done)
                return false;
            options = octets[Ipv4Header.Size..Math.Min(packet.HeaderLength, octets.Length)];
            octets = packet.Payload;
            // Only such a socket sees what the kernel would throw away; what was cut cannot be summed.
            isDamaged = octets.Length == packet.PayloadLength && InternetChecksum.Of(octets) != 0;
        }

        if (IcmpMessage.Read(octets, IsV6, out IcmpMessage icmp) is not OperationStatus.Done)
            return false;
        bool isReply = icmp.Type == (IsV6 ? IcmpMessage.EchoReplyV6 : IcmpMessage.EchoReply);
        IcmpMessage about = icmp;
        if (!isReply && !(icmp.Gateway is not null && TryReadQuote(icmp.Body, out about)))
            return false;
        if (!IsOurs(about.Identifier))
            return false;

        message = new EchoMessage(
            about.Identifier, about.SequenceNumber, datagram.Source, octets[IcmpHeader.Size..], options, isReply ? null : (icmp.Code, icmp.Gateway ?? 0))
        {
            Ttl = datagram.Ttl,
            KernelTime = datagram.KernelTime,
            IsDamaged = isDamaged,
        };
        return true;
    }

    private static bool TryReadQuote(ReadOnlySpan<byte> quote, out IcmpMessage quoted)
    {
        quoted = default;
        return Ipv4Packet.Read(quote, out Ipv4Packet packet) is OperationStatus.Done
            && packet.Protocol is IPProtocol.Icmp
            && IcmpMessage.Read(packet.Payload, isV6: false, out quoted) is OperationStatus.Done
            && quoted.Type == IcmpMessage.EchoRequest;
    }
}

/// <summary>A message to an <see cref="EchoSocket"/>, viewed where it lies.</summary>
public readonly ref struct EchoMessage
{
    private readonly (byte Code, uint Gateway)? _redirect;

    internal EchoMessage(
        ushort identifier, ushort sequence, IPAddress source, ReadOnlySpan<byte> data, ReadOnlySpan<byte> options, (byte Code, uint Gateway)? redirect)
    {
        Identifier = identifier;
        Sequence = sequence;
        Source = source;
        Data = data;
        Options = options;
        _redirect = redirect;
    }

    /// <summary>Whether it is a reply; else it is a redirect.</summary>
    public bool IsReply => _redirect is null;

    /// <summary>Code of the redirect and the router that it names, as a number.</summary>
    public (byte Code, uint Gateway) Redirect => _redirect ?? default;

    /// <summary>Identifier of the request.</summary>
    public ushort Identifier { get; }

    /// <summary>Number of the request.</summary>
    public ushort Sequence { get; }

    /// <summary>Who sent the message.</summary>
    public IPAddress Source { get; }

    /// <summary>What follows the ICMP header.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Options of the IPv4 header.</summary>
    public ReadOnlySpan<byte> Options { get; }

    /// <summary>TTL or hop limit with which it came; null if unknown.</summary>
    public int? Ttl { get; init; }

    /// <summary>When the kernel received it, in UTC; null if unknown.</summary>
    public DateTimeOffset? KernelTime { get; init; }

    /// <summary>Whether its checksum is wrong.</summary>
    public bool IsDamaged { get; init; }
}

/// <summary>A reply to an echo request, or an error about one.</summary>
/// <param name="Sequence">Number of the request; null for an error of this machine, which does not say.</param>
/// <param name="Source">Who sent the reply or the error.</param>
/// <param name="Error">The error; null for a reply.</param>
/// <param name="Ttl">TTL or hop limit of the reply; null if unknown.</param>
/// <param name="KernelTime">When the kernel received the reply, in UTC; null if unknown.</param>
public readonly record struct EchoAnswer(
    ushort? Sequence, IPAddress Source, QueuedError? Error, int? Ttl, DateTimeOffset? KernelTime);
