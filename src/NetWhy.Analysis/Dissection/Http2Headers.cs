using System.Buffers;
using System.Buffers.Text;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Wire.Http;

namespace NetWhy.Analysis.Dissection;

/// <summary>Header blocks of HTTP/2. Sources: RFC 7541; RFC 9113, section 8.3.</summary>
internal static class Http2Headers
{
    private const int MostFields = 200; // of a block, as Wireshark has it
    private const int MostDecoded = 1 << 18; // octets of a block
    private const int LengthsSize = 8; // two of them, which Wireshark keeps with each field

    private static readonly Dictionary<HpackRepresentation, string> Names = new()
    {
        [HpackRepresentation.Indexed] = "Indexed Header Field",
        [HpackRepresentation.Kept] = "Literal Header Field with Incremental Indexing",
        [HpackRepresentation.NotKept] = "Literal Header Field without Indexing",
        [HpackRepresentation.NeverKept] = "Literal Header Field never Indexed",
    };

    /// <summary>What is said of a request in one line.</summary>
    private ref struct Target
    {
        internal ReadOnlyMemory<byte> Method;
        internal ReadOnlyMemory<byte> Path;
        internal ReadOnlyMemory<byte> Scheme;
        internal ReadOnlyMemory<byte> Authority;
        internal ReadOnlyMemory<byte> Status;
    }

    /// <summary>Reads a header block, or what a frame has of it.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="stream">The stream that they are for.</param>
    /// <param name="direction">Their direction.</param>
    /// <param name="head">The place of the line of their frame.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    internal static void Read(ref Dissection dissection, Http2Connection connection, Http2Stream stream, int direction, int head, int at, int end)
    {
        HpackDecoder decoder = connection.DecoderOf(direction);
        if (!dissection.Need(at, end - at))
        {
            decoder.Break();
            return;
        }

        List<HpackField> fields = Decode(connection, decoder, direction, dissection.Octets[at..end], out int attempted, out bool isCut);
        if (!dissection.Memory.Count(connection))
            connection.Clear(dissection.Memory);
        int length = 0;
        foreach (HpackField field in fields)
            length += field.Representation is HpackRepresentation.TableSize ? 0 : LengthsSize + field.Name.Length + field.Value.Length;
        if (length == 0)
            return;
        if (dissection.Memory.Carried is not null)
            dissection.Tell(Carrier.Http2, connection.Stream, stream.Id, Listed(fields, length));
        dissection.Fields.Add(Http2Fields.HeaderLength, (ulong)length, at, 0);
        if (attempted >= MostDecoded)
            dissection.Fields.Remark(Http2Fields.HeaderSizeExceeded, at, $"Decompression stopped after {length} bytes ({attempted} attempted).");
        dissection.Fields.Add(Http2Fields.HeaderCount, (ulong)fields.Count, at, 0);
        if (isCut)
            dissection.Remark(Http2Fields.HeaderLinesExceeded, at);
        Http2Side side = stream.Sides[direction];
        side.HasHeaders = true;
        Target target = default;
        foreach (HpackField field in fields)
        {
            Add(ref dissection, at, field);
            Heed(ref dissection, stream, side, field, ref target);
        }

        SayTarget(dissection.Fields, head, target);

        AddUri(ref dissection, target);
    }

    private static byte[] Listed(List<HpackField> fields, int length)
    {
        byte[] listed = new byte[length];
        Span<byte> rest = listed;
        foreach (HpackField field in fields)
        {
            if (field.Representation is HpackRepresentation.TableSize)
                continue;
            foreach (ReadOnlyMemory<byte> part in (ReadOnlySpan<ReadOnlyMemory<byte>>)[field.Name, field.Value])
            {
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(rest, part.Length);
                part.Span.CopyTo(rest[sizeof(int)..]);
                rest = rest[(sizeof(int) + part.Length)..];
            }
        }

        return listed;
    }

    // What is left out is decoded too: later blocks refer to it.
    private static List<HpackField> Decode(Http2Connection connection, HpackDecoder decoder, int direction, ReadOnlySpan<byte> part, out int decoded, out bool isCut)
    {
        isCut = false;
        var fields = new List<HpackField>();
        ReadOnlySpan<byte> block = connection.GoOn(direction, part);
        decoded = 0;
        while (!block.IsEmpty)
        {
            OperationStatus status = decoder.Read(block, out int consumed, out HpackField field);
            if (status is OperationStatus.NeedMoreData)
                connection.Keep(direction, block);
            if (status is not OperationStatus.Done)
                break;
            block = block[consumed..];
            if (isCut || decoded >= MostDecoded)
                continue;
            if (fields.Count == MostFields)
            {
                isCut = true;
                continue;
            }

            decoded += LengthsSize + field.Name.Length + field.Value.Length;
            if (decoded < MostDecoded)
                fields.Add(field);
        }

        return fields;
    }

    private static void Add(ref Dissection dissection, int at, in HpackField field)
    {
        PacketFields fields = dissection.Fields;
        bool isSize = field.Representation is HpackRepresentation.TableSize;
        fields.Add(isSize ? Http2Fields.TableSizeUpdate : Http2Fields.Header, 0, at, 0);
        if (!isSize)
            SayHeader(fields, field);
        fields.Depth++;
        if (isSize)
            fields.Add(Http2Fields.TableSize, (ulong)field.TableSize, at, 0);
        else
            AddNameAndValue(fields, at, field);
        fields.Depth--;
    }

    private static void SayHeader(PacketFields fields, in HpackField field)
    {
        fields.SayMore($": {field.Name.Span}: {field.Value.Span}");
        if (field.Name.Span.SequenceEqual(":status"u8))
            fields.SayMore($" {PhraseOf(field.Value.Span)}");
    }

