using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints the octets of packets, sixteen on a line.</summary>
/// <param name="followsLine">Whether the line of the packet stands above.</param>
internal sealed class OctetsPrinter(bool followsLine) : IShownSink
{
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
        for (int offset = 0; offset < octets.Length; offset += OctetLine.Length)
        {
            output.WriteText(offset.ToString("x4", CultureInfo.InvariantCulture) + "  ");
            OctetLine.Write(output, octets.Slice(offset, Math.Min(OctetLine.Length, octets.Length - offset)), hasGap: false);
            output.WriteText("\n");
        }

        output.WriteText("\n");
    }
}
