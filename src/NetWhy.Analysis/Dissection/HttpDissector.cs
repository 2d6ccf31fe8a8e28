using System.Buffers.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>The heads of HTTP/1 messages. Source: RFC 9112.</summary>
internal static class HttpDissector
{
    internal static readonly FieldGroup Group = new("http", "Hypertext Transfer Protocol");
    private static readonly Field Request = Group.Boolean("request", "Request").Hidden();
    private static readonly Field Response = Group.Boolean("response", "Response").Hidden();
    private static readonly Field Method = Group.Text("request.method", "Request Method");
    private static readonly Field Uri = Group.Text("request.uri", "Request URI");
    private static readonly Field UriPath = Group.Text("request.uri.path", "Request URI Path");
    private static readonly Field UriQuery = Group.Text("request.uri.query", "Request URI Query");
    private static readonly Field UriParameter = Group.Text("request.uri.query.parameter", "Request URI Query Parameter");
    private static readonly Field RequestVersion = Group.Text("request.version", "Request Version");
    private static readonly Field ResponseVersion = Group.Text("response.version", "Response Version");
    private static readonly Field Code = Group.Unsigned("response.code", "Status Code", 16);
    private static readonly Field CodeText = Group.Text("response.code.desc", "Status Code Description").Generated();
    private static readonly Field Phrase = Group.Text("response.phrase", "Response Phrase");
    private static readonly Field ContentLength = Group.Unsigned("content_length", "Content length", 64).Generated();
    private static readonly Field RequestLine = Group.Text("request.line", "Request line");
    private static readonly Field ResponseLine = Group.Text("response.line", "Response line");
    private static readonly Field Notification = Group.Boolean("notification", "Notification").Hidden();
    private static readonly Field FullUri = Group.Text("request.full_uri", "Full request URI").Generated();
    private static readonly Field ResponseFor = Group.Text("response_for.uri", "Request URI").Generated();
    private static readonly Field RequestNumber = Group.Unsigned("request_number", "Request number", 32).Generated();
    private static readonly Field ResponseNumber = Group.Unsigned("response_number", "Response number", 32).Generated();
    private static readonly Field Time = Group.Duration("time", "Time since request").Generated();
    private static readonly Field RequestIn = Group.FrameNumber("request_in", "Request in frame").Generated();
    private static readonly Field ResponseIn = Group.FrameNumber("response_in", "Response in frame").Generated();
    private static readonly Field NextRequestIn = Group.FrameNumber("next_request_in", "Next request in frame").Generated();
    private static readonly Field NextResponseIn = Group.FrameNumber("next_response_in", "Next response in frame").Generated();
    private static readonly Field PreviousRequestIn = Group.FrameNumber("prev_request_in", "Prev request in frame").Generated();
    private static readonly Field PreviousResponseIn = Group.FrameNumber("prev_response_in", "Prev response in frame").Generated();

    private static readonly Field ProxyHost = Group.Text("proxy_connect_host", "Proxy-Connect-Hostname").Generated();
    private static readonly Field ProxyPort = Group.Unsigned("proxy_connect_port", "Proxy-Connect-Port", 16).Generated();

    private static readonly Field FirstLine = Group.Finding("chat", "Formatted text", Severity.Chat);
    private static readonly Field OnTlsPort = Group.Finding("tls_port", "Unencrypted HTTP protocol detected over encrypted port, could indicate a dangerous misconfiguration.", Severity.Warning, ExpertGroup.Security);
    private static readonly Field Credentials = Group.Text("authbasic", "Credentials");
    private static readonly Field CookiePair = Group.Text("cookie_pair", "Cookie pair");
    private static readonly Field Http2Settings = Group.Text("http2_settings", "HTTP2-Settings");

