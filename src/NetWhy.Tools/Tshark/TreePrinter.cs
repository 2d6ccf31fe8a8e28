using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints the fields of each packet under their protocols, each with its name.</summary>
/// <param name="protocols">Of which protocols; empty for all.</param>
internal sealed class TreePrinter(IReadOnlyCollection<string> protocols) : IShownSink
{
    private const int LongestOctets = 64;

    private readonly ArrayBufferWriter<byte> _value = new();
    private readonly Field _line = FieldCatalog.Default["text"];

    /// <inheritdoc/>
    public void Want(PacketFields fields) => fields.WantAll();

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        uint length = packet.Record.OriginalLength;
        int captured = packet.Record.Octets.Length;
        output.WriteText(string.Create(CultureInfo.InvariantCulture, $"Frame {packet.Number}: {length} bytes on wire ({length * 8L} bits), {captured} bytes captured ({captured * 8L} bits)\n"));
        foreach (ref readonly FieldValue value in packet.Fields.Values)
        {
            Field field = FieldCatalog.Default.All[value.FieldIndex];
            bool isLayer = field.Protocol == field;
            if (isLayer && field.Name is "frame")
                continue;
            if (isLayer)
            {
                output.WriteText(field.Description);
                output.Write("\n"u8);
            }
            else if (protocols.Count == 0 || protocols.Contains(field.Protocol.Name))
            {
                WriteField(output, packet.Fields, field, value);
            }
        }

        output.WriteText("\n");
    }

    private void WriteField(IBufferWriter<byte> output, in DissectedPacket packet, Field field, in FieldValue value)
    {
        _value.ResetWrittenCount();
        if (field.Kind is not (FieldKind.None or FieldKind.Protocol))
        {
            ReadOnlySpan<byte> octets = packet.OctetsOf(value);
            bool isCut = field.Kind is FieldKind.Octets && octets.Length > LongestOctets;
            FieldText.Write(_value, field, value, isCut ? octets[..LongestOctets] : octets);
            if (isCut)
                _value.WriteText("\u2026");
        }

        for (int depth = Math.Max((byte)1, value.Depth); depth > 0; depth--)
            output.Write("    "u8);
        if (field == _line)
        {
            output.Write(_value.WrittenSpan);
            output.Write("\n"u8);
            return;
        }

        output.WriteText(field.Description);
        if (_value.WrittenCount > 0)
            output.Write(": "u8);
        output.Write(_value.WrittenSpan);
        if (field.ValueNames?.GetValueOrDefault(value.Number) is { } name)
        {
            output.Write(" ("u8);
            output.WriteText(name);
            output.Write(")"u8);
        }

        output.Write("  ["u8);
        output.WriteText(field.Name);
        output.Write("]\n"u8);
    }
}
