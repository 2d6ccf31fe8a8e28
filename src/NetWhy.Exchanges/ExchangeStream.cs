using NetWhy.Linux;

namespace NetWhy.Exchanges;

/// <summary>Octets to and from a peer, in the clear or through TLS, a step at a time: who steps it waits for the socket.</summary>
/// <param name="socket">The connected socket, owned from now on.</param>
public sealed class ExchangeStream(LinuxSocket socket) : IDisposable
{
    /// <summary>The socket.</summary>
    public LinuxSocket Socket => socket;

    /// <summary>The TLS session that octets go through, owned as well; null while they go in the clear.</summary>
    public TlsSession? Tls { get; set; }

    /// <summary>Why the socket failed; <see cref="Errno.OK"/> if it did not.</summary>
    public Errno Errno { get; private set; }

    /// <summary>Reads what has come.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="received">Octets read.</param>
    public StreamStep Read(Span<byte> buffer, out int received)
    {
        if (Tls is { } session)
            return Of(session.Read(buffer, out received));
        Errno = socket.Receive(buffer, out received);
        return Errno switch
        {
            Errno.OK => received == 0 ? StreamStep.Closed : StreamStep.Moved,
            Errno.EAGAIN or Errno.EINTR => StreamStep.WantsRead,
            _ => StreamStep.Failed,
        };
    }

    /// <summary>Writes as much as there is room for.</summary>
    /// <param name="octets">What to write; the same again after a step that wants something.</param>
    /// <param name="sent">Octets written.</param>
    public StreamStep Write(ReadOnlySpan<byte> octets, out int sent)
    {
        if (Tls is { } session)
            return Of(session.Write(octets, out sent));
        Errno = socket.Send(octets, out sent);
        return Errno switch
        {
            Errno.OK => StreamStep.Moved,
            Errno.EAGAIN or Errno.EINTR => StreamStep.WantsWrite,
            _ => StreamStep.Failed,
        };
    }

    /// <summary>Goes on with the TLS handshake.</summary>
    public StreamStep Handshake() => Of(Tls!.Handshake());

    /// <inheritdoc/>
    public void Dispose()
    {
        Tls?.Dispose();
        socket.Dispose();
    }

    private StreamStep Of(TlsStep step)
    {
        Errno = step is TlsStep.SocketFailed ? Tls!.Errno : Errno.OK;
        return step switch
        {
            TlsStep.Done => StreamStep.Moved,
            TlsStep.WantRead => StreamStep.WantsRead,
            TlsStep.WantWrite => StreamStep.WantsWrite,
            TlsStep.Closed => StreamStep.Closed,
            TlsStep.SocketFailed => StreamStep.Failed,
            _ => StreamStep.Refused,
        };
    }
}
