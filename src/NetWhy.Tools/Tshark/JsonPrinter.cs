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
/// <param name="selection">What is printed of all fields.</param>
internal sealed class JsonPrinter(IReadOnlyList<PacketColumn> columns, char occurrence, bool isElastic, PacketClock clock, JsonSelection selection) : IShownSink, IDisposable
{
    private const long Second = 1_000_000_000;
    private const long Millisecond = 1_000_000;

    private readonly ArrayBufferWriter<byte> _value = new();
    private readonly ArrayBufferWriter<byte> _text = new(); // what was not handed on yet
    private readonly Field _line = FieldCatalog.Default["text"];
    private Utf8JsonWriter? _json;

    /// <inheritdoc/>
    public bool NeedsSummary => columns.Any(column => column.Field is null);

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        if (columns.Count == 0)
        {
            fields.WantAll();
            fields.WantTexts(); // lines without a name are called by what they say
        }

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
        List<Range> layers = [];
        for (int index = 0; index < values.Length; index = layers[^1].End.Value)
            layers.Add(index..EndOfLayer(values, index));
        if (selection.JoinsKeys)
        {
            foreach (IGrouping<string, Range> group in Keyed(packet, layers, KeyOfLayer))
                WriteLayer(packet, group.Key, [.. group]);
            return;
        }