    private static void SayTarget(PacketFields fields, int head, in Target target)
    {
        if (target.Method.Length > 0 && target.Path.Length > 0)
            fields.SayMoreOf(head, $", {target.Method.Span} {target.Path.Span}");
        if (target.Status.Length > 0)
            fields.SayMoreOf(head, $", {target.Status.Span} {PhraseOf(target.Status.Span)}");
    }

    private static string PhraseOf(ReadOnlySpan<byte> status) => HttpStatus.PhraseOf(Utf8Parser.TryParse(status, out int code, out _) ? code : 0) ?? "Unknown";

    private static void AddNameAndValue(PacketFields fields, int at, in HpackField field)
    {
        ReadOnlySpan<byte> name = field.Name.Span;
        ReadOnlySpan<byte> value = field.Value.Span;
        fields.Add(Http2Fields.NameLength, (ulong)name.Length, at, 0);
        fields.AddMade(Http2Fields.Name, name);
        fields.Add(Http2Fields.ValueLength, (ulong)value.Length, at, 0);
        fields.AddMade(Http2Fields.Value, value);
        if (Http2Fields.HeaderOf(name) is { Kind: FieldKind.Text } text)
            fields.AddMade(text, value);
        else if (Http2Fields.HeaderOf(name) is { } number && Utf8Parser.TryParse(value, out ulong parsed, out int used) && used == value.Length)
            fields.Add(number, parsed, at, 0);
        AddUnescaped(fields, value);
        if (fields.IsWanted(Http2Fields.Representation))
            fields.AddMade(Http2Fields.Representation, Encoding.ASCII.GetBytes(NameOf(field)));
        if (field.Index > 0)
            fields.Add(Http2Fields.HeaderIndex, (ulong)field.Index, at, 0);
    }

    private static string NameOf(in HpackField field) => field switch
    {
        { Representation: HpackRepresentation.Indexed } => Names[field.Representation],
        { Index: > 0 } => Names[field.Representation] + " - Indexed Name",
        _ => Names[field.Representation] + " - New Name",
    };

    // RFC 3986, section 2.1. What makes no sense is not shown.
    private static void AddUnescaped(PacketFields fields, ReadOnlySpan<byte> value)
    {
        if (!fields.IsWanted(Http2Fields.Unescaped))
            return;
        byte[] text = new byte[value.Length];
        int length = 0;
        for (int at = 0; at < value.Length; at++)
        {
            byte octet = value[at];
            if (octet == '%')
            {
                if (at + 2 >= value.Length || !Utf8Parser.TryParse(value.Slice(at + 1, 2), out octet, out int used, 'x') || used != 2 || octet == 0)
                    return;
                at += 2;
            }

            text[length++] = octet;
        }

        fields.AddMade(Http2Fields.Unescaped, text.AsSpan(0, length));
    }

    private static void Heed(ref Dissection dissection, Http2Stream stream, Http2Side side, in HpackField field, ref Target target)
    {
        ReadOnlySpan<byte> name = field.Name.Span;
        ReadOnlySpan<byte> value = field.Value.Span;
        bool isTarget = false;
        if (name.SequenceEqual(":method"u8))
        {
            target.Method = field.Value;
            stream.IsTunnel |= value.SequenceEqual("CONNECT"u8);
            isTarget = true;
        }
        else if (name.SequenceEqual(":path"u8))
        {
            target.Path = field.Value;
            isTarget = true;
        }
        else if (name.SequenceEqual(":scheme"u8))
        {
            target.Scheme = field.Value;
        }
        else if (name.SequenceEqual(":authority"u8))
        {
            target.Authority = field.Value;
        }
        else if (name.SequenceEqual(":status"u8))
        {
            target.Status = field.Value;
            side.IsPartial = value.SequenceEqual("206"u8);
            if (dissection.Summary is { } summary)
                WriteStatus(summary, value);
        }
        else
        {
            HeedContent(stream, side, name, value);
        }

        if (isTarget && target.Method.Length > 0 && target.Path.Length > 0 && dissection.Summary is { } line)
        {
            line.Append(": "u8);
            line.AppendForeign(target.Method.Span);
            line.Append(" "u8);
            line.AppendForeign(target.Path.Span);
        }
    }

    private static void HeedContent(Http2Stream stream, Http2Side side, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("content-type"u8))
        {
            int end = value.IndexOf((byte)';');
            side.MediaType = Encoding.Latin1.GetString((end < 0 ? value : value[..end]).Trim(" \t"u8)).ToLowerInvariant();
            stream.IsStreamed |= side.MediaType.StartsWith("application/grpc", StringComparison.Ordinal);
        }
        else if (name.SequenceEqual("content-encoding"u8))
        {
            side.Encoding = Encoding.Latin1.GetString(value);
        }
        else if (name.SequenceEqual("transfer-encoding"u8))
        {
            side.IsTransferEncoded = true;
        }
    }

    private static void WriteStatus(PacketSummary summary, ReadOnlySpan<byte> value)
    {
        summary.Append(": "u8);
        summary.AppendForeign(value);
        summary.Append($" {PhraseOf(value)}");
    }

    private static void AddUri(ref Dissection dissection, in Target target)
    {
        if (target.Authority.Length == 0 || !dissection.Fields.IsWanted(Http2Fields.FullUri))
            return;
        if (target.Method.Span.SequenceEqual("CONNECT"u8))
            dissection.Fields.AddMade(Http2Fields.FullUri, target.Authority.Span);
        else if (target.Scheme.Length > 0 && target.Path.Length > 0)
            dissection.Fields.AddMade(Http2Fields.FullUri, [.. target.Scheme.Span, .. "://"u8, .. target.Authority.Span, .. target.Path.Span]);
    }
}
