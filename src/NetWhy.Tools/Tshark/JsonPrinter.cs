using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints packets as JSON: an array of objects, or lines for the bulk interface of Elasticsearch. Source: tshark(1), -T json and -T ek.</summary>
/// <param name="columns">The fields asked for; empty for all of them, under their protocols.</param>
/// <param name="occurrence">Which values of a field that was asked for: <c>f</c> the first, <c>l</c> the last, <c>a</c> all.</param>
/// <param name="isElastic">Whether lines are printed.</param>
/// <param name="clock">How times of the list are shown.</param>
internal sealed class JsonPrinter(IReadOnlyList<PacketColumn> columns, char occurrence, bool isElastic, PacketClock clock) : IShownSink, IDisposable
{
    private const long Second = 1_000_000_000;
    private const long Millisecond = 1_000_000;

    private readonly ArrayBufferWriter<byte> _value = new();
    private readonly ArrayBufferWriter<byte> _text = new(); // what was not handed on yet
    private readonly List<byte> _open = []; // how deep those lie whose parts are written
    private readonly Field _line = FieldCatalog.Default["text"];
    private Utf8JsonWriter? _json;

    /// <inheritdoc/>
    public bool NeedsSummary => columns.Any(column => column.Field is null);

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        if (columns.Count == 0)
            fields.WantAll();
        foreach (PacketColumn column in columns)
            column.Want(fields);
    }

    /// <inheritdoc/>
    public void Begin(IBufferWriter<byte> output)
    {
        _json = new Utf8JsonWriter(_text, new JsonWriterOptions { Indented = !isElastic, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        if (!isElastic)
            _json.WriteStartArray();
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        string index = $"packets-{TimeOf(packet.Record.Nanoseconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
        if (isElastic)
        {
            _text.WriteText($"{{\"index\":{{\"_index\":\"{index}\",\"_type\":\"doc\"}}}}\n");
            _json!.Reset();
            _json.WriteStartObject();
            _json.WriteString("timestamp", (packet.Record.Nanoseconds / Millisecond).ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            _json!.WriteStartObject();
            _json.WriteString("_index", index);
            _json.WriteString("_type", "doc");
            _json.WriteNull("_score");
            _json.WriteStartObject("_source");
        }

        _json.WriteStartObject("layers");
        if (columns.Count > 0)
            WriteColumns(packet);
        else if (isElastic)
            WriteFlatLayers(packet.Fields);
        else
            WriteLayers(packet.Fields);
        _json.WriteEndObject();
        if (!isElastic)
            _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        if (isElastic)
            _text.WriteText("\n");
        HandOn(output);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        if (isElastic)
            return;
        _json!.WriteEndArray();
        _json.Flush();
        _text.WriteText("\n");
        HandOn(output);
    }

    // A slash behind "<" is escaped, as tshark does, so that no page takes it for the end of a script; outside of strings there is none.
    private void HandOn(IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> text = _text.WrittenSpan;
        for (int place; (place = text.IndexOf("</"u8)) >= 0; text = text[(place + 1)..])
        {
            output.Write(text[..(place + 1)]);
            output.Write("\\"u8);
        }

        output.Write(text);
        _text.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose() => _json?.Dispose();

    private void WriteColumns(in ShownPacket packet)
    {
        foreach (PacketColumn column in columns)
        {
            bool isThere = false;
            if (column.Field is not { } field)
            {
                _value.ResetWrittenCount();
                column.Write(_value, packet, clock);
                _json!.WriteStartArray(NameOf(column.Name));
                _json.WriteStringValue(_value.WrittenSpan);
                _json.WriteEndArray();
                continue;
            }

            ReadOnlySpan<FieldValue> values = packet.Fields.Values;
            for (int place = 0; place < values.Length; place++)
            {
                if (values[place].FieldIndex != field.Index || (occurrence == 'l' && HasAnother(values[(place + 1)..], field)))
                    continue;
                if (!isThere)
                    _json!.WriteStartArray(NameOf(field.Name));
                isThere = true;
                WriteShown(column, place, packet.Fields);
                if (occurrence == 'f')
                    break;
            }

            if (isThere)
                _json!.WriteEndArray();
        }
    }

    private static bool HasAnother(ReadOnlySpan<FieldValue> values, Field field)
    {
        foreach (ref readonly FieldValue value in values)
        {
            if (value.FieldIndex == field.Index)
                return true;
        }

        return false;
    }

    // As -T fields has it, and not as among all fields; but JSON escapes text itself.
    private void WriteShown(PacketColumn column, int place, in DissectedPacket packet)
    {
        if (column.Field is { Kind: FieldKind.Text } text)
        {
            WriteValue(text, packet.Values[place], packet);
            return;
        }

        _value.ResetWrittenCount();
        column.WriteValue(_value, packet, place);
        _json!.WriteStringValue(_value.WrittenSpan);
    }

    // Names as Elasticsearch takes them, without dots.
    private string NameOf(string name) => isElastic ? name.Replace('.', '_') : name;

    // What lies deepest at 0 is a protocol; one that comes twice is written again, as tshark does.
    private void WriteLayers(in DissectedPacket packet)
    {
        ReadOnlySpan<FieldValue> values = packet.Values;
        for (int index = 0; index < values.Length;)
        {
            Field field = FieldCatalog.Default.All[values[index].FieldIndex];
            int end = EndOfLayer(values, index);
            bool isHead = values[index].Depth == 0;
            if (isHead && end == index + 1 && field.Kind is FieldKind.Protocol)
            {
                _value.ResetWrittenCount();
                FieldLine.Write(_value, packet, index);
                _json!.WriteString(field.Name, _value.WrittenSpan);
            }
            else
            {
                _json!.WriteStartObject(isHead ? field.Name : field.Protocol.Name);
                WriteTree(packet, values[(isHead ? index + 1 : index)..end]);
                _json.WriteEndObject();
            }

            index = end;
        }
    }

    // Those of one name stand together.
    private void WriteFlatLayers(in DissectedPacket packet)
    {
        ReadOnlySpan<FieldValue> values = packet.Values;
        var groups = new List<(Field Layer, List<Range> Members)>();
        for (int index = 0; index < values.Length; index = EndOfLayer(values, index))
        {
            Field field = FieldCatalog.Default.All[values[index].FieldIndex];
            Field layer = values[index].Depth == 0 ? field : field.Protocol;
            int place = groups.FindIndex(group => group.Layer == layer);
            if (place < 0)
                groups.Add((layer, [index..EndOfLayer(values, index)]));
            else
                groups[place].Members.Add(index..EndOfLayer(values, index));
        }

        foreach ((Field layer, List<Range> members) in groups)
        {
            if (layer.Kind is FieldKind.None) // a line of its own that is no protocol
            {
                WriteFlat(packet, layer.Protocol, members);
                continue;
            }

            _json!.WritePropertyName(NameOf(layer.Name));
            if (members.Count > 1)
                _json.WriteStartArray();
            foreach (Range member in members)
            {
                bool isHead = values[member.Start].Depth == 0;
                _json.WriteStartObject();
                WriteFlat(packet, layer.Protocol, [isHead ? Below(member) : member]);
                _json.WriteEndObject();
            }

            if (members.Count > 1)
                _json.WriteEndArray();
        }
    }

    private static int EndOfLayer(ReadOnlySpan<FieldValue> values, int index)
    {
        Field protocol = FieldCatalog.Default.All[values[index].FieldIndex].Protocol;
        int end = index + 1;
        while (end < values.Length && !BeginsLayer(values[end], protocol))
            end++;
        return end;
    }

    // Behind what a protocol carried, its own values may go on.
    private static bool BeginsLayer(in FieldValue value, Field protocol)
    {
        Field field = FieldCatalog.Default.All[value.FieldIndex];
        return value.Depth == 0 || (value.Depth == 1 && field.Protocol != protocol && field.Protocol != field && !field.IsShared);
    }

    // The values of one field under one parent stand together, and behind them what lies under them.
    private void WriteFlat(in DissectedPacket packet, Field protocol, List<Range> parents)
    {
        ReadOnlySpan<FieldValue> values = packet.Values;
        var groups = new List<(Field Field, List<Range> Members)>();
        foreach (Range parent in parents)
        {
            for (int first = parent.Start.Value; first < parent.End.Value;)
            {
                int end = first + 1;
                while (end < parent.End.Value && values[end].Depth > values[first].Depth)
                    end++;
                Field field = FieldCatalog.Default.All[values[first].FieldIndex];
                int place = groups.FindIndex(group => group.Field == field);
                if (place < 0)
                    groups.Add((field, [first..end]));
                else
                    groups[place].Members.Add(first..end);
                first = end;
            }
        }

        foreach ((Field field, List<Range> members) in groups)
        {
            string name = NameOf(field.Name);
            bool isOfLayer = field.IsShared || field.Name.StartsWith($"{protocol.Name}.", StringComparison.Ordinal);
            _json!.WritePropertyName(field.Kind is FieldKind.Protocol || field == _line ? name : $"{NameOf((isOfLayer ? protocol : field.Protocol).Name)}_{name}");
            if (members.Count > 1)
                _json.WriteStartArray();
            foreach (Range member in members)
            {
                if (field.IsLayer)
                    WriteObject(packet, field, member);
                else
                    WriteValue(field, values[member.Start], packet);
            }

            if (members.Count > 1)
                _json.WriteEndArray();
            if (!field.IsLayer)
                WriteFlat(packet, protocol, [.. members.Select(Below).Where(below => !below.Start.Equals(below.End))]);
        }
    }

    private void WriteObject(in DissectedPacket packet, Field protocol, Range layer)
    {
        _json!.WriteStartObject();
        WriteFlat(packet, protocol, [Below(layer)]);
        _json.WriteEndObject();
    }

    private static Range Below(Range member) => (member.Start.Value + 1)..member.End;

    private void WriteTree(in DissectedPacket packet, ReadOnlySpan<FieldValue> values)
    {
        _open.Clear();
        for (int index = 0; index < values.Length; index++)
        {
            FieldValue value = values[index];
            Field field = FieldCatalog.Default.All[value.FieldIndex];
            while (_open.Count > 0 && _open[^1] >= value.Depth)
                Close();
            bool hasParts = index + 1 < values.Length && values[index + 1].Depth > value.Depth;
            bool hasValue = field.Kind is not FieldKind.None && field != _line && !field.IsLayer;
            if (!hasParts || hasValue)
                WriteMember(packet, field, value);
            if (!hasParts)
                continue;
            _json!.WriteStartObject(hasValue ? $"{field.Name}_tree" : field == _line ? Encoding.UTF8.GetString(packet.OctetsOf(value)) : field.Name);
            _open.Add(value.Depth);
        }

        while (_open.Count > 0)
            Close();
    }

    private void WriteMember(in DissectedPacket packet, Field field, in FieldValue value)
    {
        if (field == _line)
        {
            _json!.WriteString(Encoding.UTF8.GetString(packet.OctetsOf(value)), "");
            return;
        }

        _json!.WritePropertyName(field.Name);
        WriteValue(field, value, packet);
    }

    private void Close()
    {
        _json!.WriteEndObject();
        _open.RemoveAt(_open.Count - 1);
    }

    private void WriteValue(Field field, in FieldValue value, in DissectedPacket packet)
    {
        if (isElastic && field.Kind is FieldKind.Boolean)
        {
            _json!.WriteBooleanValue(value.Number != 0);
            return;
        }

        if (field.Kind is FieldKind.None)
        {
            if (isElastic)
                _json!.WriteNullValue();
            else
                _json!.WriteStringValue("");
            return;
        }

        ReadOnlySpan<byte> octets = packet.OctetsOf(value);
        if (field.Kind is FieldKind.Text)
        {
            // What is no text is shown as such, and JSON escapes what needs it.
            _json!.WriteStringValue(field.IsUtf8 ? Encoding.UTF8.GetString(octets) : string.Create(octets.Length, octets, WriteAscii));
            return;
        }

        if (field.Kind is FieldKind.Octets or FieldKind.Protocol)
        {
            _value.ResetWrittenCount();
            FieldText.WriteOctets(_value, octets, (byte)':');
            _json!.WriteStringValue(_value.WrittenSpan);
            return;
        }

        _value.ResetWrittenCount();
        if (isElastic && field.Kind is FieldKind.Time)
            WriteTime(value.Signed);
        else
            FieldText.Write(_value, field, value, octets);
        _json!.WriteStringValue(_value.WrittenSpan);
    }

    private void WriteTime(long nanoseconds)
    {
        _value.WriteText(string.Create(CultureInfo.InvariantCulture, $"{TimeOf(nanoseconds):yyyy-MM-dd'T'HH:mm:ss}.{FractionOf(nanoseconds):d9}Z"));
    }

    private static void WriteAscii(Span<char> text, ReadOnlySpan<byte> octets)
    {
        for (int place = 0; place < text.Length; place++)
            text[place] = octets[place] < 0x80 ? (char)octets[place] : '\ufffd';
    }

    // As nanoseconds since 1970, a long reaches from 1677 to 2262.
    private static DateTime TimeOf(long nanoseconds) => DateTime.UnixEpoch.AddSeconds((nanoseconds - FractionOf(nanoseconds)) / Second);

    private static long FractionOf(long nanoseconds) => ((nanoseconds % Second) + Second) % Second;
}
