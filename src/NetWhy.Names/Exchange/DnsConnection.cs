using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Names;

/// <summary>A connection to a server that carries any number of messages, each with its length in front.</summary>
/// <remarks>Queries may be sent before earlier ones are answered, and answers come in any order. Source: RFC 7766, RFC 7858.</remarks>
public sealed class DnsConnection : IDisposable
{
    private const int LengthSize = 2;

    private readonly DnsServer _server;
    private readonly LinuxSocket _socket;
    private readonly ByteStream _stream;
    private readonly long _begin;
    private byte[] _buffer = new byte[LengthSize + 4096];
    private int _filled;

    private DnsConnection(DnsServer server, LinuxSocket socket, long begin)
    {
        _server = server;
        _socket = socket;
        _begin = begin;
        _stream = new ByteStream(socket, server.Address, server.Port, onSilence: null);
        ConnectTime = Stopwatch.GetElapsedTime(begin);
    }

    /// <summary>How long connecting took.</summary>
    public TimeSpan ConnectTime { get; }

    /// <summary>How long connecting and TLS took together; null without TLS.</summary>
    public TimeSpan? TlsTime { get; private set; }

    /// <summary>The TLS session; null without.</summary>
    public TlsSession? Tls => _stream.Tls;

    /// <summary>Our address and port.</summary>
    public (IPAddress Address, int Port) LocalEndpoint => _socket.LocalEndpoint;

