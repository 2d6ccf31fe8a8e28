using System.Text.Json;

namespace NetWhy.App.Render;

/// <summary>Writes JSON to standard output.</summary>
internal static class JsonOutput
{
    /// <summary>Writes one object and a line end, in UTF-8.</summary>
    /// <param name="schema">What kind of object it is, such as <c>netwhy.causes/1</c>: its first member.</param>
    /// <param name="writeMembers">Writes the other members.</param>
    /// <exception cref="CommandException">It cannot be written: a full disk, a closed descriptor.</exception>
    public static void Write(string schema, Action<Utf8JsonWriter> writeMembers)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = Terminal.HasOutput }))
        {
            json.WriteStartObject();
            json.WriteString("schema", schema);
            writeMembers(json);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        Terminal.WriteOutput(buffer.ToArray());
    }
}
