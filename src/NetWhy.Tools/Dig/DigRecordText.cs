using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Prints records.</summary>
internal static class DigRecordText
{
    /// <summary>Prints a record, without an end of line.</summary>
    /// <param name="record">The record.</param>
    /// <param name="style">How.</param>
    /// <param name="output">Where to.</param>
    internal static void Write(DnsRecord record, DnsTextStyle style, IBufferWriter<byte> output)
    {
        // A record of EDNS where none belongs: BIND knows the form of no data at all.
        if (record is not { Type: DnsRecordType.OPT, Data.IsEmpty: true })
        {
            DnsRecordText.WriteRecord(record, style, output);
            return;
        }

        var text = new ArrayBufferWriter<byte>();
        DnsRecordText.WriteRecord(record, style, text);
        int data = text.WrittenSpan.LastIndexOf("\\#"u8);
        output.Write(data < 0 ? text.WrittenSpan : text.WrittenSpan[..data]);
    }
}