    private static readonly (string Name, Field Field)[] Headers =
    [
        ("Host", Group.Text("host", "Host")), ("User-Agent", Group.Text("user_agent", "User-Agent")),
        ("Content-Type", Group.Text("content_type", "Content-Type")), ("Content-Length", Group.Text("content_length_header", "Content-Length")),
        ("Content-Encoding", Group.Text("content_encoding", "Content-Encoding")), ("Transfer-Encoding", Group.Text("transfer_encoding", "Transfer-Encoding")),
        ("Connection", Group.Text("connection", "Connection")), ("Cookie", Group.Text("cookie", "Cookie")), ("Set-Cookie", Group.Text("set_cookie", "Set-Cookie")),
        ("Accept", Group.Text("accept", "Accept")), ("Accept-Language", Group.Text("accept_language", "Accept-Language")),
        ("Accept-Encoding", Group.Text("accept_encoding", "Accept Encoding")), ("Referer", Group.Text("referer", "Referer")),
        ("Date", Group.Text("date", "Date")), ("Server", Group.Text("server", "Server")), ("Location", Group.Text("location", "Location")),
        ("Cache-Control", Group.Text("cache_control", "Cache-Control")), ("Last-Modified", Group.Text("last_modified", "Last-Modified")),
        ("Authorization", Group.Text("authorization", "Authorization")), ("WWW-Authenticate", Group.Text("www_authenticate", "WWW-Authenticate")),
        ("Proxy-Authenticate", Group.Text("proxy_authenticate", "Proxy-Authenticate")), ("Proxy-Authorization", Group.Text("proxy_authorization", "Proxy-Authorization")),
        ("Sec-WebSocket-Accept", Group.Text("sec_websocket_accept", "Sec-WebSocket-Accept")), ("Sec-WebSocket-Extensions", Group.Text("sec_websocket_extensions", "Sec-WebSocket-Extensions")),
        ("Sec-WebSocket-Key", Group.Text("sec_websocket_key", "Sec-WebSocket-Key")), ("Sec-WebSocket-Protocol", Group.Text("sec_websocket_protocol", "Sec-WebSocket-Protocol")),
        ("Sec-WebSocket-Version", Group.Text("sec_websocket_version", "Sec-WebSocket-Version")),
        ("Upgrade", Group.Text("upgrade", "Upgrade")), ("X-Forwarded-For", Group.Text("x_forwarded_for", "X-Forwarded-For")),
    ];

