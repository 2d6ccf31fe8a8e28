using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using NetWhy.Analysis.Dissection;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of DNS. The wording is Wireshark's.</summary>
internal static class DnsSummary
{
    private const int TopBit = 0x8000; // RFC 6762: a unicast response is wanted; older records are to be forgotten

    // Source: IANA, "DNS OpCodes".
    private static readonly string[] Opcodes = ["Standard query", "Inverse query", "Server status request", "Unknown operation (3)", "Zone change notification", "Dynamic update", "DNS Stateful operations (DSO)"];

    /// <summary>Says what a message is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="protocol">The protocol: DNS, MDNS or LLMNR.</param>
    /// <param name="identification">Number of the message.</param>
    /// <param name="flags">Its flags.</param>
    internal static void Write(PacketSummary summary, ReadOnlySpan<byte> protocol, ushort identification, ushort flags)
    {
        summary.Begin(protocol);
        int opcode = (flags >> 11) & 0xf;
        summary.Append(opcode < Opcodes.Length ? Opcodes[opcode] : $"Unknown operation ({opcode})");
        if ((flags & 0x8000) != 0)
            summary.Append(" response"u8);
        summary.Append($" 0x{identification:x4}");
        if ((flags & 0x8000) != 0 && (flags & 0xf) != 0)
            summary.Append($" {ValueNames.DnsRcode.GetValueOrDefault((ulong)(flags & 0xf)) ?? "Unknown error"}");
    }

    /// <summary>Says what is asked.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="type">The type asked for.</param>
    /// <param name="class">The class asked for.</param>
    /// <param name="message">The message.</param>
    /// <param name="name">Where the name is in it.</param>
    /// <param name="isMulticast">Whether it is asked by multicast.</param>
    internal static void WriteQuestion(PacketSummary summary, ushort type, ushort @class, ReadOnlySpan<byte> message, int name, bool isMulticast)
    {
        summary.Append($" {NameOf(type)}");
        AppendName(summary, message, name);
        if (isMulticast)
            summary.Append((@class & TopBit) != 0 ? ", \"QU\" question"u8 : ", \"QM\" question"u8);
    }

    /// <summary>Says of what type a record is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="type">Its type.</param>
    /// <param name="class">Its class.</param>
    /// <param name="isMulticast">Whether it was sent by multicast.</param>
    internal static void WriteType(PacketSummary summary, ushort type, ushort @class, bool isMulticast)
    {
        summary.Append($" {NameOf(type)}");
        if (isMulticast && (@class & TopBit) != 0)
            summary.Append(", cache flush"u8);
    }

    /// <summary>Says what a record tells.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="type">Its type.</param>
    /// <param name="class">Its class.</param>
    /// <param name="message">The message.</param>
    /// <param name="owner">Where the name that it is about is in it.</param>
    /// <param name="data">Where the data of the record is in it.</param>
    /// <param name="length">How long the data is.</param>
    /// <param name="isMulticast">Whether it was sent by multicast.</param>
    internal static void WriteRecord(PacketSummary summary, ushort type, ushort @class, ReadOnlySpan<byte> message, int owner, int data, int length, bool isMulticast)
    {
        WriteType(summary, type, @class, isMulticast);
        switch (type)
        {
            case 1 when length == 4:
            case 28 when length == 16:
                summary.Append(" "u8);
                LinkSummary.AppendAddress(summary, message.Slice(data, length));
                break;
            case 2 or 5 or 6 or 12 or 30 or 39 or 47:
                AppendName(summary, message, data);
                break;
            case 11 when length >= 4:
                summary.Append(" "u8);
                LinkSummary.AppendAddress(summary, message.Slice(data, 4));
                break;
            case 13:
                AppendText(summary, message, ref data);
                AppendText(summary, message, ref data);
                break;
            case 35 when length > 4:
                summary.Append($" {BinaryPrimitives.ReadUInt16BigEndian(message[data..])} {BinaryPrimitives.ReadUInt16BigEndian(message[(data + 2)..])}");
                data += 4;
                AppendText(summary, message, ref data);
                break;
            case 38 when TryPrefix(message.Slice(data, length), out byte prefix, out IPAddress? suffix, out int used):
                summary.Append($" {prefix} {suffix} ");
                if (prefix > 0)
                    AppendName(summary, message, data + used, separator: "");
                break;
            case 65282 when length > 12:
                AppendName(summary, message, data + 12);
                break;
            case 3 or 4 or 7 or 8 or 9 or 10 or 14 or 17 or 18 or 19 or 20 or 21 or 22 or 23 or 26 or 27 or 42 or 49 or 51 or 52 or 55:
                AppendName(summary, message, owner);
                break;
            case 15 or 36 when length > 2:
                summary.Append($" {BinaryPrimitives.ReadUInt16BigEndian(message[data..])}");
                AppendName(summary, message, data + 2);
                break;
            case 33 when length > 6:
                summary.Append($" {BinaryPrimitives.ReadUInt16BigEndian(message[data..])} {BinaryPrimitives.ReadUInt16BigEndian(message[(data + 2)..])} {BinaryPrimitives.ReadUInt16BigEndian(message[(data + 4)..])}");
                AppendName(summary, message, data + 6);
                break;
        }
    }

    /// <summary>Reads the head of an address of type A6. Source: RFC 2874.</summary>
    /// <param name="data">The data of the record.</param>
    /// <param name="prefix">How many bits another record has.</param>
    /// <param name="suffix">The bits of this one.</param>
    /// <param name="used">How much of the data that was.</param>
    /// <returns>False where the data ends before.</returns>
    internal static bool TryPrefix(ReadOnlySpan<byte> data, out byte prefix, [NotNullWhen(true)] out IPAddress? suffix, out int used)
    {
        const int AddressBits = 128;
        prefix = data.IsEmpty ? (byte)0 : data[0];
        int length = Math.Max(0, (AddressBits - prefix + 7) / 8);
        used = 1 + length;
        suffix = null;
        if (data.Length < used)
            return false;
        Span<byte> address = stackalloc byte[AddressBits / 8];
        address.Clear();
        data.Slice(1, length).CopyTo(address[(address.Length - length)..]);
        suffix = new IPAddress(address);
        return true;
    }

    // Behind an octet that says how long it is.
    private static void AppendText(PacketSummary summary, ReadOnlySpan<byte> message, ref int offset)
    {
        if (offset >= message.Length || message[offset] > message.Length - offset - 1)
            return;
        ReadOnlySpan<byte> text = message.Slice(offset + 1, message[offset]);
        summary.Append(" "u8);
        summary.AppendForeign(text);
        offset += 1 + text.Length;
    }

    private static void AppendName(PacketSummary summary, ReadOnlySpan<byte> message, int offset, string separator = " ")
    {
        if (DnsName.Read(message, ref offset, out DnsName name) is not OperationStatus.Done)
            return;
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        summary.Append(separator);
        summary.AppendForeign(DnsDissector.TextOf(name, room));
    }

    /// <summary>Name of a type, as short as it is.</summary>
    /// <param name="type">The type.</param>
    private static string NameOf(ushort type) => type switch
    {
        10 => "NULL",
        254 => "MAILB",
        255 => "ANY",
        _ when ValueNames.DnsType.TryGetValue(type, out string? name) => name.IndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? name[..end] : name,
        _ => $"Unknown ({type})",
    };
}
