using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using NetWhy.Exchanges;
using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>A connection that carries octets: TCP, or TLS over it.</summary>
internal sealed class DigStream : IDisposable
{
    /// <summary>Why a connection was not even tried: our own certificate cannot be used.</summary>
    internal const string CannotUseTls = "TLS context cannot be created";

    private readonly ExchangeStream _stream;
    private readonly DigWait _wait;

    private DigStream(LinuxSocket socket, DigWait wait) => (_stream, _wait) = (new ExchangeStream(socket), wait);

    /// <summary>Why the server's certificate is refused; null if it is not.</summary>
    internal string? CertificateProblem { get; private set; }

    /// <summary>The protocol chosen by ALPN; null if none.</summary>
    internal string? Protocol => _stream.Tls?.Protocol;

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
            string? failure = Step(() => _stream.Write(octets.Span, out sent), patience - Stopwatch.GetElapsedTime(begin));
            if (failure is not null)
                return failure;
            octets = octets[sent..];
        }

        return null;
    }

    /// <summary>Reads what comes next.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="patience">How long.</param>
    /// <param name="received">How many octets it is.</param>
    /// <returns>Why nothing comes, in BIND's words; null if something came.</returns>
    internal string? Read(Memory<byte> buffer, TimeSpan patience, out int received)
    {
        int count = 0;
        string? failure = Step(() => _stream.Read(buffer.Span, out count), patience);
        received = count;
        return failure;
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
    /// <returns>Why it is not whole, in BIND's words; null if it is.</returns>
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
    public void Dispose() => _stream.Dispose();

    private string? ReadExactly(Memory<byte> buffer, TimeSpan patience)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!buffer.IsEmpty)
        {
            if (Read(buffer, patience - Stopwatch.GetElapsedTime(begin), out int received) is { } failure)
                return failure;
            buffer = buffer[received..];
        }

        return null;
    }

    private string? Step(Func<StreamStep> step, TimeSpan patience)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            StreamStep result = step();
            switch (result)
            {
                case StreamStep.Moved:
                    return null;
                case StreamStep.Closed:
                    return DigFailure.EndOfFile;
                case StreamStep.Failed:
                    return DigFailure.Of(_stream.Errno);
                case StreamStep.Refused:
                    return "TLS error";
                default:
                    TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
                    if (!_wait.For(_stream.Socket.Descriptor, result is StreamStep.WantsRead ? PollEvents.Read : PollEvents.Write, left))
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
        TlsSession session = TlsSession.Create(_stream.Socket, new TlsOptions
        {
            ServerName = IPAddress.TryParse(name, out _) ? null : name,
            Protocols = [lookup.UsesHttps ? "h2" : "dot"],
            CertificateFile = lookup.TlsCertificate,
            KeyFile = lookup.TlsKey,
        });
        _stream.Tls = session;
        if (session.IsOwnCertificateUnusable)
            return CannotUseTls;
        if (Step(_stream.Handshake, patience) is { } failure)
            return failure;
        if (lookup.VerifiesTls)
        {
            string? problem = DigCertificates.ProblemOf(session, name, lookup.TlsAuthorities);
            if (problem is not null)
            {
                CertificateProblem = problem;
                return null;
            }
        }

        return lookup.UsesHttps && Protocol != "h2" ? "ALPN for HTTP/2 failed" : null;
    }
}
