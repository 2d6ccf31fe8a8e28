using System.Buffers.Binary;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Names;

/// <summary>One question over TCP: the message with its length in front. Source: RFC 7766.</summary>
public static class DnsOverTcp
{
    private const int LengthSize = 2;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(5);


    /// <summary>Connects, asks and waits.</summary>
    /// <param name="server">The server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="query">The query.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="clock">Timers.</param>
    /// <param name="enough">Ends the wait.</param>
    /// <returns>
    /// The answer; or null with the errno (<see cref="Errno.ETIMEDOUT"/> if nothing came) and the ICMP error, if any.
    /// </returns>
    public static async Task<(Errno Errno, byte[]? Answer, IcmpError? Icmp)> ExchangeAsync(
        IPAddress server,
        int port,
        ReadOnlyMemory<byte> query,
        TimeSpan patience,
        TimeProvider clock,
        CancellationToken enough)
    {
        long begin = clock.GetTimestamp();
        Errno errno = LinuxSocket.Open(server.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
            return (errno, null, null);

        using (socket)
        {
            try
            {
                errno = socket.Connect(server, port);
                if (errno is Errno.EINPROGRESS)
                    errno = await TcpConnector.FinishAsync(socket, Left(), enough);
                if (errno is not Errno.OK)
                    return (errno is Errno.EINPROGRESS ? Errno.ETIMEDOUT : errno, null, TcpConnector.TakeIcmpError(socket));

                byte[] request = new byte[LengthSize + query.Length];
                BinaryPrimitives.WriteUInt16BigEndian(request, (ushort)query.Length);
                query.CopyTo(request.AsMemory(LengthSize));
                errno = socket.Send(request, out _); // the socket's empty buffer takes 514 octets whole
                if (errno is not Errno.OK)
                    return (errno, null, null);

                return await ReceiveAsync();
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                return (Errno.ETIMEDOUT, null, null);
            }
        }

        TimeSpan Left() => patience - clock.GetElapsedTime(begin);

        async Task<(Errno, byte[]?, IcmpError?)> ReceiveAsync()
        {
            byte[] buffer = new byte[LengthSize + ushort.MaxValue];
            int length = 0;
            while (true)
            {
                if (length >= LengthSize && length - LengthSize >= BinaryPrimitives.ReadUInt16BigEndian(buffer))
                {
                    int size = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                    return (Errno.OK, buffer[LengthSize..(LengthSize + size)], null);
                }

                if (Left() <= TimeSpan.Zero)
                    return (Errno.ETIMEDOUT, null, TcpConnector.TakeIcmpError(socket));

                if (await socket.WaitAsync(PollEvents.Read, Left(), enough) is PollEvents.Error)
                    await Task.Delay(Breath, enough); // the error queue may stay full: do not spin
                Errno received = socket.Receive(buffer.AsSpan(length), out int count);
                if (received is Errno.EAGAIN)
                    continue;
                if (received is not Errno.OK)
                    return (received, null, TcpConnector.TakeIcmpError(socket));
                if (count == 0)
                    return (Errno.ECONNRESET, null, null); // closed before the answer was whole

                length += count;
            }
        }
    }
}
