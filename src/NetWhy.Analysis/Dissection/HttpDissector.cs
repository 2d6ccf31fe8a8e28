using System.Buffers.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The heads of HTTP/1 messages. Source: RFC 9112.</summary>
internal static class HttpDissector
{
    internal static readonly FieldGroup Group = new("http", "Hypertext Transfer Protocol");
    private static readonly Field Request = Group.Boolean("request", "Request");
    private static readonly Field Response = Group.Boolean("response", "Response");
    private static readonly Field Method = Group.Text("request.method", "Method");
    private static readonly Field Uri = Group.Text("request.uri", "Target of the request");
    private static readonly Field UriPath = Group.Text("request.uri.path", "Path of the target");
    private static readonly Field UriQuery = Group.Text("request.uri.query", "Query of the target");
    private static readonly Field RequestVersion = Group.Text("request.version", "Version of the request");
    private static readonly Field ResponseVersion = Group.Text("response.version", "Version of the response");
    private static readonly Field Code = Group.Unsigned("response.code", "Status code", 16);
    private static readonly Field Phrase = Group.Text("response.phrase", "Reason phrase");
    private static readonly Field ContentLength = Group.Unsigned("content_length", "Length of the content", 64);
    private static readonly Field RequestLine = Group.Text("request.line", "A line of a request's head");
    private static readonly Field ResponseLine = Group.Text("response.line", "A line of a response's head");

    private static readonly (string Name, Field Field)[] Headers =
    [
        ("Host", Group.Text("host", "Host")), ("User-Agent", Group.Text("user_agent", "User agent")),
        ("Content-Type", Group.Text("content_type", "Content type")), ("Content-Length", Group.Text("content_length_header", "Content length, as text")),
        ("Content-Encoding", Group.Text("content_encoding", "Content encoding")), ("Transfer-Encoding", Group.Text("transfer_encoding", "Transfer encoding")),
        ("Connection", Group.Text("connection", "Connection")), ("Cookie", Group.Text("cookie", "Cookie")), ("Set-Cookie", Group.Text("set_cookie", "Cookie set")),
        ("Accept", Group.Text("accept", "Accept")), ("Accept-Language", Group.Text("accept_language", "Accept language")),
        ("Accept-Encoding", Group.Text("accept_encoding", "Accept encoding")), ("Referer", Group.Text("referer", "Referer")),
        ("Date", Group.Text("date", "Date")), ("Server", Group.Text("server", "Server")), ("Location", Group.Text("location", "Location")),
        ("Cache-Control", Group.Text("cache_control", "Cache control")), ("Last-Modified", Group.Text("last_modified", "Last modified")),
        ("Authorization", Group.Text("authorization", "Authorization")), ("WWW-Authenticate", Group.Text("www_authenticate", "Asks for authentication")),
        ("Upgrade", Group.Text("upgrade", "Upgrade")), ("X-Forwarded-For", Group.Text("x_forwarded_for", "Forwarded for")),
    ];

    private static readonly string[] Methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND", "NOTIFY", "M-SEARCH"];

    private const int LongestHead = 1 << 16;

    /// <summary>Whether data begins a request or a response.</summary>
    /// <param name="data">The data.</param>
    internal static bool IsHead(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith("HTTP/1."u8))
            return true;
        foreach (string method in Methods)
        {
            if (data.Length > method.Length && data[method.Length] == ' ' && System.Text.Ascii.Equals(data[..method.Length], method))
                return true;
        }

        return false;
    }

    /// <summary>Reads a head.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Protocol(Group.Protocol, offset, length);
        int end = offset + Math.Min(LongestHead, dissection.Captured(offset, length));
        bool isResponse = dissection.Octets[offset..end].StartsWith("HTTP/"u8);
        int at = offset;
        if (!TryLine(dissection.Octets, end, ref at, out int start, out int size))
            return;
        if (isResponse)
            ReadStatus(ref dissection, start, size);
        else
            ReadRequest(ref dissection, start, size);
        dissection.Fields.Add(isResponse ? Response : Request, 1, start, size);
        while (TryLine(dissection.Octets, end, ref at, out start, out size) && size > 0)
            ReadHeader(ref dissection, start, size, at - start, isResponse);
    }

    private static bool TryLine(ReadOnlySpan<byte> octets, int end, ref int at, out int start, out int size)
    {
        start = at;
        size = 0;
        int line = octets[at..end].IndexOf((byte)'\n');
        if (line < 0)
            return false;
        size = line > 0 && octets[at + line - 1] == '\r' ? line - 1 : line;
        at += line + 1;
        return true;
    }

    private static void ReadStatus(ref Dissection dissection, int start, int size)
    {
        ReadOnlySpan<byte> line = dissection.Octets.Slice(start, size);
        int space = line.IndexOf((byte)' ');
        if (space < 0)
            return;
        dissection.Part(ResponseVersion, start, space);
        if (!Utf8Parser.TryParse(line[(space + 1)..], out ushort code, out int digits))
            return;
        dissection.Fields.Add(Code, code, start + space + 1, digits);
        int phrase = space + 1 + digits + 1;
        if (phrase < size)
            dissection.Part(Phrase, start + phrase, size - phrase);
    }

    private static void ReadRequest(ref Dissection dissection, int start, int size)
    {
        ReadOnlySpan<byte> line = dissection.Octets.Slice(start, size);
        int first = line.IndexOf((byte)' ');
        if (first < 0)
            return;
        dissection.Part(Method, start, first);
        ReadOnlySpan<byte> rest = line[(first + 1)..];
        int second = rest.IndexOf((byte)' ');
        int uri = second < 0 ? rest.Length : second;
        dissection.Part(Uri, start + first + 1, uri);
        int query = rest[..uri].IndexOf((byte)'?');
        if (query >= 0)
        {
            dissection.Part(UriPath, start + first + 1, query);
            dissection.Part(UriQuery, start + first + 1 + query + 1, uri - query - 1);
        }

        if (second >= 0)
            dissection.Part(RequestVersion, start + first + 1 + second + 1, rest.Length - second - 1);
    }

    private static void ReadHeader(ref Dissection dissection, int start, int size, int whole, bool isResponse)
    {
        dissection.Part(isResponse ? ResponseLine : RequestLine, start, whole);
        ReadOnlySpan<byte> line = dissection.Octets.Slice(start, size);
        int colon = line.IndexOf((byte)':');
        if (colon < 0)
            return;
        int value = colon + 1;
        while (value < size && line[value] is (byte)' ' or (byte)'\t')
            value++;
        foreach ((string name, Field field) in Headers)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(line[..colon], name))
                continue;
            dissection.Part(field, start + value, size - value);
            if (name is "Content-Length" && Utf8Parser.TryParse(line[value..], out ulong length, out _))
                dissection.Fields.Add(ContentLength, length, start + value, 0);
            return;
        }
    }
}
