using System.Buffers;
using System.Buffers.Text;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>The bodies of HTTP/1 messages, and what they hold. Sources: RFC 9112, section 7; RFC 9110, section 8.</summary>
internal static class HttpContent
{
    internal static readonly FieldGroup TextLines = new("data-text-lines", "Line-based text data");
    internal static readonly FieldGroup Media = new("media", "Media Type");
    internal static readonly FieldGroup Form = new("urlencoded-form", "HTML Form URL Encoded");
    private static readonly Field FormKey = Form.Utf8("key", "Key").At(2);
    private static readonly Field FormValue = Form.Utf8("value", "Value").At(2);

    private static readonly FieldGroup Http = HttpDissector.Group;
    private static readonly Field ChunkSize = Http.Unsigned("chunk_size", "Chunk size", 32).In(" octets");
    private static readonly Field ChunkData = Http.Octets("chunk_data", "Chunk data");
    private static readonly Field ChunkBoundary = Http.Octets("chunk_boundary", "Chunk boundary");
    private static readonly Field TrailerPart = Http.Text("chunked_trailer_part", "trailer-part");
    private static readonly Field FileData = Http.Text("file_data", "File Data");

    private const int MostLines = 1 << 14;

    /// <summary>The protocols of what bodies hold.</summary>
    internal static FieldGroup[] Groups { get; } = [TextLines, Media, Form];

    /// <summary>Whether somebody looks at bodies.</summary>
    /// <param name="fields">What is asked for.</param>
    internal static bool IsWanted(PacketFields fields) =>
        fields.IsWanted(FileData) || fields.IsWanted(ChunkData) || fields.IsWanted(ChunkSize) || fields.IsWanted(FormKey) || fields.IsWanted(FormValue);

