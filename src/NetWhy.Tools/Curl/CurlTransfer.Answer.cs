using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Exchanges;
using NetWhy.Linux;
using NetWhy.Wire.Http;

namespace NetWhy.Tools.Curl;

// What is answered.
internal sealed partial class CurlTransfer : IHttp2Receiver
{
    private const int LongestLine = 100 * 1024, LongestHead = 300 * 1024; // octets, curl's own bounds
    private const int MostCodings = 5;

    private readonly List<ContentDecoder> _decoders = [];
    private readonly List<string> _challenges = [];
    private readonly List<string> _proxyChallenges = [];
    private readonly List<byte> _line = [];
    private CurlFailure? _streamEnd;
    private ChunkedBody _chunks = null!;
    private long? _length;
    private long _bodyTaken;
    private bool _isHead;
    private bool _isChunked;
    private bool _closes;
    private bool _hasHeadEnd;
    private bool _isComplete;
    private bool _ignoresBody;
    private bool _isOld; // HTTP/0.9
    private bool _wantsNone;
    private bool _hasContinue;
    private bool _hasAnyOctet;
    private bool _stopsUpload;
    private bool _isVersion10;
    private bool _isByTime304;
    private bool _continues; // whether the answer begins where the file ends
    private long? _lastModified;
    private int _fieldsSeen;
    private int _cookiesSet;
    private int _headLength;
    private string? _etag;
    private FileStream? _dump;
    private long _limitBegan;
    private long _limitAmount;

