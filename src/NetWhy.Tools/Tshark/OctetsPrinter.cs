using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints the octets of packets, sixteen on a line.</summary>
/// <param name="followsLine">Whether the line of the packet stands above.</param>
internal sealed class OctetsPrinter(bool followsLine) : IShownSink
{
    private const int OctetsPerLine = 16;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        // The packet itself is enough.
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        if (followsLine)
            output.WriteText("\n");
        ReadOnlySpan<byte> octets = packet.Record.Octets;
        for (int offset = 0; offset < octets.Length; offset += OctetsPerLine)
        {
            ReadOnlySpan<byte> line = octets.Slice(offset, Math.Min(OctetsPerLine, octets.Length - offset));
            output.WriteText(offset.ToString("x4", CultureInfo.InvariantCulture) + "  ");
            for (int place = 0; place < OctetsPerLine; place++)
                output.WriteText(place < line.Length ? line[place].ToString("x2", CultureInfo.InvariantCulture) + " " : "   ");
            output.WriteText("  ");
            foreach (byte octet in line)
                output.WriteText(octet is >= 0x20 and < 0x7f ? ((char)octet).ToString() : ".");
            output.WriteText("\n");
        }

        output.WriteText("\n");
    }
}