    /// <summary>Connects, and agrees on TLS where the server's transport says so.</summary>
    /// <param name="server">The server; its transport is TCP or TLS.</param>
    /// <param name="patience">How long all of it may take.</param>
    /// <param name="cancellationToken">Gives up; the failure then is <see cref="DnsOutcome.TimedOut"/>.</param>
    /// <returns>The connection, or null and why there is none.</returns>
    public static async Task<(DnsConnection? Connection, DnsArrival? Failure)> OpenAsync(
        DnsServer server, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Errno errno = LinuxSocket.Open(server.Address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
            return (null, Failed("socket", errno));

        DnsConnection? connection = null;
        try
        {
            if (server.Source is not null || server.SourcePort > 0)
            {
                errno = DatagramExchange.Bind(socket, server);
                if (errno is not Errno.OK)
                    return (null, Failed("bind", errno));
            }

            errno = socket.Connect(server.Address, server.Port);
            if (errno is Errno.EINPROGRESS)
                errno = await TcpConnector.FinishAsync(socket, patience, cancellationToken);
            if (errno is Errno.EINPROGRESS)
                return (null, Silent());
            if (errno is not Errno.OK)
                return (null, Failed("connect", errno) with { Icmp = TcpConnector.TakeIcmpError(socket) });

            connection = new DnsConnection(server, socket, begin);
            DnsArrival? refusal = server.Transport is DnsTransport.Tcp
                ? null
                : await connection.StartTlsAsync(patience - Stopwatch.GetElapsedTime(begin), cancellationToken);
            if (refusal is not null)
                return (null, refusal);
            DnsConnection opened = connection;
            connection = null;
            socket = null;
            return (opened, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (null, Silent());
        }
        finally
        {
            connection?.Dispose();
            socket?.Dispose();
        }

        DnsArrival Silent() => new(DnsOutcome.TimedOut, default, Stopwatch.GetElapsedTime(begin)) { FailedStep = "connect", Errno = Errno.ETIMEDOUT };

        DnsArrival Failed(string step, Errno reason) =>
            new(DnsOutcome.Failed, default, Stopwatch.GetElapsedTime(begin)) { FailedStep = step, Errno = reason };
    }

    /// <summary>Sends a message.</summary>
    /// <param name="message">At most 65,535 octets.</param>
    /// <param name="patience">How long the peer's TCP may take to make room.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How it ended; <see cref="StreamOutcome.Moved"/> if all was sent.</returns>
    public Task<StreamResult> SendAsync(ReadOnlyMemory<byte> message, TimeSpan patience, CancellationToken cancellationToken)
    {
        byte[] framed = new byte[LengthSize + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, checked((ushort)message.Length));
        message.CopyTo(framed.AsMemory(LengthSize));
        return _stream.WriteAsync(framed, patience, cancellationToken);
    }

    /// <summary>Waits for the next message, whatever it answers.</summary>
    /// <param name="patience">How long.</param>
    /// <param name="cancellationToken">Gives up; the arrival then is <see cref="DnsOutcome.TimedOut"/>.</param>
    /// <returns>The message; its time counts from the beginning of this wait.</returns>
    public async Task<DnsArrival> ReceiveAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        try
        {
            while (true)
            {
                if (TakeMessage() is { } message)
                    return Arrival(DnsOutcome.Answered, begin) with { Message = message };

                TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
                StreamResult result = await _stream.ReadAsync(_buffer.AsMemory(_filled), left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
                switch (result.Outcome)
                {
                    case StreamOutcome.Moved:
                        _filled += result.Count;
                        break;
                    case StreamOutcome.Silent:
                        return Arrival(DnsOutcome.TimedOut, begin) with { FailedStep = "receive", Errno = Errno.ETIMEDOUT };
                    case StreamOutcome.Closed:
                        return Arrival(DnsOutcome.Failed, begin) with { FailedStep = "receive", Reason = _filled == 0 ? "closed" : "closed within a message" };
                    default:
                        return Arrival(DnsOutcome.Failed, begin) with
                        {
                            FailedStep = result.Outcome is StreamOutcome.Refused ? "tls" : "receive",
                            Errno = result.Errno,
                            Icmp = TcpConnector.TakeIcmpError(_socket),
                            Reason = result.Outcome is StreamOutcome.Refused ? Tls?.Reason : null,
                        };
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Arrival(DnsOutcome.TimedOut, begin) with { FailedStep = "receive", Errno = Errno.ETIMEDOUT };
        }
    }

    /// <summary>Sends a query and waits for its answer; other messages that come are rejected.</summary>
    /// <param name="query">The query.</param>
    /// <param name="patience">How long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; its time counts from the beginning of the connection if nothing was sent on it before.</returns>
    public async Task<DnsArrival> AskAsync(ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        try
        {
            StreamResult sent = await SendAsync(query, patience, cancellationToken);
            if (sent.Outcome is not StreamOutcome.Moved)
                return Arrival(DnsOutcome.Failed, begin) with { FailedStep = "send", Errno = sent.Errno, Reason = sent.Outcome.ToString() };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Arrival(DnsOutcome.TimedOut, begin) with { FailedStep = "send", Errno = Errno.ETIMEDOUT };
        }

        List<RejectedAnswer> rejected = [];
        while (true)
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
            DnsArrival arrival = await ReceiveAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            AnswerFault fault = arrival.Outcome is DnsOutcome.Answered ? AnswerCheck.Find(query.Span, arrival.Message.Span) : AnswerFault.None;
            if (fault is AnswerFault.None || rejected.Count == DnsArrival.MostRejected)
                return arrival with { Elapsed = Stopwatch.GetElapsedTime(begin), Rejected = rejected };
            rejected.Add(new RejectedAnswer(fault, _server.Address, _server.Port, DatagramExchange.IdOf(arrival.Message.Span)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Tls?.Dispose();
        _socket.Dispose();
    }

    private async Task<DnsArrival?> StartTlsAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (TlsSession.Unavailable is { } lack)
            return Arrival(DnsOutcome.Failed, _begin) with { FailedStep = "tls", Reason = lack };
        string protocol = _server.Transport is DnsTransport.Https ? "h2" : "dot";
        TlsSession session = TlsSession.Create(_socket, new TlsOptions { ServerName = _server.TlsName, Protocols = [protocol] });
        _stream.Tls = session;
        StreamResult result = await _stream.StepAsync(session.Handshake, patience, cancellationToken);
        TlsTime = Stopwatch.GetElapsedTime(_begin);
        return result.Outcome switch
        {
            StreamOutcome.Moved => null,
            StreamOutcome.Silent => Arrival(DnsOutcome.TimedOut, _begin) with { FailedStep = "tls", Errno = Errno.ETIMEDOUT },
            _ => Arrival(DnsOutcome.Failed, _begin) with { FailedStep = "tls", Errno = result.Errno, Reason = session.Reason ?? "closed" },
        };
    }

    private byte[]? TakeMessage()
    {
        if (_filled < LengthSize)
            return null;
        int size = BinaryPrimitives.ReadUInt16BigEndian(_buffer);
        if (_filled < LengthSize + size)
        {
            if (_buffer.Length < LengthSize + size)
                Array.Resize(ref _buffer, LengthSize + size);
            return null;
        }

        byte[] message = _buffer[LengthSize..(LengthSize + size)];
        _filled -= LengthSize + size;
        _buffer.AsSpan(LengthSize + size, _filled).CopyTo(_buffer);
        return message;
    }

    private DnsArrival Arrival(DnsOutcome outcome, long begin) =>
        new(outcome, default, Stopwatch.GetElapsedTime(begin)) { ConnectTime = ConnectTime, TlsTime = TlsTime };
}
