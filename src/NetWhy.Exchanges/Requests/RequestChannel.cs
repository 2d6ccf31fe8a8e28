using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Http;
using NetWhy.Wire.Tls;

namespace NetWhy.Exchanges.Requests;

/// <summary>Makes one request after the other to one address, a step at a time: who steps it waits for its descriptor.</summary>
/// <remarks>
/// Buffers are used again, so that a request of HTTP/1 costs next to nothing. Whatever a server sends, each request ends by its
/// time-out, a head at <see cref="LongestHead"/> and a body at the plan's bound. Source: RFC 9112; RFC 9113.
/// </remarks>
/// <param name="plan">The request.</param>
/// <param name="place">Place of the address among those asked.</param>
/// <param name="address">The address.</param>
/// <param name="buffer">Where to read to; channels of one thread may share it.</param>
/// <param name="trust">Says what is wrong with a server's certificate, in words, before anything is sent; null where nothing is.</param>
public sealed class RequestChannel(RequestPlan plan, int place, IPAddress address, byte[] buffer, Func<TlsSession, string?> trust) : IDisposable, IHttp2Receiver
{
    /// <summary>Octets of a head that are read at most.</summary>
    public const int LongestHead = HttpResponseHead.LongestHead;

    private const int MostUnserved = 2; // times in vain that a request may be left unserved, and begun again
    private const int MostInterims = 64; // answers before the answer, such as 103
    private const int ExcerptSize = 512; // octets
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(50); // a body that moved within this does not stand still

    private readonly byte[] _excerpt = new byte[ExcerptSize];
    private ArrayBufferWriter<byte>? _pending; // the part of a head that came
    private RequestConnection? _connection; // while a request is under way
    private Http2Stream? _second; // the request in HTTP/2
    private ChunkReader? _chunks;
    private PieceWriter? _pieces;
    private Step _step = Step.Free;
    private long _connected, _secured, _sending, _sent, _first, _last;
    private long _length, _expected;
    private int _written, _interims, _excerptLength;
    private bool _isUntilClose;
    private bool _isReusable;
    private int _unserved; // times in vain, one after the other
    private int _arrivals;
    private TimeSpan _gap, _judging; // of the time, what judging the certificate took, which is no phase

    private enum Step
    {
        Free,
        Connecting,
        Handshaking,
        Sending,
        Waiting,
        Head,
        Body,
    }

    /// <summary>Place of its address among those asked.</summary>
    public int Place => place;

    /// <summary>Its address.</summary>
    public IPAddress Address => address;

    /// <summary>Whether a request is under way.</summary>
    public bool IsBusy => _step is not Step.Free;

    /// <summary>Whether a connection stands that may carry another request.</summary>
    public bool IsConnected => Lane.Connection is not null;

    /// <summary>What to wait for while a request is under way.</summary>
    public WaitedDescriptor Wanted => _connection is { } connection ? new(connection.Stream.Socket.Descriptor, connection.Wanted) : new(-1, PollEvents.None);

    /// <summary>When the request's time is over, by the monotonic clock.</summary>
    public long Deadline { get; private set; }

    /// <summary>How the last request went.</summary>
    public RequestSample Sample { get; private set; }

    /// <summary>The head of the last answer.</summary>
    public AnswerHead Head { get; } = new();

    /// <summary>Gets the octets of the body, still coded; null if nobody wants them.</summary>
    public OctetSink? Body { get; set; }

    /// <summary>The beginning of the last answer's body, or of what is no answer.</summary>
    public ReadOnlySpan<byte> Excerpt => _excerpt.AsSpan(0, _excerptLength);

    /// <summary>Facts of TLS, once a handshake was completed: protocol version, cipher suite and the protocol agreed on.</summary>
    public (string Version, string? CipherSuite, string? Protocol)? Tls { get; private set; }

    /// <summary>Whether the server asked for a client certificate in the last handshake.</summary>
    public bool AsksForCertificate { get; private set; }

    /// <summary>Whether it asked for one only once it had the last request.</summary>
    public bool AsksLateForCertificate { get; private set; }

