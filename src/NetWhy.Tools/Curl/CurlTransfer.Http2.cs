using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Exchanges;
using NetWhy.Wire.Http;

namespace NetWhy.Tools.Curl;

// Request and answer by HTTP/2.
internal sealed partial class CurlTransfer : IHttp2Receiver
{
    private void TakeUpgrade(ReadOnlySpan<byte> rest)
    {
        CurlConnection connection = _connection!;
        connection.Http2 = new Http2Connection(CurlTool.Http2Window, CurlTool.Http2Settings);
        _trace.Say("Received 101, Switching to HTTP/2");
        if (!rest.IsEmpty)
            _trace.Say(string.Create(CultureInfo.InvariantCulture, $"Copying HTTP/2 data in stream buffer to connection buffer after upgrade: len={rest.Length}"));
        connection.Http2.TakeUpgraded(this);
        connection.Http2.Take(rest);
        CheckSecond(connection.Http2); // the answer may have come with it
        RunSecond(connection);
    }

    private bool ConverseSecond()
    {
        CurlConnection connection = _connection!;
        Http2Connection http = connection.Http2!;
        List<string> lines = Fields(_route, isSecond: true, isHttp10: false, out _);
        List<(string Name, string Value)> fields = [(":method", WireMethod), (":path", Target(_route)), (":scheme", _url.Scheme), (":authority", HostValue)];
        foreach (string line in lines.SelectMany(line => line.Split("\r\n")))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? "" : line[..colon].Trim().ToLowerInvariant(), value = line[(colon + 1)..].Trim(' ', '\t');
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
        http.Request([.. fields.Select(field => (CurlText.Letters(field.Name), CurlText.Letters(field.Value)))], endsStream: !carries || _body!.Length == 0, this);
        _trace.Say($"Using Stream ID: {http.StreamId} (easy handle 0x1)");
        Progress.PreTransfer += Progress.SinceSingle;
        FlushSecond(connection);
        byte[] head = CurlText.Octets($"{WireMethod} {Target(_route)} HTTP/2\r\n{string.Concat(lines.Select(line => (line.StartsWith("Host:", StringComparison.Ordinal) ? line : Lowered(line)) + "\r\n"))}\r\n");
        _trace.Write(CurlTraceKind.HeaderOut, head);
        RequestSize += head.Length;
        RunSecond(connection);
        return _hasAnyOctet;
    }

    private static readonly SearchValues<char> FieldNames = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz");

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
        _bodyIsSent = isEnded;
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
                _bodyIsSent = isEnded;
                if (isEnded)
                    _trace.Say("We are completely uploaded and fine");
            }

            bool hasMoved = false;
            if (canWrite && http.Output.Length > 0)
            {
                StreamStep step = stream.Write(http.Output.Span, out int sent);
                hasMoved = step is StreamStep.Moved;
                if (hasMoved)
                    http.Sent(sent);
                else if (step is not (StreamStep.WantsRead or StreamStep.WantsWrite))
                    (canWrite, _streamEnd) = (false, SendFailure(stream)); // what the peer said before may tell why
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
                    if (!_isComplete)
                        _pace.CheckSpeed();
                    break;
                case StreamStep.WantsRead or StreamStep.WantsWrite:
                    if (!hasMoved)
                        WaitFor(wantsRead: true, wantsWrite: canWrite && http.Output.Length > 0, null);
                    break;
                case StreamStep.Closed or StreamStep.Failed when !_hasAnyOctet:
                    if (read is StreamStep.Failed)
                        _streamEnd ??= ReceiveSecondFailure(stream, read);
                    else if (hasOctets || stream.Tls is null)
                        _streamEnd ??= EndedEarly(http);
                    return;
                case StreamStep.Closed:
                    throw EndedEarly(http);
                default:
                    throw ReceiveSecondFailure(stream, read);
            }
        }

        _uploadIsWhole = true;
        http.Forget();
        if (http.GoAwayCode is not null)
            _closes = true;
    }

    // In the clear, curl takes the end for that of the body.
    private CurlFailure EndedEarly(Http2Connection http)
    {
        bool isClear = _connection!.Stream.Tls is null;
        return new CurlFailure(isClear ? CurlFailure.PartialFile : CurlFailure.Http2, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was not closed cleanly before end of the underlying stream"))
        {
            LeavesConnection = isClear,
        };
    }

    private static CurlFailure ReceiveSecondFailure(ExchangeStream stream, StreamStep step) => stream.Tls is not null || step is StreamStep.Refused
        ? ReceiveFailure(stream, step)
        : new CurlFailure(CurlFailure.ReceiveError, ReceiveFailure(stream, step).Message) { Echo = "Failed receiving HTTP2 data", LeavesConnection = true };

    // Whether the peer says that it has not looked at the request, so that another connection may carry it. Source: RFC 9113, section 8.7.
    private bool IsUnserved(Http2Connection http)
    {
        if (http.GoAwayCode is not null && http.LastStream < http.StreamId && !_hasHeadEnd) // whose answer has begun was looked at
            _streamEnd = new CurlFailure(CurlFailure.Http2, "HTTP/2 GOAWAY came before the answer");
        else if (http.ResetCode is Http2ErrorCode.RefusedStream && !_hasAnyOctet)
            _streamEnd = Reset(http, Http2ErrorCode.RefusedStream);
        else
            return false;
        _hasAnyOctet = false;
        return true;
    }

    private static CurlFailure Reset(Http2Connection http, uint code) =>
        new(CurlFailure.Http2Stream, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was not closed cleanly: {Http2ErrorCode.NameOf(code)} (err {code})"));

    private void CheckSecond(Http2Connection http)
    {
        if (http.Fault is { } fault)
            throw http.HasSettings ? new CurlFailure(CurlFailure.Http2, $"Error in the HTTP2 framing layer: {fault}") : NothingCame(); // it speaks something else
        if (IsUnserved(http))
            return;
        if (http.ResetCode is { } code && !(code == 0 && _hasHeadEnd))
            throw Reset(http, code);
        if (!http.IsEnded)
            return;
        if (!_hasHeadEnd)
            throw new CurlFailure(CurlFailure.Http2Stream, string.Create(CultureInfo.InvariantCulture, $"HTTP/2 stream {http.StreamId} was closed cleanly, but before getting  all response header fields, treated as error"));
        if (_length is { } length && _bodyTaken < length && !_wantsNone && !IsRedirected && !_wantsAuth)
            throw new CurlFailure(CurlFailure.PartialFile, string.Create(CultureInfo.InvariantCulture, $"transfer closed with {length - _bodyTaken} bytes remaining to read"));
        _isComplete = true;
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
        if (!_wantsNone && !BeginsBody())
            return;
        _trace.Write(CurlTraceKind.DataIn, octets);
        _bodyTaken += octets.Length;
        if (!_wantsNone)
            Deliver(octets, isDecoded: false);
    }
}
