using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>A connection that carries octets: TCP, or TLS over it.</summary>
internal sealed class DigStream : IDisposable
{
    /// <summary>Why a connection was not even tried: our own certificate cannot be used.</summary>
    internal const string CannotUseTls = "TLS context cannot be created";

    private readonly LinuxSocket _socket;
    private readonly DigWait _wait;
    private TlsSession? _tls;

    private DigStream(LinuxSocket socket, DigWait wait) => (_socket, _wait) = (socket, wait);

    /// <summary>Why the server's certificate is refused; null if it is not.</summary>
    internal string? CertificateProblem { get; private set; }

    /// <summary>The protocol chosen by ALPN; null if none.</summary>
    internal string? Protocol => _tls?.Protocol;

    /// <summary>Gives a socket the local address and port that the user wants.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="exchange">Has the family.</param>
    /// <param name="settings">Has the address.</param>
    internal static Errno Bind(LinuxSocket socket, DigExchange exchange, DigSettings settings)
    {
        const int ReuseAddress = 2; // SO_REUSEADDR: a connection that just ended may hold the port
        if (settings.Source is null)
            return Errno.OK;
        if (settings.SourcePort > 0)
            _ = socket.SetSocketOption(ReuseAddress, 1);
        return settings.Source.AddressFamily == exchange.Server.Address.AddressFamily ? socket.Bind(settings.Source, settings.SourcePort) : Errno.EAFNOSUPPORT;
    }

    /// <summary>Connects, with TLS where the lookup wants it.</summary>
    /// <param name="exchange">Whom.</param>
    /// <param name="settings">Has the local address.</param>
    /// <param name="wait">What to wait by.</param>
    /// <param name="patience">How long.</param>
    /// <param name="stream">The connection; null if there is none.</param>
    /// <returns>Why there is none, in BIND's words; null if there is, or <see cref="CertificateProblem"/> says.</returns>
    internal static string? Connect(DigExchange exchange, DigSettings settings, DigWait wait, TimeSpan patience, out DigStream? stream)
    {
        long begin = Stopwatch.GetTimestamp();
        stream = null;
        Errno errno = LinuxSocket.Open(exchange.Server.Address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
            return DigFailure.Of(errno);
        errno = Bind(socket, exchange, settings);
        if (errno is Errno.OK)
            errno = socket.Connect(exchange.Server.Address, exchange.Port);
        if (errno is Errno.EINPROGRESS)
            errno = wait.For(socket.Descriptor, PollEvents.Write, patience) ? socket.TakeError() : Errno.ETIMEDOUT;
        if (errno is not Errno.OK)
        {
            socket.Dispose();
            return DigFailure.Of(errno);
        }

        stream = new DigStream(socket, wait);
        DigLookup lookup = exchange.Lookup;
        string? failure = lookup.IsTls || lookup is { UsesHttps: true, IsHttpPlain: false } ? stream.StartTls(exchange, patience - Stopwatch.GetElapsedTime(begin)) : null;
        if (failure is null)
            return null;
        stream.Dispose();
        stream = null;
        return failure;
    }

    /// <summary>Sends octets.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="patience">How long the peer may take to make room.</param>
    /// <returns>Why they could not be sent, in BIND's words; null if they were.</returns>
    internal string? Write(ReadOnlyMemory<byte> octets, TimeSpan patience)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!octets.IsEmpty)
        {
            int sent = 0;
            string? failure = Step(
                () => _tls is { } tls ? tls.Write(octets.Span, out sent) : StepOf(_socket.Send(octets.Span, out sent), TlsStep.WantWrite),
                patience - Stopwatch.GetElapsedTime(begin));
            if (failure is not null)
                return failure;
            octets = octets[sent..];
        }

        return null;
    }

    /// <summary>Reads until a buffer is full.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="patience">How long.</param>
    /// <returns>Why it is not, in BIND's words; null if it is.</returns>
    internal string? ReadExactly(Memory<byte> buffer, TimeSpan patience)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!buffer.IsEmpty)
        {
            int received = 0;
            string? failure = Step(
                () =>
                {
                    if (_tls is { } tls)
                        return tls.Read(buffer.Span, out received);
                    Errno errno = _socket.Receive(buffer.Span, out received);
                    return errno is Errno.OK && received == 0 ? TlsStep.Closed : StepOf(errno, TlsStep.WantRead);
                },
                patience - Stopwatch.GetElapsedTime(begin));
            if (failure is not null)
                return failure;
            buffer = buffer[received..];
        }

        return null;
    }

    /// <summary>Sends a message with its length in front.</summary>
    /// <param name="message">The message.</param>
    /// <param name="patience">How long the peer may take to make room.</param>
    /// <returns>As <see cref="Write"/>.</returns>
    internal string? SendMessage(ReadOnlySpan<byte> message, TimeSpan patience)
    {
        byte[] framed = [(byte)(message.Length >> 8), (byte)message.Length, .. message];
        return Write(framed, patience);
    }

    /// <summary>Waits for a message with its length in front.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="message">The message.</param>
    /// <returns>As <see cref="ReadExactly"/>.</returns>
    internal string? ReceiveMessage(TimeSpan patience, out byte[] message)
    {
        long begin = Stopwatch.GetTimestamp();
        byte[] length = new byte[2];
        message = [];
        if (ReadExactly(length, patience) is { } failure)
            return failure;
        message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        return ReadExactly(message, patience - Stopwatch.GetElapsedTime(begin));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }

    private static TlsStep StepOf(Errno errno, TlsStep wanted)
    {
        if (errno is Errno.OK)
            return TlsStep.Done;
        return errno is Errno.EAGAIN ? wanted : throw new SocketFailure(errno);
    }

    private string? Step(Func<TlsStep> step, TimeSpan patience)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            TlsStep result;
            try
            {
                result = step();
            }
            catch (SocketFailure failure)
            {
                return DigFailure.Of(failure.Errno);
            }

            switch (result)
            {
                case TlsStep.Done:
                    return null;
                case TlsStep.Closed:
                    return DigFailure.EndOfFile;
                case TlsStep.SocketFailed:
                    return DigFailure.Of(_tls!.Errno);
                case TlsStep.Refused:
                    return "TLS error";
                default:
                    TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
                    if (!_wait.For(_socket.Descriptor, result is TlsStep.WantRead ? PollEvents.Read : PollEvents.Write, left))
                        return DigFailure.TimedOut;
                    break;
            }
        }
    }

    private string? StartTls(DigExchange exchange, TimeSpan patience)
    {
        DigLookup lookup = exchange.Lookup;
        if (TlsSession.Unavailable is not null)
            return "TLS error";
        string name = lookup.TlsName ?? exchange.Server.Word;
        _tls = TlsSession.Create(_socket, new TlsOptions
        {
            ServerName = IPAddress.TryParse(name, out _) ? null : name,
            Protocols = [lookup.UsesHttps ? "h2" : "dot"],
            CertificateFile = lookup.TlsCertificate,
            KeyFile = lookup.TlsKey,
        });
        if (_tls.IsOwnCertificateUnusable)
            return CannotUseTls;
        if (Step(_tls.Handshake, patience) is { } failure)
            return failure;
        if (lookup.VerifiesTls)
        {
            string? problem = DigCertificates.ProblemOf(_tls, name, lookup.TlsAuthorities);
            if (problem is not null)
            {
                CertificateProblem = problem;
                return null;
            }
        }

        return lookup.UsesHttps && Protocol != "h2" ? "ALPN for HTTP/2 failed" : null;
    }

    private sealed class SocketFailure(Errno errno) : Exception
    {
        public Errno Errno { get; } = errno;
    }
}
