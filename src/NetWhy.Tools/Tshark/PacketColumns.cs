using System.Buffers;
using System.Globalization;
using System.Text;
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
                output.WriteText(packet.Number.ToString(CultureInfo.InvariantCulture));
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
                output.WriteText(packet.Record.OriginalLength.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                output.Write(packet.Summary!.Info);
                break;
        }
    }
}

/// <summary>Writes the times of packets. Source: tshark(1), -t.</summary>
/// <param name="style">Which time.</param>
/// <param name="digits">Digits of the fraction; null for those of the capture.</param>
internal sealed class PacketClock(TsharkTime style, int? digits)
{
    private const long Second = 1_000_000_000;
    private const int FileDigits = 6;
    private const int FileNanoDigits = 9;

    /// <summary>Writes a packet's time.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="packet">The packet.</param>
    internal void Write(IBufferWriter<byte> output, in ShownPacket packet)
    {
        int places = digits ?? (packet.Record.Interface.IsNanosecond ? FileNanoDigits : FileDigits);
        long time = style switch
        {
            TsharkTime.Relative => packet.SinceFirst,
            TsharkTime.Delta => packet.SincePrevious,
            TsharkTime.DeltaDisplayed => packet.SinceDisplayed,
            _ => packet.Record.Nanoseconds,
        };
        if (style is TsharkTime.Relative or TsharkTime.Delta or TsharkTime.DeltaDisplayed or TsharkTime.Epoch)
        {
            WriteSeconds(output, time, places);
            return;
        }

        long seconds = Math.DivRem(time, Second, out long fraction);
        if (fraction < 0)
        {
            seconds--;
            fraction += Second;
        }

        DateTime when = DateTime.UnixEpoch.AddSeconds(Math.Clamp(seconds, -62_135_596_800, 253_402_300_799));
        if (style is TsharkTime.Absolute or TsharkTime.AbsoluteWithDate)
            when = when.ToLocalTime();
        output.WriteText(when.ToString(style is TsharkTime.AbsoluteWithDate or TsharkTime.UtcWithDate ? "yyyy-MM-dd HH:mm:ss" : "HH:mm:ss", CultureInfo.InvariantCulture));
        WriteFraction(output, fraction, places);
    }

    private static void WriteSeconds(IBufferWriter<byte> output, long time, int places)
    {
        if (time < 0)
            output.WriteText("-");
        ulong magnitude = (ulong)Math.Abs((decimal)time);
        output.WriteText((magnitude / (ulong)Second).ToString(CultureInfo.InvariantCulture));
        WriteFraction(output, (long)(magnitude % (ulong)Second), places);
    }

    private static void WriteFraction(IBufferWriter<byte> output, long nanoseconds, int places)
    {
        if (places > 0)
            output.WriteText($".{nanoseconds.ToString("d9", CultureInfo.InvariantCulture)[..places]}");
    }
}

/// <summary>Writes text as UTF-8.</summary>
internal static class Utf8Output
{
    /// <summary>Writes text.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">The text.</param>
    internal static void WriteText(this IBufferWriter<byte> output, string text) => output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
}
