using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>Writes records as zone files have them and dig prints them.</summary>
/// <remarks>
/// Nothing is allocated but what the output takes. Control characters are escaped, whoever sent them. Data that its type does
/// not allow is written as that of an unknown type. Source: RFC 1035, section 5.1; RFC 3597, section 5; the layout is BIND's.
/// </remarks>
public static class DnsRecordText
{
    /// <summary>Writes a record, without an end of line.</summary>
    /// <param name="record">The record.</param>
    /// <param name="style">How.</param>
    /// <param name="output">Where to.</param>
    public static void WriteRecord(DnsRecord record, DnsTextStyle style, IBufferWriter<byte> output)
    {
        var writer = new DnsBufferWriter();
        WriteName(ref writer, record.Owner, style);
        if (!style.OmitTimeToLive)
        {
            writer.AddIndent(0, DnsTextStyle.TimeToLiveColumn);
            if (style.TimeUnits)
                DnsTimes.WriteShort(ref writer, record.SentTimeToLive);
            else
                writer.AddNumber(record.SentTimeToLive);
        }

        if (!style.OmitClass)
        {
            writer.AddIndent(0, style.ClassColumn);
            WriteClass(ref writer, record.Class, style);
        }

        writer.AddIndent(0, style.TypeColumn);
        WriteType(ref writer, record.Type, style);
        writer.AddIndent(0, style.DataColumn);
        DnsDataText.Write(ref writer, record, style);
        output.Write(writer.Written);
        writer.Dispose();
    }

    /// <summary>Writes the data of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="style">How.</param>
    /// <param name="output">Where to.</param>
    public static void WriteData(DnsRecord record, DnsTextStyle style, IBufferWriter<byte> output)
    {
        var writer = new DnsBufferWriter();
        DnsDataText.Write(ref writer, record, style);
        output.Write(writer.Written);
        writer.Dispose();
    }

    /// <summary>Writes a question as dig does behind its semicolon: name, class and type in columns.</summary>
    /// <param name="question">The question.</param>
    /// <param name="style">How.</param>
    /// <param name="output">Where to.</param>
    public static void WriteQuestion(DnsQuestion question, DnsTextStyle style, IBufferWriter<byte> output)
    {
        var writer = new DnsBufferWriter();
        WriteName(ref writer, question.Name, style);
        if (!style.OmitClass)
        {
            writer.AddIndent(0, style.ClassColumn);
            WriteClass(ref writer, question.Class, style);
        }

        writer.AddIndent(0, style.TypeColumn);
        WriteType(ref writer, question.Type, style);
        output.Write(writer.Written);
        writer.Dispose();
    }

    /// <summary>Writes a name with its final dot.</summary>
    /// <param name="name">The name.</param>
    /// <param name="style">How.</param>
    /// <param name="output">Where to.</param>
    public static void WriteName(DnsName name, DnsTextStyle style, IBufferWriter<byte> output)
    {
        var writer = new DnsBufferWriter();
        WriteName(ref writer, name, style);
        output.Write(writer.Written);
        writer.Dispose();
    }

    /// <summary>Seconds as dig explains them, such as <c>1 hour 1 minute</c>.</summary>
    /// <param name="seconds">The seconds.</param>
    public static string LongTime(uint seconds)
    {
        var writer = new DnsBufferWriter();
        DnsTimes.WriteLong(ref writer, seconds);
        string text = System.Text.Encoding.ASCII.GetString(writer.Written);
        writer.Dispose();
        return text;
    }

    internal static void WriteName(ref DnsBufferWriter writer, DnsName name, DnsTextStyle style)
    {
        int start = writer.Length;
        name.WriteTo(ref writer);
        if (!style.International || writer.Written[start..].IndexOf("xn--"u8) < 0)
            return;

        byte[] text = System.Text.Encoding.UTF8.GetBytes(InternationalName.ToUnicode(name.ToString()));
        writer.Length = start;
        writer.Add(text);
    }

    internal static void WriteType(ref DnsBufferWriter writer, DnsRecordType type, DnsTextStyle style) =>
        WriteNumber(ref writer, style.UnknownFormat ? null : type.KnownMnemonic, "TYPE", (ushort)type);

    private static void WriteClass(ref DnsBufferWriter writer, DnsClass number, DnsTextStyle style) =>
        WriteNumber(ref writer, style.UnknownFormat ? null : number.KnownMnemonic, "CLASS", (ushort)number);

    private static void WriteNumber(ref DnsBufferWriter writer, string? mnemonic, string prefix, ushort number)
    {
        writer.Add(mnemonic ?? prefix);
        if (mnemonic is null)
            writer.AddNumber(number);
    }
}
