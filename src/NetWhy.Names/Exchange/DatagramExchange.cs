using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Names;

/// <summary>One query by UDP, from a socket and a random port of its own.</summary>
/// <remarks>
/// The socket is not connected, so that answers from other addresses are seen, and rejected. An ICMP error ends the wait.
/// Source: RFC 1035, section 4.2.1; RFC 5452.
/// </remarks>
internal static class DatagramExchange
{
    private const int MostDatagrams = 64; // read in one go, so that a flood cannot hold us
    private const int LargestDatagram = 65_535;

    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>Sends and waits.</summary>
    /// <param name="server">Whom.</param>
    /// <param name="query">The message.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async Task<DnsArrival> AskAsync(
        DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Errno errno = LinuxSocket.Open(server.Address.AddressFamily, SocketKind.Udp, out LinuxSocket? socket);
        if (socket is null)
            return Failed(begin, "socket", errno);
        using (socket)
        {
            if (server.Source is not null || server.SourcePort > 0)
            {
                errno = Bind(socket, server);
                if (errno is not Errno.OK)
                    return Failed(begin, "bind", errno);
            }

            begin = Stopwatch.GetTimestamp();
            errno = socket.SendTo(query.Span, server.Address, server.Port);
            if (errno is not Errno.OK and not Errno.EAGAIN)
                return Failed(begin, "send", errno);

            List<RejectedAnswer> rejected = [];
            while (true)
            {
                TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
                try
                {
                    if (left > TimeSpan.Zero)
                        await socket.WaitAsync(PollEvents.Read, left, cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    left = TimeSpan.Zero;
                }

                if (TakeAnswer(socket, server, query.Span, begin, rejected) is { } arrival)
                    return arrival with { Rejected = rejected };
                if (left <= TimeSpan.Zero)
                    return new DnsArrival(DnsOutcome.TimedOut, default, Stopwatch.GetElapsedTime(begin)) { Errno = Errno.ETIMEDOUT, Rejected = rejected };
            }
        }
    }

    /// <summary>Binds a socket to the address and port that queries shall come from.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="server">Has the address and the port.</param>
    internal static Errno Bind(LinuxSocket socket, DnsServer server) => socket.Bind(
        server.Source ?? (server.Address.AddressFamily is AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any), server.SourcePort);

    /// <summary>The id of a message; 0 if it is too short for one.</summary>
    /// <param name="message">The message.</param>
    internal static ushort IdOf(ReadOnlySpan<byte> message) => BinaryPrimitives.TryReadUInt16BigEndian(message, out ushort id) ? id : (ushort)0;

    private static DnsArrival? TakeAnswer(
        LinuxSocket socket, DnsServer server, ReadOnlySpan<byte> query, long begin, List<RejectedAnswer> rejected)
    {
        byte[] buffer = _buffer ??= new byte[LargestDatagram];
        for (int i = 0; i < MostDatagrams; i++)
        {
            Errno errno = socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram);
            if (errno is Errno.EAGAIN)
                return null;
            if (errno is not Errno.OK)
                return Failed(begin, "receive", errno) with { Icmp = TcpConnector.TakeIcmpError(socket) };

            ReadOnlySpan<byte> octets = buffer.AsSpan(0, Math.Min(datagram.Length, buffer.Length));
            AnswerFault fault = IsFrom(server, datagram) ? AnswerCheck.Find(query, octets) : AnswerFault.WrongSource;
            if (fault is AnswerFault.None)
                return new DnsArrival(DnsOutcome.Answered, octets.ToArray(), Stopwatch.GetElapsedTime(begin));
            if (rejected.Count < DnsArrival.MostRejected)
                rejected.Add(new RejectedAnswer(fault, datagram.Source, datagram.SourcePort, IdOf(octets)));
        }

        return null;
    }

    private static bool IsFrom(DnsServer server, ReceivedDatagram datagram) =>
        datagram.SourcePort == server.Port && ServerAddress.IsSame(server.Address, datagram.Source);

    private static DnsArrival Failed(long begin, string step, Errno errno) =>
        new(DnsOutcome.Failed, default, Stopwatch.GetElapsedTime(begin)) { FailedStep = step, Errno = errno };
}
