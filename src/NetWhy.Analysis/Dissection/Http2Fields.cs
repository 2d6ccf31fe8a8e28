using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The fields of HTTP/2. Source: Wireshark's display filter reference.</summary>
internal static class Http2Fields
{
    internal static readonly FieldGroup Group = new("http2", "HyperText Transfer Protocol 2");
    internal static readonly Field Stream = Group.None("stream", "Stream");
    internal static readonly Field Magic = Group.Text("magic", "Magic");
    internal static readonly Field Length = Group.Unsigned("length", "Length", 24);
    internal static readonly Field Type = Group.Unsigned("type", "Type", 8, ValueNames.Http2Type);
    internal static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 8);
    internal static readonly Field Reserved = Group.Hexadecimal("r", "Reserved", 32).Masked(0x8000_0000);
    internal static readonly Field StreamId = Group.Unsigned("streamid", "Stream Identifier", 32).Masked(0x7fff_ffff);
    internal static readonly Field Unknown = Group.Octets("unknown", "Unknown");

    internal static readonly Field EndStream = Group.Boolean("flags.end_stream", "End Stream", 8).Masked(0x01);
    internal static readonly Field EndHeaders = Group.Boolean("flags.eh", "End Headers", 8).Masked(0x04);
    internal static readonly Field Padded = Group.Boolean("flags.padded", "Padded", 8).Masked(0x08);
    internal static readonly Field HasPriority = Group.Boolean("flags.priority", "Priority", 8).Masked(0x20);
    internal static readonly Field PingAck = Group.Boolean("flags.ack.ping", "ACK", 8).Masked(0x01);
    internal static readonly Field SettingsAck = Group.Boolean("flags.ack.settings", "ACK", 8).Masked(0x01);
    internal static readonly Field Unused = Group.Hexadecimal("flags.unused", "Unused", 8).Masked(0xff);
    internal static readonly Field UnusedData = Group.Hexadecimal("flags.unused_data", "Unused", 8).Masked(0xf6);
    internal static readonly Field UnusedHeaders = Group.Hexadecimal("flags.unused_headers", "Unused", 8).Masked(0xd2);
    internal static readonly Field UnusedSettings = Group.Hexadecimal("flags.unused_settings", "Unused", 8).Masked(0xfe);
    internal static readonly Field UnusedPushPromise = Group.Hexadecimal("flags.unused_push_promise", "Unused", 8).Masked(0xf3);
    internal static readonly Field UnusedPing = Group.Hexadecimal("flags.unused_ping", "Unused", 8).Masked(0xfe);
    internal static readonly Field UnusedContinuation = Group.Hexadecimal("flags.unused_continuation", "Unused", 8).Masked(0xfb);

    internal static readonly Field Padding = Group.Hexadecimal("padding", "Pad Length", 8);
    internal static readonly Field PadLength = Group.Unsigned("pad_length", "Pad Length", 16).Generated();
    internal static readonly Field Exclusive = Group.Boolean("exclusive", "Exclusive", 32).Masked(0x8000_0000);
    internal static readonly Field Dependency = Group.Unsigned("stream_dependency", "Stream Dependency", 32).Masked(0x7fff_ffff);
    internal static readonly Field Weight = Group.Unsigned("headers.weight", "Weight", 8);
    internal static readonly Field RealWeight = Group.Unsigned("headers.weight_real", "Weight real", 8).Generated();

    internal static readonly Field Data = Group.Octets("data.data", "Data");
    internal static readonly Field DataPadding = Group.Octets("data.padding", "Padding");
    internal static readonly Field Fragments = Group.None("body.fragments", "Body fragments").Generated();
    internal static readonly Field Fragment = Group.FrameNumber("body.fragment", "Body fragment").Generated();
    internal static readonly Field FragmentCount = Group.Unsigned("body.fragment.count", "Body fragment count", 32).Generated();
    internal static readonly Field BodyLength = Group.Unsigned("body.reassembled.length", "Reassembled body length", 32).Generated();
    internal static readonly Field Body = Group.Octets("body.reassembled.data", "Reassembled body data").Generated();

    internal static readonly Field Headers = Group.Octets("headers", "Header Block Fragment");
    internal static readonly Field HeadersPadding = Group.Octets("headers.padding", "Padding");
    internal static readonly Field Continuation = Group.Text("continuation.header", "Continuation Header");
    internal static readonly Field ContinuationPadding = Group.Octets("continuation.padding", "Padding");
    internal static readonly Field PromiseReserved = Group.Hexadecimal("push_promise.r", "Reserved", 32).Masked(0x8000_0000);
    internal static readonly Field PromisedStreamId = Group.Unsigned("push_promise.promised_stream_id", "Promised-Stream-ID", 32).Masked(0x7fff_ffff);
    internal static readonly Field PromiseHeaders = Group.Octets("push_promise.header", "Header Block Fragment");
    internal static readonly Field PromisePadding = Group.Octets("push_promise.padding", "Padding");

    internal static readonly Field HeaderLength = Group.Unsigned("header.length", "Header Length", 32).Generated();
    internal static readonly Field HeaderCount = Group.Unsigned("header.count", "Header Count", 32).Generated();
    internal static readonly Field Header = Group.None("header", "Header");
    internal static readonly Field NameLength = Group.Unsigned("header.name.length", "Name Length", 32);
    internal static readonly Field Name = Group.Text("header.name", "Name");
    internal static readonly Field ValueLength = Group.Unsigned("header.value.length", "Value Length", 32);
    internal static readonly Field Value = Group.Text("header.value", "Value");
    internal static readonly Field Unescaped = Group.Utf8("header.unescaped", "Unescaped").Generated();
    internal static readonly Field Representation = Group.Text("header.repr", "Representation");
    internal static readonly Field HeaderIndex = Group.Unsigned("header.index", "Index", 32);
    internal static readonly Field TableSizeUpdate = Group.None("header_table_size_update", "Header table size update");
    internal static readonly Field TableSize = Group.Unsigned("header_table_size_update.header_table_size", "Header table size", 32);
    internal static readonly Field FullUri = Group.Text("request.full_uri", "Full request URI").Generated();

    internal static readonly Field ResetError = Group.Unsigned("rst_stream.error", "Error", 32, ValueNames.Http2Error);
    internal static readonly Field Settings = Group.None("settings", "Settings");
    internal static readonly Field SettingId = Group.Unsigned("settings.id", "Settings Identifier", 16, ValueNames.Http2Setting);
    internal static readonly Field UnknownSetting = Group.Unsigned("settings.unknown", "Unknown Settings", 32);
    internal static readonly Field Ping = Group.Octets("ping", "Ping");
    internal static readonly Field Pong = Group.Octets("pong", "Pong");
    internal static readonly Field AwayReserved = Group.Hexadecimal("goway.r", "Reserved", 32).Masked(0x8000_0000); // as Wireshark spells it
    internal static readonly Field LastStreamId = Group.Unsigned("goaway.last_stream_id", "Last-Stream-ID", 32).Masked(0x7fff_ffff);
    internal static readonly Field AwayError = Group.Unsigned("goaway.error", "Error", 32, ValueNames.Http2Error);
    internal static readonly Field AwayData = Group.Octets("goaway.addata", "Additional Debug Data");
    internal static readonly Field UpdateReserved = Group.Hexadecimal("window_update.r", "Reserved", 32).Masked(0x8000_0000);
    internal static readonly Field Increment = Group.Unsigned("window_update.window_size_increment", "Window Size Increment", 32).Masked(0x7fff_ffff);
    internal static readonly Field ServiceOriginLength = Group.Unsigned("altsvc.origin.len", "Origin Length", 16);
    internal static readonly Field ServiceOrigin = Group.Text("altsvc.origin", "Origin");
    internal static readonly Field ServiceValue = Group.Text("altsvc.field_value", "Field/Value");
    internal static readonly Field Origin = Group.None("origin", "Origin");
    internal static readonly Field OriginLength = Group.Unsigned("origin.origin_len", "Origin Length", 16);
    internal static readonly Field OriginName = Group.Text("origin.origin", "Origin");
    internal static readonly Field UpdatedStreamId = Group.Unsigned("priority_update_stream_id", "Priority Update Stream ID", 64);
    internal static readonly Field UpdatedPriority = Group.Text("priority_update_field_value", "Priority Update Field Value");

    internal static readonly Field HeaderSizeExceeded = Group.Finding("header_size_exceeded", "Decompression stopped.", Severity.Error, ExpertGroup.Undecoded);
    internal static readonly Field HeaderLinesExceeded = Group.Finding("header_lines_exceeded", "Decompression stopped after 200 header lines.", Severity.Error, ExpertGroup.Undecoded);
    internal static readonly Field BodyUndecoded = Group.Finding("body_decompression_failed", "Body decompression failed", Severity.Warning, ExpertGroup.Undecoded);

    private static readonly Dictionary<int, Field> SettingFields = new()
    {
        [1] = Group.Unsigned("settings.header_table_size", "Header table size", 32),
        [2] = Group.Unsigned("settings.enable_push", "Enable PUSH", 32),
        [3] = Group.Unsigned("settings.max_concurrent_streams", "Max concurrent streams", 32),
        [4] = Group.Unsigned("settings.initial_window_size", "Initial Windows Size", 32),
        [5] = Group.Unsigned("settings.max_frame_size", "Max frame size", 32),
        [6] = Group.Unsigned("settings.max_header_list_size", "Max header list size", 32),
        [8] = Group.Unsigned("settings.extended_connect", "Extended CONNECT", 32),
    };

    // Those of RFC 7541, appendix A, in its order, without host and transfer-encoding.
    private const string Texts = """
        accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-origin allow authorization
        cache-control content-disposition content-encoding content-language content-location content-range content-type cookie
        date etag expect expires from if-match if-modified-since if-none-match
        if-range if-unmodified-since last-modified link location proxy-authenticate proxy-authorization range
        referer refresh retry-after server set-cookie strict-transport-security user-agent vary
        via www-authenticate
        """;

    private static readonly Dictionary<string, Field> HeaderFields = MakeHeaders();
    private static readonly Dictionary<string, Field>.AlternateLookup<ReadOnlySpan<char>> HeaderLookup = HeaderFields.GetAlternateLookup<ReadOnlySpan<char>>();

    private const int LongestHeaderName = 64;

    /// <summary>The field of a setting.</summary>
    /// <param name="id">Its number.</param>
    internal static Field SettingOf(int id) => SettingFields.GetValueOrDefault(id, UnknownSetting);

    /// <summary>The field of a header's value; null if it has none of its own.</summary>
    /// <param name="name">The header's name.</param>
    internal static Field? HeaderOf(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[LongestHeaderName];
        return name.Length <= text.Length && Ascii.ToUtf16(name, text, out int length) is System.Buffers.OperationStatus.Done && HeaderLookup.TryGetValue(text[..length], out Field? field) ? field : null;
    }

    private static Dictionary<string, Field> MakeHeaders()
    {
        var headers = new Dictionary<string, Field>(StringComparer.Ordinal)
        {
            [":authority"] = Group.Text("headers.authority", ":authority"),
            [":status"] = Group.Unsigned("headers.status", ":status", 16),
            [":path"] = Group.Text("headers.path", ":path"),
            [":method"] = Group.Text("headers.method", ":method"),
            [":scheme"] = Group.Text("headers.scheme", ":scheme"),
            ["age"] = Group.Unsigned("headers.age", "age", 64),
            ["content-length"] = Group.Unsigned("headers.content_length", "content-length", 64),
            ["max-forwards"] = Group.Unsigned("headers.max_forwards", "max-forwards", 64),
        };
        foreach (string name in Texts.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
            headers.Add(name, Group.Text($"headers.{name.Replace('-', '_')}", name));
        return headers;
    }
}
