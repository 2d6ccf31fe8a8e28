using System.Buffers;
using System.Text;
using NetWhy.Analysis.Summaries;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>The lines that the fields of questions and records of DNS lie under. The wording is Wireshark's.</summary>
internal static class DnsLabels
{
    private const int HeadLength = 10; // type, class, time to live, length
    private const ushort TopBit = 0x8000; // of multicast: a unicast response is wanted; older records are to be forgotten

    /// <summary>Adds the line of a question.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="at">Where the question begins.</param>
    /// <param name="isMulticast">Whether it is asked by multicast.</param>
    internal static void AddQuestion(ref Dissection dissection, int message, int end, int at, bool isMulticast)
    {
        if (!dissection.Fields.IsWanted(FrameFields.Text) || NameAt(dissection, message, end, ref at) is not { } name || at + 4 > end)
            return;
        ushort @class = dissection.U16(at + 2);
        string how = !isMulticast ? "" : (@class & TopBit) != 0 ? ", \"QU\" question" : ", \"QM\" question";
        dissection.Label($"{name}: type {TypeOf(dissection.U16(at))}, class {ClassOf(@class, isMulticast)}{how}");
    }

    /// <summary>Adds the line of a record.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="at">Where the record begins.</param>
    /// <param name="isMulticast">Whether it was sent by multicast.</param>
    internal static void AddRecord(ref Dissection dissection, int message, int end, int at, bool isMulticast)
    {
        const ushort Opt = 41;
        if (!dissection.Fields.IsWanted(FrameFields.Text) || NameAt(dissection, message, end, ref at) is not { } name || at + HeadLength > end)
            return;
        ushort type = dissection.U16(at);
        int size = dissection.U16(at + 8);
        ushort @class = dissection.U16(at + 2);
        string kind = $"{(type == Opt ? "" : $", class {ClassOf(@class, isMulticast)}")}{(isMulticast && (@class & TopBit) != 0 ? ", cache flush" : "")}";
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
        11 when size >= 4 => $", addr {new System.Net.IPAddress(dissection.Octets.Slice(at, 4))}",
        12 => $", {NameAt(dissection, message, end, ref at)}",
        13 when TextAt(dissection, end, ref at) is { } cpu && TextAt(dissection, end, ref at) is { } system => $", CPU {cpu}, OS {system}",
        30 or 47 when NameAt(dissection, message, end, ref at) is { } next => $", next domain name {next}",
        35 when size > 4 && TextBehind(dissection, end, at + 4) is { } flags => $", order {dissection.U16(at)}, preference {dissection.U16(at + 2)}, flags {flags}",
        36 when size > 2 => $", preference {dissection.U16(at)}, kx {NameBehind(dissection, message, end, at + 2)}",
        38 when DnsSummary.TryPrefix(dissection.Octets.Slice(at, size), out byte prefix, out System.Net.IPAddress? suffix, out int used) =>
            $", addr {prefix} {suffix} {(prefix > 0 ? NameBehind(dissection, message, end, at + used) : "")}",
        39 when NameAt(dissection, message, end, ref at) is { } other => $", dname {other}",
        65282 when size > 12 => $", name result domain {NameBehind(dissection, message, end, at + 12)}",
        15 when size > 2 => $", preference {dissection.U16(at)}, mx {NameBehind(dissection, message, end, at + 2)}",
        33 when size > 6 => $", priority {dissection.U16(at)}, weight {dissection.U16(at + 2)}, port {dissection.U16(at + 4)}, target {NameBehind(dissection, message, end, at + 6)}",
        _ => "",
    };

    // Behind an octet that says how long it is.
    private static string? TextAt(in Dissection dissection, int end, ref int at)
    {
        if (at >= end || dissection.Octets[at] > end - at - 1)
            return null;
        ReadOnlySpan<byte> text = dissection.Octets.Slice(at + 1, dissection.Octets[at]);
        at += 1 + text.Length;
        return Encoding.ASCII.GetString(text);
    }

    private static string? TextBehind(in Dissection dissection, int end, int at) => TextAt(dissection, end, ref at);

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
        if (type is 10 or 254 or 255)
            return type == 10 ? "NULL" : type == 254 ? "MAILB" : "ANY";
        string name = ValueNames.DnsType.GetValueOrDefault(type) ?? $"Unknown ({type})";
        int end = name.IndexOf(" (", StringComparison.Ordinal);
        return end > 0 && name[0] != 'U' ? name[..end] : name;
    }

    private static string ClassOf(ushort number, bool isMulticast) => ValueNames.DnsClass.GetValueOrDefault(isMulticast ? number & ~(ulong)TopBit : number) ?? "Unknown";
}
