using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Sends packets of given sizes that may not be fragmented, and takes what comes back, by their numbers.</summary>
internal interface ISizedSocket : IDisposable
{
    /// <summary>Sends one packet.</summary>
    /// <param name="address">To whom.</param>
    /// <param name="number">Its number, less than <see cref="SizedPackets.Most"/>.</param>
    /// <param name="size">Size of the IP packet, in octets.</param>
    /// <param name="ttl">Hop limit.</param>
    Errno Send(IPAddress address, int number, int size, int ttl);

    /// <summary>Takes the next answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>False if there is none.</returns>
    bool TryReceive(out SizedAnswer answer);

    /// <summary>Waits until there is an answer. One wait at a time.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken);
}

/// <summary>What came back for one packet.</summary>
/// <param name="Number">Number of the packet.</param>
/// <param name="Node">Who sent it.</param>
/// <param name="Error">The ICMP error; null for an answer.</param>
/// <param name="Ttl">Hop limit that the answer arrived with; null if unknown.</param>
/// <param name="KernelTime">When the kernel received it, in UTC; null if unknown.</param>
internal readonly record struct SizedAnswer(int Number, IPAddress Node, IcmpError? Error, int? Ttl, DateTimeOffset? KernelTime = null);

/// <summary>Echo requests: the answers are as large, so they try both directions.</summary>
/// <param name="socket">The socket; it is disposed with this.</param>
internal sealed class SizedEcho(EchoSocket socket) : ISizedSocket
{
    private readonly ushort _start = (ushort)Random.Shared.Next(1 << 16); // a raw socket gets the replies of other runs too

    /// <inheritdoc/>
    public Errno Send(IPAddress address, int number, int size, int ttl)
    {
        _ = socket.SetTtl(ttl);
        return socket.Send(address, (ushort)(_start + number), size);
    }

    /// <inheritdoc/>
    public bool TryReceive(out SizedAnswer answer)
    {
        while (socket.TryReceive(out EchoAnswer echo))
        {
            if (echo.Sequence is not { } sequence || (echo.Error is { } queued && queued.ToIcmpError() is null))
                continue; // this machine's own refusal: sending has said so
            answer = new SizedAnswer((ushort)(sequence - _start), echo.Source, echo.Error?.ToIcmpError(), echo.Ttl, echo.KernelTime);
            return true;
        }

        answer = default;
        return false;
    }

    /// <inheritdoc/>
    public Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => socket.WaitAsync(timeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}

/// <summary>Datagrams to ports where nobody listens, a port each: the answers are small, so only the way there is tried.</summary>
/// <param name="socket">The socket; it is disposed with this.</param>
internal sealed class SizedDatagrams(LinuxSocket socket) : ISizedSocket
{
    private const int FirstPort = 33434; // as traceroute(8) sends to, for the same reason
    private const int PortUnreachable = 3;
    private const int PortUnreachable6 = 4;

    private static readonly byte[] Content = new byte[65_535];

    private readonly byte[] _buffer = new byte[16];

    /// <inheritdoc/>
    public Errno Send(IPAddress address, int number, int size, int ttl)
    {
        _ = socket.SetTtl(ttl);
        int headers = socket.Family is AddressFamily.InterNetworkV6 ? 48 : 28;
        ReadOnlySpan<byte> octets = Content.AsSpan(0, Math.Max(0, size - headers));
        Errno errno = socket.SendTo(octets, address, FirstPort + number);
        // An ICMP error that came meanwhile fails the next call once; it waits in the error queue all the same.
        return errno is Errno.OK or Errno.EPERM ? errno : socket.SendTo(octets, address, FirstPort + number);
    }

    /// <inheritdoc/>
    public bool TryReceive(out SizedAnswer answer)
    {
        while (socket.ReceiveError(out QueuedError error) is Errno.OK)
        {
            if (error.ToIcmpError() is not { } icmp)
                continue;
            bool isV6 = socket.Family is AddressFamily.InterNetworkV6;
            bool isAnswer = (icmp.Type, icmp.Code) == (isV6 ? (1, PortUnreachable6) : (3, PortUnreachable));
            answer = new SizedAnswer(error.DestinationPort - FirstPort, error.Offender, isAnswer ? null : icmp, Ttl: null);
            return true;
        }

        while (socket.ReceiveDatagram(_buffer, out ReceivedDatagram datagram) is Errno.OK)
        {
            answer = new SizedAnswer(datagram.SourcePort - FirstPort, datagram.Source, Error: null, datagram.Ttl);
            return true;
        }

        answer = default;
        return false;
    }

    /// <inheritdoc/>
    public Task<PollEvents> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        socket.WaitAsync(PollEvents.Read, timeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
