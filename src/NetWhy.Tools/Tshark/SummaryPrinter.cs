using System.Buffers;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark;

/// <summary>Prints a line for each packet, as tshark does by default.</summary>
/// <param name="clock">How times are shown.</param>
internal sealed class SummaryPrinter(PacketClock clock) : IShownSink
{
    private const int NumberWidth = 5;
    private const int TimeWidth = 10;
    private const int AddressWidth = 12;

    private readonly ArrayBufferWriter<byte> _cell = new();

    /// <inheritdoc/>
    public bool NeedsSummary => true;

    /// <inheritdoc/>
    public void Want(PacketFields fields)
    {
        // The summary is made beside the fields.
    }

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        _cell.ResetWrittenCount();
        _cell.WriteNumber(packet.Number);
        Pad(output, NumberWidth - _cell.WrittenCount);
        output.Write(_cell.WrittenSpan);
        _cell.ResetWrittenCount();
        clock.Write(_cell, packet);
        output.Write(" "u8);
        Pad(output, TimeWidth - _cell.WrittenCount);
        output.Write(_cell.WrittenSpan);
        output.Write(" "u8);
        Pad(output, AddressWidth - packet.Summary!.Source.Length);
        output.Write(packet.Summary.Source);
        output.Write(" \u2192 "u8);
        output.Write(packet.Summary.Destination);
        Pad(output, AddressWidth - packet.Summary.Destination.Length);
        output.Write(" "u8);
        output.Write(packet.Summary.Protocol);
        output.Write(" "u8);
        output.WriteNumber(packet.Record.OriginalLength);
        output.Write(" "u8);
        output.Write(packet.Summary.Info);
        output.Write("\n"u8);
    }

    private static void Pad(IBufferWriter<byte> output, int count)
    {
        if (count <= 0)
            return;
        output.GetSpan(count)[..count].Fill((byte)' ');
        output.Advance(count);
    }
}