    /// <summary>Reads a body.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="body">What its head says of it.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void Read(ref Dissection dissection, in HttpBody body, int offset, int length)
    {
        length = dissection.Captured(offset, length);
        if (!body.IsChunked)
        {
            ReadCoded(ref dissection, body, offset, length);
            return;
        }

        byte[] whole = ReadChunks(ref dissection, offset, length);
        if (whole.Length == 0 || dissection.Fields.Join(whole, "De-chunked entity body") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(whole);
        ReadCoded(ref inside, body, 0, whole.Length);
        dissection.Fields.Source = before;
    }

    private static byte[] ReadChunks(ref Dissection dissection, int offset, int length)
    {
        const int BoundaryLength = 2;
        var whole = new ArrayBufferWriter<byte>();
        int end = offset + length;
        dissection.Label("HTTP chunked response");
        dissection.Fields.Depth++;
        while (offset < end)
        {
            ReadOnlySpan<byte> rest = dissection.Octets[offset..end];
            int size = rest.IndexOf((byte)'\n');
            if (size < 0 || !Utf8Parser.TryParse(rest.TrimStart(" \t"u8), out uint chunk, out _, 'x'))
                break;
            int data = offset + size + 1;
            int here = (int)Math.Min(chunk, (uint)Math.Max(0, end - data));
            if (chunk == 0)
                dissection.Label("End of chunked encoding");
            else
                dissection.Fields.AddText(FrameFields.Text, $"Data chunk ({chunk} octets)");
            dissection.Fields.Depth++;
            dissection.Fields.Add(ChunkSize, chunk, offset, size + 1);
            if (chunk > 0)
            {
                dissection.Part(ChunkData, data, here);
                whole.Write(dissection.Octets.Slice(data, here));
                dissection.Part(ChunkBoundary, data + here, Math.Min(BoundaryLength, end - data - here));
            }

            dissection.Fields.Depth--;
            offset = data + here + (chunk > 0 ? BoundaryLength : 0);
            if (chunk > 0)
                continue;
            ReadTrailers(ref dissection, offset, end);
            break;
        }

        dissection.Fields.Depth--;
        return whole.WrittenSpan.ToArray();
    }

    // Whoever sent it chose it: what would move the cursor is written as C writes it.
    private static string Shown(string text)
    {
        var shown = new ArrayBufferWriter<byte>();
        FieldText.WriteText(shown, Encoding.Latin1.GetBytes(text));
        return Encoding.UTF8.GetString(shown.WrittenSpan);
    }

    private static void ReadTrailers(ref Dissection dissection, int offset, int end)
    {
        int last = dissection.Octets[offset..end].LastIndexOf("\r\n"u8);
        if (last > 0)
            dissection.Part(TrailerPart, offset, last);
        if (last >= 0)
            AddLine(ref dissection, offset + last, end);
    }

    private static void ReadCoded(ref Dissection dissection, in HttpBody body, int offset, int length)
    {
        if (body.Coding.Length == 0 || length == 0)
        {
            ReadPlain(ref dissection, body, offset, length);
            return;
        }

        byte[]? plain = dissection.Fields.MayJoin ? ContentCoding.Decompress(dissection.Octets.Slice(offset, length), body.Coding) : null;
        dissection.Fields.AddText(FrameFields.Text, $"Content-encoded entity body ({Shown(body.Coding)}): {length} bytes{(plain is null ? " [Error: Decompression failed]" : $" -> {plain.Length} bytes")}");
        if (plain is null)
        {
            dissection.Tell(Carrier.Http, body.Stream, 0, dissection.Octets.Slice(offset, length));
            dissection.Fields.Base += 2;
            DataDissector.Read(ref dissection, offset, length);
            dissection.Fields.Base -= 2;
            return;
        }

        if (dissection.Fields.Join(plain, "Uncompressed entity body") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain);
        ReadPlain(ref inside, body, 0, plain.Length);
        dissection.Fields.Source = before;
    }

    private static void ReadPlain(ref Dissection dissection, in HttpBody body, int offset, int length)
    {
        if (length == 0)
            return;
        ReadOnlySpan<byte> octets = dissection.Octets.Slice(offset, length);
        dissection.Tell(Carrier.Http, body.Stream, 0, octets);
        int zero = octets.IndexOf((byte)0);
        dissection.Fields.AddOctets(FileData, offset, zero < 0 ? length : zero); // as a string of C
        dissection.Fields.Say($"{FileData.Label}: {length} byte{(length == 1 ? "" : "s")}");
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        ReadType(ref dissection, body.MediaType, offset, length);
        dissection.Fields.Depth = depth;
    }

    /// <summary>Reads content by its type.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="type">The type, in small letters.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void ReadType(ref Dissection dissection, string type, int offset, int length)
    {
        if (type.Length == 0)
        {
            dissection.Fields.Base++;
            DataDissector.Read(ref dissection, offset, length);
            dissection.Fields.Base--;
            return;
        }

        string layer = HttpSummary.LayerOf(Encoding.Latin1.GetBytes(type));
        switch (layer)
        {
            case "data-text-lines":
                ReadLines(ref dissection, type, offset, length);
                break;
            case "urlencoded-form":
                ReadForm(ref dissection, type, offset, length);
                break;
            case "data":
                DataDissector.Read(ref dissection, offset, length);
                break;
            case "media":
                dissection.Protocol(Media.Protocol, offset, length);
                dissection.Fields.AddText(FrameFields.Text, $"Media type: {Shown(type)} ({length} byte{(length == 1 ? "" : "s")})");
                break;
            default:
                dissection.Fields.AddLayer(layer);
                break;
        }
    }

    /// <summary>Reads text by its lines.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="type">Its media type; empty if it has none.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void ReadLines(ref Dissection dissection, string type, int offset, int length)
    {
        dissection.Protocol(TextLines.Protocol, offset, length);
        int head = dissection.Fields.IsWanted(TextLines.Protocol) ? dissection.Fields.Last : -1;
        if (type.Length > 0)
            dissection.Fields.SayMoreOf(head, $": {Shown(type)}");
        int end = offset + length;
        int lines = 0;
        for (; offset < end && lines < MostLines; lines++)
        {
            int size = dissection.Octets[offset..end].IndexOfAny((byte)'\r', (byte)'\n');
            int next = size < 0 ? end : offset + size + 1;
            if (size >= 0 && dissection.Octets[next - 1] == '\r' && next < end && dissection.Octets[next] == '\n')
                next++;
            AddLine(ref dissection, offset, next);
            offset = next;
        }

        dissection.Fields.SayMoreOf(head, $" ({lines} lines)");
    }

    private static void AddLine(ref Dissection dissection, int offset, int end) =>
        dissection.Fields.AddText(FrameFields.Text, $"{dissection.Octets[offset..end]}");

    // URL Standard, section 5.1.
    private static void ReadForm(ref Dissection dissection, string type, int offset, int length)
    {
        dissection.Protocol(Form.Protocol, offset, length);
        dissection.Fields.SayMore($": {Shown(type)}");
        for (int end = offset + length; offset < end;)
        {
            int size = dissection.Octets[offset..end].IndexOf((byte)'&');
            size = size < 0 ? end - offset : size;
            ReadOnlySpan<byte> item = dissection.Octets.Slice(offset, size);
            int sign = item.IndexOf((byte)'=');
            byte[] key = Decode(sign < 0 ? item : item[..sign]);
            byte[] value = Decode(sign < 0 ? [] : item[(sign + 1)..]);
            dissection.Fields.AddText(FrameFields.Text, $"Form item: \"{(ReadOnlySpan<byte>)key}\" = \"{(ReadOnlySpan<byte>)value}\"");
            dissection.Fields.Depth++;
            dissection.Fields.AddMade(FormKey, key);
            dissection.Fields.AddMade(FormValue, value);
            dissection.Fields.Depth--;
            offset += size + 1;
        }
    }

    private static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var decoded = new ArrayBufferWriter<byte>(Math.Max(1, text.Length));
        for (int at = 0; at < text.Length; at++)
        {
            byte octet = text[at];
            if (octet == '%' && at + 2 < text.Length && Utf8Parser.TryParse(text.Slice(at + 1, 2), out byte value, out int used, 'x') && used == 2)
            {
                octet = value;
                at += 2;
            }
            else if (octet == '+')
            {
                octet = (byte)' ';
            }

            decoded.Write([octet]);
        }

        return decoded.WrittenSpan.ToArray();
    }
}

/// <summary>What the head of a message says of its body.</summary>
/// <param name="Stream">Number of the stream that it came in.</param>
/// <param name="IsChunked">Whether it comes in chunks.</param>
/// <param name="Coding">Its coding, in small letters; empty for none.</param>
/// <param name="MediaType">Its media type, in small letters; empty if nobody said.</param>
internal readonly record struct HttpBody(int Stream, bool IsChunked, string Coding, string MediaType);
