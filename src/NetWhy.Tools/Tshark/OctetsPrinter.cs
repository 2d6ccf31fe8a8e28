using System.Buffers;
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
        OctetLine.WriteAll(output, packet.Record.Octets);
        output.WriteText("\n");
    }
}
