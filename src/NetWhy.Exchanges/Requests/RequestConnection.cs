using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Exchanges.Requests;

/// <summary>A connection and the channels that have a request on it: one, or in HTTP/2 as many as the server allows.</summary>
/// <param name="stream">The octets, owned from now on.</param>
/// <param name="place">Where it stands while it takes further requests.</param>
internal sealed class RequestConnection(ExchangeStream stream, RequestLane place) : IDisposable
{
    private const int MostOutput = 1 << 20; // octets that wait for an HTTP/2 peer which does not read

    private readonly List<RequestChannel> _users = []; // in the order in which they began
    private RequestLane _lane = place;
    private bool _wantsWrite; // HTTP/2 has octets to send and the socket is full
    private bool _isRetired;
    private bool _isDisposed;

    /// <summary>The octets.</summary>
    internal ExchangeStream Stream => stream;

    /// <summary>HTTP/2, once it is agreed on; null for HTTP/1.</summary>
    internal Http2Connection? Http2 { get; set; }

    /// <summary>Whether the server asked for a client certificate in its handshake.</summary>
    internal bool HasAskedForCertificate { get; set; }

    /// <summary>Whether requests may go over it.</summary>
    internal bool IsReady { get; set; }

    /// <summary>What to wait for.</summary>
    internal PollEvents Wanted { get; set; }

    /// <summary>Segments that this side had sent again when its last request ended.</summary>
    internal int Retransmits { get; set; }

    /// <summary>How often the peer had said by then that it got a segment twice.</summary>
    internal int NeedlessRetransmits { get; set; }

    /// <summary>Segments that had come out of order by then.</summary>
    internal int OutOfOrder { get; set; }

    /// <summary>When its last request ended, by the monotonic clock.</summary>
    internal long Ended { get; set; }

    /// <summary>Requests under way.</summary>
    internal int Users => _users.Count;

    /// <summary>Whether it can take another request now. Until HTTP/2 has said how many it takes, that is one.</summary>
    internal bool HasRoom => IsReady && (_users.Count == 0 || (Http2 is { HasSettings: true } http2 && _users.Count < (http2.MostStreams ?? int.MaxValue)));

    /// <summary>Takes a channel whose request goes over it.</summary>
    /// <param name="channel">The channel.</param>
    internal void Add(RequestChannel channel) => _users.Add(channel);

    /// <summary>Lets a channel go whose request ended.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="isReusable">Whether others may follow.</param>
    internal void Remove(RequestChannel channel, bool isReusable)
    {
        _users.Remove(channel);
        if (!isReusable)
            Retire();
        else if (_isRetired && _users.Count == 0)
            Dispose();
    }

    /// <summary>Takes no further request: it is closed behind the last one under way.</summary>
    internal void Retire()
    {
        _isRetired = true;
        if (_lane.Connection == this)
            _lane.Connection = null;
        if (_users.Count == 0)
            Dispose();
    }

    /// <summary>Moves it to where its maker alone finds it.</summary>
    /// <param name="own">Where that is.</param>
    internal void MoveTo(RequestLane own)
    {
        if (_lane.Connection == this)
            _lane.Connection = null;
        (_lane, own.Connection) = (own, this);
    }

    /// <summary>Whether it can take a request though none is under way. What came meanwhile without being asked for ends it, unless TLS or HTTP/2 say it.</summary>
    /// <param name="buffer">Where to read to.</param>
    internal bool StillStands(byte[] buffer)
    {
        if (_users.Count > 0)
            return Http2 is { Fault: null, GoAwayCode: null }; // it is read all the time
        if (Http2 is { } http2)
        {
            const int MostReads = 16; // who sends more without being asked does not want to talk
            StreamStep step = StreamStep.Moved;
            for (int i = 0; i < MostReads && step is StreamStep.Moved && http2.Fault is null; i++)
            {
                step = stream.Read(buffer, out int received);
                http2.Take(buffer.AsSpan(0, received));
            }

            if (step is StreamStep.Moved)
                Flood = http2.Fault is { } fault ? $"HTTP/2: {fault}" : "HTTP/2: the server sends without end what nobody asked for";
            else if (http2.Output.Length > MostOutput)
                Flood = "HTTP/2: the server wants more and more answers and does not read them";
            return step is StreamStep.WantsRead && Flood is null && http2.GoAwayCode is null;
        }

        if (stream.Tls is { } session)
            return session.Peek() is TlsStep.WantRead;
        Span<byte> octet = stackalloc byte[1];
        return stream.Socket.Peek(octet, out _) is Errno.EAGAIN;
    }

    /// <summary>What the server sent while nothing was asked, which ends the connection, in words; null if it did not.</summary>
    internal string? Flood { get; private set; }

    /// <summary>Goes on with HTTP/2: sends what waits, and hands what comes to whom it is for.</summary>
    /// <param name="buffer">Where to read to.</param>
    internal void Go(byte[] buffer)
    {
        Http2Connection http2 = Http2!;
        if (_wantsWrite)
            Flush();
        while (_users.Count > 0)
        {
            StreamStep step = stream.Read(buffer, out int received);
            if (step is StreamStep.WantsRead or StreamStep.WantsWrite)
            {
                if (http2.IsAtLimit)
                    http2.NoteDrained(stream.Socket.GetTcpInfo()?.MinRoundTrip ?? TimeSpan.Zero);
                Wanted = step is StreamStep.WantsWrite ? PollEvents.Write : _wantsWrite ? PollEvents.Read | PollEvents.Write : PollEvents.Read;
                return;
            }

            long deadline = _users[0].Deadline;
            if (step is StreamStep.Moved)
            {
                http2.Take(buffer.AsSpan(0, received));
                Flush();
            }

            string? fault = http2.Output.Length > MostOutput ? "the server wants more and more answers and does not read them" : null;
            for (int i = _users.Count - 1; i >= 0; i--)
            {
                if (step is StreamStep.Moved)
                    _users[i].TakeFrames(fault);
                else
                    _users[i].EndBy(step);
            }

            if (Stopwatch.GetTimestamp() > deadline)
                return; // a flood must not keep others waiting
        }
    }

    /// <summary>Sends what HTTP/2 has to say, as far as there is room; where writing fails, reading tells why.</summary>
    internal void Flush()
    {
        Http2Connection http2 = Http2!;
        StreamStep step = StreamStep.Moved;
        long given = 0;
        while (step is StreamStep.Moved && !http2.Output.IsEmpty)
        {
            given = Stopwatch.GetTimestamp(); // a server on this machine may work before the call comes back
            step = stream.Write(http2.Output.Span, out int sent);
            http2.Sent(sent);
        }

        _wantsWrite = step is StreamStep.WantsWrite;
        Wanted = _wantsWrite ? PollEvents.Read | PollEvents.Write : PollEvents.Read;
        if (!http2.Output.IsEmpty)
            return;
        foreach (RequestChannel user in _users)
            user.NoteSent(ref given);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_lane.Connection == this)
            _lane.Connection = null;
        if (Http2 is { } http2)
            _lane.Closed.Add(http2);
        stream.Dispose();
    }
}
