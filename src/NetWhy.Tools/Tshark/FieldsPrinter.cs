using System.Buffers;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints fields that were asked for, a line for each packet. Source: tshark(1), -T fields.</summary>
/// <param name="columns">The fields.</param>
/// <param name="style">How they are written.</param>
/// <param name="clock">How times of the list are shown.</param>
internal sealed class FieldsPrinter(IReadOnlyList<PacketColumn> columns, FieldStyle style, PacketClock clock) : IShownSink
{
    private readonly ArrayBufferWriter<byte> _value = new();

    /// <inheritdoc/>
    public bool NeedsSummary => columns.Any(column => column.Field is null);

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        foreach (PacketColumn column in columns)
            column.Want(fields);
    }

    /// <inheritdoc/>
    public void Begin(IBufferWriter<byte> output)
    {
        output.WriteText(style.Beginning);
        if (style.HasHeader)
            output.WriteText(string.Join(style.Separator, columns.Select(column => column.Name)) + "\n");
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        for (int index = 0; index < columns.Count; index++)
        {
            if (index > 0)
                output.WriteText(style.Separator);
            _value.ResetWrittenCount();
            bool isThere = WriteValues(packet, columns[index]);
            if (!isThere)
                continue;
            output.WriteText(style.Quote);
            output.Write(_value.WrittenSpan);
            output.WriteText(style.Quote);
        }

        output.WriteText("\n");
    }

    private bool WriteValues(in ShownPacket packet, PacketColumn column)
    {
        if (column.Field is not { } field)
        {
            column.Write(_value, packet, clock);
            return true;
        }

        bool isThere = false;
        for (int place = 0; place < packet.Fields.Values.Length; place++)
        {
            if (packet.Fields.Values[place].FieldIndex != field.Index)
                continue;
            if (isThere && style.Occurrence == 'l')
                _value.ResetWrittenCount();
            else if (isThere)
                _value.WriteText(style.Aggregator);
            isThere = true;
            column.WriteValue(_value, packet.Fields, place);
            if (style.Occurrence == 'f')
                break;
        }

        return isThere;
    }
}