    // Sends the request and reads the answer; false if the connection ended without a word.
    private bool Converse(CurlProxyRoute? proxy)
    {
        _pace.Phase = CurlPhase.Performing;
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

        bool isHttp10 = _operation.Version is CurlHttpVersion.Http10;
        bool upgrades = _operation.Version is CurlHttpVersion.Http2 && _url.Scheme is "http" && proxy is null or { IsTunnel: true };
        _negotiates = !_skipsNegotiation && _method is not ("GET" or "HEAD") && IsDigestOnly && _digest is null && Login().User is not null && HasBody;
        List<string> fields = Fields(proxy, isSecond: false, isHttp10, out bool expects);
        _expects = expects;
        if (upgrades)
            fields.Insert(fields.Count, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA");
        string head = $"{WireMethod} {Target(proxy)} HTTP/{(isHttp10 ? "1.0" : "1.1")}\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n";
        Progress.PreTransfer += Progress.SinceSingle;
        bool carries = HasBody && !_negotiates;
        Progress.UploadSize = carries ? _body!.Length : HasBody ? 0 : Progress.UploadSize;
        byte[] octets = Encoding.UTF8.GetBytes(head);
        _limitBegan = System.Diagnostics.Stopwatch.GetTimestamp();
        _limitAmount = 0;
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
        _operation.Version is CurlHttpVersion.Http2Prior || connection.Stream.Tls?.Protocol is "h2";

    private void ResetAnswer()
    {
        foreach (ContentDecoder decoder in _decoders)
            decoder.Dispose();
        _decoders.Clear();
        _challenges.Clear();
        _proxyChallenges.Clear();
        _line.Clear();
        HeaderLines.Clear();
        (_streamEnd, _length, _bodyTaken, _isChunked, _closes, _hasHeadEnd, _isComplete, _ignoresBody) = (null, null, 0, false, false, false, false, false);
        (_isOld, _wantsNone, _hasContinue, _hasAnyOctet, _stopsUpload, _isVersion10, _headLength, _fieldsSeen, _cookiesSet) = (false, false, false, false, false, false, 0, 0, 0);
        (_isByTime304, _continues, _lastModified, _etag) = (false, false, null, null);
        _chunks = new ChunkedBody(this);
        _isHead = _operation.IsHead;
        Status = 0;
        ContentType = null;
        RedirectUrlRaw = null;
        RedirectUrl = null;
        RetryAfter = null;
        if (Redirects == 0 || Progress.Downloaded > 0)
            (Progress.Downloaded, Progress.DownloadSize) = (0, null);
        Progress.Uploaded = 0;
    }

    // Request and answer at once: a server may answer before it has taken everything.
    private void SendRequest(byte[] head, bool carries, bool expects)
    {
        ExchangeStream stream = _connection!.Stream;
        byte[] upload = new byte[BufferSize];
        ReadOnlyMemory<byte> pending = head;
        bool isHead = true, isEnded = !carries;
        long asked = 0;
        int traced = 0;
        if (carries && !expects && _body!.Length is <= BufferSize && !_isChunkedUpload && _method is "POST" && _operation.Forms.Count == 0)
        {
            // A small body goes out with the head.
            int count = 0;
            for (int read; count < upload.Length && (read = _body.Read(upload.AsSpan(count))) > 0;)
                count += read;
            traced = count;
            pending = (byte[])[.. head, .. upload.AsSpan(0, count)];
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
                    if (!_hasAnyOctet && !TryReadLast())
                        throw new CurlFailure(CurlFailure.SendError, $"Send failure: {LinuxException.Describe(stream.Errno)}");
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
                        if (traced > 0)
                        {
                            _trace.Write(CurlTraceKind.DataOut, upload.AsSpan(0, traced));
                            Progress.Uploaded += traced;
                            RequestSize += traced;
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
            if (_uploadIsWhole && !wasWhole && traced == 0 && carries && !isHead)
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

        int read = _body!.Read(upload.AsSpan(0, room));
        if (_operation.Has("crlf") && _upload is not null)
            throw new CurlFailure(CurlFailure.NotBuiltIn, "--crlf is not supported here");
        Progress.Uploaded += read;
        if (!_isChunkedUpload)
        {
            _trace.Write(CurlTraceKind.DataOut, upload.AsSpan(0, read));
            if (read == 0)
                return (default, true);
            return (upload.AsMemory(0, read), Progress.Uploaded >= (_body.Length ?? long.MaxValue));
        }

        byte[] piece = read == 0
            ? "0\r\n\r\n"u8.ToArray()
            : [.. Encoding.ASCII.GetBytes(read.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. upload.AsSpan(0, read), (byte)'\r', (byte)'\n'];
        _trace.Write(CurlTraceKind.DataOut, piece);
        return (piece, read == 0);
    }

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
        _closes = true;
        if (!_hasHeadEnd && !_isOld)
        {
            if (_line.Count > 0 && _fieldsSeen == 0)
                StartOld();
            else
                throw new CurlFailure(CurlFailure.GotNothing, "Empty reply from server");
        }

        if (_isChunked && !_chunks.IsComplete && !_ignoresBody)
            throw new CurlFailure(CurlFailure.PartialFile, "transfer closed with outstanding read data remaining");
        if (_length is { } length && _bodyTaken < length && !_wantsNone && !_ignoresBody)
            throw new CurlFailure(CurlFailure.PartialFile, string.Create(CultureInfo.InvariantCulture, $"transfer closed with {length - _bodyTaken} bytes remaining to read"));
        _isComplete = true;
    }

    private void Take(ReadOnlySpan<byte> octets)
    {
        if (_isOld || _hasHeadEnd)
        {
            TakeBodyPiece(octets);
            return;
        }

        while (!octets.IsEmpty && !_hasHeadEnd && !_isOld)
        {
            int feed = octets.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = feed < 0 ? octets : octets[..(feed + 1)];
            _line.AddRange(piece);
            octets = octets[piece.Length..];
            _headLength += piece.Length;
            if (_headLength > LongestHead || _line.Count > LongestLine)
                throw new CurlFailure(CurlFailure.ReceiveError, string.Create(CultureInfo.InvariantCulture, $"Too large response headers: {_headLength} > {LongestHead}"));
            if (_fieldsSeen == 0 && !IsStatusStart(_line))
            {
                StartOld();
                break;
            }

            if (feed < 0)
                return;
            byte[] line = [.. _line];
            _line.Clear();
            if (TakeHeaderLine(line))
            {
                TakeUpgrade(octets);
                return;
            }
        }

        if (_isComplete)
        {
            if (!octets.IsEmpty && _wantsNone)
                _trace.Say($"Excess found: excess = {octets.Length} url = {_url.PathAndQuery} (zero-length body)");
            return;
        }

        if (!octets.IsEmpty)
            TakeBodyPiece(octets);
    }

    private static bool IsStatusStart(List<byte> line)
    {
        ReadOnlySpan<byte> expected = "HTTP/"u8;
        for (int i = 0; i < Math.Min(line.Count, expected.Length); i++)
        {
            if (line[i] != expected[i])
                return false;
        }

        return true;
    }

    private void StartOld()
    {
        if (!_operation.Has("http0.9"))
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, "Received HTTP/0.9 when not allowed");
        _isOld = true;
        _closes = true;
        HttpVersion = "0.9";
        byte[] begun = [.. _line];
        _line.Clear();
        if (_isHead)
        {
            _isComplete = true;
            return;
        }

        TakeBodyPiece(begun);
    }

    // Takes a line of the head with its end; gives true where the connection goes over to HTTP/2.
    private bool TakeHeaderLine(byte[] line)
    {
        string text = Encoding.Latin1.GetString(line).TrimEnd('\r', '\n');
        if (_fieldsSeen == 0)
        {
            TakeStatusLine(text);
            _fieldsSeen = 1;
            ShowHeader(line);
            return false;
        }

        if (line.AsSpan().Contains((byte)0))
            throw new CurlFailure(CurlFailure.WeirdReply, "Nul byte in header");
        if (text.Length == 0)
            return TakeHeadEnd(line);
        _fieldsSeen++;
        bool isFold = text[0] is ' ' or '\t' && _fieldsSeen > 2;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (isFold)
        {
            if (HeaderLines.Count > 0)
                HeaderLines[^1] = (HeaderLines[^1].Name, $"{HeaderLines[^1].Value} {text.Trim()}");
            ShowHeader(line);
            return false;
        }

        if (colon < 0)
            throw new CurlFailure(CurlFailure.WeirdReply, "Header without colon");
        string name = text[..colon].Trim();
        string value = text[(colon + 1)..].Trim(' ', '\t');
        TakeField(name.ToLowerInvariant(), value);
        HeaderLines.Add((name, value));
        ShowHeader(line);
        return false;
    }

    private void TakeStatusLine(string text)
    {
        HeaderLines.Clear();
        bool isNew = text.StartsWith("HTTP/2 ", StringComparison.Ordinal) || text.StartsWith("HTTP/3 ", StringComparison.Ordinal);
        bool isOne = text.Length >= 12 && text[6] == '.' && char.IsAsciiDigit(text[5]) && char.IsAsciiDigit(text[7]) && text[8] is ' ' or '\t';
        string digits = isNew ? text[7..] : isOne ? text[9..] : "";
        bool isStatus = digits.Length >= 3 && digits[..3].All(char.IsAsciiDigit) && (digits.Length == 3 || !char.IsAsciiDigit(digits[3]));
        if (!isStatus || (isOne && text[5] != '1'))
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, "Unsupported HTTP version in response");
        Status = int.Parse(digits.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        HttpVersion = isNew ? text[5..6] : text[5..8];
        if (HttpVersion is "1.0")
        {
            _isVersion10 = true;
            _closes = true;
            _trace.Say("HTTP 1.0, assume close after body");
        }
    }

    private void TakeField(string name, string value)
    {
        switch (name)
        {
            case "content-length" when !_operation.Has("ignore-content-length") && !_isChunked:
                TakeLength(value);
                break;
            case "transfer-encoding":
                foreach (string coding in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    if (coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
                        (_isChunked, _length) = (!_isHead || _isChunked, null);
                    else if (_operation.Has("tr-encoding"))
                        AddDecoder(coding);
                }

                break;
            case "content-encoding" when _operation.Has("compressed") && !_operation.Has("raw"):
                foreach (string coding in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    AddDecoder(coding);
                break;
            case "content-type" when value.Length > 0:
                ContentType = value;
                break;
            case "connection" or "proxy-connection":
                if (value.Contains("close", StringComparison.OrdinalIgnoreCase) && (name is "connection" || _connection!.IsByProxy))
                    _closes = true;
                else if (_isVersion10 && value.Contains("keep-alive", StringComparison.OrdinalIgnoreCase) && (name is "connection" || _connection!.IsByProxy))
                    _closes = KeptAlive(name);
                break;
            case "location" when Status is >= 300 and < 400 && value.Length > 0 && RedirectUrlRaw is null:
                RedirectUrlRaw = value;
                if (_operation.Has("location"))
                {
                    if (HasBody && _body is { HasBegun: true, Length: > 0 })
                        _trace.Say("Please rewind output before next send");
                    _ignoresBody = true;
                }

                break;
            case "www-authenticate":
                _challenges.Add(value);
                bool isRefused = (_hasSentAuth && value.StartsWith("Basic", StringComparison.OrdinalIgnoreCase))
                    || (_digest is not null && FindDigest(value) is { } again && DigestAnswer.Read(again) is not { IsStale: true });
                if (isRefused)
                    _trace.Say("Authentication problem. Ignoring this.");
                break;
            case "proxy-authenticate":
                _proxyChallenges.Add(value);
                break;
            case "set-cookie" when _shared.UsesCookies:
                TakeCookie(value);
                break;
            case "content-disposition" when Status is >= 200 and < 300:
                Sink.TakeName(value);
                break;
            case "content-range":
                string start = new([.. value.SkipWhile(letter => !char.IsAsciiDigit(letter) && letter != '*').TakeWhile(char.IsAsciiDigit)]);
                _continues = long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long first) && first == _resumeFrom;
                break;
            case "last-modified":
                _lastModified = HttpDate.Read(value);
                break;
            case "etag":
                _etag = value;
                break;
            case "retry-after":
                RetryAfter = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) ? seconds
                    : HttpDate.Read(value) is { } date ? Math.Max(0, date - Now) : null;
                break;
        }
    }

    private bool KeptAlive(string name)
    {
        _trace.Say(name is "connection" ? "HTTP/1.0 connection set to keep alive" : "HTTP/1.0 proxy connection set to keep alive");
        return false;
    }

    private void TakeLength(string value)
    {
        string digits = new([.. value.TakeWhile(char.IsAsciiDigit)]);
        if (digits.Length == 0)
            throw new CurlFailure(CurlFailure.WeirdReply, "Invalid Content-Length: value");
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long length))
        {
            if (_operation.MaxFileSize > 0)
                throw new CurlFailure(CurlFailure.FileTooLarge);
            _closes = true;
            _trace.Say("Overflow Content-Length: value");
            return;
        }

        if (_operation.MaxFileSize > 0 && length > _operation.MaxFileSize)
            throw new CurlFailure(CurlFailure.FileTooLarge, "Maximum file size exceeded");
        _length = length;
        if (!_isHead)
            Progress.DownloadSize = length;
    }

    private void AddDecoder(string coding)
    {
        string name = coding.ToLowerInvariant();
        if (name is "identity" or "none" or "")
            return;
        if (_decoders.Count >= MostCodings)
            throw new CurlFailure(CurlFailure.BadEncoding, string.Create(CultureInfo.InvariantCulture, $"Reject response due to more than {MostCodings} content encodings"));
        if (ContentDecoder.Create(name) is { } decoder)
            _decoders.Insert(0, decoder);
        else
            _unknownCoding = name;
    }

    private string? _unknownCoding;

    private void TakeCookie(string value)
    {
        const int Most = 50; // of one answer, as in curl
        if (++_cookiesSet > Most)
            return;
        (string host, bool isSecure) = CookieHost();
        lock (_shared.Lock)
        {
            if (_shared.Cookies.Set(value, host, _url.Path, isSecure, Now, why => _trace.Say(why)) is var (cookie, replaced))
                _trace.Say($"{(replaced ? "Replaced" : "Added")} cookie {cookie.Name}=\"{cookie.Value}\" for domain {cookie.Domain}, path {cookie.Path}, expire {cookie.Expires}");
        }
    }

    private bool TakeHeadEnd(byte[] line)
    {
        if (Status is >= 100 and < 200)
        {
            ShowHeader(line);
            _fieldsSeen = 0;
            if (Status == 100)
                _hasContinue = true;
            return Status == 101 && _operation.Version is CurlHttpVersion.Http2;
        }

        bool hasNoBody = _isHead || Status is 204 or 304;
        if (!hasNoBody && !_isChunked && _length is null && !_closes && HttpVersion is "1.1")
        {
            _trace.Say("no chunk, no close, no size. Assume close to signal end");
            _closes = true;
        }

        Judge();
        bool isFailure = Status >= 400 && _operation.Has("fail") && !_wantsAuth && !(_resumeFrom > 0 && Status == 416);
        ShowHeader(line);
        if (isFailure)
            throw new CurlFailure(CurlFailure.HttpReturned, string.Create(CultureInfo.InvariantCulture, $"The requested URL returned error: {Status}"));
        _hasHeadEnd = true;
        if (_wantsAuth && !hasNoBody)
            _ignoresBody = true;
        if (Status >= 400 && HasBody && !_bodyIsSent && !_wantsAuth)
        {
            (_stopsUpload, _closes) = (true, true);
            _trace.Say("HTTP error before end of send, stop sending");
        }

        if (_resumeFrom > 0 && Status is >= 200 and < 300 && _method is "GET" && !_continues && !_ignoresBody)
        {
            bool isWhole = _length == _resumeFrom;
            if (isWhole)
                _trace.Say("The entire document is already downloaded");
            else
                throw new CurlFailure(CurlFailure.RangeError, "HTTP server doesn't seem to support byte ranges. Cannot resume.");
            _ignoresBody = true;
            _closes = true;
            hasNoBody = true;
        }

        if (Status == 416 && _resumeFrom > 0)
            _ignoresBody = true;
        if (IsUnmet())
        {
            _trace.Say("Simulate an HTTP 304 response!");
            Status = 304;
            _closes = true;
            hasNoBody = true;
            _isByTime304 = true;
        }

        if (_ignoresBody && !_isByTime304 && !hasNoBody)
            _trace.Say("Ignoring the response-body");
        bool isEmpty = hasNoBody || (!_isChunked && _length == 0);
        if (isEmpty)
        {
            _wantsNone = true;
            _isComplete = true;
            _bodyIsSent = true;
        }

        return false;
    }

    private bool _bodyIsSent;

    // --time-cond, where the server did not mind it.
    private bool IsUnmet()
    {
        if (_operation.Value("time-cond") is not { Length: > 0 } condition || _lastModified is not { } modified || Status is not 200)
            return false;
        return TimeGiven(condition) is { } given && (condition[0] == '-' ? modified > given : modified <= given);
    }

    private bool _wantsAuth;

    // Whether to ask again with an answer to a challenge.
    private void Judge()
    {
        _wantsAuth = false;
        (string? user, _) = Login();
        if (Status == 401 && user is not null)
        {
            if (Wanted.HasFlag(CurlAuth.Digest) && _challenges.Select(one => FindDigest(one)).FirstOrDefault(one => one is not null) is { } challenge)
            {
                var read = DigestAnswer.Read(challenge);
                bool isNew = read is not null && (_digest is null || read.IsStale);
                if (isNew)
                    (_digest, _wantsAuth) = (read, true);
            }
            else if (Wanted.HasFlag(CurlAuth.Basic) && _challenges.Any(one => one.Contains("Basic", StringComparison.OrdinalIgnoreCase)))
            {
                if (!_hasSentAuth)
                    (_basicWanted, _wantsAuth) = (true, true);
            }
        }
        else if (Status == 407 && _route?.User is not null)
        {
            _wantsAuth = ChooseProxyAuth(_proxyChallenges);
        }
        else if (Status == 417 && _expects)
        {
            _trace.Say("Got HTTP failure 417 while waiting for a 100");
            (_omitsExpect, _wantsAuth) = (true, true);
        }
        else if (_negotiates && Status < 300)
        {
            (_wantsAuth, _skipsNegotiation) = (true, true); // the request was only to draw a challenge, and none came
        }
    }

    private bool _skipsNegotiation;
    private bool _expects;

    private static string? FindDigest(string challenge)
    {
        int at = challenge.IndexOf("Digest ", StringComparison.OrdinalIgnoreCase);
        return at < 0 || (at > 0 && challenge[at - 1] is not (' ' or ',')) ? null : challenge[(at + 7)..];
    }

    private void ShowHeader(ReadOnlySpan<byte> line)
    {
        _trace.Write(CurlTraceKind.HeaderIn, line);
        KeepHeader(line);
    }

    private void KeepHeader(ReadOnlySpan<byte> line)
    {
        HeaderSize += line.Length;
        if (_operation.Has("include") || _isHead)
            WriteStyled(line);
        DumpHeader(line);
    }

    // Names in bold on a terminal, as curl has them.
    private void WriteStyled(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        bool isStyled = _globals.IsStyled && Sink.IsStandard && StandardStream.Output.IsTerminal && colon > 0;
        byte[] styled = isStyled ? [.. "\x1b[1m"u8, .. line[..colon], .. "\x1b[0m"u8, .. line[colon..]] : [];
        Sink.WriteHeader(isStyled ? styled : line);
    }

    private void DumpHeader(ReadOnlySpan<byte> line)
    {
        if (_operation.Value("dump-header") is not { } path)
            return;
        if (path is "-")
        {
            _shared.Output.Write(line);
            return;
        }

        _dump ??= _shared.DumpFile(path);
        try
        {
            lock (_dump)
                _dump.Write(line);
        }
        catch (IOException)
        {
            throw new CurlFailure(CurlFailure.WriteError, "Failed writing header"); // such as on a full disk
        }
    }

    private void TakeBodyPiece(ReadOnlySpan<byte> octets)
    {
        _trace.Write(CurlTraceKind.DataIn, octets);
        if (_isChunked)
        {
            if (_operation.Has("raw"))
                Deliver(octets, isDecoded: true);
            _bodyTaken += octets.Length;
            int used = _chunks.Take(octets, isRaw: _operation.Has("raw"));
            _isComplete = _chunks.IsComplete;
            int excess = octets.Length - used;
            if (_isComplete && excess > 0)
                _trace.Say($"Leftovers after chunking: {excess} bytes");
            return;
        }

        ReadOnlySpan<byte> piece = octets;
        if (_length is { } length && octets.Length > length - _bodyTaken)
        {
            piece = octets[..(int)(length - _bodyTaken)];
            _trace.Say($"Excess found in a read: excess = {octets.Length - piece.Length}, size = {length}, maxdownload = {length}, bytecount = {_bodyTaken}");
            _closes = true;
        }

        _bodyTaken += piece.Length;
        Deliver(piece, isDecoded: false);
        if (_length is { } whole && _bodyTaken >= whole)
            _isComplete = true;
    }

    // A piece of the body without the framing.
    private void Deliver(ReadOnlySpan<byte> octets, bool isDecoded)
    {
        if (octets.IsEmpty)
            return;
        Progress.Downloaded += octets.Length;
        if (_operation.MaxFileSize > 0 && Progress.Downloaded > _operation.MaxFileSize)
            throw new CurlFailure(CurlFailure.FileTooLarge, "Exceeded the maximum allowed file size");
        if (_ignoresBody)
            return;
        if (_unknownCoding is not null)
            throw new CurlFailure(CurlFailure.BadEncoding, "Unrecognized content encoding type. libcurl understands deflate, gzip, br, zstd content encodings.");
        if (isDecoded || _decoders.Count == 0)
            Sink.Write(octets);
        else
            Decode(0, octets);
    }

    private void Decode(int place, ReadOnlySpan<byte> octets)
    {
        if (place == _decoders.Count)
        {
            Sink.Write(octets);
            return;
        }

        _pace.CheckTime(); // a layer may unfold into nothing but more of the same
        try
        {
            _decoders[place].Decode(octets, piece => Decode(place + 1, piece));
        }
        catch (InvalidDataException)
        {
            throw new CurlFailure(CurlFailure.BadEncoding, "Error while processing content unencoding: invalid stored block lengths");
        }
        catch (IOException refusal)
        {
            throw new CurlFailure(CurlFailure.BadEncoding, refusal.Message);
        }
    }

    private Outcome Conclude()
    {
        CurlConnection connection = _connection!;
        bool isFollowed = RedirectUrlRaw is not null && _operation.Has("location") && !_wantsAuth;
        bool carries = HasBody && !_negotiates;
        bool isUnsent = carries && _connection!.Http2 is null && !_uploadIsWhole;
        if (_closes || isUnsent)
        {
            if (isFollowed || _wantsAuth)
                _meter?.Done();
            _trace.Say($"Closing connection {connection.Id}");
            connection.Stream.Tls?.SayEnd();
            CloseConnection();
        }
        else
        {
            if (isFollowed || _wantsAuth)
                _meter?.Done();
            _trace.Say($"Connection #{connection.Id} to host {connection.HostName} left intact");
            _shared.Keep(connection);
            _connection = null;
        }

        if (_wantsAuth)
        {
            if (_body is { HasBegun: true })
                _body.Rewind();
            _trace.Say($"Issue another request to this URL: '{EffectiveUrl}'");
            return Outcome.Again;
        }

        if (RedirectUrlRaw is not null && !isFollowed)
        {
            try
            {
                RedirectUrl = _url.Resolve(RedirectUrlRaw, _operation.Has("path-as-is")).ToString();
            }
            catch (CurlFailure)
            {
                RedirectUrl = RedirectUrlRaw; // of another protocol, or none of ours
            }
        }

        if (isFollowed)
            return Outcome.Redirect;
        if (_operation.Value("etag-save") is { } path && _etag is { } etag)
            WriteEtag(path, etag);
        if (_operation.Has("remote-time") && _lastModified is { } modified)
            Sink.Stamp(modified);
        if (!_isByTime304 || !Sink.IsStandard)
            Sink.Finish();
        if (Status >= 400 && _operation.Has("fail-with-body"))
            throw new CurlFailure(CurlFailure.HttpReturned, string.Create(CultureInfo.InvariantCulture, $"The requested URL returned error: {Status}"));
        return Outcome.Done;
    }

    private static void WriteEtag(string path, string etag)
    {
        try
        {
            File.WriteAllText(path, etag + "\n", Encoding.Latin1);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new CurlFailure(CurlFailure.WriteError);
        }
    }

    private bool _uploadIsWhole;
    private CurlProxyRoute? _route;

    private void TakeUpgrade(ReadOnlySpan<byte> rest)
    {
        CurlConnection connection = _connection!;
        connection.Http2 = new Http2Connection(CurlTool.Http2Window, CurlTool.Http2Settings);
        _trace.Say("Received 101, Switching to HTTP/2");
        connection.Http2.TakeUpgraded(this);
        connection.Http2.Take(rest);
        CheckSecond(connection.Http2); // the answer may have come with it
        RunSecond(connection);
    }

    private bool ConverseSecond()
    {
        CurlConnection connection = _connection!;
        Http2Connection http = connection.Http2!;
        if (!_isHeadSaid.Contains(connection.Id) && _url.Scheme is "http")
            _trace.Say("Using HTTP2, server supports multiplexing");
        _isHeadSaid.Add(connection.Id);
        List<string> lines = Fields(_route, isSecond: true, isHttp10: false, out _);
        List<(string Name, string Value)> fields = [(":method", WireMethod), (":path", Target(_route)), (":scheme", _url.Scheme), (":authority", HostValue)];
        foreach (string line in lines.SelectMany(line => line.Split("\r\n")))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? "" : line[..colon].Trim().ToLowerInvariant(), value = line[(colon + 1)..].Trim();
            bool isSendable = name.Length > 0 && !name.AsSpan().ContainsAnyExcept(FieldNames) && !value.AsSpan().ContainsAny("\0\r\n");
            if (!isSendable)
                _trace.Say($"HTTP/2 cannot carry the header '{line}'");
            else if (name is not ("host" or "connection" or "proxy-connection" or "transfer-encoding" or "upgrade"))
                fields.Add((name, value));
        }

        bool carries = HasBody && !_negotiates;
        Progress.UploadSize = carries ? _body!.Length : null;
        foreach ((string name, string value) in fields)
            _trace.Say($"h2h3 [{name}: {value}]");
        http.Request(fields, endsStream: !carries || _body!.Length == 0, this);
        _trace.Say($"Using Stream ID: {http.StreamId} (easy handle 0x1)");
        Progress.PreTransfer += Progress.SinceSingle;
        FlushSecond(connection);
        string head = $"{WireMethod} {Target(_route)} HTTP/2\r\n{string.Concat(lines.Select(line => (line.StartsWith("Host:", StringComparison.Ordinal) ? line : Lowered(line)) + "\r\n"))}\r\n";
        _trace.Write(CurlTraceKind.HeaderOut, Encoding.UTF8.GetBytes(head));
        RequestSize += head.Length;
        RunSecond(connection);
        return _hasAnyOctet;
    }

