using System.Buffers;
using System.Text;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>The lines that the fields of questions and records of DNS lie under. The wording is Wireshark's.</summary>
internal static class DnsLabels
{
    private const int HeadLength = 10; // type, class, time to live, length

    /// <summary>Adds the line of a question.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="at">Where the question begins.</param>
    internal static void AddQuestion(ref Dissection dissection, int message, int end, int at)
    {
        if (dissection.Fields.IsWanted(FrameFields.Text) && NameAt(dissection, message, end, ref at) is { } name && at + 4 <= end)
            dissection.Label($"{name}: type {TypeOf(dissection.U16(at))}, class {ClassOf(dissection.U16(at + 2))}");
    }

    /// <summary>Adds the line of a record.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="at">Where the record begins.</param>
    internal static void AddRecord(ref Dissection dissection, int message, int end, int at)
    {
        const ushort Opt = 41;
        if (!dissection.Fields.IsWanted(FrameFields.Text) || NameAt(dissection, message, end, ref at) is not { } name || at + HeadLength > end)
            return;
        ushort type = dissection.U16(at);
        int size = dissection.U16(at + 8);
        string kind = type == Opt ? "" : $", class {ClassOf(dissection.U16(at + 2))}";
        string data = at + HeadLength + size <= end ? DataOf(ref dissection, message, end, at + HeadLength, type, size) : "";
        dissection.Label($"{name}: type {TypeOf(type)}{kind}{data}");
    }

    private static string DataOf(ref Dissection dissection, int message, int end, int at, ushort type, int size) => type switch
    {
        1 when size == 4 => $", addr {new System.Net.IPAddress(dissection.Octets.Slice(at, size))}",
        28 when size == 16 => $", addr {new System.Net.IPAddress(dissection.Octets.Slice(at, size))}",
        2 => $", ns {NameAt(dissection, message, end, ref at)}",
        5 => $", cname {NameAt(dissection, message, end, ref at)}",
        6 => $", mname {NameAt(dissection, message, end, ref at)}",
        12 => $", {NameAt(dissection, message, end, ref at)}",
        15 when size > 2 => $", preference {dissection.U16(at)}, mx {NameBehind(dissection, message, end, at + 2)}",
        33 when size > 6 => $", priority {dissection.U16(at)}, weight {dissection.U16(at + 2)}, port {dissection.U16(at + 4)}, target {NameBehind(dissection, message, end, at + 6)}",
        _ => "",
    };

    private static string? NameBehind(in Dissection dissection, int message, int end, int at) => NameAt(dissection, message, end, ref at);

    private static string? NameAt(in Dissection dissection, int message, int end, ref int at)
    {
        int offset = at - message;
        if (offset < 0 || DnsName.Read(dissection.Octets[message..end], ref offset, out DnsName name) is not OperationStatus.Done)
            return null;
        at = message + offset;
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        return Encoding.UTF8.GetString(DnsDissector.TextOf(name, room));
    }

    // What stands before the words in brackets.
    private static string TypeOf(ushort type)
    {
        string name = ValueNames.DnsType.GetValueOrDefault(type) ?? $"Unknown ({type})";
        int end = name.IndexOf(" (", StringComparison.Ordinal);
        return end > 0 && name[0] != 'U' ? name[..end] : type == 255 ? "ANY" : name;
    }

    private static string ClassOf(ushort number) => ValueNames.DnsClass.GetValueOrDefault(number) ?? $"Unknown ({number})";
}
