using System.Buffers;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints each packet as a tree: its protocols, with their fields under them. Source: tshark(1), -V and -O.</summary>
/// <param name="protocols">Which protocols are shown with their fields; empty for all.</param>
/// <param name="showsData">Whether the octets are shown of what nobody reads further.</param>
internal sealed class TreePrinter(IReadOnlyCollection<string> protocols, bool showsData) : IShownSink
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Field _data = FieldCatalog.Default["data"];

    /// <inheritdoc/>
    public void Want(PacketFields fields) => fields.WantTexts();

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        ReadOnlySpan<FieldValue> values = packet.Fields.Values;
        int shown = int.MaxValue; // the depth down to which lines are shown
        for (int place = 0; place < values.Length; place++)
        {
            Field field = FieldCatalog.Default.All[values[place].FieldIndex];
            int depth = values[place].Depth;
            if (depth == 0 && !packet.Fields.IsHidden(place))
                shown = protocols.Count == 0 || protocols.Contains(field.Name) ? int.MaxValue : depth;
            if (depth > shown || packet.Fields.IsHidden(place))
                continue;
            for (int indent = depth; indent > 0; indent--)
                output.Write("    "u8);
            _line.ResetWrittenCount();
            FieldLine.Write(_line, packet.Fields, place);
            output.Write(field.IsGenerated ? "["u8 : ""u8);
            output.Write(_line.WrittenSpan);
            output.Write(field.IsGenerated ? "]\n"u8 : "\n"u8);
            if (field == _data && showsData && depth < shown)
                WriteOctets(output, packet.Fields.OctetsOf(values[place]));
        }

        output.Write("\n"u8);
    }

    // What nobody reads further is shown as it is.
    private static void WriteOctets(IBufferWriter<byte> output, ReadOnlySpan<byte> octets)
    {
        output.Write("\n"u8);
        OctetLine.WriteAll(output, octets);
    }
}