    /// <summary>How often the server had closed the kept connection while it was idle.</summary>
    public int ClosedWhileIdle { get; private set; }

    /// <summary>Connections made.</summary>
    public int Connections { get; private set; }

    /// <summary>The kernel's account of the connection; null without one.</summary>
    public TcpInfo? TcpInfo => (_connection ?? Lane.Connection)?.Stream.Socket.GetTcpInfo();

    /// <summary>What HTTP/2 agreed on over the connection that stands: whether the server said its settings, and how many requests it takes at once, as far as it says; null in HTTP/1 and without a connection.</summary>
    public (bool HasSettings, uint? MostStreams)? Streams => Lane.Connection?.Http2 is { } http2 ? (http2.HasSettings, http2.MostStreams) : null;

    /// <summary>Whether the server did not look at the last request, and says so, so that it is to be begun again and is no failure.</summary>
    /// <remarks>
    /// Behind a GOAWAY without error, or by REFUSED_STREAM; twice at most in a row, but for connections that end behind requests
    /// that the server did look at. Source: RFC 9113, sections 6.8 and 8.7.
    /// </remarks>
    public bool IsUnserved { get; private set; }

    /// <summary>Where channels find a connection that they share, as long as the server speaks HTTP/2; null to share none.</summary>
    internal RequestLane? Shared { get; init; }

    /// <summary>Where it finds a connection of its own.</summary>
    internal RequestLane Own { get; } = new();

    /// <summary>Where it finds a connection that stands.</summary>
    internal RequestLane Lane => Shared is { IsSplit: false } shared ? shared : Own;

    /// <summary>The connection of the request under way; null without.</summary>
    internal RequestConnection? Connection => _connection;

    /// <summary>Whether a request can begin now, over a connection that stands or a new one.</summary>
    internal bool CanBegin => !IsBusy && Lane.Connection is null or { HasRoom: true };

    /// <summary>Begins a request.</summary>
    /// <param name="mayKeep">Whether the connection of the last one may be used again.</param>
    /// <param name="name">How long its name was just looked up; null if it was not.</param>
    public void Begin(bool mayKeep, TimeSpan? name)
    {
        RequestConnection? kept = mayKeep ? Lane.Connection : null;
        bool isKept = kept?.StillStands(buffer) ?? false;
        string? flood = kept?.Flood;
        ClosedWhileIdle += kept is null || isKept || flood is not null || kept.Users > 0 ? 0 : 1;
        Prepare(isKept ? kept : null, name);
        if (flood is not null)
        {
            Sample = Sample with { IsKept = true };
            End(HttpOutcome.Malformed, plan.IsTls ? ExchangeStage.HandshakeDone : ExchangeStage.Connected, fault: flood);
            return;
        }

        if (isKept)
        {
            StartSending();
            return;
        }

        Connect();
    }

    /// <summary>Counts a request that could not be begun: its name has no address.</summary>
    /// <param name="name">How long it was looked up.</param>
    /// <param name="fault">Why there is none, in words.</param>
    public void Fail(TimeSpan name, string fault)
    {
        Prepare(null, name);
        End(HttpOutcome.Failed, ExchangeStage.NotConnected, fault: fault);
    }

    /// <summary>Goes on, once the descriptor is ready.</summary>
    public void Go()
    {
        if (_step is Step.Connecting)
        {
            Errno errno = _connection!.Stream.Socket.TakeError();
            if (errno is not Errno.OK)
                End(HttpOutcome.Failed, ExchangeStage.NotConnected, errno);
            else
                Connected();
        }
        else if (_step is Step.Handshaking)
        {
            ShakeHands();
        }
        else if (_second is not null)
        {
            _connection!.Go(buffer);
        }
        else if (_step is Step.Sending)
        {
            Send();
        }
        else if (_step is not Step.Free)
        {
            Receive();
        }
    }

