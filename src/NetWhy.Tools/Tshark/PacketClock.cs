using System.Buffers;
using System.Globalization;

namespace NetWhy.Tools.Tshark;

/// <summary>Writes the times of packets. Source: tshark(1), -t.</summary>
/// <param name="style">Which time.</param>
internal sealed class PacketClock(TsharkTime style)
{
    private const long Second = 1_000_000_000;
    private const int FileDigits = 6;
    private const int FileNanoDigits = 9;

    /// <summary>Writes a packet's time.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="packet">The packet.</param>
    internal void Write(IBufferWriter<byte> output, in ShownPacket packet)
    {
        int places = packet.Record.Interface.IsNanosecond ? FileNanoDigits : FileDigits;
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

        output.WriteText(DateText(style, time));
        WriteFraction(output, ((time % Second) + Second) % Second, places);
    }

    /// <summary>Whether a style shows a date.</summary>
    /// <param name="style">The style.</param>
    internal static bool HasDate(TsharkTime style) => style is TsharkTime.AbsoluteWithDate or TsharkTime.AbsoluteWithDay or TsharkTime.UtcWithDate or TsharkTime.UtcWithDay;

    /// <summary>A time of day, or with the date, in whole seconds.</summary>
    /// <param name="style">Which.</param>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970.</param>
    internal static string DateText(TsharkTime style, long nanoseconds)
    {
        long fraction = ((nanoseconds % Second) + Second) % Second;
        DateTime when = DateTime.UnixEpoch.AddSeconds((nanoseconds - fraction) / Second);
        if (style is TsharkTime.Absolute or TsharkTime.AbsoluteWithDate or TsharkTime.AbsoluteWithDay)
            when = when.ToLocalTime();
        string day = style switch
        {
            TsharkTime.AbsoluteWithDate or TsharkTime.UtcWithDate => when.ToString("yyyy-MM-dd ", CultureInfo.InvariantCulture),
            TsharkTime.AbsoluteWithDay or TsharkTime.UtcWithDay => string.Create(CultureInfo.InvariantCulture, $"{when:yyyy}/{when.DayOfYear:d3} "),
            _ => "",
        };
        return day + when.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
    }

    private static void WriteSeconds(IBufferWriter<byte> output, long time, int places)
    {
        if (time < 0)
            output.WriteText("-");
        ulong magnitude = (ulong)Math.Abs((decimal)time);
        output.WriteNumber((long)(magnitude / (ulong)Second));
        WriteFraction(output, (long)(magnitude % (ulong)Second), places);
    }

    private static void WriteFraction(IBufferWriter<byte> output, long nanoseconds, int places)
    {
        Span<byte> text = output.GetSpan(FileNanoDigits + 1);
        text[0] = (byte)'.';
        _ = nanoseconds.TryFormat(text[1..], out _, "d9", CultureInfo.InvariantCulture);
        output.Advance(places + 1);
    }
}
