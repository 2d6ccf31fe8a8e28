using System.Diagnostics;
using NetWhy.Linux;
using NetWhy.Names;

namespace NetWhy.Tools.Dig;

/// <summary>A socket for one query by UDP, with a random port of its own.</summary>
/// <remarks>It is not connected, so that answers of others than the server are seen, and can be told of. Source: RFC 5452.</remarks>
internal sealed class DigDatagrams : IDisposable
{
    private const int Largest = ushort.MaxValue;

    private readonly LinuxSocket _socket;
    private readonly DigExchange _exchange;
    private readonly DigWait _wait;
    private readonly byte[] _buffer = new byte[Largest];
    private readonly long _begin = Stopwatch.GetTimestamp();

    private DigDatagrams(LinuxSocket socket, DigExchange exchange, DigWait wait) => (_socket, _exchange, _wait) = (socket, exchange, wait);

    /// <summary>Opens it, and sends the query.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="settings">Has the local address.</param>
    /// <param name="wait">What to wait by.</param>
    /// <param name="datagrams">The socket; null if that failed.</param>
    /// <returns>What the kernel said.</returns>
    internal static Errno Send(DigExchange exchange, DigSettings settings, DigWait wait, out DigDatagrams? datagrams)
    {
        datagrams = null;
        Errno errno = LinuxSocket.Open(exchange.Server.Address.AddressFamily, SocketKind.Udp, out LinuxSocket? socket);
        if (socket is null)
            return errno;
        errno = DigStream.Bind(socket, exchange, settings);
        if (errno is Errno.OK)
        {
            exchange.Begin();
            errno = socket.SendTo(exchange.Query.Message, exchange.Server.Address, exchange.Port);
        }

        // A filter that drops what leaves is silence, as it is to dig, whose send fails unheard.
        if (errno is not Errno.OK and not Errno.EAGAIN and not Errno.EPERM)
        {
            socket.Dispose();
            return errno;
        }

        datagrams = new DigDatagrams(socket, exchange, wait);
        return Errno.OK;
    }

    /// <summary>Waits for the next datagram from the server.</summary>
    /// <param name="patience">How long, from the sending on.</param>
    /// <param name="console">Is told of what others send.</param>
    /// <param name="message">The datagram; null if none came.</param>
    /// <returns>Why none came, in BIND's words; null if one did.</returns>
    internal string? Receive(TimeSpan patience, DigConsole console, out byte[]? message)
    {
        message = null;
        while (true)
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(_begin);
            // Who sends without a pause what is no answer shall not hold us.
            if (left <= TimeSpan.Zero || !_wait.For(_socket.Descriptor, PollEvents.Read, left))
            {
                _exchange.Arrive();
                return DigFailure.TimedOut;
            }

            Errno errno = _socket.ReceiveDatagram(_buffer, out ReceivedDatagram datagram);
            if (errno is Errno.EAGAIN)
                continue;
            if (errno is Errno.EHOSTUNREACH or Errno.ENETUNREACH)
            {
                console.Explain($"{_exchange.Where}: {DigFailure.Of(errno)}, as an ICMP error says");
                continue; // dig does not hear of it, and waits
            }

            _exchange.Arrive();
            if (errno is not Errno.OK)
                return DigFailure.Of(errno);
            if (datagram.SourcePort != _exchange.Port || !ServerAddress.IsSame(_exchange.Server.Address, datagram.Source))
            {
                console.Explain($"rejected an answer from {datagram.Source}#{datagram.SourcePort}, which was not asked: {_exchange.Where} was");
                continue;
            }

            message = _buffer.AsSpan(0, Math.Min(datagram.Length, _buffer.Length)).ToArray();
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