    /// <summary>Ends the request: its time is over.</summary>
    public void Expire()
    {
        long now = Stopwatch.GetTimestamp();
        switch (_step)
        {
            case Step.Free:
                return;
            case Step.Connecting:
                End(HttpOutcome.Failed, ExchangeStage.NotConnected, Errno.ETIMEDOUT);
                return;
            case Step.Handshaking:
                End(HttpOutcome.NoAnswer, ExchangeStage.Connected, fault: "the TLS handshake is not completed");
                return;
            case Step.Sending or Step.Waiting:
                End(HttpOutcome.NoAnswer, plan.IsTls ? ExchangeStage.HandshakeDone : ExchangeStage.Connected);
                return;
            default:
                ExpireInAnswer(now);
                return;
        }
    }

    /// <summary>What to wait for while the connection is kept and nothing is asked: that the server ends it.</summary>
    public WaitedDescriptor Resting => new(Lane.Connection?.Stream.Socket.Descriptor ?? -1, PollEvents.Read);

    /// <summary>Looks whether the server has ended the kept connection, once its descriptor is ready while nothing is asked.</summary>
    /// <returns>How long it had been idle, and it is dropped; null if it still stands, or is dropped for what it sent.</returns>
    public TimeSpan? LookWhileIdle()
    {
        if (IsBusy || Lane.Connection is not { Users: 0 } kept || kept.StillStands(buffer))
            return null;
        TimeSpan idle = Stopwatch.GetElapsedTime(kept.Ended);
        kept.Retire();
        return kept.Flood is null ? idle : null;
    }

    /// <summary>Gives the request up, if one is under way, and closes the connection.</summary>
    public void Drop()
    {
        RequestConnection? connection = _connection;
        _step = Step.Free;
        (_connection, _second) = (null, null);
        connection?.Remove(this, isReusable: false);
        Lane.Connection?.Retire();
    }

    /// <inheritdoc/>
    public void Dispose() => Drop();

    /// <inheritdoc/>
    void IHttp2Receiver.TakeFields(IReadOnlyList<(string Name, string Value)> fields)
    {
        if (_step is Step.Body)
            return; // behind the body
        Head.Take(fields);
        if (Head.Status is >= 100 and < 200)
        {
            _interims++;
            return;
        }

        Mark();
        _expected = Head.ContentLength ?? -1;
        (_step, _isReusable) = (Step.Body, true);
    }

    /// <inheritdoc/>
    void IHttp2Receiver.TakeBody(ReadOnlySpan<byte> octets)
    {
        Mark();
        TakeBody(octets);
    }

    // An answer moves if it was still for no longer than it was before.
    private void ExpireInAnswer(long now)
    {
        bool isHead = _step is Step.Head;
        string where = isHead ? "the head" : "the body";
        TimeSpan still = Stopwatch.GetElapsedTime(_last, now);
        bool moves = still <= _gap || (!isHead && still <= Usual);
        if (!isHead && Head.Status is >= 200 and < 300 && HttpExchange.IsEndless(Head["content-type"]))
        {
            End(HttpOutcome.Complete, ExchangeStage.BodyBegun, isStopped: true); // it has no end to wait for
            return;
        }

        End(
            HttpOutcome.Stalled,
            isHead ? ExchangeStage.FirstByte : ExchangeStage.BodyBegun,
            fault: moves ? string.Create(CultureInfo.InvariantCulture, $"{where} is not whole in {plan.Timeout.TotalSeconds:0.###} s") : $"nothing more came in the middle of {where}",
            isStopped: moves);
    }

