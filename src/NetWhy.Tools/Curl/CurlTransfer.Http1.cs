using System.Globalization;
using System.Text;
using NetWhy.Exchanges;

namespace NetWhy.Tools.Curl;

// Request and answer by HTTP/1, as octets pass.
internal sealed partial class CurlTransfer
{
    // Sends the request and reads the answer; false if the connection ended without a word.
    private bool Converse(CurlProxyRoute? proxy)
    {
        _pace.Phase = CurlPhase.Performing;
        HeaderLines.Clear();
        if (HasBody)
            _body!.Prepare(); // where it cannot be sent again, the status that was answered to it stands
        ResetAnswer();
        CurlConnection connection = _connection!;
        _route = proxy;
        _uploadIsWhole = !HasBody;
        bool isSecond = connection.Http2 is not null || PrefersSecond(connection);
        if (isSecond)
        {
            connection.Http2 ??= new Http2Connection(CurlTool.Http2Window, CurlTool.Http2Settings);
            return ConverseSecond();
        }

        bool isHttp10 = _operation.Version is CurlHttpVersion.Http10 || _hasHeardOld || connection.IsOld;
        _negotiates = !_skipsNegotiation && _method is not ("GET" or "HEAD") && IsDigestOnly && _digest is null && Login().User is not null && HasBody;
        List<string> fields = Fields(proxy, isSecond: false, isHttp10, out bool expects);
        _expects = expects;
        string head = $"{WireMethod} {Target(proxy)} HTTP/{(isHttp10 ? "1.0" : "1.1")}\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n";
        Progress.PreTransfer += Progress.SinceSingle;
        bool carries = HasBody && !_negotiates;
        Progress.UploadSize = carries ? _body!.Length : HasBody ? 0 : Progress.UploadSize;
        byte[] octets = CurlText.Octets(head);
        try
        {
            SendRequest(octets, carries, expects);
        }
        catch (CurlFailure failure) when (failure.Code is CurlFailure.SendError or CurlFailure.ReceiveError && !_hasAnyOctet)
        {
            _streamEnd = failure;
            return false;
        }

        return _hasAnyOctet;
    }

    private bool IsDigestOnly => _operation.Auth is CurlAuth.Digest;

    private bool PrefersSecond(CurlConnection connection) =>
        connection.Stream.Tls?.Protocol is { } agreed ? agreed is "h2" : _operation.Version is CurlHttpVersion.Http2Prior;

    // Request and answer at once: a server may answer before it has taken everything.
    private void SendRequest(byte[] head, bool carries, bool expects)
    {
        ExchangeStream stream = _connection!.Stream;
        byte[] upload = new byte[BufferSize];
        ReadOnlyMemory<byte> pending = head;
        bool isHead = true, isEnded = !carries, goesWithHead = false;
        long asked = 0;
        int traced = 0;
        byte[] small = [];
        if (carries && !expects && _body!.Length is <= BufferSize && _method is "POST" && _operation.Forms.Count == 0)
        {
            goesWithHead = true; // being small
            int count = 0;
            for (int read; count < upload.Length && (read = _body.Read(upload.AsSpan(count))) > 0;)
                count += read;
            traced = count;
            small = !_isChunkedUpload ? upload[..count] : count == 0 ? LastChunk.ToArray() : [.. Chunk(upload.AsSpan(0, count)), .. LastChunk];
            pending = (byte[])[.. head, .. small];
            isEnded = true;
        }

        while (true)
        {
            bool isWaiting = expects && !isHead && !_hasContinue && asked != 0;
            if (isWaiting && System.Diagnostics.Stopwatch.GetElapsedTime(asked) >= _operation.ExpectTimeout)
            {
                _trace.Say("Done waiting for 100-continue");
                (expects, isWaiting) = (false, false);
            }

            if (_stopsUpload && !isHead)
                (isEnded, pending) = (true, default);
            if (pending.IsEmpty && !isEnded && !isWaiting)
                (pending, isEnded) = NextPiece(upload);
            StreamStep step = StreamStep.WantsRead;
            if (!pending.IsEmpty && !(isWaiting && !isHead))
            {
                step = stream.Write(pending.Span, out int sent);
                if (step is StreamStep.Failed or StreamStep.Refused or StreamStep.Closed)
                {
                    CurlFailure failure = SendFailure(stream); // before reading forgets why
                    if (!_hasAnyOctet && !TryReadLast())
                        throw failure;
                    _closes = true;
                    (pending, isEnded) = (default, true);
                }
                else if (step is StreamStep.Moved)
                {
                    pending = pending[sent..];
                    if (isHead && pending.IsEmpty)
                    {
                        _trace.Write(CurlTraceKind.HeaderOut, head);
                        RequestSize += head.Length;
                        if (small.Length > 0)
                        {
                            _trace.Write(CurlTraceKind.DataOut, small);
                            Progress.Uploaded += traced;
                            RequestSize += small.Length;
                        }

                        isHead = false;
                        asked = System.Diagnostics.Stopwatch.GetTimestamp();
                        if (!isEnded && !expects)
                            continue; // the body's beginning goes out before anybody can have answered
                    }
                }
            }

            bool wasWhole = _uploadIsWhole;
            _uploadIsWhole = isEnded && pending.IsEmpty && !_stopsUpload;
            if (_uploadIsWhole && !wasWhole && carries && !goesWithHead && !_isChunkedUpload && !isHead)
                _trace.Say("We are completely uploaded and fine");
            _bodyIsSent = _uploadIsWhole;
            if (isHead)
            {
                if (step is StreamStep.WantsWrite)
                    WaitFor(wantsRead: false, wantsWrite: true, null);
                continue;
            }

            if (_isComplete)
            {
                // An answer that came before all was sent changes nothing of what is still to be sent, unless it says error.
                if (pending.IsEmpty && isEnded)
                    return;
                if (step is StreamStep.WantsWrite or StreamStep.WantsRead && !pending.IsEmpty)
                    WaitFor(wantsRead: false, wantsWrite: true, null);
                continue;
            }

            if (!ReadAvailable(out bool hasMoved))
            {
                if (_closes || _stopsUpload || (pending.IsEmpty && isEnded))
                    return;
                _uploadIsWhole |= isWaiting;
                if (isWaiting)
                    return; // who answers without having said 100 wants no body
                continue;
            }

            if (hasMoved || step is StreamStep.Moved)
                continue;
            bool wantsWrite = (!pending.IsEmpty || !isEnded) && !isWaiting;
            TimeSpan? most = isWaiting ? _operation.ExpectTimeout - System.Diagnostics.Stopwatch.GetElapsedTime(asked) : null;
            WaitFor(wantsRead: true, wantsWrite, most);
        }
    }

