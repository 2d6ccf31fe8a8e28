using System.Buffers;
using System.Globalization;
using System.Text;

namespace NetWhy.Tools.Tshark;

/// <summary>Writes text as UTF-8.</summary>
internal static class Utf8Output
{
    /// <summary>Writes a number.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="number">The number.</param>
    internal static void WriteNumber(this IBufferWriter<byte> output, long number)
    {
        const int LongestNumber = 20;
        _ = number.TryFormat(output.GetSpan(LongestNumber), out int written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <summary>Writes text.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="text">The text.</param>
    internal static void WriteText(this IBufferWriter<byte> output, string text) => output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
}