    private void Prepare(RequestConnection? kept, TimeSpan? name)
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan idle = kept is { Users: 0 } ? Stopwatch.GetElapsedTime(kept.Ended, now) : TimeSpan.Zero;
        int beside = kept?.Users ?? 0;
        if (kept is null)
            Lane.Connection?.Retire();
        else
            kept.Add(this);
        _connection = kept;
        bool isKept = kept is not null;
        long began = now - (long)((name ?? TimeSpan.Zero).TotalSeconds * Stopwatch.Frequency);
        Deadline = now + (long)(plan.Timeout.TotalSeconds * Stopwatch.Frequency);
        (_connected, _secured, _sending, _sent, _first, _last, _arrivals, _length, _expected) = (now, now, 0, 0, 0, 0, 0, 0, -1);
        (_written, _interims, _excerptLength, _gap, _judging, _isReusable, _isUntilClose, _chunks) = (0, 0, 0, TimeSpan.Zero, TimeSpan.Zero, false, false, null);
        _pending?.ResetWrittenCount();
        Sample = new RequestSample { Address = place, IsKept = isKept, Idle = idle, Beside = beside, Began = began, Name = isKept ? null : name, ExpectedLength = -1 };
    }

    private static bool IsReset(Errno errno) => errno is Errno.ECONNRESET or Errno.EPIPE;

    private void Connect()
    {
        Errno errno = LinuxSocket.Open(address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
        {
            End(HttpOutcome.Failed, ExchangeStage.NotConnected, errno);
            return;
        }

        Connections++;
        _connection = new RequestConnection(new ExchangeStream(socket), Lane);
        _connection.Add(this);
        Lane.Connection = _connection;
        _ = socket.SetNoDelay();
        errno = socket.Connect(address, plan.Url.Port);
        if (errno is Errno.OK)
        {
            Connected();
            return;
        }

        if (errno is not Errno.EINPROGRESS)
        {
            End(HttpOutcome.Failed, ExchangeStage.NotConnected, errno);
            return;
        }

        _step = Step.Connecting;
        _connection.Wanted = PollEvents.Write;
    }

    private void Connected()
    {
        _connected = Stopwatch.GetTimestamp();
        Sample = Sample with { Connect = Stopwatch.GetElapsedTime(Sample.Began, _connected) - (Sample.Name ?? TimeSpan.Zero) };
        _secured = _connected;
        if (!plan.IsTls)
        {
            StartSending();
            return;
        }

        ExchangeStream stream = _connection!.Stream;
        stream.Tls = TlsSession.Create(stream.Socket, new TlsOptions
        {
            ServerName = plan.Literal is null ? plan.Host : null,
            Protocols = [.. plan.Protocols],
            TakesLateRequests = !plan.OnlyConnects, // as curl does: some places of a site alone want a certificate
        });
        _step = Step.Handshaking;
        ShakeHands();
    }

    private void ShakeHands()
    {
        ExchangeStream stream = _connection!.Stream;
        StreamStep step = stream.Handshake();
        if (!HasMoved(step, ExchangeStage.Connected))
            return;
        _secured = Stopwatch.GetTimestamp();
        TlsSession session = stream.Tls!;
        Sample = Sample with { Tls = Stopwatch.GetElapsedTime(_connected, _secured) };
        Tls = (session.Version, session.CipherSuite, session.Protocol);
        AsksForCertificate = _connection.HasAskedForCertificate = session.ClientCertificateRequested;
        string? fault = trust(session);
        _judging = Stopwatch.GetElapsedTime(_secured);
        if (fault is not null)
        {
            End(HttpOutcome.Failed, ExchangeStage.HandshakeDone, fault: fault);
            return;
        }

        if (session.Protocol is "h2")
        {
            const ushort EnablePush = 2, InitialWindow = 4;
            _connection.Http2 = new Http2Connection(plan.Window, [(EnablePush, 0), (InitialWindow, (uint)plan.Window)]);
        }
        else if (Shared is { IsSplit: false } shared)
        {
            shared.IsSplit = true;
            _connection.MoveTo(Own);
        }

        StartSending();
    }

    private void StartSending()
    {
        if (plan.OnlyConnects)
        {
            End(HttpOutcome.Complete, plan.IsTls ? ExchangeStage.HandshakeDone : ExchangeStage.Connected);
            return;
        }

        RequestConnection connection = _connection!;
        connection.IsReady = true;
        _second = connection.Http2?.Request(plan.Fields, endsStream: true, this);
        _sending = Stopwatch.GetTimestamp();
        _step = Step.Sending;
        if (_second is null)
            Send();
        else
            connection.Flush();
    }

    private void Send()
    {
        RequestConnection connection = _connection!;
        while (_step is Step.Sending)
        {
            ReadOnlySpan<byte> octets = plan.Octets.Span[_written..];
            long given = Stopwatch.GetTimestamp(); // a server on this machine may work before the call comes back
            StreamStep step = connection.Stream.Write(octets, out int sent);
            if (!HasMoved(step, plan.IsTls ? ExchangeStage.HandshakeDone : ExchangeStage.Connected))
                return;
            _written += sent;
            if (sent < octets.Length)
                continue;
            _sent = given;
            _step = Step.Waiting;
            connection.Wanted = PollEvents.Read;
        }
    }

    /// <summary>Notes that all that HTTP/2 had to send went out.</summary>
    /// <param name="now">When the last of it was given away, by the monotonic clock; 0 if that is not known, and it is now.</param>
    internal void NoteSent(ref long now)
    {
        if (_step is not Step.Sending || _second is null)
            return;
        if (now == 0)
            now = Stopwatch.GetTimestamp();
        (_sent, _step) = (now, Step.Waiting);
    }

    /// <summary>Ends the request by what the connection came to.</summary>
    /// <param name="step">What it came to.</param>
    internal void EndBy(StreamStep step) => _ = HasMoved(step, Stage);

    // How far the request has come.
    private ExchangeStage Stage => _step switch
    {
        Step.Body => ExchangeStage.BodyBegun,
        Step.Head => ExchangeStage.FirstByte,
        _ => plan.IsTls ? ExchangeStage.HandshakeDone : ExchangeStage.Connected,
    };

    // Whether a step moved octets; else the wait is set up, or the request ended.
    private bool HasMoved(StreamStep step, ExchangeStage stage)
    {
        switch (step)
        {
            case StreamStep.Moved:
                return true;
            case StreamStep.WantsRead:
                _connection!.Wanted = PollEvents.Read;
                return false;
            case StreamStep.WantsWrite:
                _connection!.Wanted = PollEvents.Write;
                return false;
            case StreamStep.Closed:
                EndClosed(stage);
                return false;
            case StreamStep.Failed:
                End(IsReset(_connection!.Stream.Errno) ? HttpOutcome.Reset : HttpOutcome.Failed, stage, _connection.Stream.Errno);
                return false;
            default:
                TlsSession session = _connection!.Stream.Tls!;
                End(HttpOutcome.Failed, stage, fault: session.Alert is { } alert
                    ? session.AlertIsOurs ? $"TLS: this side sent the alert {TlsAlert.Name(alert)}" : $"TLS alert {TlsAlert.Name(alert)}"
                    : $"TLS: {session.Reason}");
                return false;
        }
    }

    private void EndClosed(ExchangeStage stage)
    {
        switch (_step)
        {
            case Step.Body when _isUntilClose:
                Mark();
                End(HttpOutcome.Complete, ExchangeStage.Complete);
                return;
            case Step.Body:
                End(HttpOutcome.Truncated, ExchangeStage.BodyBegun);
                return;
            case Step.Head:
                End(HttpOutcome.Truncated, ExchangeStage.FirstByte, fault: "the connection ends inside the head");
                return;
            default:
                End(HttpOutcome.ClosedEarly, stage);
                return;
        }
    }

    private void Receive()
    {
        ExchangeStream stream = _connection!.Stream;
        bool isMore = true;
        while (isMore && _step is not Step.Free)
        {
            StreamStep step = stream.Read(buffer, out int received);
            if (!HasMoved(step, Stage))
                return;
            isMore = stream.Tls is not null || received == buffer.Length; // a session may hold more than the socket shows
            Take(buffer.AsSpan(0, received));
            if (isMore && Stopwatch.GetTimestamp() > Deadline)
                return; // a flood must not keep others waiting
        }
    }

    private void Mark()
    {
        long now = Stopwatch.GetTimestamp();
        if (_first == 0)
        {
            (_first, _arrivals) = (now, 1);
            if (_step is Step.Waiting)
                _step = Step.Head;
        }
        else if (_last != 0)
        {
            TimeSpan gap = Stopwatch.GetElapsedTime(_last, now);
            _gap = gap > _gap ? gap : _gap;
            if (gap > HttpExchange.OneArrival)
                _arrivals++;
        }

        _last = now;
    }

    private void Take(ReadOnlySpan<byte> octets)
    {
        Mark();
        if (_step is Step.Body)
        {
            TakeOfBody(octets);
            return;
        }

        if (_pending is { WrittenCount: > 0 } pending)
        {
            pending.Write(octets);
            octets = pending.WrittenSpan;
        }

        while (_step is Step.Head)
        {
            int end = EndOfHead(octets);
            if (end < 0)
            {
                if (HttpResponseHead.FaultOfBeginning(octets) is { } fault)
                {
                    EndMalformed(octets, fault);
                    return;
                }

                if (octets.Length > LongestHead)
                {
                    EndMalformed(octets, string.Create(CultureInfo.InvariantCulture, $"the head is longer than {LongestHead / 1024} KiB"));
                    return;
                }

                Keep(octets);
                return;
            }

            if (HttpHead.Read(octets[..end], out HttpHead head) is not OperationStatus.Done || !head.IsResponse)
            {
                EndMalformed(octets, HttpResponseHead.FaultOfBeginning(octets) ?? "the status line is malformed");
                return;
            }

            octets = octets[end..];
            if (head.Status is >= 100 and < 200 and not 101)
            {
                if (++_interims > MostInterims)
                    End(HttpOutcome.Malformed, ExchangeStage.FirstByte, fault: "interim answers (1xx) come without end");
                if (octets.IsEmpty)
                {
                    _pending?.ResetWrittenCount();
                    (_first, _last) = (0, 0); // the answer itself is still waited for
                    _step = _step is Step.Free ? Step.Free : Step.Waiting;
                    return;
                }

                continue;
            }

            Head.Take(head);
            StartBody();
            if (_step is Step.Body)
                TakeOfBody(octets);
        }
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (_pending is { WrittenCount: > 0 } && octets.Length == _pending.WrittenCount)
            return; // it is what was kept
        byte[] left = octets.ToArray();
        _pending ??= new ArrayBufferWriter<byte>(4096);
        _pending.ResetWrittenCount();
        _pending.Write(left);
    }

    private static int EndOfHead(ReadOnlySpan<byte> octets)
    {
        int usual = octets.IndexOf("\r\n\r\n"u8);
        int bare = octets.IndexOf("\n\n"u8);
        if (usual < 0 && bare < 0)
            return -1;
        return bare < 0 || (usual >= 0 && usual < bare) ? usual + 4 : bare + 2;
    }

    private void StartBody()
    {
        _pending?.ResetWrittenCount();
        _step = Step.Body;
        _isReusable = Head.Keeps;
        if (Head.IsLengthBroken && !Head.IsChunked)
        {
            End(HttpOutcome.Malformed, ExchangeStage.BodyBegun, fault: "Content-Length is no number, or is given twice and differs");
            return;
        }

        if (plan.Method is "HEAD" || Head.Status is 204 or 304 or 101)
            _expected = 0;
        else if (Head.IsChunked)
            _chunks = new ChunkReader();
        else if (Head.ContentLength is { } length)
            _expected = length;
        else
            (_isUntilClose, _isReusable) = (true, false);
    }

    private void TakeOfBody(ReadOnlySpan<byte> octets)
    {
        if (_chunks is { } chunks)
        {
            OperationStatus status = chunks.Read(octets, Body is not null || _excerptLength < ExcerptSize ? (_pieces ??= new PieceWriter(Note)) : null);
            _length = chunks.BodyLength;
            if (status is OperationStatus.InvalidData)
                End(HttpOutcome.Malformed, ExchangeStage.BodyBegun, fault: chunks.Fault);
            else if (status is OperationStatus.Done)
                EndWhole(octets.Length - chunks.Consumed);
            else
                CheckSize();
            return;
        }

        long wanted = _expected < 0 ? octets.Length : Math.Min(octets.Length, _expected - _length);
        TakeBody(octets[..(int)wanted]);
        if (_expected >= 0 && _length == _expected)
            EndWhole(octets.Length - (int)wanted);
        else
            CheckSize();
    }

    private void TakeBody(ReadOnlySpan<byte> octets)
    {
        Note(octets);
        _length += octets.Length;
    }

    private void Note(ReadOnlySpan<byte> octets)
    {
        Body?.Invoke(octets);
        int room = Math.Min(ExcerptSize - _excerptLength, octets.Length);
        octets[..room].CopyTo(_excerpt.AsSpan(_excerptLength));
        _excerptLength += room;
    }

    private void CheckSize()
    {
        if (_length >= plan.MostBody)
            End(HttpOutcome.Complete, ExchangeStage.BodyBegun, isStopped: true);
    }

    private void EndWhole(int behind)
    {
        string? fault = null;
        if (behind > 0)
        {
            _isReusable = false;
            fault = string.Create(CultureInfo.InvariantCulture, $"{behind} octets came behind the end of the answer");
        }

        End(HttpOutcome.Complete, ExchangeStage.Complete, fault: fault);
    }

    private void EndMalformed(ReadOnlySpan<byte> octets, string fault)
    {
        Note(octets[..Math.Min(octets.Length, ExcerptSize)]);
        End(HttpOutcome.Malformed, ExchangeStage.FirstByte, fault: fault);
    }

    /// <summary>Goes on with what HTTP/2 has handed over.</summary>
    /// <param name="fault">What ends the connection, in words; null if nothing does.</param>
    internal void TakeFrames(string? fault)
    {
        Http2Connection http2 = _connection!.Http2!;
        Http2Stream second = _second!;
        bool hasHead = _step is Step.Body;
        ExchangeStage stage = hasHead ? ExchangeStage.BodyBegun : ExchangeStage.HandshakeDone;
        if (second.IsEnded && hasHead)
            Mark(); // the end may come by itself
        if (http2.GoAwayCode is not null)
            _isReusable = false;
        if (http2.Fault is { } broken)
            End(HttpOutcome.Malformed, stage, fault: $"HTTP/2: {broken}");
        else if (_interims > MostInterims)
            End(HttpOutcome.Malformed, ExchangeStage.HandshakeDone, fault: "interim answers (1xx) come without end");
        else if (hasHead && Head.Status < 100) // RFC 9113, section 8.3.2
            End(HttpOutcome.Malformed, ExchangeStage.FirstByte, fault: "HTTP/2: the answer has no valid :status");
        else if (fault is not null)
            End(HttpOutcome.Malformed, stage, fault: $"HTTP/2: {fault}");
        else if (second.Refused is { } refused)
            End(HttpOutcome.Malformed, ExchangeStage.FirstByte, fault: $"HTTP/2: {refused}");
        else if (second.ResetCode is { } code)
            End(hasHead ? HttpOutcome.Truncated : HttpOutcome.Reset, stage, fault: $"HTTP/2: the server reset the stream ({InWords(code)})", inVain: !hasHead && code is Http2ErrorCode.RefusedStream ? 1 : null);
        else if (second.IsEnded && hasHead)
            EndFrames();
        else if (second.IsEnded)
            End(HttpOutcome.Malformed, ExchangeStage.FirstByte, fault: "HTTP/2: the stream ends without an answer");
        else if (!hasHead && http2.GoAwayCode is { } away && http2.LastStream < second.Id)
            End(HttpOutcome.ClosedEarly, ExchangeStage.HandshakeDone, fault: $"HTTP/2: the server ends the connection (GOAWAY, {InWords(away)}) and does not answer", inVain: away is not Http2ErrorCode.NoError ? null : http2.LastStream > 0 ? 0 : 1);
        else if (hasHead)
            CheckSize();
    }

    private static string InWords(uint code) => string.Create(CultureInfo.InvariantCulture, $"error {code}, {Http2ErrorCode.NameOf(code)}");

    private void EndFrames()
    {
        if (_expected >= 0 && _length != _expected && plan.Method is not "HEAD" && Head.Status is not 304)
            End(HttpOutcome.Truncated, ExchangeStage.BodyBegun, fault: "HTTP/2: the stream ends with another length than Content-Length says");
        else
            End(HttpOutcome.Complete, ExchangeStage.Complete);
    }

    // In vain: where the server says that it did not look at the request, 1 if it looked at no other either; else null.
    private void End(HttpOutcome outcome, ExchangeStage stage, Errno errno = Errno.OK, string? fault = null, bool isStopped = false, int? inVain = null)
    {
        IsUnserved = inVain is not null && _unserved < MostUnserved;
        _unserved = IsUnserved ? _unserved + inVain!.Value : 0;
        long now = Stopwatch.GetTimestamp();
        RequestConnection? connection = _connection;
        TcpInfo? info = stage is ExchangeStage.NotConnected ? null : connection?.Stream.Socket.GetTcpInfo();
        int retransmits = (int)(info?.TotalRetransmits ?? 0), outOfOrder = (int)(info?.OutOfOrderIn ?? 0), needless = (int)(info?.DuplicateSacks ?? 0);
        bool hasSent = _sent != 0;
        Sample = Sample with
        {
            Outcome = outcome,
            Stage = stage,
            Errno = errno,
            Fault = fault,
            StoppedByUs = isStopped,
            Send = hasSent ? Stopwatch.GetElapsedTime(_sending, _sent) : null,
            Wait = _first != 0 && hasSent ? Stopwatch.GetElapsedTime(_sent, _first) : null,
            Receive = _first != 0 ? Stopwatch.GetElapsedTime(_first, _last) : null,
            LongestGap = _gap,
            Arrivals = _arrivals,
            Total = Stopwatch.GetElapsedTime(Sample.Began, outcome is HttpOutcome.Complete && !isStopped && _last != 0 ? _last : now) - _judging,
            RoundTrip = info is { MinRoundTrip: var least } && least > TimeSpan.Zero ? least : null,
            IsAcknowledged = outcome is HttpOutcome.NoAnswer && connection?.Stream.Socket.UnacknowledgedOctets == 0,
            Retransmits = Math.Max(0, retransmits - (connection?.Retransmits ?? 0)),
            NeedlessRetransmits = Math.Max(0, needless - (connection?.NeedlessRetransmits ?? 0)),
            OutOfOrder = Math.Max(0, outOfOrder - (connection?.OutOfOrder ?? 0)),
            Status = stage >= ExchangeStage.BodyBegun ? Head.Status : 0,
            BodyLength = _length,
            ExpectedLength = _expected,
            SpeaksHttp2 = connection?.Http2 is { HasSettings: true },
        };
        AsksLateForCertificate = connection is { HasAskedForCertificate: false, Stream.Tls.ClientCertificateRequested: true };
        Http2Stream? second = _second;
        _step = Step.Free;
        (_connection, _second) = (null, null);
        if (connection is null)
            return;
        (connection.Ended, connection.Retransmits, connection.NeedlessRetransmits, connection.OutOfOrder) = (now, retransmits, needless, outOfOrder);
        bool isReset = second is { ResetCode: not null, Refused: null }; // the others go on, and so may further ones
        if (second is { IsEnded: false } && connection.Users > 1)
        {
            connection.Http2!.Cancel(second);
            connection.Flush();
        }

        connection.Remove(this, isReusable: outcome is HttpOutcome.Complete ? !isStopped && _isReusable : isReset && connection.Http2!.GoAwayCode is null);
    }

    // Hands on what a chunk reader takes out of the framing.
    private sealed class PieceWriter(OctetSink sink) : IBufferWriter<byte>
    {
        private readonly byte[] _octets = new byte[16 * 1024];

        public void Advance(int count) => sink(_octets.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _octets;

        public Span<byte> GetSpan(int sizeHint = 0) => _octets;
    }
}