        foreach (Range layer in layers)
            WriteLayer(packet, KeyOfLayer(packet, layer.Start.Value), [layer]);
    }

    private static string KeyOfLayer(in DissectedPacket packet, int place)
    {
        Field field = FieldCatalog.Default.All[packet.Values[place].FieldIndex];
        return packet.Values[place].Depth == 0 ? field.Name : field.Protocol.Name;
    }

    private void WriteLayer(in DissectedPacket packet, string key, ReadOnlySpan<Range> members)
    {
        _json!.WritePropertyName(key);
        BeginList(members);
        foreach (Range layer in members)
        {
            FieldValue head = packet.Values[layer.Start.Value];
            Field field = FieldCatalog.Default.All[head.FieldIndex];
            if (head.Depth == 0 && layer.End.Value == layer.Start.Value + 1 && field.Kind is FieldKind.Protocol)
                WriteLine(packet, layer.Start.Value);
            else
                WriteParts(packet, key, key, head.Depth == 0 ? Below(layer) : layer, isWhole: selection.Names is null);
        }

        EndList(members);
    }

    private void WriteLine(in DissectedPacket packet, int place)
    {
        _value.ResetWrittenCount();
        FieldLine.Write(_value, packet, place);
        _json!.WriteStringValue(_value.WrittenSpan);
    }

    private void BeginList(ReadOnlySpan<Range> members)
    {
        if (members.Length > 1)
            _json!.WriteStartArray();
    }

    private void EndList(ReadOnlySpan<Range> members)
    {
        if (members.Length > 1)
            _json!.WriteEndArray();
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
                WriteFlat(packet, layer.Protocol, members, isWhole: selection.Names is null);
                continue;
            }

            _json!.WritePropertyName(NameOf(layer.Name));
            if (members.Count > 1)
                _json.WriteStartArray();
            foreach (Range member in members)
            {
                bool isHead = values[member.Start].Depth == 0;
                WriteFlatObject(packet, layer, layer.Protocol, isHead ? Below(member) : member, isWhole: selection.Names is null);
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
    private void WriteFlat(in DissectedPacket packet, Field protocol, List<Range> parents, bool isWhole)
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
                    WriteFlatObject(packet, field, field, Below(member), isWhole);
                else if (field == _line && (isWhole || selection.Holds(field.Name)))
                    _json.WriteStringValue(FieldLine.Shorten(packet.OctetsOf(values[member.Start])));
                else if (isWhole || selection.Holds(field.Name))
                    WriteValue(field, values[member.Start], packet);
                else
                    WriteFiltered(field.Name);
            }

            if (members.Count > 1)
                _json.WriteEndArray();
            if (!field.IsLayer && (isWhole || selection.Holds(field.Name)))
                WriteFlat(packet, protocol, [.. members.Select(Below).Where(below => !below.Start.Equals(below.End))], isWhole || selection.HasParts);
        }
    }

    private void WriteFlatObject(in DissectedPacket packet, Field layer, Field protocol, Range parts, bool isWhole)
    {
        if (!isWhole && !selection.Holds(layer.Name))
        {
            WriteFiltered(layer.Name);
            return;
        }

        _json!.WriteStartObject();
        WriteFlat(packet, protocol, [parts], isWhole || selection.HasParts);
        _json.WriteEndObject();
    }

    private static Range Below(Range member) => (member.Start.Value + 1)..member.End;

    // What is left out is named all the same.
    private void WriteFiltered(string key)
    {
        _json!.WriteStartObject();
        _json.WriteString("filtered", key);
        _json.WriteEndObject();
    }

    // What lies under one line, as an object.
    private void WriteParts(in DissectedPacket packet, string name, string key, Range parts, bool isWhole)
    {
        if (!isWhole && !selection.Holds(name))
        {
            WriteFiltered(key);
            return;
        }

        isWhole |= selection.HasParts;
        _json!.WriteStartObject();
        if (selection.JoinsKeys)
        {
            foreach (IGrouping<string, Range> group in Keyed(packet, Members(packet, parts), KeyOf))
                WriteMembers(packet, group.Key, [.. group], isWhole);
        }
        else
        {
            for (int first = parts.Start.Value; first < parts.End.Value;)
            {
                Range member = first..EndOf(packet, first, parts.End.Value);
                WriteMembers(packet, KeyOf(packet, first), new ReadOnlySpan<Range>(in member), isWhole);
                first = member.End.Value;
            }
        }

        _json.WriteEndObject();
    }

    private static int EndOf(in DissectedPacket packet, int first, int end)
    {
        int place = first + 1;
        while (place < end && packet.Values[place].Depth > packet.Values[first].Depth)
            place++;
        return place;
    }

    private static List<Range> Members(in DissectedPacket packet, Range parts)
    {
        List<Range> members = [];
        for (int first = parts.Start.Value; first < parts.End.Value; first = members[^1].End.Value)
            members.Add(first..EndOf(packet, first, parts.End.Value));
        return members;
    }

    private string KeyOf(in DissectedPacket packet, int place)
    {
        FieldValue value = packet.Values[place];
        Field field = FieldCatalog.Default.All[value.FieldIndex];
        return field == _line ? Encoding.UTF8.GetString(FieldLine.Shorten(packet.OctetsOf(value))) : field.Name;
    }

    private delegate string Key(in DissectedPacket packet, int place);

    // Those of one key together, each where the first one stands.
    private static IEnumerable<IGrouping<string, Range>> Keyed(in DissectedPacket packet, List<Range> members, Key keyOf)
    {
        var keyed = new List<(string Key, Range Member)>(members.Count);
        foreach (Range member in members)
            keyed.Add((keyOf(packet, member.Start.Value), member));
        return keyed.GroupBy(one => one.Key, one => one.Member);
    }

    // The first one says whether all have a value.
    private void WriteMembers(in DissectedPacket packet, string key, ReadOnlySpan<Range> members, bool isWhole)
    {
        Field field = FieldCatalog.Default.All[packet.Values[members[0].Start.Value].FieldIndex];
        bool hasParts = false;
        foreach (Range member in members)
            hasParts |= member.End.Value > member.Start.Value + 1;
        bool hasValue = field.Kind is not FieldKind.None && field != _line && !field.IsLayer;
        if (!hasParts || hasValue)
        {
            _json!.WritePropertyName(key);
            BeginList(members);
            foreach (Range member in members)
            {
                if (field == _line)
                    _json.WriteStringValue("");
                else if (field.IsLayer && packet.IsHidden(member.Start.Value))
                    _json.WriteStringValue(field.Label);
                else if (field.IsLayer)
                    WriteLine(packet, member.Start.Value);
                else
                    WriteValue(field, packet.Values[member.Start.Value], packet);
            }

            EndList(members);
        }

        if (!hasParts)
            return;
        _json!.WritePropertyName(hasValue ? $"{key}_tree" : key);
        BeginList(members);
        foreach (Range member in members)
            WriteParts(packet, field.Name, key, Below(member), isWhole);
        EndList(members);
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
