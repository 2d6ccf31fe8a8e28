using System.Globalization;
using System.Text;
using NetWhy.Exchanges;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

// The head of an answer, line by line, and what it asks for.
internal sealed partial class CurlTransfer
{
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
            if (_line.Count > LongestLine)
                throw TooLarge(HeaderSize + _line.Count);
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
                _trace.Say($"Excess found: excess = {octets.Length} url = {_url.Path} (zero-length body)");
            if (_isSwitched)
                throw NothingCame();
            return;
        }

        if (!octets.IsEmpty)
            TakeBodyPiece(octets);
    }

    // What is interim is no reply.
    private static CurlFailure NothingCame() => new(CurlFailure.GotNothing, "Empty reply from server");

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
        if (_isHead)
            throw new CurlFailure(CurlFailure.WeirdReply); // there are no heads in HTTP/0.9
        _isOld = true;
        _closes = true;
        HttpVersion = "0.9";
        byte[] begun = [.. _line];
        _line.Clear();
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
        HeaderCount = _isCounting ? HeaderCount + 1 : 1;
        _isCounting = true;
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
        if (isOne && text[5..8] is not ("1.0" or "1.1"))
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, $"Unsupported HTTP version ({text[5..8]}) in response");
        if (!isStatus)
            throw new CurlFailure(CurlFailure.UnsupportedProtocol, "Unsupported HTTP version in response");
        Status = int.Parse(digits.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        HttpVersion = isNew ? text[5..6] : text[5..8];
        if (HttpVersion is "1.0")
        {
            (_isVersion10, _hasHeardOld, _closes) = (true, true, true);
            _connection!.IsOld = true;
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
                _closes |= !value.Contains("chunked", StringComparison.OrdinalIgnoreCase); // then the end of the connection is that of the body
                foreach (string coding in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    if (coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
                        (_isChunked, _length) = (!_isHead || _isChunked, null);
                    else if (!_operation.Has("raw"))
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
                if (IsRedirected && HasBody && _body is { HasBegun: true, Length: > 0 })
                    _trace.Say("Please rewind output before next send");
                break;
            case "www-authenticate":
                _challenges.Add(value);
                bool isRefused = (_hasSentAuth && value.StartsWith("Basic", StringComparison.OrdinalIgnoreCase))
                    || (_digest is not null && FindDigest(value) is { } again && DigestAnswer.Read(again) is not { IsStale: true });
                if (isRefused)
                    _trace.Say("Authentication problem. Ignoring this.");
                break;
            case "proxy-authenticate":
                _ = TakeProxyChallenge(_proxyChallenges, value);
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
            case "etag" when _operation.Value("etag-save") is { } path:
                SaveEtag(path, value);
                break;
            case "strict-transport-security" when _url.Scheme is "https":
                lock (_shared.Lock)
                {
                    if (!_shared.Hsts.Take(_url.Host, value, Now))
                        _trace.Say("Illegal STS header skipped");
                }

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
        if (_cookiesSet == Most)
            return;
        (string host, bool isSecure) = CookieHost();
        lock (_shared.Lock)
        {
            if (_shared.Cookies.Set(value, host, _url.Path, isSecure, Now, why => _trace.Say(why)) is not var (cookie, replaced))
                return;
            _cookiesSet++;
            _trace.Say(CurlText.Typed(string.Create(CultureInfo.InvariantCulture, $"{(replaced ? "Replaced" : "Added")} cookie {cookie.Name}=\"{cookie.Value}\" for domain {cookie.Domain}, path {cookie.Path}, expire {cookie.Expires}")));
        }
    }

    private bool TakeHeadEnd(byte[] line)
    {
        _isCounting = false;
        if (Status is >= 100 and < 200)
        {
            bool isSecond = Status == 101 && _operation.Version is CurlHttpVersion.Http2;
            HeaderLines.Clear();
            if (Status == 101 && !isSecond)
            {
                ShowHeader(line);
                (_isSwitched, _hasHeadEnd) = (true, true); // what follows, in whatever protocol, is the body
                (_isComplete, _wantsNone) = (_isHead, _isHead);
                return false;
            }

            KeepHeader(line); // curl does not trace the end of an interim answer
            _fieldsSeen = 0;
            if (Status == 100)
                _hasContinue = true;
            return isSecond;
        }

        bool hasNoBody = _isHead || Status is 204 or 304;
        if (_operation.MaxFileSize > 0 && _length > _operation.MaxFileSize)
            throw new CurlFailure(CurlFailure.FileTooLarge, "Maximum file size exceeded");
        if (!hasNoBody && !_isChunked && _length is null && !_closes && HttpVersion is "1.1")
        {
            _trace.Say("no chunk, no close, no size. Assume close to signal end");
            _closes = true;
        }

        Judge();
        bool isFailure = Status >= 400 && _operation.Has("fail") && !_wantsAuth && !(_resumeFrom > 0 && Status == 416);
        if (isFailure)
        {
            KeepHeader(line); // untold, as with curl
            throw new CurlFailure(CurlFailure.HttpReturned, string.Create(CultureInfo.InvariantCulture, $"The requested URL returned error: {Status}"));
        }

        if (Status >= 300 && HasBody && !_bodyIsSent && !_wantsAuth)
        {
            (_stopsUpload, _closes) = (true, true);
            _trace.Say("HTTP error before end of send, stop sending");
        }

        ShowHeader(line);
        _hasHeadEnd = true;

        if (Status == 416 && _resumeFrom > 0)
            _ignoresBody = true;
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

    private bool IsRedirected => RedirectUrlRaw is not null && _operation.Has("location");

    private bool _hasHeardOld; // HTTP/1.0, in which it goes on then

    // --time-cond, where the server did not mind it.
    private bool IsUnmet()
    {
        if (_operation.Value("time-cond") is not { Length: > 0 } condition || _lastModified is not { } modified || Status is not 200)
            return false;
        bool isUntil = condition[0] == '-';
        if (TimeGiven(condition) is not { } given || (isUntil ? modified <= given : modified > given))
            return false;
        _trace.Say($"The requested document is not {(isUntil ? "old" : "new")} enough");
        return true;
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

        if (_wantsAuth && HasBody && _body is { HasBegun: true, Length: > 0 })
            _trace.Say("Please rewind output before next send");
        if (_wantsAuth)
            return;
        if (Status == 417 && _expects)
        {
            _trace.Say("Got 417 while waiting for a 100");
            (_omitsExpect, _wantsAuth) = (true, true);
            _isUnwanted = _stopsUpload = !_bodyIsSent && Progress.Uploaded == 0;
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
        if (HeaderSize > LongestHead)
            throw TooLarge(HeaderSize);
    }

    // Those of redirects, of the proxy and of attempts to log in count together: no end of them is followed.
    private static CurlFailure TooLarge(long size) =>
        new(CurlFailure.ReceiveError, string.Create(CultureInfo.InvariantCulture, $"Too large response headers: {size} > {LongestHead}"));

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
        _dump ??= path is "-" ? _shared.Output : _shared.DumpFile(path);
        try
        {
            lock (_dump)
                _dump.Write(line);
        }
        catch (Exception refusal) when (refusal is IOException or ToolException)
        {
            throw new CurlFailure(CurlFailure.WriteError, "Failed writing header"); // such as on a full disk
        }
    }
}
