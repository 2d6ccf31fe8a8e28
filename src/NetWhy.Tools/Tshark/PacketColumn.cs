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
