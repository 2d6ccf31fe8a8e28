using System.Buffers;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>What a list of packets shows in a column, or a field of the packet.</summary>
/// <param name="Name">Its name, such as <c>_ws.col.Info</c> or <c>ip.src</c>.</param>
/// <param name="Field">The field; null for what the list shows.</param>
internal sealed record PacketColumn(string Name, Field? Field)
{
    private const string Prefix = "_ws.col.";

    // Source: tshark -G column-formats and the default columns; later versions write them small.
    private static readonly string[] Names = ["no.", "time", "source", "destination", "protocol", "length", "info"];

    private static readonly Field Data = FieldCatalog.Default["data"]; // the one protocol that is shown as its octets

    private readonly ArrayBufferWriter<byte> _line = new();

    private string Part { get; } = Name.StartsWith(Prefix, StringComparison.Ordinal) ? Name[Prefix.Length..].ToLowerInvariant() : "";

    /// <summary>The column of a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>It; null if there is none.</returns>
    internal static PacketColumn? Find(string name)
    {
        if (FieldCatalog.Default.Find(name) is { } field)
            return new PacketColumn(name, field);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && Names.Contains(name[Prefix.Length..].ToLowerInvariant()) ? new PacketColumn(name, null) : null;
    }

    /// <summary>Asks for what it shows.</summary>
    /// <param name="fields">Where to ask.</param>
    internal void Want(PacketFields fields)
    {
        if (Field is not { } field)
            return;
        fields.Want(field);
        if (IsLine)
            fields.WantTexts();
    }

    // The value of a protocol is its line.
    private bool IsLine => Field is { Kind: FieldKind.Protocol, IsLayer: true } && Field != Data;

    /// <summary>Writes a value of its field.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="place">The place of the value.</param>
    internal void WriteValue(IBufferWriter<byte> output, in DissectedPacket packet, int place)
    {
        FieldValue value = packet.Values[place];
        if (Field == Data)
            FieldText.WriteOctets(output, packet.OctetsOf(value), separator: 0);
        else if (IsLine && packet.HasText(place))
            WriteLine(output, packet, place);
        else
            FieldText.Write(output, Field!, value, packet.OctetsOf(value));
    }

    private void WriteLine(IBufferWriter<byte> output, in DissectedPacket packet, int place)
    {
        _line.ResetWrittenCount();
        FieldLine.Write(_line, packet, place);
        output.Write(_line.WrittenSpan);
    }

    /// <summary>Writes what a list shows.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="clock">How its time is shown.</param>
    internal void Write(IBufferWriter<byte> output, in ShownPacket packet, PacketClock clock)
    {
        switch (Part)
        {
            case "no.":
                output.WriteNumber(packet.Number);
                break;
            case "time":
                clock.Write(output, packet);
                break;
            case "source":
                output.Write(packet.Summary!.Source);
                break;
            case "destination":
                output.Write(packet.Summary!.Destination);
                break;
            case "protocol":
                output.Write(packet.Summary!.Protocol);
                break;
            case "length":
                output.WriteNumber(packet.Record.OriginalLength);
                break;
            default:
                output.Write(packet.Summary!.Info);
                break;
        }
    }
}