    private bool TryReadLast()
    {
        try
        {
            return ReadAvailable(out bool hasMoved) && hasMoved;
        }
        catch (CurlFailure)
        {
            return false; // what could not be sent is the better reason
        }
    }

    private (ReadOnlyMemory<byte> Piece, bool IsLast) NextPiece(byte[] upload)
    {
        const int ChunkOverhead = 16;
        int room = _isChunkedUpload ? BufferSize - ChunkOverhead : BufferSize;
        if (_operation.LimitRate > 0)
        {
            Throttle(Progress.Uploaded);
            room = (int)Math.Min(room, Math.Max(1, _operation.LimitRate));
        }

        int read = 0;
        for (int count; read < room && (count = _body!.Read(upload.AsSpan(read, room - read))) > 0;)
        {
            read += count;
            if (_body.Length is null)
                break; // what comes next may be long in coming
        }

        if (_operation.Has("crlf") && _upload is not null)
            throw new CurlFailure(CurlFailure.NotBuiltIn, "--crlf is not supported here");
        Progress.Uploaded += read;
        if (!_isChunkedUpload)
        {
            _trace.Write(CurlTraceKind.DataOut, upload.AsSpan(0, read));
            if (read == 0)
                return (default, true);
            return (upload.AsMemory(0, read), Progress.Uploaded >= (_body!.Length ?? long.MaxValue));
        }

        if (read == 0)
            _trace.Say("Signaling end of chunked upload via terminating chunk.");
        byte[] piece = read == 0 ? LastChunk.ToArray() : Chunk(upload.AsSpan(0, read));
        _trace.Write(CurlTraceKind.DataOut, piece);
        return (piece, read == 0);
    }

    private static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    private static byte[] Chunk(ReadOnlySpan<byte> octets) =>
        [.. Encoding.ASCII.GetBytes(octets.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. octets, (byte)'\r', (byte)'\n'];

    // Reads what is there; false when the answer is whole.
    private bool ReadAvailable(out bool hasMoved)
    {
        hasMoved = false;
        ExchangeStream stream = _connection!.Stream;
        if (_operation.LimitRate > 0 && _hasHeadEnd)
            Throttle(_bodyTaken);
        int room = _operation.LimitRate > 0 ? (int)Math.Clamp(_operation.LimitRate, 1, BufferSize) : BufferSize;
        StreamStep step = stream.Read(_buffer.AsSpan(0, room), out int received);
        switch (step)
        {
            case StreamStep.WantsRead or StreamStep.WantsWrite:
                _pace.CheckTime();
                _pace.CheckSpeed();
                return true;
            case StreamStep.Closed:
                TakeEnd();
                return false;
            case StreamStep.Failed or StreamStep.Refused:
                throw ReceiveFailure(stream, step);
        }

        hasMoved = true;
        _hasAnyOctet = true;
        _pace.CheckTime();
        Progress.MarkFirstOctet();
        Take(_buffer.AsSpan(0, received));
        if (!_isComplete)
            _pace.CheckSpeed();
        return !_isComplete;
    }

    private void Throttle(long moved)
    {
        long amount = moved - _limitAmount;
        double due = amount / (double)_operation.LimitRate;
        TimeSpan ahead = TimeSpan.FromSeconds(due) - System.Diagnostics.Stopwatch.GetElapsedTime(_limitBegan);
        if (ahead > TimeSpan.Zero)
            _pace.Pause(ahead);
    }

    private void TakeEnd()
    {
        if (!_hasAnyOctet)
            return;
        if (!IsRedirected)
            _closes = !_isSwitched;
        if (_hasHeadEnd && _bodyTaken == 0)
            _trace.Write(CurlTraceKind.DataIn, []);
        if (_isSwitched && _bodyTaken == 0)
            throw NothingCame();
        if (!_hasHeadEnd && !_isOld)
        {
            // A status line is answer enough for curl, and that the head has no end it does not mind.
            if (_fieldsSeen > 0)
                _closes = _connection!.Stream.Tls is { HasHeardEnd: true };
            else if (_line.Count > 0 && _operation.Has("http0.9"))
                StartOld();
            else
                throw NothingCame();
        }

        if (_isChunked && !_chunks.IsComplete)
            throw new CurlFailure(CurlFailure.PartialFile, "transfer closed with outstanding read data remaining");
        if (_length is { } length && _bodyTaken < length && !_wantsNone && !IsRedirected && !_wantsAuth)
            throw new CurlFailure(CurlFailure.PartialFile, string.Create(CultureInfo.InvariantCulture, $"transfer closed with {length - _bodyTaken} bytes remaining to read"));
        _isComplete = true;
    }
}
