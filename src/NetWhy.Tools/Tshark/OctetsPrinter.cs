using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints the octets of packets, sixteen on a line, and those of what was put together, decrypted or unpacked. Source: tshark(1), -x.</summary>
/// <param name="followsLine">Whether the line of the packet stands above.</param>
internal sealed class OctetsPrinter(bool followsLine) : IShownSink
{
    /// <inheritdoc/>
    public void Want(PacketFields fields) => fields.WantAll(); // packets are read to the end, to find what is in them

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        if (followsLine)
            output.WriteText("\n");
        bool isAlone = packet.Fields.Joined.All(one => one.Name is null);
        if (!isAlone)
            WriteHead(output, "Frame", packet.Record.Octets.Length);
        OctetLine.WriteAll(output, packet.Record.Octets);
        foreach ((ReadOnlyMemory<byte> data, string? name) in packet.Fields.Joined)
        {
            if (name is null)
                continue;
            WriteHead(output, name, data.Length);
            OctetLine.WriteAll(output, data.Span);
        }

        output.WriteText("\n");
    }

    private static void WriteHead(IBufferWriter<byte> output, string name, int length) =>
        output.WriteText(string.Create(CultureInfo.InvariantCulture, $"{name} ({length} {(length == 1 ? "byte" : "bytes")}):\n"));
}