    private static readonly SearchValues<char> FieldNames = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz");

    private readonly HashSet<long> _isHeadSaid = [];

    // Sends what waits; where it fails, reading tells why.
    private void FlushSecond(CurlConnection connection)
    {
        Http2Connection http = connection.Http2!;
        while (http.Output.Length > 0)
        {
            StreamStep step = connection.Stream.Write(http.Output.Span, out int sent);
            if (step is StreamStep.Moved)
                http.Sent(sent);
            else if (step is StreamStep.WantsRead or StreamStep.WantsWrite)
                WaitFor(step is StreamStep.WantsRead, step is StreamStep.WantsWrite, null);
            else
                return;
        }
    }

    private static string Lowered(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? line : line[..colon].ToLowerInvariant() + line[colon..];
    }

    private void RunSecond(CurlConnection connection)
    {
        Http2Connection http = connection.Http2!;
        ExchangeStream stream = connection.Stream;
        byte[] upload = new byte[BufferSize];
        int begun = 0, filled = 0;
        bool isEnded = !(HasBody && !_negotiates) || _body!.Length == 0, canWrite = true, hasOctets = false;
        while (!_isComplete || http.Output.Length > 0)
        {
            if (!isEnded && http.Room > 0 && http.Output.Length == 0)
            {
                if (_operation.LimitRate > 0)
                    Throttle(Progress.Uploaded);
                if (begun == filled)
                    (begun, filled) = (0, _body!.Read(upload));
                int count = (int)Math.Min(Math.Min(http.Room, filled - begun), _operation.LimitRate > 0 ? _operation.LimitRate : BufferSize);
                isEnded = count == 0 || Progress.Uploaded + count >= (_body!.Length ?? long.MaxValue);
                http.Send(upload.AsSpan(begun, count), isEnded);
                _trace.Write(CurlTraceKind.DataOut, upload.AsSpan(begun, count));
                begun += count;
                Progress.Uploaded += count;
            }

            bool hasMoved = false;
            if (canWrite && http.Output.Length > 0)
            {
                StreamStep step = stream.Write(http.Output.Span, out int sent);
                hasMoved = step is StreamStep.Moved;
                if (hasMoved)
                    http.Sent(sent);
                else if (step is not (StreamStep.WantsRead or StreamStep.WantsWrite))
                    (canWrite, _streamEnd) = (false, new CurlFailure(CurlFailure.SendError, $"Send failure: {LinuxException.Describe(stream.Errno)}")); // what the peer said before may tell why
            }

            if (_isComplete)
            {
                if (!hasMoved)
                    break; // what is left is no part of the answer
                continue;
            }

            if (_operation.LimitRate > 0 && _hasHeadEnd)
                Throttle(_bodyTaken);
            StreamStep read = stream.Read(_buffer.AsSpan(0, _operation.LimitRate > 0 ? (int)Math.Clamp(_operation.LimitRate, 1, BufferSize) : BufferSize), out int received);
            switch (read)
            {
                case StreamStep.Moved:
                    hasOctets = true;
                    _pace.CheckTime();
                    Progress.MarkFirstOctet();
                    http.Take(_buffer.AsSpan(0, received));
                    CheckSecond(http);
                    if (IsUnserved(http))
                        return;
                    break;
                case StreamStep.WantsRead or StreamStep.WantsWrite:
                    if (!hasMoved)
                        WaitFor(wantsRead: true, wantsWrite: canWrite && http.Output.Length > 0, null);
                    break;
                case StreamStep.Closed or StreamStep.Failed when !_hasAnyOctet:
                    if (read is StreamStep.Failed)
                        _streamEnd ??= ReceiveFailure(stream, read);
                    else if (hasOctets)
                        _streamEnd ??= new CurlFailure(CurlFailure.Http2, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was not closed cleanly before end of the underlying stream"));
                    return;
                case StreamStep.Closed:
                    throw new CurlFailure(CurlFailure.Http2, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was not closed cleanly before end of the underlying stream"));
                default:
                    throw ReceiveFailure(stream, read);
            }
        }

        _uploadIsWhole = true;
        if (http.GoAwayCode is not null)
            _closes = true;
    }

    // Whether the peer says that it has not looked at the request, so that another connection may carry it. Source: RFC 9113, section 8.7.
    private bool IsUnserved(Http2Connection http)
    {
        const uint RefusedStream = 7;
        if (http.GoAwayCode is not null && http.LastStream < http.StreamId)
            _streamEnd = new CurlFailure(CurlFailure.Http2, "HTTP/2 GOAWAY came before the answer");
        else if (http.ResetCode is RefusedStream && !_hasAnyOctet)
            _streamEnd = Reset(http, RefusedStream);
        else
            return false;
        _hasAnyOctet = false;
        return true;
    }

    private static CurlFailure Reset(Http2Connection http, uint code) =>
        new(CurlFailure.Http2Stream, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was not closed cleanly: {Http2ErrorName(code)} (err {code})"));

    private void CheckSecond(Http2Connection http)
    {
        if (http.Fault is { } fault)
            throw new CurlFailure(CurlFailure.Http2, $"Error in the HTTP2 framing layer: {fault}");
        if (IsUnserved(http))
            return;
        if (http.ResetCode is { } code && !(code == 0 && _hasHeadEnd))
            throw Reset(http, code);
        if (!http.IsEnded)
            return;
        if (!_hasHeadEnd)
            throw new CurlFailure(CurlFailure.Http2Stream, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was closed cleanly, but before getting  all response header fields, treated as error"));
        if (_length is { } length && _bodyTaken < length && !_wantsNone && !_ignoresBody)
            throw new CurlFailure(CurlFailure.PartialFile, string.Create(CultureInfo.InvariantCulture, $"transfer closed with {length - _bodyTaken} bytes remaining to read"));
        _isComplete = true;
    }

    // RFC 9113, section 7.
    private static string Http2ErrorName(uint code)
    {
        string[] names =
        [
            "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
            "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
        ];
        return code < names.Length ? names[code] : "unknown";
    }

    void IHttp2Receiver.TakeFields(IReadOnlyList<(string Name, string Value)> fields)
    {
        _hasAnyOctet = true;
        if (_hasHeadEnd)
        {
            foreach ((string name, string value) in fields)
                ShowHeader(Encoding.Latin1.GetBytes($"{name}: {value}\r\n"));
            return;
        }

        string status = fields.FirstOrDefault(field => field.Name is ":status").Value ?? "";
        TakeHeaderLine(Encoding.Latin1.GetBytes($"HTTP/2 {status} \r\n"));
        foreach ((string name, string value) in fields.Where(field => field.Name is not [':', ..]))
            TakeHeaderLine(Encoding.Latin1.GetBytes($"{name}: {value}\r\n"));
        TakeHeaderLine("\r\n"u8.ToArray());
        _isComplete = false; // until the stream ends
    }

    void IHttp2Receiver.TakeBody(ReadOnlySpan<byte> octets)
    {
        _trace.Write(CurlTraceKind.DataIn, octets);
        _bodyTaken += octets.Length;
        if (!_wantsNone)
            Deliver(octets, isDecoded: false);
    }

    /// <summary>A body in chunks, with the trailers behind it. Source: RFC 9112, section 7.1.</summary>
    private sealed class ChunkedBody(CurlTransfer transfer)
    {
        private readonly ChunkReader _reader = new();
        private readonly ArrayBufferWriter<byte> _body = new();
        private readonly ArrayBufferWriter<byte> _trailers = new();

        internal bool IsComplete => _reader.IsComplete;

        // Gives how many octets belong to the body.
        internal int Take(ReadOnlySpan<byte> octets, bool isRaw)
        {
            _body.ResetWrittenCount();
            OperationStatus status = _reader.Read(octets, _body, _trailers);
            if (!isRaw)
                transfer.Deliver(_body.WrittenSpan, isDecoded: false);
            if (status is OperationStatus.InvalidData)
            {
                throw new CurlFailure(
                    CurlFailure.ReceiveError,
                    _reader.BodyLength == 0 || _reader.IsBrokenInSize ? "Illegal or missing hexadecimal sequence in chunked-encoding" : "Malformed encoding found in chunked-encoding");
            }

            ShowTrailers();
            return _reader.Consumed;
        }

        internal void Skip(ReadOnlySpan<byte> octets)
        {
            if (_reader.Read(octets) is OperationStatus.InvalidData)
                throw new CurlFailure(CurlFailure.ReceiveError, "chunk reading DONE with errors");
        }

        private void ShowTrailers()
        {
            ReadOnlySpan<byte> rest = _trailers.WrittenSpan;
            while (rest.IndexOf((byte)'\n') is >= 0 and var feed)
            {
                ReadOnlySpan<byte> line = rest[..(feed + 1)];
                rest = rest[(feed + 1)..];
                if (line.IndexOf((byte)':') > 0)
                    transfer.KeepHeader(line);
            }

            byte[] left = rest.ToArray();
            _trailers.ResetWrittenCount();
            _trailers.Write(left);
        }
    }
}