    // Sources: the HTTP method registry of IANA; RFC 4918; UPnP; what Exchange and RPC over HTTP use.
    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal)
    {
        "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "COPY", "LOCK", "MOVE", "POLL", "MKCOL", "BCOPY", "BMOVE",
        "MERGE", "REPORT", "SEARCH", "UNLOCK", "CHECKIN", "LABEL", "UPDATE", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PROPFIND", "PROPPATCH", "BDELETE",
        "BPROPFIND", "BPROPPATCH", "CHECKOUT", "MKACTIVITY", "MKWORKSPACE", "UNCHECKOUT", "VERSION-CONTROL", "BASELINE-CONTROL", "M-SEARCH", "RPC_CONNECT",
        "RPC_IN_DATA", "RPC_OUT_DATA", "CCM_POST", "GENA", "SSTP_DUPLEX_POST", "LINK", "UNLINK", "ACL", "BIND", "UNBIND", "REBIND",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> MethodLookup = Methods.GetAlternateLookup<ReadOnlySpan<char>>();

    private const int LongestMethod = 16;
    private const int LongestMediaType = 256;
    private const int LongestHead = 1 << 16; // a line, or all of them: what is longer is no head

    /// <summary>What a line begins.</summary>
    private enum Kind
    {
        /// <summary>Something else.</summary>
        Other,

        /// <summary>A request.</summary>
        Request,

        /// <summary>A response.</summary>
        Response,

        /// <summary>What UPnP sends without being asked.</summary>
        Notification,
    }

    /// <summary>What a head says of what follows it.</summary>
    private struct Head
    {
        internal Kind Kind;
        internal int Status;
        internal long? ContentLength;
        internal bool IsChunked;
        internal bool IsEncoded;
        internal bool IsUpgrade;
        internal bool IsUpgradeToHttp2;
        internal bool IsUpgradeToWebSocket;
        internal (int Offset, int Length) Extensions;
        internal (int Offset, int Length) MediaType;
        internal (int Offset, int Length) Coding;
        internal (int Offset, int Length) Host;
        internal (int Offset, int Length) Target;
    }

    /// <summary>Whether data begins with the first line of a request or a response.</summary>
    /// <param name="data">The data.</param>
    internal static bool LooksLikeHead(ReadOnlySpan<byte> data)
    {
        int end = data.IndexOf((byte)'\n');
        return end > 0 && KindOf(data[..end]) != Kind.Other;
    }

    /// <summary>Reads messages.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="stream">Where they come from.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="canAsk">Whether more may come.</param>
    internal static Lack ReadStream(ref Dissection dissection, in StreamPosition stream, int offset, int end, bool canAsk)
    {
        HttpExchange exchange = stream.Conversation.Http;
        if (exchange.IsTunnel)
        {
            dissection.Protocol(Group.Protocol, offset, end - offset);
            AddProxy(dissection.Fields, exchange);
            return TlsDissector.ReadStream(ref dissection, stream, offset, end, canAsk);
        }

        bool isCut = dissection.Captured(offset, end - offset) < end - offset;
        end = offset + dissection.Captured(offset, end - offset);
        canAsk &= !isCut;
        byte depth = dissection.Fields.Depth;
        for (bool isFirst = true; offset < end && !exchange.IsHandedOver; isFirst = false)
        {
            dissection.Fields.Depth = 1;
            Lack lack = ReadMessage(ref dissection, stream, offset, end, canAsk, isFirst, out int length);
            dissection.Fields.Depth = depth;
            if (!lack.IsNone || (length <= 0 && !isCut))
                return lack;
            if (length <= 0)
                break;
            offset += length;
        }

        if (isCut && offset <= end)
        {
            dissection.Memory.Fault.Current = Group.Protocol;
            _ = dissection.Need(end, 1);
            return Lack.None;
        }

        if (offset >= end)
            return Lack.None;
        if (stream.Conversation.Protocol == StreamProtocol.WebSocket)
            dissection.Summary?.Fence();
        return stream.Conversation.Protocol switch
        {
            StreamProtocol.Http2 => Http2Dissector.ReadStream(ref dissection, stream, offset, end, canAsk),
            StreamProtocol.WebSocket => WebSocketDissector.ReadStream(ref dissection, stream, offset, end, canAsk, followsHead: true),
            _ => Lack.None,
        };
    }

    private static Lack ReadMessage(ref Dissection dissection, in StreamPosition stream, int start, int end, bool canAsk, bool isFirst, out int length)
    {
        HttpExchange exchange = stream.Conversation.Http;
        length = 0;
        int offset = start;
        if (end - offset > 3 && dissection.U16(offset) == 0x0d0a)
            offset += 2;
        bool isKnown = exchange.HasRequest;
        if (dissection.Octets[offset] is < 0x20 or >= 0x7f)
        {
            if (isKnown)
            {
                BeginMessage(ref dissection, offset, end, isFirst);
                if (dissection.Summary is { } rest)
                    HttpSummary.WriteContinuation(rest);
                dissection.Fields.Base++;
                DataDissector.Read(ref dissection, offset, end - offset);
                dissection.Fields.Base--;
                length = dissection.Bound - start; // all of it
            }

            return Lack.None;
        }

        bool hasLine = TryLine(dissection.Octets, offset, end, mustEnd: true, out int size, out _);
        if (!hasLine && canAsk && size < LongestHead)
            return new Lack(offset, Lack.AnotherSegment);
        Kind kind = KindOf(dissection.Octets.Slice(offset, size));
        if (kind == Kind.Other && !isKnown && end < dissection.Bound && start == offset && !hasLine)
        {
            dissection.Fields.AddLayer(Group.Protocol.Name);
            return Lack.None;
        }

        if (dissection.Summary is { } summary)
        {
            if (kind != Kind.Other && (hasLine || end == dissection.Bound))
                HttpSummary.WriteLine(summary, dissection.Octets.Slice(offset, size));
            else if (isKnown)
                HttpSummary.WriteContinuation(summary);
        }

        if (kind != Kind.Other)
        {
            bool readsBody = !stream.IsLast && !(kind == Kind.Response && HasNoBody(exchange.Method, StatusOf(dissection.Octets.Slice(offset, size))));
            ref int progress = ref exchange.ChunkProgress[stream.IsForward ? 0 : 1];
            if (canAsk && LackOf(dissection.Octets, offset, end, readsBody, isResponse: kind == Kind.Response, ref progress) is { IsNone: false } lack)
                return lack;
            progress = 0;
        }

        Head head = default;
        ReadHead(ref dissection, stream, isKnown || kind != Kind.Other, isFirst, ref offset, end, ref head);
        dissection.Tell(Carrier.Http, stream.Conversation.Number, 0, dissection.Octets[start..offset]);
        if (head.Kind is Kind.Request or Kind.Response)
            AddPair(ref dissection, exchange, head, stream.IsInner);
        int body = BodyLength(dissection.Octets, offset, end, head);
        if (body > 0)
            AddContent(ref dissection, stream.Conversation.Number, head, offset, body);
        offset += body;
        if (head.Kind == Kind.Response && exchange.Method.Length > 0)
        {
            exchange.IsTunnel = exchange.Method is "CONNECT" && head.Status == 200;
            exchange.IsHandedOver = head.IsUpgrade && head.Status == 101;
            if (exchange.IsHandedOver && head.IsUpgradeToHttp2)
                stream.Conversation.Protocol = StreamProtocol.Http2;
            if (exchange.IsHandedOver && head.IsUpgradeToWebSocket)
            {
                stream.Conversation.Protocol = StreamProtocol.WebSocket;
                stream.Conversation.WebSocket = new WebSocketConnection(System.Text.Encoding.Latin1.GetString(dissection.Octets.Slice(head.Extensions.Offset, head.Extensions.Length)));
            }
        }

        length = offset - start;
        return Lack.None;
    }

    // Media types are compared, and shown, in small letters: RFC 9110, section 8.3.1.
    private static void AddContent(ref Dissection dissection, int stream, in Head head, int offset, int length)
    {
        Span<byte> room = stackalloc byte[LongestMediaType];
        scoped ReadOnlySpan<byte> type = dissection.Octets.Slice(head.MediaType.Offset, Math.Min(head.MediaType.Length, LongestMediaType));
        type = System.Text.Ascii.ToLower(type, room, out int written) is System.Buffers.OperationStatus.Done ? room[..written] : type;
        if (type.Length > 0 && dissection.Summary is { } content)
            HttpSummary.WriteContent(content, "HTTP"u8, type, dissection.Octets.Slice(offset, dissection.Captured(offset, length)));
        if (HttpContent.IsWanted(dissection.Fields) || dissection.Memory.Carried is not null)
            HttpContent.Read(ref dissection, new HttpBody(stream, head.IsChunked, CodingOf(dissection, head), System.Text.Encoding.Latin1.GetString(type)), offset, length);
        else if (head.ContentLength is not null || head.IsChunked || head.Kind is Kind.Response or Kind.Other)
            dissection.Fields.AddLayer(type.Length > 0 ? HttpSummary.LayerOf(type) : "data");
    }

    private static string CodingOf(in Dissection dissection, in Head head)
    {
        string coding = System.Text.Encoding.Latin1.GetString(dissection.Octets.Slice(head.Coding.Offset, head.Coding.Length)).Trim().ToLowerInvariant();
        return coding is "identity" ? "" : coding;
    }

    // RFC 9112, section 6.3.
    private static bool HasNoBody(string method, int status) =>
        method is "HEAD" || (status / 100 == 2 && method is "CONNECT") || status / 100 == 1 || status is 204 or 304;

    // Lines end with CR, LF or both. A CR at the very end may be the first half of both.
    private static bool TryLine(ReadOnlySpan<byte> octets, int offset, int end, bool mustEnd, out int size, out int next)
    {
        ReadOnlySpan<byte> rest = octets[offset..end];
        size = rest.IndexOfAny((byte)'\r', (byte)'\n');
        if (size < 0 || (mustEnd && rest[size] == '\r' && size + 1 == rest.Length))
        {
            size = size < 0 ? rest.Length : size;
            next = end;
            return false;
        }

        bool isBoth = rest[size] == '\r' && size + 1 < rest.Length && rest[size + 1] == '\n';
        next = offset + size + (isBoth ? 2 : 1);
        return true;
    }

    private static Kind KindOf(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("HTTP/"u8))
            return Kind.Response;
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> token = space < 0 ? line : line[..space];
        Span<char> method = stackalloc char[LongestMethod];
        if (token.IsEmpty || token.Length > LongestMethod
            || System.Text.Ascii.ToUtf16(token, method, out int length) != System.Buffers.OperationStatus.Done || !MethodLookup.Contains(method[..length]))
        {
            return Kind.Other;
        }

        return method[..length] is "NOTIFY" or "SUBSCRIBE" or "UNSUBSCRIBE" ? Kind.Notification : Kind.Request;
    }

    private static int StatusOf(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        return space >= 0 && Utf8Parser.TryParse(line[(space + 1)..].TrimStart((byte)' '), out int status, out _) ? status : 0;
    }

    // What the head and the body lack, without reading their fields.
    private static Lack LackOf(ReadOnlySpan<byte> octets, int start, int end, bool readsBody, bool isResponse, ref int progress)
    {
        int offset = start;
        long? contentLength = null;
        bool isChunked = false;
        while (true)
        {
            if (offset - start > LongestHead)
                return Lack.None;
            if (offset >= end || !TryLine(octets, offset, end, mustEnd: true, out int size, out int next))
                return end - offset > LongestHead ? Lack.None : new Lack(start, Lack.AnotherSegment);
            ReadOnlySpan<byte> line = octets.Slice(offset, size);
            offset = next;
            if (size == 0)
                break;
            if (TryValue(line, "Content-Length:", out ReadOnlySpan<byte> value))
                contentLength = LengthOf(value.Trim(" \t"u8)) ?? contentLength;
            else if (TryValue(line, "Transfer-Encoding:", out value) && IsChunked(value))
                isChunked = true;
        }

        if (!readsBody)
            return Lack.None;
        if (isChunked)
        {
            int at = Math.Max(offset, start + progress);
            bool isWhole = ChunkedEnd(octets, ref at, end) >= 0;
            progress = at - start;
            return isWhole ? Lack.None : new Lack(start, Lack.AnotherSegment);
        }

        if (contentLength is { } total)
            return total > end - offset ? new Lack(start, (int)Math.Min(int.MaxValue / 2, total - (end - offset))) : Lack.None;
        return isResponse ? new Lack(start, Lack.UntilFin) : Lack.None;
    }

    private static long? LengthOf(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out int length, out int used) && used == value.Length && length >= 0 ? length : null;

    private static bool TryValue(ReadOnlySpan<byte> line, string name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (line.Length < name.Length || !System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name))
            return false;
        value = line[name.Length..];
        return true;
    }

    private static bool IsChunked(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart(" \t"u8);
        return value.Length >= 7 && System.Text.Ascii.EqualsIgnoreCase(value[..7], "chunked");
    }

    // Where a chunked body ends; -1 if more is needed to tell, from the chunk at the offset on. What is no chunk ends it.
    private static int ChunkedEnd(ReadOnlySpan<byte> octets, ref int offset, int end)
    {
        while (true)
        {
            if (offset >= end || !TryLine(octets, offset, end, mustEnd: true, out int size, out int next))
                return -1;
            if (!Utf8Parser.TryParse(octets.Slice(offset, size).TrimStart(" \t"u8), out uint chunk, out _, 'x') || chunk > 1u << 31)
                return end;
            if (chunk == 0)
                return next < end && TryLine(octets, next, end, mustEnd: true, out _, out int after) ? after : -1;
            if (end - offset <= chunk)
                return -1;
            offset = (int)Math.Min(int.MaxValue, (long)next + chunk + 2);
        }
    }

    private static int BodyLength(ReadOnlySpan<byte> octets, int offset, int end, in Head head)
    {
        int rest = end - offset;
        if (rest <= 0)
            return 0;
        if (head.ContentLength is { } length && !head.IsEncoded)
            return (int)Math.Min(rest, length);
        if (head.IsChunked)
        {
            int at = offset;
            return ChunkedEnd(octets, ref at, end) is > 0 and var after ? Math.Min(end, after) - offset : rest;
        }


        return head.Kind switch
        {
            Kind.Request when !head.IsEncoded => 0,
            Kind.Response when head.Status / 100 == 1 || head.Status is 204 or 304 => 0,
            _ => rest,
        };
    }

    // Messages that are read together are one layer.
    private static void BeginMessage(ref Dissection dissection, int offset, int end, bool isFirst)
    {
        if (isFirst)
        {
            dissection.Protocol(Group.Protocol, offset, end - offset);
            return;
        }

        dissection.Memory.Fault.Current = Group.Protocol;
        dissection.Fields.AddRepeat(Group.Protocol.Name);
        dissection.Fields.Add(Group.Protocol, 0, offset, dissection.Captured(offset, end - offset));
    }

    // Reads lines until an empty one. Without anything that looks like HTTP, nothing is said.
    private static void ReadHead(ref Dissection dissection, in StreamPosition stream, bool isKnown, bool isFirst, ref int offset, int end, ref Head head)
    {
        const int TlsPort = 443;
        if (isKnown)
            BeginMessage(ref dissection, offset, end, isFirst);
        if (isKnown && (stream.Source == TlsPort || stream.Destination == TlsPort))
            dissection.Fields.RemarkOf(-1, OnTlsPort, offset, $"{OnTlsPort.Label}");
        while (offset < end)
        {
            _ = TryLine(dissection.Octets, offset, end, mustEnd: false, out int size, out int next);
            ReadOnlySpan<byte> line = dissection.Octets.Slice(offset, size);
            Kind kind = KindOf(line);
            int colon = line.IndexOf((byte)':');
            if (kind == Kind.Other && size > 0 && colon < 0)
            {
                if (head.Kind is not Kind.Other && next == end)
                    _ = dissection.Need(end, 1); // a header of which not even the name is whole
                break;
            }

            if (!isKnown)
                BeginMessage(ref dissection, offset, end, isFirst);
            isKnown = true;
            if (kind != Kind.Other || size == 0)
                AddLabel(ref dissection, offset, next);
            dissection.Fields.Depth++;
            if (kind != Kind.Other)
                dissection.Fields.Remark(FirstLine, offset, $"{dissection.Octets[offset..next]}");
            if (kind is Kind.Response)
                ReadStatus(ref dissection, offset, size, ref head);
            else if (kind != Kind.Other)
                ReadRequest(ref dissection, stream.Conversation.Http, offset, size, ref head);
            dissection.Fields.Depth--;
            if (kind != Kind.Other)
                head.Kind = kind;
            else if (size > 0)
                ReadHeader(ref dissection, offset, size, colon, next - offset, ref head);
            offset = next;
            if (size == 0)
                break;
        }
    }

    // A line as Wireshark shows it, with its end.
    private static void AddLabel(ref Dissection dissection, int offset, int next)
    {
        if (!dissection.Fields.IsWanted(FrameFields.Text))
            return;
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        FieldText.WriteText(text, dissection.Octets[offset..next]);
        dissection.Fields.AddMade(FrameFields.Text, text.WrittenSpan);
    }

    private static void ReadStatus(ref Dissection dissection, int start, int size, ref Head head)
    {
        ReadOnlySpan<byte> line = dissection.Octets.Slice(start, size);
        int space = line.IndexOf((byte)' ');
        dissection.Part(ResponseVersion, start, space < 0 ? size : space);
        if (space < 0)
            return;
        int at = space;
        while (at < size && line[at] == ' ')
            at++;
        int rest = line[at..].IndexOf((byte)' ');
        int token = rest < 0 ? size - at : rest;
        if (token < 3 || !Utf8Parser.TryParse(line.Slice(at, 3), out ushort code, out _))
            return;
        head.Status = code;
        dissection.Fields.Add(Code, code, start + at, 3);
        if (dissection.Fields.IsWanted(CodeText))
            dissection.Fields.AddMade(CodeText, System.Text.Encoding.ASCII.GetBytes(HttpStatus.PhraseOf(code) ?? $"Unknown ({code})"));
        int phrase = at + token;
        while (phrase < size && line[phrase] == ' ')
            phrase++;
        if (phrase < size)
            dissection.Part(Phrase, start + phrase, size - phrase);
    }

    private static void ReadRequest(ref Dissection dissection, HttpExchange exchange, int start, int size, ref Head head)
    {
        ReadOnlySpan<byte> line = dissection.Octets.Slice(start, size);
        int first = line.IndexOf((byte)' ');
        if (first < 0)
            first = size;
        dissection.Part(Method, start, first);
        int at = first;
        while (at < size && line[at] == ' ')
            at++;
        int second = line[at..].IndexOf((byte)' ');
        int uri = second < 0 ? size - at : second;
        exchange.HasRequest = true;
        exchange.Method = System.Text.Encoding.Latin1.GetString(line[..first]);
        head.Target = (start + at, uri);
        dissection.Part(Uri, start + at, uri);
        int query = line.Slice(at, uri).IndexOf((byte)'?');
        if (query >= 0 && query + 1 < uri)
        {
            dissection.Fields.Depth++;
            dissection.Part(UriPath, start + at, query);
            dissection.Part(UriQuery, start + at + query + 1, uri - query - 1);
            AddParameters(ref dissection, start + at + query + 1, uri - query - 1);
            dissection.Fields.Depth--;
        }

        int version = at + uri;
        while (version < size && line[version] == ' ')
            version++;
        dissection.Part(RequestVersion, start + version, size - version);
    }

    // RFC 6265, section 4.2.1.
    private static void AddCookies(ref Dissection dissection, ReadOnlySpan<byte> value, int offset)
    {
        for (int at = 0; at < value.Length;)
        {
            int size = value[at..].IndexOf((byte)';');
            size = size < 0 ? value.Length - at : size;
            dissection.Part(CookiePair, offset + at, size);
            at += size + 1;
            while (at < value.Length && value[at] == ' ')
                at++;
        }
    }

    private static void AddParameters(ref Dissection dissection, int offset, int length)
    {
        dissection.Fields.Depth++;
        for (int end = offset + length; offset < end;)
        {
            int size = dissection.Octets[offset..end].IndexOf((byte)'&');
            size = size < 0 ? end - offset : size;
            dissection.Part(UriParameter, offset, size);
            offset += size + 1;
        }

        dissection.Fields.Depth--;
    }

    private static void ReadHeader(ref Dissection dissection, int start, int size, int colon, int whole, ref Head head)
    {
        ReadOnlySpan<byte> line = dissection.Octets.Slice(start, size);
        int at = colon + 1;
        while (at < size && line[at] is (byte)' ' or (byte)'\t')
            at++;
        bool isKnown = AddHeader(ref dissection, line[..colon].TrimEnd(" \t"u8), line[at..], start, at, whole, ref head);
        if (head.Kind == Kind.Other)
            return;
        dissection.Part(head.Kind == Kind.Response ? ResponseLine : RequestLine, start, whole);
        dissection.Fields.Say($"{dissection.Octets.Slice(start, whole)}");
        if (isKnown)
            dissection.Fields.Hide();
    }

    private static bool AddHeader(ref Dissection dissection, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int start, int at, int whole, ref Head head)
    {
        int offset = start + at;
        if (System.Text.Ascii.EqualsIgnoreCase(name, "HTTP2-Settings"u8))
        {
            dissection.Part(Http2Settings, offset, value.Length);
            dissection.Fields.Say($"{dissection.Octets.Slice(start, whole)}");
            dissection.Fields.Depth++;
            ReadSettings(ref dissection, value);
            dissection.Fields.Depth--;
            return true;
        }

        foreach ((string known, Field field) in Headers)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(name, known))
                continue;
            dissection.Part(field, offset, value.Length);
            dissection.Fields.Say($"{dissection.Octets.Slice(start, whole)}");
            dissection.Fields.Depth++;
            Heed(ref dissection, known, value, offset, ref head);
            dissection.Fields.Depth--;
            return true;
        }

        return false;
    }

    // RFC 7540, section 3.2.1.
    private static void ReadSettings(ref Dissection dissection, ReadOnlySpan<byte> value)
    {
        byte[] octets = new byte[Base64Url.GetMaxDecodedLength(value.Length)];
        if (Base64Url.DecodeFromUtf8(value, octets, out _, out int length) is not System.Buffers.OperationStatus.Done || dissection.Fields.Join(octets.AsMemory(0, length), name: null) is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection settings = dissection.Over(octets.AsSpan(0, length));
        for (int at = 0; at + Http2Dissector.SettingLength <= length; at += Http2Dissector.SettingLength)
            Http2Dissector.AddSetting(ref settings, at);
        dissection.Fields.Source = before;
    }

    private static void Heed(ref Dissection dissection, string name, ReadOnlySpan<byte> value, int offset, ref Head head)
    {
        switch (name)
        {
            case "Cookie":
                AddCookies(ref dissection, value, offset);
                break;
            case "Host":
                head.Host = (offset, value.Length);
                break;
            case "Content-Type":
                int parameters = value.IndexOf((byte)';');
                head.MediaType = (offset, (parameters < 0 ? value : value[..parameters]).TrimEnd(" \t"u8).Length);
                break;
            case "Content-Length" when Utf8Parser.TryParse(value, out long length, out _) && length >= 0:
                head.ContentLength = length;
                dissection.Fields.Add(ContentLength, (ulong)length, offset, 0);
                break;
            case "Content-Encoding":
                head.Coding = (offset, value.Length);
                break;
            case "Transfer-Encoding":
                head.IsChunked = IsChunked(value);
                head.IsEncoded = true;
                break;
            case "Upgrade":
                head.IsUpgrade = true;
                head.IsUpgradeToHttp2 = System.Text.Ascii.EqualsIgnoreCase(value, "h2c"u8);
                head.IsUpgradeToWebSocket = System.Text.Ascii.EqualsIgnoreCase(value, "websocket"u8);
                break;
            case "Sec-WebSocket-Extensions":
                head.Extensions = (offset, value.Length);
                break;
            case "Authorization" or "Proxy-Authorization":
                AddCredentials(ref dissection, value, offset);
                break;
        }
    }

    // RFC 7617.
    private static void AddCredentials(ref Dissection dissection, ReadOnlySpan<byte> value, int offset)
    {
        ReadOnlySpan<byte> scheme = "Basic "u8;
        if (!dissection.Fields.IsWanted(Credentials) || value.Length <= scheme.Length || !System.Text.Ascii.EqualsIgnoreCase(value[..scheme.Length], scheme))
            return;
        ReadOnlySpan<byte> sealedPair = value[scheme.Length..];
        byte[] pair = new byte[Base64.GetMaxDecodedFromUtf8Length(sealedPair.Length)];
        _ = Base64.DecodeFromUtf8(sealedPair, pair, out _, out int length);
        dissection.Fields.AddMade(Credentials, pair.AsSpan(0, length));
    }

    private static void AddPair(ref Dissection dissection, HttpExchange exchange, in Head head, bool isSecure)
    {
        PacketFields fields = dissection.Fields;
        if (head.Kind == Kind.Request)
        {
            exchange.AddRequest(dissection.FrameNumber, dissection.Nanoseconds);
            exchange.Target = TargetOf(dissection, exchange, head, isSecure);
            if (head.Host.Length > 0 && head.Target.Length > 0)
                fields.AddMade(FullUri, System.Text.Encoding.Latin1.GetBytes(exchange.Target));
            fields.Add(Request, 1, 0, 0);
            Learn(dissection.Memory, exchange, Later.Request, dissection.FrameNumber);
            fields.Add(RequestNumber, exchange.Number, 0, 0);
            fields.Say($"HTTP request {exchange.Number}/{Pairs(dissection.Memory, exchange)}");
            AddFrame(fields, PreviousRequestIn, exchange.PreviousRequest);
            AddLater(dissection, ResponseIn, exchange, Later.Response, exchange.Number);
            AddLater(dissection, NextRequestIn, exchange, Later.Request, exchange.Number + 1);
            return;
        }

        exchange.AddResponse(dissection.FrameNumber);
        fields.Add(Response, 1, 0, 0);
        Learn(dissection.Memory, exchange, Later.Response, dissection.FrameNumber);
        fields.Add(ResponseNumber, exchange.Number, 0, 0);
        fields.Say($"HTTP response {exchange.Number}/{Pairs(dissection.Memory, exchange)}");
        if (exchange.RequestFrame != 0)
            fields.Add(Time, (ulong)(dissection.Nanoseconds - exchange.RequestTime), 0, 0);
        AddFrame(fields, PreviousRequestIn, exchange.PreviousRequest);
        AddFrame(fields, PreviousResponseIn, exchange.PreviousResponse);
        AddFrame(fields, RequestIn, exchange.RequestFrame);
        AddLater(dissection, NextRequestIn, exchange, Later.Request, exchange.Number + 1);
        AddLater(dissection, NextResponseIn, exchange, Later.Response, exchange.Number + 1);
        if (exchange.Target.Length > 0)
            fields.AddMade(ResponseFor, System.Text.Encoding.Latin1.GetBytes(exchange.Target));
    }

    // RFC 9110, section 9.3.6: a host and a port.
    private static void AddProxy(PacketFields fields, HttpExchange exchange)
    {
        if (exchange.TunnelPort == 0)
            return;
        if (fields.IsWanted(ProxyHost))
            fields.AddMade(ProxyHost, System.Text.Encoding.Latin1.GetBytes(exchange.Target[..Math.Max(0, exchange.Target.LastIndexOf(':'))]));
        fields.Add(ProxyPort, exchange.TunnelPort, 0, 0);
    }

    private static void Learn(CaptureMemory memory, HttpExchange exchange, Later kind, uint frame)
    {
        if (memory.Hindsight is not { } hindsight)
            return;
        if (exchange.Place == 0)
            exchange.Place = ++memory.Exchanges;
        hindsight.Learn(kind, exchange.Place, exchange.Number, frame);
        hindsight.Learn(Later.Pairs, exchange.Place, 0, exchange.Number);
    }

    private static long Pairs(CaptureMemory memory, HttpExchange exchange) => memory.Hindsight?.Find(Later.Pairs, exchange.Place, 0) ?? exchange.Number;

    private static void AddLater(in Dissection dissection, Field field, HttpExchange exchange, Later kind, uint number)
    {
        if (dissection.Memory.Hindsight?.Find(kind, exchange.Place, number) is { } frame)
            dissection.Fields.Add(field, (ulong)frame, 0, 0);
    }

    private static void AddFrame(PacketFields fields, Field field, uint frame)
    {
        if (frame != 0)
            fields.Add(field, frame, 0, 0);
    }

    private static string TargetOf(in Dissection dissection, HttpExchange exchange, in Head head, bool isSecure)
    {
        string target = System.Text.Encoding.Latin1.GetString(dissection.Octets.Slice(head.Target.Offset, head.Target.Length));
        bool isWhole = exchange.Method is "CONNECT" || target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || target.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        return head.Host.Length == 0 || isWhole
            ? target
            : $"{(isSecure ? "https" : "http")}://{System.Text.Encoding.Latin1.GetString(dissection.Octets.Slice(head.Host.Offset, head.Host.Length)).Trim()}{target}";
    }
}
